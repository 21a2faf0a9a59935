/**
 * Pages and a kernel over a wire that loses, repeats, delays and reorders messages, pages that freeze or are loaded
 * again: in the end each page shows exactly what the kernel has.
 *
 * What happens is drawn from a seed, time is simulated, and the conversations are those of the shared vectors, whose
 * transcripts Python has folded. A seed that fails is told: `FAULT_SEED=17 node test.mjs faults` runs it alone.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op, PageMessage } from "../src/protocol.ts";
import { type Listener, type Model, type Scheduler, Store } from "../src/store.ts";
import { dump } from "../src/transcript.ts";
import { Timers } from "./timers.ts";
import { VECTORS } from "./vectors.ts";

const RUNS = 1_000;
/** Milliseconds between two frames, at most. */
const PAUSE = 400;
/** What a page may take to catch up once nothing is lost any more; its questions are up to 30 s apart. */
const PATIENCE = 120_000;
/** Milliseconds after which the kernel says once more how far it is, if nothing has happened; as in channel.py. */
const REMINDERS = [5_000, 20_000];

type Random = () => number;

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is done to messages. Counts what it did. */
class Faults {
  healed = false;
  readonly injected = { lost: 0, repeated: 0, delayed: 0, held: 0, frozen: 0, reloads: 0 };
  readonly #draw: Random;
  readonly #time: Timers;
  readonly #rates: { readonly lost: number; readonly repeated: number; readonly delayed: number };
  /** Until when nothing gets through: the server's rate limit drops it, a cut connection keeps it. */
  #out: { readonly until: number; readonly keeps: boolean } = { until: 0, keeps: false };

  constructor(draw: Random, time: Timers) {
    this.#draw = draw;
    this.#time = time;
    this.#rates = { lost: draw() * 0.3, repeated: draw() * 0.2, delayed: draw() * 0.5 };
  }

  carry(deliver: () => void): void {
    if (this.healed) {
      this.#time.after(2, deliver);
      return;
    }
    const draw = this.#draw;
    if (this.#out.until < this.#time.spent && draw() < 0.03)
      this.#out = { until: this.#time.spent + draw() * 8_000, keeps: draw() < 0.5 };
    const out = this.#out.until > this.#time.spent;
    if ((out && !this.#out.keeps) || draw() < this.#rates.lost) {
      this.injected.lost += 1;
      return;
    }
    if (out) this.injected.held += 1;
    const wait = out ? this.#out.until - this.#time.spent : 0;
    const late = draw() < this.#rates.delayed;
    if (late) this.injected.delayed += 1;
    this.#time.after(wait + 2 + (late ? draw() * 1_500 : 0), deliver);
    if (draw() < this.#rates.repeated) {
      this.injected.repeated += 1;
      this.#time.after(wait + 2 + draw() * 3_000, deliver);
    }
  }

  /** How long a page takes to paint. */
  get frame(): number {
    if (this.healed || this.#draw() > 0.05) return 16;
    this.injected.frozen += 1;
    return this.#draw() * 6_000;
  }
}

class Kernel {
  readonly pages: Page[] = [];
  readonly #faults: Faults;
  readonly #time: Timers;
  readonly #ops: Op[] = [];
  #seq = 0;

  constructor(faults: Faults, time: Timers) {
    this.#faults = faults;
    this.#time = time;
  }

  say(ops: readonly Op[]): void {
    this.#seq += 1;
    this.#ops.push(...ops);
    this.#tell({ kind: "frame", seq: this.#seq, ops, held: false });
    const said = this.#seq;
    for (const wait of REMINDERS)
      this.#time.after(wait, () => {
        if (said === this.#seq) this.#sayWhere();
      });
  }

  #sayWhere(): void {
    this.#tell({ kind: "frame", seq: this.#seq, ops: [], held: false });
  }

  hear(message: PageMessage): void {
    if (message.kind !== "hello") return;
    if (message.last === this.#seq) this.#sayWhere();
    else this.#tell({ kind: "snapshot", seq: this.#seq, ops: [...this.#ops], held: false });
  }

  /** Every page hears what is said to one, for they share a comm. */
  #tell(message: object): void {
    for (const page of this.pages) this.#faults.carry(() => page.hear(message));
  }
}

/** A page, and after a reload another in its place. */
class Page implements Model {
  readonly #kernel: Kernel;
  readonly #faults: Faults;
  readonly #scheduler: Scheduler;
  #listeners = new Map<string, Listener>();
  #life = new AbortController();
  store: Store;

  constructor(kernel: Kernel, faults: Faults, time: Timers) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#scheduler = {
      now: () => time.spent / 1000,
      after: (ms, run) => time.after(ms, run),
      frame: (run) => void time.after(faults.frame, run),
    };
    this.store = this.#load();
  }

  reload(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.store = this.#load();
  }

  hear(message: object): void {
    this.#listeners.get("msg:custom")?.(message);
  }

  #load(): Store {
    this.#listeners = new Map();
    const store = new Store(this, this.#scheduler);
    store.connect(this.#life.signal);
    return store;
  }

  get(): unknown {
    return undefined;
  }
  set(): void {}
  save_changes(): void {}
  send(message: PageMessage): void {
    this.#faults.carry(() => this.#kernel.hear(message));
  }
  on(event: string, callback: Listener): void {
    this.#listeners.set(event, callback);
  }
  off(event: string, callback: Listener): void {
    if (this.#listeners.get(event) === callback) this.#listeners.delete(event);
  }
}

/** One conversation under the faults of one seed; what was done to it. */
function run(seed: number): Faults["injected"] {
  const draw = random(seed);
  const time = new Timers();
  const faults = new Faults(draw, time);
  const kernel = new Kernel(faults, time);
  const { name, ops, transcript } = VECTORS[seed % VECTORS.length] ?? assert.fail();
  for (let tabs = 1 + Math.floor(draw() * 2); tabs > 0; tabs -= 1)
    kernel.pages.push(new Page(kernel, faults, time));
  for (let at = 0; at < ops.length; ) {
    const many = 1 + Math.floor(draw() * 4);
    kernel.say(ops.slice(at, at + many));
    at += many;
    time.pass(draw() * PAUSE);
    if (draw() < 0.04) {
      faults.injected.reloads += 1;
      kernel.pages[0]?.reload();
    }
  }
  time.pass(10_000);
  faults.healed = true;
  time.pass(PATIENCE);
  for (const page of kernel.pages)
    assert.deepEqual(dump(page.store.transcript.peek()), transcript, `seed ${seed}: ${name}`);
  return faults.injected;
}

test("whatever happens to messages and pages, each page shows in the end what the kernel has", (context) => {
  context.mock.method(console, "warn", () => {});
  const only = process.env["FAULT_SEED"];
  const seeds = only === undefined ? Array.from({ length: RUNS }, (_, seed) => seed) : [Number(only)];
  const injected: Record<string, number> = {};
  for (const seed of seeds)
    for (const [fault, count] of Object.entries(run(seed))) injected[fault] = (injected[fault] ?? 0) + count;
  context.diagnostic(`${seeds.length} runs: ${JSON.stringify(injected)}`);
  if (only === undefined)
    for (const [fault, count] of Object.entries(injected)) assert(count > RUNS / 10, fault);
});

/** Does what pages ask, and says something all the while. */
class Doer extends Kernel {
  readonly prompts: string[] = [];
  running: string | null = null;

  override hear(message: PageMessage): void {
    super.hear(message);
    if (message.kind === "send" && !this.prompts.includes(message.client_id)) {
      const { client_id, text } = message;
      this.prompts.push(client_id);
      this.running = `r${this.prompts.length}`;
      const run = this.running;
      this.say([{ op: "add_run", run, number: 1, prompt: text, client_id, time: 1 }]);
      this.say([{ op: "start_run", run, time: 1 }]);
    } else if (message.kind === "stop" && message.run !== null && message.run === this.running) {
      this.running = null;
      this.say([{ op: "end_run", run: message.run, status: "cancelled", error: null, time: 2 }]);
    }
  }

  talk(): void {
    const run = this.running;
    if (run !== null) this.say([{ op: "set_notice", run, turn: null, code: "x", message: "", count: 1 }]);
  }
}

test("whatever happens to messages, what a page asks for is done in the end, and once", (context) => {
  context.mock.method(console, "warn", () => {});
  for (let seed = 0; seed < RUNS / 10; seed += 1) {
    const time = new Timers();
    const faults = new Faults(random(seed), time);
    const kernel = new Doer(faults, time);
    const page = new Page(kernel, faults, time);
    kernel.pages.push(page);
    const under = (ask: () => void) => {
      faults.healed = false;
      ask();
      for (let second = 0; second < 80; second += 0.2) {
        faults.healed = second > 20;
        kernel.talk();
        time.pass(200);
      }
    };
    under(() => page.store.send("hi"));
    assert.deepEqual([kernel.prompts.length, kernel.running], [1, "r1"], `seed ${seed}`);
    under(() => page.store.stop());
    assert.deepEqual(
      page.store.transcript
        .peek()
        .runs.peek()
        .map((run) => run.facts.peek().status),
      ["cancelled"],
      `seed ${seed}`,
    );
    assert.deepEqual([page.store.pending.peek().length, page.store.leaving.peek().size], [0, 0]);
  }
});
