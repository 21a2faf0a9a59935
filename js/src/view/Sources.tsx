/** What the answer of a turn rests on. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { linkTarget } from "../markdown/urls.ts";
import type { SourcePart } from "../transcript.ts";
import { useSay } from "./panelWords.ts";

const SHOWN = 8;

export function Sources({ parts }: { readonly parts: readonly SourcePart[] }): JSX.Element {
  const say = useSay();
  const [all, showAll] = useState(false);
  const different = parts.filter((part, at) => parts.findIndex((other) => isSame(part, other)) === at);
  const shown = all ? different : different.slice(0, SHOWN);
  return (
    <ol class="sources" data-part="sources" aria-label={say("sources")}>
      {shown.map((part, at) => (
        <li key={part.id}>
          <Source part={part} number={at + 1} />
        </li>
      ))}
      {shown.length < different.length && (
        <li>
          <button type="button" class="chip" data-action="show-all" onClick={() => showAll(true)}>
            {say("more", { n: different.length - shown.length })}
          </button>
        </li>
      )}
    </ol>
  );
}

function isSame(a: SourcePart, b: SourcePart): boolean {
  return a.url === b.url && (a.url !== null || a.title === b.title);
}

function Source({ part, number }: { readonly part: SourcePart; readonly number: number }): JSX.Element {
  const say = useSay();
  const target = part.url === null ? null : linkTarget(part.url);
  const host = target === null ? "" : new URL(target).host;
  const title = part.title ?? "";
  const about = [part.snippet, target].filter((line) => line !== null && line !== "").join("\n\n");
  const inside = (
    <>
      <span class="number">{number}</span>
      {title !== "" && title !== host && <span class="chip-name">{title}</span>}
      {host !== "" && <span class={title === "" ? "chip-name" : "chip-more"}>{host}</span>}
      {title === "" && host === "" && (
        <span class="chip-name">{part.snippet ?? part.url ?? say("source")}</span>
      )}
    </>
  );
  return target === null ? (
    <span class="chip" data-part="source" title={about || undefined} dir="auto">
      {inside}
    </span>
  ) : (
    <a
      class="chip"
      data-part="source"
      href={target}
      title={about}
      target="_blank"
      rel="noopener noreferrer nofollow"
      dir="auto"
    >
      {inside}
    </a>
  );
}
