"""A recorded lesson in JupyterLab: played, stepped through by key, dragged about, and driven from Python beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from .conftest import Shot
    from .lab import Lab

LESSON = Path(__file__).parents[2] / "notebooks" / "lesson-failing-tool.ipynb"

RECORDED = """
[[[run.prompt, run.status, [[turn.status, turn.text] for turn in run.turns]] for run in each.runs]
 for each in (chat.transcript, AgentChat.load(demo.recording("failing-tool")).transcript)]
"""
POSITION = "round(lesson.position, 2)"


def test_a_lesson_is_played_stepped_through_and_dragged_about(lab: Lab, shot: Shot) -> None:
    notebook = lab.open_file(LESSON)
    notebook.run(1)
    chat = notebook.chat(1)
    player = chat.host.locator('[data-part="player"]')
    scrubber = player.locator('[data-part="scrubber"]')
    turns = chat.host.locator('[data-part="turn"]:visible')
    root = chat.host.locator('[data-part="root"]')
    expect(player).to_be_visible()
    expect(turns).to_have_count(0)
    shot(lab.page, "replay-start")

    # Play and pause, with the button and with the key.
    player.locator('[data-action="play"]').click()
    expect(chat.users.first).to_have_text("Try the flaky service")
    player.locator('[data-action="pause"]').click()
    expect(player).to_have_attribute("data-playing", "false")
    stood = notebook.eval(POSITION)
    assert notebook.eval("lesson.paused")
    chat.host.locator(".scroller").focus()
    lab.page.keyboard.press(" ")
    expect(player).to_have_attribute("data-playing", "true")
    lab.page.keyboard.press(" ")
    expect(player).to_have_attribute("data-playing", "false")
    assert notebook.eval(POSITION) >= stood

    # Step by step: at once, so that nothing here takes its time.
    player.locator('[data-action="speed"]').select_option("instant")
    lab.page.keyboard.press("Home")
    chat.host.locator(".scroller").focus()
    lab.page.keyboard.press("Home")
    expect(turns).to_have_count(0)
    lab.page.keyboard.press(".")
    expect(chat.tool("forecast")).to_have_attribute("data-state", "error")
    lab.page.keyboard.press("ArrowRight")
    expect(chat.turn(1)).to_have_attribute("data-status", "complete")
    lab.page.keyboard.press("ArrowRight")
    expect(chat.turn(2)).to_have_attribute("data-status", "complete")
    expect(turns).to_have_count(2)
    expect(player.locator('[role="status"]')).to_contain_text("Turn 2")
    expect(chat.action("latest")).to_be_hidden()  # where one went is what is looked at
    shot(lab.page, "replay-stepped")
    lab.page.keyboard.press("ArrowLeft")
    expect(turns).to_have_count(1)

    # Writing is writing.
    chat.type("a. b")
    lab.page.keyboard.press("Home")
    expect(chat.composer).to_have_value("a. b")
    expect(turns).to_have_count(1)
    chat.composer.fill("")

    # Drag to the second prompt and back, and on to where Python says.
    box: Any = scrubber.bounding_box()

    def drag(part: float) -> None:
        lab.page.mouse.move(box["x"] + 7 + (box["width"] - 14) * part, box["y"] + box["height"] / 2)

    drag(0.1)
    lab.page.mouse.down()
    drag(0.6)
    expect(chat.users).to_have_count(2)
    drag(0.02)
    expect(chat.users).to_have_count(1)
    expect(chat.host.locator('[data-part="tool"]')).to_have_count(0)
    drag(0.8)
    expect(chat.users).to_have_count(2)
    lab.page.mouse.up()
    expect(player.locator('[role="status"]')).to_contain_text("Call a tool that does not exist")
    notebook.exec("lesson.seek(0.0)")
    expect(chat.users).to_have_count(0)
    expect(scrubber).to_have_attribute("aria-valuetext", re.compile(r"^0:00 of 0:\d\d$"))

    # To the end: the conversation is the recorded one, in the page and in Python.
    player.locator('[data-action="play"]').click()
    expect(chat.users).to_have_count(2)
    expect(player).to_have_attribute("data-playing", "false")
    expect(root).to_have_attribute("data-running", "false")
    shown, recorded = notebook.eval(RECORDED)
    assert shown == recorded
    finals = [turns[-1][1].splitlines()[0][:20] for _, _, turns in recorded]
    for final in finals:
        expect(chat.host.get_by_text(final.replace("*", "")).first).to_be_attached()
    lab.theme("dark")
    shot(lab.page, "replay-end-dark")
    lab.viewport(480, 900)
    shot(lab.page, "replay-end-dark-narrow")
