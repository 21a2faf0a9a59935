"""The wire of Gemini's ``streamGenerateContent``: chunks of whole parts, and calls that need not have ids."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import quote as in_url

from ... import events as e
from ...export import gemini
from ...values import Usage
from . import wire
from .base import declared
from .endpoint import Home
from .untyped import Object, count, inner, objects, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...events import Event
    from ...transcript import Transcript
    from ...values import FinishReason
    from ..tools import Tool

_REASONS: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
}

_BESIDE = frozenset(
    {
        "cachedContent",
        "generationConfig",
        "labels",
        "safetySettings",
        "systemInstruction",
        "toolConfig",
        "tools",
    }
)
"""Settings that are fields of the request; any other is one of its ``generationConfig``."""

CODE = "code_execution"
"""The name of a step in which the model's own code was run; Gemini has none for it."""

_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,4})\]|\['([^']*)'\]|\["([^"]*)"\]""")
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")

_Path: TypeAlias = "tuple[str | int, ...]"


class Reply(wire.Reply):
    """The chunks of one reply to events; the stream has no end mark but its own end."""

    def __init__(self) -> None:
        super().__init__()
        self._usage: Usage | None = None
        self._said: list[str] = []
        """The pieces of the block that is open."""
        self._thought: bool | None = None
        """Whether that block is reasoning; ``None`` if there is none."""
        self._calls = self._ran = 0
        self._call: _Streamed | None = None
        self._ids: set[str] = set()
        """Of the calls; one that is told again is of a call of its own, and worth nothing."""
        self._reason: str | None = None
        """Why it ended, as last told: some servers say ``STOP`` in every chunk."""
        self._why: str | None = None
        """What else they say of it."""
        self._id: str | None = None

    def finish(self) -> list[Event]:
        """As in every wire; only here is it known that no more content comes."""
        if self._reason is None or self._ended:
            return super().finish()
        self._ended = True
        out: list[Event] = []
        self._end(self._reason, out)
        return out

    def _take(self, value: object, out: list[Event]) -> None:
        """Without ``alt=sse`` the body is one list of chunks."""
        for item in cast("list[object]", value) if isinstance(value, list) else [value]:
            if not self.done:
                super()._take(item, out)

    def _payload(self, chunk: Object, out: list[Event]) -> None:
        if chunk.get("error"):
            self._fail(chunk, out)
            return
        self._goes_on(word(chunk.get("responseId")), out)
        for candidate in objects(chunk.get("candidates")):
            if candidate.get("index") not in (0, None):
                out.append(e.Unknown("candidate", payload=candidate))  # a turn has one reply
            else:
                self._candidate(candidate, out)
        feedback = chunk.get("promptFeedback")
        blocked = word(cast("Object", feedback).get("blockReason")) if isinstance(feedback, dict) else None
        if blocked and not self._ended:
            self._ended = True
            out.append(e.TurnFinish("content_filter", native=blocked))
        counts = chunk.get("usageMetadata")
        if isinstance(counts, dict):
            usage = _usage(cast("Object", counts))
            if usage != self._usage:
                self._usage = usage
                out.append(e.TurnUsage(usage))
        if not chunk.keys() & {"candidates", "promptFeedback", "usageMetadata"}:
            out.append(e.Unknown("chunk", payload=chunk))

    def _goes_on(self, response_id: str | None, out: list[Event]) -> None:
        """Where Google's SDK runs the tools itself, one stream has several replies, each with an id of its own."""
        another = response_id is not None and self._id not in (None, response_id)
        if another and self._reason is not None:
            self._end(self._reason, out)
            self._reason = self._why = self._usage = self._thought = None
            self._calls = 0
            self._ids.clear()
        self._id = response_id or self._id

    def _candidate(self, candidate: Object, out: list[Event]) -> None:
        content = candidate.get("content")
        for part in objects(cast("Object", content).get("parts") if isinstance(content, dict) else None):
            self._part(part, out)
        for found in objects(inner(candidate, "groundingMetadata").get("groundingChunks")):
            _source(found, out)
        citing = inner(candidate, "citationMetadata")
        for place in objects(citing.get("citations") or citing.get("citationSources")):
            _place(place, out)
        if native := word(candidate.get("finishReason")):
            self._reason, self._why = native, word(candidate.get("finishMessage"))

    def _end(self, native: str, out: list[Event]) -> None:
        reason = _REASONS.get(native, "unknown")
        self._end_call(out, cut=reason != "stop")
        out.append(e.TurnFinish("tool_calls" if reason == "stop" and self._calls else reason, native=native))
        if reason == "error":
            out.append(e.Error(self.clean(self._why or f"Gemini stopped: {native}"), kind=native))

    def _part(self, part: Object, out: list[Event]) -> None:
        signature = word(part.get("thoughtSignature"))
        native = {gemini.NAME: {"thought_signature": signature}} if signature else None
        if isinstance(call := part.get("functionCall"), dict):
            self._thought = None
            self._function_call(cast("Object", call), native, out)
        elif isinstance(text := part.get("text"), str):
            self._text(text, part.get("thought") is True, native, out)
        elif isinstance(held := part.get("inlineData"), dict):
            self._thought = None
            _file(cast("Object", held), part, native, out)
        elif isinstance(code := part.get("executableCode"), dict):
            self._thought = None
            sent = {gemini.NAME: {"part": part}}
            out.append(e.ToolCall(CODE, cast("Object", code), native=sent, hosted=True))
        elif isinstance(ran := part.get("codeExecutionResult"), dict):
            self._thought = None
            ran = cast("Object", ran)
            self._ran += 1
            outcome = "ok" if ran.get("outcome") in (None, "OUTCOME_OK") else "error"
            out.append(e.ToolResult(word(ran.get("output")) or "", name=CODE, outcome=outcome))
            out.append(e.Text("", native={gemini.NAME: {"part": part}}, key=f"ran{self._ran}"))
        else:
            kinds = [name for name, value in part.items() if value is not None and name != "thoughtSignature"]
            out.append(e.Unknown(", ".join(kinds) or "part", payload=part))

    def _text(self, text: str, thought: bool, native: Object | None, out: list[Event]) -> None:
        """A signature is that of the block which it ends."""
        if not text and native is None:
            return
        if self._thought is not thought:
            self._thought = thought
            self._said = []
        self._said.append(text)
        if native is None:
            out.append(e.ReasoningDelta(text) if thought else e.TextDelta(text))
            return
        whole = "".join(self._said)
        out.append(e.Reasoning(whole, native=native) if thought else e.Text(whole, native=native))
        self._thought = None

    def _function_call(self, call: Object, native: Object | None, out: list[Event]) -> None:
        """A call, or a piece of one: the first has its name, the last does not say ``willContinue``."""
        name, goes_on = word(call.get("name")), call.get("willContinue") is True
        if name is not None:
            self._end_call(out)
            self._calls += 1
            call_id = word(call.get("id"))
            call_id = None if call_id in self._ids else call_id
            self._ids.update([call_id] if call_id else ())
            self._call = _Streamed(name, call_id, f"call{self._calls}")
            if goes_on:
                out.append(e.ToolCallDelta(name=name, call_id=self._call.id, key=self._call.key))
        if self._call is None:
            out.append(e.Unknown("functionCall", payload=call))
            return
        self._call.native = self._call.native or native
        if isinstance(arguments := call.get("args"), dict):
            self._call.arguments.update(cast("Object", arguments))
        pieces = objects(call.get("partialArgs"))
        out += [e.Unknown("partialArgs", payload=piece) for piece in pieces if not self._call.take(piece)]
        if not goes_on:
            self._end_call(out)

    def _end_call(self, out: list[Event], *, cut: bool = False) -> None:
        call, self._call = self._call, None
        if call is None:
            return
        if cut:  # half a call: what there is of it stays without an end
            text = json.dumps(call.arguments, ensure_ascii=False)[:-1]
            out.append(e.ToolCallDelta(text, call_id=call.id, key=call.key))
            return
        out.append(e.ToolCall(call.name, call.arguments, native=call.native, call_id=call.id, key=call.key))


class _Streamed:
    """A call whose arguments come in pieces, each with the path of the value that it belongs to."""

    def __init__(self, name: str, call_id: str | None, key: str) -> None:
        self.name = name
        self.id = call_id
        self.key = key
        self.native: Object | None = None
        self.arguments: Object = {}
        self._open: set[_Path] = set()

    def take(self, piece: Object) -> bool:
        """Whether ``piece`` could be put in its place."""
        path = _path(piece.get("jsonPath"))
        field = next((name for name in _VALUES if name in piece), None)
        if path is None or field is None:
            return False
        value: Any = None if field == "nullValue" else piece[field]
        goes_on = path in self._open
        if piece.get("willContinue") is True:
            self._open.add(path)
        else:
            self._open.discard(path)
        return _put(self.arguments, path, value, goes_on)


def _path(text: object) -> _Path | None:
    if not isinstance(text, str) or not text.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            return None
        name, index, single, double = found.groups()
        steps.append(
            int(index) if index is not None else next(s for s in (name, single, double) if s is not None)
        )
        at = found.end()
    return tuple(steps) or None


def _put(into: Any, path: _Path, value: Any, goes_on: bool) -> bool:
    """Set the value at ``path``, or add to the text that is there; objects and lists on the way are made."""
    for step, following in zip(path, (*path[1:], None), strict=True):
        empty: Any = None if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int) and isinstance(into, list):
            held = cast("list[Any]", into)
            if step > len(held):
                return False
            if step == len(held):
                held.append(empty)
            before = held[step]
        elif isinstance(step, str) and isinstance(into, dict):
            held = cast("Object", into)
            before = held.setdefault(step, empty)
        else:
            return False
        if following is None:
            joined = goes_on and isinstance(before, str) and isinstance(value, str)
            cast("Any", held)[step] = before + value if joined else value
        into = before
    return True


class Gemini(wire.WireProvider):
    """A model behind Google's ``streamGenerateContent``; ``base_url`` goes up to the version, without it.

    Settings such as ``temperature`` go into the request's ``generationConfig``; ``safetySettings``, ``toolConfig``,
    ``cachedContent`` and such go beside it, and ``tools`` (``[{"googleSearch": {}}]``) beside the functions.
    """

    home = Home(
        maker="Gemini",
        url="https://generativelanguage.googleapis.com",
        version="/v1beta",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        key_header=("x-goog-api-key", ""),
        example="https://generativelanguage.googleapis.com",
        cures={400: "check the api_key, if it is about that, or the variable GEMINI_API_KEY"},
    )

    def path(self) -> str:
        """The model is part of it."""
        place = self.model if "/" in self.model else f"models/{self.model}"
        return f"/v1beta/{in_url(place)}:streamGenerateContent?alt=sse"

    def messages(self, transcript: Transcript, system: str | None) -> list[dict[str, Any]]:
        """Gemini's contents; the system prompt is a first one, of the role ``system``, that ``request`` moves."""
        first = [{"role": "system", "parts": [{"text": system}]}] if system else []
        return [*first, *gemini.messages(transcript)]

    def offered(self, tools: Sequence[Tool], settings: Mapping[str, Any]) -> list[str]:
        """All of ``tools`` that ``toolConfig`` leaves: its mode may be ``NONE``, or some functions be allowed."""
        names = super().offered(tools, settings)
        (config,) = objects([settings.get("toolConfig")]) or [{}]
        (calling,) = objects([config.get("functionCallingConfig")]) or [{}]
        if calling.get("mode") == "NONE":
            return []
        allowed = calling.get("allowedFunctionNames")
        return [name for name in names if name in allowed] if isinstance(allowed, list) and allowed else names

    def request(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The conversation as ``contents``, with the system prompt beside it."""
        system = [part for content in messages if content["role"] == "system" for part in content["parts"]]
        body: dict[str, Any] = {"contents": [content for content in messages if content["role"] != "system"]}
        if system:
            body["systemInstruction"] = {"parts": system}
        given = wire.given(settings)
        body.update({name: value for name, value in given.items() if name in _BESIDE})
        config = {name: value for name, value in given.items() if name not in _BESIDE}
        if config:
            body["generationConfig"] = {**body.get("generationConfig", {}), **config}
        if tools:
            functions = [declared(tool, "parametersJsonSchema") for tool in tools]
            body["tools"] = [{"functionDeclarations": functions}, *body.get("tools", [])]
        return body

    def reply(self, body: dict[str, Any]) -> Reply:
        """Chunks are the same, whatever was asked."""
        return Reply()


def _usage(counts: Object) -> Usage:
    """Thoughts are counted beside the answer, and what Google's own tools read beside the prompt."""
    return Usage(
        input_tokens=_sum(count(counts, "promptTokenCount"), count(counts, "toolUsePromptTokenCount")),
        output_tokens=_sum(count(counts, "candidatesTokenCount"), count(counts, "thoughtsTokenCount")),
        cached_tokens=count(counts, "cachedContentTokenCount"),
        reasoning_tokens=count(counts, "thoughtsTokenCount"),
    )


def _sum(a: int | None, b: int | None) -> int | None:
    return b if a is None else a + (b or 0)


def _source(found: Object, out: list[Event]) -> None:
    for kind in ("web", "retrievedContext", "maps"):
        if _place(inner(found, kind), out):
            return
    out.append(e.Unknown("groundingChunk", payload=found))


def _place(place: Object, out: list[Event]) -> bool:
    """Where something comes from, if it says so."""
    url, title = word(place.get("uri")), word(place.get("title"))
    if not (url or title):
        return False
    out.append(e.Source(url, title, key=url or title))
    return True


def _file(held: Object, part: Object, native: Object | None, out: list[Event]) -> None:
    try:
        data = base64.b64decode(word(held.get("data")) or "", validate=True)
    except (binascii.Error, ValueError):
        out.append(e.Unknown("inlineData", payload=part))
        return
    kind = word(held.get("mimeType")) or "application/octet-stream"
    out.append(e.File(data, media_type=kind, name=word(held.get("displayName")), native=native))
