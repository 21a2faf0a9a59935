"""Strands: an agent, or a graph or swarm of agents.

``stream_async`` is the source. Hooks tell when each tool begins and returns: the stream has the results of a turn
together, when the last tool is done.

Knows ``events``, ``values`` and the framework's names. The framework is there when one of its agents is, and is
imported only then; its objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

import copy
import threading
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from ..base import Adapter
from ..description import Description, ToolInfo
from ..memory import heard
from ..native import all_fixed, framework
from ..relay import Relay
from . import hooks
from .messages import end, missing, prompts
from .translate import Translator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping

    from typing_extensions import Self

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from ..description import Changeable

    Respond: TypeAlias = Callable[[Any, ApprovalResponse], Any]

_SESSION = "the agent has a session manager, which would keep the copy's conversation as its own"


def respond(interrupt: Any, answer: ApprovalResponse) -> str:
    """What an interrupt gets for a person's word: ``"y"`` or ``"n"``, as Strands' own handlers have it.

    A reason is said too; whatever it is, it does not read like an approval.
    """
    if answer.decision == "approved":
        return "y"
    return f"n: {answer.reason}" if answer.reason else "n"


class StrandsAdapter(Adapter):
    """One conversation with one agent, graph or swarm; ``options`` go to each ``stream_async``.

    ``respond`` makes the response to an interrupt from the interrupt and what the person said, for agents that wait
    for another word than ``"y"``. The history is the agent's own ``messages``; runs that they lack are told with the
    next prompt, and so get to the agent's hooks and session. A graph or a swarm cannot be told: it has no messages,
    only its agents have. Nothing is printed while it runs.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    def __init__(self, agent: Any, *, respond: Respond = respond, **options: Any) -> None:
        self.agent = agent
        self.options = options
        self.takes_history = _is_agent(agent)
        self._told = 0
        """How many runs of the history the agent's messages tell of."""
        self._respond = respond
        self.name = f"Strands · {_name(agent)}"
        for each in _agents(agent):
            hooks.install(each)

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent. Stopping cancels it at once, and leaves its messages as the reader saw them."""
        run = _Run(self)
        async with aclosing(run.relay.run(run.drive(self._said(prompt, history)), run.stop)) as events:
            async for event in events:
                yield event
        self._told = len(history.runs) + 1

    def _said(self, prompt: str, history: Transcript) -> Any:
        """The prompt, after the runs that the agent has not heard of: it takes messages, too."""
        if not self.takes_history:
            return prompt
        self._told = heard(history, prompts(self.agent.messages), self._told)
        untold = missing(history, self._told)
        return [*untold, {"role": "user", "content": [{"text": prompt}]}] if untold else prompt

    async def answers(
        self, interrupts: list[Any], asked: Mapping[str, str], edits: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """What the person says to each, when the last is answered; ``edits`` gets the arguments that were changed."""
        answers = await self.approvals.wait_all({asked[interrupt.id] for interrupt in interrupts})
        edits |= {id: answer.arguments for id, answer in answers.items() if answer.arguments is not None}
        return [
            {
                "interruptResponse": {
                    "interruptId": interrupt.id,
                    "response": self._respond(interrupt, answers[asked[interrupt.id]]),
                }
            }
            for interrupt in interrupts
        ]

    def describe(self) -> Description:
        """An agent's own words; a graph or a swarm has none, but its agents have."""
        agent = self.agent
        if not _is_agent(agent):
            why = f"a {type(agent).__name__} has none of its own; make one of changed agents"
            return Description(name=self.name, framework=framework("strands-agents"), fixed=all_fixed(why))
        config = dict(agent.model.get_config())
        model: Any = config.pop("model_id", None)
        return Description(
            name=self.name,
            framework=framework("strands-agents"),
            system=agent.system_prompt,
            model=model,
            settings={name: value for name, value in config.items() if value is not None},
            tools=[
                ToolInfo(
                    name=name,
                    description=spec.get("description"),
                    parameters=spec.get("inputSchema", {}).get("json"),
                )
                for name, spec in agent.tool_registry.get_all_tools_config().items()
            ],
            fixed={} if getattr(agent, "_session_manager", None) is None else all_fixed(_SESSION),
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        """Around a copy that shares the agent's hooks and plugins, so that what they forbid stays forbidden."""
        if getattr(self.agent, "_session_manager", None) is not None:
            raise TypeError(f"{self.name} cannot be copied: {_SESSION}")
        agent = _copy(self.agent)
        if "system" in changes:
            agent.system_prompt = changes["system"]
        model = changes.get("model")
        if model is not None and not isinstance(model, str):
            agent.model = model
        if isinstance(model, str) or "settings" in changes:
            agent.model = _configured(agent.model, model, changes.get("settings") or {})
        if "tools" in changes:
            agent.tool_registry = type(agent.tool_registry)()
            agent.tool_registry.process_tools(list(changes["tools"]))
        return type(self)(agent, respond=self._respond, **self.options)


class _Run:
    """One prompt, with the answers that it leads to."""

    def __init__(self, adapter: StrandsAdapter) -> None:
        self.relay = Relay()
        self._adapter = adapter
        self._translator = Translator(adapter.agent)
        self._at_work = False
        """The agent is; else a person is asked."""

    async def drive(self, said: Any) -> None:
        """Say something to the agent, and go on until nothing waits for an answer."""
        agent = self._adapter.agent
        complete = False
        try:
            edits: dict[str, Any] = {}
            with _quiet(agent), hooks.hear(hooks.Listener(self._translator, self.relay, edits)):
                while said is not None:
                    interrupts = await self._stream(said)
                    asked = self._translator.asked
                    said = await self._adapter.answers(interrupts, asked, edits) if interrupts else None
            complete = True
        finally:
            if not complete:
                main = self._translator.main
                _settle(agent, "" if main.accepted else "".join(main.said))

    async def _stream(self, said: Any) -> list[Any]:
        """Say something to the agent, and pass on what it says; the questions that it ends with."""
        agent, translator = self._adapter.agent, self._translator
        interrupts: list[Any] = []
        self._at_work = True
        try:
            async with aclosing(agent.stream_async(said, **self._adapter.options)) as native:
                async for item in native:
                    interrupts = getattr(item.get("result"), "interrupts", None) or interrupts
                    await self.relay.say(translator.feed(item))
        except Exception as error:
            # Text that was cut off is an answer, and is shown as one that was cut off.
            if type(error).__name__ == "MaxTokensReachedException" and translator.main.cut:
                return []
            cause = getattr(error, "original_exception", None)  # of an EventLoopException
            if cause is not None:
                raise cause from error
            raise
        finally:
            self._at_work = False
        return interrupts

    def stop(self) -> bool:
        """Let tools see the framework's own signal, but do not wait for those that do not look at it."""
        agent = self._adapter.agent
        if self._at_work and hasattr(agent, "cancel"):
            agent.cancel()
        return False


def _name(agent: Any) -> str:
    name: str | None = getattr(agent, "name", None)
    return name if name and name != "Strands Agents" else type(agent).__name__


def _is_agent(root: Any) -> bool:
    """Whether it is one agent, no graph or swarm of them."""
    return hasattr(root, "tool_registry")


def _agents(root: Any) -> Iterator[Any]:
    """The agents that take part: those of a graph or a swarm, and those that work for tools."""
    if hasattr(root, "nodes"):
        for node in root.nodes.values():
            yield from _agents(node.executor)
    elif _is_agent(root):
        yield root
        for tool in root.tool_registry.registry.values():
            inner: Any = getattr(tool, "agent", None)
            if inner is not None and _is_agent(inner):
                yield from _agents(inner)


@contextmanager
def _quiet(root: Any) -> Generator[None, None, None]:
    """The handler that agents have by default prints all that they say."""
    printing = [
        (agent, agent.callback_handler)
        for agent in _agents(root)
        if type(agent.callback_handler).__name__ == "PrintingCallbackHandler"
    ]
    for agent, _ in printing:
        agent.callback_handler = _say_nothing
    try:
        yield
    finally:
        for agent, handler in printing:
            agent.callback_handler = handler


def _say_nothing(**_: Any) -> None:
    pass


def _settle(root: Any, text: str) -> None:
    """Leave the conversation fit to go on with, after a run that failed or was stopped.

    No question stays open, and every message of the user's has a reply: what was read of it, or a word that there was
    none. (A call without a result the framework closes by itself.)
    """
    for each in {id(agent): agent for agent in (root, *_agents(root))}.values():
        state: Any = getattr(each, "_interrupt_state", None)
        if state is not None and state.activated:
            state.deactivate()
        end(getattr(each, "messages", []), text if each is root else "")


def _copy(agent: Any) -> Any:
    """An agent like this one with no conversation; what belongs to a run or a conversation is its own."""
    twin = copy.copy(agent)
    twin.messages = []
    twin._model_state = {}  # names the conversation to a provider that keeps it
    twin.state = copy.deepcopy(agent.state)
    twin.event_loop_metrics = type(agent.event_loop_metrics)()
    twin.tool_caller = type(agent.tool_caller)(twin)
    twin._interrupt_state = type(agent._interrupt_state)()
    twin._cancel_signal = threading.Event()
    twin._concurrency = type(agent._concurrency)(agent._concurrency.mode)
    return twin


def _configured(model: Any, model_id: str | None, settings: Mapping[str, Any]) -> Any:
    """A copy of ``model`` with another id, or other settings; settings that are dicts are merged."""
    twin = copy.copy(model)
    before: dict[str, Any] = dict(model.get_config())
    twin.config = dict(before)
    merged: dict[str, Any] = {
        name: before[name] | value if isinstance(before.get(name), dict) else value
        for name, value in settings.items()
    }
    twin.update_config(**merged, **({} if model_id is None else {"model_id": model_id}))
    return twin
