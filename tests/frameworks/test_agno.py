"""The Agno adapter against the real package, in an environment of its own (`make frameworks`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.db.sqlite import AsyncSqliteDb
from agno.models.openai import OpenAIChat
from agno.run.agent import CustomEvent, RunOutput
from agno.run.base import RunStatus
from agno.team import Team
from agno.tools import tool
from pydantic import BaseModel

from chat_wire import Model, call, says, whole
from live import Conversation
from live_scenarios import *  # noqa: F403  # the tests that every framework has
from live_scenarios import SYSTEM, Make, check_answered, check_in_a_kernel, text, weather
from turnwise import AgentChat, ApprovalResponse, adapter_for
from turnwise.adapters.agno import AgnoAdapter
from turnwise.events import ApprovalRequest
from turnwise.runs import DataPart

if TYPE_CHECKING:
    from pathlib import Path


def chat_model(model: Model) -> OpenAIChat:
    return OpenAIChat(id="scripted", base_url=model.url, api_key="secret", temperature=0.5, max_retries=0)


def agent(model: Model, *tools: Any, name: str | None = "helper", **options: Any) -> Agent:
    return Agent(name=name, model=chat_model(model), tools=list(tools), telemetry=False, **options)


def team(model: Model, *members: Agent, **options: Any) -> Team:
    return Team(name="team", members=list(members), model=chat_model(model), telemetry=False, **options)


@pytest.fixture(params=["agent", "team"])
def make(request: pytest.FixtureRequest) -> Make:
    def made(model: Model, /, *tools: Any, system: str = SYSTEM) -> Any:
        if request.param == "agent":
            return agent(model, *tools, instructions=system)
        return team(model, agent(model), tools=list(tools), instructions=system)

    return made


@tool(requires_confirmation=True)
def delete_file(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


def delegate(call_id: str, member: str, task: str) -> dict[str, Any]:
    return call("delegate_task_to_member", call_id, member_id=member, task=task)


def test_recognised() -> None:
    with Model([]) as model:
        for each, name in ((agent(model), "helper"), (team(model), "team")):
            adapter = adapter_for(each)
            assert isinstance(adapter, AgnoAdapter)
            assert adapter.name == f"Agno · {name}"
        assert adapter_for(agent(model, name=None)).name == "Agno"


APPROVALS = {
    "approved": (ApprovalResponse("approved"), "done", "deleted /x"),
    "denied": (ApprovalResponse("denied", reason="keep it"), "denied", "keep it"),
    "edited": (ApprovalResponse("approved", arguments={"path": "/y"}), "done", "deleted /y"),
}


@pytest.mark.parametrize("name", APPROVALS)
async def test_b14_a_person_is_asked_and_the_same_turn_goes_on(name: str) -> None:
    answer, state, told = APPROVALS[name]
    replies = [says("Two.", call("weather", "1", city="Rome"), call("delete_file", "2", path="/x"))]
    with Model([*replies, says("Done."), says("Yes?")]) as model:
        chat = Conversation(agent(model, weather, delete_file), answers=[answer])
        run = await chat.ask("clean up")
        assert model.heard()[-1] == ("tool", told), "the model knows"
        await chat.ask("more")
        check_answered(model)
    assert run.status == "complete"
    assert [turn.text for turn in run.turns] == ["Two.", "Done."]
    looked, deleted = run.turns[0].tools
    assert (looked.state, looked.result) == ("done", "18 °C in Rome")
    assert deleted.state == state
    assert deleted.result == (told if state == "done" else None)


async def test_stopped_while_a_person_is_asked() -> None:
    with Model([says("Hm.", call("delete_file", "call_1", path="/x")), says("Fine.")]) as model:
        chat = Conversation(agent(model, delete_file))
        run = await chat.ask("clean up", stop_at=lambda event: isinstance(event, ApprovalRequest))
        assert run.status == "cancelled"
        after = await chat.ask("leave it")
        assert after.final_text == "Fine."
        assert model.heard() == [
            ("user", "clean up"),
            ("assistant", "Hm. delete_file#call_1"),
            ("tool", "(no result: the call was cancelled)"),
            ("user", "leave it"),
        ]


async def test_input_that_cannot_be_given_is_said() -> None:
    @tool(requires_user_input=True, user_input_fields=["to"])
    def send(to: str) -> str:
        """Send it."""
        return to

    with Model([says("Sending.", call("send", "1")), says("Fine.")]) as model:
        chat = Conversation(agent(model, send))
        run = await chat.ask("send it")
        assert run.error is not None
        assert "requires_confirmation=True" in run.error.message
        assert (await chat.ask("leave it")).final_text == "Fine."


async def test_b16_members_have_lanes_under_the_calls_that_delegate() -> None:
    replies = [
        says("Asking.", delegate("1", "billing", "bill"), delegate("2", "support", "help")),
        says("Five."),
        says("Five."),
        says("It is 5."),
    ]
    with Model(replies) as model:
        members = [agent(model, name=name) for name in ("billing", "support")]
        chat = Conversation(team(model, *members))
        run = await chat.ask("what is it?")
    lanes = run.lanes
    calls = {tool.id: tool.arguments["member_id"] for tool in run.turns[0].tools}
    assert {lane.agent: calls[lane.parent] for lane in lanes} == {"billing": "billing", "support": "support"}
    assert [turn.text for turn in run.turns if turn.lane == "main"] == ["Asking.", "It is 5."]
    assert {turn.lane for turn in run.turns} == {"main", *(lane.id for lane in lanes)}


async def test_b14_a_members_call_is_approved_in_its_lane() -> None:
    replies = [
        says("Asking.", delegate("1", "helper", "delete")),
        says("Deleting.", call("delete_file", "2", path="/x")),
        says("Deleted."),
        says("It is gone."),
    ]
    with Model(replies) as model:
        chat = Conversation(team(model, agent(model, delete_file)), answers=[ApprovalResponse("approved")])
        run = await chat.ask("delete it")
    assert run.status == "complete"
    [asked] = [turn for turn in run.turns if turn.text == "Deleting."]
    assert asked.lane != "main"
    assert [(tool.state, tool.result) for tool in asked.tools] == [("done", "deleted /x")]
    assert [turn.text for turn in run.turns] == ["Asking.", "Deleting.", "Deleted.", "It is gone."]


async def test_the_agents_own_database_and_session() -> None:
    db = InMemoryDb()
    with Model([says("Hi."), says("Again.")]) as model:
        await Conversation(agent(model, db=db, session_id="mine")).ask("one")
        await Conversation(agent(model, db=db, session_id="mine")).ask("two")
        assert [said for _, said in model.heard()] == ["one", "Hi.", "two"]


@pytest.mark.parametrize("kind", ["in memory", "SQL"])
async def test_a_session_that_has_the_conversation_is_not_told_it_again(kind: str, tmp_path: Path) -> None:
    db: Any = InMemoryDb() if kind == "in memory" else AsyncSqliteDb(db_file=str(tmp_path / "sessions.db"))
    with Model([says("Hi."), says("Once ", "upon", end="hang"), says("Fine."), says("Again.")]) as model:
        first = Conversation(agent(model, db=db, session_id="mine"))
        await first.ask("one")
        await first.ask("two", stop_at=text("upon"))
        await first.ask("three")
        again = AgentChat(agent(model, db=db, session_id="mine"), history=first.transcript)
        await again.send("four")
        assert [said for _, said in model.heard()] == [
            "one",
            "Hi.",
            "two",
            "Once upon",
            "three",
            "Fine.",
            "four",
        ]
        session = await agent(model, db=db).aget_session("mine")
    assert session is not None
    kept = [run for run in session.runs or () if run.status == RunStatus.completed]
    assert [[each.content for each in run.messages or ()] for run in kept] == [
        ["one", "Hi."],
        ["two", "Once upon"],
        ["three", "Fine."],
        ["four", "Again."],
    ]


async def test_a_fork_of_a_team_knows_what_its_members_answered() -> None:
    asks = delegate("call_1", "billing", "bill")
    replies = [says("Asking.", asks), says("Five."), says("It is 5."), says("Six."), says("Still 5.")]
    with Model(replies) as model:
        first = AgentChat(team(model, agent(model, name="billing")))
        await first.send("what is it?")
        await first.send("sure?")
        await first.fork(run=1).send("why?")
        assert model.heard() == [
            ("user", "what is it?"),
            ("assistant", "Asking. delegate_task_to_member#call_1"),
            ("tool", "Five."),
            ("assistant", "It is 5."),
            ("user", "why?"),
        ]


async def test_what_only_the_end_of_a_run_tells_is_shown() -> None:
    def edit(run_output: RunOutput) -> None:
        run_output.content = "Edited."

    with Model([says("Hi ", "there.")]) as model:
        run = await Conversation(agent(model, post_hooks=[edit])).ask("hello")
    assert [turn.text for turn in run.turns] == ["Hi there.", "Edited."]


async def test_the_agent_may_be_changed_between_runs_and_stays_without_a_database() -> None:
    with Model([says("Hi."), says("Arr.")]) as model:
        mine = agent(model, instructions=SYSTEM)
        chat = Conversation(mine)
        await chat.ask("one")
        mine.instructions = "Speak like a pirate."
        await chat.ask("two")
        assert "pirate" in model.system
        assert len(model.heard()) == 3
    assert mine.db is None


class City(BaseModel):
    name: str
    people: int


async def test_b12_a_structured_output_is_shown() -> None:
    with Model([whole('{"name": "Paris", "people": 2}')]) as model:
        run = await Conversation(agent(model, output_schema=City)).ask("Tell me of Paris")
    assert run.status == "complete"
    assert '"people": 2' in run.final_text


@dataclass
class Progress(CustomEvent):
    percent: int = 0


async def test_an_event_of_the_users_own() -> None:
    async def work() -> Any:
        """Work."""
        yield Progress(percent=50)
        yield "worked"

    with Model([says(call("work", "1")), says("Done.")]) as model:
        run = await Conversation(agent(model, work)).ask("go")
    assert run.notices == []
    [data] = [part for part in run.turns[0].parts if isinstance(part, DataPart)]
    assert (data.name, data.value["percent"]) == ("Progress", 50)


def test_in_a_notebook_kernel() -> None:
    check_in_a_kernel(
        lambda url: (
            f"""
        from agno.agent import Agent
        from agno.models.openai import OpenAIChat

        model = OpenAIChat(id="scripted", base_url={url!r}, api_key="secret")
        chat = AgentChat(Agent(model=model, tools=[weather], telemetry=False))
        chat
        """
        )
    )
