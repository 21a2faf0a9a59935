"""Drives one agent's stream to its end, with no Jupyter in sight.

Knows ``events``, ``foreign`` and ``values``. What an agent raises becomes a ``Failure``; only the caller's own
cancellation or interrupt raises.
"""

from __future__ import annotations

import asyncio
import threading
import time
import traceback
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from .foreign import faults
from .values import Failure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from types import TracebackType

    from .events import Event
    from .values import RunStatus

_BREATH = 0.01
"""Seconds after which an agent that never waits lets others have the loop (the stop button among them)."""
_OURS = str(Path(__file__).parent)


async def drive(
    stream: AsyncGenerator[Event, None], feed: Callable[[list[Event]], None] | Burst
) -> tuple[RunStatus, Failure | None]:
    """Feed every event of ``stream``, close it, and say how it ended.

    Events that come without a wait between them are fed together, as soon as the stream waits for something.
    A cancelled task cancels the stream and raises ``CancelledError``, after the stream has been closed.
    """
    burst = feed if isinstance(feed, Burst) else Burst(feed)
    try:
        try:
            async with aclosing(stream) as events:
                breath = time.monotonic()
                async for event in events:
                    burst.add(event)
                    if time.monotonic() - breath > _BREATH:
                        await asyncio.sleep(0)
                        breath = time.monotonic()
        finally:
            burst.end()
    except faults() as error:  # theirs, not ours: it becomes data
        return ending(error)
    return "complete", None


def begun(begin: Callable[[], AsyncGenerator[Event, None]]) -> AsyncGenerator[Event, None]:
    """The stream that ``begin`` makes. If it raises at once, a stream that raises the same when it is read."""
    try:
        return begin()
    except faults() as error:  # theirs: an adapter need not wait with its complaints until it is read
        return _raising(error)


async def _raising(error: BaseException) -> AsyncGenerator[Event, None]:
    raise error
    yield  # what makes it a stream


def ending(error: BaseException) -> tuple[RunStatus, Failure | None]:
    """How a stream that raised has ended.

    An attribute ``truncated`` says that it broke off, ``cancelled`` that the other side was stopped: no failure.
    """
    if getattr(error, "cancelled", False):
        return "cancelled", None
    return "truncated" if getattr(error, "truncated", False) else "error", failure(error)


class Burst:
    """What has come since the loop last had its turn. ``feed`` is called for it, or earlier: by ``pass_on``."""

    def __init__(self, feed: Callable[[list[Event]], None]) -> None:
        self._feed = feed
        self._events: list[Event] = []
        self._loop = asyncio.get_running_loop()
        self._error: Exception | None = None
        self._lock = threading.RLock()
        """One feeds at a time, in order."""

    def add(self, event: Event) -> None:
        """Keep ``event`` until the stream waits. Raises what ``feed`` raised for those before."""
        if self._error is not None:
            raise self._error
        with self._lock:
            if not self._events:
                self._loop.call_soon(self.pass_on)
            self._events.append(event)

    def end(self) -> None:
        """Feed what is left."""
        self.pass_on()
        if self._error is not None:
            raise self._error

    def pass_on(self) -> None:
        """Feed what there is now, from any thread: for who has to know how far the agent is."""
        with self._lock:
            events, self._events = self._events, []
            if not events or self._error is not None:
                return
            try:
                self._feed(events)
            except Exception as error:  # noqa: BLE001  # a strict assembler; whoever drives gets it
                self._error = error


def failure(error: BaseException) -> Failure:
    """``error`` as data: class name, message, and as detail the traceback from the agent's own code on."""
    group: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    if len(group) == 1:
        return failure(group[0])
    kind = type(error).__name__
    try:
        message = (
            f"sys.exit({error.code!r}) was called" if isinstance(error, SystemExit) else _said(error).strip()
        )
    except Exception:  # noqa: BLE001  # a __str__ may do anything
        message = ""
    detail = "".join(traceback.format_exception(type(error), error, _without_ours(error.__traceback__)))
    return Failure(kind=kind, message=message or kind, detail=detail)


def _said(error: BaseException) -> str:
    """``str(error)``, or the words in it where that is an object as Python prints it.

    It may be a provider's whole answer, which its client keeps as ``body`` or ``details``, or all that the exception
    was made of.
    """
    for name in ("body", "details"):
        match getattr(error, name, None):
            case {"error": {"message": str(words)}} | {"message": str(words)} if words.strip():
                return words
            case _:
                pass
    match error.args:
        case (str(words), _, *_) if str(error) == str(error.args):
            return words
        case _:
            return str(error)


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """The frames from the first that is not turnwise's; all of them, if turnwise itself is what failed."""
    rest = trace
    while rest is not None and rest.tb_frame.f_code.co_filename.startswith(_OURS):
        rest = rest.tb_next
    return rest or trace
