"""Recordings of LlamaIndex's FunctionAgent, ReActAgent and AgentWorkflow."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Run, Source, built, lines
from turnwise import ApprovalResponse
from turnwise.adapters.llama_index import Translator

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
    run, translator = Run(), Translator()
    for record in lines(path):
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
    return [run.played()]


SOURCE = Source(
    folder="llama-index",
    adapter="adapters.llama_index",
    play=play,
    cannot={
        "S": "events have no sources",
        "A2": "not recorded; A has a call",
        "B2": "not recorded; B3 has parallel calls",
        "C": "not recorded; C2 has reasoning",
        "C3": "not recorded; C2 has reasoning",
        "E1": "not recorded; the live test has an unknown tool",
        "E3": "not recorded; the live test has arguments that do not fit",
        "F2": "not recorded; as E2",
        "F3": "not recorded; as F",
        "G2": "not recorded; the live test stops a tool",
        "I2": "not recorded; as I",
        "M": "not recorded; the live test has two prompts",
        "K2": "not recorded; as K1",
        "K3": "not recorded; the live test drops a connection",
        "K4": "not recorded; as K5",
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
    },
)
