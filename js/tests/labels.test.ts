/** The page's words: English, replaced ones, and languages with other plurals. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENGLISH, words } from "../src/labels.ts";
import { PANELS } from "../src/panel-labels.ts";

const POLISH = { language: "pl", turns: "{n} tura|{n} tury|{n} tur|{n} tury" };
const JAPANESE = { language: "ja", turns: "ターン{n}回" };

describe("words", () => {
  const rows: readonly (readonly [string, string])[] = [
    [words()("turns", { n: 1 }), "1 turn"],
    [words()("turns", { n: 2 }), "2 turns"],
    [words()("turn_of", { number: 2, total: 5 }), "Turn 2/5"],
    [words({ final_only: "Nur Schluss" })("final_only"), "Nur Schluss"],
    [words({ final_only: "Nur Schluss" })("latest"), "Jump to latest"],
    [words(POLISH)("turns", { n: 1 }), "1 tura"],
    [words(POLISH)("turns", { n: 3 }), "3 tury"],
    [words(POLISH)("turns", { n: 5 }), "5 tur"],
    [words(JAPANESE)("turns", { n: 5 }), "ターン5回"],
    [words({ language: "not a language" })("turns", { n: 2 }), "2 turns"],
    [words({ language: "not a language" })("language"), "en"],
    [words()("running_tool", { name: "{n}|x" }), "Running {n}|x"],
    [words({ turn: "T {nothing}" })("turn", { number: 1 }), "T {nothing}"],
  ];
  for (const [said, wanted] of rows) test(wanted, () => assert.equal(said, wanted));
});

test("only what counts has several forms", () => {
  for (const [label, text] of Object.entries({ ...ENGLISH, ...PANELS }))
    if (text.includes("|")) assert.match(text, /^[^|]*\{n\}[^|]*\|[^|]*\{n\}[^|]*$/, label);
});

test("a word stands in one table", () => {
  assert.deepEqual(
    Object.keys(PANELS).filter((label) => label in ENGLISH),
    [],
  );
});
