/** What one view of a chat has of its own: what is open in it, its draft, its place. None of it leaves the page. */

import { type Signal, signal } from "@preact/signals-core";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { nesting } from "../select.ts";
import type { Store } from "../store.ts";
import type { Run, Turn } from "../transcript.ts";
import type { Shortcut } from "./keys.ts";
import type { Host } from "./live.ts";
import { Scroller } from "./scroller.ts";

export class View {
  readonly store: Store;
  readonly host: Host;
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

  constructor(store: Store, children?: unknown) {
    this.store = store;
    this.host = { manager: store.widget_manager, children };
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
    this.togglePanel(timelineOf(run));
  }

  /** Opens or closes the panel with this id; it brings itself into sight (`useRevealed`). */
  togglePanel(id: string): void {
    const choice = this.choice(id);
    this.scroller.hold();
    choice.value = choice.peek() !== true;
  }

  /**
   * Brings a turn into sight, opening what it is folded away in, and gives it the focus; if its step is hidden, the turn
   * that has the step.
   */
  goTo(turn: Turn): void {
    this.choice(nearOf(turn.run)).value = true;
    this.choice(foldOf(turn.run)).value = true;
    const { around } = nesting(turn.run);
    const places: string[] = [];
    for (let at: Turn | undefined = turn; at !== undefined; at = around(at)) {
      this.choice(laneOf(at.lane)).value = true;
      if (at !== turn) this.choice(givenUpOf(at)).value = true;
      places.push(`[data-id="${CSS.escape(at.id)}"]`);
    }
    this.scroller.showDrawn(places.join());
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
/** Whether it has been close to what is in sight. */
export const nearOf = (run: Run) => `near ${run.id}`;
export const sawOf = (turn: Turn) => `saw-${turn.id}`;
export const timelineOf = (run: Run) => `timeline ${run.id}`;
export const givenUpOf = (turn: Turn) => `given up ${turn.id}`;
export const laneOf = (lane: string) => `lane ${lane}`;

const Current = createContext<View | null>(null);

export const ViewProvider = Current.Provider;

export function useView(): View {
  const view = useContext(Current);
  if (view === null) throw new Error("used outside of a view");
  return view;
}
