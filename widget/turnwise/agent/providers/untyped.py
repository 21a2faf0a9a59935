"""JSON from a server, of which nothing is certain: what can be had of it, without trust.

Knows nothing of turnwise.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable

Object: TypeAlias = "dict[str, Any]"

QUOTED = 200
"""Characters of what came that an error message repeats."""


def quote(text: str) -> str:
    """The beginning of ``text``, for an error message."""
    return repr(text if len(text) <= QUOTED else text[:QUOTED] + "…")


def error_of(body: Object, clean: Callable[[str], str] = str) -> tuple[str, str]:
    """Kind and message of ``{"error": {…}}``, ``{"error": "…"}``, ``{"message": "…"}`` or ``{"detail": …}``.

    ``clean`` sees them before they are cut, so that no half of a secret is left.
    """
    inner = body.get("error") or body
    if not isinstance(inner, dict):
        return "error", clean(str(inner))[:1000]
    inner = cast("Object", inner)
    kind = inner.get("code") or inner.get("type") or inner.get("status") or "error"
    message = inner.get("message") or inner.get("detail") or inner
    if not isinstance(message, str):
        message = json.dumps(message, ensure_ascii=False)
    return clean(str(kind)), clean(message)[:1000]


def count(counts: object, name: str) -> int | None:
    """A whole number of ``counts``, if there is one."""
    value = cast("Object", counts).get(name) if isinstance(counts, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def inner(value: object, *fields: str) -> Object:
    """The object at the end of a path of fields; an empty one if there is none."""
    for field in fields:
        value = cast("Object", value).get(field) if isinstance(value, dict) else None
    return cast("Object", value) if isinstance(value, dict) else {}


def objects(value: object) -> list[Object]:
    """Those items of a list that are objects."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Object", item) for item in items if isinstance(item, dict)]


def word(value: object) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None
