"""What a translator of AG-UI remembers of a run: lanes, calls, and what the server waits for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ...agent.providers.untyped import Object


@dataclass(eq=False, slots=True)
class Interrupt:
    """Something that the server waits for, and the calls that wait with it."""

    id: str | None = None
    """For ``resume``; older servers of LangGraph give none, and are answered by way of ``forwardedProps``."""
    tool: str | None = None
    """The call that a tool message answers."""
    actions: list[Object] = field(default_factory=list[Object])
    """LangGraph's: what it asks of each of ``calls``."""
    calls: list[str] = field(default_factory=list[str])


@dataclass(eq=False, slots=True)
class Call:
    """A tool call of a turn."""

    name: str
    lane: str | None
    turn: str
    pieces: list[str] = field(default_factory=list[str])
    returned: bool = False
    """Its result was an event, which a resumed run may repeat."""
    open: bool = True
    """It has no result yet, and nobody was asked about it."""

    @property
    def arguments(self) -> Any:
        """Those that were said; ``None`` as long as they are no JSON."""
        try:
            return json.loads("".join(self.pieces))
        except ValueError:
            return None


@dataclass(eq=False, slots=True)
class Lane:
    """The main agent, or a subagent, and its current turn."""

    turns: int = 0
    armed: bool = True
    bare: bool = False
    """The current turn has nothing that a model said."""
    reasoning: str = ""
    """Of the current turn, as ADK's producer repeats it."""
    spoke: bool = False
    """The current turn has a text or a call."""
