"""The Pydantic AI adapter against the real package, in an environment of its own (`make frameworks`)."""

from __future__ import annotations

import asyncio
import contextvars
import json
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_ai import Agent, CallDeferred, DeferredToolRequests, ModelRetry, RunContext
from pydantic_ai.agent import WrapperAgent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelMessage, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.usage import UsageLimits

from live import Conversation, Slow, chat_in_kernel, sent_to, told, until
from live_history import *  # noqa: F403  # its tests run here
from live_history import CALL, REPLIES, WHOLE, Make, Speaker, talked
from turnwise import (
    AgentChat,
    ApprovalRequest,
    ApprovalResponse,
    TextDelta,
    ToolResult,
    Transcript,
    adapter_for,
)
from turnwise.adapters.pydantic_ai import PydanticAIAdapter, inner_turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


TestModel.__test__ = False  # it is no test, whatever its name says

Says = str | Exception | DeltaToolCall | DeltaThinkingPart | asyncio.Event


class Scripted:
    """A model that says one reply after the other, and keeps what it was asked."""

    def __init__(self, *replies: list[Says]) -> None:
        self.replies = list(replies)
        self.asked: list[list[ModelMessage]] = []
        self.said = 0
        self.model = FunctionModel(stream_function=self._stream)

    async def _stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        self.asked.append(list(messages))
        for index, item in enumerate(self.replies.pop(0)):
            self.said += 1
            match item:
                case Exception():
                    raise item
                case asyncio.Event():
                    item.set()
                    await asyncio.Event().wait()  # for ever
                case DeltaToolCall() | DeltaThinkingPart():
                    yield {index: item}
                case _:
                    yield item

    def heard(self, ask: int = -1) -> list[tuple[str, str]]:
        """What a request held, as (kind, content)."""
        return [
            (part.part_kind, str(getattr(part, "content", None) or getattr(part, "args", "")))
            for message in self.asked[ask]
            for part in message.parts
            if part.part_kind != "system-prompt"
        ]


def call(name: str, call_id: str, /, **arguments: Any) -> DeltaToolCall:
    return DeltaToolCall(name=name, json_args=json.dumps(arguments), tool_call_id=call_id)


def converse(agent: Any, **options: Any) -> Conversation:
    return Conversation(agent, lambda it: PydanticAIAdapter(it, **options))


async def ignore(_: Any, events: AsyncIterator[Any]) -> None:
    async for _ in events:
        pass


def weather(city: str) -> dict[str, Any]:
    return {"city": city, "temp_c": 18}


@pytest.fixture(name="make")
def _make() -> Any:
    def weather(city: str) -> str:
        return "18"

    def speaker(*replies: list[Any]) -> Speaker:
        name, call_id, city = CALL
        said = call(name, call_id, city=city)
        model = Scripted(*([said if item == CALL else item for item in reply] for reply in replies))
        return Speaker(
            Agent(model.model, instructions="Be brief.", tools=[weather]),
            heard=lambda: [_said(part) for message in model.asked[-1] for part in message.parts],
            system=lambda: getattr(model.asked[-1][-1], "instructions", None) or "",
            unended=[],
        )

    return speaker


def _said(part: Any) -> tuple[str, str]:
    match part.part_kind:
        case "tool-call":
            return "call", f"{part.tool_name} {part.args_as_dict()['city']}"
        case "tool-return":
            return "result", str(part.content)
        case "text":
            return "model", part.content
        case kind:
            return kind.removesuffix("-prompt"), part.content


async def test_recognised_by_its_base_class_whatever_it_is() -> None:
    agent = Agent(TestModel(), name="support")
    for each in (agent, WrapperAgent(agent)):
        adapter = adapter_for(each)
        assert isinstance(adapter, PydanticAIAdapter)
        assert adapter.name == "Pydantic AI · support"
    assert adapter_for(Agent(TestModel())).name == "Pydantic AI"
    with pytest.raises(TypeError, match="It is a class"):
        adapter_for(Agent)


async def test_an_agent_that_a_tool_runs_is_heard_under_its_call() -> None:
    inner = Scripted(
        [DeltaThinkingPart(content="Paris. "), "Looking.", call("weather", "2", city="Paris")], ["18 °C."]
    )
    billing = Agent(inner.model, tools=[weather])
    outer = Scripted(["Asking.", call("ask", "1", question="weather?")], ["It is 18 °C."])
    boss = Agent(outer.model)

    @boss.tool
    async def ask(context: RunContext[Any], question: str) -> str:
        heard = inner_turns(context, "billing")
        return (await billing.run(question, event_stream_handler=heard)).output

    run = await converse(boss).ask("Weather in Paris?")
    assert (run.status, run.final_text) == ("complete", "It is 18 °C.")
    [asked] = run.turns[0].tools
    assert asked.result == "18 °C."
    [lane] = [lane for lane in run.lanes if lane.parent]
    assert (lane.agent, lane.parent) == ("billing", asked.id)
    turns = [turn for turn in run.turns if turn.lane == lane.id]
    assert [(turn.text, turn.reasoning) for turn in turns] == [("Looking.", "Paris. "), ("18 °C.", "")]
    assert [tool.result for tool in turns[0].tools] == [{"city": "Paris", "temp_c": 18}]
    assert all(turn.usage is not None for turn in run.turns)


async def test_an_agent_that_a_tool_runs_works_unheard() -> None:
    inner, outer = Scripted(["5."]), Scripted([call("ask", "1")], ["It is 5."])
    boss = Agent(outer.model)

    @boss.tool
    async def ask(context: RunContext[Any]) -> str:
        return (await Agent(inner.model).run("?", event_stream_handler=inner_turns(context))).output

    result = await boss.run("?", event_stream_handler=ignore)
    assert result.output == "It is 5."


async def test_text_tool_text_with_usage_and_reasoning() -> None:
    model = Scripted(
        [DeltaThinkingPart(content="They want "), "Let me ", "look.", call("weather", "1", city="Paris")],
        ["It is ", "18 °C."],
    )
    chat = converse(Agent(model.model, tools=[weather]))
    run = await chat.ask("Weather in Paris?")
    assert chat.sketch.splitlines()[0] == "run complete"
    first, second = run.turns
    assert (first.reasoning, first.text, first.finish_reason) == ("They want ", "Let me look.", "tool_calls")
    [tool] = first.tools
    assert told(tool) == ("weather", {"city": "Paris"}, {"city": "Paris", "temp_c": 18}, "ok")
    assert tool.running is not None
    assert second.text == run.final_text == "It is 18 °C."
    assert all(turn.usage is not None and turn.usage.output_tokens for turn in run.turns)
    assert first.model == second.model
    assert sum(isinstance(event, TextDelta) for event in chat.events) == 4


async def test_parallel_tools_arrive_as_they_finish() -> None:
    slow = asyncio.Event()

    async def first() -> str:
        await slow.wait()
        return "one"

    async def second() -> str:
        slow.set()
        return "two"

    model = Scripted([call("first", "a"), call("second", "b")], ["Both."])
    chat = converse(Agent(model.model, tools=[first, second]))
    await chat.ask("go")
    results = [event.value for event in chat.events if isinstance(event, ToolResult)]
    assert sorted(results) == ["one", "two"]
    assert [tool.result for tool in chat.transcript.runs[0].turns[0].tools] == ["one", "two"]
    assert len(chat.transcript.runs[0].turns) == 2


async def test_a_tool_that_asks_for_another_try_and_an_unknown_one() -> None:
    def picky() -> str:
        raise ModelRetry("not like this")

    model = Scripted([call("picky", "1"), call("nobody", "2")], ["Sorry."])
    chat = converse(Agent(model.model, tools=[picky]))
    run = await chat.ask("go")
    assert run.status == "complete"
    picked, unknown = run.turns[0].tools
    assert (picked.outcome, picked.result) == ("error", "not like this")
    assert unknown.outcome == "error"
    assert run.final_text == "Sorry."


async def test_b19_a_raising_tool_is_the_runs_error_once_and_the_next_prompt_works() -> None:
    def broken() -> str:
        raise ValueError("no disk")

    model = Scripted(["On it.", call("broken", "1")], ["Back again."])
    chat = converse(Agent(model.model, tools=[broken]))
    run = await chat.ask("save it")
    assert run.status == "error"
    assert run.error is not None
    assert (run.error.kind, run.error.message) == ("ValueError", "no disk")
    assert 'raise ValueError("no disk")' in (run.error.detail or "")
    assert [tool.state for tool in run.turns[0].tools] == ["error"]

    after = await chat.ask("and now?")
    assert (after.status, after.final_text) == ("complete", "Back again.")
    assert [kind for kind, _ in model.heard()] == [
        "user-prompt",
        "text",
        "tool-call",
        "tool-return",
        "user-prompt",
    ]


async def test_the_second_prompt_has_the_first_as_the_framework_kept_it() -> None:
    model = Scripted(["Looking.", call("weather", "1", city="Paris")], ["18."], ["You asked of Paris."])
    chat = converse(Agent(model.model, tools=[weather]))
    await chat.ask("Weather in Paris?")
    await chat.ask("What did I ask?")
    assert model.heard() == [
        ("user-prompt", "Weather in Paris?"),
        ("text", "Looking."),
        ("tool-call", '{"city": "Paris"}'),
        ("tool-return", "{'city': 'Paris', 'temp_c': 18}"),
        ("text", "18."),
        ("user-prompt", "What did I ask?"),
    ]
    assert len(chat.transcript.runs[1].turns) == 1


async def test_stopped_in_text_the_next_prompt_knows_what_was_read() -> None:
    here = asyncio.Event()
    model = Scripted(["Once upon ", "a time", here], ["The end."])
    chat = converse(Agent(model.model))
    run = await chat.ask("a story", stop=here)
    assert run.status == "cancelled"
    assert run.final_text == "Once upon a time"

    after = await chat.ask("go on")
    assert after.final_text == "The end."
    assert model.heard() == [
        ("user-prompt", "a story"),
        ("text", "Once upon a time"),
        ("user-prompt", "go on"),
    ]


async def test_messages_that_tell_of_the_conversation_are_not_told_again(make: Make) -> None:
    history = (await talked(make(*REPLIES).agent)).transcript
    agent, heard, *_ = make(*REPLIES, ["Here."])
    kept: list[ModelMessage] = []
    for prompt in ("Weather?", "Bye"):
        result = await agent.run(prompt, message_history=kept, event_stream_handler=ignore)
        kept = result.all_messages()
    adapter = PydanticAIAdapter(agent, message_history=kept)
    await AgentChat(agent, adapter=adapter, history=history).send("There?")
    assert heard() == [*WHOLE, ("user", "There?")]


async def test_a_conversation_that_is_told_begins_with_the_system_prompt() -> None:
    model = Scripted(["Hi."], ["Hm."], ["Yes."])
    agent = Agent(model.model, deps_type=str, system_prompt="Be brief.")

    @agent.system_prompt(dynamic=True)
    def who(context: RunContext[str]) -> str:
        return f"You speak with {context.deps}."

    chat = AgentChat(agent, adapter=PydanticAIAdapter(WrapperAgent(agent), deps="Ada"))
    await chat.send("Hello")
    fork = chat.fork()
    await fork.send("And?")
    await fork.send("Sure?")
    prompts = [part.content for message in model.asked[-1] for part in message.parts if _is_system(part)]
    assert prompts == ["Be brief.", "You speak with Ada."]
    assert _is_system(model.asked[-1][0].parts[0])


def _is_system(part: Any) -> bool:
    return part.part_kind == "system-prompt"


async def test_a_run_that_the_framework_refused_is_told_with_the_next_prompt() -> None:
    model = Scripted(["Hi."])
    agent = Agent(None)
    chat = AgentChat(agent)
    assert (await chat.send("Hello")).status == "error"
    agent.model = model.model
    await chat.send("Again")
    assert model.heard() == [("user-prompt", "Hello"), ("user-prompt", "Again")]


async def test_stopped_before_the_first_word() -> None:
    here = asyncio.Event()
    model = Scripted([here], ["Yes?"])
    chat = converse(Agent(model.model))
    await chat.ask("hm", stop=here)
    after = await chat.ask("hello?")
    assert after.final_text == "Yes?"
    assert [kind for kind, _ in model.heard()] == ["user-prompt", "user-prompt"]


async def test_stopped_in_a_tool_its_call_is_closed_for_the_next_prompt() -> None:
    slow = Slow()

    async def quick() -> str:
        return "done"

    model = Scripted(["Starting.", call("quick", "1"), call("slow", "2")], ["Fine."])
    chat = converse(Agent(model.model, tools=[slow.tool, quick]))
    run = await chat.ask("go", stop=slow.begun)
    assert run.status == "cancelled"
    await until(lambda: slow.ended)  # 1.x cancels its tools and does not wait for them
    after = await chat.ask("never mind")
    assert (after.status, after.final_text) == ("complete", "Fine.")
    answered = [
        part.tool_call_id
        for message in model.asked[-1]
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    ]
    assert sorted(answered) == ["1", "2"]


@pytest.mark.parametrize("said", [[], ["Half a ", "sentence"]], ids=["at once", "in the middle"])
async def test_a_providers_error_comes_once_with_its_cause_and_the_next_prompt_works(
    said: list[Says],
) -> None:
    cause = ConnectionError("reset by peer")
    error = ModelHTTPError(status_code=500, model_name="m", body={"error": "overloaded"})
    error.__cause__ = cause
    model = Scripted([*said, error], ["Better now."])
    chat = converse(Agent(model.model))
    run = await chat.ask("hello")
    assert run.status == "error"
    assert run.error is not None
    assert run.error.kind == "ModelHTTPError"
    assert "500" in run.error.message
    assert "reset by peer" in (run.error.detail or "")
    assert run.final_text == "".join(str(item) for item in said)
    assert run.notices == []

    after = await chat.ask("again")
    assert (after.status, after.final_text) == ("complete", "Better now.")
    kept = [("text", run.final_text)] if said else []
    assert model.heard() == [("user-prompt", "hello"), *kept, ("user-prompt", "again")]


@dataclass
class City:
    name: str
    people: int


async def test_b12_a_structured_output_is_shown() -> None:
    model = Scripted(
        [call("final_result", "1", name="Paris")],
        [call("final_result", "2", name="Paris", people=2)],
    )
    chat = converse(Agent(model.model, output_type=City))
    run = await chat.ask("Tell me of Paris")
    assert run.status == "complete"
    assert [[tool.outcome for tool in turn.tools] for turn in run.turns] == [["error"], ["ok"]]
    assert json.loads(run.final_text.removeprefix("```json").removesuffix("```")) == {
        "name": "Paris",
        "people": 2,
    }


async def test_an_empty_reply_is_a_turn_of_its_own() -> None:
    model = Scripted([""], ["Now I speak."])
    chat = converse(Agent(model.model))
    run = await chat.ask("hello")
    assert [turn.text for turn in run.turns] == ["", "Now I speak."]


YES = ApprovalResponse("approved")


def deleting(model: Scripted, output_type: Any = str, **options: Any) -> Agent[None, Any]:
    agent = Agent(model.model, output_type=output_type, **options)

    @agent.tool_plain(requires_approval=True)
    async def delete(path: str) -> str:
        return f"{path} is gone"

    return agent


ANSWERS: dict[str, tuple[ApprovalResponse, str, str]] = {
    "approved": (YES, 'done [approved] "a is gone"', "a is gone"),
    "denied": (
        ApprovalResponse("denied"),
        'denied [denied] "The tool call was denied."',
        "The tool call was denied.",
    ),
    "denied with a reason": (
        ApprovalResponse("denied", reason="not today"),
        'denied [denied: not today] "not today"',
        "not today",
    ),
    "edited": (
        ApprovalResponse("approved", arguments={"path": "b"}),
        'done [approved with {"path": "b"}] "b is gone"',
        "b is gone",
    ),
}


@pytest.mark.parametrize(
    "output_type", [str, [str, DeferredToolRequests]], ids=["own output", "deferred output"]
)
@pytest.mark.parametrize("name", ANSWERS)
async def test_b14_a_person_is_asked_and_the_same_turn_goes_on(name: str, output_type: Any) -> None:
    answer, step, told = ANSWERS[name]
    model = Scripted(["Deleting.", call("delete", "1", path="a")], ["As you wish."], ["Yes."])
    chat = Conversation(deleting(model, output_type), answers=[answer])
    run = await chat.ask("delete it")
    assert chat.sketch.splitlines()[0] == "run complete"
    assert f'| delete({{"path": "a"}}) = {step}' in chat.sketch
    assert [(turn.text, len(turn.tools)) for turn in run.turns] == [("Deleting.", 1), ("As you wish.", 0)]
    assert run.notices == []
    [request] = [event for event in chat.events if isinstance(event, ApprovalRequest)]
    assert (request.call_id, request.editable) == ("1", True)
    assert model.heard()[-1] == ("tool-return", told)
    after = await chat.ask("and?")
    assert (after.status, after.final_text) == ("complete", "Yes.")


async def test_b14_the_other_calls_of_the_turn_run_and_each_question_has_its_answer() -> None:
    model = Scripted(
        [call("weather", "0", city="Paris"), call("delete", "1", path="a"), call("delete", "2", path="b")],
        [call("delete", "3", path="c")],
        ["Well."],
    )
    agent = deleting(model)
    agent.tool_plain(weather)
    no = ApprovalResponse("denied", reason="no")
    chat = Conversation(agent, answers=[YES, no, YES])
    run = await chat.ask("go")
    assert [[tool.result for tool in turn.tools] for turn in run.turns] == [
        [{"city": "Paris", "temp_c": 18}, "a is gone", "no"],
        ["c is gone"],
        [],
    ]
    assert [tool.state for tool in run.turns[0].tools] == ["done", "done", "denied"]
    assert run.notices == []
    assert all(turn.finish_reason is not None and turn.usage is not None for turn in run.turns)


async def test_b14_a_stop_while_a_person_is_asked_leaves_nothing() -> None:
    model = Scripted(["Deleting.", call("delete", "1", path="a")], ["As you wish."])
    chat = Conversation(deleting(model))
    asked = asyncio.Event()

    class Watched(list[Any]):
        def append(self, event: Any) -> None:
            if isinstance(event, ApprovalRequest):
                asked.set()

    chat.events = Watched()
    before = asyncio.all_tasks()
    run = await chat.ask("delete it", stop=asked)
    assert [tool.state for tool in run.turns[0].tools] == ["cancelled"]
    assert {task for task in asyncio.all_tasks() if not task.done()} <= before
    after = await chat.ask("leave it")
    assert (after.status, after.final_text) == ("complete", "As you wish.")
    assert [kind for kind, _ in model.heard()] == [
        "user-prompt",
        "text",
        "tool-call",
        "tool-return",
        "user-prompt",
    ]


async def test_b14_with_validators_the_frameworks_own_error_says_what_is_missing() -> None:
    model = Scripted([call("delete", "1", path="a")], ["Fine."])
    agent = deleting(model)
    agent.output_validator(lambda output: output)
    chat = Conversation(agent)
    run = await chat.ask("delete it")
    assert run.error is not None
    assert "DeferredToolRequests" in run.error.message
    after = await chat.ask("leave it")
    assert (after.status, after.final_text) == ("complete", "Fine.")


async def test_a_call_that_somebody_else_has_to_make_is_an_error_and_does_not_poison_the_chat() -> None:
    def elsewhere() -> str:
        raise CallDeferred

    model = Scripted(["Asking.", call("elsewhere", "1")], ["Never mind."])
    chat = Conversation(Agent(model.model, tools=[elsewhere]))
    run = await chat.ask("go")
    assert run.error is not None
    assert (run.status, run.error.kind) == ("error", "ExternalCalls")
    assert "a result from outside, of: elsewhere" in run.error.message
    after = await chat.ask("leave it")
    assert (after.status, after.final_text) == ("complete", "Never mind.")


def test_what_the_agent_tells_of_itself() -> None:
    agent = Agent(
        TestModel(),
        name="support",
        instructions=["Be brief.", "Be kind."],
        tools=[weather],
        model_settings={"temperature": 0, "extra_headers": {"x": "secret"}},
    )
    told = adapter_for(agent).describe()
    assert (told.name, told.system, told.model, told.settings, told.fixed) == (
        "Pydantic AI · support",
        "Be brief.\n\nBe kind.",
        "test",
        {"temperature": 0},
        {},
    )
    assert told.framework is not None
    assert told.framework.startswith("pydantic-ai ")
    assert told.tools is not None
    [info] = told.tools
    assert info.name == "weather"
    assert info.parameters is not None
    assert info.parameters["required"] == ["city"]


def test_what_a_function_decides_is_not_told() -> None:
    agent = Agent(TestModel(), instructions=["Be brief."])

    @agent.instructions
    def today() -> str:
        return "It is Monday."

    assert adapter_for(agent).describe().system is None
    adapter = adapter_for(Agent(TestModel(), system_prompt="Be brief."))
    assert adapter.describe().system == "Be brief."
    with pytest.raises(TypeError, match="which no run can replace"):
        adapter.changed(system="Be long.")


async def test_a_changed_copy_runs_so_and_leaves_the_agent_as_it_is() -> None:
    def look() -> str:
        return "seen"

    agent = Agent(TestModel(), instructions="Be brief.", tools=[weather], model_settings={"temperature": 0})
    before = adapter_for(agent)
    seen: list[tuple[str | None, list[str], Any]] = []

    async def respond(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        seen.append(
            (info.instructions, [tool.name for tool in info.function_tools], dict(info.model_settings or {}))
        )
        yield "Hi"

    changed = before.changed(
        system="Be long.",
        tools=[look],
        model=FunctionModel(stream_function=respond),
        settings={"top_p": 1},
    )
    run = await Conversation(agent, changed).ask("go")
    assert run.final_text == "Hi"
    assert seen == [("Be long.", ["look"], {"temperature": 0, "top_p": 1})]
    told = changed.describe()
    assert (told.system, told.settings) == ("Be long.", {"temperature": 0, "top_p": 1})
    assert [info.name for info in told.tools or ()] == ["look"]
    untouched = before.describe()
    assert (untouched.system, untouched.model, untouched.settings) == (
        "Be brief.",
        "test",
        {"temperature": 0},
    )


async def test_an_agent_in_a_tool_shows_only_its_result() -> None:
    inner = Agent(TestModel(custom_output_text="It is 18 °C."))

    async def ask_the_expert(question: str) -> str:
        return str((await inner.run(question)).output)

    model = Scripted([call("ask_the_expert", "1", question="Weather?")], ["18."])
    chat = converse(Agent(model.model, tools=[ask_the_expert]))
    run = await chat.ask("go")
    assert [turn.text for turn in run.turns] == ["", "18."]
    assert len({turn.lane for turn in run.turns}) == 1
    assert run.turns[0].tools[0].result == "It is 18 °C."


async def test_options_go_to_the_run() -> None:
    def who(ctx: RunContext[str]) -> str:
        return ctx.deps

    model = Scripted([call("who", "1")], ["never said"])
    agent = Agent(model.model, deps_type=str)
    agent.tool(who)
    run = await converse(agent, deps="Ada", usage_limits=UsageLimits(request_limit=1)).ask("who am I?")
    assert run.turns[0].tools[0].result == "Ada"
    assert run.error is not None
    assert run.error.kind == "UsageLimitExceeded"
    assert len(run.turns) == 1


async def test_tools_run_in_the_context_of_the_run() -> None:
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell")
    cell.set("7")

    async def where() -> str:
        return cell.get()

    def where_sync() -> str:
        return cell.get()

    model = Scripted([call("where", "1"), call("where_sync", "2")], ["ok"])
    run = await converse(Agent(model.model, tools=[where, where_sync])).ask("go")
    assert [tool.result for tool in run.turns[0].tools] == ["7", "7"]


async def test_the_agent_is_not_ahead_of_its_reader() -> None:
    model = Scripted(["x"] * 50)
    stream = adapter_for(Agent(model.model)).stream("go", Transcript())
    async with aclosing(stream) as events:
        await anext(events)  # the turn
        await anext(events)
        assert model.said <= 4  # the framework itself looks a little ahead
    assert model.said <= 5


async def test_a_handler_of_the_agents_own_still_sees_the_events() -> None:
    kinds: list[str] = []

    async def handler(ctx: Any, events: Any) -> None:
        async for event in events:
            kinds.append(event.event_kind)
            return  # and leaves the rest

    class WithHandler(WrapperAgent[Any, Any]):
        @property
        def event_stream_handler(self) -> Any:
            return handler

    chat = Conversation(WithHandler(Agent(Scripted(["a", "b"]).model)))
    run = await chat.ask("go")
    assert run.final_text == "ab"
    assert kinds == ["part_start"]


async def test_the_frameworks_own_test_model() -> None:
    chat = converse(Agent(TestModel(), tools=[weather]))
    run = await chat.ask("go")
    assert run.status == "complete"
    assert [len(turn.tools) for turn in run.turns] == [1, 0]
    assert run.final_text


def test_in_a_notebook_kernel() -> None:
    printed = chat_in_kernel(
        """
        from pydantic_ai import Agent
        from pydantic_ai.models.test import TestModel
        from turnwise import AgentChat

        def weather(city: str) -> str:
            return "18 °C"

        chat = AgentChat(Agent(TestModel(custom_output_text="It is mild."), tools=[weather]))
        chat
        """,
    )
    assert printed == "complete ['18 °C'] It is mild.\n"


async def test_what_the_model_is_sent_is_told() -> None:
    model = Scripted([call("weather", "1", city="Paris")], ["18 °C."], ["Paris."])
    agent = Agent(model.model, system_prompt="Be a meteorologist.", instructions="Be brief.", tools=[weather])
    chat = converse(agent, model_settings={"temperature": 0.0, "extra_headers": {"X-Key": "secret"}})
    run = await chat.ask("Weather?")
    system = "Be a meteorologist.\n\nBe brief."
    assert sent_to(run) == [
        (system, ["user"], ["weather"]),
        (system, ["user", "assistant", "tool"], ["weather"]),
    ]
    (again,) = sent_to(await chat.ask("Where?"))
    assert again[1] == ["user", "assistant", "tool", "assistant", "user"]
    request = run.turns[1].request
    assert request is not None
    assert (request.facts.added, request.facts.changed, request.settings) == (2, [], {"temperature": 0.0})
