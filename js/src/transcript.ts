/**
 * The page's replica of the transcript: runs, their turns, their parts, and the one function that changes them.
 *
 * `apply` folds the same ops as the kernel's `transcript.py`, and `tests/vectors` holds the two together. Each run,
 * turn and part keeps what can change in one signal, so that a token redraws one leaf. Knows the wire and signals;
 * no DOM, no clock, no ids of its own. "Final" is a selector (`select.ts`), never stored.
 */

import { batch, type Signal, signal } from "@preact/signals-core";
import type {
  AddOutput,
  Decision,
  Failure,
  FinishReason,
  Json,
  Op,
  Outcome,
  OutputStream,
  PartKind,
  RequestFacts,
  RunStatus,
  ToolState,
  TurnStatus,
  Usage,
} from "./protocol.ts";

export interface Notice {
  readonly turn: string | null;
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

export interface RunFacts {
  readonly status: RunStatus;
  readonly error: Failure | null;
  readonly started: number | null;
  readonly ended: number | null;
}

/** One agent's path through a run, beside the main one. */
export interface Lane {
  readonly id: string;
  readonly agent: string | null;
  /** The tool step that started it, under which its turns nest; `null` if it stands beside the others. */
  readonly parent: string | null;
  /** The lane that handed the run to it, if one did. */
  readonly handed_from: string | null;
  readonly started: number;
}

/** What follows one prompt. */
export interface Run {
  readonly id: string;
  readonly number: number;
  readonly prompt: string;
  readonly client_id: string | null;
  readonly added: number;
  readonly facts: Signal<RunFacts>;
  readonly notices: Signal<readonly Notice[]>;
  readonly lanes: Signal<readonly Lane[]>;
  readonly turns: Signal<readonly Turn[]>;
}

export interface TurnFacts {
  readonly agent: string | null;
  readonly model: string | null;
  readonly attempt: number;
  readonly status: TurnStatus;
  readonly finish_reason: FinishReason | null;
  readonly native_finish_reason: string | null;
  readonly usage: Usage | null;
  /** What is new in what the model was sent; `null` if the source does not tell. */
  readonly request: RequestFacts | null;
  /** When the model had said all it will. */
  readonly replied: number | null;
  readonly ended: number | null;
}

/** One model call together with the results of the tools that it called. */
export interface Turn {
  readonly id: string;
  readonly run: Run;
  readonly number: number;
  readonly lane: string;
  /** The framework made the call for its own ends; it is never final. */
  readonly auxiliary: boolean;
  readonly started: number;
  readonly facts: Signal<TurnFacts>;
  readonly parts: Signal<readonly Part[]>;
}

export interface Body {
  readonly text: string;
  readonly open: boolean;
  /** What the provider wants back with it: nothing to show. */
  readonly native: Json;
  readonly ended: number | null;
}

/** A block of the answer or of what the model thought before it. */
export interface TextPart {
  readonly kind: PartKind;
  readonly id: string;
  readonly started: number;
  readonly body: Signal<Body>;
}

/** What a person was asked about a tool call, and what they said. */
export interface Approval {
  readonly message: string | null;
  /** Whether the call may run with other arguments. */
  readonly editable: boolean;
  readonly asked: number;
  readonly decision: Decision | null;
  readonly reason: string | null;
  /** The arguments that the tool runs with, if they were changed. */
  readonly edited: Json;
  readonly answered: number | null;
}

/** Something that a tool printed or displayed while it ran. */
export interface Output {
  readonly stream: OutputStream;
  /** What was printed, with its control characters. */
  readonly text: string;
  /** `{"mimebundle": {media type: data}}`, of what was displayed. */
  readonly display: Json;
  readonly display_id: string | null;
}

export interface Step {
  readonly name: string;
  readonly call_id: string | null;
  readonly arguments_text: string;
  readonly arguments: Json;
  readonly arguments_invalid: string | null;
  readonly native: Json;
  readonly state: ToolState;
  readonly approval: Approval | null;
  readonly result: Json;
  readonly outcome: Outcome | null;
  /** The result is progress or a placeholder; the real one is to come. */
  readonly preliminary: boolean;
  readonly outputs: readonly Output[];
  /** About how many characters the whole result has, if `result` is less. */
  readonly size: number | null;
  readonly ready: number | null;
  readonly running: number | null;
  readonly ended: number | null;
}

/** A tool call and what came of it. */
export interface ToolPart {
  readonly kind: "tool";
  readonly id: string;
  readonly started: number;
  readonly step: Signal<Step>;
}

/** Something that the answer rests on. */
export interface SourcePart {
  readonly kind: "source";
  readonly id: string;
  readonly url: string | null;
  readonly title: string | null;
  readonly snippet: string | null;
  readonly started: number;
}

/** A file or image that the agent made: elsewhere (`url`), or as base64 (`data`). */
export interface FilePart {
  readonly kind: "file";
  readonly id: string;
  readonly name: string | null;
  readonly media_type: string;
  readonly url: string | null;
  readonly data: string | null;
  readonly native: Json;
  readonly started: number;
}

export interface Content {
  readonly name: string;
  readonly value: Json;
}

/** Data of the application's own, under a name that tells what it is. */
export interface DataPart {
  readonly kind: "data";
  readonly id: string;
  readonly started: number;
  readonly content: Signal<Content>;
}

export type Part = TextPart | ToolPart | SourcePart | FilePart | DataPart;

/** The states in which a tool step has come to an end. */
const ENDED: ReadonlySet<ToolState> = new Set([
  "done",
  "error",
  "denied",
  "invalid",
  "skipped",
  "cancelled",
  "unanswered",
]);

/** An op that does not fit the replica: something before it was lost or is not understood. */
export class BrokenReplica extends Error {
  override readonly name = "BrokenReplica";
}

export class Transcript {
  readonly runs: Signal<readonly Run[]> = signal([]);
  readonly #runs = new Map<string, Run>();
  readonly #turns = new Map<string, Turn>();
  readonly #parts = new Map<string, Part>();

  run(id: string): Run {
    return known(this.#runs, "run", id);
  }

  turn(id: string): Turn {
    return known(this.#turns, "turn", id);
  }

  part(id: string): Part {
    return known(this.#parts, "part", id);
  }

  /** The part with this id, if there is one. */
  findPart(id: string): Part | undefined {
    return this.#parts.get(id);
  }

  addRun(run: Run): void {
    fresh(this.#runs, "run", run);
    this.runs.value = [...this.runs.peek(), run];
  }

  addTurn(turn: Turn): void {
    fresh(this.#turns, "turn", turn);
    turn.run.turns.value = [...turn.run.turns.peek(), turn];
  }

  addPart(turn: Turn, part: Part): void {
    fresh(this.#parts, "part", part);
    turn.parts.value = [...turn.parts.peek(), part];
  }

  /** Forgets what a turn holds, so that its next attempt starts empty. */
  clearTurn(turn: Turn): void {
    for (const part of turn.parts.peek()) this.#parts.delete(part.id);
    turn.parts.value = [];
    turn.run.notices.value = turn.run.notices.peek().filter((notice) => notice.turn !== turn.id);
  }
}

/** Applies all of `ops`, redrawing once. Raises `BrokenReplica` at the first that does not fit. */
export function applyAll(transcript: Transcript, ops: readonly Op[]): void {
  batch(() => {
    for (const op of ops) apply(transcript, op);
  });
}

/** The only code that changes a transcript. */
export function apply(transcript: Transcript, op: Op): void {
  switch (op.op) {
    case "add_run":
      transcript.addRun({
        id: op.run,
        number: op.number,
        prompt: op.prompt,
        client_id: op.client_id,
        added: op.time,
        facts: signal({ status: "queued", error: null, started: null, ended: null }),
        notices: signal([]),
        lanes: signal([]),
        turns: signal([]),
      });
      return;
    case "start_run":
      set(transcript.run(op.run).facts, { status: "running", started: op.time });
      return;
    case "end_run":
      set(transcript.run(op.run).facts, { status: op.status, error: op.error, ended: op.time });
      return;
    case "open_lane": {
      const { lanes } = transcript.run(op.run);
      const { lane: id, agent, parent, handed_from, time: started } = op;
      lanes.value = [...lanes.peek(), { id, agent, parent, handed_from, started }];
      return;
    }
    case "open_turn":
      transcript.addTurn({
        id: op.turn,
        run: transcript.run(op.run),
        number: op.number,
        lane: op.lane,
        auxiliary: op.auxiliary,
        started: op.time,
        facts: signal({
          agent: op.agent,
          model: op.model,
          attempt: op.attempt,
          status: "streaming",
          finish_reason: null,
          native_finish_reason: null,
          usage: null,
          request: null,
          replied: null,
          ended: null,
        }),
        parts: signal([]),
      });
      return;
    case "describe_turn":
      set(transcript.turn(op.turn).facts, { agent: op.agent, model: op.model });
      return;
    case "set_request":
      set(transcript.turn(op.turn).facts, { request: op.facts });
      return;
    case "reset_turn": {
      const turn = transcript.turn(op.turn);
      transcript.clearTurn(turn);
      set(turn.facts, {
        attempt: op.attempt,
        status: "streaming",
        finish_reason: null,
        native_finish_reason: null,
        replied: null,
        ended: null,
      });
      return;
    }
    case "end_reply":
      set(transcript.turn(op.turn).facts, {
        finish_reason: op.finish_reason,
        native_finish_reason: op.native_finish_reason,
        replied: op.time,
      });
      return;
    case "set_usage":
      set(transcript.turn(op.turn).facts, { usage: op.usage });
      return;
    case "close_turn":
      set(transcript.turn(op.turn).facts, { status: op.status, ended: op.time });
      return;
    case "open_part":
      transcript.addPart(transcript.turn(op.turn), {
        kind: op.kind,
        id: op.part,
        started: op.time,
        body: signal({ text: "", open: true, native: null, ended: null }),
      });
      return;
    case "open_tool":
      transcript.addPart(transcript.turn(op.turn), {
        kind: "tool",
        id: op.part,
        started: op.time,
        step: signal({
          name: op.name,
          call_id: op.call_id,
          arguments_text: "",
          arguments: null,
          arguments_invalid: null,
          native: null,
          state: "streaming",
          approval: null,
          result: null,
          outcome: null,
          preliminary: false,
          outputs: [],
          size: null,
          ready: null,
          running: null,
          ended: null,
        }),
      });
      return;
    case "describe_tool":
      set(tool(transcript, op.part).step, { name: op.name, call_id: op.call_id });
      return;
    case "append": {
      const part = written(transcript, op.part);
      if (part.kind === "tool") set(part.step, { arguments_text: part.step.peek().arguments_text + op.text });
      else set(part.body, { text: part.body.peek().text + op.text });
      return;
    }
    case "replace": {
      const part = written(transcript, op.part);
      if (part.kind === "tool") set(part.step, { arguments_text: op.text });
      else set(part.body, { text: op.text });
      return;
    }
    case "close_part":
      set(block(transcript, op.part).body, { open: false, ended: op.time });
      return;
    case "set_arguments": {
      const { step } = tool(transcript, op.part);
      const { state } = step.peek();
      set(step, {
        arguments: op.arguments,
        arguments_invalid: op.invalid,
        ready: op.time,
        state: state === "streaming" ? "ready" : state,
      });
      return;
    }
    case "set_native": {
      const part = written(transcript, op.part);
      if (part.kind === "tool") set(part.step, { native: op.native });
      else set(part.body, { native: op.native });
      return;
    }
    case "request_approval":
      set(tool(transcript, op.part).step, {
        state: "approval",
        approval: {
          message: op.message,
          editable: op.editable,
          asked: op.time,
          decision: null,
          reason: null,
          edited: null,
          answered: null,
        },
        ended: null,
      });
      return;
    case "resolve_approval": {
      const { step } = tool(transcript, op.part);
      const { state, approval, ended } = step.peek();
      if (approval === null)
        throw new BrokenReplica(`the part ${JSON.stringify(op.part)} was not asked about`);
      const { decision, reason, edited, time } = op;
      const denied = decision === "denied";
      const waits = state === "approval";
      set(step, {
        approval: { ...approval, decision, reason, edited, answered: time },
        state: waits ? (denied ? "denied" : "ready") : state,
        ended: waits ? (denied ? time : null) : ended,
      });
      return;
    }
    case "set_tool_state":
      set(tool(transcript, op.part).step, {
        state: op.state,
        ...(op.state === "running" ? { running: op.time } : { ended: ENDED.has(op.state) ? op.time : null }),
      });
      return;
    case "set_result": {
      const { step } = tool(transcript, op.part);
      const { result, outcome, preliminary, size } = op;
      set(step, { result, outcome, preliminary, size });
      if (preliminary) return;
      const denied = step.peek().state === "denied";
      set(step, { ended: op.time, state: denied ? "denied" : outcome === "error" ? "error" : "done" });
      return;
    }
    case "add_output": {
      const { step } = tool(transcript, op.part);
      set(step, { outputs: withOutput(op.clear ? [] : step.peek().outputs, op) });
      return;
    }
    case "add_source":
      transcript.addPart(transcript.turn(op.turn), {
        kind: "source",
        id: op.part,
        url: op.url,
        title: op.title,
        snippet: op.snippet,
        started: op.time,
      });
      return;
    case "add_file":
      transcript.addPart(transcript.turn(op.turn), {
        kind: "file",
        id: op.part,
        name: op.name,
        media_type: op.media_type,
        url: op.url,
        data: op.data,
        native: op.native,
        started: op.time,
      });
      return;
    case "set_data": {
      const { name, value } = op;
      const part = transcript.findPart(op.part);
      if (part?.kind === "data") part.content.value = { name, value };
      else
        transcript.addPart(transcript.turn(op.turn), {
          kind: "data",
          id: op.part,
          started: op.time,
          content: signal({ name, value }),
        });
      return;
    }
    case "set_notice": {
      const { notices } = transcript.run(op.run);
      const { turn, code, message, count } = op;
      const notice = { turn, code, message, count };
      const at = notices.peek().findIndex((other) => other.turn === turn && other.code === code);
      notices.value = at < 0 ? [...notices.peek(), notice] : notices.peek().with(at, notice);
      return;
    }
    default:
      unknownOp(op);
  }
}

function set<T extends object>(target: Signal<T>, change: Partial<T>): void {
  target.value = { ...target.peek(), ...change };
}

function known<T>(all: ReadonlyMap<string, T>, what: string, id: string): T {
  const found = all.get(id);
  if (found === undefined) throw new BrokenReplica(`no ${what} has the id ${JSON.stringify(id)}`);
  return found;
}

function fresh<T extends { readonly id: string }>(all: Map<string, T>, what: string, item: T): void {
  if (all.has(item.id)) throw new BrokenReplica(`a ${what} has the id ${JSON.stringify(item.id)} already`);
  all.set(item.id, item);
}

function tool(transcript: Transcript, id: string): ToolPart {
  const part = transcript.part(id);
  if (part.kind !== "tool") throw new BrokenReplica(`the part ${JSON.stringify(id)} is not a tool call`);
  return part;
}

/** A part that has text. */
function written(transcript: Transcript, id: string): TextPart | ToolPart {
  const part = transcript.part(id);
  if (part.kind === "source" || part.kind === "file" || part.kind === "data")
    throw new BrokenReplica(`the part ${JSON.stringify(id)} has no text`);
  return part;
}

function block(transcript: Transcript, id: string): TextPart {
  const part = written(transcript, id);
  if (part.kind === "tool") throw new BrokenReplica(`the part ${JSON.stringify(id)} is a tool call`);
  return part;
}

/** Text goes on where the last output was of its stream; a display takes the place of one with its name. */
function withOutput(
  outputs: readonly Output[],
  { stream, text, display, display_id }: AddOutput,
): readonly Output[] {
  const last = outputs.at(-1);
  if (display === null && last?.stream === stream)
    return outputs.with(-1, { ...last, text: last.text + text });
  if (display === null && text === "") return outputs;
  const output = { stream, text, display, display_id };
  const at = display_id === null ? -1 : outputs.findIndex((other) => other.display_id === display_id);
  return at < 0 ? [...outputs, output] : outputs.with(at, output);
}

function unknownOp(op: never): never {
  throw new BrokenReplica(`the op is not known: ${JSON.stringify(op)?.slice(0, 200)}`);
}

/** The transcript as plain data, in the shape that the shared vectors compare. */
export function dump(transcript: Transcript): object {
  return { runs: transcript.runs.peek().map(dumpRun) };
}

function dumpRun({ facts, notices, lanes, turns, ...identity }: Run): object {
  return {
    ...identity,
    ...facts.peek(),
    notices: notices.peek(),
    lanes: lanes.peek(),
    turns: turns.peek().map(dumpTurn),
  };
}

function dumpTurn({ run: _, facts, parts, ...identity }: Turn): object {
  return { ...identity, ...facts.peek(), parts: parts.peek().map(dumpPart) };
}

function dumpPart(part: Part): object {
  switch (part.kind) {
    case "tool": {
      const { step, ...identity } = part;
      return { ...identity, ...step.peek() };
    }
    case "data": {
      const { content, ...identity } = part;
      return { ...identity, ...content.peek() };
    }
    case "source":
    case "file":
      return part;
    default: {
      const { body, ...identity } = part;
      return { ...identity, ...body.peek() };
    }
  }
}
