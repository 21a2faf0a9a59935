"""What is derived from a conversation."""

from __future__ import annotations

import pytest

from conversations import transcript
from turnwise import Data, Event, File, Reasoning, Source, Text, ToolCall, ToolResult

STEP: list[Event] = [ToolCall("search", {}, call_id="1", hosted=True), ToolResult(1, call_id="1")]


@pytest.mark.parametrize(
    ("between", "text"),
    [
        ([], "The grass is green."),
        ([Source("https://example.org")], "The grass is green."),
        ([Data("meter", 1)], "The grass is green."),
        ([Reasoning("hm")], "The grass is\n\n green."),
        ([File(b"x")], "The grass is\n\n green."),
        (STEP, "The grass is\n\n green."),
        ([*STEP, Reasoning("hm")], "The grass is\n\n green."),
    ],
    ids=["nothing", "source", "data", "reasoning", "file", "step", "more"],
)
def test_a_turns_text_is_one_where_nothing_stands_between(between: list[Event], text: str) -> None:
    events = [Text("The grass is", key="0"), *between, Text(" green.", key="1")]
    assert transcript(events).runs[0].final_text == text
