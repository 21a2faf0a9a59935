"""A provider's own client as an agent of one turn: a prompt, a streamed reply, no tools that anybody runs.

    AgentChat(ModelClient(openai.OpenAI(), model="gpt-…", system="Answer briefly.", temperature=0))

The SDKs' chunks are dumped to the JSON that they were made of, and the built-in agent's translators read that. Clients
that block run in a thread; the others on the loop where they were made, Google's too, whose client is both.

Knows ``events``, ``export`` for the history, and ``agent``. The SDKs' objects are ``Any`` here.
"""

from __future__ import annotations

import inspect
import socket
from abc import abstractmethod
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..agent.errors import TruncatedStream
from ..agent.providers import anthropic, gemini, ollama, openai_chat
from ..agent.providers.ollama import ollama_messages
from ..agent.providers.wire import given
from ..events import ModelRequest, TurnStart
from ..export import messages as exported
from ..export.openai_chat import messages as openai_messages
from .base import Adapter
from .callables import SyncCallable
from .description import Description
from .native import framework

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping

    from typing_extensions import Self

    from ..events import Event
    from ..transcript import Transcript
    from .description import Changeable

_Message = dict[str, Any]


class ModelClient:
    """A client of a provider's SDK, and what it is to be asked: ``ModelClient(openai.OpenAI(), model="gpt-…")``.

    For tools that run, use ``turnwise.Agent``: here a call that the model makes stays unanswered.

    Args:
        client: ``openai.OpenAI``, ``anthropic.Anthropic``, ``google.genai.Client`` or ``ollama.Client``, or what it has
            as its async twin.
        model: As the provider spells it.
        system: Instructions that come before the conversation.
        settings: Go into each request as they are, under the SDK's own names: ``temperature=0``. Google's go into the
            ``config``.

    Raises:
        TypeError: The client is of another kind.
    """

    def __init__(self, client: Any, *, model: str, system: str | None = None, **settings: Any) -> None:
        self.wire, self.is_async = _wire_of(client)
        self.client = client
        self.model = model
        self.system = system
        self.settings: Mapping[str, Any] = settings

    def __repr__(self) -> str:
        return f"ModelClient({type(self.client).__name__}(…), model={self.model!r})"  # clients may show their keys


@dataclass(frozen=True, slots=True)
class Wire:
    """How one SDK is asked, and how its chunks are turned back into what came over the wire."""

    name: str
    package: str
    reply: Callable[[], Any]
    """Makes the translator of a reply's payloads."""
    messages: Callable[[Transcript, str | None], list[_Message]]
    """The conversation so far, with the system prompt if that is one of its messages."""
    prompt: Callable[[str], _Message]
    call: Callable[[ModelClient, list[_Message]], Any]
    """Asks the client; what streams, or an awaitable of it."""
    payload: Callable[[Any], object]
    """Of a chunk: the JSON that it was made of."""


class Translator:
    """The chunks of one reply as events; then ``finish``. Pure: it asks a chunk for its JSON, and no more."""

    def __init__(self, wire: Wire) -> None:
        self._payload = wire.payload
        self._reply = wire.reply()
        self._begun = False

    def feed(self, chunk: Any) -> list[Event]:
        """What one chunk says."""
        self._begun = True
        return self._reply.take(self._payload(chunk))

    def finish(self) -> list[Event]:
        """At the end of the stream. Raises ``TruncatedStream`` if the reply had not ended."""
        return self._reply.finish()

    @contextmanager
    def reading(self) -> Generator[None, None, None]:
        """Tell a connection that is lost within the reply from an error of the provider's."""
        try:
            yield
        except Exception as error:
            if not self._begun or _LOST.isdisjoint(cls.__name__ for cls in type(error).__mro__):
                raise
            raise TruncatedStream(f"the connection was lost in the middle of the reply: {error}") from error


class ClientAdapter(Adapter):
    """One conversation. It keeps no memory: the transcript is its history."""

    takes_history = True

    def __init__(self, ask: ModelClient) -> None:
        self._ask = ask
        self.name = f"{ask.wire.name} · {ask.model}"

    @abstractmethod
    def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Ask for one reply. Stopping closes its stream."""

    def describe(self) -> Description:
        """What each request has."""
        ask = self._ask
        return Description(
            name=self.name,
            framework=framework(ask.wire.package),
            system=ask.system,
            model=ask.model,
            settings={name: value for name, value in ask.settings.items() if name not in _PRIVATE},
            fixed={"tools": "nobody runs them here; use turnwise.Agent, which takes functions"},
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        ask = self._ask
        settings = {**ask.settings, **changes.get("settings", {})}
        model, system = changes.get("model", ask.model), changes.get("system", ask.system)
        return type(self)(ModelClient(ask.client, model=model, system=system, **settings))

    def _opening(self, messages: list[Any]) -> Iterator[Event]:
        """The turn, and what the SDK is given for it."""
        ask = self._ask
        yield TurnStart(model=ask.model)
        settings = {name: value for name, value in ask.settings.items() if name not in _PRIVATE}
        yield ModelRequest(messages, system=ask.system, tools=[], settings=settings, model=ask.model)

    def _messages(self, prompt: str, history: Transcript) -> list[Any]:
        wire = self._ask.wire
        return [*wire.messages(history, self._ask.system), wire.prompt(prompt)]


class AsyncClientAdapter(ClientAdapter):
    """On the loop where the client's connections live."""

    runs_on: ClassVar[Literal["main", "own"]] = "main"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Ask for one reply. Stopping closes its stream at once."""
        translator = Translator(self._ask.wire)
        messages = self._messages(prompt, history)
        for event in self._opening(messages):
            yield event
        with translator.reading():
            chunks = await self._ask.wire.call(self._ask, messages)
            try:
                async for chunk in chunks:
                    for event in translator.feed(chunk):
                        yield event
            finally:
                # Of streams the one, of generators the other.
                await (chunks.aclose() if hasattr(chunks, "aclose") else chunks.close())
            for event in translator.finish():
                yield event


class SyncClientAdapter(ClientAdapter):
    """In a thread, so that it may block.

    Stopping ends the connection if the SDK lets others have it (``response`` of its stream), and so the thread; else
    the thread goes on until the next chunk.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Ask for one reply, from a thread of its own."""
        opened: list[Any] = []

        def reply(_: str) -> Generator[Event, None, None]:
            translator = Translator(self._ask.wire)
            messages = self._messages(prompt, history)
            yield from self._opening(messages)
            with translator.reading():
                chunks = self._ask.wire.call(self._ask, messages)
                opened.append(chunks)
                try:
                    for chunk in chunks:
                        yield from translator.feed(chunk)
                finally:
                    chunks.close()
                yield from translator.finish()

        try:
            async with aclosing(SyncCallable(reply).stream(prompt, history)) as said:
                async for event in said:
                    yield event
        finally:
            for chunks in opened:
                _hang_up(chunks)


def from_model_client(ask: ModelClient) -> ClientAdapter:
    """The adapter for a client and its model."""
    return AsyncClientAdapter(ask) if ask.is_async else SyncClientAdapter(ask)


def without_a_model(client: Any) -> Adapter:
    """A client alone is no agent: it asks any model. Raises ``TypeError``, which says how to name one."""
    name = type(client).__name__
    raise TypeError(
        f"an {name} client does not say which model to ask: "
        f'AgentChat(ModelClient(client, model="…")), with ModelClient from turnwise'
    )


_LOST = frozenset({"APIConnectionError", "ClientPayloadError", "TransportError"})
"""Exceptions of a broken connection: the SDKs' own, aiohttp's, and httpx's, by whatever name it is installed."""

_PRIVATE = frozenset({"extra_body", "extra_headers", "extra_query", "http_options"})
"""Settings that may hold keys."""


def _hang_up(chunks: Any) -> None:
    """End the connection of a stream that a thread is still reading: closing it would not wake the thread."""
    response = getattr(chunks, "response", None)
    if response is None or response.is_closed:
        return
    with suppress(OSError, AttributeError, KeyError):  # it has gone, or is none of a network
        response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


# The wires.


def _dumped(chunk: Any) -> object:
    return chunk.model_dump(mode="json", exclude_none=True, warnings=False)


def _said_by_user(text: str) -> _Message:
    return {"role": "user", "content": text}


def _ask_openai(ask: ModelClient, messages: list[_Message]) -> Any:
    request = {"stream_options": {"include_usage": True}, **ask.settings, "model": ask.model}
    return ask.client.chat.completions.create(**given(request), messages=messages, stream=True)


def _ask_anthropic(ask: ModelClient, messages: list[_Message]) -> Any:
    request = {"max_tokens": anthropic.MAX_TOKENS, **ask.settings, "model": ask.model, "system": ask.system}
    return ask.client.messages.create(**given(request), messages=messages, stream=True)


def _ask_gemini(ask: ModelClient, messages: list[_Message]) -> Any:
    config = given({**ask.settings, "system_instruction": ask.system})
    return ask.client.aio.models.generate_content_stream(model=ask.model, contents=messages, config=config)


def _ask_ollama(ask: ModelClient, messages: list[_Message]) -> Any:
    return ask.client.chat(**given({**ask.settings, "model": ask.model}), messages=messages, stream=True)


def _gemini_payload(chunk: Any) -> object:
    """The SDK writes bytes in the alphabet for URLs; the wire has them in the usual one."""
    dumped = chunk.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
    for candidate in dumped.get("candidates", ()):
        for part in candidate.get("content", {}).get("parts", ()):
            if "inlineData" in part:
                data: str = part["inlineData"].get("data", "")
                part["inlineData"]["data"] = data.replace("-", "+").replace("_", "/")
    return dumped


OPENAI = Wire(
    name="OpenAI",
    package="openai",
    reply=openai_chat.Reply,
    messages=lambda history, system: exported(history, "openai", system=system),
    prompt=_said_by_user,
    call=_ask_openai,
    payload=_dumped,
)
ANTHROPIC = Wire(
    name="Anthropic",
    package="anthropic",
    reply=anthropic.Reply,
    messages=lambda history, _: exported(history, "anthropic"),
    prompt=_said_by_user,
    call=_ask_anthropic,
    payload=_dumped,
)
GEMINI = Wire(
    name="Gemini",
    package="google-genai",
    reply=gemini.Reply,
    messages=lambda history, _: exported(history, "gemini"),
    prompt=lambda text: {"role": "user", "parts": [{"text": text}]},
    call=_ask_gemini,
    payload=_gemini_payload,
)
OLLAMA = Wire(
    name="Ollama",
    package="ollama",
    reply=ollama.Reply,
    messages=lambda history, system: ollama_messages(
        openai_messages(history, system=system, extra=("reasoning",))
    ),
    prompt=_said_by_user,
    call=_ask_ollama,
    payload=_dumped,
)

_CLIENTS: dict[tuple[str, str], tuple[Wire, bool]] = {
    ("openai", "OpenAI"): (OPENAI, False),
    ("openai", "AsyncOpenAI"): (OPENAI, True),
    ("anthropic", "Anthropic"): (ANTHROPIC, False),
    ("anthropic", "AsyncAnthropic"): (ANTHROPIC, True),
    ("google", "Client"): (GEMINI, True),
    ("ollama", "Client"): (OLLAMA, False),
    ("ollama", "AsyncClient"): (OLLAMA, True),
}
"""Package and class to the wire, and whether asking it is async."""


def _wire_of(client: Any) -> tuple[Wire, bool]:
    for cls in type(client).__mro__:
        found = _CLIENTS.get((cls.__module__.partition(".")[0], cls.__name__))
        if found is not None:
            return found
    what = f"the class {client.__name__}" if inspect.isclass(client) else f"a {type(client).__name__}"
    raise TypeError(
        f"ModelClient takes a client of openai, anthropic, google.genai or ollama, not {what}; "
        "for other servers: turnwise.Agent"
    )
