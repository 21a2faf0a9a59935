"""Records the lessons that come with the package, from the demo's agents: ``python notebooks/record.py [name …]``.

Only ids and times differ from one recording to the next; ``tests/recording/test_lessons.py`` compares the rest.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from turnwise import demo
from turnwise.adapters import adapter_for
from turnwise.recording import Recorder, Scrubber
from turnwise.session import Session

if TYPE_CHECKING:
    from pathlib import Path

PACE = 0.035
"""Seconds per word: as fast as one reads along."""
LESSONS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "tool-loop": (demo.agent, ("Compare the climate of Paris and Tokyo", "And in winter?")),
    "failing-tool": (demo.agent, ("Try the flaky service", "Call a tool that does not exist")),
    "parallel-agents": (demo.team, ("What is the climate of Lisbon, Oslo and Nairobi?",)),
}
"""By name: what makes the agent, and what it is asked."""


async def record(name: str, path: Path, pace: float = PACE) -> None:
    """Have the conversation of a lesson, and write it to ``path``, which must be new, as it happens."""
    make, prompts = LESSONS[name]
    adapter = adapter_for(make(pace))
    with Recorder(path, adapter.name, Scrubber(environment={})) as recorder:
        session = Session(adapter, lambda message, buffers: None, recorder=recorder)
        for number, prompt in enumerate(prompts, 1):
            await session.send(prompt, run_id=f"run{number}")
        session.close()


if __name__ == "__main__":
    for wanted in sys.argv[1:] or LESSONS:
        lesson = demo.recording(wanted)
        lesson.unlink(missing_ok=True)
        asyncio.run(record(wanted, lesson))
