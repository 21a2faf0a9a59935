/** Timers that a test moves. */

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class Timers {
  /** Milliseconds that have passed. */
  spent = 0;
  #timers: readonly Timer[] = [];

  /** How many timers are not due yet. */
  get waiting(): number {
    return this.#timers.length;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.spent + ms, run };
    this.#timers = [...this.#timers, timer];
    return () => this.#drop(timer);
  }

  pass(ms: number): void {
    const end = this.spent + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.spent = due.at;
      this.#drop(due);
      due.run();
    }
    this.spent = end;
  }

  #drop(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}
