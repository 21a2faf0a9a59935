"""Recordings of LangGraph's stream modes ``messages``, ``updates`` and ``custom``, as tuples and as dicts (``ms2``)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Run, Source, lines, parted
from turnwise import Failure
from turnwise.adapters.langgraph.translate import Translator
from turnwise.events import ApprovalResponse

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Played
    from turnwise.events import Event


def native(value: dict[str, Any]) -> Any:
    """A recorded object with its fields as attributes; plain dicts stay as they are, and what the recorder defined."""
    if value.get("__type__", "__main__").startswith("__main__"):
        return {key: field for key, field in value.items() if key != "__type__"}
    return SimpleNamespace(**value)


def play(path: Path) -> list[Played]:
    """Each of the recording's runs: what was interrupted goes on with the answer, what was cancelled with a prompt."""
    runs = parted(lines(path, native), "second", "second message after cancel")
    return [_run(path, records) for records in runs]


def _run(path: Path, records: list[dict[str, Any]]) -> Played:
    run, translator = Run(), Translator()
    for record in records:
        match record.get("kind"):
            case None:
                run.events += _answers(translator, path.stem.rpartition(".")[2])
                run.events += translator.feed(_item(record["event"]))
            case "exception" if "CancelledError" not in record["exc"].__type__:
                raised = record["exc"]
                run.status = "error"
                run.error = Failure(kind=raised.__type__.rpartition(".")[2], message=raised.str)
            case "cancel: aclose/abort" | "task.cancel()":
                run.status = "cancelled"
            case _:
                pass
    if run.status == "complete":
        run.events += translator.output()
    return run.played()


def _item(event: Any) -> tuple[list[str], str, Any]:
    if isinstance(event, dict):
        return event["ns"], event["type"], event["data"]
    mode, data = event[-2:]
    return event[0] if len(event) == 3 else [], mode, data


def _answers(translator: Translator, decision: str) -> list[Event]:
    """What a person said to what is asked now: the recording's name says it."""
    asked, out = translator.asked()
    for call_id in [call_id for _, call_ids in asked for call_id in call_ids]:
        denied = decision == "reject"
        edited = {"path": "<path>/y"} if decision == "edit" else None
        out.append(ApprovalResponse("denied" if denied else "approved", arguments=edited, call_id=call_id))
    return out


SOURCE = Source(
    folder="langgraph",
    adapter="adapters.langgraph.translate",
    play=play,
    cannot={
        "S": "none of its wires was recorded with sources; the live tests have citations",
    },
    own={
        "*.G2.task_cancel": "another prompt follows the one that was stopped",
        "*.J": "the answer comes from an output tool",
        "*.interrupt_in_tool": "the tool asks, another script",
    },
    silent={
        ("*.fake.*", "usage"): "the scripted model counts neither cached nor reasoning tokens",
        ("*.nostream.*", "usage"): "the scripted model counts neither cached nor reasoning tokens",
        ("*.anthropic.*", "usage"): "its input does not count what was cached; LangChain adds it",
        ("*.openai.C*", "reasoning"): "LangChain's OpenAI package drops the reasoning of other servers",
        ("*.E2", "outcome"): "LangChain repairs malformed arguments and runs the tool",
        ("*.reject", "outcome"): "the person says no",
    },
)
