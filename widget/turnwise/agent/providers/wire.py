"""What the wires have in common: a reply that is translated payload by payload, and the request that it answers.

A file per wire has the rest: a ``Reply``, which maps bytes to events, and a ``WireProvider``, which maps messages to a
request.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ...events import Error, ModelRequest, TurnFinish, Unknown
from ..errors import MalformedStream, TruncatedStream
from .base import Provider
from .endpoint import Endpoint, Received
from .framing import EVENT_STREAM
from .untyped import error_of, quote

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence

    from typing_extensions import Unpack

    from ...events import Event
    from ..tools import Tool
    from .endpoint import Home, Manners
    from .framing import Framing
    from .untyped import Object


_MESSAGES = ("messages", "input", "contents")
_SYSTEM = ("system", "instructions", "systemInstruction")
"""What the wires call them."""


class Reply(ABC):
    """One streamed reply, payloads in and events out: ``feed`` each, then ``finish`` when the stream has ended."""

    def __init__(self) -> None:
        self.done = False
        """Nothing more will come: what the wire ends with was there, or an error."""
        self._ended = False
        """Why the reply ended has been said."""
        self.clean: Callable[[str], str] = str
        """Takes out of an error's text what the server was told in confidence."""

    def feed(self, data: str) -> list[Event]:
        """The events of one payload. Raises ``MalformedStream`` if it is not JSON."""
        data = data.strip()
        if not data or self.done or data == "[DONE]":
            return []
        try:
            value: object = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise MalformedStream(f"expected JSON, got {quote(self.clean(data))}") from error
        return self.take(value)

    def take(self, value: object) -> list[Event]:
        """The events of one payload that somebody else has decoded; the reply does not change it."""
        out: list[Event] = []
        if not self.done:
            self._take(value, out)
        return out

    def finish(self) -> list[Event]:
        """What is left to say at the stream's end. Raises ``TruncatedStream`` if the reply had not ended."""
        if self._ended:
            return []
        if self.done:
            return [TurnFinish("unknown")]
        raise TruncatedStream("the reply ended without a finish reason: it was cut off")

    def _take(self, value: object, out: list[Event]) -> None:
        if isinstance(value, dict):
            self._payload(cast("Object", value), out)
        else:
            out.append(Unknown("chunk", payload=value))

    @abstractmethod
    def _payload(self, payload: Object, out: list[Event], /) -> None:
        """Append the events of one payload to ``out``."""

    def _fail(self, body: Object, out: list[Event]) -> None:
        """The server says, in the place of a reply or in the middle of one, that there will be none."""
        self.done = self._ended = True
        kind, message = error_of(body, self.clean)
        out.append(Error(message, kind=kind))


class WireProvider(Provider):
    """A model behind a server.

    Args:
        model: As the server spells it.
        base_url: Where the server is. Default: what the provider's environment variable says, else its makers' own.
        api_key: Default: the provider's usual variable. Only the makers' own server insists on one.
        manners: How the server is called: timeouts, attempts, headers, a client of your own.

    Raises:
        ValueError: The ``base_url`` is no HTTP URL, or the makers' own server is meant and there is no key.
    """

    home: ClassVar[Home]
    framing: ClassVar[Framing] = EVENT_STREAM

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        **manners: Unpack[Manners],
    ) -> None:
        self.model = model
        self._endpoint = Endpoint(
            self.home, self.path(), base_url, api_key, accept=self.framing.media_type, **manners
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r}, base_url={self._endpoint.where!r})"

    @abstractmethod
    def path(self) -> str:
        """Where requests go, below the ``base_url``; it begins with a slash."""

    @abstractmethod
    def request(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The body of the request."""

    @abstractmethod
    def reply(self, body: dict[str, Any]) -> Reply:
        """What translates the reply to the request ``body``."""

    def told(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> ModelRequest:
        """The body of the request, field by field: what is no message, system prompt or tool is a setting."""
        body = self.request(messages, tools, settings)
        body.pop("model", None)  # of Gemini it is in the URL
        sent = next(body.pop(name) for name in _MESSAGES if name in body)
        system = next((body.pop(name) for name in _SYSTEM if name in body), None)
        return ModelRequest(
            sent,
            system=system,
            tools=body.pop("tools", []),
            settings=body,
            model=self.model,
            exact=True,
        )

    async def stream(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> AsyncGenerator[Event, None]:
        """Make one request and yield the reply's events."""
        body = self.request(messages, tools, settings)
        reply = self.reply(body)
        endpoint = self._endpoint
        reply.clean = endpoint.clean
        async with AsyncExitStack() as stack:
            received = Received(await endpoint.open(body, stack), endpoint.clean)
            with endpoint.reading(received, self.framing.expected):
                async with aclosing(self.framing.cut(received)) as payloads:
                    async for data in payloads:
                        for event in reply.feed(data):
                            yield event
                        if reply.done:
                            break
                for event in reply.finish():
                    yield event


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not ``None``: a setting that is ``None`` takes a default of ours out of the request."""
    return {name: value for name, value in fields.items() if value is not None}


def asked(
    body: Mapping[str, Any], tools: Sequence[dict[str, Any]], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """``body`` with the settings as its fields; tools of the server's own, among them, come after the agent's."""
    return given({**body, **settings, "tools": [*tools, *(settings.get("tools") or ())] or None})


def left_by(choice: object, names: list[str], picked: Callable[[Object], Collection[Any]]) -> list[str]:
    """The tools that a ``tool_choice`` of OpenAI's leaves: ``picked`` reads the names out of one that has any."""
    if choice == "none":
        return []
    left = picked(cast("Object", choice)) if isinstance(choice, dict) else ()
    return [name for name in names if name in left] if left else names
