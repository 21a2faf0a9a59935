/** The whole widget: header, transcript, composer. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { ENGLISH, type Label } from "../labels.ts";
import { isAsking, tools } from "../select.ts";
import type { Store } from "../store.ts";
import { Composer, PendingPrompt, Queue, TooLong } from "./Composer.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { onKey } from "./keys.ts";
import { WithPanels } from "./panels.tsx";
import { RunSection } from "./Run.tsx";
import { Header } from "./Settings.tsx";
import { useView } from "./view.ts";
import { useSay, WordsContext } from "./words.ts";

export function Chat(): JSX.Element {
  const view = useView();
  const { store } = view;
  const height = store.height.value;
  const recorded = store.playback.value !== null;
  useEffect(() => {
    if (recorded) store.control("appear");
  }, [store, recorded]);
  // Where the words are the default ones, nobody knows in which language the conversation is.
  const language = store.say.value("language");
  return (
    <WordsContext.Provider value={store.say.value}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: shortcuts for all of it; each has a control of its own. */}
      <div
        class="chat"
        data-part="root"
        data-connected={store.link.value === "connected"}
        data-link={store.link.value}
        data-seq={store.seq.value}
        data-running={store.running.value !== null}
        data-sized={height === "" ? undefined : ""}
        style={height === "" ? undefined : { height }}
        lang={language === ENGLISH.language ? undefined : language}
        onKeyDown={(event) => onKey(event, view)}
      >
        <Header />
        <Thread />
        <div class="dock">
          {recorded && <WithPanels instead={null}>{({ Player }) => <Player />}</WithPanels>}
          <Queue />
          <KernelLine />
          <Asking />
          <TooLong />
          <Composer />
        </div>
        <Wanted />
        <Announcer />
      </div>
    </WordsContext.Provider>
  );
}

/** The panel of keys, while the reader wants it. */
function Wanted(): JSX.Element | null {
  if (!useView().help.value) return null;
  return <WithPanels instead={null}>{({ Help }) => <Help />}</WithPanels>;
}

/** What a screen reader is told: lines are added, so that each is read once and whole. */
function Announcer(): JSX.Element {
  const { store } = useView();
  return (
    <div class="sr" data-part="announcer" role="status" aria-live="polite" aria-atomic="false">
      {store.announced.value.map(({ id, text }) => (
        <div key={id}>{text}</div>
      ))}
    </div>
  );
}

/** That a step waits for the reader, where they cannot see it. */
function Asking(): JSX.Element | null {
  const say = useSay();
  const view = useView();
  const turn = view.store.running.value?.turns.value.find(isAsking);
  const part = turn && tools(turn).find(({ step }) => step.value.state === "approval");
  if (turn === undefined || part === undefined || view.questions.value.has(part.id)) return null;
  return (
    <button type="button" class="asking" data-action="go-to-approval" onClick={() => view.goTo(turn)}>
      <Icon name="pause" />
      <span>{say("waits_for_you")}</span>
      <code>{part.step.value.name}</code>
      <Icon name="arrow-up" />
    </button>
  );
}

/** Runs that are made at once, so that the first sight of a chat is whole. */
const LATE = 3;

function Thread(): JSX.Element {
  const say = useSay();
  const view = useView();
  const { store, scroller } = view;
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const finalOnly = store.final_only.value;
  useKeptPlace(`${finalOnly} ${store.steps.value} ${store.reasoning.value}`);
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
      <div
        ref={frame}
        class="scroller"
        role="log"
        aria-live="off"
        aria-label={say("conversation")}
        tabIndex={0}
      >
        <div ref={content} class="thread">
          {runs
            .filter((run) => run.facts.value.status !== "queued")
            .map((run, at, shown) => (
              <RunSection key={run.id} run={run} finalOnly={finalOnly} late={at >= shown.length - LATE} />
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
        hidden={!scroller.behind.value}
        onClick={() => scroller.follow()}
      >
        <Icon name="arrow-down" />
        <span>{say("latest")}</span>
      </button>
    </div>
  );
}

/** When `mode` changes, what the reader looks at stays where it is. */
function useKeptPlace(mode: string): void {
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
  const say = useSay();
  const view = useView();
  const { store } = view;
  const name = store.agent_name.value;
  if (store.link.value === "connecting") return <p class="connecting">{say("connecting")}</p>;
  return (
    <div class="empty">
      <p class="empty-title">{name === "" ? say("start") : say("ask", { name })}</p>
      <p class="empty-hint">{say("start_hint")}</p>
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

const KERNEL_LINES: Readonly<
  Record<Store["kernel"]["value"], { readonly icon: IconName; readonly text: Label } | null>
> = {
  connecting: null,
  connected: null,
  held: { icon: "clock", text: "kernel_held" },
  waiting: { icon: "clock", text: "kernel_waiting" },
  gone: { icon: "unplugged", text: "kernel_gone" },
};

/** What is not as it should be between page and kernel, and what the reader can do. */
function KernelLine(): JSX.Element | null {
  const say = useSay();
  const { store } = useView();
  const kernel = store.kernel.value;
  const line = KERNEL_LINES[kernel];
  if (line === null) return null;
  const { interrupt } = store;
  return (
    <p class="link-line" data-part="link" data-link={kernel} role="status">
      <Icon name={line.icon} />
      <span>
        {say(line.text)}
        {kernel !== "gone" && interrupt === null && ` ${say("interrupt_elsewhere")}`}
      </span>
      {kernel !== "gone" && interrupt !== null && (
        <button
          type="button"
          class="text-button"
          data-action="interrupt"
          title={say("interrupt_hint")}
          onClick={interrupt}
        >
          <Icon name="stop" />
          {say("interrupt")}
        </button>
      )}
    </p>
  );
}
