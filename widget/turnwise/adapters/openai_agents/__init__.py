"""Agents of OpenAI's Agents SDK (the package ``agents``).

``Runner.run_streamed`` runs the agent in a task of its own. A run that waits for a person ends, with ``interruptions``;
its state, with the answers, is run again. The conversation goes on with the agent that it was handed to. An agent that
is used as a tool says nothing of its own accord; with ``inner_turns`` it is heard, and its turns nest under its call::

    billing.as_tool("ask_billing", "Knows the bills.", on_stream=inner_turns)

Knows ``events``, ``values`` and the transcript. The SDK is imported when one of its agents is run; its objects are
``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from contextvars import ContextVar, copy_context
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from ...events import ModelRequest
from ..base import Adapter
from ..description import Description, ToolInfo
from ..memory import untold
from ..native import framework, settings_of
from .translate import Translator, call_id_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from typing_extensions import Self

    from ...events import Event
    from ...transcript import Transcript
    from ..description import Changeable

_KEEPS_HISTORY = ("session", "conversation_id")
"""Options with which somebody else keeps the conversation: a prompt is all that a run is given then."""

_END = object()

_HEARS: ContextVar[Callable[[Any], None] | None] = ContextVar("turnwise_inner_turns", default=None)
"""Of the run that a tool runs in: who hears what an agent within the tool says."""


def inner_turns(event: Mapping[str, Any]) -> None:
    """The ``on_stream`` of an agent that is used as a tool: turnwise shows its turns under the call.

    Where no run of turnwise is under way, nothing happens.
    """
    if (hears := _HEARS.get()) is not None:
        hears(event)


class OpenAIAgentsAdapter(Adapter):
    """One conversation with an agent; ``options`` go to each run, for example ``session`` or ``max_turns``.

    Without a ``session`` the conversation is kept here, as the SDK's own items. Of a run that was stopped or failed the
    SDK forgets what was said; the next one is told of it as the reader saw it, with every call answered.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    takes_history = True

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._options = options
        self._current = agent
        self._items: list[Any] = []
        self._told = 0
        """How many runs of the history ``_items`` tell of."""
        self.name = f"OpenAI Agents · {agent.name}"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent at work, and go on with its state each time that a person has answered."""
        translator = Translator()
        given = self._input(prompt, history)
        options = {**self._options, "hooks": _listening(self._options.get("hooks"), translator)}
        try:
            while True:
                queue: asyncio.Queue[Any] = asyncio.Queue()
                result = self._start(given, options, queue)
                async with aclosing(_events(result, queue)) as natives:
                    async for native in natives:
                        # What comes from within a tool is a dict, the rest are objects of the SDK.
                        hear = translator.inner if isinstance(native, dict) else translator.feed
                        for event in hear(cast("Any", native)):
                            yield event
                self._current = result.last_agent
                if not result.interruptions:
                    break
                for event in translator.asked(result.interruptions):
                    yield event
                given = await self._answered(result)
            for event in translator.output(result.final_output):
                yield event
            self._items, self._told = result.to_input_list(), len(history.runs) + 1
        except Exception as error:
            if not translator.tells(error):
                raise

    def _start(self, given: Any, options: dict[str, Any], queue: asyncio.Queue[Any]) -> Any:
        """The run, in a context in which agents that are tools are heard."""
        context = copy_context()
        context.run(_HEARS.set, queue.put_nowait)
        return context.run(import_module("agents").Runner.run_streamed, self._current, given, **options)

    def _input(self, prompt: str, history: Transcript) -> Any:
        if any(self._options.get(option) is not None for option in _KEEPS_HISTORY):
            return prompt
        missing = untold(history, self._told, "openai-responses")
        return [*self._items, *missing, {"role": "user", "content": prompt}]

    async def _answered(self, result: Any) -> Any:
        """The state of a run that waits for a person, with their answers."""
        asked = {call_id_of(item.raw_item): item for item in result.interruptions}
        answers = await self.approvals.wait_all(asked)
        state = result.to_state()
        for call_id, answer in answers.items():
            if answer.decision == "approved":
                state.approve(asked[call_id])
            else:
                state.reject(asked[call_id], rejection_message=answer.reason)
        return state

    def describe(self) -> Description:
        """What the agent is made of; of the agents that it may hand over to, nothing."""
        agent = self._agent
        system: object = agent.instructions
        return Description(
            name=self.name,
            framework=framework("openai-agents"),
            system=system if isinstance(system, str) else None,
            model=_model_name(agent.model),
            settings=settings_of(agent.model_settings),
            tools=[
                ToolInfo(
                    name=tool.name,
                    description=getattr(tool, "description", None),
                    parameters=getattr(tool, "params_json_schema", None),
                )
                for tool in agent.tools
            ],
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        fields: dict[str, Any] = {}
        for what, value in changes.items():
            match what:
                case "system":
                    fields["instructions"] = value
                case "model":
                    fields["model"] = value
                case "settings":
                    fields["model_settings"] = self._agent.model_settings.resolve(
                        type(self._agent.model_settings)(**value)
                    )
                case "tools":
                    fields["tools"] = list(value)
        options = {name: value for name, value in self._options.items() if name not in _KEEPS_HISTORY}
        return type(self)(self._agent.clone(**fields), **options)


def _listening(own: Any, translator: Translator) -> Any:
    """The user's hooks, or none, that also hear what the model is sent."""
    hooks: Any = import_module("agents").RunHooks() if own is None else copy(own)
    before = hooks.on_llm_start

    async def on_llm_start(context: Any, agent: Any, system_prompt: str | None, input_items: Any) -> None:
        translator.sent = ModelRequest(
            [*input_items],
            system=system_prompt,
            tools=[_declared(tool) for tool in agent.tools],
            settings=settings_of(agent.model_settings),
            model=_model_name(agent.model),
        )
        await before(context, agent, system_prompt, input_items)

    hooks.on_llm_start = on_llm_start
    return hooks


def _declared(tool: Any) -> dict[str, Any]:
    schema: object = getattr(tool, "params_json_schema", None)
    return {
        "name": tool.name,
        "description": getattr(tool, "description", None),
        **({} if schema is None else {"parameters": schema}),
    }


async def _events(result: Any, queue: asyncio.Queue[Any]) -> AsyncGenerator[Any, None]:
    """The run's events, and what is put into ``queue`` in between.

    Closing stops the run, and reads on to its end: only so does the SDK clean up after itself.
    """

    async def read() -> None:
        async for event in result.stream_events():
            queue.put_nowait(event)

    reading = asyncio.create_task(read())
    reading.add_done_callback(lambda _: queue.put_nowait(_END))
    try:
        while (event := await queue.get()) is not _END:
            yield event
        reading.result()  # raises what ended the run
    finally:
        result.cancel()
        await asyncio.wait([reading])
        if not reading.cancelled():
            reading.exception()  # raised above, or the run's way to end when it was stopped


def _model_name(model: Any) -> str | None:
    """``None`` where the SDK's default is used."""
    name: object = model if isinstance(model, str) else getattr(model, "model", None)
    return name if isinstance(name, str) else None
