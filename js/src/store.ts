/**
 * One chat, as all its views share it: the replica, what was sent and is not confirmed, and the settings.
 *
 * Messages are only queued when they come, for Jupyter handles no other message of the notebook meanwhile; they are
 * folded before the next paint. Views are disposable and come at any time, so nothing here belongs to one.
 */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { Addons } from "./addons.ts";
import { announcement } from "./announce.ts";
import { KernelClock } from "./clock.ts";
import { Connection, type Delivery, type Link } from "./connection.ts";
import { Details } from "./details.ts";
import { type Say, words } from "./labels.ts";
import type { Control, Decision, Json, PageMessage, Playback, RunStatus } from "./protocol.ts";
import { isLive, runningRun } from "./select.ts";
import { counts, type Detail, detail, type Prices, prices, text, texts, wording } from "./settings.ts";
import { applyAll, type Run, type ToolPart, Transcript } from "./transcript.ts";

/** `content` is the message's, `buffers` what came with it as bytes. */
export type Listener = (content: unknown, buffers?: unknown) => void;

/** The host's, of all widgets of the notebook; hosts differ in what it can do. */
export interface WidgetManager {
  /** The notebook's, where it is one. */
  readonly context?: unknown;
  readonly kernel?: { interrupt?(): Promise<unknown> } | null;
  readonly [other: string]: unknown;
}

/** The part of an anywidget model that the chat uses. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(event: string, callback: Listener): void;
  off(event: string, callback: Listener): void;
  readonly widget_manager?: WidgetManager | undefined;
}

/** The passing of time, as the store needs it; tests bring their own. */
export interface Scheduler {
  /** Seconds since the epoch. */
  now(): number;
  after(ms: number, run: () => void): () => void;
  /** Calls `run` before the next paint, or soon in a window that does not paint. */
  frame(run: () => void): void;
}

/** A prompt that the reader sent and that the kernel has not confirmed. */
export interface Pending {
  readonly client_id: string;
  readonly text: string;
  /** Seconds since the epoch when it was sent; `null` if it could not be. */
  readonly sent: number | null;
}

/** What a person says to a tool call that waits for them. */
export interface Verdict {
  readonly decision: Decision;
  /** For the agent to read. */
  readonly reason: string | null;
  /** What the tool is to run with; `null`: with what the model wrote. */
  readonly arguments: Json;
  /** Whether later calls of the tool are to run without a question. */
  readonly always: boolean;
}

/** A line for a screen reader; `id` tells two with the same words apart. */
export interface Spoken {
  readonly id: number;
  readonly text: string;
}

/** Lines that are kept, so that one is read whole before it goes. */
const SPOKEN = 4;

/**
 * Milliseconds after which the reader is told that a request has gone unanswered, and it is made again; then twice as
 * long each time: a message may be lost, and what JupyterLab sends before it knows its subshell waits for the cell that
 * runs. The kernel takes each request once.
 */
const LATE = { first: 3_000, most: 30_000 };

export class Store {
  readonly transcript: Signal<Transcript> = signal(new Transcript());
  /** The last frame that was folded. */
  readonly seq: Signal<number> = signal(0);
  readonly link: Signal<Link> = signal("connecting");
  /** Whether the kernel has ever said anything. */
  readonly heard: Signal<boolean> = signal(false);
  readonly pending: Signal<readonly Pending[]> = signal([]);
  /** Runs whose stop or removal was asked for, and what they did then: that is over when they do something else. */
  readonly leaving: Signal<ReadonlyMap<string, RunStatus>> = signal(new Map());
  /** Steps that a decision was sent for, until the kernel confirms it. */
  readonly deciding: Signal<ReadonlyMap<string, Verdict>> = signal(new Map());
  /** Where the recording stands that the chat plays; `null` if it plays none. */
  readonly playback: Signal<Playback | null> = signal(null);
  /** What the reader has to know of the kernel. `held`: the run waits for it, and goes on by itself. */
  readonly kernel: ReadonlySignal<Link | "held">;
  /** The newest last. */
  readonly announced: Signal<readonly Spoken[]> = signal([]);

  readonly final_only: Signal<boolean>;
  readonly steps: Signal<Detail>;
  readonly reasoning: Signal<Detail>;
  readonly title: Signal<string>;
  readonly agent_name: Signal<string>;
  readonly height: Signal<string>;
  readonly suggestions: Signal<readonly string[]>;
  readonly prices: Signal<Prices>;
  /** Tools that a function of the user's draws, and which version of it does. */
  readonly views: Signal<ReadonlyMap<string, number>>;
  /** Words that Python replaced. */
  readonly wording: Signal<Readonly<Record<string, string>>>;
  readonly say: ReadonlySignal<Say>;
  /** Which saved output is this chat's; `""` if there is none. */
  readonly saved: string;
  /** Whether the page may ask other machines for nothing. */
  readonly sealed: boolean;

  readonly running: ReadonlySignal<Run | null>;
  readonly clock: KernelClock;
  readonly addons: Addons;
  readonly details: Details;

  readonly #model: Model;
  readonly #scheduler: Scheduler;
  readonly #connection: Connection;
  readonly #held = signal(false);
  readonly #late = signal(false);
  /** What reads each trait again when it has changed. */
  readonly #traits = new Map<string, () => void>();
  #queue: Delivery[] = [];
  #due = false;
  /** The model is no more. */
  #over = false;
  #spoken = 0;

  constructor(model: Model, scheduler: Scheduler) {
    this.#model = model;
    this.#scheduler = scheduler;
    this.clock = new KernelClock(() => scheduler.now());
    const outside = {
      send: (message: PageMessage) => model.send(message),
      after: (ms: number, run: () => void) => scheduler.after(ms, () => this.#over || run()),
    };
    this.addons = new Addons(outside);
    this.details = new Details(outside);
    this.final_only = this.#trait("final_only", (value) => value === true);
    this.steps = this.#trait("steps", detail);
    this.reasoning = this.#trait("reasoning", detail);
    this.title = this.#trait("title", text);
    this.agent_name = this.#trait("agent_name", text);
    this.height = this.#trait("height", text);
    this.suggestions = this.#trait("suggestions", texts);
    this.prices = this.#trait("prices", prices);
    this.saved = text(model.get("saved"));
    this.sealed = model.get("sealed") === true;
    this.views = this.#trait("views", (value) => {
      this.details.forgetViews();
      return counts(value);
    });
    this.wording = this.#trait("labels", wording);
    this.say = computed(() => words(this.wording.value));
    // What was under way when the kernel went does not go on.
    this.running = computed(() => (this.link.value === "gone" ? null : runningRun(this.transcript.value)));
    this.kernel = computed(() => {
      if (this.link.value !== "connected") return this.link.value;
      if (this.#held.value && this.running.value !== null) return "held";
      return this.#late.value ? "waiting" : "connected";
    });
    this.#connection = new Connection(outside, {
      deliver: (delivery) => this.#deliver(delivery),
      link: (link) => {
        this.link.value = link;
        if (link === "connected") this.heard.value = true;
        if (link === "gone")
          this.pending.value = this.pending.peek().map((item) => ({ ...item, sent: null }));
      },
      held: (held) => {
        this.#held.value = held;
      },
      upToDate: () => {
        if (!this.#late.peek()) return;
        // It has heard the request at last and did not act on it: the reader may ask again.
        this.leaving.value = new Map();
        this.deciding.value = new Map();
      },
    });
  }

  get widget_manager(): unknown {
    return this.#model.widget_manager;
  }

  /** Connects to the kernel until `signal` says that the model is no more. */
  connect(signal: AbortSignal): void {
    const on = (event: string, callback: Listener) => {
      this.#model.on(event, callback);
      signal.addEventListener("abort", () => this.#model.off(event, callback));
    };
    on("msg:custom", (content, buffers) => {
      if (this.addons.receive(content, buffers) || this.details.receive(content, buffers)) return;
      if (isPlayback(content)) {
        this.clock.follow(content);
        this.playback.value = content;
      }
      this.#connection.receive(content);
    });
    // The kernel restarted or was replaced.
    on("comm_live_update", () => this.#connection.hello());
    for (const [name, read] of this.#traits) on(`change:${name}`, read);
    const dispose = effect(() => {
      this.#connection.live = this.pending.value.length > 0 || this.transcript.value.runs.value.some(isLive);
    });
    const asked = computed(
      () => this.leaving.value.size > 0 || this.deciding.value.size > 0 || this.pending.value.length > 0,
    );
    const stopWaiting = effect(() => {
      if (!asked.value) return;
      let cancel: () => void;
      const repeatAfter = (ms: number) => {
        cancel = this.#scheduler.after(ms, () => {
          this.#late.value = true;
          this.#repeat();
          repeatAfter(Math.min(LATE.most, 2 * ms));
        });
      };
      repeatAfter(LATE.first);
      return () => {
        cancel();
        this.#late.value = false;
      };
    });
    signal.addEventListener("abort", () => {
      this.#over = true;
      dispose();
      stopWaiting();
      this.#connection.close();
    });
    if (this.saved !== "" && this.#model.widget_manager?.context) {
      this.addons.notebook.want();
      signal.addEventListener(
        "abort",
        effect(() => this.addons.notebook.value.value?.(this.#model, this.saved, signal)),
      );
    }
    this.#connection.hello();
  }

  send(prompt: string): void {
    const pending = { client_id: clientId(), text: prompt, sent: null };
    this.pending.value = [...this.pending.peek(), pending];
    this.retry(pending);
  }

  /** Sends a prompt once more that could not be sent or has gone unanswered. */
  retry({ client_id, text }: Pending): void {
    const sent = this.#connection.post({ kind: "send", client_id, text });
    this.pending.value = this.pending
      .peek()
      .map((item) =>
        item.client_id === client_id ? { ...item, sent: sent ? this.#scheduler.now() : null } : item,
      );
  }

  /** Forgets a prompt that could not be sent. */
  forget({ client_id }: Pending): void {
    this.pending.value = this.pending.peek().filter((item) => item.client_id !== client_id);
  }

  stop(): void {
    const run = this.running.peek();
    if (run !== null) this.#leave(run, "running");
  }

  /** Takes a prompt out of the queue. */
  drop(run: Run): void {
    this.#leave(run, "queued");
  }

  /** Answers for a tool call that waits. False if the answer cannot be sent. */
  decide(part: ToolPart, verdict: Verdict): boolean {
    const sent = this.#connection.post({ kind: "decide", part: part.id, ...verdict });
    if (sent) this.deciding.value = new Map([...this.deciding.peek(), [part.id, verdict]]);
    return sent;
  }

  /** Plays the recording, or goes to another place in it. */
  control(action: Control["action"], value: number | null = null): void {
    this.#connection.post({ kind: "control", action, value });
  }

  /** Ends what the kernel is busy with, as the notebook's own button does; `null` where the host does not let us. */
  get interrupt(): (() => void) | null {
    const kernel = this.#model.widget_manager?.kernel;
    return kernel?.interrupt === undefined ? null : () => void kernel.interrupt?.().catch(console.warn);
  }

  setFinalOnly(final_only: boolean): void {
    this.final_only.value = final_only;
    this.#save("final_only", final_only);
  }

  /** How much is shown of steps or of reasoning. */
  setDetail(what: "steps" | "reasoning", value: Detail): void {
    this[what].value = value;
    this.#save(what, value);
  }

  #trait<T>(name: string, read: (value: unknown) => T): Signal<T> {
    const trait = signal(read(this.#model.get(name)));
    this.#traits.set(name, () => {
      trait.value = read(this.#model.get(name));
    });
    return trait;
  }

  #save(name: string, value: unknown): void {
    try {
      this.#model.set(name, value);
      this.#model.save_changes();
    } catch {
      // Without a kernel the setting still works, for this page only.
    }
  }

  #leave({ id }: Run, status: RunStatus): void {
    if (this.#askToLeave(id, status)) this.leaving.value = new Map([...this.leaving.peek(), [id, status]]);
  }

  #askToLeave(run: string, status: RunStatus): boolean {
    return this.#connection.post({ kind: status === "queued" ? "drop" : "stop", run });
  }

  #deliver(delivery: Delivery): void {
    if (delivery.replaces) this.#queue = [];
    this.#queue.push(delivery);
    if (this.#due) return;
    this.#due = true;
    this.#scheduler.frame(() => this.#fold());
  }

  #fold(): void {
    this.#due = false;
    const queue = this.#queue;
    this.#queue = [];
    batch(() => {
      for (const delivery of queue) if (!this.#foldOne(delivery)) return;
      this.#settle();
    });
  }

  /** False if the replica is broken; what it has stays on show until a snapshot comes. */
  #foldOne({ seq, replaces, ops }: Delivery): boolean {
    const before = this.transcript.peek();
    const transcript = replaces ? new Transcript() : before;
    try {
      applyAll(transcript, ops);
      this.clock.observe(ops);
    } catch (error) {
      console.warn("turnwise: the page lost track of the conversation and asks the kernel for it.", error);
      this.#connection.broken();
      return false;
    }
    this.transcript.value = transcript;
    this.seq.value = seq;
    if (replaces) {
      for (const part of this.details.parts)
        if (resultIn(before, part) !== resultIn(transcript, part)) this.details.forget(part);
    } else {
      for (const op of ops) if (op.op === "set_result") this.details.forget(op.part);
      this.#announce(transcript, ops);
    }
    this.#connection.intact();
    return true;
  }

  #announce(transcript: Transcript, ops: Delivery["ops"]): void {
    const said = ops.flatMap((op) => announcement(transcript, op, this.say.peek()) ?? []);
    if (said.length === 0) return;
    const lines = said.map((text) => {
      this.#spoken += 1;
      return { id: this.#spoken, text };
    });
    this.announced.value = [...this.announced.peek(), ...lines].slice(-SPOKEN);
  }

  /** Lets go of what the kernel has confirmed. */
  #settle(): void {
    const runs = this.transcript.peek().runs.peek();
    const known = new Set(runs.map((run) => run.client_id));
    const pending = this.pending.peek().filter((item) => !known.has(item.client_id));
    if (pending.length < this.pending.peek().length) this.pending.value = pending;
    const leaving = this.leaving.peek();
    const still = runs.filter((run) => leaving.get(run.id) === run.facts.peek().status);
    if (still.length < leaving.size)
      this.leaving.value = new Map(still.map((run) => [run.id, run.facts.peek().status]));
    const deciding = this.deciding.peek();
    const waiting = [...deciding].filter(([id]) => {
      const part = this.transcript.peek().findPart(id);
      return part?.kind === "tool" && part.step.peek().state === "approval";
    });
    if (waiting.length < deciding.size) this.deciding.value = new Map(waiting);
  }

  /** Asks once more for all that the kernel has not done. */
  #repeat(): void {
    for (const item of this.pending.peek()) if (item.sent !== null) this.retry(item);
    for (const [run, status] of this.leaving.peek()) this.#askToLeave(run, status);
    for (const [part, verdict] of this.deciding.peek())
      this.#connection.post({ kind: "decide", part, ...verdict });
    // Its answer tells whether they were heard.
    this.#connection.hello();
  }
}

/** What a step came to, to be compared. */
function resultIn(transcript: Transcript, id: string): string {
  const part = transcript.findPart(id);
  if (part?.kind !== "tool") return "";
  const { result, outcome, size } = part.step.peek();
  return JSON.stringify([result, outcome, size]);
}

function isPlayback(content: unknown): content is Playback {
  return typeof content === "object" && content !== null && "kind" in content && content.kind === "playback";
}

/** Also where the page is not a secure context and `crypto.randomUUID` does not exist. */
function clientId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
