/**
 * What only the host of the page can draw: widgets of the notebook, and charts.
 *
 * Hosts hand anywidget their widget manager, and differ in what it can do: JupyterLab's, Notebook's and VS Code's make
 * a view of any widget (`create_view`, of `@jupyter-widgets/base`), and the first two render media types
 * (`rendermime`). Where there is none, anywidgets can still be drawn by anywidget's own `host.getWidget`.
 */

/** Draws into `place`, which is in the page, until `signal` is aborted. Rejects if it cannot. */
export type Draw = (place: HTMLElement, signal: AbortSignal) => Promise<void>;

/** What a view of the chat was given by its host; any of it may be missing. */
export interface Host {
  readonly manager: unknown;
  /** anywidget's own, from version 0.11 on. */
  readonly children: unknown;
}

/** Milliseconds before the model is asked for again: after a reload, widgets come back one after another. */
const AGAIN = [200, 800, 2_500];

/** The widget with this model id; `null` if the host cannot draw any. */
export function widget({ manager, children }: Host, id: string): Draw | null {
  const getModel = method(manager, "get_model");
  const createView = method(manager, "create_view");
  const getWidget = method(children, "getWidget");
  if (getModel !== null && createView !== null)
    return async (place, signal) => {
      const model = await patiently(() => getModel(id), signal);
      const view = await createView(model);
      const remove = () => method(view, "remove")?.();
      if (signal.aborted) return void remove();
      signal.addEventListener("abort", remove);
      attach(property(view, "luminoWidget") ?? property(view, "pWidget"), place, property(view, "el"));
    };
  if (getWidget !== null)
    return async (place, signal) => {
      const child = await patiently(() => getWidget(`anywidget:${id}`), signal);
      if (!signal.aborted) await method(child, "render")?.({ el: place, signal });
    };
  return null;
}

/** Data of a media type that the host renders; `null` if it renders none. */
export function rendered({ manager }: Host, type: string, data: unknown): Draw | null {
  const mime = property(manager, "rendermime");
  const createModel = method(mime, "createModel");
  const createRenderer = method(mime, "createRenderer");
  const preferred = method(mime, "preferredMimeType");
  const known = [type, ...(OLDER[type] ?? [])].find((one) => preferred?.({ [one]: data }, "ensure") === one);
  if (createModel === null || createRenderer === null || known === undefined) return null;
  return async (place, signal) => {
    const renderer = createRenderer(known);
    signal.addEventListener("abort", () => method(renderer, "dispose")?.());
    attach(renderer, place, property(renderer, "node"));
    await method(renderer, "renderModel")?.(createModel({ data: { [known]: data }, trusted: false }));
  };
}

/** What a renderer of an older version can draw as well. */
const OLDER: Readonly<Record<string, readonly string[]>> = {
  "application/vnd.vegalite.v6+json": ["application/vnd.vegalite.v5+json"],
  "application/vnd.vega.v6+json": ["application/vnd.vega.v5+json"],
};

/** A widget of Lumino, JupyterLab's toolkit, is told that it is in the page; anything else is only put there. */
function attach(lumino: unknown, place: HTMLElement, element: unknown): void {
  const attachTo = method(property(lumino, "constructor"), "attach");
  if (attachTo !== null) attachTo(lumino, place);
  else if (element instanceof Node) place.append(element);
  else throw new Error("its view has no element");
}

async function patiently(get: () => unknown, signal: AbortSignal): Promise<unknown> {
  for (const wait of AGAIN) {
    try {
      return await get();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (signal.aborted) return null;
    }
  }
  return get();
}

type Method = (...args: readonly unknown[]) => unknown;

function method(of: unknown, name: string): Method | null {
  const found = property(of, name);
  return typeof found === "function" ? (...args) => Reflect.apply(found, of, args) : null;
}

function property(of: unknown, name: string): unknown {
  return (typeof of === "object" && of !== null) || typeof of === "function" ? Reflect.get(of, name) : null;
}
