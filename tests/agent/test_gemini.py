"""Gemini's wire: recorded responses byte for byte, odd shapes, failures, and the agent loop over a socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.scripted import ask
from turnwise import (
    Error,
    File,
    Source,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    TurnFinish,
    Unknown,
)
from turnwise.agent import Agent, ProviderError, RequestRefused, TruncatedStream
from turnwise.agent.providers.gemini import Gemini
from wire_server import Answer, WireServer, recorded, sse
from wires import offline as transport

if TYPE_CHECKING:
    from turnwise import Event

KEY = "AIza-very-secret"
WIRE = "wire-gemini"
SIGNED = {"gemini": {"thought_signature": "c2ln"}}


async def heard(answer: Answer) -> tuple[list[Event], Exception | None]:
    provider = Gemini("m", base_url="http://server", api_key=KEY, transport=transport([answer]), retry_wait=0)
    out: list[Event] = []
    try:
        async for event in provider.stream([], [], {}):
            out.append(event)  # noqa: PERF401  # what came before the exception counts
    except ProviderError as error:
        return out, error
    return out, None


def chunk(*parts: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": finish, **more}]}


STOP = TurnFinish("stop", native="STOP")
CODE = {"executableCode": {"code": "1"}}
RAN = {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "no"}}
ODD: list[tuple[Any, list[Event]]] = [
    (
        [chunk({"text": "a"}), chunk({"text": "", "thoughtSignature": "c2ln"}, finish="STOP")],
        [TextDelta("a"), Text("a", native=SIGNED), STOP],
    ),
    (
        [chunk(CODE, {"text": "?"}, RAN, finish="STOP")],
        [
            ToolCall("code_execution", {"code": "1"}, native={"gemini": {"part": CODE}}, hosted=True),
            TextDelta("?"),
            ToolResult("no", name="code_execution", outcome="error"),
            Text("", native={"gemini": {"part": RAN}}, key="ran1"),
            STOP,
        ],
    ),
    (
        [chunk({"hologram": {"z": 1}}, finish="STOP")],
        [Unknown("hologram", payload={"hologram": {"z": 1}}), STOP],
    ),
    (
        [chunk({"inlineData": {"mimeType": "image/png", "data": "AAE="}}, finish="STOP")],
        [File(b"\0\1", media_type="image/png"), STOP],
    ),
    (
        [
            chunk(
                {"inlineData": {"mimeType": "image/png", "data": "AAE="}, "thoughtSignature": "c2ln"},
                finish="STOP",
            )
        ],
        [File(b"\0\1", media_type="image/png", native=SIGNED), STOP],
    ),
    (
        [chunk(finish="STOP", groundingMetadata={"groundingChunks": [{"web": {"uri": "u", "title": "t"}}]})],
        [Source("u", "t", key="u"), STOP],
    ),
    (
        [
            chunk(
                finish="STOP",
                citationMetadata={
                    "citations": [{"startIndex": 0, "uri": "u", "title": "t"}, {"endIndex": 9}]
                },
                groundingMetadata={"groundingChunks": [{"maps": {"uri": "m", "title": "place"}}]},
            )
        ],
        [Source("m", "place", key="m"), Source("u", "t", key="u"), STOP],
    ),
    ([{"promptFeedback": {"blockReason": "SAFETY"}}], [TurnFinish("content_filter", native="SAFETY")]),
    ([chunk(finish="ODD")], [TurnFinish("unknown", native="ODD")]),
    (  # STOP in every chunk, and a call after the first
        [
            chunk({"text": "a"}, finish="STOP"),
            chunk({"functionCall": {"name": "f", "args": {"x": 1}}}, finish="STOP"),
        ],
        [TextDelta("a"), ToolCall("f", {"x": 1}, key="call1"), TurnFinish("tool_calls", native="STOP")],
    ),
    (  # an id that is told again
        [
            chunk(
                *({"functionCall": {"name": "f", "id": "1", "args": {"x": x}}} for x in (1, 2)), finish="STOP"
            )
        ],
        [
            ToolCall("f", {"x": 1}, call_id="1", key="call1"),
            ToolCall("f", {"x": 2}, key="call2"),
            TurnFinish("tool_calls", native="STOP"),
        ],
    ),
    (  # the SDK runs the tools itself: several replies in one stream
        [
            {**chunk({"functionCall": {"name": "f", "id": "1"}}, finish="STOP"), "responseId": "r1"},
            {**chunk({"text": "a"}, finish="STOP"), "responseId": "r2"},
        ],
        [
            ToolCall("f", {}, call_id="1", key="call1"),
            TurnFinish("tool_calls", native="STOP"),
            TextDelta("a"),
            STOP,
        ],
    ),
    (  # several candidates
        [
            {
                "candidates": [
                    {"index": 1, "content": {}},
                    {"content": {"parts": [{"text": "a"}, {"text": ""}]}},
                ]
            },
            chunk(finish="STOP"),
        ],
        [Unknown("candidate", payload={"index": 1, "content": {}}), TextDelta("a"), STOP],
    ),
    (  # an error in the middle
        [chunk({"text": "a"}), {"error": {"status": "UNAVAILABLE", "message": "busy"}}],
        [TextDelta("a"), Error("busy", kind="UNAVAILABLE")],
    ),
    ([{"error": {"code": 503, "message": f"busy {KEY}"}}], [Error("busy [api key]", kind="503")]),
    (
        [
            chunk({"functionCall": {"name": "f", "willContinue": True}}),
            chunk(
                {
                    "functionCall": {
                        "partialArgs": [
                            {"jsonPath": "$.a[0].b", "numberValue": 1},
                            {"jsonPath": "$['c']", "boolValue": True},
                            {"jsonPath": "?", "boolValue": True},
                        ]
                    }
                },
                finish="STOP",
            ),
        ],
        [
            ToolCallDelta(name="f", key="call1"),
            Unknown("partialArgs", payload={"jsonPath": "?", "boolValue": True}),
            ToolCall("f", {"a": [{"b": 1}], "c": True}, key="call1"),
            TurnFinish("tool_calls", native="STOP"),
        ],
    ),
]


@pytest.mark.parametrize(("chunks", "expected"), ODD)
async def test_other_shapes(chunks: list[Any], expected: list[Event]) -> None:
    assert await heard(Answer(sse(*chunks, done=False))) == (expected, None)


async def test_failures() -> None:
    _, error = await heard(recorded("K2", source=WIRE)[0])
    assert isinstance(error, RequestRefused)
    assert "An internal error has occurred." in str(error)
    events, error = await heard(recorded("K3", source=WIRE)[0])
    assert events[0] == TextDelta("Half a ")
    assert isinstance(error, TruncatedStream)
    with WireServer([recorded("K3", source=WIRE)[0]]) as server:
        run = await ask(Agent("gemini:m", base_url=server.url.removesuffix("/v1"), api_key=KEY))
    assert run.status == "truncated"
    _, error = await heard(Answer(json.dumps({"error": {"message": KEY}}).encode(), status=400))
    assert "[api key]" in str(error)
    assert KEY not in str(error) + repr(Gemini("m", api_key=KEY))


def get_weather(city: str) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "temp_c": 18}


@pytest.mark.parametrize("name", ["A", "A_id", "A_id_fcargs"])
async def test_the_loop_over_a_socket(name: str) -> None:
    with WireServer(recorded(name, crumb=7, source=WIRE)) as server:
        url = server.url.removesuffix("/v1")
        agent = Agent(
            "gemini:m", base_url=url, api_key=KEY, tools=[get_weather], system="Be brief.", temperature=0
        )
        run = await ask(agent, "Weather?")
    assert run.status == "complete"
    assert run.turns[1].text == "It is 18C and sunny in Paris."
    first, second = server.requests
    assert first.path == "/v1beta/models/m:streamGenerateContent?alt=sse"
    assert first.headers["x-goog-api-key"] == KEY
    assert first.body["generationConfig"] == {"temperature": 0}
    assert first.body["tools"][0]["functionDeclarations"][0]["name"] == "get_weather"
    assert second.body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    call_id = run.turns[0].tools[0].call_id
    named = {"id": call_id, "name": "get_weather"}
    assert second.body["contents"] == [
        {"role": "user", "parts": [{"text": "Weather?"}]},
        {
            "role": "model",
            "parts": [
                {"text": "Let me check the weather."},
                {
                    "functionCall": {**named, "args": {"city": "Paris"}},
                    "thoughtSignature": "RkFLRVNJRw==",
                },
            ],
        },
        {
            "role": "user",
            "parts": [{"functionResponse": {**named, "response": {"city": "Paris", "temp_c": 18}}}],
        },
    ]


async def test_two_calls_of_one_tool_without_ids_are_answered_each() -> None:
    """B8 the API may leave ids out; the answers then stand in the calls' order, under ids of our own."""
    asked = [{"functionCall": {"name": "get_weather", "args": {"city": city}}} for city in ("Paris", "Rome")]
    bodies = (
        sse(chunk(*asked, finish="STOP"), done=False),
        sse(chunk({"text": "Both."}, finish="STOP"), done=False),
    )
    with WireServer([Answer(body) for body in bodies]) as server:
        agent = Agent("gemini:m", base_url=server.url.removesuffix("/v1"), api_key=KEY, tools=[get_weather])
        run = await ask(agent)
    first, _ = run.turns
    assert [tool.result for tool in first.tools] == [{"city": c, "temp_c": 18} for c in ("Paris", "Rome")]
    calls, results = (content["parts"] for content in server.requests[1].body["contents"][1:])
    ids = [part["functionCall"]["id"] for part in calls]
    assert len({*ids}) == 2
    assert [part["functionResponse"]["id"] for part in results] == ids
    assert [part["functionResponse"]["response"]["city"] for part in results] == ["Paris", "Rome"]
