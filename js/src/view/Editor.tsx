/** A tool's arguments as a form, or as JSON, for a person to change before it runs. */

import type { JSX } from "preact";
import { useId, useLayoutEffect, useState } from "preact/hooks";
import {
  choicesOf,
  type Field,
  fieldsOf,
  isLeftOut,
  type Read,
  readArguments,
  readField,
  readFields,
  type Texts,
  textIn,
} from "../fields.ts";
import { isObject, pretty, summary } from "../format.ts";
import type { Json } from "../protocol.ts";
import { useSay } from "./panelWords.ts";

/** What is being written in place of the model's arguments. */
interface Draft {
  readonly fields: readonly Field[];
  readonly texts: Texts;
  /** All of it as one JSON text, where that is what is edited. */
  readonly json: string | null;
}

interface EditorProps {
  /** The model's arguments, and what it wrote where they are none. */
  readonly initial: Json;
  readonly text: string;
  /** JSON Schema of the arguments; `null` if it is not known. */
  readonly schema: Json;
  /** Told what the form says, from the beginning on. */
  readonly change: (written: Read) => void;
}

export function Editor({ initial, text, schema, change: tell }: EditorProps): JSX.Element {
  const say = useSay();
  const [draft, change] = useState(() => begin(initial, text, schema));
  const { fields, texts, json } = draft;
  const written = readDraft(draft);
  // Before anything can be pressed.
  useLayoutEffect(() => tell(readDraft(draft)), [draft, tell]);
  // As fields again only if there is an object to make them of.
  const other = written.ok ? written.value : null;
  const canSwitch = written.ok && (json === null || (isObject(other) && fieldsOf(other, schema).length > 0));
  const toggle = () =>
    change(
      json === null
        ? { ...draft, json: pretty(other) }
        : { fields: fieldsOf(other, schema), texts: {}, json: null },
    );
  return (
    <div class="editor" data-part="editor">
      {json === null ? (
        <FieldsView
          fields={fields}
          texts={texts}
          first
          needed
          change={(id, text) => change((now) => ({ ...now, texts: { ...now.texts, [id]: text } }))}
        />
      ) : (
        <JsonView text={json} read={written} change={(text) => change({ ...draft, json: text })} />
      )}
      {(fields.length > 0 || json !== null) && (
        <button type="button" class="text-button" data-action="json" disabled={!canSwitch} onClick={toggle}>
          {say(json === null ? "as_json" : "as_form")}
        </button>
      )}
    </div>
  );
}

interface FieldsProps {
  readonly fields: readonly Field[];
  readonly texts: Texts;
  /** Whether the first takes the cursor when it appears. */
  readonly first: boolean;
  /** Whether what is needed is needed: in a group that is left out, it is not. */
  readonly needed: boolean;
  readonly change: (id: string, text: string) => void;
}

function FieldsView({ fields, texts, first, needed, change }: FieldsProps): JSX.Element {
  return (
    <>
      {fields.map((field, at) =>
        field.kind === "group" ? (
          <fieldset key={field.id} class="field-group">
            <legend class="field-name">
              {field.name}
              {needed && field.rule.required && <Needed />}
            </legend>
            {field.rule.help !== "" && <p class="field-help">{field.rule.help}</p>}
            <FieldsView
              fields={field.fields}
              texts={texts}
              first={first && at === 0}
              needed={needed && !isLeftOut(field, texts)}
              change={change}
            />
          </fieldset>
        ) : (
          <FieldView
            key={field.id}
            field={field}
            text={textIn(texts, field)}
            first={first && at === 0}
            needed={needed}
            change={(text) => change(field.id, text)}
          />
        ),
      )}
    </>
  );
}

interface FieldProps extends Pick<FieldsProps, "first" | "needed"> {
  readonly field: Field;
  readonly text: string;
  readonly change: (text: string) => void;
}

function FieldView({ field, text, first, needed, change }: FieldProps): JSX.Element {
  const say = useSay();
  const id = useId();
  const { name, kind, rule } = field;
  const found = readField(field, text);
  const read = needed || text !== "" ? found : null;
  const wrong = read?.ok === false ? read : null;
  const described = [...(rule.help === "" ? [] : [`${id}-help`]), ...(wrong === null ? [] : [`${id}-why`])];
  const common: Common = {
    id,
    class: "field",
    "data-field": field.id,
    "aria-invalid": wrong !== null,
    "aria-required": needed && rule.required,
    "aria-describedby": described.join(" ") || undefined,
    ref: first ? focus : null,
  };
  return (
    <div class={kind === "boolean" ? "field-row check" : "field-row"}>
      <label class="field-name" for={id}>
        {name}
        {needed && rule.required && <Needed />}
      </label>
      <Control field={field} text={text} common={common} change={change} />
      {wrong !== null && (
        <p class="invalid" id={`${id}-why`} role="alert">
          {say(wrong.problem, wrong.values)}
        </p>
      )}
      {rule.help !== "" && (
        <p class="field-help" id={`${id}-help`} dir="auto">
          {rule.help}
        </p>
      )}
    </div>
  );
}

function Needed(): JSX.Element {
  return (
    <span class="needed" title={useSay()("is_needed")} aria-hidden="true">
      *
    </span>
  );
}

/** What every control has. */
interface Common {
  readonly id: string;
  readonly class: string;
  readonly "data-field": string;
  readonly "aria-invalid": boolean;
  readonly "aria-required": boolean;
  readonly "aria-describedby": string | undefined;
  readonly ref: ((element: HTMLElement | null) => void) | null;
}

interface ControlProps extends Pick<FieldProps, "field" | "text" | "change"> {
  readonly common: Common;
}

function Control({ field, text, common, change }: ControlProps): JSX.Element {
  const say = useSay();
  const { kind, rule, value } = field;
  const onInput = (event: { readonly currentTarget: { readonly value: string } }) =>
    change(event.currentTarget.value);
  const left = rule.preset === undefined ? "" : say("default", { value: summary(rule.preset, 60) });
  switch (kind) {
    case "boolean":
      return (
        <input
          {...common}
          class=""
          type="checkbox"
          checked={text === "true"}
          onChange={(event) => change(String(event.currentTarget.checked))}
        />
      );
    case "choice":
      return (
        <select {...common} value={text} onChange={onInput}>
          {(value === undefined || !rule.required) && <option value="">{left || say("not_given")}</option>}
          {choicesOf(field).map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {String(choice)}
            </option>
          ))}
        </select>
      );
    case "text":
    case "json":
      return (
        <textarea
          {...common}
          rows={rows(text)}
          spellcheck={false}
          dir="auto"
          placeholder={left}
          value={text}
          onInput={onInput}
        />
      );
    default:
      return (
        <input
          {...common}
          type="text"
          dir="auto"
          inputMode={kind === "number" ? "decimal" : "text"}
          placeholder={left}
          value={text}
          onInput={onInput}
        />
      );
  }
}

interface JsonProps {
  readonly text: string;
  readonly read: Read;
  readonly change: (text: string) => void;
}

function JsonView({ text, read, change }: JsonProps): JSX.Element {
  const say = useSay();
  const id = useId();
  return (
    <div class="field-row">
      <label class="field-name" for={id}>
        {say("arguments")}
      </label>
      <textarea
        id={id}
        class="field"
        data-field={say("arguments")}
        aria-invalid={!read.ok}
        aria-describedby={read.ok ? undefined : `${id}-why`}
        ref={focus}
        rows={rows(text)}
        spellcheck={false}
        dir="auto"
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
      />
      {!read.ok && (
        <p class="invalid" id={`${id}-why`} role="alert">
          {say(read.problem, read.values)}
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

function begin(args: Json, text: string, schema: Json): Draft {
  const fields = fieldsOf(args, schema);
  if (fields.length > 0) return { fields, texts: {}, json: null };
  return { fields, texts: {}, json: args === null ? text : pretty(args) };
}

function readDraft({ fields, texts, json }: Draft): Read {
  return json === null ? readFields(fields, texts) : readArguments(json);
}
