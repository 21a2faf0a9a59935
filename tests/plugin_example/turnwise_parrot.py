"""Parrots in turnwise: a translator, which tests can feed, and the adapter around it, which does the I/O."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from turnwise import Adapter, TextDelta, ToolCall, ToolResult, TurnStart, Unknown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from turnwise import Event, Transcript
    from turnwise.adapters.description import Description


class Translator:
    """Their items to events, in their own keys; turnwise's assembler makes turns of them."""

    def __init__(self) -> None:
        self._turn: str | None = None

    def feed(self, item: dict[str, Any]) -> list[Event]:
        """The events of one item. What is not known is passed on: it is reported, and never lost."""
        match item["kind"]:
            case "step":
                self._turn = str(item["number"])
                return [TurnStart(turn=self._turn)]
            case "word":
                return [TextDelta(item["text"], turn=self._turn)]
            case "use":
                return [ToolCall(item["tool"], item["input"], call_id=item["id"], turn=self._turn)]
            case "used":
                return [ToolResult(item["output"], call_id=item["id"])]
            case kind:
                return [Unknown(kind, payload=item, turn=self._turn)]


class ParrotAdapter(Adapter):
    """One conversation with one parrot, which keeps its own memory."""

    def __init__(self, parrot: Any) -> None:
        self._parrot = parrot
        self.name = f"Parrot · {parrot.name}"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Let it talk. Closing this generator, which is how a run is stopped, closes its talk."""
        translator = Translator()
        async with aclosing(self._parrot.talk(prompt)) as items:
            async for item in items:
                for event in translator.feed(item):
                    yield event

    def describe(self) -> Description:
        """What can be told; nothing of it can be changed."""
        return replace(super().describe(), system=self._parrot.tricks)
