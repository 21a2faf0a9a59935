"""A recording as an agent: real timing, no framework, no key, no network.

    lesson = Replay("lesson.jsonl", speed=2)
    AgentChat(lesson, suggestions=lesson.prompts)

As any agent it answers prompts: with the recorded run of that prompt. In a chat it is a player as well: ``play`` sends
the recorded prompts itself, and ``seek``, ``step`` and ``back`` show the conversation as it stood at any moment. The
page has the same controls, and both may be used at any time, Python's from any thread.
"""

from __future__ import annotations

import asyncio
import math
import threading
from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from .. import ops as o
from ..adapters.base import Adapter
from ..adapters.description import Description
from ..wire import Control, Playback
from .clock import Clock
from .log import load
from .player import Player
from .takes import BEAT, TICK, Timeline, failed_as, renamed

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import AsyncGenerator, Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ..events import Event
    from ..transcript import Transcript
    from ..values import Failure, RunStatus
    from .takes import Entry, Stop, Take

_ALL: tuple[Literal["system", "model", "settings", "tools"], ...] = ("system", "model", "settings", "tools")


class Stage(Protocol):
    """What a replay needs of the chat that shows it. All of it is called with ``lock`` held, from any thread."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held by whoever changes the conversation."""
        ...

    def send(self, prompt: str, *, run_id: str | None = None) -> object:
        """Send a prompt, as a run of this id if it is free."""
        ...

    def restage(self, entries: Sequence[Entry], going_on: str | None) -> None:
        """Show the conversation that ``entries`` make, in place of all there was; run ``going_on`` is under way."""
        ...

    def show(self, playback: Playback) -> None:
        """Tell the page where the recording stands."""
        ...

    def stop(self) -> None:
        """Stop the run that is under way."""
        ...


class NotRecordedError(LookupError):
    """Nobody asked this in the recording."""


class Replay(Adapter):
    """The agent of a recording.

    Args:
        path: The recording, as ``AgentChat.save`` or ``AgentChat(record=…)`` wrote it.
        speed: How many times faster than it was; ``math.inf`` for at once.
        longest_wait: Seconds; a longer pause of the recorded agent is cut to this.
        paused: Each prompt that is sent waits for ``play`` or ``step``.
        auto: Play the whole recording, its prompts included, as soon as a page shows the chat.

    Raises:
        ValueError: ``path`` is no recording, or holds no run; ``speed`` is not positive.
        OSError: It cannot be read.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    def __init__(
        self,
        path: str | Path,
        *,
        speed: float = 1.0,
        longest_wait: float = math.inf,
        paused: bool = False,
        auto: bool = False,
    ) -> None:
        self._clock = Clock(_checked(speed), self._arrived)
        recording = load(path)
        self.name = recording.agent or "Recording"
        self._timeline = Timeline(recording, longest_wait)
        if not self._timeline.takes:
            raise ValueError(f"{path} holds no run to play")
        self._hold = paused
        self._auto = auto
        self._own_lock = threading.RLock()
        self._stage: Stage | None = None
        self._number = -1
        """Of the take that is or was played last."""
        self._take: Take | None = None
        """What is played now."""
        self._run = ""
        """Id of the run that it is in the chat."""
        self._count = 0
        """Ops of it that the chat has had from the beginning."""
        self._stands = 0.0
        """Position while nothing is played."""
        self._through = False
        """Whether the next prompt is sent when this run is over."""
        self._wanted: int | None = None
        """Take that is to be played next, whatever else has the same prompt."""
        self._step: Stop | None = None
        """How far the next take is to be played."""
        self._beat: Task[None] | None = None
        """Between two runs."""
        self._plays = 0

    # ── what it is ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def prompts(self) -> list[str]:
        """What was asked, in order."""
        return [take.prompt for take in self._timeline.takes]

    @property
    def length(self) -> float:
        """Seconds that the whole takes at speed 1, with a second between its runs."""
        return self._timeline.length

    @property
    def position(self) -> float:
        """Seconds from the beginning of the recording."""
        with self._lock:
            if self._take is not None:
                return self._take.begins + min(self._clock.position, self._take.length)
            if self._beat is not None:
                return self._timeline.takes[self._number].ends + min(self._clock.position, BEAT)
            return self._stands

    @property
    def speed(self) -> float:
        """How many times faster than it was recorded."""
        return self._clock.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._lock:
            self._clock.set_speed(_checked(speed))
            self._tell()

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself at this moment."""
        with self._lock:
            return (self._take is not None or self._beat is not None) and not self._clock.paused

    @property
    def paused(self) -> bool:
        """Whether it stands still in the middle of a run."""
        with self._lock:
            return self._take is not None and self._clock.paused

    # ── controls ────────────────────────────────────────────────────────────────────────────────────────────

    def play(self) -> None:
        """Go on to the end of the recording, sending its prompts; from its end, begin again."""
        with self._lock:
            self._through = True
            if self._take is not None or self._beat is not None:
                self._clock.run()
            elif self._stage is not None:
                self._go_on(self._stage)
            self._tell()

    def pause(self) -> None:
        """Stand still where it is."""
        with self._lock:
            self._clock.pause()
            self._tell()

    def step(self, to: Stop = "turn") -> None:
        """Play to the end of this turn, or through the next one, and pause there; ``"event"``: to the next tool result.

        While such a step goes on, what is left of it is shown at once.
        """
        with self._lock:
            self._through = False
            if self._take is not None:
                stop = self._take.next_stop(to, self._clock.position)
                if self._clock.stop_at == stop:
                    self._clock.jump(stop)
                else:
                    self._clock.run(to=stop)
            elif self._stage is not None and self._stands < self.length:
                self._step = to
                self._go_on(self._stage)
            self._tell()

    def back(self) -> None:
        """Stand where the turn before this place was over."""
        with self._lock:
            position = self.position
            self.pause()
            self.seek(self._timeline.before(position))

    def skip(self) -> None:
        """Show all the rest at once."""
        with self._lock:
            if self._stage is not None:
                self.seek(self.length)
            elif self._take is not None:
                self._clock.jump(self._take.length)

    def restart(self) -> None:
        """Play from the beginning."""
        with self._lock:
            self.seek(0.0)
            self.play()

    def seek(self, position: float) -> None:
        """Show the conversation as it stood ``position`` seconds after its beginning; play on if it played.

        Raises:
            RuntimeError: No chat shows the recording.
        """
        with self._lock:
            stage = self._stage
            if stage is None:
                raise RuntimeError("only a chat can go to another moment: AgentChat(replay)")
            playing = self.playing
            self._end_beat()
            number, offset = self._timeline.locate(min(position, self.length))
            take = self._timeline.takes[number] if offset is not None else None
            if take is None:
                self._run = ""
            elif take is not self._take:
                self._run = take.run
            self._number, self._take = number, take
            self._stands = max(0.0, min(position, self.length))
            self._count = 0
            if take is not None and offset is not None:
                self._count = take.count(offset)
                self._clock.begin(offset, paused=not playing)
            stage.restage(
                self._timeline.until(number, offset, self._run), None if take is None else self._run
            )
            if take is None and playing:
                self._through = True
                self._next(stage)
            self._tell()

    # ── as an agent ─────────────────────────────────────────────────────────────────────────────────────────

    def describe(self) -> Description:
        """A recording has nothing that could be changed."""
        why = "a recording says what it says"
        return Description(name=self.name, framework="recording", fixed=dict.fromkeys(_ALL, why))

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """The events of the next recorded run of ``prompt``: for who drives it without a chat.

        Raises ``NotRecordedError`` if nobody asked this in the recording; the message has what was asked.
        """
        take = self.cue(prompt, "")
        if take is None:
            raise self._unknown(prompt)
        self._plays += 1
        ops = [*take.ops, take.ended]
        player = Player(ops, f"{self._plays}", self._timeline.requests)
        try:
            for offset, op in zip([*take.offsets, take.length], ops, strict=True):
                await self._clock.reach(offset)
                for event in player.events(op):
                    yield event
        finally:
            self.over()

    # ── in a chat: what the session calls, under its lock ───────────────────────────────────────────────────

    def attach(self, stage: Stage) -> None:
        """Be shown by this chat from now on, and by no other."""
        if self._stage is not None:
            self._stage.stop()
        self._stage = stage
        self._number, self._stands = -1, 0.0

    def leave(self, stage: Stage) -> None:
        """This chat is closed."""
        if self._stage is stage:
            self._end_beat()
            self._stage = None

    def greet(self) -> None:
        """A page has the chat, in a view or not."""
        self._tell()

    def now(self) -> float:
        """The time of what is shown: as it was, in seconds since the epoch."""
        return self._timeline.origin + self.position

    def cue(self, prompt: str, run: str) -> Take | None:
        """The run ``run`` begins: choose what it plays; ``None`` for a prompt that is not recorded."""
        with self._lock:
            self._end_beat()
            number = self._choose(prompt)
            if number is None:
                return None
            self._number, self._take = number, self._timeline.takes[number]
            self._run, self._count = run, 0
            step, self._step = self._step, None
            self._clock.begin(0.0, paused=self._hold and step is None and not self._through)
            if step is not None:
                self._clock.run(to=self._take.next_stop(step, 0.0))
            self._tell()
            return self._take

    async def rest(self, prompt: str) -> AsyncGenerator[list[o.Op], None]:
        """The ops that the run lacks, each list when its time has come. Raises as ``stream`` does."""
        take, run, at = self._take, self._run, self._count
        if take is None:
            raise self._unknown(prompt)
        while at < len(take.ops):
            position = await self._clock.reach(take.offsets[at])
            due = take.count(position)
            yield [renamed(op, take.run, run) for op in take.ops[at:due]]
            at = due
        await self._clock.reach(take.length)

    def ending(self) -> tuple[RunStatus, Failure | None, float]:
        """How the run that is played ended, and when."""
        take = self._take
        assert take is not None
        error = take.ended.error
        if error is not None:
            error = failed_as(error, take.run, self._run)
        return take.ended.status, error, take.ended.time

    def over(self) -> None:
        """The run is over, or was stopped."""
        with self._lock:
            if self._take is None:
                return
            self._stands = self.position
            ended = self._stands >= self._take.ends - TICK / 2
            self._take = None
            if self._stage is not None and ended and self._through and self._number + 1 < len(self.prompts):
                self._clock.begin(0.0, paused=False)
                self._beat = asyncio.get_running_loop().create_task(self._wait_a_beat(), name="turnwise-beat")
            else:
                self._through = False
            self._tell()

    def halt(self) -> None:
        """Somebody stops it: no prompt is sent any more."""
        self._through = False
        self._end_beat()
        self.over()
        self._tell()

    def answer(self, part: str) -> bool:
        """Somebody answers a question of the recording: go on to the answer that it got. ``False`` if it got none."""
        take = self._take
        if take is None:
            return False
        position = self._clock.position
        for offset, op in zip(take.offsets, take.ops, strict=True):
            if not isinstance(op, o.ResolveApproval) or offset <= position:
                continue
            if renamed(op, take.run, self._run).part == part:
                self._clock.jump(offset)
                self._tell()
                return True
        return False

    def control(self, message: Control) -> None:
        """What the reader does in the page."""
        match message.action:
            case "seek" if message.value is not None:
                self.seek(message.value)
            case "speed":
                self.speed = math.inf if message.value is None else message.value
            case action:
                _CONTROLS[action](self)

    # ── within ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _lock(self) -> AbstractContextManager[object]:
        return self._own_lock if self._stage is None else self._stage.lock

    def _choose(self, prompt: str) -> int | None:
        wanted, self._wanted = self._wanted, None
        same = [n for n, recorded in enumerate(self.prompts) if recorded.strip() == prompt.strip()]
        if wanted in same:
            return wanted
        return same[bisect_left(same, self._number + 1) % len(same)] if same else None

    def _unknown(self, prompt: str) -> NotRecordedError:
        asked = "\n".join(f"  {recorded}" for recorded in dict.fromkeys(self.prompts))
        return NotRecordedError(
            f"the recording has no answer to {prompt[:200]!r}, for nobody asked this. What was asked:\n{asked}"
        )

    def _go_on(self, stage: Stage) -> None:
        """From where it stands, with nothing under way."""
        step, self._step = self._step, None
        if self._timeline.locate(self._stands)[1] is not None:  # a run that was stopped
            self.seek(self._stands)
            if step is None:
                self._clock.run()
            else:
                self.step(step)
            return
        if self._number + 1 >= len(self.prompts):
            self.seek(0.0)
        self._step = step
        self._next(stage)

    def _next(self, stage: Stage) -> None:
        """Send the next prompt, if there is one."""
        self._wanted = self._number + 1
        if self._wanted < len(self.prompts):
            take = self._timeline.takes[self._wanted]
            stage.send(take.prompt, run_id=take.run)

    async def _wait_a_beat(self) -> None:
        mine = self._beat
        await self._clock.reach(BEAT)
        with self._lock:
            if self._stage is not None and self._beat is mine:
                self._beat = None
                self._next(self._stage)

    def _end_beat(self) -> None:
        beat, self._beat = self._beat, None
        if beat is not None:
            self._stands = self._timeline.takes[self._number].ends
            beat.get_loop().call_soon_threadsafe(beat.cancel)

    def _arrived(self) -> None:
        """A step has come to its end."""
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        stage = self._stage
        if stage is None:
            return
        speed = self.speed
        stage.show(
            Playback(
                position=self.position,
                length=self.length,
                playing=self.playing,
                speed=None if math.isinf(speed) else speed,
                origin=self._timeline.origin,
                marks=self._timeline.marks,
            )
        )


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


def _appear(replay: Replay) -> None:
    if replay._auto:
        replay._auto = False
        replay.play()


_CONTROLS: dict[str, Callable[[Replay], None]] = {
    "appear": _appear,
    "play": Replay.play,
    "pause": Replay.pause,
    "next_turn": Replay.step,
    "next_event": lambda replay: replay.step("event"),
    "previous_turn": Replay.back,
    "end": Replay.skip,
    "restart": Replay.restart,
}


def _checked(speed: float) -> float:
    if not speed > 0:
        raise ValueError(f"speed is {speed!r}; it must be more than 0, for example 2 for twice as fast")
    return speed
