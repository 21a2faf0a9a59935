"""A run as the caller has it: what ``chat.send`` gives back. Knows ``runs`` and ``values``."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextvars import Context
    from typing import Any

    from .runs import Run, Turn
    from .values import Failure, RunStatus, Usage

_WAKE = 0.2
"""Seconds between two looks at whether an awaited run is to be stopped."""


class RunHandle:
    """A run that was sent: read it while it goes on, ``await`` it for the finished ``Run``.

    Cancelling the await (a cell that is interrupted, ``asyncio.wait_for``) stops the run.
    """

    def __init__(
        self, run: Run, stop: Callable[[str], None], runs_here: Callable[[], bool], context: Context
    ) -> None:
        self._run = run
        self._context = context
        """What the context variables are for the agent, however late it begins: those of who sent the prompt."""
        self._stop = stop
        self._runs_here = runs_here
        self._ended: Future[Run] = Future()

    @property
    def id(self) -> str:
        """Unique over all chats."""
        return self._run.id

    @property
    def status(self) -> RunStatus:
        """``queued``, ``running``, or how it ended."""
        return self._run.status

    @property
    def turns(self) -> list[Turn]:
        """The turns so far."""
        return self._run.turns

    @property
    def final_text(self) -> str:
        """Text of the last turn so far."""
        return self._run.final_text

    @property
    def usage(self) -> Usage:
        """Tokens so far."""
        return self._run.usage

    @property
    def error(self) -> Failure | None:
        """Why it failed, if it did."""
        return self._run.error

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or another."""
        return self._ended.done()

    def stop(self) -> None:
        """Stop this run, or take it out of the queue. No effect on one that has ended."""
        self._stop(self._run.id)

    def wait(self, timeout: float | None = None) -> Run:
        """Block this thread until the run has ended. For scripts; in a notebook, ``await`` it. Ctrl-C stops the run.

        Raises ``TimeoutError`` after ``timeout`` seconds, and ``RuntimeError`` where waiting would be for ever: on the
        very loop that has to drive the run.
        """
        if not self.done and self._runs_here():
            raise RuntimeError("the run needs this thread's event loop to go on: use `await run` instead")
        try:
            return self._ended.result(timeout)
        except FutureTimeoutError:  # not yet the built-in one in Python 3.10
            raise TimeoutError(f"the run has not ended within {timeout} s; it goes on") from None
        except KeyboardInterrupt:
            self.stop()
            raise

    def __await__(self) -> Generator[Any, None, Run]:
        return self._wait().__await__()

    async def _wait(self) -> Run:
        ended = asyncio.wrap_future(self._ended)
        try:
            # A kernel's interrupt cancels what a cell awaits, but does not wake a loop that has nothing to do.
            while not ended.done():
                await asyncio.wait([ended], timeout=_WAKE)
            return ended.result()
        except asyncio.CancelledError:
            self.stop()
            raise

    def __repr__(self) -> str:
        return repr(self._run)
