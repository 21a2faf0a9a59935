/** What is applied, what is asked and when, over a wire that loses, repeats and dies. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Connection, type Delivery, type Link } from "../src/connection.ts";
import type { Op, PageMessage } from "../src/protocol.ts";
import { Timers } from "./timers.ts";

/** A wire that a test watches, and its timers. */
class Bench extends Timers {
  readonly sent: PageMessage[] = [];
  readonly delivered: Delivery[] = [];
  readonly links: Link[] = [];
  readonly upToDate: number[] = [];
  readonly held: boolean[] = [];
  dead = false;
  readonly connection: Connection;

  constructor() {
    super();
    this.connection = new Connection(
      {
        send: (message) => {
          if (this.dead) throw new Error("Cannot send");
          this.sent.push(message);
        },
        after: (ms, run) => this.after(ms, run),
      },
      {
        deliver: (delivery) => this.delivered.push(delivery),
        link: (link) => this.links.push(link),
        held: (held) => this.held.push(held),
        upToDate: (seq) => this.upToDate.push(seq),
      },
    );
  }

  frame(seq: number, ops: readonly Op[] = [OP]): void {
    this.connection.receive({ kind: "frame", seq, ops });
  }

  snapshot(seq: number): void {
    this.connection.receive({ kind: "snapshot", seq, ops: [OP] });
  }

  /** What was asked since the last call. */
  asked(): readonly number[] {
    return this.sent.splice(0).flatMap((message) => (message.kind === "hello" ? [message.last] : []));
  }

  seqs(): readonly number[] {
    return this.delivered.map(({ seq }) => seq);
  }
}

const OP: Op = { op: "start_run", run: "r", time: 0 };

function connected(): Bench {
  const bench = new Bench();
  bench.connection.hello();
  bench.snapshot(5);
  bench.asked();
  bench.delivered.length = 0;
  return bench;
}

test("it says hello first, with nothing", () => {
  const bench = new Bench();
  bench.connection.hello();
  assert.deepEqual(bench.asked(), [0]);
});

test("frames are delivered in order, once", () => {
  const bench = connected();
  for (const seq of [6, 7, 7, 6, 3, 8]) bench.frame(seq);
  assert.deepEqual(bench.seqs(), [6, 7, 8]);
  assert.deepEqual(bench.asked(), []);
});

test("a frame that begins the conversation needs no snapshot", () => {
  const bench = new Bench();
  bench.connection.hello();
  bench.frame(1);
  bench.frame(2);
  assert.deepEqual(bench.seqs(), [1, 2]);
});

test("a gap asks once, however many frames follow it, and a snapshot closes it", () => {
  const bench = connected();
  for (const seq of [7, 8, 9]) bench.frame(seq);
  assert.deepEqual(bench.asked(), [5]);
  bench.snapshot(9);
  bench.frame(10);
  assert.deepEqual(bench.seqs(), [9, 10]);
  assert.deepEqual(
    bench.delivered.map(({ replaces }) => replaces),
    [true, false],
  );
});

test("a gap whose question is lost is asked again, less and less often", () => {
  const bench = connected();
  bench.frame(9);
  bench.pass(1_499);
  assert.equal(bench.asked().length, 1);
  bench.pass(1);
  assert.equal(bench.asked().length, 1);
  bench.pass(3_000);
  assert.equal(bench.asked().length, 1);
  bench.pass(200_000);
  assert.ok(bench.asked().length < 14);
});

test("the word that another page is up to date is no frame, and finds what this one lacks", () => {
  const bench = connected();
  bench.frame(6, []);
  assert.deepEqual(bench.asked(), [5]);
  bench.frame(6);
  assert.deepEqual(bench.seqs(), [6]);
});

test("old snapshots change nothing", () => {
  const bench = connected();
  bench.snapshot(4);
  bench.snapshot(5);
  assert.deepEqual(bench.seqs(), []);
});

describe("silence", () => {
  test("asks after two seconds while something is under way", () => {
    const bench = connected();
    bench.connection.live = true;
    bench.pass(1_999);
    assert.deepEqual(bench.asked(), []);
    bench.pass(1);
    assert.deepEqual(bench.asked(), [5]);
  });

  test("does not ask when nothing is", () => {
    const bench = connected();
    bench.pass(600_000);
    assert.deepEqual(bench.asked(), []);
    assert.equal(bench.waiting, 0);
  });

  test("stops asking when it is over", () => {
    const bench = connected();
    bench.connection.live = true;
    bench.frame(6);
    bench.connection.live = false;
    bench.pass(600_000);
    assert.deepEqual(bench.asked(), []);
  });

  test("frames put the question off", () => {
    const bench = connected();
    bench.connection.live = true;
    for (let seq = 6; seq < 26; seq += 1) {
      bench.pass(1_500);
      bench.frame(seq);
    }
    assert.deepEqual(bench.asked(), []);
  });

  test("that the kernel confirms is asked about less often, and never less than every ten seconds", () => {
    const bench = connected();
    bench.connection.live = true;
    let questions = 0;
    for (let second = 0; second < 60; second += 1) {
      bench.pass(1_000);
      if (bench.asked().length > 0) {
        questions += 1;
        bench.frame(5, []);
      }
    }
    assert.ok(questions >= 6 && questions <= 10, String(questions));
    assert.deepEqual(bench.upToDate.slice(0, 2), [5, 5]);
  });

  test("finds a lost tail", () => {
    const bench = connected();
    bench.connection.live = true;
    bench.pass(2_000);
    bench.snapshot(8);
    assert.deepEqual(bench.seqs(), [8]);
  });

  test("that goes on is told to the reader, and ends with any message", () => {
    const bench = connected();
    bench.connection.live = true;
    bench.pass(9_000);
    assert.deepEqual(bench.links, ["connected", "waiting"]);
    bench.frame(6);
    assert.equal(bench.connection.link, "connected");
  });
});

test("each message says whether the run waits for the kernel, also one that brings nothing else", () => {
  const bench = connected();
  bench.held.length = 0;
  bench.connection.receive({ kind: "frame", seq: 5, ops: [], held: true });
  bench.frame(6);
  bench.connection.receive({ kind: "snapshot", seq: 5, ops: [], held: true });
  assert.deepEqual(bench.held, [true, false, true]);
});

test("a snapshot that brings nothing says that the page is up to date, an older one does not", () => {
  const bench = connected();
  bench.upToDate.length = 0;
  bench.frame(6);
  bench.snapshot(5);
  assert.deepEqual(bench.upToDate, []);
  bench.snapshot(6);
  assert.deepEqual(bench.upToDate, [6]);
  assert.deepEqual(bench.seqs(), [6]);
});

describe("a dead comm", () => {
  test("is a state, not an exception", () => {
    const bench = connected();
    bench.dead = true;
    assert.equal(bench.connection.post({ kind: "stop", run: null }), false);
    assert.equal(bench.connection.link, "gone");
  });

  test("is still a state after many questions", () => {
    const bench = new Bench();
    bench.dead = true;
    for (let round = 0; round < 5; round += 1) bench.connection.hello();
    assert.equal(bench.connection.link, "gone");
    bench.dead = false;
    bench.snapshot(3);
    assert.equal(bench.connection.link, "connected");
  });

  test("is not asked again until there is another", () => {
    const bench = connected();
    bench.connection.live = true;
    bench.dead = true;
    bench.pass(3_000);
    assert.equal(bench.connection.link, "gone");
    assert.equal(bench.waiting, 0);
    bench.dead = false;
    bench.connection.hello();
    assert.deepEqual(bench.asked(), [5]);
    bench.frame(6);
    bench.pass(2_000);
    assert.deepEqual(bench.asked(), [6]);
  });
});

describe("a broken replica", () => {
  test("asks for everything and takes the same snapshot again", () => {
    const bench = connected();
    bench.frame(6);
    bench.connection.broken();
    assert.deepEqual(bench.asked(), [0]);
    bench.frame(7);
    bench.snapshot(7);
    assert.deepEqual(bench.seqs(), [6, 7]);
  });

  test("that stays broken does not ask at the speed of the network", () => {
    const bench = connected();
    bench.connection.broken();
    for (let round = 0; round < 50; round += 1) {
      bench.pass(100);
      if (bench.asked().length > 0) {
        bench.snapshot(6);
        bench.connection.broken();
      }
      bench.frame(9);
    }
    assert.ok(bench.delivered.length < 6, String(bench.delivered.length));
  });
});

test("what is no message of ours is ignored", () => {
  const bench = connected();
  for (const content of [
    null,
    "x",
    3,
    {},
    { kind: "frame" },
    { kind: "frame", seq: "6", ops: [] },
    { kind: "no", seq: 6, ops: [] },
  ])
    bench.connection.receive(content);
  assert.deepEqual(bench.seqs(), []);
});

test("closed, it asks no more", () => {
  const bench = connected();
  bench.connection.live = true;
  bench.connection.close();
  bench.pass(60_000);
  assert.deepEqual(bench.asked(), []);
});
