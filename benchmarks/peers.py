"""The core beside peers' accumulators: the same recorded stream, in one run (``nox -s peers`` has them installed).

Each gets its own native objects, made beforehand, so that only accumulating is timed: for turnwise that is assembling
and folding, in bursts, as a session feeds what came together (the ratios are of those), and one event after the other.
A turn is 40 deltas of text and one tool call in 8 pieces; peers, which accumulate one reply, get a new accumulator for
each. The AI SDK's client runs under Node, from js/node_modules; its time includes parsing nothing.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from turnwise import Assembler, TextDelta, ToolCallDelta, ToolResult, Transcript, TurnFinish, TurnStart

if TYPE_CHECKING:
    from collections.abc import Callable

JS = Path(__file__).parents[1] / "js"
ARGUMENTS = ['{"city"', ': "Pa', "ris", '", "un', "it", '": "', "C", '"}']

# A stream is a list of turns, a turn a list of pieces: text, or (for the call) argument pieces.
Turn = tuple[int, bool]
"""How many deltas of text, and whether a tool call follows."""


def turnwise_events(turns: list[Turn]) -> list[Any]:
    events: list[Any] = []
    for n, (deltas, tool) in enumerate(turns):
        events.append(TurnStart(model="m"))
        events += [TextDelta("abcd") for _ in range(deltas)]
        if tool:
            events.append(ToolCallDelta("", name="get_weather", call_id=f"c{n}", key="0"))
            events += [ToolCallDelta(piece, key="0") for piece in ARGUMENTS]
        events.append(TurnFinish("tool_calls" if tool else "stop"))
        if tool:
            events.append(ToolResult({"temp_c": 18}, call_id=f"c{n}"))
    return events


def run_turnwise(events: list[Any]) -> None:
    asm, transcript = Assembler(), Transcript()
    transcript.extend(asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0))
    for event in events:
        transcript.extend(asm.feed(event, 1.0))
    transcript.extend(asm.finish(2.0))
    assert transcript.runs[0].status == "complete"


def run_turnwise_in_bursts(events: list[Any]) -> None:
    """As a session does: what came together is fed together, here 32 events at a time."""
    asm, transcript = Assembler(), Transcript()
    transcript.extend(asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0))
    for at in range(0, len(events), 32):
        transcript.extend(asm.feed_all(events[at : at + 32], 1.0))
    transcript.extend(asm.finish(2.0))
    assert transcript.runs[0].status == "complete"


def openai_chunks(turns: list[Turn]) -> list[list[Any]]:
    chunk = import_module("openai.types.chat").ChatCompletionChunk

    def make(n: int, delta: dict[str, Any], finish: str | None = None) -> Any:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return chunk.model_validate(
            {
                "id": f"c{n}",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [choice],
            }
        )

    def call(n: int, piece: str) -> dict[str, Any]:
        start = {"id": f"c{n}", "type": "function"} if not piece else {}
        function = {"name": "get_weather", "arguments": ""} if not piece else {"arguments": piece}
        return {"tool_calls": [{"index": 0, **start, "function": function}]}

    return [
        [
            make(n, {"role": "assistant", "content": ""}),
            *(make(n, {"content": "abcd"}) for _ in range(deltas)),
            *(make(n, call(n, piece)) for piece in (["", *ARGUMENTS] if tool else [])),
            make(n, {}, "tool_calls" if tool else "stop"),
        ]
        for n, (deltas, tool) in enumerate(turns)
    ]


def run_openai(turns: list[list[Any]]) -> None:
    state_of = import_module("openai.lib.streaming.chat").ChatCompletionStreamState
    for chunks in turns:
        state = state_of()
        for chunk in chunks:
            state.handle_chunk(chunk)


def anthropic_events(turns: list[Turn]) -> list[list[Any]]:
    types = import_module("anthropic.types")
    adapter = import_module("pydantic").TypeAdapter(types.RawMessageStreamEvent)
    usage = {"input_tokens": 1, "output_tokens": 1}
    message: dict[str, Any] = {"type": "message", "role": "assistant", "model": "m", "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": usage}

    def block(index: int, start: dict[str, Any], deltas: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {"type": "content_block_start", "index": index, "content_block": start},
            *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": index},
        ]

    out: list[list[Any]] = []
    for n, (deltas, tool) in enumerate(turns):
        raw: list[dict[str, Any]] = [{"type": "message_start", "message": {"id": f"m{n}", **message}}]
        raw += block(0, {"type": "text", "text": ""}, [{"type": "text_delta", "text": "abcd"}] * deltas)
        if tool:
            start: dict[str, Any] = {"type": "tool_use", "id": f"c{n}", "name": "get_weather", "input": {}}
            raw += block(
                1, start, [{"type": "input_json_delta", "partial_json": piece} for piece in ARGUMENTS]
            )
        raw += [{"type": "message_stop"}]
        out.append([adapter.validate_python(event) for event in raw])
    return out


def run_anthropic(turns: list[list[Any]]) -> None:
    accumulate = import_module("anthropic.lib.streaming._messages").accumulate_event
    for events in turns:
        snapshot: Any = None
        bufs: dict[int, bytes] = {}
        for event in events:
            snapshot = accumulate(event=event, current_snapshot=snapshot, json_bufs=bufs)


def langchain_chunks(turns: list[Turn]) -> list[list[Any]]:
    messages = import_module("langchain_core.messages")
    piece_of = import_module("langchain_core.messages.tool").tool_call_chunk
    return [
        [
            *(messages.AIMessageChunk(content="abcd", id=f"m{n}") for _ in range(deltas)),
            *(
                messages.AIMessageChunk(
                    content="",
                    id=f"m{n}",
                    tool_call_chunks=[
                        piece_of(
                            name="get_weather" if not piece else None,
                            args=piece,
                            id=f"c{n}" if not piece else None,
                            index=0,
                        )
                    ],
                )
                for piece in (["", *ARGUMENTS] if tool else [])
            ),
        ]
        for n, (deltas, tool) in enumerate(turns)
    ]


def run_langchain(turns: list[list[Any]]) -> None:
    for chunks in turns:
        total = chunks[0]
        for chunk in chunks[1:]:
            total = total + chunk


def run_pydantic_ai(turns: list[Turn]) -> None:
    module = import_module("pydantic_ai._parts_manager")
    parameters = import_module("pydantic_ai.models").ModelRequestParameters()
    for n, (deltas, tool) in enumerate(turns):
        manager = module.ModelResponsePartsManager(model_request_parameters=parameters)
        for _ in range(deltas):
            for _event in manager.handle_text_delta(vendor_part_id="t", content="abcd"):
                pass
        for piece in ["", *ARGUMENTS] if tool else []:
            manager.handle_tool_call_delta(
                vendor_part_id=0,
                tool_name="get_weather" if not piece else None,
                args=piece or None,
                tool_call_id=f"c{n}" if not piece else None,
            )
        manager.get_parts()


AI_SDK = """
import { readUIMessageStream } from "ai";
const turns = JSON.parse(process.argv[1]);
const pieces = JSON.parse(process.argv[2]);
const chunks = [{ type: "start", messageId: "m" }];
turns.forEach(([deltas, tool], n) => {
  chunks.push({ type: "start-step" }, { type: "text-start", id: "t" + n });
  for (let i = 0; i < deltas; i++) chunks.push({ type: "text-delta", id: "t" + n, delta: "abcd" });
  chunks.push({ type: "text-end", id: "t" + n });
  if (tool) {
    const toolCallId = "c" + n;
    chunks.push({ type: "tool-input-start", toolCallId, toolName: "get_weather", dynamic: true });
    for (const inputTextDelta of pieces) chunks.push({ type: "tool-input-delta", toolCallId, inputTextDelta });
    const input = JSON.parse(pieces.join(""));
    chunks.push({ type: "tool-input-available", toolCallId, toolName: "get_weather", dynamic: true, input });
    chunks.push({ type: "tool-output-available", toolCallId, dynamic: true, output: { temp_c: 18 } });
  }
  chunks.push({ type: "finish-step" });
});
chunks.push({ type: "finish" });
const stream = new ReadableStream({ start(c) { for (const chunk of chunks) c.enqueue(chunk); c.close(); } });
const begin = performance.now();
for await (const _ of readUIMessageStream({ stream })) {}
console.log((performance.now() - begin) / 1000, chunks.length);
"""


def ai_sdk(turns: list[Turn]) -> float | None:
    """Events per second of the AI SDK's client, or ``None`` if it is not there or takes too long."""
    node = shutil.which("node")
    if node is None or not (JS / "node_modules" / "ai").exists():
        return None
    try:
        done = subprocess.run(
            [node, "--input-type=module", "-e", AI_SDK, json.dumps(turns), json.dumps(ARGUMENTS)],
            cwd=JS,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    seconds, count = done.stdout.split()
    return int(count) / float(seconds)


def count(turns: list[Turn]) -> int:
    """Deltas of the stream: what all of them have in common."""
    return sum(deltas + (len(ARGUMENTS) if tool else 0) for deltas, tool in turns)


PEERS: dict[str, tuple[str, Callable[[list[Turn]], Any], Callable[[Any], None]]] = {
    "turnwise, bursts of 32": ("turnwise", turnwise_events, run_turnwise_in_bursts),
    "turnwise, one by one": ("turnwise", turnwise_events, run_turnwise),
    "pydantic-ai parts manager": ("pydantic_ai", lambda turns: turns, run_pydantic_ai),
    "openai stream state": ("openai", openai_chunks, run_openai),
    "anthropic accumulate_event": ("anthropic", anthropic_events, run_anthropic),
    "langchain chunk addition": ("langchain_core", langchain_chunks, run_langchain),
}
STREAMS: dict[str, list[Turn]] = {
    "1,000 deltas in one turn": [(1_000, False)],
    "10,000 deltas in one turn": [(10_000, False)],
    "100,000 deltas in one turn": [(100_000, False)],
    "10 turns with a tool": [(40, True)] * 10,
    "1,000 turns with a tool": [(40, True)] * 1_000,
    "10,000 turns with a tool": [(40, True)] * 10_000,
}
PATIENCE = 20.0
"""Seconds after which a peer is not asked for a larger stream."""


def main() -> None:
    slow: set[str] = set()
    for label, turns in STREAMS.items():
        print(f"  {label}: deltas per second")
        ours = 0.0
        for name, (package, prepare, run) in PEERS.items():
            if name in slow:
                print(f"    {name:28}            left out: quadratic")
                continue
            try:
                import_module(package)
            except ImportError:
                continue
            native = prepare(turns)
            begin = perf_counter()
            run(native)
            seconds = perf_counter() - begin
            if seconds < PATIENCE / 20:
                begin = perf_counter()
                run(native)
                seconds = min(seconds, perf_counter() - begin)
            rate = count(turns) / seconds
            ours = ours or rate
            if seconds * 10 > PATIENCE * 5:
                slow.add(name)
            print(f"    {name:28} {rate:12,.0f}   turnwise {ours / rate:8.1f}x")
        if count(turns) <= 50_000 and (rate := ai_sdk(turns)) is not None:
            print(f"    {'AI SDK readUIMessageStream':28} {rate:12,.0f}   turnwise {ours / rate:8.1f}x")
