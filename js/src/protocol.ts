// Generated from widget/turnwise/{values,ops,wire}.py by js/generate_protocol.py: do not edit.

/** Why a model stopped, in one vocabulary for every provider; the provider's own word is kept beside it. */
export type FinishReason =
  | "stop"
  | "tool_calls"
  | "length"
  | "content_filter"
  | "cancelled"
  | "error"
  | "unknown";

/** `dropped` is a queued prompt that never ran; `truncated` a stream that ended without saying that it had. */
export type RunStatus =
  | "queued"
  | "running"
  | "complete"
  | "cancelled"
  | "truncated"
  | "error"
  | "dropped";

/** `abandoned`: the reply was given up for an invalid tool call, and the next turn takes its place. */
export type TurnStatus =
  | "streaming"
  | "complete"
  | "cancelled"
  | "truncated"
  | "error"
  | "abandoned";

/**
 * `streaming`: arguments are arriving; `ready`: they are final; `approval`: a person is asked; `denied`: they
 * said no; `invalid`: no such tool was offered; `skipped`: not executed, as another call of the turn was invalid;
 * `unanswered`: the run ended without a result.
 */
export type ToolState =
  | "streaming"
  | "ready"
  | "approval"
  | "running"
  | "done"
  | "error"
  | "denied"
  | "invalid"
  | "skipped"
  | "cancelled"
  | "unanswered";

/** What a person says to a tool call. Edited arguments come with `approved`. */
export type Decision = "approved" | "denied";

/** What a source says of a tool's result; many frameworks do not tell an error from a result (`unknown`). */
export type Outcome = "ok" | "error" | "unknown";

export type PartKind = "text" | "reasoning";

/** Where a tool's output went while it ran; `display` is what it showed with IPython's `display`. */
export type OutputStream = "stdout" | "stderr" | "display";

/** Tokens of one model call, as the provider counted them; `null` where it did not say. */
export interface Usage {
  /** Tokens of the prompt, cached ones included. */
  readonly input_tokens: number | null;
  /** Tokens of the reply, reasoning included. */
  readonly output_tokens: number | null;
  /** The part of `input_tokens` that was read from a cache. */
  readonly cached_tokens: number | null;
  /** The part of `output_tokens` that was reasoning. */
  readonly reasoning_tokens: number | null;
}

/** What a request says beside its messages. */
export type RequestPart = "system" | "tools" | "settings" | "model";

/** What is to be told of a request to a model without its content, which pages ask for. */
export interface RequestFacts {
  /** Id of the turn whose request it is compared with, the one before of the same agent; `null` for the first. */
  readonly since: string | null;
  /** How many there are, without the system prompt. */
  readonly messages: number;
  /** Messages that the request of `since` did not have. */
  readonly added: number;
  /** Messages that only the request of `since` had. */
  readonly removed: number;
  /** What else is not as in `since`; empty for the first. */
  readonly changed: readonly RequestPart[];
  /** It is what went over the wire; otherwise what a framework made that of. */
  readonly exact: boolean;
}

/** What went wrong in a run, as data: the agent's, the provider's or the connection's fault, never ours to raise. */
export interface Failure {
  /** The exception's class name, or the provider's error code. */
  readonly kind: string;
  /** One sentence for the person at the page. */
  readonly message: string;
  /** More for who wants to look: a traceback, a response body. */
  readonly detail: string | null;
  /** Id of the turn in which it happened; `null` if no turn was open. */
  readonly turn: string | null;
}

/** A value that `json.dumps` accepts as it is: no NaN, no lone surrogates, no cycles. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A prompt was sent; its run waits until the one before has ended. */
export interface AddRun {
  readonly run: string;
  /** 1-based in the conversation. */
  readonly number: number;
  readonly prompt: string;
  /** What the page called this prompt when it sent it, so that it can tell its own; `null` when Python sent it. */
  readonly client_id: string | null;
  readonly time: number;
  readonly op: "add_run";
}

/** The agent has been given the prompt. */
export interface StartRun {
  readonly run: string;
  readonly time: number;
  readonly op: "start_run";
}

/** Nothing more will come, except a late result or usage. */
export interface EndRun {
  readonly run: string;
  readonly status: RunStatus;
  readonly error: Failure | null;
  readonly time: number;
  readonly op: "end_run";
}

/** Another agent's path through the run begins: a parallel branch, a sub-agent, or one that the run is handed to. */
export interface OpenLane {
  readonly run: string;
  readonly lane: string;
  readonly agent: string | null;
  /** The tool step that started it, under which its turns nest; `null` if it stands beside the others. */
  readonly parent: string | null;
  /** The lane that handed over to it; `null` if none did. */
  readonly handed_from: string | null;
  readonly time: number;
  readonly op: "open_lane";
}

/** A model call begins. */
export interface OpenTurn {
  readonly run: string;
  readonly turn: string;
  /** 1-based in the run, over all lanes; never reused. */
  readonly number: number;
  /** The agent's path through the run; `"main"` unless several agents work at once, else one that was opened. */
  readonly lane: string;
  readonly agent: string | null;
  readonly model: string | null;
  /** 1-based; a retry of the same model call keeps the turn and counts this up. */
  readonly attempt: number;
  /** The framework makes the call for its own ends, such as to put the answer into a form: it is never final. */
  readonly auxiliary: boolean;
  readonly time: number;
  readonly op: "open_turn";
}

/** Who makes the call became known after it began. */
export interface DescribeTurn {
  readonly turn: string;
  readonly agent: string | null;
  readonly model: string | null;
  readonly op: "describe_turn";
}

/** What the model was sent for this turn; replaces what was known. */
export interface SetRequest {
  readonly turn: string;
  readonly facts: RequestFacts;
  /** What is not as in the request of `facts.since`, as `request` reads it; `null` in pages, which may ask. */
  readonly body: Json;
  readonly op: "set_request";
}

/** The attempt was abandoned: what it showed goes, and the next attempt begins. What it cost stays. */
export interface ResetTurn {
  readonly turn: string;
  readonly attempt: number;
  readonly time: number;
  readonly op: "reset_turn";
}

/** The model has said all it will in this turn; its tools may still run. */
export interface EndReply {
  readonly turn: string;
  readonly finish_reason: FinishReason;
  readonly native_finish_reason: string | null;
  readonly time: number;
  readonly op: "end_reply";
}

/** Tokens of the turn; replaces what was known. */
export interface SetUsage {
  readonly turn: string;
  readonly usage: Usage;
  readonly op: "set_usage";
}

/** The turn is over. */
export interface CloseTurn {
  readonly turn: string;
  readonly status: TurnStatus;
  readonly time: number;
  readonly op: "close_turn";
}

/** A block of text or reasoning begins, empty. */
export interface OpenPart {
  readonly turn: string;
  readonly part: string;
  readonly kind: PartKind;
  readonly time: number;
  readonly op: "open_part";
}

/** A tool call begins; its arguments are appended as JSON text. */
export interface OpenTool {
  readonly turn: string;
  readonly part: string;
  readonly name: string;
  /** The source's id of the call; not unique, may be missing. */
  readonly call_id: string | null;
  readonly time: number;
  readonly op: "open_tool";
}

/** The name or the source's id of a call changed: it was repaired, or the whole call names it anew. */
export interface DescribeTool {
  readonly part: string;
  readonly name: string;
  readonly call_id: string | null;
  readonly op: "describe_tool";
}

/** More text for a part: of the block, or of a tool's arguments. */
export interface Append {
  readonly part: string;
  readonly text: string;
  readonly op: "append";
}

/** The part's text so far is replaced as a whole. */
export interface Replace {
  readonly part: string;
  readonly text: string;
  readonly op: "replace";
}

/** The block of text or reasoning is complete. */
export interface ClosePart {
  readonly part: string;
  readonly time: number;
  readonly op: "close_part";
}

/** A tool's arguments are final. */
export interface SetArguments {
  readonly part: string;
  /** The decoded arguments; `null` if they could not be decoded (the text is kept). */
  readonly arguments: Json;
  /** Why the text is not valid JSON, or `null`. */
  readonly invalid: string | null;
  readonly time: number;
  readonly op: "set_arguments";
}

/** What the provider wants back with this part, as it sent it: a signature, an encrypted item, an id. */
export interface SetNative {
  readonly part: string;
  readonly native: Json;
  readonly op: "set_native";
}

/** A person is asked whether the tool may run; the step waits. */
export interface RequestApproval {
  readonly part: string;
  /** The source's own words for the question. */
  readonly message: string | null;
  /** Whether the tool may run with other arguments than those that the model wrote. */
  readonly editable: boolean;
  readonly time: number;
  readonly op: "request_approval";
}

/** A person has answered. */
export interface ResolveApproval {
  readonly part: string;
  readonly decision: Decision;
  readonly reason: string | null;
  /** The arguments that the tool runs with instead of those that the model wrote; `null`: with those. */
  readonly edited: Json;
  readonly time: number;
  readonly op: "resolve_approval";
}

/** A tool step moved on without a result. */
export interface SetToolState {
  readonly part: string;
  readonly state: ToolState;
  readonly time: number;
  readonly op: "set_tool_state";
}

/** What the tool returned; replaces an earlier result. */
export interface SetResult {
  readonly part: string;
  readonly result: Json;
  readonly outcome: Outcome;
  /** It is not the real one yet (progress, a placeholder): the step stays as it is and another result follows. */
  readonly preliminary: boolean;
  readonly time: number;
  /** About how many characters the whole has, if `result` is less; so it is in pages only, which may ask. */
  readonly size: number | null;
  readonly op: "set_result";
}

/** A tool printed or displayed something while it ran. Text goes on where the last output was of its stream. */
export interface AddOutput {
  readonly part: string;
  readonly stream: OutputStream;
  /** `""` for what was displayed. */
  readonly text: string;
  /** `{"mimebundle": {media type: data}}`; `null` for what was printed. */
  readonly display: Json;
  /** A display that has this name already is replaced. */
  readonly display_id: string | null;
  /** What the tool had put out before goes. With neither text nor display, nothing else comes. */
  readonly clear: boolean;
  readonly time: number;
  readonly op: "add_output";
}

/** Something that the answer rests on. */
export interface AddSource {
  readonly turn: string;
  readonly part: string;
  readonly url: string | null;
  readonly title: string | null;
  readonly snippet: string | null;
  readonly time: number;
  readonly op: "add_source";
}

/** A file or image that the agent made. */
export interface AddFile {
  readonly turn: string;
  readonly part: string;
  readonly name: string | null;
  readonly media_type: string;
  /** Where it is; `null` if it came as data. */
  readonly url: string | null;
  /** Its bytes, as base64; `null` if it is elsewhere. */
  readonly data: string | null;
  /** As in `SetNative`. */
  readonly native: Json;
  readonly time: number;
  readonly op: "add_file";
}

/** Data of the application's own; the same part again replaces its value. */
export interface SetData {
  readonly turn: string;
  readonly part: string;
  readonly name: string;
  readonly value: Json;
  readonly time: number;
  readonly op: "set_data";
}

/** Something odd that the reader should know of; the same `code` again in the same place replaces it. */
export interface SetNotice {
  readonly run: string;
  readonly turn: string | null;
  readonly code: string;
  readonly message: string;
  /** How often it happened. */
  readonly count: number;
  readonly op: "set_notice";
}

export type Op =
  | AddRun
  | StartRun
  | EndRun
  | OpenLane
  | OpenTurn
  | DescribeTurn
  | SetRequest
  | ResetTurn
  | EndReply
  | SetUsage
  | CloseTurn
  | OpenPart
  | OpenTool
  | DescribeTool
  | Append
  | Replace
  | ClosePart
  | SetArguments
  | SetNative
  | RequestApproval
  | ResolveApproval
  | SetToolState
  | SetResult
  | AddOutput
  | AddSource
  | AddFile
  | SetData
  | SetNotice;

/** What happened since the frame before. Without ops, and with a number that the page has: it is up to date. */
export interface Frame {
  /** Counts from 1. A page applies `last + 1`, ignores what it has, and asks when it misses one. */
  readonly seq: number;
  readonly ops: readonly Op[];
  /** The run waits for the kernel's loop, which a cell keeps busy. */
  readonly held: boolean;
  readonly kind: "frame";
}

/** The whole conversation, in place of all frames up to `seq`. */
export interface Snapshot {
  readonly seq: number;
  readonly ops: readonly Op[];
  /** As in `Frame`. */
  readonly held: boolean;
  readonly kind: "snapshot";
}

/**
 * More than travels unasked. Of a step `whole`: all of a large result; `view`: `{"value"}` to be shown in place
 * of the result, `{"error"}`, or neither; `schema`: JSON Schema of the arguments, or null. Of a turn `saw`: what
 * its model was sent, and each event with its time.
 */
export type Detail = "whole" | "view" | "schema" | "saw";

/** A part of the front end that is sent when it is asked for; the module's source is the message's first buffer. */
export interface Addon {
  readonly name: string;
  readonly kind: "addon";
}

/** What a page asked about a step or a turn: JSON in UTF-8, as the message's first buffer. */
export interface Told {
  readonly part: string;
  readonly what: Detail;
  readonly kind: "told";
}

/** The saved output, for the page that has missed its update: JSON in UTF-8, as the message's first buffer. */
export interface Saved {
  readonly kind: "saved";
}

/** A moment of a recording that one may want to go to: a prompt, the end of a turn, a tool's result. */
export interface Mark {
  /** Seconds from its beginning. */
  readonly at: number;
  readonly kind: "prompt" | "turn" | "result" | "failure";
  /** The prompt, the turn's number, or the name of the tool. */
  readonly label: string;
}

/** Where a recording stands that is played; comes whenever that changes other than by the passing of time. */
export interface Playback {
  /** Seconds from its beginning. */
  readonly position: number;
  readonly length: number;
  readonly playing: boolean;
  /** How many times faster than it was; `null` for at once. */
  readonly speed: number | null;
  /** Time of its beginning on the clock of the ops, in seconds since the epoch. */
  readonly origin: number;
  readonly marks: readonly Mark[];
  readonly kind: "playback";
}

export type KernelMessage = Frame | Snapshot | Addon | Told | Saved | Playback;

/** A page begins, has noticed a gap, or hears nothing and asks whether that is right. */
export interface Hello {
  /** The last frame that it applied; 0 for none. */
  readonly last: number;
  readonly kind: "hello";
}

/** The reader sent a prompt. */
export interface Send {
  readonly text: string;
  /** Comes back in `add_run`; sent twice, the prompt is taken once. */
  readonly client_id: string;
  readonly kind: "send";
}

/** Stop the run that is under way, and drop the queue. */
export interface Stop {
  /** The run that the reader saw; if another is under way by now, that one goes on. `null`: whichever it is. */
  readonly run: string | null;
  readonly kind: "stop";
}

/** Take one prompt out of the queue. */
export interface Drop {
  readonly run: string;
  readonly kind: "drop";
}

/** The page needs an add-on. */
export interface Fetch {
  readonly name: "highlight" | "math" | "notebook" | "panels";
  readonly kind: "addon";
}

/** The reader says whether a tool may run. */
export interface Decide {
  readonly part: string;
  readonly decision: Decision;
  readonly reason: string | null;
  /** What it is to run with; `null`: with what the model wrote. */
  readonly arguments: Json;
  /** Approve the later calls of this tool in this chat as well. */
  readonly always: boolean;
  readonly kind: "decide";
}

/** The page needs more of a step or a turn, for the reader opened it. */
export interface Ask {
  /** Id of the step, or of the turn. */
  readonly part: string;
  readonly what: Detail;
  readonly kind: "ask";
}

/** The notebook's copy of the saved output is not what it should be, as after a reload of the page. */
export interface FetchSaved {
  readonly kind: "fetch_saved";
}

/** The reader plays a recording, or goes to another place in it. */
export interface Control {
  /** `appear`: the recording came into a view. */
  readonly action: "appear" | "play" | "pause" | "next_turn" | "next_event" | "previous_turn" | "end" | "restart" | "seek" | "speed";
  /** `seek`: seconds from its beginning. `speed`: how many times faster, `null` for at once. Else `null`. */
  readonly value: number | null;
  readonly kind: "control";
}

export type PageMessage = Hello | Send | Stop | Drop | Fetch | Decide | Ask | FetchSaved | Control;
