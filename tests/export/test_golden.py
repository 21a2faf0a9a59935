"""Named conversations in every format: ``python tests/export/test_golden.py`` writes what is then read by eye.

``golden/*.json`` hold an object of messages by format for each of ``conversations.NAMED``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from conversations import NAMED
from turnwise.export import FORMATS, import_messages, messages

GOLDEN = Path(__file__).parent / "golden"

named = pytest.mark.parametrize("name", NAMED)
formats = pytest.mark.parametrize("form", FORMATS)


def path(name: str) -> Path:
    return GOLDEN / f"{name.replace(',', '').replace(' ', '-')}.json"


def golden(name: str) -> dict[str, list[dict[str, Any]]]:
    return json.loads(path(name).read_text("utf-8"))


@named
@formats
def test_b20_a_conversation_is_told_as_it_was_agreed(name: str, form: str) -> None:
    assert messages(NAMED[name], form) == golden(name)[form]


# Calls that were at work when they were written are unanswered when they are read.
@pytest.mark.parametrize(
    ("name", "form"),
    [(name, form) for name in NAMED for form in FORMATS if (name, form) != ("under way", "ai-sdk")],
)
def test_b20_and_read_back_it_is_told_the_same(name: str, form: str) -> None:
    again = import_messages(golden(name)[form], form)
    assert messages(again, form) == golden(name)[form]


def test_nothing_golden_is_left_over() -> None:
    assert sorted(GOLDEN.iterdir()) == sorted(path(name) for name in NAMED)


def write() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name, transcript in NAMED.items():
        told = {form: messages(transcript, form) for form in FORMATS}
        blocks = ",\n".join(f"{json.dumps(form)}: [\n{_lines(told[form])}\n]" for form in FORMATS)
        path(name).write_text(f"{{\n{blocks}\n}}\n", "utf-8")


def _lines(told: list[dict[str, Any]]) -> str:
    return ",\n".join(f"  {json.dumps(message, ensure_ascii=False)}" for message in told)


if __name__ == "__main__":
    write()
