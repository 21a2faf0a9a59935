/** What one view of a chat has of its own: what is open in it, its draft, its place. None of it leaves the page. */

import { type Signal, signal } from "@preact/signals-core";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Store } from "../store.ts";
import { Scroller } from "./scroller.ts";

export class View {
  readonly store: Store;
  readonly scroller = new Scroller();
  readonly draft: Signal<string> = signal("");
  /** Counts the requests to put the cursor into the composer. */
  readonly focusComposer: Signal<number> = signal(0);
  readonly #choices = new Map<string, Signal<boolean | null>>();

  constructor(store: Store) {
    this.store = store;
  }

  /** Whether the reader opened or closed what has this id; `null` if neither. What the reader chose always wins. */
  choice(id: string): Signal<boolean | null> {
    let choice = this.#choices.get(id);
    if (choice === undefined) {
      choice = signal(null);
      this.#choices.set(id, choice);
    }
    return choice;
  }

  send(text: string): void {
    this.store.send(text);
    this.scroller.follow();
  }

  /** Puts a prompt back where it can be changed; what is being written there stays. */
  edit(text: string): void {
    const draft = this.draft.peek();
    this.draft.value = draft.trim() === "" ? text : `${draft}\n${text}`;
    this.focusComposer.value += 1;
  }
}

const Current = createContext<View | null>(null);

export const ViewProvider = Current.Provider;

export function useView(): View {
  const view = useContext(Current);
  if (view === null) throw new Error("used outside of a view");
  return view;
}
