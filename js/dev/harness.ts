/**
 * The widget without Jupyter: `?scene=…&theme=light|dark|none&width=…&height=…&final=1&speed=…`.
 *
 * Everything works as in a notebook, with agents that play scripts.
 */

import widget from "../src/index.ts";
import { FakeKernel, type Script } from "./kernel.ts";
import {
  agents,
  approved,
  asking,
  attachments,
  cancelled,
  failing,
  givenUp,
  handover,
  limited,
  midway,
  rich,
  subagent,
  subagentLive,
  thinking,
  weather,
  writing,
} from "./scripts.ts";
import { values } from "./values.ts";

const query = new URLSearchParams(location.search);
const theme = query.get("theme") ?? "light";
if (theme !== "none") document.body.dataset["jpThemeLight"] = String(theme === "light");

const SUGGESTIONS = [
  "Should I cycle in Paris this weekend?",
  "Compare revenue by region",
  "What changed since Monday?",
];

interface Scene {
  readonly traits?: Readonly<Record<string, unknown>>;
  readonly script?: Script;
  readonly prompts?: readonly string[];
  /** Played at once, before the page looks. */
  readonly past?: readonly Script[];
}

const SCENES: Readonly<Record<string, Scene>> = {
  empty: {},
  play: { prompts: ["Should I cycle in Paris this weekend?"] },
  done: { past: [weather] },
  error: { past: [failing] },
  cancelled: { past: [cancelled, limited] },
  agents: { past: [agents] },
  handover: { past: [handover] },
  subagent: { past: [subagent] },
  subagents: { script: subagentLive, prompts: ["Do I need a helmet?"] },
  givenup: { past: [givenUp] },
  approved: { past: [approved] },
  asking: { script: asking, prompts: ["Clean up and send the report"] },
  rich: { script: rich, prompts: ["Plot the weekend"] },
  attachments: { past: [attachments] },
  midway: { past: [limited], script: midway, prompts: ["Plan a weekend in Paris for the three of us"] },
  thinking: { script: thinking, prompts: ["Compare the two datasets"] },
  writing: { script: writing, prompts: ["What is a decorator?"] },
  queued: {
    script: midway,
    prompts: [
      "Plan a weekend in Paris",
      "And one in Lyon",
      "Then compare the two, with prices in a table and a total for each",
    ],
  },
  values: { past: [values] },
  long: { past: Array.from({ length: 40 }, () => weather) },
  longer: { past: Array.from({ length: 334 }, () => weather) },
};

const scene = SCENES[query.get("scene") ?? "play"] ?? {};
const past = [...(scene.past ?? [])];
const kernel = new FakeKernel(
  {
    final_only: query.has("final"),
    title: query.get("title") ?? "",
    agent_name: query.get("agent") ?? "Trip planner",
    height: query.get("height") ?? "",
    suggestions: SUGGESTIONS,
    ...scene.traits,
  },
  (prompt) => past.shift() ?? scene.script ?? (/revenue|fail/i.test(prompt) ? failing : weather),
  async (name) => (await fetch(`out/${name}.js`)).arrayBuffer(),
);

const cell = document.createElement("div");
cell.style.maxWidth = `${query.get("width") ?? "860"}px`;
document.body.append(cell);

kernel.speed = Number.POSITIVE_INFINITY;
for (const script of [...past])
  kernel.prompt(script === failing ? "Which region earns most?" : "Should I cycle in Paris this weekend?");

const stop = new AbortController();
const { initialize, render } = widget();
initialize({ model: kernel, signal: stop.signal });
const view = (el: HTMLElement, signal: AbortSignal) => render({ el, signal });
view(cell, stop.signal);

setTimeout(() => {
  kernel.speed = Number(query.get("speed") ?? "1");
  if (query.get("speed") === "0") kernel.speed = Number.POSITIVE_INFINITY;
  kernel.start();
  for (const prompt of scene.prompts ?? []) kernel.prompt(prompt);
}, 30);

/** Another chat with the same kernel, as another copy of the module draws it. */
const another = (el: HTMLElement) => {
  const copy = widget();
  copy.initialize({ model: kernel, signal: stop.signal });
  copy.render({ el, signal: stop.signal });
};

Object.assign(globalThis, { kernel, stop, view, another });
