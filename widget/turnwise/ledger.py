"""What an assembler remembers: the run under way, and every call that a late result may still find.

Plain data that goes to JSON and back, so that a run can be put aside and taken up elsewhere.

Knows ``values``. The rules are in ``assembler``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from .values import Failure, Usage

if TYPE_CHECKING:
    from .values import FinishReason, Json, Outcome, PartKind


@dataclass(slots=True)
class Block:
    """A part of text or reasoning. Its pieces are kept to compare with a completed block."""

    id: str
    kind: PartKind
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    held: str = ""
    """The first half of a surrogate pair, waiting for the second."""
    open: bool = True

    @property
    def text(self) -> str:
        """What came so far."""
        return "".join(self.pieces)


@dataclass(slots=True)
class Call:
    """A tool call. It gets its part (and so is shown) when its name is known."""

    run: str
    turn: int
    """Number of its turn in the run."""
    lane: str | None
    call_id: str | None
    name: str | None = None
    called: str | None = None
    """The model's own word for the tool, if the call was repaired: its source may use it again."""
    id: str | None = None
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    held: str = ""
    """As in ``Block``."""
    whole: bool = False
    """No more arguments will come, but it is not known yet what they are for."""
    final: bool = False
    """Its arguments are."""
    running: bool = False
    printed: int = 0
    """Characters of its output that are kept."""
    displayed: int = 0
    """How many displays of it are kept."""
    display_ids: list[str] = field(default_factory=list)
    """Names of those that have one: another with it takes its place, not one more."""
    asked: bool = False
    """A person is being asked."""
    hosted: bool = False
    """The provider runs it: the reply goes on after its result."""
    invalid: bool = False
    answered: bool = False
    ended: bool = False
    """It came to an end without a result; a late one still counts."""

    @property
    def text(self) -> str:
        """What came so far."""
        return "".join(self.pieces)

    def goes_by(self, name: str) -> bool:
        """Whether a source that says ``name`` may mean this call: it has no name yet, or has or had that one."""
        return self.name is None or name in (self.name, self.called)


@dataclass(slots=True)
class Early:
    """A result, or the question of an approval, that came before its call."""

    name: str | None
    lane: str | None
    result: Json = None
    outcome: Outcome = "ok"
    preliminary: bool = False
    question: str | None = None
    asks: bool = False
    editable: bool = False


@dataclass(slots=True)
class OpenTurn:
    """A turn of the run under way."""

    id: str
    number: int
    lane: str | None
    key: str | None
    agent: str | None = None
    model: str | None = None
    auxiliary: bool = False
    tools: list[str] | None = None
    """Names that were offered to the model, if the source says so."""
    attempt: int = 1
    parts: int = 0
    """How many were opened: numbers the next one, also after a retry."""
    current: Block | None = None
    """The open block without a key, which a further delta of its kind continues."""
    keyed: dict[str, Block] = field(default_factory=dict)
    """By kind and key."""
    texts: list[Block] = field(default_factory=list)
    """The blocks of text, in order."""
    calls: list[Call] = field(default_factory=list)
    calls_by_key: dict[str, Call] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    """Part ids of sources, files and data by their key."""
    reason: FinishReason | None = None
    usage: Usage | None = None
    spent: Usage | None = None
    """Tokens of the attempts before this one."""
    has_result: bool = False
    abandoned: bool = False
    closed: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing has happened in it."""
        return self.parts == 0 and not self.calls and self.reason is None

    @property
    def text(self) -> str:
        """What it has said."""
        return "".join(block.text for block in self.texts)


@dataclass(slots=True)
class Asked:
    """What is remembered of a request to a model, to tell the next one by: digests, in place of what was sent."""

    turn: str
    messages: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    """Of what else there is, by its name."""
    since: Asked | None = None
    """The one that it was told by; of that one, no further."""


@dataclass(slots=True)
class OpenLane:
    """One agent's path through the run, and where it stands."""

    id: str
    agent: str | None = None
    turn: OpenTurn | None = None
    said: str = ""
    """Text of its last turn that is over and had any."""


@dataclass(slots=True)
class OpenRun:
    """A run that waits, is under way, or has ended (then only late results and usage count)."""

    id: str
    started: bool = False
    lanes: dict[str | None, OpenLane] = field(default_factory=dict)
    """By the source's key; the main lane's is ``None``."""
    turns: list[OpenTurn] = field(default_factory=list)
    by_key: dict[str | None, dict[str, OpenTurn]] = field(default_factory=dict)
    """By the keys of lane and turn."""
    unanswered: list[Call] = field(default_factory=list)
    """Calls that are shown and have no result, in call order."""
    waiting: dict[str, Early] = field(default_factory=dict)
    """What came before its call, by call id."""
    strays: int = 0
    """How many came before their calls: numbers those without an id."""
    asked: int = 0
    """Characters of the requests to models that are kept."""
    failure: Failure | None = None
    """What the source reported; becomes the run's error when it ends."""
    notices: dict[tuple[str | None, str], tuple[int, str]] = field(default_factory=dict)
    """Count and message by turn id and code."""
    seen: dict[str, None] = field(default_factory=dict)
    """Ids of the latest events, oldest first."""


@dataclass(slots=True)
class Ledger:
    """One conversation's bookkeeping."""

    runs: dict[str, OpenRun] = field(default_factory=dict)
    active: OpenRun | None = None
    last: OpenRun | None = None
    calls: dict[str, list[Call]] = field(default_factory=dict)
    """By the source's id, which may repeat: those without an answer, and the latest."""
    parked: Call | None = None
    asked: dict[str, Asked] = field(default_factory=dict)
    """The last request of each agent in each lane, the latest at the end."""

    def dump(self) -> dict[str, Json]:
        """As JSON-safe data."""
        return _Dump().ledger(self)

    @staticmethod
    def load(data: dict[str, Json]) -> Ledger:
        """What ``dump`` gave. Raises ``KeyError`` or ``TypeError`` for anything else."""
        return _Load().ledger(data)


class _Dump:
    """Objects are numbered where they first appear and referred to by number after that."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.objects: list[Json] = []

    def ledger(self, ledger: Ledger) -> dict[str, Json]:
        root = self.value(ledger)
        return {"root": root, "objects": self.objects}

    def value(self, value: Any) -> Json:
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, list):
            return ["list", *(self.value(item) for item in cast("list[Any]", value))]
        if isinstance(value, tuple):
            return ["tuple", *(self.value(item) for item in cast("tuple[Any, ...]", value))]
        if isinstance(value, dict):
            items = cast("dict[Any, Any]", value).items()
            return ["dict", *([self.value(k), self.value(v)] for k, v in items)]
        return ["ref", self.reference(value)]

    def reference(self, value: Any) -> int:
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.objects)
            self.objects.append(None)  # its place, as it may refer to itself
            fields = [self.value(getattr(value, name)) for name in value.__slots__]
            self.objects[number] = [type(value).__name__, *fields]
        return number


_CLASSES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (Ledger, OpenRun, OpenLane, OpenTurn, Asked, Call, Block, Early, Usage, Failure)
}


class _Load:
    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.made: dict[int, Any] = {}

    def ledger(self, data: dict[str, Json]) -> Ledger:
        objects = data["objects"]
        assert isinstance(objects, list)
        self.objects = objects
        root = self.value(data["root"])
        if not isinstance(root, Ledger):
            raise TypeError("not the state of an assembler")
        return root

    def value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        tag, *items = cast("list[Any]", value)
        match tag:
            case "list":
                return [self.value(item) for item in items]
            case "tuple":
                return tuple(self.value(item) for item in items)
            case "dict":
                return {self.value(k): self.value(v) for k, v in items}
            case "ref":
                return self.object(items[0])
            case _:
                raise TypeError(f"not the state of an assembler: {tag!r}")

    def object(self, number: int) -> Any:
        if number not in self.made:
            name, *fields = self.objects[number]
            cls = _CLASSES[name]
            made = self.made[number] = object.__new__(cls)
            for slot, field_value in zip(cls.__slots__, fields, strict=True):
                object.__setattr__(made, slot, self.value(field_value))
        return self.made[number]
