"""A framework that does not exist: its agents look a prompt up, and then repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Parrot:
    """An agent; ``tricks`` is its system prompt."""

    def __init__(self, name: str, tricks: str = "Repeat what you hear.") -> None:
        self.name = name
        self.tricks = tricks
        self.heard: list[str] = []

    async def talk(self, prompt: str) -> AsyncGenerator[dict[str, Any], None]:
        """What it does, as dicts with a ``kind``."""
        self.heard.append(prompt)
        yield {"kind": "step", "number": 1}
        yield {"kind": "word", "text": "Hm. "}
        yield {"kind": "use", "id": "u1", "tool": "remember", "input": {"what": prompt}}
        yield {"kind": "used", "id": "u1", "output": len(self.heard)}
        yield {"kind": "step", "number": 2}
        for word in prompt.split():
            yield {"kind": "word", "text": f"{word}! "}
        yield {"kind": "yawn"}
