/** One chat over a fake model: what is queued, folded, confirmed and told. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Op, PageMessage } from "../src/protocol.ts";
import { type Listener, type Model, type Scheduler, Store } from "../src/store.ts";
import { addRun, openTurn } from "./ops.ts";
import { Timers } from "./timers.ts";

class FakeModel implements Model {
  readonly sent: PageMessage[] = [];
  readonly traits = new Map<string, unknown>([
    ["final_only", false],
    ["title", "T"],
    ["agent_name", "A"],
    ["height", ""],
    ["suggestions", ["one", 2]],
  ]);
  saved = 0;
  dead = false;
  widget_manager: Model["widget_manager"];
  readonly #listeners = new Map<string, Set<Listener>>();

  get(name: string): unknown {
    return this.traits.get(name);
  }
  set(name: string, value: unknown): void {
    this.traits.set(name, value);
  }
  save_changes(): void {
    this.saved += 1;
  }
  send(content: unknown): void {
    if (this.dead) throw new Error("Cannot send");
    this.sent.push(content as PageMessage);
  }
  on(event: string, callback: Listener): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback: Listener): void {
    this.#listeners.get(event)?.delete(callback);
  }
  emit(event: string, content?: unknown, buffers?: unknown): void {
    for (const callback of this.#listeners.get(event) ?? []) callback(content, buffers);
  }
}

/** Its seconds and frames pass when a test says so. */
class FakeTime extends Timers implements Scheduler {
  readonly #frames: (() => void)[] = [];

  now(): number {
    return 1_000 + this.spent / 1_000;
  }
  frame(run: () => void): void {
    this.#frames.push(run);
  }
  paint(): void {
    for (const run of this.#frames.splice(0)) run();
  }
}

function setup() {
  const model = new FakeModel();
  const time = new FakeTime();
  const stop = new AbortController();
  const store = new Store(model, time);
  store.connect(stop.signal);
  let seq = 0;
  const frame = (...ops: readonly Op[]) => {
    seq += 1;
    model.emit("msg:custom", { kind: "frame", seq, ops });
    time.paint();
  };
  const takeSent = () => model.sent.splice(0);
  takeSent();
  return {
    model,
    time,
    stop,
    store,
    frame,
    takeSent,
    upToDate: () => model.emit("msg:custom", { kind: "frame", seq, ops: [] }),
  };
}

test("a message is folded at the next frame, not when it comes", () => {
  const { model, time, store } = setup();
  model.emit("msg:custom", { kind: "frame", seq: 1, ops: [addRun({ time: 900 })] });
  assert.equal(store.transcript.peek().runs.peek().length, 0);
  time.paint();
  assert.equal(store.transcript.peek().runs.peek().length, 1);
  assert.equal(store.seq.peek(), 1);
});

test("a prompt is there at once and until the kernel has it", () => {
  const { store, takeSent, frame } = setup();
  store.send("hi");
  const [message] = takeSent();
  assert.equal(message?.kind, "send");
  assert.equal(store.pending.peek().length, 1);
  frame(addRun({ run: "x", time: 900 }));
  assert.equal(store.pending.peek().length, 1);
  frame(addRun({ client_id: message?.kind === "send" ? message.client_id : "", time: 900 }));
  assert.deepEqual(store.pending.peek(), []);
});

test("a prompt that never got there is sent again under the same name", () => {
  const { store, takeSent, time, upToDate } = setup();
  store.send("hi");
  const [first] = takeSent();
  const again = () => takeSent().filter(({ kind }) => kind === "send");
  time.pass(2_900);
  upToDate();
  assert.deepEqual(again(), []);
  time.pass(200);
  upToDate();
  assert.deepEqual(again(), [first]);
  time.pass(6_000);
  assert.deepEqual(again(), [first]);
});

test("without a kernel a prompt is kept, marked, and can be retried or forgotten", () => {
  const { store, model, takeSent } = setup();
  model.dead = true;
  store.send("hi");
  assert.equal(store.link.peek(), "gone");
  const [item] = store.pending.peek();
  assert.equal(item?.sent, null);
  assert.ok(item);
  model.dead = false;
  store.retry(item);
  assert.equal(takeSent().length, 1);
  assert.notEqual(store.pending.peek()[0]?.sent, null);
  store.forget(item);
  assert.deepEqual(store.pending.peek(), []);
});

test("stopping shows at once and ends with the run", () => {
  const { store, takeSent, frame } = setup();
  frame(addRun({ time: 900 }), { op: "start_run", run: "r", time: 901 });
  store.stop();
  assert.deepEqual(takeSent(), [{ kind: "stop", run: "r" }]);
  assert.ok(store.leaving.peek().has("r"));
  frame({ op: "end_run", run: "r", status: "cancelled", error: null, time: 902 });
  assert.equal(store.leaving.peek().size, 0);
});

test("a queued prompt can be taken out", () => {
  const { store, takeSent, frame } = setup();
  frame(addRun({ time: 900 }));
  const [run] = store.transcript.peek().runs.peek();
  assert.ok(run);
  store.drop(run);
  assert.deepEqual(takeSent(), [{ kind: "drop", run: "r" }]);
  assert.ok(store.leaving.peek().has("r"));
  // It began in the same moment, so it goes on, and can be stopped.
  frame({ op: "start_run", run: "r", time: 901 });
  assert.equal(store.leaving.peek().size, 0);
});

test("a stop that the kernel did not act on can be asked for again", () => {
  const { store, frame, time, upToDate } = setup();
  frame(addRun({ time: 900 }), { op: "start_run", run: "r", time: 901 });
  store.stop();
  // This answers what was asked before the stop, maybe by another page.
  upToDate();
  assert.ok(store.leaving.peek().has("r"));
  time.pass(3_000);
  upToDate();
  assert.equal(store.leaving.peek().size, 0);
});

describe("a request that the kernel has not heard is made again until it is done", () => {
  const later: Op = { op: "set_notice", run: "r", turn: null, code: "x", message: "", count: 1 };
  /** What the page asks in 40 s beside how the kernel is, while frames come. */
  const asked = ({ time, frame, takeSent }: ReturnType<typeof setup>) => {
    takeSent();
    const said: PageMessage[] = [];
    for (let second = 0; second < 40; second += 1) {
      time.pass(1_000);
      frame(later);
      said.push(...takeSent().filter(({ kind }) => kind !== "hello"));
    }
    return said;
  };

  test("to stop", () => {
    const page = setup();
    page.frame(addRun(), { op: "start_run", run: "r", time: 901 });
    page.store.stop();
    assert.deepEqual(asked(page), Array(3).fill({ kind: "stop", run: "r" }));
    page.frame({ op: "end_run", run: "r", status: "cancelled", error: null, time: 902 });
    assert.deepEqual(asked(page), []);
  });

  test("to take a prompt out of the queue", () => {
    const page = setup();
    page.frame(addRun());
    const [run] = page.store.transcript.peek().runs.peek();
    assert.ok(run);
    page.store.drop(run);
    assert.deepEqual(asked(page), Array(3).fill({ kind: "drop", run: "r" }));
  });
});

describe("an op that does not fit", () => {
  test("asks for a snapshot, keeps what is shown, and throws nothing", (context) => {
    const warned = context.mock.method(console, "warn", () => {});
    const { store, model, time, takeSent, frame } = setup();
    frame(addRun({ time: 900 }));
    frame({ op: "append", part: "nobody", text: "x" });
    assert.equal(warned.mock.callCount(), 1);
    assert.deepEqual(takeSent(), [{ kind: "hello", last: 0 }]);
    assert.equal(store.transcript.peek().runs.peek().length, 1);
    model.emit("msg:custom", {
      kind: "snapshot",
      seq: 2,
      ops: [addRun({ time: 900 }), addRun({ run: "s", time: 900 })],
    });
    time.paint();
    assert.equal(store.transcript.peek().runs.peek().length, 2);
    assert.equal(store.seq.peek(), 2);
  });
});

test("a snapshot replaces what waits to be folded", () => {
  const { store, model, time } = setup();
  model.emit("msg:custom", { kind: "frame", seq: 1, ops: [addRun({ run: "a", time: 900 })] });
  model.emit("msg:custom", { kind: "snapshot", seq: 4, ops: [addRun({ run: "b", time: 900 })] });
  model.emit("msg:custom", { kind: "frame", seq: 5, ops: [addRun({ run: "c", time: 900 })] });
  time.paint();
  assert.deepEqual(
    store.transcript
      .peek()
      .runs.peek()
      .map(({ id }) => id),
    ["b", "c"],
  );
});

test("events are announced, tokens and the past are not", () => {
  const { store, model, time, frame } = setup();
  frame(addRun({ time: 900 }), { op: "start_run", run: "r", time: 901 });
  frame(
    openTurn({ time: 902 }),
    { op: "open_tool", turn: "t", part: "p", name: "search", call_id: null, time: 903 },
    { op: "set_tool_state", part: "p", state: "running", time: 903 },
  );
  assert.equal(store.announced.peek().at(-1)?.text, "Running search");
  frame({ op: "append", part: "p", text: "{}" });
  assert.equal(store.announced.peek().at(-1)?.text, "Running search");
  frame({ op: "close_turn", turn: "t", status: "complete", time: 905 });
  assert.equal(store.announced.peek().at(-1)?.text, "Turn 1 finished, 1 tool call");
  model.emit("msg:custom", {
    kind: "snapshot",
    seq: 9,
    ops: [addRun({ time: 900 }), { op: "end_run", run: "r", status: "complete", error: null, time: 906 }],
  });
  time.paint();
  assert.equal(store.announced.peek().at(-1)?.text, "Turn 1 finished, 1 tool call");
});

test("what is told of one frame is told whole, and the same words again are told again", () => {
  const { store, frame } = setup();
  const call = (part: string): readonly Op[] => [
    { op: "open_tool", turn: "t", part, name: "search", call_id: null, time: 903 },
    { op: "set_tool_state", part, state: "running", time: 903 },
  ];
  frame(
    addRun({ time: 900 }),
    { op: "start_run", run: "r", time: 901 },
    openTurn({ time: 902 }),
    ...call("p"),
    ...call("q"),
  );
  const said = store.announced.peek();
  assert.deepEqual(
    said.map(({ text }) => text),
    ["Working on it", "Running search", "Running search"],
  );
  assert.equal(new Set(said.map(({ id }) => id)).size, 3);
});

test("the answer is told once, without its marks and its code", () => {
  const { store, frame } = setup();
  frame(
    addRun({ time: 900 }),
    openTurn({ time: 902 }),
    { op: "open_part", turn: "t", part: "p", kind: "text", time: 902 },
    {
      op: "append",
      part: "p",
      text: "# So\n\n**Go** on [Saturday](https://a.b):\n\n- sunny\n\n```python\nprint(1)\n```\nDone.",
    },
    { op: "close_turn", turn: "t", status: "complete", time: 905 },
    { op: "end_run", run: "r", status: "complete", error: null, time: 906 },
  );
  assert.equal(store.announced.peek().at(-1)?.text, "Answer: So Go on Saturday: sunny Done.");
});

describe("a decision", () => {
  const verdict = { decision: "approved", reason: null, arguments: { a: 2 }, always: false } as const;
  const ask: readonly Op[] = [
    addRun({ time: 900 }),
    { op: "start_run", run: "r", time: 901 },
    openTurn({ time: 902 }),
    { op: "open_tool", turn: "t", part: "p", name: "f", call_id: null, time: 903 },
    { op: "request_approval", part: "p", message: null, editable: true, time: 904 },
  ];
  const step = (store: Store) => {
    const part = store.transcript.peek().part("p");
    assert.ok(part.kind === "tool");
    return part;
  };

  test("is sent, and is under way until the kernel says so", () => {
    const { store, frame, time, takeSent } = setup();
    frame(...ask);
    takeSent();
    assert.equal(store.decide(step(store), verdict), true);
    assert.deepEqual(takeSent(), [{ kind: "decide", part: "p", ...verdict }]);
    assert.deepEqual(store.deciding.peek().get("p"), verdict);
    time.pass(4_000);
    assert.deepEqual(
      takeSent().filter(({ kind }) => kind === "decide"),
      [{ kind: "decide", part: "p", ...verdict }],
    );
    frame({ op: "resolve_approval", part: "p", decision: "approved", reason: null, edited: null, time: 905 });
    assert.equal(store.deciding.peek().size, 0);
  });

  test("that cannot be sent is not under way", () => {
    const { store, model, frame } = setup();
    frame(...ask);
    model.dead = true;
    assert.equal(store.decide(step(store), verdict), false);
    assert.equal(store.deciding.peek().size, 0);
  });
});

test("what came and went in one frame is not announced, and breaks nothing", () => {
  const { store, frame, takeSent } = setup();
  frame(addRun(), { op: "start_run", run: "r", time: 901 }, openTurn());
  frame(
    { op: "open_tool", turn: "t", part: "p", name: "search", call_id: null, time: 903 },
    { op: "set_tool_state", part: "p", state: "running", time: 904 },
    { op: "reset_turn", turn: "t", attempt: 2, time: 905 },
  );
  assert.equal(store.announced.peek().at(-1)?.text, "Working on it");
  assert.deepEqual(takeSent(), []);
  assert.equal(store.seq.peek(), 2);
});

describe("what was asked of a step", () => {
  const bytes = (text: string) => [new DataView(new TextEncoder().encode(text).buffer)];
  const begin: readonly Op[] = [
    addRun(),
    { op: "start_run", run: "r", time: 901 },
    openTurn(),
    { op: "open_tool", turn: "t", part: "p", name: "rows", call_id: null, time: 903 },
  ];
  const result = (value: string, preliminary: boolean): Op => ({
    op: "set_result",
    part: "p",
    result: value,
    outcome: "ok",
    preliminary,
    size: 9,
    time: 904,
  });
  const fetched = () => {
    const all = setup();
    all.frame(...begin, result("12…", true));
    all.store.details.ask("p", "whole");
    all.model.emit("msg:custom", { kind: "told", part: "p", what: "whole" }, bytes('"123"'));
    const snapshot = (value: string, preliminary: boolean) => {
      all.model.emit("msg:custom", { kind: "snapshot", seq: 9, ops: [...begin, result(value, preliminary)] });
      all.time.paint();
    };
    return { ...all, snapshot, answer: all.store.details.of("p", "whole") };
  };

  test("is forgotten when a snapshot brings another result", () => {
    const { answer, snapshot } = fetched();
    assert.equal(answer.peek()?.state, "here");
    snapshot("the end", false);
    assert.equal(answer.peek(), null);
  });

  test("stays when a snapshot brings the same", () => {
    const { answer, snapshot } = fetched();
    snapshot("12…", true);
    assert.equal(answer.peek()?.state, "here");
  });

  test("is lost when its own time is over, not that of an earlier question", () => {
    const { store, time, model } = setup();
    const answer = store.details.of("p", "whole");
    store.details.ask("p", "whole");
    time.pass(15_000);
    model.emit("msg:custom", { kind: "told", part: "p", what: "whole" }, []);
    store.details.ask("p", "whole");
    time.pass(6_000);
    assert.equal(answer.peek()?.state, "asked");
    time.pass(15_000);
    assert.equal(answer.peek()?.state, "lost");
  });
});

test("settings are traits of both sides, and what is none counts as not set", () => {
  const { store, model } = setup();
  assert.equal(store.steps.peek(), "auto");
  store.setDetail("steps", "hidden");
  assert.equal(model.traits.get("steps"), "hidden");
  for (const [value, wanted] of [
    ["full", "full"],
    ["sideways", "auto"],
  ]) {
    model.traits.set("reasoning", value);
    model.emit("change:reasoning");
    assert.equal(store.reasoning.peek(), wanted);
  }
  model.traits.set("labels", { final_only: "Nur Schluss", turns: 3 });
  model.emit("change:labels");
  assert.equal(store.say.peek()("final_only"), "Nur Schluss");
  assert.equal(store.say.peek()("turns", { n: 2 }), "2 turns");
});

describe("an add-on", () => {
  const request: PageMessage = { kind: "addon", name: "highlight" };

  test("is asked for when it is wanted, once, and again if no answer comes", () => {
    const { store, takeSent, time } = setup();
    assert.deepEqual(takeSent(), []);
    store.addons.highlight.want();
    store.addons.highlight.want();
    assert.deepEqual(takeSent(), [request]);
    const again = () => takeSent().filter(({ kind }) => kind === "addon");
    time.pass(2_100);
    assert.deepEqual(again(), [request]);
    time.pass(2_100);
    assert.deepEqual(again(), [], "each time it waits twice as long");
    time.pass(2_100);
    assert.deepEqual(again(), [request]);
  });

  test("that cannot be run is asked for again, not at once", async () => {
    const { store, model, takeSent, time } = setup();
    const loaded = globalThis as { [key: symbol]: unknown };
    const key = Symbol.for("turnwise/highlight@dev");
    store.addons.highlight.want();
    takeSent();
    // Node imports from no such address.
    model.emit("msg:custom", { kind: "addon", name: "highlight" }, [new DataView(new ArrayBuffer(1))]);
    assert.notEqual(loaded[key], undefined);
    while (loaded[key] !== undefined) await new Promise(setImmediate);
    for (let render = 0; render < 3; render += 1) store.addons.highlight.want();
    assert.deepEqual(takeSent(), []);
    time.pass(2_100);
    assert.deepEqual(
      takeSent().filter(({ kind }) => kind === "addon"),
      [request],
    );
  });

  test("is not asked for once the chat is over", () => {
    const { store, takeSent, time, stop } = setup();
    store.addons.highlight.want();
    takeSent();
    stop.abort();
    time.pass(600_000);
    assert.deepEqual(takeSent(), []);
  });

  test("that cannot be asked for, or comes without its source, is missing", () => {
    const { store, model } = setup();
    model.dead = true;
    store.addons.highlight.want();
    for (const buffers of [undefined, [], ["text"]])
      model.emit("msg:custom", { kind: "addon", name: "highlight" }, buffers);
    model.emit("msg:custom", { kind: "addon", name: "other" }, [new DataView(new ArrayBuffer(1))]);
    assert.equal(store.addons.highlight.value.peek(), null);
    assert.notEqual(store.link.peek(), "gone");
  });
});

test("settings go both ways, and survive a dead kernel", () => {
  const { store, model } = setup();
  assert.deepEqual(store.suggestions.peek(), ["one"]);
  store.setFinalOnly(true);
  assert.equal(model.get("final_only"), true);
  assert.equal(model.saved, 1);
  model.set("final_only", false);
  model.emit("change:final_only");
  assert.equal(store.final_only.peek(), false);
  model.set("title", "New");
  model.emit("change:title");
  assert.equal(store.title.peek(), "New");
});

describe("what the reader is told of the kernel", () => {
  const running: readonly Op[] = [addRun({ time: 900 }), { op: "start_run", run: "r", time: 901 }];

  test("that the run waits for it, until that says otherwise or the run is over", () => {
    const { store, model, frame, time } = setup();
    frame(...running);
    const held = () => model.emit("msg:custom", { kind: "frame", seq: 1, ops: [], held: true });
    held();
    assert.equal(store.kernel.peek(), "held");
    frame({ op: "set_notice", run: "r", turn: null, code: "x", message: "", count: 1 });
    assert.equal(store.kernel.peek(), "connected");
    held();
    model.emit("msg:custom", {
      kind: "frame",
      seq: 3,
      held: true,
      ops: [{ op: "end_run", run: "r", status: "complete", error: null, time: 902 }],
    });
    time.paint();
    assert.equal(store.kernel.peek(), "connected");
  });

  test("that a request goes unanswered, although frames come", () => {
    const { store, time, frame, stop, takeSent } = setup();
    frame(...running);
    store.stop();
    takeSent();
    time.pass(2_900);
    frame({ op: "set_notice", run: "r", turn: null, code: "x", message: "", count: 1 });
    assert.equal(store.kernel.peek(), "connected");
    time.pass(200);
    assert.equal(store.kernel.peek(), "waiting");
    assert.deepEqual(takeSent().slice(-1), [{ kind: "hello", last: 2 }]);
    frame({ op: "end_run", run: "r", status: "cancelled", error: null, time: 902 });
    assert.equal(store.kernel.peek(), "connected");
    stop.abort();
    assert.equal(time.waiting, 0);
  });

  test("that it is gone: nothing goes on, and what was on its way was not sent", () => {
    const { store, model, frame } = setup();
    frame(...running);
    store.send("more");
    model.dead = true;
    store.stop();
    assert.equal(store.kernel.peek(), "gone");
    assert.equal(store.running.peek(), null);
    assert.deepEqual(
      store.pending.peek().map(({ sent }) => sent),
      [null],
    );
  });

  test("and it can be interrupted where the host allows that", async () => {
    const { store, model } = setup();
    const offered = () => store.interrupt;
    assert.equal(offered(), null);
    model.widget_manager = { kernel: null };
    assert.equal(offered(), null);
    let interrupts = 0;
    const interrupt = async () => {
      interrupts += 1;
    };
    model.widget_manager = { kernel: { interrupt } };
    offered()?.();
    assert.equal(interrupts, 1);
  });
});

test("a closed model is left alone", () => {
  const { stop, model, store, takeSent, time } = setup();
  stop.abort();
  model.emit("msg:custom", { kind: "frame", seq: 1, ops: [addRun({ time: 900 })] });
  time.paint();
  time.pass(600_000);
  assert.equal(store.seq.peek(), 0);
  assert.deepEqual(takeSent(), []);
});

test("elapsed times follow the kernel's clock, whatever the page's says", () => {
  const { store, time, frame } = setup();
  frame(addRun({ time: 900 })); // 900 there is 1000 here
  time.pass(7_000);
  assert.equal(Math.round(store.clock.since(900)), 7);
  assert.equal(store.clock.since(5_000), 0);
});
