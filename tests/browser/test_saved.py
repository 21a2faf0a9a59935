"""What is left of a chat when its kernel is gone: in the notebook that was saved, and in the file that was exported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from turnwise import AgentChat, TextDelta, ToolCall, ToolResult
from turnwise.export.viewer import MIME

from .chat import Chat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from .conftest import Shot
    from .lab import Lab, Notebook

AGENT = """
from turnwise import AgentChat, ToolCall, ToolResult

def agent(prompt):
    yield ToolCall("look_up", {"what": prompt}, call_id="1")
    yield ToolResult({"found": "everything about " + prompt}, call_id="1")
    yield f"**Answer** to {prompt}."

chat = AgentChat(agent, title="Kept")
chat
"""
INSTEAD = re.compile("Error displaying widget|Loading widget")
"""What JupyterLab shows in place of a widget whose model it does not have."""


def prompts(saved: dict[str, Any]) -> list[str]:
    """The prompts in the saved output of the first cell of a file."""
    (output,) = (output for output in saved["cells"][0]["outputs"] if MIME in output["data"])
    return [op["prompt"] for op in output["data"][MIME]["ops"] if op["op"] == "add_run"]


@pytest.fixture
def notebook(lab: Lab) -> Notebook:
    notebook = lab.open(AGENT, "await chat.send('one')")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.chat().texts).to_have_text(["Answer to one."])
    return notebook


@pytest.mark.parametrize("fresh_kernel", [False, True])
def test_a_saved_notebook_shows_the_conversation_of_a_kernel_that_is_gone(
    notebook: Notebook, shot: Shot, *, fresh_kernel: bool
) -> None:
    assert prompts(notebook.save()) == ["one"]
    notebook.reopen(fresh_kernel=fresh_kernel)
    chat = notebook.saved_chat()
    expect(chat.turns).to_have_count(2)
    expect(chat.users).to_have_text("one")
    expect(notebook.page.get_by_text(INSTEAD).filter(visible=True)).to_have_count(0)
    expect(chat.composer).to_be_hidden()
    chat.tool("look_up").get_by_role("button").first.click()
    expect(chat.tool("look_up")).to_contain_text("everything about one")
    shot(notebook.page, "saved-light")

    chat.action("final-only").click()
    expect(chat.host.locator('[data-part="turn"]:visible')).to_have_count(1)
    expect(chat.texts.filter(visible=True)).to_have_text("Answer to one.")
    notebook.lab.theme("dark")
    shot(notebook.page, "saved-dark")


def test_while_the_chat_lives_it_is_shown_once(notebook: Notebook) -> None:
    hosts = notebook.page.locator(".turnwise:visible, .tw-saved:visible")
    expect(hosts).to_have_count(1)
    notebook.reload()
    expect(notebook.chat().texts).to_have_text(["Answer to one."])
    expect(notebook.saved_chat().host).to_have_count(0)
    expect(hosts).to_have_count(1)


def test_after_a_reload_the_file_still_gets_what_comes(notebook: Notebook) -> None:
    notebook.reload()
    chat = notebook.chat()
    chat.send("two")
    expect(chat.texts).to_have_text(["Answer to one.", "Answer to two."])
    notebook.page.wait_for_function(
        """([path, mime]) => lab.outputs(path, 0).some(({ data }) =>
            data[mime]?.ops.some(op => op.op === "add_run" && op.prompt === "two"))""",
        arg=[notebook.path, MIME],
    )
    assert prompts(notebook.save()) == ["one", "two"]
    expect(chat.host).to_be_visible()


def test_without_the_extension_the_saved_conversation_is_static(notebook: Notebook, shot: Shot) -> None:
    notebook.save()
    notebook.page.context.route("**/extensions/turnwise/**", lambda route: route.abort())
    notebook.reopen(fresh_kernel=True)
    saved = notebook.saved_html()
    expect(saved.locator(".tw-turn")).to_have_count(2)
    expect(notebook.page.get_by_text(INSTEAD).filter(visible=True)).to_have_count(0)
    step = saved.locator("details.tw-step")
    step.locator("summary").click()
    expect(step).to_contain_text("everything about one")
    saved.locator(".tw-earlier > summary").click()
    expect(saved.locator(".tw-turn:visible")).to_have_count(1)
    shot(notebook.page, "saved-static-light")
    notebook.lab.theme("dark")
    shot(notebook.page, "saved-static-dark")


PAGE = "<div style='height:90px'>A table of a tool</div><script type='text/plain'></script>"


def test_the_exported_file_opens_from_disk_and_asks_for_nothing(
    page: Page, tmp_path: Path, shot: Shot
) -> None:
    rows = [{"row": number, "text": "x" * 60} for number in range(2_000)]

    def agent(prompt: str) -> Iterator[object]:
        yield ToolCall("rows", {"of": prompt}, call_id="1")
        yield ToolCall("table", {}, call_id="2")
        yield ToolResult(rows, call_id="1")
        yield ToolResult({"mimebundle": {"text/html": PAGE}}, call_id="2")
        yield TextDelta(
            "```python\nprint('</script>')\n```\n\n$$E = mc^2$$\n\n![i](https://evil.example/i.png)"
        )

    chat = AgentChat(agent, title="</title><script>document.title = 'owned'</script>")
    chat.send("</script><script>document.title = 'owned'</script>").wait(60)
    chat.to_html(tmp_path / "chat.html")

    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: refused.append(message.text))
    page.goto((tmp_path / "chat.html").as_uri())
    shown = Chat(page.locator(".turnwise"))
    expect(shown.turns).to_have_count(2)
    expect(shown.host.locator("math")).to_be_visible()
    expect(shown.host.locator("code span[class]").first).to_be_visible()
    table = shown.tool("table").locator("iframe")
    expect(table).to_have_attribute("data-drawn", "true")
    expect(table).to_have_css("height", "90px")
    expect(shown.tool("table").locator('[data-action="run-scripts"]')).to_be_hidden()
    link = shown.texts.get_by_role("link", name="image at evil.example")
    expect(link).to_have_attribute("href", "https://evil.example/i.png")
    expect(link).to_have_attribute("target", "_blank")
    expect(shown.host.locator('[data-action="load-image"]')).to_have_count(0)
    shot(page, "exported-light")
    shown.tool("rows").get_by_role("button").first.click()
    shown.tool("rows").locator('[data-action="fetch-whole"]').click()
    expect(shown.tool("rows").locator('[data-action="fetch-whole"]')).to_have_count(0)
    shown.action("final-only").click()
    expect(shown.host.locator('[data-part="turn"]:visible')).to_have_count(1)
    page.emulate_media(color_scheme="dark")
    shot(page, "exported-dark")
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    assert refused == []
    assert page.title().startswith("</title><script>")
