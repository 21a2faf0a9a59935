"""The wire of OpenAI's chat completions, and of the many servers that speak it too.

``Reply`` is the pure half: one payload of the event stream in, events out. ``OpenAIChat`` is the I/O around it.
What servers do beside the letter of the format (no index, no ids, names repeated, usage late or on every chunk,
``reasoning_content`` or ``reasoning``, an error where a chunk should be, no ``[DONE]``) is met in ``Reply``.
"""

from __future__ import annotations

import json
import os
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any, cast

from ...events import Error, ReasoningDelta, TextDelta, ToolCallDelta, TurnFinish, TurnUsage, Unknown
from ...values import Usage
from ..errors import TruncatedStream
from .base import Provider, functions
from .endpoint import Endpoint, Received
from .event_stream import decoded, payloads
from .untyped import Object, count, error_of, objects, word

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    import httpx
    from typing_extensions import Unpack

    from ...events import Event
    from ...values import FinishReason
    from ..tools import Tool
    from .endpoint import Manners

PUBLIC_URL = "https://api.openai.com/v1"

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "error": "error",
}

_KNOWN_IN_DELTA = frozenset(
    {
        "content",
        "function_call",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "refusal",
        "role",
        "tool_calls",
    }
)

_CURES = {
    401: "check the api_key, or the variable OPENAI_API_KEY",
    403: "the key may not use this model",
    404: "check the model's name and the base_url",
}


class Reply:
    """The payloads of one streamed reply to events: ``feed`` each, then ``finish`` when the stream has ended."""

    def __init__(self) -> None:
        self.done = False
        """Nothing more will come: ``[DONE]``, an error, or a reply that was not streamed."""
        self._finished = False
        self._failed = False
        self._ids: dict[str, str] = {}
        """Id of each call that has one, by key."""
        self._named: set[str] = set()
        self._slots: dict[int, str] = {}
        """The key of the call that an index stands for now; some servers use index 0 for every call."""
        self._last: str | None = None
        self._count = 0

    def feed(self, data: str) -> list[Event]:
        """The events of one ``data:`` payload. Raises ``MalformedStream`` if it is not JSON."""
        data = data.strip()
        if not data or self.done:
            return []
        if data == "[DONE]":
            self.done = True
            return []
        chunk = decoded(data)
        return (
            self._chunk(cast("Object", chunk))
            if isinstance(chunk, dict)
            else [Unknown("chunk", payload=chunk)]
        )

    def finish(self) -> list[Event]:
        """What is left to say at the stream's end. Raises ``TruncatedStream`` if the reply had not ended."""
        if self._finished or self._failed:
            return []
        if self.done:
            return [TurnFinish("unknown")]
        raise TruncatedStream("the reply ended without a finish reason: it was cut off")

    def _chunk(self, chunk: Object) -> list[Event]:
        error = chunk.get("error")
        if error or chunk.get("object") == "error":
            self.done = self._failed = True
            kind, message = error_of(chunk)
            return [Error(message, kind=kind)]
        out: list[Event] = []
        choices = chunk.get("choices")
        if isinstance(choices, list):
            for choice in cast("list[object]", choices):
                if isinstance(choice, dict):
                    self._choice(cast("Object", choice), out)
                else:
                    out.append(Unknown("choice", payload=choice))
        elif not chunk.get("usage"):
            out.append(Unknown(str(chunk.get("object") or chunk.get("type") or "chunk"), payload=chunk))
        if isinstance(usage := chunk.get("usage"), dict):
            out.append(TurnUsage(_usage(cast("Object", usage))))
        return out

    def _choice(self, choice: Object, out: list[Event]) -> None:
        if choice.get("index") not in (0, None):
            out.append(Unknown("choice", payload=choice))  # n > 1: a turn has one reply
            return
        whole = choice.get("message")
        delta = choice.get("delta") or whole
        if isinstance(delta, dict):
            self._delta(cast("Object", delta), out)
        reason = choice.get("finish_reason")
        if reason and not self._finished:
            self._finished = True
            native = str(reason)
            out.append(TurnFinish(_REASONS.get(native, "unknown"), native=native))
            self.done = whole is not None

    def _delta(self, delta: Object, out: list[Event]) -> None:
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            _text(reasoning, ReasoningDelta, out)
        else:
            for detail in objects(delta.get("reasoning_details")):
                _text(detail.get("text") or detail.get("summary"), ReasoningDelta, out)
        _text(delta.get("content"), TextDelta, out)
        _text(delta.get("refusal"), TextDelta, out)
        for call in objects(delta.get("tool_calls")):
            self._call(call, out)
        if isinstance(call := delta.get("function_call"), dict):
            self._call({"index": 0, "function": call}, out)
        for name, value in delta.items():
            if name not in _KNOWN_IN_DELTA and value:
                out.append(Unknown(f"delta.{name}", payload=value))

    def _call(self, call: Object, out: list[Event]) -> None:
        """A piece of a call. Null and empty ids and names say nothing; they never overwrite what is known."""
        function = call.get("function")
        if not isinstance(function, dict):
            out.append(Unknown(f"tool_call.{call.get('type')}", payload=call))
            return
        function = cast("Object", function)
        call_id = word(call.get("id"))
        name = word(function.get("name"))
        key = self._key(call.get("index"), call_id, name)
        if call_id is not None:
            self._ids.setdefault(key, call_id)
        if name is not None and key in self._named:
            name = None
        elif name is not None:
            self._named.add(key)
        arguments = function.get("arguments")
        if arguments is None:
            arguments = ""
        elif not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        out.append(ToolCallDelta(arguments, name=name, call_id=self._ids.get(key), key=key))

    def _key(self, index: object, call_id: str | None, name: str | None) -> str:
        """Which call a piece belongs to: its index, else its id, else a name begins a call and the rest goes on."""
        key: str | None
        if isinstance(index, int):
            key = self._slots.get(index)
            known = None if key is None else self._ids.get(key)
            if key is None or (name and call_id and known not in (None, call_id)):
                key = self._slots[index] = self._new_key()
        else:
            key = next((k for k, known in self._ids.items() if known == call_id), None)
            if key is None:
                key = self._last if call_id is None and name is None else None
            if key is None:
                key = self._new_key()
        self._last = key
        return key

    def _new_key(self) -> str:
        self._count += 1
        return f"call{self._count}"


class OpenAIChat(Provider):
    """A model behind an OpenAI-compatible ``/chat/completions``.

    Args:
        model: As the server spells it.
        base_url: Up to and with the version, for example ``"http://localhost:8000/v1"``. Default: the variable
            ``OPENAI_BASE_URL``, else OpenAI's own.
        api_key: Default: the variable ``OPENAI_API_KEY``. Only OpenAI's own server insists on one.
        connect_timeout: Seconds to get a connection.
        read_timeout: Seconds without a byte, before or within a reply, after which the server counts as hung.
        attempts: How often a request is tried in all, if the server is busy (429), at fault (5xx) or not there.
            Once it has begun to answer there is no second try.
        retry_wait: Seconds before the second attempt, if the server names none; doubled for each one after.
        headers: More headers for every request.
        client: A client of your own, for pooling or proxies; it is not closed, and its timeouts count.
        transport: A transport of your own, for tests.

    Raises:
        ValueError: The ``base_url`` is no HTTP URL, or OpenAI's own server is meant and there is no key.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 300.0,
        attempts: int = 3,
        retry_wait: float = 0.5,
        headers: Mapping[str, str] | None = None,
        client: httpx.AsyncClient | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.model = model
        self._endpoint = openai_endpoint(
            "/chat/completions",
            base_url,
            api_key,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            attempts=attempts,
            retry_wait=retry_wait,
            headers=headers,
            client=client,
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"OpenAIChat({self.model!r}, base_url={self._endpoint.where!r})"

    def offered(self, tools: Sequence[Tool], settings: Mapping[str, Any]) -> list[str]:
        """All of ``tools`` that ``tool_choice`` leaves: it may be ``"none"``, one function, or a list of them."""
        names = super().offered(tools, settings)
        choice = settings.get("tool_choice")
        if choice == "none":
            return []
        if not isinstance(choice, dict):
            return names
        choice = cast("Object", choice)
        allowed = choice.get("allowed_tools")
        picked = objects(cast("Object", allowed).get("tools")) if isinstance(allowed, dict) else [choice]
        left = {function.get("name") for tool in picked for function in objects([tool.get("function")])}
        return [name for name in names if name in left] if left else names

    async def stream(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> AsyncGenerator[Event, None]:
        """Make one request and yield the reply's events.

        ``settings`` become fields of the request; one that is ``None`` is left out, also a default of ours:
        ``stream_options=None`` is for servers that know no ``stream_options`` (and then tell no usage).
        """
        body = self.request(messages, tools, settings)
        reply = Reply()
        async with AsyncExitStack() as stack:
            received = Received(await self._endpoint.open(body, stack), self._endpoint.clean)
            with self._endpoint.reading(received, "a stream of events"):
                async with aclosing(payloads(received)) as lines:
                    async for data in lines:
                        for event in reply.feed(self._endpoint.clean(data)):
                            yield event
                        if reply.done:
                            break
                for event in reply.finish():
                    yield event

    def request(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The body of the request."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if tools:
            body["tools"] = functions(tools)
        return {name: value for name, value in {**body, **settings}.items() if value is not None}


def openai_endpoint(
    path: str, base_url: str | None, api_key: str | None, **manners: Unpack[Manners]
) -> Endpoint:
    """OpenAI's server, or one like it: what is not given is read from the environment.

    Raises:
        ValueError: The ``base_url`` is no HTTP URL, or OpenAI's own server is meant and there is no key.
    """
    base = (base_url or os.environ.get("OPENAI_BASE_URL") or PUBLIC_URL).rstrip("/")
    key = (api_key or os.environ.get("OPENAI_API_KEY") or "").strip() or None
    if key is None and base == PUBLIC_URL:
        raise ValueError("OpenAI needs a key: set the variable OPENAI_API_KEY, or pass api_key=…")
    return Endpoint(
        base,
        path,
        key=key,
        example="http://localhost:8000/v1",
        accept="text/event-stream",
        cures=_CURES,
        **manners,
    )


def _usage(usage: Object) -> Usage:
    prompt = usage.get("prompt_tokens_details")
    completion = usage.get("completion_tokens_details")
    cached = count(prompt, "cached_tokens")
    return Usage(
        input_tokens=count(usage, "prompt_tokens"),
        output_tokens=count(usage, "completion_tokens"),
        cached_tokens=count(usage, "prompt_cache_hit_tokens") if cached is None else cached,
        reasoning_tokens=count(completion, "reasoning_tokens"),
    )


def _text(value: object, event: type[TextDelta | ReasoningDelta], out: list[Event]) -> None:
    """Text that is a string, or (Mistral) a list of parts of which some may be thinking."""
    if isinstance(value, str):
        if value:
            out.append(event(value))
        return
    for part in objects(value):
        match part.get("type"):
            case "text":
                _text(part.get("text"), event, out)
            case "thinking":
                _text(part.get("thinking"), ReasoningDelta, out)
            case other:
                out.append(Unknown(f"content.{other}", payload=part))
