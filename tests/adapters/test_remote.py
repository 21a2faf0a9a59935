"""The pure halves of agents behind a URL: what the recordings do not show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sketch import assemble, sketch
from streams import ROWS
from turnwise import Transcript
from turnwise.adapters.remote.server import Message
from turnwise.adapters.remote.turnwise_sse import TurnwiseTranslator
from turnwise.headless import Reader

if TYPE_CHECKING:
    from streams import Row
    from turnwise import Event
    from turnwise.adapters.remote.base import Translator


def read(translator: Translator, *messages: dict[str, Any]) -> list[Event]:
    """The events of messages; a Prism event's name is its ``event``."""
    out: list[Event] = []
    for item in messages:
        name = item.pop("event", "message")
        out += translator.feed(Message(name, json.dumps(item)))
    return out + translator.finish()


def drawn(events: list[Event]) -> str:
    return sketch(Transcript(assemble(events)))


# turnwise, and back.

ELSEWHERE = {
    "B1 a result for nobody is shown and said": "the step has no arguments there, and empty ones here",
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
    told = Reader(transcript).read(assemble(row.events, status=row.status, error=row.error))
    translator = TurnwiseTranslator()
    events = [
        event for said in told for event in translator.feed(Message(said.type, json.dumps(said.to_dict())))
    ]
    assert translator.over
    again = Transcript(assemble(events, status="complete" if translator.ended else "truncated"))
    assert seen(again) == seen(transcript)
