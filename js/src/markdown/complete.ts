/**
 * Half-written inline markup as it will probably look: `**bol` is shown bold, `[text](htt` as its text.
 *
 * Works on the text of the innermost block that is being written, for markup does not reach across blocks.
 */

/** `text` with what is open closed, and what cannot be told yet left out. */
export function complete(text: string): string {
  const code = openCode(text);
  if (code !== null) {
    const before = complete(text.slice(0, code.at));
    const inside = text.slice(code.at + code.ticks);
    // Emphasis that began before the code is closed after it.
    const closers = before.slice(commonLength(before, text));
    const opened = before.slice(0, before.length - closers.length);
    return inside.trim() === ""
      ? before
      : `${opened}${text.slice(code.at).trimEnd()}${"`".repeat(code.ticks)}${closers}`;
  }
  return closeEmphasis(closeLink(text));
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** The code span that is open at the end of `text`. */
function openCode(text: string): { readonly at: number; readonly ticks: number } | null {
  let open: { readonly at: number; readonly ticks: number } | null = null;
  for (const { 0: run, index } of text.matchAll(/\\[\s\S]|`+/g)) {
    if (run[0] === "\\") continue;
    if (open === null) open = { at: index, ticks: run.length };
    else if (run.length === open.ticks) open = null;
  }
  return open;
}

/** A link whose address is being written is its text; an image is nothing yet. */
function closeLink(text: string): string {
  const found = /(!?)\[([^[\]]*)(?:\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*)?$/.exec(text);
  if (found === null || text[found.index - 1] === "\\") return text;
  const [all, image, label] = found;
  const before = text.slice(0, found.index);
  if (image === "!") return before;
  return all.includes("](") ? before + label : text;
}

interface Delimiter {
  readonly mark: string;
  readonly length: number;
}

const MARKS = /\\[\s\S]|`+[^`]*`+|\*+|_+|~~+/g;

function closeEmphasis(text: string): string {
  const open: Delimiter[] = [];
  let end = text.length;
  for (const { 0: run, index } of text.matchAll(MARKS)) {
    const mark = run[0];
    if (mark === undefined || mark === "\\" || mark === "`") continue;
    const before = text[index - 1] ?? " ";
    const after = text[index + run.length] ?? " ";
    const word = isWord(before) && isWord(after);
    if (word && (mark === "_" || run.length === 1)) continue;
    let left = run.length;
    if (!isSpace(before)) left = close(open, mark, left);
    if (left === 0) continue;
    if (index + run.length === text.length) {
      // The beginning of an emphasis with nothing in it, or half of its end.
      end = index + run.length - left;
    } else if (!isSpace(after)) {
      open.push({ mark, length: Math.min(left, mark === "~" ? 2 : 3) });
    }
  }
  if (open.length === 0) return text.slice(0, end);
  const closers = open.toReversed().map(({ mark, length }) => mark.repeat(length));
  return text.slice(0, end).trimEnd() + closers.join("");
}

/** Closes what a run of marks closes. Returns how many marks are left. */
function close(open: Delimiter[], mark: string, length: number): number {
  let left = length;
  while (left > 0) {
    const at = open.findLastIndex((delimiter) => delimiter.mark === mark && delimiter.length <= left);
    const found = open[at];
    if (found === undefined) return left;
    left -= found.length;
    open.length = at;
  }
  return 0;
}

function isSpace(character: string): boolean {
  return /\s/.test(character);
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}_]/u.test(character);
}
