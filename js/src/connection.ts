/**
 * The page's end of the wire: which frames are applied, when the kernel is asked, and what is known of it.
 *
 * Frames count from 1 and may be lost, repeated or never sent: a message above the Jupyter server's rate limit is
 * dropped without a word, and so may be the answer to a question. So a gap asks `hello`, silence while something is
 * under way asks too, and whatever is asked is asked again. Sans-IO: timers and sending are passed in.
 */

import type { Frame, Op, PageMessage, Snapshot } from "./protocol.ts";

/**
 * `connecting`: nothing was heard yet. `waiting`: a question has gone unanswered for a while; the kernel may be busy.
 * `gone`: messages cannot be sent.
 */
export type Link = "connecting" | "connected" | "waiting" | "gone";

export interface Wire {
  /** May throw, as Jupyter's comms do once they are closed. */
  send(message: PageMessage): void;
  /** Calls `run` after `ms`, unless the function that it returns is called before. */
  after(ms: number, run: () => void): () => void;
}

/** What the replica has to do: fold these ops, onto what it has or onto nothing. */
export interface Delivery {
  readonly seq: number;
  readonly replaces: boolean;
  readonly ops: readonly Op[];
}

export interface Listener {
  deliver(delivery: Delivery): void;
  link(link: Link): void;
  /** Whether the run waits for the kernel's loop, as the last message had it. */
  held(held: boolean): void;
  /** The kernel said that the page has everything, at frame `seq`. */
  upToDate(seq: number): void;
}

const QUIET = { first: 2_000, most: 10_000 };
const RETRY = { first: 1_500, most: 30_000 };
/** Unanswered questions after which the reader is told. */
const PATIENCE = 2;

export class Connection {
  readonly #wire: Wire;
  readonly #listener: Listener;
  #last = 0;
  #link: Link = "connecting";
  /** Questions since the last answer. */
  #asked = 0;
  /** Snapshots in a row that the replica could not fold. */
  #faults = 0;
  #quiet = QUIET.first;
  #live = false;
  #cancel: (() => void) | null = null;

  constructor(wire: Wire, listener: Listener) {
    this.#wire = wire;
    this.#listener = listener;
  }

  get link(): Link {
    return this.#link;
  }

  /** Asks for what there is. Harmless if it was asked before. */
  hello(): void {
    this.#asked = 0;
    this.#ask();
  }

  /** Whether something is under way, so that silence is worth a question. */
  set live(live: boolean) {
    if (live === this.#live) return;
    this.#live = live;
    this.#quiet = QUIET.first;
    if (this.#asked === 0) this.#listen();
  }

  /** Sends a request. False if it cannot be sent; never throws. */
  post(message: PageMessage): boolean {
    try {
      this.#wire.send(message);
      return true;
    } catch {
      this.#setLink("gone");
      return false;
    }
  }

  receive(content: unknown): void {
    if (!isOps(content)) return;
    this.#setLink("connected");
    const { kind, seq, ops } = content;
    this.#listener.held(content.held === true);
    if (kind === "snapshot") {
      if (seq > this.#last) this.#accept({ seq, ops, replaces: true });
      else this.#confirmed(seq);
    } else if (seq === this.#last + 1 && ops.length > 0) {
      this.#accept({ seq, ops, replaces: false });
    } else if (seq > this.#last) {
      // Frames overtake the answer to the question that the first gap asked: one question is enough. One without ops
      // only says how far the kernel is, maybe to another page.
      if (this.#asked === 0) this.#ask();
    } else if (seq === this.#last && ops.length === 0) this.#confirmed(seq);
  }

  /** The replica could not fold what was delivered: only a snapshot helps. */
  broken(): void {
    this.#last = 0;
    this.#asked = 0;
    this.#faults += 1;
    // A snapshot that breaks the replica each time must not become a loop at the speed of the network.
    if (this.#faults === 1) {
      this.#ask();
      return;
    }
    this.#asked = 1;
    this.#in(Math.min(RETRY.most, 250 * 2 ** this.#faults), () => this.#ask());
  }

  /** The replica folded what was delivered. */
  intact(): void {
    this.#faults = 0;
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #accept(delivery: Delivery): void {
    this.#last = delivery.seq;
    this.#quiet = QUIET.first;
    this.#asked = 0;
    this.#listen();
    this.#listener.deliver(delivery);
  }

  /** The kernel has said that nothing is missing. If it goes on being silent, that is asked less often. */
  #confirmed(seq: number): void {
    const asked = this.#asked > 0;
    this.#asked = 0;
    if (asked) this.#quiet = Math.min(QUIET.most, this.#quiet * 2);
    this.#listen();
    // While a run goes on, the answer is a snapshot, and frames have overtaken it.
    if (seq === this.#last) this.#listener.upToDate(seq);
  }

  #listen(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#live) this.#in(this.#quiet, () => this.#ask());
  }

  #ask(): void {
    this.#asked += 1;
    if (this.#asked > PATIENCE && this.#link !== "gone") this.#setLink("waiting");
    // A closed comm stays so; whoever opens another says hello.
    if (this.post({ kind: "hello", last: this.#last }))
      this.#in(Math.min(RETRY.most, RETRY.first * 2 ** (this.#asked - 1)), () => this.#ask());
    else this.close();
  }

  #in(ms: number, run: () => void): void {
    this.#cancel?.();
    this.#cancel = this.#wire.after(ms, run);
  }

  #setLink(link: Link): void {
    if (link === this.#link) return;
    this.#link = link;
    this.#listener.link(link);
  }
}

/** The shape only: that the ops make sense is the replica's to find out. */
function isOps(content: unknown): content is Frame | Snapshot {
  return (
    typeof content === "object" &&
    content !== null &&
    "kind" in content &&
    (content.kind === "frame" || content.kind === "snapshot") &&
    "seq" in content &&
    Number.isInteger(content.seq) &&
    "ops" in content &&
    Array.isArray(content.ops)
  );
}
