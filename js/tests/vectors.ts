/** What ops fold to: the rows that Python writes, and some that hold whatever those say. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Op } from "../src/protocol.ts";
import { openTurn } from "./ops.ts";

export interface Vector {
  readonly name: string;
  readonly ops: readonly Op[];
  readonly transcript: object;
  /** Of each run: its final turns, and what they came to. */
  readonly finals?: readonly { readonly turns: readonly string[]; readonly text: string }[];
}

const RUN: Op = { op: "add_run", run: "r", number: 1, prompt: "hi", client_id: "c", time: 1 };
const START: Op = { op: "start_run", run: "r", time: 2 };
const TURN: Op = openTurn({ model: "m", time: 3 });
const USAGE = { input_tokens: 5, output_tokens: 7, cached_tokens: null, reasoning_tokens: null };

function run(facts: object, turns: readonly object[], notices: readonly object[] = []): object {
  return {
    runs: [
      {
        id: "r",
        number: 1,
        prompt: "hi",
        client_id: "c",
        added: 1,
        status: "running",
        error: null,
        started: 2,
        ended: null,
        notices,
        lanes: [],
        turns,
        ...facts,
      },
    ],
  };
}

function turn(facts: object, parts: readonly object[]): object {
  return {
    id: "t",
    number: 1,
    lane: "main",
    agent: null,
    model: "m",
    attempt: 1,
    auxiliary: false,
    status: "streaming",
    finish_reason: null,
    native_finish_reason: null,
    usage: null,
    request: null,
    started: 3,
    replied: null,
    ended: null,
    parts,
    ...facts,
  };
}

function tool(facts: object): object {
  return {
    id: "p",
    kind: "tool",
    name: "f",
    call_id: null,
    arguments_text: "",
    arguments: null,
    arguments_invalid: null,
    native: null,
    state: "streaming",
    approval: null,
    result: null,
    outcome: null,
    preliminary: false,
    outputs: [],
    size: null,
    started: 4,
    ready: null,
    running: null,
    ended: null,
    ...facts,
  };
}

const OURS: readonly Vector[] = [
  { name: "nothing", ops: [], transcript: { runs: [] } },
  {
    name: "a prompt that was dropped",
    ops: [RUN, { op: "end_run", run: "r", status: "dropped", error: null, time: 9 }],
    transcript: run({ status: "dropped", started: null, ended: 9 }, []),
  },
  {
    name: "text and reasoning",
    ops: [
      RUN,
      START,
      TURN,
      { op: "open_part", turn: "t", part: "a", kind: "reasoning", time: 4 },
      { op: "append", part: "a", text: "hm" },
      { op: "close_part", part: "a", time: 5 },
      { op: "open_part", turn: "t", part: "b", kind: "text", time: 6 },
      { op: "append", part: "b", text: "Hello " },
      { op: "append", part: "b", text: "👋" },
      { op: "replace", part: "b", text: "Bye " },
      { op: "append", part: "b", text: "👋" },
      { op: "end_reply", turn: "t", finish_reason: "stop", native_finish_reason: "end_turn", time: 7 },
      { op: "close_turn", turn: "t", status: "complete", time: 8 },
      { op: "set_usage", turn: "t", usage: USAGE },
      { op: "end_run", run: "r", status: "complete", error: null, time: 9 },
    ],
    transcript: run({ status: "complete", ended: 9 }, [
      turn(
        {
          status: "complete",
          finish_reason: "stop",
          native_finish_reason: "end_turn",
          usage: USAGE,
          replied: 7,
          ended: 8,
        },
        [
          { id: "a", kind: "reasoning", text: "hm", open: false, native: null, started: 4, ended: 5 },
          { id: "b", kind: "text", text: "Bye 👋", open: true, native: null, started: 6, ended: null },
        ],
      ),
    ]),
  },
  {
    name: "arguments that come after the result do not move it back",
    ops: [
      RUN,
      START,
      TURN,
      { op: "open_tool", turn: "t", part: "p", name: "f", call_id: null, time: 4 },
      { op: "append", part: "p", text: '{"a": 1' },
      { op: "set_tool_state", part: "p", state: "running", time: 5 },
      {
        op: "set_result",
        part: "p",
        result: { ok: true },
        outcome: "unknown",
        preliminary: false,
        size: null,
        time: 6,
      },
      { op: "set_arguments", part: "p", arguments: null, invalid: "no end", time: 7 },
    ],
    transcript: run({}, [
      turn({}, [
        tool({
          arguments_text: '{"a": 1',
          arguments_invalid: "no end",
          state: "done",
          result: { ok: true },
          outcome: "unknown",
          ready: 7,
          running: 5,
          ended: 6,
        }),
      ]),
    ]),
  },
  {
    name: "a retry removes what the attempt showed, and its notices",
    ops: [
      RUN,
      START,
      TURN,
      { op: "open_part", turn: "t", part: "a", kind: "text", time: 4 },
      { op: "set_usage", turn: "t", usage: USAGE },
      { op: "set_notice", run: "r", turn: "t", code: "odd", message: "odd", count: 1 },
      { op: "set_notice", run: "r", turn: null, code: "odd", message: "odd", count: 1 },
      { op: "set_notice", run: "r", turn: null, code: "odd", message: "odder", count: 2 },
      { op: "reset_turn", turn: "t", attempt: 2, time: 5 },
      { op: "describe_turn", turn: "t", agent: "a", model: "n" },
    ],
    transcript: run(
      {},
      [turn({ attempt: 2, agent: "a", model: "n", usage: USAGE }, [])],
      [{ turn: null, code: "odd", message: "odder", count: 2 }],
    ),
  },
  {
    name: "a stopped tool and an error in its turn",
    ops: [
      RUN,
      START,
      TURN,
      { op: "open_tool", turn: "t", part: "p", name: "f", call_id: null, time: 4 },
      { op: "set_arguments", part: "p", arguments: {}, invalid: null, time: 5 },
      { op: "set_tool_state", part: "p", state: "cancelled", time: 6 },
      { op: "close_turn", turn: "t", status: "error", time: 7 },
      {
        op: "end_run",
        run: "r",
        status: "error",
        error: { kind: "E", message: "m", detail: null, turn: "t" },
        time: 8,
      },
    ],
    transcript: run(
      { status: "error", error: { kind: "E", message: "m", detail: null, turn: "t" }, ended: 8 },
      [
        turn({ status: "error", ended: 7 }, [
          tool({ arguments: {}, state: "cancelled", ready: 5, ended: 6 }),
        ]),
      ],
    ),
  },
  {
    name: "a question is asked, answered with other arguments, and a placeholder is replaced",
    ops: [
      RUN,
      START,
      TURN,
      { op: "open_tool", turn: "t", part: "p", name: "f", call_id: null, time: 4 },
      { op: "set_arguments", part: "p", arguments: { a: 1 }, invalid: null, time: 5 },
      { op: "request_approval", part: "p", message: "May I?", editable: true, time: 6 },
      {
        op: "set_result",
        part: "p",
        result: "asked",
        outcome: "unknown",
        preliminary: true,
        size: null,
        time: 6,
      },
      { op: "resolve_approval", part: "p", decision: "approved", reason: "fine", edited: { a: 2 }, time: 7 },
      { op: "set_tool_state", part: "p", state: "running", time: 8 },
      { op: "set_result", part: "p", result: "ok", outcome: "ok", preliminary: false, size: null, time: 9 },
      { op: "set_native", part: "p", native: { signature: "s" } },
      { op: "describe_tool", part: "p", name: "g", call_id: "c1" },
    ],
    transcript: run({}, [
      turn({}, [
        tool({
          name: "g",
          call_id: "c1",
          arguments: { a: 1 },
          native: { signature: "s" },
          state: "done",
          approval: {
            message: "May I?",
            editable: true,
            asked: 6,
            decision: "approved",
            reason: "fine",
            edited: { a: 2 },
            answered: 7,
          },
          result: "ok",
          outcome: "ok",
          ready: 5,
          running: 8,
          ended: 9,
        }),
      ]),
    ]),
  },
  {
    name: "a step that was denied stays so when its result comes, and one that goes on has no end",
    ops: [
      RUN,
      START,
      TURN,
      { op: "open_tool", turn: "t", part: "p", name: "f", call_id: null, time: 4 },
      { op: "request_approval", part: "p", message: null, editable: false, time: 5 },
      { op: "resolve_approval", part: "p", decision: "denied", reason: null, edited: null, time: 6 },
      {
        op: "set_result",
        part: "p",
        result: "denied",
        outcome: "error",
        preliminary: false,
        size: null,
        time: 7,
      },
      { op: "open_tool", turn: "t", part: "q", name: "f", call_id: null, time: 8 },
      { op: "set_tool_state", part: "q", state: "unanswered", time: 9 },
      { op: "set_tool_state", part: "q", state: "approval", time: 10 },
    ],
    transcript: run({}, [
      turn({}, [
        tool({
          state: "denied",
          approval: {
            message: null,
            editable: false,
            asked: 5,
            decision: "denied",
            reason: null,
            edited: null,
            answered: 6,
          },
          result: "denied",
          outcome: "error",
          ended: 7,
        }),
        tool({ id: "q", state: "approval", started: 8 }),
      ]),
    ]),
  },
  {
    name: "sources, files, data that is replaced, and lanes",
    ops: [
      RUN,
      START,
      { op: "open_lane", run: "r", lane: "l", agent: "a", parent: "p", handed_from: null, time: 3 },
      TURN,
      { op: "add_source", turn: "t", part: "s", url: "https://a.b", title: "A", snippet: null, time: 4 },
      {
        op: "add_file",
        turn: "t",
        part: "f",
        name: "x",
        media_type: "a/b",
        url: null,
        data: "AA==",
        native: null,
        time: 5,
      },
      { op: "set_data", turn: "t", part: "d", name: "plan", value: [1], time: 6 },
      { op: "set_data", turn: "t", part: "d", name: "plan", value: [2], time: 7 },
    ],
    transcript: run({ lanes: [{ id: "l", agent: "a", parent: "p", handed_from: null, started: 3 }] }, [
      turn({}, [
        { id: "s", kind: "source", url: "https://a.b", title: "A", snippet: null, started: 4 },
        {
          id: "f",
          kind: "file",
          name: "x",
          media_type: "a/b",
          url: null,
          data: "AA==",
          native: null,
          started: 5,
        },
        { id: "d", kind: "data", name: "plan", value: [2], started: 6 },
      ]),
    ]),
  },
];

/** Written by the Python side, whose tests read them too. */
const SHARED = join(process.cwd(), "..", "tests", "vectors");

function shared(): readonly Vector[] {
  if (!existsSync(SHARED)) return [];
  return ["streams.json", "oddities.json"].flatMap((name) =>
    JSON.parse(readFileSync(join(SHARED, name), "utf8")),
  );
}

export const VECTORS: readonly Vector[] = [...OURS, ...shared()];
