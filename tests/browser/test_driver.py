"""The driver itself, on a widget of a few lines: when this fails, the other tests of this folder say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .lab import KernelError

if TYPE_CHECKING:
    from .conftest import Shot
    from .lab import Lab

COUNTER = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
      el.classList.add("turnwise");
      const button = el.attachShadow({ mode: "open" }).appendChild(document.createElement("button"));
      const draw = () => { button.textContent = `count ${model.get("value")}`; };
      button.onclick = () => { model.set("value", model.get("value") + 1); model.save_changes(); };
      model.on("change:value", draw);
      draw();
    } };
    """
    value = traitlets.Int(0).tag(sync=True)

counter = Counter()
counter
'''


def test_widget_in_real_jupyterlab(lab: Lab, shot: Shot) -> None:
    notebook = lab.open(COUNTER, "counter")
    notebook.run(0)
    first = notebook.chat(0).host
    expect(first.get_by_role("button")).to_have_text("count 0")
    first.get_by_role("button").click()
    expect(first.get_by_role("button")).to_have_text("count 1")
    assert notebook.eval("counter.value") == 1

    notebook.exec("counter.value = 5")
    notebook.run(1)
    second = notebook.chat(1).host
    expect(first.get_by_role("button")).to_have_text("count 5")
    expect(second.get_by_role("button")).to_have_text("count 5")

    third = notebook.open_output_view(0).host
    expect(third.get_by_role("button")).to_have_text("count 5")
    shot(lab.page, "driver-three-views")

    notebook.reload()
    expect(first.get_by_role("button")).to_have_text("count 5")
    assert notebook.save()["cells"][0]["execution_count"] == 1

    notebook.restart()
    with pytest.raises(KernelError, match="NameError"):
        notebook.eval("counter")


def test_kernel_and_cells(lab: Lab) -> None:
    notebook = lab.open("1 / 0", "import asyncio\nawait asyncio.sleep(0)\n'done'")
    with pytest.raises(KernelError, match="ZeroDivisionError"):
        notebook.run(0)
    assert notebook.run(1)[0]["data"]["text/plain"] == "'done'"
    assert notebook.execution_count(1) == 2
    assert notebook.eval("await asyncio.sleep(0, [1, 'ä'])") == [1, "ä"]
    assert notebook.execution_count(1) == 2


def test_theme_and_viewport(lab: Lab) -> None:
    lab.open("0")
    body = lab.page.locator("body")
    lab.theme("dark")
    expect(body).to_have_attribute("data-jp-theme-light", "false")
    lab.theme("light")
    lab.viewport(480)
    assert lab.page.evaluate("innerWidth") == 480
