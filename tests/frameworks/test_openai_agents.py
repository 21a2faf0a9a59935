"""The adapter for the OpenAI Agents SDK against the real package, in an environment of its own (`make frameworks`)."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from agents import (
    Agent,
    FunctionTool,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunHooks,
    SQLiteSession,
    function_tool,
    set_tracing_disabled,
)
from agents.agent import StopAtTools
from openai import AsyncOpenAI

from chat_wire import Model, call, fails, says
from live import Conversation, Slow, chat_in_kernel, sent_to, told
from turnwise import TextDelta, adapter_for
from turnwise.adapters.openai_agents import OpenAIAgentsAdapter, inner_turns
from turnwise.events import ApprovalResponse
from wire_server import WireServer, recorded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from turnwise import Event

    Make = Callable[..., Agent[Any]]

set_tracing_disabled(True)


@pytest.fixture
async def client() -> AsyncGenerator[Callable[[WireServer], AsyncOpenAI]]:
    """Makes clients of a server, closed on the loop that they were used on."""
    async with AsyncExitStack() as stack:
        clients: list[AsyncOpenAI] = []

        def make(server: WireServer) -> AsyncOpenAI:
            clients.append(AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0))
            return clients[-1]

        yield make
        for each in clients:
            await stack.enter_async_context(each)


@pytest.fixture
def agent(client: Callable[[WireServer], AsyncOpenAI]) -> Callable[..., Agent[Any]]:
    """Makes agents of a scripted model."""

    def make(model: WireServer, **fields: Any) -> Agent[Any]:
        fields = {"name": "helper", "instructions": "Be brief.", **fields}
        return Agent(model=OpenAIChatCompletionsModel("scripted", client(model)), **fields)

    return make


def converse(agent: Agent[Any], *answers: ApprovalResponse, **options: Any) -> Conversation:
    return Conversation(agent, lambda it: OpenAIAgentsAdapter(it, **options), answers)


@function_tool
def weather(city: str) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "temp_c": 18}


@function_tool(needs_approval=True)
def delete(path: str) -> str:
    return f"deleted {path}"


async def others() -> set[asyncio.Task[Any]]:
    """Tasks that are still there when all that was cancelled has ended."""
    await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]


def is_text(event: Event) -> bool:
    return isinstance(event, TextDelta)


def test_recognised_by_its_package_and_its_looks() -> None:
    adapter = adapter_for(Agent(name="support"))
    assert isinstance(adapter, OpenAIAgentsAdapter)
    assert adapter.name == "OpenAI Agents · support"


async def test_text_tool_text_and_the_next_prompt_has_it_all(agent: Make) -> None:
    with Model(
        [says("Let me ", "look.", call("weather", "1", city="Paris")), says("18."), says("Paris.")]
    ) as model:
        chat = converse(agent(model, tools=[weather]))
        run = await chat.ask("Weather in Paris?")
        again = await chat.ask("Where?")
        assert model.heard() == [
            ("user", "Weather in Paris?"),
            ("assistant", "Let me look. weather#1"),
            ("tool", "{'city': 'Paris', 'temp_c': 18}"),
            ("assistant", "18."),
            ("user", "Where?"),
        ]
    first, second = run.turns
    assert (first.text, first.finish_reason, first.agent, first.model) == (
        "Let me look.",
        "tool_calls",
        "helper",
        "scripted",
    )
    [tool] = first.tools
    assert told(tool) == ("weather", {"city": "Paris"}, {"city": "Paris", "temp_c": 18}, "ok")
    assert second.text == run.final_text == "18."
    assert (again.status, again.final_text, len(again.turns)) == ("complete", "Paris.", 1)
    assert await others() == set()


async def test_b9_usage_where_the_model_is_asked_for_it(agent: Make) -> None:
    with Model([says("Hi.")]) as model:
        run = await converse(agent(model, model_settings=ModelSettings(include_usage=True))).ask("hi")
    assert run.usage.input_tokens == 12
    assert run.usage.output_tokens == 7


@pytest.mark.parametrize("scenario", ["A", "B", "F"])
async def test_the_responses_api(client: Callable[[WireServer], AsyncOpenAI], scenario: str) -> None:
    with WireServer(recorded(scenario, source="wire-openai-responses")) as server:
        tools = [weather, named("get_weather"), named("get_time")]
        chat = converse(Agent(name="a", tools=tools, model=OpenAIResponsesModel("gpt", client(server))))
        run = await chat.ask("go")
    assert run.status == "complete"
    assert run.turns[-1].finish_reason == ("length" if scenario == "F" else "stop")
    assert all(turn.usage is not None for turn in run.turns)
    assert all(tool.outcome == "ok" for turn in run.turns for tool in turn.tools)


def named(name: str) -> FunctionTool:
    async def invoke(context: Any, arguments: str) -> str:
        return "fine"

    schema = {"type": "object", "properties": {}, "additionalProperties": True}
    return FunctionTool(name, "", schema, invoke, strict_json_schema=False)


async def test_stopped_in_text_nothing_is_left_and_the_next_prompt_knows_what_was_read(agent: Make) -> None:
    with Model([says("Once upon ", "a time", end="hang"), says("The end.")]) as model:
        chat = converse(agent(model))
        said: list[str] = []
        run = await chat.ask(
            "a story", stop_at=lambda event: is_text(event) and len(said.append("x") or said) == 2
        )
        assert (run.status, run.final_text) == ("cancelled", "Once upon a time")
        assert await others() == set()
        assert await asyncio.to_thread(model.hung_up.wait, 10)
        after = await chat.ask("go on")
        assert after.final_text == "The end."
        assert model.heard() == [("user", "a story"), ("assistant", "Once upon a time"), ("user", "go on")]


async def test_stopped_in_a_tool_its_call_is_answered_for_the_next_prompt(agent: Make) -> None:
    slow = Slow()
    with Model([says("Starting.", call("slow", "1")), says("Fine.")]) as model:
        chat = converse(agent(model, tools=[function_tool(slow.tool)]))
        run = await chat.ask("go", stop=slow.begun)
        assert [tool.state for turn in run.turns for tool in turn.tools] == ["cancelled"]
        assert slow.ended
        after = await chat.ask("never mind")
        assert (after.status, after.final_text) == ("complete", "Fine.")
        assert model.heard() == [
            ("user", "go"),
            ("assistant", "Starting."),
            ("assistant", "slow#1"),
            ("tool", "(no result: the call was cancelled)"),
            ("user", "never mind"),
        ]


@pytest.mark.parametrize("decision", ["approved", "denied"])
async def test_b14_a_person_is_asked_and_the_same_turn_goes_on(agent: Make, decision: Any) -> None:
    answer = ApprovalResponse(decision, reason=None if decision == "approved" else "not today")
    replies = [
        says("Both.", call("weather", "1", city="Paris"), call("delete", "2", path="/x")),
        says("Done."),
    ]
    with Model([*replies, says("Yes.")]) as model:
        chat = converse(agent(model, tools=[weather, delete]), answer)
        run = await chat.ask("delete it")
        assert run.status == "complete"
        assert [[tool.state for tool in turn.tools] for turn in run.turns] == [
            ["done", "done" if decision == "approved" else "denied"],
            [],
        ]
        heard = "deleted /x" if decision == "approved" else "not today"
        assert ("tool", heard) in model.heard()
        assert run.final_text == "Done."
        after = await chat.ask("sure?")
        assert (after.status, after.final_text) == ("complete", "Yes.")
        assert ("tool", heard) in model.heard()


async def test_stopped_while_it_waits_for_a_person(agent: Make) -> None:
    with Model([says(call("delete", "1", path="/x")), says("As you wish.")]) as model:
        chat = converse(agent(model, tools=[delete]))
        run = await chat.ask("delete it", stop_at=lambda event: event.type == "approval_request")
        assert run.status == "cancelled"
        assert await others() == set()
        after = await chat.ask("leave it")
        assert (after.status, after.final_text) == ("complete", "As you wish.")


async def test_an_agent_inside_of_a_tool_asks_too(agent: Make) -> None:
    with Model(
        [
            says(call("ask_cleaner", "1", input="clean")),
            says(call("delete", "2", path="/x")),
            says("Clean."),
            says("All is clean."),
        ]
    ) as model:
        cleaner = agent(model, name="cleaner", tools=[delete])
        boss = agent(model, tools=[cleaner.as_tool("ask_cleaner", "Cleans.", on_stream=lambda event: None)])
        chat = converse(boss, ApprovalResponse("approved"))
        run = await chat.ask("clean up")
        assert (run.status, run.final_text) == ("complete", "All is clean.")
        assert ("tool", "deleted /x") in model.heard(2)
    assert [tool.name for turn in run.turns for tool in turn.tools] == ["ask_cleaner", "delete"]


async def test_an_agent_inside_of_a_tool_is_heard_and_asks_under_its_call(agent: Make) -> None:
    with Model(
        [
            says(call("ask_cleaner", "1", input="clean")),
            says("I would.", call("delete", "2", path="/x")),
            says("Clean."),
            says("All is clean."),
        ]
    ) as model:
        cleaner = agent(model, name="cleaner", tools=[delete])
        boss = agent(model, tools=[cleaner.as_tool("ask_cleaner", "Cleans.", on_stream=inner_turns)])
        run = await converse(boss, ApprovalResponse("approved")).ask("clean up")
    assert (run.status, run.final_text) == ("complete", "All is clean.")
    [ask] = run.turns[0].tools
    [lane] = [lane for lane in run.lanes if lane.parent]
    assert (lane.agent, lane.parent) == ("cleaner", ask.id)
    inner = [turn for turn in run.turns if turn.lane == lane.id]
    assert [turn.text for turn in inner] == ["I would.", "Clean."]
    [deleted] = inner[0].tools
    assert (deleted.state, deleted.result) == ("done", "deleted /x")


async def test_b16_a_hand_off_is_a_lane_and_the_next_prompt_goes_to_who_has_it(agent: Make) -> None:
    with Model(
        [says("Over.", call("transfer_to_billing", "1")), says("It is 5."), says("Still 5.")]
    ) as model:
        billing = agent(model, name="billing", instructions="You bill.")
        chat = converse(agent(model, name="triage", handoffs=[billing]))
        run = await chat.ask("my bill?")
        [lane] = [lane for lane in run.lanes if lane.handed_from]
        assert (lane.agent, lane.handed_from) == ("billing", "main")
        assert [turn.agent for turn in run.turns] == ["triage", "billing"]
        assert run.final_text == "It is 5."
        after = await chat.ask("sure?")
        assert (after.final_text, after.turns[0].agent, after.turns[0].lane) == (
            "Still 5.",
            "billing",
            "main",
        )
        assert "You bill." in model.system


async def test_b19_a_providers_error_comes_once_and_the_next_prompt_works(agent: Make) -> None:
    with Model([fails(500, "overloaded"), says("Half a ", end="drop"), says("Better.")]) as model:
        chat = converse(agent(model))
        run = await chat.ask("hello")
        assert (run.status, run.notices, run.turns) == ("error", [], [])
        assert run.error is not None
        assert run.error.kind == "InternalServerError"
        assert "overloaded" in run.error.message
        run = await chat.ask("again")
        assert (run.status, run.final_text) == ("error", "Half a ")
        after = await chat.ask("and now?")
        assert (after.status, after.final_text) == ("complete", "Better.")
        assert [role for role, _ in model.heard()] == ["user", "user", "assistant", "user"]
        assert await others() == set()


async def test_a_raising_tool_an_unknown_one_and_too_many_turns(agent: Make) -> None:
    @function_tool
    def broken() -> str:
        raise ValueError("no disk")

    @function_tool(failure_error_function=None)
    def fatal() -> str:
        raise ValueError("no disk")

    replies = [says(call("broken", "1")), says("Sorry."), says(call("fatal", "2")), says(call("nobody", "3"))]
    with Model([*replies, says(call("broken", "4")), says("Here.")]) as model:
        chat = converse(agent(model, tools=[broken, fatal]), max_turns=2)
        run = await chat.ask("1")
        assert (run.status, run.turns[0].tools[0].outcome) == ("complete", "error")
        run = await chat.ask("2")
        assert run.status == "error"
        assert run.turns[0].tools[0].outcome == "error"
        assert "no disk" in str(run.turns[0].tools[0].result)
        run = await chat.ask("3")
        assert run.error is not None
        assert run.error.kind == "ModelBehaviorError"
        chat.adapter._options["max_turns"] = 1
        run = await chat.ask("4")
        assert run.error is not None
        assert run.error.kind == "MaxTurnsExceeded"
        assert (await chat.ask("5")).final_text == "Here."


async def test_b12_a_tools_result_that_was_made_the_answer_is_shown(agent: Make) -> None:
    @function_tool
    def poem() -> str:
        return "Roses are red."

    with Model([says("Here it comes.", call("poem", "1"))]) as model:
        behaviour = StopAtTools(stop_at_tool_names=["poem"])
        run = await converse(agent(model, tools=[poem], tool_use_behavior=behaviour)).ask("a poem")
    assert run.final_text == "Roses are red."


async def test_a_session_keeps_the_conversation(agent: Make) -> None:
    with Model([says("Hi Ada."), says("Ada.")]) as model:
        session = SQLiteSession("one")
        await converse(agent(model), session=session).ask("I am Ada")
        run = await converse(agent(model), session=session).ask("Who am I?")
        assert run.final_text == "Ada."
        assert model.heard() == [("user", "I am Ada"), ("assistant", "Hi Ada."), ("user", "Who am I?")]


async def test_described_and_changed(agent: Make) -> None:
    with Model([says("Oui.")]) as model:
        original = agent(model, tools=[weather], model_settings=ModelSettings(temperature=0.1, top_p=0.5))
        adapter = adapter_for(original)
        told = adapter.describe()
        assert (told.system, told.model) == ("Be brief.", "scripted")
        assert told.settings == {"temperature": 0.1, "top_p": 0.5}
        assert told.framework is not None
        assert told.framework.startswith("openai-agents ")
        assert told.tools is not None
        [tool] = told.tools
        assert (tool.name, tool.description) == ("weather", "Tell the weather.")
        assert tool.parameters is not None
        assert "city" in tool.parameters["properties"]

        changed = adapter.changed(system="En français.", settings={"temperature": 0.9}, tools=[delete])
        assert changed.describe().settings == {"temperature": 0.9, "top_p": 0.5}
        assert [tool.name for tool in changed.describe().tools or ()] == ["delete"]
        run = await Conversation(original, changed).ask("Yes?")
        assert run.final_text == "Oui."
        assert model.system == "En français."
        assert model.requests[-1].body["temperature"] == 0.9
        assert adapter.describe().system == original.instructions == "Be brief."


def test_in_a_notebook_kernel() -> None:
    with Model([says("Looking.", call("weather", "1", city="Paris")), says("It is mild.")]) as model:
        printed = chat_in_kernel(
            f"""
            from agents import Agent, OpenAIChatCompletionsModel, function_tool, set_tracing_disabled
            from openai import AsyncOpenAI
            from turnwise import AgentChat

            set_tracing_disabled(True)

            @function_tool
            def weather(city: str) -> str:
                return "18 °C"

            client = AsyncOpenAI(base_url={model.url!r}, api_key="none")
            chat = AgentChat(
                Agent(name="a", tools=[weather], model=OpenAIChatCompletionsModel("scripted", client))
            )
            chat
            """,
        )
    assert printed == "complete ['18 °C'] It is mild.\n"


async def test_what_the_model_is_sent_is_told_and_the_users_hooks_still_hear(agent: Make) -> None:
    heard: list[str | None] = []

    class Hooks(RunHooks[Any]):
        async def on_llm_start(
            self, context: Any, agent: Any, system_prompt: str | None, input_items: Any
        ) -> None:
            heard.append(system_prompt)

    with Model([says(call("weather", "1", city="Paris")), says("18.")]) as model:
        run = await converse(agent(model, tools=[weather]), hooks=Hooks()).ask("Weather?")
    assert sent_to(run) == [
        ("Be brief.", ["user"], ["weather"]),
        ("Be brief.", ["user", "assistant", "tool"], ["weather"]),
    ]
    assert heard == ["Be brief.", "Be brief."]
