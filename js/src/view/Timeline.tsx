/** Where a run's time went: a row of bars for each turn and each tool, the ones that worked at once one below the other. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { duration } from "../format.ts";
import type { Label } from "../labels.ts";
import { isLive } from "../select.ts";
import { type BarKind, type Row, timeline } from "../timeline.ts";
import type { Run } from "../transcript.ts";
import { laneName, laneStyle } from "./Lane.tsx";
import { useSay } from "./panelWords.ts";
import { useRevealed } from "./revealed.ts";
import { timelineOf, useView } from "./view.ts";

const LABELS: Readonly<Record<BarKind, Label>> = {
  wait: "until_first_token",
  generate: "generating",
  call: "calling",
  approval: "waiting_for_person",
  tool: "tool_running",
};
const KINDS: readonly BarKind[] = ["wait", "generate", "call", "approval", "tool"];

export function TimelinePanel({ run }: { readonly run: Run }): JSX.Element {
  const say = useSay();
  const place = useRevealed();
  const now = useNow(run);
  const { length, rows, ticks } = timeline(run, now);
  const at = (seconds: number) => `${((seconds / length) * 100).toFixed(2)}%`;
  const kinds = new Set(rows.flatMap(({ bars }) => bars.map(({ kind }) => kind)));
  return (
    <section
      ref={place}
      class="timeline"
      data-part="timeline"
      id={timelineOf(run)}
      aria-label={say("timeline")}
    >
      <div class="tl-rows">
        <div class="tl-lines" aria-hidden="true">
          {ticks.map((tick) => (
            <i key={tick} style={{ insetInlineStart: at(tick) }}>
              <span>{tick === 0 ? "0" : duration(tick)}</span>
            </i>
          ))}
        </div>
        {rows.map((row) => (
          <RowView key={row.id} row={row} at={at} />
        ))}
      </div>
      <ul class="tl-key">
        {KINDS.filter((kind) => kinds.has(kind)).map((kind) => (
          <li key={kind}>
            <i class="tl-bar" data-kind={kind} />
            {say(LABELS[kind])}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  readonly row: Row;
  readonly at: (seconds: number) => string;
}

function RowView({ row, at }: RowProps): JSX.Element {
  const say = useSay();
  const view = useView();
  const { turn, tool, depth, bars, failed } = row;
  const { run, lane, number } = turn;
  const agent = turn.facts.value.agent ?? (lane === "main" ? null : laneName(run, lane));
  const name = tool === null ? say("turn", { number }) : tool.step.value.name;
  const took = duration((bars.at(-1)?.to ?? 0) - (bars[0]?.from ?? 0));
  const said = bars.map(({ kind, from, to }) => `${say(LABELS[kind])}: ${duration(to - from)}`).join(", ");
  return (
    <button
      type="button"
      class="tl-row"
      data-action="go-to-turn"
      data-row={tool === null ? "turn" : "tool"}
      data-failed={failed || undefined}
      title={said}
      aria-label={`${name}: ${took}. ${said}`}
      onClick={() => view.goTo(turn)}
    >
      <span
        class="tl-name"
        style={{ ...laneStyle(run, lane), paddingInlineStart: `${Math.min(depth, 6) * 12}px` }}
      >
        <span class={tool === null ? "agent" : "name"} dir="auto">
          {name}
        </span>
        {tool === null && agent !== null && run.lanes.value.length > 0 && (
          <span class="tl-agent">{agent}</span>
        )}
      </span>
      <span class="tl-track">
        {bars.map(({ kind, from, to }) => (
          <i
            key={kind}
            class="tl-bar"
            data-kind={kind}
            style={{ insetInlineStart: at(from), width: at(to - from) }}
          />
        ))}
      </span>
      <span class="tl-time">{took}</span>
    </button>
  );
}

/** The kernel's time, once a second while the run goes on. */
function useNow(run: Run): number {
  const { clock } = useView().store;
  const live = isLive(run);
  const since = run.facts.value.started ?? run.added;
  const [now, setNow] = useState(() => since + clock.since(since));
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => setNow(since + clock.since(since)), 1000);
    return () => clearInterval(timer);
  }, [clock, live, since]);
  return now;
}
