"""The conversation as UI messages of the AI SDK (version 6): what its ``useChat`` shows and its servers are sent.

Per run one user message, and one assistant message with a ``step-start`` before every turn: without it the SDK takes
the whole message for one model call, and tells the model all calls before all results. Besides what holds for every
format (``rules``):

- The format is for people, too: parts come in the order of arrival, reasoning, sources and data among them, and what
  is under way has the state that it is in.
- The assistant message has the run's id, and the user message ``<run id>-prompt``.
- ``native`` goes into the provider metadata, under the names that the SDK's providers use; what has no name there
  goes under ``turnwise``.
- A call that has ended without a result is an ``output-error`` that says so; one that a person was asked about has
  an ``approval``.
- Message metadata, which is the application's own, is neither written nor read.

Knows what ``rules`` and ``reading`` know.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from ..runs import ENDED, DataPart, FilePart, SourcePart, TextPart
from .rules import Call, Calls, exchanges, file_note, is_answered, prompt, shown

if TYPE_CHECKING:
    from ..runs import Part, Turn
    from ..transcript import Transcript
    from ..values import Json
    from .reading import Reader
    from .rules import Unanswered

NAME = "ai-sdk"

LONGEST_ID = 256
"""Characters of a call's id; longer ones are replaced."""

_PROMPT = "-prompt"
_OWN = "turnwise"

_NAMES = {
    ("anthropic", "signature"): ("anthropic", "signature"),
    ("anthropic", "data"): ("anthropic", "redactedData"),
    ("gemini", "thought_signature"): ("google", "thoughtSignature"),
    ("openai-responses", "id"): ("openai", "itemId"),
    ("openai-responses", "encrypted_content"): ("openai", "reasoningEncryptedContent"),
    ("openai-responses", "phase"): ("openai", "phase"),
}
"""Where the SDK's providers keep what ``native`` keeps."""

_FIELDS = {theirs: ours for ours, theirs in _NAMES.items()}


def messages(
    transcript: Transcript, system: str | None = None, unanswered: Unanswered = "explain"
) -> list[dict[str, Any]]:
    """``[{"id": …, "role": "system" | "user" | "assistant", "parts": […]}, …]``: ``UIMessage[]``.

    ``system`` becomes the first message.
    """
    out: list[dict[str, Any]] = []
    if system:
        out.append({"id": "system", "role": "system", "parts": [{"type": "text", "text": system}]})
    calls = Calls(unanswered, longest=LONGEST_ID)
    for run, turns in exchanges(transcript):
        said = {"type": "text", "text": prompt(run)}
        out.append({"id": f"{run.id}{_PROMPT}", "role": "user", "parts": [said]})
        parts = _reply(turns, calls)
        if parts:
            out.append({"id": run.id, "role": "assistant", "parts": parts})
    return out


def _reply(turns: list[Turn], book: Calls) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    sources = 0
    for turn in turns:
        calls = book.of(turn)
        step: list[dict[str, Any]] = []
        for part in turn.parts:
            if isinstance(part, SourcePart):
                sources += 1
                step.append(_source(part, f"source-{sources}"))
            elif (item := _part(part, calls)) is not None:
                step.append(item)
        if step:
            out += [{"type": "step-start"}, *step]
    return out


def _part(part: Part, calls: dict[str, Call]) -> dict[str, Any] | None:
    match part:
        case TextPart():
            more = _metadata(part.native)
            if not part.text and not more:
                return None
            state = "streaming" if part.open else "done"
            out: dict[str, Any] = {"type": part.kind, "text": part.text, "state": state}
            return out | {"providerMetadata": more} if more else out
        case FilePart():
            url = part.url or f"data:{part.media_type};base64,{part.data or ''}"
            out = {"type": "file", "mediaType": part.media_type, "url": url}
            if part.name:
                out["filename"] = part.name
            more = _metadata(part.native)
            return out | {"providerMetadata": more} if more else out
        case DataPart():
            return {"type": f"data-{part.name}", "data": part.value}
        case SourcePart():
            return None
        case _:
            call = calls.get(part.id)
            return None if call is None else _tool(call)


def _source(part: SourcePart, source_id: str) -> dict[str, Any]:
    if part.url is None:
        title = part.title or ""
        return {"type": "source-document", "sourceId": source_id, "mediaType": "text/plain", "title": title}
    out = {"type": "source-url", "sourceId": source_id, "url": part.url}
    return out if part.title is None else out | {"title": part.title}


def _tool(call: Call) -> dict[str, Any]:
    part = call.part
    out: dict[str, Any] = {"type": f"tool-{part.name or call.name}", "toolCallId": call.id}
    if part.state == "streaming":
        return out | {"state": "input-streaming"}
    out["input"] = call.arguments
    more = _metadata(part.native)
    if more:
        out["callProviderMetadata"] = more
    return out | _state(call)


def _state(call: Call) -> dict[str, Any]:
    """The state that the call is in, with what belongs to it."""
    part, answer = call.part, call.answer
    approval: dict[str, Any] = {"id": f"approval-{call.id}"}
    asked = part.approval
    if part.state == "denied":
        reason = asked.reason if asked is not None else None
        approval |= {"approved": False, "reason": reason or answer.text}
        return {"state": "output-denied", "approval": approval}
    approved = asked is not None and asked.decision == "approved"
    if approved and asked is not None:
        approval |= {"approved": True} | ({"reason": asked.reason} if asked.reason else {})
    if part.state == "approval":
        return {"state": "approval-requested", "approval": approval}
    with_approval = {"approval": approval} if approved else {}
    if part.state in ENDED or is_answered(part):
        if answer.failed:
            return {"state": "output-error", "errorText": answer.text} | with_approval
        return {"state": "output-available", "output": answer.value} | with_approval
    if part.outcome is not None:
        return {
            "state": "output-available",
            "output": shown(part.result),
            "preliminary": True,
        } | with_approval
    if approved:
        return {"state": "approval-responded"} | with_approval
    return {"state": "input-available"}


def _metadata(native: Json) -> dict[str, Json]:
    """``native`` as provider metadata."""
    out: dict[str, dict[str, Json]] = {}
    nameless: dict[str, dict[str, Json]] = {}
    for format_name, entry in _objects(native).items():
        if format_name == NAME:
            for provider, fields in _objects(entry).items():
                if provider != _OWN:
                    out.setdefault(provider, {}).update(fields)
            continue
        for field, value in entry.items():
            provider, name = _NAMES.get((format_name, field), (None, field))
            place = nameless.setdefault(format_name, {}) if provider is None else out.setdefault(provider, {})
            place[name] = value
    if nameless:
        out[_OWN] = {**nameless}
    return {**out}


def native(metadata: Json) -> Json:
    """Provider metadata as ``native``."""
    out: dict[str, dict[str, Json]] = {}
    foreign: dict[str, dict[str, Json]] = {}
    for provider, fields in _objects(metadata).items():
        if provider == _OWN:
            for format_name, entry in _objects(fields).items():
                out.setdefault(format_name, {}).update(entry)
            continue
        for name, value in fields.items():
            ours = _FIELDS.get((provider, name))
            place = foreign.setdefault(provider, {}) if ours is None else out.setdefault(ours[0], {})
            place[name if ours is None else ours[1]] = value
    if foreign:
        out[NAME] = {**foreign}
    return {**out} if out else None


def _objects(value: Json) -> dict[str, dict[str, Json]]:
    """The entries of ``value`` that are objects themselves."""
    if not isinstance(value, dict):
        return {}
    return {name: entry for name, entry in value.items() if isinstance(entry, dict)}


def read(reader: Reader, messages: object) -> None:
    """Read what ``messages`` writes."""
    found = list(reader.each(messages))
    for number, message in enumerate(reader.each(found)):
        following: dict[str, Any] = found[number + 1] if number + 1 < len(found) else {}
        parts = reader.objects(message.get("parts"), "'parts'")
        match message.get("role"):
            case "system":
                pass
            case "user":
                run_id = following.get("id") if following.get("role") == "assistant" else None
                if not isinstance(run_id, str):
                    run_id = reader.string(message, "id", "").removesuffix(_PROMPT)
                reader.prompt("\n\n".join(_said(reader, part) for part in parts), run_id or None)
            case "assistant":
                reader.turn()
                for part in parts:
                    _read_part(reader, part)
            case role:
                raise reader.fail(f"{role!r} is no role of the AI SDK's UI messages")


def _read_part(reader: Reader, part: dict[str, Any]) -> None:
    kind = reader.string(part, "type")
    kept = native(part.get("providerMetadata"))
    match kind:
        case "step-start":
            reader.turn()
        case "text":
            reader.text(reader.string(part, "text"), kept)
        case "reasoning":
            reader.reasoning(reader.string(part, "text"), kept)
        case "file":
            _read_file(reader, part, kept)
        case "source-url":
            key = reader.string(part, "sourceId")
            reader.source(reader.string(part, "url"), _maybe(reader, part, "title"), key)
        case "source-document":
            reader.source(None, _maybe(reader, part, "title"), reader.string(part, "sourceId"))
        case "dynamic-tool":
            _read_tool(reader, part, reader.string(part, "toolName"))
        case _ if kind.startswith("tool-"):
            _read_tool(reader, part, kind.removeprefix("tool-"))
        case _ if kind.startswith("data-"):
            reader.data(kind.removeprefix("data-"), part.get("data"), reader.maybe(part, "id"))
        case _:
            reader.unknown(kind)


def _read_tool(reader: Reader, part: dict[str, Any], name: str) -> None:
    call_id = reader.string(part, "toolCallId")
    arguments = part.get("input")
    if arguments is None:
        arguments = part.get("rawInput")
    reader.call(call_id, name, arguments, native(part.get("callProviderMetadata")))
    approval = reader.object(part.get("approval") or {}, "'approval'")
    if approval.get("approved") is True:
        reader.decide(call_id, "approved", reader.maybe(approval, "reason"))
    match part.get("state"):
        case "input-streaming" | "input-available" | "approval-responded" if (
            approval.get("approved") is not False
        ):
            pass
        case "approval-requested":
            reader.ask(call_id)
        case "output-available":
            preliminary = part.get("preliminary") is True
            reader.result(call_id, part.get("output"), "ok", preliminary=preliminary)
        case "output-error":
            reader.result(call_id, reader.string(part, "errorText"), "error")
        case "output-denied" | "approval-responded":
            reader.decide(call_id, "denied", reader.maybe(approval, "reason"))
        case state:
            raise reader.fail(f"{state!r} is no state of a tool call")


def _read_file(reader: Reader, part: dict[str, Any], kept: Json) -> None:
    url = reader.string(part, "url")
    media_type = reader.string(part, "mediaType")
    name = reader.maybe(part, "filename")
    try:
        data = inline_data(url)
    except ValueError as error:
        raise reader.fail(f"the data of a file is not base64: {error}") from None
    elsewhere = url if data is None else None
    reader.file(data=data, url=elsewhere, media_type=media_type, name=name, native=kept)


def inline_data(url: str) -> bytes | None:
    """The bytes in a ``data:`` URL; ``None`` for a URL of another kind. ``ValueError`` for bytes that are no base64."""
    inline = re.fullmatch(r"data:[^,]*?(;base64)?,([\s\S]*)", url)
    if inline is None:
        return None
    if not inline[1]:
        return unquote_to_bytes(inline[2])
    return base64.b64decode(inline[2].replace("-", "+").replace("_", "/"), validate=True)


def _maybe(reader: Reader, part: dict[str, Any], field: str) -> str | None:
    return None if part.get(field) is None else reader.string(part, field)


def _said(reader: Reader, part: dict[str, Any]) -> str:
    """The text of a user's part, or a note for what is no text."""
    kind = reader.string(part, "type")
    if kind == "text":
        return reader.string(part, "text")
    if kind == "file":
        return file_note(
            reader.maybe(part, "filename"), reader.maybe(part, "mediaType"), reader.maybe(part, "url")
        )
    return f"({kind})"
