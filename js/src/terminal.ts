/** Text as a terminal shows it: lines that are written over, colours. Pure. */

export interface Run {
  readonly text: string;
  /** Classes of how it looks: `ansi-1 bold`. */
  readonly look: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const CODES = /\u001b(?:\[([\d;?]*)([A-Za-z])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** The text in pieces of one look each; most texts are one piece. */
export function terminal(text: string): readonly Run[] {
  const lines = text.includes("\r") ? overwritten(text) : text;
  if (!lines.includes("\u001b")) return lines === "" ? [] : [{ text: lines.replace(CONTROLS, ""), look: "" }];
  const runs: Run[] = [];
  const look = new Look();
  let at = 0;
  const say = (piece: string) => {
    const clean = piece.replace(CONTROLS, "");
    if (clean !== "") runs.push({ text: clean, look: look.name() });
  };
  for (const { 0: code, 1: numbers, 2: letter, index } of lines.matchAll(CODES)) {
    say(lines.slice(at, index));
    at = index + code.length;
    if (letter === "m") look.change((numbers ?? "").split(";").map(Number));
  }
  say(lines.slice(at));
  return runs;
}

/** The words alone. */
export function plain(text: string): string {
  return overwritten(text).replace(CODES, "").replace(CONTROLS, "");
}

/** What is left of each line when a carriage return goes back to its beginning, as progress bars do. */
function overwritten(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => {
      const written = line.split("\r");
      return written.findLast((piece) => piece !== "") ?? "";
    })
    .join("\n");
}

class Look {
  #colour = "";
  readonly #styles = new Set<string>();

  name(): string {
    return [this.#colour, ...this.#styles].filter(Boolean).join(" ");
  }

  change(codes: readonly number[]): void {
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at] ?? 0;
      if (code === 0) {
        this.#colour = "";
        this.#styles.clear();
      } else if (code === 1) this.#styles.add("bold");
      else if (code === 3) this.#styles.add("italic");
      else if (code === 22) this.#styles.delete("bold");
      else if (code === 23) this.#styles.delete("italic");
      else if (code >= 30 && code <= 37) this.#colour = `ansi-${code - 30}`;
      else if (code >= 90 && code <= 97) this.#colour = `ansi-${code - 90}`;
      else if (code === 39) this.#colour = "";
      // Colours out of 256 or by their parts are left as they are: the page has eight that can be read on its ground.
      else if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4;
    }
  }
}
