/** The question to a person, in the step that waits: what would run, with which arguments, and what they can say. */

import type { ComponentChild, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { isSame, type Read } from "../fields.ts";
import type { Decision } from "../protocol.ts";
import type { ToolPart } from "../transcript.ts";
import { Editor } from "./Editor.tsx";
import { Icon, Spinner } from "./icons.tsx";
import { isComposed } from "./keys.ts";
import { useSay } from "./panelWords.ts";
import { useView } from "./view.ts";

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
  const [editing, setEditing] = useState(false);
  /** What the form says; `null` while there is none. */
  const [written, setWritten] = useState<Read | null>(null);
  const deciding = store.deciding.value.get(part.id)?.decision;
  const editable = approval?.editable === true;
  const schema = store.details.of(part.id, "schema");
  useEffect(() => {
    if (editable && schema.peek() === null) store.details.ask(part.id, "schema");
  }, [editable, part.id, schema, store]);
  const leaveForm = () => {
    setEditing(false);
    setWritten(null);
  };
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
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc leaves the form, from wherever in the question.
    <div
      ref={place}
      class="ask"
      data-part="approval"
      aria-busy={deciding !== undefined}
      onKeyDown={(event) => {
        if (!editing || event.key !== "Escape" || isComposed(event)) return;
        event.stopPropagation();
        leaveForm();
      }}
    >
      <p class="question" id={id} dir="auto">
        {approval?.message ?? say("may_run")}
      </p>
      {editing && schema.value?.state !== "asked" ? (
        <Editor
          initial={step.arguments}
          text={step.arguments_text}
          schema={schema.value?.state === "here" ? schema.value.value : null}
          change={setWritten}
        />
      ) : (
        children
      )}
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
          {say(deciding === "approved" ? "approving" : written === null ? "approve" : "run_edited")}
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
        {editable && (
          <button
            type="button"
            class="button quiet"
            data-action="edit"
            disabled={deciding !== undefined}
            onClick={() => (editing ? leaveForm() : setEditing(true))}
          >
            <Icon name={editing ? "retry" : "pencil"} />
            {say(editing ? "cancel_edit" : "edit_arguments")}
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
