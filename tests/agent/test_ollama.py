"""Ollama's own wire: real responses byte for byte, odd lines, what goes wrong, and what is sent back."""

from __future__ import annotations

import json
import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.scripted import ask, shown
from turnwise import (
    Assembler,
    Error,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    TurnFinish,
    TurnUsage,
    Unknown,
    Usage,
)
from turnwise.agent import (
    Agent,
    MalformedStream,
    ProviderError,
    RequestRefused,
    ServerSilent,
    Tool,
    TruncatedStream,
)
from turnwise.agent.providers import provider_for
from turnwise.agent.providers.ollama import Ollama, Reply, host_url, ollama_messages
from wire_server import Answer, WireServer, recorded
from wires import offline as transport

if TYPE_CHECKING:
    from turnwise import Event

SOURCE = "wire-ollama"
KEY = "ollama-very-secret-1234"
MESSAGES = [{"role": "user", "content": "Hi"}]


def offline(answer: Answer) -> Ollama:
    return Ollama("m", base_url="http://server", api_key=KEY, transport=transport([answer]), retry_wait=0)


def live(server: WireServer, **options: Any) -> Ollama:
    settings: dict[str, Any] = {"base_url": base(server), "api_key": KEY, "retry_wait": 0, **options}
    return Ollama("m", **settings)


def base(server: WireServer) -> str:
    return server.url.removesuffix("/v1")


async def heard(provider: Ollama) -> tuple[list[Event], Exception | None]:
    """The events, and what was raised after them."""
    out: list[Event] = []
    try:
        async for event in provider.stream(MESSAGES, [], {}):
            out.append(event)  # noqa: PERF401  # what came before the exception counts
    except ProviderError as error:
        return out, error
    return out, None


async def events_of(provider: Ollama) -> list[Event]:
    events, error = await heard(provider)
    if error is not None:
        raise error
    return events


def lines(*values: object) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def line(content: str = "", **more: Any) -> dict[str, Any]:
    return {"model": "m", "message": {"role": "assistant", "content": content, **more}, "done": False}


def end(reason: str | None = "stop", **more: Any) -> dict[str, Any]:
    return {**line(), "done": True, **({"done_reason": reason} if reason else {}), **more}


def called(name: str, arguments: Any, **more: Any) -> dict[str, Any]:
    return {"function": {"index": 0, "name": name, "arguments": arguments}, **more}


HALF = [TextDelta("Half a "), TextDelta("sentence and ")]


# ── recordings ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("crumb", [None, 1])
async def test_a_lost_connection_is_a_truncated_reply(crumb: int | None) -> None:
    with WireServer([*recorded("K3", crumb=crumb, source=SOURCE), Answer(lines(end()))]) as server:
        events, error = await heard(live(server))
    assert events == HALF
    assert isinstance(error, TruncatedStream)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("keep", "events"), [(None, 2), (-30, 1), (40, 0)], ids=["between", "within", "first"]
)
async def test_an_end_before_the_last_line_is_truncated(keep: int | None, events: int) -> None:
    body = recorded("K3", source=SOURCE)[0].body
    got, error = await heard(offline(Answer(body[:keep])))
    assert got == HALF[:events]
    assert isinstance(error, TruncatedStream)


@pytest.mark.parametrize("crumb", [None, 1])
async def test_an_error_in_the_stream_ends_it(crumb: int | None) -> None:
    (answer,) = recorded("K4", crumb=crumb, source=SOURCE)
    message = "an error was encountered while running the model: unexpected EOF"
    assert await events_of(offline(answer)) == [*HALF, Error(message)]


@pytest.mark.parametrize(
    ("answer", "tries", "message"),
    [
        (recorded("K1", source=SOURCE)[0], 3, "429 Too Many Requests: too many requests (tried 3 times)"),
        (
            recorded("K2", source=SOURCE)[0],
            3,
            "500 Internal Server Error: model runner has unexpectedly stopped (tried 3 times)",
        ),
        (
            Answer(b'{"error": "model \'m\' not found"}', status=404),
            1,
            (
                "404 Not Found: model 'm' not found "
                "(is the model there? `ollama pull` gets it; else check the base_url)"
            ),
        ),
        (Answer(b'{"error": "no tools"}', status=400), 1, "400 Bad Request: no tools"),
    ],
)
async def test_a_refusal_says_what_the_server_said(answer: Answer, tries: int, message: str) -> None:
    with WireServer([answer] * 3) as server:
        _, error = await heard(live(server))
    assert isinstance(error, RequestRefused)
    assert (str(error), error.status) == (message, answer.status)
    assert len(server.requests) == tries


# ── odd lines ───────────────────────────────────────────────────────────────────────────────────────────────────

STOP = TurnFinish("stop", native="stop")
CALLS = TurnFinish("tool_calls", native="stop")

ODD: list[tuple[str, list[Any], list[Event]]] = [
    (
        "thinking, then text",
        [line(thinking="Hm"), line("Hi"), end()],
        [ReasoningDelta("Hm"), TextDelta("Hi"), STOP],
    ),
    ("both in one line", [line("Hi", thinking="Hm"), end()], [ReasoningDelta("Hm"), TextDelta("Hi"), STOP]),
    ("text in the last line", [{**end(), **line("Hi"), "done": True}], [TextDelta("Hi"), STOP]),
    ("the limit", [line("Hi"), end("length")], [TextDelta("Hi"), TurnFinish("length", native="length")]),
    (
        "calls and the limit",
        [line(tool_calls=[called("f", {})]), end("length")],
        [ToolCallDelta("{}", name="f", key="call1"), TurnFinish("length", native="length")],
    ),
    ("a model that was only loaded", [end("load")], [TurnFinish("unknown", native="load")]),
    ("older servers give no reason", [line("Hi"), end(None)], [TextDelta("Hi"), TurnFinish("unknown")]),
    (
        "nor after a call",
        [line(tool_calls=[called("f", {"a": "ü"})]), end(None)],
        [ToolCallDelta('{"a": "ü"}', name="f", key="call1"), TurnFinish("tool_calls")],
    ),
    (
        "the same index, and no or the same id: still calls of their own",
        [
            line(tool_calls=[called("f", {"a": 1}), called("f", {"a": 1})]),
            line(tool_calls=[called("f", None, id="x"), called("f", '{"b": 2}', id="x")]),
            end(),
        ],
        [
            ToolCallDelta('{"a": 1}', name="f", key="call1"),
            ToolCallDelta('{"a": 1}', name="f", key="call2"),
            ToolCallDelta("{}", name="f", call_id="x", key="call3"),
            ToolCallDelta('{"b": 2}', name="f", call_id="x", key="call4"),
            CALLS,
        ],
    ),
    (
        "a prompt that was all cached is not counted",
        [end(eval_count=3, prompt_eval_count=None)],
        [STOP, TurnUsage(Usage(output_tokens=3))],
    ),
    ("nothing after the end", [end(), line("Hi")], [STOP]),
    ("an error as an object", [{"error": {"message": "no", "code": "x"}}], [Error("no", kind="x")]),
    (
        "unknown things",
        [
            7,
            {"status": "pulling"},
            {"message": "Hi"},
            line(images=["iVBO"]),
            line(tool_calls=["f", {"id": "x"}]),
            {**line(["Hi"]), "logprobs": [1]},  # pyright: ignore[reportArgumentType]
            end(),
        ],
        [
            Unknown("chunk", payload=7),
            Unknown("line", payload={"status": "pulling"}),
            Unknown("line.message", payload="Hi"),
            Unknown("message.images", payload=["iVBO"]),
            Unknown("tool_call", payload="f"),
            Unknown("tool_call", payload={"id": "x"}),
            Unknown("message.content", payload=["Hi"]),
            Unknown("line.logprobs", payload=[1]),
            STOP,
        ],
    ),
]


@pytest.mark.parametrize(("values", "expected"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
async def test_odd_lines(values: list[Any], expected: list[Event]) -> None:
    body = lines(*values)
    spellings = [body, body.rstrip(b"\n"), body.replace(b"\n", b"\r\n\r\n"), "\ufeff".encode() + body]
    for spelt in spellings:
        assert await events_of(offline(Answer(spelt))) == expected
        assert await events_of(offline(Answer(spelt, crumb=1))) == expected


async def test_a_line_separator_within_a_text_ends_no_line() -> None:
    body = json.dumps(line("a\u2028b\x85c"), ensure_ascii=False).encode() + b"\n" + lines(end())
    assert await events_of(offline(Answer(body, crumb=1))) == [TextDelta("a\u2028b\x85c"), STOP]


KEYS = st.sampled_from(
    ["message", "content", "thinking", "tool_calls", "function", "name", "arguments", "id", "done", "error"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=4))
def test_no_shape_of_json_breaks_the_translator(values: list[Any]) -> None:
    reply = Reply()
    asm = Assembler()
    for value in values:
        for event in reply.feed(json.dumps(value)):
            asm.feed(event, 1)
    asm.finish(2)


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"nonsense\n", "expected JSON, got 'nonsense'"),
        (b"{broken}\n" + lines(end()), "expected JSON, got '{broken}'"),
        (b"", "expected lines of JSON, got nothing"),
        (b"<html>Log in</html>", "got a page: '<html>Log in</html>'"),
    ],
)
async def test_what_is_not_the_format_is_quoted(body: bytes, words: str) -> None:
    _, error = await heard(offline(Answer(body)))
    assert isinstance(error, MalformedStream)
    assert str(error).startswith("http://server")
    assert words in str(error)


async def test_a_server_that_hangs_is_given_up() -> None:
    with WireServer([Answer(lines(line("Hi")), end="hang")]) as server:
        events, error = await heard(live(server, read_timeout=0.1))
    assert events == [TextDelta("Hi")]
    assert isinstance(error, ServerSilent)


async def test_closing_the_stream_closes_the_connection() -> None:
    with WireServer([Answer(lines(line("Hi")), end="hang")]) as server:
        async with aclosing(live(server).stream(MESSAGES, [], {})) as events:
            assert await anext(events) == TextDelta("Hi")
        assert server.hung_up.wait(10)


async def test_the_key_is_never_shown() -> None:
    refused = Answer(lines({"error": f"bad key {KEY}"}), status=401)
    assert KEY not in repr(offline(refused))
    _, error = await heard(offline(refused))
    assert str(error).startswith("401 Unauthorized: bad key [api key] (check the api_key")
    assert await events_of(offline(Answer(lines({"error": KEY})))) == [Error("[api key]")]
    for body in (KEY.encode(), f"<html>{KEY}".encode(), b"{" + b"x" * 190 + KEY.encode()):
        _, error = await heard(offline(Answer(body)))
        assert isinstance(error, ProviderError)
        assert "very-secret" not in str(error)


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────


def get_weather(city: str) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "temp_c": 18}


DECLARED = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tell the weather.",
        "parameters": Tool(get_weather).parameters,
    },
}


async def test_the_request() -> None:
    settings = {
        "temperature": 0,
        "seed": None,
        "think": "low",
        "keep_alive": None,
        "format": "json",
        "options": {"num_ctx": 9, "temperature": 1},
    }
    with WireServer([Answer(lines(end()))]) as server:
        async for _ in live(server, headers={"X-Title": "test"}).stream(
            MESSAGES, [Tool(get_weather)], settings
        ):
            pass
    (request,) = server.requests
    assert request.path == "/api/chat"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-title"] == "test"
    assert request.body == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "tools": [DECLARED],
        "think": "low",
        "format": "json",
        "options": {"num_ctx": 9, "temperature": 0},
    }


@pytest.mark.parametrize("file", ["A", "A_noid"])
async def test_a_run_with_a_tool_over_a_socket(file: str) -> None:
    """Text, a tool, text: the second request tells all of the first reply, its thinking too."""
    first, second = recorded(file, crumb=5, source=SOURCE)
    thought = Answer(lines(line(thinking="Weather, then.")) + first.body, crumb=5)
    with WireServer([thought, second]) as server:
        agent = Agent("ollama:llama-fake", tools=[get_weather], system="Be brief.", base_url=base(server))
        run = await ask(agent, "Weather?")
    assert run.status == "complete"
    assert "It is 18C and sunny in Paris." in shown(run)
    call_id = run.turns[0].tools[0].call_id
    assert (call_id == "call_A1") is (file == "A")
    start = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather?"}]
    assert [request.body["messages"] for request in server.requests] == [
        start,
        [
            *start,
            {
                "role": "assistant",
                "content": "Let me check the weather.",
                "thinking": "Weather, then.",
                "tool_calls": [
                    {"id": call_id, "function": {"name": "get_weather", "arguments": {"city": "Paris"}}}
                ],
            },
            {
                "role": "tool",
                "tool_call_id": call_id,
                "tool_name": "get_weather",
                "content": '{"city": "Paris", "temp_c": 18}',
            },
        ],
    ]


async def test_three_turns_with_calls_at_once() -> None:
    with WireServer(recorded("B", source=SOURCE)) as server:
        agent = Agent(live(server), tools=[get_weather, Tool(get_time)])
        run = await ask(agent)
    assert run.status == "complete"
    last = server.requests[-1].body["messages"]
    assert [m.get("tool_name") for m in last] == [None, None, "get_weather", "get_time", None, "get_weather"]


async def get_time(tz: str) -> str:
    return f"09:00 in {tz}"


def test_a_reply_of_calls_alone_has_an_empty_text() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert ollama_messages([{"role": "assistant", "content": None, "tool_calls": [call]}]) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {}}}],
        }
    ]


# ── names and addresses ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://localhost:11434"),
        (" 'gpu:1234' ", "http://gpu:1234"),
        ("gpu", "http://gpu:11434"),
        (":1234", "http://127.0.0.1:1234"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104  # no socket is bound
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:1234", "http://[::1]:1234"),
        ("http://gpu", "http://gpu"),
        ("https://gpu.example/ollama/", "https://gpu.example/ollama"),
        ("https://me:pw@gpu:1", "https://me:pw@gpu:1"),
    ],
)
def test_the_forms_of_ollama_host(host: str, url: str) -> None:
    assert host_url(host) == url


def test_an_address_that_is_none() -> None:
    with pytest.raises(ValueError, match="OLLAMA_HOST is no address"):
        host_url("gpu:port")
    with pytest.raises(ValueError, match=re.escape("it looks like 'http://localhost:11434'")):
        provider_for("ollama:m", base_url="localhost:11434")


def test_a_provider_by_name() -> None:
    provider = provider_for("ollama:qwen3:8b", base_url="http://me:hidden@gpu:1/")
    assert provider.model == "qwen3:8b"
    assert repr(provider) == "Ollama('qwen3:8b', base_url='http://gpu:1')"
