"""Streams of turnwise's own events: what ``to_sse`` made of recordings of the AI SDK and of Pydantic AI."""

from __future__ import annotations

from recorded import Source
from sources.prism import play_text
from turnwise.adapters.remote.turnwise_sse import TurnwiseTranslator

SOURCE = Source(
    folder="turnwise-sse",
    adapter="adapters.remote.turnwise_sse",
    play=lambda path: play_text(path, TurnwiseTranslator()),
    cannot={
        "G": "stopping closes the connection, which leaves no trace in the stream",
        "G2": "stopping closes the connection, which leaves no trace in the stream",
        "H": "lanes are tried on the streams of the assembler's own tests",
        "M": "every request is a run of its own",
    },
    silent={
        ("v[67].*", "usage"): "the agent behind it did not tell",
        ("v7.F2", "finish"): "the agent behind it did not tell",
    },
)
