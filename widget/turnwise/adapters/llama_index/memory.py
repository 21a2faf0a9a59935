"""The memory of LlamaIndex's agents, and what it lacks of the conversation.

Knows how frameworks are told (``memory``). LlamaIndex's own modules are imported when there is something to tell.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..memory import heard, untold_exchanges

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...transcript import Transcript
    from ..memory import Exchange


class Memory:
    """What an agent or a workflow remembers: the user's own memory, or one as the framework makes it.

    A run puts the prompt into it at once and the rest at its end, or when it hands over, in the transcript's order. So
    it may have the first messages of a run that was broken off.
    """

    def __init__(self, agent: Any, own: Any) -> None:
        self._agents: list[Any] = [*agent.agents.values()] if hasattr(agent, "agents") else [agent]
        self._first: Any = agent.agents[agent.root_agent] if hasattr(agent, "agents") else agent
        self._native = own
        self._told: int | None = None
        """How many runs of the history are in it; ``None`` before that was looked at."""
        self._at_work = False
        """Whether the run after these has begun."""

    async def told(self, history: Transcript) -> Any:
        """The memory for a run after ``history``, with all that it lacked of it."""
        if self._native is None:
            buffer: Any = import_module("llama_index.core.memory").ChatMemoryBuffer
            self._native = buffer.from_defaults(llm=self._first.llm)
        is_known = self._told is not None and not self._at_work
        held = [] if is_known or not history.runs else await self._held()
        if self._told is None:
            self._told = heard(history, (each.content or "" for each in held if each.role == "user"))
        lacked = self._messages(untold_exchanges(history, self._told))
        if lacked and self._at_work:
            lacked = lacked[_kept(held, lacked[0].content) :]
        await self._native.aput_messages(lacked)
        self._told = len(history.runs)
        self._at_work = True
        return self._native

    def whole(self, history: Transcript) -> None:
        """The run after ``history`` has come to its end, and all of it is in the memory."""
        self._told = len(history.runs) + 1
        self._at_work = False

    async def _held(self) -> list[Any]:
        try:
            return [*await self._native.aget_all()]
        except ValueError:  # a memory that can only be searched
            return []

    def _messages(self, exchanges: Iterable[Exchange]) -> list[Any]:
        """As LlamaIndex's. Agents that write their calls into the text know no others: they are told the texts."""
        calling = all(
            any(cls.__name__ == "FunctionAgent" for cls in type(each).__mro__) for each in self._agents
        )
        types: Any = import_module("llama_index.core.base.llms.types")
        message = types.ChatMessage
        out: list[Any] = []
        for exchange in exchanges:
            out.append(message(role="user", content=exchange.prompt))
            for reply in exchange.replies:
                blocks: list[Any] = [types.TextBlock(text=reply.text)] if reply.text else []
                calls = reply.calls if calling else []
                blocks += [
                    types.ToolCallBlock(tool_call_id=call.id, tool_name=call.name, tool_kwargs=call.arguments)
                    for call in calls
                ]
                if blocks:
                    out.append(message(role="assistant", blocks=blocks))
                out += [
                    message(
                        role="tool", content=call.answer.text, additional_kwargs={"tool_call_id": call.id}
                    )
                    for call in calls
                ]
        return out


def _kept(held: Sequence[Any], prompt: str) -> int:
    """How many messages a memory has of its last run, which had this prompt."""
    found = (
        count
        for count, message in enumerate(reversed(held), 1)
        if message.role == "user" and message.content == prompt
    )
    return next(found, 0)
