"""Recordings of the providers' SDKs: the chunks that their clients made of the bytes in ``wire-*``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from recorded import Played, Source, lines
from turnwise.adapters.clients import ANTHROPIC, GEMINI, OLLAMA, OPENAI, Translator
from turnwise.run import failure

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise.events import Event

WIRES = {"anthropic": ANTHROPIC, "gemini": GEMINI, "ollama": OLLAMA, "openai": OPENAI}


class Chunk:
    """Stands for a chunk of an SDK: it can say the JSON that it was made of."""

    def __init__(self, value: dict[str, Any], *, camel: bool) -> None:
        self._value = _plain(value, camel)

    def model_dump(self, **_: Any) -> Any:
        return self._value


def play(path: Path) -> list[Played]:
    """Each request is a prompt of its own: nobody runs the tools."""
    provider = path.name.partition(".")[0]
    runs: list[list[dict[str, Any]]] = []
    for record in lines(path):
        if record.get("kind") == "request":
            runs.append([])
        elif runs:
            runs[-1].append(record)
    return [_run(records, provider) for records in runs]


def _run(records: list[dict[str, Any]], provider: str) -> Played:
    translator = Translator(WIRES[provider])
    events: list[Event] = []
    try:
        with translator.reading():
            for record in records:
                if record["type"] != "_meta":
                    events += translator.feed(Chunk(record["event"], camel=provider == "gemini"))
                elif record["kind"] == "exception":
                    raise _raised(record["exc"])
                elif record["kind"] == "close":
                    return Played(events=events, status="cancelled")
            events += translator.finish()
    except Exception as error:  # noqa: BLE001  # as the driver does
        status = "truncated" if getattr(error, "truncated", False) else "error"
        return Played(events=events, status=status, error=failure(error))
    return Played(events=events)


def _raised(recorded: dict[str, Any]) -> Exception:
    """An exception of classes with the recorded names."""
    cls: type[Exception] = Exception
    for name in reversed([name for name in recorded["mro"] if not name.startswith("builtins.")]):
        cls = type(name.rpartition(".")[2], (cls,), {})
    return cls(recorded["str"])


def _plain(value: Any, camel: bool) -> Any:
    """A recorded object as JSON; ``camel`` for Google's, whose arguments keep their own names."""
    if isinstance(value, list):
        return [_plain(item, camel) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, held in cast("dict[str, Any]", value).items():
        if held is None or key == "__type__":
            continue
        if key == "__extra__":  # fields that the SDK has no name for
            out |= held
            continue
        first, *rest = key.split("_")
        name = first + "".join(part.capitalize() for part in rest) if camel else key
        out[name] = held if name == "args" else _plain(held, camel)
    return out


_ONE_REPLY = "a client makes one reply, and runs no tools"

SOURCE = Source(
    folder="clients",
    adapter="adapters.clients",
    play=play,
    cannot={
        "D": _ONE_REPLY,
        "E1": _ONE_REPLY,
        "E3": _ONE_REPLY,
        "G2": _ONE_REPLY,
        "H": _ONE_REPLY,
        "I": _ONE_REPLY,
        "I2": _ONE_REPLY,
        "K5": _ONE_REPLY,
        "S": "none of its wires was recorded with sources, which are read as those of the built-in agent",
    },
    silent={
        (
            "anthropic.*",
            "usage",
        ): "its input does not count what was cached, which turnwise adds; nor are thoughts counted",
        ("gemini.E2", "arguments"): "arguments are objects on its wire: what is malformed is not sent",
        ("ollama.E2", "arguments"): "arguments are objects on its wire: what is malformed is not sent",
        ("ollama.*", "usage"): "it does not count what was cached",
    },
)
