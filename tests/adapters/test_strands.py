"""What the recordings of Strands do not show; each row is a stream and what a reader sees of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from sketch import assemble, sketch
from turnwise import Transcript
from turnwise.adapters.strands.translate import Translator
from turnwise.events import TurnUsage

if TYPE_CHECKING:
    from turnwise.events import Event


def event(**said: Any) -> dict[str, Any]:
    return {"event": said}


def text(said: str) -> list[dict[str, Any]]:
    return [
        event(contentBlockStart={"start": {}}),
        event(contentBlockDelta={"delta": {"text": said}}),
        event(contentBlockStop={}),
    ]


START = event(messageStart={"role": "assistant"})
TAKEN = {"message": {"role": "assistant", "content": []}}


def stop(reason: str = "end_turn") -> dict[str, Any]:
    return event(messageStop={"stopReason": reason})


def use(name: str, call_id: str) -> list[dict[str, Any]]:
    return [
        event(contentBlockStart={"start": {"toolUse": {"toolUseId": call_id, "name": name}}}),
        event(contentBlockStop={}),
    ]


def progress(call_id: str, data: Any) -> dict[str, Any]:
    return {"tool_stream_event": {"tool_use": {"toolUseId": call_id, "name": "f"}, "data": data}}


STREAMS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a reply that broke off is made again in its place": (
        [START, *text("Half a"), START, *text("Whole."), stop(), TAKEN],
        '1 stop attempt 2 | "Whole."',
    ),
    "a reply that a hook did not take is made again": (
        [START, *text("Bad."), stop(), START, *text("Good."), stop(), TAKEN],
        '1 stop attempt 2 | "Good."',
    ),
    "a guardrail takes the text back": (
        [
            START,
            *text("Secret"),
            *text("more"),
            event(redactContent={"redactAssistantContentMessage": "[removed]"}),
            stop("guardrail_intervened"),
            TAKEN,
        ],
        '1 content_filter | "[removed]" | ""',
    ),
    "a call that is named with its arguments": (
        [
            START,
            event(contentBlockStart={"start": {}}),
            event(contentBlockDelta={"delta": {"toolUse": {"toolUseId": "1", "name": "f", "input": '{"a"'}}}),
            event(contentBlockDelta={"delta": {"toolUse": {"toolUseId": "1", "name": "f", "input": ": 1}"}}}),
            stop("tool_use"),
            TAKEN,
        ],
        '1 tool_calls | f({"a": 1}) = unanswered',
    ),
    "progress that looks like nothing of an agent's": (
        [START, *use("f", "1"), stop("tool_use"), TAKEN, progress("1", {"event": "half way"})],
        '1 tool_calls | f({}) = unanswered {"event": "half way"} so far',
    ),
    "a citation is a source": (
        [
            START,
            event(
                contentBlockDelta={
                    "delta": {
                        "citation": {
                            "title": "T",
                            "location": {"web": {"url": "https://example.org"}},
                            "sourceContent": [{"text": "quoted"}],
                        }
                    }
                }
            ),
            stop(),
            TAKEN,
        ],
        "1 stop | source https://example.org",
    ),
}


def reader(events: list[Event]) -> str:
    return sketch(Transcript(assemble(events)))


@pytest.mark.parametrize(("stream", "seen"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_as_a_reader_sees_it(stream: list[dict[str, Any]], seen: str) -> None:
    translator = Translator()
    events = [said for item in stream for said in translator.feed(item)]
    assert reader(events).partition("\n")[2] == seen


@pytest.mark.parametrize(
    ("counts", "given"),
    [
        ({"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}, 5),
        ({"inputTokens": 5, "outputTokens": 2, "cacheReadInputTokens": 4, "totalTokens": 7}, 5),
        ({"inputTokens": 5, "outputTokens": 2, "cacheReadInputTokens": 4, "totalTokens": 11}, 9),
    ],
    ids=["nothing cached", "the cached are part of the input", "the cached are beside it"],
)
def test_b9_the_input_counts_what_was_cached(counts: dict[str, int], given: int) -> None:
    translator = Translator()
    translator.feed(START)
    usages = [e for e in translator.feed(event(metadata={"usage": counts})) if isinstance(e, TurnUsage)]
    assert [usage.usage.input_tokens for usage in usages] == [given]


class Interrupt:
    def __init__(self, interrupt_id: str, reason: Any = None) -> None:
        self.id = interrupt_id
        self.name = "go_on"
        self.reason = reason


def test_a_question_about_no_call_is_a_step_of_its_own() -> None:
    translator = Translator()
    seen = reader(translator.feed({"result": SimpleNamespace(interrupts=[Interrupt("i", "Now?")])}))
    assert translator.asked == {"i": "i"}
    assert 'go_on({"reason": "Now?"})' in seen


def test_a_question_that_is_handed_on_is_asked_once() -> None:
    translator = Translator()
    inner = {"tool_use": {"toolUseId": "in", "name": "delete"}, "interrupts": [Interrupt("i")]}
    outer = {"tool_use": {"toolUseId": "out", "name": "agent"}, "interrupts": [Interrupt("for:out:i")]}
    first = translator.feed({"tool_interrupt_event": inner})
    again = translator.feed({"tool_interrupt_event": outer})
    assert (len(first), again) == (1, [])
    assert translator.asked == {"i": "in", "for:out:i": "in"}
