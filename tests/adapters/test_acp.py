"""What an ACP agent may send and no recording has: one row each."""

from __future__ import annotations

from typing import Any

import pytest

from sketch import assemble, crumbs, sketch
from turnwise import Transcript
from turnwise.adapters.acp.translate import Translator


def chunk(text: str, message: str | None = None, kind: str = "message") -> dict[str, Any]:
    update = {"sessionUpdate": f"agent_{kind}_chunk", "content": {"type": "text", "text": text}}
    return update if message is None else {**update, "messageId": message}


def block(**content: Any) -> dict[str, Any]:
    return {"sessionUpdate": "agent_message_chunk", "content": content}


def call(call_id: str = "1", **more: Any) -> dict[str, Any]:
    return {"sessionUpdate": "tool_call", "toolCallId": call_id, "title": "look", **more}


def update(call_id: str = "1", **more: Any) -> dict[str, Any]:
    return {"sessionUpdate": "tool_call_update", "toolCallId": call_id, **more}


def text(words: str) -> list[dict[str, Any]]:
    return [{"type": "content", "content": {"type": "text", "text": words}}]


DIFF = {"type": "diff", "path": "/x", "oldText": "a", "newText": "b"}

TRAPS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "arguments that come with an update": (
        [call(status="pending"), update(rawInput={"a": 1}), update(status="completed", rawOutput=2)],
        '1 - | look({"a": 1}) = done 2',
    ),
    "a call that is complete when it is first told": (
        [call(status="completed", rawInput={}, content=text("found"))],
        '1 - | look({}) = done "found"',
    ),
    "arguments that begin as an empty object": (
        [call(rawInput={}), update(rawInput={"a": 1}), update(status="completed", rawOutput=2)],
        '1 - | look({"a": 1}) = done 2',
    ),
    "content that is taken back": (
        [call(), update(content=text("one")), update(status="completed", content=[], rawOutput=5)],
        "1 - | look({}) = done 5",
    ),
    "content that is replaced after the end": (
        [call(), update(status="completed", content=text("one")), update(content=text("two"))],
        '1 - | look({}) = done "two"',
    ),
    "an end that is told twice ends nothing twice": (
        [call(), update(status="completed"), chunk("a"), update(status="completed"), chunk("b")],
        '1 - | look({}) = done null\n2 - | "ab"',
    ),
    "an empty text begins no turn": (
        [call(), update(status="failed", rawOutput="no"), chunk(""), chunk("", kind="thought")],
        '1 - | look({}) = error "no"',
    ),
    "a thought and its message may share an id": (
        [chunk("a", "m", "thought"), chunk("b", "m"), call(), update(status="completed"), chunk("c", "n")],
        '1 - | ("a") | "b" | look({}) = done null\n2 - | "c"',
    ),
    "a result whose content came before its status": (
        [call(), update(content=text("one")), update(content=text("two")), update(status="completed")],
        '1 - | look({}) = done "two"',
    ),
    "content is for people, and output for programs": (
        [call(), update(status="completed", rawOutput={"n": 1}, content=text("one"))],
        '1 - | look({}) = done "one"',
    ),
    "a change of a file": (
        [call(), update(status="completed", content=[DIFF])],
        '1 - | look({}) = done [{"type": "diff", "path": "/x", "oldText": "a", "newText": "b"}]',
    ),
    "an update for a call that was never told": (
        [update(kind="fetch", status="failed", rawOutput="no")],
        '1 - | fetch({}) = error "no"',
    ),
    "a call while another still runs is of the same turn": (
        [call("1"), call("2"), update("1", status="completed"), call("3"), update("2", status="completed")],
        "1 - | look({}) = done null | look({}) = done null | look({}) = unanswered",
    ),
    "a call after all have returned is of the next": (
        [call("1"), update("1", status="completed"), call("2")],
        "1 - | look({}) = done null\n2 - | look({}) = unanswered",
    ),
    "a message that goes on after a result": (
        [chunk("a", "m1"), call(), update(status="completed"), chunk("b", "m1"), chunk("c", "m2")],
        '1 - | "a" | look({}) = done null | "b"\n2 - | "c"',
    ),
    "another message with nothing between": ([chunk("a", "m1"), chunk("b", "m2")], '1 - | "a"\n2 - | "b"'),
    "a thought has an id of its own": (
        [chunk("a", "t1", "thought"), chunk("b", "m1")],
        '1 - | ("a") | "b"',
    ),
    "a plan is told again and again": (
        [
            {"sessionUpdate": "plan", "entries": [1]},
            call(),
            update(status="completed"),
            {"sessionUpdate": "plan", "entries": [2]},
            chunk("a"),
        ],
        '1 - | data plan [2] | look({}) = done null\n2 - | "a"',
    ),
    "what is no text": (
        [
            block(type="image", data="aGk=", mimeType="image/png"),
            block(type="resource_link", uri="file:///x.md", name="x"),
            block(type="resource", resource={"uri": "file:///y", "text": "hi"}),
        ],
        "1 - | file image/png aGk= | file application/octet-stream file:///x.md | file text/plain file:///y",
    ),
    "B17: what is not known": (
        [chunk("a"), {"sessionUpdate": "mood"}, block(type="smell"), block(type="image", data="?")],
        '1 - | "a"\n! unknown:mood x1\n! unknown:text smell x1\n! unknown:text image x1',
    ),
    "what only keeps the books": ([{"sessionUpdate": "usage_update", "used": 1}, chunk("a")], '1 - | "a"'),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    updates, expected = TRAPS[name]
    translator = Translator()
    events = [event for each in updates for event in translator.feed(each)]
    assert sketch(Transcript(assemble(events))) == f"run complete\n{expected}"
    assert sketch(Transcript(assemble(crumbs(events)))) == f"run complete\n{expected}"


LIMIT = "The agent stopped at its limit of model calls for one prompt."

ENDS: dict[str, tuple[str, str]] = {
    "refused": ("refusal", 'run complete\n1 content_filter | "a"'),
    "out of requests": (
        "max_turn_requests",
        f'run error (max_turn_requests: {LIMIT})\n1 error [error] | "a"',
    ),
    "a reason of its own": ("bored", 'run complete\n1 unknown | "a"'),
    "no reason": ("", 'run complete\n1 unknown | "a"'),
}


@pytest.mark.parametrize("name", ENDS)
def test_b11_how_a_prompt_ends(name: str) -> None:
    reason, expected = ENDS[name]
    translator = Translator()
    events = [*translator.feed(chunk("a")), *translator.finish({"stopReason": reason})]
    assert sketch(Transcript(assemble(events))) == expected
