"""What every adapter is: a source of events for one conversation.

Knows ``events`` and the transcript it may read as history. An adapter has two parts: ``stream``, the only I/O, and a
pure translator from native items to events, so that recordings test it without the framework.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..events import Event
    from ..transcript import Transcript


class Adapter(ABC):
    """One conversation with one agent.

    ``stream`` is called once per prompt, never twice at a time. It is closed (``aclose``) or its task cancelled when
    the run is stopped; it must then end promptly and leave nothing behind. What it raises becomes the run's error.
    """

    name: str
    """What the page calls the agent, for example ``"Pydantic AI · support_agent"``."""

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    """The loop that ``stream`` runs on: the kernel's (``main``), for objects that hold on to it, or turnwise's own
    thread (``own``), which keeps streaming while a cell blocks the kernel."""

    @abstractmethod
    def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent on ``prompt`` and yield what it says.

        ``history`` holds the finished runs before this one; agents that keep their own memory ignore it.
        """
