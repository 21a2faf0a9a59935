/** What a model was sent that it was not sent the time before, and the other way round. */

import type { ComponentChildren, JSX } from "preact";
import { type Change, diff } from "../../diff.ts";
import { pretty } from "../../format.ts";
import type { Json } from "../../protocol.ts";
import { useSay } from "../panelWords.ts";
import { MessageView } from "./Message.tsx";
import { ToolView } from "./Sent.tsx";
import type { Before, Request, Tool } from "./told.ts";

export function Changes({ request }: { readonly request: Request }): JSX.Element {
  const say = useSay();
  const { before } = request;
  if (before === null) return <p class="nothing">{say("saw_first")}</p>;
  const beside = besides(request, before);
  const tools = toolChanges(request, before);
  const fresh = request.messages.filter((message) => message.fresh);
  return (
    <div class="saw-sent">
      <p class="saw-note">
        {before.run === request.run
          ? say("saw_since", { turn: before.turn })
          : say("saw_since_run", { turn: before.turn, run: before.run })}
      </p>
      {beside.length + tools.length === 0 && <p class="nothing">{say("saw_same")}</p>}
      {beside.map(([label, was, is]) => (
        <Section key={label} title={say(label)}>
          <Diff was={was} is={is} />
        </Section>
      ))}
      {tools.length > 0 && (
        <ul class="saw-tools">
          {tools.map(({ change, was, tool }) => (
            <li key={tool.name} data-mark={change}>
              <span class="saw-mark">{say(`saw_${change}`)}</span>
              {was === null ? (
                <ToolView tool={tool} />
              ) : (
                <Section title={<code>{tool.name}</code>}>
                  <Diff was={was} is={tool} />
                </Section>
              )}
            </li>
          ))}
        </ul>
      )}
      <ol class="saw-messages">
        {before.removed.map((message, at) => (
          <MessageView key={`removed ${at}`} message={message} mark="removed" />
        ))}
        {fresh.map((message, at) => (
          <MessageView key={at} message={message} mark="added" />
        ))}
      </ol>
    </div>
  );
}

/** How many things are different. */
export function count(request: Request): number {
  const { before, messages } = request;
  if (before === null) return 0;
  const moved = before.removed.length + messages.filter(({ fresh }) => fresh).length;
  return besides(request, before).length + toolChanges(request, before).length + moved;
}

const BESIDE = [
  ["model", "saw_model"],
  ["system", "saw_prompt"],
  ["settings", "saw_settings"],
] as const;

function besides(request: Request, before: Before) {
  return BESIDE.filter(([name]) => !same(request[name], before[name])).map(
    ([name, label]) => [label, before[name], request[name]] as const,
  );
}

interface ToolChange {
  readonly change: "added" | "removed" | "changed";
  readonly tool: Tool;
  /** What it was, if it is another one now. */
  readonly was: Tool | null;
}

function toolChanges(request: Request, before: Before): readonly ToolChange[] {
  const [now, then] = [request.tools ?? [], before.tools ?? []];
  const find = (tools: readonly Tool[], { name }: Tool) => tools.find((other) => other.name === name) ?? null;
  return [
    ...then
      .filter((tool) => find(now, tool) === null)
      .map((tool) => ({ change: "removed" as const, tool, was: null })),
    ...now.flatMap((tool): readonly ToolChange[] => {
      const was = find(then, tool);
      if (was === null) return [{ change: "added", tool, was }];
      return same(was, tool) ? [] : [{ change: "changed", tool, was }];
    }),
  ];
}

function same(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

interface SectionProps {
  readonly title: ComponentChildren;
  readonly children: ComponentChildren;
}

function Section({ title, children }: SectionProps): JSX.Element {
  return (
    <section class="saw-section">
      <h4>{title}</h4>
      {children}
    </section>
  );
}

const SIGNS: Readonly<Record<Change, string>> = { same: " ", added: "+", removed: "−" };
const TAGS = { same: "span", added: "ins", removed: "del" } as const;
/** Lines of what stays that are shown beside what does not. */
const AROUND = 2;

function Diff({ was, is }: { readonly was: Json; readonly is: Json }): JSX.Element {
  const say = useSay();
  const hunks = diff(was === null ? "" : pretty(was), is === null ? "" : pretty(is));
  return (
    <pre class="value saw-diff" dir="auto" tabIndex={0}>
      {hunks.map(({ change, lines }, at) => {
        const Tag = TAGS[change];
        const shown = change === "same" ? around(lines, at === 0, at === hunks.length - 1) : lines;
        return (
          <Tag key={at} class="saw-hunk" data-change={change}>
            {shown.map((line, n) =>
              line === null ? (
                <i key={n}>{say("saw_same_lines", { n: lines.length - shown.length + 1 })}</i>
              ) : (
                <span key={n}>
                  {SIGNS[change]} {line}
                </span>
              ),
            )}
          </Tag>
        );
      })}
    </pre>
  );
}

/** What of lines that stay is shown; `null` is for those that are not. */
function around(lines: readonly string[], first: boolean, last: boolean): readonly (string | null)[] {
  const head = first ? 0 : AROUND;
  const tail = last ? 0 : AROUND;
  if (lines.length <= head + tail + 1) return lines;
  return [...lines.slice(0, head), null, ...lines.slice(lines.length - tail)];
}
