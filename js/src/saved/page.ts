/** The script of the file that `AgentChat.to_html` writes: everything it needs stands in the page, as data. */

import { isSnapshot, type Module, type Source, show } from "./model.ts";

function read<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

/** The file's policy does not let them run. */
const css = '[data-action="run-scripts"]{display:none}';

const bytes = (text: string) => new TextEncoder().encode(text);
const sources = read<Readonly<Record<string, string>>>("sources");
const source: Source = {
  addon: async (name) => (sources[name] === undefined ? null : bytes(sources[name])),
  whole(part) {
    const whole = read<Readonly<Record<string, unknown>>>("wholes")[part];
    return bytes(JSON.stringify(whole ?? null));
  },
};

const snapshot = read<unknown>("conversation");
const place = document.getElementById("chat");
if (place !== null && isSnapshot(snapshot)) {
  const url = URL.createObjectURL(new Blob([sources["widget"] ?? ""], { type: "text/javascript" }));
  const module: Module = await import(/* @vite-ignore */ url);
  URL.revokeObjectURL(url);
  // Its policy lets nothing in from outside, either.
  const settings = { ...snapshot.settings, height: "calc(100vh - 26px)", sealed: true };
  show(module, { ...snapshot, settings }, source, place, new AbortController().signal, css);
}
