"""The wire of OpenAI's chat completions, and of the many servers that speak it too.

What servers do beside the letter of the format (no index, no ids, names repeated, usage late or on every chunk,
``reasoning_content`` or ``reasoning``, an error where a chunk should be, no ``[DONE]``) is met in ``Reply``. What they
want back goes back to them: DeepSeek refuses a call without the reasoning before it, OpenRouter and Google's server
send signatures of theirs.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ... import events as e
from ...export import openai_chat as form
from ...values import Usage
from . import wire
from .base import functions
from .endpoint import Home
from .untyped import Object, count, inner, objects, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...events import Event
    from ...transcript import Transcript
    from ...values import FinishReason
    from ..tools import Tool

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

_JOINED = frozenset({"data", "summary", "text"})

_KNOWN_IN_DELTA = frozenset(
    {
        "annotations",
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


class Reply(wire.Reply):
    """The chunks of one reply to events."""

    def __init__(self) -> None:
        super().__init__()
        self._ids: dict[str, str] = {}
        """Id of each call that has one, by key."""
        self._names: dict[str, str] = {}
        self._slots: dict[int, str] = {}
        """The key of the call that an index stands for now; some servers use index 0 for every call."""
        self._arguments: dict[str, str] = {}
        """Of each call that has no id, by key: how else would one tell where the next begins?"""
        self._last: str | None = None
        self._count = 0
        self._extra: dict[str, Object] = {}
        """What goes back with a call, by key."""
        self._thoughts = 0
        self._thought: list[str] = []
        """The last block of reasoning, so far."""
        self._thinking = False
        self._field: str | None = None
        """The name that the server has for reasoning."""
        self._details: list[Object] = []

    def feed(self, data: str) -> list[Event]:
        """As in every wire; here ``[DONE]`` ends the reply, whatever else was said."""
        out = super().feed(data)
        self.done = self.done or data.strip() == "[DONE]"
        return out

    def _payload(self, chunk: Object, out: list[Event]) -> None:
        if chunk.get("error") or chunk.get("object") == "error":
            self._fail(chunk, out)
            return
        choices = chunk.get("choices")
        if isinstance(choices, list):
            for choice in cast("list[object]", choices):
                if isinstance(choice, dict):
                    self._choice(cast("Object", choice), out)
                else:
                    out.append(e.Unknown("choice", payload=choice))
        elif not chunk.get("usage"):
            out.append(e.Unknown(str(chunk.get("object") or chunk.get("type") or "chunk"), payload=chunk))
        counts = objects([chunk.get("usage"), inner(chunk, "x_groq").get("usage")])
        out += [e.TurnUsage(_usage(usage)) for usage in counts]

    def _choice(self, choice: Object, out: list[Event]) -> None:
        if choice.get("error"):
            self._fail(choice, out)
            return
        if choice.get("index") not in (0, None):
            out.append(e.Unknown("choice", payload=choice))  # n > 1: a turn has one reply
            return
        whole = choice.get("message")
        delta = choice.get("delta") or whole
        if isinstance(delta, dict):
            self._delta(cast("Object", delta), out)
        if usage := inner(choice, "usage"):  # Moonshot's place for it
            out.append(e.TurnUsage(_usage(usage)))
        reason = choice.get("finish_reason")
        if reason and not self._ended:
            self._ended = True
            native = str(reason)
            self._keep(out)
            out.append(e.TurnFinish(_REASONS.get(native, "unknown"), native=native))
            self.done = whole is not None

    def _delta(self, delta: Object, out: list[Event]) -> None:
        said: list[Event] = []
        self._reason(delta, said)
        _text(delta.get("content"), said)
        _text(delta.get("refusal"), said)
        for event in said:
            self._say(event, out)
        for cited in objects(delta.get("annotations")):
            _cite(cited, out)
        for call in objects(delta.get("tool_calls")):
            self._call(call, out)
        if isinstance(call := delta.get("function_call"), dict):
            self._call({"index": 0, "function": call}, out)
        for name, value in delta.items():
            if name not in _KNOWN_IN_DELTA and value:
                out.append(e.Unknown(f"delta.{name}", payload=value))

    def _reason(self, delta: Object, out: list[Event]) -> None:
        """Reasoning under any of its names, each of which may repeat the others."""
        details = objects(delta.get("reasoning_details"))
        for detail in details:
            _merge(self._details, detail)
        for name in ("reasoning_content", "reasoning"):
            if value := delta.get(name):
                self._field = name
                _text(value, out, e.ReasoningDelta)
                return
        for detail in details:
            _text(detail.get("text") or detail.get("summary"), out, e.ReasoningDelta)

    def _say(self, event: Event, out: list[Event]) -> None:
        """Reasoning after anything else is another block."""
        if isinstance(event, e.ReasoningDelta):
            if not self._thinking:
                self._thinking = True
                self._thoughts += 1
                self._thought = []
            self._thought.append(event.text)
            event = replace(event, key=f"thought{self._thoughts}")
        else:
            self._thinking = False
        out.append(event)

    def _keep(self, out: list[Event]) -> None:
        """What the server wants back with the next request: of its reasoning, and of each call."""
        entry: Object = {}
        if self._details:
            entry["reasoning_details"] = self._details
        elif self._field is not None and self._count:
            entry["reasoning_field"] = self._field
        if entry:
            key = f"thought{self._thoughts}"
            out.append(e.Reasoning("".join(self._thought), native={form.NAME: entry}, key=key))
        for key, more in self._extra.items():
            if name := self._names.get(key):
                native = {form.NAME: {"extra_content": more}}
                out.append(e.ToolCall(name, native=native, call_id=self._ids.get(key), key=key))

    def _call(self, call: Object, out: list[Event]) -> None:
        """A piece of a call. Null and empty ids and names say nothing; they never overwrite what is known."""
        self._thinking = False
        function = call.get("function")
        if not isinstance(function, dict):
            out.append(e.Unknown(f"tool_call.{call.get('type')}", payload=call))
            return
        function = cast("Object", function)
        call_id = word(call.get("id"))
        name = word(function.get("name"))
        arguments = function.get("arguments")
        if arguments is None:
            arguments = ""
        elif not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        key = self._key(call.get("index"), call_id, name, arguments)
        if call_id is not None:
            self._ids.setdefault(key, call_id)
        if name is not None and key in self._names:
            name = None
        elif name is not None:
            self._names[key] = name
        if isinstance(more := call.get("extra_content"), dict):
            self._extra[key] = cast("Object", more)
        if key not in self._ids:
            self._arguments[key] = self._arguments.get(key, "") + arguments
        out.append(e.ToolCallDelta(arguments, name=name, call_id=self._ids.get(key), key=key))

    def _key(self, index: object, call_id: str | None, name: str | None, arguments: str) -> str:
        """Which call a piece belongs to: its index, else its id, else a name begins a call and the rest goes on."""
        key: str | None
        if isinstance(index, int):
            key = self._slots.get(index)
            known = None if key is None else self._ids.get(key)
            if (
                key is None
                or (name and call_id and known not in (None, call_id))
                or (name and not call_id and known is None and self._another(key, name, arguments))
            ):
                key = self._slots[index] = self._new_key()
        else:
            key = next((k for k, known in self._ids.items() if known == call_id), None)
            if key is None:
                key = self._last if call_id is None and name is None else None
            if key is None:
                key = self._new_key()
        self._last = key
        return key

    def _another(self, key: str, name: str, arguments: str) -> bool:
        """Whether a name without an id begins a call after ``key``, whose arguments are whole then."""
        known = self._names.get(key)
        return known is not None and (name != known or arguments != "") and _is_json(self._arguments[key])

    def _new_key(self) -> str:
        self._count += 1
        return f"call{self._count}"


HOME = Home(
    maker="OpenAI",
    url="https://api.openai.com/v1",
    url_variable="OPENAI_BASE_URL",
    key_variables=("OPENAI_API_KEY",),
    example="http://localhost:8000/v1",
)


class OpenAIChat(wire.WireProvider):
    """A model behind an OpenAI-compatible ``/chat/completions``; ``base_url`` goes up to and with the version.

    Settings become fields of the request. ``stream_options=None`` is for servers that know no ``stream_options`` (and
    then tell no usage).
    """

    home = HOME

    def messages(self, transcript: Transcript, system: str | None) -> list[dict[str, Any]]:
        """OpenAI's own server refuses fields that are not its own; others may insist on what they have sent."""
        extra = () if self._endpoint.where == HOME.url else form.RETURNED
        return form.messages(transcript, system=system, extra=extra)

    def offered(self, tools: Sequence[Tool], settings: Mapping[str, Any]) -> list[str]:
        """All of ``tools`` that ``tool_choice`` leaves: it may be ``"none"``, one function, or a list of them."""
        names = super().offered(tools, settings)
        return wire.left_by(settings.get("tool_choice"), names, _picked)

    def request(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The conversation as ``messages``."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return wire.asked(body, functions(tools), settings)

    def path(self) -> str:
        """The same for every model."""
        return "/chat/completions"

    def reply(self, body: dict[str, Any]) -> Reply:
        """Chunks are the same, whatever was asked."""
        return Reply()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


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


def _text(value: object, out: list[Event], event: type[e.TextDelta | e.ReasoningDelta] = e.TextDelta) -> None:
    """Text that is a string, or (Mistral) a list of parts of which some may be thinking."""
    if isinstance(value, str):
        if value:
            out.append(event(value))
        return
    for part in objects(value):
        match part.get("type"):
            case "text":
                _text(part.get("text"), out, event)
            case "thinking":
                _text(part.get("thinking"), out, e.ReasoningDelta)
            case other:
                out.append(e.Unknown(f"content.{other}", payload=part))


def _merge(details: list[Object], piece: Object) -> None:
    """Pieces of one detail have its type and index; their texts go on, and what else they have stands in any."""
    last = details[-1] if details else {}
    if not last or any(last.get(name) != piece.get(name) for name in ("type", "index")):
        details.append(dict(piece))
        return
    for name, value in piece.items():
        before = last.get(name)
        joins = name in _JOINED and isinstance(before, str) and isinstance(value, str)
        if joins or value is not None:
            last[name] = f"{before}{value}" if joins else value


def _cite(annotation: Object, out: list[Event]) -> None:
    cited = annotation.get("url_citation")
    url = word(cast("Object", cited).get("url")) if isinstance(cited, dict) else None
    if url is None:
        out.append(e.Unknown(f"annotation.{annotation.get('type')}", payload=annotation))
        return
    cited = cast("Object", cited)
    out.append(e.Source(url, word(cited.get("title")), snippet=word(cited.get("content"))))


def _picked(choice: Object) -> set[Any]:
    """The functions that a ``tool_choice`` names."""
    allowed = choice.get("allowed_tools")
    tools = objects(cast("Object", allowed).get("tools")) if isinstance(allowed, dict) else [choice]
    return {function.get("name") for tool in tools for function in objects([tool.get("function")])}
