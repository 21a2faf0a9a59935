/** Arguments as a form, and back. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  choicesOf,
  type Field,
  type FieldKind,
  fieldsOf,
  readArguments,
  readField,
  readFields,
} from "../src/fields.ts";
import type { Json } from "../src/protocol.ts";

/** As the kernel writes it: JavaScript has no such number. */
const LARGE = "1234567890123456789";

function field(value: Json): Field {
  const [only] = fieldsOf({ value });
  assert.ok(only);
  return only;
}

function read(of: Field, text: string): Json | undefined | { readonly problem: string } {
  const found = readField(of, text);
  if (found === null) return undefined;
  return found.ok ? found.value : { problem: found.problem };
}

describe("without a schema, a value's field", () => {
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
      assert.deepEqual(read(made, made.text), value);
    });
});

describe("what is written into it", () => {
  const rows: readonly (readonly [Json, string, Json | undefined | { readonly problem: string }])[] = [
    ["Paris", "7", "7"],
    ["Paris", "", ""],
    [3, "7", 7],
    [3, " 1e3 ", 1000],
    [3, "", undefined],
    [3, "seven", { problem: "not_a_number" }],
    [true, "false", false],
    [[1], "[1, 2]", [1, 2]],
    [[1], "[1, 2", { problem: "not_json" }],
    [null, '"now"', "now"],
    [3, "1234567890123456789", "1234567890123456789"],
    [3, "-9007199254740993", "-9007199254740993"],
    [3, "9007199254740991", 9007199254740991],
    [[1], '[1234567890123456789, "1234567890123456789\\"12"]', [LARGE, `${LARGE}"12`]],
    [[1], "[0.125000000000000000, 1000000000000000000e2]", [0.125, 1e20]],
    [[1], "[01234567890123456789]", { problem: "not_json" }],
  ];
  for (const [before, text, wanted] of rows)
    test(`${JSON.stringify(before)}: ${text}`, () => assert.deepEqual(read(field(before), text), wanted));
});

const ADDRESS = {
  type: "object",
  properties: { city: { type: "string" }, zip: { type: "integer" } },
  required: ["city"],
};

/** As pydantic and others write it. */
const SCHEMA: Json = {
  type: "object",
  $defs: { Unit: { enum: ["C", "F"], type: "string", description: "Of degrees." }, Address: ADDRESS },
  properties: {
    city: { type: "string", description: "Where.", minLength: 2, maxLength: 5 },
    days: { type: "integer", minimum: 1, maximum: 16, default: 3 },
    share: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
    unit: { $ref: "#/$defs/Unit" },
    note: { anyOf: [{ type: "string" }, { type: "null" }], default: null, description: "Or none." },
    force: { type: "boolean" },
    tags: { type: "array", items: { type: "string" } },
    either: { anyOf: [{ type: "string" }, { type: "number" }] },
    address: { allOf: [{ $ref: "#/$defs/Address" }] },
    free: { type: "object" },
    fixed: { const: 7 },
  },
  required: ["city", "unit", "tags"],
};

function fieldIn(args: Json, id: string, schema: Json = SCHEMA): Field {
  const all = fieldsOf(args, schema).flatMap((one) => [one, ...one.fields]);
  const found = all.find((one) => one.id === id);
  assert.ok(found, `${id} among ${all.map((one) => one.id)}`);
  return found;
}

describe("with a schema", () => {
  const kinds: readonly (readonly [string, FieldKind])[] = [
    ["city", "line"],
    ["days", "number"],
    ["unit", "choice"],
    ["note", "line"],
    ["force", "choice"],
    ["tags", "json"],
    ["either", "json"],
    ["address", "group"],
    ["address/zip", "number"],
    ["free", "json"],
    ["fixed", "choice"],
  ];
  for (const [name, kind] of kinds)
    test(`${name} that was left out is a ${kind}`, () => assert.equal(fieldIn({}, name).kind, kind));

  test("what it says of a field is told", () => {
    assert.equal(fieldIn({}, "city").rule.help, "Where.");
    assert.equal(fieldIn({}, "unit").rule.help, "Of degrees.");
    assert.equal(fieldIn({}, "note").rule.help, "Or none.");
    assert.equal(fieldIn({}, "days").rule.preset, 3);
    assert.deepEqual(choicesOf(fieldIn({}, "unit")), ["C", "F"]);
    assert.deepEqual(choicesOf(fieldIn({ unit: "K" }, "unit")), ["C", "F", "K"]);
    assert.deepEqual(choicesOf(fieldIn({}, "force")), [true, false]);
  });

  const rows: readonly (readonly [Json, string, string, Json | undefined | { readonly problem: string }])[] =
    [
      [{}, "city", "", { problem: "is_needed" }],
      [{}, "city", "x", { problem: "too_short" }],
      [{}, "city", "Weimar", { problem: "too_long" }],
      [
        {},
        "city",
        "\u{1f3d9}\u{1f3d9}\u{1f3d9}\u{1f3d9}\u{1f3d9}",
        "\u{1f3d9}\u{1f3d9}\u{1f3d9}\u{1f3d9}\u{1f3d9}",
      ],
      [{ city: "" }, "city", "", { problem: "too_short" }],
      [{}, "days", "", undefined],
      [{ days: 3 }, "days", "", undefined],
      [{}, "days", "2", 2],
      [{}, "days", "2.5", { problem: "not_whole" }],
      [{}, "days", "0", { problem: "too_small" }],
      [{ days: 99 }, "days", "99", { problem: "too_large" }],
      [{ days: "many" }, "days", "many", { problem: "not_a_number" }],
      [{}, "share", "0", { problem: "not_over" }],
      [{}, "share", "1", { problem: "not_under" }],
      [{}, "share", "0.5", 0.5],
      [{}, "unit", '"F"', "F"],
      [{}, "unit", "", { problem: "is_needed" }],
      [{ unit: "K" }, "unit", '"K"', { problem: "not_a_choice" }],
      [{ note: null }, "note", "", null],
      [{ note: null }, "note", "x", "x"],
      [{}, "note", "", undefined],
      [{}, "force", "", undefined],
      [{}, "force", "true", true],
      [{ force: true }, "force", "false", false],
      [{}, "tags", "", { problem: "is_needed" }],
      [{}, "tags", '["a"]', ["a"]],
      [{ days: 12345678901234567890n.toString() }, "days", "4", 4],
    ];
  for (const [args, name, text, wanted] of rows)
    test(`${JSON.stringify(args)}: ${name} "${text}"`, () =>
      assert.deepEqual(read(fieldIn(args, name), text), wanted));

  test("only what was given is in the arguments", () => {
    const fields = fieldsOf({ city: "Rome", extra: 1 }, SCHEMA);
    assert.deepEqual(readFields(fields, { tags: "[]", unit: '"C"' }), {
      ok: true,
      value: { city: "Rome", unit: "C", tags: [], extra: 1 },
    });
  });

  test("a group that was left out is left out until something in it is written", () => {
    const fields = fieldsOf({ city: "Rome", unit: "C", tags: [] }, SCHEMA);
    assert.deepEqual(readFields(fields, { "address/zip": "7" }), {
      ok: false,
      problem: "is_needed",
      values: {},
    });
    assert.deepEqual(readFields(fields, { "address/zip": "7", "address/city": "Bonn" }), {
      ok: true,
      value: { city: "Rome", unit: "C", tags: [], address: { city: "Bonn", zip: 7 } },
    });
  });
});

describe("a schema may be anything", () => {
  const odd: readonly Json[] = [
    null,
    7,
    "schema",
    [],
    { properties: 7 },
    { properties: { a: 7 } },
    { properties: { a: { $ref: "#/properties/a" } } },
    { properties: { a: { $ref: "https://elsewhere/a" } } },
    { properties: { a: { $ref: "#/nowhere/at/all" } } },
    { properties: { a: { anyOf: [] } } },
    { properties: { a: { enum: [] } } },
    { properties: { a: { type: ["null"] } } },
    { properties: { a: { minimum: "1", type: 7 } }, required: "a" },
  ];
  for (const schema of odd)
    test(JSON.stringify(schema), () => {
      assert.deepEqual(readFields(fieldsOf({ a: 1 }, schema), {}), { ok: true, value: { a: 1 } });
    });

  test("one that holds itself ends as JSON", () => {
    const node = { type: "object", properties: { next: { $ref: "#/$defs/Node" } } };
    const depth = (fields: readonly Field[]): number =>
      Math.max(0, ...fields.map((one) => 1 + depth(one.fields)));
    assert.equal(depth(fieldsOf({}, { $defs: { Node: node }, ...node })), 4);
  });

  test("names are only names", () => {
    const args = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
    const read = readFields(fieldsOf(args, { properties: {} }), {});
    assert.ok(read.ok);
    assert.equal(JSON.stringify(read.value), JSON.stringify(args));
  });
});

test("what has no fields has none", () => {
  for (const value of [null, "text", 1, [1], {}]) assert.deepEqual(fieldsOf(value), []);
});

test("arguments are an object", () => {
  assert.deepEqual(readArguments('{"a": 1}'), { ok: true, value: { a: 1 } });
  assert.deepEqual(readArguments("[1]"), { ok: false, problem: "no_object", values: {} });
  const broken = readArguments("{");
  assert.ok(!broken.ok && broken.problem === "not_json" && broken.values["why"] !== "");
});

test("a name with a slash is no field of a group", () => {
  const group: Json = { type: "object", properties: { b: { type: "string" } } };
  const written: Json = { "a/b": "one", "a~1b": "two", a: { b: "three" } };
  const fields = fieldsOf(written, { type: "object", properties: { a: group } });
  const ids = fields.flatMap((one) => [one, ...one.fields]).map(({ id }) => id);
  assert.equal(new Set(ids).size, 4);
  assert.deepEqual(readFields(fields, { "a/b": "changed" }), {
    ok: true,
    value: { ...written, a: { b: "changed" } },
  });
});

describe("an integer that JavaScript has no number for", () => {
  const schema: Json = {
    type: "object",
    properties: { id: { type: "integer", minimum: 5 }, note: { type: "string" } },
  };
  const written: Json = { id: LARGE, note: "a" };

  test("stays as it is when something else is changed", () =>
    assert.deepEqual(readFields(fieldsOf(written, schema), { note: "b" }), {
      ok: true,
      value: { id: LARGE, note: "b" },
    }));

  test("is changed by its digits", () =>
    assert.deepEqual(readFields(fieldsOf(written, schema), { id: "1234567890123456788" }), {
      ok: true,
      value: { id: "1234567890123456788", note: "a" },
    }));

  test("is as large as the schema says", () =>
    assert.deepEqual(readFields(fieldsOf(written, schema), { id: `-${LARGE}` }), {
      ok: false,
      problem: "too_small",
      values: { least: 5 },
    }));

  test("is read from JSON with all of its digits", () =>
    assert.deepEqual(readArguments(`{"id": ${LARGE}, "note": "${LARGE}"}`), {
      ok: true,
      value: { id: LARGE, note: LARGE },
    }));
});
