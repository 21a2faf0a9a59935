"""What every framework whose agents speak with an OpenAI client must do, whatever its API looks like.

The test file of a framework imports the tests from here and defines a fixture ``make``, which makes an agent of the
framework around a scripted model: ``make(model, *tools, system=…)``. What is special to it is tested beside that.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from chat_wire import Model, call, called, fails, says
from live import Conversation, chat_in_kernel, told
from turnwise import AgentChat, TextDelta

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wire_server import Answer

SYSTEM = "Be brief."


class Make(Protocol):
    def __call__(self, model: Model, /, *tools: Any, system: str = SYSTEM) -> Any: ...


def weather(city: str) -> str:
    """The weather in a city."""
    return f"18 °C in {city}"


def text(said: str) -> Any:
    """Whether an event is this piece of text."""
    return lambda event: isinstance(event, TextDelta) and event.text == said


def check_answered(model: Model) -> None:
    """Every call in the last request is answered once, and before anybody else speaks."""
    messages = model.requests[-1].body["messages"]
    for at, message in enumerate(messages):
        calls = [each["id"] for each in message.get("tool_calls") or ()]
        answers = messages[at + 1 : at + 1 + len(calls)]
        assert sorted(calls) == sorted(each.get("tool_call_id", "nobody's") for each in answers), messages


async def nothing_left(before: set[asyncio.Task[Any]]) -> None:
    """Only the tasks that were there before: what is under way may end, nothing may stay."""
    while left := asyncio.all_tasks() - before:
        ended, _ = await asyncio.wait(left, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert ended, f"left behind: {left}"


def check_in_a_kernel(cell: Callable[[str], str]) -> None:
    """``cell`` makes ``chat`` around a model at the URL that it is given, and the function ``weather``."""
    weather_cell = """
        from turnwise import AgentChat

        def weather(city: str) -> str:
            "The weather."
            return "18 °C"
        """
    with Model([says("Looking.", call("weather", "1", city="Paris")), says("It is mild.")]) as model:
        printed = chat_in_kernel(weather_cell, cell(model.url))
    assert printed == "complete ['18 °C'] It is mild.\n"


async def test_text_tool_text(make: Make) -> None:
    replies = [says("Let me ", "look.", call("weather", "1", city="Paris")), says("It is ", "18 °C.")]
    with Model(replies) as model:
        chat = Conversation(make(model, weather))
        run = await chat.ask("Weather in Paris?")
    assert chat.sketch.splitlines()[0] == "run complete"
    first, second = run.turns
    assert first.text == "Let me look."
    [tool] = first.tools
    assert told(tool) == ("weather", {"city": "Paris"}, "18 °C in Paris", "ok")
    assert second.text == run.final_text == "It is 18 °C."
    assert [event.text for event in chat.events if isinstance(event, TextDelta) and event.text] == [
        "Let me ",
        "look.",
        "It is ",
        "18 °C.",
    ]
    assert SYSTEM in model.system


async def test_two_calls_at_once(make: Make) -> None:
    replies = [says(call("weather", "1", city="Paris"), call("weather", "2", city="Rome")), says("Both.")]
    with Model(replies) as model:
        run = await Conversation(make(model, weather)).ask("go")
        check_answered(model)
    assert [tool.result for tool in run.turns[0].tools] == ["18 °C in Paris", "18 °C in Rome"]
    assert [turn.text for turn in run.turns] == ["", "Both."]


async def test_the_second_prompt_has_the_first(make: Make) -> None:
    replies = [says(call("weather", "1", city="Paris")), says("18."), says("You asked of Paris.")]
    with Model(replies) as model:
        chat = Conversation(make(model, weather))
        await chat.ask("Weather in Paris?")
        run = await chat.ask("What did I ask?")
        heard = model.heard()
        check_answered(model)
    assert run.final_text == "You asked of Paris."
    assert len(run.turns) == 1
    assert [role for role, _ in heard] == ["user", "assistant", "tool", "assistant", "user"]
    assert [said for role, said in heard if role == "user"] == ["Weather in Paris?", "What did I ask?"]


async def test_two_conversations_know_nothing_of_each_other(make: Make) -> None:
    with Model([says("Hi."), says("Hello.")]) as model:
        agent = make(model)
        await Conversation(agent).ask("one")
        await Conversation(agent).ask("two")
        assert model.heard() == [("user", "two")]


async def test_b19_stopped_in_text(make: Make) -> None:
    replies = [says("Hi."), says("Once ", "upon", end="hang"), says("The end."), says("Nothing.")]
    with Model(replies) as model:
        chat = Conversation(make(model))
        await chat.ask("hello")
        before = asyncio.all_tasks()
        run = await chat.ask("a story", stop_at=text("upon"))
        assert run.status == "cancelled"
        assert run.final_text == "Once upon"
        assert await asyncio.to_thread(model.hung_up.wait, 5), "the request is still open"
        await nothing_left(before)
        after = await chat.ask("go on")
        assert (after.status, after.final_text) == ("complete", "The end.")
        told = [
            ("user", "hello"),
            ("assistant", "Hi."),
            ("user", "a story"),
            ("assistant", "Once upon"),
            ("user", "go on"),
        ]
        assert model.heard() == told
        await chat.ask("and then?")
        assert model.heard() == [*told, ("assistant", "The end."), ("user", "and then?")]


async def test_b19_stopped_in_a_tool(make: Make) -> None:
    here = asyncio.Event()
    ended: list[str] = []

    async def slow(why: str) -> str:
        """Takes for ever."""
        here.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(why)
        return "never"

    replies = [says("Hi."), says("Starting.", call("slow", "call_1", why="x")), says("Fine.")]
    with Model(replies) as model:
        chat = Conversation(make(model, slow))
        await chat.ask("hello")
        before = asyncio.all_tasks()
        run = await chat.ask("go", stop=here)
        assert run.status == "cancelled"
        assert [tool.state for tool in run.turns[0].tools] == ["cancelled"]
        await nothing_left(before)
        assert ended == ["x"]
        after = await chat.ask("never mind")
        assert (after.status, after.final_text) == ("complete", "Fine.")
        check_answered(model)
        assert model.heard() == [
            ("user", "hello"),
            ("assistant", "Hi."),
            ("user", "go"),
            ("assistant", "Starting. slow#call_1"),
            ("tool", "(no result: the call was cancelled)"),
            ("user", "never mind"),
        ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (fails(400, "no such model"), ""),
        (says("Half a ", "sentence", end="drop"), "Half a sentence"),
    ],
    ids=["at once", "in the middle"],
)
async def test_b10_a_providers_error_comes_once_and_the_next_prompt_works(
    make: Make, answer: Answer, said: str
) -> None:
    with Model([says("Hi."), answer, says("Better now.")]) as model:
        chat = Conversation(make(model))
        await chat.ask("hello")
        run = await chat.ask("and?")
        assert run.status in ("error", "truncated")
        assert run.error is not None
        assert re.search("no such model|onnection|incomplete|closed", run.error.message)
        assert run.final_text == said
        assert run.notices == []
        after = await chat.ask("again")
        assert (after.status, after.final_text) == ("complete", "Better now.")
        check_answered(model)
        assert model.heard() == [
            ("user", "hello"),
            ("assistant", "Hi."),
            ("user", "and?"),
            *([("assistant", said)] if said else []),
            ("user", "again"),
        ]


async def test_an_error_in_the_second_turn_leaves_no_open_call(make: Make) -> None:
    replies = [
        says("Looking.", call("weather", "call_1", city="Paris")),
        fails(400, "too much"),
        says("Better."),
    ]
    with Model(replies) as model:
        chat = Conversation(make(model, weather))
        run = await chat.ask("go")
        assert run.status == "error"
        assert [tool.outcome for tool in run.turns[0].tools] == ["ok"]
        after = await chat.ask("again")
        assert (after.status, after.final_text) == ("complete", "Better.")
        check_answered(model)
        assert model.heard() == [
            ("user", "go"),
            ("assistant", "Looking. weather#call_1"),
            ("tool", "18 °C in Paris"),
            ("user", "again"),
        ]


PARIS = [("user", "Paris?"), ("assistant", "Looking. weather#call_1"), ("tool", "18 °C in Paris")]
"""What ``weathers`` has the model told of the first turn."""


def weathers() -> list[Answer]:
    """The replies to "Paris?" and "Bye"."""
    return [says("Looking.", call("weather", "call_1", city="Paris")), says("It is 18 °C."), says("Bye.")]


async def test_a_fork_goes_on_after_an_earlier_turn(make: Make) -> None:
    replies = [*weathers(), says("Warm."), says("No."), says("Still here.")]
    with Model(replies) as model:
        first = AgentChat(make(model, weather))
        await first.send("Paris?")
        await first.send("Bye")
        fork = first.fork(turn=1, run=1, system="Be kind.")
        assert fork.describe().system == "Be kind."
        assert (await fork.send("And?")).final_text == "Warm."
        assert model.heard() == [*PARIS, ("user", "And?")]
        assert "Be kind." in model.system
        await fork.send("Sure?")
        assert model.heard() == [*PARIS, ("user", "And?"), ("assistant", "Warm."), ("user", "Sure?")]

        await first.send("You?")
        whole = [*PARIS, ("assistant", "It is 18 °C."), ("user", "Bye"), ("assistant", "Bye.")]
        assert model.heard() == [*whole, ("user", "You?")], "the first one knows nothing of the fork"
        assert SYSTEM in model.system


async def test_a_loaded_conversation_goes_on_with_a_fresh_agent(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "weather.jsonl"
    with Model([*weathers(), says("Paris."), says("Twice.")]) as model:
        first = AgentChat(make(model, weather))
        await first.send("Paris?")
        await first.send("Bye")
        first.save(path)
        again = AgentChat.load(path, make(model, weather))
        await again.send("Which city?")
        told = [*PARIS, ("assistant", "It is 18 °C."), ("user", "Bye"), ("assistant", "Bye.")]
        assert model.heard() == [*told, ("user", "Which city?")]
        await again.send("How often?")
        after = [("user", "Which city?"), ("assistant", "Paris."), ("user", "How often?")]
        assert [said for said in model.heard() if said in after] == after
        check_answered(model)


async def test_a_tool_that_raises(make: Make) -> None:
    def broken(why: str) -> str:
        """Never works."""
        raise ValueError(f"no disk {why}")

    with Model([says(call("broken", "1", why="left")), says("Sorry.")]) as model:
        run = await Conversation(make(model, broken)).ask("save")
    [tool] = run.turns[0].tools
    assert tool.outcome == "error"
    assert "no disk left" in str(tool.result) or "failed" in str(tool.result)
    assert run.final_text == "Sorry."


async def test_a_tool_that_is_not_there(make: Make) -> None:
    with Model([says("Trying.", call("nobody", "1", x=1)), says("Sorry.")]) as model:
        run = await Conversation(make(model, weather)).ask("go")
    [tool] = run.turns[0].tools
    assert (tool.name, tool.arguments, tool.outcome) == ("nobody", {"x": 1}, "error")
    assert run.final_text == "Sorry."


async def test_arguments_that_are_no_json(make: Make) -> None:
    with Model([says("Trying.", called("weather", "1", '{"city": "Par')), says("Sorry.")]) as model:
        chat = Conversation(make(model, weather))
        run = await chat.ask("go")
    assert [turn.text for turn in run.turns] == ["Trying.", "Sorry."]
    assert [tool.outcome for tool in run.turns[0].tools] == ["error"]


async def test_an_empty_answer(make: Make) -> None:
    with Model([says(), says("Now I speak.")]) as model:
        chat = Conversation(make(model))
        run = await chat.ask("hello")
        assert run.status == "complete"
        assert run.final_text == ""
        assert (await chat.ask("hello?")).final_text == "Now I speak."


async def test_what_can_be_read_of_it(make: Make) -> None:
    with Model([]) as model:
        described = Conversation(make(model, weather)).adapter.describe()
    assert described.system == SYSTEM
    assert described.model == "scripted"
    assert described.settings["temperature"] == 0.5
    assert "api_key" not in str(described)
    [tool] = list(described.tools or ())
    assert tool.name == "weather"
    assert (tool.description or "").endswith("The weather in a city.")
    assert tool.parameters is not None
    assert "city" in tool.parameters["properties"]


async def test_a_changed_copy_leaves_the_agent_as_it_is(make: Make) -> None:
    def time(zone: str) -> str:
        """The time in a zone."""
        return f"9:00 in {zone}"

    with Model([says("Hi."), says(call("time", "1", zone="CET")), says("Nine."), says("Still me.")]) as model:
        chat = Conversation(make(model, weather))
        await chat.ask("hello")
        other = chat.adapter.changed(
            system="Speak like a pirate.", settings={"temperature": 0.1}, tools=[time]
        )
        described = other.describe()
        assert described.system == "Speak like a pirate."
        assert described.settings["temperature"] == 0.1
        assert [tool.name for tool in described.tools or ()] == ["time"]

        run = await Conversation(other).ask("what time is it?")
        assert run.turns[0].tools[0].result == "9:00 in CET"
        assert "pirate" in model.system
        assert model.requests[-1].body["temperature"] == 0.1
        assert model.heard()[0] == ("user", "what time is it?"), "a copy has no conversation"

        await chat.ask("and you?")
        assert SYSTEM in model.system
        assert model.requests[-1].body["temperature"] == 0.5
        assert [said for role, said in model.heard() if role == "user"] == ["hello", "and you?"]
