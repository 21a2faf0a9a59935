"""The wire of OpenAI's Responses."""

from __future__ import annotations

from turnwise.agent.providers.openai_responses import OpenAIResponses
from wires import wire

SOURCE = wire("openai-responses", OpenAIResponses, missing=("A2", "B3", "B2", "C", "C2", "C3", "F2", "S"))
