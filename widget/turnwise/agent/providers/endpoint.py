"""A server that a model is behind: one POST, as many attempts as it takes, and the body of the answer as it comes.

Knows nothing of what the body says. Failures are told in the words of ``errors``, and no message holds the key.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, field
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
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping, Sequence

    from tenacity import RetryCallState
    from typing_extensions import Unpack

Auth: TypeAlias = "httpx.Auth | tuple[str, str]"
"""As httpx takes it: user and password, or an object of its own."""

LONGEST_WAIT = 60.0
"""Seconds: a server that asks for more is not waited for."""
_SHORTEST = 8
"""Characters: a shorter key is no secret, and as a word it may stand anywhere."""
_STAND_INS = frozenset(
    {
        "anything",
        "dummy-key",
        "fake-key",
        "lm-studio",
        "no-key-needed",
        "no-key-required",
        "not-needed",
        "not-required",
        "placeholder",
        "sk-no-key-required",
        "token-abc123",
        "your-api-key",
    }
)
"""What the handbooks of local servers have users pass as a key, as clients insist on one."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the models of one maker are, unless the user says otherwise, and how one is let in."""

    maker: str
    url: str
    url_variable: str | None = None
    """The environment variable that names another ``base_url``."""
    read_url: Callable[[str], str] = str
    """What the value of that variable means."""
    version: str = ""
    """The end of a ``base_url`` that requests add themselves; users write it, as the URLs of others have one."""
    key_variables: Sequence[str]
    """The environment variables that hold a key; the first is the one to tell users of. Without any, there is no key.
    """
    key_header: tuple[str, str] = ("Authorization", "Bearer ")
    """The header that the key goes into, and what stands before the key there."""
    insists: bool = True
    """The makers' own server takes no request without a key."""
    example: str
    """A ``base_url`` that could be, for an error message."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of every request."""
    cures: Mapping[int, str] = field(default_factory=dict[int, str])
    """What to do about an HTTP status, for its message, beside what holds for all."""

    def address(self, base_url: str | None) -> str:
        """The ``base_url``, the environment's, or the makers' own."""
        said = os.environ.get(self.url_variable, "") if self.url_variable else ""
        return (base_url or (said and self.read_url(said)) or self.url).rstrip("/").removesuffix(self.version)

    def key(self, api_key: str | None, address: str) -> str | None:
        """``api_key`` or the environment's. Raises ``ValueError`` if there is none and the server insists on one."""
        found = [api_key, *map(os.environ.get, self.key_variables)]
        key = next((key for each in found if each and (key := each.strip())), None)
        if key is None and self.insists and address == self.url:
            variable = self.key_variables[0]
            raise ValueError(f"{self.maker} needs a key: set the variable {variable}, or pass api_key=…")
        return key

    def cure(self, status: int) -> str | None:
        """What to do about an HTTP status."""
        if not self.key_variables:
            return self.cures.get(status)
        usual = {
            401: f"check the api_key, or the variable {self.key_variables[0]}",
            403: "the key may not use this model",
            404: "check the model's name and the base_url",
        }
        return {**usual, **self.cures}.get(status)


class Endpoint:
    """Where requests go: ``path`` below the ``base_url``, or below the home of the models.

    The key is sent with every request, and cut out of the errors that come back.

    Raises:
        ValueError: The ``base_url`` is no HTTP URL, or the key is missing, or nothing that a header can hold.
    """

    patience: ClassVar[str] = "read_timeout"
    """What the user calls the seconds that a server may be silent."""

    def __init__(
        self,
        home: Home,
        path: str,
        base_url: str | None,
        api_key: str | None,
        *,
        accept: str,
        auth: Auth | None = None,
        **manners: Unpack[Manners],
    ) -> None:
        base = home.address(base_url)
        key = home.key(api_key, base)
        if not base.startswith(("http://", "https://")):
            raise ValueError(f"base_url {base!r} is no HTTP URL; it looks like {home.example!r}")
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ValueError("the api_key holds characters that no key can have, a line break perhaps")
        self._home = home
        self._key = key
        self._path = path
        self._url = httpx.URL(f"{base}{path}")
        self._read_timeout = manners.get("read_timeout", 300.0)
        self._timeout = httpx.Timeout(self._read_timeout, connect=manners.get("connect_timeout", 10.0))
        self._attempts = max(1, manners.get("attempts", 3))
        self._retry_wait = manners.get("retry_wait", 0.5)
        self._client = manners.get("client")
        self._transport = manners.get("transport")
        usual = {"Accept": accept, "Cache-Control": "no-store", **home.headers}
        if key is not None:
            name, before = home.key_header
            usual[name] = f"{before}{key}"
        self._headers = httpx.Headers(usual)
        self._headers.update(manners.get("headers"))
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
        sent = self._headers.copy()
        sent.update(headers)
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
        if cure := self._home.cure(status):
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
        """The ``text`` of an error without the key, which some servers repeat in it."""
        key = self._key
        if key is None or len(key) < _SHORTEST or key.lower() in _STAND_INS:
            return text
        return text.replace(key, "[api key]")


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
