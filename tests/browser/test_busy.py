"""A chat in real JupyterLab while the kernel is busy, over the ipykernel that is installed.

``nox -s kernels`` runs these over other releases. What they differ in is whether the page is heard while a cell runs.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from .chat import Chat
    from .conftest import Shot
    from .lab import Lab, Notebook

AGENTS = """
import asyncio, threading, time
from turnwise import Agent, AgentChat, ToolCallDelta, TextDelta, TurnFinish
from turnwise.agent import Provider

go = threading.Event()

class Model(Provider):
    model = "scripted"
    async def stream(self, messages, tools, settings):
        n = 0
        while not go.is_set():
            yield TextDelta(f"{n} ")
            n += 1
            await asyncio.sleep(0.02)
        yield TurnFinish("stop")

def sync(prompt):
    n = 0
    while not go.is_set():
        yield f"{n} "
        n += 1
        time.sleep(0.02)

async def on_main(prompt):
    n = 0
    while not go.is_set():
        yield f"{n} "
        n += 1
        await asyncio.sleep(0.02)

def spinning(prompt):
    yield "begun"
    while not go.is_set():
        pass

def blocking(prompt):
    yield "begun"
    go.wait()

"""
# Ends when the test has seen what it wants to see, and creates the file that it waits for.
BLOCK = """
import pathlib, time
deadline = time.monotonic() + 100
while not pathlib.Path("go").exists():
    assert time.monotonic() < deadline, "the test did not end the cell"
    time.sleep(0.02)
"""
HEAVY = BLOCK.replace("time.sleep(0.02)", "sum(i * i for i in range(10_000))")


class Busy:
    """Chats with these agents, one to a cell, and a last cell that keeps the kernel busy until ``free``."""

    def __init__(self, lab: Lab, *agents: str, block: str = BLOCK) -> None:
        self._go = lab.server.root / "go"
        self._go.unlink(missing_ok=True)
        made = [f"chat = AgentChat({agent})\nchat" for agent in agents]
        self._last = len(agents)
        self.notebook: Notebook = lab.open(f"{AGENTS}\n{made[0]}", *made[1:], block)
        for cell in range(len(agents)):
            self.notebook.run(cell)
        self.chats = [self.notebook.chat(cell) for cell in range(len(agents))]
        self.chat: Chat = self.chats[0]
        for chat in self.chats:
            expect(chat.composer).to_be_editable()

    def block(self) -> None:
        self.notebook.start(self._last)
        expect(self.notebook.page.locator(".jp-Cell").nth(self._last)).to_contain_text("[*]")

    def free(self) -> None:
        self._go.touch()
        self.over()

    def over(self) -> None:
        """The last cell has ended. The kernel's status does not say so: messages on subshells set it, too."""
        expect(self.notebook.page.locator(".jp-Cell").nth(self._last)).not_to_contain_text("[*]")
        self.notebook.wait_until_idle()

    def outputs(self) -> list[dict[str, Any]]:
        """What the last cell put out."""
        return self.notebook.outputs(self._last)


def kernel(chat: Chat) -> Locator:
    """What the page says of the kernel."""
    return chat.host.locator('[data-part="link"]')


@pytest.fixture
def hears(lab: Lab) -> bool:
    """Whether messages of the page reach the kernel while a cell runs: ipykernel 7 has subshells."""
    return int(version("ipykernel").partition(".")[0]) >= 7


def grown(chat: Chat) -> None:
    """More of the answer comes than there is."""
    count = len(chat.texts.last.inner_text())
    chat.page.wait_for_function(
        "([host, count]) => [...host.shadowRoot.querySelectorAll('[data-part=text]')].at(-1).innerText.length > count",
        arg=[chat.host.element_handle(), count + 20],
    )


@pytest.mark.parametrize("block", [BLOCK, HEAVY], ids=["sleep", "heavy Python"])
def test_they_stream_while_a_cell_runs_and_stop_when_told(lab: Lab, block: str, hears: bool) -> None:
    busy = Busy(lab, "Agent(Model())", "sync", "on_main, run_in='thread'", block=block)
    for chat in busy.chats:
        chat.send("count")
        expect(chat.texts.last).to_contain_text("1 ")
    busy.block()
    for chat in busy.chats:
        grown(chat)
        expect(kernel(chat)).to_have_count(0)
        chat.action("stop").click()
        if not hears:
            expect(kernel(chat)).to_have_attribute("data-link", "waiting")
            grown(chat)
            continue
        expect(chat.runs.last).to_have_attribute("data-status", "cancelled")
        chat.send("again")
        expect(chat.users).to_have_count(2)
        expect(chat.texts.last).to_contain_text("1 ")
        chat.action("stop").click()
        chat.idle()
    busy.free()
    for chat in busy.chats:
        expect(kernel(chat)).to_have_count(0)
        expect(chat.runs.last).to_have_attribute("data-status", "cancelled")
    assert busy.notebook.eval("chat.transcript.runs[-1].status") == "cancelled"


def test_a_run_on_the_kernels_loop_waits_in_sight(lab: Lab, shot: Shot) -> None:
    busy = Busy(lab, "on_main")
    chat = busy.chat
    chat.send("count")
    expect(chat.texts.last).to_contain_text("1 ")
    busy.block()
    expect(kernel(busy.chat)).to_have_attribute("data-link", "held")
    expect(chat.host.locator('button[data-action="interrupt"]')).to_be_visible()
    shot(lab.page, "busy-held-light")
    lab.theme("dark")
    shot(lab.page, "busy-held-dark")
    chat.action("final-only").click()
    busy.free()
    expect(kernel(busy.chat)).to_have_count(0)
    grown(chat)
    assert busy.notebook.eval("chat.final_only") is True
    busy.notebook.exec("go.set()")
    expect(chat.runs.last).to_have_attribute("data-status", "complete")


def test_the_reader_can_interrupt_what_keeps_the_kernel(lab: Lab) -> None:
    busy = Busy(lab, "on_main")
    busy.chat.send("count")
    expect(busy.chat.texts.last).to_contain_text("1 ")
    busy.block()
    busy.chat.host.locator('button[data-action="interrupt"]').click()
    busy.over()
    assert [output["ename"] for output in busy.outputs()] == ["KeyboardInterrupt"]
    expect(kernel(busy.chat)).to_have_count(0)
    grown(busy.chat)
    busy.chat.action("stop").click()
    expect(busy.chat.runs.last).to_have_attribute("data-status", "cancelled")


def test_agents_that_do_not_end_in_their_threads_can_be_stopped(lab: Lab) -> None:
    busy = Busy(lab, "spinning", "blocking")
    for chat in busy.chats:
        chat.send("go")
        expect(chat.texts.last).to_have_text("begun")
    for chat in busy.chats:
        chat.action("stop").click()
        expect(chat.runs.last).to_have_attribute("data-status", "cancelled")
    busy.notebook.exec("go.set()")


@pytest.mark.parametrize("agent", ["Agent(Model())", "on_main"])
def test_while_a_cell_awaits_the_run(lab: Lab, agent: str, hears: bool) -> None:
    """The page stops it, if it is heard; the notebook's own stop button does in any case."""
    busy = Busy(lab, agent, block="run = await chat.send('count')\nprint(run.status)")
    busy.block()
    grown(busy.chat)
    expect(kernel(busy.chat)).to_have_count(0)
    if hears:
        busy.chat.action("stop").click()
        busy.over()
        assert "".join(busy.outputs()[0]["text"]) == "cancelled\n"
        busy.block()
        expect(busy.chat.users).to_have_count(2)
        grown(busy.chat)
    lab.command("notebook:interrupt-kernel")
    expect(busy.chat.runs.last).to_have_attribute("data-status", "cancelled")
    busy.over()
    assert [output["ename"] for output in busy.outputs()] == ["CancelledError"]
    busy.notebook.exec("go.set()")
    busy.chat.send("more")
    expect(busy.chat.runs.last).to_have_attribute("data-status", "complete")


ASKING = """
class Asking(Provider):
    model = "scripted"
    async def stream(self, messages, tools, settings):
        if messages[-1]["role"] == "user":
            yield ToolCallDelta("{}", name="work", call_id="a", key="0")
            yield TurnFinish("tool_calls")
        else:
            yield TextDelta("Worked.")
            yield TurnFinish("stop")

def work() -> str:
    print("printed by the tool")
    display("displayed by the tool")
    return "done"

chat = AgentChat(Agent(Asking(), tools=[work], needs_approval=["work"]))
chat
"""


def test_approving_while_a_cell_runs_and_where_output_lands(lab: Lab, hears: bool) -> None:
    go = lab.server.root / "go"
    go.unlink(missing_ok=True)
    notebook = lab.open(AGENTS, ASKING, BLOCK, "print('the last cell')")
    notebook.run(0)
    notebook.run(1)
    notebook.run(3)
    chat = notebook.chat(1)
    chat.send("go")
    expect(chat.action("approve")).to_be_visible()
    notebook.start(2)
    expect(lab.page.locator(".jp-Cell").nth(2)).to_contain_text("[*]")
    chat.action("approve").click()
    if not hears:
        expect(chat.host.locator('[data-part="link"]')).to_have_attribute("data-link", "waiting")
        go.touch()
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    go.touch()
    notebook.wait_until_idle()
    step = "chat.transcript.runs[0].turns[0].tools[0]"
    printed = notebook.eval(f"[o.text or o.display['mimebundle']['text/plain'] for o in {step}.outputs]")
    assert printed == ["printed by the tool\n", "'displayed by the tool'"]
    assert [len(notebook.outputs(cell)) for cell in (0, 1, 2)] == [0, 2, 0]  # the live chat and the saved one
    assert "".join(notebook.outputs(3)[0]["text"]) == "the last cell\n"
