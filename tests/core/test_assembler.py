"""Events in, transcript out: a table of streams, each run whole, in crumbs, and through a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sketch import assemble, check_ops, crumbs, doubled, sketch
from streams import ROWS, Row
from turnwise import (
    Assembler,
    ProtocolError,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    Transcript,
    TurnFinish,
    TurnUsage,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnwise import ops as o
    from turnwise.parts import Malformed
    from turnwise.values import RunStatus


def whole(row: Row) -> list[o.Op]:
    return assemble(row.events, status=row.status, error=row.error, after=row.after)


def in_crumbs(row: Row) -> list[o.Op]:
    return assemble(crumbs(row.events), status=row.status, error=row.error, after=row.after)


def delivered_twice(row: Row) -> list[o.Op]:
    return assemble(doubled(row.events), status=row.status, error=row.error, after=row.after)


def put_aside(row: Row) -> list[o.Op]:
    return assemble(row.events, status=row.status, error=row.error, after=row.after, restored=True)


@pytest.mark.parametrize("run", [whole, in_crumbs, delivered_twice, put_aside])
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_streams(row: Row, run: Callable[[Row], list[o.Op]]) -> None:
    """Each row whole, cut into single characters, with every event twice, and restored from JSON at every step."""
    ops = run(row)
    assert sketch(Transcript(ops)) == row.expected
    check_ops(ops)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_b2_a_snapshot_folds_to_the_same_at_every_point(row: Row) -> None:
    ops = assemble(row.events, status=row.status, error=row.error, after=row.after)
    live = Transcript()
    for op in ops:
        live.apply(op)
        assert Transcript(live.snapshot()).to_dict() == live.to_dict()


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_strict_mode_raises_exactly_where_lenient_mode_notes(row: Row) -> None:
    asm = Assembler(strict=True)
    asm.add_run("r", "prompt", 0.0)
    asm.start_run("r", 0.0)

    def play() -> None:
        for event in row.events:
            asm.feed(event, 1.0)
        asm.finish(2.0, status=row.status, error=row.error)
        for event in row.after:
            asm.feed(event, 3.0)

    if "\n! " in row.expected.replace("! abandoned", "").replace("! another_error", ""):
        with pytest.raises(ProtocolError):
            play()
    else:
        play()


def test_b3_ids_and_numbers_are_unique_over_runs() -> None:
    asm = Assembler()
    ops = []
    for run in ("r1", "r2"):
        ops += asm.add_run(run, "p", 0.0) + asm.start_run(run, 0.0)
        ops += asm.feed(ToolCall("f", call_id="0"), 1.0) + asm.feed(ToolResult(run, call_id="0"), 2.0)
        ops += asm.feed(TextDelta("x"), 3.0) + asm.finish(4.0)
    check_ops(ops)
    transcript = Transcript(ops)
    assert [[turn.number for turn in run.turns] for run in transcript.runs] == [[1, 2], [1, 2]]
    assert [run.turns[0].tools[0].result for run in transcript.runs] == ["r1", "r2"]


def test_b1_a_result_may_come_in_a_later_run() -> None:
    asm = Assembler()
    ops = asm.add_run("r1", "p", 0.0) + asm.start_run("r1", 0.0)
    ops += asm.feed(ToolCall("f", call_id="a"), 1.0) + asm.finish(2.0)
    ops += asm.add_run("r2", "p", 3.0) + asm.start_run("r2", 3.0)
    ops += asm.feed(ToolResult("late", call_id="a"), 4.0) + asm.feed(TextDelta("x"), 5.0) + asm.finish(6.0)
    assert sketch(Transcript(ops)) == ('run complete\n1 - | f({}) = done "late"\nrun complete\n1 - | "x"')


def test_b8_a_new_run_may_use_the_ids_of_calls_that_an_earlier_one_left_open() -> None:
    asm, transcript = Assembler(), Transcript()
    runs: list[tuple[str, RunStatus]] = [("r", "cancelled"), ("s", "complete")]
    for run, status in runs:
        transcript.extend(asm.add_run(run, "prompt", 0.0) + asm.start_run(run, 0.0))
        transcript.extend(asm.feed(ToolCall("f", {"run": run}, call_id="0"), 1.0))
        transcript.extend(asm.finish(2.0, status=status))
    transcript.extend(asm.feed(ToolResult("late", call_id="0"), 3.0))
    assert sketch(transcript) == (
        'run cancelled\n1 cancelled [cancelled] | f({"run": "r"}) = cancelled\n'
        'run complete\n1 - | f({"run": "s"}) = done "late"'
    )


def test_b1_a_late_result_finds_its_call_in_the_history() -> None:
    before = Assembler()
    ops = before.add_run("r", "prompt", 0.0) + before.start_run("r", 0.0)
    ops += before.feed(ToolCall("f", call_id="a"), 1.0) + before.finish(2.0)
    transcript = Transcript(ops)
    asm = Assembler()
    asm.follow(transcript)
    transcript.extend(asm.add_run("s", "prompt", 3.0) + asm.start_run("s", 3.0))
    transcript.extend(asm.feed(ToolResult("late", call_id="a"), 4.0) + asm.finish(5.0))
    assert sketch(transcript) == 'run complete\n1 - | f({}) = done "late"\nrun complete'


def test_b9_late_usage_goes_to_the_turn_that_its_key_means() -> None:
    asm, transcript = Assembler(), Transcript()
    transcript.extend(asm.add_run("r", "prompt", 0.0) + asm.start_run("r", 0.0))
    for key in ("1", "2"):
        transcript.extend(asm.feed(TextDelta("x", turn=key), 1.0))
    transcript.extend(asm.finish(2.0))
    for key in ("1", "3"):
        transcript.extend(asm.feed(TurnUsage(Usage(input_tokens=10), turn=key), 3.0))
    turns = transcript.runs[0].turns
    assert [None if turn.usage is None else turn.usage.input_tokens for turn in turns] == [10, None]
    assert [notice.code for notice in transcript.runs[0].notices] == ["after_end"]


def test_queued_runs_start_in_order_or_are_dropped() -> None:
    asm = Assembler()
    transcript = Transcript(
        asm.add_run("r1", "one", 0.0) + asm.start_run("r1", 0.0) + asm.add_run("r2", "two", 1.0)
    )
    assert [run.status for run in transcript.runs] == ["running", "queued"]
    with pytest.raises(ValueError, match="has not ended"):
        asm.start_run("r2", 1.0)
    transcript.extend(asm.drop_run("r2", 2.0))
    transcript.extend(asm.finish(3.0))
    assert [run.status for run in transcript.runs] == ["complete", "dropped"]
    with pytest.raises(ValueError, match="used before"):
        asm.add_run("r2", "again", 4.0)
    with pytest.raises(ValueError, match="started before"):
        asm.start_run("r2", 4.0)


def test_feeding_without_a_run_begins_one() -> None:
    asm = Assembler()
    ops = asm.feed(TextDelta("hi"), 1.0) + asm.finish(2.0)
    assert sketch(Transcript(ops)) == 'run complete\n1 - | "hi"'
    assert asm.finish(3.0) == []


def test_an_object_that_is_no_event_is_refused() -> None:
    with pytest.raises(TypeError, match="no turnwise event"):
        Assembler().feed("text", 0.0)  # type: ignore[arg-type]


def test_final_turn_is_the_last_of_its_lane() -> None:
    ops = assemble(
        [
            ToolCall("f", call_id="a"),
            ToolResult(1, call_id="a"),
            TextDelta("the answer"),
            TurnFinish("length"),
        ]
    )
    run = Transcript(ops).runs[0]
    assert [turn.number for turn in run.final_turns] == [2]
    assert run.final_text == "the answer"


@pytest.mark.parametrize(
    ("malformed", "expected"),
    [
        ("keep", '1 length | f(?{"x) = unanswered | g({}) = unanswered'),
        ("empty", '1 length | f(?{"x) = unanswered | g({}) = unanswered'),
        (
            "error",
            '1 length | f(?{"x) = error "The arguments are not valid JSON: {why}" | g({}) = unanswered',
        ),
        (
            "drop",
            (
                '1 length | f(?{"x) = skipped "The arguments are not valid JSON: {why}" | g({}) = unanswered\n'
                "! dropped_call x1"
            ),
        ),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "in pieces"])
def test_b6_malformed_arguments_follow_a_policy(malformed: Malformed, expected: str, whole: bool) -> None:
    call = (
        [ToolCall("f", '{"x', call_id="a")]
        if whole
        else [ToolCallDelta("", name="f", call_id="a"), ToolCallDelta('{"'), ToolCallDelta("x")]
    )
    asm = Assembler(malformed=malformed, strict=True)
    ops = asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0)
    for event in [*call, ToolCall("g", call_id="b"), TurnFinish("length")]:
        ops += asm.feed(event, 1.0)
    ops += asm.finish(2.0)
    check_ops(ops)
    why = "Unterminated string starting at: line 1 column 2 (char 1)"
    assert sketch(Transcript(ops)) == "run complete\n" + expected.replace("{why}", why)
    (part, _) = Transcript(ops).runs[0].turns[0].tools
    assert part.arguments == ({} if malformed == "empty" else None)
    assert part.arguments_text == '{"x'
