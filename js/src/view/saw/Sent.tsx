/** All that a model was sent: the system prompt, the tools, the settings and the messages, the new ones last and marked. */

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { summary } from "../../format.ts";
import { Icon } from "../icons.tsx";
import { useSay } from "../panelWords.ts";
import { MessageView, Pretty } from "./Message.tsx";
import type { Beside, Request, Tool } from "./told.ts";

export function Sent({ request }: { readonly request: Request }): JSX.Element {
  const say = useSay();
  const { messages, model, settings, system, tools, left_out, before } = request;
  // Of a conversation that goes on, what is new is what the reader looks for.
  const known = before === null ? 0 : firstFresh(request);
  return (
    <div class="saw-sent">
      <p class="saw-note">
        {model !== null && <code>{model}</code>} {say(request.exact ? "saw_exact" : "saw_inexact")}
      </p>
      <Fold
        name="system"
        title={say("saw_prompt")}
        line={system === null ? say("saw_no_prompt") : summary(system)}
      >
        {system === null ? null : <Pretty value={system} />}
      </Fold>
      <Tools tools={tools} />
      {Object.keys(settings).length > 0 && (
        <Fold name="settings" title={say("saw_settings")} line={summary(settings)}>
          <Pretty value={settings} />
        </Fold>
      )}
      {left_out > 0 && <p class="nothing">{say("saw_left_out", { n: left_out })}</p>}
      {known > 0 && (
        <Fold name="known" title={say("saw_earlier", { n: known })} line="">
          <ol class="saw-messages">
            {messages.slice(0, known).map((message, at) => (
              <MessageView key={at} message={message} mark={null} />
            ))}
          </ol>
        </Fold>
      )}
      <ol class="saw-messages" start={known + 1}>
        {messages.slice(known).map((message, at) => (
          <MessageView key={at} message={message} mark={before !== null && message.fresh ? "new" : null} />
        ))}
      </ol>
    </div>
  );
}

function firstFresh({ messages }: Request): number {
  const at = messages.findIndex(({ fresh }) => fresh);
  return at < 0 ? messages.length : at;
}

function Tools({ tools }: Pick<Beside, "tools">): JSX.Element {
  const say = useSay();
  if (tools === null) return <p class="nothing">{say("saw_tools_unknown")}</p>;
  if (tools.length === 0) return <p class="nothing">{say("saw_no_tools")}</p>;
  return (
    <Fold
      name="tools"
      title={say("saw_tools_sent", { n: tools.length })}
      line={tools.map(({ name }) => name).join(", ")}
    >
      <ul class="saw-tools">
        {tools.map((tool, at) => (
          <li key={at}>
            <ToolView tool={tool} />
          </li>
        ))}
      </ul>
    </Fold>
  );
}

export function ToolView({ tool }: { readonly tool: Tool }): JSX.Element {
  const { name, description, schema } = tool;
  return (
    <Fold name={`tool ${name}`} title={<code>{name}</code>} line={description ?? ""}>
      {description !== null && (
        <p class="saw-text" dir="auto">
          {description}
        </p>
      )}
      <Pretty value={schema} />
    </Fold>
  );
}

interface FoldProps {
  readonly name: string;
  readonly title: ComponentChildren;
  /** What is in it, in a line, while it is closed. */
  readonly line: string;
  readonly children: ComponentChildren;
}

/** A line that opens; if there is nothing in it, a line. */
export function Fold({ name, title, line, children }: FoldProps): JSX.Element {
  const [open, setOpen] = useState(false);
  if (children === null)
    return (
      <p class="saw-line">
        <b>{title}</b> <span>{line}</span>
      </p>
    );
  return (
    <div class="saw-fold">
      <button
        type="button"
        class="saw-line"
        data-action="saw-open"
        data-name={name}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="chevron" />
        <b>{title}</b>
        {!open && line !== "" && <span dir="auto">{line}</span>}
      </button>
      {open && <div class="saw-inner">{children}</div>}
    </div>
  );
}
