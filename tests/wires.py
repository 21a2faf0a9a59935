"""The wires of the built-in agent as sources: real responses byte by byte, into the agent's loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from recorded import Played, Source
from turnwise.agent import Agent
from turnwise.run import drive
from wire_server import answers_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from recorded import Aspect
    from turnwise.agent import Provider
    from turnwise.events import Event
    from wire_server import Answer

LOOP = "the agent's loop decides it, whatever the wire is: tests/agent/test_agent.py"
NOT_RECORDED = "no server was recorded with it; rows in tests/agent have its bytes"

REFUSED = "the loop announces the turn before the server refuses it: a turn more than the script has"

OF_THE_LOOP = ("D", "E1", "E3", "G", "G2", "H", "I", "I2", "J", "K5", "M")


def get_weather(city: str) -> dict[str, Any]:
    return {"city": city, "temp_c": 18}


def get_time(tz: str) -> str:
    return f"09:00 in {tz}"


def offline(answers: list[Answer]) -> httpx.MockTransport:
    """A server that is a function: each request takes the next answer, the last one again and again."""

    async def body(answer: Answer) -> AsyncIterator[bytes]:
        for piece in answer.pieces():
            yield piece
        if answer.end == "drop":
            raise httpx.ReadError("connection lost")

    def respond(_: httpx.Request) -> httpx.Response:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        headers = {"content-type": answer.content_type, **answer.headers}
        return httpx.Response(answer.status, headers=headers, content=body(answer))

    return httpx.MockTransport(respond)


def run(provider: Provider) -> Played:
    """What the agent says over a model whose replies are recorded."""
    events: list[Event] = []
    agent = Agent(provider, tools=[get_weather, get_time])
    status, error = asyncio.run(drive(agent.stream("prompt"), events.extend))
    return Played(events=events, status=status, error=error)


def wire(
    name: str,
    provider: Callable[..., Provider],
    *,
    missing: tuple[str, ...] = (),
    silent: Mapping[tuple[str, Aspect], str] | None = None,
) -> Source:
    """The source of ``tests/recordings/wire-<name>``; of the ``missing`` scenarios nobody recorded the bytes."""
    folder = f"wire-{name}"

    def play(path: Path) -> list[Played]:
        transport = offline(answers_in(path, crumb=1))
        return [run(provider("model", base_url="http://server", transport=transport, attempts=1))]

    return Source(
        folder=folder,
        adapter=f"agent.providers.{name.replace('-', '_')}",
        play=play,
        cannot={
            **dict.fromkeys(OF_THE_LOOP, LOOP),
            **dict.fromkeys(missing, NOT_RECORDED),
        },
        own={"K1": REFUSED, "K2": REFUSED},
        silent=silent or {},
    )
