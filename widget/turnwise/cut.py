"""A conversation as it stood at the end of one turn: what a fork goes on after.

Knows ``ops``, ``recording``, ``runs``, ``snapshot`` and ``transcript``.
"""

from __future__ import annotations

from . import ops as o
from .recording import loose_ends
from .runs import Turn
from .snapshot import run_ops
from .transcript import Transcript


def turn_of(transcript: Transcript, turn: int | None, run: int | None) -> Turn:
    """The turn with this number in the run with that one; the last ones, where they are ``None``.

    Raises ``ValueError`` if there is none, or if it has not ended.
    """
    begun = [each for each in transcript.runs if each.turns]
    if run is not None:
        begun = [each for each in begun if each.number == run]
    if not begun:
        raise ValueError("no turn has begun" if run is None else f"there is no run {run} with turns")
    turns = begun[-1].turns
    found = turns[-1] if turn is None else next((each for each in turns if each.number == turn), None)
    if found is None:
        raise ValueError(f"run {begun[-1].number} has no turn {turn}; it has {len(turns)}")
    if found.ended is None:
        raise ValueError(
            f"turn {found.number} of run {begun[-1].number} has not ended; stop it, or wait for it"
        )
    return found


def cut(transcript: Transcript, last: Turn) -> Transcript:
    """What was there when ``last`` ended: the runs before, and of its run what had begun by then, in every lane.

    What other lanes were at work on then is cut off.
    """
    run = transcript.run(last.run_id)
    kept = {turn.id for turn in run.turns if _is_kept(turn, last)}
    lanes = {turn.lane for turn in run.turns if turn.id in kept}
    whole = len(kept) == len(run.turns) and run.ended is not None
    until = transcript.runs.index(run) + 1
    out = Transcript()
    for op in (op for each in transcript.runs[:until] for op in run_ops(each)):
        match op:
            case o.EndRun(run=run.id) if not whole:
                continue
            case o.OpenLane(run=run.id) if op.lane not in lanes:
                continue
            case _ if (
                (turn := o.turn_id(op)) is not None and turn.startswith(f"{run.id}.") and turn not in kept
            ):
                continue
            case _:
                out.apply(op)
    if not whole:
        now = last.ended or last.started
        out.extend([*loose_ends(out.run(run.id), "truncated", now)])
        out.apply(o.EndRun(run=run.id, status="complete", error=None, time=now))
    return out


def _is_kept(turn: Turn, last: Turn) -> bool:
    if turn.lane == last.lane:
        return turn.number <= last.number
    return turn.number < last.number or (last.ended is not None and turn.started < last.ended)
