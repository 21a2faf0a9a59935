/** The panel that lists the keys. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { Fetching, WithPanels } from "./panels.tsx";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

export function Help(): JSX.Element {
  const say = useSay();
  const { help } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  const open = help.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
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
      {open && (
        <>
          <header>
            <b>{say("help")}</b>
            <button type="button" class="ghost" data-action="close" aria-label={say("close")} onClick={close}>
              <Icon name="x" />
            </button>
          </header>
          <WithPanels instead={<Fetching />}>{({ KeyList }) => <KeyList />}</WithPanels>
        </>
      )}
    </dialog>
  );
}
