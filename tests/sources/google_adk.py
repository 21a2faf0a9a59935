"""Recordings of Google ADK, 2.x and (``v1.``) 1.x: the bare event stream of ``Runner.run_async``."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines
from turnwise import Failure
from turnwise.adapters.google_adk.translate import Translator
from turnwise.events import ApprovalResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from turnwise.events import Event
    from turnwise.values import RunStatus


def as_object(value: dict[str, Any]) -> Any:
    """A recorded object with its fields as attributes; plain dicts (arguments, results) stay as they are."""
    if "__bytes__" in value:
        return base64.b64decode(value["__bytes__"])
    return SimpleNamespace(**value) if "__type__" in value or "__enum__" in value else value


def as_json(value: dict[str, Any]) -> Any:
    """A recorded object as the server of the framework spells it: without what is ``None``."""
    if "__bytes__" in value:
        return value["__bytes__"]
    if "__enum__" in value:
        return value["value"]
    if "__type__" not in value:
        return value
    return {key: field for key, field in value.items() if key != "__type__" and field is not None}


def play(path: Path, native: Callable[[dict[str, Any]], Any] = as_object) -> list[Played]:
    """Each of the recording's runs; a resumed run is the same run."""
    out: list[Played] = []
    translator = Translator()
    events: list[Event] = []
    status: RunStatus = "complete"
    error: Failure | None = None

    def ended() -> None:
        out.append(Played(events=[*events, *translator.end()], status=status, error=error))

    for record in lines(path, native):
        match record.get("kind"):
            case None:
                events += translator.feed(record["event"])
            case "answer":
                decision = "approved" if record["confirmed"] else "denied"
                asked, translator.requests = translator.requests, []
                events += [ApprovalResponse(decision, call_id=request.call_id) for request in asked]
            case "second message" | "later: function response":
                ended()
                translator, events = Translator(), []
            case "exception":
                raised = record["exc"] if isinstance(record["exc"], dict) else vars(record["exc"])
                name: str = raised["mro"][0]
                status, error = "error", Failure(kind=name.rpartition(".")[2], message=raised["str"])
            case kind if kind.startswith(("cancel", "abort")):
                status = "cancelled"
            case _:
                pass
    ended()
    return out


SOURCE = Source(
    folder="google-adk",
    adapter="adapters.google_adk.translate",
    play=play,
    cannot={
        "F2": "a call comes only when it is whole: one that is cut off is never sent",
    },
    own={
        "S.*": "a script of its own",
        "X.*": "a script of its own",
        "H.*": "agents of its own",
        "I.long_running": "a tool whose answer comes later, with a script of its own",
        "J.with_tools": "the answer comes by a tool of the framework's",
        "D": "the tool raises, which ends the run",
        "v1.gemini.A": "1.18 does not call the model again when tools return before the reply has finished",
        "v1.gemini.B": "1.18 does not call the model again when tools return before the reply has finished",
        "v1.gemini.D.none": "the tool raises, which ends the run",
        "v1.gemini.E1*": "an unknown tool ends the run in 1.x",
        "v1.gemini.G*": "the recorder took a part of it, or all",
        "max_llm_calls": "ended early on purpose",
    },
    silent={
        ("[A-Z]*", "arguments"): "its models have arguments as objects: what is malformed is dropped",
        ("C", "usage"): "its scripted model counts thoughts with the answer",
        ("G2.abort", "outcome"): "the framework answers an aborted call by itself",
    },
)
