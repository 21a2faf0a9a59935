"""Agents that speak AG-UI in this process: what ``ag_ui_langgraph``, ``ag_ui_adk`` and ``ag_ui_strands`` wrap.

They are driven as their server would, without the server: ``run`` takes a ``RunAgentInput`` and gives events, which are
read as those of a URL are. Knows ``remote``'s half of the protocol.
"""

from __future__ import annotations

from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..agent.errors import TruncatedStream
from .base import Adapter
from .description import Description
from .native import all_fixed, framework
from .remote.ag_ui_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from ..agent.providers.untyped import Object
    from ..events import Event
    from ..transcript import Transcript


class AGUIAgentAdapter(Adapter):
    """One thread of an agent. The options are those of ``AGUI``; stopping closes the agent's stream."""

    def __init__(
        self,
        agent: Any,
        *,
        thread_id: str | None = None,
        state: Any = None,
        forwarded_props: Mapping[str, Any] | None = None,
    ) -> None:
        self._agent = agent
        self._client = Client(thread_id, state, forwarded_props)
        self.name = f"AG-UI · {getattr(agent, 'name', None) or type(agent).__name__}"

    def describe(self) -> Description:
        """Its name; the protocol has no word for what is wrapped."""
        package = framework(type(self._agent).__module__.partition(".")[0].replace("_", "-"))
        why = f"{type(self._agent).__name__} shows AG-UI's events only; give turnwise the agent that it wraps"
        return Description(name=self.name, framework=package, fixed=all_fixed(why))

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent, and resume it with what a person said. ``TruncatedStream`` if it ends without a word."""
        self.approvals.clear()
        translator = self._client.translator()
        given = self._client.ask(prompt, history)
        while True:
            async with aclosing(self._run(given)) as items:
                async for item in items:
                    self._client.hear(item)
                    for event in translator.take(item):
                        yield event
            if not translator.ended:
                raise TruncatedStream(f"{self.name} stopped before it said that the run had ended")
            questions = translator.take_questions()
            if not questions:
                return
            given = self._client.answer(questions, await self.approvals.wait_all(questions))

    async def _run(self, given: Object) -> AsyncGenerator[Object, None]:
        """The events of one run of the agent's, as JSON."""
        native: Any = import_module("ag_ui.core").RunAgentInput
        async with aclosing(self._agent.run(native.model_validate(given))) as events:
            async for event in events:
                yield event.model_dump(mode="json", by_alias=True, exclude_none=True)
