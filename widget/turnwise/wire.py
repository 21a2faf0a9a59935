"""What travels between kernel and page: numbered frames of ops one way, a few small requests the other.

The kernel never waits for the page. A frame carries the ops since the one before; whoever misses one (a reload, a
second tab, a dropped message) says ``hello`` with the number it has, and gets a snapshot, which is a list of ops like
any other. So frames may be lost, repeated or never read, and nothing is kept for a page that is not there.

Sans-IO: ``Outbox`` merges, numbers and says when to send; ``session`` sends. Knows ``ops``, ``preview``,
``transcript`` and ``values``.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from . import ops as o
from .preview import preview
from .values import Decision, Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import TypeAdapter

    from .transcript import Transcript

MAX_PROMPT = 1_000_000
"""Characters of a prompt that a page may send."""

# Jupyter's server does not set TCP_NODELAY: from about 24 messages a second on, some wait up to 40 ms for the ACK of
# the one before. A fast stream loses nothing by fewer frames, and each costs 640 bytes of envelope. A slow one shows
# each word as it comes: that wait is rare, and on the average shorter than the one for a frame (`python -m benchmarks
# paint`: at 50 tokens a second p50 is 12 to 16 ms to the painted frame, with 25 ms frames 28 and with 42 ms frames 36).
SLOW_STREAM_INTERVAL = 0.016
FAST_STREAM_INTERVAL = 0.048
SLOW_STREAM_RATE = 100
"""Ops a second up to which a stream counts as slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What happened since the frame before. Without ops, and with a number that the page has: it is up to date."""

    seq: int
    """Counts from 1. A page applies ``last + 1``, ignores what it has, and asks when it misses one."""
    ops: list[o.Op]
    held: bool = False
    """The run waits for the kernel's loop, which a cell keeps busy."""
    kind: Literal["frame"] = "frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole conversation, in place of all frames up to ``seq``."""

    seq: int
    ops: list[o.Op]
    held: bool = False
    """As in ``Frame``."""
    kind: Literal["snapshot"] = "snapshot"


Detail: TypeAlias = Literal["whole", "view", "schema", "saw"]
"""More than travels unasked. Of a step ``whole``: all of a large result; ``view``: ``{"value"}`` to be shown in place
of the result, ``{"error"}``, or neither; ``schema``: JSON Schema of the arguments, or null. Of a turn ``saw``: what
its model was sent, and each event with its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """A part of the front end that is sent when it is asked for; the module's source is the message's first buffer."""

    name: str
    kind: Literal["addon"] = "addon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a page asked about a step or a turn: JSON in UTF-8, as the message's first buffer."""

    part: str
    what: Detail
    kind: Literal["told"] = "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The saved output, for the page that has missed its update: JSON in UTF-8, as the message's first buffer."""

    kind: Literal["saved"] = "saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment of a recording that one may want to go to: a prompt, the end of a turn, a tool's result."""

    at: float
    """Seconds from its beginning."""
    kind: Literal["prompt", "turn", "result", "failure"]
    label: str
    """The prompt, the turn's number, or the name of the tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """Where a recording stands that is played; comes whenever that changes other than by the passing of time."""

    position: float
    """Seconds from its beginning."""
    length: float
    playing: bool
    speed: float | None
    """How many times faster than it was; ``None`` for at once."""
    origin: float
    """Time of its beginning on the clock of the ops, in seconds since the epoch."""
    marks: list[Mark]
    kind: Literal["playback"] = "playback"


KernelMessage: TypeAlias = Frame | Snapshot | Addon | Told | Saved | Playback


class Outbox:
    """Ops on their way to the page: neighbours merge, frames are numbered, ``add`` says when the next one is due.

    The first op after a pause is due at once; then frames keep an interval of 16 or 48 ms. Times are seconds of any
    one clock.
    """

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        """Number of the last frame taken; frames count from 1."""
        self.held = False
        """What frames say of the kernel's loop; one that is lost does not matter, as each says it."""
        self._ops: list[o.Op | _Append] = []
        self._appends: dict[str, _Append] = {}
        self._added = 0
        self._interval = SLOW_STREAM_INTERVAL
        self._sent: float | None = None
        self._scheduled = False

    def add(self, ops: Iterable[o.Op], now: float) -> float | None:
        """Take ops in. Returns in how many seconds ``take`` is due (0: now), ``None`` if that was said before."""
        for op in ops:
            self._added += 1
            if isinstance(op, o.Append):
                waiting = self._appends.get(op.part)
                if waiting is None:
                    waiting = self._appends[op.part] = _Append(op.part, [])
                    self._ops.append(waiting)
                waiting.pieces.append(op.text)
                continue
            # An append may join an earlier one of its part only if nothing else happened to that part in between.
            if isinstance(op, o.ResetTurn):
                self._appends.clear()
            elif self._appends:
                self._appends.pop(getattr(op, "part", ""), None)
            self._ops.append(op)
        if not self._ops or self._scheduled:
            return None
        wait = 0.0 if self._sent is None else self._sent + self._interval - now
        if wait <= 0:
            return 0.0
        self._scheduled = True
        return wait

    def take(self, now: float) -> Frame | None:
        """The next frame, or ``None`` if nothing waits."""
        self._scheduled = False
        if not self._ops:
            return None
        self.seq += 1
        ops = [op.done() if isinstance(op, _Append) else op for op in self._ops]
        frame = Frame(seq=self.seq, ops=ops, held=self.held)
        slow = self._sent is None or self._added - 1 <= SLOW_STREAM_RATE * (now - self._sent)
        self._interval = SLOW_STREAM_INTERVAL if slow else FAST_STREAM_INTERVAL
        self._ops.clear()
        self._appends.clear()
        self._added = 0
        self._sent = now
        return frame

    def restart(self, transcript: Transcript) -> Snapshot:
        """Another conversation, in place of all that was told and of what waits."""
        self.seq += 1
        self._ops.clear()
        self._appends.clear()
        return Snapshot(seq=self.seq, ops=transcript.snapshot())

    def where(self) -> Frame:
        """The word which frame was the last."""
        return Frame(seq=self.seq, ops=[], held=self.held)

    def answer(self, last: int, transcript: Transcript) -> Frame | Snapshot:
        """What a page that has frame ``last`` needs: the word that it is up to date, or the whole.

        ``take`` must have been called, so that ``transcript`` is what the frames up to ``seq`` fold to.
        """
        if last == self.seq:
            return self.where()
        return Snapshot(seq=self.seq, ops=transcript.snapshot(), held=self.held)


class _Append:
    """An append in the making: its text is joined once, when the frame is taken."""

    __slots__ = ("part", "pieces")

    def __init__(self, part: str, pieces: list[str]) -> None:
        self.part = part
        self.pieces = pieces

    def done(self) -> o.Append:
        return o.Append(part=self.part, text="".join(self.pieces))


def encode(message: KernelMessage) -> dict[str, Any]:
    """``message`` as JSON-safe data."""
    if isinstance(message, Addon):
        return {"kind": message.kind, "name": message.name}
    if isinstance(message, Told):
        return {"kind": message.kind, "part": message.part, "what": message.what}
    if isinstance(message, Saved):
        return {"kind": message.kind}
    if isinstance(message, Playback):
        return asdict(message)
    ops = [page_op(op) for op in message.ops]
    return {"kind": message.kind, "seq": message.seq, "held": message.held, "ops": ops}


def page_op(op: o.Op) -> dict[str, Json]:
    """``op`` as pages get it: of what is large and few readers look at, they ask for the rest."""
    data = encode_op(op)
    if isinstance(op, o.SetResult):
        data["result"], size = preview(op.result)
        data["size"] = op.size if size is None else size
    elif isinstance(op, o.SetRequest):
        data["body"] = None
    return data


def encode_op(op: o.Op) -> dict[str, Json]:
    """All of ``op`` as JSON-safe data, with its tag in ``"op"``."""
    data = _plain(op)
    nested = _NESTED.get(op.__class__)
    if nested is not None:
        nested(op, data)
    return data


def _set_usage(op: o.SetUsage, data: dict[str, Any]) -> None:
    data["usage"] = _plain(op.usage)


def _set_request(op: o.SetRequest, data: dict[str, Any]) -> None:
    data["facts"] = _plain(op.facts)


def _end_run(op: o.EndRun, data: dict[str, Any]) -> None:
    data["error"] = None if op.error is None else _plain(op.error)


_NESTED: dict[type[object], Callable[[Any, dict[str, Any]], None]] = {
    o.SetUsage: _set_usage,
    o.SetRequest: _set_request,
    o.EndRun: _end_run,
}
"""What is not plain data yet when an op's fields are read."""


def _plain(record: object) -> dict[str, Any]:
    """The fields of an op, or of what is in one, by their names."""
    names, read = _fields(record.__class__)
    return dict(zip(names, read(record), strict=True))


@cache
def _fields(cls: type[Any]) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    names: tuple[str, ...] = (*(["op"] if hasattr(cls, "op") else []), *cls.__slots__)
    return names, attrgetter(*names)


# ── from the page ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A page begins, has noticed a gap, or hears nothing and asks whether that is right."""

    last: int
    """The last frame that it applied; 0 for none."""
    kind: Literal["hello"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """The reader sent a prompt."""

    text: str
    client_id: str
    """Comes back in ``add_run``; sent twice, the prompt is taken once."""
    kind: Literal["send"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop the run that is under way, and drop the queue."""

    run: str | None
    """The run that the reader saw; if another is under way by now, that one goes on. ``None``: whichever it is."""
    kind: Literal["stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Take one prompt out of the queue."""

    run: str
    kind: Literal["drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """The page needs an add-on."""

    name: Literal["highlight", "math", "notebook", "panels"]
    kind: Literal["addon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """The reader says whether a tool may run."""

    part: str
    decision: Decision
    reason: str | None
    arguments: Json
    """What it is to run with; ``None``: with what the model wrote."""
    always: bool
    """Approve the later calls of this tool in this chat as well."""
    kind: Literal["decide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The page needs more of a step or a turn, for the reader opened it."""

    part: str
    """Id of the step, or of the turn."""
    what: Detail
    kind: Literal["ask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSaved:
    """The notebook's copy of the saved output is not what it should be, as after a reload of the page."""

    kind: Literal["fetch_saved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The reader plays a recording, or goes to another place in it."""

    action: Literal[
        "appear",
        "play",
        "pause",
        "next_turn",
        "next_event",
        "previous_turn",
        "end",
        "restart",
        "seek",
        "speed",
    ]
    """``appear``: the recording came into a view."""
    value: float | None
    """``seek``: seconds from its beginning. ``speed``: how many times faster, ``None`` for at once. Else ``None``."""
    kind: Literal["control"]


PageMessage: TypeAlias = Hello | Send | Stop | Drop | Fetch | Decide | Ask | FetchSaved | Control


@cache
def _page_message() -> TypeAdapter[PageMessage]:
    # pydantic takes longer to import than all of turnwise: only a kernel that hears from a page needs it.
    from pydantic import Field, TypeAdapter

    return TypeAdapter(Annotated[PageMessage, Field(discriminator="kind")])


def parse(content: object) -> PageMessage:
    """What a page sent, checked. Raises ``ValueError`` (pydantic's too) for anything that is not a ``PageMessage``."""
    try:
        text = json.dumps(content)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    # Strict, and from JSON: only there does pydantic take an object for a dataclass without coercing its fields.
    message = _page_message().validate_json(text, strict=True)
    match message:
        case Hello(last=last) if last < 0:
            raise ValueError(f"hello with a negative frame number: {last}")
        case Send(text=text) if not text.strip():
            raise ValueError("send with an empty prompt")
        case Send(text=text) if len(text) > MAX_PROMPT:
            raise ValueError(f"send with {len(text)} characters; {MAX_PROMPT} is the most")
        case Control(action="seek", value=value) if value is None or not 0 <= value < math.inf:
            raise ValueError(f"seek to {value}")
        case Control(action="speed", value=value) if value is not None and not 0 < value < math.inf:
            raise ValueError(f"a speed of {value}")
        case _:
            return message


def warm_up() -> None:
    """Import what ``parse`` needs, so that the first message does not wait for it."""
    _page_message()
