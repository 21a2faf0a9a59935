"""Recordings of Agno: the events of ``arun`` and, where a person was asked, of ``acontinue_run``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines, parted
from turnwise import ApprovalResponse
from turnwise.adapters.agno.translate import Translator, call_ids, is_pause

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise.events import Event
    from turnwise.values import Decision, RunStatus


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one with its fields as attributes; plain dicts (arguments) stay as they are."""
    name: str = value.pop("__type__", "")
    return SimpleNamespace(**value) if name.startswith("agno.") else value


def play(path: Path) -> list[Played]:
    decision: Decision = "denied" if "reject" in path.stem else "approved"
    return [_run(records, decision) for records in parted(lines(path, native), "second")]


def _run(records: list[dict[str, Any]], decision: Decision) -> Played:
    events: list[Event] = []
    status: RunStatus = "complete"
    translator = Translator()
    for record in records:
        match record.get("kind"), record.get("event"):
            case "task.cancel()", _:
                status = "cancelled"
            case None, event:
                events += translator.feed(event)
                if is_pause(event, getattr(event, "run_id", "")):
                    events += [ApprovalResponse(decision, call_id=id) for id in call_ids(event)]
            case _:
                pass
    return Played(events=events, status=status)


SOURCE = Source(
    folder="agno",
    adapter="adapters.agno.translate",
    play=play,
    cannot={
        "S": "OpenAI's chat wire, which it speaks here, has no sources; citations have a row in test_agno.py",
    },
    own={
        "A.no_stream_events": "without the events there is only text; the adapter always asks for them",
        "J": "what was asked for in a form arrives as an object",
    },
    silent={
        ("*", "finish"): "Agno does not tell why a model stopped",
        ("E1", "calls"): "a call of an unknown tool makes no event",
        ("E2", "calls"): "a call with malformed arguments makes no event",
        ("F2", "calls"): "a call with malformed arguments makes no event",
        ("K5", "usage"): "its last request fails",
    },
)
