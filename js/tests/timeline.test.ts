/** Where the time of a run went. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Op } from "../src/protocol.ts";
import { timeline } from "../src/timeline.ts";
import { applyAll, Transcript } from "../src/transcript.ts";

function turn(id: string, number: number, time: number, lane = "main"): Op {
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

function reply(turn: string, first: number, end: number): readonly Op[] {
  return [
    { op: "open_part", turn, part: `${turn}-text`, kind: "text", time: first },
    { op: "end_reply", turn, finish_reason: "stop", native_finish_reason: null, time: end },
  ];
}

function call(turn: string, part: string, ready: number): readonly Op[] {
  return [
    { op: "open_tool", turn, part, name: part, call_id: null, time: ready },
    { op: "set_arguments", part, arguments: {}, invalid: null, time: ready },
  ];
}

function began(part: string, time: number): Op {
  return { op: "set_tool_state", part, state: "running", time };
}

function result(part: string, time: number, outcome: "ok" | "error" = "ok"): Op {
  return { op: "set_result", part, result: 1, outcome, preliminary: false, time };
}

/** Each row as its name, depth and bars. */
function rows(now: number, ...ops: readonly Op[]): readonly string[] {
  const all = new Transcript();
  applyAll(all, [
    { op: "add_run", run: "r", number: 1, prompt: "p", client_id: null, time: 90 },
    { op: "start_run", run: "r", time: 100 },
    ...ops,
  ]);
  return timeline(all.run("r"), now).rows.map(({ turn, tool, depth, bars, failed }) => {
    const name = tool === null ? `turn ${turn.number}` : tool.step.value.name;
    const said = bars.map(({ kind, from, to }) => `${kind} ${from}-${to}`).join(", ");
    return `${"  ".repeat(depth)}${name}: ${said}${failed ? " failed" : ""}`;
  });
}

describe("rows", () => {
  const END: Op = { op: "end_run", run: "r", status: "complete", error: null, time: 110 };
  const ASK: Op = { op: "request_approval", part: "a", message: null, editable: false, time: 103 };
  const lane: Op = {
    op: "open_lane",
    run: "r",
    lane: "l",
    agent: "l",
    parent: "a",
    handed_from: null,
    time: 104,
  };
  const table: readonly (readonly [string, number, readonly Op[], readonly string[]])[] = [
    [
      "a turn waits for its first token, then writes",
      200,
      [turn("t", 1, 101), ...reply("t", 102, 104), END],
      ["turn 1: wait 1-2, generate 2-4"],
    ],
    [
      "a reply that came at once has no first token",
      200,
      [turn("t", 1, 101), ...reply("t", 104, 104), END],
      ["turn 1: wait 1-4"],
    ],
    ["what goes on lasts until now", 106, [turn("t", 1, 101)], ["turn 1: wait 1-6"]],
    [
      "tools that work at once have rows of their own",
      200,
      [
        turn("t", 1, 101),
        ...call("t", "a", 102),
        ...call("t", "b", 103),
        began("a", 103),
        began("b", 103),
        result("b", 105, "error"),
        result("a", 107),
        END,
      ],
      ["turn 1: wait 1-2, generate 2-10", "  a: call 2-3, tool 3-7", "  b: tool 3-5 failed"],
    ],
    [
      "the wait for a person is theirs, not the tool's",
      200,
      [
        turn("t", 1, 101),
        ...call("t", "a", 103),
        ASK,
        { op: "resolve_approval", part: "a", decision: "approved", reason: null, edited: null, time: 106 },
        began("a", 107),
        result("a", 109),
        END,
      ],
      ["turn 1: wait 1-3, generate 3-10", "  a: approval 3-6, tool 7-9"],
    ],
    [
      "who was not answered still waits",
      105,
      [turn("t", 1, 101), ...call("t", "a", 103), ASK],
      ["turn 1: wait 1-3, generate 3-5", "  a: approval 3-5"],
    ],
    [
      "a tool that was denied did not work",
      200,
      [
        turn("t", 1, 101),
        ...call("t", "a", 103),
        ASK,
        { op: "resolve_approval", part: "a", decision: "denied", reason: null, edited: null, time: 106 },
        END,
      ],
      ["turn 1: wait 1-3, generate 3-10", "  a: approval 3-6"],
    ],
    [
      "agents that a tool started stand under it",
      200,
      [
        turn("t", 1, 101),
        ...call("t", "a", 103),
        lane,
        turn("u", 2, 104, "l"),
        ...reply("u", 105, 106),
        result("a", 107),
        turn("v", 3, 108),
        END,
      ],
      [
        "turn 1: wait 1-3, generate 3-10",
        "  a: tool 3-7",
        "    turn 2: wait 4-5, generate 5-6",
        "turn 3: wait 8-10",
      ],
    ],
  ];
  for (const [name, now, ops, wanted] of table) test(name, () => assert.deepEqual(rows(now, ...ops), wanted));
});

describe("the scale", () => {
  const table: readonly (readonly [number, readonly number[]])[] = [
    [8, [0, 2, 4, 6, 8]],
    [0.9, [0, 0.2, 0.4, 0.6, 0.8]],
    [4.5, [0, 1, 2, 3, 4]],
    [61, [0, 20, 40, 60]],
  ];
  for (const [length, wanted] of table)
    test(`${length} s`, () => {
      const all = new Transcript();
      applyAll(all, [
        { op: "add_run", run: "r", number: 1, prompt: "p", client_id: null, time: 0 },
        { op: "start_run", run: "r", time: 0 },
        { op: "end_run", run: "r", status: "complete", error: null, time: length },
      ]);
      assert.deepEqual(timeline(all.run("r"), 0).ticks, wanted);
    });
});
