"""Token to painted frame in JupyterLab: an agent writes Markdown with the time in it, the page notes when it shows."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import sync_playwright
from tests.browser.conftest import ARGS, CHROMIUM
from tests.browser.lab import Lab, LabServer

AGENT = """
import asyncio, time
from turnwise import AgentChat

async def agent(prompt):
    rate, count = 50, 500
    begin = time.time()
    for i in range(count):
        ahead = begin + i / rate - time.time()
        if ahead > 0:
            await asyncio.sleep(ahead)
        yield f"**T{time.time() * 1000:.1f}T** and `some` "
        if i % 20 == 19:
            yield "\\n\\n- a list\\n- of two\\n\\n"

chat = AgentChat(agent)
chat
"""
# The page mutates the DOM in an animation frame; a message posted from there arrives when that frame is painted.
WATCH = """host => {
  const seen = new Set(), delays = (window.delays = []);
  const look = () => {
    const text = host.shadowRoot.querySelector('[data-part="run"]')?.textContent ?? "";
    const found = [...text.slice(-400).matchAll(/T(\\d+\\.\\d)T/g)].map(match => match[1]);
    const fresh = found.filter(stamp => !seen.has(stamp));
    if (!fresh.length) return;
    for (const stamp of fresh) seen.add(stamp);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      const now = performance.timeOrigin + performance.now();
      for (const stamp of fresh) delays.push(now - Number(stamp));
    };
    channel.port2.postMessage(0);
  };
  new MutationObserver(look).observe(host.shadowRoot, { childList: true, characterData: true, subtree: true });
}"""


def main() -> None:
    chromium = next(filter(None, map(shutil.which, CHROMIUM)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = LabServer(Path(folder) / "lab")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        try:
            notebook = Lab(server, browser.new_page()).open(AGENT)
            notebook.run(0)
            chat = notebook.chat()
            chat.host.wait_for()
            chat.host.evaluate(WATCH)
            chat.send("go")
            chat.texts.last.wait_for()
            chat.idle(timeout=60_000)
            delays: list[float] = notebook.page.evaluate("window.delays")
        finally:
            browser.close()
            server.close()
    cut = quantiles(delays, n=100)
    p50, p95, p99 = cut[49], cut[94], cut[98]
    print(f"  50 tokens/s, {len(delays)} of 500 timed: p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms")
