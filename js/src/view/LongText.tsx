/** A text that may be very long: it is laid out in full only if the reader asks for it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { size } from "../format.ts";
import { Code } from "../markdown/code.tsx";

const LIMIT = 50_000;
const SHOWN = 20_000;

interface Props {
  readonly text: string;
  /** `""` for a text that is no code. */
  readonly language: string;
  readonly complete: boolean;
}

export function LongText({ text, language, complete }: Props): JSX.Element {
  const [all, showAll] = useState(false);
  const cut = text.length > LIMIT && !all;
  return (
    <>
      <pre class="value" dir="auto" tabIndex={0}>
        <Code text={cut ? text.slice(0, SHOWN) : text} language={cut ? "" : language} complete={complete} />
      </pre>
      {cut && (
        <button type="button" class="text-button" data-action="show-all" onClick={() => showAll(true)}>
          Show all {size(text.length)}
        </button>
      )}
    </>
  );
}
