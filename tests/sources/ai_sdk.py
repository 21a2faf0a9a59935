"""Recordings of the AI SDK's UI message stream: AI SDK 6 and 7 themselves, and Pydantic AI's ``VercelAIAdapter``.

``fullStream`` are the parts that the SDK has on the server, which some servers send as they are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recorded import Played, Source, lines
from turnwise import Failure
from turnwise.adapters.remote.ai_sdk import AISDKTranslator
from turnwise.adapters.remote.server import Message
from turnwise.events import ApprovalResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from turnwise.adapters.remote.base import Translator
    from turnwise.events import Event
    from turnwise.values import Decision


def play_wire(path: Path, translator: Callable[[], Translator]) -> list[Played]:
    """The recording's runs. Where the recorder answered what was asked of a person, so does a person here."""
    out: list[Played] = []
    records: list[Any] = []
    for record in [*lines(path), {"type": "_meta", "kind": "second run"}]:
        records.append(record)
        if record.get("kind", "").startswith("second run"):
            out.append(_play(records, translator(), "denied" if "deny" in path.name else "approved"))
            records = []
    return out


def _play(records: list[Any], translator: Translator, decision: Decision) -> Played:
    events: list[Event] = []
    cut = False
    for record in records:
        if record["type"] != "_meta":
            events += translator.feed(_message(record["event"]))
            continue
        kind = record.get("kind", "")
        cut = cut or kind in ("client aborts fetch", "client disconnects", "aclose")
        if is_answer(kind):
            events += [ApprovalResponse(decision, call_id=call_id) for call_id in translator.questions]
            translator.questions.clear()
            translator.ended = False
    events += translator.finish()
    return Played(events=events, status="cancelled") if cut else played(translator, events)


def is_answer(kind: str) -> bool:
    """Whether the recorder noted that it has answered a question with another request."""
    return kind == "answer" or "request with the approval" in kind or kind.startswith("resume")


def played(translator: Translator, events: list[Event]) -> Played:
    """A run that was told to its last message."""
    if translator.ended or translator.may_end:
        return Played(events=events)
    lost = Failure(kind="TruncatedStream", message="the server stopped before it said that the run had ended")
    return Played(events=events, status="truncated", error=lost)


def _message(event: Any) -> Message:
    return Message("message", event if isinstance(event, str) else json.dumps(event))


SOURCE = Source(
    folder="ai-sdk",
    adapter="adapters.remote.ai_sdk",
    play=lambda path: play_wire(path, AISDKTranslator),
    cannot={
        "M": "every request holds the whole conversation: a second one is a recording of its own",
    },
    own={
        "*.default_options_masked_errors": "a script of its own",
        "*.I": "the person is asked, and the recording ends",
        "pydantic-ai.D": "the tool raises, which ends the run",
        "pydantic-ai.G2": "the tool was not stopped after all",
        "pydantic-ai.J": "the output is an output tool's",
        "pydantic-ai.K2": "the producer announces the step that then fails",
        "v6.G.server_abort_signal": "the server stops without a word, which a client sees as truncated",
    },
    silent={
        (
            "v[67].[AC-Z]*",
            "usage",
        ): "the protocol has no word for it; some applications put it into the metadata",
        ("v[67].B", "usage"): "as above",
        ("v[67].B[23]", "usage"): "as above",
        ("pydantic-ai.*", "usage"): "as above",
        ("pydantic-ai.*", "finish"): "the producer's finish chunk has no reason",
        ("v[67].F2", "finish"): "only the last turn's reason is on the wire",
    },
)
