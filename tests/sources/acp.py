"""Recordings of an ACP agent: the wire both ways, and for some scenarios what the protocol's SDK made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from recorded import Played, Source, lines
from turnwise import Failure
from turnwise.adapters.acp.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise.events import Event


def play(path: Path) -> list[Played]:
    """Each prompt, as the adapter drives the translator: updates, and the answer that ends them."""
    messages = lines(path)
    wire = "message" in messages[0]
    updates, answer, failed = _of_wire(messages) if wire else _of_objects(messages)
    translator = Translator()
    events: list[Event] = [event for update in updates for event in translator.feed(update)]
    if failed is not None:
        error = Failure(kind="RequestFailed", message=failed["message"])
        return [Played(events=events, status="error", error=error)]
    if answer is None:
        return [Played(events=events, status="truncated")]
    return [Played(events=[*events, *translator.finish(answer)])]


def _of_wire(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Any, dict[str, Any] | None]:
    said = [m["message"] for m in messages if m["direction"].endswith("INCOMING")]
    updates = [m["params"]["update"] for m in said if m.get("method") == "session/update"]
    last = said[-1] if said else {}
    return updates, last.get("result"), last.get("error")


def _of_objects(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Any, None]:
    events = [_camel(m["event"]) for m in messages if m["type"] != "_meta"]
    return events[:-1], (events or [None])[-1], None


def _camel(value: Any) -> Any:
    """A recorded object as it was on the wire; what a tool took and gave keeps its own names."""
    if isinstance(value, list):
        return [_camel(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, held in cast("dict[str, Any]", value).items():
        if held is not None and key != "__type__":
            first, *rest = key.split("_")
            name = first + "".join(part.capitalize() for part in rest)
            out[name] = held if name in ("rawInput", "rawOutput") else _camel(held)
    return out


_NOT_RECORDED = "the agent is one of our own; the scenario was not recorded"

SOURCE = Source(
    folder="acp",
    adapter="adapters.acp.translate",
    play=play,
    cannot={
        "A2": _NOT_RECORDED,
        "B2": _NOT_RECORDED,
        "B3": "arguments are told whole",
        "C": _NOT_RECORDED,
        "C3": _NOT_RECORDED,
        "E1": "the protocol does not tell a tool's name from its title",
        "E2": "arguments are told as a value; one that could not be read is not told",
        "E3": _NOT_RECORDED,
        "F2": "arguments are told whole",
        "F3": _NOT_RECORDED,
        "G": "not recorded; tests/frameworks/test_acp.py stops a live agent",
        "G2": "not recorded; tests/frameworks/test_acp.py stops a live agent",
        "H": "the protocol has one agent",
        "I2": _NOT_RECORDED,
        "J": "the protocol has no structured output",
        "K1": _NOT_RECORDED,
        "K3": "not recorded; tests/frameworks/test_acp.py lets a live agent die",
        "K4": "not recorded; tests/frameworks/test_acp.py has a live agent fail in the middle",
        "K5": _NOT_RECORDED,
        "M": "the session is the agent's own; tests/frameworks/test_acp.py asks it twice",
        "S": "the protocol has no sources",
    },
    silent={
        ("*", "usage"): "the answer to the prompt counts the whole run",
        ("[ABCDI]*", "finish"): "the answer to the prompt says why the last model call ended, and no other",
        ("I.deny*", "outcome"): "the person says no",
    },
)
