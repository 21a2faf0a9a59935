/**
 * Parts of the front end that are fetched from the kernel when they are first needed.
 *
 * A module's source comes as bytes and is imported from a Blob, as anywidget does with the widget's own. All chats of a
 * page use one: it is kept on the page's global object under a name that holds its hash, so that another version is
 * another one. If it does not come, because there is no kernel or the message was lost, what it adds is missing, and
 * it is asked for again at the next occasion.
 */

import { type Signal, signal } from "@preact/signals-core";
import type { Colours, Highlight } from "./markdown/colours.ts";
import type { Fetch } from "./protocol.ts";

/** Set when the bundle is built, from what the add-on is made of. */
declare const HIGHLIGHT_HASH: string;
const KEY = Symbol.for(`turnwise/highlight@${HIGHLIGHT_HASH}`);

/** Seconds without an answer after which it may be asked again. */
const PATIENCE = 10;

interface Outside {
  /** May throw, as Jupyter's comms do once they are closed. */
  send(message: Fetch): void;
  /** Seconds. */
  now(): number;
}

export class Addons implements Colours {
  readonly highlight: Signal<Highlight | null> = signal(null);
  readonly #outside: Outside;
  readonly #loaded = globalThis as { [KEY]?: Promise<Highlight> };
  #asked: number | null = null;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  want(): void {
    if (this.highlight.peek() !== null) return;
    const { now, send } = this.#outside;
    if (this.#asked !== null && now() - this.#asked < PATIENCE) return;
    this.#asked = now();
    if (this.#loaded[KEY] !== undefined) void this.#use(this.#loaded[KEY]);
    else
      try {
        send({ kind: "addon", name: "highlight" });
      } catch {
        // Code stays plain.
      }
  }

  /** Takes a message, whatever it is; `true` if it was an add-on. */
  receive(content: unknown, buffers: unknown): boolean {
    if (typeof content !== "object" || content === null) return false;
    if (!("kind" in content && content.kind === "addon" && "name" in content)) return false;
    const source: unknown = Array.isArray(buffers) ? buffers[0] : undefined;
    if (content.name === "highlight" && (source instanceof ArrayBuffer || ArrayBuffer.isView(source))) {
      this.#loaded[KEY] ??= load(source);
      void this.#use(this.#loaded[KEY]);
    }
    return true;
  }

  async #use(loaded: Promise<Highlight>): Promise<void> {
    try {
      this.highlight.value = await loaded;
    } catch (error) {
      console.warn("turnwise: code stays without colours.", error);
    }
  }
}

async function load(source: ArrayBuffer | ArrayBufferView): Promise<Highlight> {
  // Views on shared memory do not exist on this wire.
  const url = URL.createObjectURL(new Blob([source as BlobPart], { type: "text/javascript" }));
  try {
    const module: { readonly default: Highlight } = await import(url);
    return module.default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
