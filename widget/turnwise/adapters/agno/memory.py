"""What a session of Agno's lacks of the conversation, put into it as runs that it has kept.

Agno's own modules are imported when there is something to tell.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isawaitable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..memory import Exchange


class Memory:
    """One session of an agent or a team that has a database."""

    def __init__(self, agent: Any, session_id: str, user_id: str | None) -> None:
        self._agent = agent
        self._id = session_id
        self._user = user_id
        self._team = "Team" if hasattr(agent, "members") else ""
        """What the names of a team's classes begin with."""

    async def prompts(self) -> list[str]:
        """Those of the runs that models are told of, oldest first."""
        session = await self._session()
        completed = import_module("agno.run.base").RunStatus.completed
        return [
            run.input.input_content_string()
            for run in (session and session.runs) or ()
            if run.parent_run_id is None and run.status == completed and run.input is not None
        ]

    async def tell(self, exchanges: Iterable[Exchange]) -> None:
        """Add these runs."""
        runs = [self._run(each) for each in exchanges]
        session = await self._session() or self._made("session", f"{self._team or 'Agent'}Session")(
            session_id=self._id, user_id=self._user, session_data={}, **self._owner()
        )
        for run in runs:
            session.upsert_run(run)
        await self._agent.asave_session(session)
        for run in runs:
            await self._keep(run, session.runs.index(run))

    async def _session(self) -> Any:
        return await self._agent.aget_session(session_id=self._id, user_id=self._user)

    def _run(self, exchange: Exchange) -> Any:
        return self._made("run", f"{self._team}RunOutput")(
            run_id=str(uuid4()),
            session_id=self._id,
            user_id=self._user,
            input=self._made("run", f"{self._team}RunInput")(input_content=exchange.prompt),
            content=exchange.replies[-1].text if exchange.replies else None,
            messages=_native(exchange),
            status=import_module("agno.run.base").RunStatus.completed,
            **self._owner(),
        )

    def _made(self, module: str, name: str) -> Any:
        """A class of an agent's, or of a team's."""
        return getattr(import_module(f"agno.{module}.{'team' if self._team else 'agent'}"), name)

    def _owner(self) -> dict[str, str]:
        self._agent.set_id()  # as a run does, for one that has none
        return {"team_id" if self._team else "agent_id": self._agent.id}

    async def _keep(self, run: Any, place: int) -> None:
        where = {"session_id": self._id, "user_id": self._user, "run_index": place}
        try:
            kept = self._agent.db.upsert_run(run=run, **where)
            if isawaitable(kept):
                await kept
        except NotImplementedError:
            pass  # a database that keeps runs with their session


def _native(exchange: Exchange) -> list[Any]:
    """A run as Agno's messages."""
    message: Any = import_module("agno.models.message").Message
    out: list[Any] = [message(role="user", content=exchange.prompt)]
    for reply in exchange.replies:
        calls: list[dict[str, Any]] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments_text},
            }
            for call in reply.calls
        ]
        out.append(message(role="assistant", content=reply.text or None, tool_calls=calls or None))
        out += [
            message(
                role="tool",
                tool_call_id=call.id,
                tool_name=call.name,
                content=call.answer.text,
                tool_call_error=call.answer.failed,
            )
            for call in reply.calls
        ]
    return out
