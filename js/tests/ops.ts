/** The ops that most tests begin with, of which they say only what matters to them. */

import type { Op } from "../src/protocol.ts";

type OpOf<Tag extends Op["op"]> = Extract<Op, { op: Tag }>;

export function addRun(of: Partial<OpOf<"add_run">> = {}): OpOf<"add_run"> {
  return { op: "add_run", run: "r", number: 1, prompt: "p", client_id: null, time: 0, ...of };
}

/** The first turn, `t`, of the run `r`. */
export function openTurn(of: Partial<OpOf<"open_turn">> = {}): OpOf<"open_turn"> {
  return {
    op: "open_turn",
    run: "r",
    turn: "t",
    number: 1,
    lane: "main",
    agent: null,
    model: null,
    attempt: 1,
    auxiliary: false,
    time: 0,
    ...of,
  };
}
