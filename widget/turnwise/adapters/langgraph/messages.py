"""LangChain's messages, of whatever provider, as turnwise events. Pure: attributes are read by name.

Neither turn nor lane is in the events: ``translate`` knows them.

Content is a text, or a list of texts and blocks in the shape that the provider's package gives them. Calls are told by
``tool_call_chunks`` alone: a chunk's ``tool_calls`` are guesses at unfinished JSON. Usage and the reason for the end
come late, in chunks of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ... import events as e
from ...agent.providers.openai_responses import hosted
from ...agent.providers.untyped import count, word
from ...export.anthropic import hosted_result
from ...values import Usage
from ..native import is_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...agent.providers.untyped import Object
    from ...events import Event
    from ...values import FinishReason

_CALLS = frozenset(
    {"tool_use", "input_json_delta", "function_call", "custom_tool_call", "tool_call", "tool_call_chunk"}
)
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
    content: object = message.content
    blocks = cast("list[object]", content if isinstance(content, list) else [content])
    thought = _object(getattr(message, "additional_kwargs", None)).get("reasoning_content")
    if isinstance(thought, str):
        blocks = [{"type": "thinking", "thinking": thought}, *blocks]
    for place, block in enumerate(blocks):
        named = {"type": "text", "text": block} if isinstance(block, str) else _object(block)
        index = place if whole else named.get("index")
        key = None if index is None else str(index)
        if not whole and named.get("type") == "input_json_delta" and not message.tool_call_chunks:
            yield e.ToolCallDelta(named.get("partial_json") or "", key=f"hosted{key}")
        else:
            yield from _block(named, key, whole=whole)


def _block(block: Object, key: str | None, *, whole: bool) -> Iterator[Event]:
    match block.get("type"):
        case "text" | "refusal" as kind:
            if text := block.get(kind):
                made = e.Text if whole else e.TextDelta
                yield made(text, key=key)
            for cited in [*(block.get("annotations") or ()), *(block.get("citations") or ())]:
                if url := cited.get("url"):
                    yield e.Source(url, cited.get("title"))
        case "thinking" | "reasoning" | "reasoning_content":
            for place, text in _thoughts(block):
                made = e.Reasoning if whole else e.ReasoningDelta
                yield made(text, key=f"{key}.{place}" if place else key)
        case kind if kind in _CALLS or kind in _SEALED:
            pass
        case str(kind) if kind in _HOSTED or kind.endswith(("_call", "_tool_result")):
            yield from _hosted(kind, block, key)
        case kind:
            yield e.Unknown(f"content.{kind}", payload=block)


_HOSTED = frozenset({"server_tool_use", "mcp_tool_use"})
"""Calls of tools that Anthropic runs; their results are blocks of their own."""


def _hosted(kind: str, block: Object, key: str | None) -> Iterator[Event]:
    """A tool that the provider runs: as LangChain has it for all providers, as Anthropic has it, or as OpenAI has it.

    OpenAI's blocks are the call and its result in one; Anthropic's arguments may come in pieces, after the call.
    """
    match kind:
        case "server_tool_call":
            yield e.ToolCall(str(block.get("name")), block.get("args"), hosted=True, call_id=block.get("id"))
        case "server_tool_result":
            outcome = "error" if block.get("status") == "error" else "ok"
            yield e.ToolResult(block.get("output"), call_id=block.get("tool_call_id"), outcome=outcome)
        case _ if kind in _HOSTED and block.get("input"):
            yield e.ToolCall(str(block.get("name")), block["input"], hosted=True, call_id=block.get("id"))
        case _ if kind in _HOSTED:
            yield e.ToolCallDelta(name=block.get("name"), call_id=block.get("id"), key=f"hosted{key}")
        case _ if kind.endswith("_tool_result"):
            value, ended = hosted_result(block)
            yield e.ToolResult(value, call_id=block.get("tool_use_id"), outcome=ended)
        case _:
            out: list[Event] = []
            hosted({name: value for name, value in block.items() if name != "index"}, f"hosted{key}", out)
            yield from out


def _thoughts(block: Object) -> Iterator[tuple[object, str]]:
    """The texts of a block of reasoning, each with its place in it: a summary may have several."""
    inner = block.get("reasoning_content")
    for text in (block.get("thinking"), block.get("reasoning"), inner, _object(inner).get("text")):
        if isinstance(text, str) and text:
            yield None, text
    for part in block.get("summary") or ():
        if part.get("text"):
            yield part.get("index"), part["text"]


def calls(message: Any) -> Iterator[e.ToolCallDelta]:
    """The pieces of calls in a chunk. Only the first piece of a call has its name and id; all have its index."""
    for piece in getattr(message, "tool_call_chunks", None) or ():
        index = piece.get("index")
        yield e.ToolCallDelta(
            piece.get("args") or "",
            name=piece.get("name") or None,
            call_id=piece.get("id") or None,
            key=None if index is None else f"call{index}",
        )


def whole_calls(message: Any) -> Iterator[e.ToolCall]:
    """The calls of a message that did not stream, those with malformed arguments among them."""
    for call in [*message.tool_calls, *(getattr(message, "invalid_tool_calls", None) or ())]:
        yield e.ToolCall(call.get("name") or "tool", call.get("args"), call_id=call.get("id"))


def usage(message: Any) -> Usage | None:
    """The tokens that this message or chunk counts; those of a message's chunks add up."""
    counts = _object(getattr(message, "usage_metadata", None))
    if not count(counts, "input_tokens") and not count(counts, "output_tokens"):
        return None
    return Usage(
        input_tokens=count(counts, "input_tokens"),
        output_tokens=count(counts, "output_tokens"),
        cached_tokens=count(counts.get("input_token_details"), "cache_read"),
        reasoning_tokens=count(counts.get("output_token_details"), "reasoning"),
    )


def finish(message: Any) -> e.TurnFinish | None:
    """Why the reply ended, if this message or chunk says it."""
    metadata = _object(message.response_metadata)
    details = _object(metadata.get("incomplete_details"))
    native = (
        details.get("reason")
        or metadata.get("finish_reason")
        or metadata.get("stop_reason")
        or metadata.get("done_reason")
        or metadata.get("status")
    )
    if not isinstance(native, str):
        return None
    # Anthropic never says end_turn of calls that wait: those of the turn it has run itself.
    reason, settled = _REASONS.get(native.lower(), "unknown"), native == "end_turn"
    return e.TurnFinish(reason, native=native, settled=settled)


def model_name(message: Any) -> str | None:
    """The model that speaks, if its package says so with the first chunk."""
    return word(_object(message.response_metadata).get("model_name"))


def _object(value: object) -> Object:
    return value if is_object(value) else {}
