/** One message to a model: who says it, and what. Never as Markdown: the model was sent the characters. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pretty } from "../../format.ts";
import type { Json } from "../../protocol.ts";
import { useSay } from "../panelWords.ts";
import type { Message, Part } from "./told.ts";

const ROLES = {
  system: "saw_system_role",
  user: "saw_user",
  assistant: "saw_assistant",
  tool: "saw_tool",
  other: "saw_other",
} as const;

interface Props {
  readonly message: Message;
  readonly mark: "new" | "added" | "removed" | null;
}

export function MessageView({ message, mark }: Props): JSX.Element {
  const say = useSay();
  const [raw, setRaw] = useState(false);
  const { role, parts } = message;
  return (
    <li class="saw-message" data-role={role} data-mark={mark ?? undefined}>
      <header>
        <b>{say(ROLES[role])}</b>
        {mark !== null && <span class="saw-mark">{say(`saw_${mark}`)}</span>}
        <button
          type="button"
          class="text-button"
          data-action="saw-raw"
          aria-pressed={raw}
          onClick={() => setRaw(!raw)}
        >
          {say("saw_raw")}
        </button>
      </header>
      {raw ? <Pretty value={message.raw} /> : parts.map((part, at) => <PartView key={at} part={part} />)}
    </li>
  );
}

function PartView({ part }: { readonly part: Part }): JSX.Element {
  const { kind, text = "", name, value = null, error } = part;
  switch (kind) {
    case "text":
    case "reasoning":
    case "file":
      return (
        <div class="saw-text" data-kind={kind} dir="auto">
          {text}
        </div>
      );
    case "call":
    case "result":
      return (
        <div class="saw-call" data-kind={kind} data-error={error || undefined}>
          {name && (
            <code>
              {kind === "call" ? "→" : "←"} {name}
            </code>
          )}
          <Pretty value={value} />
        </div>
      );
    default:
      return <Pretty value={value} />;
  }
}

export function Pretty({ value }: { readonly value: Json }): JSX.Element {
  return (
    <pre class="value" dir="auto" tabIndex={0}>
      {pretty(value)}
    </pre>
  );
}
