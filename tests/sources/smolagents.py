"""Recordings of smolagents: ``agent.run(stream=True)``, item by item."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Run, Source, lines, parted
from turnwise import Failure
from turnwise.adapters.smolagents.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Played


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one of a class of that name, with its fields as attributes; plain dicts stay as they are."""
    name: str = value.get("__type__", "")
    if not name:
        return value
    if "mro" in value:
        return Raised(value)
    return type(name.rpartition(".")[2], (SimpleNamespace,), {})(**value)


class Raised(Exception):  # noqa: N818  # what was raised, not what to raise
    def __init__(self, value: dict[str, Any]) -> None:
        super().__init__(value["str"])
        self.kind: str = value["__type__"].rpartition(".")[2]


def play(path: Path) -> list[Played]:
    """Each of the recording's runs."""
    return [_run(records) for records in parted(lines(path, native), "second, reset=False")]


def _run(records: list[dict[str, Any]]) -> Played:
    run, translator = Run(), Translator()
    for record in records:
        match record.get("kind"):
            case None:
                run.events += translator.feed(record["event"])
            case "agent.interrupt()":
                run.status = "cancelled"
            case "exception" if run.status != "cancelled":
                run.status, run.error = "error", Failure(kind=record["exc"].kind, message=str(record["exc"]))
            case _:
                pass
    return run.played()


SOURCE = Source(
    folder="smolagents",
    adapter="adapters.smolagents.translate",
    play=play,
    cannot={
        "C": "the framework has no reasoning",
        "C2": "the framework has no reasoning",
        "C3": "the framework has no reasoning",
        "F": "the framework has no finish reason",
        "F2": "the framework has no finish reason",
        "F3": "the framework has no finish reason",
        "G2": "a tool cannot be interrupted",
        "I": "the framework has no approvals",
        "I2": "the framework has no approvals",
        "J": "the answer is the argument of a tool, of any type",
        "K1": "the framework tries again, with long pauses",
        "S": "the framework has no sources",
        "Z": "the framework asks again for an empty answer",
    },
    own={
        "CodeAgent.*": "the model writes code",
        "G.interrupt": "interrupted in a script of its own",
        "M.reset_false": "answers of its own",
    },
    silent={
        ("*", "finish"): "the framework has no finish reason",
        ("*", "usage"): "the recorder's answer, by way of a tool, counts its own",
        ("E2", "outcome"): "the framework gives malformed arguments to the tool as they are",
    },
)
