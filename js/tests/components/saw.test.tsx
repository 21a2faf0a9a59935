/** What the model saw, from what the kernel tells: hostile texts stay texts, and what does not come can be asked for. */

import axe from "axe-core";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/protocol.ts";
import { apply, Transcript } from "../../src/transcript.ts";
import { Saw } from "../../src/view/saw/Saw.tsx";
import { openTurn } from "../ops.ts";
import { answer, type Mounted, mounted, until } from "./mounted.tsx";

const HOSTILE = "<img src=x onerror=alert(1)>**bold**";
const TOOL = { name: "f", description: HOSTILE, schema: { type: "object" } };
const said = (role: string, text: string, fresh: boolean) => ({
  role,
  parts: [{ kind: "text", text }],
  fresh,
  raw: { role, content: text },
});
const TOLD = {
  request: {
    run: 1,
    exact: true,
    model: "m",
    system: "one\ntwo",
    settings: { temperature: 0 },
    tools: [TOOL],
    left_out: 0,
    messages: [said("user", "asked", false), said("assistant", HOSTILE, true)],
    before: {
      run: 1,
      turn: 1,
      model: "m",
      system: "one\n2",
      settings: { temperature: 0 },
      tools: [],
      removed: [said("tool", "gone", false)],
    },
  },
  events: [{ at: 0.5, op: "open_turn", turn: "t", number: 2 }],
  left_out: 0,
};

const FETCH = { kind: "ask", part: "t", what: "saw" };
const fetches = ({ sent }: Mounted) =>
  sent.filter((message) => JSON.stringify(message) === JSON.stringify(FETCH));

/** The panel, when it has asked. */
async function opened(): Promise<Mounted> {
  const transcript = new Transcript();
  apply(transcript, { op: "add_run", run: "r", number: 1, prompt: "p", client_id: null, time: 0 });
  apply(transcript, openTurn({ number: 2 }));
  const page = mounted(<Saw turn={transcript.turn("t")} />);
  await until(() => fetches(page).length === 1);
  return page;
}

const tell = (page: Mounted, told: Json) => answer(page, "saw", told, "t");

const choose = ({ root }: Mounted, tab: string) =>
  root.querySelector<HTMLElement>(`[data-tab="${tab}"] input`)?.click();

describe("what the model saw", () => {
  test("is asked for, and shown as the text that it is", async () => {
    const page = await opened();
    tell(page, TOLD);
    await until(() => page.root.querySelector(".saw-message"));
    expect(page.root.querySelectorAll(".saw-message").length).toBe(1);
    expect(page.root.querySelector(".saw-text")?.textContent).toBe(HOSTILE);
    expect(page.root.querySelector("img, strong")).toBeNull();
    const { violations } = await axe.run(page.root);
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  test("is compared with the turn before", async () => {
    const page = await opened();
    tell(page, TOLD);
    await until(() => page.root.querySelector(".saw-message"));
    choose(page, "changes");
    await until(() => page.root.querySelector("del"));
    expect(page.root.querySelector('[data-tab="changes"] b')?.textContent).toBe("4");
    expect(page.root.querySelector("del")?.textContent).toContain("2");
    expect(page.root.querySelector("ins")?.textContent).toContain("two");
    const marks = [...page.root.querySelectorAll("[data-mark]")].map((it) => it.getAttribute("data-mark"));
    expect(marks).toEqual(["added", "removed", "added"]);
    const { violations } = await axe.run(page.root);
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  test("has the events where the source does not tell", async () => {
    const page = await opened();
    tell(page, { ...TOLD, request: null });
    await until(() => page.root.textContent?.includes("does not tell"));
    choose(page, "events");
    await until(() => page.root.querySelector(".saw-op"));
    expect(page.root.querySelector("tr")?.textContent).toBe("0.500 sopen_turnnumber 2");
  });

  test("that is no answer can be asked for again", async () => {
    const page = await opened();
    tell(page, null);
    await until(() => page.root.querySelector('[data-action="saw-again"]'));
    page.root.querySelector<HTMLElement>('[data-action="saw-again"]')?.click();
    await until(() => fetches(page).length === 2);
  });
});
