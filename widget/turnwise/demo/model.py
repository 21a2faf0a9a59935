"""A model that is not one: it follows scripts, streams what they say, and calls tools like any other.

A script is a generator. What it yields is one reply (``Say``); what it is sent back are the results of the tools that
the reply called. The provider keeps nothing between model calls: it is given the whole conversation, as every model
is, and finds its place by running the script again over the replies that are already there.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ..agent.providers import Provider
from ..events import ReasoningDelta, TextDelta, ToolCallDelta, TurnFinish, TurnUsage
from ..values import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping, Sequence

    from ..agent.tools import Tool
    from ..events import Event

_PIECES = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Call:
    """A tool to call, with its arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One reply of the model."""

    reasoning: str = ""
    text: str = ""
    calls: Sequence[Call] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a script answers."""

    prompt: str
    earlier: Sequence[str] = ()
    """The prompts before, latest first."""
    tools: Sequence[Tool] = ()


Script: TypeAlias = "Generator[Say, list[Any], None]"
"""Yields replies, is sent their results: JSON values, or the tool's own words where it failed."""


class Scripted(Provider):
    """A provider whose model follows the script that ``choose`` finds for a prompt.

    ``pace`` is the time from one word to the next, in seconds; 0 streams as fast as it can.
    """

    def __init__(self, choose: Callable[[Ask], Script], *, model: str, pace: float) -> None:
        self.model = model
        self._choose = choose
        self._pace = pace

    def __repr__(self) -> str:
        return f"Scripted({self.model!r})"

    async def stream(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> AsyncGenerator[Event, None]:
        """The next reply of the script, word by word."""
        say = _next_reply(self._choose, messages, tools)
        await asyncio.sleep(self._pace * 10)
        for event in _events(say, len(messages)):
            yield event
            await asyncio.sleep(self._pace)
        yield TurnUsage(
            Usage(
                input_tokens=_tokens(json.dumps(messages)),
                output_tokens=_tokens(say.reasoning + say.text + repr(say.calls)),
            )
        )
        yield TurnFinish("tool_calls" if say.calls else "stop")


def _next_reply(
    choose: Callable[[Ask], Script], messages: Sequence[Mapping[str, Any]], tools: Sequence[Tool]
) -> Say:
    at = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=-1)
    prompts = [str(m["content"]) for m in messages[: at + 1] if m["role"] == "user"]
    if not prompts:
        return Say(text="What would you like to know?")
    *earlier, prompt = prompts
    script = choose(Ask(prompt=prompt, earlier=earlier[::-1], tools=tools))
    say = next(script)
    try:
        for results in _answered(messages[at + 1 :]):
            say = script.send(results)
    except StopIteration:
        return Say(text="That is all I have to say about it.")
    return say


def _answered(messages: Sequence[Mapping[str, Any]]) -> Iterator[list[Any]]:
    """The results of each reply so far, in call order."""
    results: list[Any] | None = None
    for message in messages:
        if message["role"] == "assistant":
            if results is not None:
                yield results
            results = []
        elif results is not None:
            results.append(_decoded(str(message["content"])))
    if results is not None:
        yield results


def _decoded(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


def _events(say: Say, place: int) -> Iterator[Event]:
    for piece in _PIECES.findall(say.reasoning):
        yield ReasoningDelta(piece)
    for piece in _PIECES.findall(say.text):
        yield TextDelta(piece)
    for number, call in enumerate(say.calls):
        key = f"call_{place}_{number}"
        yield ToolCallDelta(name=call.name, call_id=key, key=key)
        for piece in _PIECES.findall(json.dumps(call.arguments, ensure_ascii=False)):
            yield ToolCallDelta(piece, key=key)


def _tokens(text: str) -> int:
    """About as many as a real model would count."""
    return len(text) // 4 + 1
