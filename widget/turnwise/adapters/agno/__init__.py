"""Agents and teams of Agno.

``arun(stream=True, stream_events=True)`` tells of all but the calls that never run: those of unknown tools, and those
with malformed arguments. They are read from the run's messages, a live list in the run's context. A run that waits for
a person ends with ``RunPaused``; ``acontinue_run`` goes on with it under the same id. Members of a team speak in the
same stream, each under a run id of its own.

What its events mean is in ``translate``. The framework is there when one of its agents is, and is imported only then;
its objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

from contextlib import aclosing
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast
from uuid import uuid4

from ..base import Adapter
from ..description import Description, ToolInfo
from ..memory import heard, untold_exchanges
from ..native import framework, set_fields, settings_of
from .memory import Memory
from .translate import Translator, call_ids, is_end, is_pause, open_requirements

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from typing_extensions import Self

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from ..description import Changeable


class AgnoAdapter(Adapter):
    """One session of an agent or a team; ``options`` go to each ``arun``, for example ``user_id`` or ``dependencies``.

    The history is the session's, in the agent's database and as long as the agent says (``num_history_runs``). Without
    a database the session is kept in memory, by a copy of the agent, so that the agent itself stays as it is. Agno
    leaves runs that were stopped or failed out of the history; they, and those before a fork, are added to it as the
    reader saw them before the next prompt.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    takes_history = True

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._session: str = options.pop("session_id", None) or agent.session_id or str(uuid4())
        self._options: dict[str, Any] = {"add_history_to_context": True, **options}
        self._db: Any = None
        self._told: int | None = None
        """How many runs of the history the session has; ``None`` before it was looked at."""
        self.name = f"Agno · {agent.name}" if agent.name else "Agno"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent, and go on with the run each time that a person has answered."""
        agent = self._remembering()
        await self._tell(agent, history)
        run_id = str(uuid4())
        translator = Translator(run_id)
        context: Any = import_module("agno.run").RunContext(run_id=run_id, session_id=self._session)
        how: dict[str, Any] = {"stream": True, "stream_events": True, "run_context": context}
        how |= {"run_id": run_id, "session_id": self._session}
        native = agent.arun(prompt, **how, **self._options)
        while native is not None:
            paused: Any = None
            async with aclosing(native) as items:
                async for item in items:
                    for event in translator.feed(item, context.messages or ()):
                        yield event
                    if is_pause(item, run_id):
                        paused = item
                    elif is_end(item, run_id):
                        self._told = len(history.runs) + 1
            native = None
            if paused is not None:
                answers = await self.approvals.wait_all(call_ids(paused))
                native = agent.acontinue_run(requirements=answered(paused, answers), **how)

    def _remembering(self) -> Any:
        """The agent, or a copy that keeps sessions in memory: anew for each run, as the agent may have changed."""
        if self._agent.db is not None:
            return self._agent
        if self._db is None:
            self._db = import_module("agno.db.in_memory").InMemoryDb()
        agent = copy(self._agent)
        agent.db = self._db
        return agent

    async def _tell(self, agent: Any, history: Transcript) -> None:
        """Add to the session what it lacks of the history."""
        memory = Memory(agent, self._session, self._options.get("user_id") or agent.user_id)
        if self._told is None:
            self._told = heard(history, await memory.prompts()) if history.runs else 0
        if missing := untold_exchanges(history, self._told):
            await memory.tell(missing)
        self._told = len(history.runs)

    def describe(self) -> Description:
        """What the agent is made of; Agno builds the system prompt that is sent from more than its instructions."""
        agent = self._agent
        model = agent.model
        return Description(
            name=self.name,
            framework=framework("agno"),
            system=_system(agent),
            model=getattr(model, "id", None),
            settings={} if model is None else settings_of(model),
            tools=_tools(agent.tools),
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        update: dict[str, Any] = {}
        for what, value in changes.items():
            match what:
                case "system":
                    update |= {"system_message": None, "description": None, "instructions": value}
                case "settings":
                    pass
                case _:
                    update[what] = value
        agent = self._agent.deep_copy(update={"session_id": None, **update})
        if "settings" in changes:
            agent.model = copy(agent.model)
            set_fields(agent.model, changes["settings"], type(agent.model).__name__)
        return type(self)(agent, **self._options)


def _system(agent: Any) -> str | None:
    if agent.system_message is not None:
        return agent.system_message if isinstance(agent.system_message, str) else None
    instructions: Any = agent.instructions
    if callable(instructions):
        return None
    lines: list[Any] = cast("list[Any]", instructions) if isinstance(instructions, list) else [instructions]
    return "\n".join(line for line in [agent.description, *lines] if line) or None


def _tools(tools: Any) -> list[ToolInfo] | None:
    """``None`` where a function makes them for each run."""
    if callable(tools):
        return None
    function: Any = import_module("agno.tools.function").Function
    found: list[ToolInfo] = []
    for tool in tools or ():
        if isinstance(tool, dict):
            schema = cast("dict[str, Any]", tool)
            found.append(_tool(schema.get("function", schema)))
        elif hasattr(tool, "functions"):  # a toolkit
            found += [_tool(_derived(each, function)) for each in tool.functions.values()]
        else:
            found.append(_tool(_derived(tool, function)))
    return found


def _derived(tool: Any, function: Any) -> Mapping[str, Any]:
    """The schema that Agno makes of a function; for one that was decorated, it is made before a run only."""
    if isinstance(tool, function):
        tool = tool.model_copy()
        if tool.entrypoint is not None and not tool.skip_entrypoint_processing:
            tool.process_entrypoint()
    else:
        tool = function.from_callable(tool)
    return tool.to_dict()


def _tool(schema: Mapping[str, Any]) -> ToolInfo:
    return ToolInfo(
        name=schema.get("name", ""),
        description=schema.get("description"),
        parameters=schema.get("parameters"),
    )


def answered(paused: Any, answers: Mapping[str, ApprovalResponse]) -> list[Any]:
    """The requirements, each with its answer; edited arguments are those that the tool runs with."""
    for each in open_requirements(paused):
        call = each.tool_execution
        answer = answers[call.tool_call_id]
        if answer.decision == "denied":
            each.reject(answer.reason)
            continue
        if answer.arguments is not None:
            call.tool_args = answer.arguments
        each.confirm()
    return list(paused.requirements)
