"""The wire of Anthropic's Messages API.

What the API runs by itself (web search, code execution, tools of MCP servers) is not the agent's to answer: calls and
results are steps of the turn, and their blocks go back as they came, and so does the id of the container that code ran
in. What the answer cites becomes ``Source``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ... import events as e
from ...export import anthropic
from ...export.native import own
from ...runs import TextPart
from ...values import Usage
from . import wire
from .base import declared
from .endpoint import Home
from .untyped import Object, count, objects, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...events import Event
    from ...runs import Turn
    from ...transcript import Transcript
    from ...values import FinishReason
    from ..tools import Tool

VERSION = "2023-06-01"
"""Of the API, as the header ``anthropic-version`` wants it."""

MAX_TOKENS = 8192
"""The API insists on a limit for each reply; this one is used if the settings name none. Thinking comes on top."""

_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}

_KNOWN_IN_MESSAGE_DELTA = frozenset({"container", "stop_reason", "stop_sequence"})

_HOSTED = ("server_tool_use", "mcp_tool_use")
"""Blocks that call what the API runs; each has a block with its result, whose type ends in ``_tool_result``."""

_WITHOUT_INPUT = ("text", "thinking", "redacted_thinking")


@dataclass(slots=True)
class _Block:
    """A content block that is open."""

    kind: object
    key: str
    start: Object
    pieces: list[str] = field(default_factory=list[str])
    """Of its text if it is thinking, of its input's JSON if it is a call."""
    signature: str = ""


class Reply(wire.Reply):
    """The events of one message to ours."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[object, _Block] = {}
        """The open ones, by index."""
        self._count = 0
        self._usage: Object = {}

    def _payload(self, event: Object, out: list[Event]) -> None:
        match event.get("type"):
            case "ping":
                pass
            case "message_start":
                self._counted(_object(event.get("message")), out)
            case "content_block_start":
                self._open(_index(event), _object(event.get("content_block")), out)
            case "content_block_delta":
                self._delta(_index(event), _object(event.get("delta")), out)
            case "content_block_stop":
                self._close(_index(event), out)
            case "message_delta":
                delta = _object(event.get("delta"))
                _contain(delta.get("container"), out)
                self._stop(delta.get("stop_reason"), out)
                self._counted(event, out)
                for name, value in delta.items():
                    if name not in _KNOWN_IN_MESSAGE_DELTA and value:
                        out.append(e.Unknown(f"message_delta.{name}", payload=value))
            case "message_stop":
                self._close_all(out)
                self._counted(event, out)
                self.done = True
            case "message":
                self._whole(event, out)
            case kind if kind == "error" or event.get("error"):
                self._fail(event, out)
            case kind:
                out.append(e.Unknown(str(kind or "event"), payload=event))

    def _whole(self, message: Object, out: list[Event]) -> None:
        """A reply that was not streamed."""
        for block in objects(message.get("content")):
            self._open(None, block, out)
            self._close(None, out)
        _contain(message.get("container"), out)
        self._stop(message.get("stop_reason"), out)
        self._counted(message, out)
        self.done = True

    def _open(self, index: int | None, start: Object, out: list[Event]) -> None:
        self._close(index, out)
        self._count += 1
        block = self._blocks[index] = _Block(start.get("type"), f"block{self._count}", start)
        match block.kind:
            case "text":
                _say(start.get("text"), out)
                for citation in objects(start.get("citations")):
                    _cite(citation, out)
            case "thinking":
                self._think(block, start.get("thinking"), out)
                block.signature = word(start.get("signature")) or ""
            case "tool_use":
                call_id, name = word(start.get("id")), word(start.get("name"))
                out.append(e.ToolCallDelta(name=name, call_id=call_id, key=block.key))
            case _:
                pass

    def _delta(self, index: int | None, delta: Object, out: list[Event]) -> None:
        block = self._blocks.get(index)
        kind = delta.get("type")
        match kind, None if block is None else block.kind:
            case "text_delta", _:
                _say(delta.get("text"), out)
            case "citations_delta", _:
                _cite(_object(delta.get("citation")), out)
            case "thinking_delta", "thinking":
                self._think(block, delta.get("thinking"), out)
            case "signature_delta", "thinking" if block is not None:
                block.signature += word(delta.get("signature")) or ""
            case "input_json_delta", made if block is not None and made not in _WITHOUT_INPUT:
                if piece := word(delta.get("partial_json")):
                    block.pieces.append(piece)
                    if block.kind == "tool_use":
                        out.append(e.ToolCallDelta(piece, call_id=word(block.start.get("id")), key=block.key))
            case _:
                out.append(e.Unknown(f"delta.{kind}", payload=delta))

    def _close(self, index: int | None, out: list[Event]) -> None:
        """A block is whole: what is known only now is said now."""
        block = self._blocks.pop(index, None)
        if block is None:
            return
        match block.kind:
            case "text":
                pass
            case "thinking":
                if block.signature:
                    native = {anthropic.NAME: {"signature": block.signature}}
                    out.append(e.Reasoning("".join(block.pieces), native=native, key=block.key))
            case "redacted_thinking" if data := word(block.start.get("data")):
                out.append(e.Reasoning("", native={anthropic.NAME: {"data": data}}, key=block.key))
            case "tool_use":
                given = block.start.get("input")
                if given and not block.pieces:
                    arguments = json.dumps(given, ensure_ascii=False)
                    out.append(e.ToolCallDelta(arguments, call_id=word(block.start.get("id")), key=block.key))
            case str(kind) if kind in _HOSTED:
                whole = _whole(block)
                name, call_id = word(whole.get("name")) or kind, word(whole.get("id"))
                native = {anthropic.NAME: {"block": whole}}
                call = e.ToolCall(
                    name, whole.get("input"), native=native, hosted=True, call_id=call_id, key=block.key
                )
                out.append(call)
            case str(kind) if kind.endswith("_tool_result"):
                native = {anthropic.NAME: {"block": block.start}}
                value, outcome = anthropic.hosted_result(block.start)
                call_id = word(block.start.get("tool_use_id"))
                out.append(e.ToolResult(value, call_id=call_id, outcome=outcome))
                out.append(e.Text("", native=native, key=block.key))
            case kind:
                out.append(e.Unknown(str(kind or "content_block"), payload=_whole(block)))

    def _close_all(self, out: list[Event]) -> None:
        for index in list(self._blocks):
            self._close(cast("int | None", index), out)

    def _think(self, block: _Block | None, text: object, out: list[Event]) -> None:
        if block is not None and (piece := word(text)):
            block.pieces.append(piece)
            out.append(e.ReasoningDelta(piece, key=block.key))

    def _stop(self, reason: object, out: list[Event]) -> None:
        if reason and not self._ended:
            self._close_all(out)
            self._ended = True
            native = str(reason)
            out.append(e.TurnFinish(_REASONS.get(native, "unknown"), native=native))

    def _counted(self, carrier: Object, out: list[Event]) -> None:
        """Counts are of all the reply so far; one that is not told again stays as it was."""
        if usage := _object(carrier.get("usage")):
            self._usage |= {name: value for name, value in usage.items() if value is not None}
            out.append(e.TurnUsage(_usage(self._usage)))


class Anthropic(wire.WireProvider):
    """A model behind Anthropic's ``/v1/messages``.

    Settings become fields of the request; ``tools`` of theirs (``[{"type": "web_search_20250305", …}]``) come after the
    functions.
    """

    home = Home(
        maker="Anthropic",
        url="https://api.anthropic.com",
        url_variable="ANTHROPIC_BASE_URL",
        version="/v1",
        key_variables=("ANTHROPIC_API_KEY",),
        key_header=("x-api-key", ""),
        example="http://localhost:8000",
        headers={"anthropic-version": VERSION},
    )

    def messages(self, transcript: Transcript, system: str | None) -> list[dict[str, Any]]:
        """Anthropic's messages.

        The system prompt and the container stand first, and ``request`` takes them to where the API wants them.
        """
        container = _container(transcript)
        first = [{"role": "system", "content": system}] if system else []
        first += [{"role": "container", "content": container}] if container else []
        return [*first, *anthropic.messages(transcript)]

    def offered(self, tools: Sequence[Tool], settings: Mapping[str, Any]) -> list[str]:
        """All of ``tools`` that ``tool_choice`` leaves: its type may be ``"none"``, or ``"tool"`` with a name."""
        names = super().offered(tools, settings)
        choice = _object(settings.get("tool_choice"))
        match choice.get("type"):
            case "none":
                return []
            case "tool":
                return [name for name in names if name == choice.get("name")]
            case _:
                return names

    def goes_on(self, turn: Turn) -> bool:
        """What the API has paused is sent back as it is."""
        return anthropic.paused(turn)

    def request(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The conversation as ``messages``, with the system prompt beside it."""
        thinking = count(settings.get("thinking"), "budget_tokens") or 0
        beside = {"system": "", "container": ""}
        for message in messages:
            if message["role"] in beside:
                beside[message["role"]] = message["content"]
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": MAX_TOKENS + thinking,
            **{name: value or None for name, value in beside.items()},
            "messages": [message for message in messages if message["role"] not in beside],
            "stream": True,
        }
        return wire.asked(body, [declared(tool, "input_schema") for tool in tools], settings)

    def path(self) -> str:
        """The same for every model."""
        return "/v1/messages"

    def reply(self, body: dict[str, Any]) -> Reply:
        """Events are the same, whatever was asked."""
        return Reply()


def _whole(block: _Block) -> Object:
    """The block as it would be in a reply that is not streamed."""
    if not block.pieces:
        return block.start
    text = "".join(block.pieces)
    try:
        return {**block.start, "input": json.loads(text)}
    except (ValueError, RecursionError):
        return {**block.start, "input": text}


def _contain(container: object, out: list[Event]) -> None:
    """Where code ran is kept with the turn: the next request may go on there."""
    if told := _object(container):
        out.append(e.Text("", native={anthropic.NAME: {"container": told}}, key="container"))


def _container(transcript: Transcript) -> str | None:
    """The id of the last container, unless it has expired."""
    parts = [part for run in transcript.runs for turn in run.turns for part in turn.parts]
    for part in reversed(parts):
        if not isinstance(part, TextPart):
            continue
        told = own(part.native, anthropic.NAME).get("container")
        if isinstance(told, dict):
            return None if _expired(told.get("expires_at")) else word(told.get("id"))
    return None


def _expired(at: object) -> bool:
    try:
        end = datetime.fromisoformat(str(at).replace("Z", "+00:00"))
    except ValueError:
        return False
    return end < datetime.now(end.tzinfo)


def _say(text: object, out: list[Event]) -> None:
    if piece := word(text):
        out.append(e.TextDelta(piece))


def _cite(citation: Object, out: list[Event]) -> None:
    """A citation names a page of the web, a search result, or a document of the request by its number."""
    where = word(citation.get("url")) or word(citation.get("source"))
    title = word(citation.get("title")) or word(citation.get("document_title"))
    document = count(citation, "document_index")
    if where is None and title is None and document is None:
        out.append(e.Unknown(f"citation.{citation.get('type')}", payload=citation))
        return
    is_url = where is not None and where.startswith(("http://", "https://"))
    out.append(
        e.Source(
            where if is_url else None,
            title or (None if is_url else where),
            snippet=word(citation.get("cited_text")),
            key=where or (None if document is None else f"document{document}"),
        )
    )


def _usage(usage: Object) -> Usage:
    """The API counts what it read from a cache, or wrote to one, apart from the rest of the prompt."""
    cached = count(usage, "cache_read_input_tokens")
    fresh = count(usage, "input_tokens")
    return Usage(
        input_tokens=None
        if fresh is None
        else fresh + (cached or 0) + (count(usage, "cache_creation_input_tokens") or 0),
        output_tokens=count(usage, "output_tokens"),
        cached_tokens=cached,
        reasoning_tokens=count(usage.get("output_tokens_details"), "thinking_tokens"),
    )


def _object(value: object) -> Object:
    return cast("Object", value) if isinstance(value, dict) else {}


def _index(event: Object) -> int | None:
    return count(event, "index")
