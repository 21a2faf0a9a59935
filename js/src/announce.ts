/**
 * What a screen reader is told while a run goes on: events, not tokens.
 */

import type { Label, Say } from "./labels.ts";
import type { Op, RunStatus } from "./protocol.ts";
import { finalText, tools } from "./select.ts";
import type { Transcript } from "./transcript.ts";

const ENDINGS: Readonly<Partial<Record<RunStatus, Label>>> = {
  complete: "says_complete",
  cancelled: "says_stopped",
  truncated: "says_truncated",
  dropped: "says_dropped", // an error is an alert of its own
};

/** The line for `op`, which `transcript` has folded already; `null` for what is gone again or is not worth one. */
export function announcement(transcript: Transcript, op: Op, say: Say): string | null {
  if ("part" in op && transcript.findPart(op.part) === undefined) return null;
  switch (op.op) {
    case "start_run":
      return say("says_started");
    case "set_tool_state": {
      const name = toolName(transcript, op.part);
      if (op.state === "invalid") return say("says_no_tool", { name });
      return op.state === "running" ? say("says_running", { name }) : null;
    }
    case "request_approval":
      return say("says_approval", { name: toolName(transcript, op.part) });
    case "set_result":
      if (op.preliminary) return null;
      return say(op.outcome === "error" ? "says_failed" : "says_done", {
        name: toolName(transcript, op.part),
      });
    case "close_turn": {
      const turn = transcript.turn(op.turn);
      const { number } = turn;
      if (op.status === "abandoned") return say("says_given_up", { number });
      const n = tools(turn).length;
      return n === 0
        ? say("says_turn", { number })
        : say("says_turn_tools", { number, tools: say("tool_calls", { n }) });
    }
    case "end_run": {
      const text = op.status === "complete" ? spoken(finalText(transcript.run(op.run))) : "";
      if (text !== "") return say("says_answer", { text });
      const ending = ENDINGS[op.status];
      return ending === undefined ? null : say(ending);
    }
    default:
      return null;
  }
}

function toolName(transcript: Transcript, id: string): string {
  const part = transcript.findPart(id);
  return part?.kind === "tool" ? part.step.peek().name : "";
}

const LONGEST = 400;

/** Markdown without its marks and its code, and no more of it than one listens to. */
function spoken(markdown: string): string {
  const text = markdown
    .replace(/^(```+|~~~+)[\s\S]*?^\1/gm, " ")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`#|]+|^ *(?:[-+>]|:?-+:?) /gm, " ")
    .replace(/\s+/g, " ")
    .trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST).replace(/\S*$/, "")}…` : text;
}
