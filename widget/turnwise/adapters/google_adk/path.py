"""Where each agent of a run stands, and what of its turn has come in pieces. Knows ``events`` and ``values``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...events import Reasoning, Text
from .fields import get, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...events import Event, TurnFinish
    from ...values import Usage
    from .fields import Native


@dataclass(slots=True)
class Block:
    """Text or reasoning that has come in pieces."""

    key: str
    thought: bool
    pieces: list[str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A call that has come in pieces. A model that gives no ids gets another one for the whole call."""

    key: str
    name: str
    call_id: str | None


@dataclass(slots=True)
class Path:
    """One agent's way through the run: its lane, and where it stands in the turn."""

    author: str
    lane: str | None
    turn: str | None = None
    announced: bool = False
    """Its model calls are told by ``request``."""
    number: int = 0
    """Of its model calls, where they have no id."""
    finish: TurnFinish | None = None
    """Why the reply ended; held until no more of it can come."""
    finished: bool = False
    blocks: list[Block] = field(default_factory=list[Block])
    """What came in pieces since the last whole event, which repeats it."""
    calls: list[Piece] = field(default_factory=list["Piece"])
    """The calls that came in pieces since then."""
    streamed: Counter[str] = field(default_factory=Counter[str])
    """Other parts since then, by kind."""
    made: int = 0
    """Parts of the turn so far: numbers their keys."""
    usage: Usage | None = None
    results: list[str] = field(default_factory=list[str])
    """Results of code that the model itself has run, still to come: ids of the calls."""
    artifacts: dict[str, Any] = field(default_factory=dict[str, Any])
    """Saved by tools, for the next turn to show."""
    structured: bool = False
    """A structured answer was given: the text that follows repeats it."""

    def next_key(self) -> str:
        """For a further part of the turn."""
        self.made += 1
        return str(self.made)

    def end(self) -> list[Event]:
        """No more of the reply can come: what was held of its end."""
        held, self.finish = self.finish, None
        return [] if held is None else [held]

    def settle(self) -> None:
        """What came in pieces has come whole."""
        self.blocks.clear()
        self.calls.clear()
        self.streamed.clear()

    def whole(self, block: Block, turn: str) -> Event:
        """A block that no more will be added to."""
        kind = Reasoning if block.thought else Text
        return kind("".join(block.pieces), key=block.key, turn=turn, lane=self.lane)

    def corrected(self, whole: list[Block], turn: str, *, thought: bool) -> list[Event]:
        """The streamed blocks of one kind as the whole event has them: nothing, unless it differs."""
        streamed = [block for block in self.blocks if block.thought is thought]
        said = ["".join(block.pieces) for block in whole if block.thought is thought]
        if not said or "".join(said) == "".join(piece for block in streamed for piece in block.pieces):
            return []
        if len(said) != len(streamed):
            said = ["".join(said), *[""] * (len(streamed) - 1)]
        return [
            self.whole(Block(block.key, thought, [words]), turn)
            for block, words in zip(streamed, said, strict=True)
        ]


def joined(parts: Iterable[Native]) -> list[Native]:
    """``parts`` with neighbouring texts of one kind as one ``Block``; blank ones say nothing."""
    out: list[Native] = []
    for part in parts:
        said = text(part, "text")
        if said is None:
            out.append(part)
        elif said:
            thought = bool(get(part, "thought"))
            if out and isinstance(out[-1], Block) and out[-1].thought is thought:
                out[-1].pieces.append(said)
            else:
                out.append(Block("", thought, [said]))
    return out
