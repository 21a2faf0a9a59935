"""Graphs of LangGraph, the agents of LangChain's ``create_agent`` among them.

``astream`` with subgraphs and four modes: ``messages`` has what models say and tools return, ``updates`` the results
of hand-offs and what the graph waits for, ``custom`` what nodes write, and ``tasks`` which call each tool node is for.
A graph that waits for a person has ended its stream; it is resumed with their answers, as the same run.

Knows ``events``, ``values`` and the transcript. The framework is there when one of its graphs is, and is imported only
then; its objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

import inspect
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from uuid import uuid4

from ..base import Adapter
from ..description import Description, ToolInfo
from ..memory import NO_RESULT, untold
from ..native import framework, is_object, settings_of
from ._sent import listening
from .translate import Translator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Mapping

    from typing_extensions import Self

    from ...events import Event
    from ...transcript import Transcript
    from ..description import Changeable

_MODES = ("messages", "updates", "custom", "tasks")

_FIXED = (
    "a compiled graph cannot be changed; LangGraphAdapter(graph, build=…) takes a function that makes another, "
    "with any of the arguments system, model and tools"
)


class LangGraphAdapter(Adapter):
    """One thread of a graph whose state has ``messages``; ``options`` go to each ``astream``, for example ``context``.

    The history is the graph's own, in its checkpointer. A graph without one is run as a copy that keeps its state in
    memory. Calls that a stopped or failed run left open are answered before the next prompt.

    Args:
        graph: Any compiled graph.
        config: For each run, with a ``thread_id`` to go on with a conversation of before.
        build: Makes the graph anew, for ``changed``; called with those of ``system``, ``model`` and ``tools`` that are
            to be other ones.
        options: For ``astream``.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    takes_history = True

    def __init__(
        self,
        graph: Any,
        *,
        config: Mapping[str, Any] | None = None,
        build: Callable[..., Any] | None = None,
        **options: Any,
    ) -> None:
        if "messages" not in graph.channels:
            raise TypeError(
                f"the state of the graph {graph.name!r} has no 'messages', so a prompt has no place in it; "
                f"give turnwise a function that calls the graph and yields what it says"
            )
        self._agent = graph
        self._graph = graph
        if not graph.checkpointer:
            memory = import_module("langgraph.checkpoint.memory").InMemorySaver()
            self._graph = graph.copy(update={"checkpointer": memory})
        own: Mapping[str, Any] = (config or {}).get("configurable") or {}
        self._config = {**(config or {}), "configurable": {"thread_id": str(uuid4()), **own}}
        self._build = build
        self._options = options
        self._told = 0
        """How many runs of the history the thread has heard of."""
        self._last = Translator()
        """Of the run before, if that did not come to its end."""
        default = graph.name in ("LangGraph", None)
        self.name = "LangGraph" if default else f"LangGraph · {graph.name}"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the graph on the prompt, and go on each time that a person has answered."""
        given: Any = {"messages": [*await self._missing(history), {"role": "user", "content": prompt}]}
        translator = self._last = Translator()
        self._told = len(history.runs) + 1
        while given is not None:
            items = self._graph.astream(
                given,
                listening(self._config, translator),
                stream_mode=[*_MODES],
                subgraphs=True,
                **self._options,
            )
            async with aclosing(items):
                async for item in items:
                    for event in translator.feed(item):
                        yield event
            given = None
            asked, events = translator.asked()
            for event in events:
                yield event
            if asked:
                answers = await self.approvals.wait_all(
                    call_id for _, call_ids in asked for call_id in call_ids
                )
                resume, events = translator.answered(asked, answers)
                for event in events:
                    yield event
                given = import_module("langgraph.types").Command(resume=resume)
        for event in translator.output():
            yield event
        self._last = Translator()  # what a graph that came to its end has not kept, it did not want to keep

    async def _missing(self, history: Transcript) -> list[dict[str, Any]]:
        """What the thread has to hear before a prompt: runs of others, answers to open calls, a reply broken off."""
        kept = await self._kept()
        answered = {getattr(message, "tool_call_id", None) for message in kept}
        calls = [call["id"] for message in kept for call in getattr(message, "tool_calls", None) or ()]
        results = self._last.results
        return [
            *untold(history, self._told, "openai"),
            *(
                {"role": "tool", "tool_call_id": call_id, "content": results.get(call_id, NO_RESULT)}
                for call_id in calls
                if call_id not in answered
            ),
            *(
                {"role": "assistant", "content": text}
                for text in self._last.unfinished(message.id for message in kept)
            ),
        ]

    async def _kept(self) -> list[Any]:
        """The thread's messages as a new prompt finds them.

        Asked for by its own id, a checkpoint comes without the results of a step that was broken off: a prompt goes on
        without them.
        """
        state = await self._graph.aget_state(self._config)
        if "checkpoint_id" in state.config["configurable"]:
            state = await self._graph.aget_state(state.config)
        messages: list[Any] = state.values.get("messages") or []
        return messages

    def describe(self) -> Description:
        """What can be seen of an agent of ``create_agent``; of other graphs, their tools."""
        seen = _Inside(self._agent)
        takes = () if self._build is None else inspect.signature(self._build).parameters
        what: tuple[Changeable, ...] = ("system", "model", "settings", "tools")
        return Description(
            name=self.name,
            framework=framework("langgraph"),
            system=seen.system,
            model=seen.model_name,
            settings={} if seen.model is None else settings_of(seen.model),
            tools=seen.tools,
            fixed={each: _FIXED for each in what if each not in takes},
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        # Without ``build`` nothing is to be changed: ``describe`` says that it is fixed.
        graph = self._agent if self._build is None else self._build(**changes)
        own = {key: value for key, value in self._config["configurable"].items() if key != "thread_id"}
        return type(self)(
            graph,
            config={**self._config, "configurable": own},
            build=self._build,
            **self._options,
        )


class _Inside:
    """What a compiled graph holds on to. Nothing of it is public: what is not found there is ``None``."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        held = [*self._held()]
        self.model = next((each for each in held if hasattr(each, "bind_tools")), None)
        prompt = next((each for each in held if getattr(each, "type", None) == "system"), None)
        self.system: str | None = None if prompt is None else str(prompt.content)

    def _held(self) -> Iterator[Any]:
        """What the functions of the nodes close over."""
        for node in self._graph.nodes.values():
            function = getattr(node.bound, "func", None)
            for cell in getattr(function, "__closure__", None) or ():
                yield cell.cell_contents

    @property
    def model_name(self) -> str | None:
        """As its package calls it."""
        names = (getattr(self.model, attribute, None) for attribute in ("model_name", "model", "model_id"))
        return next((name for name in names if isinstance(name, str)), None)

    @property
    def tools(self) -> list[ToolInfo] | None:
        """Of all its nodes of tools; ``None`` if there is no such node."""
        nodes = [
            node.bound.tools_by_name
            for node in self._graph.nodes.values()
            if hasattr(node.bound, "tools_by_name")
        ]
        return [_tool_info(tool) for named in nodes for tool in named.values()] if nodes else None


def _tool_info(tool: Any) -> ToolInfo:
    schema: Any = tool.tool_call_schema
    return ToolInfo(
        name=tool.name,
        description=tool.description,
        parameters=schema if is_object(schema) else schema.model_json_schema(),
    )
