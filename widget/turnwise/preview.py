"""What of a tool's result travels to the page unasked: all of a small one, beginning and end of a large one.

Knows ``jsonable`` and ``values``.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, cast

from .cut_marks import characters_left_out, entries_left_out, entries_marker
from .jsonable import Limits, jsonable

if TYPE_CHECKING:
    from .values import Json

MOST = 40_000
"""Characters, of JSON, up to which a result is small."""

_HEAD = 24_000
_TAIL = 8_000
_LIMITS = Limits(text=24_000, items=1_000)


def preview(value: Json) -> tuple[Json, int | None]:
    """``value`` as the page gets it, and about how many characters the whole has if that is not all of it.

    ``value`` may be the bounded copy of something larger, the whole is what the tool returned. A MIME bundle has no
    beginning that would make sense: what it may hold is bounded when it is made.
    """
    if not _is_large(value) or (isinstance(value, dict) and value.keys() == {"mimebundle"}):
        return value, None
    if isinstance(value, str):
        left = len(value) - _HEAD - _TAIL
        return f"{value[:_HEAD]}\n\n… {left:,} more characters …\n\n{value[-_TAIL:]}", _characters(value)
    return _short(value), _characters(value)


def _short(value: Json) -> Json:
    """A copy of a copy: what either of the two leaves out at the end of a list is said in one place."""
    more = entries_left_out(value[-1]) if isinstance(value, list) else 0
    if not isinstance(value, list) or more == 0:
        return jsonable(value, limits=_LIMITS)
    short = cast("list[Json]", jsonable(value[:-1], limits=_LIMITS))
    again = entries_left_out(short[-1])
    return [*(short[:-1] if again else short), entries_marker(more + again)]


def _characters(value: Json) -> int:
    """Of the JSON of what ``value`` is a copy of, or of its text; entries that are left out count as the others do."""
    if isinstance(value, str):
        return len(value) + characters_left_out(value)
    if isinstance(value, dict):
        sizes = [6 + len(key) + _characters(item) for key, item in value.items()]
        left = entries_left_out(value.get("…"))
    elif isinstance(value, list):
        sizes = [4 + _characters(item) for item in value]
        left = entries_left_out(value[-1]) if value else 0
    else:
        return len(str(value))
    kept = max(1, len(sizes) - 1)
    return sum(sizes) * (kept + left) // kept


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
