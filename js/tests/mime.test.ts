/** What a result of several media types is shown as, and that nothing else is. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rasterImage, shownOf } from "../src/mime.ts";
import type { Json } from "../src/protocol.ts";

const PNG = "iVBORw0KGgo=";

describe("a result", () => {
  const rows: readonly (readonly [string, Json, unknown])[] = [
    ["that is no bundle", { temp_c: 18 }, null],
    ["that is a list", ["mimebundle"], null],
    ["with more than a bundle", { mimebundle: { "text/plain": "x" }, other: 1 }, null],
    ["whose bundle is no object", { mimebundle: "text/plain" }, null],
    [
      "of types that are not shown",
      { mimebundle: { "application/javascript": "alert(1)", "application/vnd.other": {} } },
      null,
    ],
    [
      "with an image",
      { mimebundle: { "text/plain": "<Figure>", "image/png": `${PNG}\n` } },
      { kind: "image", src: `data:image/png;base64,${PNG}`, description: "<Figure>" },
    ],
    [
      "whose image is none",
      { mimebundle: { "image/png": 'x" onerror="alert(1)', "text/plain": "plain" } },
      { kind: "text", text: "plain" },
    ],
    [
      "with SVG, which is only ever an image's source",
      { mimebundle: { "image/svg+xml": "<svg onload='alert(1)'>é</svg>" } },
      {
        kind: "image",
        src: `data:image/svg+xml;base64,${Buffer.from("<svg onload='alert(1)'>é</svg>").toString("base64")}`,
        description: "",
      },
    ],
    [
      "with Markdown",
      { mimebundle: { "text/markdown": ["# One\n", "two"], "text/plain": "One" } },
      { kind: "markdown", text: "# One\ntwo" },
    ],
    [
      "with HTML and plain text",
      { mimebundle: { "text/html": "<b>x</b>", "text/markdown": "**x**", "text/plain": "x" } },
      { kind: "html", text: "<b>x</b>" },
    ],
    [
      "with LaTeX",
      { mimebundle: { "text/latex": "$\\displaystyle x^2$", "text/plain": "x**2" } },
      { kind: "latex", text: "$\\displaystyle x^2$", tex: "x^2" },
    ],
    [
      "with JSON",
      { mimebundle: { "application/json": { a: 1 }, "text/plain": "A" } },
      { kind: "json", text: "A", value: { a: 1 } },
    ],
  ];
  for (const [name, result, shown] of rows) test(name, () => assert.deepEqual(shownOf(result), shown));
});

describe("bytes of a file", () => {
  const rows: readonly (readonly [string, string | null, boolean])[] = [
    ["image/png", PNG, true],
    ["image/webp", PNG, true],
    ["image/svg+xml", PNG, false],
    ["text/html", PNG, false],
    ["image/png", "not base64!", false],
    ["image/png", null, false],
  ];
  for (const [type, data, isShown] of rows)
    test(`${type} ${String(data)}`, () => assert.equal(rasterImage(type, data) !== null, isShown));
});
