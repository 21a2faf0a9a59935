"""The headless face: one prompt, and everything that follows as events with turn numbers and ids on each.

    async for event in turnwise.stream(agent, "Weather in Paris?"):
        if event.type == "text_delta":
            print(event.turn, event.text)

The same assembler as in the notebook makes the ops; ``Reader`` tells them with the context that an op leaves to the
transcript. ``FinalTurn`` is the filter behind ``final_turn_only``. Both are sans-IO.

Knows the core, ``adapters`` and ``run``; no Jupyter.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import ops as o
from .adapters import adapter_for
from .assembler import Assembler
from .consent import consult, denial, place, questions
from .foreign import faults
from .run import begun, ending
from .runs import TextPart, ToolPart, Turn
from .transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

    from typing_extensions import Self

    from .adapters.base import Adapter
    from .consent import OnApproval
    from .request import Request
    from .runs import Run
    from .values import (
        Decision,
        Failure,
        FinishReason,
        Json,
        Outcome,
        OutputStream,
        RunStatus,
        ToolState,
        TurnStatus,
        Usage,
    )

StreamType: TypeAlias = Literal[
    "run_start",
    "lane_start",
    "turn_start",
    "turn_info",
    "model_request",
    "turn_retry",
    "text_start",
    "text_delta",
    "text_replace",
    "text_end",
    "text",
    "text_retract",
    "reasoning_start",
    "reasoning_delta",
    "reasoning_replace",
    "reasoning_end",
    "tool_call_start",
    "tool_call_delta",
    "tool_call_replace",
    "tool_call_info",
    "tool_call",
    "approval_request",
    "approval_response",
    "tool_start",
    "tool_state",
    "tool_output",
    "tool_result",
    "source",
    "file",
    "data",
    "native",
    "usage",
    "reply_end",
    "turn_finish",
    "notice",
    "run_finish",
]
Mode: TypeAlias = Literal[False, "live", "buffered"]

NOBODY = "nobody was there to approve it (turnwise.stream takes on_approval=)"
"""Why a tool that needs approval did not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """Something that happened in a run. ``type`` says what, and which of the fields below ``part_id`` are there.

    ======================================  ========================================================================
    ``run_start``                           ``prompt``
    ``lane_start``                          ``agent``, ``parent_id`` (a tool step), ``handed_from`` (a lane)
    ``turn_start``, ``turn_info``           ``agent``, ``model``, ``attempt``
    ``model_request``                       ``request``: what the model is sent, and what of it is new
    ``turn_retry``                          ``attempt``: forget what the turn has said so far
    ``text_start/_delta/_replace/_end``     ``text``: nothing, a piece, the new whole, the whole
    ``text``                                ``text``: a whole block that was held back
    ``text_retract``                        forget the turn's text: it was not the final turn
    ``reasoning_…``                         as with text
    ``tool_call_start/_info``               ``name``, ``call_id``
    ``tool_call_delta/_replace``            ``text``: of the arguments' JSON
    ``tool_call``                           ``name``, ``call_id``, ``arguments``, ``invalid`` (why they are no JSON)
    ``approval_request``                    ``name``, ``call_id``, ``arguments``, ``message``, ``editable``
    ``approval_response``                   ``decision``, ``reason``, ``arguments`` (edited)
    ``tool_start``, ``tool_state``          ``name``, ``call_id``, ``state``
    ``tool_output``                         ``name``, ``call_id``, ``stream``, and ``text`` or ``value`` (a display;
                                            in place of that with its ``display_id``); ``clear``: instead of all before
    ``tool_result``                         ``name``, ``call_id``, ``result``, ``outcome``, ``preliminary``
    ``source``                              ``url``, ``title``
    ``file``                                ``name``, ``media_type``, ``url`` or ``data`` (base64)
    ``data``                                ``name``, ``value``
    ``native``                              ``value``: what the provider wants back with the part
    ``usage``                               ``usage``: of the turn so far
    ``reply_end``                           ``finish_reason``, ``native_finish_reason``
    ``turn_finish``                         ``status``, ``finish_reason``, ``usage``
    ``notice``                              ``code``, ``message``, ``count``
    ``run_finish``                          ``status``, ``error``, ``usage`` (of all turns), ``text`` (the final one)
    ======================================  ========================================================================
    """

    type: StreamType
    run_id: str
    turn: int | None
    """1-based; ``None`` only for what concerns the run as a whole."""
    turn_id: str | None
    """Unique over all runs."""
    lane: str | None
    """``"main"``, unless several agents work at once."""
    time: float
    """Seconds since the epoch."""
    part_id: str | None = None
    """Of the block of text or the tool step."""
    text: str | None = None
    prompt: str | None = None
    agent: str | None = None
    model: str | None = None
    attempt: int | None = None
    parent_id: str | None = None
    handed_from: str | None = None
    name: str | None = None
    call_id: str | None = None
    arguments: Json = None
    invalid: str | None = None
    state: ToolState | None = None
    result: Json = None
    outcome: Outcome | None = None
    stream: OutputStream | None = None
    display_id: str | None = None
    clear: bool | None = None
    preliminary: bool | None = None
    message: str | None = None
    editable: bool | None = None
    decision: Decision | None = None
    reason: str | None = None
    url: str | None = None
    title: str | None = None
    media_type: str | None = None
    data: str | None = None
    value: Json = None
    usage: Usage | None = None
    finish_reason: FinishReason | None = None
    native_finish_reason: str | None = None
    status: RunStatus | TurnStatus | None = None
    code: str | None = None
    count: int | None = None
    error: Failure | None = None
    request: Request | None = None
    """For Python only: a system prompt and the tools' schemas are nobody's business at the other end of a server."""

    def to_dict(self) -> dict[str, Json]:
        """As JSON-safe data for the outside world: keys in camelCase, without what is not there."""
        out: dict[str, Json] = {}
        for name in _FIELDS:
            value: Any = getattr(self, name)
            if value is not None or name in _ALWAYS.get(self.type, ()):
                out[_camel(name)] = _plain(value) if name in ("usage", "error") else value
        return out


_FIELDS = tuple(field.name for field in fields(StreamEvent) if field.name != "request")
_ALWAYS: dict[str, tuple[str, ...]] = {
    # Where null is a value and not an absence.
    "tool_call": ("arguments",),
    "tool_result": ("result",),
    "data": ("value",),
}


class Stream(AsyncIterator[StreamEvent]):
    """One run as it happens: iterate it, then read ``run``.

    Ending the iteration early leaves the agent at work; ``aclose`` (or ``async with``) ends it, and closes the source.
    """

    def __init__(
        self,
        events: AsyncGenerator[StreamEvent, None],
        transcript: Transcript,
        run: Run,
        leave: Callable[[], Awaitable[None]],
    ) -> None:
        self._events = events
        self._leave = leave
        self.transcript = transcript
        """What the stream folds to, as far as it has been read."""
        self.run = run

    async def __anext__(self) -> StreamEvent:
        return await anext(self._events)

    async def aclose(self) -> None:
        """End the run: what is open becomes cancelled, and the source is closed."""
        await self._events.aclose()
        if self.run.status == "running":  # it was never iterated: such a generator cleans nothing up
            await self._leave()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def stream(
    agent: Any,
    prompt: str,
    *,
    final_turn_only: Mode = False,
    history: Transcript | None = None,
    adapter: Any = None,
    run_id: str | None = None,
    on_approval: OnApproval | None = None,
) -> Stream:
    """Run ``agent`` on ``prompt``, with no notebook, and tell everything that it does.

    An agent that fails does not raise here: ``run_finish`` comes with ``status="error"`` and ``error``, after all that
    was said. What is raised is the caller's: a wrong agent, a cancelled task.

    Args:
        agent: Anything that ``AgentChat`` takes, or an ``Adapter``; an adapter that is used again keeps its memory.
        prompt: What the user says.
        final_turn_only: Keep the text of turns that are not the last one to yourself. ``"live"`` streams each turn's
            text at once and takes it back (``text_retract``) when a tool call or another turn follows; ``"buffered"``
            holds text until it is known to be final, and then gives it whole (``text``). Both give all text of the
            turn that turns out to be final, however the run ends. Everything else passes as it comes.
        history: The conversation before, for agents that do not keep it themselves: ``Stream.transcript`` of the runs
            before this one.
        adapter: As for ``AgentChat``.
        run_id: An id of your own, for example to find the run in a log; it must be new in ``history``.
        on_approval: Is asked when the agent wants to know whether a tool may run, with the step (``name``,
            ``arguments``): ``True``, ``False``, or an ``ApprovalResponse`` with a reason or other arguments. It may be
            async and wait for a person. Without it, and for ``None``, the answer is no, with a reason that says so.

    Raises:
        TypeError: ``agent`` is nothing that turnwise knows.
        ValueError: ``final_turn_only`` is none of its values, or ``run_id`` is not new.
    """
    if final_turn_only not in (False, "live", "buffered"):
        raise ValueError(f'final_turn_only is {final_turn_only!r}; it can be False, "live" or "buffered"')
    source = adapter_for(agent, adapter)
    own = source is not agent and source is not adapter
    transcript = Transcript(() if history is None else history.snapshot())
    run_id = secrets.token_hex(4) if run_id is None else run_id
    if any(run.id == run_id for run in transcript.runs):
        raise ValueError(f"run id {run_id!r} is in the history already; each run needs its own")
    assembler = Assembler()
    reader = Reader(transcript, time.time)
    now = time.time()
    opening = [*assembler.add_run(run_id, prompt, now), *assembler.start_run(run_id, now)]
    first = reader.read([op if not isinstance(op, o.AddRun) else _numbered(op, transcript) for op in opening])
    run = transcript.run(run_id)
    events = _drive(source, transcript.before(run_id), run, assembler, reader, first, on_approval)
    if own:
        events = _closing(events, source)
    if final_turn_only:
        events = _filtered(events, FinalTurn(final_turn_only, run))

    async def leave() -> None:
        reader.read(assembler.finish(time.time(), status="cancelled"))
        if own:
            await source.close()

    return Stream(events, transcript, run, leave)


async def _drive(
    source: Adapter,
    history: Transcript,
    run: Run,
    assembler: Assembler,
    reader: Reader,
    first: list[StreamEvent],
    on_approval: OnApproval | None,
) -> AsyncGenerator[StreamEvent, None]:
    status: RunStatus = "cancelled"
    error: Failure | None = None
    source.approvals.clear()
    stream = begun(partial(source.stream, run.prompt, history))
    consulting: set[asyncio.Task[None]] = set()
    answered: list[StreamEvent] = []

    async def consulted(step: ToolPart) -> None:
        answer = None if on_approval is None else await consult(on_approval, step)
        if answer is None:
            answer = denial(step, NOBODY)
        asked = questions(run)
        if step in asked:
            older = place(step, asked)
            answered.extend(reader.read(assembler.decide(step.id, answer, time.time())))
            if answer.call_id is not None:
                source.approvals.answer(answer, older)

    try:
        for told in first:
            yield told
        while True:
            try:
                ops = assembler.feed(await anext(stream), time.time())
            except StopAsyncIteration:
                status = "complete"
                break
            except faults() as raised:  # the agent's, not ours: it becomes data
                status, error = ending(raised)
                break
            for told in [*answered, *reader.read(ops)]:
                yield told
            answered.clear()
            for op in ops:
                if isinstance(op, o.RequestApproval):
                    task = asyncio.create_task(consulted(_step(run, op.part)))
                    consulting.add(task)
                    task.add_done_callback(consulting.discard)
    finally:
        for task in consulting:
            task.cancel()
        # Also when the reader has gone: then what this makes is for the transcript alone.
        last = [*answered, *reader.read(assembler.finish(time.time(), status=status, error=error))]
        await stream.aclose()
    for told in last:
        yield told


async def _closing(
    events: AsyncGenerator[StreamEvent, None], source: Adapter
) -> AsyncGenerator[StreamEvent, None]:
    """The adapter was made for this run alone."""
    try:
        async with aclosing(events) as told:
            async for event in told:
                yield event
    finally:
        await source.close()


def _step(run: Run, part: str) -> ToolPart:
    return next(step for turn in run.turns for step in turn.tools if step.id == part)


async def _filtered(
    events: AsyncGenerator[StreamEvent, None], final: FinalTurn
) -> AsyncGenerator[StreamEvent, None]:
    try:
        async for event in events:
            for passed in final.feed(event):
                yield passed
    finally:
        await events.aclose()


def _numbered(op: o.AddRun, transcript: Transcript) -> o.AddRun:
    """The run's number in the conversation; the assembler has seen only this run."""
    return o.AddRun(
        run=op.run,
        number=len(transcript.runs) + 1,
        prompt=op.prompt,
        client_id=op.client_id,
        time=op.time,
    )


class Reader:
    """Folds ops into ``transcript`` and tells each as an event, with the numbers and ids of where it belongs.

    ``clock`` gives the time of what an op tells no time of.
    """

    def __init__(self, transcript: Transcript, clock: Callable[[], float]) -> None:
        self._transcript = transcript
        self._clock = clock

    def read(self, ops: Iterable[o.Op]) -> list[StreamEvent]:
        """Apply ``ops`` and return what there is to tell."""
        out: list[StreamEvent] = []
        for op in ops:
            self._transcript.apply(op)
            event = self._tell(op)
            if event is not None:
                out.append(event)
        return out

    def _tell(self, op: o.Op) -> StreamEvent | None:
        match op:
            case o.Append() | o.Replace() | o.ClosePart():
                return self._written(op)
            case o.AddRun():
                return None
            case o.StartRun():
                prompt = self._transcript.run(op.run).prompt
                return self._of_run("run_start", op.run, op.time, prompt=prompt)
            case o.EndRun():
                run = self._transcript.run(op.run)
                return self._of_run(
                    "run_finish",
                    op.run,
                    op.time,
                    status=op.status,
                    error=op.error,
                    usage=run.usage,
                    text=run.final_text,
                )
            case o.OpenLane():
                return self._of_run(
                    "lane_start",
                    op.run,
                    op.time,
                    lane=op.lane,
                    agent=op.agent,
                    parent_id=op.parent,
                    handed_from=op.handed_from,
                )
            case o.OpenTurn():
                return self._of_turn(
                    "turn_start", op.turn, op.time, agent=op.agent, model=op.model, attempt=op.attempt
                )
            case o.DescribeTurn():
                return self._of_turn("turn_info", op.turn, None, agent=op.agent, model=op.model)
            case o.SetRequest():
                request = self._transcript.turn(op.turn).request
                return self._of_turn("model_request", op.turn, None, request=request)
            case o.ResetTurn():
                return self._of_turn("turn_retry", op.turn, op.time, attempt=op.attempt)
            case o.EndReply():
                return self._of_turn(
                    "reply_end",
                    op.turn,
                    op.time,
                    finish_reason=op.finish_reason,
                    native_finish_reason=op.native_finish_reason,
                )
            case o.SetUsage():
                return self._of_turn("usage", op.turn, None, usage=op.usage)
            case o.CloseTurn():
                turn = self._transcript.turn(op.turn)
                return self._of_turn(
                    "turn_finish",
                    op.turn,
                    op.time,
                    status=op.status,
                    finish_reason=turn.finish_reason,
                    usage=turn.usage,
                )
            case o.OpenPart():
                kind: StreamType = "text_start" if op.kind == "text" else "reasoning_start"
                return self._of_turn(kind, op.turn, op.time, part_id=op.part)
            case o.AddSource():
                return self._of_turn(
                    "source", op.turn, op.time, part_id=op.part, url=op.url, title=op.title, text=op.snippet
                )
            case o.AddFile():
                return self._of_turn(
                    "file",
                    op.turn,
                    op.time,
                    part_id=op.part,
                    name=op.name,
                    media_type=op.media_type,
                    url=op.url,
                    data=op.data,
                    value=op.native,
                )
            case o.SetData():
                return self._of_turn("data", op.turn, op.time, part_id=op.part, name=op.name, value=op.value)
            case o.SetNotice():
                said: dict[str, Any] = {"code": op.code, "message": op.message, "count": op.count}
                if op.turn is not None:
                    return self._of_turn("notice", op.turn, None, **said)
                return self._of_run("notice", op.run, self._clock(), **said)
            case o.SetNative():
                return self._of_part("native", op.part, None, value=op.native)
            case _:
                return self._of_tool(op)

    def _written(self, op: o.Append | o.Replace | o.ClosePart) -> StreamEvent:
        part = self._transcript.part(op.part)
        kind = part.kind if isinstance(part, TextPart) else "tool_call"
        match op:
            case o.Append():
                what, text, at = "delta", op.text, None
            case o.Replace():
                what, text, at = "replace", op.text, None
            case o.ClosePart():
                what, text, at = "end", part.text if isinstance(part, TextPart) else None, op.time
        return self._of_part(_WRITTEN[kind, what], op.part, at, text=text)

    def _of_tool(self, op: _ToolOp) -> StreamEvent:
        part = self._transcript.part(op.part)
        assert isinstance(part, ToolPart)
        who: dict[str, Any] = {"name": part.name, "call_id": part.call_id}
        match op:
            case o.OpenTool():
                return self._of_part("tool_call_start", op.part, op.time, **who)
            case o.DescribeTool():
                return self._of_part("tool_call_info", op.part, None, **who)
            case o.SetArguments():
                return self._of_part(
                    "tool_call", op.part, op.time, **who, arguments=op.arguments, invalid=op.invalid
                )
            case o.RequestApproval():
                return self._of_part(
                    "approval_request",
                    op.part,
                    op.time,
                    **who,
                    arguments=part.arguments,
                    message=op.message,
                    editable=op.editable,
                )
            case o.ResolveApproval():
                return self._of_part(
                    "approval_response",
                    op.part,
                    op.time,
                    **who,
                    decision=op.decision,
                    reason=op.reason,
                    arguments=op.edited,
                )
            case o.SetToolState():
                kind: StreamType = "tool_start" if op.state == "running" else "tool_state"
                return self._of_part(kind, op.part, op.time, **who, state=op.state)
            case o.AddOutput():
                return self._of_part(
                    "tool_output",
                    op.part,
                    op.time,
                    **who,
                    stream=op.stream,
                    text=op.text or None,
                    value=op.display,
                    display_id=op.display_id,
                    clear=op.clear or None,
                )
            case o.SetResult():
                return self._of_part(
                    "tool_result",
                    op.part,
                    op.time,
                    **who,
                    result=op.result,
                    outcome=op.outcome,
                    preliminary=op.preliminary or None,
                )

    def _of_run(self, type: StreamType, run: str, at: float, **payload: Any) -> StreamEvent:
        lane = payload.pop("lane", None)
        return StreamEvent(type=type, run_id=run, turn=None, turn_id=None, lane=lane, time=at, **payload)

    def _of_turn(self, type: StreamType, id: str, at: float | None, **payload: Any) -> StreamEvent:
        turn = self._transcript.turn(id)
        return StreamEvent(
            type=type,
            run_id=turn.run_id,
            turn=turn.number,
            turn_id=turn.id,
            lane=turn.lane,
            time=self._clock() if at is None else at,
            **payload,
        )

    def _of_part(self, type: StreamType, part: str, at: float | None, **payload: Any) -> StreamEvent:
        # A part's id is its turn's and a number.
        return self._of_turn(type, part.rpartition(".")[0], at, part_id=part, **payload)


_ToolOp: TypeAlias = (
    o.OpenTool
    | o.DescribeTool
    | o.SetArguments
    | o.RequestApproval
    | o.ResolveApproval
    | o.SetToolState
    | o.SetResult
    | o.AddOutput
)
_WRITTEN: dict[tuple[str, str], StreamType] = {
    ("text", "delta"): "text_delta",
    ("text", "replace"): "text_replace",
    ("text", "end"): "text_end",
    ("reasoning", "delta"): "reasoning_delta",
    ("reasoning", "replace"): "reasoning_replace",
    ("reasoning", "end"): "reasoning_end",
    ("tool_call", "delta"): "tool_call_delta",
    ("tool_call", "replace"): "tool_call_replace",
}


class FinalTurn:
    """Lets only the final turn's text pass; which turn that is, the ``run``'s structure says at its end.

    Text of a turn under a tool step, or of an agent that handed over, is never final.
    """

    def __init__(self, mode: Literal["live", "buffered"], run: Run) -> None:
        self._live = mode == "live"
        self._run = run
        self._showing: dict[str, str] = {}
        """By lane: the turn whose text is being shown."""
        self._held: set[str] = set()
        """Turns of which text was held or taken back: if one turns out to be final, all of it comes at the end."""
        self._inner: set[str] = set()
        """Lanes that cannot end the run."""

    def feed(self, event: StreamEvent) -> list[StreamEvent]:
        """What of ``event`` may pass, and what it makes known."""
        match event.type:
            case "text_start" | "text_delta" | "text_replace" | "text_end":
                if self._passes(event):
                    return [event]
                self._held.add(event.turn_id or "")
                return []
            case "lane_start":
                if event.parent_id is not None and event.lane is not None:
                    self._inner.add(event.lane)
                if event.handed_from is None:
                    return [event]
                self._inner.add(event.handed_from)
                return [*self._retract(event, event.handed_from), event]
            case "turn_start" if event.lane is not None:
                return [*self._retract(event, event.lane), event]
            case "tool_call_start" if event.lane is not None and self._shows(event):
                return [*self._retract(event, event.lane), event]
            case "turn_retry" if event.lane is not None:
                if self._shows(event):
                    del self._showing[event.lane]  # the event itself says to forget it
                self._held.discard(event.turn_id or "")
                return [event]
            case "run_finish":
                return [*self._rest(event), event]
            case _:
                return [event]

    def _passes(self, event: StreamEvent) -> bool:
        lane, turn_id = event.lane, event.turn_id
        if not self._live or lane is None or turn_id is None or lane in self._inner:
            return False
        may_begin = lane not in self._showing and turn_id not in self._held and not self._called(turn_id)
        if event.type == "text_start" and may_begin:
            self._showing[lane] = turn_id
        return self._shows(event)

    def _shows(self, event: StreamEvent) -> bool:
        """Whether it is the text of the event's own turn that is being shown in its lane."""
        return event.turn_id is not None and self._showing.get(event.lane or "") == event.turn_id

    def _called(self, turn_id: str) -> bool:
        """Whether the turn has made a tool call before its text."""
        return any(turn.tools for turn in self._run.turns if turn.id == turn_id)

    def _retract(self, event: StreamEvent, lane: str) -> list[StreamEvent]:
        turn_id = self._showing.pop(lane, None)
        if turn_id is None:
            return []
        self._held.add(turn_id)
        number = next((turn.number for turn in self._run.turns if turn.id == turn_id), None)
        return [
            StreamEvent(
                type="text_retract",
                run_id=event.run_id,
                turn=number,
                turn_id=turn_id,
                lane=lane,
                time=event.time,
            )
        ]

    def _rest(self, event: StreamEvent) -> list[StreamEvent]:
        """The final text that was held back or taken back; and the end of what was shown but is not final."""
        finals = self._run.final_turns
        out: list[StreamEvent] = []
        for lane, turn_id in [*self._showing.items()]:
            if all(turn.id != turn_id for turn in finals):
                out += self._retract(event, lane)
        shown = set(self._showing.values())
        for turn in finals:
            if turn.id not in shown:
                out += _whole_text(turn, event)
        return out


def _whole_text(turn: Turn, event: StreamEvent) -> list[StreamEvent]:
    return [
        StreamEvent(
            type="text",
            run_id=event.run_id,
            turn=turn.number,
            turn_id=turn.id,
            lane=turn.lane,
            time=event.time,
            part_id=part.id,
            text=part.text,
        )
        for part in turn.parts
        if isinstance(part, TextPart) and part.kind == "text" and part.text
    ]


def _plain(value: Any) -> Json:
    return {
        _camel(name): getattr(value, name) for name in value.__slots__ if getattr(value, name) is not None
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
