"""How messages of every API and framework are shown: who says what, calls and results by name."""

from __future__ import annotations

from typing import Any

import pytest

from turnwise.sent import shown, tools_shown

ROWS: dict[str, tuple[list[Any], list[str]]] = {
    "OpenAI's chat completions": (
        [
            {
                "role": "user",
                "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "x"}}],
            },
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": "hm",
                "tool_calls": [
                    {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "1", "content": "ok"},
        ],
        ["user: text Hi | file", "assistant: reasoning hm | call f {'a': 1}", "tool: result f ok"],
    ),
    "OpenAI's Responses": (
        [
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "hm"}],
                "encrypted_content": "…",
            },
            {"type": "function_call", "call_id": "1", "name": "f", "arguments": '{"a": 1}'},
            {"type": "function_call_output", "call_id": "1", "output": "[1]"},
        ],
        ["user: text Hi", "assistant: reasoning hm", "assistant: call f {'a': 1}", "tool: result f [1]"],
    ),
    "Anthropic": (
        [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "s"},
                    {"type": "tool_use", "id": "1", "name": "f", "input": {"a": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "1",
                        "content": [{"type": "text", "text": "no"}],
                        "is_error": True,
                    }
                ],
            },
        ],
        ["user: text Hi", "assistant: reasoning hm | call f {'a': 1}", "tool: result f no failed"],
    ),
    "Gemini": (
        [
            {
                "role": "user",
                "parts": [{"text": "Hi"}, {"inlineData": {"mimeType": "image/png", "data": "…"}}],
            },
            {
                "role": "model",
                "parts": [{"text": "hm", "thought": True}, {"functionCall": {"name": "f", "args": {"a": 1}}}],
            },
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"ok": True}}}]},
        ],
        ["user: text Hi | file", "assistant: reasoning hm | call f {'a': 1}", "tool: result f {'ok': True}"],
    ),
    "Ollama": (
        [
            {"role": "user", "content": "Hi", "images": ["…"]},
            {
                "role": "assistant",
                "content": "",
                "thinking": "hm",
                "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}],
            },
            {"role": "tool", "tool_name": "f", "content": "ok"},
        ],
        ["user: text Hi | file", "assistant: reasoning hm | call f {'a': 1}", "tool: result f ok"],
    ),
    "Bedrock": (
        [
            {"role": "user", "content": [{"text": "Hi"}]},
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                    {"toolUse": {"toolUseId": "1", "name": "f", "input": {"a": 1}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "1", "status": "success", "content": [{"text": "ok"}]}}
                ],
            },
        ],
        ["user: text Hi", "assistant: reasoning hm | call f {'a': 1}", "tool: result f ok"],
    ),
    "LangChain": (
        [
            {"type": "human", "content": "Hi"},
            {
                "type": "ai",
                "content": [
                    {"type": "text", "text": "Yes"},
                    {"type": "tool_use", "id": "1", "name": "f", "input": {}},
                ],
                "tool_calls": [{"id": "1", "name": "f", "args": {"a": 1}, "type": "tool_call"}],
            },
            {"type": "tool", "tool_call_id": "1", "name": "f", "content": "ok", "status": "error"},
        ],
        ["user: text Hi", "assistant: text Yes | call f {}", "tool: result f ok failed"],
    ),
    "Pydantic AI": (
        [
            {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "Hi"}]},
            {
                "kind": "response",
                "parts": [
                    {"part_kind": "thinking", "content": "hm"},
                    {"part_kind": "tool-call", "tool_name": "f", "args": '{"a": 1}', "tool_call_id": "1"},
                ],
            },
            {
                "kind": "request",
                "parts": [
                    {"part_kind": "tool-return", "tool_name": "f", "content": "ok", "tool_call_id": "1"}
                ],
            },
        ],
        ["user: text Hi", "assistant: reasoning hm | call f {'a': 1}", "tool: result f ok"],
    ),
    "what nobody knows": (
        ["Hi", 7, {"role": "wizard", "content": [{"type": "spell", "n": 1}]}, {}],
        ["user: text Hi", "other: other 7", "other: other {'type': 'spell', 'n': 1}", "other: other {}"],
    ),
}


@pytest.mark.parametrize(("messages", "expected"), ROWS.values(), ids=ROWS)
def test_who_says_what(messages: list[Any], expected: list[str]) -> None:
    assert [f"{m['role']}: " + " | ".join(map(line, m["parts"])) for m in shown(messages)] == expected  # type: ignore[arg-type]


def line(part: Any) -> str:
    kind = part["kind"]
    said = {
        "call": lambda: f" {part['name']} {part['value']}",
        "result": lambda: f" {part['name']} {part['value']}" + (" failed" if part["error"] else ""),
        "other": lambda: f" {part['value']}",
        "file": lambda: "",
    }
    return kind + said.get(kind, lambda: f" {part['text']}")()


SCHEMA = {"type": "object"}
TOOLS: dict[str, tuple[Any, Any]] = {
    "OpenAI's chat": (
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}},
        SCHEMA,
    ),
    "OpenAI's Responses": (
        {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA},
        SCHEMA,
    ),
    "Anthropic": ({"name": "f", "description": "d", "input_schema": SCHEMA}, SCHEMA),
    "Gemini": (
        {"functionDeclarations": [{"name": "f", "description": "d", "parametersJsonSchema": SCHEMA}]},
        SCHEMA,
    ),
    "Bedrock": ({"toolSpec": {"name": "f", "description": "d", "inputSchema": SCHEMA}}, SCHEMA),
    "no schema": ({"name": "f", "description": "d", "strict": True}, {"strict": True}),
}


@pytest.mark.parametrize(("tool", "schema"), TOOLS.values(), ids=TOOLS)
def test_tools_by_name_and_schema(tool: Any, schema: Any) -> None:
    assert tools_shown([tool]) == [{"name": "f", "description": "d", "schema": schema}]


def test_tools_of_the_providers_own_and_of_none() -> None:
    assert tools_shown(None) is None
    assert tools_shown([{"type": "web_search", "max_uses": 3}]) == [
        {"name": "web_search", "description": None, "schema": {"type": "web_search", "max_uses": 3}}
    ]
    assert tools_shown([{"googleSearch": {}}]) == [
        {"name": "googleSearch", "description": None, "schema": {"googleSearch": {}}}
    ]
