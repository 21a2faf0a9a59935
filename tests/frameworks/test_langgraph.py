"""The LangGraph adapter against the real packages, in an environment of their own (`make frameworks`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain.agents.structured_output import ToolStrategy
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel

from chat_wire import Model, call, fails, says
from live import Conversation, Slow, chat_in_kernel, sent_to, told
from turnwise import TextDelta, adapter_for
from turnwise.adapters.langgraph import LangGraphAdapter
from turnwise.adapters.memory import NO_RESULT
from turnwise.events import ApprovalRequest, ApprovalResponse, LaneStart, ToolStart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wire_server import WireServer


MODELS: list[ChatOpenAI] = []


@pytest.fixture(autouse=True)
async def _clients_are_closed() -> AsyncIterator[None]:
    yield
    while MODELS:
        made = MODELS.pop()
        made.root_client.close()
        await made.root_async_client.close()


def model(server: WireServer, **fields: Any) -> ChatOpenAI:
    made = ChatOpenAI(
        model="scripted", base_url=server.url, api_key="none", max_retries=0, stream_usage=True, **fields
    )
    MODELS.append(made)
    return made


def agent(server: WireServer, *tools: Any, **fields: Any) -> Any:
    return create_agent(model(server), list(tools), **fields)


def converse(graph: Any, *answers: ApprovalResponse, **options: Any) -> Conversation:
    return Conversation(graph, lambda it: LangGraphAdapter(it, **options), answers)


@tool
def weather(city: str) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "temp_c": 18}


@tool
def delete(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


async def others() -> set[asyncio.Task[Any]]:
    """Tasks that are still there when all that was cancelled has ended."""
    await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]


def says_word(word: str) -> Any:
    return lambda event: isinstance(event, TextDelta) and event.text == word


def test_recognised_whatever_the_graph() -> None:
    def node(state: MessagesState) -> MessagesState:
        return {"messages": [AIMessage("canned")]}

    graph = StateGraph(MessagesState).add_node(node).add_edge(START, "node").compile()
    adapter = adapter_for(graph)
    assert isinstance(adapter, LangGraphAdapter)
    assert adapter.name == "LangGraph"
    assert adapter_for(graph.with_config(tags=["x"])).name == "LangGraph"
    assert adapter_for(graph.copy(update={"name": "desk"})).name == "LangGraph · desk"


def test_a_graph_without_messages_is_refused_with_a_cure() -> None:
    class Sum(TypedDict):
        total: int

    graph = StateGraph(Sum).add_node("add", lambda state: {"total": 1}).add_edge(START, "add").compile()
    with pytest.raises(TypeError, match=r"has no 'messages'.*function"):
        adapter_for(graph)


async def test_a_node_without_a_model_speaks() -> None:
    def node(state: MessagesState) -> MessagesState:
        return {"messages": [AIMessage(f"You said {state['messages'][-1].content}")]}

    chat = converse(StateGraph(MessagesState).add_node(node).add_edge(START, "node").compile())
    assert (await chat.ask("hi")).final_text == "You said hi"
    assert (await chat.ask("ho")).final_text == "You said ho"


async def test_text_tool_text_and_the_next_prompt_has_it_all() -> None:
    replies = [says("Let me ", "look.", call("weather", "1", city="Paris")), says("18."), says("Paris.")]
    with Model(replies) as server:
        chat = converse(agent(server, weather, name="helper"))
        run = await chat.ask("Weather in Paris?")
        again = await chat.ask("Where?")
        assert server.heard() == [
            ("user", "Weather in Paris?"),
            ("assistant", "Let me look. weather#1"),
            ("tool", '{"city": "Paris", "temp_c": 18}'),
            ("assistant", "18."),
            ("user", "Where?"),
        ]
    first, second = run.turns
    assert (first.text, first.finish_reason, first.agent) == ("Let me look.", "tool_calls", "helper")
    [weathered] = first.tools
    assert told(weathered) == ("weather", {"city": "Paris"}, {"city": "Paris", "temp_c": 18}, "ok")
    assert weathered.running is not None
    assert second.text == run.final_text == "18."
    assert run.usage.input_tokens == 24
    assert (again.status, again.final_text, len(again.turns)) == ("complete", "Paris.", 1)
    assert await others() == set()


async def test_b15_parallel_tools_arrive_as_they_finish_and_what_they_write_is_in_the_turn() -> None:
    done = asyncio.Event()

    @tool
    async def first() -> str:
        """Wait."""
        await done.wait()
        get_stream_writer()({"progress": 1})
        return "one"

    @tool
    async def second() -> str:
        """Do not wait."""
        done.set()
        return "two"

    with Model([says(call("first", "a"), call("second", "b")), says("Both.")]) as server:
        chat = converse(agent(server, first, second))
        run = await chat.ask("go")
    assert [turn.finish_reason for turn in run.turns] == ["tool_calls", "stop"]
    assert [each.result for each in run.turns[0].tools] == ["one", "two"]
    assert 'data custom {"progress": 1}' in chat.sketch.splitlines()[1]
    assert sum(isinstance(event, ToolStart) for event in chat.events) == 2


async def test_an_unknown_tool_and_one_that_raises() -> None:
    @tool
    def broken() -> str:
        """Break."""
        raise ValueError("no disk")

    replies = [
        says(call("nobody", "1")),
        says("Sorry."),
        says(call("weather", "2", city="x"), call("broken", "3")),
    ]
    with Model([*replies, says("Here.")]) as server:
        chat = converse(agent(server, broken, weather))
        run = await chat.ask("1")
        assert (run.final_text, run.turns[0].tools[0].outcome) == ("Sorry.", "error")
        run = await chat.ask("2")
        assert run.error is not None
        assert (run.error.kind, run.error.message) == ("ValueError", "no disk")
        assert run.turns[0].tools[1].state == "error"  # whether the other was quicker is a matter of luck
        after = await chat.ask("3")
        assert (after.status, after.final_text) == ("complete", "Here.")
        answered = [said for role, said in server.heard() if role == "tool"]
        assert answered[1] in ('{"city": "x", "temp_c": 18}', NO_RESULT)
        assert answered[2:] == [NO_RESULT]


async def test_stopped_in_text_nothing_is_left_and_the_next_prompt_knows_what_was_read() -> None:
    with Model([says("Once upon ", "a time", end="hang"), says("The end.")]) as server:
        chat = converse(agent(server))
        run = await chat.ask("a story", stop_at=says_word("a time"))
        assert (run.status, run.final_text) == ("cancelled", "Once upon a time")
        assert await others() == set()
        assert await asyncio.to_thread(server.hung_up.wait, 10)
        after = await chat.ask("go on")
        assert after.final_text == "The end."
        assert server.heard() == [("user", "a story"), ("assistant", "Once upon a time"), ("user", "go on")]


async def test_stopped_in_a_tool_its_call_is_answered_for_the_next_prompt() -> None:
    slow = Slow()
    with Model([says("Starting.", call("slow", "1")), says("Fine.")]) as server:
        chat = converse(agent(server, tool(slow.tool)))
        run = await chat.ask("go", stop=slow.begun)
        assert [each.state for turn in run.turns for each in turn.tools] == ["cancelled"]
        assert slow.ended
        assert await others() == set()
        after = await chat.ask("never mind")
        assert (after.status, after.final_text) == ("complete", "Fine.")
        assert [role for role, _ in server.heard()] == ["user", "assistant", "tool", "user"]


ASK = {"delete": {"allowed_decisions": ["approve", "edit", "reject"]}}


@pytest.mark.parametrize(
    ("answer", "state", "heard"),
    [
        (ApprovalResponse("approved"), "done", "deleted /x"),
        (ApprovalResponse("denied", reason="not today"), "denied", "not today"),
        (ApprovalResponse("approved", arguments={"path": "/y"}), "done", "deleted /y"),
    ],
    ids=["approved", "denied", "edited"],
)
async def test_b14_the_middleware_asks_and_the_same_turn_goes_on(
    answer: ApprovalResponse, state: str, heard: str
) -> None:
    replies = [
        says("Both.", call("weather", "1", city="Paris"), call("delete", "2", path="/x")),
        says("Done."),
    ]
    with Model([*replies, says("Yes.")]) as server:
        middleware = [HumanInTheLoopMiddleware(interrupt_on=ASK)]
        chat = converse(agent(server, weather, delete, middleware=middleware), answer)
        run = await chat.ask("delete it")
        assert run.status == "complete"
        assert [[each.state for each in turn.tools] for turn in run.turns] == [["done", state], []]
        assert [event.editable for event in chat.events if isinstance(event, ApprovalRequest)] == [True]
        assert any(heard in said for role, said in server.heard() if role == "tool")
        assert run.final_text == "Done."
        assert (await chat.ask("sure?")).final_text == "Yes."


async def test_two_calls_are_asked_about_at_once() -> None:
    replies = [says(call("delete", "1", path="/x"), call("delete", "2", path="/y")), says("Done.")]
    with Model(replies) as server:
        middleware = [HumanInTheLoopMiddleware(interrupt_on=ASK)]
        answers = [ApprovalResponse("denied"), ApprovalResponse("approved")]
        run = await converse(agent(server, delete, middleware=middleware), *answers).ask("go")
    assert [each.state for each in run.turns[0].tools] == ["denied", "done"]
    assert run.turns[0].tools[1].result == "deleted /y"


async def test_stopped_while_it_waits_for_a_person() -> None:
    with Model([says(call("delete", "1", path="/x")), says("As you wish.")]) as server:
        chat = converse(agent(server, delete, middleware=[HumanInTheLoopMiddleware(interrupt_on=ASK)]))
        run = await chat.ask("delete it", stop_at=lambda event: isinstance(event, ApprovalRequest))
        assert run.status == "cancelled"
        assert await others() == set()
        after = await chat.ask("leave it")
        assert (after.status, after.final_text) == ("complete", "As you wish.")
        assert [role for role, _ in server.heard()] == ["user", "assistant", "tool", "user"]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (ApprovalResponse("approved"), "person said True"),
        (ApprovalResponse("approved", reason="Ada"), "person said Ada"),
        (ApprovalResponse("denied"), "person said False"),
    ],
    ids=["yes", "words", "no"],
)
async def test_a_tool_asks_with_interrupt(answer: ApprovalResponse, heard: str) -> None:
    @tool
    def ask(question: str) -> str:
        """Ask a person."""
        return f"person said {interrupt(question)}"

    with Model(
        [says(call("ask", "1", question="ok?"), call("weather", "2", city="x")), says("Thanks.")]
    ) as server:
        chat = converse(agent(server, ask, weather), answer)
        run = await chat.ask("go")
        assert ("tool", heard) in server.heard()
    assert (run.status, run.final_text) == ("complete", "Thanks.")
    assert [event.message for event in chat.events if isinstance(event, ApprovalRequest)] == ["ok?"]
    assert [each.name for turn in run.turns for each in turn.tools] == ["ask", "weather"]


async def test_a_node_asks_outside_of_any_call() -> None:
    def gate(state: MessagesState) -> MessagesState:
        return {"messages": [AIMessage(f"gate: {interrupt({'go': 'on?'})}")]}

    graph = StateGraph(MessagesState).add_node(gate).add_edge(START, "gate").compile()
    run = await converse(graph, ApprovalResponse("approved")).ask("hi")
    assert run.final_text == "gate: True"
    [asked] = [each for turn in run.turns for each in turn.tools]
    assert (asked.name, asked.arguments, asked.result) == ("interrupt", {"go": "on?"}, True)


async def test_b16_agents_inside_of_tools_nest_under_their_own_calls() -> None:
    release = asyncio.Event()
    with Model([says("It is a."), says("It is b.")]) as inner:
        helpers = {name: agent(inner, name=name) for name in ("a", "b")}

        @tool
        async def ask(name: str) -> str:
            """Ask another agent."""
            if name == "a":
                await release.wait()
            else:
                release.set()
            answer = await helpers[name].ainvoke({"messages": [("user", "?")]})
            return answer["messages"][-1].content

        with Model([says(call("ask", "1", name="a"), call("ask", "2", name="b")), says("Both.")]) as server:
            chat = converse(agent(server, ask, name="boss"))
            run = await chat.ask("go")
    parents = {lane.agent: lane.parent for lane in run.lanes if lane.parent}
    one, two = run.turns[0].tools
    assert parents == {"a": one.id, "b": two.id}
    assert {turn.text for turn in run.turns if turn.lane != "main"} == {"It is a.", "It is b."}
    assert run.final_text == "Both."


@tool
def transfer(call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
    """Hand over to billing."""
    done = ToolMessage("transferred", tool_call_id=call_id)
    calling = AIMessage("", tool_calls=[{"name": "transfer", "args": {}, "id": call_id}])
    return Command(goto="billing", graph=Command.PARENT, update={"messages": [calling, done]})


async def test_b16_a_hand_off_between_subgraphs() -> None:
    with Model([says("Over.", call("transfer", "1")), says("It is 5."), says("Hm.")]) as server:
        graph = (
            StateGraph(MessagesState)
            .add_node("triage", agent(server, transfer, name="triage"), destinations=("billing", END))
            .add_node("billing", agent(server, weather, name="billing"))
            .add_edge(START, "triage")
            .compile()
        )
        chat = converse(graph)
        run = await chat.ask("my bill?")
        assert chat.sketch.splitlines()[:3] == ["run complete", "lane1: triage", "lane2: billing from lane1"]
        assert [turn.text for turn in run.turns] == ["Over.", "It is 5."]
        assert [each.result for turn in run.turns for each in turn.tools] == ["transferred"]
        assert run.final_text == "It is 5."
        after = await chat.ask("sure?")
        assert [turn.text for turn in after.turns] == ["Hm."]


async def test_b16_nodes_that_run_at_once_have_lanes() -> None:
    with Model([says("one ", "two"), says("one ", "two")]) as server:

        async def speak(state: MessagesState) -> MessagesState:
            return {"messages": [await model(server).ainvoke(state["messages"])]}

        graph = (
            StateGraph(MessagesState)
            .add_node("left", speak)
            .add_node("right", speak)
            .add_edge(START, "left")
            .add_edge(START, "right")
            .compile()
        )
        chat = converse(graph)
        run = await chat.ask("go")
    assert [turn.text for turn in run.turns] == ["one two", "one two"]
    assert len({turn.lane for turn in run.turns}) == 2
    assert sum(isinstance(event, LaneStart) for event in chat.events) == 1


async def test_what_a_graph_does_not_keep_is_not_told_to_it() -> None:
    with Model([says("billing"), says("support")]) as server:

        async def route(state: MessagesState) -> MessagesState:
            await model(server).ainvoke(state["messages"])
            return {"messages": []}

        chat = converse(StateGraph(MessagesState).add_node(route).add_edge(START, "route").compile())
        assert (await chat.ask("my bill?")).final_text == "billing"
        await chat.ask("my phone?")
        assert server.heard() == [("user", "my bill?"), ("user", "my phone?")]


async def test_b12_a_structured_answer_is_shown() -> None:
    class City(BaseModel):
        name: str

    with Model([says(call("City", "1", name="Paris")), says("Never.")]) as server:
        run = await converse(agent(server, response_format=ToolStrategy(City))).ask("where?")
    assert len(run.turns) == 1
    assert '"name": "Paris"' in run.final_text


async def test_b19_a_providers_error_comes_once_and_the_next_prompt_works() -> None:
    with Model([fails(500, "overloaded"), says("Half a ", end="drop"), says("Better.")]) as server:
        chat = converse(agent(server))
        run = await chat.ask("hello")
        assert (run.status, run.notices, run.turns) == ("error", [], [])
        assert run.error is not None
        assert "overloaded" in run.error.message
        run = await chat.ask("again")
        assert (run.status, run.final_text) == ("error", "Half a ")
        after = await chat.ask("and now?")
        assert (after.status, after.final_text) == ("complete", "Better.")
        assert server.heard() == [
            ("user", "hello"),
            ("user", "again"),
            ("assistant", "Half a "),
            ("user", "and now?"),
        ]
        assert await others() == set()


async def test_a_thread_of_a_checkpointer_of_ones_own() -> None:
    with Model([says("Hi Ada."), says("Ada.")]) as server:
        graph = agent(server, checkpointer=InMemorySaver())
        config = {"configurable": {"thread_id": "one"}}
        await converse(graph, config=config).ask("I am Ada")
        run = await converse(graph, config=config).ask("Who am I?")
        assert run.final_text == "Ada."
        assert server.heard() == [("user", "I am Ada"), ("assistant", "Hi Ada."), ("user", "Who am I?")]


async def test_described_and_changed_by_a_function_that_builds_it() -> None:
    with Model([says("Oui.")]) as server:

        def build(system: str = "Be brief.", tools: Any = (weather,)) -> Any:
            return create_agent(model(server, temperature=0.1), list(tools), system_prompt=system)

        graph = build()
        told = adapter_for(graph).describe()
        assert (told.system, told.model) == ("Be brief.", "scripted")
        assert told.settings["temperature"] == 0.1
        assert (told.framework or "").startswith("langgraph ")
        assert told.tools is not None
        [info] = told.tools
        assert (info.name, info.description) == ("weather", "Tell the weather.")
        assert "city" in (info.parameters or {})["properties"]
        assert set(told.fixed) == {"system", "model", "settings", "tools"}
        with pytest.raises(TypeError, match="compiled graph"):
            adapter_for(graph).changed(system="x")

        adapter = LangGraphAdapter(graph, build=build)
        assert set(adapter.describe().fixed) == {"model", "settings"}
        changed = adapter.changed(system="En français.", tools=[delete])
        assert [info.name for info in changed.describe().tools or ()] == ["delete"]
        run = await Conversation(graph, changed).ask("Yes?")
        assert run.final_text == "Oui."
        assert server.system == "En français."


def test_in_a_notebook_kernel() -> None:
    with Model([says("Looking.", call("weather", "1", city="Paris")), says("It is mild.")]) as server:
        printed = chat_in_kernel(
            f"""
            from langchain.agents import create_agent
            from langchain_openai import ChatOpenAI
            from turnwise import AgentChat

            def weather(city: str) -> str:
                "Tell the weather."
                return "18 °C"

            llm = ChatOpenAI(model="scripted", base_url={server.url!r}, api_key="none")
            chat = AgentChat(create_agent(llm, [weather]))
            chat
            """,
        )
    assert printed == "complete ['18 °C'] It is mild.\n"


async def test_what_the_model_is_sent_is_told() -> None:
    with Model([says(call("weather", "1", city="Paris")), says("18.")]) as server:
        heard: list[int] = []

        class Own(BaseCallbackHandler):
            def on_chat_model_start(self, serialized: Any, messages: list[list[Any]], **_: Any) -> None:
                heard.append(len(messages[0]))

        graph = agent(server, weather, system_prompt="Be brief.")
        run = await converse(graph, config={"callbacks": [Own()]}).ask("Weather?")
    assert sent_to(run) == [
        ("Be brief.", ["user"], ["weather"]),
        ("Be brief.", ["user", "assistant", "tool"], ["weather"]),
    ]
    assert heard == [2, 4]
    request = run.turns[1].request
    assert request is not None
    assert (request.model, request.facts.added) == ("scripted", 2)
