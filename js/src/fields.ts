/**
 * A tool's arguments as the fields of a form, and back.
 *
 * Where the tool's JSON Schema is known it says what fields there are; else, and where it says nothing of a value, the
 * types are those of the values that the model wrote. What has no simple type is written as JSON.
 */

import { isObject, pretty } from "./format.ts";
import type { Label, Values } from "./labels.ts";
import type { Json } from "./protocol.ts";
import { type Rule, ruleOf, rulesOf, type Schema } from "./schema.ts";

export type FieldKind = "line" | "text" | "number" | "boolean" | "choice" | "json" | "group";

export interface Field {
  /** Unique in the form: `address/city` is in the group `address`. */
  readonly id: string;
  readonly name: string;
  readonly kind: FieldKind;
  /** What the model wrote, as the field shows it; `""` if it wrote nothing. */
  readonly text: string;
  /** `undefined` if it left the argument out. */
  readonly value: Json | undefined;
  readonly rule: Rule;
  /** Of a group. */
  readonly fields: readonly Field[];
}

/** What was written: the value, or the label that says why it is none. */
export type Read =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: Label; readonly values: Values };

/** An integer beyond those that a JSON number holds exactly in a page. The kernel writes it as a text, and reads it so. */
export function isLarge(value: Json): value is string {
  return typeof value === "string" && /^-?[1-9]\d{15,}$/.test(value) && !Number.isSafeInteger(Number(value));
}

/** What was written into the fields that were changed, by their ids. */
export type Texts = Readonly<Record<string, string>>;

const LONGEST_LINE = 60;
/** Groups within groups; what is deeper is JSON. */
const DEEPEST = 3;

/** The fields for `args`; none if they are not an object, or one with nothing in it of which nothing is known. */
export function fieldsOf(args: Json, schema: Json = null): readonly Field[] {
  return isObject(args) ? inGroup(args, rulesOf(schema), "", 1) : [];
}

function inGroup(
  values: { readonly [name: string]: Json },
  schema: Schema,
  prefix: string,
  depth: number,
): readonly Field[] {
  const names = new Set([...schema.names, ...Object.keys(values)]);
  return [...names].map((name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const rule = ruleOf(schema, name);
    // As in JSON pointers: a name may have a slash of its own.
    const id = prefix + name.replaceAll("~", "~0").replaceAll("/", "~1");
    if (rule.inner !== null && depth <= DEEPEST && (value === undefined || isObject(value))) {
      const fields = inGroup(value ?? {}, rule.inner, `${id}/`, depth + 1);
      if (fields.length > 0) return { id, name, kind: "group", text: "", value, rule, fields };
    }
    const kind = kindOf(value, rule);
    return { id, name, kind, text: textOf(kind, value), value, rule, fields: [] };
  });
}

function kindOf(value: Json | undefined, { type, choices }: Pick<Rule, "type" | "choices">): FieldKind {
  if (choices !== null) return "choice";
  if (value === undefined || value === null) {
    // Neither yes nor no: a checkbox could not say so.
    if (type === "boolean") return "choice";
    if (type === "string") return "line";
    return type === "number" || type === "integer" ? "number" : "json";
  }
  switch (typeof value) {
    case "string":
      if (type !== null && type !== "string") return kindOf(null, { type, choices });
      return value.length > LONGEST_LINE || value.includes("\n") ? "text" : "line";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return "json";
  }
}

function textOf(kind: FieldKind, value: Json | undefined): string {
  if (value === undefined) return "";
  if (kind === "choice") return JSON.stringify(value);
  if (kind === "json") return JSON.stringify(value, null, 2);
  return value === null ? "" : String(value);
}

/** What a choice is made of. */
export function choicesOf({ rule, value }: Field): readonly Json[] {
  const choices = rule.choices ?? [true, false];
  const texts = choices.map((choice) => JSON.stringify(choice));
  // What the model wrote can be chosen, too, if only to be told that it is none of them.
  return value === undefined || texts.includes(JSON.stringify(value)) ? choices : [...choices, value];
}

/** The value that `text` says; `null` if the argument is left out. */
export function readField(field: Field, text: string): Read | null {
  const { kind, text: before, value, rule } = field;
  if (text === "" && (value === undefined || (kind !== "line" && kind !== "text"))) {
    if (value === null || (rule.nullable && rule.required)) return { ok: true, value: null };
    return rule.required ? no("is_needed") : null;
  }
  // What was not changed stays as it was.
  const read = text === before && value !== undefined ? { ok: true as const, value } : parsed(kind, text);
  return read.ok ? checked(read.value, rule) : read;
}

function parsed(kind: FieldKind, text: string): Read {
  switch (kind) {
    case "line":
    case "text":
      return { ok: true, value: text };
    case "boolean":
      return { ok: true, value: text === "true" };
    case "number": {
      if (isLarge(text.trim())) return { ok: true, value: text.trim() };
      const number = text.trim() === "" ? Number.NaN : Number(text);
      return Number.isFinite(number) ? { ok: true, value: number } : no("not_a_number");
    }
    default:
      return readJson(text);
  }
}

/** The value, if the schema lets it be. */
function checked(value: Json, rule: Rule): Read {
  const { type, choices, nullable, least, most, over, under, shortest, longest } = rule;
  if (value === null && nullable) return { ok: true, value };
  if (choices !== null)
    return choices.some((choice) => JSON.stringify(choice) === JSON.stringify(value))
      ? { ok: true, value }
      : no("not_a_choice");
  const isNumeric = type === "number" || type === "integer";
  const number = isNumeric && isLarge(value) ? Number(value) : value;
  if (isNumeric && typeof number !== "number") return no("not_a_number");
  if (typeof number === "number") {
    if (type === "integer" && !Number.isInteger(number)) return no("not_whole");
    if (number < least) return no("too_small", { least });
    if (number > most) return no("too_large", { most });
    if (number <= over) return no("not_over", { over });
    if (number >= under) return no("not_under", { under });
  } else if (typeof value === "string") {
    // As the schema counts: characters, not halves of them.
    const length = [...value].length;
    if (length < shortest) return no("too_short", { n: shortest });
    if (length > longest) return no("too_long", { n: longest });
  }
  return { ok: true, value };
}

function no(problem: Label, values: Values = {}): Read {
  return { ok: false, problem, values };
}

/** What a field says now. Its name may be that of anything that all objects have. */
export function textIn(texts: Texts, { id, text }: Field): string {
  return (Object.hasOwn(texts, id) ? texts[id] : undefined) ?? text;
}

/** What all of the fields say, as one object; or the first problem. */
export function readFields(fields: readonly Field[], texts: Texts): Read {
  const written: [string, Json][] = [];
  for (const field of fields) {
    const read = field.kind === "group" ? readGroup(field, texts) : readField(field, textIn(texts, field));
    if (read?.ok === false) return read;
    if (read !== null) written.push([field.name, read.value]);
  }
  return { ok: true, value: Object.fromEntries(written) };
}

/** A group that the model left out, and that nobody has written anything in, is left out. */
export function isLeftOut({ kind, id, value, rule }: Field, texts: Texts): boolean {
  if (kind !== "group" || value !== undefined || rule.required) return false;
  return !Object.entries(texts).some(([other, text]) => other.startsWith(`${id}/`) && text !== "");
}

function readGroup(group: Field, texts: Texts): Read | null {
  return isLeftOut(group, texts) ? null : readFields(group.fields, texts);
}

function readJson(text: string): Read {
  try {
    return { ok: true, value: JSON.parse(text.replace(STRING_OR_NUMBER, exactly)) };
  } catch (error) {
    return no("not_json", { why: error instanceof Error ? error.message : String(error) });
  }
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON in which every digit counts. */
function exactly(token: string): string {
  return isLarge(token) ? `"${token}"` : token;
}

/** Arguments as one JSON text: an object. */
export function readArguments(text: string): Read {
  const read = readJson(text);
  return !read.ok || isObject(read.value) ? read : no("no_object");
}

/** Whether the two are written the same. */
export function isSame(a: Json, b: Json): boolean {
  return pretty(a) === pretty(b) && typeof a === typeof b;
}
