/** A value under its name: arguments, a result, data. */

import type { ComponentChild, JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { pretty, size } from "../format.ts";
import { type Shown, shownOf } from "../mime.ts";
import type { Json } from "../protocol.ts";
import { type Fields, fields, type Rows, table } from "../rows.ts";
import { Best } from "./Best.tsx";
import { CopyButton } from "./copy.tsx";
import { LongJson, LongText } from "./LongText.tsx";
import { TreeView, WithPanels } from "./panels.tsx";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

interface TextProps {
  readonly label: string;
  /** `error` for one that went wrong. */
  readonly kind: string;
  readonly text: string;
  readonly language: string;
  readonly complete: boolean;
  readonly children?: ComponentChild;
}

/** One that is text, such as arguments that are still being written. */
export function TextValue({ label, kind, text, language, complete, children }: TextProps): JSX.Element {
  const say = useSay();
  return (
    <div class="value-box" data-kind={kind}>
      <header>
        <span>{label}</span>
        <CopyButton text={() => text} label={say("copy_named", { name: label.toLowerCase() })} />
      </header>
      {children}
      <LongText text={text} language={language} complete={complete} />
    </div>
  );
}

interface Props {
  readonly label: string;
  readonly kind: string;
  readonly value: Json;
  /** The step whose result it is the beginning and end of, and how long all of it is. */
  readonly cut?: { readonly part: string; readonly size: number } | null;
}

/** As what can be read best: a table, a tree, a picture; as JSON for who wants that. */
export function Value({ label, kind, value, cut }: Props): JSX.Element {
  return cut ? (
    <CutValue label={label} kind={kind} value={value} cut={cut} />
  ) : (
    <WholeValue label={label} kind={kind} value={value} />
  );
}

function WholeValue({
  label,
  kind,
  value,
  children,
}: Omit<Props, "cut"> & { readonly children?: ComponentChild }) {
  const say = useSay();
  const [raw, showRaw] = useState(false);
  const reading = useMemo(() => read(value), [value]);
  const json = raw || reading.kind === "code";
  return (
    <div class="value-box" data-kind={kind}>
      <header>
        <span>{label}</span>
        <span>
          <CopyButton
            text={() => (json ? pretty(value) : copied(reading, value))}
            label={say("copy_named", { name: label.toLowerCase() })}
          />
          {reading.kind !== "text" && reading.kind !== "code" && (
            <button
              type="button"
              class="text-button"
              data-action="json"
              aria-pressed={raw}
              onClick={() => showRaw(!raw)}
            >
              JSON
            </button>
          )}
        </span>
      </header>
      {raw ? <LongJson value={value} /> : <Readable reading={reading} label={label} />}
      {children}
    </div>
  );
}

/** Its beginning and end, until the reader asks for the rest. */
function CutValue({
  label,
  kind,
  value,
  cut,
}: Props & { readonly cut: { part: string; size: number } }): JSX.Element {
  const say = useSay();
  const { store } = useView();
  const whole = store.details.of(cut.part, "whole").value;
  if (whole?.state === "here") return <WholeValue label={label} kind={kind} value={whole.value} />;
  const show = say("fetch_whole", { size: size(cut.size) });
  const asked = whole?.state === "asked";
  return (
    <WholeValue label={label} kind={kind} value={value}>
      <button
        type="button"
        class="text-button"
        data-action="fetch-whole"
        disabled={asked}
        onClick={() => store.details.ask(cut.part, "whole")}
      >
        {asked ? say("fetching") : whole?.state === "lost" ? say("whole_lost", { show }) : show}
      </button>
    </WholeValue>
  );
}

type Reading =
  | { readonly kind: "rich"; readonly shown: Shown }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "rows"; readonly rows: Rows }
  | { readonly kind: "fields"; readonly fields: Fields }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "tree"; readonly value: Json };

/** Up to this many characters of JSON are read more easily as they are. */
const SHORT = 600;
/** Beyond it a text is not looked at as JSON. */
const PARSED = 40_000_000;

function read(value: Json): Reading {
  if (typeof value === "string") return asJson(value) ?? { kind: "text", text: value };
  const shown = shownOf(value);
  if (shown !== null) return { kind: "rich", shown };
  const rows = table(value);
  if (rows !== null) return { kind: "rows", rows };
  const flat = fields(value);
  if (flat !== null) return { kind: "fields", fields: flat };
  const text = typeof value === "object" ? shortJson(value) : JSON.stringify(value);
  return text === null ? { kind: "tree", value } : { kind: "code", text };
}

/** Many tools return JSON as text: it is shown as what it is. */
function asJson(text: string): Reading | null {
  if (text.length > PARSED || !/^\s*[[{]/.test(text)) return null;
  try {
    return read(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The JSON of a small value, without writing that of a large one. */
function shortJson(value: Json): string | null {
  let left = SHORT;
  const spend = (item: Json): boolean => {
    left -= typeof item === "string" ? item.length : 8;
    if (left < 0) return false;
    return (
      typeof item !== "object" || item === null || Object.entries(item).every(([, inner]) => spend(inner))
    );
  };
  return spend(value) ? pretty(value) : null;
}

function copied(reading: Reading, value: Json): string {
  if (reading.kind === "text") return reading.text;
  if (reading.kind !== "rich") return pretty(value);
  const { shown } = reading;
  if (shown.kind === "chart") return pretty(shown.spec);
  return shown.kind === "image" || shown.text === "" ? pretty(value) : shown.text;
}

/** A value alone, without its name. */
export function ValueView({ value, label }: { readonly value: Json; readonly label: string }): JSX.Element {
  return <Readable reading={useMemo(() => read(value), [value])} label={label} />;
}

function Readable({ reading, label }: { readonly reading: Reading; readonly label: string }): JSX.Element {
  switch (reading.kind) {
    case "rich":
      return <Best shown={reading.shown} label={label} />;
    case "rows":
      return (
        <WithPanels instead={<LongJson value={reading.rows.rows} />}>
          {({ RowTable }) => <RowTable {...reading.rows} />}
        </WithPanels>
      );
    case "fields":
      return (
        <WithPanels instead={<LongJson value={reading.fields} />}>
          {({ FieldTable }) => <FieldTable of={reading.fields} />}
        </WithPanels>
      );
    case "tree":
      return <TreeView value={reading.value} />;
    case "code":
      return <LongText text={reading.text} language="json" complete />;
    default:
      return <LongText text={reading.text} language="" complete />;
  }
}
