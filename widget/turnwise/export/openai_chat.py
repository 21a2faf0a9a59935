"""The conversation as messages of OpenAI's chat completions, and of the many servers that take the same.

Per run the prompt; per turn, in order, one assistant message with its text and calls, then one tool message per call,
in call order. Besides what holds for every format (``rules``):

- Call ids have at most 40 characters, which is OpenAI's limit.
- Files that the agent made leave a note in its text; the format lets only users send files.
- Reasoning is not sent back: OpenAI refuses it. Servers that want it, or other fields of their own, are named what
  they want by ``extra``.
- Whether a result is an error has no place in the format; read back, the outcome is unknown.

Knows what ``rules`` and ``reading`` know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..runs import TextPart
from .native import own, own_text
from .reading import decoded
from .rules import Call, Calls, exchanges, file_note, prompt, text_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..runs import Turn
    from ..transcript import Transcript
    from ..values import Json
    from .reading import Reader
    from .rules import Unanswered

NAME = "openai"

LONGEST_ID = 40
"""Characters that OpenAI accepts as the id of a call."""

_REASONING = ("reasoning_content", "reasoning")

RETURNED = ("reasoning_field", "reasoning_details", "extra_content")
"""The ``extra`` that gives a server back what it has sent, as far as it is known to want it."""


def messages(
    transcript: Transcript,
    system: str | None = None,
    unanswered: Unanswered = "explain",
    *,
    extra: Collection[str] = (),
) -> list[dict[str, Any]]:
    """``[{"role": "system" | "user" | "assistant" | "tool", …}, …]``, ready to be sent.

    Args:
        transcript: The run that is under way is included as far as it has come.
        system: Becomes the first message.
        unanswered: What becomes of calls without a result.
        extra: Fields beside OpenAI's that the server wants back: ``"reasoning_content"`` or ``"reasoning"`` (the text
            of the reasoning), ``"reasoning_details"`` and ``"extra_content"`` (as it was sent, from ``native``), or
            ``"reasoning_field"`` (the text under the name that it came under, with calls only).
    """
    out: list[dict[str, Any]] = []
    if system:
        out.append({"role": "system", "content": system})
    calls = Calls(unanswered, longest=LONGEST_ID)
    for run, turns in exchanges(transcript):
        out.append({"role": "user", "content": prompt(run)})
        for turn in turns:
            out += _turn(turn, calls.of(turn), extra)
    return out


def _turn(turn: Turn, calls: dict[str, Call], extra: Collection[str]) -> list[dict[str, Any]]:
    text = text_of(turn)
    if not text and not calls:
        return []
    reply: dict[str, Any] = {"role": "assistant", "content": text or None}
    reply |= _reasoning(turn, bool(calls), extra)
    if calls:
        reply["tool_calls"] = [_call(call, extra) for call in calls.values()]
    return [
        reply,
        *({"role": "tool", "tool_call_id": call.id, "content": call.answer.text} for call in calls.values()),
    ]


def _call(call: Call, extra: Collection[str]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments_text},
    }
    more = own(call.part.native, NAME).get("extra_content")
    if more is not None and "extra_content" in extra:
        out["extra_content"] = more
    return out


def _reasoning(turn: Turn, called: bool, extra: Collection[str]) -> dict[str, Json]:
    fields = {field for field in _REASONING if field in extra}
    details: list[Json] = []
    for part in turn.parts:
        if not isinstance(part, TextPart):
            continue
        field = own_text(part.native, NAME, "reasoning_field")
        if called and field in _REASONING and "reasoning_field" in extra:
            fields.add(field)
        more = own(part.native, NAME).get("reasoning_details")
        details += more if isinstance(more, list) and "reasoning_details" in extra else []
    out: dict[str, Json] = dict.fromkeys(fields, turn.reasoning) if turn.reasoning else {}
    return {**out, "reasoning_details": details} if details else out


def read(reader: Reader, messages: object) -> None:
    """Read what ``messages`` writes."""
    for message in reader.each(messages):
        role = message.get("role")
        match role:
            case "system" | "developer":
                pass
            case "user":
                reader.prompt("\n\n".join(_said(reader, message)))
            case "assistant":
                _read_reply(reader, message)
            case "tool":
                text = "\n".join(_said(reader, message))
                reader.result(reader.string(message, "tool_call_id"), decoded(text))
            case _:
                raise reader.fail(f"{role!r} is no role of OpenAI's chat messages")


def _read_reply(reader: Reader, message: dict[str, Any]) -> None:
    reader.turn()
    details = reader.objects(message.get("reasoning_details"), "'reasoning_details'")
    reasoning = next((text for field in _REASONING if (text := reader.maybe(message, field))), "")
    native: Json = {NAME: {"reasoning_details": [*details]}} if details else None
    reader.reasoning(reasoning, native)
    reader.text("".join(_said(reader, message)))
    reader.text(reader.string(message, "refusal", ""))
    for call in reader.objects(message.get("tool_calls"), "'tool_calls'"):
        kind = call.get("type") or "function"
        if kind != "function":
            reader.unknown(f"tool_calls.{kind}")
            continue
        function = reader.object(call.get("function"), "'function'")
        more = call.get("extra_content")
        reader.call(
            reader.maybe(call, "id"),
            reader.string(function, "name"),
            function.get("arguments"),
            None if more is None else {NAME: {"extra_content": more}},
        )


def _said(reader: Reader, message: dict[str, Any]) -> list[str]:
    """The texts of the message's content, and notes for what is no text."""
    out: list[str] = []
    for part in reader.content(message.get("content")):
        match part.get("type"):
            case "text":
                out.append(reader.string(part, "text"))
            case "refusal":
                out.append(reader.string(part, "refusal"))
            case "image_url":
                image = reader.object(part.get("image_url"), "'image_url'")
                out.append(file_note("image", None, reader.maybe(image, "url")))
            case "file":
                file = reader.object(part.get("file"), "'file'")
                out.append(file_note(reader.maybe(file, "filename"), None))
            case kind:
                out.append(f"({kind})")
    return out
