/**
 * What is lent to the drawing of text: not part of this module, as few chats need it, but of others that are asked for
 * when there is something for them to draw. Until one is there, and if it never comes, text is drawn without it.
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

/** An element of MathML. */
export interface MathElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (MathElement | string)[];
}

/** TeX as MathML; `null` if it is none. */
export type Typeset = (tex: string, display: boolean) => MathElement | null;

export interface Lent<T> {
  /** `null` until it is there. */
  readonly value: ReadonlySignal<T | null>;
  /** Says that there is something for it to draw. */
  want(): void;
}

export interface Lending {
  readonly highlight: Lent<Highlight>;
  readonly math: Lent<Typeset>;
}

export const LendingContext = createContext<Lending | null>(null);
