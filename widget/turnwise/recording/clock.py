"""Where in a recorded run the reader is: seconds from the run's beginning, standing still while paused.

Controls come from any thread; one coroutine waits.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from typing import TYPE_CHECKING

from .takes import TICK

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable


class Clock:
    """The time of a replay. ``stopped`` is called when it has come to where it was to stop, by who waits for it."""

    def __init__(self, speed: float, stopped: Callable[[], None]) -> None:
        self._speed = speed
        self._paused = False
        self._stopped = stopped
        self._lock = threading.Lock()
        self._position = 0.0
        self._since = time.monotonic()
        self._stop_at = math.inf
        self._arrived = False
        """It came to where it was to stop, and nobody was told."""
        self._waiter: tuple[AbstractEventLoop, asyncio.Event] | None = None

    @property
    def position(self) -> float:
        """Seconds from the run's beginning; it may be beyond the run's end."""
        with self._lock:
            return min(self._position + self._passed(), self._stop_at)

    @property
    def speed(self) -> float:
        """How many times faster than it was recorded."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it stands still, and all that was until then has been shown."""
        with self._lock:
            return self._paused and not self._arrived

    @property
    def stop_at(self) -> float:
        """Where it will stand still by itself."""
        return self._stop_at

    def begin(self, position: float, *, paused: bool) -> None:
        """Another run, or another place in it."""
        with self._lock:
            self._position, self._since = position, time.monotonic()
            self._paused, self._stop_at, self._arrived = paused, math.inf, False
        self._wake()

    def run(self, *, to: float = math.inf) -> None:
        """Go on, as far as ``to``."""
        with self._lock:
            self._settle()
            self._paused, self._stop_at = False, to
        self._wake()

    def pause(self) -> None:
        """Stand still here."""
        with self._lock:
            self._settle()
            self._paused, self._stop_at = True, math.inf
        self._wake()

    def jump(self, to: float) -> None:
        """Be at ``to`` at once, if it is not behind."""
        with self._lock:
            self._settle()
            self._position = max(self._position, to)
        self._wake()

    def set_speed(self, speed: float) -> None:
        """From here on."""
        with self._lock:
            self._settle()
            self._speed = speed
        self._wake()

    async def reach(self, at: float) -> float:
        """Wait until it has come to ``at``; where it is then."""
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        with self._lock:
            self._waiter = (loop, changed)
        while True:
            with self._lock:
                changed.clear()
                self._settle()
                if at <= self._position + TICK / 2:
                    return self._position
                wait = None if self._paused else (min(at, self._stop_at) - self._position) / self._speed
                arrived, self._arrived = self._arrived, False
            if arrived:
                self._stopped()
                continue
            # Not `asyncio.wait_for`: before Python 3.12 it may lose the cancellation of the run.
            timer = None if wait is None else loop.call_later(wait, changed.set)
            try:
                await changed.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    def _settle(self) -> None:
        """Count the time since the last look."""
        self._position += self._passed()
        self._since = time.monotonic()
        if self._position >= self._stop_at < math.inf:
            self._position = self._stop_at
            self._stop_at, self._paused, self._arrived = math.inf, True, True

    def _passed(self) -> float:
        """Seconds of the recording since the last look."""
        if self._paused:
            return 0.0
        return math.inf if math.isinf(self._speed) else (time.monotonic() - self._since) * self._speed

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter[0].is_closed():
            waiter[0].call_soon_threadsafe(waiter[1].set)
