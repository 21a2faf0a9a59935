"""Recordings of Microsoft's agent-framework, with OpenAI's chat and responses clients."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Run, Source, built, lines, parted
from turnwise import ApprovalResponse
from turnwise.adapters.agent_framework.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Played
    from turnwise.values import Decision


def native(value: dict[str, Any]) -> Any:
    """A recorded update or content as an object; other dicts (token counts) stay as they are."""
    return SimpleNamespace(**value) if isinstance(value.get("type"), str) and "event" not in value else value


def play(path: Path) -> list[Played]:
    decision: Decision = "denied" if "reject" in path.stem else "approved"
    return [_run(records, decision) for records in parted(lines(path), "second")]


def _run(records: list[dict[str, Any]], decision: Decision) -> Played:
    run, translator = Run(), Translator()
    for record in records:
        match record.get("kind"):
            case "final" if requests := translator.take_requests():
                run.events += [ApprovalResponse(decision, call_id=call_id) for call_id in requests]
            case "break / aclose" | "task.cancel()":
                run.status = "cancelled"
            case "exception":
                run.failed(record)
            case None:
                run.events += translator.feed(built(record["event"], native))
            case _:
                pass
    return run.played()


SOURCE = Source(
    folder="agent-framework",
    adapter="adapters.agent_framework.translate",
    play=play,
    cannot={
        "S": "neither wire was recorded with sources; annotations have a row in test_agent_framework.py",
    },
    silent={
        ("C*", "reasoning"): "the framework's client for OpenAI's chat wire drops reasoning",
        ("I*.reject", "outcome"): "the person says no",
    },
)
