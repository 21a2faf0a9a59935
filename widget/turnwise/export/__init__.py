"""The conversation in other people's formats, and theirs as a conversation.

Each format is one file with a ``messages`` and a ``read``, imported when asked for. What holds for all of them stands
in ``rules`` (out) and ``reading`` (in), and how a provider's own data is kept in ``native``.

Formats for readers are ``static_html``, ``markdown``, ``notebook`` and ``viewer``; what they have in common stands in
``telling``, and ``turnwise.documents`` decides what they are given.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from ..transcript import Transcript
    from .rules import Unanswered

__all__ = ["FORMATS", "import_messages", "messages"]

_HOMES = {
    "openai": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "ai-sdk": "ai_sdk",
}

FORMATS = tuple(_HOMES)
"""OpenAI chat completions, OpenAI Responses, Anthropic Messages, Gemini's generateContent, AI SDK UI messages."""


def messages(
    transcript: Transcript,
    format: str = "openai",  # noqa: A002  # the word that users type
    *,
    system: str | None = None,
    unanswered: Unanswered = "explain",
) -> list[dict[str, Any]]:
    """``transcript`` as messages ready to be sent to the API that ``format`` names.

    Args:
        transcript: What was said; the run that is under way is included as far as it has come.
        format: ``"openai"``, ``"openai-responses"``, ``"anthropic"``, ``"gemini"`` or ``"ai-sdk"``.
        system: The system prompt, as the first message. Anthropic and Gemini take it beside the messages instead.
        unanswered: What becomes of calls without a result: they are answered by a text that says so (``"explain"``),
            or left out (``"omit"``).

    Raises:
        ValueError: There is no such format (the message lists those there are), or no place in it for ``system``.
    """
    out: list[dict[str, Any]] = _home(format).messages(transcript, system=system, unanswered=unanswered)
    return out


def import_messages(
    messages: object,
    format: str = "openai",  # noqa: A002
    *,
    now: float = 0.0,
) -> Transcript:
    """The transcript of a conversation that was kept as messages: what ``messages`` writes, and what other people do.

    Args:
        messages: A list of objects: dicts, or those of the provider's SDK.
        format: As for ``messages``.
        now: The time of everything in it, in seconds since the epoch; messages do not say when they were sent.

    Raises:
        ValueError: There is no such format, or a message is none of it; the text names the message by its index, and
            says what is wrong. Nothing is left out in silence: an unknown kind of part becomes a notice of its run.
    """
    from .reading import Reader

    reader = Reader(now)
    _home(format).read(reader, messages)
    return reader.done()


def _home(format: str) -> ModuleType:  # noqa: A002
    home = _HOMES.get(format)
    if home is None:
        known = ", ".join(f'"{name}"' for name in _HOMES)
        raise ValueError(f"{format!r} is no format that turnwise knows; there is {known}")
    return import_module(f".{home}", __name__)
