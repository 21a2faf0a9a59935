"""turnwise's own ``Agent`` as the source of a conversation. It keeps no memory: the transcript is its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from .base import Adapter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..agent import Agent
    from ..events import Event
    from ..transcript import Transcript


class BuiltinAdapter(Adapter):
    """Runs on turnwise's own loop, so that it streams on while a cell keeps the kernel busy."""

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.name = agent.provider.model

    def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """The agent's events as they are."""
        return self._agent.stream(prompt, history)
