"""The memory of LlamaIndex's agents, and what it lacks of the conversation.

Knows how frameworks are told (``memory``). LlamaIndex's own modules are imported when there is something to tell.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..memory import heard, untold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...transcript import Transcript


class Memory:
    """What an agent or a workflow remembers: the user's own memory, or one as the framework makes it.

    A run puts the prompt into it at once and the rest at its end, or when it hands over; all of it in the order of the
    transcript. So it may have the first messages of a run that was broken off.
    """

    def __init__(self, agent: Any, own: Any) -> None:
        self._agents: list[Any] = [*agent.agents.values()] if hasattr(agent, "agents") else [agent]
        self._first: Any = agent.agents[agent.root_agent] if hasattr(agent, "agents") else agent
        self._native = own
        self._told: int | None = None
        """How many runs of the history are in it; ``None`` before that was looked at."""
        self._size = 0
        """Of the messages in it, those that tell of these runs."""

    async def told(self, history: Transcript) -> Any:
        """The memory, after it was told what it lacked of ``history``."""
        if self._native is None:
            buffer: Any = import_module("llama_index.core.memory").ChatMemoryBuffer
            self._native = buffer.from_defaults(llm=self._first.llm)
        held = await self._native.aget_all()
        if self._told is None:
            self._told = heard(history, (each.content or "" for each in held if each.role == "user"))
            self._size = len(held)
        missing = untold(history, self._told, "openai")[len(held) - self._size :]
        if missing:
            await self._native.aput_messages(self._messages(missing))
        self._told = len(history.runs)
        self._size = len(await self._native.aget_all())
        return self._native

    async def whole(self, history: Transcript) -> None:
        """The run after ``history`` has come to its end: there is no more to tell of it."""
        self._told = len(history.runs) + 1
        self._size = len(await self._native.aget_all())

    def _messages(self, messages: Sequence[dict[str, Any]]) -> list[Any]:
        """As LlamaIndex's. Agents that write their calls into the text know no others: they are told the texts."""
        calling = all(
            any(cls.__name__ == "FunctionAgent" for cls in type(each).__mro__) for each in self._agents
        )
        return [
            _native(message, calling)
            for message in messages
            if calling or (message["role"] != "tool" and message["content"])
        ]


def _native(message: dict[str, Any], calling: bool) -> Any:
    llms: Any = import_module("llama_index.core.base.llms.types")
    blocks: list[Any] = [llms.TextBlock(text=message["content"])] if message["content"] else []
    blocks += [
        llms.ToolCallBlock(
            tool_call_id=call["id"],
            tool_name=call["function"]["name"],
            tool_kwargs=json.loads(call["function"]["arguments"]),
        )
        for call in (calling and message.get("tool_calls")) or ()
    ]
    answers = {key: message[key] for key in ("tool_call_id",) if key in message}
    return llms.ChatMessage(role=message["role"], blocks=blocks, additional_kwargs=answers)
