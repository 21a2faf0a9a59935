"""A recording as an agent: real timing, no framework, no key, no network.

    AgentChat(Replay("demo.jsonl", speed=2))

Each prompt plays the recorded run of that prompt, or the next one. So a recording shows a lesson, and stands in for a
model in a test. ``pause``, ``play``, ``step`` and ``skip`` may be called at any time, from any thread.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Literal

from .. import ops as o
from ..adapters.base import Adapter
from ..adapters.description import Description
from .log import load
from .player import Player

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from ..events import Event
    from ..transcript import Transcript

Entry = tuple[float, o.Op]


class Replay(Adapter):
    """The agent of a recording.

    Args:
        path: The recording, as ``AgentChat.save`` or ``AgentChat(record=…)`` wrote it.
        speed: How many times faster than it was; ``math.inf`` for at once.
        longest_wait: Seconds; a longer pause of the recorded agent is cut to this.
        paused: Begin paused: each prompt waits for ``play`` or ``step``.

    Raises:
        ValueError: ``path`` is no recording, or holds no run; ``speed`` is not positive.
        OSError: It cannot be read.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    def __init__(
        self, path: str | Path, *, speed: float = 1.0, longest_wait: float = math.inf, paused: bool = False
    ) -> None:
        if not speed > 0:
            raise ValueError(f"speed is {speed!r}; it must be more than 0, for example 2 for twice as fast")
        recording = load(path)
        self.name = recording.agent or "Recording"
        self._runs = _runs(recording.entries)
        if not self._runs:
            raise ValueError(f"{path} holds no run to play")
        turns = [turn for run in recording.transcript.runs for turn in run.turns]
        self._requests = {turn.id: turn.request for turn in turns if turn.request is not None}
        self._played: set[int] = set()
        self._plays = 0
        self._clock = _Clock(speed, paused=paused)
        self._longest_wait = longest_wait

    @property
    def prompts(self) -> list[str]:
        """What was asked, in order."""
        return [prompt for prompt, _ in self._runs]

    @property
    def speed(self) -> float:
        """How many times faster than it was recorded."""
        return self._clock.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not speed > 0:
            raise ValueError(f"speed is {speed!r}; it must be more than 0")
        self._clock.set(speed=speed)

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._clock.paused

    def pause(self) -> None:
        """Stand still where it is."""
        self._clock.set(paused=True)

    def play(self) -> None:
        """Go on, to the end."""
        self._clock.set(paused=False)

    def step(self) -> None:
        """Go on to the end of this turn, or through the next one, and pause there."""
        self._clock.step()

    def skip(self) -> None:
        """Show the rest of this turn at once."""
        self._clock.skip()

    def describe(self) -> Description:
        """A recording has nothing that could be changed."""
        why = "a recording says what it says"
        return Description(name=self.name, framework="recording", fixed=dict.fromkeys(_ALL, why))

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """The recorded run of ``prompt`` that was not played yet, else the next one."""
        number = self._choose(prompt)
        self._played.add(number)
        self._plays += 1
        entries = self._runs[number][1]
        times = _times(entries, self._longest_wait)
        ends = [at for at, (_, op) in zip(times, entries, strict=True) if isinstance(op, o.CloseTurn)]
        self._clock.begin(ends[:-1], times[-1])  # after the last turn nothing is left to wait for
        player = Player([op for _, op in entries], f"{self._plays}", self._requests)
        for at, (_, op) in zip(times, entries, strict=True):
            await self._clock.reach(at)
            for event in player.events(op):
                yield event

    def _choose(self, prompt: str) -> int:
        left = [number for number in range(len(self._runs)) if number not in self._played]
        if not left:
            raise LookupError(
                f"the recording has {len(self._runs)} run{'s' if len(self._runs) > 1 else ''}, and all were played"
            )
        return next((number for number in left if self._runs[number][0].strip() == prompt.strip()), left[0])


class Unconnected(Adapter):
    """Stands for the agent of a conversation that is only shown."""

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    def __init__(self, name: str) -> None:
        self.name = name

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Says that nobody is there."""
        raise ConnectionError(
            "this conversation was loaded to read; AgentChat.load(path, agent) goes on with it"
        )
        yield  # what makes it a generator


_TICK = 1e-6
_ALL: tuple[Literal["system", "model", "settings", "tools"], ...] = ("system", "model", "settings", "tools")


class _Clock:
    """Where in the recording the reader is: seconds from the run's beginning, standing still while paused."""

    def __init__(self, speed: float, *, paused: bool) -> None:
        self.speed = speed
        self.paused = paused
        self._lock = threading.Lock()
        self._position = 0.0
        self._since = time.monotonic()
        self._stops: list[float] = []
        self._end = 0.0
        self._stepping = False
        self._stop_at = math.inf
        self._waiter: tuple[AbstractEventLoop, asyncio.Event] | None = None

    def begin(self, stops: list[float], end: float) -> None:
        """A run begins; at ``stops`` one turn is over and the next has not begun."""
        with self._lock:
            self._position, self._since = 0.0, time.monotonic()
            self._stops, self._end = stops, end
            self._stop_at = self._next_stop() if self._stepping else math.inf

    def set(self, *, paused: bool | None = None, speed: float | None = None) -> None:
        with self._lock:
            self._settle()
            self.speed = self.speed if speed is None else speed
            if paused is not None:
                self.paused = paused
                self._stepping, self._stop_at = False, math.inf
        self._wake()

    def step(self) -> None:
        with self._lock:
            self._settle()
            self.paused = False
            self._stepping, self._stop_at = True, self._next_stop()
        self._wake()

    def skip(self) -> None:
        with self._lock:
            self._settle()
            self._position = max(self._position, min(self._next_stop(), self._end))
        self._wake()

    async def reach(self, at: float) -> None:
        """Wait until the recording has come to ``at``."""
        changed = asyncio.Event()
        with self._lock:
            self._waiter = (asyncio.get_running_loop(), changed)
        while True:
            with self._lock:
                changed.clear()
                self._settle()
                if at <= self._position:
                    return
                wait = None if self.paused else (min(at, self._stop_at) - self._position) / self.speed
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(changed.wait(), wait)

    def _settle(self) -> None:
        """Count the time since the last look."""
        now = time.monotonic()
        if not self.paused:
            passed = math.inf if math.isinf(self.speed) else (now - self._since) * self.speed
            self._position += passed
            if self._position >= self._stop_at < math.inf:
                self._position = self._stop_at
                self._stepping, self._stop_at, self.paused = False, math.inf, True
        self._since = now

    def _next_stop(self) -> float:
        return next((stop for stop in self._stops if stop > self._position), math.inf)

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter[0].is_closed():
            waiter[0].call_soon_threadsafe(waiter[1].set)


def _runs(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Prompt and entries of each run that was started."""
    runs: dict[str, tuple[str, list[Entry]]] = {}
    home: dict[str, str] = {}
    """Run of each turn and part."""
    for at, op in entries:
        run = getattr(op, "run", None) or home.get(getattr(op, "turn", "")) or home[getattr(op, "part", "")]
        for id in (getattr(op, "turn", None), getattr(op, "part", None)):
            if id is not None:
                home[id] = run
        if isinstance(op, o.AddRun):
            runs[run] = (op.prompt, [])
        else:
            runs[run][1].append((at, op))
    return [
        (prompt, ops) for prompt, ops in runs.values() if any(isinstance(op, o.StartRun) for _, op in ops)
    ]


def _times(entries: Sequence[Entry], longest: float) -> list[float]:
    """Seconds from the beginning, with long waits cut; no two the same, so that one can stop between them."""
    out: list[float] = []
    before = None
    for at, _ in entries:
        out.append(0.0 if before is None else out[-1] + min(max(_TICK, at - before), longest))
        before = at
    return out
