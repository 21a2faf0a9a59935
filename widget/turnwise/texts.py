"""Text as it may be sent: whole surrogate pairs, and arguments as JSON. Knows nothing of turnwise."""

from __future__ import annotations

import json
from typing import Any

LOST = "\ufffd"
"""What stands for half of a surrogate pair whose other half never came."""


def whole(text: str) -> str:
    """``text`` that UTF-8 can encode: halves of a surrogate pair are joined, a lone one becomes U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def next_piece(held: str, text: str) -> tuple[str, str]:
    """``text`` that may be sent after ``held``, and what is held now: the first half of a pair waits for the second."""
    text = held + text
    if "\ud800" <= text[-1] <= "\udbff":
        return whole(text[:-1]), text[-1]
    return whole(text), ""


def parse_arguments(text: str) -> tuple[Any, str | None]:
    """The decoded arguments, and why they are not valid. None at all, or the placeholder ``null``, mean ``{}``."""
    stripped = text.strip()
    if stripped in ("", "null"):
        return {}, None
    try:
        return json.loads(stripped), None
    except (ValueError, RecursionError) as error:
        return None, str(error) or type(error).__name__


def same_json(a: str, b: str) -> bool:
    """Whether two texts differ in spelling at most."""
    try:
        return bool(json.loads(a) == json.loads(b))
    except (ValueError, RecursionError):
        return False
