/** What of a value is flat enough for a table: rows as a DataFrame or a query gives them, or the fields of one object. */

import { isObject } from "./format.ts";
import type { Json } from "./protocol.ts";

export type Cell = string | number | boolean | null;
export type Fields = { readonly [name: string]: Cell };
export interface Rows {
  readonly rows: readonly Fields[];
  /** What the kernel says of rows that it left out. */
  readonly rest: string | null;
}

const COLUMNS = 16;
const FIELDS = 24;
const WIDEST = 120;
const LONGEST = 400;

/** The value as rows of one shape with plain cells, or `null` if it is something else. */
export function table(value: Json): Rows | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const last = value.at(-1);
  const rest = typeof last === "string" && last.startsWith("… ") ? last : null;
  const items = rest === null ? value : value.slice(0, -1);
  const columns = isObject(items[0] ?? null) ? Object.keys(items[0] ?? {}) : [];
  if (columns.length === 0 || columns.length > COLUMNS) return null;
  const isRow = (row: Json): row is Fields =>
    isObject(row) &&
    Object.keys(row).length === columns.length &&
    columns.every((column) => Object.hasOwn(row, column) && isCell(row[column], WIDEST));
  return items.every(isRow) ? { rows: items, rest } : null;
}

/** The value as the fields of one object, or `null` if it is something else. */
export function fields(value: Json): Fields | null {
  if (!isObject(value)) return null;
  const cells = Object.values(value);
  const flat = (object: { readonly [key: string]: Json }): object is Fields =>
    cells.length > 0 &&
    cells.length <= FIELDS &&
    Object.values(object).every((cell) => isCell(cell, LONGEST));
  return flat(value) ? value : null;
}

function isCell(value: Json | undefined, longest: number): value is Cell {
  return typeof value === "string" ? value.length <= longest : value === null || typeof value !== "object";
}
