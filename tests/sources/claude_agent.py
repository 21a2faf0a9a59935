"""Recordings of the Claude Agent SDK over a scripted transport; the order of its frames is the documented one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines
from turnwise.adapters.claude_agent.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one of a class of that name; plain dicts (the wire's events, arguments) stay as they are."""
    name: str = value.pop("__type__", "")
    return type(name.rpartition(".")[2], (SimpleNamespace,), {})(**value) if name else value


def play(path: Path) -> list[Played]:
    """The one prompt of a recording, as the adapter drives the translator."""
    records = lines(path, native)
    translator = Translator()
    messages = [record["event"] for record in records if record["type"] != "_meta"]
    interrupted = any(record.get("kind") == "client.interrupt()" for record in records)
    events = [event for message in messages for event in translator.feed(message)]
    return [Played(events=events, status="cancelled" if interrupted else "complete")]


_NOT_RECORDED = "the frames are written by hand, and those of this scenario were not"
_LIVE = "not recorded; tests/frameworks/test_claude_agent.py has errors"
_UNTOLD = ["A2", "B2", "B3", "C", "C3", "D", "E2", "E3", "F2", "F3", "G2", "I2", "J", "M", "S", "Z"]

SOURCE = Source(
    folder="claude-agent-sdk",
    adapter="adapters.claude_agent.translate",
    play=play,
    cannot={
        **dict.fromkeys(_UNTOLD, _NOT_RECORDED),
        "K1": _LIVE,
        "K2": _LIVE,
        "K3": _LIVE,
        "K4": _LIVE,
        "K5": _LIVE,
    },
    silent={
        ("[ABC]*", "usage"): "the frames leave out what was cached, and what was thought",
        ("A.no_partial", "finish"): "only partial messages tell it",
        ("I.deny", "outcome"): "the person says no",
    },
)
