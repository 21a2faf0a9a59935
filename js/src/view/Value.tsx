/** A value under its name: arguments, a result, data. */

import type { ComponentChild, JSX } from "preact";
import { useState } from "preact/hooks";
import { pretty } from "../format.ts";
import { Markdown } from "../markdown/Markdown.tsx";
import { type Shown, shownOf } from "../mime.ts";
import type { Json } from "../protocol.ts";
import { CopyButton } from "./copy.tsx";
import { LongText } from "./LongText.tsx";
import { type Rows, RowTable, table } from "./RowTable.tsx";

interface TextProps {
  readonly label: string;
  /** `error` for one that went wrong. */
  readonly kind: string;
  readonly text: string;
  readonly language: string;
  readonly complete: boolean;
  readonly rows?: Rows | null | undefined;
  readonly children?: ComponentChild;
}

export function TextValue({ label, kind, text, language, complete, rows, children }: TextProps): JSX.Element {
  return (
    <div class="value-box" data-kind={kind}>
      <header>
        <span>{label}</span>
        <CopyButton text={() => text} label={`Copy ${label.toLowerCase()}`} />
      </header>
      {children}
      {rows ? <RowTable rows={rows} /> : <LongText text={text} language={language} complete={complete} />}
    </div>
  );
}

interface Props {
  readonly label: string;
  readonly kind: string;
  readonly value: Json;
}

export function Value({ label, kind, value }: Props): JSX.Element {
  const shown = shownOf(value);
  return shown === null ? (
    <TextValue label={label} kind={kind} {...readable(value)} complete />
  ) : (
    <RichValue label={label} kind={kind} value={value} shown={shown} />
  );
}

/** Many tools return JSON as text: it is shown as what it is. */
function readable(value: Json): Pick<TextProps, "text" | "language" | "rows"> {
  if (typeof value !== "string") return { text: pretty(value), language: "json", rows: table(value) };
  if (/^\s*[[{]/.test(value)) {
    try {
      return readable(JSON.parse(value));
    } catch {
      // Not JSON after all.
    }
  }
  return { text: value, language: "" };
}

/** A value of several media types: the best of them, and all of it as JSON for who wants to look. */
function RichValue({ label, kind, value, shown }: Props & { readonly shown: Shown }): JSX.Element {
  const [json, showJson] = useState(false);
  return (
    <div class="value-box" data-kind={kind}>
      <header>
        <span>{label}</span>
        <span>
          <CopyButton
            text={() => (shown.kind === "image" || json ? pretty(value) : shown.text)}
            label={`Copy ${label.toLowerCase()}`}
          />
          <button
            type="button"
            class="text-button"
            data-action="json"
            aria-pressed={json}
            onClick={() => showJson(!json)}
          >
            JSON
          </button>
        </span>
      </header>
      {json ? (
        <LongText text={pretty(value)} language="json" complete />
      ) : (
        <Best shown={shown} label={label} />
      )}
    </div>
  );
}

function Best({ shown, label }: { readonly shown: Shown; readonly label: string }): JSX.Element {
  switch (shown.kind) {
    case "image":
      return <img class="picture" src={shown.src} alt={shown.description || label} />;
    case "markdown":
      return (
        <div class="value rich">
          <Markdown source={{ text: shown.text, open: false }} />
        </div>
      );
    default:
      return <LongText text={shown.text} language="" complete />;
  }
}
