"""The agent-framework adapter against the real package, in an environment of its own (`make frameworks`)."""

from __future__ import annotations

from typing import Any

import pytest
from agent_framework import (
    Agent,
    AgentResponse,
    AgentSession,
    Message,
    WorkflowBuilder,
    agent_middleware,
    tool,
)
from agent_framework.openai import OpenAIChatCompletionClient

from chat_wire import Model, call, says, whole
from live import Conversation
from live_scenarios import *  # noqa: F403  # the tests that every framework has
from live_scenarios import SYSTEM, Make, check_answered, check_in_a_kernel, text, weather
from turnwise import AgentChat, ApprovalResponse, adapter_for
from turnwise.adapters.agent_framework import AgentFrameworkAdapter
from turnwise.events import ApprovalRequest


def agent(model: Model, *tools: Any, name: str | None = "helper", **options: Any) -> Agent:
    client = OpenAIChatCompletionClient(model="scripted", base_url=model.url, api_key="secret")
    return Agent(client, name=name, tools=list(tools), default_options={"temperature": 0.5}, **options)


@pytest.fixture
def make() -> Make:
    def made(model: Model, /, *tools: Any, system: str = SYSTEM) -> Any:
        return agent(model, *tools, instructions=system)

    return made


@tool(approval_mode="always_require")
def delete_file(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


def test_recognised() -> None:
    with Model([]) as model:
        adapter = adapter_for(agent(model))
        assert isinstance(adapter, AgentFrameworkAdapter)
        assert adapter.name == "Agent Framework · helper"
        assert adapter_for(agent(model, name=None)).name == "Agent Framework"


REJECTED = "Error: Tool call invocation was rejected by user."
APPROVALS = {
    "approved": (ApprovalResponse("approved"), "done", "deleted /x"),
    "changed": (ApprovalResponse("approved", arguments={"path": "/y"}), "done", "deleted /y"),
    "denied": (ApprovalResponse("denied", reason="Keep it."), "denied", REJECTED),
}


@pytest.mark.parametrize("name", APPROVALS)
async def test_b14_a_person_is_asked_and_the_same_turn_goes_on(name: str) -> None:
    answer, state, result = APPROVALS[name]
    replies = [says("Two.", call("weather", "1", city="Rome"), call("delete_file", "2", path="/x"))]
    with Model([*replies, says("Done."), says("Yes?")]) as model:
        chat = Conversation(agent(model, weather, delete_file), answers=[answer])
        run = await chat.ask("clean up")
        known = ("tool", f"{result} Keep it." if name == "denied" else result)
        assert known in model.heard(), "the model knows"
        await chat.ask("more")
        assert known in model.heard()
        check_answered(model)
    assert run.status == "complete"
    assert [turn.text for turn in run.turns] == ["Two.", "Done."]
    looked, deleted = run.turns[0].tools
    assert (looked.state, looked.result) == ("done", "18 °C in Rome")
    assert (deleted.state, deleted.result) == (state, result)
    asked = [event for event in chat.events if isinstance(event, ApprovalRequest)]
    assert [(event.call_id, event.editable) for event in asked] == [("2", True)]


async def test_of_two_changed_calls_each_has_its_arguments() -> None:
    calls = [call("delete_file", each, path=f"/{each}") for each in ("a", "b", "c")]
    answers = [
        ApprovalResponse("approved", arguments={"path": "/A"}),
        ApprovalResponse("denied"),
        ApprovalResponse("approved", arguments={"path": "/C"}),
    ]
    with Model([says("Three.", *calls), says("Done.")]) as model:
        run = await Conversation(agent(model, delete_file), answers=answers).ask("clean up")
        check_answered(model)
    assert [(tool.state, tool.result) for tool in run.turns[0].tools] == [
        ("done", "deleted /A"),
        ("denied", REJECTED),
        ("done", "deleted /C"),
    ]
    assert run.final_text == "Done."


async def test_stopped_while_a_person_is_asked() -> None:
    with Model([says("Hi."), says("Hm.", call("delete_file", "1", path="/x")), says("Fine.")]) as model:
        chat = Conversation(agent(model, delete_file))
        await chat.ask("hello")
        run = await chat.ask("clean up", stop_at=lambda event: isinstance(event, ApprovalRequest))
        assert run.status == "cancelled"
        after = await chat.ask("leave it")
        assert after.final_text == "Fine."
        assert model.heard() == [
            ("user", "hello"),
            ("assistant", "Hi."),
            ("user", "clean up"),
            ("assistant", "Hm. delete_file#1"),
            ("tool", "(no result: the call was cancelled)"),
            ("user", "leave it"),
        ]


async def test_stopped_after_an_answer_all_of_the_run_is_told_once() -> None:
    asks = says("Hm.", call("delete_file", "1", path="/x"))
    with Model([asks, says("It ", "is", end="hang"), says("Gone.")]) as model:
        chat = Conversation(agent(model, delete_file), answers=[ApprovalResponse("approved")])
        await chat.ask("clean up", stop_at=text("is"))
        await chat.ask("well?")
        assert model.heard() == [
            ("user", "clean up"),
            ("assistant", "Hm. delete_file#1"),
            ("tool", "deleted /x"),
            ("assistant", "It is"),
            ("user", "well?"),
        ]


async def test_an_agent_as_a_tool_gives_its_answer_as_the_result() -> None:
    replies = [says("Asking.", call("billing", "1", task="bill")), says("Five."), says("It is 5.")]
    with Model(replies) as model:
        billing = agent(model, name="billing").as_tool()
        run = await Conversation(agent(model, billing)).ask("what is it?")
    assert [turn.text for turn in run.turns] == ["Asking.", "It is 5."]
    assert run.turns[0].tools[0].result == "Five."


async def test_b16_the_agents_of_a_workflow_have_lanes() -> None:
    with Model([says("A ", "draft."), says("It is ", "good.")]) as model:
        writer, critic = agent(model, name="writer"), agent(model, name="critic")
        workflow = WorkflowBuilder(start_executor=writer, output_from=[writer, critic])
        chat = Conversation(workflow.add_edge(writer, critic).build().as_agent(name="desk"))
        run = await chat.ask("write")
    assert run.status == "complete", run.error
    assert [(turn.agent, turn.text) for turn in run.turns] == [
        ("writer", "A draft."),
        ("critic", "It is good."),
    ]
    assert len({turn.lane for turn in run.turns}) == 2
    with pytest.raises(TypeError, match="change the agents in it"):
        chat.adapter.changed(system="x")
    assert not chat.adapter.takes_history


async def test_the_users_own_session() -> None:
    with Model([whole("Hi."), says("Again.")]) as model:
        mine = agent(model)
        session = mine.create_session()
        await mine.run("one", session=session)
        await Conversation(mine, lambda it: AgentFrameworkAdapter(it, session=session)).ask("two")
        assert [said for _, said in model.heard()] == ["one", "Hi.", "two"]


async def test_the_users_own_session_is_not_told_what_it_has() -> None:
    with Model([says("Hi."), says("Again.")]) as model:
        session = agent(model).create_session()
        first = AgentChat(agent(model), adapter=lambda it: AgentFrameworkAdapter(it, session=session))
        await first.send("one")
        kept = AgentSession.from_dict(session.to_dict())
        again = AgentChat(
            agent(model),
            adapter=lambda it: AgentFrameworkAdapter(it, session=kept),
            history=first.transcript,
        )
        await again.send("two")
        assert [said for _, said in model.heard()] == ["one", "Hi.", "two"]


async def test_what_a_middleware_makes_of_the_whole_response_is_shown() -> None:
    @agent_middleware
    async def edit(context: Any, call_next: Any) -> None:
        context.stream_result_hooks.append(
            lambda _: AgentResponse(messages=[Message("assistant", ["Edited."])])
        )
        await call_next()

    with Model([says("Hi ", "there.")]) as model:
        run = await Conversation(agent(model, middleware=[edit])).ask("hello")
    assert [turn.text for turn in run.turns] == ["Hi there.", "Edited."]


def test_in_a_notebook_kernel() -> None:
    check_in_a_kernel(
        lambda url: (
            f"""
        from agent_framework import Agent
        from agent_framework.openai import OpenAIChatCompletionClient

        client = OpenAIChatCompletionClient(model="scripted", base_url={url!r}, api_key="secret")
        chat = AgentChat(Agent(client, tools=[weather]))
        chat
        """
        )
    )
