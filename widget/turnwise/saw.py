"""What a page shows of a turn when the reader asks: what the model was sent, and all that happened, with its time.

Knows ``ops``, ``request``, ``runs``, ``sent``, ``transcript``, ``values`` and ``wire``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import ops as o
from .sent import shown, tools_shown
from .wire import page_op

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .request import Request
    from .runs import Turn
    from .transcript import Transcript
    from .values import Json

MOST_EVENTS = 2_000
"""Of a turn that had more, the first and the last of them are given."""
MOST_MESSAGES = 1_000
"""Of a request that had more, the latest are given."""


def saw(transcript: Transcript, turn: Turn, log: Iterable[tuple[float, o.Op]]) -> dict[str, Json]:
    """``{"request", "events", "left_out"}``; ``request`` is ``None`` if the source does not tell.

    Of ``events`` each has ``at`` (seconds after the turn began) and what its op has.
    """
    events = [_event(at - turn.started, op) for at, op in log if o.turn_id(op) == turn.id]
    left_out = max(0, len(events) - MOST_EVENTS)
    if left_out:
        half = MOST_EVENTS // 2
        events = [*events[:half], *events[-half:]]
    request = None if turn.request is None else _request(transcript, turn, turn.request)
    return {"request": request, "events": [*events], "left_out": left_out}


def _request(transcript: Transcript, turn: Turn, request: Request) -> dict[str, Json]:
    messages = request.messages
    fresh = request.fresh
    removed = request.removed
    left_out = max(0, len(messages) - MOST_MESSAGES)
    before = request.before
    since = None if request.facts.since is None else transcript.turn(request.facts.since)
    return {
        "run": transcript.run(turn.run_id).number,
        "exact": request.exact,
        "model": request.model,
        "system": request.system,
        "settings": request.settings,
        "tools": tools_shown(request.tools),
        "left_out": left_out,
        "messages": _told(messages[left_out:], fresh[left_out:]),
        "before": None
        if before is None or since is None
        else {
            "run": transcript.run(since.run_id).number,
            "turn": since.number,
            "model": before.model,
            "system": before.system,
            "settings": before.settings,
            "tools": tools_shown(before.tools),
            "removed": _told(removed, [False] * len(removed)),
        },
    }


def _told(messages: list[Json], fresh: list[bool]) -> list[Json]:
    """As they are shown, and as they were sent."""
    return [
        {**view, "fresh": new, "raw": message}
        for view, new, message in zip(shown(messages), fresh, messages, strict=True)
    ]


def _event(at: float, op: o.Op) -> dict[str, Any]:
    data = page_op(op)
    data.pop("body", None)  # it is beside the events
    return {"at": round(at, 4), **data}
