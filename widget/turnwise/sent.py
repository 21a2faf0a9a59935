"""A message to a model as a page shows it, whatever API or framework it is for.

Lenient, unlike ``import_messages``: what is not known is shown as it is. The forms: OpenAI's chat completions and
Responses, Anthropic, Gemini, Ollama, Bedrock, LangChain's and Pydantic AI's own.

Knows ``values``.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

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
    "request": "user",  # Pydantic AI
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


def shown(messages: list[Json]) -> list[dict[str, Json]]:
    """Each as ``{"role", "parts"}``; a part has a ``kind`` and what goes with it.

    Texts, reasoning and files have a ``text``, calls and results a ``name``, an ``id`` and a ``value``; what is not
    known is a ``value``. A result gets the name of its call, which most APIs do not repeat.
    """
    names: dict[str, Json] = {}
    out: list[dict[str, Json]] = []
    for message in messages:
        role, parts = _read(message)
        for part in parts:
            if part["kind"] == "call":
                names[str(part["id"])] = part["name"]
            elif part["kind"] == "result":
                part["name"] = part["name"] or names.get(str(part["id"]))
        out.append({"role": role, "parts": [*parts]})
    return out


def _read(message: Any) -> tuple[Role, list[Object]]:
    if not isinstance(message, dict):
        return "user" if isinstance(message, str) else "other", [*_parts(message)]
    held = cast("Object", message)
    role = _ROLES.get(str(held.get("role") or held.get("type") or held.get("kind")).lower(), "other")
    parts = [*_of(held, role)]
    # Anthropic and Gemini have the user say what tools return.
    return "tool" if {part["kind"] for part in parts} == {"result"} else role, parts


def tools_shown(tools: list[Json] | None) -> list[Json] | None:
    """Each tool's ``name``, ``description`` and ``schema``; of one that is the provider's own, all that was sent."""
    return None if tools is None else [*map(_tool, chain.from_iterable(map(_declared, tools)))]


def _declared(tool: Json) -> list[Json]:
    """Gemini declares several at once, others wrap each."""
    if isinstance(tool, dict):
        for name in ("functionDeclarations", "function_declarations"):
            if isinstance(several := tool.get(name), list):
                return several
        for name in ("function", "toolSpec"):
            if isinstance(inner := tool.get(name), dict):
                return [inner]
    return [tool]


def _tool(tool: Json) -> Json:
    if not isinstance(tool, dict):
        return {"name": str(tool), "description": None, "schema": None}
    names = (
        "parameters",
        "input_schema",
        "inputSchema",
        "parametersJsonSchema",
        "parameters_json_schema",
        "args",
    )
    return {
        "name": str(_any(tool, "name", "type") or next(iter(tool), "")),
        "description": _any(tool, "description"),
        "schema": _any(tool, *names)
        or {name: tool[name] for name in tool if name not in ("name", "description")},
    }


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
    calls = [_made("call", call) for call in _objects(message.get("tool_calls"))]
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
            for block in cast("list[Any]", content):
                yield from _parts(block)
        case dict():
            yield _block(cast("Object", content))
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
            inner = _objects([block.get("function")])
            held = inner[0] if inner else block
            return {
                "kind": kind,
                "name": _any(held, "name", "tool_name"),
                "id": _any(block, "call_id", "tool_call_id", "toolUseId", "id"),
                "value": _decoded(_any(held, "arguments", "args", "input")),
            }
        case "result":
            value = _any(block, "output", "response", "content")
            texts = [part["text"] for part in _parts(value) if part["kind"] == "text"]
            if isinstance(value, list) and len(texts) == len(cast("list[Any]", value)):
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
            return "\n\n".join(filter(None, map(_said, cast("list[Any]", block))))
        case dict():
            names = ("text", "thinking", "summary", "refusal", "content", "reasoningText")
            return _said(_any(cast("Object", block), *names))
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
    return cast("list[Any]", value) if isinstance(value, list) else []


def _objects(value: object) -> list[Object]:
    return [cast("Object", item) for item in _list(value) if isinstance(item, dict)]
