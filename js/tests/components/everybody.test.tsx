/** The whole chat, in most of its states at once, for everybody: by axe, by the keyboard alone, and zoomed in. */

import axe from "axe-core";
import { afterEach, describe, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Json, Op } from "../../src/protocol.ts";
import { Chat } from "../../src/view/Chat.tsx";
import { addRun, openTurn } from "../ops.ts";
import { answer, type Mounted, mounted, until } from "./mounted.tsx";

const time = 1;
const LONG = "averylongwordwithoutanyplacetobreakit".repeat(4);

function call(part: string, name: string, turn = "t"): readonly Op[] {
  return [
    { op: "open_tool", turn, part, name, call_id: part, time },
    { op: "set_arguments", part, arguments: { city: "Paris", of: part }, invalid: null, time },
    { op: "set_tool_state", part, state: "running", time },
  ];
}

function result(part: string, outcome: "ok" | "error", value: string): Op {
  return { op: "set_result", part, result: value, outcome, preliminary: false, size: null, time: 2 };
}

function text(turn: string, part: string, kind: "text" | "reasoning", words: string): readonly Op[] {
  return [
    { op: "open_part", turn, part, kind, time },
    { op: "append", part, text: words },
    { op: "close_part", part, time: 2 },
  ];
}

const usage = { input_tokens: 3200, output_tokens: 210, cached_tokens: 20, reasoning_tokens: 4 };
const FIRST: readonly Op[] = [
  addRun({ prompt: `How is the weather? ${LONG}` }),
  { op: "start_run", run: "r", time },
  openTurn({ model: `model-${LONG}`, agent: "forecaster", attempt: 2, time }),
  ...text("t", "think", "reasoning", "Let me *see*."),
  ...call("a", "weather"),
  ...call("b", LONG),
  ...call("c", "mail"),
  result("a", "ok", "18 degrees"),
  result("b", "ok", LONG),
  result("c", "error", `Traceback\nOSError: ${LONG}`),
  { op: "set_usage", turn: "t", usage },
  { op: "end_reply", turn: "t", finish_reason: "length", native_finish_reason: "max_tokens", time: 2 },
  { op: "close_turn", turn: "t", status: "complete", time: 3 },
  openTurn({ turn: "u", number: 2, time: 3 }),
  ...text(
    "u",
    "said",
    "text",
    `It is **warm**, says [a page](https://example.org/${LONG}).\n\n\`\`\`python\nprint("x")  # ${LONG}\n\`\`\`\n\n| a | b |\n|---|---|\n| 1 | ${LONG} |\n\n> [!WARNING]\n> Rain later.\n\n- [x] done\n- [ ] open\n\n![x](https://elsewhere.example/i.png)`,
  ),
  { op: "add_source", turn: "u", part: "s", url: "https://example.org", title: LONG, snippet: null, time },
  { op: "set_notice", run: "r", turn: "u", code: "x", message: "Something was strange.", count: 2 },
  { op: "close_turn", turn: "u", status: "complete", time: 4 },
  { op: "end_run", run: "r", status: "complete", error: null, time: 4 },
];
const FAILURE = { kind: "RateLimitError", message: LONG, detail: `Traceback\n${LONG}`, turn: null } as const;
const SECOND: readonly Op[] = [
  addRun({ run: "f", number: 2, prompt: "And now?" }),
  { op: "start_run", run: "f", time },
  { op: "end_run", run: "f", status: "error", error: FAILURE, time: 5 },
  addRun({ run: "d", number: 3, prompt: "Never sent" }),
  { op: "end_run", run: "d", status: "dropped", error: null, time: 5 },
];
const THIRD: readonly Op[] = [
  addRun({ run: "l", number: 4, prompt: "Delete it" }),
  { op: "start_run", run: "l", time: 6 },
  openTurn({ run: "l", turn: "v", time: 6 }),
  ...call("p", "delete", "v"),
  { op: "request_approval", part: "p", message: null, editable: true, time: 6 },
  addRun({ run: "q", number: 5, prompt: `Waits ${LONG}`, time: 7 }),
];

const SAW: Json = {
  request: {
    run: 1,
    exact: true,
    model: "m",
    system: `You are ${LONG}.`,
    settings: { temperature: 0.2 },
    tools: [{ name: "weather", description: LONG, schema: { type: "object" } }],
    messages: [
      { role: "user", parts: [{ kind: "text", text: LONG }], fresh: true, raw: {} },
      {
        role: "assistant",
        parts: [{ kind: "call", name: "weather", id: "a", value: {} }],
        fresh: true,
        raw: {},
      },
    ],
    left_out: 0,
    before: null,
  },
  events: [{ at: 0, op: "open_turn" }],
  left_out: 0,
};

/** A chat in which all of it has happened; what shows more is open. */
async function opened(scheme: "light" | "dark" = "light"): Promise<Mounted> {
  const chat = mounted(<Chat />, { scheme });
  chat.set("steps", "full");
  chat.set("reasoning", "full");
  chat.tell({ kind: "frame", seq: 1, ops: [...FIRST, ...SECOND, ...THIRD] });
  for (const button of ["display", "timeline", "saw", "edit"]) await press(chat, button);
  const isAsked = (what: string) =>
    chat.sent.some((message) => JSON.stringify(message).includes(`"${what}"`));
  await until(() => isAsked("schema") && isAsked("saw"));
  answer(chat, "schema", null);
  answer(chat, "saw", SAW, "t");
  for (const part of ["timeline", "settings", "editor", "sources", "saw"])
    await until(() => chat.root.querySelector(`[data-part="${part}"]`)?.checkVisibility());
  await until(() => chat.root.querySelector('[data-part="saw"] [data-tab]'));
  return chat;
}

const BUTTONS: Readonly<Record<string, string>> = { edit: '[data-part="approval"] [data-action="edit"]' };

async function press({ root }: Mounted, action: string): Promise<void> {
  const button = () => root.querySelector<HTMLElement>(BUTTONS[action] ?? `button[data-action="${action}"]`);
  await until(button);
  button()?.click();
}

async function objections(chat: Mounted): Promise<readonly unknown[]> {
  // A conversation may begin with any heading, and the page around it has those of its own.
  const rules = { "heading-order": { enabled: false }, "page-has-heading-one": { enabled: false } };
  const { violations } = await axe.run(chat.root, { rules });
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))]);
}

const focused = ({ root }: Mounted) => (root.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;

afterEach(async () => {
  document.body.replaceChildren();
  await page.viewport(900, 900);
});

describe("axe objects to nothing", () => {
  for (const scheme of ["light", "dark"] as const) {
    test(`in ${scheme}`, async () => {
      const chat = await opened(scheme);
      expect(await objections(chat)).toEqual([]);
    });

    test(`in ${scheme}, with more contrast`, async () => {
      const chat = await opened(scheme);
      (chat.root.getRootNode() as ShadowRoot).host.toggleAttribute("data-contrast", true);
      expect(await objections(chat)).toEqual([]);
    });

    test(`in ${scheme}, before the first prompt, with the list of keys`, async () => {
      const chat = mounted(<Chat />, { scheme });
      chat.set("suggestions", ["How is the weather?", LONG]);
      chat.tell({ kind: "frame", seq: 1, ops: [] });
      await until(() => chat.root.querySelector('[data-action="suggestion"]'));
      expect(await objections(chat)).toEqual([]);
      await press(chat, "help");
      await until(() => chat.root.querySelector('[data-part="help"] kbd'));
      expect(await objections(chat)).toEqual([]);
    });
  }
});

test("everything can be reached by Tab, in its order, and shows that it has the focus", async () => {
  const chat = await opened();
  const wanted = [
    ...chat.root.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, [tabindex="0"]'),
  ].filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(":disabled"));
  const reached = new Set<HTMLElement>();
  const unseen: string[] = [];
  wanted[0]?.focus();
  for (let one = focused(chat); one !== null && !reached.has(one); one = focused(chat)) {
    reached.add(one);
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const ring = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
    const around = one.closest(".composer, label, .choices label");
    const shown = ring || (around !== null && isMarked(around));
    if (!shown) unseen.push(one.outerHTML.slice(0, 120));
    await userEvent.keyboard("{Tab}");
  }
  expect(unseen).toEqual([]);
  // The way to the latest goes once that is in sight.
  const missed = wanted.filter((one) => one.checkVisibility() && !reached.has(one) && !isOtherChoice(one));
  expect(missed.map((one) => one.outerHTML.slice(0, 120))).toEqual([]);
  const order = [...reached].filter((one) => wanted.includes(one));
  expect(order).toEqual(wanted.filter((one) => reached.has(one)));
});

function isMarked(element: Element): boolean {
  return [element, ...element.children].some((one) => {
    const { boxShadow, outlineStyle } = getComputedStyle(one);
    return boxShadow !== "none" || outlineStyle !== "none";
  });
}

/** Of a group of choices one has the focus; arrows choose another. */
function isOtherChoice(element: Element): boolean {
  return element.matches('[type="radio"]:not(:checked)');
}

describe("nothing is cut off or has to be scrolled sideways", () => {
  for (const width of [320, 450])
    for (const direction of ["ltr", "rtl"])
      test(`at ${width} pixels, ${direction}`, async () => {
        await page.viewport(width, 900);
        const chat = await opened();
        chat.root.dir = direction;
        const scroller = chat.root.querySelector<HTMLElement>(".scroller");
        expect(scroller?.scrollWidth).toBeLessThanOrEqual(scroller?.clientWidth ?? 0);
        const frame = chat.root.getBoundingClientRect();
        const out = [...chat.root.querySelectorAll<HTMLElement>("button, input, select, textarea, p, header")]
          .filter((one) => one.checkVisibility() && one.closest(".sr, .table, pre") === null)
          .filter((one) => {
            const { left, right } = one.getBoundingClientRect();
            return left < frame.left - 1 || right > frame.right + 1;
          });
        expect(out.map((one) => one.outerHTML.slice(0, 120))).toEqual([]);
      });
});
