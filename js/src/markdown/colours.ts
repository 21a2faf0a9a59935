/**
 * Where the colours of code come from: not from this module, as few chats need them, but from one that is asked for
 * when the first block of code is complete. Until it is there, and if it never comes, code is plain.
 */

import type { ReadonlySignal } from "@preact/signals-core";
import { createContext } from "preact";

/** A piece of code with what it is (`keyword`, `string.quoted`), or `null` if nothing in particular. */
export interface Span {
  readonly scope: string | null;
  readonly children: readonly (Span | string)[];
}

/** The code as pieces; `null` if the language is not known. */
export type Highlight = (code: string, language: string) => readonly (Span | string)[] | null;

export interface Colours {
  readonly highlight: ReadonlySignal<Highlight | null>;
  /** Says that there is code to be coloured. */
  want(): void;
}

export const ColoursContext = createContext<Colours | null>(null);
