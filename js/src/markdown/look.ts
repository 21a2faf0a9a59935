/** What the reader looks at, and what they have selected. */

import { effect } from "@preact/signals-core";
import type { Lent } from "./lent.ts";

/** Asks for `lent`, and calls `run` once it is there, `element` in sight and nothing in it selected, unless called off. */
export function whenLent<T>(lent: Lent<T>, element: Element, run: () => void): () => void {
  lent.want();
  let leave: (() => void) | null = null;
  const dispose = effect(() => {
    if (lent.value.value !== null) leave = whenVisible(element, run);
  });
  return () => {
    dispose();
    leave?.();
  };
}

/** Calls `run` once `element` is in sight, or close to it, and nothing in it is selected, unless it is called off. */
function whenVisible(element: Element, run: () => void): () => void {
  const stop = new AbortController();
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      whenUnselected(element, run, stop);
    },
    { rootMargin: "300px" },
  );
  stop.signal.addEventListener("abort", () => observer.disconnect());
  observer.observe(element);
  return () => stop.abort();
}

function whenUnselected(element: Element, run: () => void, stop: AbortController): void {
  const check = () => {
    if (isSelected(element)) return;
    stop.abort();
    run();
  };
  document.addEventListener("selectionchange", check, { signal: stop.signal });
  check();
}

/** Whether a selection begins or ends in `node`: only then would it be lost with what is in it. */
export function isSelected(node: Node): boolean {
  const root = node.getRootNode();
  const selection = getSelection();
  if (!(root instanceof ShadowRoot) || selection === null) return holds(node, selection);
  // Browsers differ in who tells of a selection in a shadow root.
  if ("getComposedRanges" in selection)
    return selection
      .getComposedRanges({ shadowRoots: [root] })
      .some(
        (range) =>
          !range.collapsed && (node.contains(range.startContainer) || node.contains(range.endContainer)),
      );
  const inner =
    "getSelection" in root && typeof root.getSelection === "function" ? root.getSelection() : selection;
  return holds(node, inner);
}

function holds(node: Node, selection: Selection | null): boolean {
  if (selection === null || selection.isCollapsed) return false;
  return node.contains(selection.anchorNode) || node.contains(selection.focusNode);
}
