/** Whatever a model writes becomes elements of a fixed set with attributes of a fixed set, and fetches nothing. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Component, type ComponentChild, isValidElement, type VNode } from "preact";
import { Blocks } from "../src/markdown/blocks.ts";
import { CopyCode } from "../src/markdown/code.tsx";
import { RemoteImage } from "../src/markdown/image.tsx";
import { BlockView } from "../src/markdown/render.tsx";
import { linkTarget, picture } from "../src/markdown/urls.ts";
import { Checkbox, TableFrame, Unsafe, Words } from "../src/markdown/words.tsx";
import { PAYLOADS, SAMPLES } from "./samples.ts";

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "rel", "target", "title"],
  img: ["alt", "src"],
  li: ["class", "dir"],
  ol: ["start"],
  pre: ["dir", "tabIndex"],
  code: ["class", "dir"],
  figure: ["class"],
  span: ["class", "title"],
  p: ["class", "dir"],
  td: ["data-align", "dir"],
  th: ["data-align", "dir"],
  ...Object.fromEntries(["h3", "h4", "h5", "h6"].map((name) => [name, ["data-depth", "dir"]])),
  blockquote: ["class", "data-kind", "dir"],
  ...Object.fromEntries(
    ["ul", "strong", "em", "del", "br", "hr", "table", "thead", "tbody", "tr", "figcaption"].map((name) => [
      name,
      [],
    ]),
  ),
};

/** Components with hooks, which cannot be called outside of a page. */
const HOOKED: ReadonlySet<unknown> = new Set([RemoteImage, CopyCode, Checkbox, TableFrame, Unsafe, Words]);

/** Elements of the block as they would be drawn; of components with hooks only what they are given. */
function elements(child: ComponentChild): readonly VNode<Record<string, unknown>>[] {
  if (Array.isArray(child)) return child.flatMap(elements);
  if (!isValidElement(child)) return [];
  // Preact does not say what the props of any element are.
  const node = child as VNode<Record<string, unknown>>;
  const { type, props } = node;
  if (typeof type === "string") return [node, ...elements(props["children"] as ComponentChild)];
  if (HOOKED.has(type)) return [node, ...elements(props["children"] as ComponentChild)];
  if (type.prototype instanceof Component) {
    const Type = type as new (props: object) => Component<object>;
    return elements(new Type(props).render(props));
  }
  return elements((type as (props: object) => ComponentChild)(props));
}

function drawn(text: string, open: boolean): readonly VNode<Record<string, unknown>>[] {
  return new Blocks().update({ text, open }).flatMap((block) => elements(<BlockView block={block} />));
}

function assertSafe(nodes: readonly VNode<Record<string, unknown>>[]): void {
  for (const { type, props } of nodes) {
    if (typeof type !== "string") {
      if (props["src"] !== undefined) assert.match(String(props["src"]), /^https?:/);
      continue;
    }
    assert.ok(type in ATTRIBUTES, `element ${type}`);
    for (const [name, value] of Object.entries(props)) {
      if (name === "children" || value === undefined) continue;
      assert.ok(ATTRIBUTES[type]?.includes(name), `attribute ${name} of ${type}`);
      assert.ok(["string", "number", "boolean"].includes(typeof value), `${name} of ${type} is plain`);
      if (name === "href") assert.match(String(value), /^(?:https?|mailto):/);
      if (name === "src") assert.match(String(value), /^data:image\/(?:png|jpeg|gif|webp);base64,/);
      if (name === "class") assert.match(String(value), /^[\w -]*$/);
    }
    if (type === "a") {
      assert.equal(props["rel"], "noopener noreferrer nofollow");
      assert.equal(props["target"], "_blank");
      assert.equal(props["title"], props["href"]);
    }
  }
}

for (const [name, text] of Object.entries({ ...PAYLOADS, ...SAMPLES })) {
  describe(name, () => {
    test("complete", () => assertSafe(drawn(text, false)));
    test("at every moment of the stream", () => {
      for (let end = 1; end <= text.length; end += text.length > 400 ? 7 : 1)
        assertSafe(drawn(text.slice(0, end), true));
    });
  });
}

test("no payload leads to a link that is not one", () => {
  for (const name of Object.keys(PAYLOADS).filter((key) =>
    /(?:script|data|file|relative) (?:auto)?link/.test(key),
  )) {
    const links = drawn(PAYLOADS[name] ?? "", false).filter(({ type }) => type === "a");
    assert.deepEqual(links, [], name);
  }
});

describe("links", () => {
  const rows: readonly (readonly [string, string | null])[] = [
    ["https://example.org/a?b#c", "https://example.org/a?b#c"],
    ["http://example.org", "http://example.org/"],
    ["mailto:a@b.c", "mailto:a@b.c"],
    ["HTTPS://EXAMPLE.ORG", "https://example.org/"],
    ["javascript:alert(1)", null],
    [" java\tscript:alert(1)", null],
    ["data:text/html,x", null],
    ["/relative", null],
    ["//host/path", null],
    ["#fragment", null],
    ["", null],
  ];
  for (const [href, target] of rows) test(JSON.stringify(href), () => assert.equal(linkTarget(href), target));
});

describe("pictures", () => {
  const rows: readonly (readonly [string, "inline" | "remote" | undefined])[] = [
    ["data:image/png;base64,iVBORw0KGgo=", "inline"],
    ["data:image/webp;base64,UklGRg==", "inline"],
    ["data:image/svg+xml;base64,PHN2Zz4=", undefined],
    ["data:image/png,raw", undefined],
    ["data:text/html;base64,PGI+", undefined],
    ["https://example.org/i.png", "remote"],
    ["blob:https://example.org/x", undefined],
    ["file:///i.png", undefined],
    ["/files/i.png", undefined],
  ];
  for (const [href, kind] of rows) test(href, () => assert.equal(picture(href)?.kind, kind));
});
