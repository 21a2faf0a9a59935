// A scenario of `recordings/scripts.json` by the AI SDK, to be recorded: `node ai_sdk_scripts.mjs <package> <turns>`, then
// POST to `/` for the UI message stream, to `/fullStream` for the parts as the SDK has them. The first line printed is the
// port.

import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

const [name, script] = process.argv.slice(2);
const { jsonSchema, stepCountIs, streamText, tool } = await import(name);
const mocks = await import(`${name}/test`);
const Model = mocks[name === "ai6" ? "MockLanguageModelV3" : "MockLanguageModelV4"];
const turns = JSON.parse(script);

function* block(kind, id, pieces) {
  yield { type: `${kind}-start`, id };
  for (const delta of pieces) yield { type: `${kind}-delta`, id, delta };
  yield { type: `${kind}-end`, id };
}

function* call(id, toolName, pieces) {
  yield { type: "tool-input-start", id, toolName };
  for (const delta of pieces) yield { type: "tool-input-delta", id, delta };
  yield { type: "tool-input-end", id };
  yield { type: "tool-call", toolCallId: id, toolName, input: pieces.join("") };
}

function* chunks(turn) {
  yield { type: "stream-start", warnings: [] };
  for (const [at, [kind, ...rest]] of turn.items.entries()) {
    if (kind === "tool") yield* call(...rest);
    else yield* block(kind, String(at), ...rest);
  }
  for (const [url, title] of turn.sources ?? []) yield { type: "source", sourceType: "url", id: url, url, title };
  for (const data of turn.files ?? []) yield file(data, "image/png");
  const [given, said, cached, thought] = turn.usage;
  const unified = turn.stop.replace("_", "-");
  yield {
    type: "finish",
    finishReason: { unified, raw: turn.stop },
    usage: {
      inputTokens: { total: given, noCache: given - cached, cacheRead: cached, cacheWrite: 0 },
      outputTokens: { total: said, text: said - thought, reasoning: thought },
    },
  };
}

function file(data, mediaType) {
  return { type: "file", mediaType, data: name === "ai6" ? data : { type: "data", data } };
}

const model = new Model({
  doStream: async () => ({ stream: ReadableStream.from(chunks(turns.shift())) }),
});

const parameters = jsonSchema({ type: "object", properties: {}, additionalProperties: true });
const tools = {
  get_weather: tool({ inputSchema: parameters, execute: async ({ city }) => ({ city, temp_c: 18 }) }),
  get_time: tool({ inputSchema: parameters, execute: async ({ tz }) => `09:00 in ${tz}` }),
};

function parts(stream) {
  const text = stream.pipeThrough(
    new TransformStream({
      transform: (part, to) => to.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(part)}\n\n`)),
    }),
  );
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

const server = createServer(async (request, response) => {
  const result = streamText({ model, tools, prompt: "weather?", stopWhen: stepCountIs(5), maxRetries: 0 });
  const answer = request.url === "/fullStream" ? parts(result.fullStream) : result.toUIMessageStreamResponse({ sendSources: true });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  await pipeline(Readable.fromWeb(answer.body), response).catch(() => {});
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
