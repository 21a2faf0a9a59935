/** What the model thought before it answered: one line, with its newest words while it thinks. */

import type { JSX } from "preact";
import { duration } from "../format.ts";
import { Markdown } from "../markdown/Markdown.tsx";
import type { TextPart } from "../transcript.ts";
import { Disclosure, useOpen } from "./Disclosure.tsx";
import { Icon } from "./icons.tsx";

const PREVIEW = 160;

export function Reasoning({ part }: { readonly part: TextPart }): JSX.Element | null {
  const { text, open, ended } = part.body.value;
  const opened = useOpen(part.id);
  if (!open && text.trim() === "") return null;
  const label = open ? "Thinking" : ended === null ? "Thought" : thought(ended - part.started);
  return (
    <div class="reasoning" data-part="reasoning" data-live={open || undefined}>
      <Disclosure
        id={part.id}
        class="step"
        line={
          <>
            <Icon name="thought" />
            <span class={open ? "shimmer" : "label"}>{label}</span>
            <span class="preview" aria-hidden="true">
              {open && !opened && <span>{text.slice(-PREVIEW).replace(/\s+/g, " ")}</span>}
            </span>
          </>
        }
      >
        {() => (
          <div class="thoughts">
            <Markdown source={part.body.value} />
          </div>
        )}
      </Disclosure>
    </div>
  );
}

function thought(seconds: number): string {
  return seconds < 0.25 ? "Thought" : `Thought for ${duration(seconds)}`;
}
