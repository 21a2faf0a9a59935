/** The saved output in the notebook's model: asked for where the kernel's update did not come, and left alone else. */

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import keepSaved from "../src/addons/notebook.ts";
import type { Listener, Model } from "../src/store.ts";

const MIME = "application/vnd.turnwise.chat.v1+json";
const END = { op: "end_run", run: "r1", status: "complete", error: null, time: 1 };

class FakeOutput {
  data: Readonly<Record<string, unknown>>;
  written = 0;

  constructor(name: string, ops: readonly unknown[]) {
    this.data = { [MIME]: { name, settings: {}, ops } };
  }

  setData({ data }: { readonly data: object }): void {
    this.data = data as Readonly<Record<string, unknown>>;
    this.written += 1;
  }
}

const listOf = (items: readonly FakeOutput[]) => ({
  length: items.length,
  get: (at: number) => items[at] as FakeOutput,
});

function notebook(context: unknown) {
  const sent: unknown[] = [];
  const listeners = new Set<Listener>();
  const model: Model = {
    get: () => null,
    set() {},
    save_changes() {},
    send: (content) => sent.push(content),
    on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener),
    widget_manager: { context },
  };
  const over = new AbortController();
  keepSaved(model, "mine", over.signal);
  const tell = (content: unknown, buffers?: unknown) => {
    for (const listener of listeners) listener(content, buffers);
  };
  return { sent, tell, over, listeners };
}

const contextOf = (...outputs: readonly FakeOutput[]) => ({
  model: { cells: [{}, { outputs: listOf(outputs) }] },
});

describe("the notebook's copy of the saved output", () => {
  beforeEach(() => mock.timers.reset());

  test("is asked for when it does not know of a run's end, and written where it belongs", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const [mine, other] = [new FakeOutput("mine", []), new FakeOutput("another", [])];
    const { sent, tell } = notebook(contextOf(other, mine));
    tell({ kind: "frame", seq: 1, ops: [END] });
    assert.deepEqual(sent, []);
    mock.timers.tick(2_000);
    assert.deepEqual(sent, [{ kind: "fetch_saved" }]);
    const answer = { [MIME]: { name: "mine", settings: {}, ops: [END] }, "text/plain": "…" };
    tell({ kind: "saved" }, [new TextEncoder().encode(JSON.stringify(answer))]);
    assert.deepEqual(mine.data, answer);
    assert.deepEqual([mine.written, other.written], [1, 0]);
    tell({ kind: "snapshot", seq: 2, ops: [END] });
    mock.timers.tick(2_000);
    assert.equal(sent.length, 1);
  });

  test("is left alone when the kernel's update has come", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const { sent, tell } = notebook(contextOf(new FakeOutput("mine", [END])));
    tell({ kind: "frame", seq: 1, ops: [END] });
    mock.timers.tick(2_000);
    assert.deepEqual(sent, []);
  });

  test("is not asked for once the model is gone", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const { sent, tell, over, listeners } = notebook(contextOf(new FakeOutput("mine", [])));
    tell({ kind: "frame", seq: 1, ops: [END] });
    over.abort();
    mock.timers.tick(2_000);
    assert.deepEqual([sent, listeners.size], [[], 0]);
  });

  for (const context of [undefined, {}, { model: {} }, { model: { cells: [{}] } }])
    test(`does not trouble a host whose context is ${JSON.stringify(context)}`, () => {
      mock.timers.enable({ apis: ["setTimeout"] });
      const { sent, tell } = notebook(context);
      tell({ kind: "frame", seq: 1, ops: [END] });
      tell({ kind: "saved" }, []);
      mock.timers.tick(2_000);
      assert.deepEqual(sent, []);
    });
});
