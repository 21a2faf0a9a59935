/** What the keys do. */

import type { JSX } from "preact";
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

export function KeyList(): JSX.Element {
  const say = useSay();
  const { shortcuts } = useView();
  return (
    <>
      {shortcuts.value.length > 0 && (
        <>
          <p class="key-group">{say("recording")}</p>
          <Keys shortcuts={shortcuts.value} />
          <p class="key-group">{say("chat")}</p>
        </>
      )}
      <Keys shortcuts={SHORTCUTS} />
    </>
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
