/**
 * What a model, a tool or a provider wrote makes no request, runs nothing and leaves no form, wherever it is shown and
 * whatever the reader opens.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { Json, Op } from "../src/protocol.ts";
import { CHROMIUM, launch, ORIGIN, serve } from "./chromium.ts";
import { openTurn } from "./ops.ts";
import { PAGES, TRICKS } from "./payloads.ts";
import { PAYLOADS } from "./samples.ts";

const TIME = 1_790_000_000;

/** A run that says `text` in every place that shows what others wrote. */
function everywhere(text: string, number: number): readonly Op[] {
  const [run, turn, time] = [`r${number}`, `t${number}`, TIME];
  const tool = (part: string, result: Json, outcome: "ok" | "error"): readonly Op[] => [
    { op: "open_tool", turn, part, name: text, call_id: text, time },
    { op: "append", part, text: JSON.stringify({ [text]: text }) },
    { op: "set_arguments", part, arguments: { [text]: text }, invalid: null, time },
    { op: "add_output", part, stream: "stdout", text, display: null, display_id: null, clear: false, time },
    {
      op: "add_output",
      part,
      stream: "display",
      text: "",
      display: { mimebundle: { "text/markdown": text } },
      display_id: null,
      clear: false,
      time,
    },
    { op: "set_result", part, result, outcome, preliminary: false, size: null, time },
  ];
  const block = (part: string, kind: "text" | "reasoning"): readonly Op[] => [
    { op: "open_part", turn, part, kind, time },
    { op: "append", part, text },
    { op: "close_part", part, time },
  ];
  return [
    { op: "add_run", run, number, prompt: text, client_id: null, time },
    { op: "start_run", run, time },
    { op: "open_lane", run, lane: text, agent: text, parent: null, handed_from: null, time },
    openTurn({ run, turn, agent: text, model: text, time }),
    ...block(`${turn}.1`, "reasoning"),
    ...block(`${turn}.2`, "text"),
    ...tool(`${turn}.3`, text, "ok"),
    ...tool(`${turn}.4`, [{ [text]: text }, { [text]: text }], "ok"),
    ...tool(`${turn}.5`, { a: { [text]: [text, { b: text }] } }, "ok"),
    ...tool(`${turn}.6`, text, "error"),
    ...tool(`${turn}.7`, { mimebundle: { "image/svg+xml": text, "text/plain": text } }, "ok"),
    ...tool(`${turn}.8`, { mimebundle: { "text/latex": text } }, "ok"),
    { op: "add_source", turn, part: `${turn}.9`, url: text, title: text, snippet: text, time },
    {
      op: "add_file",
      turn,
      part: `${turn}.10`,
      name: text,
      media_type: text,
      url: text,
      data: null,
      native: null,
      time,
    },
    {
      op: "add_file",
      turn,
      part: `${turn}.11`,
      name: text,
      media_type: "image/svg+xml",
      url: null,
      data: text,
      native: { [text]: text },
      time,
    },
    { op: "set_data", turn, part: `${turn}.12`, name: text, value: { [text]: text }, time },
    { op: "set_notice", run, turn, code: text, message: text, count: 2 },
    { op: "end_reply", turn, finish_reason: "stop", native_finish_reason: text, time },
    { op: "close_turn", turn, status: "error", time },
    { op: "end_run", run, status: "error", error: { kind: text, message: text, detail: text, turn }, time },
  ];
}

/** A run whose tool shows `html`, as its result and while it runs. */
function page(html: string, number: number): readonly Op[] {
  const [run, turn, time] = [`h${number}`, `ht${number}`, TIME];
  const part = `${turn}.1`;
  const shown = { mimebundle: { "text/html": html } };
  return [
    { op: "add_run", run, number, prompt: "show", client_id: null, time },
    { op: "start_run", run, time },
    openTurn({ run, turn, time }),
    { op: "open_tool", turn, part, name: "show", call_id: null, time },
    { op: "set_arguments", part, arguments: {}, invalid: null, time },
    {
      op: "add_output",
      part,
      stream: "display",
      text: "",
      display: shown,
      display_id: null,
      clear: false,
      time,
    },
    { op: "set_result", part, result: shown, outcome: "ok", preliminary: false, size: null, time },
    { op: "close_turn", turn, status: "complete", time },
    { op: "end_run", run, status: "complete", error: null, time },
  ];
}

describe("in a real browser", { skip: CHROMIUM === undefined && "Chromium is not installed" }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  /** A page with these runs in it, everything opened, and what it has done that it must not. */
  const shown = async (runs: readonly (readonly Op[])[], then: (page: Page) => Promise<void>) => {
    const requests: string[] = [];
    const ran: string[] = [];
    const window = await browser.newPage({ viewport: { width: 900, height: 900 }, reducedMotion: "reduce" });
    window.on("dialog", (dialog) => {
      ran.push(dialog.message());
      void dialog.dismiss();
    });
    window.on("popup", (popup) => ran.push(`popup ${popup.url()}`));
    window.on("websocket", (socket) => requests.push(socket.url()));
    window.on("framenavigated", (frame) => {
      // What is kept from going somewhere ends at the browser's own page for that.
      if (!/^(?:http:\/\/harness\.test\/|about:|chrome-error:|$)/.test(frame.url()))
        ran.push(`went to ${frame.url()}`);
    });
    await serve(window, requests);
    const evil = Object.values(PAYLOADS)[3] ?? "";
    const named = `&title=${encodeURIComponent(evil)}&agent=${encodeURIComponent(evil)}`;
    await window.goto(`${ORIGIN}?scene=empty${named}`);
    await window.locator('[data-part="root"][data-connected="true"]').waitFor();
    const title = await window.title();
    const seq = await window.evaluate(
      `kernel.speed = Infinity; for (const ops of ${JSON.stringify(runs)}) kernel.say(...ops); kernel.seq`,
    );
    await window.locator(`[data-part="root"][data-seq="${String(seq)}"]`).waitFor({ state: "attached" });
    await window.evaluate(`(async () => {
      const root = document.querySelector(".turnwise").shadowRoot;
      const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const far = () => root.querySelector(".run.far");
      for (let run = far(); run !== null; run = far()) {
        run.scrollIntoView();
        await drawn();
      }
      const closed = () => root.querySelectorAll('[aria-expanded="false"], [data-action="show-all"], [data-action="more"]');
      const opened = new Set();
      for (let quiet = 0; quiet < 5; ) {
        const more = [...closed()].filter((button) => !opened.has(button));
        for (const button of more) {
          opened.add(button);
          button.click();
        }
        quiet = more.length > 0 || root.querySelector('[data-part="fetching"]') !== null ? 0 : quiet + 1;
        await drawn();
      }
    })()`);
    await then(window);
    assert.deepEqual(requests, []);
    assert.deepEqual(ran, []);
    assert.equal(await window.title(), title);
    assert.equal(window.url().startsWith(ORIGIN), true);
    await window.close();
  };

  test("text does nothing wherever it is shown", async () => {
    const all = Object.values({ ...PAYLOADS, ...TRICKS });
    await shown(all.map(everywhere), async (window) => {
      const found = await window.evaluate(`(() => {
        const root = document.querySelector(".turnwise").shadowRoot;
        const made = [...root.querySelectorAll(".thread *")].filter((element) =>
          /^(?:script|iframe|form|video|audio|object|embed|base|meta|link|image|foreignobject)$/i.test(element.localName)
            || [...element.attributes].some(({ name, value }) => /^on/i.test(name) || /^\\s*(?:java|vb)script:/i.test(value)));
        const away = [...root.querySelectorAll("img, a")].map((element) => element.src ?? element.href)
          .filter((address) => !/^(?:data:image\\/(?:png|jpeg|gif|webp|svg\\+xml);base64,|https?:|mailto:)/.test(address));
        const remote = [...root.querySelectorAll("img")].filter(({ src }) => !src.startsWith("data:"));
        return [made.map(({ outerHTML }) => outerHTML.slice(0, 200)), away, remote.length];
      })()`);
      assert.deepEqual(found, [[], [], 0]);
    });
  });

  for (const scripts of [false, true])
    test(`HTML of a tool reaches nothing${scripts ? ", even when its scripts may run" : ""}`, async () => {
      await shown(Object.values(PAGES).map(page), async (window) => {
        const frames = window.locator(".frame > iframe");
        // What shows them comes on demand.
        await frames.nth(2 * Object.keys(PAGES).length - 1).waitFor({ state: "attached" });
        assert.equal(await frames.count(), 2 * Object.keys(PAGES).length);
        if (scripts)
          await window.evaluate(`(() => {
            for (const button of document.querySelector(".turnwise").shadowRoot.querySelectorAll('[data-action="run-scripts"]'))
              button.click();
          })()`);
        await window.waitForFunction(
          `[...document.querySelector(".turnwise").shadowRoot.querySelectorAll(".frame > iframe")]
            .filter(({ dataset }) => dataset.drawn === "true").length >= ${Object.keys(PAGES).length}`,
        );
        for (const frame of await frames.all()) {
          assert.equal(await frame.getAttribute("sandbox"), "allow-scripts");
          assert.ok(((await frame.boundingBox())?.height ?? 0) <= 640);
        }
        assert.equal(await window.locator('[data-part="user"]').count(), Object.keys(PAGES).length);
      });
    });
});
