/**
 * Parts of the front end that are fetched from the kernel when they are first needed.
 *
 * A module's source comes as bytes and is imported from a Blob, as anywidget does with the widget's own. All chats of a
 * page use one: it is kept on the page's global object under a name that holds its hash, so that another version is
 * another one. Until it comes, and if it never does, what it adds is missing; a message may be lost, so it is asked for
 * again and again.
 */

import { type Signal, signal } from "@preact/signals-core";
import type { KeepSaved } from "./addons/notebook.ts";
import { firstBuffer } from "./bytes.ts";
import type { Highlight, Lending, Lent, Typeset } from "./markdown/lent.ts";
import type { Fetch } from "./protocol.ts";
import type { MakePanels } from "./view/panels.tsx";

type Name = Fetch["name"];

/** Set when the bundle is built, from what the add-ons are made of. */
declare const ADDON_HASHES: Readonly<Record<Name, string>>;

/** Milliseconds without an answer after which it is asked for again; each time twice as many. */
const PATIENCE = 2_000;

interface Outside {
  /** May throw, as Jupyter's comms do once they are closed. */
  send(message: Fetch): void;
  /** Calls `run` after so many milliseconds, unless it is called off. */
  after(ms: number, run: () => void): () => void;
}

class Addon<T> implements Lent<T> {
  readonly value: Signal<T | null> = signal(null);
  readonly name: Name;
  readonly #key: symbol;
  readonly #outside: Outside;
  readonly #loaded = globalThis as { [key: symbol]: Promise<T> | undefined };
  #asked = false;
  #patience = PATIENCE;

  constructor(name: Name, outside: Outside) {
    this.name = name;
    this.#key = Symbol.for(`turnwise/${name}@${ADDON_HASHES[name]}`);
    this.#outside = outside;
  }

  want(): void {
    if (this.value.peek() !== null || this.#asked) return;
    this.#asked = true;
    const loaded = this.#loaded[this.#key];
    if (loaded !== undefined) void this.#use(loaded);
    else
      try {
        this.#outside.send({ kind: "addon", name: this.name });
      } catch {
        // What it adds is missing for now.
      }
    this.#outside.after(this.#patience, () => {
      this.#asked = false;
      this.want();
    });
    this.#patience *= 2;
  }

  receive(source: ArrayBuffer | ArrayBufferView): void {
    const loaded = this.#loaded[this.#key] ?? load<T>(source);
    this.#loaded[this.#key] = loaded;
    void this.#use(loaded);
  }

  async #use(loaded: Promise<T>): Promise<void> {
    try {
      this.value.value = await loaded;
    } catch (error) {
      // What came may have been broken: it is asked for again.
      if (this.#loaded[this.#key] === loaded) delete this.#loaded[this.#key];
      console.warn(`turnwise: goes without ${this.name}.`, error);
    }
  }
}

export class Addons implements Lending {
  readonly highlight: Addon<Highlight>;
  readonly math: Addon<Typeset>;
  readonly notebook: Addon<KeepSaved>;
  readonly panels: Addon<MakePanels>;

  constructor(outside: Outside) {
    this.highlight = new Addon("highlight", outside);
    this.math = new Addon("math", outside);
    this.notebook = new Addon("notebook", outside);
    this.panels = new Addon("panels", outside);
  }

  /** Takes a message, whatever it is; `true` if it was an add-on. */
  receive(content: unknown, buffers: unknown): boolean {
    if (typeof content !== "object" || content === null) return false;
    if (!("kind" in content && content.kind === "addon" && "name" in content)) return false;
    const source = firstBuffer(buffers);
    const known: readonly Addon<unknown>[] = [this.highlight, this.math, this.notebook, this.panels];
    if (source !== null) known.find(({ name }) => name === content.name)?.receive(source);
    return true;
  }
}

async function load<T>(source: ArrayBuffer | ArrayBufferView): Promise<T> {
  // Views on shared memory do not exist on this wire.
  const url = URL.createObjectURL(new Blob([source as BlobPart], { type: "text/javascript" }));
  try {
    const module: { readonly default: T } = await import(/* @vite-ignore */ url);
    return module.default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
