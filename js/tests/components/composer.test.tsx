/** What the composer takes. */

import { afterEach, expect, test } from "vitest";
import { Chat } from "../../src/view/Chat.tsx";
import { mounted, until } from "./mounted.tsx";

afterEach(() => document.body.replaceChildren());

test("a prompt that the kernel would refuse is not sent, and said to be too long", async () => {
  const { root, sent, tell } = mounted(<Chat />);
  root.style.display = "none"; // browsers take seconds for the layout of so many letters
  tell({ kind: "frame", seq: 1, ops: [] });
  const field = root.querySelector<HTMLTextAreaElement>('textarea[data-part="composer"]');
  if (field === null) throw new Error("no composer");
  const write = (length: number) => {
    field.value = "x".repeat(length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const prompts = () => sent.filter((message) => (message as { kind: string }).kind === "send").length;
  const enter = () => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  write(1_000_001);
  await until(() => root.querySelector('[role="alert"]')?.textContent?.includes("1000000"));
  expect(root.querySelector<HTMLButtonElement>('[data-action="send"]')?.disabled).toBe(true);
  enter();
  expect(prompts()).toBe(0);
  write(1_000_000);
  await until(() => root.querySelector('[role="alert"]') === null);
  enter();
  expect(prompts()).toBe(1);
});
