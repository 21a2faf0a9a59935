"""Recordings of Microsoft's agent-framework, with OpenAI's chat and responses clients."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines, raised
from turnwise import ApprovalResponse
from turnwise.adapters.agent_framework import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise import Failure
    from turnwise.events import Event
    from turnwise.values import RunStatus


def native(value: dict[str, Any]) -> Any:
    """A recorded update or content as an object; other dicts (token counts) stay as they are."""
    return SimpleNamespace(**value) if isinstance(value.get("type"), str) and "event" not in value else value


def play(path: Path) -> list[Played]:
    out: list[Played] = []
    events: list[Event] = []
    status: RunStatus = "complete"
    error: Failure | None = None
    translator = Translator()
    for record in lines(path):
        match record.get("kind"):
            case "second":
                out.append(Played(events=events))
                events, translator = [], Translator()
            case "final" if requests := translator.take_requests():
                decision = "denied" if "reject" in path.stem else "approved"
                events += [ApprovalResponse(decision, call_id=call_id) for call_id in requests]
            case "break / aclose" | "task.cancel()":
                status = "cancelled"
            case "exception" if status == "complete":
                status, error = "error", raised(record)
            case None:
                events += translator.feed(_objects(record["event"]))
            case _:
                pass
    return [*out, Played(events=events, status=status, error=error)]


def _objects(value: Any) -> Any:
    if isinstance(value, list):
        return [_objects(each) for each in value]
    if not isinstance(value, dict):
        return value
    return native({key: _objects(field) for key, field in value.items()})


SOURCE = Source(
    folder="agent-framework",
    adapter="adapters.agent_framework",
    play=play,
    cannot={
        "S": "not recorded; annotations have a row in test_agent_framework.py",
        "A2": "not recorded; A has a call",
        "B2": "not recorded; B has parallel calls",
        "B3": "not recorded; B has parallel calls, with interleaved arguments",
        "C": "not recorded; C2 has reasoning",
        "C3": "not recorded; C2 has reasoning",
        "E3": "not recorded; as E2",
        "F3": "not recorded; as F",
        "K2": "not recorded; as K1",
        "K4": "not recorded; as K3",
    },
    silent={
        ("C2", "reasoning"): "the framework's client for OpenAI's chat wire drops reasoning",
        ("I*.reject", "outcome"): "the person says no",
    },
)
