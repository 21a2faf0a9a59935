"""The built-in agent: a model loop over any provider, and Python functions as its tools.

    from turnwise import Agent, tool
    agent = Agent("openai:gpt-…", tools=[my_function], system="Answer briefly.")

A call to a tool that was not offered is settled by a policy: ``Agent(…, on_invalid_tool_call=…)``, see ``invalid``.

Knows ``events``, ``runs``, ``transcript``, ``assembler`` and ``export``; nothing of sessions, widgets or Jupyter.
"""

from __future__ import annotations

from .agent import Agent
from .errors import (
    ConnectionFailed,
    MalformedStream,
    ProviderError,
    RequestRefused,
    ServerSilent,
    TruncatedStream,
)
from .invalid import (
    Action,
    Fail,
    Policy,
    PolicyError,
    Repair,
    Retry,
    Skip,
    Stop,
    closest,
    feedback,
    repair_close_matches,
    retry,
)
from .providers import Provider
from .tools import Tool, tool

__all__ = [
    "Action",
    "Agent",
    "ConnectionFailed",
    "Fail",
    "MalformedStream",
    "Policy",
    "PolicyError",
    "Provider",
    "ProviderError",
    "Repair",
    "RequestRefused",
    "Retry",
    "ServerSilent",
    "Skip",
    "Stop",
    "Tool",
    "TruncatedStream",
    "closest",
    "feedback",
    "repair_close_matches",
    "retry",
    "tool",
]
