"""Neighbouring deltas as one: what comes in a burst costs one event and not hundreds.

A stream means the same however its deltas are cut (B2 of the turn rules), so pieces that came together may be put
together before anybody looks at them. Knows ``events``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .events import ReasoningDelta, TextDelta, ToolCallDelta

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .events import Event


def joined(events: Iterable[Event]) -> Iterator[Event]:
    """``events``, with each run of deltas that go to one block, or to one call's arguments, as a single delta.

    What has an ``id`` may come again and stays as it is; so does what names a call, which opens it.
    """
    first: TextDelta | ReasoningDelta | ToolCallDelta | None = None
    """Of the run in the making."""
    kind: type[object] | None = None
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    call_id: str | None = None
    pieces: list[str] = []
    for event in cast("Iterable[Any]", events):  # told apart by their exact types, which is faster to ask
        cls: type[object] = event.__class__
        if cls is TextDelta or cls is ReasoningDelta:
            if (
                cls is kind
                and event.key == key
                and event.turn == turn
                and event.lane == lane
                and event.id is None
            ):
                pieces.append(event.text)
                continue
            text = event.text
            named = False
        elif cls is ToolCallDelta:
            named = event.name is not None
            if (
                cls is kind
                and not named
                and event.key == key
                and event.call_id == call_id
                and event.turn == turn
                and event.lane == lane
                and event.id is None
            ):
                pieces.append(event.arguments)
                continue
            text = event.arguments
            call_id = event.call_id
        else:
            if first is not None:
                yield _whole(first, pieces)
                first = kind = None
            yield event
            continue
        if first is not None:
            yield _whole(first, pieces)
        if event.id is not None or named:
            first = kind = None
            yield event
            continue
        first, kind = event, cls
        key, turn, lane = event.key, event.turn, event.lane
        pieces = [text]
    if first is not None:
        yield _whole(first, pieces)


def _whole(
    first: TextDelta | ReasoningDelta | ToolCallDelta, pieces: list[str]
) -> TextDelta | ReasoningDelta | ToolCallDelta:
    """``first`` with the text of all ``pieces``."""
    if len(pieces) == 1:
        return first
    text = "".join(pieces)
    if isinstance(first, ToolCallDelta):
        return ToolCallDelta(text, call_id=first.call_id, key=first.key, turn=first.turn, lane=first.lane)
    return type(first)(text, key=first.key, turn=first.turn, lane=first.lane)
