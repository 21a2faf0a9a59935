/** A tool's arguments as a form, or as JSON, for a person to change before it runs. */

import type { JSX } from "preact";
import { useId, useLayoutEffect, useState } from "preact/hooks";
import { type Field, fieldsOf, type Read, readArguments, readField } from "../fields.ts";
import { isObject, pretty } from "../format.ts";
import type { Json } from "../protocol.ts";
import { useSay } from "./words.ts";

/** What is being written in place of the model's arguments. */
interface Draft {
  readonly fields: readonly Field[];
  readonly texts: Readonly<Record<string, string>>;
  /** All of it as one JSON text, where that is what is edited. */
  readonly json: string | null;
}

interface EditorProps {
  /** The model's arguments, and what it wrote where they are none. */
  readonly initial: Json;
  readonly text: string;
  /** Told what the form says, from the beginning on. */
  readonly change: (written: Read) => void;
}

export function Editor({ initial, text, change: tell }: EditorProps): JSX.Element {
  const say = useSay();
  const [draft, change] = useState(() => begin(initial, text));
  const { fields, texts, json } = draft;
  const written = readDraft(draft);
  // Before anything can be pressed.
  useLayoutEffect(() => tell(readDraft(draft)), [draft, tell]);
  // As fields again only if there is an object to make them of.
  const other = written.ok ? written.value : null;
  const canSwitch = written.ok && (json === null || (isObject(other) && fieldsOf(other).length > 0));
  const toggle = () =>
    change(
      json === null ? { ...draft, json: pretty(other) } : { fields: fieldsOf(other), texts: {}, json: null },
    );
  return (
    <div class="editor" data-part="editor">
      {json === null ? (
        fields.map((field, at) => (
          <FieldView
            key={field.name}
            field={field}
            text={texts[field.name] ?? field.text}
            read={readField(field, texts[field.name] ?? field.text)}
            first={at === 0}
            change={(text) => change({ ...draft, texts: { ...texts, [field.name]: text } })}
          />
        ))
      ) : (
        <FieldView
          field={{ name: say("arguments"), kind: "json", text: json, value: null }}
          text={json}
          read={written}
          first
          change={(text) => change({ ...draft, json: text })}
        />
      )}
      {(fields.length > 0 || json !== null) && (
        <button type="button" class="text-button" data-action="json" disabled={!canSwitch} onClick={toggle}>
          {say(json === null ? "as_json" : "as_form")}
        </button>
      )}
    </div>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly text: string;
  readonly read: Read;
  /** Whether it takes the cursor when it appears. */
  readonly first: boolean;
  readonly change: (text: string) => void;
}

function FieldView({ field, text, read, first, change }: FieldProps): JSX.Element {
  const say = useSay();
  const id = useId();
  const common = {
    id,
    class: "field",
    "data-field": field.name,
    "aria-invalid": !read.ok,
    "aria-describedby": read.ok ? undefined : `${id}-why`,
    ref: first ? focus : null,
  } as const;
  if (field.kind === "boolean")
    return (
      <label class="field-row check">
        <span class="field-name">{field.name}</span>
        <input
          {...common}
          class=""
          type="checkbox"
          checked={text === "true"}
          onChange={(event) => change(String(event.currentTarget.checked))}
        />
      </label>
    );
  const multiline = field.kind === "text" || field.kind === "json";
  const onInput = (event: { readonly currentTarget: { readonly value: string } }) =>
    change(event.currentTarget.value);
  return (
    <div class="field-row">
      <label class="field-name" for={id}>
        {field.name}
      </label>
      {multiline ? (
        <textarea
          {...common}
          rows={rows(text)}
          spellcheck={false}
          dir="auto"
          value={text}
          onInput={onInput}
        />
      ) : (
        <input
          {...common}
          type="text"
          dir="auto"
          inputMode={field.kind === "number" ? "decimal" : "text"}
          value={text}
          onInput={onInput}
        />
      )}
      {!read.ok && (
        <p class="invalid" id={`${id}-why`} role="alert">
          {say(read.problem, { why: read.why })}
        </p>
      )}
    </div>
  );
}

/** Where the form was asked for, the cursor goes into it; readers who have gone on to another field stay there. */
function focus(element: HTMLElement | null): void {
  const root = element?.getRootNode();
  const active = root instanceof ShadowRoot ? root.activeElement : null;
  if (active === null || active.matches("button")) element?.focus({ preventScroll: true });
}

const MOST_ROWS = 12;

function rows(text: string): number {
  return Math.min(MOST_ROWS, Math.max(2, text.split("\n").length));
}

function begin(args: Json, text: string): Draft {
  const fields = fieldsOf(args);
  if (fields.length > 0) return { fields, texts: {}, json: null };
  return { fields, texts: {}, json: args === null ? text : pretty(args) };
}

function readDraft({ fields, texts, json }: Draft): Read {
  if (json !== null) return readArguments(json);
  const read = fields.map(
    (field) => [field.name, readField(field, texts[field.name] ?? field.text)] as const,
  );
  const bad = read.find(([, one]) => !one.ok)?.[1];
  if (bad !== undefined) return bad;
  return {
    ok: true,
    value: Object.fromEntries(read.map(([name, one]) => [name, one.ok ? one.value : null])),
  };
}
