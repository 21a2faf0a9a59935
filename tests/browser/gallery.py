"""Every state of the page, to look at: ``make gallery`` leaves pictures in tests/browser/gallery/.

What is shown is what was recorded: the table of streams, every source's recordings, the demo; output and results of
every kind, each with its steps closed and opened; and what surrounds a conversation (``scenes.py``). It is light and
dark, wide and narrow; of the hundreds of recordings each is one of these, in turn, unless some are asked for by name.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from adapters.test_conformance import SOURCES, fold
from browser.bare import BareChat
from browser.conftest import ARGS, CHROMIUM
from browser.scenes import SCENES
from streams import ROWS
from turnwise import Assembler, ToolCall, ToolOutput, ToolResult, ToolStart, demo
from turnwise.run import drive
from turnwise.wire import page_op

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from playwright.sync_api import Browser, Page

    from turnwise import ops as o
    from turnwise.events import Event

HERE = Path(__file__).parent / "gallery"
WIDTHS = {"wide": 900, "narrow": 380}
THEMES = {"light": "true", "dark": "false"}
TALLEST = 12_000

HTML = "<table><tr><th>room</th><th>kWh</th></tr><tr><td>Lab</td><td>412.5</td></tr></table>"
RESULTS: dict[str, object] = {
    "fields": {"loss": 0.0412, "checkpoint": "runs/42/best.pt", "stopped_early": False, "notes": None},
    "rows": [{"station": f"S{n}", "temp_c": n / 10, "rain": n % 3 == 0 or None} for n in range(64)],
    "nested": {"plan": {"node": "Join", "children": [{"rows": n} for n in range(120)]}, "sql": "SELECT 1"},
    "long text": "\n".join(f"10:{n:03} worker did {n} things" for n in range(4_000)),
    "html": {"mimebundle": {"text/html": HTML}},
    "html with scripts": {"mimebundle": {"text/html": f"{HTML}<script>document.body.append('ran')</script>"}},
    "latex": {"mimebundle": {"text/latex": r"$\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}$"}},
    "markdown": {"mimebundle": {"text/markdown": "**bold** and\n\n> [!TIP]\n> a tip"}},
    "nothing": None,
}


def recorded() -> Iterator[tuple[str, list[o.Op]]]:
    """Name and ops of each recording."""
    for source in SOURCES:
        for path in source.recordings:
            yield f"{source.folder} {path.stem}", fold(source, path)


def made() -> Iterator[tuple[str, list[o.Op]]]:
    """Name and ops of each chat that is made for its picture."""
    yield "streams", [op for number, row in enumerate(ROWS) for op in _row(number, row)]
    for prompt in demo.PROMPTS:
        yield f"demo {prompt}", asyncio.run(_demo(prompt))
    yield "results", _assemble("r", "Show me everything", list(_results()))


def _row(number: int, row: Any) -> list[o.Op]:
    return _assemble(f"r{number}", row.name, row.events, row.status, row.error)


def _assemble(
    run: str, prompt: str, events: list[Event], status: Any = "complete", error: Any = None
) -> list[o.Op]:
    asm = Assembler()
    ops = asm.add_run(run, prompt, 0.0) + asm.start_run(run, 0.0)
    for now, event in enumerate(events, 1):
        ops += asm.feed(event, float(now))
    return ops + asm.finish(len(events) + 1.0, status=status, error=error)


async def _demo(prompt: str) -> list[o.Op]:
    asm = Assembler()
    ops = asm.add_run("r", prompt, 0.0) + asm.start_run("r", 0.0)
    status, error = await drive(demo.agent(pace=0).stream(prompt), lambda e: ops.extend(asm.feed_all(e, 1.0)))
    return ops + asm.finish(2.0, status=status, error=error)


def _results() -> Iterator[Event]:
    for name in RESULTS:
        yield ToolCall(name, {"of": name}, call_id=name)
        yield ToolStart(call_id=name)
    yield ToolOutput("Loading…\n 10%|█\r100%|██████████\n\x1b[32mPASS\x1b[0m\n", call_id="fields")
    yield ToolOutput("UserWarning: careful\n", stream="stderr", call_id="fields")
    yield ToolOutput(display={"text/html": HTML}, stream="display", call_id="fields")
    for name, value in RESULTS.items():
        yield ToolResult(value, call_id=name)


OPEN = """() => {
  const root = document.querySelector(".turnwise").shadowRoot;
  for (const button of root.querySelectorAll('[data-part="turn"] [aria-expanded="false"]'))
    if (button.dataset.action !== "saw") button.click();
}"""
SETTLED = "() => new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 400))"


LOOKS = list(product(THEMES, WIDTHS))


def looks(browser: Browser, wanted: Sequence[tuple[str, str]] = LOOKS) -> Iterator[tuple[Page, int, str]]:
    """An empty page of each theme and width, and what to call its picture."""
    for theme, size in wanted:
        is_light, width = THEMES[theme], WIDTHS[size]
        page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        page.add_init_script(
            f"addEventListener('DOMContentLoaded', () => {{ {DRESS % (is_light, is_light)} }})"
        )
        yield page, width, f"{theme} {size}"
        page.close()


DRESS = """
  document.body.dataset.jpThemeLight = '%s';
  if (!%s) document.body.style.background = '#111';
"""


def photograph(
    browser: Browser, name: str, ops: list[o.Op], wanted: Sequence[tuple[str, str]] = LOOKS
) -> None:
    """A picture of each look, and one more with everything open."""
    for page, width, look in looks(browser, wanted):
        chat = BareChat(page, title=name, height=f"{TALLEST}px")
        chat.message({"kind": "snapshot", "seq": 10**6, "ops": [page_op(op) for op in ops]})
        _lend(page)
        chat.make_all()
        chat.host.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 0; }")
        _picture(page, width, f"{name} {look}")
        for _ in range(2):  # what folds, then what is in it
            page.evaluate(OPEN)
            page.evaluate(SETTLED)
        _picture(page, width, f"{name} {look} open")


def photograph_scene(browser: Browser, name: str) -> None:
    """Four pictures, each as high as a chat is by itself."""
    for page, _, look in looks(browser):
        chat = BareChat(page, title="A chat", agent_name="forecaster")
        _lend(page)
        SCENES[name](chat)
        page.evaluate(SETTLED)
        page.screenshot(path=_path(f"scene {name} {look}"), full_page=True)


def _lend(page: Page) -> None:
    for addon in ("highlight", "math", "panels"):
        page.evaluate("name => bare.lend(name)", addon)


def _path(name: str) -> Path:
    return HERE / f"{''.join(c if c.isalnum() or c in '-_.' else '-' for c in name)}.png"


def _picture(page: Page, width: int, name: str) -> None:
    page.evaluate(SETTLED)
    high: int = page.evaluate(
        "() => document.querySelector('.turnwise').shadowRoot.querySelector('.thread').scrollHeight"
    )
    page.set_viewport_size({"width": width, "height": min(TALLEST, high + 160)})
    page.evaluate(SETTLED)
    page.screenshot(path=_path(name))


def main(wanted: list[str]) -> None:
    """Photograph all, or that whose name holds one of the words."""
    path = next(filter(None, map(shutil.which, CHROMIUM)))
    HERE.mkdir(exist_ok=True)
    chats = [(name, ops) for name, ops in made() if _is_wanted(name, wanted)]
    recordings = [(name, ops) for name, ops in recorded() if _is_wanted(name, wanted)]
    scenes = [name for name in SCENES if _is_wanted(f"scene {name}", wanted)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        for name, ops in chats:
            photograph(browser, name, ops)
        for number, (name, ops) in enumerate(recordings):
            photograph(browser, name, ops, LOOKS if wanted else [LOOKS[number % len(LOOKS)]])
        for name in scenes:
            photograph_scene(browser, name)
        browser.close()
    sys.stdout.write(f"{len(chats) + len(recordings)} chats and {len(scenes)} scenes are in {HERE}\n")


def _is_wanted(name: str, wanted: list[str]) -> bool:
    return not wanted or any(word in name for word in wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
