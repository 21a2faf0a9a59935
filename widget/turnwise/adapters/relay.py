"""Events of a run that come from two sides: what a framework's stream yields, and what its hooks see in between.

The framework runs in a task of its own, never ahead of its reader::

    relay = Relay()

    async def work():
        async for item in agent.stream():
            await relay.say(translate(item))

    async for event in relay.run(work()): ...

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

    def tell(self, events: Iterable[Event]) -> None:
        """Hand over; for hooks that cannot wait."""
        if not self._closed:
            self._events.extend(events)
            self._came.set()

    async def say(self, events: Iterable[Event]) -> None:
        """Hand over, and go on when the reader has taken everything."""
        self.tell(events)
        while self._events and not self._closed:
            self._taken.clear()
            await self._taken.wait()

    async def run(
        self, work: Coroutine[Any, Any, None], stop: Callable[[], None] | None = None
    ) -> AsyncGenerator[Event, None]:
        """What ``work`` says; raises what it raises. A reader that leaves early stops it, and waits for its end.

        ``stop`` asks ``work`` to end by itself; without it, its task is cancelled.
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
                if stop is None:
                    task.cancel()
                else:
                    stop()
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([task])
                    task.exception()  # its way to end when it was stopped
