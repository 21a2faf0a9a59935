// A chat as the AI SDK's documentation has it, with a scripted model: `node ai_sdk_server.mjs <package>`, then POST.
// The model asks for the weather, then for leave to delete, by what the user says. The first line printed is the port.

import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

const name = process.argv[2];
const { convertToModelMessages, jsonSchema, stepCountIs, streamText, tool } = await import(name);
const mocks = await import(`${name}/test`);
const version = name === "ai6" ? "V3" : "V4";
const Model = mocks[`MockLanguageModel${version}`];

const usage = {
  inputTokens: { total: 12, noCache: 12, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 7, text: 7, reasoning: 0 },
};

function said(text) {
  return [
    { type: "text-start", id: "0" },
    ...text.match(/\S+\s*/g).map((delta) => ({ type: "text-delta", id: "0", delta })),
    { type: "text-end", id: "0" },
  ];
}

function call(toolName, input, id) {
  return [{ type: "tool-call", toolCallId: id, toolName, input: JSON.stringify(input) }];
}

function heard(message) {
  return Array.isArray(message.content)
    ? message.content.map((part) => part.text ?? "").join("")
    : message.content;
}

/** What the model says to a prompt: chunks, and why it stops. */
function reply(prompt) {
  const last = prompt.at(-1);
  const asked = prompt.filter((message) => message.role === "user");
  if (last.role === "tool") {
    const output = last.content.at(-1)?.output;
    return [said(`It said ${JSON.stringify(output?.value ?? output?.reason ?? output?.type)}.`), "stop"];
  }
  const text = heard(last);
  if (text.includes("weather")) return [[...said("Let me check."), ...call("weather", { city: "Paris" }, `w${asked.length}`)], "tool-calls"];
  if (text.includes("delete")) return [[...said("Deleting."), ...call("remove", { path: "/x" }, `d${asked.length}`)], "tool-calls"];
  if (text.includes("explode")) throw new Error("model is down");
  if (text.includes("long")) return [said("word ".repeat(2000)), "stop"];
  return [said(`You said: ${asked.map(heard).join(" | ")}`), "stop"];
}

const model = new Model({
  doStream: async ({ prompt, abortSignal }) => {
    const [chunks, reason] = reply(prompt);
    const all = [
      { type: "stream-start", warnings: [] },
      ...chunks,
      { type: "finish", finishReason: { unified: reason, raw: reason }, usage },
    ];
    let at = 0;
    const stream = new ReadableStream({
      async pull(controller) {
        if (abortSignal?.aborted) return controller.error(abortSignal.reason);
        if (chunks.length > 1000) await new Promise((resolve) => setTimeout(resolve, 5));
        if (at < all.length) controller.enqueue(all[at++]);
        else controller.close();
      },
    });
    return { stream };
  },
});

const parameters = jsonSchema({ type: "object", properties: {}, additionalProperties: true });
const tools = {
  weather: tool({ inputSchema: parameters, execute: async () => ({ temp_c: 18 }) }),
  remove: tool({ inputSchema: parameters, needsApproval: true, execute: async () => "gone" }),
};

let open = 0;
const server = createServer(async (request, response) => {
  if (request.method === "GET") {
    response.statusCode = request.url === "/open" ? 200 : 404;
    return response.end(String(open));
  }
  const { messages } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const abort = new AbortController();
  open += 1;
  response.on("close", () => {
    open -= 1;
    abort.abort();
  });
  const result = streamText({
    model,
    tools,
    messages: await convertToModelMessages(messages),
    stopWhen: stepCountIs(5),
    abortSignal: abort.signal,
    maxRetries: 0,
    onError: () => {},
  });
  const answer = result.toUIMessageStreamResponse({
    originalMessages: messages,
    onError: (error) => String(error?.message ?? error),
    messageMetadata: ({ part }) => (part.type === "finish-step" ? { stepUsage: part.usage } : undefined),
  });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  await pipeline(Readable.fromWeb(answer.body), response).catch(() => {});
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
