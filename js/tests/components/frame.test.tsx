/** The frame that HTML of a tool stands in. */

import { afterEach, expect, test } from "vitest";
import { Frame } from "../../src/view/Frame.tsx";
import { framed } from "../../src/view/framed.ts";
import { mounted, until } from "./mounted.tsx";

afterEach(() => document.body.replaceChildren());

/** The HTML as the inner frame gets it. */
function inner(html: string): string {
  const outer = new DOMParser().parseFromString(framed(html, "", false), "text/html");
  return outer.querySelector("iframe")?.getAttribute("srcdoc") ?? "";
}

for (const html of [
  "<link rel=preconnect href=https://evil.example>",
  '<LINK href="//evil.example" REL="dns-prefetch">',
  '<p><link rel="icon&#32;pre&#99;onnect" href="//evil.example"></p>',
  '<noscript><style></noscript><link rel=preconnect href="//evil.example"></style></noscript>',
])
  test(`names no host ahead of time: ${html}`, () => {
    const page = new DOMParser().parseFromString(inner(`${html}<b>x</b>`), "text/html");
    expect(page.documentElement.outerHTML).not.toMatch(/evil/);
    expect(page.querySelector("b")?.textContent).toBe("x");
  });

test("other links, and what has none, stay as they are", () => {
  expect(inner("<td>a</td>")).toMatch(/<td>a<\/td>$/);
  expect(inner('<link rel="stylesheet" href="data:text/css,b{}">')).toContain("data:text/css");
});

test("it is drawn again when the theme changes", async () => {
  const { root } = mounted(<Frame html="<b>x</b>" title="x" />);
  const frame = () => root.querySelector("iframe");
  await until(() => frame()?.dataset["drawn"] === "true");
  expect(frame()?.srcdoc).toContain("color-scheme:light");
  const shadow = root.getRootNode();
  if (shadow instanceof ShadowRoot) (shadow.host as HTMLElement).dataset["scheme"] = "dark";
  await until(() => frame()?.srcdoc.includes("color-scheme:dark"));
});
