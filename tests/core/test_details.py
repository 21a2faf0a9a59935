"""What a page may ask about a step: the views that users gave to tools, and the schema of a tool's arguments."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from typing import TYPE_CHECKING, Any

import ipywidgets
import pytest

from live import until
from turnwise import Agent, AgentChat, TextDelta, ToolCall, ToolResult, ToolStart
from turnwise.adapters import adapter_for
from turnwise.adapters.base import Adapter
from turnwise.adapters.description import Description, ToolInfo
from turnwise.details import Details

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from turnwise import ToolPart

WIDGET = "application/vnd.jupyter.widget-view+json"


class Reading:
    """No plain data: what a tool may return to be drawn by a view."""

    def __init__(self, degrees: int) -> None:
        self.degrees = degrees


async def agent(prompt: str) -> AsyncIterator[object]:
    yield ToolCall("thermometer", {"city": prompt}, call_id="1")
    yield ToolResult(Reading(18), call_id="1")
    yield TextDelta("18 degrees.")


async def asked(chat: AgentChat) -> dict[str, Any]:
    """What a page is told that shows the first step of ``chat``."""
    step = chat.transcript.runs[0].turns[0].tools[0]
    return json.loads(chat._session._details.tell(step, "view"))


async def test_a_view_gets_the_step_with_its_result_as_it_was_returned() -> None:
    chat = AgentChat(agent)
    seen: list[ToolPart] = []
    made: list[ipywidgets.IntSlider] = []

    @chat.view("thermometer")
    def slider(step: ToolPart) -> ipywidgets.IntSlider:
        seen.append(step)
        reading: Any = step.result
        made.append(ipywidgets.IntSlider(reading.degrees))
        return made[-1]

    await chat.send("Paris")
    told = await asked(chat)
    assert (await asked(chat)) == told, "a second page shows the same widget"
    (step,), (widget,) = seen, made
    assert (step.name, step.arguments) == ("thermometer", {"city": "Paris"})
    assert told["value"]["mimebundle"][WIDGET]["model_id"] == widget.model_id
    assert widget.value == 18
    assert isinstance(chat.transcript.runs[0].turns[0].tools[0].result, str), (
        "the transcript keeps plain data"
    )
    assert chat.views == {"thermometer": 1}

    chat.close()
    assert widget.comm is None
    assert await asked(chat) == {}


async def test_a_view_that_is_set_again_replaces_what_the_first_made() -> None:
    chat = AgentChat(agent)
    await chat.send("Paris")
    made = [ipywidgets.IntSlider(1), ipywidgets.IntSlider(2)]
    for widget in made:
        chat.view("thermometer")(lambda step, widget=widget: widget)
        told = await asked(chat)
        assert told["value"]["mimebundle"][WIDGET]["model_id"] == widget.model_id
    assert made[0].comm is None
    assert made[1].comm is not None
    assert chat.views == {"thermometer": 2}


async def test_a_widget_that_the_tool_itself_returned_is_not_the_chats_to_close() -> None:
    slider = ipywidgets.IntSlider(3)

    async def returns_a_widget(prompt: str) -> AsyncIterator[object]:
        yield ToolCall("knob", call_id="1")
        yield ToolResult(slider, call_id="1")

    chat = AgentChat(returns_a_widget)
    chat.view("knob")(lambda step: step.result)
    run = await chat.send("go")
    model = slider.model_id
    shown: Any = run.turns[0].tools[0].result
    assert shown["mimebundle"][WIDGET]["model_id"] == model
    assert (await asked(chat))["value"]["mimebundle"][WIDGET]["model_id"] == model
    chat.close()
    assert slider.comm is not None


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda step: None, {}),
        (lambda step: {"as": "data"}, {"value": {"as": "data"}}),
        (lambda step: 1 / 0, {"error": {"kind": "ZeroDivisionError", "message": "division by zero"}}),
        (lambda step: sys.exit(1), {"error": {"kind": "SystemExit", "message": "sys.exit(1) was called"}}),
    ],
    ids=["nothing", "plain data", "an error", "sys.exit"],
)
async def test_a_view_may_make_anything_or_fail(function: Callable[[Any], Any], told: dict[str, Any]) -> None:
    chat = AgentChat(agent)
    chat.view("thermometer")(function)
    await chat.send("Paris")
    answer = await asked(chat)
    if "error" in answer:
        assert "lambda step" in answer["error"].pop("detail")
    assert answer == told
    assert (await chat.send("Rome")).status == "complete"


async def test_a_step_is_shown_to_its_view_once_it_has_ended() -> None:
    seen: list[str] = []
    go_on = asyncio.Event()

    async def slow(prompt: str) -> AsyncIterator[object]:
        yield ToolCall("thermometer", {"city": prompt}, call_id="1")
        yield ToolStart(call_id="1")
        yield ToolResult("warming up", call_id="1", preliminary=True)
        await go_on.wait()
        yield ToolResult(Reading(18), call_id="1")

    chat = AgentChat(slow)

    @chat.view("thermometer")
    def text(step: ToolPart) -> str:
        seen.append(step.state)
        return f"{step.result.degrees} degrees"  # type: ignore[union-attr]

    run = chat.send("Paris")
    await until(lambda: bool(run.turns and run.turns[0].tools and run.turns[0].tools[0].preliminary))
    assert await asked(chat) == {}
    go_on.set()
    await run
    assert await asked(chat) == {"value": "18 degrees"}
    assert seen == ["done"]


async def test_a_widget_that_cannot_be_closed_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    """A second result, another view and the chat's end close it: none of them is the widget's to stop."""

    stubborn = True

    class Stubborn(ipywidgets.IntSlider):
        def close(self) -> None:
            if stubborn:
                raise RuntimeError("not now")
            super().close()

    go_on = asyncio.Event()

    async def twice(prompt: str) -> AsyncIterator[object]:
        yield ToolCall("thermometer", call_id="1")
        yield ToolResult(17, call_id="1")
        await go_on.wait()
        yield ToolResult(18, call_id="1")

    chat = AgentChat(twice)
    chat.view("thermometer")(lambda step: Stubborn(0))
    run = chat.send("Paris")
    await until(lambda: bool(run.turns and run.turns[0].tools and run.turns[0].tools[0].state == "done"))
    assert "value" in await asked(chat)
    go_on.set()
    ended = await run
    assert (ended.status, ended.error, ended.turns[0].tools[0].result) == ("complete", None, 18)
    assert "value" in await asked(chat)
    chat.view("thermometer")(lambda step: Stubborn(1))
    assert "value" in await asked(chat)
    chat.close()
    assert caplog.text.count("RuntimeError: not now") == 3
    stubborn = False  # widgets close themselves when they are collected


async def test_a_view_that_is_replaced_while_it_is_made_leaves_nothing_open() -> None:
    chat = AgentChat(agent)
    await chat.send("Paris")
    begun, go = threading.Event(), threading.Event()
    made: list[ipywidgets.IntSlider] = []

    @chat.view("thermometer")
    def slow(step: ToolPart) -> ipywidgets.IntSlider:
        begun.set()
        go.wait()
        made.append(ipywidgets.IntSlider())
        return made[0]

    step = chat.transcript.runs[0].turns[0].tools[0]
    asking = threading.Thread(target=chat._session._details.tell, args=(step, "view"))
    asking.start()
    begun.wait()
    chat.close()
    go.set()
    asking.join()
    assert made[0].comm is None


def test_a_view_without_the_name_of_its_tool_is_an_error_with_a_cure() -> None:
    with pytest.raises(TypeError, match=r"@chat\.view\(\"search\"\)"):
        AgentChat(agent).view(lambda step: None)  # type: ignore[arg-type]


def weather(city: str, days: int = 3) -> str:
    """Forecast.

    Args:
        city: Where.
        days: How many.
    """
    return f"{city} {days}"


class Silent(Adapter):
    """Fails when it is asked to describe itself."""

    name = "silent"

    async def stream(self, prompt: str, history: object) -> AsyncIterator[Any]:  # type: ignore[override]
        yield ToolCall("weather", {}, call_id="1")

    def describe(self) -> Description:
        raise RuntimeError("not today")


def step_of(name: str) -> Any:
    from turnwise.runs import ToolPart

    return ToolPart("p", name, None, 0.0)


def test_the_schema_is_what_the_adapter_describes() -> None:
    details = Details(adapter_for(Agent("openai:m", tools=[weather], api_key="k")).describe)
    schema = json.loads(details.tell(step_of("weather"), "schema"))
    assert schema["properties"]["city"]["description"] == "Where."
    assert schema["required"] == ["city"]
    assert json.loads(details.tell(step_of("another"), "schema")) is None
    untold = Details(lambda: Description(name="x", tools=[ToolInfo(name="weather")]))
    assert json.loads(untold.tell(step_of("weather"), "schema")) is None
    assert json.loads(Details(Silent().describe).tell(step_of("weather"), "schema")) is None
