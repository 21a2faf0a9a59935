"""A recording laid out in time: its runs one after another, each op at its moment, and the marks between them.

Pure. Times are seconds: ``offset`` counts from a run's beginning, ``position`` from the recording's. Waiting for the
next prompt is no part of the recording; between two runs there is a beat, in which one reads the answer.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from .. import ops as o
from ..wire import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..request import Request
    from ..values import Failure
    from .log import Recording

BEAT = 1.0
"""Seconds between the end of a run and the next prompt."""
TICK = 1e-6
"""Seconds between two ops of the same moment, so that one can stop between them."""

AnyOp = TypeVar("AnyOp", bound=o.Op)
Entry: TypeAlias = tuple[float, o.Op]
Stop: TypeAlias = Literal["turn", "event"]
"""Where a step ends: with a turn, or with the next result of a tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One recorded run, its ops with the times that they have on the timeline."""

    run: str
    prompt: str
    begins: float
    """Position at which the prompt is sent."""
    offsets: list[float]
    """Of each op; no two are the same."""
    ops: list[o.Op]
    """What happened from the start of the run to its end, without these two."""
    added: o.AddRun
    started: o.StartRun
    ended: o.EndRun
    length: float
    stops: dict[Stop, list[float]]
    """Offsets, the run's end last."""
    marks: list[Mark]

    @property
    def ends(self) -> float:
        """Position at which the run is over."""
        return self.begins + self.length

    def count(self, offset: float) -> int:
        """How many of the ops have happened by then."""
        return bisect_right(self.offsets, offset + TICK / 2)

    def until(self, count: int, run: str) -> Iterator[tuple[float, o.Op]]:
        """The run as it began, and its first ``count`` ops, under the id ``run``, each with its offset."""
        yield 0.0, renamed(self.added, self.run, run)
        yield 0.0, renamed(self.started, self.run, run)
        for offset, op in zip(self.offsets[:count], self.ops, strict=False):
            yield offset, renamed(op, self.run, run)

    def next_stop(self, kind: Stop, offset: float) -> float:
        """Where a step from ``offset`` ends."""
        return next((stop for stop in self.stops[kind] if stop > offset + TICK / 2), self.length)


class Timeline:
    """The runs of a recording that were started. ``longest_wait`` is what pauses of the recorded agent are cut to."""

    def __init__(self, recording: Recording, longest_wait: float) -> None:
        self.origin = recording.entries[0][0] if recording.entries else 0.0
        """The time of the recording's first op, in seconds since the epoch: position 0."""
        turns = [turn for run in recording.transcript.runs for turn in run.turns]
        self.requests = {turn.id: turn.request for turn in turns if turn.request is not None}
        """What the models were sent, by turn."""
        self.takes: list[Take] = []
        begins = 0.0
        for entries in _runs(recording.closed):
            self.takes.append(_take(entries, self.requests, self.origin, begins, longest_wait))
            begins = self.takes[-1].ends + BEAT
        self.length = self.takes[-1].ends if self.takes else 0.0
        self.marks = [mark for take in self.takes for mark in take.marks]

    def locate(self, position: float) -> tuple[int, float | None]:
        """The number of the run at ``position`` and the offset in it.

        Between two runs the one before, with ``None`` for "it has ended"; -1 before the first.
        """
        for number in reversed(range(len(self.takes))):
            take = self.takes[number]
            if position >= take.ends - TICK / 2:
                return number, None
            if position > 0 and position >= take.begins - TICK / 2:
                return number, max(0.0, position - take.begins)
        return -1, None

    def before(self, position: float) -> float:
        """The nearest end of a turn before ``position``; 0 if there is none."""
        stops = (take.begins + offset for take in self.takes for offset in take.stops["turn"])
        return max((stop for stop in stops if stop < position - TICK / 2), default=0.0)

    def until(self, number: int, offset: float | None, run: str) -> list[Entry]:
        """The conversation as it stood then; the run that was under way has the id ``run``."""
        out: list[Entry] = []
        for each, take in enumerate(self.takes[: number + 1]):
            at = self.origin + take.begins
            if each == number and offset is not None:
                out += [(at + after, op) for after, op in take.until(take.count(offset), run)]
                break
            out += [(at + after, op) for after, op in take.until(len(take.ops), take.run)]
            out.append((at + take.length, take.ended))
        return out


def renamed(op: AnyOp, old: str, new: str) -> AnyOp:
    """``op`` of a run with another id. Ids of turns and parts begin with their run's."""
    if old == new:
        return op
    ids = {
        name: new + value.removeprefix(old)
        for name in ("run", "turn", "part", "parent")
        if isinstance(value := getattr(op, name, None), str) and (value + ".").startswith(f"{old}.")
    }
    if isinstance(op, o.SetRequest) and op.facts.since is not None:
        facts = replace(op.facts, since=new + op.facts.since.removeprefix(old))
        return replace(op, facts=facts, **ids)
    return replace(op, **ids)


def failed_as(error: Failure, old: str, new: str) -> Failure:
    """``error`` of a run with another id."""
    turn = error.turn
    return error if turn is None else replace(error, turn=new + turn.removeprefix(old))


def _runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries of each run that was started, what adds it first."""
    runs: dict[str, list[Entry]] = {}
    home: dict[str, str] = {}
    """Run of each turn and part."""
    for at, op in entries:
        run = getattr(op, "run", None) or home.get(getattr(op, "turn", "")) or home[getattr(op, "part", "")]
        for id in (getattr(op, "turn", None), getattr(op, "part", None)):
            if id is not None:
                home[id] = run
        runs.setdefault(run, []).append((at, op))
    return [run for run in runs.values() if any(isinstance(op, o.StartRun) for _, op in run)]


def _take(
    entries: Sequence[Entry], requests: Mapping[str, Request], origin: float, begins: float, longest: float
) -> Take:
    (_, added), *rest = entries
    assert isinstance(added, o.AddRun)
    offsets: list[float] = []
    ops: list[o.Op] = []
    ended: o.EndRun | None = None
    started: o.StartRun | None = None
    end = elapsed = 0.0
    offset = -TICK
    before = rest[0][0]
    for at, op in rest:
        if ended is None:  # for what comes late nobody waits
            elapsed += min(max(0.0, at - before), longest)
        offset = max(offset + TICK, elapsed)
        before = at
        timed = _moved(op, origin + begins + elapsed - at)
        match timed:
            case o.StartRun():
                started = timed
            case o.EndRun():
                end, ended = offset, timed
            case o.SetRequest() if not (timed.facts.since or "").startswith(f"{added.run}."):
                offsets.append(offset)
                ops.append(requests[timed.turn].alone(timed.turn))  # the run before may not be played before
            case _:
                offsets.append(offset)
                ops.append(timed)
    assert started is not None
    assert ended is not None
    length = max([end, *offsets[-1:]])  # a late result comes after the end
    closes = [at for at, op in zip(offsets, ops, strict=True) if isinstance(op, o.CloseTurn)]
    results = [at for at, op in zip(offsets, ops, strict=True) if _is_result(op)]
    return Take(
        run=added.run,
        prompt=added.prompt,
        begins=begins,
        offsets=offsets,
        ops=ops,
        added=replace(_moved(added, origin + begins - added.time), client_id=None),
        started=started,
        ended=ended,
        length=length,
        # After the last turn nothing is left to wait for.
        stops={"turn": [*closes[:-1], length], "event": [*results, length]},
        marks=[*_marks(added.prompt, begins, offsets, ops)],
    )


def _moved(op: AnyOp, by: float) -> AnyOp:
    """``op`` so much later."""
    time = getattr(op, "time", None)
    return op if time is None else replace(op, time=time + by)


def _is_result(op: o.Op) -> bool:
    return isinstance(op, o.SetResult) and not op.preliminary


def _marks(prompt: str, begins: float, offsets: Sequence[float], ops: Sequence[o.Op]) -> Iterator[Mark]:
    """What one may want to go to, in its order."""
    yield Mark(at=begins, kind="prompt", label=prompt)
    numbers: dict[str, int] = {}
    names: dict[str, str] = {}
    for offset, op in zip(offsets, ops, strict=True):
        at = begins + offset
        match op:
            case o.OpenTurn():
                numbers[op.turn] = op.number
            case o.OpenTool() | o.DescribeTool():
                names[op.part] = op.name
            case o.CloseTurn():
                yield Mark(at=at, kind="turn", label=str(numbers[op.turn]))
            case o.SetResult(preliminary=False):
                kind = "failure" if op.outcome == "error" else "result"
                yield Mark(at=at, kind=kind, label=names[op.part])
            case _:
                pass
