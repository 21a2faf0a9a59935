"""What a model's provider is to the agent: messages in, events out, for one model call at a time.

Knows ``events``, ``transcript`` and ``export``. A provider has two parts, like an adapter: ``stream`` does the I/O,
and a pure translator makes events of what came, so that recordings test it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ...events import ModelRequest
from ...export import openai_chat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from ...events import Event
    from ...runs import Turn
    from ...transcript import Transcript
    from ..tools import Tool


class Provider(ABC):
    """One model of one provider. It keeps no conversation: every call gets all of it."""

    model: str
    """The model's name, as the provider spells it and the page shows it."""

    def messages(self, transcript: Transcript, system: str | None) -> list[dict[str, Any]]:
        """The conversation in the provider's own form; OpenAI's chat messages unless overridden."""
        return openai_chat.messages(transcript, system=system)

    def offered(self, tools: Sequence[Tool], settings: Mapping[str, Any]) -> list[str]:
        """Names of the tools that the model may call in a request with these settings; a call to another is invalid.

        All of them, unless overridden for what the provider's own settings rule out.
        """
        return [tool.name for tool in tools]

    def goes_on(self, turn: Turn) -> bool:
        """Whether the model has to be called again after ``turn``, which called no tool; never, unless overridden."""
        return False

    def told(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> ModelRequest:
        """What ``stream`` sends, for the reader; here what it is given, where there is no wire."""
        return ModelRequest(
            messages,
            tools=[declared(tool) for tool in tools],
            settings=settings,
            model=self.model,
        )

    @abstractmethod
    def stream(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> AsyncGenerator[Event, None]:
        """Make one model call and yield its reply.

        Text, reasoning, pieces of calls (each with a ``key`` of its call), usage, and a ``TurnFinish``. An ``Error``
        event ends the reply. Closing the generator closes the connection at once.

        Raises:
            ProviderError: The reply could not be had, or not to its end (``TruncatedStream``).
        """


def declared(tool: Tool, parameters: str = "parameters") -> dict[str, Any]:
    """A tool as a request tells of it, its schema under the wire's own name for it."""
    description = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, **description, parameters: tool.parameters}


def functions(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """The tools as OpenAI's chat completions, and those who took the form over, want them declared."""
    return [{"type": "function", "function": declared(tool)} for tool in tools]
