/** Tool results that came as their beginning and end, and the whole of those that the reader asked for. */

import { type Signal, signal } from "@preact/signals-core";
import { firstBuffer } from "./bytes.ts";
import type { FetchWhole, Json } from "./protocol.ts";

export type Whole =
  | { readonly state: "asked" }
  | { readonly state: "here"; readonly value: Json }
  | { readonly state: "lost" };

interface Outside {
  /** May throw, as Jupyter's comms do once they are closed. */
  send(message: FetchWhole): void;
  /** Calls `run` after so many milliseconds, unless it is called off. */
  after(ms: number, run: () => void): () => void;
}

/** Milliseconds after which an answer is not expected any more. */
const PATIENCE = 20_000;

export class Wholes {
  readonly #outside: Outside;
  readonly #known = new Map<string, Signal<Whole | null>>();

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** What there is of the result of the step `part`; `null` before it was asked for. */
  of(part: string): Signal<Whole | null> {
    let whole = this.#known.get(part);
    if (whole === undefined) {
      whole = signal(null);
      this.#known.set(part, whole);
    }
    return whole;
  }

  ask(part: string): void {
    const whole = this.of(part);
    try {
      this.#outside.send({ kind: "fetch_whole", part });
    } catch {
      whole.value = { state: "lost" };
      return;
    }
    whole.value = { state: "asked" };
    this.#outside.after(PATIENCE, () => {
      if (whole.peek()?.state === "asked") whole.value = { state: "lost" };
    });
  }

  /** Another result took its place. */
  forget(part: string): void {
    const whole = this.#known.get(part);
    if (whole !== undefined) whole.value = null;
  }

  /** Takes a message, whatever it is; `true` if it was a whole result. */
  receive(content: unknown, buffers: unknown): boolean {
    if (typeof content !== "object" || content === null) return false;
    if (!("kind" in content && content.kind === "whole" && "part" in content)) return false;
    const bytes = firstBuffer(buffers);
    const part = typeof content.part === "string" ? content.part : "";
    this.of(part).value = bytes === null ? { state: "lost" } : read(bytes);
    return true;
  }
}

function read(bytes: ArrayBuffer | ArrayBufferView): Whole {
  try {
    const value: Json = JSON.parse(new TextDecoder().decode(bytes));
    return { state: "here", value };
  } catch {
    return { state: "lost" };
  }
}
