"""The words that stand where a copy was cut, written and read back."""

from __future__ import annotations

import re

FREE = 48
"""Characters of a string that cost nothing, so that a marker always fits and a copy of a copy is the same."""


def shortened(text: str, room: int) -> str:
    """The beginning of ``text`` and how much is missing, in at most ``room`` characters (at least 48)."""
    keep = max(0, room - len(f" … {len(text):,} more characters"))
    return f"{text[:keep]} … {len(text) - keep:,} more characters"


def entries_marker(more: int, noun: str = "item") -> str:
    """What stands at the end of a copy in place of the entries that it lacks."""
    return f"… {counted(more, f'more {noun}')}"


def characters_left_out(text: str) -> int:
    """How many characters the copy ``text`` lacks, as it says itself."""
    found = _CHARACTERS.search(text, max(0, len(text) - FREE))
    return 0 if found is None else int(found[1].replace(",", ""))


def entries_left_out(last: object) -> int:
    """How many entries a copied list lacks whose last is ``last``, or a dict that has it under ``"…"``."""
    found = _ENTRIES.fullmatch(last) if isinstance(last, str) else None
    return 0 if found is None else int(found[1].replace(",", ""))


_CHARACTERS = re.compile(r" … (\d[\d,]{,19}) more characters$")
_ENTRIES = re.compile(r"… (\d[\d,]{,19}) more [a-z]{3,9}")


def counted(number: int, noun: str) -> str:
    """``"1 byte"``, ``"3 entries"``."""
    if number != 1:
        noun = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun}"
