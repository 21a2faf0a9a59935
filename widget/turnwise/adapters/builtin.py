"""turnwise's own ``Agent`` as the source of a conversation. It keeps no memory: the transcript is its history."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .base import Adapter
from .description import Description, ToolInfo

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from typing_extensions import Self

    from ..agent import Agent
    from ..events import Event
    from ..transcript import Transcript
    from .description import Changeable


class BuiltinAdapter(Adapter):
    """Runs on turnwise's own loop, so that it streams on while a cell keeps the kernel busy."""

    runs_on: ClassVar[Literal["main", "own"]] = "own"
    takes_history = True

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.name = agent.provider.model

    def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """The agent's events as they are."""
        return self._agent.stream(prompt, history, approvals=self.approvals)

    def describe(self) -> Description:
        """All of it, and all of it can be changed: a model is ``"provider:model"``, tools are functions."""
        agent = self._agent
        return Description(
            name=self.name,
            framework=f"turnwise {version('turnwise')}",
            system=agent.system,
            model=agent.provider.model,
            settings=dict(agent.settings),
            tools=[
                ToolInfo(name=tool.name, description=tool.description or None, parameters=tool.parameters)
                for tool in agent.tools.values()
            ],
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        return type(self)(self._agent.changed(**changes))
