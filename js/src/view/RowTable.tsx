/** A tool's result that is a list of rows, as a DataFrame or a query gives it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { isObject, plural } from "../format.ts";
import type { Json } from "../protocol.ts";

type Cell = string | number | boolean | null;
export type Rows = readonly { readonly [column: string]: Cell }[];

const COLUMNS = 12;
const SHOWN = 20;
const WIDEST = 80;

/** The value as rows of one shape with plain cells, or `null` if it is something else. */
export function table(value: Json): Rows | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const columns = isObject(value[0]) ? Object.keys(value[0]) : [];
  if (columns.length === 0 || columns.length > COLUMNS) return null;
  const isRow = (row: Json): row is Rows[number] =>
    isObject(row) &&
    Object.keys(row).length === columns.length &&
    columns.every((column) => Object.hasOwn(row, column) && isCell(row[column]));
  return value.every(isRow) ? value : null;
}

function isCell(value: Json | undefined): value is Cell {
  return typeof value === "string" ? value.length <= WIDEST : value === null || typeof value !== "object";
}

export function RowTable({ rows }: { readonly rows: Rows }): JSX.Element {
  const [all, showAll] = useState(false);
  const columns = Object.keys(rows[0] ?? {}).map((name) => ({
    name,
    align: rows.every((row) => row[name] === null || typeof row[name] === "number") ? "right" : undefined,
  }));
  const shown = all ? rows : rows.slice(0, SHOWN);
  return (
    <>
      <section class="table rows" aria-label="Rows" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map(({ name, align }) => (
                <th key={name} data-align={align}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr>
                {columns.map(({ name, align }) => (
                  <td key={name} data-align={align}>
                    {String(row[name] ?? "")}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {shown.length < rows.length && (
        <button type="button" class="text-button" data-action="show-all" onClick={() => showAll(true)}>
          Show all {plural(rows.length, "row")}
        </button>
      )}
    </>
  );
}
