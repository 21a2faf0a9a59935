"""The conversation as messages of Anthropic's Messages API.

Per run the prompt as a user message; per turn, in order, one assistant message with its blocks, then one user message
that holds nothing but the results, in call order. Besides what holds for every format (``rules``):

- Thinking goes back with its signature, redacted thinking as it came; thinking without a signature is left out, since
  the API refuses it.
- What a server tool was asked and found goes back as it came, in the assistant's own message. Where it has found
  nothing, for the reader stopped it, the API would refuse what it was asked: that is told as any other call is.
- Blocks of text that are blank are left out, for the same reason.
- Call ids are made of letters, digits, ``_`` and ``-``.
- Files that the agent made leave a note as a block of text: the format lets only users send files.
- Messages of one role may follow each other (results and the next prompt, two replies without calls); the API joins
  them by itself, and so each message stays one prompt, one reply or one reply's results.
- The system prompt is no message: it goes to the API as ``system``.

Knows what ``rules`` and ``reading`` know.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ..runs import FilePart, TextPart, ToolPart
from .native import own, own_text
from .reading import decoded
from .rules import Call, Calls, exchanges, file_note, note_of, prompt, told_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ..runs import Part, Turn
    from ..transcript import Transcript
    from ..values import Json, Outcome
    from .reading import Reader
    from .rules import Unanswered

NAME = "anthropic"

LONGEST_ID = 64
"""Characters of a call's id; longer ones are replaced."""


def messages(
    transcript: Transcript, system: str | None = None, unanswered: Unanswered = "explain"
) -> list[dict[str, Any]]:
    """``[{"role": "user" | "assistant", "content": …}, …]``, ready to be sent.

    Raises:
        ValueError: There is a ``system`` prompt, for which there is no place among the messages.
    """
    if system:
        raise ValueError(
            "Anthropic takes the system prompt beside the messages: pass it to the API as system=…"
        )
    out: list[dict[str, Any]] = []
    book = Calls(unanswered, longest=LONGEST_ID, charset="[A-Za-z0-9_-]")
    for run, turns in exchanges(transcript):
        out.append({"role": "user", "content": prompt(run)})
        natives = [_native(part) for turn in turns for part in turn.parts]
        found = [block["tool_use_id"] for block in natives if "tool_use_id" in block]
        for turn in turns:
            # A reply that was paused is sent back with calls that are at work, and goes on.
            waits = paused(turn) and turn is turns[-1] and run.status in ("running", "complete")
            goes_back = partial(_goes_back, found=None if waits else found)
            calls = book.of(turn)
            blocks = [_block(part, goes_back) for part in told_parts(turn, calls, goes_back)]
            if blocks:
                out.append({"role": "assistant", "content": blocks})
            results = [_result(call) for call in calls.values() if not goes_back(call.part)]
            if results:
                out.append({"role": "user", "content": results})
    return out


def paused(turn: Turn) -> bool:
    """Whether the API has paused the reply, since its own tools take long; sent back as it is, the model goes on."""
    return turn.native_finish_reason == "pause_turn"


def _native(part: Part) -> dict[str, Json]:
    """The block that ``part`` came as, if it goes back as that; else empty."""
    block = own(part.native, NAME).get("block") if isinstance(part, (TextPart, ToolPart)) else None
    return block if isinstance(block, dict) else {}


def _goes_back(part: TextPart | ToolPart, found: Collection[Json] | None) -> bool:
    """Whether ``part`` goes back as it came. ``found`` has the ids of calls whose results do; ``None``: all may."""
    if part.kind == "reasoning":
        return any(own(part.native, NAME).get(name) for name in ("signature", "data"))
    block = _native(part)
    return bool(block) and (part.kind == "text" or found is None or block.get("id") in found)


def _block(
    part: TextPart | FilePart | Call, goes_back: Callable[[TextPart | ToolPart], bool]
) -> dict[str, Any]:
    if isinstance(part, FilePart):
        return {"type": "text", "text": note_of(part)}
    written = part.part if isinstance(part, Call) else part
    if written.kind != "reasoning" and goes_back(written):
        return _native(written)
    if isinstance(part, Call):
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": part.arguments}
    if part.kind == "text":
        return {"type": "text", "text": part.text}
    signature = own_text(part.native, NAME, "signature")
    if signature is not None:
        return {"type": "thinking", "thinking": part.text, "signature": signature}
    return {"type": "redacted_thinking", "data": own_text(part.native, NAME, "data")}


def _result(call: Call) -> dict[str, Any]:
    answer = call.answer
    out: dict[str, Any] = {"type": "tool_result", "tool_use_id": call.id}
    if answer.text.strip():
        out["content"] = answer.text
    return out | {"is_error": True} if answer.failed else out


def read(reader: Reader, messages: object) -> None:
    """Read what ``messages`` writes."""
    for message in reader.each(messages):
        role = message.get("role")
        blocks = reader.content(message.get("content"))
        match role:
            case "user":
                _read_user(reader, blocks)
            case "assistant":
                reader.turn()
                for block in blocks:
                    _read_block(reader, block)
            case "system":
                pass
            case _:
                raise reader.fail(f"{role!r} is no role of Anthropic's messages")


def _read_user(reader: Reader, blocks: list[dict[str, Any]]) -> None:
    """Results, a prompt, or results and then a prompt."""
    for block in blocks:
        if block.get("type") == "tool_result":
            text = "\n".join(_said(reader, part) for part in reader.content(block.get("content")))
            outcome = "error" if block.get("is_error") else "ok"
            reader.result(reader.string(block, "tool_use_id"), decoded(text), outcome)
    rest = [block for block in blocks if block.get("type") != "tool_result"]
    if rest or not blocks:
        reader.prompt("\n\n".join(_said(reader, block) for block in rest))


def _read_block(reader: Reader, block: dict[str, Any]) -> None:
    match block.get("type"):
        case "text":
            reader.text(reader.string(block, "text"))
        case "thinking":
            signature = reader.maybe(block, "signature")
            native: Json = {NAME: {"signature": signature}} if signature else None
            reader.reasoning(reader.string(block, "thinking"), native)
        case "redacted_thinking":
            reader.reasoning("", {NAME: {"data": reader.string(block, "data")}})
        case "tool_use":
            call_input = reader.object(block.get("input"), "'input'")
            reader.call(reader.string(block, "id"), reader.string(block, "name"), call_input)
        case "server_tool_use" | "mcp_tool_use":
            call_input = reader.object(block.get("input"), "'input'")
            native = {NAME: {"block": block}}
            reader.call(reader.string(block, "id"), reader.string(block, "name"), call_input, native)
        case str(kind) if kind.endswith("_tool_result"):
            reader.result(reader.string(block, "tool_use_id"), *hosted_result(block))
            reader.text("", {NAME: {"block": block}})
        case kind:
            reader.unknown(str(kind))


def hosted_result(block: dict[str, Any]) -> tuple[Any, Outcome]:
    """What a tool of the API's own returned, without what only the API can read; failures have three spellings."""
    content: Any = block.get("content")
    told = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    failed = (
        block.get("is_error") is True
        or str(told.get("type")).endswith("_error")
        or told.get("return_code") not in (None, 0)
    )
    return _legible(cast("object", content)), "error" if failed else "ok"


def _legible(content: object) -> object:
    if isinstance(content, list):
        return [_legible(each) for each in cast("list[object]", content)]
    if not isinstance(content, dict):
        return content
    return {
        name: _legible(value)
        for name, value in cast("dict[str, object]", content).items()
        if name != "type" and not name.startswith("encrypted_") and value is not None
    }


def _said(reader: Reader, block: dict[str, Any]) -> str:
    """The text of a block, or a note for what is no text."""
    kind = block.get("type")
    if kind == "text":
        return reader.string(block, "text")
    source = block.get("source")
    source = reader.object(source, "'source'") if source is not None else {}
    note = [str(kind), reader.maybe(source, "media_type"), reader.maybe(source, "url")]
    return file_note(note[0], note[1], note[2])
