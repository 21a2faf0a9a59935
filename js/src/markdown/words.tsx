/** What of a text is said in the words of the page. */

import type { ComponentChild, JSX } from "preact";
import type { Label } from "../labels.ts";
import { useSay } from "../view/words.ts";

export function Words({ label }: { readonly label: Label }): string {
  return useSay()(label);
}

/** Of a list of tasks. */
export function Checkbox({ checked }: { readonly checked: boolean }): JSX.Element {
  const label = useSay()(checked ? "task_done" : "task_open");
  return <input type="checkbox" checked={checked} disabled aria-label={label} />;
}

interface Props {
  readonly children: ComponentChild;
}

/** Wide tables scroll, also by the keyboard. */
export function TableFrame({ children }: Props): JSX.Element {
  return (
    <section class="table" aria-label={useSay()("table")} tabIndex={0}>
      {children}
    </section>
  );
}

/** The text of a link that is none. */
export function Unsafe({ children }: Props): JSX.Element {
  return <span title={useSay()("unsafe_link")}>{children}</span>;
}
