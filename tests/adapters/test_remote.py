"""The pure halves of agents behind a URL: what the recordings do not show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sketch import assemble, sketch
from streams import ROWS
from turnwise import File, Transcript, Unknown
from turnwise.adapters.remote.adk import ADKTranslator
from turnwise.adapters.remote.ag_ui_thread import STOPPED, Thread
from turnwise.adapters.remote.ag_ui_translate import AGUITranslator
from turnwise.adapters.remote.ai_sdk import AISDKTranslator
from turnwise.adapters.remote.base import UNREADABLE
from turnwise.adapters.remote.json_patch import patched
from turnwise.adapters.remote.prism import PrismTranslator
from turnwise.adapters.remote.server import Message
from turnwise.adapters.remote.turnwise_sse import TurnwiseTranslator
from turnwise.reader import Reader

if TYPE_CHECKING:
    from streams import Row
    from turnwise import Event
    from turnwise.adapters.remote.base import Translator


def read(translator: Translator, *messages: dict[str, Any]) -> list[Event]:
    """The events of messages; a Prism event's name is its ``event``."""
    out: list[Event] = []
    for item in messages:
        out += translator.feed(Message(item.get("event", "message"), json.dumps(item)))
    return out + translator.finish()


def drawn(events: list[Event]) -> str:
    return sketch(Transcript(assemble(events)))


# AI SDK: what no recording shows.

STEP = {"type": "start-step"}
END = [{"type": "finish-step"}, {"type": "finish", "finishReason": "stop"}]


def text(words: str, id: str = "0") -> dict[str, Any]:
    return {"type": "text-delta", "id": id, "delta": words}


CALL = {"type": "tool-input-available", "toolCallId": "c", "toolName": "f", "input": {}}

AI_SDK: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a step is made again": (
        [STEP, text("no"), CALL, {"type": "reset-step"}, text("yes"), *END],
        'run complete\n1 stop attempt 2 | "yes"',
    ),
    "text ids come again in the next step, and in the same one": (
        [
            STEP,
            {"type": "text-start", "id": "0"},
            text("a"),
            CALL,
            {"type": "tool-output-available", "toolCallId": "c", "output": 1},
            STEP,
            text("b"),
            *END,
        ],
        'run complete\n1 - | "a" | f({}) = done 1\n2 stop | "b"',
    ),
    "a text id comes again after a call of the same step": (
        [
            STEP,
            {"type": "text-start", "id": "0"},
            text("a"),
            {"type": "text-end", "id": "0"},
            CALL,
            {"type": "text-start", "id": "0"},
            text("b"),
            {"type": "text-end", "id": "0"},
            *END,
        ],
        'run complete\n1 tool_calls | "a" | f({}) = unanswered | "b"',
    ),
    "two texts of a step at once": (
        [
            STEP,
            {"type": "text-start", "id": "0"},
            {"type": "text-start", "id": "1"},
            text("a"),
            text("b", "1"),
            text("c"),
            *END,
        ],
        'run complete\n1 stop | "ac" | "b"',
    ),
    "usage of each step in metadata of its own, and of the run in the last": (
        [
            STEP,
            text("a"),
            {"type": "finish-step"},
            {"type": "message-metadata", "messageMetadata": {"usage": {"inputTokens": 3, "outputTokens": 2}}},
            STEP,
            text("b"),
            {"type": "finish-step"},
            {"type": "message-metadata", "messageMetadata": {"usage": {"inputTokens": 5, "outputTokens": 4}}},
            {"type": "finish", "messageMetadata": {"usage": {"inputTokens": 8, "outputTokens": 6}}},
        ],
        'run complete\n1 unknown 3->2 | "a"\n2 unknown 5->4 | "b"',
    ),
    "calls whose arguments interleave, answered the other way round": (
        [
            STEP,
            *({"type": "tool-input-start", "toolCallId": id, "toolName": "f"} for id in "cd"),
            *({"type": "tool-input-delta", "toolCallId": id, "inputTextDelta": "{"} for id in "cd"),
            {**CALL, "toolCallId": "d", "input": {"x": 2}},
            {**CALL, "input": {"x": 1}},
            {"type": "tool-output-available", "toolCallId": "d", "output": 2},
            {"type": "tool-output-available", "toolCallId": "c", "output": 1},
            *END,
        ],
        'run complete\n1 tool_calls | f({"x": 1}) = done 1 | f({"x": 2}) = done 2',
    ),
    "data before the first step, replaced in it": (
        [
            {"type": "data-x", "id": "1", "data": 1},
            {"type": "start"},
            STEP,
            {"type": "data-x", "id": "1", "data": 2},
            text("a"),
            *END,
        ],
        'run complete\n1 stop | data x 2 | "a"',
    ),
    "an error in the middle of a text": (
        [
            STEP,
            text("a"),
            {"type": "error", "errorText": "boom"},
            {"type": "finish", "finishReason": "error"},
        ],
        'run error (error: boom)\n1 error [error] | "a"',
    ),
    "an error, a source and a failed call as `fullStream` has them": (
        [
            STEP,
            {"type": "source", "sourceType": "url", "id": "s", "url": "https://example.org", "title": "Page"},
            {"type": "tool-call", "toolCallId": "c", "toolName": "f", "input": {}},
            {"type": "tool-error", "toolCallId": "c", "toolName": "f", "input": {}, "error": "no"},
            {"type": "error", "error": {"name": "AI_APICallError", "message": "429"}},
        ],
        'run error (error: 429)\n1 error [error] | source https://example.org | f({}) = error "no"',
    ),
    "files as `fullStream` has them, in the spellings of its releases": (
        [
            STEP,
            {"type": "file", "file": {"base64Data": "aGk=", "mediaType": "image/png"}},
            {"type": "file", "file": {"uint8ArrayData": {"0": 104, "1": 105}, "mediaType": "image/gif"}},
            {"type": "reasoning-file", "file": {"base64": "aGk=", "mediaType": "image/webp"}},
            {"type": "file", "url": "https://example.org/x.png", "mediaType": "image/png"},
            text("a"),
            *END,
        ],
        (
            "run complete\n1 stop | file image/png aGk= | file image/gif aGk= | file image/webp aGk= | "
            'file image/png https://example.org/x.png | "a"'
        ),
    ),
    "files whose bytes are none": (
        [
            STEP,
            {"type": "file", "url": "data:image/png;base64,a", "mediaType": "image/png"},
            {"type": "file", "file": {"base64Data": "a", "mediaType": "image/png"}},
            {"type": "file", "file": {"uint8ArrayData": {"0": 999}, "mediaType": "image/png"}},
            {"type": "file", "file": {"uint8ArrayData": {"0": "x"}, "mediaType": "image/png"}},
            text("a"),
            *END,
        ],
        'run complete\n1 stop | "a"\n! unknown:a file whose bytes cannot be read x4',
    ),
    "what `fullStream` says of a call that waits, and of the wire": (
        [
            STEP,
            {"type": "raw", "rawValue": {"id": "chatcmpl-1"}},
            {"type": "tool-call", "toolCallId": "c", "toolName": "f", "input": {}},
            {"type": "ping"},
            {"type": "tool-approval-request", "approvalId": "a", "toolCall": {"toolCallId": "c"}},
            {"type": "tool-approval-response", "approvalId": "a", "approved": True},
            {"type": "steering-message", "id": "s", "message": {"role": "user", "content": "faster"}},
            *END,
        ],
        'run complete\n1 tool_calls | f({}) = unanswered [approved] | data steering-message "faster"',
    ),
    "a server without steps": (
        [
            text("a"),
            CALL,
            {"type": "tool-output-available", "toolCallId": "c", "output": 1},
            text("b"),
            {"type": "data-note", "data": 1},
            {"type": "finish"},
        ],
        'run complete\n1 - | "a" | f({}) = done 1\n2 - | "b" | data note 1',
    ),
    "a tool that the provider runs": (
        [
            STEP,
            {**CALL, "providerExecuted": True},
            {"type": "tool-output-available", "toolCallId": "c", "output": 1, "providerExecuted": True},
            text("b"),
            *END,
        ],
        'run complete\n1 stop | f({}) = done 1 | "b"',
    ),
    "Prism's usage and finish reason": (
        [
            STEP,
            text("a"),
            {"type": "finish-step"},
            {
                "type": "finish",
                "messageMetadata": {
                    "finishReason": "stop",
                    "usage": {"promptTokens": 3, "completionTokens": 2},
                },
            },
        ],
        'run complete\n1 stop 3->2 | "a"',
    ),
    "a call that the server itself does not allow": (
        [STEP, CALL, {"type": "tool-output-denied", "toolCallId": "c"}, *END],
        'run complete\n1 tool_calls | f({}) = error "The call was not allowed."',
    ),
    "an approval by a rule of the server's own": (
        [
            STEP,
            CALL,
            {"type": "tool-approval-request", "approvalId": "a", "toolCallId": "c", "isAutomatic": True},
            {"type": "tool-approval-response", "approvalId": "a", "approved": True},
            {"type": "tool-output-available", "toolCallId": "c", "output": 1},
            *END,
        ],
        "run complete\n1 tool_calls | f({}) = done 1",
    ),
    "what the provider wants back with a block": (
        [
            STEP,
            {"type": "reasoning-start", "id": "r", "providerMetadata": {"anthropic": {"signature": "old"}}},
            {"type": "reasoning-delta", "id": "r", "delta": "hm"},
            {"type": "reasoning-end", "id": "r", "providerMetadata": {"anthropic": {"signature": "s"}}},
            text("a"),
            *END,
        ],
        "run complete\n1 stop | (\"hm\") {'anthropic': {'signature': 's'}} | \"a\"",
    ),
    "somebody says something meanwhile": (
        [
            STEP,
            text("a"),
            {"type": "steering-message", "id": "s", "parts": [{"type": "text", "text": "faster"}]},
            *END,
        ],
        'run complete\n1 stop | "a" | data steering-message "faster"',
    ),
    "the server stops the run": (
        [STEP, text("a"), {"type": "abort", "reason": "shutdown"}],
        'run error (Aborted: shutdown)\n1 cancelled [error] | "a"',
    ),
    "a chunk that nobody knows": (
        [STEP, text("a"), {"type": "hologram"}, {"type": "hologram"}, *END],
        'run complete\n1 stop | "a"\n! unknown:hologram x2',
    ),
}


@pytest.mark.parametrize("name", AI_SDK)
def test_ai_sdk(name: str) -> None:
    chunks, expected = AI_SDK[name]
    translator = AISDKTranslator()
    assert drawn(read(translator, *chunks)) == expected
    assert translator.ended
    assert not translator.questions


# AG-UI


def said(words: str, id: str = "m", **more: Any) -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": words, **more}


def called(id: str, name: str = "f", arguments: str = "{}", **more: Any) -> list[dict[str, Any]]:
    return [
        {"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": name, **more},
        {"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": arguments, **more},
        {"type": "TOOL_CALL_END", "toolCallId": id, **more},
    ]


def confirmation(id: str) -> list[dict[str, Any]]:
    """ADK asks about a call."""
    original = {"id": id, "name": "f", "args": {"x": 1}}
    asked = json.dumps({"originalFunctionCall": original, "toolConfirmation": {"hint": "May I?"}})
    return called(f"adk-{id}", "adk_request_confirmation", asked)


def result(id: str, content: str = "1") -> dict[str, Any]:
    return {"type": "TOOL_CALL_RESULT", "messageId": f"{id}-result", "toolCallId": id, "content": content}


def thought(words: str) -> dict[str, Any]:
    return {"type": "REASONING_MESSAGE_CONTENT", "messageId": "r", "delta": words}


DONE = {"type": "RUN_FINISHED"}
NODE = {"type": "STEP_STARTED", "stepName": "node"}
CUSTOM = {"type": "CUSTOM", "name": "n", "value": 1}
USED = {"inputTokens": 3, "outputTokens": 2}
SPENT = {"type": "RAW", "event": {"event": {"metadata": {"usage": {"inputTokens": 1}}}}}
WHOLE = {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "f", "delta": "{}"}
FOUND = {"id": "t", "role": "tool", "toolCallId": "c", "content": "1"}


def interrupted(**interrupt: Any) -> dict[str, Any]:
    return {
        "type": "RUN_FINISHED",
        "outcome": {"type": "interrupt", "interrupts": [{"id": "i", **interrupt}]},
    }


AG_UI: dict[str, tuple[list[dict[str, Any]], str]] = {
    "thinking, as it was before 1.0": (
        [{"type": "THINKING_START"}, {"type": "THINKING_TEXT_MESSAGE_START"}]
        + [{"type": "THINKING_TEXT_MESSAGE_CONTENT", "delta": piece} for piece in ("h", "m")]
        + [{"type": "THINKING_TEXT_MESSAGE_END"}, {"type": "THINKING_END"}, said("a"), DONE],
        'run complete\n1 unknown | ("hm") | "a"',
    ),
    "chunks, whose ids only the first ones have": (
        [
            {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "role": "assistant", "delta": "a"},
            {"type": "TEXT_MESSAGE_CHUNK", "delta": "b"},
            {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "f", "delta": '{"x"'},
            {"type": "TOOL_CALL_CHUNK", "delta": ": 1}"},
            result("c"),
            DONE,
        ],
        'run complete\n1 tool_calls | "ab" | f({"x": 1}) = done "1"',
    ),
    "the user's own message comes back": (
        [{"type": "TEXT_MESSAGE_START", "messageId": "u", "role": "user"}, said("hi", "u"), said("a"), DONE],
        'run complete\n1 unknown | "a"',
    ),
    "an activity and what changes of it": (
        [
            {
                "type": "ACTIVITY_SNAPSHOT",
                "messageId": "p",
                "activityType": "PLAN",
                "content": {"steps": ["x"]},
            },
            {
                "type": "ACTIVITY_DELTA",
                "messageId": "p",
                "activityType": "PLAN",
                "patch": [{"op": "add", "path": "/steps/-", "value": "y"}],
            },
            DONE,
        ],
        'run complete\n1 unknown | data PLAN {"steps": ["x", "y"]}',
    ),
    "a subagent under the call that it works for": (
        [
            *called("c", "ask"),
            {"type": "SUBAGENT_STARTED", "subagentRunId": "s", "name": "bill", "parentToolCallId": "c"},
            said("inner", "n", subagentRunId="s"),
            {"type": "SUBAGENT_FINISHED", "subagentRunId": "s"},
            result("c"),
            said("outer"),
            DONE,
        ],
        (
            'run complete\nlane1: bill under r.1.1\n1 tool_calls | ask({}) = done "1"\n'
            '2 unknown in lane1 | "inner"\n3 unknown | "outer"'
        ),
    ),
    "a question that names its call": (
        [*called("c"), interrupted(reason="tool_call", toolCallId="c", message="May I?")],
        "run complete\n1 tool_calls | f({}) = approval",
    ),
    "a question that names none, while one call waits": (
        [*called("c"), interrupted(reason="approve")],
        "run complete\n1 tool_calls | f({}) = approval",
    ),
    "a question that no call led to": (
        [said("a"), interrupted(reason="pick_one", metadata={"of": [1, 2]})],
        'run complete\n1 tool_calls | "a" | pick_one({"of": [1, 2]}) = approval',
    ),
    "a text that only the snapshot has": (
        [
            {"type": "MESSAGES_SNAPSHOT", "messages": [{"id": "u", "role": "user", "content": "hi"}]},
            {
                "type": "MESSAGES_SNAPSHOT",
                "messages": [{"id": "a", "role": "assistant", "content": "Hello."}],
            },
            DONE,
        ],
        'run complete\n1 - | "Hello."',
    ),
    "the server stops the run": (
        [said("a"), {"type": "RUN_FINISHED", "outcome": {"type": "cancelled"}}],
        'run error (Cancelled: The server stopped the run.)\n1 unknown [error] | "a"',
    ),
    "what is beside the turns begins none but the first": (
        [CUSTOM, NODE, said("a"), *called("c"), result("c"), CUSTOM, NODE, said("b"), DONE],
        ('run complete\n1 tool_calls | data n 1 | "a" | f({}) = done "1" | data n 1\n2 unknown | "b"'),
    ),
    "a result that is told again begins no turn": (
        [*called("c"), result("c"), said("a"), result("c"), said("b"), DONE],
        'run complete\n1 tool_calls | f({}) = done "1"\n2 unknown | "ab"',
    ),
    "a result that only a snapshot has begins one": (
        [*called("c"), {"type": "MESSAGES_SNAPSHOT", "messages": [FOUND]}, said("a"), DONE],
        'run complete\n1 tool_calls | f({}) = done "1"\n2 unknown | "a"',
    ),
    "empty deltas and steps alone begin no turn": (
        [NODE, said("a"), NODE, said(""), thought(""), {**NODE, "type": "STEP_FINISHED"}, DONE],
        'run complete\n1 unknown | "a"',
    ),
    "fields that are null": (
        [
            {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": None},
            {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "role": None, "delta": "a"},
            {"type": "ACTIVITY_SNAPSHOT", "messageId": "p", "activityType": "P", "content": 1, "patch": None},
            DONE,
        ],
        'run complete\n1 unknown | "a" | data P 1',
    ),
    "ADK's reasoning again, after a call": (
        [thought("h"), thought("m"), *called("c"), thought("hm"), result("c"), thought("x"), said("a"), DONE],
        'run complete\n1 tool_calls | ("hm") | f({}) = done "1"\n2 unknown | ("x") | "a"',
    ),
    "ADK asks after a result that is none, which another replaces": (
        [
            *called("c"),
            result("c", '{"error": "This tool call requires confirmation, please approve or reject."}'),
            *confirmation("c"),
            DONE,
            {"type": "RUN_STARTED"},
            result("c", "gone"),
            said("a"),
            DONE,
        ],
        'run complete\n1 tool_calls | f({}) = done "gone"\n2 unknown | "a"',
    ),
    "ADK asks after a result in a tool's own words, or about a call that nobody knows": (
        [
            *(*called("c"), result("c", "wait"), *confirmation("c"), *confirmation("d"), DONE),
            *({"type": "RUN_STARTED"}, result("c", "gone"), said("a"), DONE),
        ],
        (
            'run complete\n1 tool_calls | f({}) = done "gone"\n'
            '2 tool_calls | f({"x": 1}) = approval | f({"x": 1}) = approval\n3 unknown | "a"'
        ),
    ),
    "a count before anything was said is nobody's": (
        [
            NODE,
            SPENT,
            said("a"),
            DONE,
        ],
        'run complete\n1 unknown | "a"',
    ),
    "a resumed run tells the old call again, in chunks": (
        [WHOLE, DONE, {"type": "RUN_STARTED"}, WHOLE, result("c"), said("a"), DONE],
        'run complete\n1 tool_calls | f({}) = done "1"\n2 unknown | "a"',
    ),
    "an error while a text and a call are open": (
        [said("a"), *called("c")[:2], {"type": "RUN_ERROR", "message": "boom", "code": "X"}],
        'run error (X: boom)\n1 error [error] | "a" | f({}) = cancelled',
    ),
    "what a run of several turns used is told of its last, and there is the sum of all models": (
        [*called("c"), result("c"), said("a"), {**DONE, "usage": [USED, {**USED, "model": "other"}]}],
        'run complete\n1 tool_calls | f({}) = done "1"\n2 unknown 6->4 | "a"',
    ),
    "what a run used is not told again where a turn has told it": (
        [*called("c"), SPENT, result("c"), said("a"), {**DONE, "usage": [USED]}],
        'run complete\n1 tool_calls 1->None | f({}) = done "1"\n2 unknown | "a"',
    ),
    "a run that failed has used tokens, too": (
        [said("a"), {"type": "RUN_ERROR", "message": "boom", "usage": [USED]}],
        'run error (RUN_ERROR: boom)\n1 error [error] 3->2 | "a"',
    ),
    "a result is the answer of a run without one": (
        [*called("c"), result("c"), {**DONE, "result": "Hello."}],
        'run complete\n1 tool_calls | f({}) = done "1"\n2 - | "Hello."',
    ),
    "a result that is no text": (
        [{**DONE, "result": {"city": "Paris"}}],
        'run complete\n1 unknown | data result {"city": "Paris"}',
    ),
    "a result beside a text says it in another form": (
        [said("Hello."), {**DONE, "result": {"messages": ["Hello."]}}],
        'run complete\n1 unknown | "Hello."',
    ),
    "the state is shown in the turn that it changes in": (
        [
            {"type": "STATE_SNAPSHOT", "snapshot": {}},
            said("a"),
            {"type": "STATE_SNAPSHOT", "snapshot": {"plan": ["x"], "messages": [1], "_thread": "t"}},
            *called("c"),
            {"type": "STATE_DELTA", "delta": [{"op": "add", "path": "/plan/-", "value": "y"}]},
            result("c"),
            said("b"),
            {"type": "STATE_SNAPSHOT", "snapshot": {"plan": ["x", "y"], "messages": [1, 2]}},
            DONE,
        ],
        (
            'run complete\n1 tool_calls | "a" | f({}) = done "1" | data state {"plan": ["x", "y"]}\n'
            '2 unknown | "b"'
        ),
    ),
    "a state that the last turn changes, word by word": (
        [
            {"type": "STATE_SNAPSHOT", "snapshot": {"text": ""}},
            said("a"),
            *(
                {"type": "STATE_DELTA", "delta": [{"op": "replace", "path": "/text", "value": "word " * n}]}
                for n in range(1, 4)
            ),
            DONE,
        ],
        'run complete\n1 unknown | "a" | data state {"text": "word word word "}',
    ),
    "a state that is all that a failed run says": (
        [{"type": "STATE_SNAPSHOT", "snapshot": {"n": 1}}, {"type": "RUN_ERROR", "message": "boom"}],
        'run error (RUN_ERROR: boom)\n1 error [error] | data state {"n": 1}',
    ),
    "an event that nobody knows": (
        [said("a"), {"type": "HOLOGRAM"}, DONE],
        'run complete\n1 unknown | "a"\n! unknown:HOLOGRAM x1',
    ),
}


@pytest.mark.parametrize("name", AG_UI)
def test_ag_ui(name: str) -> None:
    events, expected = AG_UI[name]
    translator = AGUITranslator()
    assert drawn(read(translator, {"type": "RUN_STARTED"}, *events)) == expected
    assert translator.over


def test_one_interrupt_of_langgraph_may_ask_about_several_calls() -> None:
    actions = [{"name": "f", "args": {"x": 2}, "description": "two?"}, {"name": "f", "args": {"x": 1}}]
    value = json.dumps({"action_requests": actions})
    for end in (
        [{"type": "CUSTOM", "name": "on_interrupt", "value": value}, DONE],
        [
            interrupted(
                reason="langgraph:interrupt", metadata={"langgraph": {"raw": {"action_requests": actions}}}
            )
        ],
    ):
        translator = AGUITranslator()
        read(translator, *called("a", arguments='{"x": 1}'), *called("b", arguments='{"x": 2}'), *end)
        assert list(translator.questions) == ["b", "a"]
        [interrupt] = set(translator.questions.values())
        assert interrupt.calls == ["b", "a"]


def test_an_ag_ui_client_remembers_what_the_servers_events_say() -> None:
    thread = Thread()
    thread.ask("hi")
    events: list[dict[str, Any]] = [
        said("Let me "),
        said("look."),
        *called("c", arguments='{"x": 1}', parentMessageId="m"),
        *called("d"),
        {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "tool-call", "entityId": "c", "encryptedValue": "e"},
        result("c", "found"),
        {"type": "STATE_SNAPSHOT", "snapshot": {"n": 1}},
        {"type": "STATE_DELTA", "delta": [{"op": "replace", "path": "/n", "value": 2}]},
    ]
    for event in events:
        thread.hear(event["type"], event)
    thread.ask("and?")
    body = thread.input()
    assert body["state"] == {"n": 2}
    user, look, after, *rest = body["messages"]
    assert (user["role"], user["content"], look["id"], look["content"]) == ("user", "hi", "m", "Let me look.")
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    assert look["toolCalls"] == [{**call, "encryptedValue": "e"}]
    assert [message["role"] for message in (after, *rest)] == ["assistant", "tool", "tool", "user"]
    assert [(m["toolCallId"], m["content"]) for m in rest[:2]] == [("d", STOPPED), ("c", "found")]

    thread.hear("MESSAGES_SNAPSHOT", {"messages": [{"id": "z", "role": "user", "content": "only this"}]})
    assert [message["id"] for message in thread.input()["messages"]] == ["z"]


def test_an_ag_ui_client_sends_back_what_it_does_not_understand() -> None:
    parts = [{"type": "text", "text": "Look:"}, {"type": "image", "source": {}}]
    told: list[dict[str, Any]] = [
        {"id": "a", "role": "assistant", "content": parts},
        {
            "id": "b",
            "role": "assistant",
            "content": None,
            "toolCalls": [{"id": ["c"]}, {"id": "d", "function": 1}],
        },
        {"id": "e", "role": "tool", "toolCallId": {"not": "an id"}, "content": [1]},
    ]
    thread = Thread()
    thread.hear("MESSAGES_SNAPSHOT", {"messages": told})
    for event in called("d"):
        thread.hear(event["type"], event)
    thread.ask("and?")
    sent = thread.input()["messages"]
    assert sent[0] == told[0]
    assert [message["role"] for message in sent] == ["assistant", "assistant", "tool", "tool", "tool", "user"]
    assert json.dumps(sent)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "add", "path": "/a/1", "value": 9}], {"a": [1, 9, 2], "b/c": {"d": None}}),
        ([{"op": "add", "path": "/a/-", "value": 9}], {"a": [1, 2, 9], "b/c": {"d": None}}),
        ([{"op": "remove", "path": "/a/0"}], {"a": [2], "b/c": {"d": None}}),
        ([{"op": "replace", "path": "/a/0", "value": 9}], {"a": [9, 2], "b/c": {"d": None}}),
        ([{"op": "replace", "path": "/b~1c/d", "value": 1}], {"a": [1, 2], "b/c": {"d": 1}}),
        ([{"op": "move", "from": "/a", "path": "/b~1c/e"}], {"b/c": {"d": None, "e": [1, 2]}}),
        ([{"op": "copy", "from": "/a/1", "path": "/x"}], {"a": [1, 2], "b/c": {"d": None}, "x": 2}),
        ([{"op": "remove", "path": "/b~1c"}], {"a": [1, 2]}),
        ([{"op": "replace", "path": "", "value": 7}], 7),
        (
            [{"op": "remove", "path": "/a"}, {"op": "remove", "path": "/nope"}],
            {"a": [1, 2], "b/c": {"d": None}},
        ),
        ([{"op": "add", "path": "/a/7", "value": 1}], {"a": [1, 2, 1], "b/c": {"d": None}}),
    ],
)
def test_json_patch(operations: list[dict[str, Any]], expected: object) -> None:
    document = {"a": [1, 2], "b/c": {"d": None}}
    assert patched(document, operations) == expected
    assert document == {"a": [1, 2], "b/c": {"d": None}}


# Prism


# ADK's server: what is beside the framework's own events, which test_google_adk.py tries.


def adk(event_id: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    node = {"path": "a@1"}
    event = {"id": event_id, "author": "a", "invocationId": "i", "nodeInfo": node, **more}
    return {**event, "content": {"role": "model", "parts": list(parts)}} if parts else event


HALF = adk("1", {"text": "Half"}, partial=True)

ADK: dict[str, tuple[list[dict[str, Any]], str]] = {
    "an exception is told in an event and, in other words, in a line": (
        [HALF, adk("2", errorCode="INTERNAL", errorMessage="500"), {"error": "ServerError: 500"}],
        'run error (INTERNAL: 500)\n1 error [error] | "Half"',
    ),
    "an exception that no event told": (
        [
            HALF,
            {"error": "ValueError: no", "error_details": {"error_type": "ValueError", "error_message": "no"}},
        ],
        'run error (ValueError: no)\n1 error [error] | "Half"',
    ),
    "an exception after an error that the agent got over": (
        [
            adk("1", errorCode="TIMEOUT", errorMessage="slow"),
            adk("2", {"text": "Again."}, finishReason="STOP"),
            {"error": "ValueError: no"},
        ],
        'run error (TIMEOUT: slow)\n1 stop [error] | "Again."\n! another_error x1',
    ),
    "the server stops the run": (
        [HALF, adk("2", errorCode="INVOCATION_ABORTED", errorMessage="aborted")],
        'run error (Aborted: The server stopped the run.)\n1 error [error] | "Half"',
    ),
    "a line that nobody knows": (
        [adk("1", {"text": "a"}, finishReason="STOP"), {"heartbeat": 1}],
        'run complete\n1 stop | "a"\n! unknown:heartbeat x1',
    ),
    "parallel agents, piece by piece": (
        [
            adk("1", {"text": "A"}, branch="p.a", partial=True),
            adk("2", {"text": "B"}, branch="p.b", author="b", partial=True),
            adk("1", {"text": "a"}, branch="p.a", partial=True),
            adk("2", {"text": "B"}, branch="p.b", author="b", finishReason="STOP"),
            adk("1", {"text": "Aa"}, branch="p.a", finishReason="STOP"),
        ],
        'run complete\nlane1: b\n1 stop | "Aa"\n2 stop in lane1 | "B"',
    ),
}


@pytest.mark.parametrize("name", ADK)
def test_adk(name: str) -> None:
    messages, expected = ADK[name]
    translator = ADKTranslator()
    assert drawn(read(translator, *messages)) == expected
    assert translator.ended or translator.may_end


def test_prism_tools_of_the_provider_recoverable_errors_and_approvals() -> None:
    events = read(
        PrismTranslator(),
        {"event": "step_start"},
        {"event": "provider_tool_event.web_search.started", "item_id": "p", "tool_type": "web_search"},
        {
            "event": "provider_tool_event",
            "item_id": "p",
            "tool_type": "web_search",
            "status": "completed",
            "data": [1],
        },
        {"event": "error", "error_type": "rate_limit", "message": "slowly", "recoverable": True},
        {"event": "text_delta", "delta": "a"},
        {
            "event": "tool_approval_request",
            "approval_id": "x",
            "tool_id": "c",
            "tool_name": "f",
            "arguments": {},
        },
    )
    run, turn = drawn(events).splitlines()
    assert "use turnwise.AISDK" in run
    assert (
        turn == '1 error [error] | web_search({}) = done [1] | data error "slowly" | "a" | f({}) = cancelled'
    )


def test_prism_artifacts_are_base64_or_text() -> None:
    data = ("aGk=", "élan", "a", "\ud800")
    sent = [{"event": "artifact", "artifact": {"data": each, "mime_type": "text/plain"}} for each in data]
    made = [event.data for event in read(PrismTranslator(), *sent) if isinstance(event, File)]
    assert made == [b"hi", "élan".encode(), b"a", b"?"]


def test_a_file_of_turnwise_whose_bytes_are_none_is_told() -> None:
    sent = [{"event": "file", "type": "file", "data": each} for each in ("aGk=", "a", "é")]
    first, *others = read(TurnwiseTranslator(), *sent)
    assert isinstance(first, File)
    assert first.data == b"hi"
    assert [event.kind for event in others if isinstance(event, Unknown)] == [UNREADABLE] * 2


def test_a_run_of_prism_that_failed_has_not_just_stopped() -> None:
    events = read(
        PrismTranslator(),
        {"event": "step_start"},
        {"event": "text_delta", "delta": "a"},
        {"event": "error", "error_type": "overloaded", "message": "later", "recoverable": False},
        {"event": "stream_end", "finish_reason": "Stop"},
    )
    assert drawn(events) == 'run error (overloaded: later)\n1 error [error] | "a"'


# turnwise, and back.

ELSEWHERE = {
    "B1 a result for nobody is shown and said": "the step has no arguments there, and empty ones here",
    "a call that had two ids is forgotten under both when the turn is tried again": (
        "the step of the result for nobody has no arguments there, and empty ones here"
    ),
    "B17 results without an id do not take one another's place": (
        "the steps of the results for nobody have no arguments there, and empty ones here"
    ),
    "B7 an abandoned turn keeps what it showed; its peers are not executed; its usage counts; the next begins anew": (
        "the stream tells the turn's end after the results that it made up"
    ),
}
"""Rows that look different when they are read back, and why."""


def seen(transcript: Transcript) -> list[str]:
    """Without notices: each assembler has its own, of what it was fed."""
    return [line for line in sketch(transcript).splitlines() if not line.startswith("! ")]


@pytest.mark.parametrize("row", [row for row in ROWS if not row.after], ids=lambda row: row.name)
def test_a_run_read_back_from_its_own_stream_is_the_same_run(row: Row) -> None:
    if row.name in ELSEWHERE:
        pytest.skip(ELSEWHERE[row.name])
    if row.status == "cancelled":
        pytest.skip("whoever cancelled it reads no more")
    transcript = Transcript()
    told = Reader(transcript, lambda: 9.0).read(assemble(row.events, status=row.status, error=row.error))
    translator = TurnwiseTranslator()
    events = [
        event for said in told for event in translator.feed(Message(said.type, json.dumps(said.to_dict())))
    ]
    assert translator.over
    again = Transcript(assemble(events, status="complete" if translator.ended else "truncated"))
    assert seen(again) == seen(transcript)
