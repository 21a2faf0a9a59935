"""The wire of Gemini's ``streamGenerateContent``."""

from __future__ import annotations

from turnwise.agent.providers.gemini import Gemini
from wires import wire

SOURCE = wire(
    "gemini",
    Gemini,
    missing=("A2", "B3", "B2", "C", "C3", "F2", "K1", "K4", "S"),
    silent={("E2", "arguments"): "arguments are objects on this wire: what is malformed does not get on it"},
)
