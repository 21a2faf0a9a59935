/** One model call and the results of its tools, as one card with a quiet line of facts above it. */

import type { ComponentChild, JSX } from "preact";
import { duration, plural, tokens } from "../format.ts";
import { Markdown } from "../markdown/Markdown.tsx";
import type { FinishReason, TurnStatus, Usage } from "../protocol.ts";
import { isSide, textOf, tools } from "../select.ts";
import type { Notice, Part, Run, TextPart, Turn, TurnFacts } from "../transcript.ts";
import { DataStep, FileStep, Sources } from "./Attachments.tsx";
import { CopyButton } from "./copy.tsx";
import { Disclosure, useOpen } from "./Disclosure.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Icon } from "./icons.tsx";
import { laneName, laneStyle } from "./Lane.tsx";
import { Reasoning } from "./Reasoning.tsx";
import { Tool } from "./Tool.tsx";
import { useView } from "./view.ts";

interface Props {
  readonly turn: Turn;
  readonly final: boolean;
  /** How many turns the run had, once it has ended. */
  readonly total: number | null;
  /** Whether several agents are at work in the run. */
  readonly lanes: boolean;
  /** Whose turn it is, if that is to be seen without it. */
  readonly known?: string | null;
  readonly hidden: boolean;
  readonly error: ComponentChild;
}

export function TurnCard({ turn, final, total, lanes, known, hidden, error }: Props): JSX.Element {
  const { status } = turn.facts.value;
  const abandoned = status === "abandoned";
  return (
    <article
      class={abandoned ? "turn given-up" : "turn"}
      data-part="turn"
      data-anchor
      data-turn={turn.number}
      data-run={turn.run.id}
      data-status={status}
      data-final={final ? "true" : undefined}
      data-lane={lanes ? turn.lane : undefined}
      data-side={lanes && isSide(turn.run, turn.lane) ? "" : undefined}
      style={lanes ? laneStyle(turn.run, turn.lane) : undefined}
      aria-busy={status === "streaming"}
      aria-label={`Turn ${turn.number}`}
      hidden={hidden}
    >
      {abandoned ? (
        <Disclosure id={`given up ${turn.id}`} class="fold-line" line={<GivenUp turn={turn} />}>
          {() => <Whole turn={turn} total={total} lanes={lanes} known={known ?? null} />}
        </Disclosure>
      ) : (
        <Whole turn={turn} total={total} lanes={lanes} known={known ?? null} />
      )}
      {error}
    </article>
  );
}

/** Code of the notice that says why a turn was given up. */
const ABANDONED = "abandoned";

/** One line in place of a turn that led nowhere. */
function GivenUp({ turn }: { readonly turn: Turn }): JSX.Element {
  const notice = turn.run.notices.value.find(({ turn: id, code }) => id === turn.id && code === ABANDONED);
  const open = useOpen(`given up ${turn.id}`);
  return (
    <>
      <Icon name="skipped" />
      <span class="given-up-why">
        Turn {turn.number} was given up{notice !== undefined && `: ${notice.message}`}
      </span>
      <span class="given-up-more">{open ? "hide" : "show"}</span>
    </>
  );
}

interface WholeProps extends Pick<Props, "turn" | "total" | "lanes"> {
  readonly known: string | null;
}

function Whole({ turn, total, lanes, known }: WholeProps): JSX.Element {
  const facts = turn.facts.value;
  const parts = turn.parts.value;
  const notices = turn.run.notices.value.filter(
    (notice) => notice.turn === turn.id && notice.code !== ABANDONED,
  );
  return (
    <>
      <Facts turn={turn} facts={facts} total={total} lanes={lanes} known={known} />
      <div class="parts">
        {parts.map((part) => (
          <PartView key={part.id} part={part} run={turn.run} />
        ))}
        {facts.status === "streaming" && <Waiting part={parts.at(-1)} replied={facts.replied !== null} />}
        <Sources parts={parts.filter((part) => part.kind === "source")} />
      </div>
      <Notices notices={notices} />
    </>
  );
}

function PartView({ part, run }: { readonly part: Part; readonly run: Run }): JSX.Element | null {
  switch (part.kind) {
    case "text":
      return <TextBlock part={part} />;
    case "reasoning":
      return <Reasoning part={part} />;
    case "tool":
      return <Tool part={part} run={run} />;
    case "file":
      return <FileStep part={part} />;
    case "data":
      return <DataStep part={part} />;
    case "source":
      return null; // at the end of the turn
    default:
      return part satisfies never;
  }
}

function TextBlock({ part }: { readonly part: TextPart }): JSX.Element | null {
  const body = part.body.value;
  if (body.text.trim() === "") return null;
  return (
    <div class="text" data-part="text" data-live={body.open || undefined}>
      <Markdown source={body} />
    </div>
  );
}

/** Dots while the model has been asked and nothing of its answer is in sight. */
function Waiting({ part, replied }: { readonly part: Part | undefined; readonly replied: boolean }) {
  return replied || (part !== undefined && isBusy(part)) ? null : <Dots />;
}

function isBusy(part: Part): boolean {
  if (part.kind === "tool") return part.step.value.ended === null;
  if (part.kind !== "text" && part.kind !== "reasoning") return false;
  const { open, text } = part.body.value;
  return open && (part.kind === "reasoning" || text.trim() !== "");
}

export function Dots(): JSX.Element {
  return (
    <div class="dots" role="img" aria-label="Waiting for the model">
      <i />
      <i />
      <i />
    </div>
  );
}

interface FactsProps extends WholeProps {
  readonly facts: TurnFacts;
}

function Facts({ turn, facts, total, lanes, known }: FactsProps): JSX.Element {
  const { store } = useView();
  const { agent, model, usage, ended, attempt } = facts;
  const calls = tools(turn).length;
  const shown: ComponentChild[] = [
    <b key="turn">{`Turn ${turn.number}${total !== null && total > 1 ? `/${total}` : ""}`}</b>,
  ];
  const say = (key: string, text: ComponentChild, title?: string) =>
    shown.push(
      <span key={key} title={title}>
        {text}
      </span>,
    );
  const who = agent ?? (lanes && turn.lane !== "main" ? laneName(turn.run, turn.lane) : null);
  if (who !== null && who !== known && (lanes || who !== store.agent_name.value))
    shown.push(
      <span key="agent" class="agent">
        {who}
      </span>,
    );
  if (model !== null) say("model", model);
  if (ended !== null) say("time", duration(ended - turn.started), timings(turn, facts));
  const counts = usage === null ? null : tokenCounts(usage);
  if (usage !== null && counts !== null) say("tokens", counts, tokenDetails(usage));
  if (calls > 0) say("tools", plural(calls, "tool"));
  return (
    <header class="facts">
      <div class="fact-list">
        {shown}
        {ended === null && <Elapsed since={turn.started} />}
      </div>
      {turn.auxiliary && (
        <span class="badge" title="The framework made this call for its own ends">
          auxiliary
        </span>
      )}
      {attempt > 1 && (
        <span class="badge" title="The call was tried again; what the earlier attempt showed is gone">
          attempt {attempt}
        </span>
      )}
      {badges(facts).map(({ text, tone, title }) => (
        <span key={text} class="badge" data-tone={tone} title={title}>
          {text}
        </span>
      ))}
      {ended !== null && hasText(turn) && <CopyButton text={() => textOf(turn)} label="Copy this turn" />}
    </header>
  );
}

function tokenCounts({ input_tokens, output_tokens }: Usage): string | null {
  if (input_tokens === null && output_tokens === null) return null;
  const count = (value: number | null) => (value === null ? "?" : tokens(value));
  return `${count(input_tokens)}→${count(output_tokens)} tokens`;
}

function tokenDetails({ input_tokens, output_tokens, cached_tokens, reasoning_tokens }: Usage): string {
  const part = (value: number | null, what: string) =>
    value === null ? [] : [`${value.toLocaleString("en")} ${what}`];
  return [
    ...part(input_tokens, "tokens in"),
    ...part(cached_tokens, "of them cached"),
    ...part(output_tokens, "tokens out"),
    ...part(reasoning_tokens, "of them reasoning"),
  ].join(", ");
}

function timings(turn: Turn, { replied, ended }: TurnFacts): string {
  const first = turn.parts.value[0]?.started;
  return [
    ...(first === undefined ? [] : [`first token after ${duration(first - turn.started)}`]),
    ...(replied === null ? [] : [`reply complete after ${duration(replied - turn.started)}`]),
    ...(ended === null ? [] : [`turn over after ${duration(ended - turn.started)}`]),
  ].join(", ");
}

interface Badge {
  readonly text: string;
  readonly tone: "warn" | "calm" | "error";
  readonly title?: string | undefined;
}

const BY_REASON: Readonly<Partial<Record<FinishReason, Badge>>> = {
  length: { text: "token limit", tone: "warn", title: "The model stopped at its token limit" },
  content_filter: {
    text: "filtered",
    tone: "warn",
    title: "The provider's content filter stopped the model",
  },
  cancelled: { text: "stopped", tone: "calm" },
  error: { text: "failed", tone: "error" },
};
const BY_STATUS: Readonly<Partial<Record<TurnStatus, Badge>>> = {
  cancelled: { text: "stopped", tone: "calm" },
  truncated: { text: "cut off", tone: "warn", title: "The stream ended without saying that it had" },
  error: { text: "failed", tone: "error" },
};

/** What was unusual about how the turn ended, each thing once. */
function badges({ finish_reason, native_finish_reason, status }: TurnFacts): readonly Badge[] {
  const reason = finish_reason === null ? undefined : BY_REASON[finish_reason];
  const ending = BY_STATUS[status];
  const all = [
    ...(reason === undefined
      ? []
      : [{ ...reason, title: reason.title ?? native_finish_reason ?? undefined }]),
    ...(ending === undefined ? [] : [ending]),
  ];
  return all.filter(({ text }, at) => all.findIndex((other) => other.text === text) === at);
}

function hasText(turn: Turn): boolean {
  return turn.parts.value.some((part) => part.kind === "text" && part.body.value.text.trim() !== "");
}

export function Notices({ notices }: { readonly notices: readonly Notice[] }): JSX.Element | null {
  if (notices.length === 0) return null;
  return (
    <ul class="notices">
      {notices.map(({ code, message, count }) => (
        <li key={code} data-part="notice" data-code={code}>
          <Icon name="info" />
          <span>
            {message}
            {count > 1 && <b> ×{count}</b>}
          </span>
        </li>
      ))}
    </ul>
  );
}
