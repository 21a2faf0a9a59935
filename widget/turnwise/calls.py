"""What an agent says of tool calls: how they are made, run, answered, allowed, and given up.

Knows ``turns`` and what that knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import events as e
from . import ops as o
from .jsonable import jsonable
from .ledger import Early
from .parts import ProtocolError, known_turn, maybe_whole, meant_turn
from .texts import next_piece
from .turns import Turns, streaming_turn
from .values import InvalidToolCall

if TYPE_CHECKING:
    from .ledger import Call, OpenRun


class Calls(Turns):
    """The rules for events of calls, one method each, and what a driver says of an invalid one."""

    def _tool_call_delta(self, run: OpenRun, event: e.ToolCallDelta, now: float, out: list[o.Op]) -> None:
        key = event.key if event.key is not None else event.call_id or None
        turn = known_turn(run, event) or streaming_turn(run, event, key)
        if turn is None:
            turn = self._content_turn(run, event, now, out)
        if turn is None or turn.abandoned:
            return
        call: Call | None
        if key is not None:
            call = turn.calls_by_key.get(key)
        else:
            call = turn.calls[-1] if turn.calls and not event.name else None
        if call is None:
            call = self._open_call(run, turn, key, event.call_id)
        elif call.final:
            if event.arguments:
                self._notice(
                    run, turn, "late_arguments", "Arguments came after their call was complete; ignored.", out
                )
            return
        if event.call_id and call.call_id is None:
            self._register(call, event.call_id)
        text = event.arguments
        if text and (call.held or not text.isascii()):
            text, call.held = next_piece(call.held, text)
        if text:
            call.length += len(text)
            if call.length > self._limits.arguments:
                text = self._within(run, turn, call, text, self._limits.arguments, "arguments", out)
        if text:
            call.pieces.append(text)
            if call.id is not None:
                out.append(o.Append(part=call.id, text=text))
        if event.name and call.id is None:
            self._show_call(run, turn, call, event.name, now, out)

    def _tool_call(self, run: OpenRun, event: e.ToolCall, now: float, out: list[o.Op]) -> None:
        call = self._announced_call(run, event)
        if call is None:
            turn = self._content_turn(run, event, now, out)
            if turn is None or turn.abandoned:
                return
            key = event.key if event.key is not None else event.call_id or None
            call = self._open_call(run, turn, key, event.call_id)
        elif call.final:
            return  # announced again: by a resumed run, or twice by the source
        else:
            turn = run.turns[call.turn - 1]
        call.hosted = event.hosted
        if event.call_id and call.call_id is None:
            self._register(call, event.call_id)
        if call.id is None:
            self._show_call(run, turn, call, event.name, now, out, known=event.hosted)
            if call.id is None:
                return
        if event.call_id and event.call_id != call.call_id:
            self._register(call, event.call_id)  # the whole call knows its id better than its pieces did
            out.append(o.DescribeTool(part=call.id, name=call.name or event.name, call_id=event.call_id))
        self._take_arguments(run, turn, call, event.arguments, out)
        if event.native is not None:
            out.append(o.SetNative(part=call.id, native=jsonable(event.native)))
        if self._ledger.parked is call:
            call.whole = True
            return
        self._finalise(run, call, now, out)

    def _tool_start(self, run: OpenRun, event: e.ToolStart, now: float, out: list[o.Op]) -> None:
        call = self._find_call(event, run)
        if call is None:
            if not event.name:
                self._notice(run, None, "start_for_nobody", "A tool started that nobody had called.", out)
                return
            turn = self._content_turn(run, event, now, out)
            if turn is None:
                return
            call = self._open_call(run, turn, event.call_id or None, event.call_id)
            self._show_call(run, turn, call, event.name, now, out, known=True)
        self._finalise(run, call, now, out)
        if not (call.running or call.answered or call.ended) and call.id is not None:
            call.running = True
            call.asked = call.invalid = False  # it was allowed, and there is such a tool, whoever said so
            out.append(o.SetToolState(part=call.id, state="running", time=now))

    def _tool_result(self, run: OpenRun, event: e.ToolResult, now: float, out: list[o.Op]) -> None:
        call = self._find_call(event, run)
        early = Early(event.name, event.lane, jsonable(event.value), event.outcome, event.preliminary)
        if call is None:
            self._keep(run, event.call_id, early, out)
            return
        self._finalise(run, call, now, out)
        self._answer(run, call, early, now, out)

    def _tool_output(self, run: OpenRun, event: e.ToolOutput, now: float, out: list[o.Op]) -> None:
        call = self._find_call(event, run)
        if call is None:
            self._notice(run, None, "output_of_nobody", "A tool printed that nobody had called.", out)
            return
        self._output(run, call, event, now, out)

    def _approval_request(self, run: OpenRun, event: e.ApprovalRequest, now: float, out: list[o.Op]) -> None:
        call = self._find_call(event, run)
        if call is None:
            question = Early(
                event.name,
                event.lane,
                question=maybe_whole(event.message),
                asks=True,
                editable=event.editable,
            )
            self._keep(run, event.call_id, question, out)
            return
        self._finalise(run, call, now, out)
        self._ask(call, maybe_whole(event.message), event.editable, now, out)

    def _approval_response(
        self, run: OpenRun, event: e.ApprovalResponse, now: float, out: list[o.Op]
    ) -> None:
        call = self._asked_call(event, run)
        if call is None:
            self._notice(
                run, None, "answer_to_nothing", "An approval was answered that nobody had asked for.", out
            )
        else:
            self._resolve(call, event, now, out)

    def decide(self, part: str, response: e.ApprovalResponse, now: float) -> list[o.Op]:
        """``response`` is to the question about this step, whatever ids of calls say.

        Raises ``ValueError`` if nobody asks about it.
        """
        run = self._ledger.active
        call = None if run is None else next((c for c in run.unanswered if c.id == part and c.asked), None)
        if call is None:
            raise ValueError(f"nobody asks about {part!r}")
        out: list[o.Op] = []
        self._resolve(call, response, now, out)
        return out

    def _resolve(self, call: Call, event: e.ApprovalResponse, now: float, out: list[o.Op]) -> None:
        assert call.id is not None
        call.asked = False
        call.ended = event.decision == "denied"
        edited = None if event.arguments is None else jsonable(event.arguments)
        out.append(
            o.ResolveApproval(
                part=call.id,
                decision=event.decision,
                reason=maybe_whole(event.reason),
                edited=edited,
                time=now,
            )
        )

    # ── invalid calls ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def invalid(self) -> InvalidToolCall | None:
        """The call that waits for a word, if one does (with ``park``)."""
        call = self._ledger.parked
        run = self._ledger.active
        if call is None or run is None or call.name is None or call.id is None:
            return None
        turn = run.turns[call.turn - 1]
        return InvalidToolCall(
            name=call.name,
            call_id=call.call_id,
            arguments=call.text,
            offered=tuple(self._offered(turn) or ()),
            turn=turn.id,
            part=call.id,
            abandoned=sum(turn.abandoned for turn in run.turns),
        )

    def repair(self, name: str, now: float) -> list[o.Op]:
        """The invalid call is meant for the tool ``name``; the stream goes on with it.

        Raises ``ValueError`` if that was not offered either, and ``ProtocolError`` if no call waits.
        """
        run, call = self._parked()
        offered = self._offered(run.turns[call.turn - 1]) or []
        if name not in offered:
            raise ValueError(f"{name!r} was not offered either; the tools are {', '.join(offered) or 'none'}")
        self._ledger.parked = None
        out: list[o.Op] = []
        self._rename(run, call, name, now, out)
        if call.whole:
            self._finalise(run, call, now, out)
        return out

    def reject(self, reason: str, now: float) -> list[o.Op]:
        """The invalid call fails with ``reason`` as its result; the stream goes on with the rest of the turn.

        Raises ``ProtocolError`` if no call waits.
        """
        run, call = self._parked()
        self._ledger.parked = None
        out: list[o.Op] = []
        self._fail_call(run, call, reason, now, out)
        return out

    def abandon(self, reason: str, now: float) -> list[o.Op]:
        """Give the turn up: the invalid call fails with ``reason``, the others are not executed.

        What the turn has shown stays to be looked at, and its usage counts; the next ``TurnStart`` begins anew.

        Raises ``ProtocolError`` if no call waits.
        """
        run, call = self._parked()
        self._ledger.parked = None
        out: list[o.Op] = []
        self._abandon(run, run.turns[call.turn - 1], reason, now, out)
        return out

    def _parked(self) -> tuple[OpenRun, Call]:
        if self._ledger.active is None or self._ledger.parked is None:
            raise ProtocolError("no invalid call waits for a word")
        return self._ledger.active, self._ledger.parked

    def _tool_call_renamed(self, run: OpenRun, event: e.ToolCallRenamed, now: float, out: list[o.Op]) -> None:
        call = self._call_in_turn(run, event)
        if call is None or call.id is None:
            self._notice(run, None, "rename_of_nothing", "A tool call was renamed that was never made.", out)
            return
        self._rename(run, call, event.name, now, out)

    def _tool_call_rejected(
        self, run: OpenRun, event: e.ToolCallRejected, now: float, out: list[o.Op]
    ) -> None:
        call = self._call_in_turn(run, event)
        if call is None or call.id is None:
            self._notice(run, None, "reject_of_nothing", "A tool call was rejected that was never made.", out)
            return
        self._fail_call(run, call, event.reason, now, out)

    def _turn_abandoned(self, run: OpenRun, event: e.TurnAbandoned, now: float, out: list[o.Op]) -> None:
        turn = meant_turn(run, event)
        if turn is not None and not turn.closed:
            self._abandon(run, turn, event.reason, now, out)
