"""B20 the conversation as OpenAI chat messages: in order, answered, and fit to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conversations import transcript
from turnwise import (
    Assembler,
    Event,
    Reasoning,
    ReasoningDelta,
    Text,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolStart,
    Transcript,
    TurnStart,
)
from turnwise.export import import_messages, messages, openai_chat

if TYPE_CHECKING:
    from turnwise.values import RunStatus


def user(number: int = 0) -> dict[str, Any]:
    return {"role": "user", "content": f"prompt {number}"}


def assistant(content: str | None, *calls: tuple[str, str, str]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if calls:
        message["tool_calls"] = [
            {"id": i, "type": "function", "function": {"name": name, "arguments": arguments}}
            for i, name, arguments in calls
        ]
    return message


def result(call_id: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


ROWS: list[tuple[str, list[Event], list[dict[str, Any]]]] = [
    ("text", [TextDelta("Hi")], [user(), assistant("Hi")]),
    ("nothing said", [], [user()]),
    ("reasoning alone leaves no message", [ReasoningDelta("Hm")], [user()]),
    (
        "text around a call becomes one message before the results",
        [TextDelta("a"), ToolCall("f", {"x": 1}, call_id="1"), TextDelta("b"), ToolResult("r", call_id="1")],
        [user(), assistant("a\n\nb", ("1", "f", '{"x": 1}')), result("1", "r")],
    ),
    (
        "B15 results in call order, whatever order they came in",
        [
            ToolCall("f", call_id="1"),
            ToolCall("g", call_id="2"),
            ToolResult("second", call_id="2"),
            ToolResult("first", call_id="1"),
            TextDelta("Done"),
        ],
        [
            user(),
            assistant(None, ("1", "f", "{}"), ("2", "g", "{}")),
            result("1", "first"),
            result("2", "second"),
            assistant("Done"),
        ],
    ),
    (
        "a call without a result is answered all the same",
        [ToolCall("f", call_id="1"), TurnStart(), TextDelta("Anyway")],
        [user(), assistant(None, ("1", "f", "{}")), result("1", "(no result)"), assistant("Anyway")],
    ),
    (
        "B8 repeated ids are replaced by the parts' own",
        [
            ToolCall("f", call_id="0"),
            ToolResult("a", call_id="0"),
            TurnStart(),
            ToolCall("f", call_id="0"),
            ToolResult("b", call_id="0"),
        ],
        [
            user(),
            assistant(None, ("0", "f", "{}")),
            result("0", "a"),
            assistant(None, ("r0.2.1", "f", "{}")),
            result("r0.2.1", "b"),
        ],
    ),
    (
        "B8 so are missing ones, and those that are too long",
        [
            ToolCall("f"),
            ToolResult("a", name="f"),
            TurnStart(),
            ToolCall("f", call_id="x" * 41),
            ToolResult("b", call_id="x" * 41),
        ],
        [
            user(),
            assistant(None, ("r0.1.1", "f", "{}")),
            result("r0.1.1", "a"),
            assistant(None, ("r0.2.1", "f", "{}")),
            result("r0.2.1", "b"),
        ],
    ),
    (
        "B6 malformed arguments are wrapped",
        [ToolCall("f", '{"a": ', call_id="1"), ToolResult("bad", call_id="1", outcome="error")],
        [user(), assistant(None, ("1", "f", '{"INVALID_JSON": "{\\"a\\":"}')), result("1", "bad")],
    ),
    (
        "arguments that are no object are, too",
        [ToolCall("f", "[1]", call_id="1"), ToolResult("bad", call_id="1", outcome="error")],
        [user(), assistant(None, ("1", "f", '{"INVALID_JSON": "[1]"}')), result("1", "bad")],
    ),
    (
        "results are text or JSON",
        [ToolCall("f", call_id="1"), ToolResult({"ü": [1, None]}, call_id="1")],
        [user(), assistant(None, ("1", "f", "{}")), result("1", '{"ü": [1, null]}')],
    ),
    (
        "a picture is told by its text",
        [
            ToolCall("f", call_id="1"),
            ToolCall("g", call_id="2"),
            ToolResult({"mimebundle": {"image/svg+xml": "<svg/>", "text/plain": "a chart"}}, call_id="1"),
            ToolResult({"mimebundle": {"image/png": "AAAA"}}, call_id="2"),
        ],
        [
            user(),
            assistant(None, ("1", "f", "{}"), ("2", "g", "{}")),
            result("1", "a chart"),
            result("2", "(shown to the reader as image/png)"),
        ],
    ),
    (
        "lanes: the main one is the conversation",
        [TextDelta("side", lane="x"), TextDelta("main")],
        [user(), assistant("main")],
    ),
]


@pytest.mark.parametrize(("events", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_messages(events: list[Event], expected: list[dict[str, Any]]) -> None:
    assert messages(transcript(events)) == expected


@pytest.mark.parametrize("status", ["cancelled", "truncated", "error"])
def test_what_was_said_before_an_early_end_is_kept(status: RunStatus) -> None:
    events = [TextDelta("Half"), ToolCall("f", call_id="1"), ToolStart(call_id="1")]
    sent = messages(transcript(events, [Text("Next")], status=status))
    assert sent == [
        user(),
        assistant("Half", ("1", "f", "{}")),
        result("1", "(no result: the call was cancelled)"),
        user(1),
        assistant("Next"),
    ]


def test_prompts_that_did_not_run_are_left_out() -> None:
    asm = Assembler()
    view = Transcript(asm.add_run("a", "one", 0) + asm.add_run("b", "two", 0) + asm.drop_run("b", 1))
    assert messages(view) == []
    view.extend(asm.start_run("a", 1))
    assert messages(view, system="Be brief.") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "one"},
    ]


SERVERS: list[tuple[str, list[dict[str, Any]]]] = [
    ("reasoning_content", [{"reasoning_content": "Hm"}, {"reasoning_content": "So"}]),
    ("reasoning", [{"reasoning": "Hm"}, {"reasoning": "So"}]),
    ("reasoning_details", [{"reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]}, {}]),
]


@pytest.mark.parametrize(("extra", "expected"), SERVERS, ids=[row[0] for row in SERVERS])
def test_reasoning_goes_back_to_servers_that_want_it(extra: str, expected: list[dict[str, Any]]) -> None:
    details = [{"type": "reasoning.text", "text": "Hm"}]
    talk = transcript(
        [
            Reasoning("Hm", native={"openai": {"reasoning_details": details}}),
            ToolCall("f", call_id="1"),
            ToolResult("r", call_id="1"),
            ReasoningDelta("So"),
            TextDelta("Done"),
        ]
    )
    sent = openai_chat.messages(talk, extra=[extra])
    replies = [message for message in sent if message["role"] == "assistant"]
    assert [{k: v for k, v in reply.items() if k.startswith("reasoning")} for reply in replies] == expected
    assert openai_chat.messages(import_messages(sent), extra=[extra]) == sent
    assert not [message for message in messages(talk) if "reasoning" in str(message.keys())]


def test_what_came_with_a_call_goes_back_with_it() -> None:
    more = {"google": {"thought_signature": "c2ln"}}
    talk = transcript([ToolCall("f", call_id="1", native={"openai": {"extra_content": more}})])
    sent = openai_chat.messages(talk, extra=["extra_content"])
    assert sent[1]["tool_calls"][0]["extra_content"] == more
    assert openai_chat.messages(import_messages(sent), extra=["extra_content"]) == sent
    assert "extra_content" not in messages(talk)[1]["tool_calls"][0]
