"""A chat in hosts that are no notebook editor, each the real one, used as a visitor uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ..chat import Chat
from .serve import HOSTS, Host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from ..conftest import Shot


@pytest.fixture(params=HOSTS, ids=lambda host: host.name)
def chat(request: pytest.FixtureRequest, page: Page, tmp_path: Path) -> Iterator[Chat]:
    host: Host = request.param
    with host.serve(tmp_path) as url:
        page.goto(url)
        yield Chat(page.locator(".turnwise"))


def test_from_prompt_to_answer(chat: Chat, shot: Shot, request: pytest.FixtureRequest) -> None:
    chat.send("Compare the climate of Paris and Tokyo")
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    expect(chat.turns.last).to_have_attribute("data-final", "true")
    expect(chat.turns.last.locator("table")).to_be_visible()

    fold = chat.host.locator('[data-part="step-fold"] button[aria-expanded]').first
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(chat.tool("query")).to_be_visible()
    expect(chat.tool("query")).to_have_attribute("data-state", "done")

    first = chat.turn(1)
    expect(first).to_be_visible()
    chat.action("final-only").click()
    expect(first).to_be_hidden()
    expect(chat.turns.last).to_be_visible()
    shot(chat.page, f"host-{request.node.callspec.id.replace(' ', '-')}")


def test_stop_and_go_on(chat: Chat) -> None:
    chat.send("Compare the climate of Paris and Tokyo")
    expect(chat.turn(1)).to_be_visible()
    chat.action("stop").click()
    expect(chat.runs.first).to_have_attribute("data-status", "cancelled")
    chat.send("What is a turn?")
    expect(chat.runs.last).to_have_attribute("data-status", "complete")
    expect(chat.texts.last).to_contain_text("turn")
