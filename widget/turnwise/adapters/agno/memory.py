"""What a session of Agno's lacks of the conversation, put into it as runs that it has kept.

Knows how frameworks are told (``memory``). Agno's own modules are imported when there is something to tell.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isawaitable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..memory import names_of_calls

if TYPE_CHECKING:
    from collections.abc import Sequence


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

    async def tell(self, messages: Sequence[dict[str, Any]]) -> None:
        """Add messages in OpenAI's form, as a run for each prompt."""
        runs = [self._run(each) for each in _by_prompt(messages)]
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

    def _run(self, messages: list[Any]) -> Any:
        return self._made("run", f"{self._team}RunOutput")(
            run_id=str(uuid4()),
            session_id=self._id,
            user_id=self._user,
            input=self._made("run", f"{self._team}RunInput")(input_content=messages[0].content),
            content=messages[-1].content if len(messages) > 1 else None,
            messages=messages,
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


def _by_prompt(messages: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """As Agno's messages, in a list for each run."""
    native: Any = import_module("agno.models.message").Message
    names = names_of_calls(messages)
    runs: list[list[Any]] = []
    for message in messages:
        if message["role"] == "user":
            runs.append([])
        runs[-1].append(native(**message, tool_name=names.get(message.get("tool_call_id", ""))))
    return runs
