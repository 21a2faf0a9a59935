"""What a framework's own memory is told of a conversation that it did not live through."""

from __future__ import annotations

import pytest

from turnwise import Transcript, import_messages
from turnwise.adapters.memory import heard, untold, untold_exchanges
from turnwise.export.rules import NO_PROMPT

CALL = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}


def history(*prompts: str) -> Transcript:
    """Each prompt with an answer that is the same in capitals."""
    said = [
        each
        for prompt in prompts
        for each in ({"role": "user", "content": prompt}, {"role": "assistant", "content": prompt.upper()})
    ]
    return import_messages(said)


@pytest.mark.parametrize(
    ("prompts", "held", "told"),
    [
        ("abc", "", 0),
        ("abc", "abc", 3),
        ("abc", "ab", 2),
        ("abc", "c", 3),  # it keeps the last ones only
        ("abc", "bc", 3),
        ("abc", "xa", 1),  # it has another conversation, too
        ("abc", "xabcy", 3),
        ("abc", "xy", 0),
        ("aab", "a", 2),  # either, and it is not told twice
        ("aab", "aa", 2),
        ("ab", "ba", 1),
        ("", "ab", 0),
    ],
)
def test_what_a_memory_has_heard_is_known_by_the_prompts_in_it(prompts: str, held: str, told: int) -> None:
    assert heard(history(*prompts), held) == told


def test_untold_is_what_comes_after() -> None:
    assert [each["content"] for each in untold(history(*"abc"), 1, "openai")] == ["b", "B", "c", "C"]
    assert untold(history(*"abc"), 3, "openai") == []


def test_exchanges_have_what_the_export_has() -> None:
    said = [
        {"role": "user", "content": "Paris?"},
        {"role": "assistant", "content": "Looking.", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "18"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": " "},
    ]
    first, second = untold_exchanges(import_messages(said), 0)
    [reply] = first.replies
    assert (first.prompt, reply.text) == ("Paris?", "Looking.")
    assert [(call.id, call.name, call.answer.text) for call in reply.calls] == [("1", "look", "18")]
    assert (second.prompt, second.replies) == (NO_PROMPT, [])
    assert untold_exchanges(import_messages(said), 1) == [second]
