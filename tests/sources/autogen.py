"""Recordings of AutoGen's AssistantAgent and of its teams."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines, raised
from turnwise.adapters.autogen import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise import Failure
    from turnwise.events import Event
    from turnwise.values import RunStatus


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one of a class of that name; structured messages have a text of their own."""
    name: str = value.pop("__type__", "")
    if not name.startswith("autogen"):
        return value
    made = type(name.rpartition(".")[2], (SimpleNamespace,), {})(**value)
    if name.startswith("autogen_agentchat.messages.") and not name.endswith("Event"):
        made.to_text = made.to_model_text = lambda: str(made.content)
    return made


def play(path: Path) -> list[Played]:
    events: list[Event] = []
    status: RunStatus = "complete"
    error: Failure | None = None
    translator = Translator()
    for record in lines(path):
        match record.get("kind"):
            case "token.cancel()":
                status = "cancelled"
            case "exception" if status == "complete":
                status, error = "error", raised(record)
            case None:
                events += translator.feed(_objects(record["event"]))
            case _:
                pass
    return [Played(events=events, status=status, error=error)]


def _objects(value: Any) -> Any:
    if isinstance(value, list):
        return [_objects(each) for each in value]
    if not isinstance(value, dict):
        return value
    return native({key: _objects(field) for key, field in value.items()})


SOURCE = Source(
    folder="autogen",
    adapter="adapters.autogen",
    play=play,
    cannot={
        "S": "messages have no sources",
        "A2": "not recorded; A has a call",
        "B2": "not recorded; B has parallel calls",
        "B3": "not recorded; B has parallel calls, arguments are not streamed",
        "C": "not recorded; C2 has reasoning",
        "C3": "not recorded; C2 has reasoning",
        "E2": "not recorded; as E1",
        "E3": "not recorded; as E1",
        "F2": "not recorded; as E1",
        "F3": "not recorded; AutoGen tells no finish reason",
        "G2": "not recorded; the live test stops a tool",
        "I2": "AutoGen has no approval of calls",
        "M": "not recorded; the live test has two prompts",
        "K2": "not recorded; as K1",
        "K4": "not recorded; as K3",
    },
    own={
        "A.default_one_iteration": "the result of the tool is the answer, as AutoGen does unless told otherwise",
        "I.handoff_to_user": "an agent of its own, which hands over to the user",
    },
    silent={
        ("*", "finish"): "AutoGen does not tell why a model stopped",
        ("[!A]*", "usage"): "recorded without counted tokens",
        ("A", "usage"): "recorded without counted tokens",
        ("A.reflect", "usage"): "recorded without counted tokens",
        ("A.nostream", "usage"): "cached tokens are not told",
    },
)
