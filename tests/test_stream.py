"""The headless face: ids on every event, the final turn's text alone (B13), and what becomes of the source (B19)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import turnwise
from streams import ROWS
from turnwise import (
    Assembler,
    Error,
    LaneStart,
    ModelRequest,
    StreamEvent,
    TextDelta,
    TextPart,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
    TurnFinish,
    TurnRetry,
    TurnStart,
    TurnUsage,
    Unknown,
    Usage,
)
from turnwise.adapters.base import Adapter
from turnwise.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from turnwise.events import Event


class Scripted(Adapter):
    """Says ``events``, then raises ``error`` if there is one; an ``Exception`` among the events is raised there."""

    name = "scripted"

    def __init__(self, events: Sequence[Event | BaseException]) -> None:
        self._events = events
        self.closed = False
        self.history: list[str] = []

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        self.history = [run.prompt for run in history.runs]
        try:
            for event in self._events:
                if isinstance(event, BaseException):
                    raise event
                yield event
                await asyncio.sleep(0)
        finally:
            self.closed = True


TOOL = [
    TextDelta("Let me "),
    TextDelta("check."),
    ToolCall("f", call_id="a"),
    TurnFinish("tool_calls"),
    ToolResult(1, call_id="a"),
]
ANSWER = [TextDelta("It is "), TextDelta("1."), TurnFinish("stop")]


async def read(events: Sequence[Event | BaseException], **options: Any) -> list[StreamEvent]:
    source = Scripted(events)
    told = [event async for event in turnwise.stream(source, "go", run_id="r", **options)]
    assert source.closed
    return told


class TestIds:
    @pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
    async def test_b3_every_event_of_a_turn_carries_its_number_and_ids(self, row: Any) -> None:
        told = await read(row.events)
        numbers: dict[str, int] = {}
        for event in told:
            assert event.run_id == "r"
            if event.turn_id is None:
                assert event.type in ("run_start", "run_finish", "lane_start", "notice")
                continue
            assert event.turn is not None
            assert event.turn >= 1
            assert event.lane
            assert numbers.setdefault(event.turn_id, event.turn) == event.turn
        assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))

    @pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
    async def test_every_turn_starts_and_finishes_once_within_the_run(self, row: Any) -> None:
        told = await read(row.events)
        assert (told[0].type, told[-1].type) == ("run_start", "run_finish")
        starts = [event.turn_id for event in told if event.type == "turn_start"]
        finishes = [event.turn_id for event in told if event.type == "turn_finish"]
        assert sorted(map(str, starts)) == sorted(map(str, finishes))
        assert len(set(starts)) == len(starts)

    async def test_json_is_camel_case_without_what_is_absent(self) -> None:
        told = await read([*TOOL, *ANSWER])
        result = next(event for event in told if event.type == "tool_result").to_dict()
        assert {key: result[key] for key in result if key != "time"} == {
            "type": "tool_result",
            "runId": "r",
            "turn": 1,
            "turnId": "r.1",
            "lane": "main",
            "partId": "r.1.2",
            "name": "f",
            "callId": "a",
            "result": 1,
            "outcome": "ok",
        }
        for event in told:
            json.dumps(event.to_dict(), allow_nan=False)

    def test_what_has_no_time_of_its_own_is_told_at_the_clocks(self) -> None:
        transcript = Transcript()
        assembler = Assembler()
        events = [TextDelta("hi"), TurnUsage(Usage(output_tokens=1)), Unknown("blob")]
        ops = [*assembler.add_run("r", "go", 1.0), *assembler.start_run("r", 1.0)]
        ops += [op for event in events for op in assembler.feed(event, 1.0)]
        told = {event.type: event.time for event in Reader(transcript, lambda: 2.0).read(ops)}
        late = {"text_delta": 2.0, "usage": 2.0, "notice": 2.0}
        assert told == {"run_start": 1.0, "turn_start": 1.0, "text_start": 1.0, **late}


def text_as_shown(told: list[StreamEvent]) -> dict[int, str]:
    """What a reader ends up with who does what the events say, by turn."""
    shown: dict[int, dict[str, str]] = {}
    for event in told:
        if event.turn is None:
            continue
        parts = shown.setdefault(event.turn, {})
        match event.type:
            case "text_delta":
                parts[str(event.part_id)] = parts.get(str(event.part_id), "") + (event.text or "")
            case "text_replace" | "text":
                parts[str(event.part_id)] = event.text or ""
            case "text_retract" | "turn_retry":
                parts.clear()
            case _:
                pass
    return {turn: "".join(parts.values()) for turn, parts in shown.items() if any(parts.values())}


class Final(NamedTuple):
    name: str
    events: list[Event | BaseException]
    expected: dict[int, str]


FINALS = [
    Final("one turn", [*ANSWER], {1: "It is 1."}),
    Final("a tool, then the answer", [*TOOL, *ANSWER], {2: "It is 1."}),
    Final("ends with its tools (turn limit)", [*TOOL], {1: "Let me check."}),
    Final("ends with its tools and an error", [*TOOL, Error("max_turns")], {1: "Let me check."}),
    Final("raises in the answer", [*TOOL, TextDelta("It is"), RuntimeError("boom")], {2: "It is"}),
    Final("raises in the tool", [*TOOL[:-1], RuntimeError("boom")], {1: "Let me check."}),
    Final("cut by length", [*TOOL, TextDelta("It is"), TurnFinish("length")], {2: "It is"}),
    Final("withheld by a filter", [*TOOL, TextDelta("It is"), TurnFinish("content_filter")], {2: "It is"}),
    Final("cancelled by the source", [*TOOL, TextDelta("It is"), TurnFinish("cancelled")], {2: "It is"}),
    Final("never says that it ended", [*TOOL, TextDelta("It is")], {2: "It is"}),
    Final(
        "text after the call of its turn",
        [*TOOL[:3], TextDelta("Wait."), *TOOL[3:], *ANSWER],
        {2: "It is 1."},
    ),
    Final(
        "text after the call of the last turn", [*TOOL[:3], TextDelta(" Wait.")], {1: "Let me check. Wait."}
    ),
    Final("a retry", [TextDelta("doomed"), TurnRetry(), *ANSWER], {1: "It is 1."}),
    Final(
        "a late call in an earlier turn, between two blocks of the last",
        [
            TextDelta("Let me check.", turn="1"),
            TurnStart(turn="2"),
            TextDelta("It is 1.", key="a", turn="2"),
            ToolCall("f", call_id="late", turn="1"),
            TextDelta(" Surely.", key="b", turn="2"),
        ],
        {2: "It is 1. Surely."},
    ),
    Final(
        "a retry while an earlier turn still speaks",
        [
            TurnStart(turn="1"),
            TurnStart(turn="2"),
            TextDelta("Let me check.", turn="1"),
            TurnRetry(turn="2"),
            TextDelta("It is 1.", turn="2"),
        ],
        {2: "It is 1."},
    ),
    Final(
        "a block is held back while an earlier turn speaks, and the next follows its call",
        [
            TurnStart(turn="1"),
            TurnStart(turn="2"),
            TextDelta("Let me check.", turn="1"),
            TextDelta("It is 1.", key="a", turn="2"),
            ToolCall("f", call_id="late", turn="1"),
            TextDelta(" Surely.", key="b", turn="2"),
        ],
        {2: "It is 1. Surely."},
    ),
    Final("no text at all", [ToolCall("f", call_id="a")], {}),
    Final(
        "two agents at once, each with its own end",
        [TextDelta("a", lane="A"), TextDelta("b", lane="B")],
        {1: "a", 2: "b"},
    ),
    Final(
        "a sub-agent under a step never has the last word",
        [
            ToolCall("ask", call_id="a"),
            TurnFinish("tool_calls"),
            LaneStart("sub", agent="expert", parent_call_id="a"),
            TextDelta("inner", lane="sub"),
            ToolResult("inner", call_id="a"),
            *ANSWER,
        ],
        {3: "It is 1."},
    ),
    Final(
        "a hand-off: who was handed to has the last word",
        [
            TextDelta("One moment."),
            LaneStart("B", agent="bob", handed_from=""),
            TextDelta("Bob here.", lane="B"),
        ],
        {2: "Bob here."},
    ),
]


class TestFinalTurnOnly:
    @pytest.mark.parametrize("mode", ["live", "buffered"])
    @pytest.mark.parametrize("row", FINALS, ids=[row.name for row in FINALS])
    async def test_b13_only_the_final_turns_text_remains_and_none_of_it_is_lost(
        self, row: Final, mode: Any
    ) -> None:
        assert text_as_shown(await read(row.events, final_turn_only=mode)) == row.expected

    @pytest.mark.parametrize("mode", ["live", "buffered"])
    @pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
    async def test_b13_it_agrees_with_the_transcript_and_passes_all_else(self, row: Any, mode: Any) -> None:
        everything = await read(row.events)
        stream = turnwise.stream(Scripted(row.events), "go", run_id="r", final_turn_only=mode)
        told = [event async for event in stream]
        finals = {turn.number: _blocks(turn) for turn in stream.run.final_turns if turn.text}
        assert text_as_shown(told) == finals
        assert _rest(told) == _rest(everything)

    async def test_b13_live_streams_at_once_and_takes_back(self) -> None:
        told = [
            e.type for e in await read([*TOOL, *ANSWER], final_turn_only="live") if e.type.startswith("text")
        ]
        first = ["text_start", "text_delta", "text_delta", "text_end", "text_retract"]
        assert told == [*first, "text_start", "text_delta", "text_delta", "text_end"]

    async def test_b13_buffered_takes_nothing_back(self) -> None:
        told = [
            e.type
            for e in await read([*TOOL, *ANSWER], final_turn_only="buffered")
            if e.type.startswith("text")
        ]
        assert told == ["text"]

    def test_another_mode_is_refused_at_once(self) -> None:
        with pytest.raises(ValueError, match='"live" or "buffered"'):
            turnwise.stream(Scripted([]), "go", final_turn_only="yes")  # type: ignore[arg-type]


def _blocks(turn: Turn) -> str:
    """What the events of its text add up to; ``turn.text`` makes paragraphs of it."""
    return "".join(part.text for part in turn.parts if isinstance(part, TextPart) and part.kind == "text")


def _rest(told: list[StreamEvent]) -> list[StreamEvent]:
    return [replace(event, time=0.0) for event in told if not event.type.startswith("text")]


class TestEnds:
    async def test_b19_an_agent_that_raises_is_data(self) -> None:
        told = await read([*TOOL, TextDelta("It is"), RuntimeError("boom")])
        end = told[-1]
        assert (end.type, end.status, end.text) == ("run_finish", "error", "It is")
        assert end.error is not None
        assert (end.error.kind, end.error.message, end.error.turn) == ("RuntimeError", "boom", "r.2")

    async def test_b19_leaving_early_closes_the_source(self) -> None:
        source = Scripted([*TOOL, *ANSWER])
        async with turnwise.stream(source, "go") as stream:
            async for event in stream:
                if event.type == "tool_call":
                    break
        assert source.closed
        assert stream.run.status == "cancelled"
        assert stream.run.turns[0].tools[0].state == "cancelled"

    @pytest.mark.parametrize("mode", [False, "live", "buffered"])
    async def test_b19_a_stream_that_nobody_iterates_can_be_closed(self, mode: Any) -> None:
        class Letting(Scripted):
            left = 0

            async def close(self) -> None:
                self.left += 1

        made = Letting(ANSWER)
        stream = turnwise.stream(object(), "go", final_turn_only=mode, adapter=lambda agent: made)
        async with stream:
            assert stream.run.status == "running"
        await stream.aclose()
        assert (stream.run.status, made.left) == ("cancelled", 1)
        assert [event async for event in stream] == []
        async with turnwise.stream(made, "go", final_turn_only=mode) as another:
            pass
        assert (another.run.status, made.left) == ("cancelled", 1), "an adapter of the caller's stays open"

    async def test_b19_a_cancelled_reader_closes_the_source_and_stays_cancelled(self) -> None:
        started = asyncio.Event()

        async def forever(prompt: str) -> AsyncGenerator[str, None]:
            yield "half"
            started.set()
            await asyncio.Event().wait()

        stream = turnwise.stream(forever, "go")

        async def consume() -> None:
            async with stream:
                async for _ in stream:
                    pass

        task = asyncio.create_task(consume())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (stream.run.status, stream.run.final_text) == ("cancelled", "half")

    def test_an_object_that_is_no_agent_is_refused_at_once(self) -> None:
        with pytest.raises(TypeError, match="agent"):
            turnwise.stream(object(), "go")

    async def test_the_conversation_goes_on_with_the_history(self) -> None:
        first = turnwise.stream(Scripted(ANSWER), "one")
        assert [event async for event in first]
        source = Scripted(ANSWER)
        second = turnwise.stream(source, "two", history=first.transcript)
        assert [event async for event in second]
        assert source.history == ["one"]
        assert [(run.number, run.prompt) for run in second.transcript.runs] == [(1, "one"), (2, "two")]
        assert [run.prompt for run in first.transcript.runs] == ["one"]
        with pytest.raises(ValueError, match="in the history"):
            turnwise.stream(source, "three", history=first.transcript, run_id=first.run.id)


async def test_what_the_model_is_sent_is_told_here_and_not_to_the_clients_of_a_server() -> None:
    asked = {"role": "user", "content": "hush"}
    says: list[Event | BaseException] = [ModelRequest([asked], system="Nobody knows."), TextDelta("Hi")]
    stream = turnwise.stream(Scripted(says), "hush")
    events = [event async for event in stream]
    (told,) = [event for event in events if event.type == "model_request"]
    assert told.request is not None
    assert told.request is stream.run.turns[0].request
    assert (told.turn, told.request.system, told.request.messages) == (1, "Nobody knows.", [asked])
    assert "request" not in told.to_dict()
    for protocol in ("turnwise", "ai-sdk"):
        sent = [part async for part in turnwise.to_sse(turnwise.stream(Scripted(says), "x"), protocol)]
        assert "Hi" in "".join(sent)
        assert "model_request" not in "".join(sent)
        assert "Nobody knows" not in "".join(sent)
