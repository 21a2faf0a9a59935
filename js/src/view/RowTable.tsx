/** Rows and fields as tables. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Cell, Fields, Rows } from "../rows.ts";
import { useSay } from "./panelWords.ts";
import { Leaf } from "./Tree.tsx";

const SHOWN = 20;
const PAGE = 500;

export function RowTable({ rows, rest }: Rows): JSX.Element {
  const say = useSay();
  const [most, showMost] = useState(SHOWN);
  const columns = Object.keys(rows[0] ?? {}).map((name) => ({
    name,
    align: rows.every((row) => row[name] === null || typeof row[name] === "number") ? "right" : undefined,
  }));
  const left = rows.length - most;
  return (
    <>
      <section class="table rows" aria-label={say("rows")} tabIndex={0}>
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
            ? say("show_rows", { n: rows.length })
            : say("show_more_rows", { most: PAGE, n: rows.length })}
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
