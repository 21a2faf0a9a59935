"""The wire of Ollama's own ``/api/chat``."""

from __future__ import annotations

from turnwise.agent.providers.ollama import Ollama
from wires import wire

SOURCE = wire(
    "ollama",
    Ollama,
    missing=("A2", "B3", "B2", "C", "C2", "C3", "F", "F2", "F3", "Z", "S"),
    silent={
        ("E2", "arguments"): "arguments are objects on this wire: what is malformed does not get on it",
        ("[AB]*", "usage"): "the wire does not tell what was cached",
    },
)
