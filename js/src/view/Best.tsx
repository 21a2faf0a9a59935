/** What has several media types, as the best of them. */

import type { JSX } from "preact";
import { FormulaView } from "../markdown/formula.tsx";
import { Markdown } from "../markdown/Markdown.tsx";
import type { Shown } from "../mime.ts";
import { LongText } from "./LongText.tsx";
import { Fetching, TreeView, WithPanels } from "./panels.tsx";

export function Best({ shown, label }: { readonly shown: Shown; readonly label: string }): JSX.Element {
  switch (shown.kind) {
    case "image":
      return <img class="picture" src={shown.src} alt={shown.description || label} />;
    case "html":
      return (
        <WithPanels instead={<Fetching />}>
          {({ Frame }) => <Frame html={shown.text} title={label} />}
        </WithPanels>
      );
    case "markdown":
      return (
        <div class="value rich md-value">
          <Markdown source={{ text: shown.text, open: false }} />
        </div>
      );
    case "latex":
      return (
        <div class="value rich md">
          <FormulaView tex={shown.tex} display complete />
        </div>
      );
    case "json":
      return <TreeView value={shown.value} />;
    case "widget":
    case "chart":
      return (
        <WithPanels instead={<Fetching />}>
          {({ Live }) => (
            <Live shown={shown} label={label}>
              {shown.kind === "chart" ? (
                <TreeView value={shown.spec} />
              ) : (
                shown.instead !== null && <Best shown={shown.instead} label={label} />
              )}
            </Live>
          )}
        </WithPanels>
      );
    default:
      return <LongText text={shown.text} language="" complete />;
  }
}
