/** One prompt and everything that followed it. */

import { Fragment, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dollars, duration } from "../format.ts";
import type { Label } from "../labels.ts";
import type { Failure, RunStatus } from "../protocol.ts";
import {
  cost,
  currentTool,
  finalText,
  finalTurns,
  isAsking,
  isLive,
  isStreaming,
  nesting,
  textOf,
  toolStart,
  tools,
} from "../select.ts";
import type { Run, Turn } from "../transcript.ts";
import { CopyButton } from "./copy.tsx";
import { Disclosure, Opener, useOpen } from "./Disclosure.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Icon, Spinner } from "./icons.tsx";
import { Columns, HandOff } from "./Lane.tsx";
import { Fetching, WithPanels } from "./panels.tsx";
import { Tally } from "./Steps.tsx";
import { Dots, Notices, TurnCard } from "./Turn.tsx";
import { foldOf, nearOf, timelineOf, useView } from "./view.ts";
import { useSay } from "./words.ts";

interface Props {
  readonly run: Run;
  readonly finalOnly: boolean;
}

interface SectionProps extends Props {
  /** Whether it is one of the last, which readers see first. */
  readonly late: boolean;
}

export function RunSection({ run, finalOnly, late }: SectionProps): JSX.Element {
  const { status } = run.facts.value;
  const place = useRef<HTMLElement>(null);
  const near = useNear(run, late, place);
  return (
    <section
      ref={place}
      class={near ? "run" : "run far"}
      data-part="run"
      data-run={run.id}
      data-status={status}
    >
      {status === "dropped" ? (
        <Dropped run={run} />
      ) : !near ? (
        <Words run={run} finalOnly={finalOnly} />
      ) : (
        <>
          <Prompt text={run.prompt} />
          <Answer run={run} finalOnly={finalOnly} />
        </>
      )}
    </section>
  );
}

/** Whether the run is to be made: it is live, among the last, or has once been close to what is in sight. */
function useNear(run: Run, late: boolean, place: { readonly current: HTMLElement | null }): boolean {
  const view = useView();
  const came = view.choice(nearOf(run));
  const near = useRef(false);
  near.current ||= late || isLive(run) || came.value === true;
  useEffect(() => {
    if (near.current || place.current === null) return;
    return view.scroller.whenNear(place.current, () => {
      came.value = true;
    });
  }, [came, near.current, place, view]);
  return near.current;
}

/** A run that nobody has looked at: what was said, so that it can be found and gone to. */
function Words({ run, finalOnly }: Props): JSX.Element {
  const finals = finalTurns(run);
  return (
    <>
      <div class="prompt" data-anchor>
        <div class="bubble" data-part="user" dir="auto">
          {run.prompt}
        </div>
      </div>
      {nesting(run).outer.map((turn) => (
        <article
          key={turn.id}
          class="turn"
          data-part="turn"
          data-anchor
          data-id={turn.id}
          data-turn={turn.number}
          data-run={run.id}
          data-status={turn.facts.value.status}
          data-final={finals.has(turn) ? "true" : undefined}
          tabIndex={-1}
          hidden={finalOnly && !finals.has(turn)}
          dir="auto"
        >
          {textOf(turn)}
        </article>
      ))}
    </>
  );
}

export function Prompt({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="prompt" data-anchor>
      <CopyButton text={() => text} label={useSay()("copy_prompt")} />
      <div class="bubble" data-part="user" dir="auto">
        {text}
      </div>
    </div>
  );
}

function Dropped({ run }: { readonly run: Run }): JSX.Element {
  const say = useSay();
  const view = useView();
  return (
    <div class="prompt unsent" data-anchor>
      <div class="bubble" data-part="user" dir="auto">
        <s>{run.prompt}</s>
      </div>
      <p class="prompt-note">
        {say("not_sent")}
        <button type="button" class="text-button" data-action="edit" onClick={() => view.edit(run.prompt)}>
          <Icon name="pencil" />
          {say("edit")}
        </button>
      </p>
    </div>
  );
}

function Answer({ run, finalOnly }: Props): JSX.Element {
  const view = useView();
  const { status, error, ended } = run.facts.value;
  const turns = run.turns.value;
  const running = status === "running";
  const finals = finalTurns(run);
  const { outer, top } = nesting(run);
  const shown = finalOnly ? inSight(turns, finals, top, running) : null;
  const folded = shown === null ? [] : turns.filter((turn) => !shown.has(top(turn)));
  const fold = foldOf(run);
  const unfolded = useOpen(fold);
  const lanes = new Set(outer.map((turn) => turn.lane)).size > 1;
  const broken = turns.find((turn) => turn.id === error?.turn);
  const failed = broken === undefined ? undefined : top(broken);
  const failedInSight = failed !== undefined && (shown === null || shown.has(failed) || unfolded);
  const handed = run.lanes.value.filter(({ handed_from }) => handed_from !== null);
  return (
    <>
      {folded.length > 0 && (
        <Fold
          id={fold}
          run={run}
          folded={folded}
          current={turns.some((turn) => shown?.has(top(turn)) && isStreaming(turn))}
        />
      )}
      <Columns run={run} turns={outer}>
        {(turn, known) => {
          const lane = handed.find(({ id }) => id === turn.lane);
          const first = lane !== undefined && outer.find((other) => other.lane === lane.id) === turn;
          return (
            <Fragment key={turn.id}>
              {first && (shown === null || unfolded) && <HandOff run={run} lane={lane} />}
              <Mounted when={shown === null || shown.has(turn) || unfolded}>
                {(hidden) => (
                  <TurnCard
                    turn={turn}
                    final={finals.has(turn)}
                    total={running ? null : turns.length}
                    lanes={lanes}
                    known={known}
                    hidden={hidden}
                    error={error !== null && failed === turn && failedInSight && <Failed error={error} />}
                  />
                )}
              </Mounted>
            </Fragment>
          );
        }}
      </Columns>
      {running && folded.length === 0 && !turns.some((turn) => isStreaming(turn) || isAsking(turn)) && (
        <div class="turn pending-turn">
          <Dots />
        </div>
      )}
      <Notices notices={run.notices.value.filter((notice) => notice.turn === null)} />
      {error !== null && !failedInSight && <Failed error={error} />}
      {useOpen(timelineOf(run)) && (
        <WithPanels instead={<Fetching id={timelineOf(run)} />}>
          {({ TimelinePanel }) => <TimelinePanel run={run} />}
        </WithPanels>
      )}
      {ended !== null && <RunFooter run={run} retry={() => view.send(run.prompt)} />}
    </>
  );
}

/**
 * What the final-only view shows: the final turns and those that wait for a person. While the run goes on, a turn that
 * has called a tool is on its way, not at its end.
 */
function inSight(
  turns: readonly Turn[],
  finals: ReadonlySet<Turn>,
  top: (turn: Turn) => Turn,
  running: boolean,
): ReadonlySet<Turn> {
  const isWorthIt = (turn: Turn) => finals.has(turn) && (!running || tools(turn).length === 0);
  return new Set(turns.flatMap((turn) => (isWorthIt(turn) || isAsking(turn) ? [top(turn)] : [])));
}

/** Made when it is first wanted; hidden, not thrown away, when it is not wanted any more. */
function Mounted({ when, children }: { when: boolean; children: (hidden: boolean) => JSX.Element }) {
  const once = useRef(false);
  once.current ||= when;
  return once.current ? children(!when) : null;
}

interface FoldProps {
  readonly id: string;
  readonly run: Run;
  readonly folded: readonly Turn[];
  /** Whether the turn that is being written is in sight. */
  readonly current: boolean;
}

/** What the final-only view leaves out, in a line that opens it and tells what goes on in it. */
function Fold({ id, run, folded, current }: FoldProps): JSX.Element {
  const say = useSay();
  const calls = folded.flatMap(tools);
  const busy = run.facts.value.status === "running" && !current;
  const tool = busy ? currentTool(folded) : null;
  const doing = tool === null ? say("working") : say("running_tool", { name: tool.step.value.name });
  const ends = folded.flatMap((turn) => turn.facts.value.ended ?? []);
  const begun = folded[0]?.started ?? 0;
  const counts = [
    say(busy ? "turns" : "earlier_turns", { n: folded.length }),
    ...(calls.length > 0 ? [say("tool_calls", { n: calls.length })] : []),
  ].join(", ");
  return (
    <div class="fold" data-part="fold" data-anchor>
      <Opener id={id} open={useOpen(id)} class="fold-line">
        {busy && <Spinner />}
        <span class="fact-list">
          {busy && (
            <span>
              <span class="shimmer">{doing}</span>
            </span>
          )}
          <span>{counts}</span>
          {!busy && calls.length > 0 && <Tally parts={calls} />}
          {!busy && ends.length > 0 && <span>{duration(Math.max(...ends) - begun)}</span>}
          {tool !== null && <Elapsed since={toolStart(tool)} />}
        </span>
      </Opener>
    </div>
  );
}

function Failed({ error }: { readonly error: Failure }): JSX.Element {
  const say = useSay();
  const { kind, message, detail, turn } = error;
  return (
    <div class="failure" data-part="error" role="alert">
      <Icon name="alert" />
      <div>
        <p class="failure-kind">{kind}</p>
        <p class="failure-message" dir="auto">
          {message}
        </p>
        {detail !== null && detail !== "" && (
          <Disclosure
            id={`error ${turn ?? ""} ${message.slice(0, 40)}`}
            class="details"
            line={<span>{say("details")}</span>}
          >
            {() => (
              <div class="value-box">
                <header>
                  <CopyButton text={() => detail} label={say("copy_details")} />
                </header>
                <pre class="value">{detail}</pre>
              </div>
            )}
          </Disclosure>
        )}
      </div>
    </div>
  );
}

/** How a run ended that did not end well; an error says so itself. */
const ENDINGS: Readonly<Partial<Record<RunStatus, Label>>> = {
  cancelled: "run_stopped",
  truncated: "run_truncated",
};

function RunFooter({ run, retry }: { readonly run: Run; readonly retry: () => void }): JSX.Element {
  const say = useSay();
  const view = useView();
  const { status, started, ended } = run.facts.value;
  const turns = run.turns.value;
  const calls = turns.flatMap(tools).length;
  const unfinished = status === "cancelled" || status === "truncated" || status === "error";
  const note = status === "complete" && turns.length === 0 ? "run_empty" : ENDINGS[status];
  const price = cost(turns, view.store.prices.value);
  const opened = useOpen(timelineOf(run));
  const inTurns = say("turns", { n: turns.length });
  const facts = [
    ...(note === undefined ? [] : [say(note)]),
    ...(turns.length < 2
      ? []
      : [
          calls === 0
            ? inTurns
            : say("tools_in_turns", { tools: say("tools", { n: calls }), turns: inTurns }),
        ]),
    ...(turns.length < 2 || started === null || ended === null ? [] : [duration(ended - started)]),
    ...(price === null ? [] : [dollars(price)]),
  ];
  return (
    <footer class="run-end">
      {finalText(run) !== "" && <CopyButton text={() => finalText(run)} label={say("copy_answer")} />}
      {turns.length > 0 && (
        <button
          type="button"
          class="ghost"
          data-action="timeline"
          aria-expanded={opened}
          aria-label={say("timeline")}
          title={`${say("timeline")} (t)`}
          onClick={() => view.toggleTimeline(run)}
        >
          <Icon name="timeline" />
        </button>
      )}
      <span class="fact-list">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </span>
      {unfinished && (
        <button type="button" class="text-button" data-action="retry" onClick={retry}>
          <Icon name="retry" />
          {say("retry")}
        </button>
      )}
    </footer>
  );
}
