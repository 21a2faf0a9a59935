"""Agents of LlamaIndex: ``FunctionAgent``, ``ReActAgent``, ``CodeActAgent`` and ``AgentWorkflow``.

A run is a workflow with a stream of events: ``AgentInput`` begins a model call and ``AgentOutput`` ends it. Usage and
finish reason are only in ``raw``, in the provider's own form. A tool that asks a person does it by an event of its own
(``InputRequiredEvent``), while it runs; there is no approval of calls beyond that.

Knows ``events`` and ``values``. The framework is there when one of its agents is, and is imported only then; its
objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

from contextlib import aclosing
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .. import events as e
from ..values import Usage
from .base import Adapter
from .description import Description, ToolInfo
from .native import all_fixed, fenced, field, framework, set_fields, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from typing_extensions import Self

    from ..events import ApprovalResponse, Event
    from ..transcript import Transcript
    from ..values import FinishReason
    from .description import Changeable


class LlamaIndexAdapter(Adapter):
    """One memory of an agent; ``options`` go to each ``run``, for example ``max_iterations`` or a ``memory``.

    Each run has a context of its own, with the memory and the state of the one before. What else is in a context
    belongs to its run: calls without results, for example, if it was stopped.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._memory: Any = options.pop("memory", None)
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
        run = self._agent.run(user_msg=prompt, ctx=context, memory=self._memory, **self._options)
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
        finally:
            if not run.is_done():
                await run.cancel_run()
            self._memory = await run.ctx.store.get("memory", default=self._memory)
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


class Translator:
    """The events of one run as turnwise events. Pure: it reads attributes by name.

    The first agent has the main lane; one that is handed to gets a lane of its own, once.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._lane = _Lane(None, None)
        self._running: list[str] = []
        """Calls without a result, in the order in which they began."""
        self._question: tuple[str, Any] | None = None

    def take_question(self) -> tuple[str, Any] | None:
        """What a tool has just asked, with the id of its call."""
        question, self._question = self._question, None
        return question

    def feed(self, event: Any) -> list[Event]:
        """What one native event says."""
        kinds = {cls.__name__ for cls in type(event).__mro__}
        lane = self._lane
        if "InputRequiredEvent" in kinds:
            return self._asked(event)
        match type(event).__name__:
            case "AgentInput":
                return self._request(event.current_agent_name)
            case "AgentStream":
                return lane.piece(event)
            case "AgentOutput":
                return lane.reply(event)
            case "ToolCall":
                return self._started(event)
            case "ToolCallResult":
                return self._ended(event)
            case "AgentStreamStructuredOutput":
                return lane.structured(event.output)
            case "AgentSetup" | "AgentWorkflowStartEvent" | "HumanResponseEvent":
                return []
            case _ if kinds & _ENDS:
                return []
            case kind:
                return [e.Unknown(kind, payload=event, **lane.at)]

    def result(self, output: Any) -> list[Event]:
        """What the run returns, where no text has said it."""
        text = str(output).strip()
        said = "".join(self._lane.said)
        return [] if not text or text in said else [e.FinalText(text, lane=self._lane.key)]

    def _request(self, agent: str) -> list[Event]:
        out: list[Event] = []
        lane = self._lanes.get(agent)
        if lane is None:
            key = agent if self._lanes else None
            lane = self._lanes[agent] = _Lane(key, agent)
            if key is not None:
                out.append(e.LaneStart(key, agent=agent, handed_from=self._lane.key or ""))
        self._lane = lane
        lane.request()
        return out

    def _started(self, event: Any) -> list[Event]:
        """Said again when a tool that has asked a person goes on."""
        if not event.tool_name:
            return []
        if event.tool_id not in self._running:
            self._running.append(event.tool_id)
        call = e.ToolCall(event.tool_name, event.tool_kwargs, call_id=event.tool_id, **self._lane.at)
        return [call, e.ToolStart(call_id=event.tool_id, name=event.tool_name, lane=self._lane.key)]

    def _ended(self, event: Any) -> list[Event]:
        if not event.tool_name:
            return []
        if event.tool_id in self._running:
            self._running.remove(event.tool_id)
        output = event.tool_output
        return [
            e.ToolResult(
                output.content,
                call_id=event.tool_id,
                name=event.tool_name,
                outcome="error" if output.is_error else "ok",
                lane=self._lane.key,
            )
        ]

    def _asked(self, event: Any) -> list[Event]:
        """A question names no call; it is of the tool that began last."""
        if not self._running:
            raise RuntimeError(
                f"a step of the workflow asks a person ({type(event).__name__}) while no tool runs; "
                f"turnwise shows questions at calls: ask in a tool"
            )
        call_id = self._running[-1]
        self._question = (call_id, event)
        return [e.ApprovalRequest(getattr(event, "prefix", None), call_id=call_id, lane=self._lane.key)]


class _Lane:
    def __init__(self, key: str | None, agent: str | None) -> None:
        self.key = key
        self.said: list[str] = []
        """Text of the current turn."""
        self._agent = agent
        self._turns = 0
        self._asked = False
        self._finish: str | None = None
        self._shown: set[str] = set()

    @property
    def at(self) -> dict[str, Any]:
        return {"turn": str(self._turns) if self._turns else None, "lane": self.key}

    def request(self) -> None:
        """The model is asked; the turn begins with what comes of it."""
        self._asked = True

    def _begin(self, model: str | None) -> list[Event]:
        if not self._asked:
            return []
        self._asked = False
        self._turns += 1
        self._finish = None
        self.said = []
        self._shown.clear()
        return [e.TurnStart(agent=self._agent, model=model, **self.at)]

    def piece(self, event: Any) -> list[Event]:
        out = self._begin(_text_field(event.raw, "model"))
        if thought := getattr(event, "thinking_delta", None):
            out.append(e.ReasoningDelta(thought, key="thinking", **self.at))
        if event.delta:
            self.said.append(event.delta)
            out.append(e.TextDelta(event.delta, key="text", **self.at))
        for call in event.tool_calls:  # what of its arguments is there is guessed; they come whole in the end
            if call.tool_id and call.tool_name and call.tool_id not in self._shown:
                self._shown.add(call.tool_id)
                out.append(e.ToolCallDelta(name=call.tool_name, call_id=call.tool_id, **self.at))
        self._finish = _finish(event.raw) or self._finish
        return out

    def reply(self, event: Any) -> list[Event]:
        """The whole reply, as far as it differs from its pieces."""
        out = self._begin(_text_field(event.raw, "model"))
        blocks: list[Any] = event.response.blocks
        for block in blocks:
            if block.block_type == "thinking" and block.content:
                out.append(e.Reasoning(block.content, key="thinking", **self.at))
        text = "".join(block.text for block in blocks if block.block_type == "text")
        if text:
            self.said = [text]
            out.append(e.Text(text, key="text", **self.at))
        for call in event.tool_calls:
            if hasattr(call, "tool_output"):
                continue  # the framework adds the run's results to its last reply
            if call.tool_name:
                out.append(e.ToolCall(call.tool_name, call.tool_kwargs, call_id=call.tool_id, **self.at))
            else:
                out.append(e.Unknown("tool call without a name", payload=call, **self.at))
        usage = _usage(event.raw)
        if usage is not None:
            out.append(e.TurnUsage(usage, **self.at))
        native = _finish(event.raw) or self._finish
        out.append(e.TurnFinish(_FINISH.get((native or "").lower()), native=native, **self.at))
        return out

    def structured(self, output: Any) -> list[Event]:
        """The answer in a form that was asked for: another model call, or a function, makes it of the conversation."""
        form = {"turn": "form", "lane": self.key}
        return [e.TurnStart(agent=self._agent, auxiliary=True, **form), e.Text(fenced(output), **form)]


_ENDS = {"StopEvent", "WorkflowFailedEvent", "WorkflowCancelledEvent", "WorkflowTimedOutEvent"}
"""How a run ended is known from its result, or from what it raises."""

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
}


# A provider's own response, or its last chunk.


def _text_field(raw: Any, *names: str) -> str | None:
    value = field(raw, *names)
    return value if isinstance(value, str) else None


def _finish(raw: Any) -> str | None:
    choices = field(raw, "choices", "candidates")
    choice = choices[0] if choices else raw
    reason = field(choice, "finish_reason", "stop_reason", "done_reason")
    return None if reason is None else str(getattr(reason, "name", reason))


def _usage(raw: Any) -> Usage | None:
    counted = field(raw, "usage", "usage_metadata") or raw
    given = field(counted, "prompt_tokens", "input_tokens", "prompt_token_count", "prompt_eval_count")
    written = field(counted, "completion_tokens", "output_tokens", "candidates_token_count", "eval_count")
    if given is None and written is None:
        return None
    given_details = field(counted, "prompt_tokens_details", "input_tokens_details")
    written_details = field(counted, "completion_tokens_details", "output_tokens_details")
    return Usage(
        input_tokens=given,
        output_tokens=written,
        cached_tokens=field(given_details, "cached_tokens") or field(counted, "cached_content_token_count"),
        reasoning_tokens=field(written_details, "reasoning_tokens"),
    )
