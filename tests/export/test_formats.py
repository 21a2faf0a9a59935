"""B20 what single formats want, beside what holds for all: rows of what is said and what is sent after the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conversations import transcript
from turnwise import (
    Data,
    File,
    Reasoning,
    Source,
    Text,
    TextDelta,
    ToolCall,
    ToolResult,
    Transcript,
    TurnFinish,
    TurnStart,
)
from turnwise.export import import_messages, messages

if TYPE_CHECKING:
    from turnwise import Event
    from turnwise.values import RunStatus

SIGNED = {"gemini": {"thought_signature": "c2ln"}}
ITEM = {"openai-responses": {"id": "rs_1"}}


def said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


SEARCH = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []}
SEARCHES = ToolCall(
    "web_search", {"query": "x"}, call_id="srv_1", hosted=True, native={"anthropic": {"block": SEARCH}}
)

ROWS: list[tuple[str, str, list[Event], list[dict[str, Any]]]] = [
    (
        "anthropic: blank blocks and blank results are left out",
        "anthropic",
        [Text(" "), ToolCall("f", call_id="c"), ToolResult("\n", call_id="c"), TurnStart(), Text("\n")],
        [
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c"}]},
        ],
    ),
    (
        "anthropic: blocks stay blocks",
        "anthropic",
        [Text("a"), Text("b")],
        [{"role": "assistant", "content": [block("a"), block("b")]}],
    ),
    (
        "anthropic: a server's tool that was stopped is told as any other call",
        "anthropic",
        [Text("Let me search."), SEARCHES],
        [
            {
                "role": "assistant",
                "content": [
                    block("Let me search."),
                    {"type": "tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "srv_1",
                        "content": "(no result)",
                        "is_error": True,
                    }
                ],
            },
        ],
    ),
    (
        "anthropic: what it has found goes back as it came",
        "anthropic",
        [SEARCHES, ToolResult([], call_id="srv_1"), Text("", native={"anthropic": {"block": FOUND}})],
        [{"role": "assistant", "content": [SEARCH, FOUND]}],
    ),
    (
        "anthropic: in a reply that was paused, too",
        "anthropic",
        [
            SEARCHES,
            TurnFinish("unknown", native="pause_turn"),
            TurnStart(),
            Text("", native={"anthropic": {"block": FOUND}}),
        ],
        [{"role": "assistant", "content": [SEARCH]}, {"role": "assistant", "content": [FOUND]}],
    ),
    (
        "openai-responses: ids go back only with their reasoning, a phase always",
        "openai-responses",
        [
            Text("a", native={"openai-responses": {"id": "msg_1", "phase": "commentary"}}),
            ToolCall("f", call_id="c", native={"openai-responses": {"id": "fc_1"}}),
            ToolResult("r", call_id="c"),
        ],
        [
            {**said("a"), "phase": "commentary"},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "r"},
        ],
    ),
    (
        "openai-responses: a phase that nobody knows stays here",
        "openai-responses",
        [Text("a", native={"openai-responses": {"phase": "x"}})],
        [said("a")],
    ),
    (
        "openai-responses: reasoning without text",
        "openai-responses",
        [Reasoning("", native=ITEM), Text("a")],
        [{"type": "reasoning", "id": "rs_1", "summary": []}, said("a")],
    ),
    (
        "openai-responses: raw reasoning, as open models send it",
        "openai-responses",
        [
            Reasoning(
                "Hm.",
                native={
                    "openai-responses": {
                        "id": "rs_1",
                        "summary": [],
                        "content": [{"type": "reasoning_text", "text": "Hm."}],
                    }
                },
            ),
            Text("a"),
        ],
        [
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [],
                "content": [{"type": "reasoning_text", "text": "Hm."}],
            },
            said("a"),
        ],
    ),
    (
        "gemini: a signature that came with no text goes back with none",
        "gemini",
        [Text("a"), Text("", native=SIGNED), TurnStart(), Text(" ")],
        [{"role": "model", "parts": [{"text": "a"}, {"text": "", "thoughtSignature": "c2ln"}]}],
    ),
    (
        "gemini: calls and responses without ids stay so",
        "gemini",
        [ToolCall("f"), ToolCall("f"), ToolResult("1", name="f"), ToolResult({"error": 2}, name="f")],
        [
            {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}] * 2},
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "f", "response": {"output": "1"}}},
                    {"functionResponse": {"name": "f", "response": {"output": {"error": 2}}}},
                ],
            },
        ],
    ),
    (
        "gemini: files that Google keeps are referred to, empty ones are not sent",
        "gemini",
        [
            File(url="gs://bucket/a.png", media_type="image/png"),
            File(b"", media_type="image/png", name="empty.png"),
        ],
        [
            {
                "role": "model",
                "parts": [
                    {"fileData": {"mimeType": "image/png", "fileUri": "gs://bucket/a.png"}},
                    {"text": "(file, empty.png, image/png)"},
                ],
            }
        ],
    ),
    (
        "openai: files alone, then text of several blocks",
        "openai",
        [File(b"a", media_type="image/png"), TurnStart(), Text("a"), Text(" "), Text("b")],
        [said("(file, image/png)"), said("a b")],
    ),
    (
        "ai-sdk: a step before every turn, sources are counted through",
        "ai-sdk",
        [Source("https://a"), TurnStart(), Source("https://a"), Data("d", None), TurnStart(), TextDelta("x")],
        [
            {
                "id": "r0",
                "role": "assistant",
                "parts": [
                    {"type": "step-start"},
                    {"type": "source-url", "sourceId": "source-1", "url": "https://a"},
                    {"type": "step-start"},
                    {"type": "source-url", "sourceId": "source-2", "url": "https://a"},
                    {"type": "data-d", "data": None},
                    {"type": "step-start"},
                    {"type": "text", "text": "x", "state": "done"},
                ],
            }
        ],
    ),
    (
        "ai-sdk: metadata of providers without a name here, and ours without a name there",
        "ai-sdk",
        [
            Text(
                "x",
                native={
                    "ai-sdk": {"mistral": {"prefix": True}, "turnwise": {"gemini": 5}},
                    "gemini": {"thought_signature": "c2ln", "other": [1]},
                    "anthropic": "garbage",
                },
            )
        ],
        [
            {
                "id": "r0",
                "role": "assistant",
                "parts": [
                    {"type": "step-start"},
                    {
                        "type": "text",
                        "text": "x",
                        "state": "done",
                        "providerMetadata": {
                            "mistral": {"prefix": True},
                            "google": {"thoughtSignature": "c2ln"},
                            "turnwise": {"gemini": {"other": [1]}},
                        },
                    },
                ],
            }
        ],
    ),
]


@pytest.mark.parametrize(("name", "events", "sent"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_sent_after_the_prompt(name: str, events: list[Event], sent: list[dict[str, Any]]) -> None:
    talk = messages(transcript(events), name)
    assert talk[1:] == sent
    assert messages(import_messages(talk, name), name) == talk


def test_b20_native_data_survives_the_ai_sdk() -> None:
    """A conversation that went through an AI SDK application can still be continued with its provider."""
    native = {
        "anthropic": {"signature": "s", "data": "d"},
        "openai-responses": {"id": "rs_1", "encrypted_content": "e", "phase": "commentary", "summary": []},
        "gemini": {"thought_signature": "c2ln"},
        "openai": {"reasoning_details": [{"type": "reasoning.text"}]},
        "ai-sdk": {"mistral": {"prefix": True}},
    }
    talk = transcript([Reasoning("Hm", native=native), ToolCall("f", call_id="c", native=native)])
    again = import_messages(messages(talk, "ai-sdk"), "ai-sdk")
    assert [part.native for part in parts(again)] == [native, native]


def parts(talk: Transcript) -> list[Any]:
    return [part for run in talk.runs for turn in run.turns for part in turn.parts]


PAUSED = [SEARCHES, TurnFinish("unknown", native="pause_turn")]


@pytest.mark.parametrize(
    ("status", "goes_back"), [(None, True), ("complete", True), ("cancelled", False), ("error", False)]
)
def test_a_reply_that_was_paused_goes_on_with_what_is_at_work(
    status: RunStatus | None, goes_back: bool
) -> None:
    _, reply, *rest = messages(transcript(PAUSED, status=status), "anthropic")
    assert (reply["content"] == [SEARCH], rest == []) == (goes_back, goes_back)
