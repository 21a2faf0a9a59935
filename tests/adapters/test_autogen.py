"""The AutoGen adapter's translator: what no recording has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import retold
from turnwise.adapters.autogen import Thinking, Translator


def item(kind: str, content: Any = None, source: str = "a", **fields: Any) -> Any:
    return SimpleNamespace(type=kind, content=content, source=source, **{"models_usage": None, **fields})


def chunk(text: str, source: str = "a") -> Any:
    return item("ModelClientStreamingChunkEvent", text, source)


def message(content: Any, source: str = "a", **fields: Any) -> Any:
    return item(
        "TextMessage",
        content,
        source,
        to_text=lambda: str(content),
        to_model_text=lambda: str(content),
        **fields,
    )


def calls(name: str = "look", source: str = "a") -> Any:
    return item("ToolCallRequestEvent", [SimpleNamespace(id="1", name=name, arguments="{}")], source)


BLOCK = SimpleNamespace(language="python", code="1/0")
RAN = SimpleNamespace(output="division by zero", exit_code=1)
HANDED = item("HandoffMessage", "over to you", "a", target="b")

TRAPS: dict[str, tuple[list[Any], str]] = {
    "the user's own name for an agent": (
        [message("hi", "user"), message("a"), message("b", "user")],
        'lane1: user\n1 - | "a"\n2 - in lane1 | "b"',
    ),
    "a thought before calls is text, and before an answer reasoning": (
        [
            item("ThoughtEvent", "Look."),
            calls(),
            item("ToolCallExecutionEvent", []),
            item("ThoughtEvent", "Hm."),
            message("a"),
        ],
        '1 - | "Look." | look({}) = unanswered\n2 - | ("Hm.") | "a"',
    ),
    "the message wins where it differs from its chunks": ([chunk("a"), message("b")], '1 - | "b"'),
    "a reasoning tag that is never closed": ([chunk("<think>hm</th"), message("")], '1 - | ("hm</th")'),
    "a tag in the middle is text": ([chunk("a <think>"), message("a <think>")], '1 - | "a <think>"'),
    "a form that was not streamed": ([message({"a": 1})], '1 - | "```json\\n{\\n  \\"a\\": 1\\n}\\n```"'),
    "code of the model's own": (
        [
            item("CodeGenerationEvent", "Try.", code_blocks=[BLOCK]),
            item("CodeExecutionEvent", id="9", result=RAN),
        ],
        '1 - | "Try." | execute_code({"blocks": [{"language": "python", "code": "1/0"}]}) = error "division by zero"',
    ),
    "an agent that is handed to has a lane from the one that hands": (
        [message("a"), HANDED, chunk("b", "b"), message("b", "b")],
        'lane1: b from main\n1 - | "a"\n2 - in lane1 | "b"',
    ),
    "A, B, A": (
        [message("a"), message("b", "b"), message("c")],
        'lane1: b\n1 - | "a"\n2 - in lane1 | "b"\n3 - | "c"',
    ),
    "B17: an event that is not known": (
        [message("a"), item("LaterEvent")],
        '1 - | "a"\n! unknown:LaterEvent x1',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    assert retold([event for each in natives for event in translator.feed(each)]) == expected


REPLY = "<think>Is 1 < 2? </thinking no></think>Yes: 1 < 2."


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_reasoning_is_told_from_text_however_it_is_cut(size: int) -> None:
    thinking = Thinking()
    pieces = [piece for at in range(0, len(REPLY), size) for piece in thinking.feed(REPLY[at : at + size])]
    pieces += thinking.rest()
    assert "".join(text for thinks, text in pieces if thinks) == "Is 1 < 2? </thinking no>"
    assert "".join(text for thinks, text in pieces if not thinks) == "Yes: 1 < 2."


def test_who_was_handed_to_and_has_not_spoken_is_known() -> None:
    translator = Translator()
    for each in (message("a"), HANDED):
        translator.feed(each)
    assert translator.handoff is HANDED
    translator.feed(message("b", "b"))
    assert translator.handoff is None
