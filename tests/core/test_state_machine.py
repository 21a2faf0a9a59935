"""The assembler's whole life, in any order: several runs, a queue, late events, being put aside, long random streams.

What must hold at every step: nothing raises for what an agent did, every op folds, the page's copy can be made anew
from a snapshot, and at the end of each run nothing of it is open.
"""

from __future__ import annotations

import json
import random
from dataclasses import fields
from typing import Any, get_args

import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from sketch import again, check_ops
from turnwise import Assembler, Limits, Transcript, Usage
from turnwise import events as e
from turnwise import ops as o
from turnwise.wire import encode_op

from .test_properties import endings, events


class Life(RuleBasedStateMachine):
    """One conversation; time is the number of steps."""

    queued = Bundle("queued")

    def __init__(self) -> None:
        super().__init__()
        self.asm = Assembler(limits=Limits(parts=20, turns=20))
        self.ops: list[o.Op] = []
        self.transcript = Transcript()
        self.now = 0.0
        self.active = False

    def take(self, ops: list[o.Op]) -> None:
        self.now += 1
        self.ops += ops
        self.transcript.extend(ops)
        json.dumps([encode_op(op) for op in ops], allow_nan=False).encode()

    @rule(target=queued)
    def add(self) -> str:
        run_id = f"r{len(self.transcript.runs)}"
        self.take(self.asm.add_run(run_id, "prompt", self.now))
        return run_id

    @precondition(lambda self: not self.active)
    @rule(run=consumes(queued))
    def start(self, run: str) -> None:
        self.take(self.asm.start_run(run, self.now))
        self.active = True

    @rule(run=consumes(queued))
    def drop(self, run: str) -> None:
        self.take(self.asm.drop_run(run, self.now))

    @precondition(lambda self: self.transcript.runs)
    @rule(event=events)
    def feed(self, event: e.Event) -> None:
        if self.active or any(run.started is not None for run in self.transcript.runs):
            self.take(self.asm.feed(event, self.now))

    @precondition(lambda self: self.active)
    @rule(status=endings)
    def finish(self, status: Any) -> None:
        self.take(self.asm.finish(self.now, status=status))
        self.active = False

    @rule()
    def put_aside(self) -> None:
        self.asm = again(self.asm, limits=Limits(parts=20, turns=20))

    @invariant()
    def a_snapshot_is_the_whole(self) -> None:
        assert Transcript(self.transcript.snapshot()).to_dict() == self.transcript.to_dict()

    @invariant()
    def an_ended_run_has_nothing_open(self) -> None:
        for run in self.transcript.runs:
            if run.ended is None:
                continue
            assert run.status not in ("queued", "running")
            for turn in run.turns:
                assert turn.ended is not None
                for part in turn.tools:
                    assert part.state not in ("streaming", "ready", "running")

    def teardown(self) -> None:
        if self.active:
            self.take(self.asm.finish(self.now))
        for run in self.transcript.runs:
            if run.status == "queued":
                self.take(self.asm.drop_run(run.id, self.now))
        check_ops(self.ops)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

WORDS = ["", "a", "Hello ", "é😀", "\ud83d", "\ude00", '{"x": 1}', '{"x"', "null", "\n", "x" * 50]
POOL: dict[str, list[Any]] = {
    "text": WORDS,
    "arguments": [*WORDS, {"x": 1}, None],
    "name": ["f", "g", None],
    "key": [None, "0", "1"],
    "call_id": [None, "", "a", "b", "0"],
    "turn": [None, None, "t1", "t2"],
    "lane": [None, None, None, "A", "B"],
    "value": [1, "x", {"a": [1, None]}, float("nan"), b"\x00", {1, 2}],
    "outcome": ["ok", "error", "unknown"],
    "preliminary": [False, False, True],
    "reason": ["stop", "tool_calls", "length", "content_filter", "cancelled", "unknown"],
    "usage": [Usage(), Usage(input_tokens=1, output_tokens=2)],
    "decision": ["approved", "denied"],
    "message": WORDS,
    "kind": ["odd", "odder"],
    "stream": ["stdout", "stderr", "display"],
    "display": [None, None, {"text/plain": "x"}],
    "tools": [None, ["f"]],
}


def random_event(rng: random.Random) -> e.Event:
    """Any event with fields from small pools, so that keys and ids meet each other."""
    cls = rng.choice(get_args(e.Event))
    values: dict[str, Any] = {}
    for field in fields(cls):
        if field.name in POOL:
            values[field.name] = rng.choice(POOL[field.name])
    if cls is e.ToolCallDelta:
        values["arguments"] = rng.choice(WORDS)
    if cls is e.ModelRequest:
        values["messages"] = [
            {"role": "user", "content": word} for word in rng.sample(WORDS, rng.randrange(3))
        ]
    required = {"name": "f", "lane": "A", "reason": "stop"}
    for name, fallback in required.items():
        if (
            name in values
            and values[name] is None
            and cls in (e.ToolCall, e.ToolCallRenamed, e.LaneStart, e.Data)
        ):
            values[name] = fallback
    return cls(**values)


@pytest.mark.parametrize("seed", range(40))
def test_long_random_streams(seed: int) -> None:
    """Longer than Hypothesis would make them: 2,000 events in three runs."""
    rng = random.Random(seed)
    asm = Assembler()
    ops: list[o.Op] = []
    for run in range(3):
        ops += asm.add_run(f"r{run}", "p", 0.0) + asm.start_run(f"r{run}", 0.0)
        for _ in range(600):
            ops += asm.feed(random_event(rng), 1.0)
        ops += asm.finish(2.0, status=rng.choice(["complete", "cancelled", "error", "truncated"]))
        for _ in range(60):
            ops += asm.feed(random_event(rng), 3.0)
    check_ops(ops)
    whole = Transcript(ops)
    assert Transcript(whole.snapshot()).to_dict() == whole.to_dict()
