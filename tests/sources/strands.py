"""Recordings of Strands: what ``stream_async`` of an agent, a graph or a swarm yields."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines
from turnwise import Failure
from turnwise.adapters.strands.translate import Translator
from turnwise.events import ApprovalResponse

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise.events import Event
    from turnwise.values import RunStatus


def native(value: dict[str, Any]) -> Any:
    """A recorded object of the framework with its fields as attributes; its events are plain dicts."""
    name: str = value.get("__type__", "")
    if name.startswith("__main__."):
        return {key: field for key, field in value.items() if key != "__type__"}
    return SimpleNamespace(**value) if name else value


def play(path: Path) -> list[Played]:
    """Each of the recording's runs; a run that is resumed with an answer is the same run."""
    out: list[Played] = []
    translator = Translator()
    events: list[Event] = []
    status: RunStatus = "complete"
    error: Failure | None = None
    for record in lines(path, native):
        match record.get("kind"):
            case None:
                events += translator.feed(record["event"])
            case "hook BeforeToolCallEvent":
                events += translator.tool_start(record["tool_use"])
            case "hook AfterToolCallEvent":
                events += translator.tool_result(record["result"])
            case "answer":
                events += [ApprovalResponse("approved", call_id=i) for i in translator.asked.values()]
            case "exception":
                name: str = record["exc"].mro[0]
                if not (name.endswith("MaxTokensReachedException") and translator.main.cut):
                    status, error = (
                        "error",
                        Failure(kind=name.rpartition(".")[2], message=record["exc"].str),
                    )
            case kind if kind.startswith("cancel"):
                status = "cancelled"
            case "second message after cancel":
                break  # only its last message was recorded
            case "second":
                out.append(Played(events=events, status=status, error=error))
                translator, events, status, error = Translator(), [], "complete", None
            case _:
                pass
    out.append(Played(events=events, status=status, error=error))
    return out


SOURCE = Source(
    folder="strands",
    adapter="adapters.strands.translate",
    play=play,
    cannot={
        "S": "none of its wires was recorded with sources",
    },
    own={
        "B.interleaved_blocks_BAD": "blocks have no index, so the framework itself mixes them up",
        "F2": "a call that was cut off ends the run",
        "H.*": "agents of its own",
        "I.hook_cancel_tool": "a script of its own",
        "J*": "the answer is put into a form",
        "limits_turns": "ended early on purpose",
        "tool_stream": "a script of its own",
    },
    silent={
        ("anthropic.*", "usage"): "its input does not count what was cached; the framework's total does",
        ("*C*", "usage"): "the framework does not count thoughts",
        ("ollama.*", "usage"): "Ollama does not count what was cached",
        ("gemini.E2", "arguments"): "Gemini's wire has arguments as objects: the SDK drops what is malformed",
        ("ollama.*", "reasoning"): "the framework drops Ollama's thinking",
    },
)
