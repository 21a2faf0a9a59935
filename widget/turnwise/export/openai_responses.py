"""The conversation as input items of OpenAI's Responses API.

Per run the prompt; per turn, in order, its items (reasoning, messages, calls), then one output item per call, in call
order. Besides what holds for every format (``rules``):

- Reasoning goes back as the item that it was, if its ``native`` has the item's id or its encrypted content.
- The ids of messages and calls go back only together with the reasoning of their turn: OpenAI refuses an item that
  it knows to have followed a reasoning item, without that. A message's ``phase`` always goes back.
- What the API itself has run goes back as the item that it was; pictures do not.
- Call ids have at most 64 characters.
- Files that the agent made leave a note as a message: the format lets only users send files.
- Whether a result is an error has no place in the format; read back, the outcome is unknown.
- There is nothing to tell replies that follow each other: read back, those without calls between them are one turn.

Knows what ``rules`` and ``reading`` know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..runs import TextPart
from .native import own, own_text
from .reading import decoded
from .rules import Call, Calls, exchanges, file_note, note_of, prompt, told_parts

if TYPE_CHECKING:
    from ..runs import ToolPart, Turn
    from ..transcript import Transcript
    from ..values import Json, Outcome
    from .reading import Reader
    from .rules import Unanswered

NAME = "openai-responses"

LONGEST_ID = 64
"""Characters that OpenAI accepts as the id of a call."""

_PHASES = ("commentary", "final_answer")


def messages(
    transcript: Transcript, system: str | None = None, unanswered: Unanswered = "explain"
) -> list[dict[str, Any]]:
    """``[{"role": "system" | "user" | "assistant", …}, {"type": "function_call", …}, …]``, for ``input``.

    ``system`` becomes the first item; giving it to the API as ``instructions`` instead comes to the same.
    """
    out: list[dict[str, Any]] = []
    if system:
        out.append({"role": "system", "content": system})
    calls = Calls(unanswered, longest=LONGEST_ID)
    for run, turns in exchanges(transcript):
        out.append({"role": "user", "content": prompt(run)})
        for turn in turns:
            out += _turn(turn, calls.of(turn))
    return out


def _turn(turn: Turn, calls: dict[str, Call]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    parts = told_parts(turn, calls, _goes_back)
    with_ids = any(isinstance(part, TextPart) and part.kind == "reasoning" for part in parts)
    for part in parts:
        if isinstance(part, Call) and (hosted := _hosted(part)) is not None:
            out += [hosted] if hosted else []
        elif isinstance(part, Call):
            item: dict[str, Any] = {
                "type": "function_call",
                "call_id": part.id,
                "name": part.name,
                "arguments": part.arguments_text,
            }
            item_id = own_text(part.part.native, NAME, "id")
            out.append(item | {"id": item_id} if item_id and with_ids else item)
        elif not isinstance(part, TextPart):
            out.append({"role": "assistant", "content": note_of(part)})
        elif part.kind == "reasoning":
            out.append(_reasoning(part))
        else:
            out.append(_message(part, with_ids))
    return out + [
        {"type": "function_call_output", "call_id": call.id, "output": call.answer.text}
        for call in calls.values()
        if _hosted(call) is None
    ]


def _hosted(call: Call) -> dict[str, Json] | None:
    """The item of what the API itself has run, result and all; an empty one does not go back."""
    item = own(call.part.native, NAME).get("item")
    return item if isinstance(item, dict) else None


_RETURNED = ("output", "outputs", "results", "result")
"""Where the item of a tool that is no function has what it returned."""

_NO_ARGUMENTS = frozenset({"id", "type", "status", "name", "call_id", "error", *_RETURNED})


def hosted_call(item: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name and arguments of a tool that is no function: its item is the call, and the result."""
    named: object = item.get("name")
    name = named if isinstance(named, str) and named else str(item.get("type")).removesuffix("_call")
    return name, {key: value for key, value in item.items() if key not in _NO_ARGUMENTS and value is not None}


def hosted_result(item: dict[str, Any]) -> tuple[Any, Outcome]:
    """What it returned; how it ended, if the item has nothing else."""
    status, error = item.get("status"), item.get("error")
    value = next((item[field] for field in _RETURNED if item.get(field) is not None), status)
    return error or value, "error" if error or status == "failed" else "ok"


def _goes_back(part: TextPart | ToolPart) -> bool:
    return part.kind == "reasoning" and own_text(part.native, NAME, "id") is not None


def _reasoning(part: TextPart) -> dict[str, Any]:
    native = own(part.native, NAME)
    text = {"type": "summary_text", "text": part.text}
    out: dict[str, Any] = {
        "type": "reasoning",
        "id": native["id"],
        "summary": native.get("summary", [text] if part.text else []),
    }
    return out | {name: native[name] for name in ("content", "encrypted_content") if name in native}


def _message(part: TextPart, with_ids: bool) -> dict[str, Any]:
    item_id = own_text(part.native, NAME, "id")
    phase = own_text(part.native, NAME, "phase")
    out: dict[str, Any] = {"role": "assistant", "content": part.text}
    if item_id and with_ids:
        content: dict[str, Any] = {"type": "output_text", "text": part.text, "annotations": []}
        out |= {"type": "message", "id": item_id, "status": "completed", "content": [content]}
    return out | {"phase": phase} if phase in _PHASES else out


def read(reader: Reader, messages: object) -> None:
    """Read what ``messages`` writes, and the output items of a response among it."""
    returned = False
    for item in reader.each(messages):
        kind = item.get("type") or "message"
        role = item.get("role") if kind == "message" else "assistant"
        if kind == "function_call_output":
            text = "\n".join(_said(reader, item.get("output")))
            reader.result(reader.string(item, "call_id"), decoded(text))
            returned = True
            continue
        if role == "assistant" and returned:
            reader.turn()
        returned = returned and role in ("system", "developer")
        match kind, role:
            case "message", "user":
                reader.prompt("\n\n".join(_said(reader, item.get("content"))))
            case "message", "assistant":
                native = {name: item[name] for name in ("id", "phase") if item.get(name)}
                text = "".join(_said(reader, item.get("content")))
                if text:
                    reader.text(text, {NAME: native} if native else None)
            case "message", "system" | "developer":
                pass
            case "message", _:
                raise reader.fail(f"{role!r} is no role of OpenAI's Responses API")
            case "reasoning", _:
                _read_reasoning(reader, item)
            case "function_call", _:
                item_id = reader.maybe(item, "id")
                reader.call(
                    reader.maybe(item, "call_id"),
                    reader.string(item, "name"),
                    reader.string(item, "arguments", ""),
                    {NAME: {"id": item_id}} if item_id else None,
                )
            case "item_reference", _:
                raise reader.fail(
                    f"refers to the item {item.get('id')!r}, which only OpenAI has; give the item itself"
                )
            case str(name), _ if name.endswith("_call") and (item_id := reader.maybe(item, "id")):
                reader.call(item_id, *hosted_call(item), {NAME: {"item": item}})
                reader.result(item_id, *hosted_result(item))
            case _:
                reader.unknown(str(kind))


def _read_reasoning(reader: Reader, item: dict[str, Any]) -> None:
    summary = reader.objects(item.get("summary"), "'summary'")
    content = reader.objects(item.get("content"), "'content'")
    text = "\n\n".join(reader.string(part, "text") for part in summary or content)
    native: dict[str, Json] = {
        name: item[name] for name in ("id", "encrypted_content") if isinstance(item.get(name), str)
    }
    if content or len(summary) > 1:
        native["summary"] = [*summary]
    if content:
        native["content"] = [*content]
    reader.reasoning(text, {NAME: native} if native else None)


def _said(reader: Reader, content: object) -> list[str]:
    """The texts of a message or an output, and notes for what is no text."""
    out: list[str] = []
    for part in reader.content(content, "input_text"):
        match part.get("type"):
            case "input_text" | "output_text":
                out.append(reader.string(part, "text"))
            case "refusal":
                out.append(reader.string(part, "refusal"))
            case "input_image":
                out.append(file_note("image", None, reader.maybe(part, "image_url")))
            case "input_file":
                out.append(file_note(reader.maybe(part, "filename"), None, reader.maybe(part, "file_url")))
            case kind:
                out.append(f"({kind})")
    return out
