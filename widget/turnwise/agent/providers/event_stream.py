"""A response body as server-sent events: the payloads that a provider's pure half translates.

Knows nothing of what the payloads say.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from ..errors import MalformedStream
from .untyped import quote

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx
    from httpx_sse import ServerSentEvent

    from .endpoint import Received


def decoded(data: str) -> object:
    """The value of a payload. Raises ``MalformedStream`` if it is not JSON."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedStream(f"expected JSON, got {quote(data)}") from error


async def payloads(received: Received) -> AsyncGenerator[str, None]:
    """The data of each event; an error that only the event's name tells is put into it."""
    async with aclosing(server_sent(received)) as events:
        async for event in events:
            if event.event == "error" and '"error"' not in event.data:
                yield json.dumps({"error": event.data})
            else:
                yield event.data


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
    source = EventSource(cast("httpx.Response", received))
    async with aclosing(source.aiter_sse()) as events:
        async for event in events:
            if event.data:
                yield event
            received.events += 1
