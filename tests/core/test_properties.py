"""What holds for every stream of events, however odd (B2, B17, B18)."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sketch import assemble, check_ops, crumbs, doubled, sketch
from strategies import endings, events, streams
from turnwise import Assembler, Limits, TextPart, ToolPart, Transcript
from turnwise import events as e
from turnwise import ops as o
from turnwise.wire import Frame, Outbox, encode, encode_op


@given(streams, endings, st.lists(events, max_size=3))
def test_every_open_is_closed_once_and_everything_can_be_sent(
    stream: list[e.Event], status: str, after: list[e.Event]
) -> None:
    ops = assemble(stream, status=status, after=after)  # type: ignore[arg-type]
    check_ops(ops)
    json.dumps([encode_op(op) for op in ops], allow_nan=False).encode()


@given(streams, endings)
def test_b2_a_snapshot_folds_to_the_same(stream: list[e.Event], status: str) -> None:
    ops = assemble(stream, status=status)  # type: ignore[arg-type]
    whole = Transcript(ops)
    assert Transcript(whole.snapshot()).to_dict() == whole.to_dict()
    half = Transcript(ops[: len(ops) // 2])
    assert Transcript([*half.snapshot(), *ops[len(ops) // 2 :]]).to_dict() == whole.to_dict()


@given(streams, endings)
def test_b2_cutting_deltas_changes_nothing(stream: list[e.Event], status: str) -> None:
    # A piece that names a call may open it, so it is the one that is not cut.
    whole = assemble(stream, status=status)  # type: ignore[arg-type]
    cut = assemble(crumbs(stream), status=status)  # type: ignore[arg-type]
    notices = [line for line in sketch(Transcript(whole)).splitlines() if not line.startswith("!")]
    assert [line for line in sketch(Transcript(cut)).splitlines() if not line.startswith("!")] == notices


@given(streams, st.lists(st.integers(1, 7), min_size=1), st.data())
def test_framing_changes_nothing(stream: list[e.Event], sizes: list[int], data: st.DataObject) -> None:
    """However ops are merged into frames, and whenever a page asks anew, it ends with the kernel's transcript."""
    ops = assemble(stream)
    outbox, kernel, page = Outbox(), Transcript(), Transcript()
    last, at = 0, 0
    while at < len(ops):
        size = sizes[at % len(sizes)]
        batch = ops[at : at + size]
        at += size
        kernel.extend(batch)
        outbox.add(batch, float(at))
        if data.draw(st.booleans()):
            message = outbox.take(float(at))
            if message is not None and data.draw(st.booleans()):  # the other half is lost on the way
                if message.seq == last + 1:
                    page.extend(message.ops)
                    last = message.seq
                else:
                    answer = outbox.answer(last, kernel)
                    page, last = Transcript(answer.ops), answer.seq
    outbox.take(1e9)
    answer = outbox.answer(last, kernel)
    if not isinstance(answer, Frame):
        page = Transcript(answer.ops)
    assert page.to_dict() == kernel.to_dict()
    json.dumps(encode(answer), allow_nan=False).encode()


@given(streams, endings)
def test_b2_putting_it_aside_changes_nothing(stream: list[e.Event], status: str) -> None:
    assert assemble(stream, status=status, restored=True) == assemble(stream, status=status)  # type: ignore[arg-type]


@given(streams)
def test_b2_events_delivered_twice_change_nothing(stream: list[e.Event]) -> None:
    once = assemble([replace(event, id=f"e{n}") for n, event in enumerate(stream)])
    assert Transcript(assemble(doubled(stream))).to_dict() == Transcript(_timed_as_doubled(once)).to_dict()


def _timed_as_doubled(ops: list[o.Op]) -> list[o.Op]:
    """Time counts events: the n-th of the stream is the (2n - 1)-th where each comes twice."""
    end = max((op.time for op in ops if isinstance(op, o.EndRun)), default=0.0)

    def later(time: float) -> float:
        return time if time == 0 else 2 * time - 1 if time < end else 2 * (time - 1) + 1

    return [replace(op, time=later(op.time)) if hasattr(op, "time") else op for op in ops]  # type: ignore[type-var]


@given(streams)
def test_bounds_hold_whatever_comes(stream: list[e.Event]) -> None:
    limits = Limits(text=8, arguments=8, parts=3, turns=2, waiting=1, notices=3, seen=2)
    asm = Assembler(limits=limits)
    ops = asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0)
    for event in stream:
        ops += asm.feed(event, 1.0)
    ops += asm.finish(2.0)
    check_ops(ops)
    run = Transcript(ops).runs[0]
    assert len(run.turns) <= limits.turns
    assert len(run.notices) <= limits.notices + 1
    for turn in run.turns:
        assert len(turn.parts) <= limits.parts * turn.attempt
        for part in turn.parts:
            if isinstance(part, TextPart):
                assert len(part.text) <= limits.text + 1  # and the mark for half a pair
            elif isinstance(part, ToolPart):
                assert len(part.arguments_text) <= limits.arguments + 1


@given(streams, st.lists(st.integers(1, 9), min_size=1))
def test_b2_joining_what_comes_in_bursts_changes_nothing(stream: list[e.Event], sizes: list[int]) -> None:
    pieces = crumbs(stream)
    asm = Assembler()
    ops = asm.add_run("r", "prompt", 0.0) + asm.start_run("r", 0.0)
    at = 0
    while pieces:
        burst, pieces = pieces[: sizes[at % len(sizes)]], pieces[sizes[at % len(sizes)] :]
        ops += asm.feed_all(burst, 1.0)
        at += 1
    ops += asm.finish(2.0)
    check_ops(ops)
    expected = [
        line for line in sketch(Transcript(assemble(stream))).splitlines() if not line.startswith("!")
    ]
    assert [line for line in sketch(Transcript(ops)).splitlines() if not line.startswith("!")] == expected


@settings(max_examples=30)
@given(streams)
def test_b2_the_same_events_make_the_same_ops(stream: list[e.Event]) -> None:
    assert assemble(stream) == assemble(stream)
