"""Pydantic AI's messages, made fit to go on with: what they lack of the conversation, and answers to open calls."""

from __future__ import annotations

from importlib import import_module
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ..memory import NO_RESULT, untold_exchanges

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...transcript import Transcript
    from .translate import Message


def prompts(messages: Iterable[Message]) -> list[str]:
    """What the person said in them; of a prompt with files, the text."""
    asked = [
        part.content for message in messages for part in message.parts if part.part_kind == "user-prompt"
    ]
    return [_text(content) for content in asked]


def _text(content: str | Sequence[Any]) -> str:
    return content if isinstance(content, str) else "".join(part for part in content if isinstance(part, str))


def missing(history: Transcript, told: int, system: Sequence[Any]) -> list[Message]:
    """The runs after the first ``told``; ``system`` are parts that the first of these messages begins with."""
    native = import_module("pydantic_ai.messages")
    out: list[Message] = []
    for exchange in untold_exchanges(history, told):
        asked = native.UserPromptPart(exchange.prompt)
        out.append(native.ModelRequest([asked] if out else [*system, asked]))
        for reply in exchange.replies:
            said = [native.TextPart(reply.text)] if reply.text else []
            calls = [native.ToolCallPart(call.name, call.arguments, call.id) for call in reply.calls]
            out.append(native.ModelResponse([*said, *calls]))
            if calls:
                answers = [
                    native.ToolReturnPart(call.name, call.answer.value, call.id) for call in reply.calls
                ]
                out.append(native.ModelRequest(answers))
    return out


def closed(messages: list[Message]) -> list[Message]:
    """``messages`` with every call answered: the framework and the providers refuse a prompt after an open call.

    A run that was stopped or failed leaves calls open, also while it waits for approval. 2.x closes some of them
    by itself, 1.x none.
    """
    native = import_module("pydantic_ai.messages")
    out: list[Message] = []
    for message, following in zip_longest(messages, messages[1:]):
        if message.kind == "response" and not message.parts:
            continue  # broken off before it said anything: providers refuse an empty reply
        out.append(message)
        closing = [
            native.ToolReturnPart(call.tool_name, NO_RESULT, call.tool_call_id)
            for call in _unanswered(message, following)
        ]
        if closing:
            out.append(native.ModelRequest(closing))
    return out


def _unanswered(message: Message, following: Message | None) -> list[Any]:
    """The calls of ``message``, if it is a response, that ``following`` does not answer."""
    if message.kind != "response":
        return []
    answers: list[Any] = following.parts if following is not None and following.kind == "request" else []
    answered = {getattr(part, "tool_call_id", None) for part in answers}
    return [p for p in message.parts if p.part_kind == "tool-call" and p.tool_call_id not in answered]
