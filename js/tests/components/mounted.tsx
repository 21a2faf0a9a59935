/** A component in a shadow root with the widget's styles, as it stands in a chat. */

import "@preact/signals";
import { signal } from "@preact/signals-core";
import { type ComponentChild, render } from "preact";
import highlight from "../../src/addons/highlight.ts";
import math from "../../src/addons/math.ts";
import panels from "../../src/addons/panels.ts";
import chat from "../../src/chat.css";
import { type Lending, LendingContext } from "../../src/markdown/lent.ts";
import markdown from "../../src/markdown/markdown.css";
import type { Fetch } from "../../src/protocol.ts";
import { type Listener, Store, type WidgetManager } from "../../src/store.ts";
import theme from "../../src/theme.css";
import { PanelsContext } from "../../src/view/panels.tsx";
import values from "../../src/view/values.css";
import { View, ViewProvider } from "../../src/view/view.ts";

/** Add-ons that are there from the beginning. */
const LENDING: Lending = {
  highlight: { value: signal(highlight), want() {} },
  math: { value: signal(math), want() {} },
};
const PANELS = { value: signal(panels), want() {} };

export interface Mounted {
  readonly root: HTMLElement;
  readonly store: Store;
  /** What the page has sent. */
  readonly sent: unknown[];
  /** A message from the kernel. */
  tell(content: object, buffers?: readonly unknown[]): void;
  draw(child: ComponentChild): void;
  /** Python sets a trait. */
  set(name: string, value: unknown): void;
}

export interface Options {
  readonly scheme?: "light" | "dark";
  /** What the host has for all widgets. */
  readonly widget_manager?: unknown;
  /** anywidget's way to draw widgets in a widget. */
  readonly children?: unknown;
}

export function mounted(
  child: ComponentChild,
  { scheme = "light", widget_manager, children }: Options = {},
): Mounted {
  document.body.replaceChildren();
  const host = document.createElement("div");
  host.dataset["scheme"] = scheme;
  document.body.append(host);
  document.body.style.background = scheme === "dark" ? "#17181a" : "#fff";
  const shadow = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = theme + chat + markdown + values + panels.css;
  const root = document.createElement("main");
  root.className = "chat";
  shadow.append(style, root);
  const sent: unknown[] = [];
  const listeners: Listener[] = [];
  const traits = new Map<string, unknown>();
  const changed = new Map<string, readonly Listener[]>();
  const model = {
    widget_manager: widget_manager as WidgetManager | undefined,
    get: (name: string) => traits.get(name) ?? null,
    set(name: string, value: unknown) {
      traits.set(name, value);
      for (const listener of changed.get(name) ?? []) listener(null);
    },
    save_changes() {},
    send: (content: unknown) => sent.push(content as Fetch),
    on: (event: string, listener: Listener) => {
      if (event === "msg:custom") listeners.push(listener);
      const name = event.replace("change:", "");
      changed.set(name, [...(changed.get(name) ?? []), listener]);
    },
    off() {},
  };
  const store = new Store(model, { now: () => 0, after: () => () => {}, frame: (run) => run() });
  store.connect(new AbortController().signal);
  const view = new View(store, children);
  const draw = (what: ComponentChild) =>
    render(
      <ViewProvider value={view}>
        <LendingContext.Provider value={LENDING}>
          <PanelsContext.Provider value={PANELS}>{what}</PanelsContext.Provider>
        </LendingContext.Provider>
      </ViewProvider>,
      root,
    );
  draw(child);
  return {
    root,
    store,
    sent,
    tell: (content, buffers = []) => {
      for (const listener of listeners) listener(content, buffers);
    },
    draw,
    set: (name, value) => model.set(name, value),
  };
}

export async function until(condition: () => unknown): Promise<void> {
  while (!condition()) await new Promise((resolve) => requestAnimationFrame(resolve));
}
