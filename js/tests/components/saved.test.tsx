/** A conversation without a kernel, by the widget's own module. */

import { afterEach, expect, test } from "vitest";
import widget from "../../src/index.ts";
import type { Op } from "../../src/protocol.ts";
import { type Module, type Snapshot, type Source, show } from "../../src/saved/model.ts";
import { until } from "./mounted.tsx";

const OPS: readonly Op[] = [
  { op: "add_run", run: "r", number: 1, prompt: "go", client_id: null, time: 0 },
  { op: "start_run", run: "r", time: 0 },
  { op: "end_run", run: "r", status: "complete", error: null, time: 1 },
];
const SOURCE: Source = { addon: async () => null, whole: () => null };

let over = new AbortController();

afterEach(() => {
  over.abort();
  over = new AbortController();
  document.body.replaceChildren();
});

function saved(ops: readonly object[]): HTMLElement {
  const el = document.createElement("div");
  document.body.append(el);
  const snapshot = { name: "", settings: {}, ops } as Snapshot;
  show({ default: widget } as unknown as Module, snapshot, SOURCE, el, over.signal);
  return el;
}

test("is drawn", async () => {
  const el = saved(OPS);
  await until(() =>
    el
      .querySelector(".turnwise")
      ?.shadowRoot?.querySelector('[data-part="user"]')
      ?.textContent?.includes("go"),
  );
});

test("of a release that knows more than this one says so, once and for all", async () => {
  const el = saved([...OPS, { op: "dream", run: "r", time: 2 }]);
  await until(() => el.textContent?.includes("another release"));
  expect(el.querySelector(".turnwise")).toBeNull();
});
