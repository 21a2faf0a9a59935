/** What is read off a transcript, and how it is written. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dollars, duration, partialSummary, size, summary, tokens } from "../src/format.ts";
import type { Op } from "../src/protocol.ts";
import {
  cost,
  currentTool,
  finalText,
  finalTurns,
  queuedRuns,
  runningRun,
  runsOf,
  sequences,
  tally,
  tools,
  toolTime,
  totalUsage,
  untilFirstToken,
} from "../src/select.ts";
import { prices } from "../src/settings.ts";
import { applyAll, Transcript } from "../src/transcript.ts";
import { openTurn } from "./ops.ts";

function turn(id: string, number: number, lane = "main", auxiliary = false): Op {
  return openTurn({ turn: id, number, lane, auxiliary, time: number });
}

function text(turn: string, text: string): readonly Op[] {
  return [
    { op: "open_part", turn, part: `${turn}-text`, kind: "text", time: 0 },
    { op: "append", part: `${turn}-text`, text },
  ];
}

function transcript(...ops: readonly Op[]): Transcript {
  const all = new Transcript();
  applyAll(all, [{ op: "add_run", run: "r", number: 1, prompt: "p", client_id: null, time: 0 }, ...ops]);
  return all;
}

function lane(id: string, parent: string | null, handed_from: string | null): Op {
  return { op: "open_lane", run: "r", lane: id, agent: id, parent, handed_from, time: 0 };
}

describe("final turns", () => {
  const rows: readonly (readonly [string, readonly Op[], readonly string[]])[] = [
    ["of nothing", [], []],
    [
      "the last of each lane, whatever it says or how it ended",
      [turn("a", 1), turn("b", 2, "x"), turn("c", 3), turn("d", 4, "x")],
      ["c", "d"],
    ],
    ["not one that the framework made for itself", [turn("a", 1), turn("b", 2, "main", true)], ["a"]],
    ["none of a lane under a step", [turn("a", 1), lane("x", "p", null), turn("b", 2, "x")], ["a"]],
    ["none of a lane that handed over", [turn("a", 1), lane("x", null, "main"), turn("b", 2, "x")], ["b"]],
    [
      "that of the lane that was handed to last, if it is one that handed over before",
      [turn("a", 1), lane("x", null, "main"), turn("b", 2, "x"), turn("c", 3)],
      ["c"],
    ],
    [
      "the ends that there are, where all lanes are inner ones",
      [lane("x", "p", null), turn("a", 1, "x"), turn("b", 2, "x")],
      ["b"],
    ],
    ["none of a run of the framework's own calls", [turn("a", 1, "main", true)], []],
  ];
  for (const [name, ops, wanted] of rows)
    test(name, () => {
      const finals = finalTurns(transcript(...ops).run("r"));
      assert.deepEqual(
        [...finals].map(({ id }) => id),
        wanted,
      );
    });
});

test("the answer is the main lane's where there are several", () => {
  const run = transcript(turn("a", 1), ...text("a", "Main."), turn("b", 2, "x"), ...text("b", "Side.")).run(
    "r",
  );
  assert.equal(finalText(run), "Main.");
});

test("the answer is the text of the final turn", () => {
  const run = transcript(turn("a", 1), ...text("a", "Let me see."), turn("b", 2), ...text("b", "Done.")).run(
    "r",
  );
  assert.equal(finalText(run), "Done.");
});

test("the current tool is the newest without an end", () => {
  const tool = (part: string): Op => ({
    op: "open_tool",
    turn: "a",
    part,
    name: part,
    call_id: null,
    time: 0,
  });
  const result = (part: string): Op => ({
    op: "set_result",
    part,
    result: 1,
    outcome: "ok",
    preliminary: false,
    size: null,
    time: 1,
  });
  const all = transcript(turn("a", 1), tool("one"), tool("two"));
  assert.equal(currentTool(all.run("r").turns.value)?.step.value.name, "two");
  applyAll(all, [result("two")]);
  assert.equal(currentTool(all.run("r").turns.value)?.step.value.name, "one");
  applyAll(all, [result("one")]);
  assert.equal(currentTool(all.run("r").turns.value), null);
});

test("runs are queued, then running", () => {
  const all = transcript();
  assert.equal(queuedRuns(all).length, 1);
  assert.equal(runningRun(all), null);
  applyAll(all, [{ op: "start_run", run: "r", time: 1 }]);
  assert.equal(queuedRuns(all).length, 0);
  assert.equal(runningRun(all)?.id, "r");
});

test("the first token is told where it is known when the model was asked", () => {
  const first = (began: number, replied: number) => {
    const all = transcript(
      turn("t", 1),
      { op: "open_part", turn: "t", part: "p", kind: "text", time: began },
      { op: "end_reply", turn: "t", finish_reason: "stop", native_finish_reason: null, time: replied },
    );
    return untilFirstToken(all.turn("t"));
  };
  assert.equal(first(1.5, 3), 0.5);
  assert.equal(first(1, 3), null, "the turn was noticed by it");
  assert.equal(first(3, 3), null, "all came at once");
});

test("tokens add up; what nobody counted stays unknown", () => {
  const usage = (input: number | null, output: number | null) => ({
    input_tokens: input,
    output_tokens: output,
    cached_tokens: null,
    reasoning_tokens: null,
  });
  const all = transcript(
    turn("a", 1),
    turn("b", 2),
    turn("c", 3),
    { op: "set_usage", turn: "a", usage: usage(10, null) },
    { op: "set_usage", turn: "c", usage: usage(5, 2) },
  );
  assert.deepEqual(totalUsage(all.run("r").turns.value), usage(15, 2));
});

describe("what runs cost", () => {
  const used = (
    turn: string,
    model: string | null,
    input: number | null,
    cached: number | null,
  ): readonly Op[] => [
    { op: "describe_turn", turn, agent: null, model },
    {
      op: "set_usage",
      turn,
      usage: { input_tokens: input, output_tokens: 100, cached_tokens: cached, reasoning_tokens: null },
    },
  ];
  const TABLE = {
    small: { input: 1, output: 10, cached: 0.1 },
    "small-pro": { input: 2, output: 20 },
    broken: { input: "free" },
  };
  const rows: readonly (readonly [string, readonly Op[], number | null])[] = [
    ["tokens in and out", used("a", "small", 1000, null), 0.002],
    ["cached ones for their own price", used("a", "small", 1000, 1000), 0.0011],
    ["cached ones for the same, if they have none", used("a", "small-pro", 1000, 1000), 0.004],
    ["a dated name by the longest that it begins with", used("a", "small-pro-2026-01-01", 1000, null), 0.004],
    ["nothing for a model without a price", used("a", "smaller", 1000, null), null],
    ["nothing for a price that is none", used("a", "broken", 1000, null), null],
    ["nothing where nobody counted", used("a", "small", null, null), null],
    ["nothing where one turn is not known", [...used("a", "small", 1000, null), turn("b", 2)], null],
  ];
  for (const [name, ops, wanted] of rows)
    test(name, () => {
      const run = transcript(turn("a", 1), ...ops).run("r");
      const found = cost(run.turns.value, prices(TABLE));
      assert.equal(found === null ? null : Number(found.toFixed(6)), wanted);
    });
});

describe("steps", () => {
  const tool = (part: string, name: string, time: number, ended: number): readonly Op[] => [
    { op: "open_tool", turn: "a", part, name, call_id: null, time },
    { op: "set_tool_state", part, state: "running", time },
    { op: "set_result", part, result: 1, outcome: "ok", preliminary: false, size: null, time: ended },
  ];
  const source: Op = {
    op: "add_source",
    turn: "a",
    part: "s",
    url: null,
    title: "t",
    snippet: null,
    time: 0,
  };
  const all = transcript(
    turn("a", 1),
    ...tool("1", "weather", 1, 3),
    source,
    ...tool("2", "read", 2, 5),
    ...text("a", "And"),
    ...tool("3", "weather", 6, 7),
  );
  const parts = all.turn("a").parts.value;

  test("that follow one another are one list, whatever source comes between", () => {
    assert.deepEqual(
      sequences(parts).map((item) => ("kind" in item ? item.id : item.map(({ id }) => id))),
      [["1", "2"], "a-text", ["3"]],
    );
  });

  test("are counted by name, and timed as a whole", () => {
    const calls = tools(all.turn("a"));
    assert.deepEqual(
      [...tally(calls)],
      [
        ["weather", 2],
        ["read", 1],
      ],
    );
    assert.equal(toolTime(calls), 6);
    assert.equal(toolTime([]), 0);
  });

  test("are joined where they may be", () => {
    assert.deepEqual(
      runsOf([2, 4, 1, 3, 6, 8, 5], (one) => one % 2 === 0),
      [[2, 4], [1], [3], [6, 8], [5]],
    );
  });
});

describe("words", () => {
  const rows: readonly (readonly [string, string])[] = [
    [duration(-1), "0 ms"],
    [duration(0.0042), "4 ms"],
    [duration(0.095), "0.1 s"],
    [duration(1.84), "1.8 s"],
    [duration(9.96), "10 s"],
    [duration(59.6), "1 min"],
    [duration(200), "3 min 20 s"],
    [tokens(999), "999"],
    [tokens(1_000), "1k"],
    [tokens(1_234), "1.2k"],
    [tokens(34_000), "34k"],
    [tokens(999_600), "1M"],
    [size(60_000), "60 kB"],
    [size(1_300_000), "1.3 MB"],
    [dollars(0), "$0.00"],
    [dollars(0.0042), "$0.0042"],
    [dollars(0.004), "$0.004"],
    [dollars(0.25), "$0.25"],
    [dollars(12.345), "$12.35"],
    [partialSummary('{"city": "Par'), 'city: "Par'],
    [partialSummary('{"city":"Paris","days":3,"o":{"a"'), 'city: "Paris", days: 3, o: {"a"'],
    [partialSummary(""), ""],
    [summary({ city: "Paris", days: 3 }), 'city: "Paris", days: 3'],
    [summary({ deep: { a: [1, 2] }, none: null }), 'deep: {"a":[1,2]}, none: null'],
    [summary("text\nmore"), '"text more"'],
    [summary({ long: "x".repeat(500) }, 20), `long: "xxxxxxxxxxxx…`],
  ];
  for (const [written, wanted] of rows) test(wanted, () => assert.equal(written, wanted));
});
