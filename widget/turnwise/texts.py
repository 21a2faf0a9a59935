"""Text as it may be sent: whole surrogate pairs, and arguments as JSON. Knows ``values``."""

from __future__ import annotations

import json
import re
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .values import Json

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


def with_numbers_of(edited: Json, text: str) -> Json:
    """Arguments that a page sent, with the numbers of those that the model wrote (``text``) where they are the same.

    A page has integers of more digits than JavaScript keeps as texts (``jsonable``), and no difference between 1 and
    1.0: what a person did not change must run as it was written, and such an integer that they changed is one still.
    """
    return _numbers(edited, parse_arguments(text)[0])


_LARGE = re.compile(r"-?[1-9][0-9]{15,999}")


def _numbers(edited: Json, written: Json) -> Json:
    if isinstance(edited, dict) and isinstance(written, dict):
        return {key: _numbers(item, written.get(key)) for key, item in edited.items()}
    if isinstance(edited, list) and isinstance(written, list):
        return [
            _numbers(item, other) for item, other in zip(edited, chain(written, repeat(None)), strict=False)
        ]
    if type(edited) is int and isinstance(written, float) and written.is_integer():
        return written if int(written) == edited else edited
    if type(written) is int and isinstance(edited, str) and _LARGE.fullmatch(edited):
        return int(edited)
    return edited


def same_json(a: str, b: str) -> bool:
    """Whether two texts differ in spelling at most."""
    try:
        return bool(json.loads(a) == json.loads(b))
    except (ValueError, RecursionError):
        return False
