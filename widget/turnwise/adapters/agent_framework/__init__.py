"""Agents of Microsoft's agent-framework, and workflows that are wrapped as agents.

``agent.run(stream=True)`` gives updates, each with contents; a new ``response_id`` is a new model call. A run that
needs a person's word ends with ``function_approval_request`` contents; the answers are the next run's messages, and it
goes on where the other stopped. Other arguments than the model's get into a call by a middleware, the framework's place
for it. An agent that is the tool of another is not streamed.

What its updates mean is in ``translate``. The framework is there when one of its agents is, and is imported only then;
its objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

import inspect
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from ... import events as e
from ..base import Adapter
from ..description import Description, ToolInfo
from ..native import all_fixed, framework, settings_of
from .memory import Memory
from .translate import Translator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

    from typing_extensions import Self

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from ..description import Changeable


class AgentFrameworkAdapter(Adapter):
    """One session of an agent; ``options`` go to each ``run``, for example ``options={"temperature": 0}``.

    The session keeps the history as the agent's providers say. A run that is stopped or fails is not kept in it: it is
    told with the next prompt, as the reader saw it, and so are runs before a fork. A workflow is told of neither, since
    its agents have sessions of their own.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self.takes_history = hasattr(agent, "default_options")
        self._memory = Memory(agent, options.pop("session", None), tells=self.takes_history)
        self._options = options
        self.name = f"Agent Framework · {agent.name}" if agent.name else "Agent Framework"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent, and go on with each set of answers. Stopping closes the stream."""
        heard = _Answers()
        editable = "middleware" in inspect.signature(self._agent.run).parameters  # not of a workflow
        options = heard.among(self._options) if editable else self._options
        translator = Translator(editable=editable, agreed=heard.agreed)
        try:
            async with self._memory.run(history) as missing:
                said: Any = [*missing, prompt]
                while said is not None:
                    run = self._agent.run(said, stream=True, session=self._memory.session, **options)
                    async with run as updates:
                        async for update in updates:
                            for event in translator.feed(update):
                                yield event
                        for event in translator.result(await updates.get_final_response()):
                            yield event
                    said = None
                    if requests := translator.take_requests():
                        known = {call_id: _YES for call_id, asked in requests.items() if heard.agreed(asked)}
                        answers = known | await self.approvals.wait_all(requests.keys() - known)
                        heard.take(answers)
                        message: Any = import_module("agent_framework").Message
                        said = message("user", answered(requests, answers))
        except Exception as error:
            if (reported := _error(error)) is not None:
                yield reported
            raise

    def describe(self) -> Description:
        """What the agent's default options say; a workflow has none of its own."""
        package = framework("agent-framework-core")
        options: dict[str, Any] | None = getattr(self._agent, "default_options", None)
        if options is None:
            why = f"{type(self._agent).__name__} has no options of its own; change the agents in it"
            return Description(name=self.name, framework=package, fixed=all_fixed(why))
        return Description(
            name=self.name,
            framework=package,
            system=options.get("instructions"),
            model=options.get("model"),
            settings=settings_of({name: value for name, value in options.items() if name != "tool_choice"}),
            tools=[_tool(each) for each in options.get("tools") or ()],
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        agent = copy(self._agent)
        agent.context_providers = [*agent.context_providers]  # a run adds one where there is none
        options = agent.default_options = dict(agent.default_options)
        for what, value in changes.items():
            match what:
                case "system":
                    options["instructions"] = value
                case "tools":
                    options["tools"] = import_module("agent_framework").normalize_tools(value)
                case "settings":
                    options |= value
                case "model":
                    options["model"] = value
        return type(self)(agent, **self._options)


def _tool(tool: Any) -> ToolInfo:
    if isinstance(tool, dict):  # one that the provider runs
        hosted = cast("dict[str, Any]", tool)
        return ToolInfo(name=str(hosted.get("name") or hosted.get("type")))
    return ToolInfo(name=tool.name, description=tool.description or None, parameters=tool.parameters())


def _error(error: Exception) -> e.Error | None:
    """The framework's exceptions carry their cause as a second argument, and print as a tuple then."""
    if len(error.args) > 1 and isinstance(error.args[0], str):
        return e.Error(error.args[0], kind=type(error).__name__)
    return None


_YES = e.ApprovalResponse("approved")


class _Answers:
    """What a person has said beside yes and no, on its way to where the framework has no place for it, in one run.

    Other arguments: a middleware puts them into the call. The framework then asks once more, about the call as it is
    now, which was answered. The reason of a no: another one adds it to the call's result, before the model is asked.
    """

    def __init__(self) -> None:
        self._new: dict[str, Any] = {}
        self._made: dict[str, Any] = {}
        self._reasons: dict[str, str] = {}

    def take(self, answers: Mapping[str, ApprovalResponse]) -> None:
        """Remember what calls are to run with, and why they are not to."""
        for call_id, said in answers.items():
            if said.decision == "denied" and said.reason:
                self._reasons[call_id] = said.reason
            elif said.arguments is not None:
                self._new[call_id] = said.arguments

    def agreed(self, request: Any) -> bool:
        """Whether a person has approved just this call: it has the arguments that they wrote."""
        call = request.function_call
        return call.call_id in self._made and self._made[call.call_id] == call.parse_arguments()

    def among(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """``options`` of a run, with the middleware before that of the user, which is to see what will run."""
        native: Any = import_module("agent_framework")
        given: Any = options.get("middleware") or ()
        others = cast("Sequence[Any]", given if isinstance(given, (list, tuple)) else [given])

        async def edit(context: Any, call_next: Callable[[], Awaitable[None]]) -> None:
            call_id: str = context.metadata.get("call_id", "")
            if call_id in self._new:
                self._made[call_id] = context.arguments = self._new.pop(call_id)
            await call_next()

        async def explain(context: Any, call_next: Callable[[], Awaitable[None]]) -> None:
            for content in (content for message in context.messages for content in message.contents):
                if content.type == "function_result" and content.call_id in self._reasons:
                    text = f"{content.result} {self._reasons.pop(content.call_id)}"
                    told = native.Content.from_function_result(content.call_id, result=text)
                    content.result, content.items = told.result, told.items
            await call_next()

        own = [native.function_middleware(edit), native.chat_middleware(explain)]
        return {**options, "middleware": [*own, *others]}


def answered(requests: Mapping[str, Any], answers: Mapping[str, ApprovalResponse]) -> list[Any]:
    """The contents of the message that answers: yes or no. There is no place for more in them."""
    return [
        request.to_function_approval_response(answers[call_id].decision == "approved")
        for call_id, request in requests.items()
    ]
