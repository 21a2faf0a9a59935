/** A text that may be very long: it is laid out in full only if the reader asks for it, and then piece by piece. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { pretty, size } from "../format.ts";
import { Code } from "../markdown/code.tsx";
import type { Json } from "../protocol.ts";
import { useSay } from "./words.ts";

const LIMIT = 50_000;
const PIECE = 20_000;

interface Props {
  readonly text: string;
  /** `""` for a text that is no code. */
  readonly language: string;
  readonly complete: boolean;
}

export function LongText({ text, language, complete }: Props): JSX.Element {
  const say = useSay();
  const [all, showAll] = useState(false);
  if (text.length <= LIMIT)
    return (
      <pre class="value" dir="auto" tabIndex={0}>
        <Code text={text} language={language} complete={complete} />
      </pre>
    );
  return (
    <>
      <Pieces text={all ? text : text.slice(0, PIECE)} />
      {!all && (
        <button type="button" class="text-button" data-action="show-all" onClick={() => showAll(true)}>
          {say("show_all", { size: size(text.length) })}
        </button>
      )}
    </>
  );
}

export function LongJson({ value }: { readonly value: Json }): JSX.Element {
  return <LongText text={pretty(value)} language="json" complete />;
}

/** The browser lays out the pieces that are in sight. */
function Pieces({ text }: { readonly text: string }): JSX.Element {
  const pieces = useMemo(() => cut(text), [text]);
  return (
    <pre class="value pieces" dir="auto" tabIndex={0}>
      {pieces.map((piece) => (
        <div>{piece}</div>
      ))}
    </pre>
  );
}

/** At ends of lines, where there are any. */
function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const line = text.indexOf("\n", at + PIECE);
    const end = line < 0 || line > at + 2 * PIECE ? at + PIECE : line + 1;
    // Not through the middle of a character.
    const whole = /[\ud800-\udbff]/.test(text[end - 1] ?? "") ? end + 1 : end;
    pieces.push(text.slice(at, whole));
    at = whole;
  }
  return pieces;
}
