"""Recordings of OpenAI's Agents SDK on the Responses API, on chat completions, and on models of one's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines, parted
from turnwise import Failure
from turnwise.adapters.openai_agents.translate import Translator, call_id_of
from turnwise.events import ApprovalResponse

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise.events import Event
    from turnwise.values import Decision, RunStatus


def native(value: dict[str, Any]) -> Any:
    """The SDK's own objects with attributes; what comes from the model stays plain data, which a model may send too."""
    name: str = value.pop("__type__", "")
    extra = value.pop("__extra__", {})
    fields = {**value, **extra}
    for agent in ("new_agent", "agent"):
        if isinstance(fields.get(agent), str):
            fields[agent] = SimpleNamespace(name=fields[agent])
    is_event = fields.get("type", "").endswith("_event")
    return SimpleNamespace(**fields) if is_event or name.startswith("agents.items.") else fields


def play(path: Path) -> list[Played]:
    """The runs of the recording: where a person was asked, one goes on with their answer."""
    decision: Decision = "denied" if path.stem.endswith("reject") else "approved"
    return [_run(records, decision) for records in parted(lines(path, native), "second")]


def _run(records: list[dict[str, Any]], decision: Decision) -> Played:
    translator = Translator()
    events: list[Event] = []
    status: RunStatus = "complete"
    error: Failure | None = None
    asked: list[str] = []
    for record in records:
        match record.get("kind"):
            case None if record["type"].startswith("on_stream."):
                told = {name: record[name] for name in ("event", "tool_call", "agent")}
                events += translator.inner(told)
            case None:
                if asked:
                    events += [ApprovalResponse(decision, call_id=call_id) for call_id in asked]
                    asked = []
                events += translator.feed(record["event"])
            case "interruption":
                item = SimpleNamespace(raw_item=record["item"], tool_name=record["tool_name"])
                events += translator.asked([item])
                asked.append(call_id_of(item.raw_item))
            case "result" if record["final_output"] is not None:
                events += translator.output(record["final_output"])
            case "cancel immediate":
                status = "cancelled"
            case "exception":
                raised = record["exc"]
                kind = (raised["mro"] or [""])[0].rpartition(".")[2]
                if not translator.tells(type(kind, (Exception,), {})()):
                    status, error = "error", Failure(kind=kind, message=raised["str"])
            case _:
                pass
    return Played(events=events, status=status, error=error)


SOURCE = Source(
    folder="openai-agents",
    adapter="adapters.openai_agents.translate",
    play=play,
    cannot={
        "S": "neither wire was recorded with sources, which are read as those of wire-openai-responses",
    },
    own={
        "D.hard": "the tool raises, which ends the run",
        "*.E1": "the SDK ends a run that calls an unknown tool",
        "responses.F2": "the SDK ends a run whose reply was cut off",
    },
    silent={
        ("*.reject", "outcome"): "the person says no",
        ("chat.*", "usage"): "the SDK asks a chat model for usage only on request",
        ("chat.F*", "finish"): "the SDK drops the finish reason of a chat model",
        ("scripted_completed_only.B", "usage"): "the scripted model counts no tokens",
    },
)
