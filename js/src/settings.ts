/** What Python sets for a chat, read from what came over the wire: anything else counts as not set. */

/**
 * How much is shown of steps, or of reasoning. `full`: all of it. `auto`: a line each, and finished steps that follow one
 * another fold into one. `collapsed`: one line from the beginning. `hidden`: nothing.
 *
 * Errors and questions to a person are shown whatever is set.
 */
export type Detail = "full" | "auto" | "collapsed" | "hidden";

export const DETAILS: readonly Detail[] = ["full", "auto", "collapsed", "hidden"];

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Of input that was read from a cache; `null`: the same as other input. */
  readonly cached: number | null;
}

/** By the name of the model, or by how it begins. */
export type Prices = ReadonlyMap<string, Price>;

export function detail(value: unknown): Detail {
  return DETAILS.find((one) => one === value) ?? "auto";
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function wording(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries(value).flatMap(([name, item]) => (typeof item === "string" ? [[name, item]] : [])),
  );
}

export function counts(value: unknown): ReadonlyMap<string, number> {
  return new Map(entries(value).flatMap(([name, n]) => (typeof n === "number" ? [[name, n]] : [])));
}

export function prices(value: unknown): Prices {
  return new Map(
    entries(value).flatMap(([model, item]) => {
      const price = new Map(entries(item));
      const [input, output, cached] = ["input", "output", "cached"].map((kind) => price.get(kind));
      if (typeof input !== "number" || typeof output !== "number") return [];
      return [[model, { input, output, cached: typeof cached === "number" ? cached : null }]];
    }),
  );
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
