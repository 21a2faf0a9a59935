/** Arguments as a form, and back. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Field, type FieldKind, fieldsOf, readArguments, readField } from "../src/fields.ts";
import type { Json } from "../src/protocol.ts";

function field(value: Json): Field {
  const [only] = fieldsOf({ value });
  assert.ok(only);
  return only;
}

describe("a value's field", () => {
  const rows: readonly (readonly [Json, FieldKind, string])[] = [
    ["Paris", "line", "Paris"],
    ["", "line", ""],
    ["two\nlines", "text", "two\nlines"],
    ["x".repeat(61), "text", "x".repeat(61)],
    [3.5, "number", "3.5"],
    [false, "boolean", "false"],
    [null, "json", "null"],
    [[1, 2], "json", "[\n  1,\n  2\n]"],
    [{ a: 1 }, "json", '{\n  "a": 1\n}'],
  ];
  for (const [value, kind, text] of rows)
    test(JSON.stringify(value).slice(0, 20), () => {
      const made = field(value);
      assert.deepEqual([made.kind, made.text], [kind, text]);
      assert.deepEqual(readField(made, made.text), { ok: true, value });
    });
});

describe("what is written into it", () => {
  const rows: readonly (readonly [Json, string, Json | { readonly problem: string }])[] = [
    ["Paris", "7", "7"],
    [3, "7", 7],
    [3, " 1e3 ", 1000],
    [3, "", { problem: "not_a_number" }],
    [3, "seven", { problem: "not_a_number" }],
    [true, "false", false],
    [[1], "[1, 2]", [1, 2]],
    [[1], "[1, 2", { problem: "not_json" }],
    [null, '"now"', "now"],
  ];
  for (const [before, text, wanted] of rows)
    test(`${JSON.stringify(before)}: ${text}`, () => {
      const read = readField(field(before), text);
      assert.deepEqual(read.ok ? read.value : { problem: read.problem }, wanted);
    });
});

test("what has no fields has none", () => {
  for (const value of [null, "text", 1, [1], {}]) assert.deepEqual(fieldsOf(value), []);
});

test("arguments are an object", () => {
  assert.deepEqual(readArguments('{"a": 1}'), { ok: true, value: { a: 1 } });
  assert.deepEqual(readArguments("[1]"), { ok: false, problem: "no_object", why: "" });
  const broken = readArguments("{");
  assert.ok(!broken.ok && broken.problem === "not_json" && broken.why !== "");
});
