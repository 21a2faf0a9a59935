/** The agents of a run: what tells them apart, the ones that work inside a tool step, and the passing on of the run. */

import { type ComponentChild, Fragment, type JSX } from "preact";
import type { Label } from "../labels.ts";
import type { TurnStatus } from "../protocol.ts";
import { firstLane, isSide, isStreaming, nesting, runsOf, tools } from "../select.ts";
import type { Lane, Run, ToolPart, Turn } from "../transcript.ts";
import { Disclosure } from "./Disclosure.tsx";
import { Icon } from "./icons.tsx";
import { TurnCard } from "./Turn.tsx";
import { laneOf } from "./view.ts";
import { useSay } from "./words.ts";

const COLOURS = 6;

/** The lane's own colour, for the style of what belongs to it. */
export function laneStyle({ lanes }: Run, lane: string): { readonly "--lane": string } | undefined {
  const at = lanes.value.findIndex(({ id }) => id === lane);
  return at < 0 ? undefined : { "--lane": `var(--lane-${at % COLOURS})` };
}

export function laneName({ lanes }: Run, lane: string): string {
  return lanes.value.find(({ id }) => id === lane)?.agent ?? lane;
}

export function HandOff({ run, lane }: { readonly run: Run; readonly lane: Lane }): JSX.Element {
  return (
    <p class="handoff" data-part="handoff" style={laneStyle(run, lane.id)}>
      <span dir="auto">
        <Icon name="handoff" />
        {useSay()("handed_over")} <b>{lane.agent ?? lane.id}</b>
      </span>
    </p>
  );
}

interface ColumnsProps {
  readonly run: Run;
  readonly turns: readonly Turn[];
  /** `known` is whose turn it is, where that is to be seen without it. */
  readonly children: (turn: Turn, known: string | null) => ComponentChild;
}

/** The turns that stand in no step, those of agents that work side by side in columns. */
export function Columns({ run, turns, children }: ColumnsProps): JSX.Element {
  return (
    <>
      {runsOf(turns, (turn) => isSide(run, turn.lane)).map((row) => {
        const first = row[0];
        if (first === undefined) return null;
        if (!isSide(run, first.lane)) return <Fragment key={first.id}>{children(first, null)}</Fragment>;
        const lanes = [...new Set(row.map((turn) => firstLane(run, turn.lane)))];
        return (
          <div key={first.id} class="columns" data-part="columns">
            {lanes.map((lane) => (
              <section
                key={lane}
                class="column"
                data-lane={lane}
                aria-label={laneName(run, lane)}
                style={laneStyle(run, lane)}
              >
                {lanes.length > 1 && <p class="agent column-name">{laneName(run, lane)}</p>}
                {row
                  .filter((turn) => firstLane(run, turn.lane) === lane)
                  .map((turn) => children(turn, lanes.length > 1 ? laneName(run, lane) : null))}
              </section>
            ))}
          </div>
        );
      })}
    </>
  );
}

interface UnderProps {
  readonly run: Run;
  readonly part: ToolPart;
}

/** The agents that a tool step started, one line for each. */
export function LanesUnder({ run, part }: UnderProps): JSX.Element | null {
  const lanes = nesting(run).within(part.id);
  if (lanes.length === 0) return null;
  return (
    <div class="lanes">
      {lanes.map((lane) => (
        <InnerLane key={lane.id} run={run} lane={lane} working={part.step.value.ended === null} />
      ))}
    </div>
  );
}

const ENDINGS: Readonly<Record<TurnStatus, Label>> = {
  streaming: "running",
  complete: "finished",
  cancelled: "stopped",
  truncated: "cut_off",
  error: "failed",
  abandoned: "finished",
};

interface InnerProps {
  readonly run: Run;
  readonly lane: Lane;
  /** Whether the step that started it goes on. */
  readonly working: boolean;
}

function InnerLane({ run, lane, working }: InnerProps): JSX.Element {
  const say = useSay();
  const turns = run.turns.value.filter((turn) => turn.lane === lane.id);
  const last = turns.at(-1);
  const runs = run.facts.value.status === "running";
  const status: Label =
    turns.some(isStreaming) || (working && runs)
      ? "running"
      : ENDINGS[last?.facts.value.status ?? "complete"];
  const tool = turns.flatMap(tools).at(-1);
  return (
    <div
      class="lane"
      data-part="lane"
      data-lane={lane.id}
      data-status={status}
      style={laneStyle(run, lane.id)}
    >
      {lane.handed_from !== null && <HandOff run={run} lane={lane} />}
      <Disclosure
        id={laneOf(lane.id)}
        class="lane-line"
        line={
          <span class="fact-list">
            <b class="agent">{lane.agent ?? lane.id}</b>
            <span>
              <span class={status === "running" ? "shimmer" : undefined}>{say(status)}</span>
            </span>
            <span>{say("turns", { n: turns.length })}</span>
            {tool !== undefined && <code>{tool.step.value.name}</code>}
          </span>
        }
      >
        {() => (
          <div class="inner-turns">
            {turns.map((turn) => (
              <TurnCard
                key={turn.id}
                turn={turn}
                final={false}
                total={null}
                lanes={false}
                known={lane.agent}
                hidden={false}
                error={null}
              />
            ))}
          </div>
        )}
      </Disclosure>
    </div>
  );
}
