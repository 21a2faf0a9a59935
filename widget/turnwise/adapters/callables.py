"""Plain Python as an agent: a function or generator function, sync or async, or an object that is called like one.

It is called with the prompt, or with the prompt and the messages so far (``history``), and says its answer as text or
as turnwise events. Async ones run on the loop they are given; sync ones run in a thread of their own, one per run.

Knows ``events``, ``foreign``, ``loops``, and ``export`` for the messages. Knows nothing of any framework.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast, get_args

from .. import events
from ..events import Event, Text, TextDelta
from ..foreign import raisable, start_thread
from ..loops import has_threads
from .base import Adapter
from .description import Description

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import AsyncGenerator, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from ..transcript import Transcript
    from .description import Changeable

AgentFunction: TypeAlias = Callable[..., object]

_EVENTS: tuple[type[object], ...] = get_args(events.Event)

_AHEAD = 256
"""Items that a thread may be ahead of the loop; then it waits. Bounds memory, and lets the loop breathe."""


def from_callable(agent: AgentFunction) -> Adapter:
    """The adapter for ``agent``. ``TypeError`` if it cannot be called with a prompt."""
    return AsyncCallable(agent) if _is_async(agent) else SyncCallable(agent)


class _Callable(Adapter):
    takes_history = True

    def __init__(self, agent: AgentFunction) -> None:
        self._agent = agent
        self.name = _name(agent)
        self._bind = _binder(agent, self.name)

    def describe(self) -> Description:
        """Its name; what a function says to which model is its own affair."""
        return Description(
            name=self.name,
            fixed={
                "system": "a function has instructions of its own, if any; change them where it is written",
                "model": "a function does not tell which model it calls, if any; change it where it is written",
                "settings": "a function does not tell what it calls a model with; change it where it is written",
                "tools": "a function calls its tools itself; change them where it is written",
            },
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        return type(self)(self._agent)


class AsyncCallable(_Callable):
    """A coroutine function or an async generator function, on the loop of what it uses."""

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Iterate it. Stopping cancels what it awaits; what it yields after that is ignored."""
        async with aclosing(_said(self._bind(prompt, history)(), self.name)) as said:
            async for event in said:
                yield event


class SyncCallable(_Callable):
    """A function or a generator function, in a thread of its own, so that it may block.

    Stopping closes a generator at its next ``yield``, in its thread. A thread that is blocked in the function is left
    behind: Python has no way to interrupt it.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run it in a thread; what turns out to be async after all is awaited here."""
        async with aclosing(_in_thread(self._bind(prompt, history), self.name)) as items:
            async for item in items:
                if not isinstance(item, _Async):
                    yield item
                    continue
                async with aclosing(_said(item.value, self.name)) as said:
                    async for event in said:
                        yield event


# What was said, as events.


async def _said(value: object, name: str) -> AsyncGenerator[Event, None]:
    """Everything that a call's result says, in whatever form it says it."""
    if isinstance(value, Awaitable):
        value = await cast("Awaitable[object]", value)
        _stop_if_cancelled()
    if isinstance(value, AsyncIterable):
        items = aiter(cast("AsyncIterable[object]", value))
        try:
            async for item in items:
                _stop_if_cancelled()
                event = _yielded(item, name)
                if event is not None:
                    yield event
            _stop_if_cancelled()
        finally:
            await _aclose(items)
    elif isinstance(value, Iterator):
        iterator = cast("Iterator[object]", value)
        async with aclosing(_in_thread(lambda: iterator, name)) as made:
            async for item in made:
                if not isinstance(item, _Async):
                    yield item
    else:
        event = _returned(value, name)
        if event is not None:
            yield event


def _yielded(item: object, name: str) -> Event | None:
    """``None`` says nothing: the last chunk of many providers' streams has it for a text."""
    if isinstance(item, str):
        return TextDelta(str.__str__(item))
    if item is None or isinstance(item, _EVENTS):
        return cast("Event | None", item)
    raise TypeError(f"{name} yielded {_shown(item)}; yield str, or a turnwise event such as ToolCall(…)")


def _returned(value: object, name: str) -> Event | None:
    if isinstance(value, str):
        return Text(str.__str__(value))
    if value is None or isinstance(value, _EVENTS):
        return cast("Event | None", value)
    raise TypeError(
        f"{name} returned {_shown(value)}; return str, or yield str and turnwise events such as ToolCall(…)"
    )


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # only its type is worth telling then
        text = "object"
    return f"{type(value).__name__} {text if len(text) <= 80 else text[:79] + '…'}"


def _stop_if_cancelled() -> None:
    """Agents that catch their cancellation and go on are stopped here."""
    task = asyncio.current_task()
    cancelling = getattr(task, "cancelling", None)  # new in Python 3.11
    if cancelling is not None and cancelling():
        raise asyncio.CancelledError


async def _aclose(items: object) -> None:
    close: Callable[[], Awaitable[object]] | None = getattr(items, "aclose", None)
    if close is None:
        return
    try:
        await close()
    except RuntimeError as error:
        if "ignored GeneratorExit" not in str(error):  # it yields while it cleans up: nobody listens any more
            raise


# Sync code, in a thread.


class _Async:
    """Something that a sync function returned, and that only a loop can finish."""

    def __init__(self, value: object) -> None:
        self.value = value


class _Pipe:
    """Items from a thread to a loop: bounded, and with one wake-up for many items.

    The thread puts and waits when it is ``_AHEAD`` items ahead; the loop takes all that is there. Either side may go
    first: ``stop`` makes ``put`` answer ``False``, ``end`` makes ``take`` answer ``None``.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._room = threading.Condition()
        self._items: list[Event | _Async] = []
        self._ended = False
        self._error: BaseException | None = None
        self._stopped = False
        self._waiter: Future[None] | None = None

    # in the thread

    def put(self, item: Event | _Async) -> bool:
        with self._room:
            self._room.wait_for(lambda: self._stopped or len(self._items) < _AHEAD)
            if self._stopped:
                return False
            self._items.append(item)
            first = len(self._items) == 1
        if first:
            self._wake()
        return True

    def end(self, error: BaseException | None) -> None:
        with self._room:
            self._ended = True
            self._error = error
        self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._woken)
        except RuntimeError:  # the loop is closed: nobody listens any more
            self.stop()

    # on the loop

    def _woken(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def take(self) -> list[Event | _Async] | None:
        """What came, at least one item; ``None`` at the end. Raises what ended the thread.

        Always suspends, so that an agent that is never short of items cannot starve the loop.
        """
        await asyncio.sleep(0)
        while True:
            with self._room:
                if items := self._items:
                    self._items = []
                    self._room.notify()
                    return items
                if self._ended:
                    break
                self._waiter = self._loop.create_future()
            await self._waiter
        if self._error is not None:
            raise self._error
        return None

    def stop(self) -> None:
        with self._room:
            self._stopped = True
            self._items = []
            self._room.notify()


async def _in_thread(start: Callable[[], object], name: str) -> AsyncGenerator[Event | _Async, None]:
    """Call ``start`` in a new thread, in a copy of this context, and iterate there what it returns."""
    if not has_threads():
        async with aclosing(_here(start, name)) as items:
            async for item in items:
                yield item
        return
    pipe = _Pipe(asyncio.get_running_loop())
    start_thread(functools.partial(_work, start, name, pipe), name)
    try:
        while (items := await pipe.take()) is not None:
            for item in items:
                yield item
    finally:
        pipe.stop()


async def _here(start: Callable[[], object], name: str) -> AsyncGenerator[Event | _Async, None]:
    """The same on this loop, which has its turn after each item."""
    value = start()
    if isinstance(value, (Awaitable, AsyncIterable)):
        yield _Async(cast("object", value))
    elif isinstance(value, Iterator):
        for item in cast("Iterator[object]", value):
            event = _yielded(item, name)
            if event is not None:
                yield event
            await asyncio.sleep(0)
    elif (event := _returned(value, name)) is not None:
        yield event


def _work(start: Callable[[], object], name: str, pipe: _Pipe) -> None:
    """The whole life of the thread."""
    try:
        value = start()
        if isinstance(value, (Awaitable, AsyncIterable)):
            pipe.put(_Async(cast("object", value)))
        elif isinstance(value, Iterator):
            _iterate(cast("Iterator[object]", value), name, pipe)
        elif (event := _returned(value, name)) is not None:
            pipe.put(event)
    except BaseException as error:  # noqa: BLE001  # it is the run's error, and raised on the loop
        pipe.end(raisable(error.with_traceback(_theirs(error.__traceback__)), name))
    else:
        pipe.end(None)


def _iterate(items: Iterator[object], name: str, pipe: _Pipe) -> None:
    close: Callable[[], object] | None = getattr(items, "close", None)
    try:
        for item in items:
            event = _yielded(item, name)
            if event is not None and not pipe.put(event):
                break
    finally:
        if close is not None:
            try:
                close()
            except RuntimeError as error:
                if "ignored GeneratorExit" not in str(error):
                    raise


def _theirs(traceback: TracebackType | None) -> TracebackType | None:
    """``traceback`` without the frames of this module that come first."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    return traceback


# What it is called with.


def _binder(agent: AgentFunction, name: str) -> Callable[[str, Transcript], Callable[[], object]]:
    """How ``agent`` takes the prompt and, if it wants it, the history: by position, or as a keyword ``history``."""
    by_position = by_keyword = False
    try:
        parameters = [*inspect.signature(agent).parameters.values()]
    except (TypeError, ValueError):  # written in C, with no signature
        pass
    else:
        positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        by_keyword = any(p.name == "history" and p.kind is not p.POSITIONAL_ONLY for p in parameters[1:])
        second = positional[1] if len(positional) > 1 else None
        by_position = second is not None and (second.default is second.empty or second.name == "history")
        missing = [
            p
            for p in parameters
            if p.default is p.empty
            and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
            and p not in positional[: 2 if by_position else 1]
            and not (by_keyword and p.name == "history")
        ]
        takes_prompt = bool(positional) or any(p.kind is p.VAR_POSITIONAL for p in parameters)
        if missing or not takes_prompt:
            raise TypeError(
                f"{name}{inspect.signature(agent)} cannot be an agent: "
                f"turnwise calls it with (prompt) or (prompt, history)"
            )

    def bind(prompt: str, history: Transcript) -> Callable[[], object]:
        if by_position:
            return functools.partial(agent, prompt, _messages(history))
        if by_keyword:
            return functools.partial(agent, prompt, history=_messages(history))
        return functools.partial(agent, prompt)

    return bind


def _messages(history: Transcript) -> list[dict[str, Any]]:
    from ..export.openai_chat import messages

    return messages(history)


def _is_async(agent: AgentFunction) -> bool:
    """Whether calling it makes a coroutine or an async generator.

    A decorator that hides this (a sync function that returns a coroutine) is found out when it is called.
    """
    agent = _function(agent)
    call: AgentFunction = agent if inspect.isroutine(agent) else type(agent).__call__
    return any(inspect.iscoroutinefunction(f) or inspect.isasyncgenfunction(f) for f in (agent, call))


def _name(agent: AgentFunction) -> str:
    agent = _function(agent)
    name = getattr(agent, "__name__", type(agent).__name__)
    return "agent" if name == "<lambda>" else name


def _function(agent: AgentFunction) -> AgentFunction:
    while isinstance(agent, functools.partial):
        agent = cast("functools.partial[object]", agent).func
    return agent
