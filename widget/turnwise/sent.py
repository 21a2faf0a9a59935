"""A message to a model as a page shows it, whatever API or framework it is for.

Lenient, unlike ``import_messages``: what is not known is shown as it is. The forms: OpenAI's chat completions and
Responses, Anthropic, Gemini, Ollama, Bedrock, LangChain's and Pydantic AI's own.

Knows ``values``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import Json

Object: TypeAlias = "dict[str, Any]"
Kind: TypeAlias = Literal["text", "reasoning", "call", "result", "file", "other"]
Role: TypeAlias = Literal["system", "user", "assistant", "tool", "other"]

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "aimessagechunk": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
    "request": "user",
    "response": "assistant",
    "function_call": "assistant",
    "function_call_output": "tool",
    "reasoning": "assistant",
}
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        ("text", "input_text", "output_text", "summary_text", "refusal", "system-prompt", "user-prompt"),
        "text",
    ),
    **dict.fromkeys(("thinking", "reasoning", "redacted_thinking"), "reasoning"),
    **dict.fromkeys(
        (
            "tool_use",
            "server_tool_use",
            "function_call",
            "custom_tool_call",
            "tool_call",
            "tool-call",
            "function",
        ),
        "call",
    ),
    **dict.fromkeys(
        ("tool_result", "function_call_output", "custom_tool_call_output", "tool-return", "retry-prompt"),
        "result",
    ),
    **dict.fromkeys(
        (
            "image",
            "image_url",
            "input_image",
            "input_audio",
            "input_file",
            "audio",
            "file",
            "document",
            "video",
        ),
        "file",
    ),
}
"""By the block's own ``type``."""
_WRAPPED: dict[str, Kind] = {
    **dict.fromkeys(("toolUse", "functionCall", "function_call"), "call"),
    **dict.fromkeys(("toolResult", "functionResponse", "function_response"), "result"),
    **dict.fromkeys(("reasoningContent", "reasoning_content"), "reasoning"),
    **dict.fromkeys(
        ("inlineData", "inline_data", "fileData", "file_data", "image", "document", "video"), "file"
    ),
}
"""By the one field that a block of Gemini or Bedrock has."""


def shown(message: Json) -> dict[str, Json]:
    """``{"role", "parts"}``; each part has a ``kind`` and what goes with it.

    Texts, reasoning and files have a ``text``, calls and results a ``name``, an ``id`` and a ``value``; what is not
    known is a ``value``.
    """
    if not isinstance(message, dict):
        return {"role": "user" if isinstance(message, str) else "other", "parts": [*_parts(message)]}
    named = str(message.get("role") or message.get("type") or message.get("kind") or "")
    role = _ROLES.get(named.lower(), "other")
    parts: list[Json] = [*_of(message, role)]
    kinds = {part["kind"] for part in parts if isinstance(part, dict)}
    if kinds == {"result"}:
        role = "tool"  # Anthropic and Gemini have the user say it
    return {"role": role, "parts": parts}


def _of(message: Object, role: Role) -> Iterator[Object]:
    content = message.get("content", message.get("parts"))
    for name in ("reasoning_content", "reasoning", "thinking"):
        if isinstance(message.get(name), str):
            yield {"kind": "reasoning", "text": message[name]}
            break
    inner = [*_parts(content)]
    if role == "tool" and "output" not in message and all(part["kind"] != "result" for part in inner):
        yield _made("result", message)
        return
    yield from inner
    said = {part.get("id") for part in inner if part["kind"] == "call"}
    calls = [_made("call", call) for call in _list(message.get("tool_calls")) if isinstance(call, dict)]
    yield from (call for call in calls if call["id"] is None or call["id"] not in said)
    yield from ({"kind": "file", "text": str(image)} for image in _list(message.get("images")))
    if content is None and not calls:
        yield from _parts(message)


def _parts(content: Any) -> Iterator[Object]:
    match content:
        case None | "":
            return
        case str():
            yield {"kind": "text", "text": content}
        case list():
            for block in content:
                yield from _parts(block)
        case dict():
            yield _block(content)
        case _:
            yield {"kind": "other", "value": content}


def _block(block: Object) -> Object:
    for name, kind in _WRAPPED.items():
        if isinstance(block.get(name), dict):
            return _made(kind, block[name])
    if block.get("thought") is True:
        return _made("reasoning", block)
    own = block.get("type") or block.get("part_kind")
    kind = _KINDS.get(str(own)) if own else "text" if isinstance(block.get("text"), str) else None
    return {"kind": "other", "value": block} if kind is None else _made(kind, block)


def _made(kind: Kind, block: Object) -> Object:
    match kind:
        case "call":
            function = block.get("function")
            held = function if isinstance(function, dict) else block
            arguments = _any(held, "arguments", "args", "input")
            call_id = _any(block, "call_id", "tool_call_id", "toolUseId", "id")
            return {
                "kind": kind,
                "name": _any(held, "name", "tool_name"),
                "id": call_id,
                "value": _decoded(arguments),
            }
        case "result":
            value = _any(block, "output", "response", "content")
            texts = [part["text"] for part in _parts(value) if part["kind"] == "text"]
            if isinstance(value, list) and len(texts) == len(value):
                value = "\n".join(texts)
            return {
                "kind": kind,
                "name": _any(block, "name", "tool_name"),
                "id": _any(block, "call_id", "tool_call_id", "tool_use_id", "toolUseId", "id"),
                "value": _decoded(value),
                "error": block.get("is_error") is True or block.get("status") == "error",
            }
        case "file":
            return {"kind": kind, "text": json.dumps(block, ensure_ascii=False)[:300]}
        case _:
            return {"kind": kind, "text": _said(block)}


def _said(block: Any) -> str:
    """All the text in a block of text or reasoning; what providers encrypt is none."""
    match block:
        case str():
            return block
        case list():
            return "\n\n".join(filter(None, map(_said, block)))
        case dict():
            return _said(_any(block, "text", "thinking", "summary", "refusal", "content", "reasoningText"))
        case _:
            return ""


def _any(block: Object, *names: str) -> Any:
    """The first of these fields that there is."""
    return next((block[name] for name in names if block.get(name) is not None), None)


def _decoded(value: Any) -> Any:
    """The value of a JSON text that holds a list or an object."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
