/** How much is shown of steps or of reasoning, as a row of choices. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { DETAILS } from "../settings.ts";
import { useSay } from "./panelWords.ts";
import { useView } from "./view.ts";

export function Detail({ what }: { readonly what: "steps" | "reasoning" }): JSX.Element {
  const say = useSay();
  const { store } = useView();
  const name = useId();
  return (
    <fieldset class="detail" data-setting={what}>
      <legend>{say(what)}</legend>
      <div class="choices">
        {DETAILS.map((detail) => (
          <label key={detail}>
            <input
              type="radio"
              name={name}
              value={detail}
              checked={store[what].value === detail}
              onChange={() => store.setDetail(what, detail)}
            />
            <span>{say(detail)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
