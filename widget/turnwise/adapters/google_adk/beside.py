"""What ADK has beside text and calls: files, code that was run, the provider's own tools, sources, what is new to us.

Knows ``events``.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from ... import events as e
from .fields import bytes_of, fields_of, get, items, text, word

if TYPE_CHECKING:
    from ...events import Event
    from .fields import Native
    from .path import Path

CODE = "code_execution"
"""What a reader sees for code that the model itself has run."""

_ABOUT = frozenset(
    {
        "text",
        "thought",
        "thought_signature",
        "part_metadata",
        "media_processing",
        "media_resolution",
        "speech_metadata",
        "video_metadata",
    }
)
"""Fields that say something about a part, and are no content without it."""


def beside(path: Path, key: str, part: Native) -> tuple[str, list[Event]]:
    """What a part says that is neither text nor a call, after its kind."""
    lane = path.lane
    if (blob := get(part, "inline_data")) is not None:
        media = text(blob, "mime_type") or "application/octet-stream"
        name: str | None = text(blob, "display_name")
        return "file", [e.File(bytes_of(get(blob, "data")), media_type=media, name=name, turn=key, lane=lane)]
    if (link := get(part, "file_data")) is not None:
        media = text(link, "mime_type") or "application/octet-stream"
        return "file", [e.File(url=text(link, "file_uri"), media_type=media, turn=key, lane=lane)]
    if (code := get(part, "executable_code")) is not None:
        call_id = f"{key}/{path.next_key()}"
        path.results.append(call_id)
        return "code", [
            e.ToolCall(CODE, {"code": get(code, "code")}, hosted=True, call_id=call_id, turn=key, lane=lane)
        ]
    if (done := get(part, "code_execution_result")) is not None:
        ran = path.results.pop(0) if path.results else None
        ok = word(get(done, "outcome")) in (None, "OUTCOME_OK")
        output = text(done, "output") or ""
        return "result", [
            e.ToolResult(output, call_id=ran, name=CODE, outcome="ok" if ok else "error", lane=lane)
        ]
    if (call := get(part, "tool_call")) is not None:
        name = word(get(call, "tool_type")) or "tool"
        return "tool_call", [
            e.ToolCall(name, get(call, "args"), hosted=True, call_id=text(call, "id"), turn=key, lane=lane)
        ]
    if (response := get(part, "tool_response")) is not None:
        name = word(get(response, "tool_type")) or "tool"
        return "tool_response", [
            e.ToolResult(get(response, "response"), call_id=text(response, "id"), name=name, lane=lane)
        ]
    for name, value in fields_of(part).items():
        if name not in _ABOUT and not name.startswith("_"):
            return name, [e.Data(name, value, turn=key, lane=lane)]
    return "empty", []  # a blank part, or only a signature


def goes_on(path: Path, event: Native) -> bool:
    """Whether the event is of the open turn, whatever its id: of code that it runs itself, ADK makes events of its own.

    One has the reply in which the code was found, after its pieces; the next one what came of it.
    """
    parts = items(get(event, "content"), "parts")
    found = bool(path.blocks) and any(get(part, "executable_code") is not None for part in parts)
    ran = bool(path.results) and all(get(part, "code_execution_result") is not None for part in parts)
    return bool(parts) and (found or ran)


def sources(event: Native, path: Path, key: str) -> list[Event]:
    """What the reply rests on: grounding (searches, retrieval, maps) and citations."""
    out: list[Event] = []
    for chunk in items(get(event, "grounding_metadata"), "grounding_chunks"):
        for kind in ("web", "retrieved_context", "maps"):
            if (found := get(chunk, kind)) is not None:
                url, title = text(found, "uri"), text(found, "title")
                out.append(e.Source(url, title, snippet=text(found, "text"), turn=key, lane=path.lane))
    cited = items(get(event, "citation_metadata"), "citations")
    return out + [e.Source(text(c, "uri"), text(c, "title"), turn=key, lane=path.lane) for c in cited]


def media_of(response: Native, call_id: str | None, name: str, lane: str | None) -> list[Event]:
    """Pictures and the like that a tool has returned; 2.x takes them out of the result."""
    out: list[Event] = []
    for part in items(response, "parts"):
        blob, link = get(part, "inline_data"), get(part, "file_data")
        data: object = get(blob, "data")
        shown = base64.b64encode(data).decode() if isinstance(data, bytes) else data
        kind = text(blob, "mime_type") or "application/octet-stream"
        display = {"text/plain": text(link, "file_uri")} if blob is None else {kind: shown}
        out.append(e.ToolOutput(stream="display", display=display, call_id=call_id, name=name, lane=lane))
    return out


def output_of(output: Any, path: Path, key: str) -> Event:
    """What a function of a workflow returns."""
    if isinstance(output, str):
        return e.Text(output, turn=key, lane=path.lane)
    return e.Data("output", output, turn=key, lane=path.lane)
