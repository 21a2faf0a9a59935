/** How much of the conversation is shown: the switch in the header, and the row of choices below it. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { useOpen } from "./Disclosure.tsx";
import { Icon } from "./icons.tsx";
import { Fetching, WithPanels } from "./panels.tsx";
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
          <WithPanels instead={<Fetching />}>
            {({ Detail }) => (
              <>
                <Detail what="steps" />
                <Detail what="reasoning" />
              </>
            )}
          </WithPanels>
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
