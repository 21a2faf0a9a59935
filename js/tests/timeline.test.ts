/** Where the time of a run went. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Op } from "../src/protocol.ts";
import { type Row, timeline } from "../src/timeline.ts";
import { applyAll, Transcript } from "../src/transcript.ts";

interface Vector {
  readonly name: string;
  readonly now: number;
  readonly ops: readonly Op[];
  readonly rows: readonly string[];
}

/** The Python side draws by the same. */
const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(join(process.cwd(), "..", "tests", "vectors", "timelines.json"), "utf8"),
);

describe("rows", () => {
  for (const { name, now, ops, rows } of VECTORS)
    test(name, () => {
      const all = new Transcript();
      applyAll(all, ops);
      assert.deepEqual(timeline(all.run("r"), now).rows.map(line), rows);
    });
});

/** A row as its name, depth and bars. */
function line({ turn, tool, depth, bars, failed }: Row): string {
  const name = tool === null ? `turn ${turn.number}` : tool.step.value.name;
  const said = bars.map(({ kind, from, to }) => `${kind} ${from}-${to}`).join(", ");
  return `${"  ".repeat(depth)}${name}: ${said}${failed ? " failed" : ""}`;
}

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
