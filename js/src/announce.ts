/**
 * What a screen reader is told while a run goes on: events, not tokens.
 */

import { plural } from "./format.ts";
import type { Op, RunStatus } from "./protocol.ts";
import { tools } from "./select.ts";
import type { Transcript } from "./transcript.ts";

const ENDINGS: Readonly<Record<RunStatus, string | null>> = {
  queued: null,
  running: null,
  complete: "Answer finished",
  cancelled: "Stopped",
  truncated: "The answer was cut off",
  error: null, // an alert of its own
  dropped: "Prompt not sent",
};

/** The line for `op`, which `transcript` has folded already; `null` for what is not worth one. */
export function announcement(transcript: Transcript, op: Op): string | null {
  switch (op.op) {
    case "start_run":
      return "Working on it";
    case "set_tool_state": {
      const part = transcript.part(op.part);
      if (part.kind !== "tool") return null;
      const { name } = part.step.peek();
      if (op.state === "invalid") return `No such tool: ${name}`;
      return op.state === "running" ? `Running ${name}` : null;
    }
    case "request_approval": {
      const part = transcript.part(op.part);
      return part.kind === "tool" ? `Needs approval: ${part.step.peek().name}` : null;
    }
    case "set_result": {
      const part = transcript.part(op.part);
      if (part.kind !== "tool" || op.preliminary) return null;
      return `${part.step.peek().name} ${op.outcome === "error" ? "failed" : "done"}`;
    }
    case "close_turn": {
      const turn = transcript.turn(op.turn);
      if (op.status === "abandoned") return `Turn ${turn.number} was given up`;
      const count = tools(turn).length;
      return `Turn ${turn.number} finished${count > 0 ? `, ${plural(count, "tool call")}` : ""}`;
    }
    case "end_run":
      return ENDINGS[op.status];
    default:
      return null;
  }
}
