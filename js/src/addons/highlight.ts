/**
 * The colours of code, as a module of its own that a page asks for when the first code is there to be coloured:
 * highlight.js's core with few languages, its output taken as a tree and never as HTML.
 */

import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import yaml from "highlight.js/lib/languages/yaml";
import type { Highlight, Span } from "../markdown/lent.ts";

interface Growing extends Span {
  readonly children: (Growing | string)[];
}

/** Collects what the highlighter says about the code. */
class Tree {
  readonly root: Growing = { scope: null, children: [] };
  readonly #open: Growing[] = [this.root];

  addText(text: string): void {
    if (text !== "") this.#open.at(-1)?.children.push(text);
  }

  startScope(scope: string): void {
    const span: Growing = { scope, children: [] };
    this.#open.at(-1)?.children.push(span);
    this.#open.push(span);
  }

  endScope(): void {
    if (this.#open.length > 1) this.#open.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(other: unknown): void {
    if (other instanceof Tree) this.#open.at(-1)?.children.push(...other.root.children);
  }

  finalize(): void {}

  toHTML(): string {
    return "";
  }
}

function makeHighlighter(): typeof hljs {
  const highlighter = hljs.newInstance();
  highlighter.configure({ __emitter: Tree });
  for (const [name, language] of Object.entries({
    bash,
    json,
    markdown,
    python,
    sql,
    typescript,
    yaml,
  }))
    highlighter.registerLanguage(name, language);
  // TypeScript's grammar holds all of JavaScript's.
  highlighter.registerAliases(["javascript", "js", "jsx", "mjs", "cjs"], { languageName: "typescript" });
  highlighter.registerAliases(["jsonc", "json5", "ipynb"], { languageName: "json" });
  highlighter.registerAliases(["console", "shell", "shellsession"], { languageName: "bash" });
  return highlighter;
}

const highlighter = makeHighlighter();

const highlight: Highlight = (code, language) => {
  if (!highlighter.getLanguage(language)) return null;
  const { _emitter: tree } = highlighter.highlight(code, { language, ignoreIllegals: true });
  return tree instanceof Tree ? tree.root.children : null;
};

export default highlight;
