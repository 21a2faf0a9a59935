"""Messages that JupyterLab loses, keeps back or sends to several pages: in the end each shows what the kernel has."""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from .lab import Lab, LabServer

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page, WebSocketRoute

    from .chat import Chat
    from .conftest import Shot
    from .lab import Notebook

TALKER = """
import asyncio, pathlib
from turnwise import AgentChat, ToolCall, ToolResult

path = pathlib.Path("talk.jsonl")
pace, turns = 0.02, 4

async def talker(prompt):
    for turn in range(turns):
        for word in range(40):
            yield f"{turn}.{word} "
            await asyncio.sleep(pace)
        yield ToolCall("look", {"n": turn}, call_id=str(turn))
        yield ToolResult(turn, call_id=str(turn))
    yield "That is all."

chat = AgentChat.load(path, talker, steps="full", record=path) if path.exists() else AgentChat(
    talker, steps="full", record=path
)
chat
"""
KEPT = """[
    [f"text: {part.text.strip()}" if part.kind == "text" else f"{part.name}: {part.state}" for part in turn.parts]
    for run in chat.transcript.runs for turn in run.turns
]"""

SHOWN = """turns => turns.map(turn => [...turn.querySelectorAll('[data-part="text"], [data-part="tool"]')].map(
    ({ dataset, textContent }) =>
        dataset.part === "tool" ? `${dataset.tool}: ${dataset.state}` : `text: ${textContent.trim()}`))"""


def talk(lab: Lab, *cells: str) -> tuple[Notebook, Chat]:
    """A notebook whose first cell shows a chat with an agent that talks for some seconds."""
    (lab.server.root / "talk.jsonl").unlink(missing_ok=True)
    notebook = lab.open(TALKER, *cells)
    notebook.run(0)
    chat = notebook.chat()
    expect(chat.composer).to_be_editable()
    return notebook, chat


def caught_up(notebook: Notebook, *chats: Chat) -> None:
    """Each page has come to its end, and shows what the kernel has."""
    for chat in chats:
        expect(chat.runs.last).to_have_attribute("data-status", "complete", timeout=90_000)
        expect(chat.texts.last).to_have_text("That is all.")
    kept = notebook.eval(KEPT)
    seq = notebook.eval("chat._session._channel._outbox.seq")
    for chat in chats:
        expect(chat.host.locator(f'[data-part="root"][data-seq="{seq}"]')).to_have_count(1)
        assert chat.turns.evaluate_all(SHOWN) == kept


def test_a_connection_that_loses_messages_and_is_cut(lab: Lab) -> None:
    """The notebook's own websocket, with the kernel's messages of the chat dropped now and then, closed in mid-run."""
    draw = random.Random(20)
    sockets: list[WebSocketRoute] = []
    lost = 0

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            nonlocal lost
            ours = isinstance(message, bytes) and b'"comm_msg"' in message and b'"seq"' in message
            if ours and draw.random() < 0.3:
                lost += 1
            else:
                socket.send(message)

        server.on_message(pass_on)
        sockets.append(socket)

    lab.page.route_web_socket(re.compile(r"/api/kernels/[^/]+/channels"), route)
    notebook, chat = talk(lab)
    chat.send("go")
    expect(chat.texts.first).to_contain_text("0.5 ")
    before = len(sockets)
    sockets[-1].close(code=4000, reason="the laptop was closed")
    caught_up(notebook, chat)
    assert len(sockets) > before
    assert lost > 10


def test_a_laptop_that_is_closed_until_the_run_is_over(lab: Lab) -> None:
    """The page is frozen and has no network; what the kernel says meanwhile reaches nobody."""
    sockets: list[WebSocketRoute] = []
    lost: list[WebSocketRoute] = []
    asleep = False

    def route(socket: WebSocketRoute) -> None:
        if asleep:
            lost.append(socket)  # it leads nowhere
        else:
            socket.connect_to_server()
            sockets.append(socket)

    page = lab.page
    page.route_web_socket(re.compile(r"/api/kernels/[^/]+/channels"), route)
    notebook, chat = talk(lab)
    chat.send("go")
    expect(chat.texts.first).to_contain_text("0.5 ")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Debugger.enable")
    asleep = True
    page.context.set_offline(True)
    sockets[-1].close(code=4000, reason="the laptop was closed")
    devtools.send("Debugger.pause")  # none of the page's timers and messages come through from here on
    while '"end_run"' not in (lab.server.root / "talk.jsonl").read_text("utf-8"):
        time.sleep(0.05)  # nobody tells: the file is looked at, until pytest's timeout
    asleep = False
    page.context.set_offline(False)
    devtools.send("Debugger.resume")  # an error if the page did not stand still
    for socket in lost:
        socket.close(code=4000, reason="nobody was there")
    caught_up(notebook, chat)
    assert len(sockets) > 1


def test_the_servers_message_limit(page: Page, tmp_path: Path) -> None:
    server = LabServer(tmp_path, "--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=15")
    try:
        notebook, chat = talk(
            Lab(server, page), "for i in range(400):\n    display(i)\n    await asyncio.sleep(0.005)"
        )
        chat.send("go")
        expect(chat.texts.first).to_contain_text("0.5 ")
        notebook.run(1)
        caught_up(notebook, chat)
        assert "IOPub message rate exceeded" in server.log
    finally:
        server.close()


def test_a_second_tab_a_reload_and_a_page_that_freezes(lab: Lab) -> None:
    notebook, chat = talk(lab)
    notebook.save()
    other = Lab(lab.server, lab.page.context.new_page())
    beside = other.show(notebook.path)
    expect(beside.chat().composer).to_be_editable()
    chat.send("go")
    expect(beside.chat().texts.first).to_contain_text("0.5 ")
    lab.page.evaluate("() => { for (const end = performance.now() + 1500; performance.now() < end; ); }")
    beside.reload(save=False)
    caught_up(notebook, chat, beside.chat())
    # What is sent from the one is there in the other.
    notebook.exec("turns = 1")
    beside.chat().send("once more")
    expect(chat.users).to_have_text(["go", "once more"])
    caught_up(notebook, chat, beside.chat())


def test_a_kernel_that_restarts_in_mid_run(lab: Lab, shot: Shot) -> None:
    notebook, chat = talk(lab)
    chat.send("go")
    expect(chat.texts.first).to_contain_text("0.5 ")
    notebook.restart()
    expect(chat.host.locator('[data-part="link"][data-link="gone"]')).to_be_visible()
    chat.send("anyone there?")
    expect(chat.texts.first).to_contain_text("0.5 ")
    expect(chat.action("stop")).to_have_count(0)
    expect(chat.action("retry")).to_be_visible()
    expect(chat.host.locator(".spinner:visible, .dots:visible, .elapsed:visible")).to_have_count(0)
    shot(lab.page, "lost-kernel-light")
    lab.theme("dark")
    shot(lab.page, "lost-kernel-dark")

    notebook.run(0)
    again = notebook.chat()
    expect(again.users).to_have_text(["go"])
    expect(again.texts.first).to_contain_text("0.5 ")
    expect(again.runs.first).to_have_attribute("data-status", "truncated")
    notebook.exec("turns = 1")
    again.send("go on")
    caught_up(notebook, again)
