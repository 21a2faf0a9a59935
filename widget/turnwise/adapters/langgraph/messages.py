"""LangChain's messages, of whatever provider, as turnwise events. Pure: attributes are read by name.

Neither turn nor lane is in the events: ``translate`` knows them.

Content is a text, or a list of texts and blocks in the shape that the provider's package gives them. Calls are told by
``tool_call_chunks`` alone: a chunk's ``tool_calls`` are guesses at unfinished JSON. Usage and the reason for the end
come late, in chunks of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ...events import (
    Reasoning,
    ReasoningDelta,
    Source,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    TurnFinish,
    Unknown,
)
from ...values import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...events import Event
    from ...values import FinishReason

_CALLS = frozenset({"tool_use", "input_json_delta", "function_call", "tool_call", "tool_call_chunk"})
"""Blocks that repeat the message's tool calls."""

_SEALED = frozenset({"redacted_thinking", "non_standard"})
"""Blocks that only their provider can read."""

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "eos_token": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "safety": "content_filter",
}
"""What the providers' packages call the reasons, in lower case."""


def said(message: Any, *, whole: bool) -> Iterator[Event]:
    """Reasoning, text and sources of a message, or of a piece of one."""
    thought: object = (getattr(message, "additional_kwargs", None) or {}).get("reasoning_content")
    content: object = message.content
    blocks = cast("list[object]", content if isinstance(content, list) else [content])
    if isinstance(thought, str):
        blocks = [{"type": "thinking", "thinking": thought}, *blocks]
    for block in blocks:
        named = {"type": "text", "text": block} if isinstance(block, str) else block
        yield from _block(cast("dict[str, Any]", named), whole=whole)


def _block(block: dict[str, Any], *, whole: bool) -> Iterator[Event]:
    index = block.get("index")
    key = None if index is None else str(index)
    match block.get("type"):
        case "text" | "refusal" as kind:
            if text := block.get(kind):
                made = Text if whole else TextDelta
                yield made(text, key=key)
            for cited in [*(block.get("annotations") or ()), *(block.get("citations") or ())]:
                if url := cited.get("url"):
                    yield Source(url, cited.get("title"))
        case "thinking" | "reasoning" | "reasoning_content":
            for place, text in _thoughts(block):
                made = Reasoning if whole else ReasoningDelta
                yield made(text, key=f"{key}.{place}" if place else key)
        case kind if kind in _CALLS or kind in _SEALED:
            pass
        case kind:
            yield Unknown(f"content.{kind}", payload=block)


def _thoughts(block: dict[str, Any]) -> Iterator[tuple[object, str]]:
    """The texts of a block of reasoning, each with its place in it: a summary may have several."""
    inner = block.get("reasoning_content")
    text = (
        block.get("thinking")
        or block.get("reasoning")
        or (inner.get("text") if isinstance(inner, dict) else inner)
    )
    if isinstance(text, str) and text:
        yield None, text
    for part in block.get("summary") or ():
        if part.get("text"):
            yield part.get("index"), part["text"]


def calls(message: Any) -> Iterator[ToolCallDelta]:
    """The pieces of calls in a chunk. Only the first piece of a call has its name and id; all have its index."""
    for piece in getattr(message, "tool_call_chunks", None) or ():
        index = piece.get("index")
        yield ToolCallDelta(
            piece.get("args") or "",
            name=piece.get("name") or None,
            call_id=piece.get("id") or None,
            key=None if index is None else f"call{index}",
        )


def whole_calls(message: Any) -> Iterator[ToolCall]:
    """The calls of a message that did not stream, those with malformed arguments among them."""
    for call in [*message.tool_calls, *(getattr(message, "invalid_tool_calls", None) or ())]:
        yield ToolCall(call.get("name") or "tool", call.get("args"), call_id=call.get("id"))


def usage(message: Any) -> Usage | None:
    """The tokens that this message or chunk counts; those of a message's chunks add up."""
    counts: dict[str, Any] | None = getattr(message, "usage_metadata", None)
    if not counts or not (counts.get("input_tokens") or counts.get("output_tokens")):
        return None
    return Usage(
        input_tokens=counts.get("input_tokens"),
        output_tokens=counts.get("output_tokens"),
        cached_tokens=(counts.get("input_token_details") or {}).get("cache_read"),
        reasoning_tokens=(counts.get("output_token_details") or {}).get("reasoning"),
    )


def finish(message: Any) -> TurnFinish | None:
    """Why the reply ended, if this message or chunk says it."""
    metadata: dict[str, Any] = message.response_metadata or {}
    details: dict[str, Any] = metadata.get("incomplete_details") or {}
    native = (
        details.get("reason")
        or metadata.get("finish_reason")
        or metadata.get("stop_reason")
        or metadata.get("done_reason")
        or metadata.get("status")
    )
    if not isinstance(native, str):
        return None
    return TurnFinish(_REASONS.get(native.lower(), "unknown"), native=native)


def model_name(message: Any) -> str | None:
    """The model that speaks, if its package says so with the first chunk."""
    name: object = (message.response_metadata or {}).get("model_name")
    return name if isinstance(name, str) else None
