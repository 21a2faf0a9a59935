"""OpenAI's chat wire: real responses byte for byte, the oddities of servers that imitate it, and what goes wrong."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketch import sketch
from turnwise import (
    Assembler,
    Error,
    Reasoning,
    ReasoningDelta,
    Source,
    TextDelta,
    ToolCallDelta,
    Transcript,
    TurnFinish,
    TurnUsage,
    Unknown,
    Usage,
)
from turnwise.agent import (
    ConnectionFailed,
    MalformedStream,
    ProviderError,
    RequestRefused,
    ServerSilent,
    Tool,
    TruncatedStream,
)
from turnwise.agent.providers import provider_for
from turnwise.agent.providers.openai_chat import OpenAIChat, Reply
from wire_server import Answer, WireServer, recorded, sse
from wires import offline as transport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from turnwise import Event

KEY = "sk-very-secret-1234"
MESSAGES = [{"role": "user", "content": "Hi"}]


def offline(answer: Answer) -> OpenAIChat:
    return OpenAIChat(
        "m", base_url="http://server/v1", api_key=KEY, transport=transport([answer]), retry_wait=0
    )


def live(server: WireServer, **options: Any) -> OpenAIChat:
    settings: dict[str, Any] = {"base_url": server.url, "api_key": KEY, "retry_wait": 0, **options}
    return OpenAIChat("m", **settings)


async def events_of(provider: OpenAIChat, **settings: Any) -> list[Event]:
    return [event async for event in provider.stream(MESSAGES, [], settings)]


async def heard(provider: OpenAIChat) -> tuple[list[Event], Exception | None]:
    """The events, and what was raised after them."""
    out: list[Event] = []
    try:
        async for event in provider.stream(MESSAGES, [], {}):
            out.append(event)  # noqa: PERF401  # what came before the exception counts
    except ProviderError as error:
        return out, error
    return out, None


def folded(events: Sequence[Event]) -> str:
    asm = Assembler(strict=True)
    transcript = Transcript(asm.add_run("r", "", 0) + asm.start_run("r", 0))
    for event in events:
        transcript.extend(asm.feed(event, 1))
    transcript.extend(asm.finish(2))
    return sketch(transcript)


# ── recordings ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_interleaved_calls_stay_apart() -> None:
    """B6 arguments of two calls that arrive in turns."""
    events = await events_of(offline(recorded("B")[0]))
    assert folded(events) == (
        "run complete\n"
        '1 tool_calls 12->7 | "Checking both." | get_weather({"city": "Paris"}) = unanswered'
        ' | get_time({"tz": "Asia/Tokyo"}) = unanswered'
    )


@dataclass(frozen=True, slots=True)
class Cut(Answer):
    """A body in these pieces."""

    pieces_of: tuple[bytes, ...] = ()

    def pieces(self) -> Iterator[bytes]:
        yield from self.pieces_of


@given(st.lists(st.integers(0, 400)))
def test_where_the_bytes_are_cut_changes_nothing(cuts: list[int]) -> None:
    """B2 fragmentation, also within a character and within a line ending."""
    body = sse(chunk({"content": "naïve 🎉 "}), chunk({"content": "é"}, "stop")).replace(b"\n", b"\r\n")
    marks = [0, *sorted({min(cut, len(body)) for cut in cuts}), len(body)]
    answer = Cut(pieces_of=tuple(body[a:b] for a, b in itertools.pairwise(marks) if a < b))
    events = asyncio.run(events_of(offline(answer)))
    assert events == [TextDelta("naïve 🎉 "), TextDelta("é"), TurnFinish("stop", native="stop")]


# ── what servers send beside the letter of the format ───────────────────────────────────────────────────────────


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}],
        **more,
    }


def piece(arguments: Any = "", **more: Any) -> dict[str, Any]:
    """A delta with one piece of a tool call; ``name`` goes into its function."""
    function = {"arguments": arguments}
    if "name" in more:
        function["name"] = more.pop("name")
    return {"tool_calls": [{"type": "function", "function": function, **more}]}


def call(
    arguments: str = "", name: str | None = None, call_id: str | None = None, n: int = 1
) -> ToolCallDelta:
    return ToolCallDelta(arguments, name=name, call_id=call_id, key=f"call{n}")


def thought(text: str, n: int = 1) -> ReasoningDelta:
    return ReasoningDelta(text, key=f"thought{n}")


def kept(text: str, *details: dict[str, Any]) -> Reasoning:
    return Reasoning(text, native={"openai": {"reasoning_details": list(details)}}, key="thought1")


CITED = {"url": "https://example.org", "title": "Example", "content": "so it is"}
STOP = TurnFinish("stop", native="stop")
CALLS = TurnFinish("tool_calls", native="tool_calls")
END = chunk(finish="tool_calls")

ODD: list[tuple[str, list[Any], list[Event]]] = [
    (
        "an empty first content says nothing",
        [chunk({"role": "assistant", "content": ""}), chunk(finish="stop")],
        [STOP],
    ),
    ("null content says nothing", [chunk({"content": None}), chunk(finish="stop")], [STOP]),
    ("content with the finish comes first", [chunk({"content": "Hi"}, "stop")], [TextDelta("Hi"), STOP]),
    ("a refusal is text", [chunk({"refusal": "I can't."}, "stop")], [TextDelta("I can't."), STOP]),
    (
        "DeepSeek's reasoning_content",
        [chunk({"reasoning_content": "Hm"}, "stop")],
        [thought("Hm"), STOP],
    ),
    (
        "OpenRouter's reasoning, repeated in its details",
        [chunk({"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]}, "stop")],
        [thought("Hm"), kept("Hm", {"type": "reasoning.text", "text": "Hm"}), STOP],
    ),
    (
        "reasoning in details alone",
        [chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm"}]}, "stop")],
        [thought("Hm"), kept("Hm", {"type": "reasoning.summary", "summary": "Hm"}), STOP],
    ),
    (
        "reasoning after a text is another block",
        [chunk({"reasoning": "a"}), chunk({"content": "b"}), chunk({"reasoning": "c"}, "stop")],
        [thought("a"), TextDelta("b"), thought("c", 2), STOP],
    ),
    (
        "an error within a choice",
        [chunk({"content": "Hi"}), {"choices": [{"delta": {}, "error": {"code": 502, "message": "gone"}}]}],
        [TextDelta("Hi"), Error("gone", kind="502")],
    ),
    (
        "citations",
        [chunk({"annotations": [{"type": "url_citation", "url_citation": CITED}, {"type": "odd"}]}, "stop")],
        [
            Source("https://example.org", "Example", snippet="so it is"),
            Unknown("annotation.odd", payload={"type": "odd"}),
            STOP,
        ],
    ),
    (
        "Mistral's content as parts",
        [
            chunk(
                {
                    "content": [
                        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
                        {"type": "text", "text": "Hi"},
                    ]
                },
                "stop",
            )
        ],
        [thought("Hm"), TextDelta("Hi"), STOP],
    ),
    (
        "null ids and names in continuations never overwrite",
        [chunk(piece("", index=0, id="a", name="f")), chunk(piece("{}", index=0, id=None, name=None)), END],
        [call("", "f", "a"), call("{}", None, "a"), CALLS],
    ),
    (
        "the name repeated in every piece is one call",
        [chunk(piece("{", index=0, id="a", name="f")), chunk(piece("}", index=0, id="a", name="f")), END],
        [call("{", "f", "a"), call("}", None, "a"), CALLS],
    ),
    (
        "B8 no index and empty ids: each name is a call",
        [chunk(piece("{}", id="", name="f")), chunk(piece("{}", id="", name="f")), END],
        [call("{}", "f"), call("{}", "f", n=2), CALLS],
    ),
    (
        "no index: the rest of a call has neither id nor name",
        [chunk(piece("{", id="a", name="f")), chunk(piece("}")), chunk(piece("{}", id="b", name="g")), END],
        [call("{", "f", "a"), call("}", None, "a"), call("{}", "g", "b", n=2), CALLS],
    ),
    (
        "no index, but an id in every piece",
        [
            chunk(piece("{", id="a", name="f")),
            chunk(piece("{", id="b", name="g")),
            chunk(piece("}", id="a")),
            END,
        ],
        [call("{", "f", "a"), call("{", "g", "b", n=2), call("}", None, "a"), CALLS],
    ),
    (
        "B8 index 0 for every call: a new id with a name is a new call",
        [
            chunk(piece("{}", index=0, id="a", name="f")),
            chunk(piece("{", index=0, id="b", name="f")),
            chunk(piece("}", index=0)),
            END,
        ],
        [call("{}", "f", "a"), call("{", "f", "b", n=2), call("}", None, "b", n=2), CALLS],
    ),
    *(
        (
            f"B8 index 0 for every call and no ids: {what}",
            [
                chunk(piece('{"x"', index=0, name="f")),
                chunk(piece(":1}", index=0, name="f")),
                chunk(piece("{}", index=0, id="", name=name)),
                END,
            ],
            [call('{"x"', "f"), call(":1}"), call("{}", name, n=2), CALLS],
        )
        for what, name in [("another name", "g"), ("the same name after whole arguments", "f")]
    ),
    (
        "one id for two calls, whose pieces interleave",
        [
            chunk(piece("{", index=0, id="a", name="f")),
            chunk(piece("{", index=1, id="a", name="f")),
            chunk(piece("}", index=0)),
            chunk(piece("}", index=1)),
            END,
        ],
        [
            call("{", "f", "a"),
            call("{", "f", "a", n=2),
            call("}", None, "a"),
            call("}", None, "a", n=2),
            CALLS,
        ],
    ),
    (
        "several choices: a turn has one reply",
        [
            {
                "choices": [
                    {"index": 1, "delta": {"content": "no"}},
                    {"index": 0, "delta": {"content": "yes"}},
                ]
            },
            chunk(finish="stop"),
        ],
        [Unknown("choice", payload={"index": 1, "delta": {"content": "no"}}), TextDelta("yes"), STOP],
    ),
    (
        "arguments before the name",
        [chunk(piece('{"a"', index=0, id="x")), chunk(piece(":1}", index=0, name="f")), END],
        [call('{"a"', None, "x"), call(":1}", "f", "x"), CALLS],
    ),
    (
        "arguments as an object",
        [chunk(piece({"city": "Zürich"}, index=0, id="a", name="f")), END],
        [call('{"city": "Zürich"}', "f", "a"), CALLS],
    ),
    (
        "the old function_call",
        [
            chunk({"function_call": {"name": "f", "arguments": ""}}),
            chunk({"function_call": {"arguments": "{}"}}),
            chunk(finish="function_call"),
        ],
        [call("", "f"), call("{}"), TurnFinish("tool_calls", native="function_call")],
    ),
    (
        "B9 usage in the chunk with the finish",
        [chunk({"content": "Hi"}, "stop", usage={"prompt_tokens": 3, "completion_tokens": 1})],
        [TextDelta("Hi"), STOP, TurnUsage(Usage(input_tokens=3, output_tokens=1))],
    ),
    (
        "B9 usage in the choice",
        [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 3}}]}],
        [TurnUsage(Usage(input_tokens=3)), STOP],
    ),
    (
        "B9 usage in a field of the server's own",
        [chunk({}, "stop", x_groq={"usage": {"prompt_tokens": 3}})],
        [STOP, TurnUsage(Usage(input_tokens=3))],
    ),
    (
        "DeepSeek's count of cached tokens",
        [chunk({}, "stop", usage={"prompt_tokens": 3, "prompt_cache_hit_tokens": 2})],
        [STOP, TurnUsage(Usage(input_tokens=3, cached_tokens=2))],
    ),
    (
        "counts that are no numbers are unknown",
        [chunk({}, "stop", usage={"prompt_tokens": "many", "completion_tokens": True})],
        [STOP, TurnUsage(Usage())],
    ),
    (
        "B11 an unknown finish reason keeps its name",
        [chunk({}, "odd")],
        [TurnFinish("unknown", native="odd")],
    ),
    ("B11 the second finish is not one", [chunk({}, "stop"), chunk({}, "length")], [STOP]),
    (
        "B10 [DONE] without a finish reason is an end",
        [chunk({"content": "Hi"})],
        [TextDelta("Hi"), TurnFinish("unknown")],
    ),
    (
        "an error in the stream",
        [
            chunk({"content": "Half"}),
            {"error": {"message": "Overloaded", "type": "server_error", "code": None}},
        ],
        [TextDelta("Half"), Error("Overloaded", kind="server_error")],
    ),
    ("an error that is a string", [{"error": "Overloaded"}], [Error("Overloaded")]),
    (
        "an error in vLLM's older shape",
        [{"object": "error", "message": "Too long", "code": 400}],
        [Error("Too long", kind="400")],
    ),
    ("Azure's first chunk without choices", [{"object": "", "choices": []}, chunk({}, "stop")], [STOP]),
    (
        "B17 what nobody knows is not dropped",
        [{"object": "x.y", "z": 1}, chunk({"audio": {"id": "1"}}), [1], chunk({}, "stop")],
        [
            Unknown("x.y", payload={"object": "x.y", "z": 1}),
            Unknown("delta.audio", payload={"id": "1"}),
            Unknown("chunk", payload=[1]),
            STOP,
        ],
    ),
    (
        "B17 a call that is no function",
        [chunk({"tool_calls": [{"index": 0, "type": "custom", "custom": {}}]}), chunk({}, "stop")],
        [Unknown("tool_call.custom", payload={"index": 0, "type": "custom", "custom": {}}), STOP],
    ),
]


@pytest.mark.parametrize(("payloads", "expected"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
async def test_the_odd_shapes_of_servers(payloads: list[Any], expected: list[Event]) -> None:
    answer = Answer(sse(*payloads))
    assert await events_of(offline(answer)) == expected
    assert await events_of(offline(Answer(answer.body, crumb=1))) == expected


KEYS = st.sampled_from(
    [
        "choices",
        "delta",
        "message",
        "content",
        "reasoning",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "index",
        "finish_reason",
        "usage",
        "error",
        "type",
        "text",
        "thinking",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(KEYS, json_values, max_size=4), max_size=4))
def test_no_shape_of_json_breaks_the_translator(payloads: list[dict[str, Any]]) -> None:
    """B17 whatever comes is an event or nothing; the assembler takes it."""
    reply = Reply()
    events = [event for payload in payloads for event in reply.feed(json.dumps(payload))]
    asm = Assembler()
    for event in events:
        asm.feed(event, 1)
    asm.finish(2)


@pytest.mark.parametrize(
    "body",
    [
        b": OPENROUTER PROCESSING\n\n" + sse(chunk({"content": "Hi"}, "stop")),
        sse(chunk({"content": "Hi"}, "stop"), done=False),
        sse(chunk({"content": "Hi"}, "stop"), done=False).rstrip(b"\n"),
        sse(chunk({"content": "Hi"}, "stop")).replace(b"data: ", b"data:"),
        sse(chunk({"content": "Hi"}, "stop")).replace(b"\n", b"\r\n"),
        "\ufeff".encode() + sse(chunk({"content": "Hi"}, "stop")),
        b"event: message\nid: 7\n" + sse(chunk({"content": "Hi"}, "stop")),
        sse("", chunk({"content": "Hi"}, "stop")),
        sse(chunk({"content": "Hi"}, "stop")) + sse(chunk({"content": "after the end"})),
    ],
    ids=[
        "comments",
        "no-done",
        "no-last-line-end",
        "no-space",
        "crlf",
        "byte-order-mark",
        "named-events",
        "empty-data",
        "after-done",
    ],
)
@pytest.mark.parametrize("crumb", [None, 1])
async def test_streams_that_are_spelt_differently(body: bytes, crumb: int | None) -> None:
    assert await events_of(offline(Answer(body, crumb=crumb))) == [TextDelta("Hi"), STOP]


async def test_a_server_that_does_not_stream() -> None:
    message = {
        "role": "assistant",
        "content": "Hi",
        "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}],
    }
    whole = {
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 2},
    }
    answer = Answer(json.dumps(whole, indent=1).encode(), content_type="application/json", crumb=1)
    assert await events_of(offline(answer)) == [
        TextDelta("Hi"),
        call("{}", "f", "a"),
        CALLS,
        TurnUsage(Usage(input_tokens=2)),
    ]


async def test_an_error_event() -> None:
    body = b'event: error\ndata: {"error": {"message": "No model loaded"}}\n\n'
    assert await events_of(offline(Answer(body))) == [Error("No model loaded")]
    assert await events_of(offline(Answer(b"event: error\ndata: No model loaded\n\n"))) == [
        Error("No model loaded")
    ]


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────

HALF = [TextDelta("Half a "), TextDelta("sentence and ")]


async def test_b10_a_lost_connection_is_a_truncated_reply() -> None:
    with WireServer(recorded("K3")) as server:
        events, error = await heard(live(server))
    assert events == HALF
    assert isinstance(error, TruncatedStream)
    assert error.truncated
    assert "was lost in the middle of the reply" in str(error)


@pytest.mark.parametrize("cut", [0, 30], ids=["between-events", "within-an-event"])
async def test_b10_an_end_without_a_finish_reason_is_truncated(cut: int) -> None:
    body = recorded("K3")[0].body
    events, error = await heard(offline(Answer(body[: len(body) - cut])))
    assert events == HALF[: 2 - (cut > 0)]
    assert isinstance(error, TruncatedStream)


async def test_an_error_in_the_stream_ends_it() -> None:
    with WireServer(recorded("K4")) as server:
        events = await events_of(live(server))
    message = "The server had an error while processing your request. Sorry about that!"
    assert events == [*HALF, Error(message, kind="server_error")]


async def test_a_busy_server_is_asked_again() -> None:
    busy = recorded("K1")[0]
    again = Answer(busy.body, status=429, content_type="application/json", headers={"Retry-After": "0"})
    with WireServer([again, again, recorded("A")[1]]) as server:
        events = await events_of(live(server))
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "It is 18C and sunny in Paris."
    assert len(server.requests) == 3
    assert server.requests[0] == server.requests[2]


@pytest.mark.parametrize(
    ("answer", "tries", "message"),
    [
        (recorded("K1")[0], 3, "429 Too Many Requests: Rate limit reached for gpt-fake (tried 3 times)"),
        (Answer(b'{"error": "down"}', status=503), 3, "503 Service Unavailable: down (tried 3 times)"),
        (Answer(b"", status=500), 3, "500 Internal Server Error from {url} (tried 3 times)"),
        (
            Answer(b'{"error": {"message": "No credit", "code": "insufficient_quota"}}', status=429),
            1,
            "429 Too Many Requests: No credit",
        ),
        (
            Answer(b'{"error": {"message": "Slow down"}}', status=429, headers={"Retry-After": "3600"}),
            1,
            "429 Too Many Requests: Slow down",
        ),
        (Answer(b'{"detail": "Bad request"}', status=400), 1, "400 Bad Request: Bad request"),
        (
            Answer(b'{"detail": [{"loc": ["body"], "msg": "wrong"}]}', status=400),
            1,
            '400 Bad Request: [{{"loc": ["body"], "msg": "wrong"}}]',
        ),
        (
            Answer(b'{"message": "no such model"}', status=404),
            1,
            "404 Not Found: no such model (check the model's name and the base_url)",
        ),
        (
            Answer(b"<html>" + b"x" * 999, status=502),
            3,
            "502 Bad Gateway: '<html>" + "x" * 194 + "…' (tried 3 times)",
        ),
    ],
)
async def test_a_refusal_says_what_the_server_said(answer: Answer, tries: int, message: str) -> None:
    with WireServer([answer] * 3) as server:
        with pytest.raises(RequestRefused) as raised:
            await events_of(live(server))
        assert str(raised.value) == message.format(url=server.url)
    assert len(server.requests) == tries
    assert raised.value.status == answer.status


async def test_nothing_is_asked_again_once_the_reply_has_begun() -> None:
    with WireServer([recorded("K3")[0], recorded("A")[1]]) as server:
        await heard(live(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "events", "words"),
    [
        (Answer(end="hang"), [], "fell silent in the middle of its reply: nothing came for 0.1 s"),
        (Answer(sse(chunk({"content": "Hi"}), done=False), end="hang"), [TextDelta("Hi")], "fell silent"),
    ],
    ids=["after-the-headers", "within-the-reply"],
)
async def test_a_server_that_hangs_is_given_up(answer: Answer, events: list[Event], words: str) -> None:
    with WireServer([answer]) as server:
        heard_events, error = await heard(live(server, read_timeout=0.1))
    assert heard_events == events
    assert isinstance(error, ServerSilent)
    assert words in str(error)


async def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with pytest.raises(ServerSilent, match=r"did not answer: nothing came for 0\.1 s"):
            await events_of(OpenAIChat("m", base_url=url, read_timeout=0.1))


async def test_no_server_at_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    provider = OpenAIChat("m", base_url=f"http://127.0.0.1:{port}/v1", retry_wait=0)
    with pytest.raises(
        ConnectionFailed, match=rf"could not connect to http://127.0.0.1:{port}/v1 \(tried 3 times\)"
    ):
        await events_of(provider)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"data: nonsense\n\n"), "expected JSON, got 'nonsense'"),
        (Answer(b"data: {broken\n\ndata: [DONE]\n\n"), "expected JSON, got '{broken'"),
        (Answer(b"data: " + b"x" * 9999 + b"\n\n"), "x…'"),
        (Answer(b"who are you?"), "expected a stream of events, got 'who are you?'"),
        (Answer(b""), "expected a stream of events, got nothing"),
        (Answer(b"<html>Log in</html>", content_type="text/html"), "got a page: '<html>Log in</html>'"),
        (Answer(b'{"hello"', content_type="application/json"), "expected JSON, got '{\"hello\"'"),
    ],
)
async def test_what_is_not_the_format_is_quoted(answer: Answer, words: str) -> None:
    with pytest.raises(MalformedStream) as raised:
        await events_of(offline(answer))
    assert words in str(raised.value)
    assert str(raised.value).startswith("http://server/v1")
    assert len(str(raised.value)) < 400


async def test_closing_the_stream_closes_the_connection() -> None:
    """B19 the source is closed; the server sees it hang up."""
    with WireServer([Answer(sse(chunk({"content": "Hi"}), done=False), end="hang")]) as server:
        async with aclosing(live(server).stream(MESSAGES, [], {})) as events:
            assert await anext(events) == TextDelta("Hi")
        assert server.hung_up.wait(10)


async def test_b19_cancelling_before_the_answer_has_begun() -> None:
    """Retrying must not take a cancellation for a failure."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        task = asyncio.create_task(events_of(OpenAIChat("m", base_url=url, attempts=9, retry_wait=0)))
        connection, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(silent), 30)
        with connection:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────


def weather(city: str) -> str:
    """Tell the weather."""
    return city


async def test_the_request() -> None:
    with WireServer([Answer(sse(chunk({}, "stop")))]) as server:
        provider = live(server, base_url=f"{server.url}/", headers={"X-Title": "test"})
        async for _ in provider.stream(MESSAGES, [Tool(weather)], {"temperature": 0, "seed": None}):
            pass
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-title"] == "test"
    assert request.body == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0,
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "Tell the weather.",
                    "parameters": {
                        "type": "object",
                        "properties": {"city": {"type": "string"}},
                        "required": ["city"],
                        "additionalProperties": False,
                    },
                },
            }
        ],
    }


def test_usage_can_be_left_unasked() -> None:
    provider = OpenAIChat("m", base_url="http://server/v1")
    assert "stream_options" not in provider.request(MESSAGES, [], {"stream_options": None})


async def test_a_client_of_ones_own_is_used_and_left_open() -> None:
    with WireServer([Answer(sse(chunk({}, "stop")))] * 2) as server:
        async with httpx.AsyncClient(headers={"X-Mine": "yes"}) as client:
            for _ in range(2):
                await events_of(live(server, client=client))
            assert not client.is_closed
    assert [request.headers["x-mine"] for request in server.requests] == ["yes", "yes"]


# ── keys and names ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_key_is_never_shown() -> None:
    """Also when the server repeats it: in a refusal, in the stream, in garbage."""
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode()
    refused = Answer(body, status=401, content_type="application/json")
    _, error = await heard(offline(refused))
    assert str(error) == (
        "401 Unauthorized: Incorrect API key provided: [api key] "
        "(check the api_key, or the variable OPENAI_API_KEY)"
    )
    assert await events_of(offline(Answer(sse({"error": f"bad {KEY}"})))) == [Error("bad [api key]")]
    for body in (f"data: {KEY}\n\n", f"<html>{KEY}", f"nonsense {KEY}", "data: " + "x" * 195 + KEY):
        _, error = await heard(offline(Answer(body.encode())))
        assert isinstance(error, MalformedStream)
        assert "sk-" not in str(error)
    long = await events_of(offline(Answer(sse({"error": "x" * 995 + KEY}))))
    assert "sk-" not in repr(long), "an error is cut after the key has gone from it"
    assert KEY not in repr(offline(refused))


@pytest.mark.parametrize("key", ["ollama", "e", "-", "lm-studio", "Not-Needed", KEY])
async def test_a_reply_is_the_models_own_whatever_the_key_is(key: str) -> None:
    """Where a server needs no key, any word is passed for one, and the word may be part of the answer."""
    said = f"Run {key} locally-like."
    provider = OpenAIChat(
        "m",
        base_url="http://server/v1",
        api_key=key,
        transport=transport([Answer(sse(chunk({"content": said}, "stop")))]),
    )
    assert (await events_of(provider))[0] == TextDelta(said)


@pytest.mark.parametrize("key", ["ollama", "e", "lm-studio"])
async def test_a_word_in_place_of_a_key_stays_in_errors(key: str) -> None:
    answer = Answer(sse({"error": "the model lm-studio/ollama is not here"}))
    provider = OpenAIChat("m", base_url="http://server/v1", api_key=key, transport=transport([answer]))
    assert await events_of(provider) == [Error("the model lm-studio/ollama is not here")]


@pytest.mark.parametrize("key", ["sk-\nsecret", "sk-sécret"])
def test_a_key_that_no_header_can_hold_is_refused_unseen(key: str) -> None:
    with pytest.raises(ValueError, match="characters that no key can have") as raised:
        OpenAIChat("m", api_key=key)
    assert "cret" not in str(raised.value)


def test_an_address_is_shown_without_its_password() -> None:
    provider = OpenAIChat("m", base_url="http://me:hidden@server/v1")
    assert repr(provider) == "OpenAIChat('m', base_url='http://server/v1')"


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("openai:gpt", {}, "OPENAI_API_KEY"),
        ("openai:", {}, "names no model"),
        ("gpt-5", {}, 'write "provider:model". Known providers: "openai:…", "openai-responses:…"'),
        (
            "acme:gpt",
            {},
            '\'acme\' is no provider that turnwise knows. Known: "openai:…", "openai-responses:…"',
        ),
        ("openai:gpt", {"base_url": "localhost:8000"}, "is no HTTP URL"),
    ],
)
def test_what_cannot_be_a_provider(
    name: str, options: dict[str, Any], words: str, bare_environment: None
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        provider_for(name, **options)


def test_a_model_name_may_hold_colons(bare_environment: None) -> None:
    assert provider_for("openai:qwen3:8b", base_url="http://server/v1").model == "qwen3:8b"


def test_the_environment_gives_key_and_address(
    bare_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere/v1/")
    assert repr(OpenAIChat("m")) == "OpenAIChat('m', base_url='http://elsewhere/v1')"


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
