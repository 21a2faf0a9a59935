"""Events through assembler, fold and frames: events per second, and how time grows with length."""

from __future__ import annotations

import json
import tracemalloc
from time import process_time

from turnwise import Assembler, TextDelta, ToolCall, ToolCallDelta, ToolResult, Transcript, TurnFinish
from turnwise.events import Event
from turnwise.wire import Outbox, encode


def one_turn(deltas: int) -> list[Event]:
    return [TextDelta("abcd") for _ in range(deltas)]


def many_turns(turns: int) -> list[Event]:
    events: list[Event] = []
    for n in range(turns):
        events += [TextDelta("abcd") for _ in range(6)]
        events += [ToolCallDelta("", name="f", call_id=f"c{n}", key="0")]
        events += [ToolCallDelta('{"a"', key="0"), ToolCallDelta(": 1}", key="0")]
        events += [ToolCall("f", call_id=f"c{n}", key="0"), TurnFinish("tool_calls")]
        events += [ToolResult({"n": n}, call_id=f"c{n}")]
    return events


def play(events: list[Event], burst: int) -> float:
    """Seconds for all of it, fed in bursts of this size; a frame (as JSON text) for each, or for ten events."""
    asm, transcript, outbox = Assembler(), Transcript(), Outbox()
    begin = process_time()
    ops = asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0)
    transcript.extend(ops)
    outbox.add(ops, 0.0)
    for at in range(0, len(events), burst):
        ops = asm.feed(events[at], 1.0) if burst == 1 else asm.feed_all(events[at : at + burst], 1.0)
        transcript.extend(ops)
        outbox.add(ops, 1.0)
        if at % 10 < burst and (frame := outbox.take(1.0)):
            json.dumps(encode(frame))
    asm.finish(2.0)
    return process_time() - begin


def memory(events: list[Event]) -> int:
    """Bytes that the assembler and the transcript hold at the end, beyond the events themselves."""
    asm, transcript = Assembler(), Transcript()
    tracemalloc.start()
    transcript.extend(asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0))
    for event in events:
        transcript.extend(asm.feed(event, 1.0))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size


def main() -> None:
    for label, events in [
        ("1,000 deltas in one turn", one_turn(1_000)),
        ("100,000 deltas in one turn", one_turn(100_000)),
        ("10 turns with a tool", many_turns(10)),
        ("10,000 turns with a tool", many_turns(10_000)),
    ]:
        for burst in (1, 10, 100):
            best = min(play(events, burst) for _ in range(5))
            rate = f"{len(events) / best:12,.0f} events/s  {best / len(events) * 1e6:6.2f} µs each"
            print(f"  {label:28} in bursts of {burst:3} {rate}")
    for label, events in [
        ("1,000 deltas in one turn", one_turn(1_000)),
        ("100,000 deltas in one turn", one_turn(100_000)),
        ("100 turns with a tool", many_turns(100)),
        ("10,000 turns with a tool", many_turns(10_000)),
    ]:
        print(f"  {label:28} {memory(events) / len(events):12,.0f} bytes held per event")
