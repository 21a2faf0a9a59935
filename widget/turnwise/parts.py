"""How parts open, grow and close: the ops that each change of the ledger makes.

Blocks of text, tool calls, and the notices of what went wrong. When a turn begins and ends is ``turns``'s to say, and
what an event means ``assembler``'s. Knows ``events``, ``ops``, ``values``, ``texts``, ``jsonable`` and ``ledger``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import events as e
from . import ops as o
from .jsonable import AS_WRITTEN, jsonable, mimebundle
from .ledger import Block, Call, Early, Ledger, OpenRun, OpenTurn
from .texts import LOST, parse_arguments, same_json, whole

if TYPE_CHECKING:
    from .values import Json, PartKind, ToolState

    InTurn = (
        e.TurnStart
        | e.ModelRequest
        | e.TextDelta
        | e.Text
        | e.ReasoningDelta
        | e.Reasoning
        | e.ToolCallDelta
        | e.ToolCall
        | e.ToolCallRenamed
        | e.ToolCallRejected
        | e.TurnAbandoned
        | e.TurnRetry
        | e.Source
        | e.File
        | e.Data
        | e.FinalText
        | e.TurnUsage
        | e.TurnFinish
        | e.Error
        | e.Unknown
    )

NO_TURNS: dict[str, OpenTurn] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of one run is kept. What goes beyond is left out, and a notice says so."""

    text: int = 10_000_000
    """Characters of one block of text or reasoning."""
    arguments: int = 2_000_000
    """Characters of one call's arguments."""
    output: int = 200_000
    """Characters that one call prints."""
    displays: int = 50
    """What one call displays."""
    parts: int = 10_000
    """Parts of one turn."""
    turns: int = 100_000
    """Turns of one run."""
    requests: int = 50_000_000
    """Characters of the requests to models, each message counted once."""
    waiting: int = 1_000
    """Results that came before their call."""
    notices: int = 100
    """Different notices."""
    seen: int = 10_000
    """Event ids that are remembered, to tell what is delivered twice."""


Malformed: TypeAlias = Literal["keep", "empty", "error", "drop"]
"""What becomes of a call whose arguments are not valid JSON; the text is kept in any case. ``keep``: it has none, and
whoever runs tools sees why; ``empty``: it has ``{}``; ``error``: it fails at once; ``drop``: it is skipped, with a
notice."""


class ProtocolError(Exception):
    """The events broke the contract. The message names the rule.

    Raised in strict mode; and always for feeding an assembler that waits for a word on an invalid call.
    """


class Parts:
    """Opens and closes the parts of a turn."""

    _ledger: Ledger
    _limits: Limits
    _strict: bool
    _park: bool
    _malformed: Malformed
    _tools: list[str] | None
    """What ``Assembler`` sets up."""

    def _new_part(self, run: OpenRun, turn: OpenTurn, out: list[o.Op]) -> str | None:
        """The id of the next part, or ``None`` if the turn is full."""
        if turn.parts >= self._limits.parts:
            self._notice(run, turn, "parts_limit", f"Parts beyond {self._limits.parts:,} are left out.", out)
            return None
        turn.parts += 1
        return f"{turn.id}.{turn.parts}"

    def _open_block(
        self, run: OpenRun, turn: OpenTurn, kind: PartKind, key: str | None, now: float, out: list[o.Op]
    ) -> Block | None:
        if turn.current is not None:
            self._close_block(turn, turn.current, now, out)
        part = self._new_part(run, turn, out)
        if part is None:
            return None
        block = Block(part, kind)
        if key is None:
            turn.current = block
        else:
            turn.keyed[f"{kind} {key}"] = block
        if kind == "text":
            turn.texts.append(block)
        out.append(o.OpenPart(turn=turn.id, part=block.id, kind=kind, time=now))
        return block

    def _close_block(self, turn: OpenTurn, block: Block, now: float, out: list[o.Op]) -> None:
        if turn.current is block:
            turn.current = None
        if not block.open:
            return
        block.open = False
        if block.held:
            out.append(o.Append(part=block.id, text=LOST))
            block.pieces.append(LOST)
            block.held = ""
        out.append(o.ClosePart(part=block.id, time=now))

    def _close_blocks(self, turn: OpenTurn, now: float, out: list[o.Op]) -> None:
        if turn.current is not None:
            self._close_block(turn, turn.current, now, out)
        for block in turn.keyed.values():
            self._close_block(turn, block, now, out)

    def _within(
        self,
        run: OpenRun,
        turn: OpenTurn,
        into: Block | Call,
        text: str,
        limit: int,
        what: str,
        out: list[o.Op],
    ) -> str:
        """The beginning of ``text`` for which there is room; a notice says that the rest is left out."""
        self._notice(run, turn, f"{what}_limit", f"Only the first {limit:,} characters are kept.", out)
        return text[: max(0, limit - (into.length - len(text)))]

    # ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _open_call(self, run: OpenRun, turn: OpenTurn, key: str | None, call_id: str | None) -> Call:
        call = Call(run.id, turn.number, turn.lane, None)
        turn.calls.append(call)
        if key is not None:
            turn.calls_by_key[key] = call
        if call_id:
            self._register(call, call_id)
        return call

    def _register(self, call: Call, call_id: str) -> None:
        call.call_id = call_id
        calls = self._ledger.calls.setdefault(call_id, [])
        calls[:] = [known for known in calls if not known.answered and known is not call]
        calls.append(call)

    def _strike(self, run: OpenRun, call: Call) -> None:
        """Forget a call that an abandoned attempt has made."""
        if call in run.unanswered:
            run.unanswered.remove(call)
        for calls in self._ledger.calls.values():  # it may have had two ids: its pieces' and the whole call's
            calls[:] = [known for known in calls if known is not call]

    def _show_call(
        self,
        run: OpenRun,
        turn: OpenTurn,
        call: Call,
        name: str,
        now: float,
        out: list[o.Op],
        *,
        known: bool = False,
    ) -> None:
        """The name is known: the step appears, with what arguments there are.

        ``known``: somebody runs it, or has run it, so it is not for us to say that there is no such tool.
        """
        if turn.current is not None:
            self._close_block(turn, turn.current, now, out)
        part = self._new_part(run, turn, out)
        if part is None:
            return
        call.name = name = whole(name)
        call.id = part
        run.unanswered.append(call)
        out.append(o.OpenTool(turn=turn.id, part=part, name=name, call_id=call.call_id, time=now))
        if call.pieces:
            out.append(o.Append(part=part, text=call.text))
        offered = None if known else self._offered(turn)
        if offered is not None and name not in offered:
            call.invalid = True
            out.append(o.SetToolState(part=part, state="invalid", time=now))
            if self._park:
                self._ledger.parked = call

    def _offered(self, turn: OpenTurn) -> list[str] | None:
        return self._tools if turn.tools is None else turn.tools

    def _take_arguments(
        self, run: OpenRun, turn: OpenTurn, call: Call, arguments: Any, out: list[o.Op]
    ) -> None:
        """Arguments that came whole: they win over the streamed ones where they differ in more than spelling."""
        if arguments is None or arguments == "":
            return  # it says nothing of them
        text = (
            whole(arguments) if isinstance(arguments, str) else _dump(jsonable(arguments, limits=AS_WRITTEN))
        )
        streamed = call.text
        call.held = ""
        if text == streamed or (streamed and same_json(text, streamed)):
            return
        assert call.id is not None
        call.length = len(text)
        if call.length > self._limits.arguments:
            text = self._within(run, turn, call, text, self._limits.arguments, "arguments", out)
        call.pieces = [text]
        if streamed:
            out.append(o.Replace(part=call.id, text=text))
        elif text:
            out.append(o.Append(part=call.id, text=text))

    def _finalise(self, run: OpenRun, call: Call, now: float, out: list[o.Op]) -> None:
        """No more arguments will come. What came before the call is due now."""
        if call.final or call.id is None:
            return
        call.final = True
        if call.held:
            call.held = ""
            call.pieces.append(LOST)
            out.append(o.Append(part=call.id, text=LOST))
        value, invalid = parse_arguments(call.text)
        call.pieces.clear()
        if invalid is not None and self._malformed == "empty":
            value = dict[str, Any]()
        out.append(o.SetArguments(part=call.id, arguments=jsonable(value), invalid=invalid, time=now))
        if invalid is not None and self._malformed in ("error", "drop"):
            self._refuse(run, call, f"The arguments are not valid JSON: {invalid}", now, out)
        if call.call_id is None or not run.waiting:
            return
        for kind in ("asks", "result"):
            early = run.waiting.pop(f"{kind} {call.call_id}", None)
            if early is not None and early.asks:
                self._ask(call, early.question, early.editable, now, out)
            elif early is not None:
                self._answer(run, call, early, now, out)

    def _refuse(self, run: OpenRun, call: Call, reason: str, now: float, out: list[o.Op]) -> None:
        """A call with malformed arguments is not to be run: it has failed, or is left out of what counts."""
        turn = run.turns[call.turn - 1]
        returned = turn.has_result
        self._answer(run, call, Early(call.name, call.lane, reason, "error"), now, out)
        turn.has_result = returned  # it is our word, not a tool's: the reply goes on
        if self._malformed == "drop" and call.id is not None:
            out.append(o.SetToolState(part=call.id, state="skipped", time=now))
            self._notice(
                run, turn, "dropped_call", f"A call of {call.name} was dropped. {reason}", out, fault=False
            )

    def _keep(self, run: OpenRun, call_id: str | None, early: Early, out: list[o.Op]) -> None:
        """Until its call comes."""
        if len(run.waiting) >= self._limits.waiting:
            self._notice(run, None, "waiting_limit", "Too many tool results came without a call.", out)
            return
        kind = "asks" if early.asks else "result"
        run.strays += 1
        run.waiting[f"{kind} {call_id}" if call_id else f"{kind} \0{run.strays}"] = early

    def _ask(self, call: Call, question: str | None, editable: bool, now: float, out: list[o.Op]) -> None:
        if call.asked or call.answered or call.id is None:
            return
        call.asked = True
        call.ended = call.invalid = False
        out.append(o.RequestApproval(part=call.id, message=question, editable=editable, time=now))

    def _answer(self, run: OpenRun, call: Call, early: Early, now: float, out: list[o.Op]) -> None:
        assert call.id is not None
        if not early.preliminary:
            call.answered = True
            call.asked = False
            if call in run.unanswered:
                run.unanswered.remove(call)
            if run.id == call.run and run is self._ledger.active and not call.hosted:
                run.turns[call.turn - 1].has_result = True
        out.append(
            o.SetResult(
                part=call.id,
                result=early.result,
                outcome=early.outcome,
                preliminary=early.preliminary,
                time=now,
            )
        )

    def _output(self, run: OpenRun, call: Call, event: e.ToolOutput, now: float, out: list[o.Op]) -> None:
        assert call.id is not None
        turn = run.turns[call.turn - 1] if run.id == call.run and call.turn <= len(run.turns) else None
        if event.clear:
            call.printed = call.displayed = 0
            call.display_ids.clear()
            out.append(
                o.AddOutput(part=call.id, stream="stdout", text="", display=None, clear=True, time=now)
            )
        if event.display is not None:
            name = None if event.display_id is None else whole(event.display_id)
            if name not in call.display_ids:
                if call.displayed >= self._limits.displays:
                    message = f"Only the first {self._limits.displays:,} displays of a tool are kept."
                    self._notice(run, turn, "displays_limit", message, out, fault=False)
                    return
                call.displayed += 1
            shown = mimebundle(event.display)
            if shown is None:
                return
            if name is not None and name not in call.display_ids:
                call.display_ids.append(name)
            out.append(
                o.AddOutput(part=call.id, stream="display", text="", display=shown, display_id=name, time=now)
            )
            return
        text = whole(event.text)
        room = self._limits.output - call.printed
        if len(text) > room:
            message = f"Only the first {self._limits.output:,} characters that a tool prints are kept."
            self._notice(run, turn, "output_limit", message, out, fault=False)
            text = text[:room]
        call.printed += len(text)
        if text:
            stream = "stdout" if event.stream == "display" else event.stream
            out.append(o.AddOutput(part=call.id, stream=stream, text=text, display=None, time=now))

    def _rename(self, run: OpenRun, call: Call, name: str, now: float, out: list[o.Op]) -> None:
        assert call.id is not None
        call.called = call.called or call.name
        call.name = name = whole(name)
        out.append(o.DescribeTool(part=call.id, name=name, call_id=call.call_id))
        if not call.invalid:
            return
        call.invalid = False
        if not call.answered:
            state: ToolState = "ready" if call.final else "streaming"
            out.append(o.SetToolState(part=call.id, state=state, time=now))

    def _fail_call(self, run: OpenRun, call: Call, reason: str, now: float, out: list[o.Op]) -> None:
        assert call.id is not None
        if call.whole:
            self._finalise(run, call, now, out)
        turn = run.turns[call.turn - 1]
        returned = turn.has_result
        self._answer(run, call, Early(call.name, call.lane, whole(reason), "error"), now, out)
        turn.has_result = returned  # it is our word, not a tool's: the reply goes on
        call.invalid = True
        out.append(o.SetToolState(part=call.id, state="invalid", time=now))

    # ── whose call it is ──────────────────────────────────────────────────────────────────────────────────────

    def _announced_call(self, run: OpenRun, event: e.ToolCall) -> Call | None:
        """The call that a whole call completes or repeats; ``None`` if it is a new one."""
        turn = meant_turn(run, event)
        if turn is not None and (not turn.closed or event.turn is not None):
            if event.key is not None:
                call = turn.calls_by_key.get(event.key)
                if call is not None:
                    return call
            for call in turn.calls:
                if not call.goes_by(event.name):
                    continue
                # Answered, and no key says that it is still this turn: a source that uses its ids again.
                again = call.answered and call.final and event.turn is None
                if event.call_id and call.call_id == event.call_id and not again:
                    return call
                if not event.call_id and event.key is None and not call.final:
                    return call
        if event.call_id and event.turn is None:
            for call in reversed(self._ledger.calls.get(event.call_id, [])):
                # Many sources count calls anew in each run.
                going_on = call.run == run.id or not call.ended
                if going_on and not call.answered and call.name is not None and call.goes_by(event.name):
                    return call
        return None

    def _call_in_turn(self, run: OpenRun, event: e.ToolCallRenamed | e.ToolCallRejected) -> Call | None:
        turn = meant_turn(run, event)
        if turn is None:
            return None
        if event.key is not None and (event.call_id is None or event.key in turn.calls_by_key):
            return turn.calls_by_key.get(event.key)
        return next((c for c in reversed(turn.calls) if event.call_id in (None, c.call_id)), None)

    def _find_call(
        self,
        event: e.ToolStart | e.ToolResult | e.ToolOutput | e.ApprovalRequest,
        run: OpenRun,
    ) -> Call | None:
        """Whose it is: the latest unanswered call with the id, else the latest with it.

        Without an id it is the oldest unanswered call of that name in the lane (of any name, if it has none either).
        """
        if event.call_id:
            last: Call | None = None
            for call in reversed(self._ledger.calls.get(event.call_id, [])):
                if call.id is None:
                    continue
                if not call.answered:
                    return call
                last = last or call
            return last
        for call in run.unanswered:
            if call.lane == event.lane and event.name in (None, call.name):
                return call
        return None

    def _asked_call(self, event: e.ApprovalResponse, run: OpenRun) -> Call | None:
        """The call whose question is answered, the oldest if several may be meant."""
        if event.call_id:
            known = self._ledger.calls.get(event.call_id, [])
        else:
            known = [c for c in run.unanswered if c.lane == event.lane and event.name in (None, c.name)]
        return next((call for call in known if call.asked and call.id is not None), None)

    # ── notices ───────────────────────────────────────────────────────────────────────────────────────────────

    def _notice(
        self,
        run: OpenRun,
        turn: OpenTurn | None,
        code: str,
        message: str,
        out: list[o.Op],
        *,
        fault: bool = True,
    ) -> None:
        """Count it, and say it: the first time and whenever the count has doubled, and at the run's end."""
        if fault and self._strict:
            raise ProtocolError(f"{code}: {message}")
        key = (None if turn is None else turn.id, code)
        if key not in run.notices and len(run.notices) >= self._limits.notices:
            key, message = (None, "more_notices"), "More went wrong than is listed here."
        message = whole(message)
        count = run.notices.get(key, (0, ""))[0] + 1
        run.notices[key] = (count, message)
        if count & (count - 1) == 0:
            out.append(o.SetNotice(run=run.id, turn=key[0], code=whole(key[1]), message=message, count=count))


def known_turn(run: OpenRun, event: InTurn) -> OpenTurn | None:
    """The turn that the event's key means, if it has one that is known."""
    if event.turn is None:
        return None
    return run.by_key.get(event.lane, NO_TURNS).get(event.turn)


def meant_turn(run: OpenRun, event: InTurn) -> OpenTurn | None:
    """The turn that the event's key means, or without a key the one where its lane stands.

    A key that is not known yet may be that of a turn that was announced without one, and of no other.
    """
    turn = lane_turn(run, event.lane)
    if event.turn is None:
        return turn
    return known_turn(run, event) or (turn if turn is not None and turn.key is None else None)


def lane_turn(run: OpenRun, lane: str | None) -> OpenTurn | None:
    """Where the lane stands."""
    found = run.lanes.get(lane)
    return None if found is None else found.turn


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def maybe_whole(text: str | None) -> str | None:
    """``whole``, for a text that may be absent."""
    return None if text is None else whole(text)
