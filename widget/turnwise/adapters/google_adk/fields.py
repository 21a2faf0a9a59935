"""Fields of ADK's events, whether they are objects or come as JSON. Knows ``values``."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Any, TypeAlias, cast

from ...values import Usage

Native: TypeAlias = Any
"""An event of ADK or a part of one: an object with attributes, or a dict out of JSON."""


def get(native: Native, name: str) -> Any:
    """A field of an ADK object, by its Python name; ``None`` if it has none. JSON may spell it in camelCase."""
    if not isinstance(native, dict):
        return getattr(native, name, None)
    fields = cast("dict[str, Any]", native)
    found = fields.get(name)
    return fields.get(_camel(name)) if found is None else found


@lru_cache
def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def node_of(event: Native) -> str | None:
    """The name of the node of a workflow that an event comes from."""
    path: str = get(get(event, "node_info"), "path") or ""
    return path.rpartition("/")[2].partition("@")[0] or None


def usage_of(counts: Native) -> Usage | None:
    """Thoughts are counted beside the answer, and prompts of the model's own tools beside the prompt."""
    if counts is None:
        return None
    said, thought = get(counts, "candidates_token_count"), get(counts, "thoughts_token_count")
    prompt, tools = get(counts, "prompt_token_count"), get(counts, "tool_use_prompt_token_count")
    return Usage(
        input_tokens=None if prompt is None else prompt + (tools or 0),
        output_tokens=None if said is None else said + (thought or 0),
        cached_tokens=get(counts, "cached_content_token_count"),
        reasoning_tokens=thought,
    )


def word(value: object) -> str | None:
    """An enum's value, or the word that JSON has for it."""
    word: object = getattr(value, "value", value)
    return None if word is None else str(word)


def bytes_of(data: object) -> bytes | None:
    """Bytes, which JSON has as base64."""
    return base64.b64decode(data) if isinstance(data, str) else data if isinstance(data, bytes) else None
