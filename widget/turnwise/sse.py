"""A stream's events as server-sent events: turnwise's own, or the AI SDK's UI message stream.

    @app.post("/chat")
    async def chat(request: Request):
        events = turnwise.stream(agent, (await request.json())["prompt"])
        return StreamingResponse(turnwise.to_sse(events), headers=turnwise.sse_headers())

Knows ``stream_event``; pure but for reading what it is given.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable

    from .stream_event import StreamEvent

Protocol: TypeAlias = Literal["turnwise", "ai-sdk"]
PROTOCOLS: tuple[Protocol, ...] = ("turnwise", "ai-sdk")


def sse_headers(protocol: Protocol = "turnwise") -> dict[str, str]:
    """The response headers that go with ``to_sse``; the AI SDK's client looks for its own."""
    headers = {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-cache",
        "X-Accel-Buffering": "no",  # nginx would hold the stream back
    }
    if protocol == "ai-sdk":
        headers["x-vercel-ai-ui-message-stream"] = "v1"
    return headers


async def to_sse(
    events: AsyncIterable[StreamEvent], protocol: Protocol = "turnwise"
) -> AsyncGenerator[str, None]:
    """``events`` as the text of a ``text/event-stream``, a message at a time. Ending it early ends the run.

    ``"turnwise"``: ``event:`` is the type and ``data:`` is ``StreamEvent.to_dict()``, in camelCase.
    ``"ai-sdk"``: a UI message stream, version 1 (AI SDK 5 and newer; ``reset-step``, for retries, needs 7). Each turn
    is a step, so that the client sends each turn back as it was. It has no word for text that is taken back: combine
    it with ``final_turn_only="buffered"``, not ``"live"``.

    What the models are sent (``model_request``) is left out: prompts and tools of a server are not for its clients.

    Raises ``ValueError`` for another protocol, before anything is read.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"{protocol!r} is no protocol that turnwise serves; there is {', '.join(PROTOCOLS)}")
    translate = _own if protocol == "turnwise" else UIMessageStream().translate
    try:
        async for event in events:
            if event.type == "model_request":
                continue
            for message in translate(event):
                yield message
        if protocol == "ai-sdk":
            yield "data: [DONE]\n\n"
    finally:
        close: Any = getattr(events, "aclose", None)
        if close is not None:
            await close()


def _own(event: StreamEvent) -> list[str]:
    return [f"event: {event.type}\ndata: {_json(event.to_dict())}\n\n"]


class UIMessageStream:
    """StreamEvents to the chunks of the AI SDK's UI message stream."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        """What each block of text or reasoning has said, by part."""
        self._ids: dict[str, str] = {}
        """The block's id on the wire, by part: text that was replaced goes on under a new one."""
        self._calls: dict[str, str] = {}
        """The call id on the wire, by part: the source's own, where it is unique in the run."""

    def translate(self, event: StreamEvent) -> list[str]:
        """The messages for ``event``."""
        return [f"data: {_json(chunk)}\n\n" for chunk in self.chunks(event)]

    def chunks(self, event: StreamEvent) -> list[dict[str, Any]]:
        """The chunks for ``event``, as objects."""
        part = event.part_id or ""
        match event.type:
            case "run_start":
                return [{"type": "start", "messageId": event.run_id}]
            case "turn_start":
                return [{"type": "start-step"}]
            case "turn_retry":
                return [{"type": "reset-step"}]
            case "turn_finish":
                return [{"type": "finish-step"}]
            case "text_start" | "reasoning_start":
                self._texts[part] = ""
                self._ids[part] = part
                return [{"type": _KIND[event.type] + "-start", "id": part}]
            case "text_delta" | "reasoning_delta":
                return self._delta(_KIND[event.type], part, event.text or "")
            case "text_replace" | "reasoning_replace":
                return self._replace(_KIND[event.type], part, event.text or "")
            case "text_end" | "reasoning_end":
                return [{"type": _KIND[event.type] + "-end", "id": self._ids.get(part, part)}]
            case "text":
                return [
                    {"type": "text-start", "id": part},
                    {"type": "text-delta", "id": part, "delta": event.text or ""},
                    {"type": "text-end", "id": part},
                ]
            case "source":
                return self._source(event)
            case "file":
                return [{"type": "file", "url": _file_url(event), "mediaType": event.media_type}]
            case "data":
                return [{"type": f"data-{event.name}", "id": part, "data": event.value}]
            case "usage":
                return [{"type": "message-metadata", "messageMetadata": {"usage": event.to_dict()["usage"]}}]
            case "text_retract":
                return [
                    {"type": "data-turnwise-retract", "data": {"turnId": event.turn_id}, "transient": True}
                ]
            case "run_finish":
                return self._finish(event)
            case "lane_start" | "turn_info" | "tool_call_info" | "reply_end" | "native" | "notice":
                return []
            case _:
                return self._tool(event, part)

    def _delta(self, kind: str, part: str, text: str) -> list[dict[str, Any]]:
        self._texts[part] = self._texts.get(part, "") + text
        return [{"type": f"{kind}-delta", "id": self._ids.get(part, part), "delta": text}]

    def _replace(self, kind: str, part: str, text: str) -> list[dict[str, Any]]:
        """The protocol only adds: what goes on from what was said is added, something else is said anew beside it."""
        said = self._texts.get(part, "")
        if text.startswith(said):
            return self._delta(kind, part, text[len(said) :]) if len(text) > len(said) else []
        before = self._ids.get(part, part)
        self._ids[part] = again = f"{before}'"
        self._texts[part] = text
        return [
            {"type": f"{kind}-end", "id": before},
            {"type": f"{kind}-start", "id": again},
            {"type": f"{kind}-delta", "id": again, "delta": text},
        ]

    def _tool(self, event: StreamEvent, part: str) -> list[dict[str, Any]]:
        call = self._call(event, part)
        name = event.name or "unknown"
        match event.type:
            case "tool_call_start":
                return [{"type": "tool-input-start", "toolCallId": call, "toolName": name, "dynamic": True}]
            case "tool_call_delta":
                return [{"type": "tool-input-delta", "toolCallId": call, "inputTextDelta": event.text}]
            case "tool_call":
                whole = {"toolCallId": call, "toolName": name, "dynamic": True}
                if event.invalid is not None:
                    why = f"The arguments are not valid JSON: {event.invalid}"
                    return [{"type": "tool-input-error", **whole, "input": {}, "errorText": why}]
                return [{"type": "tool-input-available", **whole, "input": event.arguments}]
            case "approval_request":
                return [{"type": "tool-approval-request", "approvalId": part, "toolCallId": call}]
            case "approval_response" if event.decision == "denied":
                return [{"type": "tool-output-denied", "toolCallId": call}]
            case "tool_result" if event.outcome == "error" and not event.preliminary:
                return [
                    {"type": "tool-output-error", "toolCallId": call, "errorText": _as_text(event.result)}
                ]
            case "tool_result":
                chunk = {"type": "tool-output-available", "toolCallId": call, "output": event.result}
                return [{**chunk, "preliminary": True} if event.preliminary else chunk]
            case "tool_state" if event.state in ("cancelled", "unanswered"):
                why = f"No result: the call was {event.state}."
                return [{"type": "tool-output-error", "toolCallId": call, "errorText": why}]
            case _:
                return []

    def _call(self, event: StreamEvent, part: str) -> str:
        if part not in self._calls:
            taken = event.call_id in self._calls.values()
            self._calls[part] = event.call_id if event.call_id and not taken else part
        return self._calls[part]

    def _source(self, event: StreamEvent) -> list[dict[str, Any]]:
        chunk: dict[str, Any] = {"sourceId": event.part_id}
        if event.title is not None:
            chunk["title"] = event.title
        if event.url is not None:
            return [{"type": "source-url", "url": event.url, **chunk}]
        chunk.setdefault("title", "")
        return [{"type": "source-document", "mediaType": "text/plain", **chunk}]

    def _finish(self, event: StreamEvent) -> list[dict[str, Any]]:
        if event.status == "cancelled":
            return [{"type": "abort"}]
        usage = event.to_dict().get("usage")
        finish: dict[str, Any] = {"type": "finish"}
        if usage:
            finish["messageMetadata"] = {"usage": usage}
        if event.error is not None:
            return [{"type": "error", "errorText": event.error.message}, finish]
        return [finish]


_KIND = {
    f"{kind}_{what}": kind for kind in ("text", "reasoning") for what in ("start", "delta", "replace", "end")
}


def _file_url(event: StreamEvent) -> str:
    return event.url or f"data:{event.media_type};base64,{event.data or ''}"


def _as_text(result: object) -> str:
    return result if isinstance(result, str) else _json(result)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
