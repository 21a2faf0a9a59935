"""What no recording of smolagents has, as rows: native items in, the turns a reader sees out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import retold
from turnwise.adapters.smolagents.translate import Translator


def native(kind: str, **fields: Any) -> Any:
    return type(kind, (SimpleNamespace,), {})(**fields)


def delta(content: str | None = None, *calls: Any) -> Any:
    return native("ChatMessageStreamDelta", content=content, tool_calls=list(calls), token_usage=None)


def piece(arguments: str, name: str | None = None, index: int = 0) -> Any:
    function = SimpleNamespace(name=name, arguments=arguments)
    return SimpleNamespace(index=index, id=name and "1", function=function)


def step(**fields: Any) -> Any:
    defaults: dict[str, Any] = {
        "step_number": 1,
        "timing": 0,
        "error": None,
        "model_output": None,
        "model_output_message": object(),
        "observations": None,
        "action_output": None,
        "tool_calls": None,
        "token_usage": None,
        "is_final_answer": False,
    }
    return native("ActionStep", **{**defaults, **fields})


def answers(text: Any) -> list[Any]:
    return [
        native("ToolCall", name="final_answer", arguments={"answer": text}, id="1"),
        native("ToolOutput", id="1", output=text, is_final_answer=True),
        native("ActionOutput", output=text, is_final_answer=True),
        step(is_final_answer=True),
        native("FinalAnswerStep", output=text),
    ]


TRAPS: dict[str, tuple[list[Any], str]] = {
    "an answer that comes in the middle of escapes": (
        [
            delta(None, piece("", "final_answer")),
            *(
                delta(None, piece(each))
                for each in ['{"ans', 'wer": "a\\', "n\\u00", "e9 \\ud83d", '\\ude00"}']
            ),
            *answers("a\né 😀"),
        ],
        '1 unknown | "a\\né 😀"',
    ),
    "an answer that is no text is shown when it is whole": (
        [
            delta(None, piece('{"answer": {"a"', "final_answer")),
            delta(None, piece(": 1}}")),
            *answers({"a": 1}),
        ],
        '1 unknown | "```json\\n{\\n  \\"a\\": 1\\n}\\n```"',
    ),
    "a step that went wrong without a call": (
        [delta("code?"), step(error="no code found"), delta("ok"), step()],
        '1 unknown | "code?" | data error "no code found"\n2 unknown | "ok"',
    ),
    "a step that is told twice": (
        [delta("a"), step(), step()],
        '1 unknown | "a"',
    ),
    "an answer that nobody has said": (
        [delta("a"), step(), native("FinalAnswerStep", output="b")],
        '1 unknown | "a"\n2 - | "b"',
    ),
    "B17 what is not known": (
        [delta("a"), native("DreamStep")],
        '1 - | "a"\n! unknown:DreamStep x1',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    assert retold([event for each in natives for event in translator.feed(each)]) == expected
