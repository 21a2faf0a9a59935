/** Puts a view of a chat into the page, in a shadow root so that neither's styles touch the other. */

// Makes components draw themselves again when a signal that they have read changes.
import "@preact/signals";
import { computed, effect } from "@preact/signals-core";
import { render } from "preact";
import { SealedContext } from "../markdown/image.tsx";
import { LendingContext } from "../markdown/lent.ts";
import type { Store } from "../store.ts";
import { Chat } from "./Chat.tsx";
import { PanelsContext } from "./panels.tsx";
import * as shared from "./shared.ts";
import { STYLES } from "./styles.ts";
import { isContrasting, watchScheme } from "./theme.ts";
import { View, ViewProvider } from "./view.ts";

/** Draws into `parent` until `signal` is aborted. `children` is anywidget's way to draw widgets in a widget. */
export function mount(store: Store, parent: HTMLElement, signal: AbortSignal, children?: unknown): void {
  const host = document.createElement("div");
  host.className = "turnwise";
  // JupyterLab runs its shortcuts on keys that are typed here unless it is told not to (Notebook 7) and does not see
  // them (JupyterLab): it takes both.
  host.dataset["lmSuppressShortcuts"] = "true";
  parent.append(host);
  const root = host.attachShadow({ mode: "open" });
  for (const type of ["keydown", "keypress", "keyup"])
    root.addEventListener(type, (event) => event.stopPropagation());
  const { addons } = store;
  const panels = {
    value: computed(() => addons.panels.value.value?.(shared) ?? null),
    want: () => addons.panels.want(),
  };
  const style = document.createElement("style");
  const dispose = effect(() => {
    style.textContent = STYLES + (panels.value.value?.css ?? "");
  });
  const page = document.createElement("div");
  root.append(style, page);
  const restore = replaceSaved(store, host);
  watchScheme((scheme) => {
    host.dataset["scheme"] = scheme;
    host.toggleAttribute("data-contrast", isContrasting());
  }, signal);
  render(
    <ViewProvider value={new View(store, children)}>
      <LendingContext.Provider value={addons}>
        <PanelsContext.Provider value={panels}>
          <SealedContext.Provider value={store.sealed}>
            <Chat />
          </SealedContext.Provider>
        </PanelsContext.Provider>
      </LendingContext.Provider>
    </ViewProvider>,
    page,
  );
  signal.addEventListener("abort", () => {
    dispose();
    restore();
    render(null, page);
    host.remove();
  });
}

/**
 * The saved output of this chat, which a page without a kernel shows, gives its place to the view once that has heard
 * from the kernel; until then the view gives way to it.
 */
function replaceSaved(store: Store, host: HTMLElement): () => void {
  const name = store.saved;
  if (name === "") return () => {};
  const saved = `.tw-saved-${CSS.escape(name)}`;
  const style = document.createElement("style");
  document.head.append(style);
  const { heard } = store;
  const dispose = effect(() => {
    style.textContent = heard.value ? `.jp-OutputArea-child:has(${saved}),${saved}{display:none}` : "";
    host.style.display = heard.value || document.querySelector(saved) === null ? "" : "none";
  });
  return () => {
    dispose();
    style.remove();
  };
}
