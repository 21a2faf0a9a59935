"""Recordings of LlamaIndex's FunctionAgent, ReActAgent and AgentWorkflow."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Run, Source, built, lines, parted
from turnwise import ApprovalResponse
from turnwise.adapters.llama_index.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Played


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one of a class of that name; plain dicts (arguments, raw chunks) stay as they are."""
    name: str = value.pop("__type__", "")
    if not name.startswith(("llama_index.", "workflows.")):
        return value
    made = type(name.rpartition(".")[2], (SimpleNamespace,), {})(**value)
    if name.endswith("ToolOutput"):
        made.content = "\n".join(block.text for block in made.blocks)
    return made


def play(path: Path) -> list[Played]:
    return [_run(records) for records in parted(lines(path), "second")]


def _run(records: list[dict[str, Any]]) -> Played:
    run, translator = Run(), Translator()
    for record in records:
        match record.get("kind"):
            case "cancel_run":
                run.status = "cancelled"
            case "exception on await handler":
                run.failed(record)
            case "result":
                run.events += translator.result(record["r"])
            case None:
                run.events += translator.feed(built(record["event"], native))
                if (question := translator.take_question()) is not None:
                    run.events.append(ApprovalResponse("approved", call_id=question[0]))
            case _:
                pass
    return run.played()


SOURCE = Source(
    folder="llama-index",
    adapter="adapters.llama_index.translate",
    play=play,
    cannot={
        "S": "events have no sources",
    },
    own={
        "J": "the agent's answer, and then the form that was asked for",
        "react.A": "a text protocol of thoughts, actions and answers, with a script of its own",
    },
    silent={
        ("*", "usage"): "recorded without counted tokens",
        ("B", "calls"): "the framework makes nameless calls of interleaved arguments, and runs them",
        ("B", "outcome"): "the framework runs the calls with the arguments that are left",
        ("E2", "arguments"): "the framework repairs malformed arguments",
        ("E2", "outcome"): "the framework repairs malformed arguments, and the tool runs",
        ("F2", "arguments"): "the framework repairs malformed arguments",
    },
)
