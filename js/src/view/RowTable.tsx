/** A value that is flat enough for a table: rows as a DataFrame or a query gives them, or the fields of one object. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { isObject, plural } from "../format.ts";
import type { Json } from "../protocol.ts";
import { Leaf } from "./Tree.tsx";

type Cell = string | number | boolean | null;
export type Fields = { readonly [name: string]: Cell };
export interface Rows {
  readonly rows: readonly Fields[];
  /** What the kernel says of rows that it left out. */
  readonly rest: string | null;
}

const COLUMNS = 16;
const FIELDS = 24;
const SHOWN = 20;
const PAGE = 500;
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

export function RowTable({ rows, rest }: Rows): JSX.Element {
  const [most, showMost] = useState(SHOWN);
  const columns = Object.keys(rows[0] ?? {}).map((name) => ({
    name,
    align: rows.every((row) => row[name] === null || typeof row[name] === "number") ? "right" : undefined,
  }));
  const left = rows.length - most;
  return (
    <>
      <section class="table rows" aria-label="Rows" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map(({ name, align }) => (
                <th key={name} data-align={align} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, most).map((row) => (
              <tr>
                {columns.map(({ name, align }) => (
                  <td key={name} data-align={align} dir="auto">
                    {cell(row[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {left > 0 && (
        <button
          type="button"
          class="text-button"
          data-action="show-all"
          onClick={() => showMost(most + PAGE)}
        >
          {left <= PAGE
            ? `Show all ${plural(rows.length, "row")}`
            : `Show ${PAGE} more of ${plural(rows.length, "row")}`}
        </button>
      )}
      {rest !== null && left <= 0 && <p class="nothing">{rest}</p>}
    </>
  );
}

/** Numbers with all their digits, and what is absent told apart from an empty text. */
function cell(value: Cell | undefined): JSX.Element | string {
  return value === null || value === undefined ? <span class="v-null">–</span> : String(value);
}

export function FieldTable({ of }: { readonly of: Fields }): JSX.Element {
  return (
    <dl class="fields">
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Leaf value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
