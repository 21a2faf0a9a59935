"""A server that a model is behind: one POST, as many attempts as it takes, and the body of the answer as it comes.

Knows nothing of what the body says. Failures are told in the words of ``errors``, and no message holds the key.
"""

from __future__ import annotations

import json
import time
from contextlib import AsyncExitStack, aclosing, contextmanager
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypedDict, cast

import httpx

from ..errors import (
    ConnectionFailed,
    MalformedStream,
    RequestRefused,
    ServerSilent,
    TruncatedStream,
)
from .untyped import QUOTED, Object, error_of, quote

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping

    from tenacity import RetryCallState

Auth: TypeAlias = "httpx.Auth | tuple[str, str]"
"""As httpx takes it: user and password, or an object of its own."""

LONGEST_WAIT = 60.0
"""Seconds: a server that asks for more is not waited for."""


class Manners(TypedDict, total=False):
    """How a server is called, whatever it speaks."""

    connect_timeout: float
    """Seconds to get a connection; 10 if not given."""
    read_timeout: float
    """Seconds without a byte, before or within a reply, after which the server counts as hung; 300 if not given."""
    attempts: int
    """How often a request is tried in all, if the server is busy (429), at fault (5xx) or not there; 3 if not given.

    Once it has begun to answer there is no second try.
    """
    retry_wait: float
    """Seconds before the second attempt, if the server names none; doubled for each one after. 0.5 if not given."""
    headers: Mapping[str, str] | None
    """More headers for every request."""
    client: httpx.AsyncClient | None
    """A client of your own, for pooling or proxies; it is not closed, and its timeouts count."""
    transport: httpx.AsyncBaseTransport | None
    """A transport of your own, for tests."""


class Endpoint:
    """Where requests go: ``path`` below ``base``.

    Args:
        base: The URL that the user knows, and that messages show.
        path: Begins with a slash.
        key: Sent with every request, and cut out of whatever comes back.
        example: A ``base`` that could be, for an error message.
        accept: The media type of the answers.
        cures: What to do about an HTTP status, for its message.
        key_header: The header that the key goes into, and what stands before the key there.
        connect_timeout: As in ``Manners``, like all that follow.
        read_timeout: See there.
        attempts: See there.
        retry_wait: See there.
        headers: See there.
        client: See there.
        transport: See there.
        auth: As httpx takes it, beside ``key`` or instead of it.

    Raises:
        ValueError: ``base`` is no HTTP URL, or ``key`` is nothing that a header can hold.
    """

    patience: ClassVar[str] = "read_timeout"
    """What the user calls the seconds that a server may be silent."""

    def __init__(
        self,
        base: str,
        path: str,
        *,
        key: str | None,
        example: str,
        accept: str,
        cures: Mapping[int, str],
        key_header: tuple[str, str] = ("Authorization", "Bearer "),
        connect_timeout: float = 10.0,
        read_timeout: float = 300.0,
        attempts: int = 3,
        retry_wait: float = 0.5,
        headers: Mapping[str, str] | None = None,
        client: httpx.AsyncClient | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        auth: Auth | None = None,
    ) -> None:
        if not base.startswith(("http://", "https://")):
            raise ValueError(f"base_url {base!r} is no HTTP URL; it looks like {example!r}")
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ValueError("the api_key holds characters that no key can have, a line break perhaps")
        self._key = key
        self._key_header = key_header
        self._path = path
        self._url = httpx.URL(f"{base}{path}")
        self._accept = accept
        self._cures = cures
        self._timeout = httpx.Timeout(read_timeout, connect=connect_timeout)
        self._read_timeout = read_timeout
        self._attempts = max(1, attempts)
        self._retry_wait = retry_wait
        self._headers = dict(headers or {})
        self._client = client
        self._transport = transport
        self._auth = httpx.USE_CLIENT_DEFAULT if auth is None else auth

    @property
    def where(self) -> str:
        """The server's address as it may be shown: no user, password or query."""
        url = self._url.copy_with(username=None, password=None, query=None)
        return str(url).removesuffix(self._path.partition("?")[0])

    @contextmanager
    def reading(self, received: Received, expected: str) -> Generator[None, None, None]:
        """Tell what goes wrong while ``received`` is read; ``expected`` says what it should be."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise ServerSilent(self.silence("fell silent in the middle of its reply")) from error
        except httpx.DecodingError as error:
            raise MalformedStream(f"{self.where} sent what could not be decompressed: {error}") from error
        except httpx.TransportError as error:
            raise TruncatedStream(
                f"the connection to {self.where} was lost in the middle of the reply"
            ) from error
        except MalformedStream as error:
            if received.ended and received.events:
                raise TruncatedStream(f"the reply of {self.where} was cut off in the middle") from error
            raise MalformedStream(f"{self.where}: {error}") from error
        except TruncatedStream as error:
            if received.events:
                raise
            raise MalformedStream(f"{self.where}: expected {expected}, got {received.quote()}") from error

    async def open(
        self,
        body: dict[str, Any] | None,
        stack: AsyncExitStack,
        *,
        method: str = "POST",
        url: httpx.URL | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A response whose body has begun, after as many attempts as it takes; ``stack`` closes it.

        ``url`` is for another place on the same server, ``headers`` are for this request alone.
        """
        # 70 ms to import, so not before it is needed.
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        client = self._client
        if client is None:
            client = httpx.AsyncClient(
                transport=self._transport, timeout=self._timeout, verify=_ssl_context()
            )
            if self._transport is None:
                await stack.enter_async_context(client)
        sent = {"Accept": self._accept, "Cache-Control": "no-store", **self._headers, **(headers or {})}
        if self._key is not None:
            name, before = self._key_header
            sent.setdefault(name, f"{before}{self._key}")
        request = client.build_request(method, url or self._url, json=body, headers=sent)
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            wait=_waits(self._retry_wait),
            stop=stop_after_attempt(self._attempts),
            reraise=True,
        ):
            with attempt:
                tried = attempt.retry_state.attempt_number
                return await self._attempt(client, request, tried, stack)
        raise AssertionError("tenacity returns or raises")

    async def _attempt(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        tried: int,
        stack: AsyncExitStack,
    ) -> httpx.Response:
        after = f" (tried {tried} times)" if tried > 1 else ""
        async with AsyncExitStack() as mine:
            try:
                response = await client.send(request, auth=self._auth, stream=True)
                mine.push_async_callback(response.aclose)
                if response.is_success:
                    stack.push_async_exit(mine.pop_all())
                    return response
                text = await _beginning(response)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                reason = self.clean(str(error)) or "no answer"
                raise ConnectionFailed(
                    f"could not connect to {self.where}{after}: {reason}. Is the server running?"
                ) from error
            except httpx.TimeoutException as error:
                raise ServerSilent(self.silence("did not answer")) from error
            except httpx.TransportError as error:
                raise ConnectionFailed(
                    f"{self.where} hung up before it answered{after}: {self.clean(str(error))}"
                ) from error
            raise self._refusal(response, text, after)

    def _refusal(self, response: httpx.Response, text: str, after: str) -> RequestRefused:
        status = response.status_code
        message, code = _body_error(self.clean(text))
        words = f"{status} {response.reason_phrase}".rstrip()
        words += f": {message}" if message else f" from {self.where}"
        if cure := self._cures.get(status):
            words += f" ({cure})"
        return RequestRefused(
            words + after,
            status=status,
            code=code,
            retry_after=_retry_after(response.headers, time.time()),
        )

    def silence(self, what: str) -> str:
        """That the server did ``what`` for as long as it may."""
        client = self._client
        seconds = self._read_timeout if client is None else client.timeout.read
        within = "" if seconds is None else f": nothing came for {seconds:g} s ({self.patience})"
        return f"{self.where} {what}{within}"

    def clean(self, text: str) -> str:
        """``text`` without the key, which some servers repeat in their errors."""
        return text if self._key is None else text.replace(self._key, "[api key]")


class Received:
    """The body of a response as httpx-sse reads it, with its beginning kept for error messages.

    It ends with the blank line that the format asks for after the last event and that some servers leave out.
    """

    def __init__(self, response: httpx.Response, clean: Callable[[str], str]) -> None:
        self.headers = {"content-type": "text/event-stream"}  # httpx-sse insists, servers differ
        self.events = 0
        self.ended = False
        self._beginning = ""
        self._clean = clean
        self._texts = response.aiter_text()

    async def first(self) -> str:
        """The first character that is no white space, left in place; ``""`` if there is none."""
        async for text in self._texts:
            self._beginning += text
            if found := self._beginning.lstrip("\ufeff \t\r\n"):
                return found[0]
        return ""

    async def aiter_text(self) -> AsyncIterator[str]:
        """The body as it comes, without a byte order mark."""
        yield self._beginning.lstrip("\ufeff")
        async for text in self._texts:
            if len(self._beginning) < QUOTED:
                self._beginning += text
            yield text
        self.ended = True
        yield "\n\n"

    async def whole(self) -> str:
        """All of the body."""
        return "".join([text async for text in self.aiter_text()])

    def quote(self) -> str:
        """Its beginning, for an error message."""
        return quote(self._clean(self._beginning)) if self._beginning else "nothing"


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for all clients: reading the certificates takes longer than a local request."""
    return httpx.create_ssl_context()


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed if it is made again."""
    match error:
        case ConnectionFailed():
            return True
        case RequestRefused(code="insufficient_quota"):
            return False
        case RequestRefused(status=status, retry_after=seconds):
            return (status in (408, 429) or status >= 500) and (seconds or 0) <= LONGEST_WAIT
        case _:
            return False


def _waits(initial: float) -> Callable[[RetryCallState], float]:
    """Seconds before the next attempt: what the server asked for, else ever longer, with jitter."""
    from tenacity import wait_exponential, wait_random

    longer = wait_exponential(multiplier=initial, max=max(8.0, initial)) + wait_random(0, initial)

    def wait(state: RetryCallState) -> float:
        error = state.outcome and state.outcome.exception()
        asked = error.retry_after if isinstance(error, RequestRefused) else None
        return longer(state) if asked is None else asked

    return wait


def _retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds to wait, of the header in any of its spellings."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if seconds >= 0:
            return seconds
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - now)
    except (KeyError, TypeError, ValueError):
        return None


async def _beginning(response: httpx.Response, limit: int = 20_000) -> str:
    """Enough of a body to find an error message in."""
    data = b""
    async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_bytes())) as pieces:
        async for piece in pieces:
            data += piece
            if len(data) >= limit:
                break
    return data[:limit].decode("utf-8", "replace").strip()


def _body_error(text: str) -> tuple[str, str | None]:
    """Message and code of an error's body, whatever its shape."""
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return (quote(text) if text else ""), None
    kind, message = error_of(cast("Object", body))
    return message, kind
