"""What of a tool's result travels to the page unasked: all of a small one, beginning and end of a large one.

Knows ``jsonable`` and ``values``.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from .jsonable import Limits, jsonable

if TYPE_CHECKING:
    from .values import Json

MOST = 40_000
"""Characters, of JSON, up to which a result is small."""

_HEAD = 24_000
_TAIL = 8_000
_LIMITS = Limits(text=24_000, items=1_000)


def preview(value: Json) -> tuple[Json, int | None]:
    """``value`` as the page gets it, and the characters of the whole if that is not all of it.

    A MIME bundle has no beginning that would make sense: what it may hold is bounded when it is made.
    """
    if not _is_large(value) or (isinstance(value, dict) and value.keys() == {"mimebundle"}):
        return value, None
    if isinstance(value, str):
        left = len(value) - _HEAD - _TAIL
        return f"{value[:_HEAD]}\n\n… {left:,} more characters …\n\n{value[-_TAIL:]}", len(value)
    return jsonable(value, limits=_LIMITS), len(json.dumps(value, ensure_ascii=False))


def _is_large(value: Json) -> bool:
    """Looks at no more of it than it must."""
    spent = 0
    waiting = [iter((value,))]
    while waiting:
        for item in waiting[-1]:
            spent += len(item) + 2 if isinstance(item, str) else 6
            if spent > MOST:
                return True
            if isinstance(item, dict):
                waiting.append(chain(item, item.values()))
                break
            if isinstance(item, list):
                waiting.append(iter(item))
                break
        else:
            waiting.pop()
    return False
