/** What of a text is new. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diff } from "../src/diff.ts";

const SIGNS = { same: " ", added: "+", removed: "-" } as const;
const shown = (before: string, now: string) =>
  diff(before, now).map(({ change, lines }) => `${SIGNS[change]}${lines.join("|")}`);

describe("a text is told by what is new in it", () => {
  const rows: readonly (readonly [string, string, string, readonly string[]])[] = [
    ["nothing", "", "", []],
    ["the same", "a\nb", "a\nb", [" a|b"]],
    ["all new", "", "a\nb", ["+a|b"]],
    ["all gone", "a", "", ["-a"]],
    ["in the middle", "a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
    ["at the end", "a", "a\nb", [" a", "+b"]],
    ["at the beginning", "b", "a\nb", ["+a", " b"]],
    ["twice the same line", "a", "a\na", [" a", "+a"]],
    ["two places", "1\n2\n3\n4\n5", "1\nx\n3\ny\n5", [" 1", "-2", "+x", " 3", "-4", "+y", " 5"]],
  ];
  for (const [name, before, now, wanted] of rows)
    test(name, () => assert.deepEqual(shown(before, now), wanted));
});

test("what stays and what goes is the old text, what stays and what comes the new one", () => {
  const letters = ["a", "b", "c"];
  const text = (n: number) => Array.from({ length: n % 7 }, (_, at) => letters[(n >> at) % 3]).join("\n");
  for (let n = 0; n < 400; n += 1) {
    const [before, now] = [text(n), text(n * 7 + 3)];
    const hunks = diff(before, now);
    const without = (change: string) =>
      hunks
        .filter((hunk) => hunk.change !== change)
        .flatMap(({ lines }) => lines)
        .join("\n");
    assert.equal(without("added"), before);
    assert.equal(without("removed"), now);
  }
});

test("of texts that are too long to compare, beginning and end still are", () => {
  const lines = (name: string) => Array.from({ length: 3_000 }, (_, n) => `${name}${n}`).join("\n");
  const hunks = diff(`same\n${lines("a")}\nend`, `same\n${lines("b")}\nend`);
  assert.deepEqual(
    hunks.map(({ change, lines }) => [change, lines.length]),
    [
      ["same", 1],
      ["removed", 3_000],
      ["added", 3_000],
      ["same", 1],
    ],
  );
});
