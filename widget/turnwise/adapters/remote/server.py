"""A server that an agent is behind: its requests, the messages of its answers, and how it fails.

Knows ``agent.providers`` for what all servers have in common, and nothing of what the messages say. A request is made
once: nobody knows whether a server that failed had taken the prompt. No error holds a header, a password or a query.
"""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import quote, unquote

from ...agent.errors import MalformedStream
from ...agent.providers.endpoint import Auth, Endpoint, Home, Received
from ...agent.providers.framing import server_sent
from ...agent.providers.untyped import Object

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import httpx
    from typing_extensions import Self

SHORTEST_SECRET = 6
"""Characters from which a header's value is cut out of what a server says; shorter ones are words of their own."""

_CREDENTIALS = "the server wants other credentials: headers={'Authorization': …}, or auth="
_CURES = {
    **dict.fromkeys((301, 302, 303, 307, 308), "use the address that it points to"),
    401: _CREDENTIALS,
    403: _CREDENTIALS,
    404: "is this the address of the agent itself, with its path?",
    405: "is this the address of the agent itself, with its path?",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``path`` is below the agent's URL, ``query`` is beside its own."""

    body: dict[str, Any] | None
    method: str = "POST"
    path: str = ""
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Message:
    """A server-sent event that carries data."""

    name: str
    data: str
    id: str = ""

    @property
    def item(self) -> Object | None:
        """The data's JSON object; ``None`` if it is something else. Control characters need not be escaped in it."""
        try:
            value: object = json.loads(self.data, strict=False)
        except (ValueError, RecursionError):
            return None
        return cast("Object", value) if isinstance(value, dict) else None


class _Anywhere(Home):
    """No maker's server: the address is the user's to the letter, a slash at its end included."""

    def address(self, base_url: str | None) -> str:
        return base_url or self.url


class Server(Endpoint):
    """Where one agent is; ``url`` may hold a user, a password and a query, which no message shows."""

    patience: ClassVar[str] = "timeout"

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float = 300.0,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no URL of a server; one looks like 'https://example.org/agent'")
        super().__init__(
            _Anywhere(maker="", url="", key_variables=(), example="https://example.org/agent", cures=_CURES),
            "",
            url,
            None,
            accept="text/event-stream",
            read_timeout=timeout,
            attempts=1,
            headers=headers,
            client=client,
            auth=auth,
        )
        self._secrets = sorted(_secrets(self._url, headers or {}, auth), key=len, reverse=True)

    @property
    def host(self) -> str:
        """The name that a person would give it."""
        return self._url.host

    @property
    def url(self) -> httpx.URL:
        """The agent's own URL."""
        return self._url

    def clean(self, text: str) -> str:
        """``text`` without what was sent in confidence, which some servers repeat in their errors."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text

    async def request(self, request: Request, stack: AsyncExitStack) -> httpx.Response:
        """The answer to ``request``; ``stack`` closes it. Raises a ``ProviderError`` for anything but success."""
        url = self._url
        if request.path:
            url = url.copy_with(path=url.path.rstrip("/") + quote(request.path))
        if request.query:
            url = url.copy_merge_params(request.query)
        return await self.open(request.body, stack, method=request.method, url=url, headers=request.headers)

    async def value(self, request: Request) -> Any:
        """The answer's JSON. Raises a ``ProviderError`` if there is none."""
        async with AsyncExitStack() as stack:
            response = await self.request(request, stack)
            received = Received(response, self.clean)
            with self.reading(received, "JSON"):
                text = await received.whole()
            try:
                return json.loads(text)
            except ValueError as error:
                raise MalformedStream(
                    f"{self.where}{request.path}: expected JSON, got {received.quote()}"
                ) from error


class Reply:
    """The answer to one request, message by message."""

    def __init__(self, server: Server, response: httpx.Response, stack: AsyncExitStack) -> None:
        self.headers = response.headers
        self._received = Received(response, server.clean)
        self._server = server
        self._stack = stack
        self._rest = self._messages()
        self._peeked: list[Message] = []

    @classmethod
    async def to(cls, server: Server, request: Request) -> Self:
        """Make ``request`` and return what came of it; close it with ``aclose``."""
        async with AsyncExitStack() as stack:
            response = await server.request(request, stack)
            return cls(server, response, stack.pop_all())
        raise AssertionError("the stack swallows nothing")

    async def first(self) -> Message | None:
        """The first message, left in place; ``None`` for an answer without any."""
        if not self._peeked:
            self._peeked = [message async for message in _one(self._rest)]
        return self._peeked[0] if self._peeked else None

    async def messages(self) -> AsyncGenerator[Message, None]:
        """All messages, the first included."""
        for message in self._peeked:
            yield message
        async with aclosing(self._rest) as rest:
            async for message in rest:
                yield message

    def quote(self) -> str:
        """The beginning of what came, for an error."""
        return self._received.quote()

    async def aclose(self) -> None:
        """Hang up."""
        await self._rest.aclose()
        await self._stack.aclose()

    async def _messages(self) -> AsyncGenerator[Message, None]:
        with self._server.reading(self._received, "a stream of events"):
            async with aclosing(server_sent(self._received)) as events:
                async for event in events:
                    yield Message(event.event, event.data, event.id)


async def _one(messages: AsyncGenerator[Message, None]) -> AsyncGenerator[Message, None]:
    """At most one of them, and the others stay."""
    try:
        yield await anext(messages)
    except StopAsyncIteration:
        return


def _secrets(url: httpx.URL, headers: Mapping[str, str], auth: Auth | None) -> set[str]:
    said = [*headers.values(), *(value.partition(" ")[2] for value in headers.values())]
    said += [unquote(url.password), *(value for _, value in url.params.multi_items())]
    if isinstance(auth, tuple):
        said.append(auth[1])
    return {secret for secret in said if len(secret) >= SHORTEST_SECRET}
