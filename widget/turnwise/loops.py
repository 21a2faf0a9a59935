"""Where runs live: turnwise's own event loop on a daemon thread, one for the process.

The kernel's loop stands still while a cell runs synchronous code. What turnwise drives itself (its own agent, sync
functions, the frame clock) runs here and stays alive, and from here it is seen when the other stands still. Where no
thread can be started, as in Pyodide, all of it runs on the loop that there is. Knows nothing of turnwise.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Callable

log = logging.getLogger("turnwise")

_EVERY = 0.5
"""Seconds between two looks at a loop that is watched."""
_PATIENCE = 1.0
"""Seconds without an answer after which a loop is said to stand still."""

_lock = threading.Lock()
_own: dict[int, AbstractEventLoop] = {}
"""By process id: a forked child has none of its parent's threads."""


def own_loop() -> AbstractEventLoop:
    """The loop on turnwise's thread, started on first use; without threads the one that runs.

    Raises ``RuntimeError`` if there is neither.
    """
    with _lock:
        loop = _own.get(os.getpid())
        if loop is None:
            loop = _own[os.getpid()] = _started() if has_threads() else _running()
        return loop


@cache
def has_threads() -> bool:
    """Whether a thread can be started: in Pyodide none can."""
    try:
        threading.Thread(target=int).start()
    except RuntimeError:
        return False
    return True


def call_later(seconds: float, callback: Callable[..., object], *args: object) -> None:
    """Call back on turnwise's loop after so many seconds; from any thread."""
    own = own_loop()
    if asyncio._get_running_loop() is own:
        own.call_later(seconds, callback, *args)  # without waking the loop that runs
    else:
        own.call_soon_threadsafe(own.call_later, seconds, callback, *args)


async def watch(loop: AbstractEventLoop, held: Callable[[bool], object]) -> None:
    """Say when ``loop`` stands still, ``held(True)``, and when it goes on, ``held(False)``, until it is cancelled.

    For turnwise's loop to run. Ends by itself if ``loop`` is closed.
    """
    here = asyncio.get_running_loop()
    while True:
        answer: Future[None] = here.create_future()
        try:
            loop.call_soon_threadsafe(here.call_soon_threadsafe, _settle, answer)
        except RuntimeError:
            return
        await asyncio.wait([answer], timeout=_PATIENCE)
        if not answer.done():
            held(True)
            while not answer.done():
                if loop.is_closed():
                    return
                await asyncio.wait([answer], timeout=_EVERY)
            held(False)
        await asyncio.sleep(_EVERY)


def _settle(answer: Future[None]) -> None:
    if not answer.done():
        answer.set_result(None)


def _started() -> AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=_serve, args=(loop,), name="turnwise", daemon=True).start()
    return loop


def _running() -> AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "no thread can be started and no event loop runs, and turnwise needs one of the two; "
            "make the chat in async code"
        ) from None


def _serve(loop: AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):  # noqa: PERF203  # seldom enough
            # Meant for a process, by a task of a framework's, say. It has ended that task; the others go on.
            log.exception("a task on turnwise's loop tried to end the process")


def running_loop() -> AbstractEventLoop | None:
    """The loop that the caller runs on, if it is the main thread's (in a kernel: the one that cells share)."""
    if threading.current_thread() is not threading.main_thread():
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
