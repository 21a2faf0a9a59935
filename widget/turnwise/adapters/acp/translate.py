"""What an ACP agent tells of its work (``session/update``), as turnwise events. Pure: JSON in, events out.

The protocol has no word for a turn. Content after a tool has returned is of the next one; a ``messageId``, where an
agent gives one, says better whether a message goes on or another begins. A call while others of the turn still run is
one more of theirs, since no model is asked again before they are answered.

Knows ``events``, ``values`` and how ``agent`` reads JSON that nobody vouches for.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ... import events as e
from ...agent.providers.untyped import Object, count, inner, objects, word
from ...values import Usage

if TYPE_CHECKING:
    from ...events import Event
    from ...values import FinishReason, Outcome

_BOOKKEEPING = frozenset(
    {
        "available_commands_update",
        "config_option_update",
        "current_mode_update",
        "plan_removed",
        "session_info_update",
        "usage_update",  # how full the context is, not what a reply cost
        "user_message_chunk",  # the prompt, said back
    }
)
"""Updates that say nothing of the conversation."""

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "refusal": "content_filter",
    "cancelled": "cancelled",
}

_DONE: dict[str, Outcome] = {"completed": "ok", "failed": "error"}

_BEGUN = {"in_progress", *_DONE}


@dataclass(slots=True)
class _Call:
    """What is known of a call; an update has only what is new."""

    name: str
    whole: bool = False
    """Its arguments have been told."""
    outcome: Outcome | None = None
    """How it returned, if it has."""
    content: list[Object] = field(default_factory=list["Object"])
    output: Any = None


class Translator:
    """One prompt's updates, then ``finish`` with the answer to the prompt."""

    def __init__(self) -> None:
        self._turn = 0
        self._messages: dict[str, str] = {}
        """Of the turn: ids of its messages, by kind of chunk."""
        self._calls: dict[str, _Call] = {}
        self._running: set[str] = set()
        """Of the turn: calls that have not returned."""
        self._returned = False
        """Whether a call of the turn has."""

    def feed(self, update: Object) -> list[Event]:
        """The events of one ``params.update``."""
        match word(update.get("sessionUpdate")):
            case "agent_message_chunk":
                return self._chunk("text", update)
            case "agent_thought_chunk":
                return self._chunk("reasoning", update)
            case "tool_call" | "tool_call_update":
                return self.call(update)
            case "plan" | "plan_update":
                entries = update.get("entries") or update.get("plan")
                return [*self._begin(goes_on=True), e.Data("plan", entries, key="plan", turn=self._key)]
            case kind if kind in _BOOKKEEPING:
                return []
            case kind:
                return [e.Unknown(str(kind), payload=update)]

    def finish(self, answer: Object) -> list[Event]:
        """What the answer to ``session/prompt`` says of the run, as far as its last turn can hold it."""
        native = word(answer.get("stopReason"))
        out: list[Event] = []
        if self._turn and (usage := _usage(inner(answer, "usage"))) is not None:
            out.append(e.TurnUsage(usage, turn=self._key))
        if native == "max_turn_requests":
            message = "The agent stopped at its limit of model calls for one prompt."
            return [*out, e.Error(message, kind=native)]
        out += [] if self._turn else self._begin()
        out.append(e.TurnFinish(_FINISH.get(native or "", "unknown"), native=native, turn=self._key))
        return out

    def call(self, update: Object) -> list[Event]:
        """A tool call, or what is new of one: its arguments, that it runs, what it returned.

        The name is the call's first title: the protocol has titles for people, and no names.
        """
        call_id = str(update.get("toolCallId"))
        out: list[Event] = []
        call = self._calls.get(call_id)
        if call is None:
            out += self._begin(goes_on=bool(self._running))
            call = self._calls[call_id] = _Call(
                word(update.get("title")) or word(update.get("kind")) or "tool"
            )
            self._running.add(call_id)
            out.append(e.ToolCallDelta(name=call.name, call_id=call_id, turn=self._key))
        status = word(update.get("status"))
        given = update.get("rawInput")
        # Some agents begin with an empty object and tell the arguments before the call runs.
        if (given or (given is not None and status in _BEGUN)) and not call.whole:
            call.whole = True
            out.append(e.ToolCall(call.name, given, call_id=call_id))
        before = _value(call)
        if isinstance(update.get("content"), list):
            call.content = objects(update["content"])
        call.output = call.output if update.get("rawOutput") is None else update["rawOutput"]
        value = _value(call)
        if status == "in_progress" and call.outcome is None:
            out.append(e.ToolStart(call_id=call_id))
        if status in _DONE:
            if call.outcome is None:  # a word that is said again ends nothing
                self._running.discard(call_id)
                self._returned = True
            call.outcome = _DONE[status]
            out.append(e.ToolResult(value, call_id=call_id, outcome=call.outcome))
        elif call.outcome is not None and value != before:
            out.append(e.ToolResult(value, call_id=call_id, outcome=call.outcome))
        elif call.outcome is None and update.get("content"):
            out.append(e.ToolResult(value, call_id=call_id, preliminary=True))
        return out

    @property
    def _key(self) -> str:
        return str(self._turn)

    def _begin(self, *, goes_on: bool = False) -> list[Event]:
        """Open a turn if there is none, or if the one there is has been answered (unless it ``goes_on``)."""
        if self._turn and (goes_on or not self._returned):
            return []
        self._turn += 1
        self._returned = False
        self._messages.clear()
        self._running.clear()
        return [e.TurnStart(turn=self._key)]

    def _chunk(self, kind: Literal["text", "reasoning"], update: Object) -> list[Event]:
        content = inner(update, "content")
        if content.get("type") == "text" and not content.get("text"):
            return []
        message = word(update.get("messageId"))
        known = self._messages.get(kind)
        if message is not None and known is not None and message != known:
            self._returned = True  # another message: whatever came between, the one before is over
        out = self._begin(goes_on=message is not None and message == known)
        if message is not None:
            self._messages[kind] = message
        if content.get("type") == "text":
            text = word(content.get("text")) or ""
            delta = e.TextDelta if kind == "text" else e.ReasoningDelta
            return [*out, delta(text, turn=self._key)]
        file = _file(content, self._key)
        return [*out, file or e.Unknown(f"{kind} {content.get('type')}", payload=content, turn=self._key)]


def _file(content: Object, turn: str) -> e.File | None:
    """An image, a sound, or something that the agent points to or includes."""
    resource = inner(content, "resource") or content
    media_type = word(resource.get("mimeType"))
    url = word(resource.get("uri"))
    name = word(resource.get("title")) or word(resource.get("name")) or url
    text: object = resource.get("text")
    data: bytes | None = None
    if isinstance(text, str):
        data = text.encode("utf-8", "replace")
        media_type = media_type or "text/plain"
    elif isinstance(held := resource.get("data") or resource.get("blob"), str):
        try:
            data = base64.b64decode(held, validate=True)
        except (binascii.Error, ValueError):
            return None
    if data is None and url is None:
        return None
    return e.File(data, url=url, media_type=media_type or "application/octet-stream", name=name, turn=turn)


def _value(call: _Call) -> Any:
    """What people are meant to see of a result; else what the tool itself returned.

    Blocks of nothing but text are one text.
    """
    if not call.content:
        return call.output
    blocks = [inner(block, "content") if block.get("type") == "content" else block for block in call.content]
    texts = [str(block.get("text")) for block in blocks if block.get("type") == "text"]
    return "\n".join(texts) if len(texts) == len(blocks) else blocks


def _usage(usage: Object) -> Usage | None:
    """The protocol counts what was read from a cache, or written to one, apart from the rest of the prompt."""
    if not usage:
        return None
    cached, fresh = count(usage, "cachedReadTokens"), count(usage, "inputTokens")
    written = count(usage, "cachedWriteTokens") or 0
    return Usage(
        input_tokens=None if fresh is None else fresh + (cached or 0) + written,
        output_tokens=count(usage, "outputTokens"),
        cached_tokens=cached,
        reasoning_tokens=count(usage, "thoughtTokens"),
    )
