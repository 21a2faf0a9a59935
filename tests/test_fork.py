"""A chat that goes on from a turn of another: what its agent is told, what is changed, and what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.scripted import Scripted, calls, says
from turnwise import (
    Agent,
    AgentChat,
    Assembler,
    LaneStart,
    TextDelta,
    ToolCall,
    ToolResult,
    Transcript,
    TurnFinish,
    TurnStart,
)
from turnwise.adapters.base import Adapter
from turnwise.cut import cut, turn_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from turnwise import Event, ToolPart


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def get_time(city: str) -> str:
    """The time in a city."""
    return f"noon in {city}"


def chat() -> AgentChat:
    model = Scripted(
        calls(("get_weather", '{"city": "Paris"}')),
        calls(("get_time", '{"city": "Paris"}')),
        says("Sunny, and noon."),
        says("Bye."),
        says("From the fork."),
    )
    agent = Agent(model, tools=[get_weather, get_time], system="Be brief.", temperature=1)
    return AgentChat(agent, title="Weather", prices={"scripted": {"input": 1, "output": 2}})


async def test_it_goes_on_from_the_turn_with_the_changes() -> None:
    first = chat()
    await first.send("Paris?")
    await first.send("Bye")
    before = first.transcript.to_dict()
    fork = first.fork(turn=1, run=1, system="Be kind.", settings={"temperature": 0}, tools=[get_weather])
    run = await fork.send("And now?")
    assert run.final_text == "From the fork."
    request = run.turns[0].request
    assert request is not None
    assert (request.system, request.settings) == ("Be kind.", {"temperature": 0})
    assert [(m["role"], m.get("content") or "calls") for m in request.messages if isinstance(m, dict)] == [
        ("user", "Paris?"),
        ("assistant", "calls"),
        ("tool", "sunny in Paris"),
        ("user", "And now?"),
    ]
    assert request.facts.changed == ["system", "tools", "settings"], (
        "it is compared with the turn that it goes on from"
    )
    assert [len(run.turns) for run in fork.transcript.runs] == [1, 1]
    assert [run.status for run in fork.transcript.runs] == ["complete", "complete"]
    assert (fork.title, fork.prices) == (first.title, first.prices)
    assert first.transcript.to_dict() == before
    assert first.describe().system == "Be brief."


async def test_by_default_from_the_end() -> None:
    first = chat()
    await first.send("Paris?")
    fork = first.fork(title="Another")
    assert fork.transcript.to_dict() == first.transcript.to_dict()
    assert fork.title == "Another"


async def test_it_keeps_what_its_chat_was_told_to_do() -> None:
    async def agent(prompt: str) -> Any:
        yield TextDelta("sesame-open")

    def approves(step: ToolPart) -> None: ...

    first = AgentChat(
        agent, secrets=["sesame-open"], save_output=False, run_in="thread", on_approval=approves, title="T"
    )

    @first.view("get_weather")
    def shows(step: ToolPart) -> None: ...

    await first.send("go")
    fork = first.fork()
    assert "sesame-open" not in fork.to_markdown()
    assert fork.saved == ""
    assert (fork._inherited, fork._views, fork.views) == (first._inherited, first._views, first.views)
    assert fork.fork(save_output=True).saved != ""
    assert "sesame-open" in first.fork(secrets=False).to_markdown()


async def test_what_a_turns_tools_led_to_belongs_to_it() -> None:
    async def agent(prompt: str) -> Any:
        yield ToolCall("ask_expert", call_id="1")
        yield LaneStart("expert", agent="expert", parent_call_id="1")
        yield TextDelta("inner", lane="expert")
        yield TurnFinish("stop", lane="expert")
        yield ToolResult("inner", call_id="1")
        yield TextDelta("outer")

    first = AgentChat(agent)
    await first.send("go")
    assert [(turn.number, turn.lane) for turn in first.transcript.runs[0].turns] == [
        (1, "main"),
        (2, "lane1"),
        (3, "main"),
    ]
    (run,) = first.fork(turn=1).transcript.runs
    assert [turn.number for turn in run.turns] == [1, 2]
    assert [lane.agent for lane in run.lanes] == ["expert"]
    assert run.turns[0].tools[0].result == "inner"


def test_what_a_lane_beside_it_was_at_work_on_is_cut_off() -> None:
    asm, shown = Assembler(), Transcript()
    shown.extend([*asm.add_run("r", "go", 0), *asm.start_run("r", 0)])
    for now, event in enumerate(
        [
            LaneStart("left"),
            LaneStart("right"),
            TextDelta("half of", lane="right"),
            ToolCall("f", call_id="1", lane="right"),
            TextDelta("done", lane="left"),
            TurnStart(lane="left"),
            TextDelta("more", lane="left"),
        ],
        1,
    ):
        shown.extend(asm.feed(event, now))
    [left] = [turn for turn in shown.runs[0].turns if turn.text == "done"]
    [run] = cut(shown, turn_of(shown, left.number, 1)).runs
    assert [(turn.text, turn.status) for turn in run.turns] == [
        ("half of", "truncated"),
        ("done", "complete"),
    ]
    [step] = run.turns[0].tools
    assert (step.state, step.ended, run.turns[0].ended, run.ended) == ("unanswered", *[left.ended] * 3)


def test_runs_before_it_are_those_that_came_before_whatever_their_numbers() -> None:
    """As in a recording of two chats that each began to count at 1."""
    both = Transcript()
    for run in ("a", "b"):
        asm = Assembler()
        both.extend([*asm.add_run(run, run, 0), *asm.start_run(run, 0)])
        both.extend([*asm.feed(TextDelta("said"), 1), *asm.finish(2)])
    assert [run.id for run in cut(both, turn_of(both, None, None)).runs] == ["a", "b"]
    assert cut(both, both.runs[0].turns[0]).to_dict() == {"runs": both.to_dict()["runs"][:1]}  # type: ignore[index]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"turn": 4}, "run 1 has no turn 4; it has 3"),
        ({"run": 2}, "there is no run 2"),
        ({"turn": 0}, "has no turn 0"),
    ],
)
async def test_a_turn_that_is_not_there(where: dict[str, Any], message: str) -> None:
    first = chat()
    with pytest.raises(ValueError, match="no turn has begun"):
        first.fork()
    await first.send("Paris?")
    with pytest.raises(ValueError, match=message):
        first.fork(**where)


async def test_an_agent_with_a_memory_of_its_own_is_refused_with_a_reason() -> None:
    class Remembers(Adapter):
        name = "elephant"

        async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
            yield TextDelta("I know.")

    first = AgentChat(Remembers())
    await first.send("go")
    with pytest.raises(TypeError, match="elephant keeps a memory of its own, which cannot be cut at a turn"):
        first.fork()


async def test_what_a_framework_does_not_let_be_changed_is_refused_with_its_reason() -> None:
    first = AgentChat(lambda prompt: "Hello.")
    await first.send("go")
    assert (await first.fork().send("again")).final_text == "Hello."
    with pytest.raises(TypeError, match="cannot be changed: a function has instructions of its own"):
        first.fork(system="Be kind.")
