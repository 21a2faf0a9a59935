"""What no recording of LangGraph has, as rows: items of its stream in, the turns a reader sees out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import retold
from turnwise.adapters.langgraph.translate import Translator
from turnwise.events import ApprovalResponse


def said(content: Any, key: str = "1", node: str = "model:t", step: int = 1, **fields: Any) -> Any:
    defaults = {
        "type": "AIMessageChunk",
        "tool_call_chunks": [],
        "response_metadata": {},
        "chunk_position": None,
    }
    message = SimpleNamespace(content=content, id=key, **{**defaults, **fields})
    return ((), "messages", (message, {"langgraph_checkpoint_ns": node, "langgraph_step": step}))


def calls(*names: str, key: str = "1") -> Any:
    chunks = [{"index": n, "id": f"c{n}", "name": name, "args": "{}"} for n, name in enumerate(names)]
    return said("", key, tool_call_chunks=chunks, response_metadata={"finish_reason": "tool_calls"})


def whole(content: Any, key: str | None, tool_calls: list[Any]) -> Any:
    return said(content, key or "", type="ai", tool_calls=tool_calls, step=2)


def result(call_id: str, content: Any, status: str = "success") -> Any:
    message = SimpleNamespace(type="tool", name="f", tool_call_id=call_id, content=content, status=status)
    return ((), "messages", (message, {}))


def begins(task: str, call_id: str) -> Any:
    call = {"type": "tool_call", "id": call_id, "name": "f", "args": {}}
    return ((), "tasks", {"id": task, "name": "tools", "input": [call]})


TRAPS: dict[str, tuple[list[Any], str]] = {
    "a blank chunk under another id opens nothing": (
        [said("", "resp_1"), said("a", "run_1"), said("", "run_1", chunk_position="last")],
        '1 unknown | "a"',
    ),
    "B9 the usage of chunks adds up": (
        [
            said("a", usage_metadata={"input_tokens": 5, "output_tokens": 1}),
            said("b", usage_metadata={"input_tokens": 0, "output_tokens": 2}),
        ],
        '1 - 5->3 | "ab"',
    ),
    "blocks of text, of reasoning and of what is not known": (
        [
            said(
                [
                    {
                        "type": "reasoning",
                        "index": 0,
                        "summary": [{"index": 0, "text": "x"}, {"index": 1, "text": "y"}],
                    }
                ]
            ),
            said(
                ["a", {"type": "text", "text": "b", "annotations": [{"url": "https://e.org", "title": "E"}]}]
            ),
            said([{"type": "hologram"}]),
        ],
        '1 - | ("x") | ("y") | "ab" | source https://e.org\n! unknown:content.hologram x1',
    ),
    "a tool that Anthropic runs, streamed": (
        [
            said([{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}, "index": 1}]),
            said([{"type": "input_json_delta", "partial_json": '{"query": ', "index": 1}]),
            said([{"type": "input_json_delta", "partial_json": '"q"}', "index": 1}]),
            said(
                [
                    {
                        "type": "web_search_tool_result",
                        "tool_use_id": "s",
                        "content": [{"type": "web_search_result", "url": "https://e.org"}],
                        "index": 2,
                    }
                ]
            ),
            said([{"type": "text", "text": "a", "index": 3}]),
            said("", response_metadata={"stop_reason": "end_turn"}),
        ],
        '1 stop | web_search({"query": "q"}) = done [{"url": "https://e.org"}] | "a"',
    ),
    "a tool that Anthropic runs, whole, and that fails": (
        [
            whole(
                [
                    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}},
                    {
                        "type": "web_search_tool_result",
                        "tool_use_id": "s",
                        "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"},
                    },
                    {"type": "text", "text": "a"},
                ],
                "1",
                [],
            )
        ],
        '1 stop | web_search({"query": "q"}) = error {"error_code": "unavailable"} | "a"',
    ),
    "a tool that OpenAI runs": (
        [
            said(
                [
                    {
                        "type": "web_search_call",
                        "id": "ws",
                        "status": "completed",
                        "action": {"type": "search", "query": "q"},
                        "index": 0,
                    }
                ]
            ),
            said([{"type": "text", "text": "a", "index": 1}]),
            said("", response_metadata={"finish_reason": "stop"}),
        ],
        '1 stop | web_search({"action": {"type": "search", "query": "q"}}) = done "completed" | "a"',
    ),
    "a provider's tool as LangChain has it for all": (
        [
            whole(
                [
                    {"type": "server_tool_call", "id": "s", "name": "search", "args": {"q": 1}},
                    {"type": "server_tool_result", "tool_call_id": "s", "status": "success", "output": "x"},
                    {"type": "text", "text": "a"},
                ],
                "1",
                [],
            )
        ],
        '1 stop | search({"q": 1}) = done "x" | "a"',
    ),
    "two blocks of a message that did not stream": (
        [whole([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "1", [])],
        '1 stop | "a" | "b"',
    ),
    "a graph hands on another's message": (
        [calls("f"), result("c0", "ok"), whole("", None, [{"id": "c0", "name": "f", "args": {}}])],
        '1 tool_calls | f({}) = done "ok"',
    ),
    "B1 the result of a hand-off is only in the updates, and once": (
        [
            calls("f"),
            (
                (),
                "updates",
                {
                    "a": {
                        "messages": [
                            SimpleNamespace(
                                type="tool", name="f", tool_call_id="c0", content="over", status="success"
                            )
                        ]
                    }
                },
            ),
            ((), "updates", {"b": None, "c": [{"messages": []}, None]}),
        ],
        '1 tool_calls | f({}) = done "over"',
    ),
    "B16 two agents in tools, each under its call, whoever speaks first": (
        [
            calls("f", "f"),
            begins("t0", "c0"),
            begins("t1", "c1"),
            said("b", "2", "tools:t1|model:x"),
            said("a", "3", "tools:t0|model:y"),
        ],
        (
            "lane1: tools under r.1.2\nlane2: tools under r.1.1\n"
            "1 tool_calls | f({}) = unanswered | f({}) = unanswered\n"
            '2 - in lane1 | "b"\n3 - in lane2 | "a"'
        ),
    ),
    "B16 nodes of one step, and the node after them": (
        [
            said("a", "1", "left:x"),
            said("b", "2", "right:y"),
            said("c", "1", "left:x"),
            said("d", "3", "join:z", step=2),
        ],
        'lane1: right\n1 - | "ac"\n2 - in lane1 | "b"\n3 - | "d"',
    ),
    "B19 the tool that raised, of two": (
        [
            calls("f", "f"),
            begins("t0", "c0"),
            begins("t1", "c1"),
            (
                (),
                "tasks",
                {"id": "t1", "name": "tools", "error": "ValueError('no')", "result": {}, "interrupts": []},
            ),
        ],
        "1 tool_calls | f({}) = unanswered | f({}) = error \"ValueError('no')\"",
    ),
    "an error and a list as results": (
        [calls("f", "f"), result("c0", "bad", "error"), result("c1", '[1, {"a": 2}]')],
        '1 tool_calls | f({}) = error "bad" | f({}) = done [1, {"a": 2}]',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    assert retold([event for each in natives for event in translator.feed(each)]) == expected


def interrupts(*values: Any) -> Any:
    found = tuple(SimpleNamespace(id=f"i{n}", value=value) for n, value in enumerate(values))
    return ((), "updates", {"__interrupt__": found})


def review(name: str, *allowed: str) -> dict[str, Any]:
    return {
        "action_requests": [{"name": name, "args": {}, "description": "sure?"}],
        "review_configs": [{"action_name": name, "allowed_decisions": list(allowed)}],
    }


YES = ApprovalResponse("approved")
NO = ApprovalResponse("denied", reason="not now")
EDITED = ApprovalResponse("approved", arguments={"n": 1})

ANSWERS: dict[str, tuple[Any, ApprovalResponse, Any]] = {
    "approved": (review("f", "approve"), YES, {"decisions": [{"type": "approve"}]}),
    "denied": (review("f", "reject"), NO, {"decisions": [{"type": "reject", "message": "not now"}]}),
    "edited": (
        review("f", "edit"),
        EDITED,
        {"decisions": [{"type": "edit", "edited_action": {"name": "f", "args": {"n": 1}}}]},
    ),
    "a question of one's own, approved": ({"ok": "?"}, YES, True),
    "a question of one's own, denied": ("ok?", NO, False),
    "a question of one's own, answered": ("who?", ApprovalResponse("approved", reason="Ada"), "Ada"),
    "a question of one's own, with a value": ("n?", EDITED, {"n": 1}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_b14_the_graph_is_resumed_with_what_it_asked_for(name: str) -> None:
    value, answer, resumed = ANSWERS[name]
    translator = Translator()
    for each in [calls("f"), interrupts(value)]:
        translator.feed(each)
    asked, events = translator.asked()
    assert [event.call_id for event in events if event.type == "approval_request"] == ["c0"]
    assert translator.answered(asked, {"c0": answer})[0] == {"i0": resumed}
    assert translator.asked() == ([], [])


def test_b14_each_review_is_about_its_own_call() -> None:
    translator = Translator()
    for each in [calls("f", "g", "f"), interrupts(review("g"), review("f"), review("f"))]:
        translator.feed(each)
    asked, _ = translator.asked()
    assert [call_ids for _, call_ids in asked] == [["c1"], ["c0"], ["c2"]]
