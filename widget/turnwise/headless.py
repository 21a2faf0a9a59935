"""The headless face: one prompt, and everything that follows as events with turn numbers and ids on each.

    async for event in turnwise.stream(agent, "Weather in Paris?"):
        if event.type == "text_delta":
            print(event.turn, event.text)

The same assembler as in the notebook makes the ops, ``reader`` tells them, and ``final_turn`` keeps back what is not
the answer.

Knows the core, ``adapters`` and ``run``; no Jupyter.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import ops as o
from .adapters import adapter_for
from .assembler import Assembler
from .consent import consult, denial, place, questions
from .final_turn import FinalTurn
from .foreign import faults
from .reader import Reader
from .run import begun, ending
from .stream_event import StreamEvent
from .transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from typing_extensions import Self

    from .adapters.base import Adapter
    from .consent import OnApproval
    from .runs import Run, ToolPart
    from .values import Failure, RunStatus

Mode: TypeAlias = Literal[False, "live", "buffered"]

NOBODY = "nobody was there to approve it (turnwise.stream takes on_approval=)"
"""Why a tool that needs approval did not run."""


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
