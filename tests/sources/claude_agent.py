"""Recordings of the Claude Agent SDK and the program that it comes with, whose model is scripted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Run, Source, lines, parted
from turnwise import ApprovalRequest, ApprovalResponse
from turnwise.adapters.claude_agent.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "mcp__scripts__"
"""Of the tools' names: the program says which server they are from, and the scripts do not."""


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one of a class of that name; plain dicts (the wire's events, arguments) stay as they are."""
    if isinstance(value.get("name"), str):
        value["name"] = value["name"].removeprefix(PREFIX)
    name: str = value.pop("__type__", "")
    return type(name.rpartition(".")[2], (SimpleNamespace,), {})(**value) if name else value


def play(path: Path) -> list[Played]:
    """Each prompt of a recording, as the adapter drives the translator."""
    return [_run(records) for records in parted(lines(path, native), "second")]


def _run(records: list[dict[str, Any]]) -> Played:
    translator = Translator()
    run = Run()
    for record in records:
        match record.get("kind"):
            case None:
                run.events += translator.feed(record["event"])
            case "client.interrupt()":
                run.status = "cancelled"
            case "can_use_tool":
                call_id = record["tool_use_id"]
                run.events.append(ApprovalRequest(record["title"], call_id=call_id, name=record["name"]))
                run.events.append(ApprovalResponse(record["decision"], call_id=call_id))
            case "exception":
                run.failed(record)
            case _:
                pass
    return run.played()


_AGAIN = "the program is not content with such an answer, and has the model give another"

SOURCE = Source(
    folder="claude-agent-sdk",
    adapter="adapters.claude_agent.translate",
    play=play,
    own={
        "C3": _AGAIN,
        "F": _AGAIN,
        "F3": _AGAIN,
        "Z": _AGAIN,
        "J": "the program has a tool for it, whose arguments are the answer",
    },
    silent={
        ("A.no_partial", "finish"): "only partial messages tell it",
        ("A.no_partial", "usage"): "only partial messages tell it of each model call; the result has the sum",
        ("G2", "outcome"): "the tool is stopped",
    },
)
