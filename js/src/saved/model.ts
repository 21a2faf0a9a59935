/**
 * A chat without a kernel: a snapshot that stands in for one, so that the widget's own module can show it.
 *
 * What needs an agent (the composer, retrying) is out of sight. What the widget would fetch from the kernel, add-ons and
 * large results, comes from wherever the snapshot was found.
 */

import type { Op, PageMessage } from "../protocol.ts";
import type { Listener, Model } from "../store.ts";
import css from "./saved.css";

/** As `turnwise.export.viewer.snapshot` makes it. */
export interface Snapshot {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly ops: readonly Op[];
}

/** Where the rest is; `null` for what is not there. */
export interface Source {
  addon(name: string): Promise<BufferSource | null>;
  whole(part: string): BufferSource | null;
}

/** The widget's module, as far as it is used here. */
export interface Module {
  default(): {
    initialize(given: { model: Model; signal: AbortSignal }): void;
    render(given: { el: HTMLElement; signal: AbortSignal }): void;
  };
}

export function isSnapshot(value: unknown): value is Snapshot {
  if (typeof value !== "object" || value === null) return false;
  const { settings, ops } = value as Partial<Record<keyof Snapshot, unknown>>;
  return typeof settings === "object" && settings !== null && Array.isArray(ops);
}

const NOT_KNOWN =
  "turnwise could not draw the saved conversation: another release saved it, with something in it that this one does not know.";

/**
 * Draws the snapshot into `el` until `signal` is aborted, or a sentence in its place if the widget cannot fold it.
 * `more` is CSS of the host's own.
 */
export function show(
  module: Module,
  snapshot: Snapshot,
  source: Source,
  el: HTMLElement,
  signal: AbortSignal,
  more = "",
): void {
  const widget = module.default();
  const view = new AbortController();
  signal.addEventListener("abort", () => view.abort());
  const model = new SavedModel(snapshot, source, () => {
    view.abort();
    el.textContent = NOT_KNOWN;
  });
  widget.initialize({ model, signal: view.signal });
  widget.render({ el, signal: view.signal });
  const style = document.createElement("style");
  style.textContent = css + (source.whole("") === null ? WITHOUT_WHOLES : "") + more;
  el.querySelector(".turnwise")?.shadowRoot?.append(style);
}

/** Where no result can be had whole, none is offered. */
const WITHOUT_WHOLES = '[data-action="fetch-whole"]{display:none}';

class SavedModel implements Model {
  readonly #snapshot: Snapshot;
  readonly #source: Source;
  readonly #settings: Record<string, unknown>;
  readonly #listeners = new Set<Listener>();
  readonly #broken: () => void;
  #told = false;

  /** `broken` is called if the widget asks for the snapshot again: it could not fold it. */
  constructor(snapshot: Snapshot, source: Source, broken: () => void) {
    this.#snapshot = snapshot;
    this.#source = source;
    this.#broken = broken;
    this.#settings = { ...snapshot.settings };
  }

  get(name: string): unknown {
    return this.#settings[name];
  }

  set(name: string, value: unknown): void {
    this.#settings[name] = value;
  }

  save_changes(): void {
    // There is nobody to tell.
  }

  on(event: string, callback: Listener): void {
    if (event === "msg:custom") this.#listeners.add(callback);
  }

  off(event: string, callback: Listener): void {
    if (event === "msg:custom") this.#listeners.delete(callback);
  }

  send(content: unknown): void {
    void this.#answer(content as PageMessage);
  }

  async #answer(message: PageMessage): Promise<void> {
    await null; // A kernel's answer does not come before the question is sent.
    switch (message.kind) {
      case "hello":
        if (this.#told && message.last === 0) this.#broken();
        else this.#tell({ kind: "snapshot", seq: 1, ops: message.last === 0 ? this.#snapshot.ops : [] });
        this.#told = true;
        break;
      case "addon": {
        const source = await this.#source.addon(message.name);
        if (source !== null) this.#tell({ kind: "addon", name: message.name }, [source]);
        break;
      }
      case "ask": {
        const { part, what } = message;
        const whole = what === "whole" ? this.#source.whole(part) : null;
        if (whole !== null) this.#tell({ kind: "told", part, what }, [whole]);
        break;
      }
    }
  }

  #tell(content: unknown, buffers?: readonly BufferSource[]): void {
    for (const listener of this.#listeners) listener(content, buffers);
  }
}
