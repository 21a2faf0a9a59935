/** Where the reader writes; below it all, with what waits to be sent above it. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { queuedRuns } from "../select.ts";
import type { Pending } from "../store.ts";
import type { Run } from "../transcript.ts";
import { Icon, Spinner } from "./icons.tsx";
import { isComposed } from "./keys.ts";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

/** Characters of a prompt that the kernel takes: `MAX_PROMPT` of `wire.py`. */
const LONGEST = 1_000_000;

function isLong(draft: string): boolean {
  return draft.trim().length > LONGEST;
}

/** Why what is being written cannot be sent. */
export function TooLong(): JSX.Element | null {
  const say = useSay();
  if (!isLong(useView().draft.value)) return null;
  return (
    <p class="invalid" role="alert">
      {say("prompt_too_long", { most: LONGEST })}
    </p>
  );
}

export function Composer(): JSX.Element {
  const say = useSay();
  const view = useView();
  const { store } = view;
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = view.draft.value;
  const running = store.running.value;
  const stopping = running !== null && store.leaving.value.has(running.id);
  const prompt = draft.trim();
  const empty = prompt === "";
  const long = isLong(draft);
  useGrowth(field, draft);
  const wanted = view.focusComposer.value;
  useEffect(() => {
    if (wanted > 0) field.current?.focus({ preventScroll: true });
  }, [wanted]);
  const send = () => {
    if (empty || long) return;
    view.draft.value = "";
    view.send(prompt);
  };
  const name = store.agent_name.value;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        data-part="composer"
        rows={1}
        dir="auto"
        aria-label={say("message")}
        placeholder={
          running === null
            ? say("message_to", { name: name === "" ? say("the_agent") : name })
            : say("queue_message")
        }
        value={draft}
        onInput={(event) => {
          view.draft.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || isComposed(event)) return;
          event.preventDefault();
          send();
        }}
      />
      {running !== null && (
        <button
          type="button"
          class="round stop"
          data-action="stop"
          disabled={stopping}
          aria-label={say(stopping ? "stopping" : "stop")}
          title={say(stopping ? "stopping" : "stop")}
          onClick={() => {
            store.stop();
            field.current?.focus({ preventScroll: true });
          }}
        >
          {stopping ? <Spinner /> : <Icon name="stop" />}
        </button>
      )}
      {(running === null || !empty) && (
        <button
          type="submit"
          class="round send"
          data-action="send"
          disabled={empty || long}
          aria-label={say(running === null ? "send" : "queue")}
          title={say(running === null ? "send_hint" : "queue_hint")}
        >
          <Icon name="arrow-up" />
        </button>
      )}
    </form>
  );
}

/** Makes the field as high as its text. */
function useGrowth(field: { readonly current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    if (element.scrollHeight > 0) element.style.height = `${element.scrollHeight}px`;
  }, [text]);
}

export function Queue(): JSX.Element | null {
  const say = useSay();
  const { store } = useView();
  const queued = queuedRuns(store.transcript.value);
  const pending =
    store.running.value === null ? [] : store.pending.value.filter((item) => item.sent !== null);
  if (queued.length + pending.length === 0) return null;
  return (
    <section class="queue" aria-label={say("queued_prompts")}>
      {queued.map((run) => (
        <Queued key={run.id} run={run} />
      ))}
      {pending.map((item) => (
        <div key={item.client_id} class="queued" data-part="queued" data-pending>
          <span class="queued-text" data-part="user">
            {item.text}
          </span>
          <Spinner />
        </div>
      ))}
    </section>
  );
}

function Queued({ run }: { readonly run: Run }): JSX.Element {
  const say = useSay();
  const { store } = useView();
  const leaving = store.leaving.value.has(run.id);
  return (
    <div
      class="queued"
      data-part="run"
      data-run={run.id}
      data-status="queued"
      data-leaving={leaving || undefined}
    >
      <Icon name="clock" />
      <span class="queued-text" data-part="user" dir="auto">
        {run.prompt}
      </span>
      <button
        type="button"
        class="ghost"
        data-action="drop"
        disabled={leaving}
        aria-label={say("unqueue")}
        title={say("unqueue")}
        onClick={() => store.drop(run)}
      >
        <Icon name="x" />
      </button>
    </div>
  );
}

/** A prompt that the reader has just sent: it is there at once, whatever the kernel is doing. */
export function PendingPrompt({ item }: { readonly item: Pending }): JSX.Element {
  const say = useSay();
  const view = useView();
  const { store } = view;
  return (
    <section class="run" data-part="pending">
      <div class={item.sent === null ? "prompt unsent" : "prompt sending"} data-anchor>
        <div class="bubble" data-part="user" dir="auto">
          {item.text}
        </div>
        {item.sent === null ? (
          <p class="prompt-note" role="alert">
            {say("no_kernel")}
            <button type="button" class="text-button" data-action="retry" onClick={() => store.retry(item)}>
              <Icon name="retry" />
              {say("retry")}
            </button>
            <button
              type="button"
              class="text-button"
              data-action="edit"
              onClick={() => {
                store.forget(item);
                view.edit(item.text);
              }}
            >
              <Icon name="pencil" />
              {say("edit")}
            </button>
          </p>
        ) : (
          <p class="prompt-note late">
            <Spinner />
            {say("sending")}
          </p>
        )}
      </div>
    </section>
  );
}
