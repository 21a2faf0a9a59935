"""What the Claude Agent SDK may send and no recording has: one row each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import assemble, crumbs, sketch
from turnwise import Transcript
from turnwise.adapters.claude_agent.translate import Translator


def native(name: str, /, **fields: Any) -> Any:
    return type(name, (SimpleNamespace,), {})(**fields)


def assistant(*blocks: Any, key: str | None = "m1", parent: str | None = None, **more: Any) -> Any:
    return native(
        "AssistantMessage",
        **{"content": list(blocks), "message_id": key, "model": "c", "parent_tool_use_id": parent, **more},
    )


def text(words: str) -> Any:
    return native("TextBlock", text=words)


def call(call_id: str = "1", name: str = "look", **arguments: Any) -> Any:
    return native("ToolUseBlock", id=call_id, name=name, input=arguments)


def returned(content: Any, call_id: str = "1", *, error: bool | None = None) -> Any:
    block = native("ToolResultBlock", tool_use_id=call_id, content=content, is_error=error)
    return native("UserMessage", content=[block], parent_tool_use_id=None)


def stream(**event: Any) -> Any:
    return native("StreamEvent", event=event, parent_tool_use_id=None)


def result(**fields: Any) -> Any:
    told = {"subtype": "success", "is_error": False, "usage": None, "result": None, "structured_output": None}
    return native("ResultMessage", **{**told, "terminal_reason": "completed", **fields})


TRAPS: dict[str, tuple[list[Any], str]] = {
    "messages without an id, as older versions have them": (
        [assistant(text("a"), call(), key=None), returned("b"), assistant(text("c"), key=None)],
        'run complete\n1 - | "a" | look({}) = done "b"\n2 - | "c"',
    ),
    "a result of several texts, and one of other things": (
        [
            assistant(call("1"), call("2")),
            returned([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
            returned([{"type": "image"}], "2"),
        ],
        'run complete\n1 - | look({}) = done "a\\nb" | look({}) = done [{"type": "image"}]',
    ),
    "a tool that the API runs": (
        [
            assistant(
                native("ServerToolUseBlock", id="s", name="web_search", input={"query": "q"}),
                native("ServerToolResultBlock", tool_use_id="s", content="found"),
                text("a"),
            )
        ],
        'run complete\n1 - | web_search({"query": "q"}) = done "found" | "a"',
    ),
    "a tool that the API runs, and that fails": (
        [
            assistant(
                native("ServerToolUseBlock", id="s", name="web_search", input={"query": "q"}),
                native(
                    "ServerToolResultBlock",
                    tool_use_id="s",
                    content={"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"},
                ),
                text("a"),
            )
        ],
        'run complete\n1 - | web_search({"query": "q"}) = error {"error_code": "max_uses_exceeded"} | "a"',
    ),
    "a sub-agent whose call came whole": (
        [
            assistant(call("1", "Task", subagent_type="scout")),
            assistant(text("a"), key="s1", parent="1"),
            returned("b"),
        ],
        (
            "run complete\nlane1: scout under r.1.1\n"
            '1 - | Task({"subagent_type": "scout"}) = done "b"\n2 - in lane1 | "a"'
        ),
    ),
    "what only the result says": (
        [assistant(call()), returned("x"), result(result="answer")],
        'run complete\n1 - | look({}) = done "x"\n2 - | "answer"',
    ),
    "what keeps the books": (
        [
            native("SystemMessage", subtype="init", data={}),
            native("HookEventMessage", subtype="hook_started", data={}),
            native("RateLimitEvent"),
            native("TaskStartedMessage", tool_use_id="1", description="d", subtype="task_started", data={}),
            native("UserMessage", content="said back", parent_tool_use_id=None),
            assistant(text("a")),
        ],
        'run complete\n1 - | "a"',
    ),
    "B17: what is not known": (
        [
            native("SurpriseMessage"),
            stream(type="content_block_stop", index=0),
            assistant(text("a"), native("SmellBlock")),
        ],
        (
            'run complete\n1 - | "a"\n! unknown:SurpriseMessage x1\n'
            "! unknown:stream content_block_stop x1\n! unknown:SmellBlock x1"
        ),
    ),
    "an error with no words of its own": (
        [result(is_error=True, api_error_status=500)],
        "run error (api_error 500: api_error 500)",
    ),
    "an interrupt is no error": (
        [assistant(text("a")), result(subtype="error_during_execution", terminal_reason="aborted_streaming")],
        'run complete\n1 cancelled | "a"',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    messages, expected = TRAPS[name]
    translator = Translator()
    events = [event for each in messages for event in translator.feed(each)]
    assert sketch(Transcript(assemble(events))) == expected
    assert sketch(Transcript(assemble(crumbs(events)))) == expected
