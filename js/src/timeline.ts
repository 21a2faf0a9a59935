/**
 * Where the time of a run went, as rows of bars: its turns one below the other, each with its tools under it.
 *
 * Only what a transcript knows: when a turn began, its first token came and its reply was complete; when a call was
 * complete, a person was asked and answered, and the tool began and ended. Pure; `plot.py` draws by the same rules.
 */

import { firstToken, nesting, tools } from "./select.ts";
import type { Run, ToolPart, Turn } from "./transcript.ts";

/**
 * `wait`: the model was asked and said nothing yet; `generate`: it writes; `call`: the tool is called and has not
 * begun; `approval`: a person is asked; `tool`: it works.
 */
export type BarKind = "wait" | "generate" | "call" | "approval" | "tool";

/** Seconds since the run began. */
export interface Bar {
  readonly kind: BarKind;
  readonly from: number;
  readonly to: number;
}

export interface Row {
  readonly id: string;
  /** The turn that it is, or that the tool belongs to. */
  readonly turn: Turn;
  readonly tool: ToolPart | null;
  /** How deep it stands: tools below their turn, the turns of other agents below the tool that started them. */
  readonly depth: number;
  readonly bars: readonly Bar[];
  readonly failed: boolean;
}

export interface Timeline {
  /** Seconds that the whole takes. */
  readonly length: number;
  readonly rows: readonly Row[];
  /** Where the scale has its lines, in seconds; 0 is one of them. */
  readonly ticks: readonly number[];
}

/** Calls that take less are not told from the time that the call itself takes. */
const SHORTEST_CALL = 0.02;
const TICKS = 5;

/** `now` is the kernel's time, up to which what goes on is drawn. */
export function timeline(run: Run, now: number): Timeline {
  const { added, facts } = run;
  const { started, ended } = facts.value;
  const origin = started ?? added;
  const { outer, within } = nesting(run);
  const all = run.turns.value;
  const end = ended ?? now;
  const bar = (kind: BarKind, from: number, to: number): Bar => ({
    kind,
    from: Math.max(0, from - origin),
    to: Math.max(0, Math.max(from, to) - origin),
  });

  function* rowsOf(turn: Turn, depth: number): Generator<Row> {
    const { status } = turn.facts.value;
    yield {
      id: turn.id,
      turn,
      tool: null,
      depth,
      bars: turnBars(turn),
      failed: status === "error" || status === "truncated",
    };
    for (const tool of tools(turn)) {
      const failed = tool.step.value.state === "error";
      yield { id: tool.id, turn, tool, depth: depth + 1, bars: toolBars(tool), failed };
      for (const lane of within(tool.id))
        for (const inner of all.filter((one) => one.lane === lane.id)) yield* rowsOf(inner, depth + 2);
    }
  }

  function turnBars(turn: Turn): readonly Bar[] {
    const { replied, ended: over } = turn.facts.value;
    const done = replied ?? over ?? end;
    const first = firstToken(turn);
    if (first === null) return [bar("wait", turn.started, done)];
    return [bar("wait", turn.started, first), bar("generate", first, done)];
  }

  function toolBars({ started: begun, step }: ToolPart): readonly Bar[] {
    const { ready, running, approval, ended: over } = step.value;
    const called = ready ?? begun;
    const answered = approval === null ? called : (approval.answered ?? over ?? end);
    const began = running ?? answered;
    const asked = approval?.asked ?? began;
    return [
      ...(asked - called > SHORTEST_CALL ? [bar("call", called, asked)] : []),
      ...(approval === null ? [] : [bar("approval", approval.asked, answered)]),
      ...(approval === null || running !== null ? [bar("tool", began, over ?? end)] : []),
    ];
  }

  const rows = outer.flatMap((turn) => [...rowsOf(turn, 0)]);
  const length = Math.max(end - origin, ...rows.flatMap(({ bars }) => bars.map(({ to }) => to)), 0.001);
  return { length, rows, ticks: ticks(length) };
}

/** 1, 2 or 5 of some power of ten apart, and at most as many as fit. */
function ticks(length: number): readonly number[] {
  const rough = length / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((one) => one * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}
