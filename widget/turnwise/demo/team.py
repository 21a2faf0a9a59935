"""Several agents at once: each of the demo's agents looks after one city in a lane of its own, one sums up.

It is a plain generator function, as one would write it oneself: the events of the others are passed on under the key
of their lane.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..agent import Agent
from ..events import LaneStart, TextDelta, TurnStart
from .model import Say, Scripted
from .scripts import choose, cities_in
from .tools import tools_at

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from ..events import Event
    from .model import Ask, Script

_CITIES = ("Lisbon", "Oslo", "Nairobi")
_MOST = 4


def team(pace: float = 0.025) -> Callable[[str], AsyncGenerator[Event, None]]:
    """An agent that sends several others, for the cities that the prompt names. ``pace`` is seconds per word."""

    async def city_desks(prompt: str) -> AsyncGenerator[Event, None]:
        cities = [*dict.fromkeys(cities_in(prompt) or _CITIES)][:_MOST]
        plan = (
            f"{len(cities)} cities that have nothing to do with each other: one colleague each, all at once."
        )
        async for event in _reply(Say(text=plan), prompt, pace):
            yield event
        answers: dict[str, str] = {}
        lanes = [_colleague(city, pace, answers) for city in cities]
        async for event in _at_once(lanes):
            yield event
        found = "\n".join(f"- {answers[city]}" for city in cities)
        async for event in _reply(Say(text=f"What my colleagues found:\n\n{found}"), prompt, pace):
            yield event

    return city_desks


async def _reply(say: Say, prompt: str, pace: float) -> AsyncGenerator[Event, None]:
    """A turn of the main lane."""

    def script(_: Ask) -> Script:
        yield say

    yield TurnStart(model="demo")
    async for event in Scripted(script, model="demo", pace=pace).stream(
        [{"role": "user", "content": prompt}], [], {}
    ):
        yield event


async def _colleague(city: str, pace: float, answers: dict[str, str]) -> AsyncGenerator[Event, None]:
    """One of the demo's agents in the lane ``city``; the first paragraph of its answer goes into ``answers``."""
    agent = Agent(Scripted(choose, model="demo", pace=pace), tools=tools_at(pace))
    yield LaneStart(city, agent=f"{city} desk")
    said = ""
    async for event in agent.stream(f"What is the climate of {city}?"):
        if isinstance(event, TurnStart):
            said = ""
        elif isinstance(event, TextDelta):
            said += event.text
        yield _in_lane(event, city)
    answers[city] = said.partition("\n\n")[0]


def _in_lane(event: Any, lane: str) -> Event:
    """``event`` as that lane's: call ids of one agent are none of another's business."""
    call_id = getattr(event, "call_id", None)
    changes = {} if call_id is None else {"call_id": f"{lane} {call_id}"}
    return replace(event, lane=lane, **changes)


async def _at_once(streams: Sequence[AsyncGenerator[Event, None]]) -> AsyncGenerator[Event, None]:
    """What any of them says, when it says it."""
    said: asyncio.Queue[Event | None] = asyncio.Queue()

    async def read(stream: AsyncGenerator[Event, None]) -> None:
        try:
            async for event in stream:
                said.put_nowait(event)
        finally:
            said.put_nowait(None)

    tasks = [asyncio.create_task(read(stream)) for stream in streams]
    try:
        for _ in tasks:
            while (event := await said.get()) is not None:
                yield event
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
