"""Many chats in one notebook: they run side by side, come back as they were left, and leave nothing when closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from .lab import Lab

MANY = """
import asyncio
from IPython.display import display
from turnwise import AgentChat

go = asyncio.Event()

async def agent(prompt):
    yield f"{prompt} begins, "
    await go.wait()
    yield f"{prompt} ends."

chats = [AgentChat(agent, title=f"Chat {n}", height=160) for n in range(30)]
"""
# JupyterLab shows fifty outputs of a cell.
SHOW = "for chat in chats[{}:{}]:\n    display(chat)"
LIVE = ".turnwise:not(.tw-saved .turnwise)"
LEFT = """() => window.hosts.filter(host => host.deref() !== undefined).length"""


def test_thirty_chats_of_which_eight_run(lab: Lab) -> None:
    notebook = lab.open(MANY, *(SHOW.format(first, first + 10) for first in (0, 10, 20)))
    notebook.run_all()
    hosts = lab.page.locator(LIVE)
    expect(hosts).to_have_count(30)
    notebook.exec("runs = [chat.send(f'Run {n}') for n, chat in enumerate(chats[:8])]")
    texts = hosts.locator('[data-part="text"]')
    expect(texts).to_have_text([f"Run {n} begins," for n in range(8)])
    notebook.exec("go.set()")
    expect(texts).to_have_text([f"Run {n} begins, Run {n} ends." for n in range(8)])
    expect(hosts.locator('[data-part="run"][data-status="complete"]')).to_have_count(8)

    lab.page.evaluate(
        "live => { window.hosts = [...document.querySelectorAll(live)].map(e => new WeakRef(e)); }", LIVE
    )
    assert lab.page.evaluate(LEFT) == 30
    notebook.exec("for chat in chats: chat.close()")
    expect(hosts).to_have_count(0)
    cdp = lab.page.context.new_cdp_session(lab.page)

    def collected() -> bool:
        cdp.send("HeapProfiler.collectGarbage")
        left: int = lab.page.evaluate(LEFT)
        return left == 0

    # The collector takes what it finds; a detached chat that something holds on to is never among it.
    assert any(collected() for _ in range(50))


LONG = """
from turnwise import AgentChat, ToolCall, ToolResult

async def agent(prompt):
    yield ToolCall("look", {"at": prompt}, call_id="1")
    yield ToolResult({"seen": prompt}, call_id="1")
    for n in range(60):
        yield f"Line {n}\\n\\n"

chat = AgentChat(agent, height=300)
chat
"""
# What stands at the top of the transcript.
TOP = """element => {
    const { left } = element.querySelector("p").getBoundingClientRect();
    const y = element.getBoundingClientRect().top + 40;
    return element.getRootNode().elementFromPoint(left + 5, y).textContent;
}"""


def test_a_chat_that_is_scrolled_out_of_the_page_comes_back_as_it_was(lab: Lab) -> None:
    """JupyterLab takes cells out of the page that are far from sight, if it is told to."""
    lab.server.set("@jupyterlab/notebook-extension/tracker", {"windowingMode": "full"})
    notebook = lab.open(LONG, *(f"# {'far away' * 20}\n" * 30 for _ in range(12)))
    notebook.run(0)
    chat = notebook.chat()

    def look_at(cell: int) -> None:
        # The active cell always stays in the page.
        lab.page.evaluate(
            """([path, cell]) => {
                const { content } = lab.panel(path);
                content.activeCellIndex = cell;
                return content.scrollToItem(cell, "start");
            }""",
            [notebook.path, cell],
        )

    chat.send("go")
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    opener = chat.tool("look").locator("button[aria-expanded]").first
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    chat.type("a draft")
    scroller = chat.host.locator(".scroller")
    scroller.evaluate("element => { element.scrollTop = 700; }")
    expect(chat.action("latest")).to_be_visible()
    line = scroller.evaluate(TOP)
    assert line.startswith("Line ")

    look_at(12)
    expect(chat.host).not_to_be_visible()
    notebook.exec("run = chat.send('meanwhile')")
    look_at(0)
    expect(chat.host).to_be_visible()
    expect(chat.users).to_have_text(["go", "meanwhile"])
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    expect(chat.composer).to_have_value("a draft")
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(chat.action("latest")).to_be_visible()
    lab.page.wait_for_function("element => element.scrollTop === 700", arg=scroller.element_handle())
    assert scroller.evaluate(TOP) == line
