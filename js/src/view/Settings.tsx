/** How much of the conversation is shown: the switch in the header, and the row of choices below it. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { DETAILS } from "../settings.ts";
import { useOpen } from "./Disclosure.tsx";
import { Icon } from "./icons.tsx";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

const OPEN = "display";

export function Header(): JSX.Element {
  const say = useSay();
  const { store, help } = useView();
  const title = store.title.value;
  const name = store.agent_name.value;
  const panel = useId();
  const open = useOpen(OPEN);
  return (
    <>
      <header class="bar">
        <div class="bar-title">
          <span class="bar-name" dir="auto">
            {title || name || say("chat")}
          </span>
          {title !== "" && name !== "" && (
            <span class="bar-agent" dir="auto">
              {name}
            </span>
          )}
        </div>
        <div class="bar-tools">
          <button
            type="button"
            class="ghost"
            data-action="help"
            aria-label={say("help")}
            title={`${say("help")} (?)`}
            onClick={() => {
              help.value = true;
            }}
          >
            <Icon name="help" />
          </button>
          <DisplayButton open={open} controls={panel} />
          <button
            type="button"
            role="switch"
            class="switch"
            data-action="final-only"
            aria-checked={store.final_only.value}
            title={say("final_only_hint")}
            onClick={() => store.setFinalOnly(!store.final_only.peek())}
          >
            <span>{say("final_only")}</span>
            <i />
          </button>
        </div>
      </header>
      <div class="settings" id={panel} data-part="settings" hidden={!open}>
        {open && (
          <>
            <Detail what="steps" />
            <Detail what="reasoning" />
          </>
        )}
      </div>
    </>
  );
}

interface DisplayProps {
  readonly open: boolean;
  readonly controls: string;
}

function DisplayButton({ open, controls }: DisplayProps): JSX.Element {
  const say = useSay();
  const view = useView();
  return (
    <button
      type="button"
      class="ghost"
      data-action="display"
      aria-expanded={open}
      aria-controls={controls}
      aria-label={say("display")}
      title={say("display_hint")}
      onClick={() => {
        view.choice(OPEN).value = !open;
      }}
    >
      <Icon name="tune" />
    </button>
  );
}

function Detail({ what }: { readonly what: "steps" | "reasoning" }): JSX.Element {
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
