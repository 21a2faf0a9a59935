"""A provider that says what the test tells it, and remembers what it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sketch import sketch
from turnwise import Assembler, TextDelta, ToolCallDelta, Transcript, TurnFinish
from turnwise.agent import Agent, Provider
from turnwise.run import drive

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from turnwise import Event, Run
    from turnwise.agent import Tool


class Scripted(Provider):
    """One list of events per model call; an exception in a list is raised there."""

    model = "scripted"

    def __init__(self, *replies: Sequence[Event | Exception]) -> None:
        self._replies = list(replies)
        self.asked: list[list[dict[str, Any]]] = []
        self.settings: list[Mapping[str, Any]] = []
        self.tools: list[str] = []
        self.ends: list[str] = []
        """Of each reply: ``"read"`` to its end, ``"closed"`` before that, or ``"failed"``."""

    async def stream(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> AsyncGenerator[Event, None]:
        self.asked.append(messages)
        self.settings.append(settings)
        self.tools = [tool.name for tool in tools]
        end = "closed"
        try:
            for event in self._replies[len(self.asked) - 1]:
                if isinstance(event, Exception):
                    end = "failed"
                    raise event
                yield event
            end = "read"
        finally:
            self.ends.append(end)


def says(text: str) -> list[Event]:
    """A reply that is only text."""
    return [TextDelta(text), TurnFinish("stop", native="stop")]


def calls(
    *wanted: tuple[str, str], ids: Sequence[str | None] = (), reason: Any = "tool_calls"
) -> list[Event]:
    """A reply that calls tools: name and JSON arguments of each; the ids are ``a``, ``b``, … unless given."""
    out: list[Event] = []
    for number, (name, arguments) in enumerate(wanted):
        call_id = ids[number] if ids else "abcdefgh"[number]
        out.append(ToolCallDelta(arguments, name=name, call_id=call_id, key=str(number)))
    return [*out, TurnFinish(reason, native=reason)]


async def ask(
    agent: Agent, prompt: str = "prompt", history: Transcript | None = None, run_id: str = "r"
) -> Run:
    """The whole run, as a session would record it, in strict mode: the agent never breaks the event contract."""
    asm = Assembler(strict=True)
    transcript = Transcript(asm.add_run(run_id, prompt, 0.0) + asm.start_run(run_id, 0.0))
    status, error = await drive(
        agent.stream(prompt, history), lambda events: transcript.extend(asm.feed_all(events, 1.0))
    )
    transcript.extend(asm.finish(2.0, status=status, error=error))
    return transcript.runs[0]


def shown(run: Run) -> str:
    """The run as a sketch of a few lines."""
    view = Transcript()
    view._adopt(run)
    return sketch(view)
