/**
 * TeX as MathML, as a module of its own that a page asks for when the first formula is there: Temml, whose tree is taken
 * over element by element and never as HTML.
 */

import temml from "temml";
import type { MathElement, Typeset } from "../markdown/lent.ts";

/** MathML Core, without what links or runs anything. */
const TAGS = new Set(
  (
    "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle " +
    "msub msubsup msup mtable mtd mtext mtr munder munderover menclose mlabeledtr none"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "accent accentunder class columnalign columnlines columnspacing columnspan depth dir display displaystyle fence " +
    "form height largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize " +
    "movablelimits notation rowlines rowspacing rowspan rspace scriptlevel separator stretchy style symmetric voffset width"
  ).split(" "),
);
/** Values of attributes and styles are lengths, colours and words. */
const HARMLESS = /^[\w\s#%.,:;()+-]*$/;

/** The part of Temml's nodes that is read. */
interface Node {
  readonly type?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly classes?: readonly string[];
  readonly style?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Node[];
}

interface Tree {
  readonly __renderToMathMLTree: (tex: string, options: object) => Node;
}

function element(node: Node): readonly (MathElement | string)[] {
  if (typeof node.text === "string") return [node.text];
  const children = (node.children ?? []).flatMap(element);
  if (node.type === undefined || !TAGS.has(node.type)) return children;
  return [{ tag: node.type, attributes: attributes(node), children }];
}

function attributes({ attributes: given = {}, classes = [], style = {} }: Node): Record<string, string> {
  const named = { ...given, class: classes.filter(Boolean).join(" "), style: css(style) };
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(named)) {
    const text = String(value);
    const safe = text !== "" && HARMLESS.test(text) && !/url\s*\(|\bposition\b/i.test(text);
    if (ATTRIBUTES.has(name) && safe) kept[name] = text;
  }
  return kept;
}

function css(style: Readonly<Record<string, unknown>>): string {
  return Object.entries(style)
    .map(
      ([name, value]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${String(value)}`,
    )
    .join(";");
}

const typeset: Typeset = (tex, display) => {
  try {
    // Temml's types leave out the function that its own render() calls.
    const { __renderToMathMLTree: tree } = temml as unknown as Tree;
    const [root] = element(
      tree(tex, { displayMode: display, throwOnError: true, trust: false, maxExpand: 500 }),
    );
    return typeof root === "object" ? root : null;
  } catch {
    return null; // no TeX, or TeX that is not known: it is shown as it was written
  }
};

export default typeset;
