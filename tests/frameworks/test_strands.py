"""The Strands adapter against the real package, in an environment of its own (`make frameworks`)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel
from strands import Agent, ToolContext, tool
from strands.hooks import BeforeToolCallEvent
from strands.models import Model
from strands.multiagent import GraphBuilder, Swarm
from strands.session import FileSessionManager

from live import Conversation, Race, Slow, check_scripted_in_kernel, sent_to, told
from live_history import *  # noqa: F403  # its tests run here
from live_history import CALL, REPLIES, WHOLE, Make, Speaker, talked
from turnwise import AgentChat, ToolResult, adapter_for
from turnwise.adapters.strands import StrandsAdapter
from turnwise.events import ApprovalRequest, ApprovalResponse, ToolStart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Call:
    """A tool call that the model makes."""

    def __init__(self, name: str, call_id: str, /, **arguments: Any) -> None:
        self.name = name
        self.call_id = call_id
        self.arguments = arguments


Says = str | Call | Exception | asyncio.Event


class Scripted(Model):
    """A model that says one reply after the other, and keeps what it was asked."""

    def __init__(self, *replies: list[Says], stop: str | None = None, **config: Any) -> None:
        self.replies = list(replies)
        self.asked: list[list[Any]] = []
        self.offered: list[list[str]] = []
        self.system = ""
        self.stop = stop
        self.config: dict[str, Any] = {"model_id": "scripted-1", **config}

    def update_config(self, **model_config: Any) -> None:
        self.config.update(model_config)

    def get_config(self) -> Any:
        return self.config

    def structured_output(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    async def stream(  # type: ignore[override]
        self, messages: Any, tool_specs: Any = None, system_prompt: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        self.asked.append(json.loads(json.dumps(messages)))
        self.offered.append([spec["name"] for spec in tool_specs or ()])
        self.system = system_prompt
        reply = self.replies.pop(0)
        yield {"messageStart": {"role": "assistant"}}
        for item in reply:
            match item:
                case Exception():
                    raise item
                case asyncio.Event():
                    item.set()
                    await asyncio.Event().wait()  # for ever
                case Call():
                    start = {"toolUse": {"toolUseId": item.call_id, "name": item.name}}
                    yield {"contentBlockStart": {"start": start}}
                    text = json.dumps(item.arguments)
                    yield {"contentBlockDelta": {"delta": {"toolUse": {"input": text[:4]}}}}
                    yield {"contentBlockDelta": {"delta": {"toolUse": {"input": text[4:]}}}}
                    yield {"contentBlockStop": {}}
                case str():
                    yield {"contentBlockStart": {"start": {}}}
                    yield {"contentBlockDelta": {"delta": {"text": item}}}
                    yield {"contentBlockStop": {}}
        called = any(isinstance(item, Call) for item in reply)
        yield {"messageStop": {"stopReason": self.stop or ("tool_use" if called else "end_turn")}}
        yield {
            "metadata": {
                "usage": {"inputTokens": 5, "outputTokens": 3, "totalTokens": 8},
                "metrics": {"latencyMs": 1},
            }
        }

    def heard(self, ask: int = -1) -> list[tuple[str, str]]:
        """What a request held, as (role and kind, content)."""
        return [
            (f"{message['role']} {kind}", str(content))
            for message in self.asked[ask]
            for block in message["content"]
            for kind, content in block.items()
        ]


@tool
def weather(city: str) -> dict[str, Any]:
    """Tell the weather.

    Args:
        city: Where.
    """
    return {"status": "success", "content": [{"json": {"city": city, "temp_c": 18}}]}


def agent(*replies: list[Says], tools: list[Any] | None = None, **options: Any) -> tuple[Scripted, Agent]:
    model = Scripted(*replies)
    options.setdefault("retry_strategy", None)
    return model, Agent(model=model, tools=tools or [weather], **options)


async def ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def built(builder: GraphBuilder) -> Any:
    return builder.set_execution_timeout(60).build()


@pytest.fixture(name="make")
def _make() -> Any:
    @tool
    def weather(city: str) -> str:
        """Tell the weather."""
        return "18"

    def speaker(*replies: list[Any]) -> Speaker:
        name, call_id, city = CALL
        said = Call(name, call_id, city=city)
        scripts = ([said if item == CALL else item for item in reply] for reply in replies)
        model, it = agent(*scripts, tools=[weather], system_prompt="Be brief.")
        return Speaker(
            it,
            heard=lambda: [
                _said(block, message["role"]) for message in model.asked[-1] for block in message["content"]
            ],
            system=lambda: model.system,
            unended=[("model", "(no reply: the run did not come to an end)")],
        )

    return speaker


def _said(block: dict[str, Any], role: str) -> tuple[str, str]:
    if "toolUse" in block:
        return "call", f"{block['toolUse']['name']} {block['toolUse']['input']['city']}"
    if "toolResult" in block:
        return "result", block["toolResult"]["content"][0]["text"]
    return {"assistant": "model"}.get(role, role), block["text"]


def test_recognised_whatever_it_is() -> None:
    _, one = agent(name="helper")
    builder = GraphBuilder()
    builder.add_node(one, "only")
    for each in (one, Swarm([one]), built(builder)):
        assert isinstance(adapter_for(each), StrandsAdapter)
    assert adapter_for(one).name == "Strands · helper"


async def test_text_tool_text_and_nothing_printed(capsys: pytest.CaptureFixture[str]) -> None:
    model, it = agent(
        ["Let me look.", Call("weather", "1", city="Paris")], ["It is ", "18 °C."], ["As I said."]
    )
    handler = it.callback_handler
    chat = Conversation(it)
    run = await chat.ask("Weather in Paris?")
    first, second = run.turns
    assert (run.status, first.text, first.finish_reason) == ("complete", "Let me look.", "tool_calls")
    [step] = first.tools
    assert told(step) == ("weather", {"city": "Paris"}, {"city": "Paris", "temp_c": 18}, "ok")
    assert step.running is not None
    assert second.text == run.final_text == "It is 18 °C."
    assert all(turn.usage is not None and turn.usage.input_tokens == 5 for turn in run.turns)

    again = await chat.ask("Again?")
    assert again.final_text == "As I said."
    assert [kind for kind, _ in model.heard()] == [
        "user text",
        "assistant text",
        "assistant toolUse",
        "user toolResult",
        "assistant text",
        "assistant text",
        "user text",
    ]
    assert capsys.readouterr().out == ""
    assert it.callback_handler is handler


async def test_b15_parallel_tools_arrive_as_they_finish() -> None:
    race = Race()
    tools = [tool(each) for each in race.tools]
    _, it = agent([Call("first", "a"), Call("second", "b")], ["Both."], tools=tools)
    chat = Conversation(it)
    run = await chat.ask("go", stop_at=race.see)
    assert race.results == ["two", "one"]
    assert [tool.result for tool in run.turns[0].tools] == ["one", "two"]
    assert sum(isinstance(event, ToolResult) for event in chat.events) == 2
    assert sum(isinstance(event, ToolStart) for event in chat.events) == 2
    assert len(run.turns) == 2


async def test_two_adapters_of_one_agent_do_not_hear_each_other() -> None:
    _, it = agent([Call("weather", "1", city="A")], ["ok"], [Call("weather", "2", city="B")], ["ok"])
    one, two = Conversation(it), Conversation(it)
    await one.ask("a")
    await two.ask("b")
    for chat in (one, two):
        assert sum(isinstance(event, ToolStart) for event in chat.events) == 1


async def test_a_raising_tool_and_an_unknown_one_are_told_to_the_model() -> None:
    @tool
    def broken() -> str:
        """Fail."""
        raise ValueError("no disk")

    _, it = agent([Call("broken", "1"), Call("nobody", "2")], ["Sorry."], tools=[broken])
    run = await Conversation(it).ask("go")
    assert [step.outcome for step in run.turns[0].tools] == ["error", "error"]
    assert "no disk" in str(run.turns[0].tools[0].result)
    assert (run.status, run.final_text) == ("complete", "Sorry.")


async def test_stopped_in_text_the_next_prompt_knows_what_was_read() -> None:
    here = asyncio.Event()
    model, it = agent(["Once upon ", "a time", here], ["The end."])
    chat = Conversation(it)
    run = await chat.ask("a story", stop=here)
    assert (run.status, run.final_text) == ("cancelled", "Once upon a time")
    after = await chat.ask("go on")
    assert (after.status, after.final_text) == ("complete", "The end.")
    assert model.heard() == [
        ("user text", "a story"),
        ("assistant text", "Once upon a time"),
        ("user text", "go on"),
    ]


async def test_stopped_in_a_tool_nothing_goes_on_and_its_call_is_closed() -> None:
    slow = Slow()
    model, it = agent(["Starting.", Call("slow", "1")], ["Fine."], tools=[tool(slow.tool)])
    chat = Conversation(it)
    before = asyncio.all_tasks()
    run = await chat.ask("go", stop=slow.begun)
    assert run.status == "cancelled"
    assert slow.ended
    assert asyncio.all_tasks() == before
    after = await chat.ask("never mind")
    assert (after.status, after.final_text) == ("complete", "Fine.")
    assert "user toolResult" in [kind for kind, _ in model.heard()]


@pytest.mark.parametrize("said", [[], ["Half a ", "sentence"]], ids=["at once", "in the middle"])
async def test_b10_a_providers_error_comes_once_and_the_next_prompt_works(said: list[Says]) -> None:
    model, it = agent([*said, RuntimeError("500 from provider")], ["Better now."])
    chat = Conversation(it)
    run = await chat.ask("hello")
    assert run.error is not None
    assert (run.error.kind, run.error.message) == ("RuntimeError", "500 from provider")
    assert run.final_text == "".join(str(item) for item in said)
    assert run.notices == []
    after = await chat.ask("again")
    assert (after.status, after.final_text) == ("complete", "Better now.")
    roles = [message["role"] for message in model.asked[-1]]
    assert roles == ["user", "assistant", "user"]


async def test_text_that_was_cut_off_is_an_answer() -> None:
    model, it = agent(["This is cut"], ["More."])
    model.stop = "max_tokens"
    chat = Conversation(it)
    run = await chat.ask("hello")
    assert (run.status, run.turns[0].finish_reason, run.final_text) == ("complete", "length", "This is cut")
    model.stop = None
    assert (await chat.ask("go on")).final_text == "More."


class City(BaseModel):
    """A city."""

    name: str
    people: int


async def test_b12_a_structured_answer_is_shown_and_does_not_hide_the_text() -> None:
    _, it = agent(["It is Paris."], [Call("City", "1", name="Paris", people=2)])
    run = await Conversation(it, lambda a: StrandsAdapter(a, structured_output_model=City)).ask("Which?")
    assert run.final_text == "It is Paris."
    assert [turn.auxiliary for turn in run.turns] == [False, True]
    answer = run.turns[1].text.removeprefix("```json").removesuffix("```")
    assert json.loads(answer) == {"name": "Paris", "people": 2}


def guarded(*replies: list[Says], deleted: list[str]) -> tuple[Scripted, Agent]:
    @tool
    def delete(path: str) -> str:
        """Delete a file."""
        deleted.append(path)
        return f"deleted {path}"

    def ask(event: BeforeToolCallEvent) -> None:
        if event.tool_use["name"] == "delete":
            word = event.interrupt("delete", reason="Really delete it?")
            if word != "y":
                event.cancel_tool = f"refused: {word}"

    model, it = agent(*replies, tools=[delete, weather])
    it.hooks.add_callback(BeforeToolCallEvent, ask)
    return model, it


@pytest.mark.parametrize("decision", ["approved", "denied"])
async def test_b14_an_approval_goes_on_in_the_same_turn(decision: Any) -> None:
    deleted: list[str] = []
    _, it = guarded(
        ["Two things.", Call("weather", "1", city="Paris"), Call("delete", "2", path="/x")],
        ["Done."],
        deleted=deleted,
    )
    chat = Conversation(it, answers=[ApprovalResponse(decision, reason="not that one")])
    run = await chat.ask("go")
    assert (run.status, len(run.turns), run.final_text) == ("complete", 2, "Done.")
    seen, asked = run.turns[0].tools
    assert seen.result == {"city": "Paris", "temp_c": 18}
    assert asked.approval is not None
    assert asked.approval.message == "Really delete it?"
    if decision == "approved":
        assert (deleted, asked.state, asked.result) == (["/x"], "done", "deleted /x")
    else:
        assert (deleted, asked.state, asked.result) == ([], "denied", "refused: n: not that one")


async def test_b14_the_tool_runs_with_changed_arguments() -> None:
    deleted: list[str] = []
    _, it = guarded([Call("delete", "1", path="/x")], ["Done."], deleted=deleted)
    chat = Conversation(it, answers=[ApprovalResponse("approved", arguments={"path": "/y"})])
    run = await chat.ask("go")
    assert [event.editable for event in chat.events if isinstance(event, ApprovalRequest)] == [True]
    [asked] = run.turns[0].tools
    assert (deleted, asked.state, asked.result) == (["/y"], "done", "deleted /y")


async def test_b14_a_tool_that_asks_itself_gets_changed_arguments_too() -> None:
    done: list[str] = []

    @tool(context=True)
    def pay(amount: int, tool_context: ToolContext) -> str:
        """Pay."""
        word = tool_context.interrupt("pay", reason=f"Pay {amount}?")
        done.append(f"{word} {amount}")
        return "paid"

    _, it = agent([Call("pay", "1", amount=100)], ["Done."], tools=[pay])
    chat = Conversation(it, answers=[ApprovalResponse("approved", arguments={"amount": 5})])
    run = await chat.ask("go")
    assert (done, run.turns[0].tools[0].result) == (["y 5"], "paid")


async def test_stopped_while_a_person_is_asked_the_next_prompt_works() -> None:
    deleted: list[str] = []
    _, it = guarded([Call("delete", "1", path="/x")], ["As you wish."], deleted=deleted)
    chat = Conversation(it)
    run = await chat.ask("delete it", stop_at=lambda event: isinstance(event, ApprovalRequest))
    assert run.status == "cancelled"
    after = await chat.ask("leave it")
    assert (after.status, after.final_text, deleted) == ("complete", "As you wish.", [])


async def test_b16_an_agent_that_works_for_a_tool_nests_under_its_step() -> None:
    _, inner = agent([Call("weather", "i1", city="Rome")], ["Rome is warm."], name="scout")
    _, outer = agent(["Asking.", Call("scout", "1", input="Rome?")], ["Warm."], tools=[inner.as_tool()])
    chat = Conversation(outer)
    run = await chat.ask("Rome?")
    [lane] = [lane for lane in run.lanes if lane.parent is not None]
    assert lane.agent == "scout"
    assert [turn.text for turn in run.turns if turn.lane == lane.id] == ["", "Rome is warm."]
    assert run.final_text == "Warm."
    assert run.turns[1].tools[0].running is not None
    assert run.turns[0].tools[0].result == "Rome is warm.\n"


async def test_b16_a_swarm_hands_over() -> None:
    _, triage = agent(
        ["Handing.", Call("handoff_to_agent", "1", agent_name="billing", message="pls")],
        ["Over."],
        name="triage",
    )
    _, billing = agent(["The bill is 5."], name="billing")
    run = await Conversation(Swarm([triage, billing])).ask("my bill?")
    assert (run.status, run.final_text) == ("complete", "The bill is 5.")
    assert [turn.agent for turn in run.turns] == ["triage", "triage", "billing"]
    [lane] = run.lanes
    assert (lane.agent, lane.handed_from) == ("billing", "main")


async def test_b16_nodes_of_a_graph_in_parallel_do_not_mix() -> None:
    _, start = agent(["Go."], name="start")
    _, left = agent(["l1 ", "l2"], name="left")
    _, right = agent(["r1 ", "r2"], name="right")
    builder = GraphBuilder()
    for each in (start, left, right):
        builder.add_node(each, each.name)
    builder.add_edge("start", "left")
    builder.add_edge("start", "right")
    builder.set_entry_point("start")
    chat = Conversation(built(builder))
    run = await chat.ask("go")
    assert {turn.agent: turn.text for turn in run.turns} == {
        "start": "Go.",
        "left": "l1 l2",
        "right": "r1 r2",
    }
    assert {lane.agent for lane in run.lanes if lane.handed_from is not None} == {"left", "right"}


async def test_a_graph_is_stopped_with_all_its_agents() -> None:
    here = asyncio.Event()
    _, one = agent(["Thinking", here], ["Fine."], name="one")
    builder = GraphBuilder()
    builder.add_node(one, "one")
    chat = Conversation(built(builder))
    before = asyncio.all_tasks()
    run = await chat.ask("go", stop=here)
    assert run.status == "cancelled"
    await asyncio.wait_for(ended(asyncio.all_tasks() - before), 10)  # the framework leaves that to the loop
    assert (await chat.ask("again")).final_text == "Fine."


async def test_described_and_changed() -> None:
    model, it = agent(["Hi."], system_prompt="Be brief.", name="helper")
    model.update_config(temperature=0.5, params={"top_p": 1})
    adapter = adapter_for(it)
    told = adapter.describe()
    assert (told.name, told.system, told.model) == ("Strands · helper", "Be brief.", "scripted-1")
    assert told.settings == {"temperature": 0.5, "params": {"top_p": 1}}
    assert told.framework is not None
    assert told.framework.startswith("strands-agents ")
    [info] = told.tools or []
    assert info.name == "weather"
    assert info.parameters is not None
    assert info.parameters["required"] == ["city"]

    other = Scripted(["Hello at length."])
    changed = adapter.changed(system="Be long.", model=other, tools=[])
    assert (await Conversation(it, adapter).ask("hi")).final_text == "Hi."
    assert (await Conversation(it, changed).ask("hi")).final_text == "Hello at length."
    assert len(other.asked[0]) == 1
    assert other.offered == [[]]
    assert (it.system_prompt, it.model) == ("Be brief.", model)
    warm = adapter.changed(settings={"temperature": 1, "params": {"seed": 3}}).describe()
    assert warm.settings == {"temperature": 1, "params": {"top_p": 1, "seed": 3}}
    assert adapter.describe() == told


async def test_a_changed_copy_still_asks() -> None:
    deleted: list[str] = []
    _, it = guarded([Call("delete", "1", path="/x")], ["Fine."], deleted=deleted)
    changed = adapter_for(it).changed(system="Delete at will.")
    run = await Conversation(it, changed, answers=[ApprovalResponse("denied")]).ask("go")
    assert (run.turns[0].tools[0].state, deleted) == ("denied", [])


async def test_an_agent_that_has_had_the_conversation_is_not_told_again(make: Make) -> None:
    it, heard, *_ = make(*REPLIES, ["Mild."], ["Here."])
    chat = await talked(it)
    before = json.dumps(it.messages)
    await chat.fork(run=1).send("And now?")
    assert json.dumps(it.messages) == before
    await AgentChat(it, history=chat.transcript).send("There?")
    assert heard() == [*WHOLE, ("user", "There?")]


async def test_a_loaded_conversation_gets_to_the_session_and_cannot_be_forked_into_it(
    make: Make, tmp_path: Path
) -> None:
    history = (await talked(make(*REPLIES).agent)).transcript
    model = Scripted(["Here."], ["Still here."])

    def restored() -> Agent:
        return Agent(model=model, session_manager=FileSessionManager("s", storage_dir=str(tmp_path)))

    chat = AgentChat(restored(), history=history)
    await chat.send("There?")
    with pytest.raises(TypeError, match="would keep the copy's conversation"):
        chat.fork()
    await AgentChat(restored(), history=chat.transcript).send("And now?")
    asked = [text for kind, text in model.heard() if kind == "user text"]
    assert asked == ["Weather?", "Bye", "There?", "And now?"]


async def test_a_team_cannot_be_forked() -> None:
    _, one = agent(["Hi."], name="one")
    chat = AgentChat(Swarm([one]))
    await chat.send("Hello")
    with pytest.raises(TypeError, match="keeps a memory of its own"):
        chat.fork()


def test_a_team_is_described_as_one() -> None:
    _, one = agent(name="one")
    adapter = adapter_for(Swarm([one]))
    with pytest.raises(TypeError, match="make one of changed agents"):
        adapter.changed(system="new")


def test_in_a_notebook_kernel() -> None:
    check_scripted_in_kernel("test_strands", "Call")


async def test_what_the_model_is_sent_is_told() -> None:
    _, it = agent([Call("weather", "1", city="Paris")], ["18."], system_prompt="Be brief.")
    run = await Conversation(it).ask("Weather?")
    assert sent_to(run) == [
        ("Be brief.", ["user"], ["weather"]),
        ("Be brief.", ["user", "assistant", "tool"], ["weather"]),
    ]
    request = run.turns[1].request
    assert request is not None
    assert (request.model, request.facts.added, request.facts.changed) == ("scripted-1", 2, [])
