/** What the keys do. */

import type { JSX } from "preact";
import { SHORTCUTS } from "./keys.ts";
import { useView } from "./view.ts";
import { useSay } from "./words.ts";

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
    <dl>
      {[...shortcuts.value, ...SHORTCUTS].map(({ keys, label }) => (
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
