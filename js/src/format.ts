/** Numbers and values as people read them. */

import type { Json } from "./protocol.ts";

/** `40 ms`, `0.4 s`, `12 s`, `3 min 20 s`. Clocks that were set back make no negative ones. */
export function duration(seconds: number): string {
  if (seconds < 0.0945) return `${Math.max(0, Math.round(seconds * 1_000))} ms`;
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : wholeSeconds(seconds);
}

/** `4 s`, `3 min 20 s`. */
export function wholeSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return `${Math.floor(whole / 60)} min${rest > 0 ? ` ${rest} s` : ""}`;
}

/** `210`, `1.2k`, `34k`, `1.5M`. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_500) return `${trim(count / 1_000)}k`;
  return `${trim(count / 1_000_000)}M`;
}

function trim(value: number): string {
  return value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}

/** `$1.20`, `$0.004`, `$0.00012`: two digits that count. */
export function dollars(amount: number): string {
  if (amount >= 1 || amount === 0) return `$${amount.toFixed(2)}`;
  const digits = Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(amount))));
  return `$${amount.toFixed(digits).replace(/(\.\d\d+?)0+$/, "$1")}`;
}

/** `12 kB`, `1.3 MB`, of characters. */
export function size(characters: number): string {
  return characters < 1_000_000
    ? `${Math.max(1, Math.round(characters / 1_000))} kB`
    : `${(characters / 1_000_000).toFixed(1)} MB`;
}

/** A value on one line: `city: "Paris", days: 3`. */
export function summary(value: Json, limit = 120): string {
  const text = isObject(value)
    ? Object.entries(value)
        .map(([key, item]) => `${key}: ${inline(item)}`)
        .join(", ")
    : inline(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function inline(value: Json): string {
  if (typeof value === "string") {
    const line = value.slice(0, 200).replace(/\s+/g, " ");
    return JSON.stringify(line);
  }
  if (Array.isArray(value)) return value.length > 20 ? `[${value.length} items]` : JSON.stringify(value);
  return JSON.stringify(value);
}

/** Arguments that are still being written, as `summary` will show them. */
export function partialSummary(json: string, limit = 160): string {
  const text = json
    .slice(0, limit * 2)
    .replace(/\s+/g, " ")
    .replace(/^ ?\{ ?/, "")
    .replace(/(^|[,{] ?)"([\w-]+)" ?: ?/g, "$1$2: ")
    .replace(/,(?=[\w-]+: )/g, ", ");
  return text.length > limit ? `…${text.slice(1 - limit)}` : text;
}

/** A value for reading: text as it is, everything else as indented JSON. */
export function pretty(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

export function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
