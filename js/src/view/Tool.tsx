/** A tool call: what was asked, how it goes, what came back. */

import type { ComponentChild, JSX } from "preact";
import { duration, isObject, summary } from "../format.ts";
import { shownOf } from "../mime.ts";
import type { Json, ToolState } from "../protocol.ts";
import { terminal } from "../terminal.ts";
import type { Approval, Run, Step, ToolPart } from "../transcript.ts";
import { Disclosure } from "./Disclosure.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Icon, Spinner } from "./icons.tsx";
import { LanesUnder } from "./Lane.tsx";
import { Outputs } from "./Outputs.tsx";
import { TextValue, Value } from "./Value.tsx";

interface Appearance {
  readonly label: string;
  readonly icon: () => JSX.Element;
  /** What stands at the end of the line; by default the time that it took. */
  readonly meta?: string;
}

const STATES: Readonly<Record<ToolState, Appearance>> = {
  streaming: { label: "Preparing", icon: Spinner, meta: "" },
  ready: { label: "Called", icon: () => <Icon name="clock" />, meta: "" },
  approval: {
    label: "Waiting for approval",
    icon: () => <Icon name="pause" />,
    meta: "waiting for approval",
  },
  running: { label: "Running", icon: Spinner },
  done: { label: "Done", icon: () => <Icon name="check" /> },
  error: { label: "Failed", icon: () => <Icon name="alert" /> },
  denied: { label: "Denied", icon: () => <Icon name="denied" />, meta: "denied" },
  invalid: { label: "No such tool", icon: () => <Icon name="help" />, meta: "no such tool" },
  skipped: { label: "Not executed", icon: () => <Icon name="skipped" />, meta: "not executed" },
  cancelled: { label: "Stopped", icon: () => <Icon name="ban" />, meta: "stopped" },
  unanswered: { label: "No result", icon: () => <Icon name="help" />, meta: "no result" },
};

interface Props {
  readonly part: ToolPart;
  readonly run: Run;
}

export function Tool({ part, run }: Props): JSX.Element {
  const step = part.step.value;
  const { label, icon: StateIcon, meta } = STATES[step.state];
  const note = noteOf(step);
  return (
    <div class="tool" data-part="tool" data-tool={step.name} data-state={step.state}>
      <Disclosure
        id={part.id}
        class="step"
        title={label}
        pinned={step.state === "approval"}
        initially={isPicture(step)}
        line={
          <>
            <StateIcon />
            <span class="name">{step.name}</span>
            <span class="summary">{argumentsLine(step)}</span>
            <span class="sr">, {label.toLowerCase()}</span>
            {step.approval !== null && step.approval.edited !== null && <span class="badge">edited</span>}
            <span class="meta">{meta ?? timing(part, step)}</span>
          </>
        }
      >
        {() => (
          <div class="values">
            {step.approval !== null && <Asked approval={step.approval} />}
            <Arguments step={step} />
            <Outputs outputs={step.outputs} />
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

/** A picture is what the reader waits for. */
function isPicture({ result, outputs }: Step): boolean {
  return [result, ...outputs.map(({ display }) => display)].some((value) => {
    const kind = shownOf(value)?.kind;
    return kind === "image" || kind === "html";
  });
}

function argumentsLine({ state, ready, arguments: args, arguments_text, approval }: Step): string {
  if (ready === null && state === "streaming") return arguments_text.slice(0, 160).replace(/\s+/g, " ");
  const used = approval?.edited ?? args;
  return used === null ? arguments_text.slice(0, 160) : isEmpty(used) ? "" : summary(used);
}

function timing({ started }: ToolPart, step: Step): ComponentChild {
  const since = step.running ?? step.ready ?? started;
  if (step.state === "running") return <Elapsed since={since} />;
  return step.ended === null ? null : duration(step.ended - since);
}

/** What is to be seen of a step without opening it: how far it is, or why it was not executed. */
function noteOf({ state, result, preliminary, approval, outputs }: Step): string {
  switch (state) {
    case "running":
      return preliminary ? lastLine(result) : lastPrinted(outputs);
    case "denied":
      return approval?.reason ?? "";
    case "invalid":
    case "skipped":
      return typeof result === "string" ? result : "";
    default:
      return "";
  }
}

function lastPrinted(outputs: Step["outputs"]): string {
  const last = outputs.at(-1)?.text.slice(-400) ?? "";
  return terminal(
    last
      .trimEnd()
      .split(/[\r\n]+/)
      .at(-1) ?? "",
  )
    .map(({ text }) => text)
    .join("");
}

function lastLine(value: Json): string {
  if (shownOf(value) !== null) return "";
  return typeof value === "string" ? (value.trimEnd().split("\n").at(-1) ?? "") : summary(value);
}

/** The question to a person, and what they said. */
function Asked({ approval }: { readonly approval: Approval }): JSX.Element | null {
  const { message, decision, reason, asked, answered } = approval;
  if (decision === null)
    return (
      <p class="question" dir="auto">
        {message ?? "May this tool run?"}
      </p>
    );
  const after = answered === null ? "" : ` after ${duration(answered - asked)}`;
  return (
    <p class="nothing" dir="auto">
      {message !== null && `${message} `}
      {decision === "denied" ? "Denied" : "Approved"}
      {after}
      {reason !== null && `: ${reason}`}
    </p>
  );
}

function Arguments({ step }: { readonly step: Step }): JSX.Element {
  const { arguments: args, arguments_text, arguments_invalid, ready, approval } = step;
  if (arguments_invalid !== null || ready === null)
    return (
      <TextValue
        label="Arguments"
        kind="arguments"
        text={arguments_text}
        language="json"
        complete={ready !== null}
      >
        {arguments_invalid !== null && <p class="invalid">Not valid JSON: {arguments_invalid}</p>}
      </TextValue>
    );
  const edited = approval?.edited ?? null;
  if (edited !== null)
    return (
      <div class="pair">
        <Value label="Arguments of the model" kind="arguments" value={args} />
        <Value label="Arguments as edited" kind="edited" value={edited} />
      </div>
    );
  if (isEmpty(args)) return <p class="nothing">No arguments</p>;
  return <Value label="Arguments" kind="arguments" value={args} />;
}

const NOT_EXECUTED: ReadonlySet<ToolState> = new Set(["denied", "invalid", "skipped"]);

function Result({ part, step }: { readonly part: ToolPart; readonly step: Step }): JSX.Element | null {
  const { state, outcome, result, preliminary } = step;
  // While a person is asked, it is a placeholder for their answer.
  if (outcome === null || (preliminary && state === "approval")) return null;
  const failed = outcome === "error" && !NOT_EXECUTED.has(state);
  const label = preliminary ? "So far" : failed ? "Error" : "Result";
  if (result === null || result === "") return <p class="nothing">{label}: nothing</p>;
  const cut = step.size === null ? null : { part: part.id, size: step.size };
  return <Value label={label} kind={failed ? "error" : "result"} value={result} cut={cut} />;
}

function isEmpty(args: Json): boolean {
  return args === null || args === "" || (isObject(args) && Object.keys(args).length === 0);
}
