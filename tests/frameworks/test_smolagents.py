"""The smolagents adapter against the real package, in an environment of its own (`make frameworks`)."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from smolagents import CodeAgent, OpenAIModel, ToolCallingAgent, tool

from chat_wire import Model, call, fails, says
from live import Conversation, chat_in_kernel, told
from turnwise import TextDelta, adapter_for
from turnwise.adapters.smolagents import SmolagentsAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wire_server import WireServer


MODELS: list[OpenAIModel] = []


@pytest.fixture(autouse=True)
def _clients_are_closed() -> Iterator[None]:
    yield
    while MODELS:
        MODELS.pop().client.close()


def model(server: WireServer, **settings: Any) -> OpenAIModel:
    made = OpenAIModel(
        "scripted",
        api_base=server.url,
        api_key="none",
        client_kwargs={"max_retries": 0},
        retry=False,
        **settings,
    )
    MODELS.append(made)
    return made


def agent(server: WireServer, *tools: Any, **fields: Any) -> ToolCallingAgent:
    return ToolCallingAgent(tools=list(tools), model=model(server), **fields)


def answer(text: Any, call_id: str = "fa") -> dict[str, Any]:
    return call("final_answer", call_id, answer=text)


@tool
def weather(city: str) -> dict:
    """Tell the weather.

    Args:
        city: The city.
    """
    return {"city": city, "temp_c": 18}


@tool
def broken() -> str:
    """Break."""
    raise ValueError("no disk")


def says_word(word: str) -> Any:
    return lambda event: isinstance(event, TextDelta) and event.text == word


def tasks(server: Model, ask: int = -1) -> list[str]:
    """What a person and the agent said, of what a request held."""
    return [said for _, said in server.heard(ask)]


def left() -> list[threading.Thread]:
    """Threads of runs that do not end."""
    runs = [thread for thread in threading.enumerate() if thread.name == "turnwise _run"]
    for thread in runs:
        thread.join(10)
    return [thread for thread in runs if thread.is_alive()]


def test_recognised_whatever_kind_it_is() -> None:
    with Model([]) as server:
        assert isinstance(adapter_for(agent(server)), SmolagentsAdapter)
        assert adapter_for(CodeAgent(tools=[], model=model(server))).name == "smolagents · CodeAgent"
        assert adapter_for(agent(server, name="helper", description="Helps.")).name == "smolagents · helper"


async def test_text_tool_answer_and_the_next_prompt_has_it_all(capfd: pytest.CaptureFixture[str]) -> None:
    replies = [
        says("Let me ", "look.", call("weather", "1", city="Paris")),
        says(answer("18 °C.")),
        says(answer("Paris.")),
    ]
    with Model(replies) as server:
        chat = Conversation(agent(server, weather))
        run = await chat.ask("Weather in Paris?")
        again = await chat.ask("Where?")
        heard = tasks(server)
        assert any("Weather in Paris?" in said for said in heard)
        assert any("18 °C." in said for said in heard)
        assert "Where?" in heard[-1]
    first, second = run.turns
    assert (first.text, first.finish_reason) == ("Let me look.", "tool_calls")
    [asked] = first.tools
    assert told(asked) == ("weather", {"city": "Paris"}, {"city": "Paris", "temp_c": 18}, "ok")
    assert (second.text, second.tools, run.final_text) == ("18 °C.", [], "18 °C.")
    assert run.usage.input_tokens == 24
    assert sum(isinstance(event, TextDelta) for event in chat.events) >= 3
    assert (again.status, again.final_text, len(again.turns)) == ("complete", "Paris.", 1)
    assert capfd.readouterr().out == ""


async def test_parallel_calls_an_unknown_tool_and_one_that_raises() -> None:
    replies = [
        says(call("weather", "1", city="a"), call("weather", "2", city="b")),
        says(call("nobody", "3")),
        says(call("broken", "4")),
        says(answer("Sorry.")),
    ]
    with Model(replies) as server:
        run = await Conversation(agent(server, weather, broken)).ask("go")
    assert [[each.outcome for each in turn.tools] for turn in run.turns] == [
        ["ok", "ok"],
        ["error"],
        ["error"],
        [],
    ]
    assert "no disk" in str(run.turns[2].tools[0].result)
    assert (run.status, run.final_text) == ("complete", "Sorry.")


async def test_code_is_a_call_and_its_answer_is_shown_once() -> None:
    replies = [
        says("Thought: look.\n<code>\nw = weather(city='Paris')\nprint(w)\n</code>"),
        says("Thought: done.\n<code>\nfinal_answer('18')\n</code>"),
    ]
    with Model(replies) as server:
        coder = CodeAgent(tools=[weather], model=model(server))
        chat = Conversation(coder)
        run = await chat.ask("Weather?")
    assert [[each.name for each in turn.tools] for turn in run.turns] == [["python_interpreter"]] * 2
    first = run.turns[0].tools[0]
    assert "weather(city='Paris')" in str(first.arguments)
    assert "'temp_c': 18" in str(first.result)
    assert run.turns[1].text.endswith("18")
    assert len(run.turns) == 2


async def test_an_answer_that_is_no_text() -> None:
    with Model([says(answer({"city": "Paris"}))]) as server:
        run = await Conversation(agent(server)).ask("where?")
    assert '"city": "Paris"' in run.final_text
    assert len(run.turns) == 1


async def test_stopped_in_text_the_next_prompt_knows_what_was_read() -> None:
    with Model([says(answer("The end."))]) as other:
        with Model([says("Once upon ", "a time", end="hang")]) as server:
            teller = agent(server)
            chat = Conversation(teller)
            run = await chat.ask("a story", stop_at=says_word("a time"))
            assert (run.status, run.final_text) == ("cancelled", "Once upon a time")
        # The thread ends with the model's next piece, or with its connection.
        assert left() == []
        teller.model = model(other)
        after = await chat.ask("go on")
        assert (after.status, after.final_text) == ("complete", "The end.")
        heard = tasks(other)
        assert any("Once upon a time" in said for said in heard)
        assert "go on" in heard[-1]
    assert left() == []


class Blocked:
    """A ``tool`` that nothing stops; ``here`` is set when it runs, and ``release`` lets it go on."""

    def __init__(self) -> None:
        self.here = asyncio.Event()
        self.release = threading.Event()
        loop = asyncio.get_running_loop()

        @tool
        def slow() -> str:
            """Be slow."""
            loop.call_soon_threadsafe(self.here.set)
            self.release.wait()
            print("late")
            return "late"

        self.tool = slow


async def test_stopped_in_a_tool_the_next_prompt_does_not_wait_for_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    blocked = Blocked()
    replies = [
        says(answer("Hi.")),
        says("Starting.", call("slow", "1")),
        says(answer("Fine.")),
        says(answer("Yes.")),
    ]
    with Model(replies) as server:
        chat = Conversation(agent(server, blocked.tool))
        await chat.ask("hello")
        run = await chat.ask("go", stop=blocked.here)
        assert (run.status, run.final_text) == ("cancelled", "Starting.")
        assert [each.state for turn in run.turns for each in turn.tools] == ["cancelled"]
        after = await chat.ask("never mind")
        assert (after.status, after.final_text) == ("complete", "Fine.")
        heard = tasks(server)
        assert [any(said in each for each in heard) for said in ("hello", "Hi.", "go", "Starting.")] == [
            True
        ] * 4
        blocked.release.set()
        assert left() == []
        assert len(server.requests) == 3, "the run that was stopped asks nothing more"
        again = await chat.ask("still there?")
        assert (again.status, again.final_text, again.notices) == ("complete", "Yes.", [])
        assert not any("late" in each for each in tasks(server))
    assert capfd.readouterr().out == "late\n", (
        "what a tool prints when nobody listens goes where it always goes"
    )


async def test_stopped_in_a_tool_code_goes_on_with_its_variables() -> None:
    blocked = Blocked()
    codes = ["x = 42", "slow()", "final_answer(x)"]
    with Model([says(f"<code>\n{each}\n</code>") for each in codes]) as server:
        chat = Conversation(CodeAgent(tools=[blocked.tool], model=model(server)))
        await chat.ask("go", stop=blocked.here)
        run = await chat.ask("and?")
        assert "42" in run.final_text
        blocked.release.set()
    assert left() == []


async def test_two_copies_at_once_print_nothing_and_give_the_console_back(
    capfd: pytest.CaptureFixture[str],
) -> None:
    blocked = Blocked()
    with Model([says(call("slow", "1")), says(answer("Two.")), says(answer("One."))]) as server:
        original = agent(server, blocked.tool)
        console = original.logger.console
        adapter = adapter_for(original)
        first = asyncio.create_task(Conversation(None, adapter).ask("go"))
        await blocked.here.wait()
        second = await Conversation(None, adapter.changed(system="Short.")).ask("hello")
        assert original.logger.console is not console
        blocked.release.set()
        assert [second.final_text, (await first).final_text] == ["Two.", "One."]
        assert left() == []
        assert original.logger.console is console
    assert capfd.readouterr().out == "late\n", "the tool's own"


async def test_b19_a_providers_error_comes_once_and_the_next_prompt_works() -> None:
    with Model([fails(500, "overloaded"), says("Half a ", end="drop"), says(answer("Better."))]) as server:
        chat = Conversation(agent(server))
        run = await chat.ask("hello")
        assert (run.status, run.notices, run.turns) == ("error", [], [])
        assert run.error is not None
        assert run.error.kind == "AgentGenerationError"
        assert "overloaded" in run.error.message
        run = await chat.ask("again")
        assert (run.status, run.final_text) == ("error", "Half a ")
        after = await chat.ask("and now?")
        assert (after.status, after.final_text) == ("complete", "Better.")
        assert any("Half a" in said for said in tasks(server))


async def test_b16_a_managed_agent_nests_under_its_call() -> None:
    replies = [
        says("Asking.", call("billing", "1", task="the bill")),
        says("Looking.", call("weather", "2", city="x")),
        says(answer("It is 5.", "3")),
        says(answer("Your bill is 5.", "4")),
    ]
    with Model(replies) as server:
        billing = agent(server, weather, name="billing", description="Bills.", stream_outputs=True)
        run = await Conversation(agent(server, managed_agents=[billing])).ask("my bill?")
    [lane] = [lane for lane in run.lanes if lane.parent]
    assert (lane.agent, lane.parent) == ("billing", run.turns[0].tools[0].id)
    inner = [turn for turn in run.turns if turn.lane == lane.id]
    assert [turn.text for turn in inner] == ["Looking.", "It is 5."]
    assert [each.outcome for turn in inner for each in turn.tools] == ["ok"]
    assert run.final_text == "Your bill is 5."


async def test_at_the_limit_of_steps_the_framework_asks_for_an_answer() -> None:
    with Model([says(call("weather", "1", city="x"))]) as server:
        chat = Conversation(None, SmolagentsAdapter(agent(server, weather), max_steps=1))
        run = await chat.ask("go")
    assert run.status == "complete"
    assert [each.outcome for each in run.turns[0].tools] == ["ok"]
    assert run.final_text  # here the framework's own words, for the server does not answer


async def test_described_and_changed() -> None:
    with Model([says(answer("Oui."))]) as server:
        original = ToolCallingAgent(
            tools=[weather], model=model(server, temperature=0.1), instructions="Be brief."
        )
        adapter = adapter_for(original)
        told = adapter.describe()
        assert "Be brief." in (told.system or "")
        assert (told.model, dict(told.settings)) == ("scripted", {"temperature": 0.1})
        assert (told.framework or "").startswith("smolagents ")
        assert [each.name for each in told.tools or ()] == ["weather", "final_answer"]
        assert "city" in ((told.tools or ())[0].parameters or {})["properties"]

        braces = adapter.changed(system="Answer as {{name}} {% would %}.")
        assert braces.describe().system == "Answer as {{name}} {% would %}."
        changed = adapter.changed(system="En français.", settings={"temperature": 0.9}, tools=[broken])
        assert changed.describe().system == "En français."
        assert [each.name for each in changed.describe().tools or ()] == ["broken", "final_answer"]
        run = await Conversation(None, changed).ask("Yes?")
        assert run.final_text == "Oui."
        assert server.system == "En français."
        assert server.requests[-1].body["temperature"] == 0.9
        assert original.memory.steps == []
        assert adapter.describe() == told


async def test_runs_that_the_agent_never_heard_of_are_told() -> None:
    with Model([says(answer("Hi Ada.")), says(answer("Ada."))]) as server:
        chat = Conversation(agent(server))
        await chat.ask("I am Ada")
        chat.adapter = chat.adapter.changed(system="Short.")
        assert (await chat.ask("Who am I?")).final_text == "Ada."
        heard = tasks(server)
        assert any("I am Ada" in said for said in heard)
        assert any("Hi Ada." in said for said in heard)


def test_in_a_notebook_kernel() -> None:
    with Model([says("Looking.", call("weather", "1", city="Paris")), says(answer("It is mild."))]) as server:
        printed = chat_in_kernel(
            f"""
            from smolagents import OpenAIModel, ToolCallingAgent, tool
            from turnwise import AgentChat

            @tool
            def weather(city: str) -> str:
                '''Tell the weather.

                Args:
                    city: The city.
                '''
                return "18 °C"

            model = OpenAIModel("scripted", api_base={server.url!r}, api_key="none")
            chat = AgentChat(ToolCallingAgent(tools=[weather], model=model))
            chat
            """,
        )
    assert printed == "complete ['18 °C'] It is mild.\n"
