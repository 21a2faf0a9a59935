"""Messages that other people kept: what is understood, and what is refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sketch import sketch
from turnwise.export import FORMATS, import_messages, messages

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
USER = {"role": "user", "content": "Hi"}
GEMINI_CALL = {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"n": 1}}}]}


def response(value: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": value, **more}}]}


def ui(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": "m", "role": "assistant", "parts": list(parts)}]


def tool(state: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool-f", "toolCallId": "c", "state": state, "input": {}, **more}


UNDERSTOOD: list[tuple[str, str, list[Any], str]] = [
    (
        "openai: instructions are left out, parts are joined, a picture leaves a note",
        "openai",
        [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": "Briefer."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                ],
            },
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "A "}, {"type": "refusal", "refusal": "cat."}],
            },
        ],
        'run complete\n1 - | "A cat."',
    ),
    (
        "openai: a reply before any prompt",
        "openai",
        [{"role": "assistant", "content": "Welcome!"}, USER],
        'run complete\n1 - | "Welcome!"\nrun complete',
    ),
    (
        "openai: reasoning of other servers, and a result in parts",
        "openai",
        [
            USER,
            {"role": "assistant", "content": None, "reasoning_content": "Hm", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": '{"a": 1}'}]},
        ],
        'run complete\n1 - | ("Hm") | f({}) = done {"a": 1}',
    ),
    (
        "openai: a call without a result is unanswered",
        "openai",
        [USER, {"role": "assistant", "content": "", "tool_calls": [CALL]}],
        "run complete\n1 - | f({}) = unanswered",
    ),
    (
        "openai: B8 ids that come again, in later turns and in one",
        "openai",
        [
            USER,
            {"role": "assistant", "tool_calls": [CALL, CALL]},
            {"role": "tool", "tool_call_id": "c", "content": "1st"},
            {"role": "tool", "tool_call_id": "c", "content": "2nd"},
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c", "content": "3rd"},
        ],
        'run complete\n1 - | f({}) = done "1st" | f({}) = done "2nd"\n2 - | f({}) = done "3rd"',
    ),
    (
        "openai: a custom tool is said, not lost",
        "openai",
        [USER, {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "x"}}]}],
        "run complete\n1 -\n! unknown:tool_calls.custom x1",
    ),
    (
        "openai-responses: items of a response, as they are appended",
        "openai-responses",
        [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "A."}, {"type": "summary_text", "text": "B."}],
                "encrypted_content": None,
            },
            {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": '{"n": 1}'},
            {"type": "web_search_call", "id": "ws_1", "status": "completed"},
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "r"}]},
            {"role": "developer", "content": "Go on."},
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "status": "completed",
                "content": [{"type": "output_text", "text": "Done.", "annotations": []}],
            },
        ],
        (
            "run complete\n"
            "1 - | (\"A.\\n\\nB.\") {'openai-responses': {'id': 'rs_1', 'summary': "
            "[{'type': 'summary_text', 'text': 'A.'}, {'type': 'summary_text', 'text': 'B.'}]}} "
            '| f({"n": 1}) = done "r" | web_search({}) = done "completed"\n'
            "2 - | \"Done.\" {'openai-responses': {'id': 'msg_1'}}"
        ),
    ),
    (
        "anthropic: results and the next prompt in one message",
        "anthropic",
        [
            USER,
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {"n": 1}}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Go on."},
                    {
                        "type": "tool_result",
                        "tool_use_id": "c",
                        "content": [
                            {"type": "text", "text": "a"},
                            {
                                "type": "image",
                                "source": {"type": "base64", "media_type": "image/png", "data": "AA"},
                            },
                        ],
                    },
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm", "signature": ""},
                    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
                    {
                        "type": "web_search_tool_result",
                        "tool_use_id": "s",
                        "content": [{"type": "web_search_result", "url": "u", "encrypted_content": "x"}],
                    },
                    {"type": "text", "text": "Done."},
                ],
            },
        ],
        (
            'run complete\n1 - | f({"n": 1}) = done "a\\n(file, image, image/png)"\n'
            'run complete\n1 - | ("Hm") | web_search({}) = done [{"url": "u"}] | '
            "\"\" {'anthropic': {'block': {'type': 'web_search_tool_result', 'tool_use_id': 's', "
            "'content': [{'type': 'web_search_result', 'url': 'u', 'encrypted_content': 'x'}]}}} | \"Done.\""
        ),
    ),
    (
        "gemini: calls without ids are answered in their order, names may be written with underscores",
        "gemini",
        [
            {"parts": [{"text": "Hi"}, {"inline_data": {"mime_type": "image/png", "data": b"AAAA"}}]},
            {
                "role": "model",
                "parts": [
                    {"text": "Hm", "thought": True},
                    {"function_call": {"name": "f", "args": {"n": 1}}, "thought_signature": b"sig"},
                    {"function_call": {"name": "f", "args": None}},
                ],
            },
            {
                "role": "function",
                "parts": [
                    {"function_response": {"name": "f", "response": {"result": 1}}},
                    {"function_response": {"name": "f", "response": {"error": "E"}}},
                ],
            },
            {"role": "model", "parts": [{"executable_code": {"code": "1"}}, {}]},
        ],
        (
            'run complete\n1 - | ("Hm") | f({"n": 1}) = done {"result": 1} | f({}) = error "E"\n'
            "2 -\n! unknown:executable_code x1\n! unknown:empty part x1"
        ),
    ),
    (
        "ai-sdk: without step-start it is one turn",
        "ai-sdk",
        ui(
            {"type": "text", "text": "a"},
            {
                "type": "dynamic-tool",
                "toolName": "f",
                "toolCallId": "c",
                "state": "output-available",
                "output": 1,
            },
            {"type": "text", "text": "b"},
            {"type": "reasoning-file", "url": "x"},
        ),
        'run complete\n1 - | "a" | f({}) = done 1 | "b"\n! unknown:reasoning-file x1',
    ),
    (
        "ai-sdk: every state of a call",
        "ai-sdk",
        ui(
            tool("input-streaming", toolCallId="1", input=None),
            tool("input-available", toolCallId="2"),
            tool("approval-requested", toolCallId="3", approval={"id": "a"}),
            tool("approval-responded", toolCallId="4", approval={"id": "a", "approved": True}),
            tool(
                "approval-responded", toolCallId="5", approval={"id": "a", "approved": False, "reason": "No"}
            ),
            tool("output-available", toolCallId="6", output=[1], preliminary=True),
            tool("output-available", toolCallId="7", output={"a": 1}, approval={"id": "a", "approved": True}),
            tool("output-error", toolCallId="8", input=None, rawInput='{"', errorText="E"),
            tool("output-denied", toolCallId="9", approval={"id": "a", "approved": False, "reason": "No"}),
        ),
        (
            "run complete\n1 - | f({}) = unanswered | f({}) = unanswered | f({}) = approval | "
            "f({}) = unanswered [approved] | f({}) = denied [denied: No] | f({}) = unanswered [1] so far | "
            'f({}) = done [approved] {"a": 1} | f(?{") = error "E" | f({}) = denied [denied: No]'
        ),
    ),
    (
        "ai-sdk: files as data and elsewhere",
        "ai-sdk",
        ui(
            {"type": "file", "mediaType": "text/plain", "url": "data:text/plain;charset=utf-8,a%20b"},
            {"type": "file", "mediaType": "image/png", "url": "https://example.org/a.png"},
        ),
        "run complete\n1 - | file text/plain YSBi | file image/png https://example.org/a.png",
    ),
]


@pytest.mark.parametrize(
    ("name", "kept", "expected"), [row[1:] for row in UNDERSTOOD], ids=[row[0] for row in UNDERSTOOD]
)
def test_understood(name: str, kept: list[Any], expected: str) -> None:
    assert sketch(import_messages(kept, name)) == expected


REFUSED: list[tuple[str, Any, str]] = [
    ("openai", "Hi", "messages must be a list of messages, not 'Hi'"),
    ("gemini", {"role": "user"}, "messages must be a list"),
    ("openai", None, "messages must be a list of messages, not None"),
    ("openai", [USER, 5], r"messages\[1\]: a message must be an object, not 5"),
    ("openai", [{"content": "Hi"}], r"messages\[0\]: None is no role of OpenAI's chat messages"),
    ("openai", [{"role": "user", "content": 5}], r"messages\[0\]: 'content' must be a list, not 5"),
    ("openai", [{"role": "user", "content": ["Hi"]}], r"messages\[0\]: each of 'content' must be an object"),
    (
        "openai",
        [USER, {"role": "tool", "tool_call_id": "c", "content": ""}],
        r"\[1\]: a result for the tool call 'c', which",
    ),
    (
        "openai",
        [USER, {"role": "tool", "content": ""}],
        r"messages\[1\]: 'tool_call_id' must be a text, not None",
    ),
    (
        "openai",
        [
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c", "content": "1"},
            {"role": "tool", "tool_call_id": "c", "content": "2"},
        ],
        r"messages\[2\]: the tool call 'c' has had its result before",
    ),
    (
        "openai",
        [{"role": "assistant", "tool_calls": [{"id": "c"}]}],
        r"messages\[0\]: 'function' must be an object",
    ),
    (
        "openai",
        [{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": ""}}]}],
        r"messages\[0\]: a tool call has no name",
    ),
    (
        "openai-responses",
        [{"role": "tool", "content": ""}],
        r"messages\[0\]: 'tool' is no role of OpenAI's Responses",
    ),
    (
        "openai-responses",
        [{"type": "item_reference", "id": "rs_1"}],
        r"\[0\]: refers to the item 'rs_1', which only OpenAI",
    ),
    (
        "openai-responses",
        [{"type": "function_call_output", "call_id": "c", "output": ""}],
        r"messages\[0\]: a result for",
    ),
    (
        "anthropic",
        [{"role": "tool", "content": ""}],
        r"messages\[0\]: 'tool' is no role of Anthropic's messages",
    ),
    (
        "anthropic",
        [{"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": "{}"}]}],
        r"messages\[0\]: 'input' must be an object, not '{}'",
    ),
    (
        "gemini",
        [{"role": "assistant", "parts": []}],
        r"messages\[0\]: 'assistant' is no role of Gemini's contents",
    ),
    (
        "gemini",
        [response({"output": 1})],
        r"messages\[0\]: a result for 'f', which no message before it calls",
    ),
    ("gemini", [GEMINI_CALL, response({"a": 1}, id="x")], r"messages\[1\]: a result for the tool call 'x'"),
    (
        "gemini",
        [{"role": "model", "parts": [{"inlineData": {"mimeType": "image/png", "data": "no base64!"}}]}],
        r"messages\[0\]: the data of a file is not base64",
    ),
    (
        "ai-sdk",
        [{"id": "m", "role": "data", "parts": []}],
        r"messages\[0\]: 'data' is no role of the AI SDK's",
    ),
    ("ai-sdk", ui(tool("done")), r"messages\[0\]: 'done' is no state of a tool call"),
    ("ai-sdk", ui({"text": "a"}), r"messages\[0\]: 'type' must be a text, not None"),
    (
        "ai-sdk",
        [USER | {"id": "u", "parts": []}, *ui(tool("output-error"))],
        r"messages\[1\]: 'errorText' must be",
    ),
]


@pytest.mark.parametrize(("name", "kept", "match"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refused(name: str, kept: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        import_messages(kept, name)


def test_an_unknown_format_lists_those_there_are() -> None:
    with pytest.raises(ValueError, match="'gpt' is no format that turnwise knows; there is"):
        import_messages([], "gpt")


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_an_empty_conversation(name: str) -> None:
    assert import_messages([], name).runs == []


@pytest.mark.parametrize("name", FORMATS)
def test_ids_and_times_are_the_same_every_time(name: str) -> None:
    kept = messages(import_messages([USER, {"role": "assistant", "content": "Hello."}]), name)
    twice = [import_messages(iter(kept), name, now=7.0).to_dict() for _ in range(2)]
    assert twice[0] == twice[1]
    run = import_messages(kept, name, now=7.0).runs[0]
    assert (run.status, run.added, run.turns[0].ended) == ("complete", 7.0, 7.0)


def test_an_imported_run_keeps_the_id_of_its_message() -> None:
    kept = [
        {"id": "u", "role": "user", "parts": [{"type": "text", "text": "Hi"}]},
        *ui({"type": "text", "text": "a"}),
    ]
    assert [run.id for run in import_messages(kept * 2, "ai-sdk").runs] == ["m", "m_"]
    assert [run.id for run in import_messages(kept[:1], "ai-sdk").runs] == ["u"]


def test_objects_of_an_sdk_are_taken_as_what_they_stand_for() -> None:
    @dataclass
    class Block:
        text: str

        def model_dump(self, **_options: Any) -> dict[str, Any]:
            return {"type": "text", "text": self.text, "citations": None}

    kept = [USER, {"role": "assistant", "content": (Block("Hello."), Block(" You."))}]
    assert sketch(import_messages(kept, "anthropic")) == 'run complete\n1 - | "Hello." | " You."'
