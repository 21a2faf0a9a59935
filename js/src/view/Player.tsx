/** The controls of a recording: what it is at, and how to get elsewhere in it. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Label } from "../labels.ts";
import type { Control, Mark, Playback } from "../protocol.ts";
import { Icon } from "./icons.tsx";
import type { Shortcut } from "./keys.ts";
import { useSay } from "./panelWords.ts";
import { useView, type View } from "./view.ts";

const SPEEDS = [0.5, 1, 2, 4];
/** Milliseconds after which an answer to a seek is not waited for any more. */
const PATIENCE = 500;
/** Seconds: a mark at this place counts as behind. */
const NEAR = 0.01;

/** Lucide's, of which the page has no other use. Filled ones are drawn so. */
const PATHS = {
  play: ["M6 4.5v15a1 1 0 0 0 1.5.87l12.5-7.5a1 1 0 0 0 0-1.74L7.5 3.63A1 1 0 0 0 6 4.5Z"],
  pause: ["M7 4h2.5v16H7z", "M14.5 4H17v16h-2.5z"],
  previous_turn: ["M19 20 9 12l10-8z", "M5 19V5"],
  next_turn: ["m5 4 10 8-10 8z", "M19 5v14"],
  next_event: ["M3 5v14", "M21 12H7", "m15 18 6-6-6-6"],
  end: ["m13 18 6-6-6-6", "m5 18 6-6-6-6"],
} as const;

const control =
  (action: Control["action"], value: number | null = null) =>
  (view: View) =>
    view.store.control(action, value);

function toggle({ store }: View): void {
  store.control(store.playback.peek()?.playing ? "pause" : "play");
}

const isPressed = (focused: Element) =>
  focused.closest('a, button, summary, input:not([type="range"])') !== null;
/** What the keyboard scrolls, but for the conversation itself. */
const scrolls = (focused: Element) => focused.matches('[tabindex="0"]:not(.scroller)');
const isMoved = (focused: Element) =>
  focused.closest('[type="radio"]') !== null ||
  (scrolls(focused) && focused.scrollWidth > focused.clientWidth);
const isScrolled = (focused: Element) => scrolls(focused) && focused.scrollHeight > focused.clientHeight;

const KEYS: readonly Shortcut[] = [
  { keys: [" "], label: "play_pause", leaves: isPressed, run: toggle },
  { keys: ["ArrowRight"], label: "key_next", leaves: isMoved, run: control("next_turn") },
  { keys: ["ArrowLeft"], label: "key_previous", leaves: isMoved, run: control("previous_turn") },
  { keys: ["."], label: "next_result", run: control("next_event") },
  { keys: ["Home"], label: "to_start", leaves: isScrolled, run: control("seek", 0) },
  { keys: ["End"], label: "to_end", leaves: isScrolled, run: control("end") },
];

export function Player(): JSX.Element | null {
  const say = useSay();
  const view = useView();
  const { store, shortcuts } = view;
  const bar = useRef<HTMLElement>(null);
  const playback = store.playback.value;
  const playing = playback?.playing ?? false;
  useLayoutEffect(() => {
    shortcuts.value = KEYS;
    return () => {
      shortcuts.value = [];
    };
  }, [shortcuts]);
  useEffect(() => {
    // What moves while something is under way stands still with it.
    bar.current?.closest<HTMLElement>('[data-part="root"]')?.toggleAttribute("data-paused", !playing);
  }, [playing]);
  if (playback === null) return null;
  return (
    <section ref={bar} class="player" data-part="player" data-playing={playing} aria-label={say("recording")}>
      <div class="player-keys">
        <Key action="restart" label="restart">
          <Icon name="retry" />
        </Key>
        <Key action="previous_turn" label="key_previous" hint="←">
          <Glyph name="previous_turn" />
        </Key>
        <button
          type="button"
          class="ghost"
          data-action={playing ? "pause" : "play"}
          aria-label={say(playing ? "pause" : "play")}
          title={`${say(playing ? "pause" : "play")} (Space)`}
          onClick={() => toggle(view)}
        >
          <Glyph name={playing ? "pause" : "play"} />
        </button>
        <Key action="next_turn" label="key_next" hint="→">
          <Glyph name="next_turn" />
        </Key>
        <Key action="next_event" label="next_result" hint=".">
          <Glyph name="next_event" />
        </Key>
        <Key action="end" label="to_end" hint="End">
          <Glyph name="end" />
        </Key>
      </div>
      <Scrubber playback={playback} />
      <Speed speed={playback.speed} />
    </section>
  );
}

interface KeyProps {
  readonly action: Control["action"];
  readonly label: Label;
  readonly hint?: string;
  readonly children: JSX.Element;
}

function Key({ action, label, hint, children }: KeyProps): JSX.Element {
  const say = useSay();
  const view = useView();
  return (
    <button
      type="button"
      class="ghost"
      data-action={action.replace("_", "-")}
      aria-label={say(label)}
      title={hint === undefined ? say(label) : `${say(label)} (${hint})`}
      onClick={() => control(action)(view)}
    >
      {children}
    </button>
  );
}

function Glyph({ name }: { readonly name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class={`icon glyph-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      {PATHS[name].map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}

function Speed({ speed }: { readonly speed: number | null }): JSX.Element {
  const say = useSay();
  const { store } = useView();
  const shown = speed === null || SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed].sort((a, b) => a - b);
  return (
    <select
      class="player-speed"
      data-action="speed"
      aria-label={say("speed")}
      title={say("speed")}
      value={speed ?? "instant"}
      onChange={({ currentTarget: { value } }) =>
        store.control("speed", value === "instant" ? null : Number(value))
      }
    >
      {shown.map((one) => (
        <option key={one} value={one}>
          {one}×
        </option>
      ))}
      <option value="instant">{say("instant")}</option>
    </select>
  );
}

/** The recording from its beginning to its end, with a mark where each turn is over. */
function Scrubber({ playback }: { readonly playback: Playback }): JSX.Element {
  const say = useSay();
  const { clock } = useView().store;
  const { length, marks, playing, position } = playback;
  const [drag, seek, drop] = useSeek(playback);
  useTicking(playing && drag === null);
  const at = drag ?? clock.position();
  const part = (seconds: number) => `${(100 * seconds) / length}%`;
  const place = (seconds: number) => {
    const time = say("place", { time: stamp(seconds), total: stamp(length) });
    const turn = turnAt(marks, seconds);
    return turn === null ? time : `${time}, ${turn.prompt}, ${say("turn", { number: turn.number })}`;
  };
  return (
    <>
      <div class="scrubber" style={{ "--at": part(at) }}>
        <div class="scrubber-track" aria-hidden="true">
          {marks.map(({ at: moment, kind }) => (
            <i key={`${moment} ${kind}`} data-mark={kind} style={{ insetInlineStart: part(moment) }} />
          ))}
        </div>
        <input
          type="range"
          data-part="scrubber"
          min={0}
          max={length}
          step="any"
          value={at}
          aria-label={say("recording")}
          aria-valuetext={place(at)}
          onInput={({ currentTarget }) => seek(currentTarget.valueAsNumber)}
          onChange={drop}
        />
      </div>
      <span class="player-time" aria-hidden="true">
        {stamp(at)} <span>/ {stamp(length)}</span>
      </span>
      <span class="sr" role="status">
        {playing || drag !== null ? "" : place(position)}
      </span>
    </>
  );
}

interface Asking {
  /** Where the reader has dragged to since the last question. */
  wanted: number | null;
  /** When that was asked, as `performance.now` counts; 0 once it is answered. */
  asked: number;
  /** Whether they still drag. */
  held: boolean;
}

/** Where the reader drags to, while they do; how to drag there; and how to let go. One question at a time is asked. */
function useSeek(playback: Playback): readonly [number | null, (to: number) => void, () => void] {
  const view = useView();
  const [drag, setDrag] = useState<number | null>(null);
  const state = useRef<Asking>({ wanted: null, asked: 0, held: false });
  const ask = () => {
    const { wanted } = state.current;
    if (wanted === null) return;
    state.current = { ...state.current, wanted: null, asked: performance.now() };
    control("seek", wanted)(view);
  };
  useEffect(() => {
    state.current.asked = 0;
    if (state.current.wanted !== null) ask();
    else if (!state.current.held) setDrag(null);
  }, [playback]);
  const seek = (to: number) => {
    setDrag(to);
    state.current.wanted = to;
    state.current.held = true;
    if (performance.now() - state.current.asked > PATIENCE) ask();
  };
  const drop = () => {
    state.current.held = false;
    // The last question may be answered already.
    if (state.current.wanted === null && state.current.asked === 0) setDrag(null);
  };
  return [drag, seek, drop];
}

/** Draws again with each frame, while it is on. */
function useTicking(on: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!on) return;
    let frame = requestAnimationFrame(function draw(now) {
      tick(now);
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [on]);
}

/** The turn that was over last, and what was asked; `null` before the first prompt. */
function turnAt(marks: readonly Mark[], position: number): { prompt: string; number: string } | null {
  const behind = marks.filter(({ at }) => at <= position + NEAR);
  const prompt = behind.findLast(({ kind }) => kind === "prompt");
  if (position === 0 || prompt === undefined) return null;
  const turns = behind.slice(behind.indexOf(prompt)).filter(({ kind }) => kind === "turn");
  return { prompt: prompt.label.slice(0, 80), number: turns.at(-1)?.label ?? "1" };
}

/** `0:07`, `12:30`. */
function stamp(seconds: number): string {
  const whole = Math.floor(seconds + NEAR);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
