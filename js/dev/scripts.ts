/** What the stand-in kernel's agents say. */

import type {
  Decision,
  FinishReason,
  Json,
  Op,
  Outcome,
  RunStatus,
  ToolState,
  TurnStatus,
  Usage,
} from "../src/protocol.ts";
import { type Line, now, type Script } from "./kernel.ts";

let minted = 0;
function id(prefix: string): string {
  minted += 1;
  return `${prefix}${minted}`;
}

/** Writes the ops of one run, a model call at a time. Times run ahead by what a live run would have waited. */
export class Author {
  readonly #run: string;
  readonly #model: string;
  #time = now();
  #turns = 0;
  #turn = "";

  constructor(run: string, model = "gpt-5-mini") {
    this.#run = run;
    this.#model = model;
  }

  get turn(): string {
    return this.#turn;
  }

  *open(
    options: { lane?: string; agent?: string | null; attempt?: number; auxiliary?: boolean } = {},
  ): Iterable<Line> {
    this.#turns += 1;
    this.#turn = id("t");
    yield {
      op: "open_turn",
      run: this.#run,
      turn: this.#turn,
      number: this.#turns,
      lane: options.lane ?? "main",
      agent: options.agent ?? null,
      model: this.#model,
      attempt: options.attempt ?? 1,
      auxiliary: options.auxiliary ?? false,
      time: this.#time,
    };
    yield* this.wait(500);
  }

  /** Goes on with a turn that was opened before the last one. */
  back(turn: string): void {
    this.#turn = turn;
  }

  *wait(ms: number): Iterable<Line> {
    this.#time += ms / 1000;
    yield ms;
  }

  *reasoning(text: string): Iterable<Line> {
    yield* this.#block("reasoning", text, 14);
  }

  *text(text: string, end = true): Iterable<Line> {
    yield* this.#block("text", text, 16, end);
  }

  *#block(kind: "text" | "reasoning", text: string, pace: number, end = true): Iterable<Line> {
    const part = id("p");
    yield { op: "open_part", turn: this.#turn, part, kind, time: this.#time };
    for (const piece of text.match(/\s*\S{1,8}/g) ?? []) {
      yield { op: "append", part, text: piece };
      yield* this.wait(pace);
    }
    if (end) yield { op: "close_part", part, time: this.#time };
  }

  *call(
    name: string,
    args: Json,
    options: { upTo?: "streaming" | "ready" | "running" } = {},
  ): Generator<Line, string> {
    const part = id("p");
    yield { op: "open_tool", turn: this.#turn, part, name, call_id: id("call_"), time: this.#time };
    const text = JSON.stringify(args);
    const shown = options.upTo === "streaming" ? text.slice(0, Math.ceil(text.length * 0.7)) : text;
    for (const piece of shown.match(/.{1,10}/gs) ?? []) {
      yield { op: "append", part, text: piece };
      yield* this.wait(20);
    }
    if (options.upTo === "streaming") return part;
    yield { op: "set_arguments", part, arguments: args, invalid: null, time: this.#time };
    if (options.upTo === "ready") return part;
    yield { op: "set_tool_state", part, state: "running", time: this.#time };
    return part;
  }

  *result(part: string, result: Json, ms: number, outcome: Outcome = "ok"): Iterable<Line> {
    yield* this.wait(ms);
    yield { op: "set_result", part, result, outcome, preliminary: false, size: null, time: this.#time };
  }

  *progress(part: string, result: Json, ms: number): Iterable<Line> {
    yield* this.wait(ms);
    yield {
      op: "set_result",
      part,
      result,
      outcome: "unknown",
      preliminary: true,
      size: null,
      time: this.#time,
    };
  }

  *ask(part: string, message: string | null): Iterable<Line> {
    yield { op: "request_approval", part, message, editable: true, time: this.#time };
  }

  *answer(part: string, decision: Decision, reason: string | null, edited: Json, ms: number): Iterable<Line> {
    yield* this.wait(ms);
    yield { op: "resolve_approval", part, decision, reason, edited, time: this.#time };
    if (decision === "approved") yield { op: "set_tool_state", part, state: "running", time: this.#time };
  }

  *state(part: string, state: ToolState): Iterable<Line> {
    yield { op: "set_tool_state", part, state, time: this.#time };
  }

  *lane(
    agent: string,
    { parent = null, from = null }: { parent?: string | null; from?: string | null },
  ): Generator<Line, string> {
    const lane = `${this.#run}/${agent}`;
    yield {
      op: "open_lane",
      run: this.#run,
      lane,
      agent,
      parent,
      handed_from: from,
      time: this.#time,
    };
    return lane;
  }

  *source(url: string | null, title: string | null, snippet: string | null = null): Iterable<Line> {
    yield { op: "add_source", turn: this.#turn, part: id("p"), url, title, snippet, time: this.#time };
  }

  *file(
    name: string | null,
    media_type: string,
    where: { readonly url?: string; readonly data?: string },
  ): Iterable<Line> {
    const { url = null, data = null } = where;
    yield {
      op: "add_file",
      turn: this.#turn,
      part: id("p"),
      name,
      media_type,
      url,
      data,
      native: null,
      time: this.#time,
    };
  }

  *data(name: string, value: Json): Iterable<Line> {
    yield { op: "set_data", turn: this.#turn, part: id("p"), name, value, time: this.#time };
  }

  *reply(
    finish_reason: FinishReason,
    input: number,
    output: number,
    cached: number | null = null,
  ): Iterable<Line> {
    const usage: Usage = {
      input_tokens: input,
      output_tokens: output,
      cached_tokens: cached,
      reasoning_tokens: null,
    };
    yield { op: "end_reply", turn: this.#turn, finish_reason, native_finish_reason: null, time: this.#time };
    yield { op: "set_usage", turn: this.#turn, usage };
  }

  *close(status: TurnStatus = "complete"): Iterable<Line> {
    yield { op: "close_turn", turn: this.#turn, status, time: this.#time };
  }

  *notice(code: string, message: string, count = 1): Iterable<Line> {
    yield { op: "set_notice", run: this.#run, turn: this.#turn, code, message, count };
  }

  *end(
    status: RunStatus = "complete",
    error: Extract<Op, { op: "end_run" }>["error"] = null,
  ): Iterable<Line> {
    yield { op: "end_run", run: this.#run, status, error, time: this.#time };
  }
}

export const weather: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  yield* a.reasoning(
    "The user wants to know whether to cycle in Paris this weekend. I need the forecast first, then the air quality; both tools can run at the same time.",
  );
  yield* a.text("I'll look at the forecast and the air quality first.");
  const forecast = yield* a.call("get_forecast", { city: "Paris", days: 3, units: "metric" });
  const air = yield* a.call("get_air_quality", { city: "Paris" });
  yield* a.reply("tool_calls", 1204, 86);
  yield* a.result(
    forecast,
    {
      city: "Paris",
      days: [
        { day: "Fri", high: 18, low: 11, rain: 0.1 },
        { day: "Sat", high: 21, low: 12, rain: 0 },
        { day: "Sun", high: 16, low: 10, rain: 0.7 },
      ],
    },
    900,
  );
  yield* a.result(air, { index: 32, level: "good" }, 400);
  yield* a.close();
  yield* a.wait(200);
  yield* a.open();
  yield* a.text("Saturday looks good. Let me check which routes are open.");
  const routes = yield* a.call("search_routes", { near: "Paris", surface: ["gravel", "road"], max_km: 60 });
  yield* a.reply("tool_calls", 1611, 54, 1204);
  yield* a.result(routes, "Timeout: routes.example did not answer within 5 s", 1200, "error");
  yield* a.close();
  yield* a.wait(200);
  yield* a.open();
  yield* a.text(
    `**Go on Saturday.** It is the best day of the three:

| Day | High | Low | Rain |
| --- | ---: | ---: | ---: |
| Fri | 18 °C | 11 °C | 10 % |
| **Sat** | **21 °C** | **12 °C** | **0 %** |
| Sun | 16 °C | 10 °C | 70 % |

The air is *good* (index 32). I could not reach the route service, so two that I know:

1. **Canal de l'Ourcq**: flat, 45 km there and back
2. **Vallée de Chevreuse**: hilly, 60 km, [quiet roads](https://example.org/chevreuse)

If you want to plot the temperatures yourself:

\`\`\`python
import matplotlib.pyplot as plt

def plot(days: list[dict]) -> None:
    """Highs and lows, one bar per day."""
    names = [d["day"] for d in days]
    plt.bar(names, [d["high"] for d in days], label="high")
    plt.legend()  # 3 bars
\`\`\`
`,
  );
  yield* a.reply("stop", 1804, 212, 1611);
  yield* a.close();
  yield* a.end();
};

export const failing: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  yield* a.text("Let me query the warehouse.");
  const query = yield* a.call("run_sql", {
    query: "select region, sum(revenue) from sales group by 1",
    limit: 100,
  });
  yield* a.reply("tool_calls", 840, 40);
  yield* a.result(
    query,
    [
      { region: "EMEA", revenue: 1204.5 },
      { region: "APAC", revenue: 980 },
    ],
    600,
  );
  yield* a.close();
  yield* a.open({ attempt: 2 });
  yield* a.text("EMEA is ahead of APAC by");
  yield* a.notice(
    "unknown_item",
    "The provider sent something that is not understood: response.audio.delta",
    3,
  );
  yield* a.close("error");
  yield* a.end("error", {
    kind: "RateLimitError",
    message: "The provider refused the request: too many tokens per minute.",
    detail:
      'Traceback (most recent call last):\n  File "agent.py", line 42, in run\n    response = await client.create(**request)\nopenai.RateLimitError: Error code: 429',
    turn: a.turn,
  });
};

export const cancelled: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  yield* a.reasoning("A long search will be needed.");
  const search = yield* a.call("web_search", { query: "history of the bicycle" });
  yield {
    op: "end_reply",
    turn: a.turn,
    finish_reason: "tool_calls",
    native_finish_reason: null,
    time: now(),
  };
  yield { op: "set_tool_state", part: search, state: "cancelled", time: now() };
  yield* a.close("cancelled");
  yield* a.end("cancelled");
};

export const limited: Script = function* (run) {
  const a = new Author(run, "claude-sonnet-4-5");
  yield* a.open();
  yield* a.text(
    "The history of the bicycle begins in 1817, when Karl von Drais built the *Laufmaschine*, and it",
  );
  yield* a.reply("length", 320, 4096);
  yield* a.close();
  yield* a.end();
};

export const agents: Script = function* (run) {
  const a = new Author(run, "gemini-2.5-flash");
  yield* a.open({ agent: "coordinator" });
  yield* a.text("Two of my colleagues will look at this.");
  yield* a.reply("stop", 400, 20);
  yield* a.close();
  const researcher = yield* a.lane("researcher", {});
  const critic = yield* a.lane("critic", {});
  yield* a.open({ lane: researcher, agent: "researcher" });
  const search = yield* a.call("search_papers", { query: "helmet use and risk" });
  yield* a.reply("tool_calls", 500, 30);
  yield* a.result(search, [{ title: "Risk compensation", year: 2016 }], 300);
  yield* a.close();
  yield* a.open({ lane: critic, agent: "critic" });
  yield* a.text("The second one was not replicated.");
  yield* a.reply("stop", 520, 60);
  yield* a.close();
  yield* a.open({ lane: researcher, agent: "researcher" });
  yield* a.text("Three papers matter here.");
  yield* a.reply("stop", 700, 120);
  yield* a.close();
  yield* a.open({ agent: "coordinator" });
  yield* a.text("Of three papers, two hold up.");
  yield* a.reply("stop", 900, 60);
  yield* a.close();
  yield* a.end();
};

/** A run that is handed from one agent to another. */
export const handover: Script = function* (run) {
  const a = new Author(run);
  yield* a.open({ agent: "triage" });
  yield* a.text("This is about an invoice, so billing should answer.");
  const transfer = yield* a.call("transfer_to_billing", { reason: "invoice 2041" });
  yield* a.reply("tool_calls", 400, 20);
  yield* a.result(transfer, "transferred", 100);
  yield* a.close();
  const billing = yield* a.lane("billing", { from: "main" });
  yield* a.open({ lane: billing, agent: "billing" });
  const invoice = yield* a.call("get_invoice", { number: 2041 });
  yield* a.reply("tool_calls", 620, 25);
  yield* a.result(invoice, { number: 2041, total: 129.5, paid: false }, 400);
  yield* a.close();
  yield* a.open({ lane: billing, agent: "billing" });
  yield* a.text(
    "Invoice 2041 over **€129.50** is still open. I have sent you a reminder with a link to pay.",
  );
  yield* a.reply("stop", 800, 40);
  yield* a.close();
  yield* a.open({ agent: "triage", auxiliary: true });
  yield* a.text('{"resolved": true}');
  yield* a.reply("stop", 300, 8);
  yield* a.close();
  yield* a.end();
};

/** Agents inside a tool step; `live` stops in the middle. */
function subagents(live: boolean): Script {
  return function* (run) {
    const a = new Author(run);
    yield* a.open();
    yield* a.text("Two specialists can look at this at the same time.");
    const papers = yield* a.call("ask_researcher", { question: "What is known about helmet use and risk?" });
    const outer = a.turn;
    const law = yield* a.call("ask_lawyer", { question: "Is a helmet mandatory in France?" });
    yield* a.reply("tool_calls", 900, 60);
    const researcher = yield* a.lane("researcher", { parent: papers });
    const lawyer = yield* a.lane("lawyer", { parent: law });
    yield* a.open({ lane: lawyer, agent: "lawyer" });
    yield* a.text("Only for children **under 12**.");
    yield* a.reply("stop", 300, 12);
    yield* a.close();
    yield* a.result(law, "Only for children under 12.", 100);
    yield* a.open({ lane: researcher, agent: "researcher" });
    yield* a.text("I'll search first.");
    const search = yield* a.call("search_papers", { query: "bicycle helmet risk compensation" });
    yield* a.reply("tool_calls", 500, 30);
    yield* a.result(search, [{ title: "Risk compensation", year: 2016 }], 300);
    yield* a.close();
    yield* a.open({ lane: researcher, agent: "researcher" });
    const reading = yield* a.call("read_paper", { title: "Risk compensation" });
    yield* a.reply("tool_calls", 700, 20);
    if (live) {
      yield* a.progress(reading, "page 1 of 14\npage 6 of 14", 300);
      yield 1e9;
    }
    yield* a.result(reading, "…", 900);
    yield* a.close();
    yield* a.open({ lane: researcher, agent: "researcher" });
    yield* a.text("Helmets reduce head injuries by about half; riders hardly take more risks.");
    yield* a.reply("stop", 2400, 40);
    yield* a.close();
    yield* a.result(papers, "Helmets reduce head injuries by about half.", 100);
    a.back(outer);
    yield* a.close();
    yield* a.open();
    yield* a.text("A helmet is mandatory **only for children under 12**, and a good idea for everyone.");
    yield* a.reply("stop", 1300, 40);
    yield* a.close();
    yield* a.end();
  };
}
export const subagent: Script = subagents(false);
export const subagentLive: Script = subagents(true);

/** A turn that was given up for a tool that does not exist, and a call that failed by itself. */
export const givenUp: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  yield* a.text("I'll look up the forecast and book the bikes.");
  const forecast = yield* a.call("get_forecast", { city: "Paris" }, { upTo: "ready" });
  const nope = yield* a.call("rent_bikes", { count: 2 }, { upTo: "ready" });
  yield* a.reply("tool_calls", 800, 40);
  const reason = 'There is no tool "rent_bikes"; there are get_forecast and search_routes.';
  yield* a.result(
    forecast,
    "Not executed, because another tool call of the same reply was invalid.",
    0,
    "error",
  );
  yield* a.state(forecast, "skipped");
  yield* a.result(nope, reason, 0, "error");
  yield* a.state(nope, "invalid");
  yield* a.notice("abandoned", reason, 1);
  yield* a.close("abandoned");
  yield* a.open({ attempt: 2 });
  yield* a.text("Then the forecast only, and the routes.");
  const again = yield* a.call("get_forecast", { city: "Paris" });
  const other = yield* a.call("book_table", { at: "20:00" }, { upTo: "ready" });
  yield* a.reply("tool_calls", 900, 40);
  yield* a.result(again, { high: 21 }, 400);
  yield* a.result(other, 'There is no tool "book_table".', 0, "error");
  yield* a.state(other, "invalid");
  yield* a.close();
  yield* a.open();
  yield* a.text("Saturday is best. I cannot rent bikes from here.");
  yield* a.reply("stop", 1000, 30);
  yield* a.close();
  yield* a.end();
};

/** What people were asked: denied, approved with other arguments, and one that waits. */
function approvals(live: boolean): Script {
  return function* (run) {
    const a = new Author(run);
    yield* a.open();
    yield* a.text("I'll clean up: old logs go, and the report is sent.");
    const drop = yield* a.call("delete_table", { name: "sales_2019" }, { upTo: "ready" });
    const mail = yield* a.call(
      "send_mail",
      { to: "everyone@example.org", subject: "Report" },
      { upTo: "ready" },
    );
    yield* a.reply("tool_calls", 700, 50);
    yield* a.ask(drop, "This deletes 1.2 million rows.");
    yield* a.ask(mail, null);
    yield* a.answer(drop, "denied", "We need it for the audit until June.", null, 4200);
    yield* a.answer(
      mail,
      "approved",
      "Only to the team.",
      { to: "team@example.org", subject: "Report" },
      2100,
    );
    yield* a.result(drop, "denied: We need it for the audit until June.", 10, "error");
    yield* a.result(mail, { sent: 4 }, 800);
    yield* a.close();
    yield* a.open();
    if (live) {
      yield* a.text("Then one more thing.");
      const ask = yield* a.call("run_shell", { command: "rm -r build", cwd: "project" }, { upTo: "ready" });
      yield* a.reply("tool_calls", 900, 20);
      yield* a.ask(ask, "The agent wants to run a command on this machine.");
      yield 1e9;
    }
    yield* a.text("The report went to the team; the table stays.");
    yield* a.reply("stop", 1000, 30);
    yield* a.close();
    yield* a.end();
  };
}
export const approved: Script = approvals(false);
export const asking: Script = approvals(true);

const PIXELS =
  "iVBORw0KGgoAAAANSUhEUgAAAPAAAAB4AgMAAACx2Je0AAAACVBMVEUvb9be5N7w9OxAsAsKAAACZ0lEQVR42u3YwW4cIQwAUIdDVXHvL+TAV6zyDe191dNqvgJxzFdYUbWy5iuLYXa7gA2Z2fZQiVGUhERPwxgG2ws/nrhgWdN1zT/WXcOJJ5544oknzkM0T2AAdxgjgO3jThI8AbwczpJgEI5Om+ITdzF1MJp1PbkOxg7maJ172IuY4Mrf4m8X28EgYg9xxt7w0OiYjIghXXzTJXT2n5UwZcyPu3gdexFjsmnCC3Y2r5Owt/ed2cExoBKOYb5ijtRCTt9/IjYPQwX7FFABk30cWgljDqiA0Q2xzwEd4iDhbSUF7NcR/gXAd5BwKIYfAt6WQsKmGKKAvVOxHWJQTxIqcVroChsduxGmL5/F1VMk/KpiXEcYP4/fW6wfvaG77HyFf4Tf663eYHvHTR60fxNTc6q7O/5WZb7vO/7QZODm3CFX3Rn/ZMkGN0ea1fFbhXGIg44/Ghx0/LPCYQ8+DzFW2OrY7sEXN8JxrZRhg90eXN3qImBbDtc9OJ53SgigCu9ZqDLCM9hryw5V1fEmYHQqxjG2ylaPuHgHjVTTGRWXL7BYYMPrlhh56Ar8eO6QiP29pivPhnh6mkcs9gV4q8sUvOVrFDHdKsLqMI3Y53+nCaNcQd9q0Rbz3fip0tPp5TdXwVUCYWzyvHjGptc1SJjg661SJdvrV1ydcTlXseSKkPdSB8d6tio6GMcHjhuQYkS862Aydd3AOC4jj1PQut3hmqNb9lWQThYcYZ6X15oyjlm3qY0RAa2XPDUps0qPL/yl9ZJm0G2D8/Zw5+63TXwI49aNH8KUX4CDHzic7PyQZeKJJ574P8a/AT6XOwzF0+6kAAAAAElFTkSuQmCC";
const CHART =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120" width="320" height="120" font-family="sans-serif" font-size="11"><g fill="#2f6fd6"><rect x="40" y="38" width="48" height="60"/><rect x="130" y="20" width="48" height="78"/><rect x="220" y="50" width="48" height="48"/></g><path d="M20 98h280" stroke="#444"/><g fill="#444" text-anchor="middle"><text x="64" y="112">Fri</text><text x="154" y="112">Sat</text><text x="244" y="112">Sun</text></g></svg>';

/** Results of several media types, and one that shows how far it is. */
export const rich: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  const plot = yield* a.call("run_python", { code: "plt.bar(days, highs)" });
  const info = yield* a.call("describe_data", { name: "weather" });
  yield* a.reply("tool_calls", 700, 50);
  yield* a.result(
    plot,
    { mimebundle: { "image/svg+xml": CHART, "text/plain": "<Figure size 320x120 with 1 Axes>" } },
    600,
  );
  yield* a.result(
    info,
    {
      mimebundle: {
        "text/markdown": "**weather**: 3 rows\n\n| column | type |\n|---|---|\n| day | str |\n| high | int |",
        "text/plain": "weather",
      },
    },
    100,
  );
  yield* a.close();
  yield* a.open();
  const train = yield* a.call("train_model", { epochs: 10 });
  yield* a.reply("tool_calls", 900, 10);
  yield* a.progress(train, "epoch 1: loss 0.92\nepoch 2: loss 0.71\nepoch 3: loss 0.64", 300);
  yield 1e9;
};

export const attachments: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  yield* a.data("plan", {
    steps: [
      { title: "Read", done: true },
      { title: "Write", done: false },
    ],
  });
  yield* a.text("Helmets reduce head injuries by about half. Here is the map and the table:");
  yield* a.file("route.png", "image/png", { data: PIXELS });
  yield* a.file("table.csv", "text/csv", { data: btoa("day,high\nFri,18\n".repeat(200)) });
  yield* a.file("photo.jpg", "image/jpeg", { url: "https://images.example/paris/photo.jpg" });
  yield* a.file("report.pdf", "application/pdf", { url: "https://files.example/report.pdf" });
  yield* a.source(
    "https://www.example.org/helmets/review-2016",
    "Bicycle helmets: a review",
    "A meta-analysis of 40 studies.",
  );
  yield* a.source("https://journal.example/a/1", "Risk compensation among urban cyclists in four countries");
  yield* a.source("https://stats.example/accidents?year=2024", null);
  yield* a.source(null, "manual.pdf, page 12");
  yield* a.source(
    "https://www.example.org.login.accounts.a-rather-long-name-of-a-host.example/x",
    "Looks like the first",
  );
  yield* a.source("javascript:alert(1)", "A link that leads nowhere safe");
  yield* a.reply("stop", 700, 50);
  yield* a.close();
  yield* a.end();
};

/** Ends nowhere: the state in the middle of a run. */
export const midway: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  yield* a.reasoning("I need the forecast first.");
  yield* a.text("I'll look at the forecast.");
  const forecast = yield* a.call("get_forecast", { city: "Paris", days: 3 });
  yield* a.reply("tool_calls", 1204, 86);
  yield* a.result(forecast, { high: 21 }, 400);
  yield* a.close();
  yield* a.open();
  yield* a.text("Now the routes and the trains at the same time:");
  const done = yield* a.call("search_routes", { near: "Paris", max_km: 60 });
  yield* a.call("find_trains", { from: "Lyon", to: "Paris", after: "2026-05-02T08:00" });
  yield* a.call(
    "book_hotel",
    { city: "Paris", nights: 2, guests: { adults: 2, children: 1 } },
    { upTo: "streaming" },
  );
  yield* a.result(done, ["Canal de l'Ourcq", "Vallée de Chevreuse"], 600);
  yield 1e9;
};

export const thinking: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  const part = id("p");
  yield { op: "open_part", turn: a.turn, part, kind: "reasoning", time: now() };
  const text =
    "The user asks for a comparison of the two datasets. First I should establish what columns they share, and then whether the keys match.";
  yield { op: "append", part, text };
  yield 1e9;
};

export const writing: Script = function* (run) {
  const a = new Author(run);
  yield* a.open();
  yield* a.reasoning("Easy enough.");
  yield* a.text("A decorator takes a function and returns **another one** that stands in its pl", false);
  yield 1e9;
};
