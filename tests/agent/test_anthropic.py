"""Anthropic's Messages wire: real responses byte for byte, blocks of every kind, and what goes wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.scripted import ask
from turnwise import (
    Assembler,
    Error,
    Reasoning,
    ReasoningDelta,
    Source,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    Transcript,
    TurnFinish,
    TurnUsage,
    Unknown,
    Usage,
)
from turnwise.agent import (
    Agent,
    ConnectionFailed,
    MalformedStream,
    ProviderError,
    RequestRefused,
    Tool,
    TruncatedStream,
)
from turnwise.agent.providers import provider_for
from turnwise.agent.providers.anthropic import MAX_TOKENS, Anthropic, Reply
from wire_server import Answer, WireServer, recorded
from wires import offline as transport

if TYPE_CHECKING:
    from turnwise import Event
    from turnwise.values import FinishReason

SOURCE = "wire-anthropic"
KEY = "sk-ant-very-secret-1234"
MESSAGES = [{"role": "user", "content": "Hi"}]


def offline(answer: Answer) -> Anthropic:
    return Anthropic("m", base_url="http://server", api_key=KEY, transport=transport([answer]), retry_wait=0)


def live(server: WireServer, **options: Any) -> Anthropic:
    settings: dict[str, Any] = {"base_url": server.url, "api_key": KEY, "retry_wait": 0, **options}
    return Anthropic("m", **settings)


async def events_of(provider: Anthropic) -> list[Event]:
    return [event async for event in provider.stream(MESSAGES, [], {})]


async def heard(provider: Anthropic) -> tuple[list[Event], Exception | None]:
    """The events without usage, and what was raised after them."""
    out: list[Event] = []
    try:
        async for event in provider.stream(MESSAGES, [], {}):
            if not isinstance(event, TurnUsage):
                out.append(event)  # noqa: PERF401  # what came before the exception counts
    except ProviderError as error:
        return out, error
    return out, None


def stream(*events: dict[str, Any]) -> bytes:
    return "".join(f"event: {event.get('type')}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def start(block: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(kind: str, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def stop(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def stopped(reason: str | None = "end_turn", **usage: Any) -> dict[str, Any]:
    message_delta: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": reason}}
    return {**message_delta, "usage": usage} if usage else message_delta


TEXT = {"type": "text", "text": ""}
OVER = {"type": "message_stop"}
END = TurnFinish("stop", native="end_turn")


# ── blocks of every kind ────────────────────────────────────────────────────────────────────────────────────────

SEARCH = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []}
CALL = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
WEB = {
    "type": "web_search_result_location",
    "url": "https://example.org/paris",
    "title": "Paris",
    "cited_text": "Paris is the capital",
    "encrypted_index": "x",
}
PAGE = {"type": "page_location", "document_index": 1, "document_title": "Report", "cited_text": "18 °C"}
RESULT = {"type": "search_result_location", "source": "kb-7", "title": None, "cited_text": "yes"}

BLOCKS: list[tuple[str, list[dict[str, Any]], list[Event]]] = [
    (
        "text that begins with its block",
        [start({"type": "text", "text": "Hel"}), delta("text_delta", text="lo"), stop(), stopped()],
        [TextDelta("Hel"), TextDelta("lo"), END],
    ),
    (
        "thinking ends with its signature",
        [
            start({"type": "thinking", "thinking": "", "signature": ""}),
            delta("thinking_delta", thinking="Hm"),
            delta("signature_delta", signature="c2ln"),
            stop(),
            stopped(),
        ],
        [
            ReasoningDelta("Hm", key="block1"),
            Reasoning("Hm", native={"anthropic": {"signature": "c2ln"}}, key="block1"),
            END,
        ],
    ),
    (
        "thinking that is not shown is kept for its signature",
        [start({"type": "thinking"}), delta("signature_delta", signature="c2ln"), stop(), stopped()],
        [Reasoning("", native={"anthropic": {"signature": "c2ln"}}, key="block1"), END],
    ),
    (
        "redacted thinking",
        [start({"type": "redacted_thinking", "data": "Em"}), stop(), stopped()],
        [Reasoning("", native={"anthropic": {"data": "Em"}}, key="block1"), END],
    ),
    (
        "a call without arguments",
        [start(CALL), delta("input_json_delta", partial_json=""), stop(), stopped("tool_use")],
        [
            ToolCallDelta(name="f", call_id="a", key="block1"),
            TurnFinish("tool_calls", native="tool_use"),
        ],
    ),
    (
        "a call whose arguments come with its block, which is never closed",
        [start({**CALL, "input": {"x": 1}}), stopped("tool_use")],
        [
            ToolCallDelta(name="f", call_id="a", key="block1"),
            ToolCallDelta('{"x": 1}', call_id="a", key="block1"),
            TurnFinish("tool_calls", native="tool_use"),
        ],
    ),
    (
        "what a server tool was asked and found is a step",
        [
            start(SEARCH),
            delta("input_json_delta", partial_json='{"query": "x"}'),
            stop(),
            start(FOUND, 1),
            stop(1),
            stopped("pause_turn"),
        ],
        [
            ToolCall(
                "web_search",
                {"query": "x"},
                native={"anthropic": {"block": {**SEARCH, "input": {"query": "x"}}}},
                hosted=True,
                call_id="srv_1",
                key="block1",
            ),
            ToolResult([], call_id="srv_1"),
            Text("", native={"anthropic": {"block": FOUND}}, key="block2"),
            TurnFinish("unknown", native="pause_turn"),
        ],
    ),
    (
        "citations are sources",
        [
            start({**TEXT, "citations": []}),
            delta("text_delta", text="18 °C"),
            *(delta("citations_delta", citation=citation) for citation in (WEB, PAGE, RESULT)),
            stop(),
            stopped(),
        ],
        [
            TextDelta("18 °C"),
            Source(
                "https://example.org/paris",
                "Paris",
                snippet="Paris is the capital",
                key="https://example.org/paris",
            ),
            Source(None, "Report", snippet="18 °C", key="document1"),
            Source(None, "kb-7", snippet="yes", key="kb-7"),
            END,
        ],
    ),
    (
        "what nobody knows is not dropped",
        [
            {"type": "novelty", "x": 1},
            start({"type": "hologram"}),
            delta("light_delta", light=1),
            stop(),
            delta("citations_delta", citation={"type": "odd"}),
            delta("thinking_delta", 7, thinking="?"),
            {"type": "message_delta", "delta": {"stop_reason": "end_turn", "mood": "good"}},
        ],
        [
            Unknown("novelty", payload={"type": "novelty", "x": 1}),
            Unknown("delta.light_delta", payload={"type": "light_delta", "light": 1}),
            Unknown("hologram", payload={"type": "hologram"}),
            Unknown("citation.odd", payload={"type": "odd"}),
            Unknown("delta.thinking_delta", payload={"type": "thinking_delta", "thinking": "?"}),
            END,
            Unknown("message_delta.mood", payload="good"),
        ],
    ),
    (
        "usage grows, and what is not told again stays",
        [
            {
                "type": "message_start",
                "message": {
                    "usage": {
                        "input_tokens": 3,
                        "cache_read_input_tokens": 20,
                        "cache_creation_input_tokens": 100,
                        "output_tokens": 1,
                    }
                },
            },
            stopped(output_tokens=9, input_tokens=None, output_tokens_details={"thinking_tokens": 4}),
        ],
        [
            TurnUsage(Usage(input_tokens=123, output_tokens=1, cached_tokens=20)),
            END,
            TurnUsage(Usage(input_tokens=123, output_tokens=9, cached_tokens=20, reasoning_tokens=4)),
        ],
    ),
    (
        "usage in the last event of all",
        [stopped(input_tokens=3), {**OVER, "usage": {"output_tokens": 9}}],
        [
            END,
            TurnUsage(Usage(input_tokens=3)),
            TurnUsage(Usage(input_tokens=3, output_tokens=9)),
        ],
    ),
    (
        "the same index for every block, none of which is closed",
        [
            start(TEXT),
            delta("text_delta", text="a"),
            start(CALL),
            delta("input_json_delta", partial_json="{}"),
            start({**CALL, "id": "b"}),
            delta("input_json_delta", partial_json="[]"),
            stopped("tool_use"),
        ],
        [
            TextDelta("a"),
            ToolCallDelta(name="f", call_id="a", key="block2"),
            ToolCallDelta("{}", call_id="a", key="block2"),
            ToolCallDelta(name="f", call_id="b", key="block3"),
            ToolCallDelta("[]", call_id="b", key="block3"),
            TurnFinish("tool_calls", native="tool_use"),
        ],
    ),
    (
        "blocks that interleave",
        [
            start({"type": "thinking", "thinking": ""}),
            start(CALL, 1),
            delta("thinking_delta", thinking="H"),
            delta("input_json_delta", 1, partial_json="{"),
            delta("thinking_delta", thinking="m"),
            delta("input_json_delta", 1, partial_json="}"),
            stopped("tool_use"),
        ],
        [
            ToolCallDelta(name="f", call_id="a", key="block2"),
            ReasoningDelta("H", key="block1"),
            ToolCallDelta("{", call_id="a", key="block2"),
            ReasoningDelta("m", key="block1"),
            ToolCallDelta("}", call_id="a", key="block2"),
            TurnFinish("tool_calls", native="tool_use"),
        ],
    ),
    ("an end without a stop reason", [stopped(None)], [TurnFinish("unknown")]),
]


REASONS: list[tuple[str, FinishReason]] = [
    ("end_turn", "stop"),
    ("stop_sequence", "stop"),
    ("tool_use", "tool_calls"),
    ("max_tokens", "length"),
    ("model_context_window_exceeded", "length"),
    ("refusal", "content_filter"),
    ("pause_turn", "unknown"),
    ("odd", "unknown"),
]


@pytest.mark.parametrize(("native", "reason"), REASONS)
async def test_stop_reasons(native: str, reason: FinishReason) -> None:
    answer = Answer(stream(stopped(native), OVER))
    assert await events_of(offline(answer)) == [TurnFinish(reason, native=native)]


@pytest.mark.parametrize(
    ("payloads", "expected"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS]
)
@pytest.mark.parametrize("crumb", [None, 1])
async def test_blocks(payloads: list[dict[str, Any]], expected: list[Event], crumb: int | None) -> None:
    body = stream(*payloads, OVER, start({"type": "text", "text": "after the end"}))
    assert await events_of(offline(Answer(body, crumb=crumb))) == expected


async def test_a_server_that_does_not_stream() -> None:
    whole = {
        "type": "message",
        "content": [{"type": "text", "text": "Hi"}, {**CALL, "input": {"x": 1}}],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 2, "output_tokens": 3},
    }
    answer = Answer(json.dumps(whole, indent=1).encode(), content_type="application/json", crumb=1)
    assert await events_of(offline(answer)) == [
        TextDelta("Hi"),
        ToolCallDelta(name="f", call_id="a", key="block2"),
        ToolCallDelta('{"x": 1}', call_id="a", key="block2"),
        TurnFinish("tool_calls", native="tool_use"),
        TurnUsage(Usage(input_tokens=2, output_tokens=3)),
    ]


WORDS = st.sampled_from(
    [
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message",
        "text",
        "thinking",
        "tool_use",
        "text_delta",
        "thinking_delta",
        "signature_delta",
        "input_json_delta",
        "citations_delta",
        "x",
    ]
)
FIELDS = st.sampled_from(
    [
        "type",
        "index",
        "content_block",
        "delta",
        "text",
        "thinking",
        "partial_json",
        "citation",
        "url",
        "usage",
        "message",
        "stop_reason",
        "error",
        "content",
        "input",
        "id",
        "name",
        "signature",
        "input_tokens",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(FIELDS, json_values, max_size=4) | json_values, max_size=5))
def test_no_shape_of_json_breaks_the_translator(payloads: list[Any]) -> None:
    """Whatever comes is an event or nothing; the assembler takes it."""
    reply = Reply()
    asm = Assembler()
    for payload in payloads:
        for event in reply.feed(json.dumps(payload)):
            asm.feed(event, 1)
    asm.finish(2)


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────

HALF = [TextDelta("Half a "), TextDelta("sentence and ")]


@pytest.mark.parametrize("cut", [0, 30], ids=["between-events", "within-an-event"])
async def test_an_end_without_a_stop_reason_is_truncated(cut: int) -> None:
    body = recorded("K3", source=SOURCE)[0].body.rstrip() + b"\n\n"
    events, error = await heard(offline(Answer(body[: len(body) - cut])))
    assert events == HALF[: 2 - (cut > 0)]
    assert isinstance(error, TruncatedStream)


async def test_a_lost_connection_is_a_truncated_reply() -> None:
    with WireServer(recorded("K3", source=SOURCE) * 2) as server:
        events, error = await heard(live(server))
    assert events == HALF
    assert isinstance(error, TruncatedStream)
    assert len(server.requests) == 1


@pytest.mark.parametrize("crumb", [None, 1])
async def test_an_error_in_the_stream_ends_it(crumb: int | None) -> None:
    events, error = await heard(offline(recorded("K4", crumb=crumb, source=SOURCE)[0]))
    assert events == [*HALF, Error("Overloaded", kind="overloaded_error")]
    assert error is None


OVERLOADED = b'{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}'
NO_KEY = b'{"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}'


@pytest.mark.parametrize(
    ("answer", "tries", "code", "message"),
    [
        (
            recorded("K1", source=SOURCE)[0],
            3,
            "rate_limit_error",
            (
                "429 Too Many Requests: Number of request tokens has exceeded your per-minute rate limit"
                " (tried 3 times)"
            ),
        ),
        (
            recorded("K2", source=SOURCE)[0],
            3,
            "api_error",
            "500 Internal Server Error: Internal server error (tried 3 times)",
        ),
        (Answer(OVERLOADED, status=529), 3, "overloaded_error", "529: Overloaded (tried 3 times)"),
        (
            Answer(NO_KEY, status=401),
            1,
            "authentication_error",
            "401 Unauthorized: invalid x-api-key (check the api_key, or the variable ANTHROPIC_API_KEY)",
        ),
    ],
)
async def test_a_refusal_says_what_the_server_said(
    answer: Answer, tries: int, code: str, message: str
) -> None:
    with WireServer([answer] * 3) as server:
        _, error = await heard(live(server))
    assert isinstance(error, RequestRefused)
    assert (str(error), error.code, error.status) == (message, code, answer.status)
    assert len(server.requests) == tries


async def test_a_busy_server_is_asked_again() -> None:
    busy = Answer(OVERLOADED, status=529, headers={"Retry-After": "0"})
    with WireServer([busy, recorded("A", source=SOURCE)[1]]) as server:
        events = await events_of(live(server))
    assert TextDelta("It is ") in events
    assert server.requests[0] == server.requests[1]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"data: nonsense\n\n", "expected JSON, got 'nonsense'"),
        (b"", "expected a stream of events, got nothing"),
        (b"<html>Log in</html>", "got a page: '<html>Log in</html>'"),
    ],
)
async def test_what_is_not_the_format_is_quoted(body: bytes, words: str) -> None:
    _, error = await heard(offline(Answer(body)))
    assert isinstance(error, MalformedStream)
    assert words in str(error)


async def test_no_server_at_all() -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"refused, {KEY}")

    provider = Anthropic(
        "m", base_url="http://server", api_key=KEY, transport=httpx.MockTransport(respond), attempts=1
    )
    _, error = await heard(provider)
    assert isinstance(error, ConnectionFailed)
    assert str(error).startswith("could not connect to http://server: refused, [api key].")


async def test_the_key_is_never_shown() -> None:
    body = json.dumps({"error": {"type": "authentication_error", "message": f"bad {KEY}"}}).encode()
    _, error = await heard(offline(Answer(body, status=401)))
    assert str(error).startswith("401 Unauthorized: bad [api key]")
    echo = stream({"type": "error", "error": {"message": f"bad {KEY}", "type": KEY}})
    assert await events_of(offline(Answer(echo))) == [Error("bad [api key]", kind="[api key]")]
    _, error = await heard(offline(Answer(f"data: {KEY}\n\n".encode())))
    assert "[api key]" in str(error)
    assert KEY not in repr(offline(Answer()))


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────


def get_weather(city: str) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "temp_c": 18}


def get_time(tz: str) -> str:
    return f"09:00 in {tz}"


DECLARED = {
    "name": "get_weather",
    "description": "Tell the weather.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
async def test_the_request(path: str) -> None:
    with WireServer([Answer(stream(stopped(), OVER))]) as server:
        base = server.url.removesuffix("/v1") + path
        provider = live(server, base_url=base, headers={"anthropic-beta": "x"})
        async for _ in provider.stream(MESSAGES, [Tool(get_weather)], {"temperature": 0, "top_k": None}):
            pass
    (request,) = server.requests
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.headers["anthropic-beta"] == "x"
    assert "authorization" not in request.headers
    assert request.body == {
        "model": "m",
        "max_tokens": MAX_TOKENS,
        "messages": MESSAGES,
        "stream": True,
        "temperature": 0,
        "tools": [DECLARED],
    }


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({}, MAX_TOKENS),
        ({"max_tokens": 5}, 5),
        ({"thinking": {"type": "enabled", "budget_tokens": 10_000}}, MAX_TOKENS + 10_000),
        ({"thinking": {"type": "adaptive"}}, MAX_TOKENS),
    ],
)
def test_a_reply_has_a_limit_that_leaves_room_for_thinking(settings: dict[str, Any], limit: int) -> None:
    provider = Anthropic("m", base_url="http://server")
    assert provider.request(MESSAGES, [], settings)["max_tokens"] == limit


@pytest.mark.parametrize(
    ("choice", "offered"),
    [
        (None, ["get_weather", "get_time"]),
        ({"type": "any"}, ["get_weather", "get_time"]),
        ({"type": "none"}, []),
        ({"type": "tool", "name": "get_time"}, ["get_time"]),
    ],
)
def test_tool_choice_says_what_is_offered(choice: object, offered: list[str]) -> None:
    provider = Anthropic("m", base_url="http://server")
    tools = [Tool(get_weather), Tool(get_time)]
    assert provider.offered(tools, {"tool_choice": choice}) == offered


# ── the whole way ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_text_tool_text_with_thinking_sent_back() -> None:
    with WireServer(recorded("C2", source=SOURCE)) as server:
        agent = Agent(
            "anthropic:claude-fake",
            base_url=server.url,
            api_key=KEY,
            tools=[get_weather],
            system="Be brief.",
            max_tokens=500,
        )
        run = await ask(agent, "Weather?")
    assert run.turns[-1].text == "18C in Paris."
    first, second = (request.body for request in server.requests)
    asked = {
        "model": "claude-fake",
        "max_tokens": 500,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Weather?"}],
        "stream": True,
        "tools": [DECLARED],
    }
    assert first == asked
    assert second == {
        **asked,
        "messages": [
            {"role": "user", "content": "Weather?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "I need weather.", "signature": "EqQBCkYFAKESIG=="},
                    {"type": "text", "text": "One moment."},
                    {
                        "type": "tool_use",
                        "id": "call_C21",
                        "name": "get_weather",
                        "input": {"city": "Paris"},
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_C21",
                        "content": '{"city": "Paris", "temp_c": 18}',
                    }
                ],
            },
        ],
    }
    assert KEY not in repr(agent)


async def test_thinking_that_cannot_be_read_goes_back_too() -> None:
    hidden = start({"type": "thinking"}), delta("signature_delta", signature="c2ln"), stop()
    redacted = start({"type": "redacted_thinking", "data": "Em"}, 1), stop(1)
    called = (
        start({**CALL, "name": "get_time", "input": {"tz": "UTC"}}, 2),
        stop(2),
        stopped("tool_use"),
        OVER,
    )
    answers = [Answer(stream(*hidden, *redacted, *called)), Answer(stream(stopped(), OVER))]
    with WireServer(answers) as server:
        await ask(Agent(live(server), tools=[get_time]))
    assert server.requests[1].body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "Em"},
        {"type": "tool_use", "id": "a", "name": "get_time", "input": {"tz": "UTC"}},
    ]


WEB_SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 9}
LONG = [{"type": "web_search_result", "url": "u", "title": "t", "encrypted_content": "x" * 100_000}]


async def test_a_turn_that_the_server_paused_goes_on_with_what_it_did() -> None:
    """What its own tools were asked and found goes back as it came, and no message comes between."""
    searched = [
        start({"type": "text", "text": "Searching."}),
        stop(),
        start(SEARCH, 1),
        delta("input_json_delta", 1, partial_json='{"query": "x"}'),
        stop(1),
        start({**FOUND, "content": LONG}, 2),
        stop(2),
        stopped("pause_turn"),
        OVER,
    ]
    answered = [start({"type": "text", "text": "Found."}), stop(), stopped(), OVER]
    with WireServer([Answer(stream(*searched)), Answer(stream(*answered))]) as server:
        run = await ask(Agent(live(server), tools=[get_time]).changed(settings={"tools": [WEB_SEARCH]}))
    assert [turn.text for turn in run.turns] == ["Searching.", "Found."]
    assert (run.status, run.final_text, run.notices) == ("complete", "Found.", [])
    assert run.turns[0].reasoning == ""
    first, second = (request.body for request in server.requests)
    assert [tool["name"] for tool in first["tools"]] == ["get_time", "web_search"]
    assert second["messages"] == [
        {"role": "user", "content": "prompt"},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Searching."},
                {**SEARCH, "input": {"query": "x"}},
                {**FOUND, "content": LONG},
            ],
        },
    ]


CODE = {"type": "server_tool_use", "id": "srv_2", "name": "bash_code_execution", "input": {"command": "ls"}}
RAN = {
    "type": "bash_code_execution_tool_result",
    "tool_use_id": "srv_2",
    "content": {"type": "bash_code_execution_result", "stdout": "", "stderr": "no", "return_code": 1},
}
FAR, PAST = "2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"


@pytest.mark.parametrize(("expires", "sent"), [(FAR, "c1"), (PAST, None)])
async def test_what_the_server_runs_is_a_step_of_the_turn_and_goes_on_where_it_ran(
    expires: str, sent: str | None
) -> None:
    """Text on both sides of the step is of one turn; the container goes back as long as there is one."""
    ended = stopped()
    ended["delta"]["container"] = {"id": "c1", "expires_at": expires}
    ran = [
        start({"type": "text", "text": "Looking."}),
        start(CODE, 1),
        start(RAN, 2),
        start({"type": "text", "text": "It failed."}, 3),
        ended,
        OVER,
    ]
    answered = [start({"type": "text", "text": "Yes."}), stopped(), OVER]
    with WireServer([Answer(stream(*ran)), Answer(stream(*answered))]) as server:
        agent = Agent(live(server), tools=[get_time])
        run = await ask(agent, "List it.")
        history = Transcript()
        history._adopt(run)
        await ask(agent, "Sure?", history)
    [turn] = run.turns
    [step] = turn.tools
    assert (turn.text, step.name, step.state) == ("Looking.It failed.", "bash_code_execution", "error")
    assert step.result == {"stdout": "", "stderr": "no", "return_code": 1}
    asked = server.requests[1].body
    assert asked.get("container") == sent
    assert [message["role"] for message in asked["messages"]] == ["user", "assistant", "user"]
    assert asked["messages"][1]["content"][1:3] == [CODE, RAN]


async def test_the_conversation_goes_on() -> None:
    with WireServer([*recorded("A", source=SOURCE), recorded("F", source=SOURCE)[0]]) as server:
        agent = Agent(live(server), tools=[get_weather])
        history = Transcript()
        history._adopt(await ask(agent, "Weather?"))
        await ask(agent, "Thanks", history)
    roles = [message["role"] for message in server.requests[2].body["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


# ── keys and names ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_url": "https://api.anthropic.com/v1"}, "ANTHROPIC_API_KEY"),
        ({"base_url": "localhost:8000"}, "is no HTTP URL"),
        ({"base_url": "http://server", "api_key": "sk-\nx"}, "characters that no key can have"),
    ],
)
def test_what_cannot_be_a_provider(options: dict[str, Any], words: str, bare_environment: None) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        provider_for("anthropic:m", **options)


def test_the_environment_gives_key_and_address(
    bare_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://me:hidden@elsewhere/")
    assert repr(provider_for("anthropic:m")) == "Anthropic('m', base_url='http://elsewhere')"


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
