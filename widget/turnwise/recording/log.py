"""Writing and reading recordings.

A recording survives its writer: every line is with the operating system before the next op is made, and a last line
that was cut off is left out. What was under way then ends as ``truncated``.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from .. import ops as o
from ..runs import Run, TextPart, ToolPart
from ..snapshot import run_ops
from ..transcript import Transcript
from ..values import Failure
from ..wire import encode_op
from .sieve import Sieve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from pydantic import TypeAdapter
    from typing_extensions import Self

    from .scrub import Scrubber

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a file holds."""

    agent: str
    """Name of the agent that was recorded last."""
    entries: list[tuple[float, o.Op]]
    """Each op with its time, in seconds since the epoch."""

    @property
    def transcript(self) -> Transcript:
        """The conversation; a run that was under way when the recording broke off is ``truncated``."""
        return Transcript(op for _, op in self.closed)

    @property
    def closed(self) -> list[tuple[float, o.Op]]:
        """The entries, and what ends the runs of a conversation that broke off."""
        transcript = Transcript(op for _, op in self.entries)
        end = self.entries[-1][0] if self.entries else 0.0
        ends = closing(transcript, end, "The recording breaks off here.")
        return [*self.entries, *((end, op) for op in ends)]


class Recorder:
    """Appends a conversation to a file, op by op.

    A recording that is there already is continued, from where it broke off if it did. ``history`` is the conversation
    so far, of which what the file lacks is written; without it, it is what the file has. ``scrubber=None`` keeps
    secrets.

    Raises:
        ValueError: The file is no recording, or not one of ``history``.
        OSError: It cannot be written.
    """

    def __init__(
        self, path: str | Path, agent: str, scrubber: Scrubber | None, history: Transcript | None = None
    ) -> None:
        path = Path(path)
        there = load(path) if path.exists() and path.stat().st_size else Recording(agent=agent, entries=[])
        known = there.transcript
        self.history = known if history is None else history
        """The conversation that the recording goes on after."""
        if not _begins_with(self.history, known):
            raise ValueError(
                f"{path} is the recording of another conversation than history=: record to another file, "
                "or leave history= out to go on with what is recorded"
            )
        if there.entries:
            with path.open("r+b") as file:
                file.truncate(
                    len(_whole_lines(path))
                )  # or our first line would go on with one that was cut off
        self._sieve = None if scrubber is None else Sieve(scrubber)
        self._at = time.time()
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._line({"turnwise": "recording", "version": VERSION, "agent": agent, "at": self._at})
        new = (op for run in self.history.runs[len(known.runs) :] for op in run_ops(run))
        for at, op in (*there.closed[len(there.entries) :], *timed(new)):
            self.write([op], at)

    def write(self, ops: Iterable[o.Op], now: float) -> None:
        """Have it on disk: what is killed after this has lost nothing."""
        self._at = now
        for op in ops:
            self._ops([op] if self._sieve is None else self._sieve.sift(op))
        self._file.flush()

    def close(self) -> None:
        """No more comes. Closing twice does no harm."""
        if self._sieve is not None and not self._file.closed:
            self._ops(self._sieve.rest())
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ops(self, ops: Iterable[o.Op]) -> None:
        for op in ops:
            self._line({"at": round(self._at, 4), **encode_op(op)})

    def _line(self, data: dict[str, Any]) -> None:
        self._file.write(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n")


def _begins_with(history: Transcript, known: Transcript) -> bool:
    """Whether the runs of ``known`` are the first of ``history``. Texts may differ: secrets are kept out of files."""

    def ids(run: Run) -> list[str]:
        return [run.id, *(turn.id for turn in run.turns)]

    return [*map(ids, history.runs[: len(known.runs)])] == [*map(ids, known.runs)]


def timed(ops: Iterable[o.Op]) -> list[tuple[float, o.Op]]:
    """Ops with their own times; those that have none came with the one before."""
    out: list[tuple[float, o.Op]] = []
    at = 0.0
    for op in ops:
        at = getattr(op, "time", at)
        out.append((at, op))
    return out


def save(
    path: str | Path, agent: str, entries: Iterable[tuple[float, o.Op]], scrubber: Scrubber | None
) -> None:
    """Write a whole recording in place of what is there; that stays if writing fails."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    try:
        with Recorder(beside, agent, scrubber) as recorder:
            for at, op in entries:
                recorder.write([op], at)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(path: str | Path) -> Recording:
    """Read a recording.

    Raises:
        ValueError: It is none, is of a later version, or a line makes no sense; the message says which and why.
        OSError: It cannot be read.
    """
    lines = _whole_lines(path).splitlines()
    agent = ""
    entries: list[tuple[float, o.Op]] = []
    check = Transcript()
    for number, line in enumerate(lines, 1):
        try:
            data: Any = json.loads(line)
            if number == 1 or "turnwise" in data:
                agent = _head(data)
                continue
            at, op = float(data.pop("at")), _decode(data)
            check.apply(op)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is no recording that can be read: line {number}: {error}") from error
        entries.append((at, op))
    if not lines:
        raise ValueError(f"{path} is no recording: it is empty")
    return Recording(agent=agent, entries=entries)


def _whole_lines(path: str | Path) -> bytes:
    """All but a last line that was being written when its writer ended, maybe in the middle of a character."""
    written = Path(path).read_bytes()
    return written[: written.rfind(b"\n") + 1]


def _head(data: dict[str, Any]) -> str:
    """Name of the agent, from a line that begins a recording or continues one."""
    if data.get("turnwise") != "recording":
        raise ValueError("it does not begin as one")
    if data["version"] > VERSION:
        raise ValueError(f"it is of version {data['version']}; this turnwise reads up to {VERSION}")
    return str(data["agent"])


_OPS: dict[str, type[Any]] = {cls.op: cls for cls in get_args(o.Op)}


@cache
def _checker(cls: type[Any]) -> TypeAdapter[o.Op]:
    from pydantic import ConfigDict, TypeAdapter, with_config

    checked: Any = with_config(ConfigDict(extra="forbid"))(cls)
    return TypeAdapter(checked)


def _decode(data: dict[str, Any]) -> o.Op:
    name = data.pop("op")
    cls = _OPS.get(name)
    if cls is None:
        raise ValueError(f"there is no op {name!r}")
    return _checker(cls).validate_python(data)


def closing(transcript: Transcript, now: float, message: str) -> Iterator[o.Op]:
    """What ends the runs of a conversation that broke off; ``message`` tells the reader that it did."""
    for run in transcript.runs:
        if run.status == "queued":
            yield o.EndRun(run=run.id, status="dropped", error=None, time=now)
        elif run.ended is None:
            yield from loose_ends(run, "truncated", now)
            why = Failure(kind="Interrupted", message=message)
            yield o.EndRun(run=run.id, status="truncated", error=why, time=now)


def loose_ends(run: Run, status: Literal["cancelled", "truncated"], now: float) -> Iterator[o.Op]:
    """What closes all that is open in a run that ends early."""
    state = "cancelled" if status == "cancelled" else "unanswered"
    for turn in run.turns:
        for part in turn.parts:
            if isinstance(part, TextPart) and part.open:
                yield o.ClosePart(part=part.id, time=now)
            elif isinstance(part, ToolPart) and part.outcome is None and part.ended is None:
                yield o.SetToolState(part=part.id, state=state, time=now)
        if turn.ended is None:
            yield o.CloseTurn(turn=turn.id, status=status, time=now)
