"""What the model saw, in real JupyterLab: opened from a turn's header, fetched, compared with the turn before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from .conftest import Shot
    from .lab import Lab

CELL = """
from turnwise import AgentChat, ModelRequest, Reasoning, ToolCall, ToolResult, ToolStart

SYSTEM = "You are a meteorologist.\\nAnswer in one sentence.\\nNever guess: use a tool.\\nUse metric units."

def tool(name, what):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"name": name, "description": what, "input_schema": schema}

WEATHER = tool("get_weather", "The weather of a city, now.")
HISTORY = tool("get_history", "What the weather was, day by day.")

async def agent(prompt, history):
    asked = {"role": "user", "content": prompt}
    settings = {"temperature": 0, "max_tokens": 1024, "api_key": "sk-nobody-sees-this-0123456789"}
    yield ModelRequest([asked], system=SYSTEM, tools=[WEATHER], settings=settings, model="demo-1", exact=True)
    yield Reasoning("They want the weather.")
    yield ToolCall("get_weather", {"city": "Paris"}, call_id="c1")
    yield ToolStart(call_id="c1")
    yield ToolResult({"temp_c": 18, "sky": "clear"}, call_id="c1")
    call = {"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Paris"}}
    called = {"role": "assistant", "content": [call]}
    answer = {"type": "tool_result", "tool_use_id": "c1", "content": '{"temp_c": 18, "sky": "clear"}'}
    result = {"role": "user", "content": [answer]}
    yield ModelRequest(
        [asked, called, result],
        system=SYSTEM.replace("one sentence", "two sentences"),
        tools=[WEATHER, HISTORY],
        settings=settings,
        model="demo-1",
        exact=True,
    )
    yield "It is 18 °C in Paris, under a clear sky."

chat = AgentChat(agent)
chat
"""


def test_what_the_model_saw(lab: Lab, shot: Shot) -> None:
    notebook = lab.open(CELL)
    notebook.run()
    chat = notebook.chat()
    chat.send("Weather in Paris?")
    chat.idle()
    first, second = chat.turn(1), chat.turn(2)
    expect(first.locator(".badge")).to_have_count(0)
    expect(second.locator(".badge")).to_have_text(["other system prompt", "other tools"])

    opener = second.locator('button[data-action="saw"]')
    opener.focus()
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    panel = second.locator('[data-part="saw"]')
    messages = panel.locator(".saw-message")
    expect(messages.locator("header b")).to_have_text(["model", "tool"])
    expect(messages.locator(".saw-mark")).to_have_text(["new", "new"])
    expect(messages.first).to_contain_text("get_weather")
    expect(panel.locator('[data-name="tools"]')).to_contain_text("get_weather, get_history")
    expect(panel.locator('[data-name="settings"]')).to_contain_text("[secret]")
    lab.viewport(1280, 1100)
    shot(lab.page, "lab-saw-sent")

    panel.locator('[data-action="saw-open"]').first.press("Enter")
    expect(panel).to_contain_text("Answer in two sentences.")
    panel.get_by_label("Changes").press("Space")
    expect(panel.locator("del")).to_contain_text("Answer in one sentence.")
    expect(panel.locator("ins")).to_contain_text("Answer in two sentences.")
    expect(panel.locator(".saw-tools > li")).to_contain_text("get_history")
    shot(lab.page, "lab-saw-changes")
    lab.theme("dark")
    shot(lab.page, "lab-saw-changes-dark")

    panel.get_by_label("Events").press("Space")
    expect(panel.locator(".saw-op").first).to_have_text("open_turn")
    expect(panel.locator(".saw-op").last).to_have_text("close_turn")
    shot(lab.page, "lab-saw-events-dark")
    lab.viewport(420, 1100)
    shot(lab.page, "lab-saw-events-narrow")
    panel.get_by_label("Sent").press("Space")
    shot(lab.page, "lab-saw-sent-narrow")

    first.locator('button[data-action="saw"]').click()
    expect(first.locator('[data-part="saw"] .saw-message')).to_have_count(1)
    expect(first.locator(".saw-mark")).to_have_count(0)
    opener.click()
    expect(panel).to_have_count(0)


def test_a_source_that_does_not_tell_says_so(lab: Lab) -> None:
    notebook = lab.open("from turnwise import AgentChat\nchat = AgentChat(lambda prompt: 'Hello.')\nchat")
    notebook.run()
    chat = notebook.chat()
    chat.send("Hi")
    chat.idle()
    chat.action("saw").click()
    expect(chat.host.locator('[data-part="saw"]')).to_contain_text("does not tell what it sent")
    chat.host.get_by_label("Events").press("Space")
    expect(chat.host.locator(".saw-op").last).to_have_text("close_turn")
