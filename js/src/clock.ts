/**
 * The kernel's clock as seen from the page, which may run on another machine with another time.
 *
 * Every op says when it happened; the smallest difference to when it arrived is the difference of the clocks, give or
 * take the way. A history read late only makes the guess too large, so elapsed times never come out negative or huge.
 */

import type { Op } from "./protocol.ts";

export class KernelClock {
  #offset = Number.POSITIVE_INFINITY;
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

  /** Seconds since `time`, a time of the kernel's. */
  since(time: number): number {
    return Number.isFinite(this.#offset) ? Math.max(0, this.#now() - this.#offset - time) : 0;
  }
}
