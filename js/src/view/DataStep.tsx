/** The application's own data. */

import type { JSX } from "preact";
import { summary } from "../format.ts";
import type { DataPart } from "../transcript.ts";
import { Disclosure } from "./Disclosure.tsx";
import { Icon } from "./icons.tsx";
import { Value } from "./Value.tsx";
import { useSay } from "./words.ts";

export function DataStep({ part }: { readonly part: DataPart }): JSX.Element {
  const say = useSay();
  const { name, value } = part.content.value;
  return (
    <div class="tool" data-part="data" data-name={name}>
      <Disclosure
        id={part.id}
        class="step"
        line={
          <>
            <Icon name="data" />
            <span class="name">{name}</span>
            <span class="summary">{summary(value)}</span>
          </>
        }
      >
        {() => (
          <div class="values">
            <Value label={say("data")} kind="data" value={value} />
          </div>
        )}
      </Disclosure>
    </div>
  );
}
