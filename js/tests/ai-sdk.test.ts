/** What Python serves as a UI message stream, read by the real `ai` package: nothing is rejected, no turn is lost. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  asSchema,
  convertToModelMessages,
  type ModelMessage,
  readUIMessageStream,
  type UIMessage,
  type UIMessageChunk,
  uiMessageChunkSchema,
} from "ai";

type Chunks = readonly UIMessageChunk[];

const VECTOR: { readonly [stream: string]: Chunks } = JSON.parse(
  readFileSync(join(process.cwd(), "..", "tests", "vectors", "ai-sdk.json"), "utf8"),
);

function chunks(name: string): Chunks {
  const found = VECTOR[name];
  assert.ok(found, `no stream ${name}`);
  return found;
}

interface Read {
  readonly message: UIMessage;
  readonly errors: readonly unknown[];
}

/** The message that the chunks come to. */
async function read(all: Chunks): Promise<Read> {
  const errors: unknown[] = [];
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of all) controller.enqueue(chunk);
      controller.close();
    },
  });
  let message: UIMessage | undefined;
  for await (const next of readUIMessageStream({ stream, onError: (error) => errors.push(error) }))
    message = next;
  assert.ok(message, "no message came");
  return { message, errors };
}

/** Who says what: `assistant: text call:get_weather`, `tool: get_weather`. */
function outline(messages: readonly ModelMessage[]): readonly string[] {
  return messages.map(({ role, content }) => {
    const parts = typeof content === "string" ? [{ type: "text" as const }] : content;
    const words = parts.map((part) => {
      if (part.type === "tool-call") return `call:${part.toolName}`;
      return part.type === "tool-result" ? part.toolName : part.type;
    });
    return `${role}: ${words.join(" ")}`;
  });
}

for (const [name, all] of Object.entries(VECTOR))
  describe(name, () => {
    test("is made of chunks that the package's own schema knows", async () => {
      const schema = asSchema(uiMessageChunkSchema);
      assert.ok(schema.validate);
      for (const chunk of all) {
        const checked = await schema.validate(chunk);
        assert.ok(
          checked.success,
          `${JSON.stringify(chunk)}: ${checked.success ? "" : checked.error.message}`,
        );
      }
    });

    test("is read without a complaint that is not its own", async () => {
      const { errors } = await read(all);
      const own = all.flatMap((chunk) => (chunk.type === "error" ? [chunk.errorText] : []));
      assert.deepEqual(
        errors.map((error) => (error instanceof Error ? error.message : error)),
        own,
      );
    });
  });

const STEPS = [
  "assistant: reasoning text call:get_weather call:get_time",
  "tool: get_weather get_time",
  "assistant: text call:get_weather call:get_weather",
  "tool: get_weather get_weather",
  "assistant: text file",
];

test("turns come back as turns: each with its calls, its results after it", async () => {
  const { message } = await read(chunks("chunks"));
  assert.deepEqual(outline(await convertToModelMessages([message])), STEPS);
});

test("held until it is known what is final, they are the same turns without the texts on the way", async () => {
  const { message } = await read(chunks("buffered"));
  assert.deepEqual(outline(await convertToModelMessages([message])), [
    STEPS[0]?.replace(" text", ""),
    STEPS[1],
    STEPS[2]?.replace(" text", ""),
    STEPS[3],
    "assistant: file text",
  ]);
});

test("sources, files and data are parts of the message, and usage its metadata", async () => {
  const { message } = await read(chunks("chunks"));
  assert.deepEqual(
    message.parts.slice(-4).map(({ type }) => type),
    ["text", "source-url", "file", "data-plan"],
  );
  assert.deepEqual(message.metadata, { usage: { inputTokens: 40, outputTokens: 8 } });
});

test("an error keeps what was said before it", async () => {
  const { message, errors } = await read(chunks("failed"));
  assert.equal(errors.length, 1);
  assert.deepEqual(
    message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])),
    ["half"],
  );
});
