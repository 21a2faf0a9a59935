"""The wire of OpenAI's chat completions."""

from __future__ import annotations

from turnwise.agent.providers.openai_chat import OpenAIChat
from wires import wire

SOURCE = wire("openai-chat", OpenAIChat, missing=("A2", "B3", "B2", "C", "C3", "F2", "K2", "S"))
