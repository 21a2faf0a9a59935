/** A value that can be opened level by level. Nothing is drawn of what is closed, however large it is. */

import type { ComponentChild, JSX } from "preact";
import { useState } from "preact/hooks";
import { isObject } from "../format.ts";
import type { Say } from "../labels.ts";
import type { Json } from "../protocol.ts";
import { Icon } from "./icons.tsx";
import { useSay } from "./panelWords.ts";

/** Entries that are drawn at once. */
const PAGE = 100;
/** Characters of a text that are drawn at once. */
const LONG = 2_000;
/** Up to this many entries the outermost level is open. */
const OPEN = 40;

export function Tree({ value }: { readonly value: Json }): JSX.Element {
  return (
    <section class="tree" dir="ltr" tabIndex={0} aria-label={useSay()("value")}>
      <Entries value={value} />
    </section>
  );
}

function Entries({ value }: { readonly value: Json }): JSX.Element {
  const say = useSay();
  const [shown, show] = useState(PAGE);
  const entries = entriesOf(value);
  const next = Math.min(PAGE, entries.length - shown);
  return (
    <ul>
      {entries.slice(0, shown).map(([name, item]) => (
        <li key={name}>
          <Entry name={name} value={item} initially={entries.length === 1 && sizeOf(item) <= OPEN} />
        </li>
      ))}
      {next > 0 && (
        <li>
          <button
            type="button"
            class="text-button"
            data-action="more"
            onClick={() => show(shown + 10 * PAGE)}
          >
            {say("more", { n: entries.length - shown })}
          </button>
        </li>
      )}
    </ul>
  );
}

interface EntryProps {
  readonly name: string;
  readonly value: Json;
  readonly initially: boolean;
}

function Entry({ name, value, initially }: EntryProps): JSX.Element {
  const say = useSay();
  const [open, setOpen] = useState(initially);
  const key = <span class="key">{name}</span>;
  if (typeof value !== "object" || value === null || sizeOf(value) === 0)
    return (
      <div class="leaf">
        {key}
        <Leaf value={value} />
      </div>
    );
  return (
    <>
      <button
        type="button"
        class="branch"
        data-action="branch"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="chevron" />
        {key}
        <span class="glimpse">{glimpse(value, say)}</span>
      </button>
      {open && <Entries value={value} />}
    </>
  );
}

export function Leaf({ value }: { readonly value: Json }): JSX.Element {
  const say = useSay();
  const [all, showAll] = useState(false);
  if (typeof value !== "string") {
    const kind = value === null ? "null" : typeof value;
    return <span class={`v-${kind}`}>{JSON.stringify(value)}</span>;
  }
  const cut = value.length > LONG && !all;
  return (
    <span class="v-string" dir="auto">
      {cut ? value.slice(0, LONG) : value}
      {cut && (
        <button type="button" class="text-button" data-action="more" onClick={() => showAll(true)}>
          {say("more_characters", { n: value.length - LONG })}
        </button>
      )}
    </span>
  );
}

function entriesOf(value: Json): readonly (readonly [string, Json])[] {
  if (Array.isArray(value)) return value.map((item, at) => [String(at), item] as const);
  return isObject(value) ? Object.entries(value) : [];
}

function sizeOf(value: Json): number {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

/** What is in it, without opening it. */
function glimpse(value: Json, say: Say): ComponentChild {
  if (Array.isArray(value)) return say("items", { n: value.length });
  if (!isObject(value)) return "";
  const keys = Object.keys(value);
  return `{${keys.slice(0, 6).join(", ")}${keys.length > 6 ? ", …" : ""}}`;
}
