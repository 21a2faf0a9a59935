/** Results and output of every kind, as a script. */

import type { Json, OutputStream } from "../src/protocol.ts";
import type { Line, Script } from "./kernel.ts";
import { Author } from "./scripts.ts";

const HTML = `<style>caption{caption-side:top;text-align:start;font-weight:600;padding:4px 0}</style>
<table><caption>Energy by room</caption><thead><tr><th></th><th>kWh</th><th>share</th></tr></thead>
<tbody><tr><th>Lab</th><td>412.5</td><td style="background:linear-gradient(90deg,#4c8bf588 61%,transparent 61%)">61 %</td></tr>
<tr><th>Office</th><td>263.2</td><td style="background:linear-gradient(90deg,#4c8bf588 39%,transparent 39%)">39 %</td></tr></tbody></table>`;
const LOG =
  "Loading \u001b[1mmodel\u001b[0m…\n  0%|          | 0/200\r 52%|█████▏    | 104/200\r100%|██████████| 200/200\n\u001b[32mPASS\u001b[0m 12 of 12\n";
const ROWS = Array.from({ length: 64 }, (_, at) => ({
  station: ["Nord", "Süd", "Hafen", "Flughafen"][at % 4] ?? "",
  hour: at,
  temp_c: Math.round(120 + 80 * Math.sin(at / 9)) / 10,
  rain: at % 7 === 0 ? null : at % 3 === 0,
}));
const NESTED = {
  query: "SELECT * FROM trips",
  plan: {
    node: "Hash Join",
    cost: [12.5, 884.2],
    children: [
      { node: "Seq Scan", table: "trips", rows: 18_421, filter: "distance > 2" },
      { node: "Hash", buckets: 4096, children: [{ node: "Seq Scan", table: "stations", rows: 212 }] },
    ],
  },
  warnings: Array.from({ length: 240 }, (_, at) => `row ${at}: no station with this id`),
  timings: { parse: 0.4, plan: 1.9, execute: 212.7 },
};
export const MATH = [
  "The energy is \\(E = mc^2\\), and for a wave",
  "$$\n\\frac{\\partial^2 u}{\\partial t^2} = c^2 \\nabla^2 u\n$$",
  "with the sum \\(\\sum_{k=0}^{n} \\binom{n}{k} x^k\\). It costs $5, not $6.\n\n\\[ \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}^{-1} \\]",
  "| quantity | formula |\n|:--|--:|\n| area | \\(\\pi r^2\\) |\n| ~~length~~ circumference | \\(2 \\pi r\\) |\n\n- [x] done, see https://example.org/a\n- [ ] open\n\n> [!NOTE]\n> A note.",
].join("\n\n");

export const values: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  const calls: string[] = [];
  for (const [name, args] of CALLS) calls.push(yield* a.call(name, args));
  yield* a.reply("tool_calls", 900, 120);
  const [train = "", query = "", plan = "", frame = "", log = "", latex = ""] = calls;
  yield* output(train, "stdout", LOG);
  yield* output(train, "stderr", "UserWarning: the last batch was smaller\n");
  yield {
    op: "add_output",
    part: train,
    stream: "display",
    text: "",
    display: { mimebundle: { "text/html": HTML } },
    display_id: null,
    clear: false,
    time: 0,
  };
  yield* a.result(
    train,
    { loss: 0.0412, accuracy: 0.981, checkpoint: "runs/42/best.pt", stopped_early: false, notes: null },
    300,
  );
  yield* a.result(query, ROWS, 40);
  yield* a.result(plan, NESTED, 40);
  yield* a.result(frame, { mimebundle: { "text/html": HTML, "text/plain": "<Styler>" } }, 40);
  const long = Array.from(
    { length: 900 },
    (_, at) => `2026-11-21T10:${String(at % 60).padStart(2, "0")} worker-${at % 8} did ${at} things`,
  ).join("\n");
  yield {
    op: "set_result",
    part: log,
    result: `${long.slice(0, 24_000)}\n\n… 18,000 more characters …\n\n${long.slice(-8_000)}`,
    outcome: "ok",
    preliminary: false,
    size: long.length,
    time: 0,
  };
  yield* a.result(
    latex,
    {
      mimebundle: {
        "text/latex": "$\\displaystyle \\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$",
        "text/plain": "sqrt(pi)/2",
      },
    },
    40,
  );
  yield* a.close();
  yield* a.open();
  yield* a.text(MATH);
  yield* a.reply("stop", 1200, 90);
  yield* a.close();
  yield* a.end();
};

const CALLS: readonly (readonly [string, Json])[] = [
  ["train_model", { epochs: 20, rate: 0.001, data: "weather-2026", shuffle: true }],
  ["run_query", { sql: "SELECT station, hour, temp_c, rain\nFROM weather\nORDER BY hour" }],
  ["explain", { query: { table: "trips", where: [{ column: "distance", op: ">", value: 2 }] } }],
  ["style_table", {}],
  ["read_log", { path: "/var/log/workers.log" }],
  ["integrate", { expression: "exp(-x**2)", limits: [0, "oo"] }],
];

function* output(part: string, stream: OutputStream, text: string): Iterable<Line> {
  for (const piece of text.match(/[\s\S]{1,12}/g) ?? []) {
    yield {
      op: "add_output",
      part,
      stream,
      text: piece,
      display: null,
      display_id: null,
      clear: false,
      time: 0,
    };
    yield 20;
  }
}
