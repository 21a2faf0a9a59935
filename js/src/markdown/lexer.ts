/**
 * Markdown text to tokens: marked's lexer, which makes no HTML, with formulas kept as they are written.
 */

import { getDefaults, Lexer, type Links, type Token, type Tokens } from "marked";

/** TeX between `$$`, `\[ \]` or `\( \)`. Nothing in it is Markdown. A single `$` is money. */
export interface Formula extends Tokens.Generic {
  readonly type: "formula";
  readonly text: string;
  readonly display: boolean;
}

/** A formula of several lines: it goes on to its end mark, or to the next empty line. */
const BLOCK =
  /^ {0,3}(?:\$\$[ \t]*\n([\s\S]*?)(?:\$\$|(?=\n[ \t]*\n)|$)|\\\[[ \t]*\n([\s\S]*?)(?:\\\]|(?=\n[ \t]*\n)|$))/;
const BLOCK_START = /(?<=\n) {0,3}(?:\$\$|\\\[)[ \t]*\n/;
const INLINE = /^(?:\$\$((?:[^\n]|\n(?!\s*\n))+?)\$\$|\\\[((?:[^\n]|\n(?!\s*\n))+?)\\\]|\\\(([^\n]+?)\\\))/;
const INLINE_START = /\$\$|\\[[(]/;

function formula(raw: string, text: string, display: boolean): Formula {
  return { type: "formula", raw, text: text.trim(), display };
}

function blockFormula(src: string): Formula | undefined {
  const found = BLOCK.exec(src);
  return found === null ? undefined : formula(found[0], found[1] ?? found[2] ?? "", true);
}

function inlineFormula(src: string): Formula | undefined {
  const found = INLINE.exec(src);
  if (found === null) return undefined;
  return formula(found[0], found[1] ?? found[2] ?? found[3] ?? "", found[3] === undefined);
}

function position(pattern: RegExp): (src: string) => number | undefined {
  return (src) => {
    const at = src.search(pattern);
    return at < 0 ? undefined : at;
  };
}

const EXTENSIONS = {
  renderers: {},
  childTokens: {},
  block: [blockFormula],
  inline: [inlineFormula],
  startBlock: [position(BLOCK_START)],
  startInline: [position(INLINE_START)],
};

export interface Lexed {
  readonly tokens: readonly Token[];
  /** Every link definition in the text, and those given. */
  readonly links: Links;
}

const options = () => ({ ...getDefaults(), extensions: EXTENSIONS });

/** Tokens of a text without blocks. */
export function lexInline(text: string, links: Links): readonly Token[] {
  const lexer = new Lexer(options());
  Object.assign(lexer.tokens.links, links);
  return lexer.inlineTokens(text);
}

/** Tokens of `text`; `links` are definitions that came before it. */
export function lex(text: string, links: Links): Lexed {
  const lexer = new Lexer(options());
  Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(text);
  return { tokens, links: tokens.links };
}
