"""Google ADK, 1.x and 2.x: an agent, a workflow or another node, an ``App``, or a ``Runner`` with its session.

The runner's events are the source. A plugin, put into the runner beside those of its app, tells what they do not: when
a model is called, when a tool begins and returns (the events have the results of a turn together, when the last tool
is done), and what the agent inside an ``AgentTool`` says.

Knows ``events``, ``values`` and the framework's names. The framework is there when one of its agents is, and is
imported only then; its objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from uuid import uuid4

from ..base import Adapter
from ..description import Description, ToolInfo
from ..memory import heard
from ..native import framework
from ..relay import Relay
from .plugin import Listener, install
from .session import prompts, response, settle, tell
from .translate import CONFIRMATION, INPUT, Request, Translator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from typing_extensions import Self

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from ..description import Changeable


class GoogleADKAdapter(Adapter):
    """One session of one runner. The session keeps the conversation, as the framework does it.

    Runs that it has not heard of are appended to it, without what they changed of its state.

    ``user_id`` and ``session_id`` name a session that exists, or the one that is made; further ``options`` go to each
    ``run_async``, for example ``run_config``. An agent that comes without a runner gets one in memory.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    takes_history = True

    def __init__(
        self, agent: Any, *, user_id: str = "user", session_id: str | None = None, **options: Any
    ) -> None:
        self._runner = _runner(agent)
        self._owns_runner = self._runner is not agent
        self._user = user_id
        self._session_id = session_id or uuid4().hex
        self._options = options
        self._told = 0
        """How many runs of the history the session tells of."""
        self._question: Request | None = None
        """Asks for a text: the next prompt is the answer."""
        root = self._root
        self.name = f"Google ADK · {root.name}"
        install(self._runner)

    @property
    def _root(self) -> Any:
        return self._runner.agent

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent in its session. Stopping aborts the invocation and waits until the session is sealed."""
        session = await self._session() or await self._service.create_session(**self._names)
        told = heard(history, prompts(session), self._told)
        await tell(self._service, session, history, told, self._root)
        self._told = len(history.runs)
        run = _Run(self, self._session_id)
        async with aclosing(run.relay.run(run.drive(prompt), run.stop)) as events:
            async for event in events:
                yield event
        self._told += 1

    @property
    def _service(self) -> Any:
        return self._runner.session_service

    @property
    def _names(self) -> dict[str, str]:
        return {"app_name": self._runner.app_name, "user_id": self._user, "session_id": self._session_id}

    async def _session(self) -> Any:
        """The session as it is now; ``None`` if there is none."""
        return await self._service.get_session(**self._names)

    def message(self, prompt: str) -> Any:
        """What is sent to the agent for ``prompt``: the answer, if it has asked for input."""
        asked, self._question = self._question, None
        types = import_module("google.genai.types")
        part = (
            types.Part(text=prompt) if asked is None else response(asked.id, asked.name, {"result": prompt})
        )
        return types.Content(role="user", parts=[part])

    async def answers(self, requests: Sequence[Request], whole: dict[str, ApprovalResponse]) -> Any:
        """What a person says to the tool calls that wait, as a message; ``None`` if none does.

        ``whole`` gets the answers as they are: a message has no place for more than yes or no.
        """
        self._question = next((request for request in requests if request.name == INPUT), None)
        asked = {r.call_id: r for r in requests if r.name == CONFIRMATION and r.call_id is not None}
        if not asked:
            return None
        answers = await self.approvals.wait_all(asked)
        whole |= answers
        parts = [
            response(asked[call_id].id, asked[call_id].name, {"confirmed": answer.decision == "approved"})
            for call_id, answer in answers.items()
        ]
        return import_module("google.genai.types").Content(role="user", parts=parts)

    def run_async(self, message: Any, invocation_id: str | None, abort: asyncio.Event) -> Any:
        """The runner's events for one message. A resumable app goes on with the invocation that asked."""
        runner = self._runner
        options = dict(self._options)
        if "run_config" not in options:
            native = import_module("google.adk.agents.run_config")
            options["run_config"] = native.RunConfig(streaming_mode=native.StreamingMode.SSE)
        if self.aborts:
            options["abort_signal"] = abort
        resumability = getattr(runner, "resumability_config", None)
        if invocation_id is not None and getattr(resumability, "is_resumable", False):
            options["invocation_id"] = invocation_id
        return runner.run_async(
            user_id=self._user, session_id=self._session_id, new_message=message, **options
        )

    @property
    def aborts(self) -> bool:
        """Whether the framework can abort an invocation by itself (2.x)."""
        return "abort_signal" in inspect.signature(self._runner.run_async).parameters

    async def settle(self, text: str, author: str) -> None:
        """Leave the session fit to go on with, after a run that failed or was stopped; ``text`` was read of it."""
        await settle(self._service, await self._session(), text, author)

    def describe(self) -> Description:
        """The root agent's own words; a function as instruction, and tools of a toolset, are known only in a run."""
        root = self._root
        fixed: dict[Changeable, str] = {}
        if not hasattr(root, "canonical_tools"):
            why = f"{root.name} is a {type(root).__name__}, which calls no model itself; change the agents in it"
            fixed = {"system": why, "model": why, "settings": why, "tools": why}
        instruction: Any = getattr(root, "instruction", None)
        model: Any = getattr(root, "model", None)
        config: Any = getattr(root, "generate_content_config", None)
        settings: dict[str, Any] = (
            {} if config is None else config.model_dump(exclude_none=True, exclude=_NO_SETTINGS)
        )
        tools: list[Any] | None = getattr(root, "tools", None)
        return Description(
            name=self.name,
            framework=framework("google-adk"),
            system=instruction if isinstance(instruction, str) and instruction else None,
            model=model if isinstance(model, str) else getattr(model, "model", None),
            settings=settings,
            tools=None if tools is None else [info for tool in tools if (info := _tool(tool)) is not None],
            fixed=fixed,
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        """Around a clone of the root agent, in a session and a runner of its own that share the runner's services."""
        root = self._root
        update: dict[str, Any] = {}
        if "system" in changes:
            update["instruction"] = changes["system"]
        if "model" in changes:
            update["model"] = changes["model"]
        if "tools" in changes:
            update["tools"] = list(changes["tools"])
        if "settings" in changes:
            types = import_module("google.genai.types")
            before = root.generate_content_config or types.GenerateContentConfig()
            update["generate_content_config"] = types.GenerateContentConfig.model_validate(
                {**before.model_dump(exclude_none=True), **changes["settings"]}
            )
        runner = copy.copy(self._runner)
        runner.agent = root.clone(update=update) if hasattr(root, "clone") else root
        if getattr(runner, "app", None) is not None:
            runner.app = runner.app.model_copy(update={"root_agent": runner.agent})
        return type(self)(runner, user_id=self._user, **self._options)

    async def close(self) -> None:
        """Let go of the tools' connections, such as those of MCP servers; a runner that was given stays as it is."""
        if self._owns_runner:
            await self._runner.close()


class _Run:
    """One prompt, with the answers that it leads to."""

    def __init__(self, adapter: GoogleADKAdapter, session_id: str) -> None:
        self.relay = Relay()
        self._adapter = adapter
        self._session_id = session_id
        self._translator = Translator(editable=True)  # the plugin sees to it
        self._abort = asyncio.Event()
        self._author = ""
        self._at_work = False
        """The framework is; else a person is asked."""

    async def drive(self, prompt: str) -> None:
        """Run until nothing waits for an answer."""
        adapter, translator = self._adapter, self._translator
        message, invocation = adapter.message(prompt), None
        complete = False
        try:
            with Listener(self._session_id, translator, self.relay) as listener:
                while message is not None:
                    self._at_work = True
                    async with aclosing(adapter.run_async(message, invocation, self._abort)) as native:
                        async for event in native:
                            invocation = event.invocation_id
                            self._author = event.author
                            await self.relay.say(translator.feed(event))
                    await self.relay.say(translator.end())
                    self._at_work = False
                    asked, translator.requests = translator.requests, []
                    message = None if self._abort.is_set() else await adapter.answers(asked, listener.answers)
            complete = not self._abort.is_set()
        finally:
            if not complete and self._author:
                await adapter.settle("".join(translator.text), self._author)

    def stop(self) -> bool:
        """End the invocation the framework's own way, if it has one and is at work."""
        self._abort.set()
        return self._adapter.aborts and self._at_work


def _runner(agent: Any) -> Any:
    """The runner itself, or one in memory for what it can run."""
    kinds = {cls.__name__ for cls in type(agent).__mro__}
    if "Runner" in kinds:
        return agent
    make = import_module("google.adk.runners").InMemoryRunner
    if "App" in kinds:
        return make(app=agent)
    return make(app_name="turnwise", **{"agent" if "BaseAgent" in kinds else "node": agent})


_NO_SETTINGS = {"system_instruction", "tools", "http_options", "response_schema", "response_json_schema"}
"""Fields of the model's configuration that are described elsewhere, or hold keys."""


def _tool(tool: Any) -> ToolInfo | None:
    """``None`` for a toolset: which tools it has, only its server knows."""
    native: Any = tool
    if inspect.isroutine(tool):
        native = import_module("google.adk.tools.function_tool").FunctionTool(tool)
    if not hasattr(native, "run_async"):
        return None
    declaration: Any = native._get_declaration()
    parameters: Any = getattr(declaration, "parameters_json_schema", None)
    schema: Any = getattr(declaration, "parameters", None)
    if parameters is None and schema is not None:
        parameters = schema.model_dump(mode="json", exclude_none=True)
    return ToolInfo(name=native.name, description=native.description or None, parameters=parameters)
