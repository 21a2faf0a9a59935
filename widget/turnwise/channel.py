"""What the pages of a chat are told, and when. Knows ``loops``, ``ops``, ``transcript`` and ``wire``."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from .loops import call_later, own_loop
from .wire import Outbox, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from threading import RLock
    from typing import Any

    from . import ops as o
    from .transcript import Transcript
    from .wire import KernelMessage

log = logging.getLogger("turnwise")

REMINDERS = (5.0, 20.0)
"""Seconds after the last frame when pages are told its number once more: one whose last frames were all lost would not
know that there is something to ask for."""


class Channel:
    """Frames of ops as they fall due, and whatever else a page asked for, by way of ``post``.

    All but ``add``'s later frames happens under ``lock``, which the caller holds. ``seq`` is the number of the frame
    that pages are taken to have.
    """

    def __init__(
        self,
        post: Callable[[dict[str, Any], list[bytes]], None],
        lock: RLock,
        *,
        seq: int,
        reminders: Sequence[float],
    ) -> None:
        self._post = post
        self._lock = lock
        self._reminders = reminders
        self._outbox = Outbox(seq)
        self._told = 0.0
        """When the last frame was sent."""
        self._reminder: Future[None] | None = None
        self._closed = False

    def add(self, ops: Sequence[o.Op]) -> None:
        """Send ``ops`` with the next frame: now, or when that is due."""
        wait = self._outbox.add(ops, time.monotonic())
        if wait == 0:
            self.flush()
        elif wait is not None:
            call_later(wait, self._tick)

    def flush(self) -> None:
        """Send what waits."""
        now = time.monotonic()
        frame = self._outbox.take(now)
        if frame is not None:
            self.tell(frame)
            self._told = now
            if self._reminder is None:
                self._reminder = asyncio.run_coroutine_threadsafe(self._remind(), own_loop())

    def answer(self, last: int, transcript: Transcript) -> None:
        """What a page that has frame ``last`` needs; what waits goes ahead of it."""
        knows = last == self._outbox.seq
        self.flush()
        self.tell(self._outbox.answer(self._outbox.seq if knows else last, transcript))

    def restart(self, transcript: Transcript) -> None:
        """Another conversation takes the place of all that was told."""
        self.tell(self._outbox.restart(transcript))

    def hold(self, held: bool) -> None:
        """Say whether the run waits for the kernel's loop, which a cell keeps busy."""
        self.flush()
        self._outbox.held = held
        self.tell(self._outbox.where())

    def let_go(self) -> None:
        """No run waits any more; the next frame says so."""
        self._outbox.held = False

    def tell(self, message: KernelMessage, buffers: Sequence[bytes] = ()) -> None:
        """Send ``message`` now."""
        if self._closed:
            return
        try:
            self._post(encode(message), list(buffers))
        except Exception:
            # The comm is gone or the message did not pack. The page will miss a number and ask for a snapshot.
            log.exception("could not send to the page")

    def close(self) -> None:
        """Send what waits, and nothing after it."""
        self.flush()
        self._closed = True
        if self._reminder is not None:
            self._reminder.cancel()

    def _tick(self) -> None:
        with self._lock:
            self.flush()

    async def _remind(self) -> None:
        """Frames that come meanwhile put it off."""
        sent = 0
        while sent < len(self._reminders):
            told = self._told
            await asyncio.sleep(max(0.0, told + self._reminders[sent] - time.monotonic()))
            with self._lock:
                if self._told != told:
                    sent = 0
                    continue
                self.tell(self._outbox.where())
                sent += 1
                if sent == len(self._reminders):
                    self._reminder = None
