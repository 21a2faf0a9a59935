/** What of a text is new, line by line. */

export type Change = "same" | "added" | "removed";

export interface Hunk {
  readonly change: Change;
  readonly lines: readonly string[];
}

/** Pairs of lines that are compared at most; beyond that all that is between the same beginning and end counts as new. */
const MOST = 1_000_000;

/** The lines of both texts in order, neighbours of one kind together; what goes stands before what comes. */
export function diff(before: string, now: string): readonly Hunk[] {
  const a = before === "" ? [] : before.split("\n");
  const b = now === "" ? [] : now.split("\n");
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = compare(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return joined([
    { change: "same", lines: a.slice(0, start) },
    ...middle,
    { change: "same", lines: a.slice(a.length - end) },
  ]);
}

/** By the longest common subsequence. */
function compare(a: readonly string[], b: readonly string[]): readonly Hunk[] {
  const whole: readonly Hunk[] = [
    { change: "removed", lines: a },
    { change: "added", lines: b },
  ];
  if (a.length * b.length > MOST || a.length === 0 || b.length === 0) return whole;
  const width = b.length + 1;
  // At [i, j] how many lines the rest of the one has in common with the rest of the other.
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const hunks: Hunk[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      hunks.push({ change: "same", lines: a.slice(i, i + 1) });
      i += 1;
      j += 1;
    } else if (j === b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      hunks.push({ change: "removed", lines: a.slice(i, i + 1) });
      i += 1;
    } else {
      hunks.push({ change: "added", lines: b.slice(j, j + 1) });
      j += 1;
    }
  }
  return hunks;
}

function joined(hunks: readonly Hunk[]): readonly Hunk[] {
  const out: Hunk[] = [];
  for (const { change, lines } of hunks) {
    if (lines.length === 0) continue;
    const last = out.at(-1);
    if (last?.change === change) out[out.length - 1] = { change, lines: [...last.lines, ...lines] };
    else out.push({ change, lines });
  }
  return out;
}
