"""Agents of Microsoft's agent-framework, and workflows that are wrapped as agents.

``agent.run(stream=True)`` gives updates, each with contents; a new ``response_id`` is a new model call. A run that
needs a person's word ends with ``function_approval_request`` contents; the answers are the next run's messages, and it
goes on where the other stopped. Other arguments than the model's get into a call by a middleware, the framework's place
for it. An agent that is the tool of another is not streamed.

Knows ``events`` and ``values``. The framework is there when one of its agents is, and is imported only then; its
objects are ``Any`` here, because turnwise's own types are checked without it.
"""

from __future__ import annotations

import inspect
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from .. import events as e
from ..values import Usage
from .base import Adapter
from .description import Description, ToolInfo
from .native import all_fixed, framework, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

    from typing_extensions import Self

    from ..events import ApprovalResponse, Event
    from ..transcript import Transcript
    from ..values import FinishReason
    from .description import Changeable


class AgentFrameworkAdapter(Adapter):
    """One session of an agent; ``options`` go to each ``run``, for example ``options={"temperature": 0}``.

    The session keeps the history as the agent's providers say. A run that is stopped or fails is not kept in it.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._session: Any = options.pop("session", None)
        self._options = options
        self.name = f"Agent Framework · {agent.name}" if agent.name else "Agent Framework"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent, and go on with each set of answers. Stopping closes the stream."""
        if self._session is None:
            self._session = self._agent.create_session()
        heard = _Answers()
        editable = "middleware" in inspect.signature(self._agent.run).parameters  # not of a workflow
        options = heard.among(self._options) if editable else self._options
        translator = Translator(editable=editable, agreed=heard.agreed)
        said: Any = prompt
        try:
            while said is not None:
                run = self._agent.run(said, stream=True, session=self._session, **options)
                async with run as updates:
                    async for update in updates:
                        for event in translator.feed(update):
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


class Translator:
    """The updates of one run, its resumptions included, as turnwise events. Pure: it reads attributes by name.

    A turn begins with the first content of a ``response_id``, or after results where there is none. The first author
    is the main lane; each other one, in a workflow, has a lane of its own. ``editable``: whether calls that a person is
    asked about may run with other arguments; ``agreed`` knows the questions that a person has answered before.
    """

    def __init__(self, *, editable: bool = False, agreed: Callable[[Any], bool] = lambda _: False) -> None:
        self._editable = editable
        self._agreed = agreed
        self._lanes: dict[str | None, _Lane] = {}
        self._requests: dict[str, Any] = {}

    def take_requests(self) -> dict[str, Any]:
        """What the run has asked, by call id; the answers begin another run, which counts its tokens anew."""
        requests, self._requests = self._requests, {}
        for lane in self._lanes.values():
            lane.before = lane.total = Usage()
        return requests

    def feed(self, update: Any) -> list[Event]:
        """What one update says."""
        out: list[Event] = []
        lane = self._lane(getattr(update, "author_name", None), out)
        if str(update.role) == "tool":
            lane.answered = True
        elif _says(update):
            out += lane.turn_of(getattr(update, "response_id", None))
        for content in update.contents or ():
            out += self._content(content, lane)
        reason: Any = getattr(update, "finish_reason", None)
        if reason:
            out.append(e.TurnFinish(_FINISH.get(reason, "unknown"), native=str(reason), **lane.at))
        return out

    def _lane(self, author: str | None, out: list[Event]) -> _Lane:
        lane = self._lanes.get(author)
        if lane is None:
            lane = self._lanes[author] = _Lane(author if self._lanes else None, author)
            if lane.key is not None:
                out.append(e.LaneStart(lane.key, agent=author))
        return lane

    def _content(self, content: Any, lane: _Lane) -> list[Event]:
        whole = getattr(content, "merge_mode", None) == "replace"
        at = lane.at
        match content.type:
            case "text":
                text = content.text or ""
                said = e.Text(text, **at) if whole else e.TextDelta(text, **at)
                return [said, *_sources(content, at)]
            case "text_reasoning":
                text = content.text or ""
                return [e.Reasoning(text, **at) if whole else e.ReasoningDelta(text, **at)]
            case "function_call":
                return [_call(content, at, whole)]
            case "function_result":
                failed = getattr(content, "exception", None) is not None
                return [
                    e.ToolResult(
                        content.result,
                        call_id=content.call_id,
                        outcome="error" if failed else "ok",
                        lane=lane.key,
                    )
                ]
            case "usage":
                return [lane.usage(content.usage_details)]
            case "function_approval_request":
                call = content.function_call
                self._requests[call.call_id] = content
                if self._agreed(content):
                    return []
                editable = self._editable and not getattr(call, "hosted", False)  # the provider runs it
                ask = e.ApprovalRequest(
                    call_id=call.call_id, name=call.name, editable=editable, lane=lane.key
                )
                return [_call(call, at, whole=True), ask]
            case "data" | "uri":
                return [e.File(url=content.uri, media_type=content.media_type or _BINARY, **at)]
            case "error":
                message = content.message or content.error_code or "the agent reports an error"
                return [e.Error(message, kind=content.error_code or "error", **at)]
            case "function_approval_response":
                return []
            case kind:
                return [e.Unknown(kind, payload=content, **at)]


class _Lane:
    def __init__(self, key: str | None, agent: str | None) -> None:
        self.key = key
        self._agent = agent
        self._turns = 0
        self._response: str | None = None
        self.answered = False
        """Results have come since the model spoke."""
        self.before = Usage()
        """Tokens of the turns before this one: the framework adds them up over a run."""
        self.total = Usage()

    @property
    def at(self) -> dict[str, Any]:
        return {"turn": str(self._turns) if self._turns else None, "lane": self.key}

    def turn_of(self, response: str | None) -> list[Event]:
        """Begin a turn, if a reply is not of the current one."""
        new = response is not None and self._response is not None and response != self._response
        if response is not None:
            self._response = response
        if self._turns and not new and not self.answered:
            return []
        self.answered = False
        self._turns += 1
        self.before = self.total
        return [e.TurnStart(agent=self._agent, **self.at)]

    def usage(self, details: Mapping[str, Any]) -> e.TurnUsage:
        self.total = Usage(
            input_tokens=details.get("input_token_count"),
            output_tokens=details.get("output_token_count"),
            cached_tokens=details.get("cache_read_input_token_count"),
            reasoning_tokens=details.get("reasoning_output_token_count"),
        )
        if (self.total.input_tokens or 0) < (self.before.input_tokens or 0):
            self.before = Usage()  # not added up: an agent that makes no loop of its calls counts each
        return e.TurnUsage(_less(self.total, self.before), **self.at)


_BINARY = "application/octet-stream"

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}


def _says(update: Any) -> bool:
    """Whether anything of a reply is in it; questions to a person are of the reply before."""
    if getattr(update, "finish_reason", None) or getattr(update, "response_id", None):
        return True
    return any(each.type not in ("function_approval_request", "function_result") for each in update.contents)


def _call(content: Any, at: dict[str, Any], whole: bool) -> Event:
    arguments = content.arguments
    if whole or (arguments is not None and not isinstance(arguments, str)):
        return e.ToolCall(content.name, arguments, call_id=content.call_id, **at)
    return e.ToolCallDelta(arguments or "", name=content.name or None, call_id=content.call_id, **at)


def _sources(content: Any, at: dict[str, Any]) -> list[Event]:
    return [
        e.Source(each.get("url"), each.get("title"), snippet=each.get("snippet"), **at)
        for each in getattr(content, "annotations", None) or ()
        if each.get("url")
    ]


def _less(total: Usage, before: Usage) -> Usage:
    def less(now: int | None, then: int | None) -> int | None:
        return None if now is None else now - (then or 0)

    return Usage(
        input_tokens=less(total.input_tokens, before.input_tokens),
        output_tokens=less(total.output_tokens, before.output_tokens),
        cached_tokens=less(total.cached_tokens, before.cached_tokens),
        reasoning_tokens=less(total.reasoning_tokens, before.reasoning_tokens),
    )
