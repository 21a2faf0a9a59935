"""Conversations on disk: JSON Lines of what happened and when, to load again, to replay, and to test with.

The first line says what the file is; each further one is an op of the conversation, with ``at``, its time in seconds
since the epoch. ``log`` writes and reads it, ``scrub`` knows secrets and ``sieve`` keeps them out of it, ``replay``
plays it as an agent.

Knows ``ops``, ``events``, ``runs``, ``snapshot``, ``transcript``, ``values``, ``wire`` (how an op is spelled) and
``adapters``.
"""

from .log import Recorder, Recording, closing, load, loose_ends, save, timed
from .replay import NotRecordedError, Replay, Unconnected
from .scrub import Scrubber
from .sieve import scrubbed
from .takes import Entry

__all__ = [
    "Entry",
    "NotRecordedError",
    "Recorder",
    "Recording",
    "Replay",
    "Scrubber",
    "Unconnected",
    "closing",
    "load",
    "loose_ends",
    "save",
    "scrubbed",
    "timed",
]
