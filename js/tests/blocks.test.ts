/** Growing Markdown is split into the same blocks as whole Markdown, whatever the pieces. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Token } from "marked";
import { Blocks } from "../src/markdown/blocks.ts";
import { lex } from "../src/markdown/lexer.ts";
import { PAYLOADS, SAMPLES } from "./samples.ts";

function whole(text: string): readonly Token[] {
  const lines = text.replace(/\r$/, "").replace(/\r\n?/g, "\n");
  return lex(lines, {}).tokens.filter(({ type }) => type !== "space");
}

function grown(text: string, step: number): { readonly tokens: readonly Token[]; readonly kept: boolean } {
  const blocks = new Blocks();
  let kept = true;
  let before = blocks.update({ text: "", open: true });
  for (let end = step; end < text.length + step; end += step) {
    const now = blocks.update({ text: text.slice(0, end), open: true });
    // Nothing that was settled two blocks ago is made again.
    for (let at = 0; at < before.length - 2; at += 1) kept &&= now[at] === before[at];
    before = now;
  }
  const tokens = blocks.update({ text, open: false }).map((block) => block.token);
  return { tokens, kept };
}

for (const [name, text] of Object.entries({ ...SAMPLES, ...PAYLOADS })) {
  describe(name, () => {
    for (const step of [1, 2, 3, 4, 7, 50]) {
      test(`${step} at a time`, () => {
        const { tokens, kept } = grown(text, step);
        assert.deepEqual(tokens, whole(text));
        assert.ok(kept, "settled blocks are not read again");
      });
    }
  });
}

test("all of it together, and the tokens cover the text", () => {
  const text = Object.values(SAMPLES).join("\n\n").replaceAll("\r", "");
  assert.deepEqual(grown(text, 4).tokens, whole(text));
  assert.equal(
    lex(text, {})
      .tokens.map(({ raw }) => raw)
      .join(""),
    text,
  );
});

test("a text that is replaced is read anew", () => {
  const blocks = new Blocks();
  blocks.update({ text: "# One\n\nTwo\n\nThree", open: true });
  const tokens = blocks.update({ text: "- a\n- b", open: true }).map(({ token }) => token.type);
  assert.deepEqual(tokens, ["list"]);
});

test("a settled text costs nothing", () => {
  const blocks = new Blocks();
  const text = "a\n\nb";
  assert.equal(blocks.update({ text, open: false }), blocks.update({ text, open: false }));
});

describe("the block being written looks as it will", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["**bol", "strong:bol"],
    ["*em", "em:em"],
    ["a **bold *and em", "a strong:bold em:and em"],
    ["`cod", "codespan:cod"],
    ["**a `co", "strong:a codespan:co"],
    ["[text](http://a", "text"],
    ["[te", "[te"],
    ["![alt](http://a", ""],
    ["**", ""],
    ["a **bold*", "a strong:bold"],
    ["snake_ca", "snake_ca"],
    ["2*3", "2*3"],
    ["a * b", "a * b"],
    ["~~gone", "del:gone"],
    ["\\*\\*no", "**no"],
    ["`a*b` *c", "codespan:a*b em:c"],
    ["**done** and *mor", "strong:done and em:mor"],
  ];
  for (const [text, shown] of rows) {
    test(text, () => {
      const [block] = new Blocks().update({ text, open: true });
      assert.equal(block === undefined ? "" : plain(inner(block.token)), shown);
    });
  }
  test("in a list in a quote", () => {
    const [block] = new Blocks().update({ text: "> - a\n> - **b", open: true });
    assert.match(JSON.stringify(block?.token), /"type":"strong"/);
  });
  test("a list in the making is no heading", () => {
    const types = (text: string) => new Blocks().update({ text, open: true }).map(({ token }) => token.type);
    assert.deepEqual(types("text\n-"), ["paragraph"]);
    assert.deepEqual(types("text\n---"), ["heading"]);
  });
});

describe("what is nested too deeply to be read is shown as it is written", () => {
  const rows = [">".repeat(2_000), "- ".repeat(1_200), "*_".repeat(20_000), "[".repeat(20_000)];
  for (const text of rows)
    test(text.slice(0, 2), () => {
      const blocks = new Blocks();
      const written = `Before.\n\nAnd\n\n${text} x`;
      for (let end = 1; end <= text.length; end += 499)
        blocks.update({ text: written.slice(0, end), open: true });
      for (const open of [true, false]) {
        const shown = blocks.update({ text: written, open });
        assert.equal(shown[0]?.token.raw.trim(), "Before.");
        assert.ok(shown.at(-1)?.token.raw.endsWith(`${text} x`));
      }
    });
});

function inner(token: Token): readonly Token[] {
  return "tokens" in token ? (token.tokens ?? []) : [];
}

function plain(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      const text = inner(token).length > 0 ? plain(inner(token)) : "text" in token ? token.text : "";
      return token.type === "text" || token.type === "escape" ? text : `${token.type}:${text}`;
    })
    .join("")
    .replace(/(?<=\S)(?=(?:strong|em|codespan|del):)/g, " ")
    .replace(/ +/g, " ");
}
