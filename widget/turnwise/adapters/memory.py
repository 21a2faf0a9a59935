"""What an agent's own memory lacks of a conversation, told from the transcript.

Frameworks keep the runs that they finished. Those that were stopped or failed they forget, whole or in part, though
the reader saw them and may refer to them; and of runs before a fork they never heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..export import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..transcript import Transcript

NO_RESULT = "(no result: the call did not come to an end)"
"""The answer to a call that a run has left open: frameworks and providers refuse a prompt after such a call."""


def heard(history: Transcript, prompts: Iterable[str]) -> int:
    """How many runs of ``history`` a memory has heard of that holds these ``prompts``, oldest first.

    For a memory that is older than its chat, in a database or of an agent that had another chat before.
    """
    held = [*prompts]
    told = 0
    for number, run in enumerate(history.runs, 1):
        if run.prompt in held:
            del held[: held.index(run.prompt) + 1]
            told = number
    return told


def untold(history: Transcript, told: int, format: str) -> list[dict[str, Any]]:  # noqa: A002  # as in export
    """The runs after the first ``told`` as messages: with every call answered, so that a prompt may follow."""
    if told >= len(history.runs):
        return []
    before = history.before(history.runs[told].id)
    return messages(history, format)[len(messages(before, format)) :]


def names_of_calls(messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Of which tools the calls in messages of OpenAI's form are, by id: their answers do not say it there."""
    return {
        call["id"]: call["function"]["name"]
        for message in messages
        for call in message.get("tool_calls") or ()
    }
