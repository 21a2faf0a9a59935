/** What keys do while the chat has the focus: one table, for the listener and for the panel that lists it. */

import type { Label } from "../labels.ts";
import type { Run } from "../transcript.ts";
import type { View } from "./view.ts";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly label: Label;
  /** Whether the key is for what has the focus. */
  readonly leaves?: (focused: Element) => boolean;
  readonly run: (view: View) => void;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ["j"], label: "key_next", run: (view) => view.step(1) },
  { keys: ["k"], label: "key_previous", run: (view) => view.step(-1) },
  { keys: ["g"], label: "key_first", run: ({ scroller }) => scroller.toStart() },
  { keys: ["G"], label: "key_last", run: ({ scroller }) => scroller.follow() },
  {
    keys: ["f"],
    label: "key_final_only",
    run: ({ store }) => store.setFinalOnly(!store.final_only.peek()),
  },
  { keys: ["t"], label: "key_timeline", run: toggleTimeline },
  { keys: ["/"], label: "key_composer", run: (view) => view.edit("") },
  { keys: ["Escape"], label: "key_stop", run: ({ store }) => store.running.peek() !== null && store.stop() },
  {
    keys: ["?"],
    label: "key_help",
    run: ({ help }) => {
      help.value = true;
    },
  },
];

/** Whether an input method has the key; some browsers say so only by its code. */
export function isComposed(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Does what the key stands for. Keys typed into a field are its own, but for Escape in the composer. */
export function onKey(event: KeyboardEvent, view: View): void {
  const { key, target, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey || isComposed(event) || event.defaultPrevented) return;
  if (!(target instanceof Element)) return;
  // In what the host draws, keys are for that.
  if (event.composedPath().some((node) => node instanceof HTMLSlotElement)) return;
  const field = target.closest(
    'input:not([type="checkbox"], [type="radio"], [type="range"]), textarea, select',
  );
  if (field !== null && !(key === "Escape" && field.matches('[data-part="composer"]'))) return;
  const shortcut = [...SHORTCUTS, ...view.shortcuts.peek()].find(({ keys }) => keys.includes(key));
  if (shortcut === undefined || shortcut.leaves?.(target)) return;
  event.preventDefault();
  shortcut.run(view);
}

/** That of the run that has the focus, or of the last one. */
function toggleTimeline(view: View): void {
  const runs = view.store.transcript.peek().runs.peek();
  const id = view.scroller.focused('[data-part="run"]')?.dataset["run"];
  const run: Run | undefined =
    runs.find((one) => one.id === id) ?? runs.findLast(({ turns }) => turns.peek().length > 0);
  if (run !== undefined) view.toggleTimeline(run);
}
