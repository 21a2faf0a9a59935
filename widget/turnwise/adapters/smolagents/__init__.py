"""Agents of smolagents: sync generators, run in a thread.

What the framework prints of its runs is silenced (``quiet``); what an agent says is told by ``translate``.

Knows ``events`` and the transcript. The framework is there when one of its agents is, and is imported only then; its
objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

from contextlib import aclosing, closing, contextmanager
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..base import Adapter
from ..callables import SyncCallable
from ..description import Description, ToolInfo
from ..native import framework, settings_of
from .quiet import quiet
from .translate import ANSWER, Translator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator, Mapping

    from typing_extensions import Self

    from ...events import Event
    from ...runs import Run
    from ...transcript import Transcript
    from ..description import Changeable


class SmolagentsAdapter(Adapter):
    """One conversation with an agent; ``options`` go to each ``agent.run``, for example ``max_steps``.

    The history is the agent's own memory. Stopping ends the run at once, and its thread at the model's next piece. One
    that is blocked in a tool Python cannot interrupt: it is left to finish, what it still says is not heard, and the
    next prompt goes to a copy of the agent that has the same memory.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "own"
    takes_history = True

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._options = options
        self._last: _Work | None = None
        self._told = 0
        """How many runs of the history the agent's memory tells of."""
        self.name = f"smolagents · {agent.name or type(agent).__name__}"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent in a thread of its own; if it is stopped between two pieces, it is told at once."""
        if self._last is not None and not self._last.ended:
            self._agent = self._last.left_alone()
        work = self._last = _Work(self._agent, self._options, history.runs[self._told :])
        self._told = len(history.runs) + 1
        try:
            async with aclosing(SyncCallable(work.run).stream(prompt, history)) as events:
                async for event in events:
                    yield event
        finally:
            work.agent.interrupt()  # a run that has ended does not mind: the next one begins by taking it back

    def describe(self) -> Description:
        """What the model is told, with the framework's own prompt around the agent's instructions."""
        agent = self._agent
        schema = import_module("smolagents.models").get_tool_json_schema
        told = [schema(tool)["function"] for tool in agent.tools.values()]
        return Description(
            name=self.name,
            framework=framework("smolagents"),
            system=agent.system_prompt,
            model=getattr(agent.model, "model_id", None),
            settings=settings_of(getattr(agent.model, "kwargs", {})),
            tools=[
                ToolInfo(name=each["name"], description=each["description"], parameters=each["parameters"])
                for each in told
            ],
            fixed={}
            if hasattr(agent.model, "kwargs")
            else {"settings": f"a {type(agent.model).__name__} does not tell them"},
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        agent = _copy(self._agent)
        for what, value in changes.items():
            match what:
                case "system":
                    template = f"{{% raw %}}{value}{{% endraw %}}"  # braces in it are text
                    agent.prompt_templates = {**agent.prompt_templates, "system_prompt": template}
                case "model":
                    agent.model = value
                case "settings":
                    agent.model = copy(agent.model)
                    agent.model.kwargs = {**agent.model.kwargs, **value}
                case "tools":
                    answer = agent.tools[ANSWER]
                    agent.tools = {tool.name: tool for tool in [*value, answer]}
        return type(self)(agent, **self._options)


class _Work:
    """What the thread of one run does."""

    def __init__(self, agent: Any, options: Mapping[str, Any], untold: list[Run]) -> None:
        self.agent = agent
        self.ended = False
        self._options = options
        self._untold = untold
        self._translator = Translator()

    def run(self, prompt: str) -> Iterator[Event]:
        """The agent's run, after those that it never heard of are in its memory."""
        agent, translator = self.agent, self._translator
        try:
            with quiet(agent):
                for run in self._untold:
                    _tell(agent.memory, run)
                try:
                    with _closing(agent.run(prompt, stream=True, reset=False, **self._options)) as items:
                        for item in items:
                            yield from translator.feed(item)
                            called: str = getattr(getattr(item, "tool_call", None), "name", "")
                            if called in agent.managed_agents:
                                managed = agent.managed_agents[called]
                                yield from translator.inside(item.id, called, managed.memory.steps)
                finally:
                    _keep(agent.memory, translator.text)
        finally:
            self.ended = True

    def left_alone(self) -> Any:
        """A copy of the agent to go on with, while the thread cannot be stopped; it remembers what was read so far."""
        twin = _copy(self.agent)
        twin.memory.steps = [*self.agent.memory.steps]
        if hasattr(twin, "python_executor"):
            twin.python_executor.send_variables(getattr(self.agent.python_executor, "state", {}))
        if self._translator.text:
            twin.memory.steps.append(_said(self._translator.text))
        return twin


def _copy(agent: Any) -> Any:
    """An agent like this one, and like those in its tools, with no conversation."""
    twin = copy(agent)
    twin.managed_agents = {name: _copy(each) for name, each in agent.managed_agents.items()}
    twin.memory = type(agent.memory)(agent.system_prompt)
    twin.state = dict(agent.state)
    if hasattr(twin, "create_python_executor"):
        twin.python_executor = twin.create_python_executor()
    return twin


@contextmanager
def _closing(items: Any) -> Generator[Any]:
    """The agent's generator, which yields its last step while it is being closed."""
    try:
        with closing(items):
            yield items
    except RuntimeError as error:
        if "ignored GeneratorExit" not in str(error):
            raise


def _tell(memory: Any, run: Run) -> None:
    """A run of which the agent never heard becomes a step of its memory."""
    memory.steps.append(import_module("smolagents.memory").TaskStep(task=run.prompt))
    memory.steps.append(_said(run.final_text, run.started or 0.0, run.ended))


def _said(text: str, started: float = 0.0, ended: float | None = None) -> Any:
    """A step of an agent's memory that is nothing but a text."""
    timing = import_module("smolagents.monitoring").Timing(started, ended)
    return import_module("smolagents.memory").ActionStep(step_number=1, timing=timing, model_output=text)


def _keep(memory: Any, text: str) -> None:
    """What the model said before it was broken off stays in the agent's memory, as the reader saw it."""
    step = memory.steps[-1] if memory.steps else None
    if text and step is not None and getattr(step, "model_output", "") is None:
        step.model_output = text
