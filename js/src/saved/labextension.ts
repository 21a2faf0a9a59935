/**
 * JupyterLab's and Notebook's renderer for the conversation in a saved notebook.
 *
 * This file is the extension's "remote entry": a module container as JupyterLab loads them, written by hand, for all that
 * is shared with the host is Lumino's widget class. The widget's own module lies beside it and is fetched when the first
 * saved conversation comes into sight; so a page without one pays for this file only.
 */

import { isSnapshot, type Module, type Source, show } from "./model.ts";

const MIME = "application/vnd.turnwise.chat.v1+json";

interface LuminoWidget {
  readonly node: HTMLElement;
  readonly isDisposed: boolean;
  dispose(): void;
}

type Widget = new (options: { node: HTMLElement }) => LuminoWidget;
type Factory = () => unknown;
type Shared = Readonly<Record<string, Readonly<Record<string, { get(): Promise<Factory> }>>>>;

interface MimeModel {
  readonly data: Readonly<Record<string, unknown>>;
}

/** Set when this is built: the folder's content by its hash, so that browsers keep it until there is another. */
declare const VERSION: string;

const FOLDER = new URL(".", (document.currentScript as HTMLScriptElement | null)?.src ?? location.href);
const at = (name: string) => new URL(`${name}.js?v=${VERSION}`, FOLDER).href;

let widget: Promise<Module> | null = null;

/** Of the same release as the snapshot or of another: ops that it does not know it says so. */
function load(): Promise<Module> {
  widget ??= import(/* @vite-ignore */ at("widget"));
  return widget;
}

const source: Source = {
  async addon(name) {
    const response = await fetch(at(name));
    return response.ok ? await response.arrayBuffer() : null;
  },
  whole: () => null,
};

/** Near enough to be drawn. */
const NEAR = "400px";

function renderer(Widget: Widget): new () => LuminoWidget {
  return class extends Widget {
    #snapshot: unknown = null;
    #view: AbortController | null = null;
    readonly #watch: IntersectionObserver;
    #near = false;

    constructor() {
      const node = document.createElement("div");
      super({ node });
      // While the live view stands in its place, or it is far away, it is not drawn.
      this.#watch = new IntersectionObserver(
        (entries) => {
          this.#near = entries.at(-1)?.isIntersecting === true;
          if (this.#near && this.#view === null) this.#draw();
          // The live view has taken its place.
          if (!this.#near && this.node.getClientRects().length === 0) this.#clear();
        },
        { rootMargin: NEAR },
      );
      this.#watch.observe(node);
    }

    async renderModel({ data }: MimeModel): Promise<void> {
      this.#snapshot = data[MIME];
      const name = isSnapshot(this.#snapshot) ? this.#snapshot.name : "";
      this.node.classList.add("tw-saved", ...(/^\w+$/.test(name) ? [`tw-saved-${name}`] : []));
      this.node.style.minHeight = "1px";
      this.#clear();
      if (this.#near) this.#draw();
    }

    override dispose(): void {
      if (this.isDisposed) return;
      this.#watch.disconnect();
      this.#clear();
      super.dispose();
    }

    #clear(): void {
      this.#view?.abort();
      this.#view = null;
      this.node.replaceChildren();
    }

    async #draw(): Promise<void> {
      const snapshot = this.#snapshot;
      if (!isSnapshot(snapshot)) {
        this.node.textContent = "turnwise: the saved conversation cannot be read";
        return;
      }
      const view = new AbortController();
      this.#view = view;
      try {
        const module = await load();
        if (!view.signal.aborted) show(module, snapshot, source, this.node, view.signal);
      } catch (error) {
        widget = null;
        this.node.textContent = `turnwise could not draw the saved conversation: ${String(error)}`;
      }
    }
  };
}

/** Takes the place of the live view's output where that is an error, or says that it loads; `saved.py` has it too. */
const INSTEAD_OF_ERROR =
  ".jp-OutputArea-child:not(:has(>.jp-OutputArea-output>*)):has(+.jp-OutputArea-child .tw-saved){display:none}";

async function extension(shared: Shared): Promise<unknown> {
  const [version] = Object.values(shared["@lumino/widgets"] ?? {});
  if (version === undefined) throw new Error("turnwise: this host does not share @lumino/widgets");
  const { Widget } = (await version.get())() as { Widget: Widget };
  const Renderer = renderer(Widget);
  const style = document.createElement("style");
  style.textContent = INSTEAD_OF_ERROR;
  document.head.append(style);
  return {
    id: "turnwise:saved",
    dataType: "json",
    rank: 0,
    rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new Renderer() },
  };
}

let scope: Shared = {};

const page = globalThis as { _JUPYTERLAB?: Record<string, unknown> };
page._JUPYTERLAB ??= {};
page._JUPYTERLAB["turnwise"] = {
  init(shared: Shared) {
    scope = shared;
  },
  async get() {
    const plugin = await extension(scope);
    return () => ({ __esModule: true, default: plugin });
  },
};
