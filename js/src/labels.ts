/**
 * Every word of the page's own, in one table; Python replaces any of them by name (the trait `labels`).
 *
 * `{name}` is filled in. Forms after `|` are those of the language's plural categories for `{n}`, in the order zero, one,
 * two, few, many, other, as far as the language has them: two for English. `language` says which language that is.
 */

import type { PANELS } from "./panel-labels.ts";

export const ENGLISH = {
  language: "en",
  // The frame
  conversation: "Conversation",
  chat: "Chat",
  start: "Start a conversation",
  ask: "Ask {name}",
  start_hint: "Every turn of the agent is shown as it happens.",
  connecting: "Connecting to the kernel",
  kernel_waiting: "Waiting for the kernel. It may be busy with a cell.",
  kernel_held: "The run waits for the kernel, which is busy with a cell, and then goes on by itself.",
  interrupt: "Interrupt the kernel",
  interrupt_hint: "End what the kernel is busy with",
  interrupt_elsewhere: "To end the cell, interrupt the kernel in the notebook.",
  kernel_gone: "Not connected to a kernel. Run the cell again to go on.",
  latest: "Jump to latest",
  waits_for_you: "Waiting for your approval",
  final_only: "Final only",
  final_only_hint: "Show each answer's final turn only (f)",
  display: "Display",
  display_hint: "What is shown of steps and reasoning",
  steps: "Steps",
  reasoning: "Reasoning",
  help: "Keyboard shortcuts",
  // The composer
  message: "Message",
  message_to: "Message {name}",
  the_agent: "the agent",
  queue_message: "Queue a message",
  prompt_too_long: "Too long: {most} characters are the most",
  send: "Send",
  send_hint: "Send (Enter)",
  queue: "Add to the queue",
  queue_hint: "Add to the queue (Enter)",
  stop: "Stop",
  stopping: "Stopping…",
  queued_prompts: "Queued prompts",
  unqueue: "Remove from the queue",
  sending: "Sending",
  no_kernel: "Not sent: there is no kernel",
  not_sent: "Not sent to the agent",
  retry: "Retry",
  edit: "Edit",
  copy: "Copy",
  copied: "Copied",
  copy_prompt: "Copy prompt",
  copy_answer: "Copy answer",
  copy_turn: "Copy this turn",
  copy_details: "Copy details",
  copy_named: "Copy {name}",
  details: "Details",
  fetching: "Fetching…",
  // Turns
  turn: "Turn {number}",
  not_drawn: "This turn cannot be drawn; its text:",
  turn_of: "Turn {number}/{total}",
  turns: "{n} turn|{n} turns",
  earlier_turns: "{n} earlier turn|{n} earlier turns",
  tools: "{n} tool|{n} tools",
  tool_calls: "{n} tool call|{n} tool calls",
  tools_in_turns: "{tools} in {turns}",
  first_token: "first token {time}",
  after_first_token: "first token after {time}",
  after_reply: "reply complete after {time}",
  after_turn: "turn over after {time}",
  token_counts: "{input}→{output} tokens",
  tokens_in: "{n} tokens in",
  tokens_cached: "{n} of them cached",
  tokens_out: "{n} tokens out",
  tokens_reasoning: "{n} of them reasoning",
  saw: "What the model saw",
  saw_system: "other system prompt",
  saw_tools: "other tools",
  auxiliary: "auxiliary",
  auxiliary_hint: "The framework made this call for its own ends",
  attempt: "attempt {n}",
  attempt_hint: "The call was tried again; what the earlier attempt showed is gone",
  token_limit: "token limit",
  token_limit_hint: "The model stopped at its token limit",
  filtered: "filtered",
  filtered_hint: "The provider's content filter stopped the model",
  stopped: "stopped",
  failed: "failed",
  cut_off: "cut off",
  cut_off_hint: "The stream ended without saying that it had",
  given_up: "Turn {number} was given up",
  show: "show",
  hide: "hide",
  waiting_for_model: "Waiting for the model",
  handed_over: "handed over to",
  running: "running",
  finished: "finished",
  run_stopped: "Stopped",
  run_truncated: "The answer was cut off",
  run_empty: "The agent said nothing",
  working: "Working",
  running_tool: "Running {name}",
  timeline: "Timeline",
  // Steps
  thinking: "Thinking",
  thought: "Thought",
  thought_for: "Thought for {time}",
  times: "{name} {n}×",
  more: "{n} more",
  of_done: "{done} of {all} done",
  state_streaming: "Preparing",
  state_ready: "Called",
  state_approval: "Waiting for approval",
  state_running: "Running",
  state_done: "Done",
  state_error: "Failed",
  state_denied: "Denied",
  state_invalid: "No such tool",
  state_skipped: "Not executed",
  state_cancelled: "Stopped",
  state_unanswered: "No result",
  edited: "edited",
  arguments: "Arguments",
  model_arguments: "Arguments of the model",
  edited_arguments: "Arguments as edited",
  no_arguments: "No arguments",
  invalid_arguments: "Not valid JSON: {why}",
  result: "Result",
  error: "Error",
  so_far: "So far",
  nothing: "{label}: nothing",
  // Texts
  copy_code: "Copy code",
  task_done: "Done",
  task_open: "To do",
  table: "Table",
  image: "image",
  unsafe_link: "This link leads nowhere safe",
  alert_note: "Note",
  alert_tip: "Tip",
  alert_important: "Important",
  alert_warning: "Warning",
  alert_caution: "Caution",
  // Values, output, files
  data: "Data",
  value: "Value",
  rows: "Rows",
  items: "{n} item|{n} items",
  show_all: "Show all {size}",
  fetch_whole: "Show all, about {size}",
  whole_lost: "The kernel did not send it. Try again: {show}",
  load_image: "image from {host}: load?",
  image_at: "image at {host}",
  // Approvals
  approved_after: "Approved after {time}",
  denied_after: "Denied after {time}",
  approved: "Approved",
  denied: "Denied",
  // What a screen reader is told
  says_started: "Working on it",
  says_running: "Running {name}",
  says_no_tool: "No such tool: {name}",
  says_approval: "Needs approval: {name}",
  says_done: "{name} done",
  says_failed: "{name} failed",
  says_given_up: "Turn {number} was given up",
  says_turn: "Turn {number} finished",
  says_turn_tools: "Turn {number} finished, {tools}",
  says_complete: "Answer finished",
  says_answer: "Answer: {text}",
  says_stopped: "Stopped",
  says_truncated: "The answer was cut off",
  says_dropped: "Prompt not sent",
} as const;

export type Label = keyof typeof ENGLISH | keyof typeof PANELS;
export type Values = Readonly<Record<string, string | number>>;
/** The words for `label`, with `values` in their places. */
export type Say = SayOf<Label>;
export type SayOf<L extends string> = (label: L, values?: Values) => string;

const CATEGORIES: readonly Intl.LDMLPluralRule[] = ["zero", "one", "two", "few", "many", "other"];

type Table = Readonly<Record<string, string>>;

/** Words out of the table, with those in place that `replaced` has under the same names. */
export function words(replaced: Table = {}): Say {
  return wordsOf(ENGLISH, replaced);
}

/** The same for another table. */
export function wordsOf(english: Table, replaced: Table): Say {
  const language = known(replaced["language"] ?? "");
  const table: Table = { ...english, ...replaced, language };
  const rules = new Intl.PluralRules(language);
  const categories = CATEGORIES.filter((one) => rules.resolvedOptions().pluralCategories.includes(one));
  return (label, values = {}) => {
    const forms = (table[label] ?? label).split("|");
    const at = typeof values["n"] === "number" ? categories.indexOf(rules.select(values["n"])) : 0;
    const form = forms[Math.min(at, forms.length - 1)] ?? "";
    return form.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}

/** The language, or English in place of what is none. */
function known(language: string): string {
  try {
    return Intl.PluralRules.supportedLocalesOf(language)[0] ?? "en";
  } catch {
    return "en";
  }
}
