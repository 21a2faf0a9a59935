"""The recordings that come with the package are what the demo's agents say, and what the page of a lesson shows."""

from __future__ import annotations

import asyncio
import importlib.util
import math
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import turnwise
from turnwise import AgentChat, Replay, demo
from turnwise.recording import load

if TYPE_CHECKING:
    from types import ModuleType

    from turnwise import Run, Transcript

SCRIPT = Path(__file__).parents[2] / "notebooks" / "record.py"


def recorder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("record", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(run: Run) -> dict[str | None, list[Any]]:
    """What each agent of a run said and did, in its order; agents that work at once come in any order."""
    out: defaultdict[str | None, list[Any]] = defaultdict(list)
    for turn in run.turns:
        tools = [(t.name, t.state, t.arguments, t.result, t.arguments_text) for t in turn.tools]
        out[turn.agent].append(
            (turn.status, turn.reasoning, turn.text, tools, turn.finish_reason, turn.usage)
        )
    return out


def conversation(transcript: Transcript) -> list[Any]:
    return [(run.prompt, run.status, said(run)) for run in transcript.runs]


@pytest.mark.parametrize("name", demo.RECORDINGS)
def test_a_lesson_is_what_its_script_records(name: str, tmp_path: Path) -> None:
    script = recorder()
    assert tuple(script.LESSONS) == demo.RECORDINGS
    asyncio.run(script.record(name, tmp_path / "again.jsonl", pace=0.0))
    kept, again = load(demo.recording(name)), load(tmp_path / "again.jsonl")
    assert kept.agent == again.agent
    assert conversation(kept.transcript) == conversation(again.transcript)


SHOWS = {
    "tool-loop": {"done"},
    "failing-tool": {"done", "error", "invalid", "skipped"},
    "parallel-agents": {"done"},
}


@pytest.mark.parametrize("name", demo.RECORDINGS)
async def test_a_lesson_shows_what_it_is_named_for(name: str) -> None:
    replay = Replay(demo.recording(name), speed=math.inf)
    assert 5 < replay.length < 30, "seconds that nobody gets bored in"
    chat = AgentChat(replay)
    replay.skip()
    assert {run.status for run in chat.transcript.runs} == {"complete"}
    turns = [turn for run in chat.transcript.runs for turn in run.turns]
    assert {tool.state for turn in turns for tool in turn.tools} == SHOWS[name]
    assert len({turn.lane for turn in turns}) == (4 if name == "parallel-agents" else 1)
    for prompt in replay.prompts:
        stream = turnwise.stream(Replay(demo.recording(name), speed=math.inf), prompt)
        async for _ in stream:
            pass
        assert stream.transcript.runs[0].status == "complete"


def test_a_lesson_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="tool-loop, failing-tool, parallel-agents"):
        demo.recording("nope")


async def test_the_team_works_at_once_and_for_the_cities_it_is_asked_about() -> None:
    run = await AgentChat(demo.team(pace=0)).send("Paris or Tokyo?")
    assert run.status == "complete"
    assert [lane.agent for lane in run.lanes] == ["Paris desk", "Tokyo desk"]
    assert "**Paris** has a mean" in run.final_text
    assert "**Tokyo** has a mean" in run.final_text
    calls = [tool.call_id for turn in run.turns for tool in turn.tools]
    assert len(set(calls)) == len(calls)
