/** The replica folds the same ops to the same transcript as the kernel does. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Op } from "../src/protocol.ts";
import { finalText, finalTurns } from "../src/select.ts";
import { applyAll, BrokenReplica, dump, Transcript } from "../src/transcript.ts";
import { openTurn } from "./ops.ts";
import { VECTORS } from "./vectors.ts";

for (const { name, ops, transcript, finals } of VECTORS) {
  describe(name, () => {
    test("whole", () => {
      const replica = new Transcript();
      applyAll(replica, ops);
      assert.deepEqual(dump(replica), transcript);
      if (finals !== undefined)
        assert.deepEqual(
          replica.runs.value.map((run) => ({
            turns: run.turns.value.filter((turn) => finalTurns(run).has(turn)).map(({ id }) => id),
            text: finalText(run),
          })),
          finals,
        );
    });
    test("in crumbs", () => {
      const replica = new Transcript();
      for (const op of ops.flatMap(crumbs)) applyAll(replica, [op]);
      assert.deepEqual(dump(replica), transcript);
    });
  });
}

/** Appends cut into single UTF-16 units. */
function crumbs(op: Op): readonly Op[] {
  if (op.op !== "append") return [op];
  return Array.from({ length: op.text.length }, (_, at) => ({ ...op, text: op.text.charAt(at) }));
}

describe("ops that do not fit", () => {
  const add = { op: "add_run", run: "r", number: 1, prompt: "p", client_id: null, time: 0 } as const;
  const open = openTurn();
  const part = { op: "open_part", turn: "t", part: "p", kind: "text", time: 0 } as const;
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    ["a run that is not known", [{ op: "start_run", run: "x", time: 0 }]],
    ["a run twice", [add, add]],
    ["a turn twice", [add, open, open]],
    ["a part of a turn that is not known", [part]],
    [
      "text for a part that a reset removed",
      [
        add,
        open,
        part,
        { op: "reset_turn", turn: "t", attempt: 2, time: 0 },
        { op: "append", part: "p", text: "x" },
      ],
    ],
    [
      "a result for a block of text",
      [
        add,
        open,
        part,
        { op: "set_result", part: "p", result: 1, outcome: "ok", preliminary: false, time: 0 },
      ],
    ],
    [
      "text for a source",
      [
        add,
        open,
        { op: "add_source", turn: "t", part: "p", url: null, title: "A", snippet: null, time: 0 },
        { op: "append", part: "p", text: "x" },
      ],
    ],
    [
      "an answer to what was not asked",
      [
        add,
        open,
        { op: "open_tool", turn: "t", part: "p", name: "f", call_id: null, time: 0 },
        { op: "resolve_approval", part: "p", decision: "denied", reason: null, edited: null, time: 0 },
      ],
    ],
    ["an op of another version", [{ op: "split_turn", turn: "t" }]],
  ];
  for (const [name, ops] of rows) {
    test(name, () => {
      // What comes over the wire has no type.
      assert.throws(() => applyAll(new Transcript(), ops as readonly Op[]), BrokenReplica);
    });
  }
});
