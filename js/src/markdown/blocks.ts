/**
 * Growing Markdown as a list of blocks, of which only the last one or two are read again when text is added.
 *
 * A block is frozen, and its object stays the same, once the line after it can no longer change what it is. Until a
 * link's definition has come, a text that refers to it shows it as it is written; a text with definitions is read once
 * more when it is complete.
 */

import type { Links, Token } from "marked";
import { complete } from "./complete.ts";
import { lex, lexInline } from "./lexer.ts";

export interface Block {
  readonly token: Token;
  /** Nothing more will be added to it. */
  readonly closed: boolean;
}

export interface Source {
  readonly text: string;
  readonly open: boolean;
}

export class Blocks {
  #frozen: Block[] = [];
  #frozenLinks: Links = {};
  #defines = false;
  #resets = 0;
  /** Where the unfrozen tail begins. */
  #at = 0;
  #seen: Source = { text: "", open: true };
  #shown: readonly Block[] = [];

  /** How many blocks, from the first on, stay as they are until there are `resets`. */
  get settled(): number {
    return this.#frozen.length;
  }

  /** How often all was read anew. */
  get resets(): number {
    return this.#resets;
  }

  /** The blocks of `source`, which has grown since the last call or is another. */
  update(source: Source): readonly Block[] {
    const { text, open } = source;
    const before = this.#seen;
    if (open === before.open && text === before.text) return this.#shown;
    // Not `startsWith`, which is far slower on a long text, and this is asked for every frame.
    if (!before.open || text.slice(0, before.text.length) !== before.text) this.#reset();
    this.#seen = source;
    const whole = lines(text);
    try {
      this.#shown = open ? this.#grow(whole) : this.#finish(whole);
    } catch {
      // Nested deeper than can be read: the rest as it is written.
      const raw = whole.slice(this.#at);
      this.#shown = [...this.#frozen, { token: { type: "html", raw, text: raw }, closed: true }];
    }
    return this.#shown;
  }

  #reset(): void {
    this.#resets += 1;
    this.#frozen = [];
    this.#frozenLinks = {};
    this.#defines = false;
    this.#at = 0;
  }

  #grow(text: string): readonly Block[] {
    const { tokens, links } = this.#lex(text.slice(this.#at));
    const solid = tokens.filter((token) => token.type !== "space");
    const last = solid.at(-1);
    if (last === undefined) return [...this.#frozen];
    const from = decided(last) ? last : (solid.at(-2) ?? last);
    for (const token of tokens) {
      if (token === from) break;
      this.#freeze(token);
    }
    const tail = solid.slice(solid.indexOf(from), -1).map((token) => ({ token, closed: true }));
    return [...this.#frozen, ...tail, completed(last, links)];
  }

  #finish(text: string): readonly Block[] {
    const rest = this.#lex(text.slice(this.#at));
    const again = this.#defines && this.#frozen.length > 0;
    if (again) this.#reset();
    for (const token of again ? lex(text, {}).tokens : rest.tokens) this.#freeze(token);
    return [...this.#frozen];
  }

  #lex(tail: string): ReturnType<typeof lex> {
    const lexed = lex(tail, this.#frozenLinks);
    this.#defines ||= Object.keys(lexed.links).length > 0;
    return lexed;
  }

  #freeze(token: Token): void {
    this.#at += token.raw.length;
    if (token.type === "space") return;
    if (token.type === "def") this.#frozenLinks[token.tag] ??= { href: token.href, title: token.title };
    this.#frozen.push({ token, closed: true });
  }
}

/** Whether more text on the token's first line can no longer make it part of what comes before. */
function decided({ raw }: Token): boolean {
  return raw.includes("\n") || /^ {0,3}\p{L}/u.test(raw);
}

/** The last block as it will probably look. */
function completed(token: Token, links: Links): Block {
  return { token: completedToken(token, links), closed: false };
}

/** Completes the innermost block at the end of `token`: only there is anything still being written. */
function completedToken(token: Token, links: Links): Token {
  switch (token.type) {
    case "heading": {
      // "text" with "-" under it is a heading, but more probably a list in the making.
      const underlined = /^([\s\S]+)\n {0,3}(?:--?|==?)$/.exec(token.raw);
      const text = underlined?.[1] ?? token["text"];
      return { ...token, type: underlined ? "paragraph" : token.type, tokens: inline(text, links) };
    }
    case "paragraph":
    case "text":
      return { ...token, tokens: inline(token["text"], links) };
    case "blockquote":
    case "list_item":
      return { ...token, tokens: withLast(token.tokens, links) };
    case "list":
      return { ...token, items: withLast(token["items"], links) };
    default:
      return token;
  }
}

function withLast(tokens: readonly Token[] | undefined, links: Links): Token[] {
  return (tokens ?? []).map((token, at, all) =>
    at === all.length - 1 ? completedToken(token, links) : token,
  );
}

function inline(text: string, links: Links): Token[] {
  return [...lexInline(complete(text), links)];
}

/** One kind of line end. A carriage return at the very end may be half of one, so it waits. */
function lines(text: string): string {
  return text.includes("\r") ? text.replace(/\r$/, "").replace(/\r\n?/g, "\n") : text;
}
