"""Servers of Prism (PHP) that stream its own events: ``asEventStreamResponse``.

What ``asDataStreamResponse`` sends is the AI SDK's protocol, see ``ai_sdk``. Steps are turns; providers that announce
none (Perplexity) leave it to the order of events. Knows ``events``, and ``export`` for the messages.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from ... import events as e
from ...agent.providers.untyped import Object, count, inner, word
from ...export import messages
from ...values import Usage
from .base import Remote, Translator
from .server import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...events import Event
    from ...transcript import Transcript
    from ...values import FinishReason
    from .server import Message

_FINISH: dict[str, FinishReason] = {
    "Stop": "stop",
    "Length": "length",
    "ContentFilter": "content_filter",
    "ToolCalls": "tool_calls",
    "Error": "error",
}


class Prism(Remote):
    """An agent behind Prism's event stream: ``AgentChat(Prism("https://example.org/chat"))``.

    Prism leaves the request to the application. Unless ``body`` says otherwise it is ``{"message": prompt,
    "messages": […]}``, with the conversation as OpenAI's messages, so that ``request('message')`` is the prompt; with
    ``method="GET"`` the prompt is the query's ``message``. Prism's stream has no way to answer a tool that asks for
    approval, nor to take up a reply that broke off, unless the application gives its events ids.

    Args:
        url: The address of the route.
        method: ``"GET"`` for routes made for the browser's ``EventSource``.
        body: Makes the body (of a GET: the query) of the prompt and the messages so far.
        options: ``headers``, ``auth``, ``timeout``, ``client``: as for ``Remote``.
    """

    protocol: ClassVar[str] = "Prism"

    def __init__(
        self,
        url: str,
        *,
        method: Literal["GET", "POST"] = "POST",
        body: Callable[[str, list[Object]], Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(url, **options)
        self._method = method
        self._body = body

    @classmethod
    def speaks(cls, headers: Mapping[str, str], message: Message | None) -> bool:
        """By the name of the first event."""
        del headers
        return message is not None and message.name in ("stream_start", "step_start")

    def _translate(self) -> PrismTranslator:
        return PrismTranslator()

    async def _ask(self, prompt: str, history: Transcript) -> Request:
        before = messages(history, "openai")
        if self._body is not None:
            body = dict(self._body(prompt, before))
        elif self._method == "GET":
            body = {"message": prompt}
        else:
            body = {"message": prompt, "messages": [*before, {"role": "user", "content": prompt}]}
        if self._method == "GET":
            return Request(None, method="GET", query={name: str(value) for name, value in body.items()})
        return Request(body)


class PrismTranslator(Translator):
    """Prism's events. An id of text is that of its message, and comes again for each block of it."""

    def __init__(self) -> None:
        super().__init__()
        self._step = 0
        self._block = 0

    @property
    def _turn(self) -> str | None:
        return str(self._step) if self._step else None

    def _kind(self, name: str, item: Object) -> str:
        del item
        return name

    def _said(self, kind: str, item: Object) -> list[Event] | None:
        read = _EVENTS.get(kind.partition(".")[0])
        return None if read is None else read(self, item)

    def _step_start(self, item: Object) -> list[Event]:
        del item
        self._step += 1
        return [e.TurnStart(turn=self._turn)]

    def _step_finish(self, item: Object) -> list[Event]:
        del item
        return [e.TurnFinish(turn=self._turn)]

    def _block_start(self, item: Object) -> list[Event]:
        del item
        self._block += 1
        return []

    def _text(self, item: Object) -> list[Event]:
        return [e.TextDelta(word(item.get("delta")) or "", key=str(self._block), turn=self._turn)]

    def _thinking(self, item: Object) -> list[Event]:
        return [e.ReasoningDelta(word(item.get("delta")) or "", key=str(self._block), turn=self._turn)]

    def _call_delta(self, item: Object) -> list[Event]:
        id = word(item.get("tool_id"))
        piece = word(item.get("delta")) or ""
        return [e.ToolCallDelta(piece, name=word(item.get("tool_name")), call_id=id, key=id, turn=self._turn)]

    def _call(self, item: Object) -> list[Event]:
        id, name = word(item.get("tool_id")), word(item.get("tool_name")) or "unknown"
        return [e.ToolCall(name, item.get("arguments"), call_id=id, key=id, turn=self._turn)]

    def _result(self, item: Object) -> list[Event]:
        id = word(item.get("tool_id"))
        if item.get("success") is False:
            return [e.ToolResult(item.get("error") or item.get("result"), call_id=id, outcome="error")]
        return [e.ToolResult(item.get("result"), call_id=id, outcome="ok")]

    def _artifact(self, item: Object) -> list[Event]:
        made = inner(item, "artifact")
        kind = word(made.get("mime_type")) or word(made.get("mimeType")) or "application/octet-stream"
        name = word(made.get("filename")) or word(made.get("id"))
        said = str(made.get("data", ""))
        try:
            data = base64.b64decode(said, validate=True)
        except ValueError:
            data = said.encode("utf-8", "replace")
        return [e.File(data, media_type=kind, name=name, key=word(made.get("id")), turn=self._turn)]

    def _citation(self, item: Object) -> list[Event]:
        told = inner(item, "citation")
        where = word(told.get("source"))
        url = where if where is not None and where.startswith(("http://", "https://")) else None
        title = word(told.get("source_title"))
        snippet = word(told.get("source_text"))
        return [e.Source(url, title, snippet=snippet, key=f"{where} {title} {snippet}", turn=self._turn)]

    def _provider_tool(self, item: Object) -> list[Event]:
        """A tool of the provider's own: its last event holds what came of it."""
        id, name, data = (
            word(item.get("item_id")),
            word(item.get("tool_type")) or "provider tool",
            item.get("data"),
        )
        if item.get("status") in ("completed", "result_received", "failed"):
            outcome: Literal["ok", "error"] = "error" if item.get("status") == "failed" else "ok"
            return [
                e.ToolCall(name, None, call_id=id, key=id, turn=self._turn),
                e.ToolResult(data, call_id=id, outcome=outcome),
            ]
        return [e.ToolCallDelta(name=name, call_id=id, key=id, turn=self._turn)]

    def _approval(self, item: Object) -> list[Event]:
        self.ended = True
        name = word(item.get("tool_name")) or "a tool"
        return [
            *self._call(item),
            e.Error(
                f"{name} needs a person's approval, which Prism's event stream cannot be given; "
                f"serve asDataStreamResponse() and use turnwise.AISDK",
                kind="ApprovalNeeded",
            ),
        ]

    def _error(self, item: Object) -> list[Event]:
        message = word(item.get("message")) or "Prism reports an error and does not say which."
        if item.get("recoverable") is True:
            return [e.Data("error", message, turn=self._turn)]
        self.ended = True
        return [e.Error(message, kind=word(item.get("error_type")) or "error")]

    def _end(self, item: Object) -> list[Event]:
        failed, self.ended, self.over = self.ended, True, True
        out: list[Event] = []
        usage = _usage(item.get("usage"))
        if usage is not None and self._step <= 1:  # it is the whole run's
            out.append(e.TurnUsage(usage, turn=self._turn))
        reason = word(item.get("finish_reason"))
        if reason is not None and not failed:  # of a run that failed, the error says why it ended
            out.append(e.TurnFinish(_FINISH.get(reason), native=reason, turn=self._turn))
        return out

    def _nothing(self, item: Object) -> list[Event]:
        """What others say, too."""
        del item
        return []


def _usage(counts: object) -> Usage | None:
    told, said = count(counts, "prompt_tokens"), count(counts, "completion_tokens")
    if told is None and said is None:
        return None
    return Usage(
        input_tokens=told,
        output_tokens=said,
        cached_tokens=count(counts, "cache_read_input_tokens"),
        reasoning_tokens=count(counts, "thought_tokens"),
    )


_It: TypeAlias = PrismTranslator

_EVENTS: dict[str, Callable[[_It, Object], list[Event]]] = {
    "stream_start": _It._nothing,
    "step_start": _It._step_start,
    "step_finish": _It._step_finish,
    "text_start": _It._block_start,
    "text_delta": _It._text,
    "text_complete": _It._nothing,
    "thinking_start": _It._block_start,
    "thinking_delta": _It._thinking,
    "thinking_complete": _It._nothing,
    "tool_call_delta": _It._call_delta,
    "tool_call": _It._call,
    "tool_result": _It._result,
    "artifact": _It._artifact,
    "citation": _It._citation,
    "provider_tool_event": _It._provider_tool,
    "tool_approval_request": _It._approval,
    "error": _It._error,
    "stream_end": _It._end,
}
