/** One prompt and everything that followed it. */

import { Fragment, type JSX } from "preact";
import { useRef } from "preact/hooks";
import { duration, plural } from "../format.ts";
import type { Failure, RunStatus } from "../protocol.ts";
import { currentTool, finalText, finalTurns, isAsking, isStreaming, nesting, tools } from "../select.ts";
import type { Run, Turn } from "../transcript.ts";
import { CopyButton } from "./copy.tsx";
import { Disclosure, Opener, useOpen } from "./Disclosure.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Icon, Spinner } from "./icons.tsx";
import { HandOff } from "./Lane.tsx";
import { Dots, Notices, TurnCard } from "./Turn.tsx";
import { useView } from "./view.ts";

interface Props {
  readonly run: Run;
  readonly finalOnly: boolean;
}

export function RunSection({ run, finalOnly }: Props): JSX.Element {
  const { status } = run.facts.value;
  return (
    <section class="run" data-part="run" data-run={run.id} data-status={status}>
      {status === "dropped" ? (
        <Dropped run={run} />
      ) : (
        <>
          <Prompt text={run.prompt} />
          <Answer run={run} finalOnly={finalOnly} />
        </>
      )}
    </section>
  );
}

export function Prompt({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="prompt" data-anchor>
      <CopyButton text={() => text} label="Copy prompt" />
      <div class="bubble" data-part="user" dir="auto">
        {text}
      </div>
    </div>
  );
}

function Dropped({ run }: { readonly run: Run }): JSX.Element {
  const view = useView();
  return (
    <div class="prompt unsent" data-anchor>
      <div class="bubble" data-part="user" dir="auto">
        <s>{run.prompt}</s>
      </div>
      <p class="prompt-note">
        Not sent to the agent
        <button type="button" class="text-button" data-action="edit" onClick={() => view.edit(run.prompt)}>
          <Icon name="pencil" />
          Edit
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
  const fold = `fold ${run.id}`;
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
      {outer.map((turn) => {
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
                  hidden={hidden}
                  error={error !== null && failed === turn && failedInSight && <Failed error={error} />}
                />
              )}
            </Mounted>
          </Fragment>
        );
      })}
      {running && folded.length === 0 && !turns.some((turn) => isStreaming(turn) || isAsking(turn)) && (
        <div class="turn pending-turn">
          <Dots />
        </div>
      )}
      <Notices notices={run.notices.value.filter((notice) => notice.turn === null)} />
      {error !== null && !failedInSight && <Failed error={error} />}
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
  const calls = folded.reduce((sum, turn) => sum + tools(turn).length, 0);
  const busy = run.facts.value.status === "running" && !current;
  const tool = busy ? currentTool(folded) : null;
  const doing = tool === null ? "Working" : `Running ${tool.step.value.name}`;
  const counts = [
    plural(folded.length, busy ? "turn" : "earlier turn"),
    ...(calls > 0 ? [plural(calls, "tool call")] : []),
  ].join(", ");
  return (
    <div class="fold" data-part="fold" data-anchor>
      <Opener id={id} open={useOpen(id)} class="fold-line">
        {busy && <Spinner />}
        {busy && <span class="shimmer">{doing}</span>}
        <span>{counts}</span>
        {tool !== null && <Elapsed since={tool.step.value.running ?? tool.started} />}
      </Opener>
    </div>
  );
}

function Failed({ error }: { readonly error: Failure }): JSX.Element {
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
            line={<span>Details</span>}
          >
            {() => (
              <div class="value-box">
                <header>
                  <span>Details</span>
                  <CopyButton text={() => detail} label="Copy details" />
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
const ENDINGS: Readonly<Partial<Record<RunStatus, string>>> = {
  cancelled: "Stopped",
  truncated: "The answer was cut off",
};

function RunFooter({ run, retry }: { readonly run: Run; readonly retry: () => void }): JSX.Element | null {
  const { status, started, ended } = run.facts.value;
  const turns = run.turns.value;
  const calls = turns.reduce((sum, turn) => sum + tools(turn).length, 0);
  const unfinished = status === "cancelled" || status === "truncated" || status === "error";
  const note = ENDINGS[status];
  return (
    <footer class="run-end">
      {turns.length > 0 && finalText(run) !== "" && (
        <CopyButton text={() => finalText(run)} label="Copy answer" />
      )}
      {note !== undefined && <span>{note}</span>}
      {turns.length > 1 && <span>{plural(turns.length, "turn")}</span>}
      {turns.length > 1 && calls > 0 && <span>{plural(calls, "tool call")}</span>}
      {turns.length > 1 && started !== null && ended !== null && <span>{duration(ended - started)}</span>}
      {unfinished && (
        <button type="button" class="text-button" data-action="retry" onClick={retry}>
          <Icon name="retry" />
          Retry
        </button>
      )}
    </footer>
  );
}
