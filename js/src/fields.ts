/**
 * A tool's arguments as the fields of a form, and back. The types are those of the values that the model wrote: a form
 * cannot turn a number into text, and what has no simple type is written as JSON.
 */

import { isObject, pretty } from "./format.ts";
import type { Label } from "./labels.ts";
import type { Json } from "./protocol.ts";

export type FieldKind = "line" | "text" | "number" | "boolean" | "json";

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** What the model wrote, as the field shows it. */
  readonly text: string;
  readonly value: Json;
}

/** What was written: the value, or the label that says why it is none; `why` is the JSON parser's own word. */
export type Read =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: Label; readonly why: string };

const LONGEST_LINE = 60;

/** The fields for `args`; none if they are not an object with anything in it. */
export function fieldsOf(args: Json): readonly Field[] {
  if (!isObject(args)) return [];
  return Object.entries(args).map(([name, value]) => {
    const kind = kindOf(value);
    const text = kind === "json" ? JSON.stringify(value, null, 2) : String(value);
    return { name, kind, text, value };
  });
}

function kindOf(value: Json): FieldKind {
  switch (typeof value) {
    case "string":
      return value.length > LONGEST_LINE || value.includes("\n") ? "text" : "line";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return "json";
  }
}

/** The value that `text` says. */
export function readField({ kind, text: before, value }: Field, text: string): Read {
  // A number with more digits than JavaScript keeps stays what it was.
  if (text === before) return { ok: true, value };
  switch (kind) {
    case "line":
    case "text":
      return { ok: true, value: text };
    case "boolean":
      return { ok: true, value: text === "true" };
    case "number": {
      const number = text.trim() === "" ? Number.NaN : Number(text);
      return Number.isFinite(number)
        ? { ok: true, value: number }
        : { ok: false, problem: "not_a_number", why: "" };
    }
    default:
      return readJson(text);
  }
}

export function readJson(text: string): Read {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: "not_json", why };
  }
}

/** Arguments as one JSON text: an object. */
export function readArguments(text: string): Read {
  const read = readJson(text);
  return !read.ok || isObject(read.value) ? read : { ok: false, problem: "no_object", why: "" };
}

/** Whether the two are written the same. */
export function isSame(a: Json, b: Json): boolean {
  return pretty(a) === pretty(b) && typeof a === typeof b;
}
