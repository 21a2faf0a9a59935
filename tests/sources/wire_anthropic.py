"""The wire of Anthropic's Messages."""

from __future__ import annotations

from turnwise.agent.providers.anthropic import Anthropic
from wires import wire

SOURCE = wire(
    "anthropic",
    Anthropic,
    missing=("A2", "B3", "B2", "C", "C3", "S"),
    silent={("[ABC]*", "usage"): "its input does not count what was cached; test_anthropic.py has the sums"},
)
