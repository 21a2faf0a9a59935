/** The controls of a recording: what they send, what they say, and that they never come between a writer and the text. */

import axe from "axe-core";
import { afterEach, describe, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import type { Op, Playback } from "../../src/protocol.ts";
import { Chat } from "../../src/view/Chat.tsx";
import { addRun, openTurn } from "../ops.ts";
import { type Mounted, mounted, until } from "./mounted.tsx";

const PLAYBACK: Playback = {
  kind: "playback",
  position: 3,
  length: 8,
  playing: false,
  speed: 1,
  origin: 0,
  marks: [
    { at: 0, kind: "prompt", label: "<b>one</b>" },
    { at: 0.8, kind: "failure", label: "weather" },
    { at: 1, kind: "turn", label: "1" },
    { at: 1.4, kind: "result", label: "weather" },
    { at: 2, kind: "turn", label: "2" },
    { at: 3, kind: "prompt", label: "two" },
    { at: 5, kind: "turn", label: "1" },
  ],
};

function open(playback: Partial<Playback> = {}, scheme: "light" | "dark" = "light"): Mounted {
  const chat = mounted(<Chat />, { scheme });
  chat.tell({ kind: "frame", seq: 1, ops: [] });
  chat.tell({ ...PLAYBACK, ...playback });
  return chat;
}

const find = <T extends HTMLElement>({ root }: Mounted, selector: string): T => {
  const found = root.querySelector<T>(selector);
  if (found === null) throw new Error(`nothing is ${selector}`);
  return found;
};
const said = ({ sent }: Mounted) =>
  sent.filter((message) => (message as { kind: string }).kind === "control");
/** What the reader did. */
const controls = (chat: Mounted) =>
  said(chat).filter((message) => (message as { action: string }).action !== "appear");
const sends = (action: string, value: number | null = null) => ({ kind: "control", action, value });

afterEach(() => document.body.replaceChildren());

test("a chat without a recording has none", async () => {
  const chat = mounted(<Chat />);
  chat.tell({ kind: "frame", seq: 1, ops: [] });
  await until(() => chat.root.querySelector('[data-part="root"]'));
  expect(chat.root.querySelector('[data-part="player"]')).toBeNull();
});

test("a recording that comes into a view says so, once", async () => {
  const chat = open();
  chat.tell({ ...PLAYBACK, position: 1 });
  await until(() => chat.root.querySelector('[data-part="player"]'));
  await expect.poll(() => said(chat)).toEqual([sends("appear")]);
});

describe("a button sends", () => {
  for (const action of ["restart", "previous_turn", "play", "next_turn", "next_event", "end"])
    test(action, async () => {
      const chat = open();
      await until(() => chat.root.querySelector('[data-part="player"]'));
      find(chat, `[data-action="${action.replace("_", "-")}"]`).click();
      expect(controls(chat)).toEqual([sends(action)]);
    });

  test("pause, while it plays", async () => {
    const chat = open({ playing: true });
    await until(() => chat.root.querySelector('[data-action="pause"]'));
    find(chat, '[data-action="pause"]').click();
    expect(controls(chat)).toEqual([sends("pause")]);
  });

  test("the speed that was chosen", async () => {
    const chat = open({ speed: 3 });
    await until(() => chat.root.querySelector('[data-action="speed"]'));
    const speed = find<HTMLSelectElement>(chat, '[data-action="speed"]');
    expect(speed.value).toBe("3");
    for (const value of ["2", "instant"]) {
      speed.value = value;
      speed.dispatchEvent(new Event("change", { bubbles: true }));
    }
    expect(controls(chat)).toEqual([sends("speed", 2), sends("speed", null)]);
  });
});

const KEYS: readonly (readonly [string, ReturnType<typeof sends>])[] = [
  [" ", sends("play")],
  ["ArrowRight", sends("next_turn")],
  ["ArrowLeft", sends("previous_turn")],
  [".", sends("next_event")],
  ["Home", sends("seek", 0)],
  ["End", sends("end")],
];

describe("a key sends", () => {
  for (const [key, message] of KEYS)
    test(`${message.action}, from the conversation and from the scrubber, not from the composer`, async () => {
      const chat = open();
      await until(() => chat.root.querySelector('[data-part="player"]'));
      const press = (selector: string) =>
        find(chat, selector).dispatchEvent(
          new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true }),
        );
      expect(press('[data-part="composer"]'), "the composer keeps it").toBe(true);
      expect(controls(chat)).toEqual([]);
      expect(press(".scroller")).toBe(false);
      expect(controls(chat)).toEqual([message]);
      expect(press('[data-part="scrubber"]')).toBe(false);
      expect(controls(chat).length).toBe(2);
      if (key === " ") return; // presses a button that has the focus
      expect(press('[data-action="next-turn"]')).toBe(false);
      expect(controls(chat).length).toBe(3);
    });

  const code = (text: string): readonly Op[] => [
    addRun(),
    { op: "start_run", run: "r", time: 0 },
    openTurn(),
    { op: "open_part", turn: "t", part: "p", kind: "text", time: 0 },
    { op: "append", part: "p", text: `\`\`\`\n${text}\n\`\`\`` },
  ];
  for (const [what, text, kept] of [
    ["code that is wide", "x".repeat(2_000), ["ArrowRight", "ArrowLeft"]],
    ["code that is not", "x", []],
  ] as const)
    test(`nothing that ${what} needs to be scrolled`, async () => {
      const chat = open();
      chat.tell({ kind: "frame", seq: 2, ops: [] });
      chat.tell({ kind: "snapshot", seq: 3, ops: code(text) });
      await until(() => chat.root.querySelector("pre") && chat.root.querySelector('[data-part="player"]'));
      const left = KEYS.map(([key]) => key).filter((key) =>
        find(chat, "pre").dispatchEvent(
          new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true }),
        ),
      );
      expect(left).toEqual(kept);
    });

  test("nothing while an input method has it", async () => {
    const chat = open();
    await until(() => chat.root.querySelector('[data-part="player"]'));
    const composed = new KeyboardEvent("keydown", { key: ".", keyCode: 229, bubbles: true, composed: true });
    find(chat, ".scroller").dispatchEvent(composed);
    expect(controls(chat)).toEqual([]);
  });

  test("the panel of keys lists them", async () => {
    const chat = open();
    await until(() => chat.root.querySelector('[data-part="player"]'));
    find(chat, '[data-action="help"]').click();
    await until(() => chat.root.querySelector('[data-part="help"][open] dl'));
    const text = find(chat, '[data-part="help"]').textContent ?? "";
    for (const words of ["SpacePlay or pause", "→Next turn", "←Previous turn", ".Next tool result"])
      expect(text).toContain(words);
  });
});

test("dragging asks one question at a time, and the last place counts", async () => {
  const chat = open();
  await until(() => chat.root.querySelector('[data-part="player"]'));
  const scrubber = find<HTMLInputElement>(chat, '[data-part="scrubber"]');
  const drag = (to: number) => {
    scrubber.value = String(to);
    scrubber.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const to of [4, 5, 6]) drag(to);
  expect(controls(chat)).toEqual([sends("seek", 4)]);
  chat.tell({ ...PLAYBACK, position: 4 });
  await until(() => controls(chat).length === 2);
  expect(controls(chat)[1]).toEqual(sends("seek", 6));
  scrubber.dispatchEvent(new Event("change", { bubbles: true }));
  expect(scrubber.valueAsNumber).toBe(6);
  chat.tell({ ...PLAYBACK, position: 6 });
  await until(() => find(chat, ".player-time").textContent === "0:06 / 0:08");
  chat.tell({ ...PLAYBACK, position: 1 });
  await until(() => find(chat, ".player-time").textContent === "0:01 / 0:08");
  expect(controls(chat).length).toBe(2);
});

test("it says where it stands, and takes no word for markup", async () => {
  const chat = open({ position: 1.5 });
  await until(() => chat.root.querySelector('[data-part="player"]'));
  const scrubber = find(chat, '[data-part="scrubber"]');
  expect(scrubber.getAttribute("aria-valuetext")).toBe("0:01 of 0:08, <b>one</b>, Turn 1");
  const status = find(chat, '[data-part="player"] [role="status"]');
  expect(status.textContent).toBe("0:01 of 0:08, <b>one</b>, Turn 1");
  expect(chat.root.querySelectorAll("[data-mark]").length).toBe(7);
  expect(chat.root.querySelector("b > b, .player b")).toBeNull();
  chat.tell({ ...PLAYBACK, playing: true });
  await until(() => status.textContent === "");
});

test("what moves stands still while it is paused", async () => {
  const chat = open({ playing: true });
  await until(() => chat.root.querySelector('[data-part="player"]'));
  const root = find(chat, '[data-part="root"]');
  await until(() => !root.hasAttribute("data-paused"));
  chat.tell(PLAYBACK);
  await until(() => root.hasAttribute("data-paused"));
});

describe("everybody can use it", () => {
  for (const scheme of ["light", "dark"] as const)
    test(scheme, async () => {
      const chat = open({}, scheme);
      await until(() => chat.root.querySelector('[data-part="player"]'));
      const found = await axe.run(chat.root, { runOnly: ["wcag2a", "wcag2aa", "wcag22aa"] });
      expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    });

  test("by Tab, in the order in which it is seen", async () => {
    const chat = open();
    await until(() => chat.root.querySelector('[data-part="player"]'));
    find(chat, ".scroller").focus();
    const seen: (string | undefined)[] = [];
    for (let n = 0; n < 8; n++) {
      await userEvent.keyboard("{Tab}");
      const focused = (chat.root.getRootNode() as ShadowRoot).activeElement as HTMLElement;
      seen.push(focused.dataset["action"] ?? focused.dataset["part"]);
    }
    expect(seen).toEqual([
      "restart",
      "previous-turn",
      "play",
      "next-turn",
      "next-event",
      "end",
      "scrubber",
      "speed",
    ]);
  });
});
