/** What of a step or a turn does not travel unasked (`Detail`), for those that the reader opened. */

import { type Signal, signal } from "@preact/signals-core";
import { firstBuffer } from "./bytes.ts";
import type { Ask, Detail, Json } from "./protocol.ts";

export type Answer =
  | { readonly state: "asked" }
  | { readonly state: "here"; readonly value: Json }
  | { readonly state: "lost" };

interface Outside {
  /** May throw, as Jupyter's comms do once they are closed. */
  send(message: Ask): void;
  /** Calls `run` after so many milliseconds, unless it is called off. */
  after(ms: number, run: () => void): () => void;
}

/** Milliseconds after which an answer is not expected any more. A view takes as long as a function of the user's does. */
const PATIENCE: Readonly<Record<Detail, number>> = {
  whole: 20_000,
  view: 60_000,
  schema: 10_000,
  saw: 20_000,
};

export class Details {
  readonly #outside: Outside;
  readonly #known = new Map<string, Signal<Answer | null>>();

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** What there is of the step, or turn, `part`; `null` before it was asked for. */
  of(part: string, what: Detail): Signal<Answer | null> {
    return this.#of(`${what} ${part}`);
  }

  #of(key: string): Signal<Answer | null> {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = signal(null);
      this.#known.set(key, known);
    }
    return known;
  }

  ask(part: string, what: Detail): void {
    const answer = this.of(part, what);
    const asked: Answer = { state: "asked" };
    answer.value = asked;
    try {
      this.#outside.send({ kind: "ask", part, what });
    } catch {
      answer.value = { state: "lost" };
    }
    this.#outside.after(PATIENCE[what], () => {
      // It may have been asked again.
      if (answer.peek() === asked) answer.value = { state: "lost" };
    });
  }

  /** Another result took its place. */
  forget(part: string): void {
    for (const what of ["whole", "view"] as const) {
      const known = this.#known.get(`${what} ${part}`);
      if (known !== undefined) known.value = null;
    }
  }

  /** The parts that something is known of. */
  get parts(): readonly string[] {
    return [...this.#known.keys()].map((key) => key.slice(key.indexOf(" ") + 1));
  }

  /** Other functions make them. */
  forgetViews(): void {
    for (const [key, known] of this.#known) if (key.startsWith("view ")) known.value = null;
  }

  /** Takes a message, whatever it is; `true` if it was an answer. */
  receive(content: unknown, buffers: unknown): boolean {
    if (typeof content !== "object" || content === null) return false;
    if (!("kind" in content && content.kind === "told" && "part" in content && "what" in content))
      return false;
    const bytes = firstBuffer(buffers);
    this.#of(`${content.what} ${content.part}`).value = bytes === null ? { state: "lost" } : read(bytes);
    return true;
  }
}

function read(bytes: ArrayBuffer | ArrayBufferView): Answer {
  try {
    const value: Json = JSON.parse(new TextDecoder().decode(bytes));
    return { state: "here", value };
  } catch {
    return { state: "lost" };
  }
}
