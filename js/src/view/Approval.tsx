/** The question to a person, in the step that waits: what would run, with which arguments, and what they can say. */

import type { ComponentChild, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type Field, fieldsOf, isSame, type Read, readArguments, readField } from "../fields.ts";
import { isObject, pretty } from "../format.ts";
import type { Decision, Json } from "../protocol.ts";
import type { ToolPart } from "../transcript.ts";
import { Icon, Spinner } from "./icons.tsx";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

/** What is being written in place of the model's arguments. */
interface Draft {
  readonly fields: readonly Field[];
  readonly texts: Readonly<Record<string, string>>;
  /** All of it as one JSON text, where that is what is edited. */
  readonly json: string | null;
}

interface AskProps {
  readonly part: ToolPart;
  /** The arguments, as the model wrote them. */
  readonly children: ComponentChild;
}

export function Ask({ part, children }: AskProps): JSX.Element {
  const say = useSay();
  const { store } = useView();
  const id = useId();
  const step = part.step.value;
  const { approval, name } = step;
  const [note, setNote] = useState("");
  const [always, setAlways] = useState(false);
  const [draft, setDraft] = useState<Draft | null>(null);
  const deciding = store.deciding.value.get(part.id);
  const written = draft === null ? null : readDraft(draft);
  const decide = (decision: Decision, button: Element) => {
    const edited = decision === "approved" && written?.ok === true ? written.value : null;
    const sent = store.decide(part, {
      decision,
      reason: note.trim() === "" ? null : note.trim(),
      arguments: isSame(edited, step.arguments) ? null : edited,
      always: always && decision === "approved",
    });
    // The button goes; whoever pressed it by the keyboard stays near.
    if (sent) button.closest<HTMLElement>('[data-part="turn"]')?.focus({ preventScroll: true });
  };
  const place = useRef<HTMLDivElement>(null);
  useInSight(part.id, place);
  return (
    <div ref={place} class="ask" data-part="approval" aria-busy={deciding !== undefined}>
      <p class="question" id={id} dir="auto">
        {approval?.message ?? say("may_run")}
      </p>
      {draft === null ? children : <Editor draft={draft} change={setDraft} />}
      <input
        class="field"
        data-part="note"
        type="text"
        dir="auto"
        aria-label={say("note")}
        placeholder={say("note")}
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has a border and a legend of its own. */}
      <div class="verdict" role="group" aria-labelledby={id}>
        <button
          type="button"
          class="button primary"
          data-action="approve"
          disabled={deciding !== undefined || written?.ok === false}
          onClick={(event) => decide("approved", event.currentTarget)}
        >
          {deciding === "approved" ? <Spinner /> : <Icon name="check" />}
          {say(deciding === "approved" ? "approving" : draft === null ? "approve" : "run_edited")}
        </button>
        <button
          type="button"
          class="button"
          data-action="deny"
          disabled={deciding !== undefined}
          onClick={(event) => decide("denied", event.currentTarget)}
        >
          {deciding === "denied" ? <Spinner /> : <Icon name="x" />}
          {say(deciding === "denied" ? "denying" : "deny")}
        </button>
        {approval?.editable === true && (
          <button
            type="button"
            class="button quiet"
            data-action="edit"
            disabled={deciding !== undefined}
            onClick={() => setDraft(draft === null ? begin(step.arguments, step.arguments_text) : null)}
          >
            <Icon name={draft === null ? "pencil" : "retry"} />
            {say(draft === null ? "edit_arguments" : "cancel_edit")}
          </button>
        )}
        <label class="always" title={say("always_hint")}>
          <input
            type="checkbox"
            data-action="always"
            checked={always}
            onChange={(event) => setAlways(event.currentTarget.checked)}
          />
          <span>{say("always", { name })}</span>
        </label>
      </div>
    </div>
  );
}

/** Tells the view whether the question is in sight. */
function useInSight(id: string, place: { readonly current: Element | null }): void {
  const { questions } = useView();
  useEffect(() => {
    const without = () => [...questions.peek()].filter((other) => other !== id);
    const observer = new IntersectionObserver((entries) => {
      const seen = entries.at(-1)?.isIntersecting === true;
      questions.value = new Set(seen ? [...without(), id] : without());
    });
    if (place.current !== null) observer.observe(place.current);
    return () => {
      observer.disconnect();
      questions.value = new Set(without());
    };
  }, [id, place, questions]);
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

interface EditorProps {
  readonly draft: Draft;
  readonly change: (draft: Draft | null) => void;
}

function Editor({ draft, change }: EditorProps): JSX.Element {
  const say = useSay();
  const { fields, texts, json } = draft;
  const written = readDraft(draft);
  // As fields again only if there is an object to make them of.
  const other = written.ok ? written.value : null;
  const canSwitch = written.ok && (json === null || (isObject(other) && fieldsOf(other).length > 0));
  const toggle = () =>
    change(
      json === null ? { ...draft, json: pretty(other) } : { fields: fieldsOf(other), texts: {}, json: null },
    );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc leaves the form, from whichever of its fields.
    <div
      class="editor"
      data-part="editor"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation();
        change(null);
      }}
    >
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

function focus(element: HTMLElement | null): void {
  element?.focus({ preventScroll: true });
}

const MOST_ROWS = 12;

function rows(text: string): number {
  return Math.min(MOST_ROWS, Math.max(2, text.split("\n").length));
}
