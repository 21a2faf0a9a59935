"""Agents and teams of AutoGen (``autogen-agentchat``).

``run_stream`` gives messages and events, each with its ``source``, the agent that speaks. They announce no turns: one
begins with what an agent says first, and after its tools have run or its message is whole. What a model streams comes
as chunks only if the agent was made with ``model_client_stream=True``, and reasoning as text between ``<think>`` tags.
AutoGen has no approval of tool calls: a person takes part as an agent, or is handed to, and says the next prompt.

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
from .memory import heard, untold_exchanges
from .native import all_fixed, fenced, framework, in_a_task, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping

    from typing_extensions import Self

    from ..events import Event
    from ..transcript import Transcript
    from .description import Changeable
    from .memory import Exchange


class AutoGenAdapter(Adapter):
    """The conversation of an agent or a team, which the agent itself remembers.

    A run that is stopped or fails is taken out of its memory again, as it may have left calls open in it. An agent with
    a model context is told of it before the next prompt, as the reader saw it, and of the runs before a fork. What the
    agents of a team remember, each for itself, cannot be told from the conversation.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    def __init__(self, agent: Any) -> None:
        self._agent = agent
        self.takes_history = hasattr(agent, "_model_context")
        self._told: int | None = None
        """How many runs of the history the agent has heard of; ``None`` before its memory was looked at."""
        self._handoff: Any = None
        """The message by which the last run handed over to the user, if it ended with one."""
        self.name = f"AutoGen · {agent.name}"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent. Stopping cancels it by the framework's token, and waits until it has ended."""
        token: Any = import_module("autogen_core").CancellationToken()
        if self.takes_history:
            await self._tell(history)
        # Not all agents count it among their state.
        kept = [self._agent, *([self._agent._model_context] if self.takes_history else [])]
        before = [await each.save_state() for each in kept]
        translator = Translator()
        whole = False
        native = self._agent.run_stream(task=self._task(prompt), cancellation_token=token)
        try:
            async with aclosing(in_a_task(native, token.cancel)) as items:
                async for item in items:
                    for event in translator.feed(item):
                        yield event
            whole = True
            self._told = len(history.runs) + 1
        finally:
            if not whole:
                for each, state in zip(kept, before, strict=True):
                    await each.load_state(state)
        self._handoff = translator.handoff

    async def _tell(self, history: Transcript) -> None:
        """Add to the agent's memory what it lacks of the history."""
        context: Any = self._agent._model_context
        if self._told is None:
            kept = [each for each in await context.get_messages() if each.type == "UserMessage"]
            self._told = heard(history, (each.content for each in kept if each.source == "user"))
        for message in told(untold_exchanges(history, self._told), self._agent.name):
            await context.add_message(message)
        self._told = len(history.runs)

    def _task(self, prompt: str) -> Any:
        """A team whose agent handed over to the user goes on with that agent."""
        if self._handoff is None or not _is_team(self._agent):
            return prompt
        message: Any = import_module("autogen_agentchat.messages").HandoffMessage
        return message(source=self._handoff.target, target=self._handoff.source, content=prompt)

    def describe(self) -> Description:
        """What an ``AssistantAgent`` was made of, which it keeps to itself; other agents and teams do not tell."""
        agent = self._agent
        package = framework("autogen-agentchat")
        if not hasattr(agent, "_model_client"):
            why = f"{type(agent).__name__} has none of its own; change the agents in it"
            return Description(name=self.name, framework=package, fixed=all_fixed(why))
        kind = type(agent).__name__
        fixed: dict[Changeable, str] = {}
        if not hasattr(agent, "_system_messages"):
            fixed["system"] = f"{kind} makes its own"
        if not hasattr(agent, "_workbench"):
            fixed["tools"] = f"{kind} takes none"
        settings: Mapping[str, Any] = getattr(agent._model_client, "_create_args", {})
        if not settings:
            fixed["settings"] = f"{type(agent._model_client).__name__} does not tell them"
        return Description(
            name=self.name,
            framework=package,
            system="\n".join(message.content for message in getattr(agent, "_system_messages", ())) or None,
            model=settings.get("model"),
            settings=settings_of(settings),
            tools=_tools(agent),
            fixed=fixed,
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        agent = copy(self._agent)
        if hasattr(agent, "_model_context"):
            agent._model_context = context = copy(agent._model_context)
            context._messages = list(context._initial_messages or ())
        for what, value in changes.items():
            match what:
                case "system":
                    message: Any = import_module("autogen_core.models").SystemMessage
                    agent._system_messages = [message(content=value)]
                case "model":
                    agent._model_client = value
                case "settings":
                    agent._model_client = client = copy(agent._model_client)
                    client._create_args = {**client._create_args, **value}
                case "tools":
                    assistant: Any = import_module("autogen_agentchat.agents").AssistantAgent
                    made = assistant(agent.name, agent._model_client, tools=list(value))
                    agent._tools, agent._workbench = made._tools, made._workbench
        return type(self)(agent)


def told(exchanges: Iterable[Exchange], agent: str) -> list[Any]:
    """Runs as the model context of an agent of this name has them."""
    native: Any = import_module("autogen_core.models")
    call_of: Any = import_module("autogen_core").FunctionCall
    out: list[Any] = []
    for exchange in exchanges:
        out.append(native.UserMessage(content=exchange.prompt, source="user"))
        for reply in exchange.replies:
            if not reply.calls:
                out.append(native.AssistantMessage(content=reply.text, source=agent))
                continue
            calls = [
                call_of(id=each.id, name=each.name, arguments=each.arguments_text) for each in reply.calls
            ]
            answers = [
                native.FunctionExecutionResult(
                    content=each.answer.text, name=each.name, call_id=each.id, is_error=each.answer.failed
                )
                for each in reply.calls
            ]
            out.append(native.AssistantMessage(content=calls, thought=reply.text or None, source=agent))
            out.append(native.FunctionExecutionResultMessage(content=answers))
    return out


def _is_team(agent: Any) -> bool:
    return not hasattr(agent, "on_messages_stream")


def _tools(agent: Any) -> list[ToolInfo] | None:
    """``None`` where a workbench, such as an MCP server, has to be asked for them."""
    found: list[Any] = []
    for workbench in getattr(agent, "_workbench", ()):
        if not hasattr(workbench, "_tools"):
            return None
        found += workbench._tools
    found += getattr(agent, "_handoff_tools", ())
    return [
        ToolInfo(name=tool.name, description=tool.description, parameters=tool.schema.get("parameters"))
        for tool in found
    ]


class Translator:
    """The items of one run as turnwise events. Pure: it reads attributes by name.

    The first agent that speaks has the main lane, each other one a lane of its own.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self.handoff: Any = None
        """The last message, if it hands over to somebody who has not spoken since."""

    def feed(self, item: Any) -> list[Event]:
        """What one native item says."""
        kind: str = getattr(item, "type", type(item).__name__)
        if kind in _BOOKKEEPING:
            return []
        source: str | None = getattr(item, "source", None)
        if source is None:
            return [e.Unknown(kind, payload=item)]
        if not self._lanes and source == "user":
            return []  # the prompt
        out: list[Event] = []
        lane = self._lane(source, out)
        match kind:
            case "ModelClientStreamingChunkEvent":
                out += lane.chunk(item.content)
            case "ThoughtEvent":
                lane.thought = item.content
            case "ToolCallRequestEvent":
                out += lane.text("" if lane.streamed else lane.thought or "")
                out += lane.calls(item)
            case "ToolCallExecutionEvent":
                out += [_result(each, lane.key) for each in item.content]
                lane.over = True
            case "ToolCallSummaryMessage":
                out.append(e.FinalText(item.content, **lane.at))
            case "HandoffMessage":
                self.handoff = item
            case "CodeGenerationEvent":
                out += lane.text(item.content)
                lane.code = [{"language": block.language, "code": block.code} for block in item.code_blocks]
            case "CodeExecutionEvent":
                out += lane.executed(item)
            case "MemoryQueryEvent":
                out.append(e.Data("memory", [each.content for each in item.content], **lane.at))
            case _ if hasattr(item, "to_model_text"):  # a message, of whatever kind; events have none
                out += lane.message(item)
            case _:
                out.append(e.Unknown(kind, payload=item, **lane.at))
        return out

    def _lane(self, source: str, out: list[Event]) -> _Lane:
        handoff: Any = self.handoff if getattr(self.handoff, "target", None) == source else None
        lane = self._lanes.get(source)
        if lane is None:
            lane = self._lanes[source] = _Lane(source, None if not self._lanes else source)
            if lane.key is not None:
                giver = None if handoff is None else self._lanes[handoff.source].key or ""
                out.append(e.LaneStart(lane.key, agent=source, handed_from=giver))
        if handoff is not None:
            self.handoff = None
        return lane


class _Lane:
    def __init__(self, agent: str, key: str | None) -> None:
        self.key = key
        self.over = True
        """What comes next is of the next model call."""
        self.thought: str | None = None
        self.code: Any = None
        self._agent = agent
        self._turns = 0
        self.streamed = False
        self._thinking = Thinking()

    @property
    def at(self) -> dict[str, Any]:
        return {"turn": str(self._turns) if self._turns else None, "lane": self.key}

    def chunk(self, content: str) -> list[Event]:
        out = self._begin()
        self.streamed = True
        return [*out, *self._pieces(self._thinking.feed(content))]

    def text(self, content: str) -> list[Event]:
        """What the model said, whole. It wins where it differs from what was streamed."""
        out = [*self._begin(), *self._pieces(self._thinking.rest())]
        whole = Thinking()
        pieces = [*whole.feed(content), *whole.rest()]
        reasoning, said = (
            "".join(text for thinks, text in pieces if thinks is kind) for kind in (True, False)
        )
        if reasoning:
            out.append(e.Reasoning(reasoning, key="reasoning", **self.at))
        return [*out, e.Text(said, key="text", **self.at)] if said else out

    def calls(self, item: Any) -> list[Event]:
        out: list[Event] = [*self._usage(item)]
        for call in item.content:
            out.append(e.ToolCall(call.name, call.arguments, call_id=call.id, **self.at))
            out.append(e.ToolStart(call_id=call.id, name=call.name, lane=self.key))
        return out

    def message(self, item: Any) -> list[Event]:
        """The last word of an agent's reply. A thought before it is reasoning, and it ends the turn."""
        out = self._begin()
        if self.thought and not self.streamed:
            out.append(e.Reasoning(self.thought, **self.at))
        content: Any = getattr(item, "content", None)
        if isinstance(content, str):
            out += self.text(content)
        elif not self.streamed:  # images among the text, a form that was asked for, or the user's own kind
            out += self.text(
                item.to_text() if content is None or isinstance(content, list) else fenced(content)
            )
        out += self._usage(item)
        self.over = True
        return out

    def executed(self, item: Any) -> list[Event]:
        """Code of the model's own, run by the agent: a call that has no id and no name."""
        out = self._begin()
        result = item.result
        out.append(e.ToolCall("execute_code", {"blocks": self.code}, call_id=item.id, **self.at))
        outcome = "ok" if result.exit_code == 0 else "error"
        out.append(e.ToolResult(result.output, call_id=item.id, outcome=outcome, lane=self.key))
        self.over = True
        return out

    def _begin(self) -> list[Event]:
        if not self.over:
            return []
        self.over = False
        self.streamed = False
        self._thinking = Thinking()
        self._turns += 1
        return [e.TurnStart(agent=self._agent, **self.at)]

    def _pieces(self, pieces: list[tuple[bool, str]]) -> list[Event]:
        return [
            e.ReasoningDelta(text, key="reasoning", **self.at)
            if thinks
            else e.TextDelta(text, key="text", **self.at)
            for thinks, text in pieces
        ]

    def _usage(self, item: Any) -> list[Event]:
        self.thought = None
        usage = item.models_usage
        if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
            return []  # nobody counted
        counted = Usage(input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens)
        return [e.TurnUsage(counted, **self.at)]


class Thinking:
    """Tells reasoning from text in a reply that begins with ``<think>``, however the tags are cut into chunks."""

    OPEN = "<think>"
    CLOSE = "</think>"

    def __init__(self) -> None:
        self._held = ""
        self._waits_for: str | None = self.OPEN

    def feed(self, chunk: str) -> list[tuple[bool, str]]:
        """Pieces of reasoning (``True``) and of text; what may be the beginning of a tag is held back."""
        text = self._held + chunk
        self._held = ""
        out: list[tuple[bool, str]] = []
        if self._waits_for == self.OPEN:
            if len(text) < len(self.OPEN) and self.OPEN.startswith(text):
                self._held = text
                return out
            thinks = text.startswith(self.OPEN)
            self._waits_for = self.CLOSE if thinks else None
            text = text.removeprefix(self.OPEN)
        if self._waits_for == self.CLOSE:
            reasoning, closed, text = text.partition(self.CLOSE)
            if closed:
                self._waits_for = None
            else:
                self._held = _beginning(reasoning, self.CLOSE)
                reasoning = reasoning.removesuffix(self._held)
            out.append((True, reasoning))
        out.append((False, text))
        return [piece for piece in out if piece[1]]

    def rest(self) -> list[tuple[bool, str]]:
        """What was held back, when the reply is over."""
        held, self._held = self._held, ""
        return [(self._waits_for == self.CLOSE, held)] if held else []


def _beginning(text: str, tag: str) -> str:
    """The longest end of ``text`` that ``tag`` begins with."""
    sizes = range(min(len(text), len(tag) - 1), 0, -1)
    return next((tag[:size] for size in sizes if text.endswith(tag[:size])), "")


_BOOKKEEPING = {
    "TaskResult",  # the messages once more
    "SelectSpeakerEvent",
    "SelectorEvent",
    "UserInputRequestedEvent",
}


def _result(result: Any, lane: str | None) -> e.ToolResult:
    outcome = "error" if result.is_error else "ok"
    return e.ToolResult(result.content, call_id=result.call_id, name=result.name, outcome=outcome, lane=lane)
