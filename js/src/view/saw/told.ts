/** What the kernel tells of a turn when it is asked (`widget/turnwise/saw.py`). */

import type { Json } from "../../protocol.ts";

export type Part = {
  readonly kind: "text" | "reasoning" | "call" | "result" | "file" | "other";
  readonly text?: string;
  readonly name?: string | null;
  readonly id?: string | null;
  readonly value?: Json;
  readonly error?: boolean;
};

export type Message = {
  readonly role: "system" | "user" | "assistant" | "tool" | "other";
  readonly parts: readonly Part[];
  /** Whether the request before did not have it. */
  readonly fresh: boolean;
  /** As it was sent. */
  readonly raw: Json;
};

export type Tool = {
  readonly name: string;
  readonly description: string | null;
  /** JSON Schema of the arguments, or all that was sent of a tool that has none. */
  readonly schema: Json;
};

export type Beside = {
  readonly model: string | null;
  readonly system: Json;
  readonly settings: { readonly [name: string]: Json };
  /** `null` if the source does not tell. */
  readonly tools: readonly Tool[] | null;
};

export type Before = Beside & {
  readonly run: number;
  readonly turn: number;
  readonly removed: readonly Message[];
};

export type Request = Beside & {
  /** Number of the prompt. */
  readonly run: number;
  readonly exact: boolean;
  readonly messages: readonly Message[];
  /** How many messages before these are not told. */
  readonly left_out: number;
  readonly before: Before | null;
};

export type Event = {
  /** Seconds after the turn began. */
  readonly at: number;
  readonly op: string;
  readonly [field: string]: Json;
};

export type Told = {
  readonly request: Request | null;
  readonly events: readonly Event[];
  /** How many events between the first and the last of these are not told. */
  readonly left_out: number;
};

/** Whether it is an answer at all; that it is put together as above, the kernel sees to. */
export function isTold(value: Json): value is Told {
  return typeof value === "object" && value !== null && "request" in value && "events" in value;
}
