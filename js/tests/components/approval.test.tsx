/** The question to a person, and its form, which is made of the schema of the tool's arguments. */

import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import type { Json, Op } from "../../src/protocol.ts";
import { Ask } from "../../src/view/Approval.tsx";
import { openTurn } from "../ops.ts";
import { answer, type Mounted, mounted, until } from "./mounted.tsx";

const SCHEMA: Json = {
  type: "object",
  $defs: {
    Window: {
      type: "object",
      description: "When it may be sent.",
      properties: { from: { type: "string" }, until: { type: "string" } },
      required: ["from"],
    },
  },
  properties: {
    to: { type: "string", description: "Address of the one who gets it." },
    text: { type: "string", maxLength: 400 },
    priority: { type: "string", enum: ["low", "normal", "high"], default: "normal" },
    copies: { type: "integer", minimum: 1, maximum: 5, description: "How many." },
    urgent: { type: "boolean" },
    window: { $ref: "#/$defs/Window" },
    labels: { type: "array", items: { type: "string" } },
  },
  required: ["to", "text"],
};

const time = 0;
const OPS: readonly Op[] = [
  { op: "add_run", run: "r", number: 1, prompt: "go", client_id: null, time },
  { op: "start_run", run: "r", time },
  openTurn({ time }),
  { op: "open_tool", turn: "t", part: "p", name: "send", call_id: "1", time },
  { op: "append", part: "p", text: '{"to": "ann@example.org", "copies": 2, "urgent": true}' },
  {
    op: "set_arguments",
    part: "p",
    arguments: { to: "ann@example.org", copies: 2, urgent: true },
    invalid: null,
    time,
  },
  { op: "request_approval", part: "p", message: null, editable: true, time },
];

afterEach(() => document.body.replaceChildren());

async function form(schema: Json, scheme: "light" | "dark" = "light"): Promise<Mounted> {
  const mount = mounted(null, { scheme });
  mount.tell({ kind: "frame", seq: 1, ops: OPS });
  const part = mount.store.transcript.value.findPart("p");
  if (part?.kind !== "tool") throw new Error("no step");
  mount.draw(<Ask part={part}>arguments</Ask>);
  await until(() => mount.sent.some((message) => JSON.stringify(message).includes('"schema"')));
  answer(mount, "schema", schema);
  press(mount, "edit");
  await until(() => mount.root.querySelector(".editor"));
  return mount;
}

function press({ root }: Mounted, action: string): void {
  root.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click();
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function control({ root }: Mounted, name: string): Control {
  const found = root.querySelector<Control>(`[data-field="${name}"]`);
  if (found === null) throw new Error(`no field ${name}`);
  return found;
}

function write(mount: Mounted, name: string, text: string): void {
  const field = control(mount, name);
  field.value = text;
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
}

/** What is said of a field, beside its name. */
function said(mount: Mounted, name: string): string {
  const { root } = mount;
  const ids = control(mount, name).getAttribute("aria-describedby")?.split(" ") ?? [];
  return ids.map((id) => root.querySelector(`#${CSS.escape(id)}`)?.textContent).join(" | ");
}

test("the form has a field for each argument that the tool takes", async () => {
  const mount = await form(SCHEMA);
  const fields = [...mount.root.querySelectorAll<HTMLElement>("[data-field]")];
  expect(fields.map(({ dataset, localName }) => `${dataset["field"]} ${localName}`)).toEqual([
    "to input",
    "text input",
    "priority select",
    "copies input",
    "urgent input",
    "window/from input",
    "window/until input",
    "labels textarea",
  ]);
  expect(control(mount, "to").value).toBe("ann@example.org");
  expect(said(mount, "to")).toBe("Address of the one who gets it.");
  expect(said(mount, "text")).toBe("needed");
  expect(mount.root.querySelector('[data-field="priority"] option')?.textContent).toBe('default: "normal"');
  expect(mount.root.querySelector<HTMLButtonElement>('[data-action="approve"]')?.disabled).toBe(true);
  expect(said(mount, "window/from")).toBe("");
});

test("what does not fit is said beside its field, and what fits is sent", async () => {
  const mount = await form(SCHEMA);
  write(mount, "copies", "9");
  await until(() => said(mount, "copies") === "How many. | at most 5");
  write(mount, "copies", "3");
  write(mount, "text", "Hello");
  write(mount, "priority", '"high"');
  write(mount, "window/until", "18:00");
  await until(() => said(mount, "window/from") === "needed");
  write(mount, "window/from", "17:00");
  await until(() => mount.root.querySelector('[data-action="approve"]:not(:disabled)'));
  expect(mount.root.querySelector(".invalid")).toBeNull();
  press(mount, "approve");
  expect(mount.sent.at(-1)).toMatchObject({
    kind: "decide",
    decision: "approved",
    arguments: {
      to: "ann@example.org",
      text: "Hello",
      priority: "high",
      copies: 3,
      urgent: true,
      window: { from: "17:00", until: "18:00" },
    },
  });
});

test("as JSON and back, nothing is lost", async () => {
  const mount = await form(SCHEMA);
  write(mount, "text", "Hello");
  await until(() => mount.root.querySelector('[data-action="json"]:not(:disabled)'));
  press(mount, "json");
  await until(() => mount.root.querySelector("textarea")?.value.includes('"text": "Hello"'));
  press(mount, "json");
  await until(() => mount.root.querySelector('[data-field="text"]'));
  expect(control(mount, "text").value).toBe("Hello");
  expect(control(mount, "copies").value).toBe("2");
});

test("Escape leaves the form, unless an input method has it", async () => {
  const mount = await form(SCHEMA);
  const leave = (keyCode: number) =>
    control(mount, "to").dispatchEvent(
      new KeyboardEvent("keydown", { key: "Escape", keyCode, bubbles: true, composed: true }),
    );
  leave(229);
  await new Promise(requestAnimationFrame);
  expect(mount.root.querySelector(".editor")).not.toBeNull();
  leave(27);
  await until(() => mount.root.querySelector(".editor") === null);
});

test("without a schema the form is made of what the model wrote", async () => {
  const mount = await form(null);
  const fields = [...mount.root.querySelectorAll<HTMLElement>("[data-field]")];
  expect(fields.map(({ dataset }) => dataset["field"])).toEqual(["to", "copies", "urgent"]);
});

for (const scheme of ["light", "dark"] as const)
  test(`everybody can use it, ${scheme}`, async () => {
    const { root } = await form(SCHEMA, scheme);
    await until(() => root.querySelector(".invalid"));
    const { violations } = await axe.run(root);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual([]);
  });
