"""What Pydantic AI says, as events: its stream, and the messages between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from ... import events as e
from ...values import Usage
from ..native import fenced

if TYPE_CHECKING:
    from ...events import Event
    from ...values import FinishReason

Message: TypeAlias = Any
"""``pydantic_ai.messages.ModelMessage``: a request to the model or its response."""


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
        return [e.TurnStart(turn=self.turn, model=model)]

    def reply(self, response: Message, turn: int | None = None) -> list[Event]:
        """The model's whole reply, of the current turn unless ``turn`` says otherwise: arguments, usage, finish reason.

        Nothing for one that was reported before, or that was broken off.
        """
        if response is self._reported:
            return []
        self._reported = response
        key = self.turn if turn is None else str(turn)
        out: list[Event] = []
        usage = _usage(response.usage)
        if usage is not None:
            out.append(e.TurnUsage(usage, turn=key))
        if getattr(response, "state", "complete") == "interrupted":
            return out
        out += [_call(part, turn=key) for part in response.parts if part.part_kind in ("tool-call", _HOSTED)]
        reason: str | None = getattr(response, "finish_reason", None)
        details: dict[str, Any] = getattr(response, "provider_details", None) or {}
        native = details.get("finish_reason")
        native = native if isinstance(native, str) else reason
        out.append(e.TurnFinish(_FINISH.get(reason or ""), native=native, turn=key))
        if turn is None:
            self._replied = True
        return out

    def output(self, output: Any) -> list[Event]:
        """What the run returns, where no text has said it: a structured result, or what a function made of the text."""
        said = "".join(self.text).strip()
        if output is None or (isinstance(output, str) and output.strip() in said):
            return []
        if said and not isinstance(output, str) and not self._output_tool:
            return []  # the text is the output, before it was validated
        return [e.FinalText(output if isinstance(output, str) else fenced(output), turn=self.turn)]

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
                return [e.Unknown(str(name or kind or type(event).__name__), payload=event)]

    @property
    def turn(self) -> str | None:
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
            out.append(e.TurnStart(turn=self.turn))
        turn = self.turn
        before = self._blocks.get(index)
        kind: str = part.part_kind
        if kind in ("tool-call", _HOSTED):
            key = self._blocks[index] = before or f"call{index}"
            if before is not None:
                self._stale.add(index)
                return out
            out.append(
                e.ToolCallDelta(
                    _arguments(part.args), name=part.tool_name, call_id=part.tool_call_id, key=key, turn=turn
                )
            )
            return out
        if kind in ("text", "thinking"):
            if before is not None:
                out.append(
                    e.Text("", key=before, turn=turn)
                    if kind == "text"
                    else e.Reasoning("", key=before, turn=turn)
                )
            key = self._blocks[index] = f"part{index}" if before is None else f"{before}+"
            return [*out, *self._piece(kind, part.content, key)]
        if kind == "builtin-tool-return":
            return [*out, _result(part)]
        if kind == "file":
            file = part.content
            return [*out, e.File(file.data, media_type=file.media_type, key=f"file{index}", turn=turn)]
        if kind == "compaction":  # the conversation in fewer words, which not all providers let read
            return [*out, e.Data("compaction", part.content, turn=turn)]
        return [*out, e.Unknown(kind, payload=part, turn=turn)]

    def _piece(self, kind: str, text: str | None, key: str | None) -> list[Event]:
        if not text:
            return []
        if kind == "thinking":
            return [e.ReasoningDelta(text, key=key, turn=self.turn)]
        self.text.append(text)
        return [e.TextDelta(text, key=key, turn=self.turn)]

    def _delta(self, index: int, delta: Any) -> list[Event]:
        kind: str = delta.part_delta_kind
        key = self._blocks.get(index)
        if kind in ("text", "thinking"):
            return self._piece(kind, delta.content_delta, key)
        if kind != "tool_call":
            return [e.Unknown(kind, payload=delta, turn=self.turn)]
        more: object = delta.args_delta
        if not isinstance(more, str):
            if more is not None:
                self._stale.add(index)
            return []
        if index in self._stale or not more:
            return []
        return [e.ToolCallDelta(more, call_id=delta.tool_call_id, key=key, turn=self.turn)]

    def _end(self, index: int, part: Any) -> list[Event]:
        """A part is whole. Not so a call: while calls interleave, its arguments may still come."""
        key = self._blocks.get(index)
        if part.part_kind == "text":
            return [e.Text(part.content, key=key, turn=self.turn)]
        if part.part_kind == "thinking":
            return [e.Reasoning(part.content, key=key, turn=self.turn)]
        if part.part_kind == _HOSTED:  # no other event says that it is whole
            return [_call(part, key=key, turn=self.turn)]
        return []

    def _call(self, part: Any, is_output: bool, valid: bool | None) -> list[Event]:
        self._replied = True
        self._output_tool = self._output_tool or is_output
        out: list[Event] = [_call(part, turn=self.turn)]
        if valid:
            out.append(e.ToolStart(call_id=part.tool_call_id, name=part.tool_name))
        return out


_HOSTED = "builtin-tool-call"
"""The kind of a part that calls a tool which the provider runs by itself."""

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


def _call(part: Any, *, turn: str | None, key: str | None = None) -> e.ToolCall:
    hosted: bool = part.part_kind == _HOSTED
    return e.ToolCall(part.tool_name, part.args, hosted=hosted, call_id=part.tool_call_id, key=key, turn=turn)


def _arguments(args: object) -> str:
    if args is None or isinstance(args, str):
        return args or ""
    return json.dumps(args, ensure_ascii=False, default=str)


def _result(part: Any) -> e.ToolResult:
    """Anything but success is an error; a request to try again was a part of its own kind in 1.x."""
    success = part.part_kind != "retry-prompt" and getattr(part, "outcome", "success") == "success"
    return e.ToolResult(
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


def questions(requests: Any) -> list[Event]:
    """What a run that ended in ``DeferredToolRequests`` asks a person."""
    return [
        e.ApprovalRequest(editable=True, call_id=call.tool_call_id, name=call.tool_name)
        for call in requests.approvals
    ]
