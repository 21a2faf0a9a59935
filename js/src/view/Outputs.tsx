/** What a tool printed and displayed while it ran. */

import type { JSX } from "preact";
import { Prose } from "../markdown/text.ts";
import { shownOf } from "../mime.ts";
import { plain, terminal } from "../terminal.ts";
import type { Output } from "../transcript.ts";
import { Best } from "./Best.tsx";
import { CopyButton } from "./copy.tsx";
import { useSay } from "./panelWords.ts";

export function Outputs({ outputs }: { readonly outputs: readonly Output[] }): JSX.Element {
  const say = useSay();
  const text = () => outputs.map((output) => plain(output.text)).join("");
  return (
    <div class="value-box" data-kind="output" data-part="output">
      <header>
        <span>{say("output")}</span>
        <CopyButton text={text} label={say("copy_named", { name: say("output").toLowerCase() })} />
      </header>
      {outputs.map((output, at) =>
        output.display === null ? (
          <Printed key={at} output={output} />
        ) : (
          <Displayed key={at} output={output} />
        ),
      )}
    </div>
  );
}

/** The newest line is in sight, unless the reader has scrolled. */
function Printed({ output: { stream, text } }: { readonly output: Output }): JSX.Element {
  return (
    <pre class="value printed" data-stream={stream} dir="auto" tabIndex={0}>
      <code>
        {terminal(text).map((run, at) =>
          run.look === "" ? (
            <Prose key={at} text={run.text} />
          ) : (
            <span key={at} class={run.look}>
              {run.text}
            </span>
          ),
        )}
      </code>
    </pre>
  );
}

function Displayed({ output: { display } }: { readonly output: Output }): JSX.Element | null {
  const label = useSay()("displayed");
  const shown = shownOf(display);
  return shown === null ? null : <Best shown={shown} label={label} />;
}
