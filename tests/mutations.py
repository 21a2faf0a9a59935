"""Recordings as another version of the source, or another server, would have made them.

A recording is lines, most of which hold a payload: what the source said at one time. A mutation changes payloads, or
puts lines between them; what the recorder itself noted stays. ``mutated`` writes the outcome under the recording's own
name, because the name says which scenario it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Change: TypeAlias = "Callable[[Any], Any]"
"""A payload to another one."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a recording, with what the source said in it: ``None`` for what is the recorder's, or framing."""

    text: str
    payload: Any = None
    path: tuple[str, ...] = ()
    """Where the payload is in the line's JSON."""
    prefix: str = ""
    """What comes before the line's JSON."""
    quoted: bool = False
    """The payload is JSON text within the JSON."""

    def holding(self, payload: Any) -> str:
        """The line with another payload."""
        value: Any = json.dumps(payload) if self.quoted else payload
        if self.path:
            outer = json.loads(self.text.removeprefix(self.prefix))
            within = outer
            for name in self.path[:-1]:
                within = within[name]
            within[self.path[-1]] = value
            value = outer
        return self.prefix + json.dumps(value, ensure_ascii=False)


def read(path: Path) -> list[Line]:
    """The lines of a recording, of whatever kind."""
    return [_line(text) for text in path.read_text("utf-8").split("\n")]


def _line(text: str) -> Line:
    prefix = "data: " if text.startswith("data: ") else ""
    try:
        value = json.loads(text.removeprefix(prefix))
    except ValueError:
        return Line(text)
    if not isinstance(value, dict):
        return Line(text)
    value = cast("dict[str, Any]", value)
    if prefix:
        return Line(text, value, prefix=prefix)
    if value.get("type") == "_meta":
        return Line(text)
    if "event" in value:
        event = value["event"]
        quoted = isinstance(event, str) and event.startswith("{")
        return Line(text, json.loads(event) if quoted else event, ("event",), quoted=quoted)
    if "direction" in value:
        update = value["message"].get("params", {}).get("update")
        return Line(text, update, ("message", "params", "update"))
    return Line(text, value)


def mutated(path: Path, folder: Path, lines: list[str]) -> Path:
    """``lines`` as a recording beside which ``path`` would be the original."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    target.write_text("\n".join(lines), "utf-8")
    return target


def everywhere(lines: list[Line], change: Change) -> list[str]:
    """The recording with each payload changed."""
    return [line.text if line.payload is None else line.holding(change(line.payload)) for line in lines]


def between(lines: list[Line]) -> list[str]:
    """The recording with something that nobody has heard of before each payload, in the payload's own form."""
    out: list[str] = []
    for at, line in enumerate(lines):
        if line.payload is not None and "error" not in line.payload:
            new = line.holding(_unheard(line.payload))
            name = lines[at - 1].text if at else ""
            if line.prefix and name.startswith("event: "):
                # The name and the data are one event of a stream.
                out[-1:] = ["event: brand_new", new, "", name]
            elif line.prefix:
                out += [new, ""]
            else:
                out.append(new)
        out.append(line.text)
    return out


def _unheard(payload: Any) -> Any:
    """An item of the same kind of carrier, by a name that nobody has heard of, and with nothing in it."""
    if isinstance(payload, list):  # LangGraph's tuples: namespace, mode, data
        return [*cast("list[Any]", payload)[:-2], "brand_new", {"note": "n"}]
    if not isinstance(payload, dict):
        return payload
    fields = cast("dict[str, Any]", payload)
    if _NAMES.isdisjoint(fields):
        return {"brand_new": {"note": "n"}}
    if isinstance(fields.get("event"), dict):  # Strands wraps what the model says
        return {"event": {"brand_new": {"note": "n"}}}
    if "ns" in fields:  # LangGraph's dicts
        return {**fields, "type": "brand_new", "data": None}
    new: dict[str, Any] = dict.fromkeys(_NAMES & fields.keys(), "brand_new_event")
    if (kind := fields.get("__type__")) is None:
        return new
    # An object: it has what its base class has, such as who speaks.
    kept = {name: _emptied(held) for name, held in fields.items() if name not in _NAMES}
    return {**kept, **new, "__type__": f"{kind.rpartition('.')[0]}.BrandNewEvent"}


_NAMES = frozenset({"__type__", "type", "event", "event_kind", "sessionUpdate"})
"""Where sources say what an item is."""


def _emptied(value: Any) -> Any:
    return [] if isinstance(value, list) else None if isinstance(value, dict) else value


OPAQUE = frozenset(
    [
        "args",
        "arguments",
        "content",
        "custom_metadata",
        "data",
        "entries",
        "input",
        "kwargs",
        "output",
        "rawInput",
        "rawOutput",
        "raw_input",
        "raw_output",
        "response",
        "result",
        "structured_output",
        "tool_args",
        "tool_input",
        "tool_kwargs",
        "value",
    ]
)
"""Fields that hold what a tool took or gave, or what somebody's application said: a reader sees those as they are."""


def wider(payload: Any) -> Any:
    """With a field that nobody has heard of, in each object that says what it is."""
    if isinstance(payload, list):
        return [wider(item) for item in cast("list[Any]", payload)]
    if not isinstance(payload, dict):
        return payload
    fields = cast("dict[str, Any]", payload)
    new = {name: held if name in OPAQUE else wider(held) for name, held in fields.items()}
    return new if _NAMES.isdisjoint(fields) else {**new, "brand_new_field": {"text": "?", "id": "?"}}


def replaced(payload: Any, name: str, value: Any) -> Any:
    """With ``value`` in each field of that name, at any depth; without the field, if that is ``GONE``."""
    if isinstance(payload, list):
        return [replaced(item, name, value) for item in cast("list[Any]", payload)]
    if not isinstance(payload, dict):
        return payload
    fields = cast("dict[str, Any]", payload)
    return {
        key: value if key == name else replaced(held, name, value)
        for key, held in fields.items()
        if key != name or value is not GONE
    }


GONE = object()


def names(payload: Any) -> set[str]:
    """Of all fields, at any depth."""
    held: list[Any] = []
    found: set[str] = set()
    if isinstance(payload, list):
        held = cast("list[Any]", payload)
    elif isinstance(payload, dict):
        fields = cast("dict[str, Any]", payload)
        held, found = list(fields.values()), set(fields)
    return found.union(*(names(each) for each in held))


def reversed_keys(payload: Any) -> Any:
    """With the fields of every object in the opposite order."""
    if isinstance(payload, dict):
        fields = cast("dict[str, Any]", payload)
        return {
            name: held if name in OPAQUE else reversed_keys(held) for name, held in reversed(fields.items())
        }
    if isinstance(payload, list):
        return [reversed_keys(item) for item in cast("list[Any]", payload)]
    return payload
