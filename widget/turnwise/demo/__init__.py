"""An agent to try turnwise with: no key, no network, and nothing but the package.

    from turnwise import AgentChat, demo
    AgentChat(demo.agent(), suggestions=demo.PROMPTS)

The agent is an ordinary ``Agent`` and its tools are real: they query a table of 89 cities, compute, draw, look words
up, take their time, and fail. Only the model is a script: rules choose what it says and calls, and its answers are
made of what the tools returned. The climate figures are rounded long-term means, for trying things out.

Three conversations with it are recorded, for lessons: ``Replay(demo.recording("tool-loop"))``.
"""

from __future__ import annotations

from pathlib import Path

from ..agent import Agent
from .model import Scripted
from .scripts import choose
from .team import team
from .tools import tools_at

__all__ = ["PROMPTS", "RECORDINGS", "agent", "recording", "team"]

PROMPTS = (
    "Compare the climate of Paris and Tokyo",
    "Plot the five warmest cities",
    "What is a turn?",
    "Try the flaky service",
    "Call a tool that does not exist",
    "Do something slow",
)
"""Prompts that show what there is to see, for ``AgentChat(suggestions=…)``."""


def agent(pace: float = 0.025) -> Agent:
    """The demo agent. ``pace`` is seconds per word; 0 is as fast as it goes, for tests."""
    return Agent(Scripted(choose, model="demo", pace=pace), tools=tools_at(pace))


RECORDINGS = ("tool-loop", "failing-tool", "parallel-agents")
"""Names of the recorded lessons: what ``recording`` takes."""


def recording(name: str) -> Path:
    """The file of a recorded lesson, for ``Replay`` or ``AgentChat.load``. ``ValueError`` for one that is not there."""
    if name not in RECORDINGS:
        raise ValueError(f"there is no recording {name!r}; there are {', '.join(RECORDINGS)}")
    return Path(__file__).parent / "recordings" / f"{name}.jsonl"
