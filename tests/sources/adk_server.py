"""Recordings of ADK's own server: what ``/run_sse`` sends. The framework's events themselves are ``google_adk``'s."""

from __future__ import annotations

from recorded import Source
from sources.ai_sdk import play_wire
from turnwise.adapters.remote.adk import ADKTranslator

SOURCE = Source(
    folder="adk-server",
    adapter="adapters.remote.adk",
    play=lambda path: play_wire(path, ADKTranslator),
    cannot=dict.fromkeys(
        ("A2", "B2", "B3", "C", "C3", "E1", "E2", "E3", "F2", "F3", "G", "H", "J", "K2", "K4", "M", "S", "Z"),
        "not recorded over HTTP; the framework's own recordings have its like",
    ),
    own={"D": "the tool raises, which ends the run"},
)
