"""Messages of the Claude Agent SDK as turnwise events. Pure: it reads attributes by name.

With partial messages, each model call is told as Anthropic's own stream events, which the built-in agent's translator
of that wire knows; the ``AssistantMessage``s that repeat its blocks then say nothing new. Without them, those are all
there is. A sub-agent's messages name the tool call that it works for.

Knows ``events``, ``values`` and ``agent``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ... import events as e
from ...agent.providers.anthropic import Reply
from ...agent.providers.untyped import Object, count, inner, word
from ...export.anthropic import hosted_result
from ...values import Usage
from ..native import fenced

if TYPE_CHECKING:
    from ...events import Event

_DELEGATES = frozenset({"Agent", "Task"})
"""Tools that start a sub-agent, by their newer and their older name."""


class Translator:
    """One prompt's messages, in order."""

    def __init__(self) -> None:
        self._streams: dict[str | None, tuple[str, Reply]] = {}
        """By lane: id of the model's message that streams there, and what reads it."""
        self._streamed: set[str] = set()
        """Ids of messages whose stream events came."""
        self._whole: dict[str, tuple[str, int]] = {}
        """Turn of each message that came only whole, and its blocks so far."""
        self._lanes: set[str] = set()
        self._delegates: dict[str, str] = {}
        """Names of sub-agents by the call that started them."""
        self._last: str | None = None
        """The main lane's turn."""
        self._open = False
        """Whether nobody has said why the model of that turn stopped."""
        self._kept = False
        """Whether the program has taken a block of that turn, which came in pieces, into the conversation."""
        self._failed = False
        """Whether an error of the main lane has been told."""

    def feed(self, message: Any) -> list[Event]:
        """What one message says."""
        lane: str | None = getattr(message, "parent_tool_use_id", None)
        match type(message).__name__:
            case "StreamEvent":
                said = self._stream(message.event, lane)
            case "AssistantMessage":
                said = self._assistant(message, lane)
            case "UserMessage":
                said = _results(message, lane)
            case "ResultMessage":
                return self._result(message)
            case "TaskStartedMessage":
                if message.tool_use_id:
                    self._delegates.setdefault(message.tool_use_id, message.description)
                return []
            case "RateLimitEvent":  # how much of the plan is used; what it refuses fails by itself
                return []
            case _ if hasattr(message, "subtype") and hasattr(message, "data"):
                return []  # the books of the session: its beginning, its tasks, its hooks
            case name:
                return [e.Unknown(name, payload=message, lane=lane)]
        return [*self._enter(lane), *said] if said else []

    def _enter(self, lane: str | None) -> list[Event]:
        if lane is None or lane in self._lanes:
            return []
        self._lanes.add(lane)
        return [e.LaneStart(lane, agent=self._delegates.get(lane), parent_call_id=lane)]

    def _stream(self, event: Object, lane: str | None) -> list[Event]:
        """One of Anthropic's events; it is of the message that began last in its lane."""
        out: list[Event] = []
        if event.get("type") == "message_start":
            begun = inner(event, "message")
            message = str(begun.get("id"))
            self._streamed.add(message)
            key, turn = self._turn(message, word(begun.get("model")), lane)
            self._streams[lane] = key, Reply()
            out.append(turn)
        if lane not in self._streams:
            return [e.Unknown(f"stream {event.get('type')}", payload=event, lane=lane)]
        key, reply = self._streams[lane]
        said = reply.take(event)
        if lane is None and any(isinstance(each, e.TurnFinish) for each in said):
            self._open = False
        return out + [_at(each, key, lane) for each in said]

    def _assistant(self, message: Any, lane: str | None) -> list[Event]:
        """One finished block, or a few, of the model's message."""
        key: str | None = getattr(message, "message_id", None)
        for block in message.content:
            if type(block).__name__ == "ToolUseBlock" and block.name in _DELEGATES:
                self._delegates[block.id] = block.input.get("subagent_type") or block.name
        error: str | None = getattr(message, "error", None)
        if error is not None and lane is None:
            self._failed, self._open = True, False
            text = "".join(getattr(block, "text", "") for block in message.content)
            return [e.Error(text or error, kind=error)]
        if key in self._streamed:
            self._kept = self._kept or lane is None
            return []
        if key is None:  # older versions: each message is a turn of its own
            key = f"message{len(self._whole) + 1}"
        out: list[Event] = []
        if key not in self._whole:
            turn, begun = self._turn(key, None if error is not None else message.model, lane)
            self._whole[key] = turn, 0
            out.append(begun)
        turn, before = self._whole[key]
        for number, block in enumerate(message.content, before + 1):
            out.append(_at(_block(block, f"block{number}"), turn, lane))
        self._whole[key] = turn, before + len(message.content)
        if error is not None:  # a sub-agent's, which its step tells to the agent that asked for it
            out.append(e.TurnFinish("error", native=error, turn=turn, lane=lane))
        return out

    def _turn(self, key: str, model: str | None, lane: str | None) -> tuple[str, Event]:
        """Key of the turn that a message is of, and how it begins.

        One that follows a stream which broke off is the same model call, made again, unless something of it was kept:
        the model is asked to go on from there then.
        """
        if lane is None:
            if self._last in self._streamed and self._open and not self._kept:
                self._open = key in self._streamed
                return self._last, e.TurnRetry(turn=self._last)
            self._last, self._open, self._kept = key, True, False
        return key, e.TurnStart(turn=key, model=model, agent=self._delegates.get(lane or ""), lane=lane)

    def _result(self, message: Any) -> list[Event]:
        """How it ended. Usage counts the whole run, so it is told only if no model call told its own."""
        out: list[Event] = []
        if not self._streamed and self._last is not None and message.usage:
            out.append(e.TurnUsage(_usage(message.usage), turn=self._last))
        reason: str = getattr(message, "terminal_reason", None) or ""
        if reason.startswith("aborted"):
            return [*out, e.TurnFinish("cancelled", native=reason)] if self._open else out
        if message.is_error or message.subtype != "success":
            return out if self._failed else [*out, _error(message)]
        answer = getattr(message, "structured_output", None)
        if answer is not None:
            return [*out, e.FinalText(fenced(answer))]
        return [*out, e.FinalText(message.result)] if message.result else out


def _at(event: Any, turn: str, lane: str | None) -> Event:
    """``event`` in its turn; a result has none, since it finds its call anywhere."""
    return cast(
        "Event",
        replace(event, lane=lane)
        if isinstance(event, e.ToolResult)
        else replace(event, turn=turn, lane=lane),
    )


def _block(block: Any, key: str) -> Event:
    match type(block).__name__:
        case "TextBlock":
            return e.Text(block.text, key=key)
        case "ThinkingBlock":
            return e.Reasoning(block.thinking, key=key)
        case "ToolUseBlock" | "ServerToolUseBlock" as kind:
            hosted = kind == "ServerToolUseBlock"
            return e.ToolCall(block.name, block.input, hosted=hosted, call_id=block.id)
        case "ServerToolResultBlock":
            value, outcome = hosted_result({"content": block.content})
            return e.ToolResult(value, call_id=block.tool_use_id, outcome=outcome)
        case name:
            return e.Unknown(name, payload=block)


def _results(message: Any, lane: str | None) -> list[Event]:
    """What tools returned. Text is the prompt, said back, or a word to the model such as that it was interrupted."""
    blocks = cast("list[Any]", message.content) if isinstance(message.content, list) else []
    return [
        e.ToolResult(
            _value(block.content),
            call_id=block.tool_use_id,
            outcome="error" if block.is_error else "ok",
            lane=lane,
        )
        for block in blocks
        if type(block).__name__ == "ToolResultBlock"
    ]


def _value(content: Any) -> Any:
    """Blocks of nothing but text are one text."""
    if not isinstance(content, list):
        return content
    blocks = cast("list[dict[str, Any]]", content)
    if all(block.get("type") == "text" for block in blocks):
        return "\n".join(str(block.get("text")) for block in blocks)
    return blocks


def _error(message: Any) -> e.Error:
    """The most telling words that the result has; which of them there are depends on what failed."""
    status: int | None = getattr(message, "api_error_status", None)
    failed: list[str] = getattr(message, "errors", None) or []
    kind = message.subtype if message.subtype != "success" else f"api_error {status or ''}".rstrip()
    return e.Error("; ".join(failed) or message.result or kind, kind=kind)


def _usage(usage: object) -> Usage:
    cached = count(usage, "cache_read_input_tokens") or 0
    written = count(usage, "cache_creation_input_tokens") or 0
    return Usage(
        input_tokens=(count(usage, "input_tokens") or 0) + cached + written,
        output_tokens=count(usage, "output_tokens"),
        cached_tokens=cached,
    )
