/**
 * What can be read off a transcript but is never stored in it. Pure; reading inside a component subscribes it.
 */

import type { Usage } from "./protocol.ts";
import type { Price, Prices } from "./settings.ts";
import type { Lane, Part, Run, ToolPart, Transcript, Turn } from "./transcript.ts";

const MAIN_LANE = "main";

/**
 * What a run came to: of each lane the turn that no other follows, decided by structure and never by words.
 *
 * A lane under a tool step is part of that step, so it has none, nor has one that this one handed to; of lanes that
 * handed the run to one another (and maybe back), only the one that was last at work has.
 */
export function finalTurns({ turns, lanes }: Run): ReadonlySet<Turn> {
  const last = new Map<string, Turn>();
  for (const turn of turns.value) if (!turn.auxiliary) last.set(turn.lane, turn);
  const byId = new Map(lanes.value.map((lane) => [lane.id, lane]));
  const over = new Set<string>();
  for (const [id, turn] of last) {
    let lane = byId.get(id);
    for (let passed = 0; lane !== undefined && passed < byId.size; passed++) {
      // a file's may go in a circle
      if (lane.parent !== null) over.add(id);
      const before = last.get(lane.handed_from ?? "");
      if (before !== undefined) over.add(before.number < turn.number ? before.lane : id);
      lane = byId.get(lane.handed_from ?? "");
    }
  }
  const outer = new Set([...last.values()].filter((turn) => !over.has(turn.lane)));
  return outer.size > 0 ? outer : new Set(last.values());
}

/** Where the turns of a run stand: beside one another, or inside the tool step that started their lane. */
export interface Nesting {
  /** The turns that stand in no step. */
  readonly outer: readonly Turn[];
  /** The turn whose step `turn` stands in, if it stands in one. */
  around(turn: Turn): Turn | undefined;
  /** The turn among them that `turn` stands in, or is. */
  top(turn: Turn): Turn;
  /** The lanes that stand in a step: those that it started, and those that they hand over to. */
  within(step: string): readonly Lane[];
}

export function nesting({ lanes, turns }: Run): Nesting {
  const all = turns.value;
  if (lanes.value.every(({ parent }) => parent === null))
    return { outer: all, around: () => undefined, top: (turn) => turn, within: () => [] };
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
    around,
    top,
    within: (step) => lanes.value.filter(({ id }) => homes.get(id) === step),
  };
}

/** The lane that a chain of hand-offs began with. */
export function firstLane(run: Run, id: string): string {
  const from = run.lanes.value.find((other) => other.id === id)?.handed_from ?? null;
  return from === null ? id : firstLane(run, from);
}

/** Whether the lane is one of several that work side by side, and not the one that leads. */
export function isSide(run: Run, id: string): boolean {
  return firstLane(run, id) !== MAIN_LANE;
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

/** The parts in their order, tool calls that follow one another as one list. Sources stand at the end of a turn. */
export function sequences(
  parts: readonly Part[],
): readonly (Exclude<Part, ToolPart> | readonly ToolPart[])[] {
  const found: (Exclude<Part, ToolPart> | ToolPart[])[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (part.kind === "source") continue;
    if (!isTool(part)) found.push(part);
    else if (Array.isArray(last)) last.push(part);
    else found.push([part]);
  }
  return found;
}

/** Neighbours for which `joins` holds, as one list each; every other item alone. */
export function runsOf<T>(items: readonly T[], joins: (item: T) => boolean): readonly (readonly T[])[] {
  const found: T[][] = [];
  let open = false;
  for (const item of items) {
    const joined = joins(item);
    if (joined && open) found.at(-1)?.push(item);
    else found.push([item]);
    open = joined;
  }
  return found;
}

/** The tool that the run is busy with: the last one without an end. */
export function currentTool(turns: readonly Turn[]): ToolPart | null {
  for (const turn of turns.toReversed())
    for (const part of turn.parts.value.toReversed())
      if (part.kind === "tool" && part.step.value.ended === null) return part;
  return null;
}

/** When a tool began to work, or its call was complete, or it was begun: the first of these that is known. */
export function toolStart({ started, step }: ToolPart): number {
  const { running, ready } = step.value;
  return running ?? ready ?? started;
}

/** From when the first of the tools began until the last has ended; 0 for none. */
export function toolTime(parts: readonly ToolPart[]): number {
  const ends = parts.flatMap(({ step }) => step.value.ended ?? []);
  return ends.length === 0 ? 0 : Math.max(...ends) - Math.min(...parts.map(toolStart));
}

/** What was called, and how often, in the order of the first calls. */
export function tally(parts: readonly ToolPart[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { step } of parts) counts.set(step.value.name, (counts.get(step.value.name) ?? 0) + 1);
  return counts;
}

/** When the first of the reply came; `null` if nothing did, or if all of it came at once. */
export function firstToken(turn: Turn): number | null {
  const first = turn.parts.value.find(
    ({ kind }) => kind === "text" || kind === "reasoning" || kind === "tool",
  );
  const { replied, ended } = turn.facts.value;
  const end = replied ?? ended;
  return first === undefined || (end !== null && end - first.started < AT_ONCE) ? null : first.started;
}

/** Seconds until it came. Where it is what the turn was noticed by, nobody knows when the model was asked. */
export function untilFirstToken(turn: Turn): number | null {
  const first = firstToken(turn);
  return first === null || first <= turn.started ? null : first - turn.started;
}

/** Seconds in which no model writes a reply: it was sent as a whole. */
const AT_ONCE = 0.02;

/** What the agent answered, as Markdown: the text of the final turn, of the main lane where there are several. */
export function finalText(run: Run): string {
  const finals = [...finalTurns(run)].toSorted((a, b) => a.number - b.number);
  const turn = finals.findLast(({ lane }) => lane === MAIN_LANE) ?? finals.at(-1);
  return turn === undefined ? "" : textOf(turn);
}

/** A turn's answer, as Markdown: blocks of text are paragraphs if a step, reasoning or a file stands between them. */
export function textOf(turn: Turn): string {
  const paragraphs = [""];
  for (const part of turn.parts.value)
    if (part.kind === "text") paragraphs.push((paragraphs.pop() ?? "") + part.body.value.text);
    else if (part.kind !== "source" && part.kind !== "data") paragraphs.push("");
  return paragraphs.filter((text) => text !== "").join("\n\n");
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

/** US dollars; `null` unless the price and the tokens of every turn are known. */
export function cost(turns: readonly Turn[], prices: Prices): number | null {
  if (prices.size === 0) return null;
  const costs = turns.map((turn) => {
    const { model, usage } = turn.facts.value;
    const price = model === null ? null : priceOf(model, prices);
    return price === null || usage === null ? null : costOf(usage, price);
  });
  return costs.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0);
}

function costOf({ input_tokens, output_tokens, cached_tokens }: Usage, price: Price): number | null {
  if (input_tokens === null || output_tokens === null) return null;
  const cached = cached_tokens ?? 0;
  const input = (input_tokens - cached) * price.input + cached * (price.cached ?? price.input);
  return (input + output_tokens * price.output) / 1e6;
}

/** Providers answer with dated names: of the prices for what `model` begins with, the longest name counts. */
function priceOf(model: string, prices: Prices): Price | null {
  const names = [...prices.keys()].filter((name) => model === name || model.startsWith(`${name}-`));
  const longest = names.toSorted((a, b) => b.length - a.length)[0];
  return prices.get(longest ?? "") ?? null;
}
