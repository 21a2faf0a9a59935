/**
 * What can be read off a transcript but is never stored in it. Pure; reading inside a component subscribes it.
 */

import type { Usage } from "./protocol.ts";
import type { Lane, Part, Run, ToolPart, Transcript, Turn } from "./transcript.ts";

const MAIN_LANE = "main";

/**
 * What a run came to: of each lane the turn that no other follows, decided by structure and never by words.
 *
 * A lane under a tool step is part of that step, so it has none; nor has one that handed the run to another.
 */
export function finalTurns({ turns, lanes }: Run): ReadonlySet<Turn> {
  const last = new Map<string, Turn>();
  for (const turn of turns.value) if (!turn.auxiliary) last.set(turn.lane, turn);
  const inner = new Set(
    lanes.value.flatMap(({ id, parent, handed_from }) => [
      ...(parent === null ? [] : [id]),
      ...(handed_from === null ? [] : [handed_from]),
    ]),
  );
  const outer = new Set([...last.values()].filter((turn) => !inner.has(turn.lane)));
  return outer.size > 0 ? outer : new Set(last.values());
}

/** Where the turns of a run stand: beside one another, or inside the tool step that started their lane. */
export interface Nesting {
  /** The turns that stand in no step. */
  readonly outer: readonly Turn[];
  /** The turn among them that `turn` stands in, or is. */
  top(turn: Turn): Turn;
  /** The lanes that stand in a step: those that it started, and those that they hand over to. */
  within(step: string): readonly Lane[];
}

export function nesting({ lanes, turns }: Run): Nesting {
  const all = turns.value;
  if (lanes.value.every(({ parent }) => parent === null))
    return { outer: all, top: (turn) => turn, within: () => [] };
  const owners = new Map(all.flatMap((turn) => tools(turn).map(({ id }) => [id, turn])));
  const homes = new Map<string, string>();
  for (const { id, parent, handed_from } of lanes.value) {
    const home = parent ?? homes.get(handed_from ?? "");
    // A step that a retry removed holds nothing any more.
    if (home !== undefined && owners.has(home)) homes.set(id, home);
  }
  const around = (turn: Turn) => owners.get(homes.get(turn.lane) ?? "");
  const top = (turn: Turn): Turn => {
    const owner = around(turn);
    return owner === undefined ? turn : top(owner);
  };
  return {
    outer: all.filter((turn) => around(turn) === undefined),
    top,
    within: (step) => lanes.value.filter(({ id }) => homes.get(id) === step),
  };
}

/** Whether the lane is one of several that work side by side, and not the one that leads. */
export function isSide(run: Run, id: string): boolean {
  const lane = run.lanes.value.find((other) => other.id === id);
  return lane === undefined || lane.handed_from === null ? id !== MAIN_LANE : isSide(run, lane.handed_from);
}

export function isStreaming(turn: Turn): boolean {
  return turn.facts.value.status === "streaming";
}

/** Whether one of its steps waits for a person. */
export function isAsking(turn: Turn): boolean {
  return tools(turn).some(({ step }) => step.value.state === "approval");
}

/** Whether the run may still change by itself. */
export function isLive(run: Run): boolean {
  const { status } = run.facts.value;
  return status === "queued" || status === "running";
}

export function runningRun(transcript: Transcript): Run | null {
  return transcript.runs.value.findLast((run) => run.facts.value.status === "running") ?? null;
}

export function queuedRuns(transcript: Transcript): readonly Run[] {
  return transcript.runs.value.filter((run) => run.facts.value.status === "queued");
}

export function tools(turn: Turn): readonly ToolPart[] {
  return turn.parts.value.filter(isTool);
}

export function isTool(part: Part): part is ToolPart {
  return part.kind === "tool";
}

/** The tool that the run is busy with: the last one without an end. */
export function currentTool(turns: readonly Turn[]): ToolPart | null {
  for (const turn of turns.toReversed())
    for (const part of turn.parts.value.toReversed())
      if (part.kind === "tool" && part.step.value.ended === null) return part;
  return null;
}

/** What the agent answered, as Markdown: the text of the final turn, of the main lane where there are several. */
export function finalText(run: Run): string {
  const finals = [...finalTurns(run)].toSorted((a, b) => a.number - b.number);
  const turn = finals.findLast(({ lane }) => lane === MAIN_LANE) ?? finals.at(-1);
  return turn === undefined ? "" : textOf(turn);
}

/** The blocks of a turn's answer, as Markdown. */
export function textOf(turn: Turn): string {
  return turn.parts.value
    .flatMap((part) => (part.kind === "text" ? [part.body.value.text.trim()] : []))
    .filter((text) => text !== "")
    .join("\n\n");
}

/** Tokens of all turns; a count that no turn knows stays unknown. */
export function totalUsage(turns: readonly Turn[]): Usage | null {
  return turns.reduce<Usage | null>((sum, turn) => {
    const { usage } = turn.facts.value;
    return sum === null || usage === null ? (sum ?? usage) : addUsage(sum, usage);
  }, null);
}

function addUsage(a: Usage, b: Usage): Usage {
  const add = (x: number | null, y: number | null) => (x === null ? y : x + (y ?? 0));
  return {
    input_tokens: add(a.input_tokens, b.input_tokens),
    output_tokens: add(a.output_tokens, b.output_tokens),
    cached_tokens: add(a.cached_tokens, b.cached_tokens),
    reasoning_tokens: add(a.reasoning_tokens, b.reasoning_tokens),
  };
}
