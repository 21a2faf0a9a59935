"""The session of an agent of agent-framework, and what it lacks of the conversation.

Knows how frameworks are told (``memory``). The framework's own modules are imported when a run begins.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from ..memory import heard, untold_exchanges

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from ...transcript import Transcript
    from ..memory import Exchange


class Memory:
    """One ``session``: the user's own, or a new one. ``tells``: whether it is told of what it lacks.

    The agent adds to it what it was told and what it said when a run has come to its end, or asks a person. A run that
    is broken off after a question is taken out again; a provider that keeps messages elsewhere has its first part.
    """

    def __init__(self, agent: Any, session: Any, *, tells: bool) -> None:
        self.session = session
        self._agent = agent
        self._tells = tells
        self._told: int | None = None
        """How many runs of the history are in the session; ``None`` before it was looked at."""

    @asynccontextmanager
    async def run(self, history: Transcript) -> AsyncGenerator[list[Any]]:
        """While the prompt after ``history`` is at work: the messages that go before it."""
        if self.session is None:
            self.session = self._agent.create_session()
        if not self._tells:
            yield []
            return
        held = await self._held()
        service: Any = self.session.service_session_id
        state = {
            name: {**cast("dict[str, Any]", kept)} if isinstance(kept, dict) else kept
            for name, kept in self.session.state.items()
        }
        if self._told is None:  # what a service keeps cannot be looked at
            prompts = [message.text for message in held if message.role == "user"]
            self._told = len(history.runs) if service else heard(history, prompts)
        whole = False
        try:
            yield _native(untold_exchanges(history, self._told))
            whole = True
        finally:
            if not whole:
                self.session.service_session_id = service
                self.session.state.clear()
                self.session.state.update(state)
            if whole or len(await self._held()) > len(held):
                self._told = len(history.runs) + 1

    async def _held(self) -> list[Any]:
        """The session's messages, as the agent's providers keep them."""
        package: Any = import_module("agent_framework")
        providers = [
            each
            for each in self._agent.context_providers
            if isinstance(each, package.HistoryProvider) and each.load_messages
        ]
        held: list[Any] = []
        for each in providers or [package.InMemoryHistoryProvider()]:  # what an agent without one is given
            state = self.session.state.setdefault(each.source_id, {})
            held += await each.get_messages(self.session.session_id, state=state)
        return held


def _native(exchanges: Iterable[Exchange]) -> list[Any]:
    """Runs as the framework's messages."""
    package: Any = import_module("agent_framework")
    message, content = package.Message, package.Content
    out: list[Any] = []
    for exchange in exchanges:
        out.append(message("user", [exchange.prompt]))
        for reply in exchange.replies:
            calls = [
                content.from_function_call(each.id, each.name, arguments=each.arguments_text)
                for each in reply.calls
            ]
            results = [content.from_function_result(each.id, result=each.answer.text) for each in reply.calls]
            out.append(message("assistant", [*([reply.text] if reply.text else []), *calls]))
            if results:
                out.append(message("tool", results))
    return out
