"""Events in, ops out: the one place that knows when a turn begins and ends.

Sans-IO: no clock (``now`` is an argument), no loop, no I/O, no randomness, so a test can feed it anything and get the
same ops every time. Whatever an agent says is accepted; what breaks the rules is counted and shown as a notice (with
``strict=True``, for those who write adapters, it raises instead).

    asm = Assembler()
    ops = asm.add_run("run1", "Weather in Paris?", now=0.0) + asm.start_run("run1", now=0.0)
    ops += asm.feed(TextDelta("It is "), now=0.1)
    ops += asm.finish(now=0.2)

The rules for turns that a source does not announce: content (text, reasoning, a call) without a turn key goes to its
lane's current turn, and opens the next one if that turn's reply has finished or a tool of it has returned. A result
goes to the call with its id, in whatever turn of whatever run that is.

With ``park=True`` a call to a tool that was not offered stops the assembler as soon as its name is there, until it is
dealt with. That is for who drives a model by hand, and may end a doomed reply before it is paid for:

    asm = Assembler(tools=["get_weather"], park=True)
    for event in reply:
        ops += asm.feed(event, now)
        if asm.invalid is not None:                     # what was called, with which arguments so far, what was offered
            ops += asm.repair("get_weather", now)       # the same stream goes on; or
            # asm.reject("No such tool.", now)          # its result, and the turn goes on; or
            # asm.abandon("No such tool.", now)         # the turn is over: end the reply, ask the model again

``notebooks/drive-it-yourself.ipynb`` is the whole loop.

What is remembered stands in ``ledger``; how parts and turns open and close, in ``parts`` and ``turns``; what events of
content mean, in ``content``, of calls, in ``calls``; ``asked`` says what is new in a request. This is runs, their
turns, and the way in. Knows those, ``events``, ``joined``, ``ops``, ``texts`` and ``values``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from . import events as e
from . import ops as o
from .asked import Told, remember
from .calls import Calls
from .content import Content
from .joined import joined
from .ledger import Asked, Call, Ledger, OpenLane, OpenRun
from .parts import Limits, ProtocolError, known_turn, lane_turn, maybe_whole, meant_turn
from .texts import whole
from .turns import give_key
from .values import MAIN_LANE, Failure, FinishReason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from .ledger import OpenTurn
    from .parts import Malformed
    from .runs import Run, ToolPart, Turn
    from .transcript import Transcript
    from .values import Json, RunStatus


class Assembler(Content, Calls):
    """One conversation's events to ops. Runs follow one another; ``feed`` is for the one that was started last.

    Args:
        strict: Raise ``ProtocolError`` for a violation of the event contract instead of making it a notice.
        tools: Names of the tools that are offered to the model; ``TurnStart.tools`` says it anew for a turn.
        park: Wait for a word on each call to a tool that was not offered.
        malformed: What becomes of a call whose arguments are not valid JSON: ``"keep"`` (it has none, and ``invalid``
            says why), ``"empty"`` (it has ``{}``), ``"error"`` (it fails), ``"drop"`` (it is skipped, with a notice).
        limits: How much of a run is kept.
    """

    def __init__(
        self,
        *,
        strict: bool = False,
        tools: Collection[str] | None = None,
        park: bool = False,
        malformed: Malformed = "keep",
        limits: Limits | None = None,
    ) -> None:
        self._strict = strict
        self._tools = None if tools is None else list(tools)
        self._park = park
        self._malformed: Malformed = malformed
        self._limits = limits or Limits()
        self._ledger = Ledger()

    def dump(self) -> dict[str, Json]:
        """Everything it remembers, as JSON-safe data; ``load`` takes it up again, at any point of a run."""
        return self._ledger.dump()

    def load(self, state: dict[str, Json]) -> None:
        """Go on where the assembler that gave ``state`` stood.

        Raises ``KeyError`` or ``TypeError`` if it is something else.
        """
        self._ledger = Ledger.load(state)

    def follow(self, transcript: Transcript) -> None:
        """Go on after the runs of a conversation that another assembler made: their ids are taken, their number counts.

        Raises ``ValueError`` if one of them has not ended.
        """
        for run in transcript.runs:
            if run.ended is None:
                raise ValueError(f"run {run.id!r} of the history has not ended")
            self._ledger.runs[run.id] = OpenRun(run.id, started=True)
            for turn in run.turns:
                for step in turn.tools:
                    if step.call_id is not None and (step.outcome is None or step.preliminary):
                        self._await(run, turn, step)
                if turn.request is not None and turn.lane == MAIN_LANE:
                    asked = Asked(turn.id)
                    self._ledger.asked[_speaker(None, turn.agent, turn.auxiliary)] = asked
        for asked in self._ledger.asked.values():
            request = transcript.turn(asked.turn).request
            assert request is not None
            remember(asked, request)

    def _await(self, run: Run, turn: Turn, step: ToolPart) -> None:
        """A late result may still come for this step."""
        call = Call(run.id, turn.number, None, step.call_id, step.name, id=step.id, final=True, ended=True)
        self._register(call, step.call_id or "")

    # ── runs ────────────────────────────────────────────────────────────────────────────────────────────────

    def add_run(self, run_id: str, prompt: str, now: float, client_id: str | None = None) -> list[o.Op]:
        """Queue a prompt. ``run_id`` must be new in this conversation (``ValueError``)."""
        runs = self._ledger.runs
        if run_id in runs:
            raise ValueError(f"run id {run_id!r} was used before; each run needs its own")
        runs[run_id] = OpenRun(run_id)
        return [o.AddRun(run=run_id, number=len(runs), prompt=whole(prompt), client_id=client_id, time=now)]

    def start_run(self, run_id: str, now: float) -> list[o.Op]:
        """Make a queued run the active one. ``ValueError`` if another is active or the run has begun before."""
        if self._ledger.active is not None:
            raise ValueError(f"run {self._ledger.active.id!r} has not ended")
        run = self._ledger.runs[run_id]
        if run.started:
            raise ValueError(f"run {run_id!r} was started before")
        if self._ledger.last is not None:
            self._ledger.last.turns.clear()
            self._ledger.last.by_key.clear()
        run.started = True
        run.lanes[None] = OpenLane(MAIN_LANE)
        self._ledger.active = self._ledger.last = run
        return [o.StartRun(run=run_id, time=now)]

    def drop_run(self, run_id: str, now: float) -> list[o.Op]:
        """Take a queued run out of the queue; it stays in the transcript as dropped.

        Raises ``ValueError`` if it has begun.
        """
        run = self._ledger.runs[run_id]
        if run.started:
            raise ValueError(f"run {run_id!r} has begun; finish it instead")
        run.started = True
        return [o.EndRun(run=run_id, status="dropped", error=None, time=now)]

    def finish(
        self, now: float, *, status: RunStatus = "complete", error: Failure | None = None
    ) -> list[o.Op]:
        """End the active run, closing all that is open. No active run: nothing to do.

        ``status`` is how the source ended; a reported ``Error`` or a reply that was cut before it answered makes an
        error of ``"complete"``. ``error`` is the exception that ended it, if one did; when it repeats a reported error,
        the run still has one.
        """
        run = self._ledger.active
        if run is None:
            return []
        self._ledger.active = self._ledger.parked = None
        out: list[o.Op] = []
        if run.failure is not None:
            if status == "complete":
                status = "error"
            detail = run.failure.detail or (error.detail if error is not None else None)
            error = _with(run.failure, detail=detail)
        for call_id, early in run.waiting.items():
            self._show_stray(run, call_id, early, now, out)
        if status == "complete" and (cut := _cut_before_answer(run)) is not None:
            status, error = "error", cut
        if error is not None and error.turn is None:
            error = _with(error, detail=error.detail, turn=run.turns[-1].id if run.turns else None)
        for turn in run.turns:
            self._end_turn(run, turn, status, error, now, out)
        for (turn_id, code), (count, message) in run.notices.items():
            if count & (count - 1):  # the last word on those that were not said at each time
                out.append(o.SetNotice(run=run.id, turn=turn_id, code=code, message=message, count=count))
        out.append(o.EndRun(run=run.id, status=status, error=error, time=now))
        _forget(run)
        return out

    # ── events ──────────────────────────────────────────────────────────────────────────────────────────────

    def feed(self, event: e.Event, now: float) -> list[o.Op]:
        """The ops that ``event`` makes, maybe none.

        Never raises for what an agent said (unless strict); ``TypeError`` for an object that is no event, and
        ``ProtocolError`` while an invalid call waits for a word. Before the first run, one begins by itself.
        """
        rule = _FEED.get(type(event))
        if rule is None:
            raise TypeError(f"{event!r} is no turnwise event")
        if self._ledger.parked is not None:
            raise ProtocolError(f"{self.invalid} is not dealt with: call repair, reject or abandon first")
        out: list[o.Op] = []
        run = self._ledger.active
        if run is None:
            run = self._without_run(event, now, out)
            if run is None:
                return out
        if event.id is not None:
            if event.id in run.seen:
                return out
            run.seen[event.id] = None
            if len(run.seen) > self._limits.seen:
                del run.seen[next(iter(run.seen))]
        rule(self, run, event, now, out)
        return out

    def feed_all(self, events: Iterable[e.Event], now: float) -> list[o.Op]:
        """As ``feed`` for each, but what came in one burst is joined first: a fraction of the time.

        Not for who waits with ``park``: a call may be parked in the middle of it, and what follows then raises.
        """
        out: list[o.Op] = []
        for event in joined(events):
            out += self.feed(event, now)
        return out

    def _without_run(self, event: e.Event, now: float, out: list[o.Op]) -> OpenRun | None:
        """After the end only a late result, or late usage, is welcome; before the first run, anything is."""
        last = self._ledger.last
        if last is None:
            run_id = f"run{len(self._ledger.runs) + 1}"
            out += self.add_run(run_id, "", now)
            out += self.start_run(run_id, now)
            return self._ledger.active
        if isinstance(event, e.ToolResult) and event.call_id and self._find_call(event, last) is not None:
            return last
        if isinstance(event, e.TurnUsage) and (
            known_turn(last, event) or (event.turn is None and last.turns)
        ):
            return last
        self._notice(
            last, None, "after_end", "The agent went on after its run had ended; that was ignored.", out
        )
        return None

    def _turn_start(self, run: OpenRun, event: e.TurnStart, now: float, out: list[o.Op]) -> None:
        turn = known_turn(run, event)
        if turn is None:
            lane = run.lanes.get(event.lane)
            current = None if lane is None else lane.turn
            if current is not None and current.empty and current.key is None and not current.closed:
                turn = current
                if event.turn is not None:
                    give_key(run, turn, event.turn)
        if turn is None:
            turn = self._open_turn(
                run, event.lane, event.turn, now, out, event.agent, event.model, event.auxiliary
            )
            if turn is not None and event.tools is not None:
                turn.tools = list(event.tools)
            return
        if event.tools is not None:
            turn.tools = list(event.tools)
        agent = event.agent or turn.agent
        model = event.model or turn.model
        if (agent, model) != (turn.agent, turn.model):
            turn.agent, turn.model = agent, model
            out.append(o.DescribeTurn(turn=turn.id, agent=agent, model=model))

    def _model_request(self, run: OpenRun, event: e.ModelRequest, now: float, out: list[o.Op]) -> None:
        """Told by what is new since the same agent's last one; a second one for a turn takes the first one's place."""
        turn = self._content_turn(run, event, now, out)
        if turn is None:
            return
        if run.asked > self._limits.requests:
            message = f"Of what the models were sent, what is beyond {self._limits.requests:,} characters is left out."
            self._notice(run, None, "requests_limit", message, out, fault=False)
            return
        if turn is not lane_turn(run, turn.lane):
            self._notice(
                run, turn, "late_request", "A model was sent something after the next turn began.", out
            )
            return
        every = self._ledger.asked
        speaker = _speaker(turn.lane, turn.agent, turn.auxiliary)
        last = every.pop(speaker, None)
        for other in [other for other, asked in every.items() if asked.turn == turn.id]:
            del every[other]  # it had another agent's name then
        since = last.since if last is not None and last.turn == turn.id else last
        told = Told(event)
        out.append(told.op(turn.id, since))
        run.asked += told.size
        every[speaker] = told.asked(turn.id, since)
        if len(every) > _SPEAKERS:
            del every[next(iter(every))]

    # ── the turn's own events ───────────────────────────────────────────────────────────────────────────────

    def _turn_usage(self, run: OpenRun, event: e.TurnUsage, now: float, out: list[o.Op]) -> None:
        turn = known_turn(run, event) or lane_turn(run, event.lane)
        if turn is None and run.turns:
            turn = run.turns[-1]
        another = (
            turn is not None and turn.usage not in (None, event.usage) and _replied_and_done(turn, event)
        )
        if turn is None or (another and run is self._ledger.active):
            turn = self._open_turn(run, event.lane, event.turn, now, out)
        if turn is not None and turn.usage != event.usage:
            turn.usage = event.usage
            total = event.usage if turn.spent is None else turn.spent + event.usage
            out.append(o.SetUsage(turn=turn.id, usage=total))

    def _turn_finish(self, run: OpenRun, event: e.TurnFinish, now: float, out: list[o.Op]) -> None:
        reason = event.reason if event.reason in _REASONS else "unknown"  # a wire may say anything
        turn = meant_turn(run, event)
        if turn is None or (reason in _CUT and turn.reason != reason and _replied_and_done(turn, event)):
            turn = self._open_turn(run, event.lane, event.turn, now, out)
        if turn is None or turn.abandoned:
            return
        self._close_blocks(turn, now, out)
        for call in turn.calls:
            self._finalise(run, call, now, out)
        calls = not event.settled and reason in (None, "stop", "unknown")
        if calls and any(not call.hosted for call in turn.calls):
            reason = "tool_calls"
        if reason is None:
            reason = "unknown"
        if turn.reason is None or (turn.reason == "unknown" and reason != "unknown"):
            turn.reason = reason
            out.append(
                o.EndReply(
                    turn=turn.id,
                    finish_reason=reason,
                    native_finish_reason=maybe_whole(event.native),
                    time=now,
                )
            )
        elif reason not in (turn.reason, "unknown"):
            self._notice(
                run, turn, "two_finishes", f"The reply finished twice: {turn.reason}, then {reason}.", out
            )

    def _turn_retry(self, run: OpenRun, event: e.TurnRetry, now: float, out: list[o.Op]) -> None:
        turn = meant_turn(run, event)
        if turn is None or turn.closed:
            return
        for call in turn.calls:
            self._strike(run, call)
        if turn.usage is not None:
            turn.spent = turn.usage if turn.spent is None else turn.spent + turn.usage
            turn.usage = None
        if run.failure is not None and run.failure.turn == turn.id:
            run.failure = None  # it is why there is another attempt
        turn.attempt += 1
        turn.current = turn.reason = None
        turn.has_result = False
        for gone in (turn.keyed, turn.texts, turn.calls, turn.calls_by_key, turn.named):
            gone.clear()
        for key in [key for key in run.notices if key[0] == turn.id]:
            del run.notices[key]
        out.append(o.ResetTurn(turn=turn.id, attempt=turn.attempt, time=now))

    def _lane_start(self, run: OpenRun, event: e.LaneStart, now: float, out: list[o.Op]) -> None:
        if event.lane in run.lanes:
            return
        parent: str | None = None
        if event.parent_call_id is not None:
            calls = self._ledger.calls.get(event.parent_call_id, [])
            parent = next((call.id for call in reversed(calls) if call.id is not None), None)
        handed_from: str | None = None
        if event.handed_from is not None:
            source = run.lanes.get(event.handed_from or None)
            handed_from = None if source is None else source.id
        self._open_lane(run, event.lane, event.agent, parent, handed_from, now, out)

    def _error(self, run: OpenRun, event: e.Error, now: float, out: list[o.Op]) -> None:
        turn = known_turn(run, event) or lane_turn(run, event.lane)
        message = whole(event.message)
        if run.failure is None:
            run.failure = Failure(
                kind=whole(event.kind),
                message=message,
                detail=maybe_whole(event.detail),
                turn=None if turn is None else turn.id,
            )
        elif message != run.failure.message:
            self._notice(run, turn, "another_error", message, out, fault=False)

    def _unknown(self, run: OpenRun, event: e.Unknown, now: float, out: list[o.Op]) -> None:
        turn = known_turn(run, event) or lane_turn(run, event.lane)
        kind = whole(event.kind)
        message = f"The agent sent something turnwise does not know: {kind}."
        self._notice(run, turn, f"unknown:{kind}", message, out)


_FEED: dict[type[object], Callable[[Assembler, OpenRun, Any, float, list[o.Op]], None]] = {
    e.TurnStart: Assembler._turn_start,
    e.ModelRequest: Assembler._model_request,
    e.TextDelta: Assembler._delta,
    e.Text: Assembler._text,
    e.ReasoningDelta: Assembler._delta,
    e.Reasoning: Assembler._reasoning,
    e.ToolCallDelta: Assembler._tool_call_delta,
    e.ToolCall: Assembler._tool_call,
    e.ToolStart: Assembler._tool_start,
    e.ToolResult: Assembler._tool_result,
    e.ToolOutput: Assembler._tool_output,
    e.ToolCallRenamed: Assembler._tool_call_renamed,
    e.ToolCallRejected: Assembler._tool_call_rejected,
    e.TurnAbandoned: Assembler._turn_abandoned,
    e.TurnRetry: Assembler._turn_retry,
    e.ApprovalRequest: Assembler._approval_request,
    e.ApprovalResponse: Assembler._approval_response,
    e.LaneStart: Assembler._lane_start,
    e.Source: Assembler._source,
    e.File: Assembler._file,
    e.Data: Assembler._data,
    e.FinalText: Assembler._final_text,
    e.TurnUsage: Assembler._turn_usage,
    e.TurnFinish: Assembler._turn_finish,
    e.Error: Assembler._error,
    e.Unknown: Assembler._unknown,
}


_SPEAKERS = 64
"""Agents and lanes whose last request is remembered."""


def _speaker(lane: str | None, agent: str | None, auxiliary: bool) -> str:
    """Whose requests go on from one another; those that a framework makes for its own ends are told apart."""
    return f"{lane or ''}\0{agent or ''}\0{auxiliary}"


def _forget(run: OpenRun) -> None:
    """Of an ended run there remain its calls, for late results, and until the next begins its turns, for late usage."""
    run.lanes.clear()
    run.waiting.clear()
    run.seen.clear()
    run.unanswered.clear()
    for turn in run.turns:
        for gone in (turn.keyed, turn.texts, turn.calls, turn.calls_by_key, turn.named):
            gone.clear()


_REASONS = (None, *get_args(FinishReason))


def _replied_and_done(turn: OpenTurn, event: e.TurnUsage | e.TurnFinish) -> bool:
    """Whether its tools have answered a reply that is over: what comes without a key is then of the next reply."""
    return event.turn is None and turn.reason is not None and turn.has_result


def _cut_before_answer(run: OpenRun) -> Failure | None:
    """A last reply that was cut off before it said anything answers nothing: that is an error with a reason."""
    main = run.lanes[None].turn if None in run.lanes else None
    for turn in [main, *run.turns[-1:]]:
        why = None if turn is None else _CUT.get(turn.reason or "")
        if turn is not None and why is not None and not turn.calls and not turn.text.strip():
            return Failure(kind=turn.reason or "", message=why, turn=turn.id)
    return None


_CUT = {
    "length": "The model reached its output limit before it answered.",
    "content_filter": "The provider's content filter withheld the answer.",
    "error": "The provider ended the reply with an error before it answered.",
}


def _with(failure: Failure, *, detail: str | None, turn: str | None = None) -> Failure:
    return Failure(kind=failure.kind, message=failure.message, detail=detail, turn=failure.turn or turn)
