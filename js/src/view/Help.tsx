/** The panel that lists what the keys do. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { SHORTCUTS, type Shortcut } from "./keys.ts";
import { useSay } from "./panelWords.ts";
import { useView } from "./view.ts";

/** What a key is called on keyboards. */
const CAPS: Readonly<Record<string, string>> = {
  Escape: "Esc",
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
};

/** There as long as it is open. */
export function Help(): JSX.Element {
  const say = useSay();
  const { help, shortcuts } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // It gives the focus back to where it was.
    return () => element?.close();
  }, []);
  const close = () => {
    help.value = false;
  };
  return (
    <dialog
      ref={dialog}
      class="help"
      data-part="help"
      aria-label={say("help")}
      onClose={close}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "?") close();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <header>
        <b>{say("help")}</b>
        <button type="button" class="ghost" data-action="close" aria-label={say("close")} onClick={close}>
          <Icon name="x" />
        </button>
      </header>
      {shortcuts.value.length > 0 && (
        <>
          <p class="key-group">{say("recording")}</p>
          <Keys shortcuts={shortcuts.value} />
          <p class="key-group">{say("chat")}</p>
        </>
      )}
      <Keys shortcuts={SHORTCUTS} />
    </dialog>
  );
}

function Keys({ shortcuts }: { readonly shortcuts: readonly Shortcut[] }): JSX.Element {
  const say = useSay();
  return (
    <dl>
      {shortcuts.map(({ keys, label }) => (
        <div key={label}>
          <dt>
            {keys.map((key) => (
              <kbd key={key}>{CAPS[key] ?? key}</kbd>
            ))}
          </dt>
          <dd>{say(label)}</dd>
        </div>
      ))}
    </dl>
  );
}
