"""Recordings of AutoGen's AssistantAgent and of its teams."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Run, Source, built, lines, parted
from turnwise.adapters.autogen import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Played


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
    return [_run(records) for records in parted(lines(path), "second")]


def _run(records: list[dict[str, Any]]) -> Played:
    run, translator = Run(), Translator()
    for record in records:
        match record.get("kind"):
            case "token.cancel()":
                run.status = "cancelled"
            case "exception":
                run.failed(record)
            case None:
                run.events += translator.feed(built(record["event"], native))
            case _:
                pass
    return run.played()


SOURCE = Source(
    folder="autogen",
    adapter="adapters.autogen",
    play=play,
    cannot={
        "S": "messages have no sources",
        "I2": "AutoGen has no approval of calls",
    },
    own={
        "A.default_one_iteration": "the result of the tool is the answer, as AutoGen does unless told otherwise",
        "I.handoff_to_user": "an agent of its own, which hands over to the user",
    },
    silent={
        ("*", "finish"): "AutoGen does not tell why a model stopped",
        ("[BCDEFJZ]", "usage"): "recorded without counted tokens, or with cached ones, which are not told",
        ("[A-Z][1-9]", "usage"): "as above",
        ("A*", "usage"): "as above",
        ("[GHI].*", "usage"): "as above",
    },
)
