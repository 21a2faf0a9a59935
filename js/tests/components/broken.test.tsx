/** Turns that cannot be drawn as they should be. */

import { afterEach, expect, test } from "vitest";
import { Markdown } from "../../src/markdown/Markdown.tsx";
import type { Op, ToolState } from "../../src/protocol.ts";
import { Chat } from "../../src/view/Chat.tsx";
import { mounted, until } from "./mounted.tsx";

afterEach(() => document.body.replaceChildren());

const time = 0;

function turn(id: string, number: number, state: string): readonly Op[] {
  return [
    {
      op: "open_turn",
      run: "r",
      turn: id,
      number,
      lane: "main",
      agent: null,
      model: null,
      attempt: 1,
      auxiliary: false,
      time,
    },
    { op: "open_part", turn: id, part: `${id}-text`, kind: "text", time },
    { op: "append", part: `${id}-text`, text: `What ${id} says.` },
    { op: "open_tool", turn: id, part: `${id}-tool`, name: "search", call_id: id, time },
    { op: "set_tool_state", part: `${id}-tool`, state: state as ToolState, time },
  ];
}

test("a turn with something of another release in it is shown as its text, the others as they are", async () => {
  const { root, tell, draw } = mounted(null);
  const begin: readonly Op[] = [
    { op: "add_run", run: "r", number: 1, prompt: "go", client_id: null, time },
    { op: "start_run", run: "r", time },
  ];
  tell({ kind: "frame", seq: 1, ops: [...begin, ...turn("one", 1, "dreaming"), ...turn("two", 2, "done")] });
  draw(<Chat />);
  await until(() => root.querySelector('[data-part="plain"]'));
  const [one, two] = root.querySelectorAll('[data-part="turn"]');
  expect(one?.querySelector('[data-part="plain"]')?.textContent).toContain("What one says.");
  expect(one?.querySelector('[data-part="tool"]')).toBeNull();
  expect(two?.querySelector('[data-part="plain"]')).toBeNull();
  expect(two?.querySelector('[data-part="tool"]')).not.toBeNull();
});

for (const [name, text] of [
  ["quotes", `${">".repeat(300)} deep`],
  ["lists", `${"- ".repeat(300)}deep`],
] as const)
  test(`${name} in one another are drawn as far as browsers can`, () => {
    const { root } = mounted(<Markdown source={{ text: `First.\n\n${text}`, open: false }} />);
    expect(root.querySelector("p")?.textContent).toBe("First.");
    expect(root.textContent?.endsWith("deep")).toBe(true);
    expect(root.querySelectorAll(":is(ul, blockquote)").length).toBeLessThan(50);
  });
