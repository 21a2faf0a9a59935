"""The built front end fed by turnwise's own core, without Jupyter: what the kernel says is what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from streams import ROWS
from turnwise import Failure, TextDelta, ToolCall, ToolResult
from turnwise.runs import TextPart, ToolPart

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnwise import Transcript

    from .bare import BareChat
    from .chat import Chat
    from .conftest import Shot


CLOSED = '[data-part="{}"] > [data-action="toggle"][aria-expanded="false"]'


def shown(chat: Chat) -> list[list[list[str]]]:
    """Per run and turn: its status, and its parts by kind, tools by name and state."""
    chat.make_all()
    # Turns that were given up, those inside a step, and steps that are folded, are drawn when they are opened.
    for part in ("turn", "lane", "step-fold"):
        while (closed := chat.host.locator(CLOSED.format(part))).count() > 0:
            closed.first.click()
    runs: list[list[list[str]]] = chat.runs.evaluate_all(
        """runs => runs.map(run => [...run.querySelectorAll('[data-part="turn"]')]
            .sort((a, b) => a.dataset.turn - b.dataset.turn)
            .map(turn => [
                turn.dataset.status,
                ...[...turn.querySelectorAll('[data-part="text"], [data-part="reasoning"], [data-part="tool"]')]
                    .filter(part => part.closest('[data-part="turn"]') === turn)
                    .map(({ dataset }) => dataset.part === "tool" ? `${dataset.tool} ${dataset.state}` : dataset.part)
            ]))"""
    )
    return runs


def kept(transcript: Transcript) -> list[list[list[str]]]:
    """The same of the kernel's transcript; blank text is not shown."""
    return [
        [
            [
                turn.status,
                *(
                    f"{part.name} {part.state}" if isinstance(part, ToolPart) else part.kind
                    for part in turn.parts
                    if isinstance(part, ToolPart) or (isinstance(part, TextPart) and part.text.strip())
                ),
            ]
            for turn in run.turns
        ]
        for run in transcript.runs
    ]


def test_every_stream_of_the_table(bare: Callable[..., BareChat], shot: Shot) -> None:
    chat = bare()
    for row in ROWS:
        chat.prompt(row.name)
        chat.feed(*row.events)
        chat.finish(row.status, row.error)
        chat.feed(*row.after)
    expect(chat.runs).to_have_count(len(ROWS))
    assert shown(chat) == kept(chat.transcript)
    for run, final in zip(chat.transcript.runs, chat.runs.all(), strict=True):
        numbers = final.locator('[data-part="turn"][data-final="true"]').evaluate_all(
            "turns => turns.map(turn => Number(turn.dataset.turn))"
        )
        assert numbers == [turn.number for turn in run.final_turns]

    # A page that comes late is told the same in a snapshot.
    chat.reload()
    expect(chat.runs).to_have_count(len(ROWS))
    assert shown(chat) == kept(chat.transcript)


def test_lost_frames(bare: Callable[..., BareChat]) -> None:
    chat = bare()
    chat.prompt("go")
    chat.feed(TextDelta("one "))
    expect(chat.texts).to_have_text("one")
    with chat.losing():
        chat.feed(TextDelta("two "))
    chat.feed(TextDelta("three"))
    chat.page.wait_for_function("bare.model.sent.filter(({ kind }) => kind === 'hello').length > 1")
    expect(chat.texts).to_have_text("one")
    chat.answer()
    expect(chat.texts).to_have_text("one two three")


def test_a_page_on_plain_http(bare: Callable[..., BareChat]) -> None:
    """Jupyter on another machine without TLS: browsers withhold `crypto.randomUUID` and the clipboard there."""
    chat = bare(origin="http://notebooks.test")
    assert chat.page.evaluate("isSecureContext") is False
    chat.send("hello")
    (sent,) = chat.sent_kind("send")
    assert sent["text"] == "hello"
    chat.prompt("hello", client_id=sent["client_id"])
    chat.feed(TextDelta("hi"))
    chat.finish()
    expect(chat.users).to_have_text(["hello"])
    expect(chat.texts).to_have_text("hi")


def test_what_others_wrote_is_text(bare: Callable[..., BareChat]) -> None:
    """Prompts, arguments, results, names and errors, from whatever source."""
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    chat = bare(title=evil, agent_name=evil, suggestions=[evil])
    chat.prompt(evil)
    chat.feed(TextDelta(evil), ToolCall(evil, {evil: evil}, call_id="1"), ToolResult(evil, call_id="1"))
    chat.feed(TextDelta(f"[go](javascript:document.title='owned') {evil}"))
    chat.finish("error", Failure(kind=evil, message=evil, detail=evil, turn=None))
    for opener in chat.host.locator("button[aria-expanded]").all():
        opener.click()
    expect(chat.errors).to_contain_text("<img src=x")
    assert chat.host.locator("img[src=x], script, a[href^=javascript]").count() == 0
    assert chat.page.title() == "turnwise"
