/** The whole widget in a real browser, without Jupyter: what only a page can show. Needs Chromium. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { CHROMIUM, launch, ORIGIN, serve } from "./chromium.ts";
import { PAYLOADS, SAMPLES } from "./samples.ts";

describe("in a page", { skip: CHROMIUM === undefined && "Chromium is not installed" }, () => {
  let browser: Browser;
  let page: Page;
  let requests: string[];
  let problems: string[];

  before(async () => {
    browser = await launch();
  });

  after(() => browser.close());

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 900, height: 900 }, reducedMotion: "reduce" });
    requests = [];
    problems = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await serve(page, requests);
  });

  afterEach(async () => {
    await page.close();
    assert.deepEqual(problems, []);
  });

  const open = async (query: string) => {
    await page.goto(`${ORIGIN}?${query}`);
    await page.locator('[data-part="root"][data-connected="true"]').waitFor();
  };
  const part = (name: string): Locator => page.locator(`[data-part="${name}"]`);
  const action = (name: string): Locator => page.locator(`button[data-action="${name}"]`);
  const turns = (): Locator => page.locator('[data-part="turn"]:visible');
  /** Runs `body` in the page, where `kernel` and `root` are at hand. */
  const inPage = (body: string): Promise<unknown> =>
    page.evaluate(`(async () => { const root = document.querySelector(".turnwise").shadowRoot; ${body} })()`);
  const scroller = () =>
    page.locator(".scroller").evaluate((element) => ({
      top: Math.round(element.scrollTop),
      end: element.scrollHeight - element.clientHeight,
    }));
  const isAtEnd = async () => {
    const { top, end } = await scroller();
    return end - top <= 2;
  };
  /** A run whose text a test writes piece by piece. */
  const begin = () =>
    inPage(`
      kernel.speed = Infinity;
      const run = { run: "live", time: Date.now() / 1000 };
      kernel.say({ op: "add_run", number: 99, prompt: "Tell me", client_id: null, ...run }, { op: "start_run", ...run },
        { op: "open_turn", turn: "lt", number: 1, lane: "main", agent: null, model: null, attempt: 1, auxiliary: false, ...run },
        { op: "open_part", turn: "lt", part: "lp", kind: "text", time: run.time });`);
  const write = async (text: string) => {
    const seq = await inPage(
      `kernel.say({ op: "append", part: "lp", text: ${JSON.stringify(text)} }); return kernel.seq;`,
    );
    await page.locator(`[data-part="root"][data-seq="${seq}"]`).waitFor({ state: "attached" });
  };
  const finish = () =>
    inPage(`
      const time = Date.now() / 1000;
      kernel.say({ op: "close_part", part: "lp", time }, { op: "close_turn", turn: "lt", status: "complete", time },
        { op: "end_run", run: "live", status: "complete", error: null, time });`);

  test("a run is shown turn by turn, and its last turn is final", async () => {
    await open("scene=play&speed=20");
    await page.locator('[data-part="run"][data-status="complete"]').waitFor();
    assert.equal(await turns().count(), 3);
    assert.equal(await page.locator('[data-part="turn"][data-final="true"]').getAttribute("data-turn"), "3");
    assert.equal(await page.locator('[data-tool="search_routes"]').getAttribute("data-state"), "error");
    assert.match(
      (await turns().nth(0).textContent()) ?? "",
      /Turn 1\/3.*gpt-5-mini.*1\.2k→86 tokens.*2 tools/,
    );
    assert.equal(await part("user").textContent(), "Should I cycle in Paris this weekend?");
  });

  test("frames that are lost on the way come back", async () => {
    await open("scene=empty&speed=20");
    await inPage(`kernel.lossy = 3; kernel.prompt("Should I cycle?");`);
    await page.locator('[data-part="run"][data-status="complete"]').waitFor();
    const lost = await inPage("return kernel.lost;");
    assert.ok(Number(lost) > 3, `frames lost: ${String(lost)}`);
    await inPage("kernel.lossy = 0;");
    await open("scene=done");
    const whole = await turns().allTextContents();
    assert.equal(whole.length, 3);
  });

  test("a selection in the block that is being written stays", async () => {
    await open("scene=empty");
    await begin();
    await write("A first paragraph.\n\nThe second one is **half");
    await inPage(`
      const text = [...root.querySelectorAll("p")].at(-1).firstChild;
      getSelection().setBaseAndExtent(text, 4, text, 10);
      globalThis.chosen = () => text.data.slice(getSelection().anchorOffset, getSelection().focusOffset);`);
    for (const piece of [" written** and", " goes `on", "` and on.\n\n", "A third."]) await write(piece);
    assert.equal(await inPage("return [text => text, chosen()][1];"), "second");
    await finish();
    assert.equal(await inPage("return chosen();"), "second");
  });

  test("blocks that are complete are the same elements afterwards", async () => {
    await open("scene=empty");
    await begin();
    await write("# One\n\n```python\nprint(1)\n```\n\n- a\n- b\n\n");
    await inPage(`globalThis.kept = [...root.querySelectorAll("[data-part=text] .chunk > *")].slice(0, 2);`);
    await write("Text after it.\n\nAnd more.");
    await finish();
    assert.equal(
      await inPage("return kept.length === 2 && kept.every((element) => element.isConnected);"),
      true,
    );
  });

  describe("code", () => {
    const CODE = "```python\nprint(1)\n```\n\n";
    const coloured = (): Locator => page.locator(".code .hl-built_in");
    const asked = () => inPage("return kernel.asked;");

    test("is in colour once it is complete, by what is asked for only then, and once", async () => {
      await open("scene=empty");
      await begin();
      await write("Text and `code`.\n\n```python\nprint(1)\n");
      assert.deepEqual(await asked(), []);
      await write("```\n\n");
      await coloured().waitFor();
      await write(`${CODE}${CODE}`);
      await finish();
      await coloured().nth(2).waitFor();
      assert.deepEqual(await asked(), ["highlight"]);
    });

    test("stays as it is when nothing answers", async () => {
      await open("scene=empty");
      await begin();
      await inPage("kernel.deaf = true;");
      await write(CODE);
      await finish();
      assert.equal(await page.locator(".code code").textContent(), "print(1)");
      assert.equal(await coloured().count(), 0);
    });

    test("waits for its colours while something is selected in it", async () => {
      await open("scene=empty");
      await begin();
      await inPage("kernel.deaf = true;");
      await write(`${CODE}${CODE}`);
      await inPage(`
        kernel.deaf = false;
        const text = root.querySelector(".code code").firstChild;
        getSelection().setBaseAndExtent(text, 0, text, 5);
        await kernel.lend("highlight");`);
      await page.locator(".code").nth(1).locator(".hl-built_in").waitFor();
      assert.equal(await coloured().count(), 1);
      assert.equal(await inPage(`return root.querySelector(".code code").firstChild.data;`), "print(1)");
      await inPage("getSelection().removeAllRanges();");
      await coloured().nth(1).waitFor();
    });

    test("of another chat on the page needs no other highlighter", async () => {
      await open("scene=empty");
      await begin();
      await write(CODE);
      await finish();
      await coloured().waitFor();
      await inPage(`
        const cell = document.createElement("div");
        document.body.append(cell);
        globalThis.another(cell);`);
      await page.locator(".turnwise").nth(1).locator(".hl-built_in").waitFor();
      assert.deepEqual(await asked(), ["highlight"]);
    });
  });

  describe("scrolling", () => {
    const fill = async () => {
      await open("scene=done");
      await begin();
      await write("Line.\n\n".repeat(20));
    };

    test("follows what is written", async () => {
      await fill();
      assert.ok(await isAtEnd());
      await write("Line.\n\n".repeat(20));
      assert.ok(await isAtEnd());
      assert.equal(await action("latest").isVisible(), false);
    });

    test("lets go at the first turn of the wheel, and takes hold again at the end", async () => {
      await fill();
      await page.locator(".scroller").hover();
      await page.mouse.wheel(0, -120);
      await action("latest").waitFor();
      const { top } = await scroller();
      await write("Line.\n\n".repeat(20));
      assert.equal((await scroller()).top, top);
      await action("latest").click();
      assert.ok(await isAtEnd());
      await write("Line.\n\n".repeat(20));
      assert.ok(await isAtEnd());
    });

    for (const key of ["ArrowUp", "PageUp", "Home", "Shift+Space"])
      test(`lets go with ${key}, and End takes hold again`, async () => {
        await fill();
        await page.locator(".scroller").press(key);
        await write("Line.\n\n".repeat(20));
        await action("latest").waitFor();
        assert.equal(await isAtEnd(), false);
        await page.locator(".scroller").press("End");
        await action("latest").waitFor({ state: "hidden" });
        await write("Line.\n\n".repeat(20));
        assert.ok(await isAtEnd());
      });

    test("never moves the notebook around it", async () => {
      await open("scene=done");
      await inPage(`
        const high = () => Object.assign(document.createElement("div"), { style: "height: 2000px" });
        document.body.prepend(high());
        document.body.append(high());
        scrollTo(0, 1500);`);
      await begin();
      await write("Line.\n\n".repeat(20));
      await inPage(`root.querySelector(".scroller").focus({ preventScroll: true });`);
      for (const key of ["ArrowUp", "k", "k", "j", "g", "G", "t"]) await page.keyboard.press(key);
      await part("timeline").waitFor();
      await write("Line.\n\n".repeat(20));
      assert.equal(await page.evaluate(() => scrollY), 1500);
    });

    test("goes to a timeline when it is there, also the first time", async () => {
      await open("scene=long&height=700px");
      await inPage(`
        kernel.slow = new Promise((resolve) => { globalThis.answer = resolve; });
        const frame = root.querySelector(".scroller");
        frame.dispatchEvent(new WheelEvent("wheel", { deltaY: -1 }));
        frame.scrollTop -= 900;`);
      const buttons = page.locator('.scroller [data-action="timeline"]');
      const at = await buttons.evaluateAll((all) => {
        const bottom = all[0]?.closest(".scroller")?.getBoundingClientRect().bottom ?? 0;
        return all.findLastIndex((one) => one.getBoundingClientRect().bottom < bottom);
      });
      await buttons.nth(at).click();
      await page.getByText("Fetching…").waitFor();
      await page.evaluate("answer()");
      const timeline = part("timeline");
      await timeline.waitFor();
      await page.waitForFunction(() => {
        const root = document.querySelector(".turnwise")?.shadowRoot;
        const frame = root?.querySelector(".scroller")?.getBoundingClientRect();
        const inner = root?.querySelector('[data-part="timeline"]')?.getBoundingClientRect();
        return frame && inner && inner.top >= frame.top - 1 && inner.bottom <= frame.bottom + 1;
      });
    });

    test("lets go when text is selected by dragging", async () => {
      await fill();
      const box = await page.locator(".scroller").boundingBox();
      assert.ok(box);
      await page.mouse.move(box.x + 150, box.y + 300);
      await page.mouse.down();
      await page.mouse.move(box.x + 190, box.y + 330);
      const { top } = await scroller();
      await write("Line.\n\n".repeat(20));
      assert.equal((await scroller()).top, top);
      await page.mouse.up();
    });

    test("opening a step keeps the step where it is", async () => {
      await open("scene=midway&speed=1000");
      const step = page.locator('[data-tool="find_trains"][data-state="running"] button[aria-expanded]');
      await step.waitFor();
      await page.locator('[data-tool="book_hotel"]').waitFor();
      const before = await step.boundingBox();
      await step.click();
      assert.equal(await step.getAttribute("aria-expanded"), "true");
      assert.equal((await step.boundingBox())?.y, before?.y);
    });

    test("survives a cell that is not laid out for a while", async () => {
      await fill();
      await inPage(`root.host.parentElement.style.display = "none";`);
      await write("Line.\n\n".repeat(20));
      await inPage(`root.host.parentElement.style.display = "";`);
      await page.waitForFunction(() => {
        const element = document.querySelector(".turnwise")?.shadowRoot?.querySelector(".scroller");
        return (
          element &&
          element.clientHeight > 0 &&
          element.scrollHeight - element.clientHeight - element.scrollTop <= 2
        );
      });
    });

    test("the final-only switch keeps what is read in its place", async () => {
      await open("scene=long");
      const last = page.locator('[data-part="run"]').nth(20).locator('[data-part="turn"][data-turn="3"]');
      await inPage(`
        const run = root.querySelectorAll('[data-part="run"]')[20];
        const frame = root.querySelector(".scroller");
        frame.dispatchEvent(new WheelEvent("wheel", { deltaY: -1 }));
        // What comes near is made, so that its place is not known at once.
        for (let still = 0; still < 5; still += 1) {
          const turn = run.querySelector('[data-turn="3"]');
          const away = turn.getBoundingClientRect().top - frame.getBoundingClientRect().top - 40;
          frame.scrollTop += away;
          if (Math.abs(away) > 1 || run.querySelector(".facts") === null) still = 0;
          await new Promise((done) => requestAnimationFrame(done));
        }`);
      const before = await last.boundingBox();
      await action("final-only").click();
      assert.equal(
        await page.locator('[data-part="run"]').nth(20).locator('[data-part="turn"]:visible').count(),
        1,
      );
      const on = await last.boundingBox();
      assert.ok(before && on && Math.abs(before.y - on.y) < 3, `${String(before?.y)} → ${String(on?.y)}`);
      await action("final-only").click();
      const off = await last.boundingBox();
      assert.ok(off && Math.abs(before.y - off.y) < 3, `${before.y} → ${String(off?.y)}`);
    });
  });

  describe("final only", () => {
    test("shows one turn and one line, which opens the others", async () => {
      await open("scene=done&final=1");
      assert.equal(await turns().count(), 1);
      const fold = part("fold").locator("button");
      assert.match((await fold.textContent()) ?? "", /2 earlier turns, 3 tool calls/);
      await fold.click();
      assert.equal(await turns().count(), 3);
      await fold.click();
      assert.equal(await turns().count(), 1);
    });

    test("while running, tells what is being done and hides the turn that does it", async () => {
      await open("scene=midway&final=1&speed=1000");
      await part("fold").getByText("Running book_hotel").waitFor();
      assert.equal(
        await page.locator('[data-part="run"][data-status="running"] [data-part="turn"]:visible').count(),
        0,
      );
    });

    test("streams the text of the current turn", async () => {
      await open("scene=empty&final=1");
      await begin();
      await write("Now *this*");
      assert.equal(await part("text").textContent(), "Now this");
    });

    test("always shows errors", async () => {
      await open("scene=error&final=1");
      assert.equal(await part("error").isVisible(), true);
    });

    test("is the trait", async () => {
      await open("scene=done");
      await action("final-only").click();
      assert.equal(await inPage(`return kernel.get("final_only");`), true);
      await inPage(`kernel.set("final_only", false);`);
      await page.locator('[data-action="final-only"][aria-checked="false"]').waitFor();
      assert.equal(await turns().count(), 3);
    });
  });

  describe("several agents", () => {
    const lane = (name: string): Locator =>
      page.locator('[data-part="lane"]').filter({ has: page.locator(".agent", { hasText: name }) });

    test("those that a step started are one line in it, which opens their turns", async () => {
      await open("scene=subagents&speed=1000");
      await page.locator('[data-tool="ask_researcher"][data-state="running"]').waitFor();
      const researcher = lane("researcher");
      await researcher.getByText("read_paper").waitFor();
      assert.equal(await researcher.getAttribute("data-status"), "running");
      assert.match((await researcher.textContent()) ?? "", /researcher.*running.*2 turns.*read_paper/);
      assert.equal(await lane("lawyer").getAttribute("data-status"), "finished");
      assert.equal(await turns().count(), 1);
      await researcher.locator("button").first().click();
      assert.equal(await turns().count(), 3);
      assert.equal(await page.locator('[data-tool="read_paper"]').isVisible(), true);
    });

    test("are not counted as ends of the run", async () => {
      await open("scene=subagent&final=1");
      assert.equal(await turns().count(), 1);
      assert.equal(await turns().getAttribute("data-turn"), "6");
      assert.match((await part("fold").textContent()) ?? "", /5 earlier turns, 4 tool calls/);
    });

    test("a hand-off is a line between turns, and an auxiliary call never final", async () => {
      await open("scene=handover");
      assert.equal(await part("handoff").textContent(), "handed over to billing");
      assert.equal(
        await page.locator('[data-part="turn"][data-final="true"]').getAttribute("data-turn"),
        "3",
      );
      await action("final-only").click();
      assert.equal(await part("handoff").count(), 0);
    });
  });

  describe("a thousand turns", () => {
    const count = (selector: string) => page.locator(selector).count();
    /** Turns of the first run that are made, not only said. */
    const made = () => page.locator('[data-part="run"]').first().locator(".facts");

    test("are there to be found and gone to, and made when they come near", async () => {
      await open("scene=longer&height=500px");
      await page.locator('[data-part="run"] .run-end').last().waitFor();
      assert.equal(await count('[data-part="turn"]'), 1002);
      assert.ok((await count(".facts")) < 40, "only the last runs are made");
      const elements = Number(await inPage("return root.querySelectorAll('*').length;"));
      assert.ok(elements < 5 * 1002, `${elements} elements`);
      const words = await page.locator('[data-part="turn"]').nth(2).textContent();
      assert.match(words ?? "", /Saturday/);

      // At once: keys scroll smoothly, past all that is in between.
      await page
        .locator(".scroller")
        .evaluate((element) => element.scrollTo({ top: 0, behavior: "instant" }));
      await made().first().waitFor();
      assert.equal(await made().count(), 3);
      assert.ok((await count(".facts")) < 80, "and those in between are not");
    });

    test("what flies past is not made, and where the reader comes to rest all is", async () => {
      await open("scene=longer&height=500px");
      await page.locator('[data-part="run"] .run-end').last().waitFor();
      const flown = await page.locator(".scroller").evaluate(async (element) => {
        const step = element.scrollTop / 60;
        for (let frame = 0; frame < 60; frame += 1) {
          element.scrollTop -= step;
          await new Promise(requestAnimationFrame);
        }
        return element.querySelectorAll(".facts").length;
      });
      assert.ok(flown < 60, `${flown} turns were made`);
      await made().nth(2).waitFor();
      assert.ok((await count(".facts")) < 80);
    });

    test("the final-only switch draws no more of them, and keeps the place", async () => {
      await open("scene=longer&height=500px");
      await page.locator(".scroller").evaluate((element) => {
        element.scrollTop = element.scrollHeight / 2;
      });
      const read = page.locator('[data-part="run"]:not(.far) [data-final]');
      const place = () =>
        page.locator(".scroller").evaluate((element) => {
          const top = element.getBoundingClientRect().top;
          const finals = [
            ...element.querySelectorAll<HTMLElement>('[data-part="run"]:not(.far) [data-final]'),
          ];
          const first = finals.find((one) => one.getBoundingClientRect().bottom > top);
          return first?.closest<HTMLElement>('[data-part="run"]')?.dataset["run"];
        });
      await read.nth(3).waitFor();
      const before = await place();
      await action("final-only").click();
      await page.locator('[data-part="fold"]').first().waitFor();
      assert.equal(await place(), before);
      assert.ok((await count(".facts")) < 150);
    });
  });

  describe("approvals", () => {
    test("keep their step open, and in sight when only final turns are", async () => {
      await open("scene=asking&final=1&speed=1000");
      const step = page.locator('[data-tool="run_shell"][data-state="approval"]');
      await step.locator(".question").waitFor();
      assert.match(
        (await step.textContent()) ?? "",
        /waiting for approval.*wants to run a command.*rm -r build/s,
      );
      assert.equal(await turns().count(), 1);
      assert.equal(await step.locator("button[aria-expanded]").isDisabled(), true);
    });

    test("a denial says why; edited arguments stand beside the model's", async () => {
      await open("scene=approved");
      const denied = page.locator('[data-tool="delete_table"][data-state="denied"]');
      assert.match((await denied.textContent()) ?? "", /denied.*We need it for the audit until June/s);
      const edited = page.locator('[data-tool="send_mail"]');
      assert.match((await edited.textContent()) ?? "", /team@example.org.*edited/s);
      await edited.locator("button[aria-expanded]").click();
      assert.deepEqual(await edited.locator(".pair header > span:first-child").allTextContents(), [
        "Arguments of the model",
        "Arguments as edited",
      ]);
      assert.match((await edited.textContent()) ?? "", /everyone@example.org/);
    });
  });

  test("a turn that was given up is one line, which opens it", async () => {
    await open("scene=givenup");
    const turn = page.locator('[data-part="turn"][data-status="abandoned"]');
    assert.match(
      (await turn.textContent()) ?? "",
      /^Turn 1 was given up: There is no tool "rent_bikes".*show$/,
    );
    assert.equal(await turn.locator('[data-part="tool"]').count(), 0);
    await turn.locator("button").first().click();
    assert.deepEqual(
      await turn
        .locator('[data-part="tool"]')
        .evaluateAll((steps) => steps.map((step) => step.getAttribute("data-state"))),
      ["skipped", "invalid"],
    );
    assert.match(
      (await turn.locator('[data-state="skipped"]').textContent()) ?? "",
      /not executed.*another tool call/s,
    );
    assert.match((await page.locator('[data-tool="book_table"]').textContent()) ?? "", /no such tool/);
  });

  test("progress is told in the step that runs", async () => {
    await open("scene=rich&speed=1000");
    const step = page.locator('[data-tool="train_model"][data-state="running"]');
    await step.getByText("epoch 3: loss 0.64").waitFor();
    await step.locator("button[aria-expanded]").click();
    assert.match((await step.textContent()) ?? "", /So far.*epoch 1/s);
  });

  test("a result of several media types is shown as the best of them, its JSON on demand", async () => {
    await open("scene=rich&speed=1000");
    const plot = page.locator('[data-tool="run_python"]');
    const picture = plot.locator("img.picture");
    await picture.waitFor();
    assert.equal(
      await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
      320,
    );
    assert.equal(await plot.locator("svg rect").count(), 0);
    await plot.locator(`[data-kind="result"] [data-action="json"]`).click();
    assert.match((await plot.textContent()) ?? "", /"image\/svg\+xml"/);
    const table = page.locator('[data-tool="describe_data"]');
    await table.locator("button[aria-expanded]").click();
    assert.equal(await table.locator("td").count(), 4);
  });

  test("sources are links to safe places, files are shown or saved, and nothing is fetched", async () => {
    await open("scene=attachments");
    await page.locator('[data-part="source"]').nth(5).waitFor(); // what shows them comes on demand
    assert.deepEqual(
      await page
        .locator('[data-part="source"]')
        .evaluateAll((chips) =>
          chips.map((chip) => [chip.getAttribute("href"), chip.lastElementChild?.textContent]),
        ),
      [
        ["https://www.example.org/helmets/review-2016", "www.example.org"],
        ["https://journal.example/a/1", "journal.example"],
        ["https://stats.example/accidents?year=2024", "stats.example"],
        [null, "manual.pdf, page 12"],
        [
          "https://www.example.org.login.accounts.a-rather-long-name-of-a-host.example/x",
          "www.example.org.login.accounts.a-rather-long-name-of-a-host.example",
        ],
        [null, "A link that leads nowhere safe"],
      ],
    );
    const image = page.locator('[data-part="file"] img');
    assert.equal(
      await image.evaluate((shown: HTMLImageElement) => shown.decode().then(() => shown.naturalWidth)),
      240,
    );
    const saved = page.waitForEvent("download");
    await action("download").nth(1).click();
    const download = await saved;
    assert.equal(download.suggestedFilename(), "table.csv");
    assert.match(readFileSync(await download.path(), "utf8"), /^day,high\nFri,18\n/);
    const data = page.locator('[data-part="data"]');
    await data.locator("button").first().click();
    assert.match((await data.textContent()) ?? "", /"title": "Write"/);
    assert.deepEqual(requests, []);
    const answered = page.waitForResponse((response) => !response.url().startsWith(ORIGIN));
    await action("load-image").click();
    await page.locator('img[src="https://images.example/paris/photo.jpg"]').waitFor({ state: "attached" });
    await answered;
    assert.deepEqual(requests, ["https://images.example/paris/photo.jpg"]);
  });

  test("an image that cannot be loaded becomes a link to it", async () => {
    await open("scene=empty");
    await begin();
    await write("![A map](https://images.example/gone.png)");
    await finish();
    await action("load-image").click();
    const link = page.getByRole("link", { name: "A map image at images.example" });
    await link.waitFor();
    assert.equal(await link.getAttribute("href"), "https://images.example/gone.png");
    assert.equal(await page.locator('[data-part="text"] img').count(), 0);
    assert.deepEqual(requests, ["https://images.example/gone.png"]);
  });

  describe("the composer", () => {
    const composer = (): Locator => page.locator('textarea[data-part="composer"]');

    test("Enter sends, Shift+Enter does not", async () => {
      await open("scene=empty&speed=0");
      await composer().fill("one");
      await composer().press("Shift+Enter");
      await composer().pressSequentially("two");
      assert.equal(await composer().inputValue(), "one\ntwo");
      await composer().press("Enter");
      assert.equal(await composer().inputValue(), "");
      await part("user").getByText("one").waitFor();
    });

    test("Enter that ends a composition sends nothing", async () => {
      await open("scene=empty");
      await composer().fill("かな");
      await composer().evaluate((field) => {
        for (const init of [{ isComposing: true }, { keyCode: 229 }])
          field.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init }),
          );
      });
      assert.equal(await composer().inputValue(), "かな");
      assert.equal(await part("user").count(), 0);
    });

    test("keys stay in the widget, and the host says so", async () => {
      await open("scene=empty");
      await inPage(`globalThis.heard = 0; document.addEventListener("keydown", () => { heard += 1; });`);
      await composer().press("Shift+Enter");
      assert.equal(await inPage("return heard;"), 0);
      assert.equal(await page.locator(".turnwise").getAttribute("data-lm-suppress-shortcuts"), "true");
    });

    test("a prompt is there before the kernel answers, and once", async () => {
      await open("scene=empty");
      await inPage("kernel.deaf = true;");
      await composer().fill("hello");
      await action("send").click();
      await part("pending").getByText("hello").waitFor();
      await inPage("kernel.deaf = false;");
      await page.locator('[data-part="run"]').getByText("hello").waitFor();
      assert.equal(await part("user").count(), 1);
    });

    test("while running it stops, and queues what is typed", async () => {
      await open("scene=queued&speed=1000");
      await page.locator('[data-tool="find_trains"][data-state="running"]').waitFor();
      assert.equal(await action("send").count(), 0);
      assert.equal(await page.locator('[data-part="run"][data-status="queued"]').count(), 2);
      await composer().fill("a fourth");
      assert.equal(await action("send").count(), 1);
      await composer().press("Enter");
      await page.locator('[data-part="run"][data-status="queued"]').nth(2).waitFor();
      await action("drop").first().click();
      await page.locator('[data-part="run"][data-status="dropped"]').waitFor();
      await action("edit").click();
      assert.equal(await composer().inputValue(), "And one in Lyon");
      await action("stop").click();
      await page.locator('[data-part="run"][data-status="cancelled"]').waitFor();
      assert.equal(await page.locator('[data-tool="find_trains"]').getAttribute("data-state"), "cancelled");
      assert.equal(await page.locator('[data-part="run"][data-status="dropped"]').count(), 3);
      await action("stop").waitFor({ state: "detached" });
    });

    test("retry sends the prompt again", async () => {
      await open("scene=error&speed=0");
      await action("retry").click();
      await page.locator('[data-part="run"][data-status="complete"]').waitFor();
      assert.deepEqual(await part("user").allTextContents(), [
        "Which region earns most?",
        "Which region earns most?",
      ]);
    });

    test("a suggestion is a prompt", async () => {
      await open("scene=empty&speed=0");
      await action("suggestion").first().click();
      await page.locator('[data-part="run"][data-status="complete"]').waitFor();
      assert.equal(await action("suggestion").count(), 0);
    });

    test("without a kernel nothing is lost, and it says so", async () => {
      await open("scene=done");
      await inPage("kernel.alive = false;");
      await composer().fill("still here?");
      await action("send").click();
      await page.locator('[data-part="link"][data-link="gone"]').waitFor();
      assert.equal(await page.locator('[data-part="root"]').getAttribute("data-connected"), "false");
      await part("pending").locator('[data-action="edit"]').click();
      assert.equal(await composer().inputValue(), "still here?");
    });
  });

  describe("views", () => {
    test("come at any time, show the same, and go without a trace", async () => {
      await open("scene=done");
      await inPage(`
        const cell = document.createElement("div");
        document.body.append(cell);
        globalThis.gone = new AbortController();
        view(cell, gone.signal);`);
      assert.equal(await page.locator(".turnwise").count(), 2);
      assert.equal(await page.locator(".turnwise").nth(1).locator('[data-part="turn"]').count(), 3);
      await page.locator(".turnwise").nth(0).locator('[data-action="final-only"]').click();
      assert.equal(await page.locator(".turnwise").nth(1).locator('[data-part="turn"]:visible').count(), 1);
      await inPage("gone.abort();");
      assert.equal(await page.locator(".turnwise").count(), 1);
    });

    test("what the reader opened stays open when a snapshot replaces everything", async () => {
      await open("scene=done");
      const step = page.locator('[data-tool="get_forecast"] button[aria-expanded]');
      await part("step-fold").locator("button").click();
      await step.click();
      await inPage("kernel.resync();");
      await page.locator('[data-part="root"][data-seq="999"]').waitFor();
      assert.equal(await step.getAttribute("aria-expanded"), "true");
      assert.equal(await turns().count(), 3);
    });

    test("follow the theme", async () => {
      await open("scene=done");
      const colour = () =>
        page.locator(".chat").evaluate((element) => getComputedStyle(element).backgroundColor);
      const light = await colour();
      await inPage(`document.body.dataset.jpThemeLight = "false";`);
      await page.locator('.turnwise[data-scheme="dark"]').waitFor();
      assert.notEqual(await colour(), light);
    });
  });

  test("no text of a model fetches anything, or becomes an element of its own", async () => {
    await open("scene=empty");
    await begin();
    for (const text of Object.values({ ...PAYLOADS, ...SAMPLES })) await write(`${text}\n\n`);
    await finish();
    await page.locator('[data-part="run"][data-status="complete"]').waitFor();
    assert.deepEqual(requests, []);
    const found = await inPage(
      `return root.querySelectorAll("[data-part=text] :is(script, iframe, form, video, svg image, base, meta, link, object, embed)").length;`,
    );
    assert.equal(found, 0);
    const answered = page.waitForResponse((response) => !response.url().startsWith(ORIGIN));
    await action("load-image").first().click();
    await answered;
    assert.equal(requests.length, 1);
  });
});
