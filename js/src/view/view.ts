/** What one view of a chat has of its own: what is open in it, its draft, its place. None of it leaves the page. */

import { type Signal, signal } from "@preact/signals-core";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Store } from "../store.ts";
import type { Run, Turn } from "../transcript.ts";
import type { Shortcut } from "./keys.ts";
import { Scroller } from "./scroller.ts";

export class View {
  readonly store: Store;
  readonly scroller = new Scroller();
  readonly draft: Signal<string> = signal("");
  /** Counts the requests to put the cursor into the composer. */
  readonly focusComposer: Signal<number> = signal(0);
  readonly help: Signal<boolean> = signal(false);
  /** Keys of what is fetched, beside those of every chat. */
  readonly shortcuts: Signal<readonly Shortcut[]> = signal([]);
  /** The questions to a person that are in sight. */
  readonly questions: Signal<ReadonlySet<string>> = signal(new Set());
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

  toggleTimeline(run: Run): void {
    const choice = this.choice(timelineOf(run));
    this.scroller.hold();
    choice.value = choice.peek() !== true;
    if (choice.peek() === true) this.scroller.reveal(`#${CSS.escape(timelineOf(run))}`);
  }

  /** Brings a turn into sight, opening what it is folded away in, and gives it the focus. */
  goTo(turn: Turn): void {
    this.choice(foldOf(turn.run)).value = true;
    if (turn.run.lanes.peek().some(({ id }) => id === turn.lane)) this.choice(laneOf(turn.lane)).value = true;
    this.scroller.showDrawn(`[data-id="${CSS.escape(turn.id)}"]`);
  }

  /** To the turn after or before the one that the reader is at. */
  step(by: 1 | -1): void {
    const turn = this.scroller.neighbour('[data-part="turn"]', by);
    if (turn !== null) this.scroller.show(turn);
    else if (by === 1) this.scroller.follow();
  }

  send(text: string): void {
    this.store.send(text);
    this.scroller.follow();
  }

  /** Puts a prompt back where it can be changed; what is being written there stays. */
  edit(text: string): void {
    const draft = this.draft.peek();
    if (text !== "") this.draft.value = draft.trim() === "" ? text : `${draft}\n${text}`;
    this.focusComposer.value += 1;
  }
}

/** What the reader's choices are remembered by. */
export const foldOf = (run: Run) => `fold ${run.id}`;
export const timelineOf = (run: Run) => `timeline ${run.id}`;
export const laneOf = (lane: string) => `lane ${lane}`;

const Current = createContext<View | null>(null);

export const ViewProvider = Current.Provider;

export function useView(): View {
  const view = useContext(Current);
  if (view === null) throw new Error("used outside of a view");
  return view;
}
