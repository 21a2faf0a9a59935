/** A stand-in for the kernel: it plays scripts as numbered frames, and answers what a page sends. */

import type { Json, Op, PageMessage } from "../src/protocol.ts";
import type { Listener, Model } from "../src/store.ts";

/** Ops, and the milliseconds before the next ones. */
export type Line = Op | number;
export type Script = (run: string) => Iterable<Line>;

const TICK = 40;

export class FakeKernel implements Model {
  readonly #traits: Map<string, unknown>;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #script: (prompt: string) => Script;
  readonly #history: Op[] = [];
  readonly #queue: string[] = [];
  #unsent: Op[] = [];
  #seq = 0;
  #runs = 0;
  #active: { readonly run: string; readonly stop: AbortController } | null = null;
  /** Lets the script go on that waits. */
  #wake = () => {};
  /** What pages have sent, the newest last. */
  readonly heard: PageMessage[] = [];
  /** Whether messages can be sent at all, and whether they are answered. */
  alive = true;
  deaf = false;
  /** Every so many frames one is lost on the way. */
  lossy = 0;
  lost = 0;
  /** The add-ons that pages asked for, and where their source is. */
  readonly asked: string[] = [];
  readonly #addon: (name: string) => Promise<ArrayBuffer>;
  /** Results that were said with their beginning and end only, by the id of their step. */
  readonly wholes = new Map<string, Json>();
  /** What add-ons wait for on their way. */
  slow: Promise<unknown> = Promise.resolve();
  /** JSON Schema of tools' arguments, by the tool's name. */
  schemas: { readonly [tool: string]: Json } = {};
  /** How many times as fast the scripts play; infinite for at once. */
  speed = 1;

  constructor(
    traits: Readonly<Record<string, unknown>>,
    script: (prompt: string) => Script,
    addon: (name: string) => Promise<ArrayBuffer>,
  ) {
    this.#addon = addon;
    this.#traits = new Map(Object.entries(traits));
    this.#script = script;
  }

  get(name: string): unknown {
    return this.#traits.get(name);
  }

  set(name: string, value: unknown): void {
    this.#traits.set(name, value);
    this.#emit(`change:${name}`, value);
  }

  save_changes(): void {}

  on(event: string, callback: Listener): void {
    const callbacks = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, callbacks.add(callback));
  }

  off(event: string, callback: Listener): void {
    this.#listeners.get(event)?.delete(callback);
  }

  send(content: unknown): void {
    if (!this.alive) throw new Error("Cannot send");
    if (this.deaf) return;
    // What the page sends has this type: it is our own code.
    const message = content as PageMessage;
    this.heard.push(message);
    setTimeout(() => this.#receive(message), 5);
  }

  /** Sends a prompt as a cell would. */
  prompt(text: string, client_id: string | null = null): string {
    this.#runs += 1;
    const run = `r${this.#runs}`;
    this.say({ op: "add_run", run, number: this.#runs, prompt: text, client_id, time: now() });
    this.#queue.push(run);
    void this.#next(text);
    return run;
  }

  say(...ops: readonly Op[]): void {
    this.#history.push(...ops);
    this.#unsent.push(...ops);
    if (this.speed === Number.POSITIVE_INFINITY) this.flush();
  }

  get seq(): number {
    return this.#seq;
  }

  /** Sends everything again, as if the page had missed much. */
  resync(): void {
    this.#seq = 999;
    this.#emit("msg:custom", { kind: "snapshot", seq: this.#seq, ops: structuredClone(this.#history) });
  }

  flush(): void {
    if (this.#unsent.length === 0) return;
    this.#seq += 1;
    if (this.lossy > 0 && this.#seq % this.lossy === 0) {
      this.lost += 1;
      this.#unsent = [];
      return;
    }
    this.#emit("msg:custom", structuredClone({ kind: "frame", seq: this.#seq, ops: this.#unsent }));
    this.#unsent = [];
  }

  /** Frames are made every so often, as the real kernel does. */
  start(): void {
    setInterval(() => this.flush(), TICK);
  }

  #receive(message: PageMessage): void {
    switch (message.kind) {
      case "hello":
        this.flush();
        this.#emit(
          "msg:custom",
          message.last === this.#seq
            ? { kind: "frame", seq: this.#seq, ops: [] }
            : { kind: "snapshot", seq: this.#seq, ops: structuredClone(this.#history) },
        );
        return;
      case "send":
        this.prompt(message.text, message.client_id);
        return;
      case "stop":
        for (const run of this.#queue.splice(1))
          this.say({ op: "end_run", run, status: "dropped", error: null, time: now() });
        this.#active?.stop.abort();
        return;
      case "drop":
        if (this.#queue.indexOf(message.run) < 1) return;
        this.#queue.splice(this.#queue.indexOf(message.run), 1);
        this.say({ op: "end_run", run: message.run, status: "dropped", error: null, time: now() });
        return;
      case "addon":
        this.asked.push(message.name);
        void this.lend(message.name);
        return;
      case "decide":
        this.#decide(message);
        return;
      case "ask":
        this.#tell(message);
        return;
      case "fetch_saved": // There is no notebook.
      case "control": // No script is a recording.
        return;
      default:
        message satisfies never;
    }
  }

  /** The tool runs, or not, and the script goes on. */
  #decide({ part, decision, reason, arguments: edited }: Extract<PageMessage, { kind: "decide" }>): void {
    const time = now();
    const approved = decision === "approved";
    const result = approved ? { ran: edited ?? "as written" } : `denied: ${reason ?? "no reason given"}`;
    this.say(
      { op: "resolve_approval", part, decision, reason, edited, time },
      ...(approved ? [{ op: "set_tool_state", part, state: "running", time } as const] : []),
      {
        op: "set_result",
        part,
        result,
        outcome: approved ? "ok" : "error",
        preliminary: false,
        size: null,
        time: time + 0.4,
      },
    );
    this.#wake();
  }

  async #next(prompt?: string): Promise<void> {
    const run = this.#queue[0];
    if (this.#active !== null || run === undefined) return;
    const stop = new AbortController();
    this.#active = { run, stop };
    this.say({ op: "start_run", run, time: now() });
    const added = this.#history.find((op) => op.op === "add_run" && op.run === run);
    const text = prompt ?? (added?.op === "add_run" ? added.prompt : "");
    for (const line of this.#script(text)(run)) {
      if (stop.signal.aborted) break;
      if (typeof line !== "number") this.say(line);
      else if (this.speed !== Number.POSITIVE_INFINITY)
        await Promise.race([
          sleep(line / this.speed, stop.signal),
          new Promise<void>((resolve) => {
            this.#wake = resolve;
          }),
        ]);
    }
    if (stop.signal.aborted) this.#cancel(run);
    this.#queue.shift();
    this.#active = null;
    await this.#next();
  }

  #cancel(run: string): void {
    const turns = this.#history.flatMap((op) => (op.op === "open_turn" && op.run === run ? [op.turn] : []));
    const closed = new Set(this.#history.flatMap((op) => (op.op === "close_turn" ? [op.turn] : [])));
    const ended = new Set(
      this.#history.flatMap((op) => (op.op === "close_part" || op.op === "set_result" ? [op.part] : [])),
    );
    const time = now();
    for (const op of [...this.#history]) {
      if (op.op === "open_part" && turns.includes(op.turn) && !ended.has(op.part))
        this.say({ op: "close_part", part: op.part, time });
      if (op.op === "open_tool" && turns.includes(op.turn) && !ended.has(op.part))
        this.say({ op: "set_tool_state", part: op.part, state: "cancelled", time });
    }
    for (const turn of turns)
      if (!closed.has(turn)) this.say({ op: "close_turn", turn, status: "cancelled", time });
    this.say({ op: "end_run", run, status: "cancelled", error: null, time });
  }

  /** Sends an add-on, whether it was asked for or not. */
  async lend(name: string): Promise<void> {
    const source = await this.#addon(name);
    await this.slow;
    this.#emit("msg:custom", { kind: "addon", name }, [new DataView(source)]);
  }

  #tell({ part, what }: Extract<PageMessage, { kind: "ask" }>): void {
    const result = this.#history.findLast((op) => op.op === "set_result" && op.part === part);
    const whole = this.wholes.get(part) ?? (result?.op === "set_result" ? result.result : null);
    const name = this.#history.findLast((op) => op.op === "open_tool" && op.part === part);
    const told = {
      whole,
      view: {},
      schema: (name?.op === "open_tool" ? this.schemas[name.name] : null) ?? null,
      saw: null,
    }[what];
    const bytes = new TextEncoder().encode(JSON.stringify(told));
    this.#emit("msg:custom", { kind: "told", part, what }, [new DataView(bytes.buffer)]);
  }

  #emit(event: string, content: unknown, buffers: readonly DataView[] = []): void {
    for (const callback of this.#listeners.get(event) ?? []) callback(content, buffers);
  }
}

export function now(): number {
  return Date.now() / 1000;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
