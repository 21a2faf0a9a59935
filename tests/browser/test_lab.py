"""A chat in real JupyterLab, used as a reader uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from .chat import Chat
    from .conftest import Shot
    from .lab import Lab, Notebook

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"

DEMO = """
from turnwise import AgentChat, demo
chat = AgentChat(demo.agent(pace=0.004), title="Climate")
chat
"""

# An agent that says what the test tells it to, when it tells it.
PUPPET = """
import asyncio
from turnwise import AgentChat, ReasoningDelta, ToolCall, ToolResult, ToolStart

lines = asyncio.Queue()

async def puppet(prompt, history):
    while (line := await lines.get()) is not None:
        if isinstance(line, Exception):
            raise line
        yield line

chat = AgentChat(puppet)
chat
"""

TEXTS = "[[p.text for p in t.parts if p.kind == 'text'] for r in chat.transcript.runs for t in r.turns]"


def say(notebook: Notebook, *lines: str) -> None:
    """The puppet says these next, Python expressions; ``None`` ends its run."""
    notebook.exec(f"for line in [{', '.join(lines)}]: lines.put_nowait(line)")


def texts(chat: Chat) -> list[list[str]]:
    """What the page shows, by turn: the text parts."""
    return [
        [part.removeprefix("text: ") for part in turn if part.startswith("text: ")] for turn in chat.sketch()
    ]


@pytest.fixture
def puppet(lab: Lab) -> Notebook:
    notebook = lab.open(PUPPET, "chat")
    notebook.run(0)
    expect(notebook.chat().composer).to_be_editable()
    return notebook


def test_turns_appear_as_they_happen(puppet: Notebook, shot: Shot) -> None:
    chat = puppet.chat()
    chat.send("Weather in Paris?")
    expect(chat.users.first).to_have_text("Weather in Paris?")

    say(puppet, "ReasoningDelta('They want the weather.')", "'Let me check.'")
    expect(chat.turn(1)).to_have_attribute("data-status", "streaming")
    expect(chat.turn(1).locator('[data-part="reasoning"]')).to_have_count(1)
    expect(chat.texts.first).to_have_text("Let me check.")

    say(puppet, "ToolCall('get_weather', {'city': 'Paris'}, call_id='1')", "ToolStart(call_id='1')")
    tool = chat.tool("get_weather")
    expect(tool).to_have_attribute("data-state", "running")
    shot(puppet.page, "lab-tool-running")

    say(puppet, "ToolResult({'temp_c': 18}, call_id='1')", "'It is 18 °C.'", "None")
    expect(tool).to_have_attribute("data-state", "done")
    expect(chat.turn(2).locator('[data-part="text"]')).to_have_text("It is 18 °C.")
    expect(chat.turn(2)).to_have_attribute("data-final", "true")
    chat.idle()

    opener = tool.locator("button[aria-expanded]").first
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(tool).to_contain_text("temp_c")
    assert texts(chat) == puppet.eval(TEXTS)
    shot(puppet.page, "lab-tool-open")


def test_demo_agent_from_prompt_to_answer(lab: Lab, shot: Shot) -> None:
    notebook = lab.open(DEMO)
    notebook.run()
    chat = notebook.chat()
    chat.send("Compare the climate of Paris and Tokyo")
    expect(chat.runs.last).to_have_attribute("data-status", "complete", timeout=30_000)
    expect(chat.turn(1)).to_contain_text("query")  # a step, or by now a line that several folded into
    turns = notebook.eval("[t.number for t in chat.transcript.runs[0].turns]")
    assert len(turns) > 2
    expect(chat.turns).to_have_count(len(turns))
    expect(chat.turns.last).to_have_attribute("data-final", "true")
    expect(chat.turns.last.locator("table")).to_be_visible()
    lab.viewport(1280, 1400)
    shot(lab.page, "lab-demo-light")
    lab.theme("dark")
    shot(lab.page, "lab-demo-dark")


def test_final_only_from_the_page_and_from_python(puppet: Notebook, shot: Shot) -> None:
    chat = puppet.chat()
    chat.send("go")
    say(
        puppet, "'first'", "ToolCall('look', {}, call_id='1')", "ToolResult(1, call_id='1')", "'last'", "None"
    )
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    expect(chat.turn(1)).to_be_visible()

    chat.action("final-only").click()
    expect(chat.turn(1)).to_be_hidden()
    expect(chat.turn(2)).to_be_visible()
    expect(chat.texts.last).to_have_text("last")
    assert puppet.eval("chat.final_only") is True
    shot(puppet.page, "lab-final-only")

    puppet.exec("chat.final_only = False")
    expect(chat.turn(1)).to_be_visible()
    expect(chat.action("final-only")).to_have_attribute("aria-checked", "false")

    puppet.exec("chat.final_only = True")
    expect(chat.turn(1)).to_be_hidden()


def test_stop_and_go_on(puppet: Notebook) -> None:
    chat = puppet.chat()
    chat.send("one")
    say(puppet, "'half an ans'")
    expect(chat.texts.first).to_have_text("half an ans")
    chat.action("stop").click()
    expect(chat.runs.first).to_have_attribute("data-status", "cancelled")
    assert puppet.eval("chat.transcript.runs[0].status") == "cancelled"

    chat.send("two")
    say(puppet, "'whole'", "None")
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    expect(chat.texts.last).to_have_text("whole")
    expect(chat.texts.first).to_have_text("half an ans")


def test_reload_in_the_middle_of_a_run(puppet: Notebook) -> None:
    chat = puppet.chat()
    chat.send("count")
    say(puppet, "'one '", "'two '")
    expect(chat.texts.first).to_have_text("one two")
    puppet.save()
    say(puppet, "'three '")
    puppet.reload(save=False)
    say(puppet, "'four '")
    expect(chat.texts.first).to_have_text("one two three four")
    expect(chat.runs.last).to_have_attribute("data-status", "running")
    say(puppet, "'five'", "ToolCall('look', {}, call_id='1')", "ToolResult(1, call_id='1')", "'end'", "None")
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    assert texts(chat) == puppet.eval(TEXTS) == [["one two three four five"], ["end"]]
    chat.send("again")
    say(puppet, "'still here'", "None")
    expect(chat.texts.last).to_have_text("still here")


def test_views_show_one_conversation(puppet: Notebook, shot: Shot) -> None:
    first = puppet.chat()
    first.send("to all")
    say(puppet, "'seen '")
    expect(first.texts.first).to_have_text("seen")

    puppet.run(1)
    second = puppet.chat(1)
    expect(second.texts.first).to_have_text("seen")
    third = puppet.open_output_view(0)
    expect(third.texts.first).to_have_text("seen")

    third.type("a draft")
    say(puppet, "'everywhere'", "None")
    for view in (first, second, third):
        expect(view.texts.first).to_have_text("seen everywhere")
        expect(view.runs.last).to_have_attribute("data-status", "complete")
    expect(third.composer).to_have_value("a draft")
    expect(first.composer).to_have_value("")
    third.composer.press("Enter")
    expect(second.users.last).to_have_text("a draft")
    shot(puppet.page, "lab-three-views")


def test_typing_is_not_a_shortcut(puppet: Notebook) -> None:
    chat = puppet.chat()
    cells = puppet.page.locator(".jp-Notebook .jp-Cell")
    chat.type("abddxxzmy00")
    chat.composer.press("Shift+Enter")
    chat.composer.press_sequentially("line 2")
    chat.composer.press("Control+a")
    chat.composer.press("End")
    expect(chat.composer).to_have_value("abddxxzmy00\nline 2")
    expect(chat.composer).to_be_focused()
    expect(cells).to_have_count(2)
    assert puppet.execution_count(0) == 1
    assert puppet.execution_count(1) is None

    chat.composer.press("Enter")
    expect(chat.users.first).to_have_text("abddxxzmy00\nline 2")
    expect(chat.composer).to_have_value("")
    expect(chat.composer).to_be_focused()


def test_enter_that_ends_a_composition_does_not_send(puppet: Notebook) -> None:
    chat = puppet.chat()
    chat.composer.click()
    cdp = puppet.page.context.new_cdp_session(puppet.page)
    cdp.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    # The key that the input method takes for itself: the page sees it, but it types nothing.
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Enter", "windowsVirtualKeyCode": 229})
    cdp.send("Input.insertText", {"text": "日本"})
    expect(chat.composer).to_have_value("日本")
    expect(chat.users).to_have_count(0)
    chat.composer.press("Enter")
    expect(chat.users).to_have_text(["日本"])


def test_follows_the_theme(puppet: Notebook) -> None:
    chat = puppet.chat()
    lightness = """composer => {
        for (let at = composer; at; at = at.parentElement ?? at.getRootNode().host) {
            const [red, green, blue, alpha = 1] = getComputedStyle(at).backgroundColor.match(/[\\d.]+/g).map(Number);
            if (alpha > 0.5) return (red + green + blue) / 3;
        }
        return 255;
    }"""
    assert chat.composer.evaluate(lightness) > 200
    puppet.lab.theme("dark")
    assert chat.composer.evaluate(lightness) < 80
    puppet.lab.theme("light")
    assert chat.composer.evaluate(lightness) > 200


def test_an_error_is_shown_and_the_chat_goes_on(puppet: Notebook, shot: Shot) -> None:
    chat = puppet.chat()
    chat.send("fail")
    say(puppet, "'I will'", "ValueError('no such <city>')")
    expect(chat.errors).to_contain_text("no such <city>")
    expect(chat.runs.last).to_have_attribute("data-status", "error")
    expect(chat.texts.first).to_have_text("I will")
    shot(puppet.page, "lab-error")
    chat.send("again")
    say(puppet, "'fine'", "None")
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    expect(chat.texts.last).to_have_text("fine")


def test_queued_prompts_wait_in_sight(puppet: Notebook, shot: Shot) -> None:
    chat = puppet.chat()
    queued = chat.host.locator('[data-part="run"][data-status="queued"]')
    chat.send("one")
    say(puppet, "'working'")
    expect(chat.texts.first).to_have_text("working")
    for prompt in ("two", "three", "four"):
        chat.send(prompt)
    expect(queued).to_have_count(3)
    shot(puppet.page, "lab-queue")
    queued.nth(1).locator('button[data-action="drop"]').click()
    expect(queued).to_have_count(2)
    say(puppet, "None", "'answer two'", "None", "'answer four'", "None")
    expect(chat.texts.last).to_have_text("answer four")
    chat.idle()
    prompts = puppet.eval("[[r.prompt, r.status] for r in chat.transcript.runs]")
    assert prompts == [["one", "complete"], ["two", "complete"], ["three", "dropped"], ["four", "complete"]]


def test_two_chats_do_not_mix(puppet: Notebook) -> None:
    puppet.exec("async def echo(prompt):\n    yield f'echo {prompt}'\nchat_2 = chat")
    puppet.exec("chat = AgentChat(echo)")
    puppet.run(1)
    first, second = puppet.chat(0), puppet.chat(1)
    first.send("for the puppet")
    second.send("for the echo")
    expect(second.texts).to_have_text(["echo for the echo"])
    say(puppet, "'from the puppet'", "None")
    expect(first.texts).to_have_text(["from the puppet"])
    expect(second.users).to_have_text(["for the echo"])


def test_running_the_cell_again_begins_a_new_chat(puppet: Notebook) -> None:
    chat = puppet.chat()
    chat.send("first life")
    say(puppet, "'old'", "None")
    expect(chat.texts).to_have_text(["old"])
    puppet.run(0)
    expect(chat.host).to_have_count(1)
    expect(chat.users).to_have_count(0)
    chat.send("second life")
    say(puppet, "'new'", "None")
    expect(chat.texts).to_have_text(["new"])


def test_a_flood_arrives_whole(puppet: Notebook) -> None:
    """Faster than Jupyter's server lets messages through, were each piece a message of its own."""
    puppet.exec(
        "async def flood(prompt):\n"
        "    for i in range(20_000):\n"
        "        yield f'{i} '\n"
        "        if i % 100 == 0:\n"
        "            await asyncio.sleep(0)\n"
        "chat = AgentChat(flood)"
    )
    puppet.run(1)
    chat = puppet.chat(1)
    chat.send("go")
    expect(chat.runs.last).to_have_attribute("data-status", "complete", timeout=30_000)
    assert chat.texts.last.inner_text().split() == [str(i) for i in range(20_000)]


def test_prompts_from_python_and_from_the_page(puppet: Notebook) -> None:
    chat = puppet.chat()
    puppet.exec("handle = chat.send('from Python')")
    expect(chat.users).to_have_text(["from Python"])
    chat.send("from the page")
    say(puppet, "'one'", "None", "'two'", "None")
    expect(chat.texts).to_have_text(["one", "two"])
    assert puppet.eval("(await handle).final_text") == "one"
    assert puppet.eval("[r.prompt for r in chat.transcript.runs]") == ["from Python", "from the page"]


def test_quickstart(lab: Lab, shot: Shot) -> None:
    notebook = lab.open_file(QUICKSTART)
    cells = json.loads(QUICKSTART.read_text("utf-8"))["cells"]
    first = next(index for index, cell in enumerate(cells) if "AgentChat(" in "".join(cell["source"]))
    notebook.run(first)
    chat = notebook.chat(first)
    expect(chat.host.locator('button[data-action="suggestion"]')).not_to_have_count(0)
    shot(lab.page, "lab-quickstart")
    chat.send("What is a turn?")
    expect(chat.turn(1)).to_be_visible()
    expect(chat.runs.last).to_have_attribute("data-status", "complete", timeout=30_000)
    expect(chat.turns.last).to_have_attribute("data-final", "true")
    expect(chat.texts.last).to_contain_text("turn")


def test_the_agent_works_while_a_cell_runs(lab: Lab) -> None:
    notebook = lab.open(
        "from turnwise import AgentChat, demo\nchat = AgentChat(demo.agent(pace=0))\nchat",
        # Blocks the kernel's main thread until the run, which the page asked for, has ended.
        """
import time
deadline = time.monotonic() + 20
while not (chat.transcript.runs and chat.transcript.runs[0].status == "complete"):
    assert time.monotonic() < deadline, chat.transcript.runs
    time.sleep(0.02)
""",
    )
    notebook.run(0)
    chat = notebook.chat()
    expect(chat.composer).to_be_editable()
    notebook.start(1)
    expect(lab.page.locator(".jp-Cell").nth(1)).to_contain_text("[*]")
    chat.send("What is a turn?")
    expect(chat.runs.last).to_have_attribute("data-status", "complete", timeout=25_000)
    notebook.wait_until_idle()
    assert not [output for output in notebook.outputs(1) if output["output_type"] == "error"]


def test_a_restarted_kernel_is_said_so(puppet: Notebook) -> None:
    chat = puppet.chat()
    chat.send("hello")
    say(puppet, "'hi'", "None")
    expect(chat.texts.first).to_have_text("hi")
    puppet.restart()
    chat.send("anyone there?")
    expect(chat.host.locator('[data-part="link"]')).to_be_visible(timeout=15_000)
    expect(chat.texts.first).to_have_text("hi")
    puppet.run(0)
    expect(puppet.chat().composer).to_be_editable()
    expect(puppet.chat().users).to_have_count(0)


def test_narrow(lab: Lab, shot: Shot) -> None:
    lab.viewport(420, 900)
    notebook = lab.open(DEMO)
    notebook.run()
    chat = notebook.chat()
    chat.send("Compare the climate of Paris and Tokyo")
    expect(chat.runs.last).to_have_attribute("data-status", "complete", timeout=30_000)
    for part in (chat.composer, chat.action("final-only"), chat.turns.last):
        box = part.bounding_box()
        outer = chat.host.bounding_box()
        assert box is not None
        assert outer is not None
        assert box["x"] >= outer["x"] - 1
        assert box["x"] + box["width"] <= outer["x"] + outer["width"] + 1
    shot(lab.page, "lab-narrow")
