/** Agents in steps of agents: what they ask is seen, and gone to, however little is shown of steps. */

import { afterEach, expect, test } from "vitest";
import type { Op, ToolState } from "../../src/protocol.ts";
import { Chat } from "../../src/view/Chat.tsx";
import { type Mounted, mounted, until } from "./mounted.tsx";

const time = 0;

function turn(id: string, number: number, lane: string): Op {
  return {
    op: "open_turn",
    run: "r",
    turn: id,
    number,
    lane,
    agent: null,
    model: null,
    attempt: 1,
    auxiliary: false,
    time,
  };
}

function step(turn: string, part: string, name: string, state: ToolState): readonly Op[] {
  return [
    { op: "open_tool", turn, part, name, call_id: part, time },
    { op: "set_arguments", part, arguments: {}, invalid: null, time },
    { op: "set_tool_state", part, state, time },
  ];
}

function lane(id: string, parent: string): Op {
  return { op: "open_lane", run: "r", lane: id, agent: id, parent, handed_from: null, time };
}

/** An agent in a step of an agent in a step, beside steps that nobody has to see. */
const OPS: readonly Op[] = [
  { op: "add_run", run: "r", number: 1, prompt: "go", client_id: null, time },
  { op: "start_run", run: "r", time },
  turn("t1", 1, "main"),
  ...step("t1", "before", "search", "done"),
  ...step("t1", "outer", "research", "running"),
  ...step("t1", "after", "search", "done"),
  lane("first", "outer"),
  turn("t2", 2, "first"),
  ...step("t2", "inner", "delegate", "running"),
  lane("second", "inner"),
  turn("t3", 3, "second"),
];
const ASKS: readonly Op[] = [
  ...step("t3", "asks", "delete", "ready"),
  { op: "request_approval", part: "asks", message: "Delete it?", editable: false, time },
];

afterEach(() => document.body.replaceChildren());

function chat(steps: string, ops: readonly Op[]): Mounted {
  const mount = mounted(null);
  mount.set("steps", steps);
  mount.tell({ kind: "frame", seq: 1, ops });
  mount.draw(<Chat />);
  return mount;
}

/** Preact runs effects in a task of their own, after the next frame. */
const effects = () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => setTimeout(done))));

const tools = ({ root }: Mounted) =>
  [...root.querySelectorAll<HTMLElement>('[data-part="tool"]')]
    .filter((element) => element.checkVisibility())
    .map(({ dataset }) => dataset["tool"]);

test("a step whose agent asks is shown where steps are hidden", () => {
  expect(tools(chat("hidden", OPS))).toEqual([]);
  expect(tools(chat("hidden", [...OPS, ...ASKS]))).toEqual(["research"]);
});

test("a step whose agent failed is shown where steps are hidden", () => {
  const failed: Op = { op: "close_turn", turn: "t3", status: "error", time };
  expect(tools(chat("hidden", [...OPS, failed]))).toEqual(["research"]);
});

test("a step that an agent stands in does not fold", () => {
  expect(tools(chat("collapsed", OPS))).toEqual(["search", "research", "search"]);
});

for (const steps of ["auto", "collapsed", "hidden"])
  test(`the line that says that somebody waits leads to the question, steps: ${steps}`, async () => {
    const mount = chat(steps, [...OPS, ...ASKS]);
    await effects();
    mount.root.querySelector<HTMLElement>('[data-action="go-to-approval"]')?.click();
    const root = mount.root.getRootNode();
    await until(() => root instanceof ShadowRoot && root.activeElement?.matches('[data-id="t3"]'));
    expect(tools(mount)).toContain("delete");
  });
