/** What the keys do. */

import type { JSX } from "preact";
import { SHORTCUTS } from "./keys.ts";
import { useSay } from "./panelWords.ts";

/** What a key is called on keyboards. */
const CAPS: Readonly<Record<string, string>> = { Escape: "Esc" };

export function KeyList(): JSX.Element {
  const say = useSay();
  return (
    <dl>
      {SHORTCUTS.map(({ keys, label }) => (
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
