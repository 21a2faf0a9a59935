/**
 * Tool calls that follow one another, as one list. Finished ones fold into a line that says what was done.
 *
 * A step folds when its turn is over and never under the reader's eyes: if they scrolled up, point at it, have selected
 * or opened something in it, it stays as it is. What the reader opens or closes by hand stays so.
 */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { duration } from "../format.ts";
import { isSelected } from "../markdown/look.ts";
import type { ToolState } from "../protocol.ts";
import { nesting, runsOf, tally, toolStart, tools, toolTime } from "../select.ts";
import type { ToolPart, Turn } from "../transcript.ts";
import { Opener, useOpen } from "./Disclosure.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Icon, Spinner } from "./icons.tsx";
import { isPicture, Tool } from "./Tool.tsx";
import { useView, type View } from "./view.ts";
import { useSay } from "./words.ts";

interface Props {
  readonly turn: Turn;
  readonly parts: readonly ToolPart[];
}

export function Steps({ turn, parts }: Props): JSX.Element | null {
  const view = useView();
  const place = useRef<HTMLDivElement>(null);
  const detail = view.store.steps.value;
  const settled = useSettled(turn, parts, place);
  const { run } = turn;
  const within = ({ id }: ToolPart) => nesting(run).within(id);
  /** Errors, and what a person was asked, also of agents that stand in it: seen whatever is set. */
  const presses = (part: ToolPart): boolean =>
    isPressing(part) ||
    within(part).some(({ id }) =>
      run.turns.value.some(
        (inner) => inner.lane === id && (inner.facts.value.status === "error" || tools(inner).some(presses)),
      ),
    );
  const shown = detail === "hidden" ? parts.filter(presses) : parts;
  const folds = (part: ToolPart) =>
    (detail === "collapsed" ? !isPressing(part) : detail === "auto" && settled && isDone(part, view)) &&
    within(part).length === 0;
  if (shown.length === 0) return null;
  return (
    <div ref={place} class="steps" data-part="steps">
      {runsOf(shown, folds).map((row) => {
        const id = `steps ${row[0]?.id}`;
        const folded = row.length > 1 && !(view.choice(id).value ?? false);
        // One flat list with keys: a step stays the same element when it folds.
        return [
          row.length > 1 && <Fold key={id} id={id} parts={row} />,
          ...row.map((part) => (
            <Folded key={part.id} part={part} turn={turn} hidden={folded} inFold={row.length > 1} />
          )),
        ];
      })}
    </div>
  );
}

/** Whether finished steps may fold: decided once, when the turn is over. */
function useSettled(
  turn: Turn,
  parts: readonly ToolPart[],
  place: { readonly current: Element | null },
): boolean {
  const view = useView();
  const over = turn.facts.value.ended !== null;
  const decided = useRef<"live" | "settled" | "kept">(over ? "settled" : "live");
  // While this renders, the page still shows what it showed.
  if (over && decided.current === "live")
    decided.current = isRead(view, parts, place.current) ? "kept" : "settled";
  return decided.current === "settled";
}

function isRead(view: View, parts: readonly ToolPart[], element: Element | null): boolean {
  return (
    !view.scroller.following.peek() ||
    parts.some(({ id }) => view.choice(id).peek() !== null) ||
    (element !== null && (element.matches(":hover, :focus-within") || isSelected(element)))
  );
}

const PRESSING: ReadonlySet<ToolState> = new Set(["approval", "error", "invalid", "denied"]);

function isPressing({ step }: ToolPart): boolean {
  const { state, approval } = step.value;
  return PRESSING.has(state) || approval !== null;
}

/** It ended well, and nobody has to look at it. */
function isDone({ step }: ToolPart, { store }: View): boolean {
  const { state, approval } = step.value;
  return state === "done" && approval === null && !isPicture(step.value, store);
}

interface FoldedProps {
  readonly part: ToolPart;
  readonly turn: Turn;
  readonly hidden: boolean;
  readonly inFold: boolean;
}

/** Made when it is first seen. */
function Folded({ part, turn, hidden, inFold }: FoldedProps): JSX.Element | null {
  const seen = useRef(false);
  seen.current ||= !hidden;
  return seen.current ? <Tool part={part} run={turn.run} hidden={hidden} inFold={inFold} /> : null;
}

/** Names that the line has room for. */
const NAMES = 4;

function Fold({ id, parts }: { readonly id: string; readonly parts: readonly ToolPart[] }): JSX.Element {
  const say = useSay();
  const current = parts.findLast(({ step }) => step.value.ended === null);
  const done = parts.filter(({ step }) => step.value.ended !== null).length;
  return (
    <div class="step-fold" data-part="step-fold" data-live={current !== undefined || undefined}>
      <Opener id={id} open={useOpen(id)} class="step">
        {current === undefined ? <Icon name="check" /> : <Spinner />}
        {current === undefined ? (
          <>
            <Tally parts={parts} />
            <span class="summary" />
            <span class="meta">{duration(toolTime(parts))}</span>
          </>
        ) : (
          <>
            <span class="name">{current.step.value.name}</span>
            <span class="summary">{say("of_done", { done, all: parts.length })}</span>
            <span class="meta">
              <Elapsed since={toolStart(current)} />
            </span>
          </>
        )}
      </Opener>
    </div>
  );
}

/** `weather 3×, read_file 2×`. */
export function Tally({ parts }: { readonly parts: readonly ToolPart[] }): JSX.Element {
  const say = useSay();
  const counts = [...tally(parts)];
  const names = counts.slice(0, NAMES).map(([name, n]) => (n === 1 ? name : say("times", { name, n })));
  const more = counts.length - names.length;
  return <span class="name">{[...names, ...(more > 0 ? [say("more", { n: more })] : [])].join(", ")}</span>;
}
