"""What an agent's own memory lacks of a conversation, told from the transcript.

Frameworks keep the runs that they finished. Those that were stopped or failed they forget, whole or in part, though
the reader saw them and may refer to them; and of runs before a fork they never heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..export import messages

if TYPE_CHECKING:
    from ..transcript import Transcript

NO_RESULT = "(no result: the call did not come to an end)"
"""The answer to a call that a run has left open: frameworks and providers refuse a prompt after such a call."""


def untold(history: Transcript, told: int, format: str) -> list[dict[str, Any]]:  # noqa: A002  # as in export
    """The runs after the first ``told`` as messages: with every call answered, so that a prompt may follow."""
    if told >= len(history.runs):
        return []
    before = history.before(history.runs[told].id)
    return messages(history, format)[len(messages(before, format)) :]
