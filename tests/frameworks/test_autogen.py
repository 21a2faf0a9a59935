"""The AutoGen adapter against the real package, in an environment of its own (`make frameworks`)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent, CodeExecutorAgent, SocietyOfMindAgent
from autogen_agentchat.conditions import HandoffTermination, MaxMessageTermination, TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat, Swarm
from autogen_core.models import ModelInfo
from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor
from autogen_ext.models.openai import OpenAIChatCompletionClient

from chat_wire import Model, call, says
from live import Conversation
from live_scenarios import *  # noqa: F403  # the tests that every framework has
from live_scenarios import SYSTEM, Make, check_answered, check_in_a_kernel, nothing_left, text, weather
from turnwise import AgentChat, adapter_for
from turnwise.adapters.autogen import AutoGenAdapter

# The framework warns of an empty answer.
pytestmark = pytest.mark.filterwarnings("ignore:No text content or tool calls:UserWarning")

INFO = ModelInfo(
    vision=False, function_calling=True, json_output=True, structured_output=True, family="unknown"
)


def agent(model: Model, *tools: Any, name: str = "helper", **options: Any) -> AssistantAgent:
    client = OpenAIChatCompletionClient(
        model="scripted",
        base_url=model.url,
        api_key="secret",
        model_info=INFO,
        temperature=0.5,
        max_retries=0,
        include_name_in_message=False,
        stream_options={"include_usage": True},
    )
    how = {"model_client_stream": True, "max_tool_iterations": 5, **options}
    return AssistantAgent(name, client, tools=list(tools) or None, **how)


@pytest.fixture
def make() -> Make:
    def made(model: Model, /, *tools: Any, system: str = SYSTEM) -> Any:
        return agent(model, *tools, system_message=system)

    return made


def test_recognised() -> None:
    with Model([]) as model:
        for each in (agent(model), RoundRobinGroupChat([agent(model)], name="desk")):
            adapter = adapter_for(each)
            assert isinstance(adapter, AutoGenAdapter)
            assert adapter.name == f"AutoGen · {each.name}"


async def test_two_conversations_know_nothing_of_each_other() -> None:
    """Not so here: an agent of AutoGen has one memory, which its conversations share."""
    with Model([says("Hi."), says("Hello.")]) as model:
        mine = agent(model)
        await Conversation(mine).ask("one")
        await Conversation(mine).ask("two")
        assert [said for _, said in model.heard()] == ["one", "Hi.", "two"]


async def test_an_agent_that_lived_through_the_conversation_is_not_told_it_again() -> None:
    with Model([says("Hi."), says("Hello.")]) as model:
        mine = agent(model)
        first = AgentChat(mine)
        await first.send("one")
        await AgentChat(mine, history=first.transcript).send("two")
        assert [said for _, said in model.heard()] == ["one", "Hi.", "two"]


@pytest.mark.filterwarnings("ignore:.*CodeExecutor:UserWarning")  # no code is run
async def test_an_agent_whose_state_lacks_its_context_is_told_once_of_a_stopped_run() -> None:
    replies = [says("Once ", "upon", end="hang"), says("The end.")]
    with Model(replies) as model:
        coder = CodeExecutorAgent(
            "coder",
            LocalCommandLineCodeExecutor(),
            model_client=agent(model)._model_client,
            model_client_stream=True,
        )
        chat = Conversation(coder)
        await chat.ask("a story", stop_at=text("upon"))
        await chat.ask("go on")
        assert model.heard() == [("user", "a story"), ("assistant", "Once upon"), ("user", "go on")]


async def test_a_team_cannot_be_forked() -> None:
    with Model([says("One.")]) as model:
        chat = AgentChat(RoundRobinGroupChat([agent(model)], max_turns=1, name="desk"))
        await chat.send("go")
        with pytest.raises(TypeError, match="desk keeps a memory of its own"):
            chat.fork()


async def test_usage_is_the_models() -> None:
    with Model([says(call("weather", "1", city="Rome")), says("18.")]) as model:
        run = await Conversation(agent(model, weather)).ask("go")
    assert [(turn.usage.input_tokens, turn.usage.output_tokens) for turn in run.turns if turn.usage] == [
        (12, 7),
        (12, 7),
    ]


async def test_a_tools_result_as_the_answer() -> None:
    with Model([says("Looking.", call("weather", "1", city="Rome"))]) as model:
        run = await Conversation(agent(model, weather, max_tool_iterations=1)).ask("go")
    assert len(run.turns) == 1
    assert run.final_text.endswith("18 °C in Rome")


@pytest.mark.parametrize("pieces", [["<think>Hm.</think>", "Yes."], [*"<think>Hm.</think>Yes."]])
async def test_reasoning_between_tags(pieces: list[str]) -> None:
    with Model([says(*pieces)]) as model:
        run = await Conversation(agent(model)).ask("go")
    assert (run.turns[0].reasoning, run.turns[0].text) == ("Hm.", "Yes.")


async def test_b16_the_agents_of_a_team_have_lanes_and_remember_each_other() -> None:
    replies = [says("One."), says("Two. OK"), says("Three."), says("Four. OK")]
    with Model(replies) as model:
        agents = [agent(model, name=name) for name in ("first", "second")]
        chat = Conversation(
            RoundRobinGroupChat([*agents], termination_condition=TextMentionTermination("OK"))
        )
        run = await chat.ask("go")
        assert [(turn.agent, turn.text) for turn in run.turns] == [("first", "One."), ("second", "Two. OK")]
        assert [turn.lane for turn in run.turns] == ["main", run.lanes[-1].id]
        await chat.ask("on")
        assert "go" in [said for _, said in model.heard(2)]
    with pytest.raises(TypeError, match="change the agents in it"):
        chat.adapter.changed(system="x")


async def test_b16_a_hand_off_is_shown() -> None:
    with Model([says("Handing.", call("transfer_to_billing", "1")), says("Bill is 5.")]) as model:
        agents = [agent(model, name="triage", handoffs=["billing"]), agent(model, name="billing")]
        team = Swarm([*agents], termination_condition=MaxMessageTermination(3))
        run = await Conversation(team).ask("bill?")
    assert [(turn.agent, turn.text) for turn in run.turns] == [
        ("triage", "Handing."),
        ("billing", "Bill is 5."),
    ]
    [lane] = [lane for lane in run.lanes if lane.agent == "billing"]
    assert lane.handed_from == "main"


async def test_handed_to_the_user_the_next_prompt_goes_to_the_agent_that_handed() -> None:
    replies = [says("Ask.", call("transfer_to_user", "1")), says("Thanks.")]
    with Model(replies) as model:
        team = Swarm(
            [agent(model, name="clerk", handoffs=["user"]), agent(model, name="other")],
            termination_condition=HandoffTermination("user") | MaxMessageTermination(6),
            max_turns=1,
        )
        chat = Conversation(team)
        await chat.ask("a form")
        run = await chat.ask("here it is")
        assert model.heard()[-1][1].endswith("here it is")
        check_answered(model)
    assert [(turn.agent, turn.text) for turn in run.turns] == [("clerk", "Thanks.")]


async def test_b19_a_team_is_stopped_and_goes_on() -> None:
    with Model([says("Once ", "upon", end="hang"), says("The end.")]) as model:
        chat = Conversation(RoundRobinGroupChat([agent(model)], max_turns=1))
        before = asyncio.all_tasks()
        run = await chat.ask("a story", stop_at=text("upon"))
        assert (run.status, run.final_text) == ("cancelled", "Once upon")
        assert await asyncio.to_thread(model.hung_up.wait, 5), "the request is still open"
        await nothing_left(before)
        assert (await chat.ask("go on")).final_text == "The end."
        assert model.heard() == [("user", "go on")]


def test_an_agent_of_another_kind_says_what_of_it_is_fixed() -> None:
    with Model([]) as model:
        inner = agent(model)
        mind = SocietyOfMindAgent("mind", RoundRobinGroupChat([inner]), inner._model_client)
        adapter = adapter_for(mind)
        assert adapter.describe().fixed.keys() == {"system", "tools"}
        assert adapter.changed(settings={"temperature": 0.1}).describe().settings["temperature"] == 0.1
        assert adapter.describe().settings["temperature"] == 0.5
        with pytest.raises(TypeError, match="SocietyOfMindAgent takes none"):
            adapter.changed(tools=[])


def test_in_a_notebook_kernel() -> None:
    check_in_a_kernel(
        lambda url: (
            f"""
        from autogen_agentchat.agents import AssistantAgent, SocietyOfMindAgent
        from autogen_ext.models.openai import OpenAIChatCompletionClient

        client = OpenAIChatCompletionClient(
            model="scripted", base_url={url!r}, api_key="secret", model_info={dict(INFO)!r}
        )
        agent = AssistantAgent(
            "helper", client, tools=[weather], max_tool_iterations=3, model_client_stream=True
        )
        chat = AgentChat(agent)
        chat
        """
        )
    )
