"""Servers of turnwise's own stream: ``turnwise.to_sse(turnwise.stream(agent, prompt))``.

The inverse of ``reader``: what a ``StreamEvent`` tells becomes the event that leads to it, so that the transcript
here is the one there. Knows ``events``, and ``export`` for the messages.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from ... import events as e
from ...agent.providers.untyped import Object, count, inner, word
from ...export import messages
from ...values import MAIN_LANE, Usage
from .base import UNREADABLE, Remote, Translator
from .server import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...events import Event
    from ...transcript import Transcript
    from .server import Message


class TurnwiseSSE(Remote):
    """An agent behind another turnwise: ``AgentChat(TurnwiseSSE("https://example.org/chat"))``.

    The body is ``{"prompt": …, "messages": […]}``, with the conversation so far as AI SDK UI messages, which keep it
    whole: ``turnwise.import_messages(body["messages"], "ai-sdk")`` is the ``history`` for the server's
    ``turnwise.stream``. What the server's agent asks a person is shown and waits until it is answered there. A reply
    that broke off is not taken up again, unless the server gives its events ids.

    Args:
        url: The address of the route.
        body: More fields for the body of every request.
        options: ``headers``, ``auth``, ``timeout``, ``client``: as for ``Remote``.
    """

    protocol: ClassVar[str] = "turnwise"

    def __init__(self, url: str, *, body: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(url, **options)
        self._body = dict(body or {})

    @classmethod
    def speaks(cls, headers: Mapping[str, str], message: Message | None) -> bool:
        """By the first event, which begins a run."""
        del headers
        return message is not None and message.name == "run_start"

    def _translate(self) -> TurnwiseTranslator:
        return TurnwiseTranslator()

    async def _ask(self, prompt: str, history: Transcript) -> Request:
        return Request({**self._body, "prompt": prompt, "messages": messages(history, "ai-sdk")})


class TurnwiseTranslator(Translator):
    """The stream's events. Turns and parts are known by their ids there."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, tuple[str, Object]] = {}
        """The text parts of turns by their id, with what told them."""
        self._native: dict[str, Any] = {}
        """What the provider wants back with a part, until the part is whole."""
        self._arguments: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        """Call ids by part."""
        self._results: dict[str, Any] = {}
        self._used: dict[str, Usage] = {}
        """Tokens of a turn so far, all its attempts together."""
        self._spent: dict[str, Usage] = {}
        """Those of the attempts before the current one."""

    def _said(self, kind: str, item: Object) -> list[Event] | None:
        read = _EVENTS.get(kind)
        return None if read is None else read(self, item)

    # runs, lanes, turns

    def _lane(self, item: Object) -> list[Event]:
        parent = word(item.get("parentId"))
        handed_from = word(item.get("handedFrom"))
        return [
            e.LaneStart(
                str(item.get("lane")),
                agent=word(item.get("agent")),
                parent_call_id=None if parent is None else self._ids.get(parent),
                handed_from="" if handed_from == MAIN_LANE else handed_from,
            )
        ]

    def _turn(self, item: Object) -> list[Event]:
        return [e.TurnStart(agent=word(item.get("agent")), model=word(item.get("model")), **_where(item))]

    def _retry(self, item: Object) -> list[Event]:
        turn = str(item.get("turnId"))
        if turn in self._used:
            self._spent[turn] = self._used[turn]
        return [e.TurnRetry(**_where(item))]

    def _reply_end(self, item: Object) -> list[Event]:
        native = word(item.get("nativeFinishReason"))
        reason = cast("Any", item.get("finishReason"))
        return [e.TurnFinish(reason, native=native, settled=True, **_where(item))]

    def _turn_finish(self, item: Object) -> list[Event]:
        if item.get("status") != "abandoned":
            return []
        return [e.TurnAbandoned("The turn was given up on the server.", **_where(item))]

    def _usage(self, item: Object) -> list[Event]:
        told = inner(item, "usage")
        total = Usage(
            input_tokens=count(told, "inputTokens"),
            output_tokens=count(told, "outputTokens"),
            cached_tokens=count(told, "cachedTokens"),
            reasoning_tokens=count(told, "reasoningTokens"),
        )
        turn = str(item.get("turnId"))
        self._used[turn] = total
        return [e.TurnUsage(total - self._spent.get(turn, Usage()), **_where(item))]

    def _finish(self, item: Object) -> list[Event]:
        self.over = True
        self.ended = item.get("status") != "truncated"  # the server's agent broke off, and so did this
        told = inner(item, "error")
        if told:
            message, detail = word(told.get("message")) or "error", word(told.get("detail"))
            return [e.Error(message, kind=word(told.get("kind")) or "error", detail=detail)]
        if item.get("status") in ("complete", None):
            return []
        status = str(item.get("status"))
        return [e.Error(f"On the server the run was {status}.", kind=status.capitalize())]

    def _notice(self, item: Object) -> list[Event]:
        """The transcript here notices by itself what it can see; it cannot see what the server did not understand."""
        code = str(item.get("code"))
        return [e.Unknown(code.removeprefix("unknown:"))] if code.startswith("unknown:") else []

    # text and reasoning

    def _delta(self, kind: str, item: Object) -> list[Event]:
        self._texts[str(item.get("partId"))] = kind, item
        make = e.TextDelta if kind == "text" else e.ReasoningDelta
        return [make(str(item.get("text", "")), key=str(item.get("partId")), **_where(item))]

    def _whole(self, kind: str, item: Object) -> list[Event]:
        part = str(item.get("partId"))
        self._texts[part] = kind, item
        make = e.Text if kind == "text" else e.Reasoning
        native = self._native.pop(part, None)
        return [make(str(item.get("text", "")), native=native, key=part, **_where(item))]

    def _retract(self, item: Object) -> list[Event]:
        turn = item.get("turnId")
        parts = [
            part for part, (kind, at) in self._texts.items() if kind == "text" and at.get("turnId") == turn
        ]
        return [e.Text("", key=part, **_where(item)) for part in parts]

    # tools

    def _call_start(self, item: Object) -> list[Event]:
        part = str(item.get("partId"))
        self._ids[part] = word(item.get("callId")) or part
        self._names[part] = word(item.get("name")) or "unknown"
        self._arguments[part] = []
        return [e.ToolCallDelta(name=self._names[part], call_id=self._ids[part], key=part, **_where(item))]

    def _call_delta(self, item: Object) -> list[Event]:
        part, text = str(item.get("partId")), str(item.get("text", ""))
        self._arguments.setdefault(part, []).append(text)
        return [e.ToolCallDelta(text, key=part, **_where(item))]

    def _call_replace(self, item: Object) -> list[Event]:
        self._arguments[str(item.get("partId"))] = [str(item.get("text", ""))]
        return []

    def _call_info(self, item: Object) -> list[Event]:
        part = str(item.get("partId"))
        self._ids[part] = word(item.get("callId")) or self._ids.get(part, part)
        name = word(item.get("name"))
        if name is None or name == self._names.get(part):
            return []
        self._names[part] = name
        return [e.ToolCallRenamed(name, key=part, **_where(item))]

    def _call(self, item: Object) -> list[Event]:
        part = str(item.get("partId"))
        arguments = item.get("arguments")
        if item.get("invalid") is not None:
            arguments = "".join(self._arguments.get(part, []))
        native = self._native.pop(part, None)
        name = word(item.get("name")) or "unknown"
        return [e.ToolCall(name, arguments, native=native, call_id=self._id(item), key=part, **_where(item))]

    def _start(self, item: Object) -> list[Event]:
        return [e.ToolStart(call_id=self._id(item), name=word(item.get("name")))]

    def _state(self, item: Object) -> list[Event]:
        if item.get("state") != "invalid":
            return []
        part = str(item.get("partId"))
        return [
            e.ToolCallRejected(
                str(self._results.get(part) or "There is no such tool."), key=part, **_where(item)
            )
        ]

    def _result(self, item: Object) -> list[Event]:
        self._results[str(item.get("partId"))] = item.get("result")
        outcome = cast("Any", item.get("outcome") or "unknown")
        preliminary = item.get("preliminary") is True
        return [
            e.ToolResult(item.get("result"), call_id=self._id(item), outcome=outcome, preliminary=preliminary)
        ]

    def _output(self, item: Object) -> list[Event]:
        display = inner(item.get("value"), "mimebundle") or None
        stream = cast("Any", item.get("stream") or "stdout")
        return [
            e.ToolOutput(
                word(item.get("text")) or "",
                stream=stream,
                display=display,
                display_id=word(item.get("displayId")),
                clear=item.get("clear") is True,
                call_id=self._id(item),
            )
        ]

    def _request(self, item: Object) -> list[Event]:
        editable = item.get("editable") is True
        return [e.ApprovalRequest(word(item.get("message")), call_id=self._id(item), editable=editable)]

    def _response(self, item: Object) -> list[Event]:
        decision, reason = cast("Any", item.get("decision")), word(item.get("reason"))
        return [
            e.ApprovalResponse(
                decision, reason=reason, arguments=item.get("arguments"), call_id=self._id(item)
            )
        ]

    def _id(self, item: Object) -> str:
        part = str(item.get("partId"))
        return self._ids.get(part, part)

    # what else there is

    def _source(self, item: Object) -> list[Event]:
        url, title, snippet = (word(item.get(name)) for name in ("url", "title", "text"))
        return [e.Source(url, title, snippet=snippet, key=word(item.get("partId")), **_where(item))]

    def _file(self, item: Object) -> list[Event]:
        encoded = item.get("data")
        try:
            data = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else None
        except ValueError:
            return [e.Unknown(UNREADABLE, payload=item, **_where(item))]
        return [
            e.File(
                data,
                url=word(item.get("url")),
                media_type=word(item.get("mediaType")) or "application/octet-stream",
                name=word(item.get("name")),
                native=item.get("value"),
                key=word(item.get("partId")),
                **_where(item),
            )
        ]

    def _data(self, item: Object) -> list[Event]:
        name = word(item.get("name")) or "data"
        return [e.Data(name, item.get("value"), key=word(item.get("partId")), **_where(item))]

    def _keep_native(self, item: Object) -> list[Event]:
        self._native[str(item.get("partId"))] = item.get("value")
        return []

    def _nothing(self, item: Object) -> list[Event]:
        """What others say, too."""
        del item
        return []


def _where(item: Object) -> dict[str, Any]:
    lane = word(item.get("lane"))
    return {"turn": word(item.get("turnId")), "lane": None if lane == MAIN_LANE else lane}


_It: TypeAlias = TurnwiseTranslator

_EVENTS: dict[str, Callable[[_It, Object], list[Event]]] = {
    "run_start": _It._nothing,
    "lane_start": _It._lane,
    "turn_start": _It._turn,
    "turn_info": _It._turn,
    "turn_retry": _It._retry,
    "text_start": _It._nothing,
    "text_delta": lambda it, item: it._delta("text", item),
    "text_replace": lambda it, item: it._whole("text", item),
    "text_end": lambda it, item: it._whole("text", item),
    "text": lambda it, item: it._whole("text", item),
    "text_retract": _It._retract,
    "reasoning_start": _It._nothing,
    "reasoning_delta": lambda it, item: it._delta("reasoning", item),
    "reasoning_replace": lambda it, item: it._whole("reasoning", item),
    "reasoning_end": lambda it, item: it._whole("reasoning", item),
    "tool_call_start": _It._call_start,
    "tool_call_delta": _It._call_delta,
    "tool_call_replace": _It._call_replace,
    "tool_call_info": _It._call_info,
    "tool_call": _It._call,
    "approval_request": _It._request,
    "approval_response": _It._response,
    "tool_start": _It._start,
    "tool_state": _It._state,
    "tool_output": _It._output,
    "tool_result": _It._result,
    "source": _It._source,
    "file": _It._file,
    "data": _It._data,
    "native": _It._keep_native,
    "usage": _It._usage,
    "reply_end": _It._reply_end,
    "turn_finish": _It._turn_finish,
    "notice": _It._notice,
    "run_finish": _It._finish,
}
