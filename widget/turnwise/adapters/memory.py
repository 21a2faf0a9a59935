"""What an agent's own memory lacks of a conversation, told from the transcript.

Frameworks keep the runs that they finished. Those that were stopped or failed they forget, whole or in part, though
the reader saw them and may refer to them; and of runs before a fork they never heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..export import messages
from ..export.rules import NO_PROMPT, Call, Calls, exchanges, prompt, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..runs import Turn
    from ..transcript import Transcript

NO_RESULT = "(no result: the call did not come to an end)"
"""The answer to a call that a run has left open: frameworks and providers refuse a prompt after such a call."""


def untold(history: Transcript, told: int, format: str) -> list[dict[str, Any]]:  # noqa: A002  # as in export
    """The runs after the first ``told`` as messages: with every call answered, so that a prompt may follow."""
    if told >= len(history.runs):
        return []
    before = history.before(history.runs[told].id)
    return messages(history, format)[len(messages(before, format)) :]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said and called in one turn, for frameworks that have messages of their own.

    Its reasoning is no part of it: only the provider that has signed it takes it back.
    """

    turn: Turn
    text: str
    """A note stands for each file. Empty, if the turn has nothing but calls."""
    calls: list[Call]
    """Each with its ``answer``, and with an id that every provider accepts."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A run as it is told to a framework; turns that said and called nothing are left out."""

    prompt: str
    replies: list[Reply]


def untold_exchanges(history: Transcript, told: int) -> list[Exchange]:
    """The runs after the first ``told``, for frameworks whose messages are in no format of ``export``."""
    calls = Calls("explain", longest=40, charset="[A-Za-z0-9_-]")  # OpenAI's limit, Anthropic's letters
    out: list[Exchange] = []
    for run, turns in exchanges(history):
        replies = [Reply(turn, text_of(turn), [*calls.of(turn).values()]) for turn in turns]
        out.append(Exchange(prompt(run), [each for each in replies if each.text or each.calls]))
    return out[told:]


def heard(history: Transcript, prompts: Iterable[str], told: int = 0) -> int:
    """How many runs of ``history`` a memory tells of that holds ``prompts``, oldest first; ``told`` of them are known.

    One that outlives the chat (a session in a database, an agent that another chat has spoken with) may have the whole
    conversation in it, with something before and after. Else it counts how far its end agrees with the conversation: it
    may have let go of older prompts, and lack the latest.
    """
    asked = [prompt(run) for run, _ in exchanges(history)]
    held = [text if text.strip() else NO_PROMPT for text in prompts]
    runs = len(asked)
    if told >= runs or any(held[at : at + runs] == asked for at in range(len(held) - runs + 1)):
        return runs
    for until in range(runs, told, -1):
        common = min(until - told, len(held))
        if common and held[-common:] == asked[until - common : until]:
            return until
    return told
