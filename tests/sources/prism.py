"""Streams of Prism's own events, built from its documented wire and from the scripts: Prism itself was not recorded.

``A.fake`` is in the order of Prism's fake provider, where a result comes in the step after its call's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recorded import Played, Source
from sources.ai_sdk import played
from turnwise.adapters.remote.prism import PrismTranslator
from turnwise.adapters.remote.server import Message

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise.adapters.remote.base import Translator


def play_text(path: Path, translator: Translator) -> list[Played]:
    """The run in the text of an event stream."""
    text = path.read_text("utf-8")
    events = [
        event
        for name, data in re.findall(r"^event: (.*)\ndata: (.*)\n\n", text, re.MULTILINE)
        for event in translator.feed(Message(name, data))
    ]
    return [played(translator, events)]


SOURCE = Source(
    folder="prism",
    adapter="adapters.remote.prism",
    play=lambda path: play_text(path, PrismTranslator()),
    cannot={
        "C3": "an answer without text is nothing that Prism documents",
        "E1": "Prism raises for an unknown tool, and its event stream ends without a word",
        "E2": "Prism hides malformed arguments: they are an empty array",
        "E3": "what Prism tells of bad arguments is the tool's own affair",
        "F2": "Prism hides malformed arguments: they are an empty array",
        "G": "stopping closes the connection, which leaves no trace in the stream",
        "G2": "stopping closes the connection, which leaves no trace in the stream",
        "H": "Prism has no agents",
        "I": "the stream cannot be given an approval",
        "I2": "the stream cannot be given an approval",
        "J": "structured output is not streamed",
        "K1": "Prism raises before the stream begins, which is an HTTP error",
        "K2": "Prism raises before the stream begins, which is an HTTP error",
        "M": "every request is a run of its own",
    },
    silent={
        ("*", "usage"): "the last event tells it of the whole run",
        ("*", "finish"): "the last event tells it of the last turn",
    },
)
