/**
 * Keeps a chat's saved output in the notebook up to date where the kernel's updates do not reach it: JupyterLab forgets
 * which output they are for when its page is reloaded, and any of them may be dropped above the server's rate limit.
 *
 * Some time after a run has ended the notebook's model is asked whether it knows; if not, the kernel is asked for the
 * output. Fetched by pages that have a notebook, so that others do not carry it.
 */

import { firstBuffer } from "../bytes.ts";
import type { Op, PageMessage } from "../protocol.ts";
import type { Model } from "../store.ts";

const MIME = "application/vnd.turnwise.chat.v1+json";

/** Milliseconds in which the kernel's own update comes, if it does. */
const PATIENCE = 1_500;

/** Until `signal` is aborted. `name` is the saved output's. */
export type KeepSaved = (model: Model, name: string, signal: AbortSignal) => void;

interface Output {
  readonly data: Readonly<Record<string, unknown>>;
  setData(content: { readonly data: object }): void;
}

interface Outputs {
  readonly length: number;
  get(index: number): Output;
}

/** The part of JupyterLab's notebook that is used; other hosts may call something else by these names. */
interface Context {
  readonly model?: { readonly cells?: Iterable<{ readonly outputs?: Outputs }> };
}

const keepSaved: KeepSaved = (model, name, signal) => {
  const waiting = new Set<string>();
  const outputs = () => [...ours(model.widget_manager?.context as Context, name)];
  const check = () => {
    const missed = outputs().some((output) => [...waiting].some((run) => !tellsEndOf(output, run)));
    waiting.clear();
    const question: PageMessage = { kind: "fetch_saved" };
    if (!missed || signal.aborted) return;
    try {
      model.send(question);
    } catch {
      // The kernel is gone; the notebook keeps what it has.
    }
  };
  const listen = (content: unknown, buffers: unknown) => {
    const { kind, ops } = content as { readonly kind?: unknown; readonly ops?: readonly Op[] };
    if (kind === "saved") {
      const bytes = firstBuffer(buffers);
      const data: unknown = bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
      if (typeof data === "object" && data !== null) for (const output of outputs()) output.setData({ data });
      return;
    }
    if (kind !== "frame" && kind !== "snapshot") return;
    if (waiting.size === 0 && ops?.some((op) => op.op === "end_run")) setTimeout(check, PATIENCE);
    for (const op of ops ?? []) if (op.op === "end_run") waiting.add(op.run);
  };
  model.on("msg:custom", listen);
  signal.addEventListener("abort", () => model.off("msg:custom", listen));
};

export default keepSaved;

function* ours(context: Context | undefined, name: string): Iterable<Output> {
  for (const { outputs } of context?.model?.cells ?? [])
    for (let at = 0; outputs !== undefined && at < outputs.length; at += 1) {
      const output = outputs.get(at);
      if (snapshot(output)?.name === name) yield output;
    }
}

interface Snapshot {
  readonly name?: unknown;
  readonly ops?: readonly Op[];
}

function snapshot({ data }: Output): Snapshot | undefined {
  return data[MIME] as Snapshot | undefined;
}

function tellsEndOf(output: Output, run: string): boolean {
  return snapshot(output)?.ops?.some((op) => op.op === "end_run" && op.run === run) === true;
}
