/** How values are shown: as what can be read best, bounded, and for everybody. */

import axe from "axe-core";
import { afterEach, describe, expect, test } from "vitest";
import { cdp } from "vitest/browser";
import { Markdown } from "../../src/markdown/Markdown.tsx";
import type { Json } from "../../src/protocol.ts";
import { Outputs } from "../../src/view/Outputs.tsx";
import { Value } from "../../src/view/Value.tsx";
import { mounted, until } from "./mounted.tsx";

const result = (value: Json) => <Value label="Result" kind="result" value={value} />;
const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ n, name: `row ${n}`, gone: null }));
const nested = (count: number) => ({
  list: Array.from({ length: count }, (_, n) => ({ n, inner: [n, { deep: n }] })),
});
const click = (root: Element, action: string) =>
  root.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click();

describe("a value is shown as", () => {
  const table: readonly (readonly [string, Json, string])[] = [
    ["fields, if it is a flat object", { city: "Paris", days: 3 }, ".fields dd"],
    ["a table, if it is rows", rows(3), "table td"],
    ["a table, if it is rows as JSON text", JSON.stringify(rows(3)), "table td"],
    ["a table, if it is the beginning of rows", [...rows(3), "… 90 more rows"], "table td"],
    ["JSON, if it is small", [1, [2, 3]], "pre code"],
    ["a tree, if it is large", nested(100), ".tree"],
    ["text, if it is text", "just\ntext", "pre code"],
    ["a picture, if it is one", { mimebundle: { "image/svg+xml": "<svg/>" } }, "img.picture"],
    ["MathML, if it is LaTeX", { mimebundle: { "text/latex": "$$x^2$$" } }, "math msup"],
    [
      "a frame, if it is HTML",
      { mimebundle: { "text/html": "<b>x</b>" } },
      "iframe[sandbox='allow-scripts']",
    ],
  ];
  for (const [name, value, selector] of table)
    test(name, async () => {
      const { root } = mounted(result(value));
      await until(() => root.querySelector(selector));
    });
});

describe("however large, little of it is drawn", () => {
  const many = nested(200_000);
  const table: readonly (readonly [string, Json])[] = [
    ["rows", rows(50_000)],
    ["a tree", many],
    ["a text", "word ".repeat(4_000_000)],
    ["a line without end", "x".repeat(20_000_000)],
  ];
  for (const [name, value] of table)
    test(name, async () => {
      const { root } = mounted(result(value));
      root.querySelector<HTMLElement>('[data-action="branch"]')?.click();
      await until(() => root.querySelector(".value, td, .tree ul ul"));
      expect(root.querySelectorAll("*").length).toBeLessThan(1_500);
      expect(root.textContent?.length ?? 0).toBeLessThan(60_000);
    });
});

test("a tree opens level by level, and page by page", async () => {
  const { root } = mounted(result(nested(250)));
  const branches = () => root.querySelectorAll('[data-action="branch"]').length;
  expect(branches()).toBe(1);
  click(root, "branch");
  await until(() => branches() === 101);
  click(root, "more");
  await until(() => branches() === 251);
});

test("a result that was cut is fetched when the reader asks for it", async () => {
  const value = (
    <Value label="Result" kind="result" value={"the beginning"} cut={{ part: "p", size: 5_000_000 }} />
  );
  const { root, sent, tell } = mounted(value);
  expect(root.textContent).toContain("Show all, about 5.0 MB");
  click(root, "fetch-whole");
  expect(sent.at(-1)).toEqual({ kind: "ask", part: "p", what: "whole" });
  await until(() => root.textContent?.includes("Fetching…"));
  const text = "line\n".repeat(1_000_000);
  tell({ kind: "told", part: "p", what: "whole" }, [
    new DataView(new TextEncoder().encode(JSON.stringify(text)).buffer),
  ]);
  await until(() => root.textContent?.includes("Show all 5.0 MB"));
  click(root, "show-all");
  await until(() => root.textContent?.length === undefined || (root.textContent?.length ?? 0) >= text.length);
  tell({ kind: "told", part: "p", what: "whole" }, ["no bytes"]);
  await until(() => root.textContent?.includes("The kernel did not send it. Try again"));
});

test("a frame is as high as what is in it, up to a limit", async () => {
  for (const [inside, least, most] of [
    [200, 200, 260],
    [5_000, 640, 640],
  ] as const) {
    const { root } = mounted(
      result({ mimebundle: { "text/html": `<div style="height:${inside}px">x</div>` } }),
    );
    const height = () => root.querySelector("iframe")?.getBoundingClientRect().height ?? 0;
    await until(() => height() >= least);
    expect(height()).toBeLessThanOrEqual(most);
  }
});

test("output is what a terminal would show", () => {
  const text =
    "0%\r50%\r100%\nplain \u001b[1;31mred\u001b[0m\u0007 \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007";
  const { root } = mounted(
    <Outputs outputs={[{ stream: "stdout", text, display: null, display_id: null }]} />,
  );
  expect(root.querySelector("pre")?.textContent).toBe("100%\nplain red link");
  expect(root.querySelector(".ansi-1.bold")?.textContent).toBe("red");
});

const TEXT = [
  "# Heading\n\nA *paragraph* with `code`, a [link](https://example.org) and [https://bank.example](https://other.example).",
  "```python\ndef f(x: int) -> str:  # comment\n    return f'{x}'\n```",
  "| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n\n> [!WARNING]\n> careful\n\n\\(x^2\\) ![chart](https://example.org/i.png)",
].join("\n\n");
const OUTPUTS = [
  {
    stream: "stdout",
    text: "\u001b[31mred\u001b[32m green\u001b[33m yellow\u001b[34m blue\u001b[35m pink\u001b[37m grey",
    display: null,
    display_id: null,
  },
  { stream: "stderr", text: "a warning", display: null, display_id: null },
] as const;

/** What vitest gives as a session of Chrome's, whose types it leaves to others. */
function emulate(features: readonly { readonly name: string; readonly value: string }[]): Promise<unknown> {
  const session = cdp() as unknown as { send(method: string, parameters: object): Promise<unknown> };
  return session.send("Emulation.setEmulatedMedia", { features });
}

describe("has nothing that axe objects to", () => {
  afterEach(() => emulate([]));
  for (const scheme of ["light", "dark"] as const)
    for (const contrast of ["normal", "forced colours"] as const)
      test(`in ${scheme}, ${contrast}`, async () => {
        if (contrast !== "normal")
          await emulate([
            { name: "forced-colors", value: "active" },
            { name: "prefers-color-scheme", value: scheme },
          ]);
        const { root } = mounted(
          <>
            <Markdown source={{ text: TEXT, open: false }} />
            <Outputs outputs={OUTPUTS} />
            {result({ city: "Paris", days: 3, sunny: true, note: null })}
            {result(rows(30))}
            {result(nested(20))}
            {result([1, [2, { a: "x" }]])}
            {result({ mimebundle: { "text/html": "<b>x</b>" } })}
            {result({ mimebundle: { "text/latex": "$$x^2$$" } })}
          </>,
          { scheme },
        );
        click(root, "branch");
        await until(() => root.querySelector(".tree ul ul"));
        // axe measures what is coloured by the theme; forced colours are the system's.
        const rules = contrast === "normal" ? {} : { "color-contrast": { enabled: false } };
        const { violations } = await axe.run(root, {
          rules: {
            ...rules,
            "heading-order": { enabled: false },
            "page-has-heading-one": { enabled: false },
            "frame-tested": { enabled: false },
          },
        });
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])).toEqual(
          [],
        );
      });
});
