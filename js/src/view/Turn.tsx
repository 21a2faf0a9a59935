/** One model call and the results of its tools, as one card with a quiet line of facts above it. */

import { Component, type ComponentChild, type JSX } from "preact";
import { dollars, duration, tokens } from "../format.ts";
import type { Label, Say } from "../labels.ts";
import { Markdown } from "../markdown/Markdown.tsx";
import type { FinishReason, RequestPart, TurnStatus, Usage } from "../protocol.ts";
import { cost, isTool, sequences, textOf, tools, untilFirstToken } from "../select.ts";
import type { Notice, Part, TextPart, ToolPart, Turn, TurnFacts } from "../transcript.ts";
import { CopyButton } from "./copy.tsx";
import { DataStep } from "./DataStep.tsx";
import { Disclosure, useOpen } from "./Disclosure.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Icon } from "./icons.tsx";
import { laneName, laneStyle } from "./Lane.tsx";
import { Fetching, WithPanels } from "./panels.tsx";
import { Reasoning } from "./Reasoning.tsx";
import { Steps } from "./Steps.tsx";
import { givenUpOf, sawOf, useView, type View } from "./view.ts";
import { useSay } from "./words.ts";

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
  const say = useSay();
  const { status } = turn.facts.value;
  const abandoned = status === "abandoned";
  return (
    <article
      class={abandoned ? "turn given-up" : "turn"}
      data-part="turn"
      data-anchor
      data-id={turn.id}
      data-turn={turn.number}
      data-run={turn.run.id}
      data-status={status}
      data-final={final ? "true" : undefined}
      data-lane={lanes ? turn.lane : undefined}
      style={lanes ? laneStyle(turn.run, turn.lane) : undefined}
      aria-busy={status === "streaming"}
      aria-label={say("turn", { number: turn.number })}
      tabIndex={-1}
      hidden={hidden}
    >
      <Boundary turn={turn}>
        {abandoned ? (
          <Disclosure id={givenUpOf(turn)} class="fold-line" line={<GivenUp turn={turn} />}>
            {() => <Whole turn={turn} total={total} lanes={lanes} known={known ?? null} />}
          </Disclosure>
        ) : (
          <Whole turn={turn} total={total} lanes={lanes} known={known ?? null} />
        )}
      </Boundary>
      {error}
    </article>
  );
}

/** A turn's text, in place of what cannot be drawn: the other turns are none the worse. */
class Boundary extends Component<{ turn: Turn; children: ComponentChild }, { failed: boolean }> {
  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    const { turn, children } = this.props;
    return this.state.failed ? <Plain turn={turn} /> : children;
  }
}

function Plain({ turn }: { readonly turn: Turn }): JSX.Element {
  return (
    <div class="md" data-part="plain">
      <p class="nothing">{useSay()("not_drawn")}</p>
      <p class="raw">{textOf(turn)}</p>
    </div>
  );
}

/** Code of the notice that says why a turn was given up. */
const ABANDONED = "abandoned";

/** One line in place of a turn that led nowhere. */
function GivenUp({ turn }: { readonly turn: Turn }): JSX.Element {
  const say = useSay();
  const notice = turn.run.notices.value.find(({ turn: id, code }) => id === turn.id && code === ABANDONED);
  const open = useOpen(givenUpOf(turn));
  return (
    <>
      <Icon name="skipped" />
      <span class="given-up-why">
        {say("given_up", { number: turn.number })}
        {notice !== undefined && `: ${notice.message}`}
      </span>
      <span class="given-up-more">{say(open ? "hide" : "show")}</span>
    </>
  );
}

interface WholeProps extends Pick<Props, "turn" | "total" | "lanes"> {
  readonly known: string | null;
}

function Whole({ turn, total, lanes, known }: WholeProps): JSX.Element {
  const say = useSay();
  const facts = turn.facts.value;
  const parts = turn.parts.value;
  const sources = parts.filter((part) => part.kind === "source");
  const notices = turn.run.notices.value.filter(
    (notice) => notice.turn === turn.id && notice.code !== ABANDONED,
  );
  return (
    <>
      <Facts turn={turn} facts={facts} total={total} lanes={lanes} known={known} />
      {useOpen(sawOf(turn)) && (
        <WithPanels instead={<Fetching id={sawOf(turn)} />}>{({ Saw }) => <Saw turn={turn} />}</WithPanels>
      )}
      <div class="parts">
        {sequences(parts).map((item) =>
          isPart(item) ? (
            <PartView key={item.id} part={item} />
          ) : (
            <Steps key={item[0]?.id} turn={turn} parts={item} />
          ),
        )}
        {facts.status === "streaming" && facts.replied === null && <Waiting last={parts.at(-1)} />}
        {facts.status === "complete" && parts.every(isBlank) && <p class="nothing">{say("run_empty")}</p>}
        {sources.length > 0 && (
          <WithPanels instead={null}>{({ Sources }) => <Sources parts={sources} />}</WithPanels>
        )}
      </div>
      <Notices notices={notices} />
    </>
  );
}

type Single = Exclude<Part, ToolPart>;

function isPart(item: Single | readonly ToolPart[]): item is Single {
  return "kind" in item;
}

function PartView({ part }: { readonly part: Single }): JSX.Element | null {
  switch (part.kind) {
    case "text":
      return <TextBlock part={part} />;
    case "reasoning":
      return <Reasoning part={part} />;
    case "file":
      return <WithPanels instead={<Fetching />}>{({ FileStep }) => <FileStep part={part} />}</WithPanels>;
    case "data":
      return (
        <div class="steps">
          <DataStep part={part} />
        </div>
      );
    case "source":
      return null; // at the end of the turn
    default:
      return part satisfies never;
  }
}

function TextBlock({ part }: { readonly part: TextPart }): JSX.Element | null {
  if (isBlank(part)) return null;
  const body = part.body.value;
  return (
    <div class="text" data-part="text" data-live={body.open || undefined}>
      <Markdown source={body} />
    </div>
  );
}

function isBlank(part: Part): boolean {
  return part.kind === "text" && !/\S/.test(part.body.value.text);
}

/** Alone, so that a text that grows does not have its whole turn looked at again. */
function Waiting({ last }: { readonly last: Part | undefined }): JSX.Element | null {
  return isBusy(last, useView()) ? null : <Dots />;
}

/** Whether something in sight tells that the turn goes on. */
function isBusy(part: Part | undefined, { store }: View): boolean {
  if (part === undefined || part.kind === "source" || part.kind === "file" || part.kind === "data")
    return false;
  if (isTool(part)) return store.steps.value !== "hidden" && part.step.value.ended === null;
  const { open, text } = part.body.value;
  if (part.kind === "reasoning") return open && store.reasoning.value !== "hidden";
  return open && /\S/.test(text);
}

/** The model has been asked, and nothing of its answer is in sight. */
export function Dots(): JSX.Element {
  return (
    <div class="dots" role="img" aria-label={useSay()("waiting_for_model")}>
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
  const say = useSay();
  const { store } = useView();
  const { agent, model, usage, ended, attempt } = facts;
  const { number } = turn;
  const n = tools(turn).length;
  const title = total !== null && total > 1 ? say("turn_of", { number, total }) : say("turn", { number });
  const shown: ComponentChild[] = [<b key="turn">{title}</b>];
  const tell = (key: string, text: ComponentChild, hint?: string) =>
    shown.push(
      <span key={key} class={key} title={hint}>
        {text}
      </span>,
    );
  const who = agent ?? (lanes && turn.lane !== "main" ? laneName(turn.run, turn.lane) : null);
  if (who !== null && who !== known && (lanes || who !== store.agent_name.value)) tell("agent", who);
  if (model !== null) tell("model", model);
  if (ended !== null) {
    const first = untilFirstToken(turn);
    const time = duration(ended - turn.started);
    tell(
      "time",
      first === null ? (
        time
      ) : (
        <>
          {time} <span class="first">({say("first_token", { time: duration(first) })})</span>
        </>
      ),
      timings(turn, facts, say),
    );
  }
  const counts = usage === null ? null : tokenCounts(usage, say);
  if (usage !== null && counts !== null) {
    const price = cost([turn], store.prices.value);
    const details = [...tokenDetails(usage, say), ...(price === null ? [] : [dollars(price)])];
    tell("tokens", counts, details.join(", "));
  }
  if (n > 0) tell("tools", say("tools", { n }));
  return (
    <header class="facts">
      <div class="fact-list">
        {shown}
        {ended === null && <Elapsed since={turn.started} />}
        {turn.auxiliary && (
          <span class="badge" title={say("auxiliary_hint")}>
            {say("auxiliary")}
          </span>
        )}
        {attempt > 1 && (
          <span class="badge" title={say("attempt_hint")}>
            {say("attempt", { n: attempt })}
          </span>
        )}
        {badges(facts).map(({ label, tone, hint }) => (
          <span
            key={label}
            class="badge"
            data-tone={tone}
            title={hint === undefined ? (facts.native_finish_reason ?? undefined) : say(hint)}
          >
            {say(label)}
          </span>
        ))}
      </div>
      {ended !== null && hasText(turn) && <CopyButton text={() => textOf(turn)} label={say("copy_turn")} />}
      <SawButton turn={turn} />
    </header>
  );
}

/** Opens what the model was sent, and what happened in the turn. */
function SawButton({ turn }: { readonly turn: Turn }): JSX.Element {
  const label = useSay()("saw");
  const view = useView();
  const id = sawOf(turn);
  return (
    <button
      type="button"
      class="ghost"
      data-action="saw"
      aria-expanded={useOpen(id)}
      aria-controls={id}
      aria-label={label}
      title={label}
      onClick={() => view.togglePanel(id)}
    >
      <Icon name="eye" />
    </button>
  );
}

function tokenCounts({ input_tokens, output_tokens }: Usage, say: Say): string | null {
  if (input_tokens === null && output_tokens === null) return null;
  const count = (value: number | null) => (value === null ? "?" : tokens(value));
  return say("token_counts", { input: count(input_tokens), output: count(output_tokens) });
}

function tokenDetails(usage: Usage, say: Say): readonly string[] {
  const rows: readonly (readonly [Label, number | null])[] = [
    ["tokens_in", usage.input_tokens],
    ["tokens_cached", usage.cached_tokens],
    ["tokens_out", usage.output_tokens],
    ["tokens_reasoning", usage.reasoning_tokens],
  ];
  const language = say("language");
  return rows.flatMap(([label, n]) => (n === null ? [] : [say(label, { n: n.toLocaleString(language) })]));
}

function timings(turn: Turn, { replied, ended }: TurnFacts, say: Say): string {
  const after = (at: number | null) => (at === null ? null : at - turn.started);
  const rows: readonly (readonly [Label, number | null])[] = [
    ["after_first_token", untilFirstToken(turn)],
    ["after_reply", after(replied)],
    ["after_turn", after(ended)],
  ];
  return rows
    .flatMap(([label, seconds]) => (seconds === null ? [] : [say(label, { time: duration(seconds) })]))
    .join(", ");
}

interface Badge {
  readonly label: Label;
  readonly tone: "warn" | "calm" | "error";
  /** By default the provider's own word. */
  readonly hint?: Label;
}

const BY_REASON: Readonly<Partial<Record<FinishReason, Badge>>> = {
  length: { label: "token_limit", tone: "warn", hint: "token_limit_hint" },
  content_filter: { label: "filtered", tone: "warn", hint: "filtered_hint" },
  cancelled: { label: "stopped", tone: "calm" },
  error: { label: "failed", tone: "error" },
};
const BY_STATUS: Readonly<Partial<Record<TurnStatus, Badge>>> = {
  cancelled: { label: "stopped", tone: "calm" },
  truncated: { label: "cut_off", tone: "warn", hint: "cut_off_hint" },
  error: { label: "failed", tone: "error" },
};

const BY_CHANGE: Readonly<Partial<Record<RequestPart, Badge>>> = {
  system: { label: "saw_system", tone: "calm", hint: "saw" },
  tools: { label: "saw_tools", tone: "calm", hint: "saw" },
};

/** What was unusual about what the model was sent and about how the turn ended, each thing once. */
function badges({ finish_reason, request, status }: TurnFacts): readonly Badge[] {
  const changes = request?.changed.map((part) => BY_CHANGE[part]) ?? [];
  const all = [...changes, finish_reason === null ? undefined : BY_REASON[finish_reason], BY_STATUS[status]];
  return all
    .filter((badge) => badge !== undefined)
    .filter(({ label }, at, found) => found.findIndex((other) => other.label === label) === at);
}

function hasText(turn: Turn): boolean {
  return turn.parts.value.some((part) => part.kind === "text" && !isBlank(part));
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
