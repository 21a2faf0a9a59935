/** The kernel's time as the page sees it: a recording that is played has a time of its own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { KernelClock } from "../src/clock.ts";
import type { Playback } from "../src/protocol.ts";

const AT_TEN: Playback = {
  kind: "playback",
  position: 10,
  length: 20,
  playing: true,
  speed: 2,
  origin: 5_000,
  marks: [],
};

function clocks() {
  let now = 100;
  const clock = new KernelClock(() => now);
  return { clock, pass: (seconds: number) => (now += seconds) };
}

test("time passes as fast as the recording is played, and no further than its end", () => {
  const { clock, pass } = clocks();
  clock.follow(AT_TEN);
  assert.equal(clock.since(5_004), 6);
  pass(2);
  assert.equal(clock.position(), 14);
  assert.equal(clock.since(5_004), 10);
  assert.equal(clock.since(5_018), 0, "what has not happened yet");
  pass(60);
  assert.equal(clock.position(), 20);
});

test("it stands still with the recording, and goes back with it", () => {
  const { clock, pass } = clocks();
  clock.follow({ ...AT_TEN, playing: false });
  pass(9);
  assert.equal(clock.since(5_000), 10);
  clock.follow({ ...AT_TEN, position: 3, speed: null });
  pass(9);
  assert.equal(clock.since(5_000), 3, "at once is not a speed to count with");
});

test("without a recording ops say what time it is", () => {
  const { clock, pass } = clocks();
  assert.equal(clock.position(), 0);
  clock.observe([{ op: "start_run", run: "r", time: 5_000 }]);
  pass(3);
  assert.equal(clock.since(5_000), 3);
});
