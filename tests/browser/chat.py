"""A chat as a reader meets it, by names that stay stable. Locators go through the open shadow root by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from playwright.sync_api import Locator

    Action: TypeAlias = Literal[
        "send", "stop", "final-only", "retry", "drop", "latest",
        "approve", "deny", "edit", "json", "timeline", "display", "go-to-approval", "saw",
        "fetch-whole",
    ]  # fmt: skip

SKETCH = """turns => turns.map(turn =>
  [...turn.querySelectorAll('[data-part]')]
    .filter(part => part.parentElement.closest('[data-part]') === turn)
    .map(({ dataset, textContent }) => dataset.part === "tool"
      ? `${dataset.tool}: ${dataset.state}`
      : `${dataset.part}: ${textContent.trim()}`))"""


class Chat:
    """One view of a chat, in a notebook or bare."""

    def __init__(self, host: Locator) -> None:
        self.host = host
        self.page = host.page
        self.composer = host.locator('textarea[data-part="composer"]')
        self.runs = host.locator('[data-part="run"]')
        self.turns = host.locator('[data-part="turn"]')
        self.users = host.locator('[data-part="user"]')
        self.texts = host.locator('[data-part="text"]')
        self.reasonings = host.locator('[data-part="reasoning"]')
        self.errors = host.locator('[data-part="error"]')

    def action(self, name: Action) -> Locator:
        return self.host.locator(f'button[data-action="{name}"]')

    def turn(self, number: int, *, run: int = -1) -> Locator:
        """Turn ``number`` (from 1) of run ``run`` (an index into those shown)."""
        return self.runs.nth(run).locator(f'[data-part="turn"][data-turn="{number}"]')

    def tool(self, name: str | None = None, *, nth: int = 0) -> Locator:
        which = "" if name is None else f'[data-tool="{name}"]'
        return self.host.locator(f'[data-part="tool"]{which}').nth(nth)

    def type(self, text: str) -> None:
        """Into the composer, key by key; ends without Enter."""
        self.composer.click()
        self.composer.press_sequentially(text)

    def send(self, text: str) -> None:
        """Type and press Enter."""
        self.type(text)
        self.composer.press("Enter")

    def idle(self, *, timeout: float = 20_000) -> None:
        """Wait until no run is under way or queued, as far as this view shows."""
        expect(self.host.locator('[data-part="run"][data-status="running"]')).to_have_count(
            0, timeout=timeout
        )
        expect(self.host.locator('[data-part="run"][data-status="queued"]')).to_have_count(0, timeout=timeout)

    def make_all(self) -> None:
        """Go past all that is shown: runs are made when they first come near to what is in sight."""
        self.host.evaluate(
            """async ({ shadowRoot }) => {
                for (let far; (far = shadowRoot.querySelector(".run.far")) !== null; ) {
                    far.scrollIntoView();
                    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
                }
            }"""
        )

    def sketch(self) -> list[list[str]]:
        """What is shown, a list per turn: the texts of its parts, tools by name and state."""
        read: list[list[str]] = self.turns.evaluate_all(SKETCH)
        return read
