/**
 * The kernel's clock as seen from the page, which may run on another machine with another time.
 *
 * Every op says when it happened; the smallest difference to when it arrived is the difference of the clocks, give or
 * take the way. A history read late only makes the guess too large, so elapsed times never come out negative or huge.
 */

import type { Op, Playback } from "./protocol.ts";

export class KernelClock {
  #offset = Number.POSITIVE_INFINITY;
  /** Where a recording stood that is played, and when that was said. */
  #played: { readonly playback: Playback; readonly told: number } | null = null;
  readonly #now: () => number;

  /** `now` gives seconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  observe(ops: readonly Op[]): void {
    const latest = ops.findLast((op) => "time" in op);
    if (latest !== undefined && "time" in latest)
      this.#offset = Math.min(this.#offset, this.#now() - latest.time);
  }

  /** A recording has a time of its own, which stands still and goes back. */
  follow(playback: Playback): void {
    this.#played = { playback, told: this.#now() };
  }

  /** Seconds of a recording that have passed where it is now; 0 without one. */
  position(): number {
    if (this.#played === null) return 0;
    const { playback, told } = this.#played;
    const { position, length, playing, speed } = playback;
    return playing && speed !== null ? Math.min(length, position + (this.#now() - told) * speed) : position;
  }

  /** Seconds since `time`, a time of the kernel's. */
  since(time: number): number {
    if (this.#played !== null) return Math.max(0, this.#played.playback.origin + this.position() - time);
    return Number.isFinite(this.#offset) ? Math.max(0, this.#now() - this.#offset - time) : 0;
  }
}
