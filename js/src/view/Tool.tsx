/** A tool call: what was asked, how it goes, what came back. */

import type { ComponentChild, JSX } from "preact";
import { useRef } from "preact/hooks";
import { duration, isObject, partialSummary, size, summary } from "../format.ts";
import type { Label } from "../labels.ts";
import { type Shown, shownOf } from "../mime.ts";
import type { Json, ToolState } from "../protocol.ts";
import { toolStart } from "../select.ts";
import type { Store } from "../store.ts";
import { plain } from "../terminal.ts";
import type { Approval, Run, Step, ToolPart } from "../transcript.ts";
import { Disclosure } from "./Disclosure.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Icon, Spinner } from "./icons.tsx";
import { LanesUnder } from "./Lane.tsx";
import { Fetching, WithPanels } from "./panels.tsx";
import { TextValue, Value, ValueView } from "./Value.tsx";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

interface Appearance {
  readonly label: Label;
  readonly icon: () => JSX.Element;
  /** Whether the label stands at the end of the line, where else the time that it took does. */
  readonly tells?: boolean;
}

const STATES: Readonly<Record<ToolState, Appearance>> = {
  streaming: { label: "state_streaming", icon: Spinner },
  ready: { label: "state_ready", icon: () => <Icon name="clock" /> },
  approval: { label: "state_approval", icon: () => <Icon name="pause" />, tells: true },
  running: { label: "state_running", icon: Spinner },
  done: { label: "state_done", icon: () => <Icon name="check" /> },
  error: { label: "state_error", icon: () => <Icon name="alert" /> },
  denied: { label: "state_denied", icon: () => <Icon name="denied" />, tells: true },
  invalid: { label: "state_invalid", icon: () => <Icon name="help" />, tells: true },
  skipped: { label: "state_skipped", icon: () => <Icon name="skipped" />, tells: true },
  cancelled: { label: "state_cancelled", icon: () => <Icon name="ban" />, tells: true },
  unanswered: { label: "state_unanswered", icon: () => <Icon name="help" />, tells: true },
};

interface Props {
  readonly part: ToolPart;
  readonly run: Run;
  readonly hidden: boolean;
  /** Whether it stands under the line of a fold. */
  readonly inFold?: boolean;
}

export function Tool({ part, run, hidden, inFold }: Props): JSX.Element {
  const say = useSay();
  const { store } = useView();
  const step = part.step.value;
  const { label, icon: StateIcon, tells } = STATES[step.state];
  const note = noteOf(step);
  const asks = step.state === "approval";
  // What had to be open does not shut when it no longer has to.
  const asked = useRef(false);
  asked.current ||= asks;
  return (
    <div
      class={inFold ? "tool in-fold" : "tool"}
      data-part="tool"
      data-tool={step.name}
      data-state={step.state}
      hidden={hidden}
    >
      <Disclosure
        id={part.id}
        class="step"
        title={say(label)}
        pinned={asks}
        initially={asked.current || store.steps.value === "full" || isPicture(step, store)}
        line={
          <>
            <StateIcon />
            <span class="name">{step.name}</span>
            <span class="summary" dir="auto">
              {argumentsLine(step)}
            </span>
            <span class="sr">, {say(label)}</span>
            {step.approval !== null && step.approval.edited !== null && (
              <span class="badge">{say("edited")}</span>
            )}
            <span class="meta">{tells === true ? say(label).toLowerCase() : timing(part, step)}</span>
          </>
        }
      >
        {() => (
          <div class="values">
            {step.approval !== null && !asks && <Asked approval={step.approval} />}
            {asks ? (
              <WithPanels
                instead={
                  <>
                    <Arguments step={step} />
                    <Fetching />
                  </>
                }
              >
                {({ Ask }) => (
                  <Ask part={part}>
                    <Arguments step={step} />
                  </Ask>
                )}
              </WithPanels>
            ) : (
              <Arguments step={step} />
            )}
            {step.outputs.length > 0 && (
              <WithPanels instead={<Fetching />}>
                {({ Outputs }) => <Outputs outputs={step.outputs} />}
              </WithPanels>
            )}
            <Result part={part} step={step} />
          </div>
        )}
      </Disclosure>
      {note !== "" && (
        <p class="step-note" dir="auto">
          {note}
        </p>
      )}
      <LanesUnder run={run} part={part} />
    </div>
  );
}

const PICTURES: ReadonlySet<unknown> = new Set<Shown["kind"]>(["image", "html", "widget", "chart"]);

/** A picture is what the reader waits for. */
export function isPicture({ name, state, result, outputs }: Step, { views }: Store): boolean {
  if (state === "done" && views.value.has(name)) return true;
  return [result, ...outputs.map(({ display }) => display)].some((value) =>
    PICTURES.has(shownOf(value)?.kind),
  );
}

function argumentsLine({ state, ready, arguments: args, arguments_text, approval }: Step): string {
  if (ready === null && state === "streaming") return partialSummary(arguments_text);
  const used = approval?.edited ?? args;
  return used === null ? arguments_text.slice(0, 160) : isEmpty(used) ? "" : summary(used);
}

/** Characters of arguments that are worth telling how many there are. */
const MANY = 1_000;

function timing(part: ToolPart, { state, ended, arguments_text }: Step): ComponentChild {
  if (state === "streaming") return arguments_text.length > MANY && size(arguments_text.length);
  if (state === "running") return <Elapsed since={toolStart(part)} />;
  return ended === null ? null : duration(ended - toolStart(part));
}

/** What is to be seen of a step without opening it: how far it is, or why it was not executed. */
function noteOf({ state, result, preliminary, approval, outputs }: Step): string {
  switch (state) {
    case "running":
      return preliminary ? lastLine(result) : lastPrinted(outputs);
    case "denied":
      return approval?.reason ?? "";
    case "error":
      return lastLine(result).slice(0, LONGEST_NOTE);
    case "invalid":
    case "skipped":
      return typeof result === "string" ? result : "";
    default:
      return "";
  }
}

const LONGEST_NOTE = 240;

function lastPrinted(outputs: Step["outputs"]): string {
  const last = outputs.at(-1)?.text.slice(-400) ?? "";
  return lastLine(plain(last));
}

/** Of a traceback that is what went wrong; of progress, how far it is. */
function lastLine(value: Json): string {
  if (value === null || shownOf(value) !== null) return "";
  return typeof value === "string" ? (value.trimEnd().split("\n").at(-1) ?? "") : summary(value);
}

/** What a person was asked, and what they said. */
function Asked({ approval }: { readonly approval: Approval }): JSX.Element {
  const say = useSay();
  const { message, decision, reason, asked, answered } = approval;
  const denied = decision === "denied";
  const said =
    answered === null
      ? say(denied ? "denied" : "approved")
      : say(denied ? "denied_after" : "approved_after", { time: duration(answered - asked) });
  return (
    <p class="nothing asked" dir="auto">
      {message !== null && `${message.trim()}\n`}
      {decision !== null && said}
      {reason !== null && `: ${reason}`}
    </p>
  );
}

function Arguments({ step }: { readonly step: Step }): JSX.Element {
  const say = useSay();
  const { state, arguments: args, arguments_text, arguments_invalid, ready, approval } = step;
  // Of a result without a call there never was any text.
  if (arguments_invalid !== null || (ready === null && (arguments_text !== "" || state === "streaming")))
    return (
      <TextValue
        label={say("arguments")}
        kind="arguments"
        text={arguments_text}
        language="json"
        complete={ready !== null}
      >
        {arguments_invalid !== null && (
          <p class="invalid">{say("invalid_arguments", { why: arguments_invalid })}</p>
        )}
      </TextValue>
    );
  const edited = approval?.edited ?? null;
  if (edited !== null)
    return (
      <div class="pair">
        <Value label={say("model_arguments")} kind="arguments" value={args} />
        <Value label={say("edited_arguments")} kind="edited" value={edited} />
      </div>
    );
  if (isEmpty(args)) return <p class="nothing">{say("no_arguments")}</p>;
  return <Value label={say("arguments")} kind="arguments" value={args} />;
}

const NOT_EXECUTED: ReadonlySet<ToolState> = new Set(["denied", "invalid", "skipped"]);

function Result({ part, step }: { readonly part: ToolPart; readonly step: Step }): JSX.Element | null {
  const say = useSay();
  const { store } = useView();
  const { name, state, outcome, result, preliminary } = step;
  // While a person is asked, it is a placeholder for their answer.
  if (outcome === null || (preliminary && state === "approval")) return null;
  const failed = outcome === "error" && !NOT_EXECUTED.has(state);
  const label = say(preliminary ? "so_far" : failed ? "error" : "result");
  const cut = step.size === null ? null : { part: part.id, size: step.size };
  const plain =
    result === null || result === "" ? (
      <p class="nothing">{say("nothing", { label })}</p>
    ) : (
      <Value label={label} kind={failed ? "error" : "result"} value={result} cut={cut} />
    );
  if (state !== "done" || !store.views.value.has(name)) return plain;
  return (
    <WithPanels instead={plain}>
      {({ Viewed }) => (
        <Viewed id={part.id} label={label} draw={(value) => <ValueView value={value} label={label} />}>
          {plain}
        </Viewed>
      )}
    </WithPanels>
  );
}

function isEmpty(args: Json): boolean {
  return args === null || args === "" || (isObject(args) && Object.keys(args).length === 0);
}
