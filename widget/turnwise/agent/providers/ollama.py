"""The wire of Ollama's own API: ``/api/chat``, one JSON object per line.

Calls come whole, with arguments that are objects and mostly without ids; the last line says ``done``, why, and what it
cost; an error may be a line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ...events import ReasoningDelta, TextDelta, ToolCallDelta, TurnFinish, TurnUsage, Unknown
from ...export import openai_chat
from ...values import Usage
from . import wire
from .base import functions
from .endpoint import Home
from .framing import JSON_LINES
from .untyped import Object, count, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...events import Event
    from ...transcript import Transcript
    from ...values import FinishReason
    from ..tools import Tool

LOCAL_URL = "http://localhost:11434"

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
}

_KNOWN_IN_LINE = frozenset(
    {
        "created_at",
        "done",
        "done_reason",
        "eval_count",
        "eval_duration",
        "load_duration",
        "message",
        "model",
        "prompt_eval_count",
        "prompt_eval_duration",
        "remote_host",
        "remote_model",
        "total_duration",
    }
)

_KNOWN_IN_MESSAGE = frozenset({"content", "role", "thinking", "tool_calls"})

_TOP_LEVEL = frozenset(
    {"dimensions", "format", "keep_alive", "logprobs", "shift", "think", "tools", "top_logprobs", "truncate"}
)
"""Settings that are fields of the request; all others are among its ``options``."""


class Reply(wire.Reply):
    """The lines of one reply to events."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0

    def _payload(self, line: Object, out: list[Event]) -> None:
        if line.get("error"):
            self._fail(line, out)
            return
        message = line.get("message")
        if isinstance(message, dict):
            self._message(cast("Object", message), out)
        elif message is not None:
            out.append(Unknown("line.message", payload=message))
        elif line.get("done") is not True:
            out.append(Unknown("line", payload=line))
            return
        for name, value in line.items():
            if name not in _KNOWN_IN_LINE and value:
                out.append(Unknown(f"line.{name}", payload=value))
        if line.get("done") is True:
            self.done = self._ended = True
            self._end(line, out)

    def _message(self, message: Object, out: list[Event]) -> None:
        for name, event in (("thinking", ReasoningDelta), ("content", TextDelta)):
            value = message.get(name)
            if isinstance(value, str) and value:
                out.append(event(value))
            elif value:
                out.append(Unknown(f"message.{name}", payload=value))
        calls = message.get("tool_calls")
        if isinstance(calls, list):
            for call in cast("list[object]", calls):
                self._call(call, out)
        elif calls:
            out.append(Unknown("message.tool_calls", payload=calls))
        for name, value in message.items():
            if name not in _KNOWN_IN_MESSAGE and value:
                out.append(Unknown(f"message.{name}", payload=value))

    def _call(self, call: object, out: list[Event]) -> None:
        """A whole call. Ids are mostly missing, and indices begin anew with each line: neither tells calls apart."""
        call_id = word(cast("Object", call).get("id")) if isinstance(call, dict) else None
        function = cast("Object", call).get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            out.append(Unknown("tool_call", payload=call))
            return
        function = cast("Object", function)
        arguments = function.get("arguments")
        if arguments is None:
            arguments = {}
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        self._calls += 1
        out.append(
            ToolCallDelta(
                arguments, name=word(function.get("name")), call_id=call_id, key=f"call{self._calls}"
            )
        )

    def _end(self, line: Object, out: list[Event]) -> None:
        native = word(line.get("done_reason"))
        reason = _REASONS.get(native or "", "unknown")
        if self._calls and (reason == "stop" or native is None):
            reason = "tool_calls"
        out.append(TurnFinish(reason, native=native))
        usage = Usage(input_tokens=count(line, "prompt_eval_count"), output_tokens=count(line, "eval_count"))
        if usage != Usage():
            out.append(TurnUsage(usage))


def host_url(host: str) -> str:
    """The URL that a value of ``OLLAMA_HOST`` means: scheme, host and port may be missing, and are Ollama's own then.

    ``0.0.0.0``, which a server listens on, is no address to call; it means this machine.
    """
    host = host.strip().strip("\"'").strip()
    if not host:
        return LOCAL_URL
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "http", host
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port or (11434 if not separator else None)
    except ValueError as error:
        raise ValueError("the variable OLLAMA_HOST is no address; it looks like '127.0.0.1:11434'") from error
    name = parts.hostname or "127.0.0.1"
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104  # never bound, only replaced
    user, at, _ = parts.netloc.rpartition("@")
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme}://{user}{at}{shown}" + (f":{port}" if port else "") + parts.path.rstrip("/")


class Ollama(wire.WireProvider):
    """A model that Ollama runs, here or elsewhere; ``base_url`` is the server, without ``/api``.

    Settings go into the request's ``options`` (``temperature``, ``num_ctx``, …), except those that Ollama has beside
    them (``think``, ``keep_alive``, ``format``, …).
    """

    home = Home(
        maker="Ollama",
        url=LOCAL_URL,
        url_variable="OLLAMA_HOST",
        read_url=host_url,
        key_variables=("OLLAMA_API_KEY",),
        insists=False,
        example=LOCAL_URL,
        cures={404: "is the model there? `ollama pull` gets it; else check the base_url"},
    )
    framing = JSON_LINES

    def messages(self, transcript: Transcript, system: str | None) -> list[dict[str, Any]]:
        """The conversation as Ollama's messages; what a model thought goes back to it as ``thinking``."""
        return ollama_messages(openai_chat.messages(transcript, system=system, extra=("reasoning",)))

    def request(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The conversation as ``messages``, with most settings among the ``options``."""
        body: dict[str, Any] = {"model": self.model, "messages": messages, "stream": True}
        if tools:
            body["tools"] = functions(tools)
        options: dict[str, Any] = dict(settings.get("options") or {})
        for name, value in settings.items():
            if name != "options":
                (body if name in _TOP_LEVEL else options)[name] = value
        body["options"] = wire.given(options) or None
        return wire.given(body)

    def path(self) -> str:
        """The same for every model."""
        return "/api/chat"

    def reply(self, body: dict[str, Any]) -> Reply:
        """Lines are the same, whatever was asked."""
        return Reply()


def ollama_messages(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """OpenAI's chat messages as Ollama's: arguments are objects, and a result names its tool.

    Ids stay beside the names: newer servers tell calls of one tool apart by them, and older ones leave them unread.
    """
    names: dict[str, str] = {}
    out: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            call_id = message["tool_call_id"]
            out.append({**message, "tool_name": names[call_id]})
            continue
        mine = {name: value for name, value in message.items() if name not in ("reasoning", "tool_calls")}
        mine["content"] = message["content"] or ""
        if "reasoning" in message:
            mine["thinking"] = message["reasoning"]
        if "tool_calls" in message:
            mine["tool_calls"] = [_call_sent(call, names) for call in message["tool_calls"]]
        out.append(mine)
    return out


def _call_sent(call: Object, names: dict[str, str]) -> Object:
    function: Object = call["function"]
    names[call["id"]] = function["name"]
    arguments = json.loads(function["arguments"])
    return {"id": call["id"], "function": {"name": function["name"], "arguments": arguments}}
