"""Where the events of a framework's stream and of its hooks meet."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from turnwise import TextDelta
from turnwise.adapters.relay import Relay


def said(*texts: str) -> list[TextDelta]:
    return [TextDelta(text) for text in texts]


async def test_in_order_and_never_ahead_of_the_reader() -> None:
    relay = Relay()
    done: list[str] = []

    async def work() -> None:
        await relay.say(said("a", "b"))
        done.append("said")
        relay.tell(said("c"))
        done.append("told")

    read: list[str] = []
    async for event in relay.run(work()):
        assert done == ([] if event.text != "c" else ["said", "told"])
        read.append(event.text)
    assert read == ["a", "b", "c"]


async def test_what_the_work_raises_comes_after_what_it_said() -> None:
    relay = Relay()

    async def work() -> None:
        relay.tell(said("a"))
        raise ValueError("no disk")

    events = relay.run(work())
    assert await anext(events) == TextDelta("a")
    with pytest.raises(ValueError, match="no disk"):
        await anext(events)


async def test_a_reader_that_leaves_cancels_the_work_even_if_that_is_swallowed() -> None:
    relay = Relay()
    ends: list[str] = []

    async def work() -> None:
        try:
            try:
                await relay.say(said("a", "b"))
            except asyncio.CancelledError:
                ends.append("swallowed")
            await relay.say(said("c"))
        finally:
            ends.append("ended")

    async with aclosing(relay.run(work())) as events:
        await anext(events)
    assert ends == ["swallowed", "ended"]


async def test_a_reader_that_leaves_waits_for_work_that_ends_by_itself() -> None:
    relay = Relay()
    asked = asyncio.Event()
    ends: list[str] = []

    def stop() -> bool:
        asked.set()
        return True

    async def work() -> None:
        await relay.say(said("a"))
        await asked.wait()
        await relay.say(said("nobody reads this"))
        ends.append("ended")

    async with aclosing(relay.run(work(), stop)) as events:
        await anext(events)
    assert ends == ["ended"]
