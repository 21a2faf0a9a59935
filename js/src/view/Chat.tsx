/** The whole widget: header, transcript, composer. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Link } from "../connection.ts";
import { Composer, PendingPrompt, Queue } from "./Composer.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { RunSection } from "./Run.tsx";
import { useView } from "./view.ts";

export function Chat(): JSX.Element {
  const { store } = useView();
  const height = store.height.value;
  return (
    <div
      class="chat"
      data-part="root"
      data-connected={store.link.value === "connected"}
      data-link={store.link.value}
      data-seq={store.seq.value}
      data-running={store.running.value !== null}
      data-sized={height === "" ? undefined : ""}
      style={height === "" ? undefined : { height }}
    >
      <Header />
      <Thread />
      <div class="dock">
        <Queue />
        <LinkLine link={store.link.value} />
        <Composer />
      </div>
      <div class="sr" aria-live="polite">
        {store.announced.value}
      </div>
    </div>
  );
}

function Header(): JSX.Element {
  const { store } = useView();
  const title = store.title.value;
  const name = store.agent_name.value;
  return (
    <header class="bar">
      <div class="bar-title">
        <span class="bar-name">{title || name || "Chat"}</span>
        {title !== "" && name !== "" && <span class="bar-agent">{name}</span>}
      </div>
      <button
        type="button"
        role="switch"
        class="switch"
        data-action="final-only"
        aria-checked={store.final_only.value}
        title="Show each answer's final turn only"
        onClick={() => store.setFinalOnly(!store.final_only.peek())}
      >
        <span>Final only</span>
        <i />
      </button>
    </header>
  );
}

function Thread(): JSX.Element {
  const view = useView();
  const { store, scroller } = view;
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const finalOnly = store.final_only.value;
  useKeptPlace(finalOnly);
  useEffect(() => {
    if (frame.current === null || content.current === null) return;
    return scroller.attach(frame.current, content.current);
  }, [scroller]);
  const runs = store.transcript.value.runs.value;
  const pending =
    store.running.value === null
      ? store.pending.value
      : store.pending.value.filter((item) => item.sent === null);
  return (
    <div class="stage">
      <div ref={frame} class="scroller" role="log" aria-live="off" aria-label="Conversation" tabIndex={0}>
        <div ref={content} class="thread">
          {runs
            .filter((run) => run.facts.value.status !== "queued")
            .map((run) => (
              <RunSection key={run.id} run={run} finalOnly={finalOnly} />
            ))}
          {pending.map((item) => (
            <PendingPrompt key={item.client_id} item={item} />
          ))}
          {runs.length === 0 && store.pending.value.length === 0 && <Empty />}
        </div>
      </div>
      <button
        type="button"
        class="latest"
        data-action="latest"
        hidden={scroller.following.value}
        onClick={() => scroller.follow()}
      >
        <Icon name="arrow-down" />
        Jump to latest
      </button>
    </div>
  );
}

/** When `mode` changes, what the reader looks at stays where it is. */
function useKeptPlace(mode: boolean): void {
  const { scroller } = useView();
  const shown = useRef(mode);
  const restore = useRef<(() => void) | null>(null);
  if (shown.current !== mode) {
    // While this renders, the page still shows what it showed.
    shown.current = mode;
    restore.current = scroller.keep();
  }
  useLayoutEffect(() => {
    restore.current?.();
    restore.current = null;
  });
}

function Empty(): JSX.Element {
  const view = useView();
  const { store } = view;
  const name = store.agent_name.value;
  if (store.link.value === "connecting") return <p class="connecting">Connecting to the kernel</p>;
  return (
    <div class="empty">
      <p class="empty-title">{name === "" ? "Start a conversation" : `Ask ${name}`}</p>
      <p class="empty-hint">Every turn of the agent is shown as it happens.</p>
      {store.suggestions.value.length > 0 && (
        <ul class="suggestions">
          {store.suggestions.value.map((text) => (
            <li key={text}>
              <button type="button" data-action="suggestion" onClick={() => view.send(text)}>
                {text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const LINK_LINES: Readonly<Record<Link, { readonly icon: IconName; readonly text: string } | null>> = {
  connecting: null,
  connected: null,
  waiting: { icon: "clock", text: "Waiting for the kernel. It may be busy with a cell." },
  gone: { icon: "unplugged", text: "Not connected to a kernel. Run the cell again to go on." },
};

function LinkLine({ link }: { readonly link: Link }): JSX.Element | null {
  const line = LINK_LINES[link];
  if (line === null) return null;
  return (
    <p class="link-line" data-part="link" data-link={link} role="status">
      <Icon name={line.icon} />
      {line.text}
    </p>
  );
}
