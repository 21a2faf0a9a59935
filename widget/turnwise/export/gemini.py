"""The conversation as contents of Gemini's ``generateContent``.

Per run the prompt as a user's content; per turn, in order, one content of the model's with its parts, then one of the
user's with a function response per call, in call order. Besides what holds for every format (``rules``):

- Thought signatures go back with the part that they came with, be it a thought, a text or a call. Thoughts without
  one are left out: Gemini does not want its summaries back.
- A call's id goes back, on the call and on its response, if the source gave it one; Gemini's calls may have none, and
  then their responses find them by their order.
- A result that is an object is the response itself, any other goes under ``output``, and an error under ``error``.
- Files that the agent made go back as data, of the kinds that Gemini reads; others leave a note.
- Contents of the model's do not follow each other, since Gemini refuses a call that does not come right after the
  user's: replies without calls between them are joined, and read back they are one turn.
- Code that the model itself has run goes back as it came, with what it gave.
- The system prompt is no content: it goes to the API as ``systemInstruction``.

Names are those of the REST API (``functionCall``), bytes are base64; ``google.genai.types.Content.model_validate``
takes both.

Knows what ``rules`` and ``reading`` know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..runs import FilePart, TextPart
from .native import own, own_text
from .reading import either
from .rules import Answer, Call, Calls, exchanges, file_note, note_of, prompt, told_parts

if TYPE_CHECKING:
    from ..runs import ToolPart
    from ..transcript import Transcript
    from ..values import Json
    from .reading import Reader
    from .rules import Unanswered

NAME = "gemini"

LONGEST_ID = 128
"""Characters of a call's id; longer ones are replaced."""

_READ = ("image/", "audio/", "video/", "text/", "application/pdf")
"""The kinds of files that Gemini reads, by how their media types begin."""

_KEPT_AT_GOOGLE = ("gs://", "https://generativelanguage.googleapis.com/")


def messages(
    transcript: Transcript, system: str | None = None, unanswered: Unanswered = "explain"
) -> list[dict[str, Any]]:
    """``[{"role": "user" | "model", "parts": [{"text": …}, …]}, …]``, ready to be sent as ``contents``.

    Raises:
        ValueError: There is a ``system`` prompt, for which there is no place among the contents.
    """
    if system:
        raise ValueError(
            "Gemini takes the system prompt beside the contents: pass it to the API as systemInstruction"
        )
    out: list[dict[str, Any]] = []
    book = Calls(unanswered, longest=LONGEST_ID)
    for run, turns in exchanges(transcript):
        out.append({"role": "user", "parts": [{"text": prompt(run)}]})
        for turn in turns:
            calls = book.of(turn)
            parts = [_part(part) for part in told_parts(turn, calls, _goes_back)]
            if parts and out[-1]["role"] == "model":
                out[-1]["parts"] += parts
            elif parts:
                out.append({"role": "model", "parts": parts})
            responses = [_response(call) for call in calls.values() if _whole(call.part.native) is None]
            if responses:
                out.append({"role": "user", "parts": responses})
    return out


def _goes_back(part: TextPart | ToolPart) -> bool:
    return own_text(part.native, NAME, "thought_signature") is not None or _whole(part.native) is not None


def _whole(native: Json) -> dict[str, Any] | None:
    """The part as it came: of code that the model has run, and of what that gave."""
    part = own(native, NAME).get("part")
    return part if isinstance(part, dict) else None


def _part(part: TextPart | FilePart | Call) -> dict[str, Any]:
    native = part.part.native if isinstance(part, Call) else part.native
    if (whole := _whole(native)) is not None:
        return whole
    out: dict[str, Any]
    if isinstance(part, FilePart):
        out = _file(part)
    elif isinstance(part, Call):
        out = {"functionCall": {**_named(part), "args": part.arguments}}
    else:
        out = {"text": part.text}
        if part.kind == "reasoning":
            out["thought"] = True
    signature = own_text(native, NAME, "thought_signature")
    return out | {"thoughtSignature": signature} if signature else out


def _file(part: FilePart) -> dict[str, Any]:
    if part.data and part.media_type.startswith(_READ):
        return {"inlineData": {"mimeType": part.media_type, "data": part.data}}
    if not part.data and part.url and part.url.startswith(_KEPT_AT_GOOGLE):
        return {"fileData": {"mimeType": part.media_type, "fileUri": part.url}}
    return {"text": note_of(part)}


def _named(call: Call) -> dict[str, str]:
    name = call.name if call.name[0].isalpha() or call.name[0] == "_" else f"_{call.name}"[:64]
    return {"id": call.id, "name": name} if call.part.call_id else {"name": name}


def _response(call: Call) -> dict[str, Any]:
    return {"functionResponse": {**_named(call), "response": _returned(call.answer)}}


def _returned(answer: Answer) -> dict[str, Json]:
    if answer.failed:
        return {"error": answer.text}
    if isinstance(answer.value, dict) and not answer.value.keys() & {"output", "error"}:
        return answer.value
    return {"output": answer.value}


def read(reader: Reader, messages: object) -> None:
    """Read what ``messages`` writes; field names may also be written like_this."""
    for content in reader.each(messages):
        role = content.get("role") or "user"
        parts = reader.objects(content.get("parts"), "'parts'")
        match role:
            case "user" | "function" | "tool":
                _read_user(reader, parts)
            case "model":
                reader.turn()
                for part in parts:
                    _read_part(reader, part)
            case "system":
                pass
            case _:
                raise reader.fail(f"{role!r} is no role of Gemini's contents")


def _read_user(reader: Reader, parts: list[dict[str, Any]]) -> None:
    """Responses, a prompt, or responses and then a prompt."""
    said: list[str] = []
    for part in parts:
        response = either(part, "functionResponse")
        if response is None:
            said.append(_said(reader, part))
            continue
        response = reader.object(response, "'functionResponse'")
        value = reader.object(response.get("response") or {}, "'response'")
        failed = list(value) == ["error"]
        reader.result(
            reader.maybe(response, "id"),
            next(iter(value.values())) if failed or list(value) == ["output"] else value,
            "error" if failed else "ok",
            name=reader.string(response, "name"),
        )
    if said or not parts:
        reader.prompt("\n\n".join(said))


def _read_part(reader: Reader, part: dict[str, Any]) -> None:
    signature = either(part, "thoughtSignature")
    native: Json = {NAME: {"thought_signature": signature}} if isinstance(signature, str) else None
    call = either(part, "functionCall")
    data = either(part, "inlineData")
    uri = either(part, "fileData")
    if call is not None:
        call = reader.object(call, "'functionCall'")
        arguments = reader.object(call.get("args") or {}, "'args'")
        reader.call(reader.maybe(call, "id"), reader.string(call, "name"), arguments, native)
    elif isinstance(part.get("text"), str):
        if part.get("thought"):
            reader.reasoning(part["text"], native)
        else:
            reader.text(part["text"], native)
    elif data is not None:
        data = reader.object(data, "'inlineData'")
        found = reader.bytes(reader.string(data, "data"))
        reader.file(
            data=found, url=None, media_type=_kind(data), name=either(data, "displayName"), native=native
        )
    elif uri is not None:
        uri = reader.object(uri, "'fileData'")
        reader.file(
            data=None,
            url=either(uri, "fileUri"),
            media_type=_kind(uri),
            name=either(uri, "displayName"),
            native=native,
        )
    else:
        kinds = [name for name, value in part.items() if value is not None]
        reader.unknown(", ".join(kinds) or "empty part")


def _said(reader: Reader, part: dict[str, Any]) -> str:
    """The text of a user's part, or a note for what is no text."""
    if isinstance(part.get("text"), str):
        return part["text"]
    for name in ("inlineData", "fileData"):
        held = either(part, name)
        if held is not None:
            held = reader.object(held, f"{name!r}")
            return file_note(either(held, "displayName"), either(held, "mimeType"), either(held, "fileUri"))
    return f"({', '.join(name for name, value in part.items() if value is not None) or 'empty part'})"


def _kind(held: dict[str, Any]) -> str:
    kind = either(held, "mimeType")
    return kind if isinstance(kind, str) else "application/octet-stream"
