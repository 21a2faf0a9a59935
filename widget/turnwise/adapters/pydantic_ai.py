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

import asyncio
import json
from importlib import import_module
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast

from ..events import (
    Error,
    FinalText,
    Reasoning,
    ReasoningDelta,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    ToolStart,
    TurnFinish,
    TurnStart,
    TurnUsage,
    Unknown,
)
from ..values import Usage
from .base import Adapter
from .native import fenced

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from ..events import Event
    from ..transcript import Transcript
    from ..values import FinishReason

_Message: TypeAlias = Any
"""``pydantic_ai.messages.ModelMessage``: a request to the model or its response."""

_END = object()


class PydanticAIAdapter(Adapter):
    """One conversation with one agent; ``options`` go to each ``agent.run``, for example ``deps`` or ``usage_limits``.

    The history is the framework's own, kept from run to run. What a stopped or failed run leaves open in it is closed
    before the next prompt.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    def __init__(self, agent: Any, **options: Any) -> None:
        self._agent = agent
        self._run = _Run(agent, list(options.pop("message_history", None) or ()))
        self._options = options
        self.name = f"Pydantic AI · {agent.name}" if agent.name else "Pydantic AI"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Run the agent with the messages of the runs before. Stopping cancels it and waits until it has cleaned up."""
        run = self._run = _Run(self._agent, _closed(self._run.messages))
        task = asyncio.create_task(run.drive(prompt, self._options))
        task.add_done_callback(lambda _: run.events.put_nowait(_END))
        try:
            while (event := await run.events.get()) is not _END:
                yield cast("Event", event)
                run.events.task_done()
            for event in run.last_reply():
                yield event
            # What the task raised is the run's error, said once.
            for event in run.translator.output(task.result().output):
                yield event
        finally:
            if task.cancel():
                await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # raised above, or the agent's way to end when it was stopped


class _Run:
    """One ``agent.run``: what it says, and the conversation's messages as far as it has come."""

    def __init__(self, agent: Any, history: list[_Message]) -> None:
        self.translator = Translator()
        self.events: asyncio.Queue[Event | object] = asyncio.Queue()
        self._agent = agent
        self._history = history
        self._captured: list[_Message] = []
        self._step = 0

    @property
    def messages(self) -> list[_Message]:
        """Those before the run and its own, at any time, and whatever becomes of the run."""
        messages = self._captured or self._history
        text = "".join(self.translator.text)
        if self.translator.replying and text and messages[-1].kind == "request":
            # 1.x forgets a reply that was broken off; the reader saw it and may refer to it.
            native = import_module("pydantic_ai.messages")
            return [*messages, native.ModelResponse([native.TextPart(text)])]
        return messages

    async def drive(self, prompt: str, options: dict[str, Any]) -> Any:
        """The run's result."""
        with import_module("pydantic_ai").capture_run_messages() as self._captured:
            result = await self._agent.run(
                prompt,
                message_history=self._history,
                event_stream_handler=self._handle,
                infer_name=False,
                **options,
            )
        self._captured = result.all_messages()
        return result

    async def _handle(self, context: Any, events: AsyncIterator[Any]) -> None:
        """Called once per model call, and once more when its reply is handled: tools run, output is validated."""
        if context.run_step != self._step:
            self._step = context.run_step
            await self._say(self.translator.request(_model_name(context)))
        else:
            await self._say(self._reply(context.messages))
        passed_on = self._pass_on(events)
        own: Any = getattr(self._agent, "event_stream_handler", None)  # whose place this handler takes
        if own is not None:
            await own(context, passed_on)
        async for _ in passed_on:
            pass

    async def _pass_on(self, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for event in events:
            await self._say(self.translator.feed(event))
            yield event

    async def _say(self, events: list[Event]) -> None:
        """Hand over, and go on when all has been taken: the agent is never ahead of its reader."""
        for event in events:
            self.events.put_nowait(event)
        await self.events.join()

    def last_reply(self) -> list[Event]:
        """Of a run that has ended, if that was before the reply was handled."""
        return self._reply(self._captured) if self._step else []

    def _reply(self, messages: list[_Message]) -> list[Event]:
        last = messages[-1] if messages else None
        return self.translator.reply(last) if last is not None and last.kind == "response" else []


class Translator:
    """The events of one run, and the messages between them, as turnwise events. Pure: it reads attributes by name.

    A turn begins with ``request``. Where that is not called (recordings of the bare event stream) it begins with a
    first part after the end of a reply: after a ``PartEndEvent`` that no part follows, or after anything of a tool.
    """

    def __init__(self) -> None:
        self._turn = 0
        self._replied = True
        self._blocks: dict[int, str] = {}
        """Keys of this reply's parts by their index; the same index again is another block."""
        self._stale: set[int] = set()
        """Calls whose arguments cannot be continued as text; they come whole in the end."""
        self._reported: object = None
        self._output_tool = False
        self.text: list[str] = []
        """Of the current turn."""

    @property
    def replying(self) -> bool:
        """Whether the model has not said all of the current turn."""
        return not self._replied

    def request(self, model: str | None = None) -> list[Event]:
        """The agent calls the model."""
        self._open()
        return [TurnStart(turn=self._key, model=model)]

    def reply(self, response: _Message, turn: int | None = None) -> list[Event]:
        """The model's whole reply, of the current turn unless ``turn`` says otherwise: arguments, usage, finish reason.

        Nothing for one that was reported before, or that was broken off.
        """
        if response is self._reported:
            return []
        self._reported = response
        key = self._key if turn is None else str(turn)
        out: list[Event] = []
        usage = _usage(response.usage)
        if usage is not None:
            out.append(TurnUsage(usage, turn=key))
        if getattr(response, "state", "complete") == "interrupted":
            return out
        out += [
            ToolCall(part.tool_name, part.args, call_id=part.tool_call_id, turn=key)
            for part in response.parts
            if part.part_kind in ("tool-call", "builtin-tool-call")
        ]
        reason: str | None = getattr(response, "finish_reason", None)
        details: dict[str, Any] = getattr(response, "provider_details", None) or {}
        native = details.get("finish_reason")
        native = native if isinstance(native, str) else reason
        out.append(TurnFinish(_FINISH.get(reason or ""), native=native, turn=key))
        if turn is None:
            self._replied = True
        return out

    def output(self, output: Any) -> list[Event]:
        """What the run returns, where no text has said it: a structured result, or what a function made of the text."""
        if type(output).__name__ == "DeferredToolRequests":
            return [_approval(output)]
        said = "".join(self.text).strip()
        if output is None or (isinstance(output, str) and output.strip() in said):
            return []
        if said and not isinstance(output, str) and not self._output_tool:
            return []  # the text is the output, before it was validated
        return [FinalText(output if isinstance(output, str) else fenced(output), turn=self._key)]

    def feed(self, event: Any) -> list[Event]:
        """What one native event says."""
        match getattr(event, "event_kind", None):
            case "part_start":
                return self._start(event.index, event.part)
            case "part_delta":
                return self._delta(event.index, event.delta)
            case "part_end":
                if getattr(event, "next_part_kind", None) is None:
                    self._replied = True
                return self._end(event.index, event.part)
            case "function_tool_call" | "output_tool_call" as kind:
                return self._call(event.part, kind == "output_tool_call", getattr(event, "args_valid", True))
            case "function_tool_result" | "output_tool_result":
                self._replied = True
                return [_result(event.part if hasattr(event, "part") else event.result)]  # early 1.x
            case (
                "final_result"
            ):  # fires for any text, also when tools follow; only a tool's name says something
                self._output_tool = self._output_tool or event.tool_name is not None
                return []
            case kind if kind in _BOOKKEEPING:
                return []
            case kind:
                name = getattr(event, "name", None)
                return [Unknown(str(name or kind or type(event).__name__), payload=event)]

    @property
    def _key(self) -> str | None:
        """Of the current turn; ``None`` while a resumed run goes on with calls of an earlier one."""
        return str(self._turn) if self._turn else None

    def _open(self) -> None:
        self._turn += 1
        self._replied = False
        self._output_tool = False
        self._blocks.clear()
        self._stale.clear()
        self.text = []

    def _start(self, index: int, part: Any) -> list[Event]:
        """A part begins; its first piece is in it. The same index again takes the place of what was there."""
        out: list[Event] = []
        if self._replied and index == 0:
            self._open()
            out.append(TurnStart(turn=self._key))
        turn = self._key
        before = self._blocks.get(index)
        kind: str = part.part_kind
        if kind in ("tool-call", "builtin-tool-call"):
            key = self._blocks[index] = before or f"call{index}"
            if before is not None:
                self._stale.add(index)
                return out
            out.append(
                ToolCallDelta(
                    _arguments(part.args), name=part.tool_name, call_id=part.tool_call_id, key=key, turn=turn
                )
            )
            return out
        if kind in ("text", "thinking"):
            if before is not None:
                out.append(
                    Text("", key=before, turn=turn)
                    if kind == "text"
                    else Reasoning("", key=before, turn=turn)
                )
            key = self._blocks[index] = f"part{index}" if before is None else f"{before}+"
            return [*out, *self._piece(kind, part.content, key)]
        if kind == "builtin-tool-return":
            return [*out, _result(part)]
        return [*out, Unknown(kind, payload=part, turn=turn)]

    def _piece(self, kind: str, text: str | None, key: str | None) -> list[Event]:
        if not text:
            return []
        if kind == "thinking":
            return [ReasoningDelta(text, key=key, turn=self._key)]
        self.text.append(text)
        return [TextDelta(text, key=key, turn=self._key)]

    def _delta(self, index: int, delta: Any) -> list[Event]:
        kind: str = delta.part_delta_kind
        key = self._blocks.get(index)
        if kind in ("text", "thinking"):
            return self._piece(kind, delta.content_delta, key)
        if kind != "tool_call":
            return [Unknown(kind, payload=delta, turn=self._key)]
        more: object = delta.args_delta
        if not isinstance(more, str):
            if more is not None:
                self._stale.add(index)
            return []
        if index in self._stale or not more:
            return []
        return [ToolCallDelta(more, call_id=delta.tool_call_id, key=key, turn=self._key)]

    def _end(self, index: int, part: Any) -> list[Event]:
        """A part is whole. Not so a call: while calls interleave, its arguments may still come."""
        key = self._blocks.get(index)
        if part.part_kind == "text":
            return [Text(part.content, key=key, turn=self._key)]
        if part.part_kind == "thinking":
            return [Reasoning(part.content, key=key, turn=self._key)]
        return []

    def _call(self, part: Any, is_output: bool, valid: bool | None) -> list[Event]:
        self._replied = True
        self._output_tool = self._output_tool or is_output
        out: list[Event] = [ToolCall(part.tool_name, part.args, call_id=part.tool_call_id, turn=self._key)]
        if valid:
            out.append(ToolStart(call_id=part.tool_call_id, name=part.tool_name))
        return out


_BOOKKEEPING = (
    "builtin_tool_call",  # 1.x: parts say the same
    "builtin_tool_result",
    "deferred_tool_requests",  # the run's output says the same
    "deferred_tool_results",
    "tool_availability_delta",
    "capability_load_delta",
    "model_settings_delta",
)
"""Events that say nothing more than others do, or nothing of the conversation."""

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_call": "tool_calls",
    "error": "error",
}


def _arguments(args: object) -> str:
    if args is None or isinstance(args, str):
        return args or ""
    return json.dumps(args, ensure_ascii=False, default=str)


def _result(part: Any) -> ToolResult:
    """Anything but success is an error; a request to try again was a part of its own kind in 1.x."""
    success = part.part_kind != "retry-prompt" and getattr(part, "outcome", "success") == "success"
    return ToolResult(
        part.content, call_id=part.tool_call_id, name=part.tool_name, outcome="ok" if success else "error"
    )


def _usage(usage: Any) -> Usage | None:
    """``None`` where the provider did not count: the framework has zeros then."""
    details: dict[str, Any] = getattr(usage, "details", None) or {}
    reasoning = getattr(usage, "output_reasoning_tokens", details.get("reasoning_tokens"))  # 2.x, 1.x
    if getattr(usage, "unmeasured_requests", 0) or not (usage.input_tokens or usage.output_tokens):
        return None
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cache_read_tokens,
        reasoning_tokens=reasoning,
    )


def _approval(requests: Any) -> Error:
    calls = [*requests.approvals, *getattr(requests, "calls", ())]
    names = ", ".join(call.tool_name for call in calls)
    return Error(
        f"The agent waits for approval, or for a result from outside, of: {names}. "
        f"turnwise cannot give it yet; the calls were not made.",
        kind="ApprovalNeeded",
    )


def _model_name(context: Any) -> str | None:
    name: object = getattr(context.model, "model_name", None)
    return name if isinstance(name, str) else None


# The framework's messages, made fit to go on with.


_NO_RESULT = "(no result: the call did not come to an end)"


def _closed(messages: list[_Message]) -> list[_Message]:
    """``messages`` with every call answered: the framework and the providers refuse a prompt after an open call.

    A run that was stopped or failed leaves calls open, and one that waits for approval does. 2.x closes some of them
    by itself, 1.x none.
    """
    native = import_module("pydantic_ai.messages")
    out: list[_Message] = []
    for message, following in zip_longest(messages, messages[1:]):
        if message.kind == "response" and not message.parts:
            continue  # broken off before it said anything: providers refuse an empty reply
        out.append(message)
        closing = [
            native.ToolReturnPart(call.tool_name, _NO_RESULT, call.tool_call_id)
            for call in _unanswered(message, following)
        ]
        if closing:
            out.append(native.ModelRequest(closing))
    return out


def _unanswered(message: _Message, following: _Message | None) -> list[Any]:
    """The calls of ``message``, if it is a response, that ``following`` does not answer."""
    if message.kind != "response":
        return []
    answers: list[Any] = following.parts if following is not None and following.kind == "request" else []
    answered = {getattr(part, "tool_call_id", None) for part in answers}
    return [p for p in message.parts if p.part_kind == "tool-call" and p.tool_call_id not in answered]
