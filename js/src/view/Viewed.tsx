/** A tool's result as a function of the user's shows it, with the plain one a button away. */

import type { ComponentChild, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { isObject } from "../format.ts";
import type { Json } from "../protocol.ts";
import { useSay } from "./panelWords.ts";
import { useView } from "./view.ts";

interface Props {
  /** The step's. */
  readonly id: string;
  readonly label: string;
  readonly draw: (value: Json) => ComponentChild;
  /** The plain result. */
  readonly children: ComponentChild;
}

export function Viewed({ id, label, draw, children }: Props): JSX.Element {
  const say = useSay();
  const { details } = useView().store;
  const [plain, showPlain] = useState(false);
  const answer = details.of(id, "view").value;
  const isNew = answer === null;
  useEffect(() => {
    if (isNew) details.ask(id, "view");
  }, [details, id, isNew]);
  const told = answer?.state === "here" && isObject(answer.value) ? answer.value : {};
  const { value, error } = told;
  if (value === undefined)
    return (
      <>
        {children}
        {(isNew || answer.state === "asked") && <p class="nothing">{say("fetching")}</p>}
        {error !== undefined && <Failed error={error} />}
      </>
    );
  return (
    <>
      <div class="value-box" data-part="view">
        <header>
          <span>{label}</span>
          <span>
            <button
              type="button"
              class="text-button"
              data-action="plain"
              aria-pressed={plain}
              title={say("plain_result_hint")}
              onClick={() => showPlain(!plain)}
            >
              {say("plain_result")}
            </button>
          </span>
        </header>
        {draw(value)}
      </div>
      {plain && children}
    </>
  );
}

function Failed({ error }: { readonly error: Json }): JSX.Element {
  const say = useSay();
  const { kind, message, detail } = isObject(error) ? error : {};
  return (
    <div data-part="view-error">
      <p class="invalid" role="alert">
        {say("view_failed", { why: `${kind}: ${message}` })}
      </p>
      {typeof detail === "string" && (
        <details>
          <summary class="nothing">{say("details")}</summary>
          <pre class="value">{detail}</pre>
        </details>
      )}
    </div>
  );
}
