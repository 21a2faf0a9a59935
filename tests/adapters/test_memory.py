"""What an agent's own memory lacks of a conversation: how much that is, and what it is told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from conversations import transcript, transcripts
from turnwise import File, Reasoning, TextDelta, ToolCall, ToolResult, Transcript, TurnStart
from turnwise.adapters.memory import heard, untold_exchanges
from turnwise.adapters.strands.messages import end, missing, prompts


def asked(*said: str) -> Transcript:
    history = transcript(*([TextDelta("yes")] for _ in said))
    for run, text in zip(history.runs, said, strict=True):
        run.prompt = text
    return history


@pytest.mark.parametrize(
    ("conversation", "memory", "told", "known"),
    [
        ("", "abc", 0, 0),
        ("abc", "", 0, 0),
        ("abc", "", 2, 2),
        ("abc", "abc", 0, 3),
        ("abc", "xabcy", 0, 3),
        ("abc", "ab", 0, 2),
        ("abc", "xyab", 0, 2),
        ("abc", "bc", 0, 3),
        ("abcd", "bc", 0, 3),
        ("abc", "xbc", 0, 0),
        ("abc", "ax", 0, 0),
        ("abc", "xyz", 0, 0),
        ("abc", "xc", 2, 3),
        ("abc", "xx", 2, 2),
        ("aba", "a", 0, 3),
        ("aba", "ab", 0, 2),
        ("aba", "aba", 0, 3),
        (" b", "  b", 0, 2),
    ],
    ids=[
        "nothing to tell",
        "a fresh memory",
        "a fresh memory that was told in another way",
        "all of it",
        "all of it, with more around",
        "not the latest",
        "not the latest, after something else",
        "not the oldest",
        "neither the oldest nor the latest",
        "its end is something else's",
        "it began alike, and went elsewhere",
        "something else",
        "of the known ones no more is asked",
        "the one that was stopped was not heard",
        "one prompt that comes twice is the latest",
        "and here it is the first",
        "and here both",
        "a blank prompt",
    ],
)
def test_how_much_of_a_conversation_a_memory_holds(
    conversation: str, memory: str, told: int, known: int
) -> None:
    assert heard(asked(*conversation), [*memory], told) == known


def test_what_is_told_of_a_run() -> None:
    history = transcript(
        [
            Reasoning("Hm.", turn="1"),
            TextDelta("Looking.", turn="1"),
            ToolCall("my tool", {"a": 1}, call_id="1", turn="1"),
            TurnStart(turn="2"),
            File(b"x", media_type="image/png", name="plot.png", turn="3"),
        ],
        [TextDelta("Bye.")],
    )
    [first, second] = untold_exchanges(history, 0)
    assert (first.prompt, second.prompt) == ("prompt 0", "prompt 1")
    looked, plotted = first.replies
    assert (looked.text, plotted.text) == ("Looking.", "(file, plot.png, image/png)")
    [call] = looked.calls
    assert (call.id, call.name, call.arguments, call.answer.failed) == ("1", "my_tool", {"a": 1}, True)
    assert "no result" in call.answer.text
    assert plotted.calls == []
    assert untold_exchanges(history, 1) == [second]
    assert untold_exchanges(history, 2) == []


@given(transcripts())
def test_every_call_is_answered_and_has_an_id_of_its_own(history: Transcript) -> None:
    calls = [
        call
        for exchange in untold_exchanges(history, 0)
        for reply in exchange.replies
        for call in reply.calls
    ]
    ids = [call.id for call in calls]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[\w-]{1,40}", call_id, re.ASCII) for call_id in ids)
    assert all(isinstance(call.answer.text, str) for call in calls)


@given(transcripts())
def test_strands_hears_roles_that_take_turns_and_results_right_after_their_calls(history: Transcript) -> None:
    messages = missing(history, 0)
    assert [message["role"] for message in messages] == ["user", "assistant"] * (len(messages) // 2)
    for message, following in zip(messages[::2], messages[1::2], strict=True):
        assert message["content"]
        assert following["content"]
    uses = [[b["toolUse"]["toolUseId"] for b in each["content"] if "toolUse" in b] for each in messages]
    results = [
        [b["toolResult"]["toolUseId"] for b in each["content"] if "toolResult" in b] for each in messages
    ]
    assert uses[:-1] == results[1:]
    assert prompts(messages) == [exchange.prompt for exchange in untold_exchanges(history, 0)]


def test_strands_hears_of_a_run_without_a_reply_that_there_was_none() -> None:
    history = transcript([], [ToolCall("f", {"a": 1}, call_id="1"), ToolResult({"n": 2}, call_id="1")])
    none = {"role": "assistant", "content": [{"text": "(no reply: the run did not come to an end)"}]}
    use = {"toolUse": {"toolUseId": "1", "name": "f", "input": {"a": 1}}}
    result = {"toolResult": {"toolUseId": "1", "status": "success", "content": [{"json": {"n": 2}}]}}
    told = [
        {"role": "user", "content": [{"text": "prompt 0"}]},
        none,
        {"role": "user", "content": [{"text": "prompt 1"}]},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
        none,
    ]
    assert missing(history, 0) == told
    end(told)
    assert told[-1] is none
