/** What a tool's JSON Schema says of its arguments, as far as a form can use it. A schema may be anything at all. */

import { isObject } from "./format.ts";
import type { Json } from "./protocol.ts";

export type Type = "string" | "number" | "integer" | "boolean" | "json";

/** Of one argument. */
export interface Rule {
  /** `json` for what is no scalar; `null` if the schema does not say. */
  readonly type: Type | null;
  /** What it may be, if that is a list. */
  readonly choices: readonly Json[] | null;
  readonly nullable: boolean;
  readonly required: boolean;
  readonly help: string;
  /** `undefined` if there is none. */
  readonly preset: Json | undefined;
  readonly least: number;
  readonly most: number;
  /** Limits that it may not reach. */
  readonly over: number;
  readonly under: number;
  /** Characters. */
  readonly shortest: number;
  readonly longest: number;
  /** Of an object whose properties are known. */
  readonly inner: Schema | null;
}

/** Of an object. */
export interface Schema {
  readonly names: readonly string[];
  readonly root: Json;
  readonly properties: Node;
  readonly required: readonly Json[];
}

type Node = { readonly [key: string]: Json };

/** References that are followed from one to the next. */
const FARTHEST = 16;

export function rulesOf(schema: Json): Schema {
  return inside(schema, isObject(schema) ? schema : {});
}

function inside(root: Json, node: Node): Schema {
  const properties = objectAt(node, "properties");
  const required = node["required"];
  return {
    names: Object.keys(properties),
    root,
    properties,
    required: Array.isArray(required) ? required : [],
  };
}

/** What `schema` says of its property `name`. */
export function ruleOf({ root, properties, required }: Schema, name: string): Rule {
  const outer = objectAt(properties, name);
  const { node, nullable } = meant(outer, root);
  const type = typeOf(node);
  const choices = choicesOf(node);
  return {
    type,
    choices,
    nullable: nullable || choices?.includes(null) === true,
    required: required.includes(name),
    help: text(outer["description"]) || text(node["description"]),
    preset: outer["default"] ?? node["default"],
    least: number(node["minimum"], Number.NEGATIVE_INFINITY),
    most: number(node["maximum"], Number.POSITIVE_INFINITY),
    over: number(node["exclusiveMinimum"], Number.NEGATIVE_INFINITY),
    under: number(node["exclusiveMaximum"], Number.POSITIVE_INFINITY),
    shortest: number(node["minLength"], 0),
    longest: number(node["maxLength"], Number.POSITIVE_INFINITY),
    inner:
      type === "json" && Object.keys(objectAt(node, "properties")).length > 0 ? inside(root, node) : null,
  };
}

/** Behind references, and without the `null` that an optional argument may also be. */
function meant(outer: Node, root: Json): { readonly node: Node; readonly nullable: boolean } {
  let node = outer;
  let nullable = false;
  for (let steps = 0; steps < FARTHEST; steps++) {
    const to = node["$ref"];
    const either = node["anyOf"] ?? node["oneOf"] ?? node["allOf"];
    if (typeof to === "string") node = found(root, to);
    else if (Array.isArray(either)) {
      const others = either.filter((one) => !(isObject(one) && one["type"] === "null"));
      nullable ||= others.length < either.length;
      const [only] = others;
      if (others.length !== 1 || only === undefined || !isObject(only)) break;
      node = only;
    } else break;
  }
  const types = node["type"];
  return { node, nullable: nullable || (Array.isArray(types) && types.includes("null")) };
}

/** `#/$defs/Address`. */
function found(root: Json, reference: string): Node {
  if (!reference.startsWith("#/")) return {};
  let at: Json = root;
  for (const name of reference.slice(2).split("/"))
    at = isObject(at) ? (at[name.replaceAll("~1", "/").replaceAll("~0", "~")] ?? null) : null;
  return isObject(at) ? at : {};
}

function typeOf(node: Node): Type | null {
  const types = [node["type"]].flat().filter((type) => type !== "null" && type !== undefined);
  const [type] = types;
  if (types.length !== 1) return types.length > 1 || node["anyOf"] || node["oneOf"] ? "json" : null;
  return type === "string" || type === "number" || type === "integer" || type === "boolean" ? type : "json";
}

/** Those of an `enum`; one of objects or lists is written as JSON. */
function choicesOf(node: Node): readonly Json[] | null {
  const all = Object.hasOwn(node, "const") ? [node["const"] ?? null] : node["enum"];
  if (!Array.isArray(all) || all.length === 0) return null;
  return all.every((choice) => typeof choice !== "object" || choice === null) ? all : null;
}

function objectAt(node: Node, key: string): Node {
  const value = Object.hasOwn(node, key) ? node[key] : undefined;
  return value !== undefined && isObject(value) ? value : {};
}

function number(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
