"""Events of a run that come from two sides: what a framework's stream yields, and what its hooks see in between.

The framework runs in a task of its own, never ahead of its reader::

    relay = Relay()


    async def work():
        async for item in agent.stream():
            await relay.say(translate(item))


    async for event in relay.run(work()):
        ...

Knows ``events``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
    from typing import Any

    from ..events import Event


class Relay:
    """Where the events of one run meet."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._came = asyncio.Event()
        self._taken = asyncio.Event()
        self._closed = False
        self._cancelled = False

    def tell(self, events: Iterable[Event]) -> None:
        """Hand over; for hooks that cannot wait."""
        if not self._closed:
            self._events.extend(events)
            self._came.set()

    async def say(self, events: Iterable[Event]) -> None:
        """Hand over, and go on when the reader has taken everything.

        Raises ``CancelledError`` in work that was cancelled and did not notice: ``wait_for`` of Python before 3.12
        may swallow it.
        """
        if self._cancelled:
            raise asyncio.CancelledError
        self.tell(events)
        while self._events and not self._closed:
            self._taken.clear()
            await self._taken.wait()

    async def run(
        self, work: Coroutine[Any, Any, None], stop: Callable[[], bool] | None = None
    ) -> AsyncGenerator[Event, None]:
        """What ``work`` says; raises what it raises. A reader that leaves early stops it, and waits for its end.

        ``stop`` may end it in another way than by cancelling its task; it says whether it does.
        """
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._came.set())
        try:
            while True:
                while self._events:
                    yield self._events[0]
                    self._events.popleft()
                self._taken.set()
                if task.done():
                    break
                self._came.clear()
                await self._came.wait()
            task.result()
        finally:
            self._closed = True
            self._events.clear()
            self._taken.set()
            if not task.done():
                if stop is None or not stop():
                    self._cancelled = True
                    task.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([task])
                    task.exception()  # its way to end when it was stopped
