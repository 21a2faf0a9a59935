"""Agents of Pydantic AI, 1.x and 2.x.

``agent.run`` drives the agent and hands every model call, and then the handling of its reply, to an event handler of
its own. So each turn is announced by the framework rather than guessed from the events, even an empty one; and with
the handler's context come usage and finish reason, which the events lack. (``run_stream_events`` is the same call
without that context, and differs between the two versions; driving ``iter`` by hand runs the agent's hooks in another
order.) The agent runs in a task of its own, so that its cancel scopes are left in the task that entered them.

Knows ``events`` and ``values``. The framework is there when one of its agents is, and is imported only then; its
objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

from contextlib import aclosing
from contextvars import ContextVar
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast

from ...events import LaneStart
from ..base import Adapter
from ..memory import heard
from ..native import in_lane
from ..relay import Relay
from ._describe import description, merged, system_of, unwrapped
from ._history import closed, missing, prompts
from ._sent import sent
from .translate import Translator, questions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from typing_extensions import Self

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from ..approvals import Approvals
    from ..description import Changeable, Description
    from .translate import Message

_Say: TypeAlias = "Callable[[Iterable[Event]], Awaitable[None]]"

_SAYS: ContextVar[_Say | None] = ContextVar("turnwise_inner_turns", default=None)
"""Of the run that a tool runs in: who takes what an agent within the tool says."""


def inner_turns(
    context: Any, agent: str | None = None
) -> Callable[[Any, AsyncIterator[Any]], Awaitable[None]]:
    """The ``event_stream_handler`` of an agent that a tool runs: turnwise shows its turns under the tool's call.

    ``context`` is the tool's own ``RunContext``, ``agent`` the name that the lane gets::

        @boss.tool
        async def ask_billing(context: RunContext, question: str) -> str:
            heard = inner_turns(context, "billing")
            return (await billing.run(question, event_stream_handler=heard)).output

    Where no run of turnwise is under way, nothing is shown.
    """
    say = _SAYS.get()
    call_id: str | None = context.tool_call_id
    if say is None or call_id is None:
        return _unheard
    listener = _Listener(say, lane=call_id)

    async def hear(inner: Any, events: AsyncIterator[Any]) -> None:
        await say([LaneStart(call_id, agent=agent, parent_call_id=call_id)])
        await listener(inner, events)

    return hear


async def _unheard(_: Any, events: AsyncIterator[Any]) -> None:
    async for _ in events:
        pass


class ExternalCalls(Exception):  # noqa: N818  # the name is the run's kind of error, which a reader sees
    """The agent waits for results that somebody else has to compute, and a chat has nobody else."""


class PydanticAIAdapter(Adapter):
    """One conversation with one agent; ``options`` go to each ``agent.run``, for example ``deps`` or ``usage_limits``.

        AgentChat(agent, adapter=PydanticAIAdapter(agent, deps=database))

    Tools that need approval (``requires_approval``, ``ApprovalRequired``) are asked about, whatever the output type. Of
    an agent that a tool runs the framework tells nothing but the tool's result; ``inner_turns`` shows its turns.

    The history is the framework's own, kept from run to run. What a stopped or failed run leaves open in it is closed
    before the next prompt; runs that it has not heard of are told as the reader saw them.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    takes_history = True

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._history: list[Message] = list(options.pop("message_history", None) or ())
        self._told = 0
        """How many runs of the history ``_history`` tells of."""
        self._options = options
        self._instead: dict[str, Any] = {}
        """What ``agent.override`` replaces during a run: instructions and tools."""
        self.name = f"Pydantic AI · {agent.name}" if agent.name else "Pydantic AI"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent with the messages of the runs before. Stopping cancels it and waits until it has cleaned up."""
        await self._tell(history)
        relay = Relay()
        run = _Run(self._agent, closed(self._history), self.approvals, relay.say, self.describe().settings)
        work = run.drive(prompt, _asking(self._agent, self._options), self._instead)
        try:
            async with aclosing(relay.run(work)) as events:
                async for event in events:
                    yield event
        finally:
            self._history = run.messages
        self._told += 1

    async def _tell(self, history: Transcript) -> None:
        """Make the messages tell of all runs before.

        The framework says the system prompt only to a conversation that begins; a later one has it in its messages.
        """
        told = heard(history, prompts(self._history), self._told)
        if told < len(history.runs):
            system = [] if self._history else await system_of(self._agent, self._options)
            self._history = [*self._history, *missing(history, told, system)]
        self._told = len(history.runs)

    def describe(self) -> Description:
        """As far as the agent tells; what a function decides for each run is not known before it."""
        return description(self._agent, self._options, self._instead, self.name)

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        made = type(self)(self._agent, **self._options)
        made._options, made._instead = merged(self._options, self._instead, changes)
        return made


class _Run:
    """The answer to one prompt: what the agent says, and the conversation's messages as far as it has come.

    It is one ``agent.run``, and one more each time that a person has answered what the agent asked.
    """

    def __init__(
        self,
        agent: Any,
        history: list[Message],
        approvals: Approvals,
        say: _Say,
        settings: Mapping[str, Any],
    ) -> None:
        # Whose place the listener takes, if the agent has a handler of its own.
        own = getattr(agent, "event_stream_handler", None)
        self._listener = _Listener(say, own, settings=settings)
        self._say = say
        self._agent = agent
        self._history = history
        self._approvals = approvals
        self._captured: list[Message] = []

    @property
    def messages(self) -> list[Message]:
        """Those before the run and its own, at any time, and whatever becomes of the run."""
        messages = self._captured or self._history
        translator = self._listener.translator
        text = "".join(translator.text)
        if translator.replying and text and messages[-1].kind == "request":
            # 1.x forgets a reply that was broken off; the reader saw it and may refer to it.
            native = import_module("pydantic_ai.messages")
            return [*messages, native.ModelResponse([native.TextPart(text)])]
        return messages

    async def drive(self, prompt: str, options: Mapping[str, Any], instead: Mapping[str, Any]) -> None:
        """Say all that the agent says. Raises what the agent raises, and ``ExternalCalls``."""
        native = import_module("pydantic_ai")
        _SAYS.set(self._say)
        asked: str | None = prompt
        answers = None
        while True:
            with self._agent.override(**instead), native.capture_run_messages() as self._captured:
                result = await self._agent.run(
                    asked,
                    message_history=self._history,
                    deferred_tool_results=answers,
                    event_stream_handler=self._listener,
                    infer_name=False,
                    **options,
                )
            self._history = self._captured = result.all_messages()
            await self._listener.last(self._captured)
            if not isinstance(result.output, native.DeferredToolRequests):
                await self._say(self._listener.translator.output(result.output))
                return
            answers = native.DeferredToolResults(approvals=await self._answers(result.output))
            asked = None
            self._listener.again()

    async def _answers(self, requests: Any) -> dict[str, Any]:
        """What a person says to each call that needs approval, for the framework. All are asked at once."""
        if requests.calls:
            names = ", ".join(call.tool_name for call in requests.calls)
            raise ExternalCalls(
                f"The agent waits for a result from outside, of: {names}. A chat cannot give it; "
                "the calls were not made. A tool that computes it can."
            )
        await self._say(questions(requests))
        answers = await self._approvals.wait_all(call.tool_call_id for call in requests.approvals)
        return {call_id: _decision(answer) for call_id, answer in answers.items()}


class _Listener:
    """The handler of one run's events: says what the model says, call by call.

    Args:
        say: Takes the events, and returns when they have been read: the agent is never ahead of its reader.
        own: A handler that hears the same.
        lane: Of the events, if the run is one within a tool: the call's id.
        settings: Of the model, as far as the agent tells; the framework's handlers do not hear them.
    """

    def __init__(
        self,
        say: _Say,
        own: Any = None,
        lane: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.translator = Translator()
        self._settings = settings or {}
        self._own = own
        self._lane = lane
        self._say_all = say
        self._step = 0

    async def __call__(self, context: Any, events: AsyncIterator[Any]) -> None:
        """Called once per model call, and once more when its reply is handled: tools run, output is validated."""
        if context.run_step != self._step:
            self._step = context.run_step
            model = _model_name(context)
            begun = self.translator.request(model)
            await self._say([*begun, sent(context, model, self._settings, self.translator.turn)])
        else:
            await self._say(self._reply(context.messages))
        passed_on = self._pass_on(events)
        if self._own is not None:
            await self._own(context, passed_on)
        async for _ in passed_on:
            pass

    async def last(self, messages: list[Message]) -> None:
        """The reply that a run has ended with, if that was before it was handled."""
        await self._say(self._reply(messages) if self._step else [])

    def again(self) -> None:
        """The run goes on with the same reply, and counts from the start."""
        self._step = 0

    async def _pass_on(self, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for event in events:
            await self._say(self.translator.feed(event))
            yield event

    async def _say(self, events: list[Event]) -> None:
        await self._say_all(
            events if self._lane is None else [in_lane(event, self._lane) for event in events]
        )

    def _reply(self, messages: list[Message]) -> list[Event]:
        last = messages[-1] if messages else None
        return self.translator.reply(last) if last is not None and last.kind == "response" else []


def _asking(agent: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """``options`` with which a run may end in a question, as far as the agent lets them be given.

    Without ``DeferredToolRequests`` among the output types, a call that needs approval is an error of the framework's.
    """
    if "output_type" in options or getattr(unwrapped(agent), "_output_validators", ()):
        return options  # the framework refuses a second output type beside validators
    asks: object = import_module("pydantic_ai").DeferredToolRequests
    own: Any = agent.output_type
    types = [*cast("Iterable[Any]", own)] if isinstance(own, (list, tuple)) else [own]
    return options if asks in types else {**options, "output_type": [*types, asks]}


def _decision(answer: ApprovalResponse) -> Any:
    native = import_module("pydantic_ai")
    if answer.decision == "approved":
        return native.ToolApproved(override_args=answer.arguments)
    return native.ToolDenied(answer.reason) if answer.reason else native.ToolDenied()


def _model_name(context: Any) -> str | None:
    name: object = getattr(context.model, "model_name", None)
    return name if isinstance(name, str) else None
