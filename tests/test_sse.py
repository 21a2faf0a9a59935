"""Server-sent events: turnwise's own, and the AI SDK's, which js/tests reads with the real package."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

import httpx
import pytest

import turnwise
from streams import ROWS
from test_stream import ANSWER, TOOL, Scripted
from turnwise import (
    ApprovalRequest,
    Data,
    File,
    Reasoning,
    ReasoningDelta,
    Source,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    TurnFinish,
    TurnStart,
    TurnUsage,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnwise.events import Event

VECTOR = Path(__file__).parent / "vectors" / "ai-sdk.json"
README = Path(__file__).parents[1] / "README.md"

# Two tools, three turns, and everything that the protocol has a chunk for.
RUN: list[Event] = [
    TurnStart(model="m"),
    ReasoningDelta("They want "),
    Reasoning("They want the weather."),
    TextDelta("Checking "),
    TextDelta("both."),
    ToolCallDelta('{"city": ', key="0", call_id="call_1", name="get_weather"),
    ToolCallDelta('"Paris"}', key="0"),
    ToolCall("get_time", {"tz": "Asia/Tokyo"}, call_id="call_2"),
    TurnUsage(Usage(input_tokens=40, output_tokens=8)),
    TurnFinish("tool_calls"),
    ToolResult("18 °C so far", call_id="call_1", preliminary=True),
    ToolResult({"time": "09:00"}, call_id="call_2"),
    ToolResult({"temp_c": 18}, call_id="call_1"),
    TextDelta("Now London."),
    ToolCall("get_weather", {"city": "London"}, call_id="call_3"),
    ToolCall("get_weather", '{"city": "Lon', call_id="call_4"),
    TurnFinish("tool_calls"),
    ToolResult("ValueError: no such city", call_id="call_3", outcome="error"),
    ToolResult("not valid JSON", call_id="call_4", outcome="error"),
    TextDelta("Paris 18 °C, "),
    TextDelta("Tokyo 09:00."),
    Source("https://example.org/paris", "Paris"),
    File(b"hi", media_type="text/plain"),
    Data("plan", {"done": True}, key="p"),
    TurnFinish("stop"),
]


async def sse(events: Sequence[Event | BaseException], protocol: Any, **options: Any) -> list[dict[str, Any]]:
    text = "".join(
        [
            m
            async for m in turnwise.to_sse(
                turnwise.stream(Scripted(events), "go", run_id="r", **options), protocol
            )
        ]
    )
    return decode(text)


def decode(text: str) -> list[dict[str, Any]]:
    """As a client does: messages end with an empty line; only the data counts here."""
    out: list[dict[str, Any]] = []
    for message in text.split("\n\n"):
        data = [line.removeprefix("data: ") for line in message.split("\n") if line.startswith("data: ")]
        if data and data != ["[DONE]"]:
            out.append(json.loads("\n".join(data)))
    return out


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
async def test_our_own_events_are_the_streams_in_camel_case(row: Any) -> None:
    stream = turnwise.stream(Scripted(row.events), "go", run_id="r")
    told = [event async for event in stream if event.type != "model_request"]  # not for a server's clients
    served = await sse(row.events, "turnwise")
    assert [{**event.to_dict(), "time": 0} for event in told] == [{**event, "time": 0} for event in served]
    assert all("turnId" in event for event in served if event["type"] == "turn_start")


async def test_the_events_name_is_its_type() -> None:
    messages = [m async for m in turnwise.to_sse(turnwise.stream(Scripted(ANSWER), "go"))]
    assert messages[0].startswith("event: run_start\ndata: {")
    assert all(m.endswith("\n\n") and m.count("\n") == 3 for m in messages)


async def test_b20_each_turn_is_a_step_of_the_ai_sdk() -> None:
    types = [chunk["type"] for chunk in await sse([*TOOL, *ANSWER], "ai-sdk")]
    assert types == [
        *("start", "start-step", "text-start", "text-delta", "text-delta", "text-end"),
        *("tool-input-start", "tool-input-available", "tool-output-available", "finish-step"),
        *("start-step", "text-start", "text-delta", "text-delta", "text-end", "finish-step", "finish"),
    ]


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ([*ANSWER], {"type": "finish"}),
        ([RuntimeError("boom")], {"type": "finish"}),
        ([TextDelta("half"), asyncio.CancelledError()], None),
    ],
)
async def test_b20_every_end_has_its_chunk(events: list[Any], last: dict[str, Any] | None) -> None:
    if last is None:
        with pytest.raises(asyncio.CancelledError):
            await sse(events, "ai-sdk")
        return
    assert (await sse(events, "ai-sdk"))[-1] == last


async def test_b20_an_error_is_said() -> None:
    chunks = await sse([TextDelta("half"), RuntimeError("boom")], "ai-sdk")
    assert [chunk for chunk in chunks if chunk["type"] == "error"] == [{"type": "error", "errorText": "boom"}]


async def test_b20_an_approval_is_asked_for() -> None:
    chunks = await sse([ToolCall("rm", {"path": "x"}, call_id="a"), ApprovalRequest(call_id="a")], "ai-sdk")
    assert {"type": "tool-approval-request", "approvalId": "r.1.1", "toolCallId": "a"} in chunks


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
async def test_b20_steps_and_blocks_are_balanced(row: Any) -> None:
    open_blocks: set[str] = set()
    steps = 0
    calls: set[str] = set()
    for chunk in await sse(row.events, "ai-sdk"):
        kind = chunk["type"]
        if kind in ("start-step", "finish-step"):
            steps += 1 if kind == "start-step" else -1
        elif kind.endswith("-start") and "id" in chunk:
            open_blocks.add(chunk["id"])
        elif kind.endswith("-end") and "id" in chunk:
            open_blocks.remove(chunk["id"])
        elif kind == "reset-step":
            open_blocks.clear()
        elif kind.startswith("tool-input"):
            calls.add(chunk["toolCallId"])
        elif "toolCallId" in chunk:
            assert chunk["toolCallId"] in calls, "an output for a call that the client does not know"
    assert not open_blocks


async def test_another_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="turnwise, ai-sdk"):
        await anext(turnwise.to_sse(turnwise.stream(Scripted([]), "go"), "smoke signals"))  # type: ignore[arg-type]


async def test_ending_it_early_closes_the_source() -> None:
    source = Scripted([*TOOL, *ANSWER])
    served = turnwise.to_sse(turnwise.stream(source, "go"))
    async for message in served:
        if message.startswith("event: tool_call\n"):
            break
    await served.aclose()
    assert source.closed


async def vector() -> dict[str, Any]:
    """What js/tests reads with the real package: the chunks of ``RUN``, and one of a failed run."""
    return {
        "chunks": await sse(RUN, "ai-sdk"),
        "failed": await sse([TextDelta("half"), RuntimeError("boom")], "ai-sdk"),
        "buffered": await sse(RUN, "ai-sdk", final_turn_only="buffered"),
    }


async def test_the_vector_for_the_ai_sdk_is_up_to_date() -> None:
    assert json.loads(VECTOR.read_text("utf-8")) == await vector(), "run: python tests/test_sse.py"


async def test_the_readmes_fastapi_example_serves_a_run() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if "FastAPI" in block]
    names: dict[str, Any] = {}
    exec(example.replace("demo.agent()", "demo.agent(pace=0)"), names)  # noqa: S102
    transport = httpx.ASGITransport(app=names["app"])
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post("/chat", json={"prompt": "Compare the climate of Paris and Tokyo"})
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert response.text.endswith("data: [DONE]\n\n")
    types = [chunk["type"] for chunk in decode(response.text)]
    assert types[0] == "start"
    assert types.count("start-step") == types.count("finish-step") > 2
    assert "tool-output-available" in types


if __name__ == "__main__":
    VECTOR.write_text(json.dumps(asyncio.run(vector()), ensure_ascii=False, indent=1) + "\n", "utf-8")
