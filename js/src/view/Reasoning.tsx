/** What the model thought before it answered: one line, with its newest words while it thinks. */

import type { JSX } from "preact";
import { duration } from "../format.ts";
import { Markdown } from "../markdown/Markdown.tsx";
import type { TextPart } from "../transcript.ts";
import { Disclosure, useOpen } from "./Disclosure.tsx";
import { Icon } from "./icons.tsx";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

const PREVIEW = 160;
/** Seconds of thought that are worth a word. */
const WORTH_SAYING = 0.25;

export function Reasoning({ part }: { readonly part: TextPart }): JSX.Element | null {
  const say = useSay();
  const detail = useView().store.reasoning.value;
  const { text, open, ended } = part.body.value;
  const initially = detail === "full";
  const opened = useOpen(part.id, initially);
  if (detail === "hidden" || (!open && text.trim() === "")) return null;
  const took = ended === null ? 0 : ended - part.started;
  const label = open
    ? say("thinking")
    : took < WORTH_SAYING
      ? say("thought")
      : say("thought_for", { time: duration(took) });
  return (
    <div class="reasoning" data-part="reasoning" data-live={open || undefined}>
      <Disclosure
        id={part.id}
        class="step"
        initially={initially}
        line={
          <>
            <Icon name="thought" />
            <span class={open ? "shimmer" : "label"}>{label}</span>
            <span class="preview" aria-hidden="true">
              {open && !opened && detail === "auto" && (
                <span>{text.slice(-PREVIEW).replace(/\s+/g, " ")}</span>
              )}
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
