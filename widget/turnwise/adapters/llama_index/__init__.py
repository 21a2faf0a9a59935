"""Agents of LlamaIndex: ``FunctionAgent``, ``ReActAgent``, ``CodeActAgent`` and ``AgentWorkflow``.

A run is a workflow with a stream of events: ``AgentInput`` begins a model call and ``AgentOutput`` ends it. Usage and
finish reason are only in ``raw``, in the provider's own form. A tool that asks a person does it by an event of its own
(``InputRequiredEvent``), while it runs; there is no approval of calls beyond that.

What its events mean is in ``translate``. The framework is there when one of its agents is, and is imported only then;
its objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

from contextlib import aclosing
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..base import Adapter
from ..description import Description, ToolInfo
from ..native import all_fixed, framework, set_fields, settings_of
from .memory import Memory
from .translate import Translator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from typing_extensions import Self

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from ..description import Changeable


class LlamaIndexAdapter(Adapter):
    """One memory of an agent; ``options`` go to each ``run``, for example ``max_iterations`` or a ``memory``.

    Each run has a context of its own, with the memory and the state of the one before. What else is in a context
    belongs to its run: calls without results, for example, if it was stopped. What the memory lacks of such a run, and
    runs before a fork, are put into it before the next prompt, as the reader saw them.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    takes_history = True

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._memory = Memory(agent, options.pop("memory", None))
        self._kept: dict[str, Any] = {}
        self._options = options
        name = getattr(agent, "name", None) or getattr(agent, "root_agent", None)
        self.name = f"LlamaIndex · {name}" if name else "LlamaIndex"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent. Stopping cancels the run and waits until it has ended."""
        context: Any = import_module("llama_index.core.workflow").Context(self._agent)
        for key, value in self._kept.items():
            await context.store.set(key, value)
        translator = Translator()
        memory = await self._memory.told(history)
        run = self._agent.run(user_msg=prompt, ctx=context, memory=memory, **self._options)
        try:
            async with aclosing(run.stream_events()) as items:
                async for item in items:
                    for event in translator.feed(item):
                        yield event
                    if (question := translator.take_question()) is not None:
                        call_id, asked = question
                        answer = await self.approvals.wait(call_id)
                        run.ctx.send_event(answered(asked, answer))
            for event in translator.result(await run):
                yield event
            self._memory.whole(history)
        finally:
            if not run.is_done():
                await run.cancel_run()
            self._kept = {key: await run.ctx.store.get(key, default=None) for key in _KEPT}

    def describe(self) -> Description:
        """What an agent is made of; a workflow of agents has none of its own."""
        agent = self._agent
        package = framework("llama-index-core")
        if not hasattr(agent, "llm"):
            why = f"{type(agent).__name__} has none of its own; change the agents in it"
            return Description(name=self.name, framework=package, fixed=all_fixed(why))
        return Description(
            name=self.name,
            framework=package,
            system=agent.system_prompt,
            model=getattr(agent.llm, "model", None),
            settings=settings_of(agent.llm),
            tools=[_tool(each) for each in agent.tools or ()],
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        agent = copy(self._agent)
        for what, value in changes.items():
            match what:
                case "system":
                    agent.system_prompt = value
                case "model":
                    agent.llm = value
                case "settings":
                    agent.llm = copy(agent.llm)
                    set_fields(agent.llm, value, type(agent.llm).__name__)
                case "tools":
                    made: Any = import_module("llama_index.core.tools").FunctionTool.from_defaults
                    agent.tools = [each if hasattr(each, "metadata") else made(each) for each in value]
        return type(self)(agent, **self._options)


_KEPT = ("state", "current_agent_name")
"""What of a context outlives a run. The memory does too, but a new context does not take it."""


def _tool(tool: Any) -> ToolInfo:
    if not hasattr(tool, "metadata"):  # a plain function; the agent wraps it for a run
        tool = import_module("llama_index.core.tools").FunctionTool.from_defaults(tool)
    about = tool.metadata
    # The framework puts the signature on top of the docstring, for models to read.
    return ToolInfo(name=about.name, description=about.description, parameters=about.get_parameters_dict())


def answered(asked: Any, answer: ApprovalResponse) -> Any:
    """The event that a tool waits for: "yes" or "no", with what else the question had, by which it is known."""
    response = "yes" if answer.decision == "approved" else "no"
    if answer.reason:
        response = f"{response}: {answer.reason}"
    event: Any = import_module("llama_index.core.workflow").HumanResponseEvent
    known = {key: value for key, value in asked.model_dump().items() if key not in ("prefix", "response")}
    return event(response=response, **known)
