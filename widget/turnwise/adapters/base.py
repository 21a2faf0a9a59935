"""What every adapter is: a source of events for one conversation.

Knows ``events`` and the transcript it may read as history. An adapter has two parts: ``stream``, the only I/O, and a
pure translator from native items to events, so that recordings test it without the framework.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .approvals import Approvals
from .description import Description

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from typing_extensions import Self

    from ..events import Event
    from ..transcript import Transcript
    from .description import Changeable


class Adapter(ABC):
    """One conversation with one agent.

    ``stream`` is called once per prompt, and again only when the one before has ended. It is closed (``aclose``) or its
    task cancelled when the run is stopped; it must then end promptly and leave nothing behind: after five seconds the
    next prompt goes ahead whether it has or not. What it raises becomes the run's error.
    """

    name: str
    """What the page calls the agent, for example ``"Pydantic AI · support_agent"``."""

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    """The loop that ``stream`` runs on: the kernel's (``main``), for objects that hold on to it, or turnwise's own
    thread (``own``), which keeps streaming while a cell blocks the kernel."""

    takes_history: bool = False
    """Whether ``stream`` goes on after whatever history it is given, as a fork of a conversation needs it; an agent
    that remembers only what it has lived through itself does not."""

    @abstractmethod
    def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent on ``prompt`` and yield what it says.

        ``history`` holds the finished runs before this one. An agent with a memory of its own is told what that lacks
        of them, if it can be told (``memory``).
        """

    @cached_property
    def approvals(self) -> Approvals:
        """Where ``stream`` waits for a person's word on a call.

        It goes on as the same run: it awaits the answer, resumes its framework with it, and yields what follows.
        """
        return Approvals()

    async def close(self) -> None:  # noqa: B027  # most have nothing to let go of
        """Let go of what outlives a run: a connection, a process. Called once, when the chat is closed."""

    def describe(self) -> Description:
        """What the source tells of the agent: system prompt, model, settings, tools, and what of it is ``fixed``."""
        why = "its adapter does not know how"
        return Description(name=self.name, fixed={"system": why, "model": why, "settings": why, "tools": why})

    def changed(
        self,
        *,
        system: str | None = None,
        model: Any = None,
        settings: Mapping[str, Any] | None = None,
        tools: Sequence[Any] | None = None,
    ) -> Self:
        """An adapter of a copy of the agent, with these changes and no conversation; the agent stays as it is.

        ``model`` and ``tools`` are what the framework takes; ``settings`` are merged into the agent's.
        Raises ``TypeError`` for what the framework does not allow; the message says why, as ``describe().fixed`` does.
        """
        wanted: dict[Changeable, Any] = {
            "system": system,
            "model": model,
            "settings": settings,
            "tools": tools,
        }
        wanted = {what: value for what, value in wanted.items() if value is not None}
        fixed = self.describe().fixed
        for what in wanted:
            if what in fixed:
                raise TypeError(f"the {what} of {self.name} cannot be changed: {fixed[what]}")
        return self._changed(wanted)

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        """A copy with these changes; all of them are ones that ``describe`` does not call fixed."""
        if changes:
            raise NotImplementedError(f"{type(self).__name__} says that {', '.join(changes)} can be changed")
        return self
