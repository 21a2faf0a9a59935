"""The I/O shell of a chat: one run at a time, a queue, stop, and the frames that tell the page.

Everything that changes the conversation happens under one lock, from whatever thread it comes: cells, the page's
messages (which Jupyter delivers on a subshell's thread), the loop that drives the agent, the frame clock. Ops go to
the transcript and to the outbox in the same breath, so both always agree.

Knows everything below ``widget`` and nothing of Jupyter: ``post`` is how a message reaches the page.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from . import capture
from . import ops as o
from .assembler import Assembler
from .channel import REMINDERS, Channel
from .consent import consult, place, questions
from .details import Details
from .events import ApprovalResponse, ToolResult
from .foreign import faults, in_thread
from .handle import RunHandle
from .joined import joined
from .loops import own_loop, running_loop, watch
from .recording import NotRecordedError, Replay, Scrubber, loose_ends, timed
from .run import Burst, begun, drive, ending
from .runs import ToolPart
from .saw import saw
from .texts import with_numbers_of
from .transcript import Transcript
from .values import MAIN_LANE
from .wholes import to_bytes
from .wire import (
    Addon,
    Ask,
    Control,
    Decide,
    Drop,
    Fetch,
    FetchSaved,
    Hello,
    Saved,
    Send,
    Stop,
    Told,
    parse,
    warm_up,
)

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import Any

    from .adapters.base import Adapter
    from .consent import OnApproval
    from .events import Event, ToolOutput
    from .recording import Entry, Recorder
    from .values import Decision, Failure, RunStatus
    from .views import ViewFunction
    from .wire import Detail, Playback

log = logging.getLogger("turnwise")

RunIn: TypeAlias = Literal["main", "thread"]
"""The kernel's own loop, which cells share, or turnwise's on a thread."""

STOP_GRACE = 5.0
"""Seconds that a stopped agent has to end before the next prompt goes ahead without waiting for it."""


class _Active:
    """The run that is under way, and what drives it."""

    __slots__ = ("consulting", "deadline", "handle", "loop", "stopped", "task", "watch")

    def __init__(self, handle: RunHandle, loop: AbstractEventLoop) -> None:
        self.handle = handle
        self.loop = loop
        self.task: Task[None] | None = None
        self.stopped = False
        self.watch: Future[None] | None = None
        """Looks whether the loop goes on, if it is one that others can keep busy."""
        self.deadline: Future[None] | None = None
        """Waits for an agent that was stopped to end, but not for ever."""
        self.consulting: set[Task[None]] = set()
        """Approval rules that are at work."""


class Session:
    """One chat: the conversation, who drives it, and who is told.

    ``post`` sends a message, maybe with buffers, to every page that shows the chat; it is called under the session's
    lock, from any thread, and may fail without harm: pages ask for what they missed. ``addon`` gives the source of a
    part of the front end that is sent on demand, by name; ``None`` if there is none. ``on_approval`` is asked before
    the reader is, when an agent wants to know whether a tool may run. The conversation goes on after ``history``, and
    ``recorder``, which has that, has each op on disk before the page is told. ``follow`` is called with ops that have
    happened, before whoever awaits the end of a run goes on; it must not raise. ``saved`` gives the output that a
    notebook should have. ``run_in`` decides where the agent runs, the kernel's loop (``main``) or turnwise's thread;
    ``None``: where its adapter says.
    """

    def __init__(
        self,
        adapter: Adapter,
        post: Callable[[dict[str, Any], list[bytes]], None],
        *,
        addon: Callable[[str], bytes | None] = lambda name: None,
        on_approval: OnApproval | None = None,
        history: Transcript | None = None,
        recorder: Recorder | None = None,
        follow: Callable[[Sequence[o.Op]], None] = lambda ops: None,
        saved: Callable[[], object] = lambda: None,
        run_in: RunIn | None = None,
        clock: Callable[[], float] | None = None,
        stop_grace: float = STOP_GRACE,
        reminders: Sequence[float] = REMINDERS,
    ) -> None:
        self.transcript = Transcript() if history is None else Transcript(history.snapshot())
        self.adapter = adapter
        self._addon = addon
        self._on_approval = on_approval
        self._always: set[str] = set()
        """Names of the tools that the reader approves in this chat, whenever they are called."""
        self._replay = adapter if isinstance(adapter, Replay) else None
        self._clock = clock or (time.time if self._replay is None else self._replay.now)
        self._stop_grace = stop_grace
        self._lock = threading.RLock()
        self._assembler = Assembler()
        self._assembler.follow(self.transcript)
        self._recorder = recorder
        self._follow_ops = follow
        self._saved = saved
        self._log = timed(self.transcript.snapshot())
        """Everything that has happened, with its time."""
        # What there is to begin with counts as a frame, or a page that has none would be told that it lacks nothing.
        self._channel = Channel(post, self._lock, seq=1 if self.transcript.runs else 0, reminders=reminders)
        self._details = Details(adapter.describe)
        self._queue: deque[RunHandle] = deque()
        self._active: _Active | None = None
        self._client_ids: set[str] = set()
        self._closing = False
        """No prompt is taken any more."""
        self._closed = False
        """Nothing is told any more."""
        self._on_main = run_in == "main" or (run_in is None and adapter.runs_on == "main")
        self._main = running_loop()
        # Prompts from the page have no cell of their own: what they print belongs to the cell that made the chat.
        self._home = contextvars.copy_context()
        own_loop().call_soon_threadsafe(warm_up)
        if self._replay is not None:
            self._replay.attach(self)

    # ── from Python ─────────────────────────────────────────────────────────────────────────────────────────

    def send(
        self,
        prompt: str,
        client_id: str | None = None,
        context: contextvars.Context | None = None,
        *,
        run_id: str | None = None,
    ) -> RunHandle:
        """Queue ``prompt``; it runs when those before it have ended. Raises ``RuntimeError`` after ``close``.

        The run has the id ``run_id`` if the conversation has none of that id.
        """
        with self._lock:
            if self._closing:
                raise RuntimeError("this chat was closed; make a new AgentChat")
            if run_id is None or any(run.id == run_id for run in self.transcript.runs):
                run_id = secrets.token_hex(4)
            self._emit(self._assembler.add_run(run_id, prompt, self._clock(), client_id))
            handle = self._handle(run_id, context or contextvars.copy_context())
            self._queue.append(handle)
            self._next()
            return handle

    def _handle(self, run_id: str, context: contextvars.Context) -> RunHandle:
        return RunHandle(self.transcript.run(run_id), self.stop_run, self.runs_here, context)

    def log(self) -> list[tuple[float, o.Op]]:
        """All ops so far, each with its time in seconds since the epoch."""
        with self._lock:
            return [*self._log]

    def stop(self) -> None:
        """Stop the run that is under way and drop the queue."""
        with self._lock:
            for handle in [*self._queue]:
                self._drop(handle)
            if self._active is not None:
                self._stop_active("cancelled")
            elif self._replay is not None:
                self._replay.halt()

    def stop_run(self, run_id: str) -> None:
        """Stop or drop this one run; nothing happens if it has ended."""
        with self._lock:
            if self._active is not None and self._active.handle.id == run_id:
                self._stop_active("cancelled")
            for handle in [h for h in self._queue if h.id == run_id]:
                self._drop(handle)

    @property
    def pending(self) -> list[ToolPart]:
        """The steps of the run under way that wait for approval, the oldest first."""
        with self._lock:
            if self._active is None:
                return []
            return questions(self.transcript.run(self._active.handle.id))

    def decide(
        self,
        part: str,
        decision: Decision,
        *,
        reason: str | None = None,
        arguments: Any = None,
        always: bool = False,
    ) -> bool:
        """Answer the question about this step. ``False`` if nobody asks it any more: someone was faster, or it ended.

        Raises ``ValueError`` for arguments that are no mapping, that come with a denial, or where the agent takes none
        but the model's.
        """
        with self._lock:
            step = next((step for step in self.pending if step.id == part), None)
            if step is None or step.approval is None:
                return False
            if arguments is not None:
                if decision != "approved":
                    raise ValueError("other arguments are for a call that may run, and this one may not")
                if not isinstance(arguments, Mapping):
                    raise ValueError(f"arguments have names: a dict, not {arguments!r:.80}")
                if not step.approval.editable:
                    raise ValueError(f"this agent runs {step.name} with the model's arguments or not at all")
            if self._replay is not None:
                return self._replay.answer(part)
            if always and decision == "approved":
                self._always.add(step.name)
            answer = ApprovalResponse(decision, reason=reason, arguments=arguments, call_id=step.call_id)
            self._answer(step, answer)
            for other in self.pending if always else []:
                if other.name in self._always:
                    self._answer(other, ApprovalResponse("approved", call_id=other.call_id))
            return True

    def set_view(self, tool: str, function: ViewFunction) -> None:
        """Have ``function`` make of each step of ``tool`` what a page shows in place of its result."""
        self._details.views.set(tool, function)

    def runs_here(self) -> bool:
        """Whether the caller stands on the loop that drives the active run."""
        active = self._active
        if active is None:
            return False
        try:
            return asyncio.get_running_loop() is active.loop
        except RuntimeError:
            return False

    def close(self) -> None:
        """Stop everything and close the widgets that views made; nothing more is sent or posted."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            self.stop()
        self._details.views.close()
        with self._lock:
            self._channel.close()
            self._closed = True
            if self._replay is not None:
                self._replay.leave(self)
            if self._recorder is not None:
                self._recorder.close()
        loop = self._loop()
        if loop.is_running():
            loop.call_soon_threadsafe(lambda: loop.create_task(self._let_go(), name="turnwise-close"))

    async def _let_go(self) -> None:
        try:
            await self.adapter.close()
        except faults():
            log.exception("%s did not close", self.adapter.name)

    # ── from the page ───────────────────────────────────────────────────────────────────────────────────────

    def receive(self, content: object) -> None:
        """A message from a page, on any thread: returns at once, and whatever it is, raises nothing."""
        own_loop().call_soon_threadsafe(self._receive, content)

    def _receive(self, content: object) -> None:
        try:
            message = parse(content)
        except ValueError as error:
            log.warning("ignored a message from the page: %s", str(error)[:500])
            return
        with self._lock:
            if self._closing:
                return
            match message:
                case Hello(last=last):
                    self._channel.answer(last, self.transcript)
                    if self._replay is not None:
                        self._replay.greet()
                case Control() if self._replay is not None:
                    self._replay.control(message)
                case Control():
                    log.warning("ignored a message from the page: there is no recording to play")
                case Send(text=text, client_id=client_id):
                    if client_id not in self._client_ids:
                        self._client_ids.add(client_id)
                        self.send(text, client_id, self._home.copy())
                case Stop(run=run_id):
                    if run_id is None or (self._active is not None and self._active.handle.id == run_id):
                        self.stop()
                case Drop(run=run_id):
                    self.stop_run_if_queued(run_id)
                case Decide(part=part, arguments=arguments):
                    step = self.transcript.find_part(part)
                    if isinstance(step, ToolPart):
                        arguments = with_numbers_of(arguments, step.arguments_text)
                    try:
                        self.decide(
                            part,
                            message.decision,
                            reason=message.reason,
                            arguments=arguments,
                            always=message.always,
                        )
                    except ValueError as error:
                        log.warning("ignored a message from the page: %s", error)
                case Fetch(name=name):
                    source = self._addon(name)
                    if source is not None:
                        self._channel.tell(Addon(name=name), [source])
                case FetchSaved():
                    self._channel.tell(Saved(), [to_bytes(self._saved())])
                case Ask(part=part, what=what):
                    own_loop().create_task(self._tell_more(part, what), name=f"turnwise-{what}-{part}")

    def whole(self, part: str, known: object) -> object:
        """The result of this step as its tool returned it, or what is ``known`` of it."""
        return self._details.whole(part, known)

    async def _tell_more(self, part: str, what: Detail) -> None:
        home = self._home.copy()

        def tell() -> bytes | None:
            return home.run(self._more, part, what)

        told = await in_thread(tell, f"{what} of {part}")
        if told is not None:
            with self._lock:
                self._channel.tell(Told(part=part, what=what), [told])

    def _more(self, part: str, what: Detail) -> bytes | None:
        """What a page asked; ``None`` for a part that was taken back."""
        with self._lock:
            turn, step = self.transcript.find_turn(part), self.transcript.find_part(part)
            events = [*self._log] if what == "saw" else []
        if what != "saw":
            return self._details.tell(step, what) if isinstance(step, ToolPart) else None
        return None if turn is None else to_bytes(Scrubber().value(saw(self.transcript, turn, events)))

    def stop_run_if_queued(self, run_id: str) -> None:
        """Take ``run_id`` out of the queue; a run that has begun goes on."""
        with self._lock:
            for handle in [h for h in self._queue if h.id == run_id]:
                self._drop(handle)

    # ── one run after another (all under the lock) ──────────────────────────────────────────────────────────

    def _next(self) -> None:
        """Start the first of the queue, if nothing is under way."""
        if self._active is not None or not self._queue or self._closing:
            return
        handle = self._queue.popleft()
        active = self._active = _Active(handle, self._loop())
        self.adapter.approvals.clear()
        now = self._clock()
        if self._replay is not None:
            take = self._replay.cue(self.transcript.run(handle.id).prompt, handle.id)
            now = now if take is None else take.started.time
        self._emit(self._assembler.start_run(handle.id, now))
        active.loop.call_soon_threadsafe(self._begin, active, context=handle._context)
        own = own_loop()
        if active.loop is not own:
            active.watch = asyncio.run_coroutine_threadsafe(self._look_after(active), own)

    async def _look_after(self, active: _Active) -> None:
        """Say when the run's loop stands still; end the run if the loop is closed, as at the end of a script's."""
        await watch(active.loop, partial(self._hold, active))
        with self._lock:
            if not active.stopped:
                active.watch = None
                self._end(active, "cancelled")
                self._release(active)

    def _hold(self, active: _Active, held: bool) -> None:
        with self._lock:
            if not active.stopped:
                self._channel.hold(held)

    def _loop(self) -> AbstractEventLoop:
        """Where the adapter's agent lives."""
        main = self._main
        if self._on_main and main is not None and main.is_running():
            return main
        return own_loop()

    def _begin(self, active: _Active) -> None:
        """On the loop of the run: make its task."""
        with self._lock:
            if active.stopped:  # before it could begin
                self._release(active)
                return
            active.task = active.loop.create_task(self._drive(active), name=f"turnwise-{active.handle.id}")

    async def _drive(self, active: _Active) -> None:
        status: RunStatus = "cancelled"
        error: Failure | None = None
        at: float | None = None
        try:
            if self._replay is None:
                status, error = await self._converse(active)
            else:
                status, error, at = await self._perform(active, self._replay)
        finally:
            with self._lock:
                if not active.stopped:
                    self._end(active, status, error, at)
                    if self._replay is not None:
                        self._replay.over()
                self._release(active)

    async def _converse(self, active: _Active) -> tuple[RunStatus, Failure | None]:
        """Give the agent its prompt and show what it says."""
        run = self.transcript.run(active.handle.id)

        def feed(events: list[Event]) -> None:
            with self._lock:
                if active.stopped:
                    return
                for event in joined(events):
                    ops = self._assembler.feed(event, self._clock())
                    self._emit(ops)
                    for op in ops:
                        if isinstance(op, o.SetResult) and isinstance(event, ToolResult):
                            self._keep(op.part, event.value)
                        elif isinstance(op, o.RequestApproval):
                            self._asked(active, op.part)

        stream = begun(partial(self.adapter.stream, run.prompt, self.transcript.before(run.id)))
        burst = Burst(feed)

        def put_out(output: ToolOutput) -> bool:
            burst.pass_on()  # whose output it is depends on what was called before
            return self._put_out(active, output)

        with capture.routed(), capture.into(put_out):
            return await drive(stream, burst)

    async def _perform(
        self, active: _Active, replay: Replay
    ) -> tuple[RunStatus, Failure | None, float | None]:
        """Show what was recorded: its ops as they are, so that it is the same conversation."""
        try:
            async with aclosing(replay.rest(self.transcript.run(active.handle.id).prompt)) as rest:
                async for ops in rest:
                    with self._lock:
                        if active.stopped:
                            return "cancelled", None, None
                        self._emit(ops)
        except NotRecordedError as why:
            return *ending(why), None
        return replay.ending()

    def _keep(self, part: str, value: object) -> None:
        step = self.transcript.part(part)
        if isinstance(step, ToolPart):
            self._details.keep(step, value)

    def _asked(self, active: _Active, part: str) -> None:
        """An agent asks whether this step may run: who has an answer gives it, else the page shows the question."""
        step = next((step for step in self.pending if step.id == part), None)
        if step is None:
            return
        if step.name in self._always:
            self._answer(step, ApprovalResponse("approved", call_id=step.call_id))
        elif self._on_approval is not None:
            active.loop.call_soon_threadsafe(self._begin_consulting, active, self._on_approval, step)

    def _begin_consulting(self, active: _Active, rule: OnApproval, step: ToolPart) -> None:
        task = active.loop.create_task(self._consult(rule, step))
        active.consulting.add(task)
        task.add_done_callback(active.consulting.discard)

    async def _consult(self, rule: OnApproval, step: ToolPart) -> None:
        answer = await consult(rule, step)
        with self._lock:
            if answer is not None and step in self.pending:
                self._answer(step, answer)

    def _answer(self, step: ToolPart, response: ApprovalResponse) -> None:
        older = place(step, self.pending)
        self._emit(self._assembler.decide(step.id, response, self._clock()))
        if response.call_id is not None:
            self.adapter.approvals.answer(response, older)

    def _put_out(self, active: _Active, output: ToolOutput) -> bool:
        """A tool of a framework prints: frameworks do not tell us a call's context, so it is the call that began last.

        ``False`` if none is under way: then it is the agent itself, and goes to the cell.
        """
        with self._lock:
            if active.stopped:
                return False
            calls = [
                part
                for turn in self.transcript.run(active.handle.id).turns
                for part in turn.tools
                if part.state in ("ready", "running") and (part.call_id or turn.lane == MAIN_LANE)
            ]
            if not calls:
                return False
            call = max(calls, key=lambda part: part.running or part.started)
            self._emit(
                self._assembler.feed(replace(output, call_id=call.call_id, name=call.name), self._clock())
            )
            return True

    def _end(
        self, active: _Active, status: RunStatus, error: Failure | None = None, at: float | None = None
    ) -> None:
        active.stopped = True
        self._channel.let_go()
        if active.watch is not None:
            active.watch.cancel()
        for task in [*active.consulting]:
            active.loop.call_soon_threadsafe(task.cancel)
        now = self._clock() if at is None else at
        if self._replay is not None and status == "cancelled":
            # Recorded turns are none of the assembler's.
            self._emit([*loose_ends(self.transcript.run(active.handle.id), "cancelled", now)])
        self._emit(self._assembler.finish(now, status=status, error=error))
        self._channel.flush()
        active.handle._ended.set_result(self.transcript.run(active.handle.id))

    def _stop_active(self, status: RunStatus) -> None:
        """Close the run for the reader at once; its task gets time to clean up before the next run begins."""
        active = self._active
        if active is None or active.stopped:
            return
        self._end(active, status)
        if self._replay is not None:
            self._replay.halt()
        if not active.loop.is_running():
            self._release(active)  # nobody is left to clean up
            return
        active.loop.call_soon_threadsafe(self._cancel, active)
        active.deadline = asyncio.run_coroutine_threadsafe(self._abandon(active), own_loop())

    def _cancel(self, active: _Active) -> None:
        if active.task is not None:
            active.task.cancel()

    async def _abandon(self, active: _Active) -> None:
        await asyncio.sleep(self._stop_grace)
        with self._lock:
            if self._active is active:
                log.warning(
                    "the agent has not ended %s s after it was stopped; going on without it", self._stop_grace
                )
                self._release(active)

    def _release(self, active: _Active) -> None:
        """The agent is free for the next prompt."""
        if active.deadline is not None:
            active.deadline.cancel()
        if self._active is active:
            self._active = None
            self._next()

    def _drop(self, handle: RunHandle) -> None:
        self._queue.remove(handle)
        self._emit(self._assembler.drop_run(handle.id, self._clock()))
        handle._ended.set_result(self.transcript.run(handle.id))

    # ── a recording that is played (all under the lock) ─────────────────────────────────────────────────────

    @property
    def lock(self) -> threading.RLock:
        """Held by whoever changes the conversation."""
        return self._lock

    def restage(self, entries: Sequence[Entry], going_on: str | None) -> None:
        """Show the conversation that ``entries`` make, in place of all there was; run ``going_on`` is under way.

        Who waits for that run goes on waiting; what else was under way or queued is over.
        """
        handle: RunHandle | None = None
        if self._active is not None and not self._active.stopped:
            handle = self._leave(self._active, going_on)
        for queued in self._queue:
            queued._ended.set_result(queued._run)
        self._queue.clear()
        self._log = [*entries]
        self.transcript = Transcript(op for _, op in entries)
        self._assembler = Assembler()
        self._assembler.follow(self.transcript if going_on is None else self.transcript.before(going_on))
        self._channel.restart(self.transcript)
        if going_on is None:
            return
        run = self.transcript.run(going_on)
        self._assembler.add_run(run.id, run.prompt, run.added)
        self._assembler.start_run(run.id, run.added)
        if handle is None:
            handle = self._handle(going_on, self._home.copy())
        handle._run = run
        active = self._active = _Active(handle, self._loop())
        active.loop.call_soon_threadsafe(self._begin, active, context=self._home.copy())

    def _leave(self, active: _Active, going_on: str | None) -> RunHandle | None:
        """Drive this run no further. Its handle, if it is ``going_on``; the page is not told."""
        active.stopped = True
        active.loop.call_soon_threadsafe(self._cancel, active)
        self._active = None
        if active.handle.id == going_on:
            return active.handle
        now = self._clock()
        run = self.transcript.run(active.handle.id)
        over = o.EndRun(run=run.id, status="cancelled", error=None, time=now)
        self.transcript.extend([*loose_ends(run, "cancelled", now), over])
        active.handle._ended.set_result(run)
        return None

    def show(self, playback: Playback) -> None:
        """Tell the page where the recording stands."""
        self._channel.tell(playback)

    # ── to the page (all under the lock) ────────────────────────────────────────────────────────────────────

    def _emit(self, ops: Sequence[o.Op]) -> None:
        if not ops or self._closed:
            return
        self.transcript.extend(ops)
        now = self._clock()
        self._log += [(now, op) for op in ops]
        failed = self._record(ops, now)
        self._channel.add(ops)
        self._follow_ops(ops)
        self._emit(failed)

    def _record(self, ops: Sequence[o.Op], now: float) -> list[o.Op]:
        """Write them down. What is to be said, if that is not possible."""
        recorder = self._recorder
        if recorder is None:
            return []
        try:
            recorder.write(ops, now)
        except (OSError, ValueError) as error:  # a full disk, a file that was closed: the chat goes on
            self._recorder = None
            log.exception("the recording ends here")
            with suppress(OSError, ValueError):
                recorder.close()
            run = self.transcript.runs[-1].id
            why = f"The recording could not be written and ends here: {error}"
            return [o.SetNotice(run=run, turn=None, code="recording", message=why, count=1)]
        return []
