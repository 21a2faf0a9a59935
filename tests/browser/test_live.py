"""Widgets in the steps of a chat in real JupyterLab: what a tool returned, and what a function of the user's made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from .conftest import Shot
    from .lab import Lab, Notebook

KNOBS = """
import asyncio

import ipywidgets
from turnwise import AgentChat, ToolCall, ToolResult

slider = ipywidgets.IntSlider(3, max=9, description="Heat")
moved = asyncio.get_running_loop().create_future()
slider.observe(lambda change: moved.get_loop().call_soon_threadsafe(moved.set_result, change.new), "value")

class Reading:
    degrees = 18

SPEC = {"mark": "bar", "data": {"values": [{"a": 1, "b": 2}, {"a": 2, "b": 5}]},
        "encoding": {"x": {"field": "a", "type": "ordinal"}, "y": {"field": "b", "type": "quantitative"}}}

class Chart:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"application/vnd.vegalite.v5+json": SPEC, "text/plain": "a chart"}

async def agent(prompt):
    yield ToolCall("knob", {"at": "stove"}, call_id="1")
    yield ToolResult(slider, call_id="1")
    yield ToolCall("thermometer", {"city": "Paris"}, call_id="2")
    yield ToolResult(Reading(), call_id="2")
    yield ToolCall("plot", {}, call_id="3")
    yield ToolResult(Chart(), call_id="3")
    yield "There you are."

chat = AgentChat(agent)
chat
"""

VIEW = """
made = []

@chat.view("thermometer")
def view(step):
    made.append(ipywidgets.IntSlider(step.result.degrees, max=40, description=step.arguments["city"]))
    return made[-1]
"""


@pytest.fixture
def knobs(lab: Lab) -> Notebook:
    notebook = lab.open(KNOBS, VIEW, "await chat.send('show me')")
    notebook.run_all()
    return notebook


def test_widgets_in_steps_are_live(knobs: Notebook, shot: Shot) -> None:
    chat = knobs.chat()
    live = chat.host.locator('[data-part="live"]')
    expect(live).to_have_count(3)
    # The host draws into the light DOM, where its styles are.
    heat, paris = (chat.host.locator(".widget-slider", has_text=name) for name in ("Heat", "Paris"))
    bars = chat.host.locator(".vega-embed canvas")
    for drawn in (heat, paris, bars):
        expect(drawn).to_be_visible()

    handle = heat.locator(".noUi-handle")
    handle.press("ArrowRight")
    assert knobs.eval("await moved") == 4
    expect(chat.runs).to_have_count(1)
    handle.press("f")  # a key of the chat's, but it was not the chat that had it
    expect(chat.action("final-only")).to_have_attribute("aria-checked", "false")

    thermometer = chat.tool("thermometer")
    plain = thermometer.locator('[data-action="plain"]')
    expect(thermometer.locator('[data-kind="result"]')).to_have_count(0)
    shot(knobs.page, "lab-live-widgets")
    plain.scroll_into_view_if_needed()
    shot(knobs.page, "lab-live-view")
    plain.click()
    expect(thermometer.locator('[data-kind="result"]')).to_contain_text("Reading object")
    plain.click()

    knobs.exec("@chat.view('thermometer')\ndef broken(step): return step.result.kelvin")
    wrong = thermometer.locator('[data-part="view-error"]')
    expect(wrong).to_contain_text("AttributeError")
    expect(thermometer.locator('[data-kind="result"]')).to_contain_text("Reading object")
    assert knobs.eval("made[0].comm is None")

    knobs.exec("@chat.view('thermometer')\ndef words(step): return {'degrees': step.result.degrees}")
    expect(thermometer.locator('[data-part="view"]')).to_contain_text("18")
    expect(wrong).to_have_count(0)

    knobs.exec("chat.view('thermometer')(view)")
    expect(paris).to_be_visible()
    knobs.reload()
    for drawn in (heat, paris, bars):
        expect(drawn).to_be_visible()
    assert knobs.eval("len(made)") == 2, "a reloaded page shows the widget that there is"


LOG = """
from turnwise import AgentChat, ToolCall, ToolResult

async def agent(prompt):
    yield ToolCall("log", {}, call_id="1")
    yield ToolResult("line\\n" * 4_000_000, call_id="1")
    yield "Long."

chat = AgentChat(agent)
chat
"""


def test_of_a_result_of_20_mb_the_page_has_its_beginning_and_end(lab: Lab) -> None:
    notebook = lab.open(LOG, "await chat.send('go')")
    notebook.run_all()
    chat = notebook.chat()
    chat.idle()
    chat.tool("log").locator("button[aria-expanded]").first.click()
    expect(chat.action("fetch-whole")).to_contain_text("Show all")
    expect(chat.tool("log")).to_contain_text("more characters")
    assert chat.tool("log").evaluate("step => step.textContent.length") < 40_000
