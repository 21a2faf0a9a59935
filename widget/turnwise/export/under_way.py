"""A conversation with the run that is under way, for protocols that send all of it again in the middle of a run.

Knows ``assembler``, ``events``, ``transcript``.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ..assembler import Assembler
from ..transcript import Transcript

if TYPE_CHECKING:
    from ..events import Event


class UnderWay:
    """What was said before (``history``), and what ``feed`` is told of the run that ``prompt`` began."""

    def __init__(self, history: Transcript, prompt: str) -> None:
        self.transcript = Transcript(history.snapshot())
        self._assembler = Assembler()
        run_id = secrets.token_hex(4)
        self.transcript.extend(self._assembler.add_run(run_id, prompt, 0.0))
        self.transcript.extend(self._assembler.start_run(run_id, 0.0))

    def feed(self, event: Event) -> None:
        """Take up what the agent says."""
        self.transcript.extend(self._assembler.feed(event, 0.0))
