"""OpenAI's Responses wire: real responses byte for byte, what the format has besides, and what goes wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.scripted import ask, shown
from sketch import assemble
from turnwise import (
    Assembler,
    Error,
    File,
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
from turnwise.agent import Agent, MalformedStream, ProviderError, RequestRefused, Tool, TruncatedStream
from turnwise.agent.providers import provider_for
from turnwise.agent.providers.openai_responses import OpenAIResponses, Reply
from wire_server import Answer, WireServer, recorded
from wires import offline as transport

if TYPE_CHECKING:
    from turnwise import Event

SOURCE = "wire-openai-responses"
KEY = "sk-very-secret-1234"
INPUT = [{"role": "user", "content": "Hi"}]


def offline(answer: Answer, **options: Any) -> OpenAIResponses:
    settings: dict[str, Any] = {"base_url": "http://server/v1", "api_key": KEY, "retry_wait": 0, **options}
    return OpenAIResponses("m", transport=transport([answer]), **settings)


def live(server: WireServer) -> OpenAIResponses:
    return OpenAIResponses("m", base_url=server.url, api_key=KEY, retry_wait=0)


async def heard(provider: OpenAIResponses, **settings: Any) -> tuple[list[Event], Exception | None]:
    """The events, and what was raised after them."""
    out: list[Event] = []
    try:
        async for event in provider.stream(INPUT, [], settings):
            out.append(event)  # noqa: PERF401  # what came before the exception counts
    except ProviderError as error:
        return out, error
    return out, None


async def events_of(answer: Answer, **settings: Any) -> list[Event]:
    events, error = await heard(offline(answer), **settings)
    assert error is None
    return events


# ── recordings ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["A", "B", "E2", "F", "F3"])
async def test_the_pieces_alone_say_the_same(name: str) -> None:
    """What is shown while it streams is what stands there in the end."""
    for answer in recorded(name, source=SOURCE):
        events = await events_of(answer)
        pieces = [event for event in events if not isinstance(event, (Text, ToolCall))]
        whole, streamed = (Transcript(assemble(said)).runs[0].turns[0] for said in (events, pieces))
        assert streamed.text == whole.text
        assert [(t.call_id, t.name, t.arguments_text) for t in streamed.tools] == [
            (t.call_id, t.name, t.arguments_text) for t in whole.tools
        ]


@pytest.mark.parametrize(
    ("name", "finish"),
    [
        ("A", TurnFinish("tool_calls", native="completed")),
        ("Z", TurnFinish("stop", native="completed")),
        ("F", TurnFinish("length", native="max_output_tokens")),
        ("F3", TurnFinish("content_filter", native="content_filter")),
    ],
)
async def test_b11_why_a_reply_ended_keeps_the_servers_own_word(name: str, finish: TurnFinish) -> None:
    assert finish in await events_of(recorded(name, source=SOURCE)[0])


# ── what the format has besides ─────────────────────────────────────────────────────────────────────────────────


def wire(*events: dict[str, Any]) -> bytes:
    return "".join(f"event: {e.get('type')}\ndata: {json.dumps(e)}\n\n" for e in events).encode()


def delta(kind: str, text: str, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": index, "delta": text, **more}


def item(index: int = 0, state: str = "done", **fields: Any) -> dict[str, Any]:
    return {"type": f"response.output_item.{state}", "output_index": index, "item": fields}


def bare(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "output_index"}


def end(status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"type": f"response.{status}", "response": {"status": status, **more}}


def native(**fields: Any) -> dict[str, Any]:
    return {"openai-responses": fields}


STOP = TurnFinish("stop", native="completed")
CALLS = TurnFinish("tool_calls", native="completed")
CITED = {"type": "url_citation", "url": "https://example.org/paris", "title": "Paris", "start_index": 0}
SEARCH: dict[str, Any] = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
SUMMARY = [{"type": "summary_text", "text": "One."}, {"type": "summary_text", "text": "Two."}]
ONE = {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "f"}
FILE = {"type": "file_citation", "file_id": "file_1", "filename": "paris.pdf", "index": 1}
RAW = [{"type": "reasoning_text", "text": "Hm"}]

SHAPES: list[tuple[str, list[dict[str, Any]], list[Event]]] = [
    (
        "a reasoning item keeps its id and encrypted content",
        [
            delta("reasoning_summary_text", "Hm", summary_index=0),
            item(
                type="reasoning",
                id="rs_1",
                encrypted_content="gAAA",
                summary=[{"type": "summary_text", "text": "Hm"}],
            ),
            end(),
        ],
        [
            ReasoningDelta("Hm", key="0"),
            Reasoning("Hm", native=native(id="rs_1", encrypted_content="gAAA"), key="0"),
            STOP,
        ],
    ),
    (
        "several summaries are one part, with blank lines between",
        [
            delta("reasoning_summary_text", "One.", summary_index=0),
            delta("reasoning_summary_text", "Two.", summary_index=1),
            item(type="reasoning", id="rs_1", encrypted_content="gAAA", summary=SUMMARY),
            end(),
        ],
        [
            ReasoningDelta("One.", key="0"),
            ReasoningDelta("\n\nTwo.", key="0"),
            Reasoning(
                "One.\n\nTwo.", native=native(id="rs_1", encrypted_content="gAAA", summary=SUMMARY), key="0"
            ),
            STOP,
        ],
    ),
    (
        "raw reasoning, as open models tell it",
        [
            delta("reasoning_text", "Hm", content_index=0),
            item(type="reasoning", id="rs_1", summary=[], content=RAW),
            end(),
        ],
        [
            ReasoningDelta("Hm", key="0"),
            Reasoning("Hm", native=native(id="rs_1", summary=[], content=RAW), key="0"),
            STOP,
        ],
    ),
    (
        "reasoning without a text is kept for the server",
        [item(type="reasoning", id="rs_1", encrypted_content="gAAA", summary=[]), end()],
        [Reasoning("", native=native(id="rs_1", encrypted_content="gAAA"), key="0"), STOP],
    ),
    (
        "the id of a reasoning item that nobody kept is worth nothing",
        [item(type="reasoning", id="rs_1", encrypted_content=None, summary=SUMMARY[:1]), end()],
        [Reasoning("One.", key="0"), STOP],
    ),
    (
        "a refusal is text",
        [
            delta("refusal", "I can't."),
            item(type="message", id="msg_1", content=[{"type": "refusal", "refusal": "I can't."}]),
            end(),
        ],
        [TextDelta("I can't.", key="0"), Text("I can't.", native=native(id="msg_1"), key="0"), STOP],
    ),
    (
        "a citation is a source, once",
        [
            {"type": "response.output_text.annotation.added", "output_index": 0, "annotation": CITED},
            item(
                type="message",
                id="msg_1",
                phase="final_answer",
                content=[{"type": "output_text", "text": "Hi", "annotations": [CITED]}],
            ),
            end(),
        ],
        [
            Source("https://example.org/paris", "Paris"),
            Text("Hi", native=native(id="msg_1", phase="final_answer"), key="0"),
            STOP,
        ],
    ),
    (
        "pieces that name only their item",
        [
            {**item(0, "added", type="function_call", id="fc_1", call_id="a", name="f")},
            {**item(1, "added", type="function_call", id="fc_2", call_id="b", name="g")},
            {"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": "{}"},
            {"type": "response.function_call_arguments.delta", "item_id": "fc_2", "delta": "[]"},
            end(),
        ],
        [
            ToolCallDelta(name="f", call_id="a", key="0"),
            ToolCallDelta(name="g", call_id="b", key="1"),
            ToolCallDelta("{}", key="0"),
            ToolCallDelta("[]", key="1"),
            CALLS,
        ],
    ),
    (
        "the same place for every item",
        [
            item(0, "added", type="message", id="msg_1"),
            delta("output_text", "Hi", item_id="msg_1"),
            item(0, "added", **ONE, arguments=""),
            delta("function_call_arguments", "{}", item_id="fc_1"),
            delta("output_text", "!", item_id="msg_1"),
            item(0, type="message", id="msg_1", content=[{"type": "output_text", "text": "Hi!"}]),
            item(0, **ONE, arguments="{}"),
            item(0, **ONE, arguments="{}"),
            end(output=[{"type": "message", "id": "msg_1"}, {**ONE, "arguments": "{}"}]),
        ],
        [
            TextDelta("Hi", key="0"),
            ToolCallDelta(name="f", call_id="a", key="0.1"),
            ToolCallDelta("{}", key="0.1"),
            TextDelta("!", key="0"),
            Text("Hi!", native=native(id="msg_1"), key="0"),
            ToolCall("f", "{}", native=native(id="fc_1"), call_id="a", key="0.1"),
            CALLS,
        ],
    ),
    (
        "items with neither place nor id",
        [
            bare(item(0, "added", type="function_call", call_id="a", name="f")),
            bare(delta("function_call_arguments", "{}")),
            bare(item(0, type="function_call", call_id="a", name="f", arguments="{}")),
            bare(item(0, type="function_call", call_id="b", name="g", arguments="[]")),
            bare(item(0, type="message", content=[{"type": "output_text", "text": "Hi"}])),
            end(output=[{}, {}, {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}]),
        ],
        [
            ToolCallDelta(name="f", call_id="a", key="0"),
            ToolCallDelta("{}", key="0"),
            ToolCall("f", "{}", call_id="a", key="0"),
            ToolCall("g", "[]", call_id="b", key="1"),
            Text("Hi", key="2"),
            CALLS,
        ],
    ),
    (
        "another id in every event of one item",
        [
            item(0, "added", type="message", id="x"),
            delta("output_text", "Hi", item_id="y"),
            item(0, type="message", id="z", content=[{"type": "output_text", "text": "Hi"}]),
            end(output=[{"type": "message", "id": "w", "content": [{"type": "output_text", "text": "Hi"}]}]),
        ],
        [TextDelta("Hi", key="0"), Text("Hi", native=native(id="z"), key="0"), STOP],
    ),
    (
        "texts and arguments that come without pieces, and empty pieces",
        [
            delta("output_text", ""),
            {"type": "response.output_text.done", "output_index": 0, "text": "Hi"},
            item(1, "added", **ONE, arguments=""),
            {"type": "response.function_call_arguments.done", "output_index": 1, "arguments": "{}"},
            end(output=[]),
        ],
        [
            TextDelta("Hi", key="0"),
            ToolCallDelta(name="f", call_id="a", key="1"),
            ToolCallDelta("{}", key="1"),
            CALLS,
        ],
    ),
    (
        "a file that is cited",
        [
            {"type": "response.output_text.annotation.added", "output_index": 0, "annotation": FILE},
            {
                "type": "response.output_text.annotation.added",
                "output_index": 0,
                "annotation": {"type": "odd"},
            },
            end(),
        ],
        [
            Source(None, "paris.pdf", key="file_1"),
            Unknown("annotation.odd", payload={"type": "odd"}),
            STOP,
        ],
    ),
    (
        "items that only the whole response has",
        [
            delta("output_text", "Hi"),
            item(type="message", id="msg_1", content=[{"type": "output_text", "text": "Hi"}]),
            end(
                output=[
                    {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hi"}]},
                    {
                        "type": "function_call",
                        "id": "fc_1",
                        "call_id": "a",
                        "name": "f",
                        "arguments": "{}",
                    },
                ]
            ),
        ],
        [
            TextDelta("Hi", key="0"),
            Text("Hi", native=native(id="msg_1"), key="0"),
            ToolCall("f", "{}", native=native(id="fc_1"), call_id="a", key="1"),
            CALLS,
        ],
    ),
    (
        "what the API has run is a step, and goes back as it was",
        [
            {"type": "response.web_search_call.searching", "item_id": "ws_1", "output_index": 0},
            item(0, "done", **SEARCH, action={"query": "q"}),
            item(1, "done", type="image_generation_call", id="ig_1", status="completed", result="AAAA"),
            item(2, "done", type="mcp_call", id="m_1", name="roll", arguments="{}", error="no dice"),
            item(3, "done", type="computer_call", call_id="c_1", id="cc_1", action={"type": "wait"}),
            end(),
        ],
        [
            ToolCall(
                "web_search",
                {"action": {"query": "q"}},
                native=native(item={**SEARCH, "action": {"query": "q"}}),
                hosted=True,
                call_id="ws_1",
                key="0",
            ),
            ToolResult("completed", call_id="ws_1"),
            ToolCall("image_generation", {}, native=native(item={}), hosted=True, call_id="ig_1", key="1"),
            File(b"\0\0\0", media_type="image/png", key="ig_1"),
            ToolResult("completed", call_id="ig_1"),
            ToolCall(
                "roll",
                {"arguments": "{}"},
                native=native(
                    item={
                        "type": "mcp_call",
                        "id": "m_1",
                        "name": "roll",
                        "arguments": "{}",
                        "error": "no dice",
                    }
                ),
                hosted=True,
                call_id="m_1",
                key="2",
            ),
            ToolResult("no dice", call_id="m_1", outcome="error"),
            ToolCall(
                "computer",
                {"action": {"type": "wait"}},
                native=native(item={}),
                hosted=True,
                call_id="c_1",
                key="3",
            ),
            STOP,
        ],
    ),
    (
        "B17 what nobody knows is not dropped",
        [
            {"type": "response.new.thing", "z": 1},
            item(0, "done", **{**SEARCH, "type": "web_search_preview"}),
            end(),
        ],
        [
            Unknown("response.new.thing", payload={"type": "response.new.thing", "z": 1}),
            Unknown("item.web_search_preview", payload={**SEARCH, "type": "web_search_preview"}),
            STOP,
        ],
    ),
    (
        "B11 an unknown reason keeps its name",
        [end("incomplete", incomplete_details={"reason": "odd"})],
        [TurnFinish("unknown", native="odd")],
    ),
    ("a response that was cancelled", [end("cancelled")], [TurnFinish("cancelled", native="cancelled")]),
    (
        "a failure, with what it cost",
        [
            end("failed", error={"code": "server_error", "message": "Sorry"}, usage={"input_tokens": 3}),
            delta("output_text", "after the end"),
        ],
        [TurnUsage(Usage(input_tokens=3)), Error("Sorry", kind="server_error")],
    ),
    (
        "a failure without a word",
        [end("failed", error=None)],
        [Error("the response failed, and the server did not say why")],
    ),
    (
        "an error with its words in an object",
        [{"type": "error", "error": {"code": "busy", "message": "Later"}}],
        [Error("Later", kind="busy")],
    ),
    ("an error of a proxy", [{"error": {"message": "Later"}}], [Error("Later")]),
]


@pytest.mark.parametrize(("sent", "expected"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
@pytest.mark.parametrize("crumb", [None, 1])
async def test_the_shapes_of_the_format(
    sent: list[dict[str, Any]], expected: list[Event], crumb: int | None
) -> None:
    assert await events_of(Answer(wire(*sent), crumb=crumb)) == expected


async def test_an_id_is_enough_if_the_server_keeps_the_reply() -> None:
    body = wire(item(type="reasoning", id="rs_1", summary=[]), end())
    assert await events_of(Answer(body), store=True) == [
        Reasoning("", native=native(id="rs_1"), key="0"),
        STOP,
    ]


async def test_a_server_that_does_not_stream() -> None:
    whole = {
        "object": "response",
        "status": "completed",
        "error": None,
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
        "usage": {"input_tokens": 2},
    }
    answer = Answer(json.dumps(whole, indent=1).encode(), content_type="application/json", crumb=1)
    assert await events_of(answer) == [Text("Hi", key="0"), STOP, TurnUsage(Usage(input_tokens=2))]


FIELDS = st.sampled_from(
    [
        "type",
        "item",
        "item_id",
        "output_index",
        "delta",
        "response",
        "output",
        "content",
        "summary",
        "annotation",
        "annotations",
        "id",
        "name",
        "arguments",
        "status",
        "usage",
        "error",
        "text",
    ]
)
WORDS = st.sampled_from(
    [
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.reasoning_text.delta",
        "response.function_call_arguments.delta",
        "response.output_text.annotation.added",
        "response.completed",
        "message",
        "reasoning",
        "function_call",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)


@given(
    st.lists(
        st.builds(lambda t, d: {"type": t, **d}, WORDS, st.dictionaries(FIELDS, json_values)), max_size=4
    )
)
def test_no_shape_of_json_breaks_the_translator(sent: list[dict[str, Any]]) -> None:
    """B17 whatever comes is an event or nothing; the assembler takes it."""
    reply = Reply()
    asm = Assembler()
    for payload in sent:
        for event in reply.feed(json.dumps(payload)):
            asm.feed(event, 1)
    asm.finish(2)


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────

HALF = [TextDelta("Half a ", key="0"), TextDelta("sentence and ", key="0")]


async def test_b10_a_lost_connection_is_a_truncated_reply() -> None:
    with WireServer(recorded("K3", source=SOURCE)) as server:
        events, error = await heard(live(server))
    assert events == HALF
    assert isinstance(error, TruncatedStream)
    assert "was lost in the middle of the reply" in str(error)


@pytest.mark.parametrize("cut", [0, 30], ids=["between-events", "within-an-event"])
async def test_b10_an_end_without_a_last_event_is_truncated(cut: int) -> None:
    body = recorded("K3", source=SOURCE)[0].body.rstrip() + b"\n\n"
    events, error = await heard(offline(Answer(body[: len(body) - cut])))
    assert events == HALF[: 2 - (cut > 0)]
    assert isinstance(error, TruncatedStream)


async def test_b10_done_is_no_end_of_a_response() -> None:
    events, error = await heard(offline(Answer(wire(delta("output_text", "Hi")) + b"data: [DONE]\n\n")))
    assert events == [TextDelta("Hi", key="0")]
    assert isinstance(error, TruncatedStream)


async def test_an_error_in_the_stream_ends_it_and_is_told_once() -> None:
    with WireServer(recorded("K4", source=SOURCE)) as server:
        events, error = await heard(live(server))
    assert error is None
    assert events == [*HALF, Error("The server had an error processing your request.", kind="server_error")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("K1", "429 Too Many Requests: Rate limit reached for gpt-fake (tried 3 times)"),
        ("K2", "500 Internal Server Error: The server had an error (tried 3 times)"),
    ],
)
async def test_a_refusal_says_what_the_server_said(name: str, message: str) -> None:
    with WireServer(recorded(name, source=SOURCE) * 3) as server:
        _, error = await heard(live(server))
    assert isinstance(error, RequestRefused)
    assert str(error) == message
    assert len(server.requests) == 3


async def test_the_key_is_never_shown() -> None:
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode()
    refused = Answer(body, status=401, content_type="application/json")
    _, error = await heard(offline(refused))
    assert str(error) == (
        "401 Unauthorized: Incorrect API key provided: [api key] "
        "(check the api_key, or the variable OPENAI_API_KEY)"
    )
    assert repr(offline(refused)) == "OpenAIResponses('m', base_url='http://server/v1')"
    for garbage in (f"data: {KEY}\n\n", f"<html>{KEY}", f"nonsense {KEY}"):
        _, error = await heard(offline(Answer(garbage.encode())))
        assert isinstance(error, MalformedStream)
        assert KEY not in str(error)
    events = await events_of(Answer(wire({"type": "error", "message": f"bad {KEY}"})))
    assert events == [Error("bad [api key]")]


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────


def get_weather(city: str) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "temp_c": 18}


def get_time(tz: str) -> str:
    return f"09:00 in {tz}"


DECLARED = {
    "type": "function",
    "name": "get_weather",
    "description": "Tell the weather.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": False,
}


def test_settings_go_into_the_request_and_none_takes_a_default_out() -> None:
    provider = OpenAIResponses("m", base_url="http://server/v1")
    reasoning = {"effort": "low", "summary": "auto"}
    assert provider.request(INPUT, [], {"include": None, "reasoning": reasoning}) == {
        "model": "m",
        "input": INPUT,
        "stream": True,
        "store": False,
        "reasoning": reasoning,
    }


@pytest.mark.parametrize(
    ("choice", "offered"),
    [
        (None, ["get_weather", "get_time"]),
        ("auto", ["get_weather", "get_time"]),
        ("none", []),
        ({"type": "function", "name": "get_time"}, ["get_time"]),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "get_weather"}]},
            ["get_weather"],
        ),
    ],
)
def test_tool_choice_leaves_these_tools(choice: Any, offered: list[str]) -> None:
    provider = OpenAIResponses("m", base_url="http://server/v1")
    assert provider.offered([Tool(get_weather), Tool(get_time)], {"tool_choice": choice}) == offered


async def test_a_run_with_a_tool_gives_back_what_the_model_said() -> None:
    """Text, tool, text: the second request holds all items of the first reply, and an output for its call."""
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather"}
    first = wire(
        delta("reasoning_summary_text", "Look.", summary_index=0),
        item(
            type="reasoning",
            id="rs_1",
            encrypted_content="gAAA",
            summary=[{"type": "summary_text", "text": "Look."}],
        ),
        delta("output_text", "One moment.", 1),
        item(
            1,
            type="message",
            id="msg_1",
            phase="commentary",
            content=[{"type": "output_text", "text": "One moment."}],
        ),
        item(2, "added", **call, arguments=""),
        delta("function_call_arguments", '{"city": "Paris"}', 2),
        item(2, **call, arguments='{"city": "Paris"}'),
        end(),
    )
    with WireServer([Answer(first, crumb=5), recorded("A", source=SOURCE)[1]]) as server:
        agent = Agent(
            "openai-responses:m", base_url=server.url, api_key=KEY, tools=[get_weather], system="Be brief."
        )
        run = await ask(agent, "Weather?")
    assert shown(run).startswith("run complete\n1 tool_calls")
    assert run.turns[1].text == "It is 18C and sunny in Paris."
    assert [request.path for request in server.requests] == ["/v1/responses"] * 2
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    start = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather?"}]
    request = {
        "model": "m",
        "input": start,
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "tools": [DECLARED],
    }
    said_text = {"type": "output_text", "text": "One moment.", "annotations": []}
    assert server.requests[0].body == request
    assert server.requests[1].body == {
        **request,
        "input": [
            *start,
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Look."}],
                "encrypted_content": "gAAA",
            },
            {
                "type": "message",
                "id": "msg_1",
                "status": "completed",
                "role": "assistant",
                "content": [said_text],
                "phase": "commentary",
            },
            {**call, "arguments": '{"city": "Paris"}'},
            {
                "type": "function_call_output",
                "call_id": "call_1",
                "output": '{"city": "Paris", "temp_c": 18}',
            },
        ],
    }


async def test_a_call_that_the_limit_cut_is_not_run_but_answered() -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather"}
    first = wire(
        item(0, "added", **call, arguments=""),
        delta("function_call_arguments", '{"city": "Par'),
        item(0, **call, status="incomplete", arguments='{"city": "Par'),
        end("incomplete", incomplete_details={"reason": "max_output_tokens"}),
    )
    with WireServer([Answer(first), recorded("A", source=SOURCE)[1]]) as server:
        run = await ask(Agent(live(server), tools=[get_weather]))
    assert run.turns[0].finish_reason == "length"
    _, sent, output = server.requests[1].body["input"]
    assert sent["type"] == "function_call"
    assert json.loads(sent["arguments"]) is not None
    assert output["call_id"] == sent["call_id"]
    assert "cut off by the output limit" in output["output"]


async def test_an_invalid_call_is_told_to_the_model_before_the_reply_goes_on() -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "nonesuch"}
    first = wire(item(0, "added", **call), delta("function_call_arguments", "{}"))
    with WireServer([Answer(first, end="hang"), recorded("A", source=SOURCE)[1]]) as server:
        run = await ask(Agent(live(server), tools=[get_weather]))
    assert run.status == "complete"
    assert [turn.status for turn in run.turns] == ["abandoned", "complete"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_url": "localhost:8000"}, "is no HTTP URL"),
        ({"base_url": "http://server/v1", "api_key": "sk-\nsecret"}, "characters that no key can have"),
    ],
)
def test_what_cannot_be_a_provider(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as raised:
        provider_for("openai-responses:gpt", **options)
    assert "secret" not in str(raised.value)
