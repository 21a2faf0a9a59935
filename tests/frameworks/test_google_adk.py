"""The Google ADK adapter against the real package, 2.x and 1.x, in environments of their own (`make frameworks`)."""

from __future__ import annotations

import asyncio
import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from google.adk.agents import LlmAgent, LoopAgent, ParallelAgent, SequentialAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.apps.app import App, ResumabilityConfig
from google.adk.code_executors import UnsafeLocalCodeExecutor
from google.adk.models import BaseLlm, LlmResponse
from google.adk.runners import InMemoryRunner
from google.adk.tools.agent_tool import AgentTool
from google.adk.tools.function_tool import FunctionTool
from google.genai import types
from pydantic import BaseModel, ConfigDict

from live import Conversation, Race, Slow, check_scripted_in_kernel, sent_to, told
from live_history import *  # noqa: F403  # its tests run here
from live_history import CALL, REPLIES, WHOLE, Make, Speaker
from turnwise import AgentChat, TextDelta, adapter_for, import_messages
from turnwise.adapters.google_adk import GoogleADKAdapter
from turnwise.events import ApprovalRequest, ApprovalResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

V1 = version("google-adk").startswith("1.")
only_v2 = pytest.mark.skipif(V1, reason="new in 2.x")

Says = str | types.Part | Exception | asyncio.Event


class Scripted(BaseLlm):
    """A model that says one reply after the other, and keeps what it was asked."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: str = "scripted-1"
    replies: list[Any]
    asked: list[Any]
    told: list[Any]
    finish: str = "STOP"

    async def generate_content_async(  # type: ignore[override]
        self, llm_request: Any, stream: bool = False
    ) -> AsyncIterator[LlmResponse]:
        self.asked.append([content.model_copy(deep=True) for content in llm_request.contents])
        self.told.append(llm_request.config.model_copy())
        parts: list[types.Part] = []
        for item in self.replies.pop(0):
            match item:
                case Exception():
                    raise item
                case asyncio.Event():
                    item.set()
                    await asyncio.Event().wait()  # for ever
                case _:
                    part = types.Part(text=item) if isinstance(item, str) else item
            parts.append(part)
            if stream and not (
                V1 and part.function_call
            ):  # 1.x would run it at once, and once more when whole
                yield LlmResponse(content=types.Content(role="model", parts=[part]), partial=True)
        usage = types.GenerateContentResponseUsageMetadata(
            prompt_token_count=5, candidates_token_count=3, total_token_count=8
        )
        yield LlmResponse(
            content=types.Content(role="model", parts=parts),
            partial=False,
            finish_reason=types.FinishReason(self.finish),
            usage_metadata=usage,
        )

    def heard(self, ask: int = -1) -> list[tuple[str, str]]:
        """What a request held, as (role and kind, content)."""
        out: list[tuple[str, str]] = []
        for content in self.asked[ask]:
            for part in content.parts:
                if part.function_call:
                    out.append(("model call", part.function_call.name))
                elif part.function_response:
                    out.append(("user response", json.dumps(part.function_response.response)))
                else:
                    out.append((f"{content.role} text", part.text))
        return out


def scripted(*replies: list[Says]) -> Scripted:
    return Scripted(replies=list(replies), asked=[], told=[])


def call(name: str, call_id: str | None, /, **arguments: Any) -> types.Part:
    return types.Part(function_call=types.FunctionCall(id=call_id, name=name, args=arguments))


def weather(city: str) -> dict[str, Any]:
    """Tell the weather."""
    return {"city": city, "temp_c": 18}


def agent(
    *replies: list[Says], name: str = "helper", tools: Any = (weather,), **options: Any
) -> tuple[Scripted, LlmAgent]:
    model = scripted(*replies)
    return model, LlmAgent(name=name, model=model, tools=list(tools), **options)


@pytest.fixture(name="make")
def _make() -> Any:
    def weather(city: str) -> str:
        """Tell the weather."""
        return "18"

    def speaker(*replies: list[Any]) -> Speaker:
        name, call_id, city = CALL
        said = call(name, call_id, city=city)
        scripts = ([said if item == CALL else item for item in reply] for reply in replies)
        model, it = agent(*scripts, tools=[weather], instruction="Be brief.")
        return Speaker(
            it,
            heard=lambda: [_said(part, who.role) for who in model.asked[-1] for part in who.parts],
            system=lambda: model.told[-1].system_instruction.partition("\n\n")[0],
            unended=[],
        )

    return speaker


def _said(part: types.Part, role: str) -> tuple[str, str]:
    if part.function_call:
        return "call", f"{part.function_call.name} {part.function_call.args['city']}"
    if part.function_response:
        [value] = part.function_response.response.values()
        return "result", value
    return role, part.text or ""


def test_recognised_whatever_it_is() -> None:
    _, it = agent()
    for each in (it, InMemoryRunner(it, app_name="x"), App(name="x", root_agent=it)):
        adapter = adapter_for(each)
        assert isinstance(adapter, GoogleADKAdapter)
        assert adapter.name == "Google ADK · helper"


@pytest.mark.parametrize("mode", [StreamingMode.SSE, StreamingMode.NONE])
async def test_text_tool_text_and_a_second_prompt(
    mode: StreamingMode, capsys: pytest.CaptureFixture[str]
) -> None:
    model, it = agent(
        ["Let me ", "look.", call("weather", "1", city="Paris")], ["It is ", "18 °C."], ["As I said."]
    )
    chat = Conversation(it, lambda a: GoogleADKAdapter(a, run_config=RunConfig(streaming_mode=mode)))
    run = await chat.ask("Weather in Paris?")
    first, second = run.turns
    assert (run.status, first.text, first.finish_reason) == ("complete", "Let me look.", "tool_calls")
    [step] = first.tools
    assert told(step) == ("weather", {"city": "Paris"}, {"city": "Paris", "temp_c": 18}, "ok")
    assert step.running is not None
    assert second.text == run.final_text == "It is 18 °C."
    assert all(turn.usage is not None and turn.usage.input_tokens == 5 for turn in run.turns)
    assert [turn.model for turn in run.turns] == ["scripted-1"] * 2

    again = await chat.ask("Again?")
    assert (again.final_text, len(again.turns)) == ("As I said.", 1)
    assert "".join(text for kind, text in model.heard() if kind == "user text") == "Weather in Paris?Again?"
    assert [kind for kind, _ in model.heard()].count("user response") == 1
    assert capsys.readouterr().out == ""


async def test_b8_calls_without_ids() -> None:
    _, it = agent([call("weather", None, city="A"), call("weather", None, city="B")], ["Both."])
    run = await Conversation(it).ask("go")
    assert [step.result["city"] for step in run.turns[0].tools] == ["A", "B"]
    assert len(run.turns) == 2


async def test_b8_two_calls_with_one_id() -> None:
    model, it = agent([call("weather", "x", city="A"), call("weather", "x", city="B")], ["Both."])
    run = await Conversation(it).ask("go")
    steps = [(step.arguments, step.result["city"]) for step in run.turns[0].tools]
    assert steps == [({"city": "A"}, "A"), ({"city": "B"}, "B")]
    assert [kind for kind, _ in model.heard()].count("user response") == 2


@only_v2
async def test_a_picture_that_a_tool_returns_is_shown_in_its_step() -> None:
    def plot() -> list[Any]:
        """Draw."""
        return ["done", types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png")]

    _, it = agent([call("plot", "x")], ["There."], tools=[plot])
    run = await Conversation(it).ask("go")
    [step] = run.turns[0].tools
    [output] = step.outputs
    assert output.display == {"mimebundle": {"image/png": "iVBORw=="}}


async def test_b15_parallel_tools_arrive_as_they_finish() -> None:
    race = Race()
    _, it = agent([call("first", "a"), call("second", "b")], ["Both."], tools=race.tools)
    run = await Conversation(it).ask("go", stop_at=race.see)
    assert race.results == ["two", "one"]
    assert [step.result for step in run.turns[0].tools] == ["one", "two"]
    assert len(run.turns) == 2


async def test_an_empty_reply_is_a_turn() -> None:
    _, it = agent([call("weather", "1", city="A")], [], ["Yes?"])
    chat = Conversation(it)
    run = await chat.ask("go")
    assert [(turn.text, len(turn.tools)) for turn in run.turns] == [("", 1), ("", 0)]
    assert (await chat.ask("hello?")).final_text == "Yes?"


async def test_b19_a_raising_tool_is_the_runs_error_once_and_the_next_prompt_works() -> None:
    def broken() -> str:
        raise ValueError("no disk")

    model, it = agent(
        ["On it.", call("weather", "1", city="A"), call("broken", "2")],
        ["Back again."],
        tools=[weather, broken],
    )
    chat = Conversation(it)
    run = await chat.ask("save it")
    assert run.error is not None
    assert (run.error.kind, run.error.message) == ("ValueError", "no disk")
    assert [step.state for step in run.turns[0].tools][1] == "error"
    assert run.notices == []
    after = await chat.ask("and now?")
    assert (after.status, after.final_text) == ("complete", "Back again.")
    assert [kind for kind, _ in model.heard()].count("model call") == 2
    assert [kind for kind, _ in model.heard()].count("user response") == 2


async def test_stopped_in_text_the_next_prompt_knows_what_was_read() -> None:
    here = asyncio.Event()
    model, it = agent(["Once upon ", "a time", here], ["The end."])
    chat = Conversation(it)
    before = asyncio.all_tasks()
    run = await chat.ask("a story", stop_at=lambda e: isinstance(e, TextDelta) and e.text == "a time")
    assert (run.status, run.final_text) == ("cancelled", "Once upon a time")
    assert asyncio.all_tasks() == before
    after = await chat.ask("go on")
    assert (after.status, after.final_text) == ("complete", "The end.")
    assert model.heard() == [
        ("user text", "a story"),
        ("model text", "Once upon a time"),
        ("user text", "go on"),
    ]


async def test_stopped_in_a_tool_its_call_is_closed_for_the_next_prompt() -> None:
    slow = Slow()
    model, it = agent(["Starting.", call("slow", "1")], ["Fine."], tools=[slow.tool])
    chat = Conversation(it)
    before = asyncio.all_tasks()
    run = await chat.ask("go", stop=slow.begun)
    assert run.status == "cancelled"
    assert slow.ended
    assert asyncio.all_tasks() == before
    after = await chat.ask("never mind")
    assert (after.status, after.final_text) == ("complete", "Fine.")
    assert [kind for kind, _ in model.heard()] == [
        "user text",
        "model text",
        "model call",
        "user response",
        "user text",
    ]


@pytest.mark.parametrize("said", [[], ["Half a ", "sentence"]], ids=["at once", "in the middle"])
async def test_b19_a_providers_error_comes_once_and_the_next_prompt_works(said: list[Says]) -> None:
    model, it = agent([*said, RuntimeError("500 from provider")], ["Better now."])
    chat = Conversation(it)
    run = await chat.ask("hello")
    assert run.error is not None
    assert (run.error.kind, run.error.message) == ("RuntimeError", "500 from provider")
    assert run.final_text == "".join(str(item) for item in said)
    assert run.notices == []
    after = await chat.ask("again")
    assert (after.status, after.final_text) == ("complete", "Better now.")
    kept = [("model text", run.final_text)] if said else []
    assert model.heard() == [("user text", "hello"), *kept, ("user text", "again")]


async def test_cut_off_by_its_length() -> None:
    model, it = agent(["This is cut"])
    model.finish = "MAX_TOKENS"
    run = await Conversation(it).ask("hello")
    assert (run.status, run.turns[0].finish_reason, run.final_text) == ("complete", "length", "This is cut")


class City(BaseModel):
    name: str


async def test_b12_a_structured_answer_beside_tools() -> None:
    _, it = agent(
        ["Looking.", call("weather", "1", city="Paris")],
        [call("set_model_response", "2", name="Paris")],
        output_schema=City,
    )
    run = await Conversation(it).ask("Which?")
    assert len(run.turns) == 2
    assert json.loads(run.final_text.removeprefix("```json").removesuffix("```")) == {"name": "Paris"}


def guarded(*replies: list[Says], deleted: list[str]) -> tuple[Scripted, LlmAgent]:
    def delete(path: str) -> str:
        deleted.append(path)
        return f"deleted {path}"

    return agent(*replies, tools=[weather, FunctionTool(delete, require_confirmation=True)])


@pytest.mark.filterwarnings("ignore:.*EXPERIMENTAL")
@pytest.mark.parametrize("resumable", [False, True])
@pytest.mark.parametrize("decision", ["approved", "denied"])
async def test_b14_an_approval_goes_on_in_the_same_turn(decision: Any, resumable: bool) -> None:
    deleted: list[str] = []
    _, it = guarded(
        ["Two things.", call("weather", "1", city="Paris"), call("delete", "2", path="/x")],
        ["Done."],
        deleted=deleted,
    )
    app = App(name="app", root_agent=it, resumability_config=ResumabilityConfig(is_resumable=resumable))
    chat = Conversation(app, answers=[ApprovalResponse(decision)])
    run = await chat.ask("go")
    assert (run.status, len(run.turns), run.final_text) == ("complete", 2, "Done.")
    seen, asked = run.turns[0].tools
    assert seen.result == {"city": "Paris", "temp_c": 18}
    if decision == "approved":
        assert (deleted, asked.state, asked.result) == (["/x"], "done", "deleted /x")
    else:
        assert (deleted, asked.state) == ([], "denied")


async def test_b14_the_tool_runs_with_changed_arguments() -> None:
    deleted: list[str] = []
    _, it = guarded([call("delete", "1", path="/x")], ["Done."], deleted=deleted)
    chat = Conversation(it, answers=[ApprovalResponse("approved", arguments={"path": "/y"})])
    run = await chat.ask("go")
    assert [event.editable for event in chat.events if isinstance(event, ApprovalRequest)] == [True]
    [asked] = run.turns[0].tools
    assert (deleted, asked.state, asked.result) == (["/y"], "done", "deleted /y")
    assert asked.approval is not None
    assert asked.approval.edited == {"path": "/y"}


async def test_b14_the_model_is_told_why_not() -> None:
    deleted: list[str] = []
    model, it = guarded([call("delete", "1", path="/x")], ["As you wish."], deleted=deleted)
    chat = Conversation(it, answers=[ApprovalResponse("denied", reason="It is my thesis.")])
    run = await chat.ask("go")
    assert (deleted, run.turns[0].tools[0].state) == ([], "denied")
    [(kind, response)] = model.heard()[-1:]
    assert kind == "user response"
    assert json.loads(response) == {"error": "This tool call is rejected.", "reason": "It is my thesis."}


async def test_two_approvals_are_answered_together() -> None:
    deleted: list[str] = []
    _, it = guarded(
        [call("delete", "1", path="/a"), call("delete", "2", path="/b")], ["Done."], deleted=deleted
    )
    run = await Conversation(it, answers=[ApprovalResponse("denied"), ApprovalResponse("approved")]).ask("go")
    assert deleted == ["/b"]
    assert [step.state for step in run.turns[0].tools] == ["denied", "done"]


async def test_stopped_while_a_person_is_asked_the_next_prompt_works() -> None:
    deleted: list[str] = []
    _, it = guarded([call("delete", "1", path="/x")], ["As you wish."], deleted=deleted)
    chat = Conversation(it)
    run = await chat.ask("delete it", stop_at=lambda event: isinstance(event, ApprovalRequest))
    assert run.status == "cancelled"
    after = await chat.ask("leave it")
    assert (after.status, after.final_text, deleted) == ("complete", "As you wish.", [])


async def test_b16_a_transfer_is_a_lane_and_sticks() -> None:
    _, billing = agent(["The bill is 5."], ["Still 5."], name="billing")
    _, triage = agent(
        ["Handing over.", call("transfer_to_agent", "1", agent_name="billing")],
        name="triage",
        sub_agents=[billing],
    )
    chat = Conversation(triage)
    run = await chat.ask("my bill?")
    assert (run.final_text, [turn.agent for turn in run.turns]) == ("The bill is 5.", ["triage", "billing"])
    [lane] = run.lanes
    assert (lane.agent, lane.handed_from) == ("billing", "main")
    again = await chat.ask("sure?")
    assert (again.final_text, again.turns[0].agent) == ("Still 5.", "billing")


async def test_a_fork_after_a_transfer_goes_on_with_the_agent_that_took_over() -> None:
    model, billing = agent(["The bill is 5."], ["Still 5."], name="billing")
    _, triage = agent(
        ["Handing over.", call("transfer_to_agent", "1", agent_name="billing")],
        name="triage",
        sub_agents=[billing],
    )
    chat = AgentChat(triage)
    await chat.send("my bill?")
    again = await chat.fork().send("sure?")
    assert (again.final_text, again.turns[0].agent) == ("Still 5.", "billing")
    assert model.heard()[-2:] == [("model text", "The bill is 5."), ("user text", "sure?")]


async def test_a_session_that_has_the_conversation_is_left_as_it_is(make: Make) -> None:
    agent, heard, *_ = make(*REPLIES, ["Mild."], ["Here."])
    runner = InMemoryRunner(agent, app_name="app")

    async def events() -> list[Any]:
        names = {"app_name": "app", "user_id": "user", "session_id": "s"}
        session = await runner.session_service.get_session(**names)
        return [event.model_dump() for event in session.events]

    chat = AgentChat(runner, adapter=GoogleADKAdapter(runner, session_id="s"))
    await chat.send("Weather?")
    await chat.send("Bye")
    before = await events()
    await chat.fork(run=1).send("And now?")
    assert await events() == before

    again = AgentChat(runner, adapter=GoogleADKAdapter(runner, session_id="s"), history=chat.transcript)
    await again.send("There?")
    assert heard() == [*WHOLE, ("user", "There?")]
    assert (await events())[: len(before)] == before


async def test_what_other_agents_have_said_is_told_as_the_agents_own() -> None:
    model, it = agent(["Yes."])
    history = import_messages([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}])
    history.runs[0].turns[0].agent = "somebody"
    await AgentChat(it, history=history).send("And?")
    assert model.heard() == [("user text", "Hi"), ("model text", "Hello."), ("user text", "And?")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_workflow_forks_too() -> None:
    writer, editor = (
        agent(["A draft."], ["A poem."], name="writer"),
        agent(["Good."], ["Better."], name="editor"),
    )
    chat = AgentChat(SequentialAgent(name="team", sub_agents=[writer[1], editor[1]]))
    await chat.send("Write")
    run = await chat.fork().send("Again")
    assert [turn.text for turn in run.turns] == ["A poem.", "Better."]
    assert [text for kind, text in writer[0].heard() if kind == "model text"] == ["A draft."]


@pytest.mark.filterwarnings("ignore:.*EXPERIMENTAL")
async def test_code_that_the_framework_runs_is_a_step_of_its_turn() -> None:
    code = "Let me count.\n```python\nprint(6 * 7)\n```"
    _, it = agent([code], ["It is 42."], code_executor=UnsafeLocalCodeExecutor())
    run = await Conversation(it).ask("6 * 7?")
    assert [len(turn.tools) for turn in run.turns] == [1, 0]
    [ran] = run.turns[0].tools
    assert (ran.outcome, ran.state) == ("ok", "done")
    assert "print(6 * 7)" in ran.arguments["code"]
    assert "42" in ran.result
    assert run.final_text == "It is 42."


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_b16_parallel_agents_do_not_mix() -> None:
    one, two = (agent([f"{n}1 ", f"{n}2"], [], name=n)[1] for n in ("left", "right"))
    _, last = agent(["All said."], name="last")
    team = SequentialAgent(name="team", sub_agents=[ParallelAgent(name="both", sub_agents=[one, two]), last])
    run = await Conversation(team).ask("go")
    texts = {turn.agent: turn.text for turn in run.turns}
    assert texts == {"left": "left1 left2", "right": "right1 right2", "last": "All said."}
    assert len({turn.lane for turn in run.turns}) == 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_b16_a_loop_calls_the_same_agent_again() -> None:
    _, writer = agent(["One."], ["Two."], name="writer")
    run = await Conversation(LoopAgent(name="loop", sub_agents=[writer], max_iterations=2)).ask("go")
    assert [turn.text for turn in run.turns] == ["One.", "Two."]
    assert run.final_text == "Two."


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_b16_the_agent_in_an_agent_tool_is_seen_under_its_step() -> None:
    _, inner = agent([call("weather", "i1", city="Rome")], ["Rome is warm."], name="scout")
    _, outer = agent(["Asking.", call("scout", "1", request="Rome?")], ["Warm."], tools=[AgentTool(inner)])
    run = await Conversation(outer).ask("Rome?")
    [lane] = [lane for lane in run.lanes if lane.parent is not None]
    assert lane.agent == "scout"
    assert [turn.text for turn in run.turns if turn.lane == lane.id] == ["", "Rome is warm."]
    assert run.final_text == "Warm."
    assert run.turns[0].tools[0].result == "Rome is warm."


@only_v2
async def test_a_workflow_with_a_function() -> None:
    from google.adk.workflow import START, Workflow

    def shout(node_input: str) -> str:
        return f"{node_input}!"

    _, one = agent(["Hello"], name="one")
    run = await Conversation(Workflow(name="flow", edges=[(START, one, shout)])).ask("go")
    assert (run.status, [turn.text for turn in run.turns], run.final_text) == (
        "complete",
        ["Hello", "Hello!"],
        "Hello!",
    )


async def test_two_adapters_of_one_runner_share_its_plugin_and_nothing_else() -> None:
    _, it = agent(["one"], ["two"])
    runner = InMemoryRunner(it, app_name="x")
    chats = [Conversation(runner), Conversation(runner)]
    runs = await asyncio.gather(*(chat.ask("go") for chat in chats))
    assert sorted(run.final_text for run in runs) == ["one", "two"]
    assert [plugin.name for plugin in runner.plugin_manager.plugins].count("turnwise") == 1


async def test_described_and_changed() -> None:
    model, it = agent(
        ["Hi."],
        instruction="Be brief.",
        generate_content_config=types.GenerateContentConfig(temperature=0.5),
    )
    adapter = adapter_for(it)
    told = adapter.describe()
    assert (told.system, told.model, dict(told.settings)) == ("Be brief.", "scripted-1", {"temperature": 0.5})
    assert told.framework == f"google-adk {version('google-adk')}"
    [info] = told.tools or []
    assert (info.name, info.description) == ("weather", "Tell the weather.")
    assert info.parameters is not None
    assert "city" in info.parameters["properties"]

    other = scripted(["Hello at length."])
    changed = adapter.changed(system="Be long.", model=other, settings={"top_p": 1.0}, tools=[])
    assert (await Conversation(it, adapter).ask("hi")).final_text == "Hi."
    assert (await Conversation(it, changed).ask("hi")).final_text == "Hello at length."
    [config] = other.told
    assert (config.temperature, config.top_p) == (0.5, 1.0)
    assert "Be long." in str(config.system_instruction)
    assert not config.tools
    assert (it.instruction, it.model) == ("Be brief.", model)
    assert adapter.describe() == told


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_team_is_described_as_one() -> None:
    adapter = adapter_for(SequentialAgent(name="team", sub_agents=[agent()[1]]))
    with pytest.raises(TypeError, match="change the agents in it"):
        adapter.changed(system="new")


@pytest.mark.skipif(V1, reason="its dependencies warn into the cell")
def test_in_a_notebook_kernel() -> None:
    check_scripted_in_kernel("test_google_adk", "call")


async def test_what_the_model_is_sent_is_told() -> None:
    _, it = agent([call("weather", "1", city="Paris")], ["18."], instruction="Be brief.")
    run = await Conversation(it).ask("Weather?")
    (first, second) = sent_to(run)
    assert "Be brief." in str(first[0])
    assert (first[1:], second[1:]) == (
        (["user"], ["weather"]),
        (["user", "assistant", "tool"], ["weather"]),
    )
    request = run.turns[1].request
    assert request is not None
    assert (request.model, request.facts.added, request.facts.changed) == ("scripted-1", 2, [])
