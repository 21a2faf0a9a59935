"""What is a secret: known ones, and what looks like one.

Known are the values of environment variables whose names say so, and those that the user lists.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HIDDEN = "[secret]"
SHORTEST = 8
"""Characters: a shorter value of a variable is no secret that could be found again."""

_NAMES = re.compile(r"(?i)(^|_)(key|token|secret|password|passwd|credentials?|auth)(_|$)")
# How the keys of well-known services begin, and what they are made of.
_STARTS = (
    "sk-",
    "sk_live_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AIza",
    "AKIA",
    "hf_",
    "Bearer ",
)
_BODY = r"[A-Za-z0-9_\-.~+/=]"
_STARTED = "|".join(re.escape(start) for start in _STARTS)
_LOOKS = re.compile(rf"(?<![A-Za-z0-9_])({_STARTED}){_BODY}{{16,}}")
_UNFINISHED = re.compile(rf"(?<![A-Za-z0-9_])({_STARTED}){_BODY}*\Z")
_LONGEST_HELD = 4_000
"""Characters of an unfinished secret that are waited for; no key is as long."""


class Scrubber:
    """Replaces secrets in texts and values. Has no state: what waits for more text is in ``sieve``.

    Args:
        secrets: More values to hide, beside those of the environment.
        environment: Where to look for variables that are named like secrets.
    """

    def __init__(self, secrets: Iterable[str] = (), environment: Mapping[str, str] = os.environ) -> None:
        found = [
            value for name, value in environment.items() if _NAMES.search(name) and len(value) >= SHORTEST
        ]
        known = sorted({*secrets, *found} - {""}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None
        self._secrets = known

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return _LOOKS.sub(HIDDEN, text)

    def value(self, value: Any) -> Any:
        """A copy of JSON-safe data without secrets, keys included."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
            case dict():
                return {self.text(str(key)): self.value(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            case _:
                return value

    def divide(self, text: str) -> tuple[str, str]:
        """What of ``text`` can be no part of a secret that goes on, without secrets; and its end, as it is."""
        sure = len(text) - self._unfinished(text)
        for whole in () if self._known is None else self._known.finditer(text):
            if whole.start() < sure < whole.end():  # it ends as it begins
                sure = whole.end()
        return self.text(text[:sure]), text[sure:]

    def _unfinished(self, text: str) -> int:
        """How many characters at the end may be the beginning of a secret."""
        found = _UNFINISHED.search(text)
        most = 0 if found is None else len(text) - found.start()
        if most > _LONGEST_HELD:
            most = 0
        for whole in (*self._secrets, *_STARTS):
            for length in range(min(len(whole) - 1, len(text)), most, -1):
                if text.endswith(whole[:length]):
                    most = length
                    break
        return most
