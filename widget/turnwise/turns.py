"""How lanes and turns open and close, and which turn content belongs to.

Knows ``parts`` and what that knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import events as e
from . import ops as o
from .ledger import Call, Early, OpenLane, OpenRun, OpenTurn
from .parts import NO_TURNS, Parts, lane_turn

if TYPE_CHECKING:
    from .parts import InTurn
    from .values import Failure, RunStatus, ToolState, TurnStatus

NOT_EXECUTED = "Not executed, because another tool call of the same reply was invalid."


class Turns(Parts):
    """Opens and closes lanes and turns."""

    def _open_lane(
        self,
        run: OpenRun,
        key: str | None,
        agent: str | None,
        parent: str | None,
        handed_from: str | None,
        now: float,
        out: list[o.Op],
    ) -> OpenLane:
        lane = run.lanes[key] = OpenLane(f"lane{len(run.lanes)}", agent)
        out.append(
            o.OpenLane(
                run=run.id, lane=lane.id, agent=agent, parent=parent, handed_from=handed_from, time=now
            )
        )
        return lane

    def _content_turn(
        self, run: OpenRun, event: InTurn | e.ToolStart, now: float, out: list[o.Op]
    ) -> OpenTurn | None:
        """The turn that content belongs to, opened if need be; ``None`` if there is no place for it."""
        key = None if isinstance(event, e.ToolStart) else event.turn
        turn = lane_turn(run, event.lane)
        if key is not None:
            known = run.by_key.get(event.lane, NO_TURNS).get(key)
            if known is not None:
                if known.abandoned:
                    return None
                if known.closed or known.reason is not None:
                    self._notice(
                        run,
                        known,
                        "content_after_end",
                        "The agent added to a reply that was already over.",
                        out,
                    )
                return known
            if turn is not None and turn.key is None and turn.empty and not turn.closed:
                give_key(run, turn, key)  # an announced turn gets its key with its first content
                return turn
        elif turn is not None:
            if turn.abandoned:
                return None  # the rest of a reply that nobody wants
            if not (turn.closed or turn.has_result or turn.reason is not None):
                return turn
        return self._open_turn(run, event.lane, key, now, out)

    def _open_turn(
        self,
        run: OpenRun,
        lane_key: str | None,
        key: str | None,
        now: float,
        out: list[o.Op],
        agent: str | None = None,
        model: str | None = None,
        auxiliary: bool = False,
    ) -> OpenTurn | None:
        lane = run.lanes.get(lane_key) or self._open_lane(run, lane_key, agent, None, None, now, out)
        if lane.turn is not None:
            self._close_turn(run, lane.turn, "complete", now, out)
        if len(run.turns) >= self._limits.turns:
            self._notice(run, None, "turns_limit", f"Turns beyond {self._limits.turns:,} are left out.", out)
            return None
        number = len(run.turns) + 1
        turn = OpenTurn(f"{run.id}.{number}", number, lane_key, None, agent or lane.agent, model, auxiliary)
        run.turns.append(turn)
        lane.turn = turn
        if key is not None:
            give_key(run, turn, key)
        out.append(
            o.OpenTurn(
                run=run.id,
                turn=turn.id,
                number=number,
                lane=lane.id,
                agent=turn.agent,
                model=model,
                attempt=1,
                auxiliary=auxiliary,
                time=now,
            )
        )
        return turn

    def _close_turn(
        self, run: OpenRun, turn: OpenTurn, status: TurnStatus, now: float, out: list[o.Op]
    ) -> None:
        if turn.closed:
            return
        self._close_blocks(turn, now, out)
        for call in turn.calls:
            self._finalise(run, call, now, out)
        turn.closed = True
        lane = run.lanes.get(turn.lane)
        if lane is not None and status != "abandoned" and (said := turn.text):
            lane.said = said
        out.append(o.CloseTurn(turn=turn.id, status=status, time=now))

    def _end_turn(
        self,
        run: OpenRun,
        turn: OpenTurn,
        status: RunStatus,
        error: Failure | None,
        now: float,
        out: list[o.Op],
    ) -> None:
        """What the run's end does to one of its turns."""
        self._close_blocks(turn, now, out)
        open_calls: list[Call] = []
        for call in turn.calls:
            self._finalise(run, call, now, out)
            if call.id is None:
                message = f"A tool call never got a name: {call.text[:200]}"
                cut = status != "complete" or turn.abandoned
                self._notice(run, turn, "nameless_call", message, out, fault=not cut)
            elif not (call.answered or call.ended or call.invalid or (call.asked and status == "complete")):
                open_calls.append(call)
        for call in open_calls:
            call.ended = True
            assert call.id is not None
            if (
                status == "error"
                and error is not None
                and call.final
                and len(open_calls) == 1
                and turn.reason
            ):
                # The one tool that was at work when the run failed is the one that raised.
                out.append(
                    o.SetResult(
                        part=call.id, result=error.message, outcome="error", preliminary=False, time=now
                    )
                )
            else:
                state: ToolState = "unanswered" if status == "complete" else "cancelled"
                out.append(o.SetToolState(part=call.id, state=state, time=now))
        if turn.closed:
            return
        if turn.reason is None and status in ("cancelled", "error"):
            turn.reason = "cancelled" if status == "cancelled" else "error"
            out.append(
                o.EndReply(turn=turn.id, finish_reason=turn.reason, native_finish_reason=None, time=now)
            )
        turn.closed = True
        out.append(o.CloseTurn(turn=turn.id, status=_turn_status(status), time=now))

    def _abandon(self, run: OpenRun, turn: OpenTurn, reason: str, now: float, out: list[o.Op]) -> None:
        self._close_blocks(turn, now, out)
        for call in turn.calls:
            if call.id is None:
                continue
            self._finalise(run, call, now, out)
            if call.answered:
                continue
            if call.invalid:
                self._fail_call(run, call, reason, now, out)
            else:
                self._answer(run, call, Early(call.name, call.lane, NOT_EXECUTED, "error"), now, out)
                out.append(o.SetToolState(part=call.id, state="skipped", time=now))
        turn.abandoned = True
        if turn.reason is None:
            turn.reason = "error"
            out.append(o.EndReply(turn=turn.id, finish_reason="error", native_finish_reason=None, time=now))
        self._notice(run, turn, "abandoned", reason, out, fault=False)
        self._close_turn(run, turn, "abandoned", now, out)

    def _show_stray(self, run: OpenRun, key: str, early: Early, now: float, out: list[o.Op]) -> None:
        """A result whose call never came is shown as a step of its own: nothing vanishes."""
        turn = lane_turn(run, early.lane) or (run.turns[-1] if run.turns else None)
        if turn is None:
            turn = self._open_turn(run, early.lane, None, now, out)
        if turn is None:
            return
        call_id = key.partition(" ")[2]
        call = self._open_call(run, turn, None, None if call_id.startswith("\0") else call_id)
        self._show_call(run, turn, call, early.name or "unknown tool", now, out, known=True)
        if call.id is None:
            return
        call.final = True
        if early.asks:
            self._ask(call, early.question, early.editable, now, out)
        else:
            self._answer(run, call, early, now, out)
        self._notice(
            run, turn, "result_for_nobody", "A tool result came for a call that was never made.", out
        )


def give_key(run: OpenRun, turn: OpenTurn, key: str) -> None:
    """From here on the source's ``key`` means ``turn``."""
    turn.key = key
    run.by_key.setdefault(turn.lane, {})[key] = turn


def streaming_turn(run: OpenRun, event: e.ToolCallDelta, key: str | None) -> OpenTurn | None:
    """The lane's current turn if it holds the call that this piece goes on with.

    A tool may return while the next call of the same turn still streams: that opens no new turn.
    """
    turn = lane_turn(run, event.lane) if event.turn is None else None
    if turn is None or turn.closed:
        return None
    last = turn.calls[-1] if turn.calls and not event.name else None
    call = last if key is None else turn.calls_by_key.get(key)
    return turn if call is not None and not call.final else None


def _turn_status(status: RunStatus) -> TurnStatus:
    match status:
        case "complete" | "cancelled" | "truncated" | "error":
            return status
        case "queued" | "running" | "dropped":
            raise ValueError(f"a run cannot finish as {status!r}")
