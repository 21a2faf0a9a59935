"""What the page costs: a long answer that streams in, and a long conversation. No Jupyter in between."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from tests.browser.bare import BareChat
from tests.browser.conftest import ARGS, CHROMIUM

from turnwise import TextDelta, ToolCall, ToolResult, TurnFinish
from turnwise.events import ReasoningDelta
from turnwise.wire import page_op

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from typing_extensions import Self

PARAGRAPH = (
    "## Part {n}\n\nSome *emphasis*, `code` and a [link](https://example.org/{n}); then words that go on for a while, "
    "as answers do.\n\n- one\n- two with **bold**\n\n```python\ndef f{n}(x):\n    return x + {n}\n```\n\n"
    "| a | b |\n|---|---|\n| {n} | {n} |\n\n"
)
STREAMED = (50_000, 200_000)
DELTA = 4
PER_FRAME = 16
"""Deltas that arrive between two paints."""
# Feeds a message before each paint.
PLAY = """async messages => {
  for (const message of messages) {
    await new Promise(resolve => requestAnimationFrame(resolve));
    bare.feed([message]);
  }
  await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""
LONG = 50
"""Milliseconds after which a task is felt: the "long task" of the web's own performance interfaces."""
# From the end towards the beginning, so many pixels in each of 120 frames; 95 % of these frames took no longer.
SCROLL = """async pixels => {
  const scroller = document.querySelector(".turnwise").shadowRoot.querySelector(".scroller");
  scroller.scrollTop = scroller.scrollHeight;
  const step = pixels ?? scroller.scrollTop / 120;
  const frames = [];
  let last = performance.now();
  for (let n = 0; n < 120; n += 1) {
    scroller.scrollTop -= step;
    await new Promise(resolve => requestAnimationFrame(resolve));
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.95)];
}"""
READING = 60
"""Pixels in a frame of who looks for something: all that comes into sight is made."""


class Costs:
    """Renderer time since the last look, in milliseconds, and memory in MB."""

    def __init__(self, page: Page) -> None:
        self._session: Any = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._before = self._metrics()

    def _metrics(self) -> dict[str, float]:
        metrics: Any = self._session.send("Performance.getMetrics")
        return {metric["name"]: metric["value"] for metric in metrics["metrics"]}

    def look(self) -> str:
        """The main thread since the last look. Chrome counts as script not all of what promises run."""
        now = self._metrics()
        spent = {name: 1000 * (now[name] - self._before[name]) for name in now}
        self._before = now
        layout = spent["LayoutDuration"] + spent["RecalcStyleDuration"]
        return (
            f"main thread {spent['TaskDuration']:,.0f} ms, of it layout and style {layout:,.0f}, "
            f"script {spent['ScriptDuration']:,.0f}"
        )

    def memory(self) -> float:
        self._session.send("HeapProfiler.collectGarbage")
        return self._metrics()["JSHeapUsedSize"] / 1e6


class Tasks:
    """How long the page's tasks took, in milliseconds: by the clock, and of the processor.

    By the clock alone, whatever else runs on the machine counts as the page's: its own drawing process, to begin with.
    """

    def __init__(self, page: Page) -> None:
        browser = page.context.browser
        assert browser is not None
        self._page, self._browser = page, browser
        self.own: list[float] = []
        self.by_clock: list[float] = []

    def __enter__(self) -> Self:
        self._browser.start_tracing(page=self._page, categories=["toplevel"])
        return self

    def __exit__(self, *_: object) -> None:
        events: list[dict[str, Any]] = json.loads(self._browser.stop_tracing())["traceEvents"]
        threads = {
            (event["pid"], event["tid"])
            for event in events
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
        }
        for event in events:
            ended = event["ph"] == "X" and event["name"].endswith("RunTask")
            if ended and (event["pid"], event["tid"]) in threads:
                self.by_clock.append(event["dur"] / 1000)
                self.own.append(event.get("tdur", 0) / 1000)


def answer(size: int) -> Iterator[dict[str, Any]]:
    """Frames of a Markdown answer of so many characters."""
    text = "".join(PARAGRAPH.format(n=n) for n in range(size // 200))[:size]
    step = DELTA * PER_FRAME
    for at in range(0, size, step):
        yield {"op": "append", "part": "t.1", "text": text[at : at + step]}


def streaming(page: Page) -> None:
    for size in STREAMED:
        chat = BareChat(page)
        chat.prompt("go")
        start = {
            "op": "open_turn",
            "run": chat.transcript.runs[0].id,
            "turn": "t",
            "number": 1,
            "lane": "main",
        }
        start |= {"agent": None, "model": None, "attempt": 1, "auxiliary": False, "time": chat.now}
        part = {"op": "open_part", "turn": "t", "part": "t.1", "kind": "text", "time": chat.now}
        seq = int(chat.host.locator('[data-part="root"]').get_attribute("data-seq") or 0)
        ops = [[start, part], *([op] for op in answer(size))]
        messages = [{"kind": "frame", "seq": seq + n, "ops": each} for n, each in enumerate(ops, 1)]
        sent = page.evaluate_handle("messages => messages", messages)  # which is no task of the page's
        costs = Costs(page)
        with Tasks(page) as tasks:
            page.evaluate(PLAY, sent)
        spent = costs.look()
        print(
            f"  {size // 1000:>4} kB of Markdown in {len(messages)} frames: {spent}; tasks over {LONG} ms: "
            f"{sum(took > LONG for took in tasks.own)}, longest {max(tasks.own):.0f} ms (by the clock, with what else "
            f"the machine does: {sum(took > LONG for took in tasks.by_clock)}, {max(tasks.by_clock):.0f} ms)"
        )


def conversation(page: Page, turns: int = 1_000) -> None:
    chat = BareChat(page)
    with chat.losing():
        for n in range(turns // 4):
            chat.prompt(f"Question {n}")
            for step in range(3):
                call = f"{n}.{step}"
                chat.feed(
                    ReasoningDelta("Let me see what there is. "),
                    ToolCall("search", {"query": f"thing {call}"}, call_id=call),
                    ToolResult([{"id": i, "title": f"Result {i}"} for i in range(10)], call_id=call),
                    TurnFinish("tool_calls"),
                )
            chat.feed(TextDelta(PARAGRAPH.format(n=n)), TurnFinish("stop"))
            chat.finish()
    snapshot = {"kind": "snapshot", "seq": 10**6, "ops": [page_op(op) for op in chat.transcript.snapshot()]}
    costs = Costs(page)
    page.evaluate(PLAY, [snapshot])
    chat.runs.nth(turns // 4 - 1).wait_for()
    spent = costs.look()
    count = "document.querySelector('.turnwise').shadowRoot.querySelectorAll('*').length"
    nodes, memory = page.evaluate(count), costs.memory()
    slow: float = page.evaluate(SCROLL, READING)
    fast: float = page.evaluate(SCROLL, None)
    print(
        f"  {turns} turns opened: {spent}; {nodes:,} elements, {memory:.0f} MB; 95 % of frames of a scroll through "
        f"all of it within {fast:.0f} ms, {READING} pixels at a time {slow:.0f} ms; then {page.evaluate(count):,} "
        f"elements, {costs.memory():.0f} MB"
    )


def main() -> None:
    path = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        page = browser.new_page(viewport={"width": 900, "height": 800})
        streaming(page)
        conversation(page)
        browser.close()
