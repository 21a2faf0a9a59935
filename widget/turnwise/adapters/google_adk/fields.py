"""Fields of ADK's events, whether they are objects or come as JSON. Knows ``values``."""

from __future__ import annotations

import base64
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ...values import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

Native: TypeAlias = Any
"""An event of ADK or a part of one: an object with attributes, or a dict out of JSON."""


def get(native: Native, name: str) -> Any:
    """A field of an ADK object, by its Python name; ``None`` if it has none. JSON may spell it in camelCase."""
    if not isinstance(native, dict):
        return getattr(native, name, None)
    fields = cast("dict[str, Any]", native)
    found = fields.get(name)
    return fields.get(_camel(name)) if found is None else found


def text(native: Native, name: str) -> str | None:
    """A field that holds a text; a server may put anything there, which is then no text."""
    value = get(native, name)
    return value if isinstance(value, str) else None


def items(native: Native, name: str) -> list[Native]:
    """The items of a field that holds a list, which may be absent."""
    value: object = get(native, name)
    return list(cast("list[Native]", value)) if isinstance(value, (list, tuple)) else []


def named(native: Native, name: str) -> dict[str, Any]:
    """A field that holds values by their names, which may be absent."""
    value: object = get(native, name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def fields_of(native: Native) -> dict[str, Any]:
    """All fields that have a value, by their Python names."""
    found: dict[str, Any] = getattr(cast("object", native), "__dict__", {})
    if isinstance(native, dict):
        found = cast("dict[str, Any]", native)
    return {_snake(name): value for name, value in found.items() if value is not None}


def numbered(ids: Iterable[str | None]) -> list[str | None]:
    """The ids of a reply's calls, or of their results in the same order: a model may give several the same."""
    seen: Counter[str | None] = Counter()
    out: list[str | None] = []
    for each in ids:
        seen[each] += 1
        out.append(each if each is None else nth(each, seen[each]))
    return out


def nth(call_id: str, number: int) -> str:
    """The id that the call gets which is the ``number``-th of a reply with this id."""
    return call_id if number == 1 else f"{call_id} {number}"


def _number(native: Native, name: str) -> int | None:
    value = get(native, name)
    return value if isinstance(value, int) else None


@lru_cache
def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


@lru_cache
def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)


def node_of(event: Native) -> str | None:
    """The name of the node of a workflow that an event comes from."""
    path = text(get(event, "node_info"), "path") or ""
    return path.rpartition("/")[2].partition("@")[0] or None


def usage_of(counts: Native) -> Usage | None:
    """Thoughts are counted beside the answer, and prompts of the model's own tools beside the prompt."""
    if counts is None:
        return None
    said, thought = _number(counts, "candidates_token_count"), _number(counts, "thoughts_token_count")
    prompt, tools = _number(counts, "prompt_token_count"), _number(counts, "tool_use_prompt_token_count")
    return Usage(
        input_tokens=None if prompt is None else prompt + (tools or 0),
        output_tokens=None if said is None else said + (thought or 0),
        cached_tokens=_number(counts, "cached_content_token_count"),
        reasoning_tokens=thought,
    )


def word(value: object) -> str | None:
    """An enum's value, or the word that JSON has for it."""
    word: object = getattr(value, "value", value)
    return None if word is None else str(word)


def bytes_of(data: object) -> bytes | None:
    """Bytes, which JSON has as base64."""
    if isinstance(data, str):
        try:
            return base64.b64decode(data)
        except ValueError:
            return None
    return data if isinstance(data, bytes) else None
