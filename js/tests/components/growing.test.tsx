/** What is drawn again when a text grows: counted, not timed. */

import { options } from "preact";
import { afterEach, expect, test } from "vitest";
import { Markdown } from "../../src/markdown/Markdown.tsx";
import { BlockView } from "../../src/markdown/render.tsx";
import { mounted } from "./mounted.tsx";

const PART =
  "## Part\n\nSome *words* and `code`.\n\n- one\n- two\n\n```python\nx = 1\n```\n\n| a |\n|---|\n| 1 |\n\n";

let blocks = 0;
const before = options.vnode;
options.vnode = (vnode) => {
  if (Object.is(vnode.type, BlockView)) blocks += 1;
  before?.(vnode);
};

afterEach(() => {
  blocks = 0;
});

/** Draws a text of so many parts in deltas of four characters. Returns blocks looked at, nodes changed, and deltas. */
async function streamed(parts: number) {
  const text = PART.repeat(parts);
  const { root, draw } = mounted(null);
  let changed = 0;
  const observer = new MutationObserver((records) => {
    changed += records.length;
  });
  observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  for (let end = 4; end < text.length; end += 4)
    draw(<Markdown source={{ text: text.slice(0, end), open: true }} />);
  await new Promise((resolve) => setTimeout(resolve));
  observer.disconnect();
  expect(root.querySelectorAll("h4")).toHaveLength(parts);
  return { blocks, changed, deltas: Math.floor((text.length - 1) / 4) };
}

test("however long the text, a delta looks at the last blocks and changes the last node", async () => {
  const short = await streamed(10);
  blocks = 0;
  const long = await streamed(80);
  for (const { blocks, deltas } of [short, long]) expect(blocks / deltas).toBeLessThan(26);
  expect(long.changed / long.deltas).toBeLessThan(1.1 * (short.changed / short.deltas));
});
