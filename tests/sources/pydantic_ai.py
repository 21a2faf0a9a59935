"""Recordings of Pydantic AI, by way of ``event_stream_handler``, ``run_stream_events`` and ``agent.iter``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines, parted
from turnwise import Failure
from turnwise.adapters.pydantic_ai.translate import Translator, questions
from turnwise.events import ApprovalResponse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from turnwise.events import Event
    from turnwise.values import RunStatus


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one of a class of that name, with its fields as attributes.

    Plain dicts (arguments, a tool's value) stay as they are, and so does what the recorded agent itself defined.
    """
    name: str = value.get("__type__", "")
    if name.startswith("__main__."):
        return {key: field for key, field in value.items() if key != "__type__"}
    if not name and "event_kind" not in value:
        return value
    return type(name.rpartition(".")[2], (SimpleNamespace,), {})(**value)


def play(path: Path, *, announced: bool = True) -> list[Played]:
    """Each of the recording's runs.

    ``announced`` is how the adapter drives the translator: requests and replies are told as they happen. Without, only
    the bare event stream is there. What a recording of ``agent.iter`` says of its nodes is used either way.
    """
    out: list[Played] = []
    for records in parted(lines(path, native), "second"):  # what a person answers goes on with the run
        status, error = _ending(records)
        events = [event for step in _steps(records, announced) for event in step]
        out.append(Played(events=events, status=status, error=error))
    return out


def _ending(records: list[dict[str, Any]]) -> tuple[RunStatus, Failure | None]:
    for record in records:
        if record.get("kind") == "exception":
            raised = record["exc"]
            return "error", Failure(kind=raised.mro[0].rpartition(".")[2], message=raised.str)
        if record.get("kind", "").startswith("cancel"):
            return "cancelled", None
    return "complete", None


def _steps(records: list[dict[str, Any]], announced: bool) -> Iterator[list[Event]]:
    """What the translator makes of each record of a run, and, if announced, of what the adapter would tell it."""
    translator = Translator()
    events = [record["event"] for record in records if record["type"] != "_meta"]
    messages = [message for event in events for message in getattr(event, "new_messages", [])]
    replies = iter([message for message in messages if message.kind == "response"] if announced else [])
    asked = False
    for record in records:
        match record.get("kind"), record.get("event"):
            case "node", _ if record["node"].endswith("ModelRequestNode"):
                yield translator.request()
                asked = True
            case "model_response", _:
                yield translator.reply(record["response"])
            case "result", _:
                yield translator.output(record["output"])
            case "answer", _:
                yield [ApprovalResponse("denied", call_id=call_id) for call_id in record["approvals"]]
            case None, SimpleNamespace(event_kind="agent_run_result", output=output):
                asks = type(output).__name__ == "DeferredToolRequests"
                yield questions(output) if asks else translator.output(output)
            case None, SimpleNamespace(event_kind="part_start", index=0) as event if messages and not asked:
                asked = True
                yield translator.request() if announced else []
                yield translator.feed(event)
            case None, SimpleNamespace(event_kind="part_end", next_part_kind=None) as event:
                asked = False
                yield translator.feed(event)
                for reply in replies:
                    yield translator.reply(reply)
                    break
            case None, event:
                yield translator.feed(event)
            case _:
                pass


SOURCE = Source(
    folder="pydantic-ai",
    adapter="adapters.pydantic_ai.translate",
    play=play,
    cannot={
        "S": "sources are not part of its event stream",
    },
    own={
        "D.model_retry*": "the tool asks the model to try again, another script",
        "H.delegate": "agents of its own",
        "I.no_deferred_output_type": "the framework refuses the run",
        "J.*": "the output is validated or comes from an output tool",
        "M.two_messages": "the model answers from the history",
        "*C3": "the framework asks again for an answer that is only reasoning",
        "Z": "the framework asks again for an empty answer",
        "iter.D": "the tool raises, which ends the run",
        "usage_limit": "ended early on purpose",
    },
    silent={
        ("[A-Z]*", "usage"): "a scripted FunctionModel estimates its tokens",
        ("iter.[A-Z]*", "usage"): "a scripted FunctionModel estimates its tokens",
        ("[A-Z]*", "finish"): "a scripted FunctionModel gives no finish reason",
        ("iter.[A-Z]*", "finish"): "a scripted FunctionModel gives no finish reason",
        ("anthropic.*", "usage"): "its input does not count what was cached; the framework adds it",
        ("gemini.E2", "arguments"): "Gemini's wire has arguments as objects: the SDK drops what is malformed",
        ("gemini.F2", "arguments"): "Gemini's wire has arguments as objects: the SDK drops what is malformed",
    },
)
