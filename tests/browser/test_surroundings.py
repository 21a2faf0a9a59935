"""The page under the rules of hosts that cannot be started here: their content policy, their themes.

VS Code shows outputs in a webview (the policy is that of its ``backLayerWebView.ts``), Colab in a sandboxed frame of
another origin for each. Neither offers JupyterLab's widget manager, and both forget a page's state when they please.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from conversations import transcript
from turnwise import File, TextDelta, ToolCall, ToolResult
from turnwise.export import static_html

from .bare import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from .bare import BareChat
    from .conftest import Shot

# `blob:` is how anywidget loads any widget; `connect-src 'self'` how the test's kernel hands its files over.
WEBVIEW = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' https: http: data:; font-src 'self' https:; connect-src 'self' https:; child-src https: data:"
)
VSCODE_DARK = """
<style>
  :root { --vscode-editor-background: #1f1f1f; --vscode-foreground: #cccccc; --vscode-font-family: sans-serif;
    --vscode-button-background: #0078d4; --vscode-textLink-foreground: #4daafc;
    --vscode-editor-font-family: monospace; }
  body { background: #1f1f1f; color: #cccccc; }
</style>
<body class="vscode-dark" data-vscode-theme-kind="vscode-dark">"""
COLAB_DARK = '<script>document.documentElement.setAttribute("theme", "dark");</script>'
COLAB = "sandbox allow-downloads allow-forms allow-popups allow-same-origin allow-scripts"

HOSTS = {
    "vscode": Surroundings(VSCODE_DARK, {"Content-Security-Policy": WEBVIEW}),
    "colab": Surroundings(COLAB_DARK, {"Content-Security-Policy": COLAB}),
}
CODE = "```python\nprint(len('turn'))\n```\n"
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGE = {"mimebundle": {"text/html": "<p id=here>A page of a tool</p>", "text/plain": "a page"}}


def conversation(chat: BareChat) -> None:
    chat.prompt("Show me.")
    chat.feed(
        TextDelta("First a tool."),
        ToolCall("draw", {"what": "a page"}, call_id="1"),
        ToolResult(PAGE, call_id="1"),
        TextDelta(f"Here:\n\n{CODE}\nand $x^2$."),
    )
    chat.finish()


@pytest.mark.parametrize("host", HOSTS)
def test_a_conversation(bare: Callable[..., BareChat], shot: Shot, host: str) -> None:
    chat = bare(host=HOSTS[host])
    conversation(chat)
    expect(chat.turns).to_have_count(2)
    expect(chat.turns.last).to_have_attribute("data-final", "true")
    expect(chat.turns.last.locator(".code code")).to_have_text("print(len('turn'))")
    dark = "e => getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).slice(0, 3).every(part => part < 70)"
    assert chat.host.locator('[data-part="root"]').evaluate(dark)
    expect(chat.host).to_have_css("color-scheme", "dark")
    expect(chat.tool("draw").locator("iframe")).to_have_attribute("data-drawn", "true")

    chat.type("and now?")
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("")
    assert [message["text"] for message in chat.sent_kind("send")] == ["and now?"]
    shot(chat.page, f"surroundings-{host}")


@pytest.mark.parametrize("host", HOSTS)
def test_code_is_coloured(bare: Callable[..., BareChat], host: str) -> None:
    chat = bare(host=HOSTS[host])
    conversation(chat)
    expect(chat.turns.last.locator(".code .hl-built_in").first).to_be_visible()


@pytest.mark.parametrize("host", HOSTS)
def test_an_output_that_the_host_builds_anew(bare: Callable[..., BareChat], host: str) -> None:
    chat = bare(host=HOSTS[host])
    chat.prompt("one")
    chat.feed(TextDelta("before "))
    expect(chat.texts.first).to_have_text("before")
    chat.reload()
    chat.feed(TextDelta("and after"))
    expect(chat.texts.first).to_have_text("before and after")


@pytest.mark.parametrize("host", HOSTS)
def test_the_static_conversation_where_no_widget_is_drawn(page: Page, shot: Shot, host: str) -> None:
    shown = transcript(
        [
            TextDelta("First a tool."),
            ToolCall("draw", {"what": "a page"}, call_id="1"),
            ToolResult(PAGE, call_id="1"),
            File(PIXEL, media_type="image/png", name="pixel.png"),
            TextDelta(f"Here:\n\n{CODE}"),
        ]
    )
    around = HOSTS[host]
    body = f"<!doctype html>{around.html}{static_html.conversation(shown)}"
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.route(
        "http://localhost/",
        lambda route: route.fulfill(
            content_type="text/html; charset=utf-8", headers=around.headers, body=body
        ),
    )
    page.goto("http://localhost/")
    step = page.locator("details.tw-step")
    expect(step.locator("pre").first).to_be_hidden()
    step.locator("summary").click()
    expect(step.locator("pre").first).to_be_visible()
    expect(page.locator(".tw-turn").first).to_have_css("border-top-style", "solid")
    page.wait_for_function("() => document.querySelector('img').naturalWidth > 0")
    shot(page, f"static-{host}")
    assert refused == []
