"""Recordings of ADK's own server: what ``/run_sse`` sends. The framework's events themselves are ``google_adk``'s."""

from __future__ import annotations

from recorded import Source
from sources.ai_sdk import play_wire
from turnwise.adapters.remote.adk import ADKTranslator

SOURCE = Source(
    folder="adk-server",
    adapter="adapters.remote.adk",
    play=lambda path: play_wire(path, ADKTranslator),
    cannot={"F2": "a call comes only when it is whole: one that is cut off is never sent"},
    own={"D": "the tool raises, which ends the run"},
    silent={("E2", "arguments"): "arguments are objects on its wire: what is malformed is dropped"},
)
