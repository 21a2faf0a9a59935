"""How a body is cut into the payloads that a provider's pure half translates: an event stream, or lines of JSON.

Knows nothing of what the payloads say.
"""

from __future__ import annotations

import json
import re
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from ..errors import MalformedStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    import httpx
    from httpx_sse import ServerSentEvent

    from .endpoint import Received

Cutter: TypeAlias = "Callable[[Received], AsyncGenerator[str, None]]"


@dataclass(frozen=True, slots=True)
class Framing:
    """One way to cut a body. A reply is over when its pure half says so, so cutting may end anywhere."""

    media_type: str
    """What the request asks for."""
    expected: str
    """What it is, for an error message."""
    cut: Cutter


_ERROR_FIELD = re.compile(r"(?<=[\r\n])error:")
_PART_OF_IT = re.compile(r"(?<=[\r\n])(?:error|erro|err|er|e)$")


class _Tolerant:
    """A body in which errors may have a field of their own, ``error:``: so llama.cpp once told them in mid-stream."""

    def __init__(self, received: Received) -> None:
        self.headers = received.headers
        self._texts = received.aiter_text

    async def aiter_text(self) -> AsyncIterator[str]:
        before = "\n"
        async for more in self._texts():
            text = before + more
            cut = _PART_OF_IT.search(text)
            held = "" if cut is None else cut[0]
            ready = text.removesuffix(held)
            yield _ERROR_FIELD.sub("event: error\ndata:", ready)[1:]
            before = ready[-1] + held


async def _events(received: Received) -> AsyncGenerator[str, None]:
    """The data of each event; an error that only the event's name tells is put into it."""
    async with aclosing(server_sent(received)) as events:
        async for event in events:
            if event.event == "error" and '"error"' not in event.data:
                yield json.dumps({"error": _decoded(event.data)})
            else:
                yield event.data


def _decoded(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data


async def server_sent(received: Received) -> AsyncGenerator[ServerSentEvent, None]:
    """Each event with data, or the whole of a reply that was not streamed: what it is called is not to be trusted."""
    from httpx_sse import EventSource, ServerSentEvent

    match await received.first():
        case "{" | "[":
            yield ServerSentEvent(data=await received.whole())
            received.events += 1
            return
        case "<":
            raise MalformedStream(f"expected a stream of events, got a page: {received.quote()}")
        case _:
            pass
    source = EventSource(cast("httpx.Response", _Tolerant(received)))
    async with aclosing(source.aiter_sse()) as events:
        async for event in events:
            if event.data:
                yield event
            received.events += 1


async def _lines(received: Received) -> AsyncGenerator[str, None]:
    """The lines of the body, of which each that begins an object counts: one cut in half is half a reply."""
    if await received.first() == "<":
        raise MalformedStream(f"expected lines of JSON, got a page: {received.quote()}")
    begun: list[str] = []
    async with aclosing(cast("AsyncGenerator[str, None]", received.aiter_text())) as texts:
        async for text in texts:
            *ends, rest = text.split("\n")
            for end in ends:
                line = "".join([*begun, end])
                begun.clear()
                received.events += line.startswith("{")
                yield line
            begun.append(rest)


EVENT_STREAM = Framing("text/event-stream", "a stream of events", _events)
JSON_LINES = Framing("application/x-ndjson", "lines of JSON", _lines)
