"""Agents that speak AG-UI in this process: recordings of the producers, played by a class of theirs by name."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from live import Conversation
from recorded import fold, lines, stem
from sketch import sketch
from sources.ag_ui import SOURCE
from sources.ai_sdk import is_answer
from turnwise import ApprovalResponse, Transcript, adapter_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CASES = [
    path
    for path in SOURCE.recordings
    if not stem(path).startswith("pydantic-ai") and not stem(path).endswith((".I", ".G"))
]


class Event:
    """Stands for an event of ``ag_ui.core``, a pydantic model."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said

    def model_dump(self, *, mode: str, by_alias: bool, exclude_none: bool) -> dict[str, Any]:
        assert (mode, by_alias, exclude_none) == ("json", True, True)
        return self._said


class LangGraphAgent:
    """Plays one run of a recording each time that it is asked, and then ends, or is never done."""

    name = "files"

    def __init__(self, *runs: list[dict[str, Any]], hangs: bool = False) -> None:
        self.runs = [*runs]
        self.hangs = hangs
        self.given: list[dict[str, Any]] = []
        self.closed = 0

    async def run(self, given: RunAgentInput) -> AsyncIterator[Event]:
        self.given.append(given.said)
        try:
            for said in self.runs.pop(0):
                yield Event(said)
            if self.hangs:
                await asyncio.Event().wait()
        finally:
            self.closed += 1


LangGraphAgent.__module__ = "ag_ui_langgraph.agent"


class RunAgentInput:
    """Stands for the class of ``ag_ui.core``, which turnwise imports when there is an agent of its packages."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said

    @classmethod
    def model_validate(cls, said: dict[str, Any]) -> RunAgentInput:
        return cls(said)


@pytest.fixture(autouse=True)
def core(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("ag_ui.core")
    module.RunAgentInput = RunAgentInput
    monkeypatch.setitem(sys.modules, "ag_ui", ModuleType("ag_ui"))
    monkeypatch.setitem(sys.modules, "ag_ui.core", module)


def runs(path: Path) -> list[list[dict[str, Any]]]:
    out: list[list[dict[str, Any]]] = [[]]
    for record in lines(path):
        kind = record.get("kind", "")
        if is_answer(kind) or kind.startswith("second run"):
            out.append([])
        elif record["type"] != "_meta":
            out[-1].append(record["event"])
    return out


@pytest.mark.parametrize("path", CASES, ids=stem)
async def test_an_agents_own_events_are_those_of_its_server(path: Path) -> None:
    agent = LangGraphAgent(*runs(path))
    chat = Conversation(agent, answers=[ApprovalResponse("approved")])
    for _ in range(2 if ".M." in stem(path) else 1):
        await chat.ask("prompt")
    assert chat.sketch == sketch(Transcript(fold(SOURCE, path)))
    assert not agent.runs
    assert agent.closed == len(agent.given)


def recording(name: str) -> list[list[dict[str, Any]]]:
    return runs(next(path for path in SOURCE.recordings if stem(path) == name))


async def test_the_thread_goes_on_and_a_question_is_answered_in_it() -> None:
    agent = LangGraphAgent(*recording("langgraph.I2.approve"), *recording("langgraph.A"))
    chat = Conversation(agent, answers=[ApprovalResponse("denied", reason="no")])
    await chat.ask("one")
    await chat.ask("two")
    first, resumed, second = agent.given
    assert first["threadId"] == resumed["threadId"] == second["threadId"]
    assert [entry["payload"] for entry in resumed["resume"]] == [
        {"decisions": [{"type": "reject", "message": "no"}]}
    ]
    assert [m["content"] for m in second["messages"] if m["role"] == "user"][-1] == "two"


async def test_an_agent_that_ends_without_a_word_is_truncated() -> None:
    [events] = recording("langgraph.A")
    run = await Conversation(LangGraphAgent(events[:-1])).ask("prompt")
    assert run.status == "truncated"
    assert run.error is not None
    assert "AG-UI · files stopped before it said" in run.error.message


async def test_an_agent_that_is_stopped_is_closed() -> None:
    [events] = recording("langgraph.A")
    agent = LangGraphAgent(events[:-1], hangs=True)
    run = await Conversation(agent).ask("prompt", stop_at=lambda event: event.type == "text_delta")
    assert run.status == "cancelled"
    assert agent.closed == 1


def test_what_it_is_called() -> None:
    adapter = adapter_for(LangGraphAgent())
    assert adapter.name == "AG-UI · files"
    assert adapter.describe().framework is not None
    with pytest.raises(TypeError, match="give turnwise the agent that it wraps"):
        adapter.changed(system="Be brief.")
