"""Code of others: what of all that it may raise is caught, and threads in which it may block.

``sys.exit`` in a tool, a rule or an agent means to end a process, and here there is only a call or a run to end. Knows
``loops``.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from .loops import has_threads

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable

T = TypeVar("T")


def faults() -> tuple[type[BaseException], ...]:
    """What to catch around code of others: everything but a cancellation, and the reader's own interrupt.

    asyncio lets ``SystemExit`` and ``KeyboardInterrupt`` out of a task through its loop, which ends for all that live
    there. Python interrupts the main thread only: in any other, it is code that has raised ``KeyboardInterrupt``.
    """
    if threading.current_thread() is threading.main_thread():
        return (Exception, SystemExit)
    return (Exception, SystemExit, KeyboardInterrupt)


def raisable(error: BaseException, who: str) -> BaseException:
    """What ``who`` raised in a thread, as it can be raised in a task: for what would end the loop, a stand-in."""
    match error:
        case SystemExit():
            words = f"{who} called sys.exit({error.code!r})"
        case KeyboardInterrupt() | StopIteration():  # a future cannot carry the latter
            words = f"{who} raised {type(error).__name__}"
        case _:
            return error
    stand_in = RuntimeError(words)
    stand_in.__cause__ = error
    return stand_in


def start_thread(work: Callable[[], object], name: str) -> None:
    """Begin ``work`` in a copy of this context. Python ends without waiting for it."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name=f"turnwise {name}", daemon=True).start()


async def in_thread(function: Callable[[], T], who: str) -> T:
    """The value of ``function``, called in a thread of its own: a pool would be used up by calls that never return.

    Raises what it raises, as ``raisable``. A call that is not waited for any more goes on, and is forgotten.
    """
    if not has_threads():
        return _here(function, who)
    loop = asyncio.get_running_loop()
    ended: Future[T] = loop.create_future()

    def settle(take: Callable[[Any], None], outcome: object) -> None:
        if not ended.done():
            take(outcome)

    def work() -> None:
        try:
            outcome = (ended.set_result, function())
        except BaseException as error:  # noqa: BLE001  # raised where the call is waited for
            outcome = (ended.set_exception, raisable(error, who))
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    start_thread(work, who)
    return await ended


def _here(function: Callable[[], T], who: str) -> T:
    """Where no thread can be started, the loop stands still meanwhile."""
    try:
        return function()
    except (SystemExit, StopIteration) as error:
        raise raisable(error, who) from error
