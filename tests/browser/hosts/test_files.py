"""Programs that run a notebook where no page is, or print it: the conversation stands in what they leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from turnwise.export.viewer import MIME

from .serve import APPS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from ..conftest import Shot

PROMPT = "Compare the climate of Paris and Tokyo"
KEPT = {MIME, "text/html", "text/markdown", "text/plain"}
BOOK = {
    "_config.yml": "title: Lessons\nexecute:\n  execute_notebooks: force\n",
    "_toc.yml": "format: jb-book\nroot: chat\n",
}


def run(folder: Path, *command: str) -> None:
    """Run a program of this environment in ``folder``, with kernels of this environment."""
    programs = Path(sys.executable).parent
    env = os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(folder / "ipython"),
    }
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With ``chat.ipynb``, a notebook that has not run: a chat, and a prompt to it."""
    book: dict[str, Any] = json.loads((APPS / "voila.ipynb").read_text("utf-8"))
    book["cells"].append({**book["cells"][0], "id": "prompt", "source": f"await chat.send({PROMPT!r});"})
    (tmp_path / "chat.ipynb").write_text(json.dumps(book), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("papermill", "chat.ipynb", "out.ipynb"),
        ("jupyter", "execute", "chat.ipynb", "--output=out.ipynb"),
        ("jupyter", "nbconvert", "chat.ipynb", "--execute", "--to=notebook", "--output=out.ipynb"),
    ],
    ids=["papermill", "jupyter execute", "nbconvert"],
)
def test_what_runs_a_notebook_keeps_the_conversation(folder: Path, command: tuple[str, ...]) -> None:
    run(folder, *command)
    cells = json.loads((folder / "out.ipynb").read_text("utf-8"))["cells"]
    _view, saved = cells[0]["outputs"]
    assert saved["data"].keys() == KEPT
    ops = saved["data"][MIME]["ops"]
    assert [op["prompt"] for op in ops if op["op"] == "add_run"] == [PROMPT]
    assert [op["status"] for op in ops if op["op"] == "end_run"] == ["complete"]
    for kind in KEPT - {MIME}:
        text = "".join(saved["data"][kind])
        assert text.index(PROMPT) < text.rindex("Tokyo"), kind


@pytest.mark.parametrize(
    ("command", "page_at"),
    [
        (("jupyter", "nbconvert", "chat.ipynb", "--execute", "--to=html"), "chat.html"),
        (("jupyter-book", "build", ".", "--quiet"), "_build/html/chat.html"),
    ],
    ids=["nbconvert", "jupyter book"],
)
def test_what_prints_a_notebook_shows_it_without_network(
    folder: Path,
    command: tuple[str, ...],
    page_at: str,
    page: Page,
    shot: Shot,
    request: pytest.FixtureRequest,
) -> None:
    for name, text in BOOK.items():
        (folder / name).write_text(text, "utf-8")
    run(folder, *command)
    page.route("http*://**", lambda route: route.abort())
    page.goto((folder / page_at).as_uri())
    saved = page.locator(".tw-saved")
    expect(saved).to_have_count(1)
    expect(saved).to_contain_text(PROMPT)
    expect(saved.locator(".tw-turn").last).to_contain_text("Tokyo")
    expect(saved.locator(".tw-turn").last.locator("table")).to_be_visible()
    step = saved.locator("details.tw-step").first
    expect(step.locator("pre").first).to_be_hidden()
    step.locator("summary").first.click()
    expect(step.locator("pre").first).to_be_visible()
    shot(page, f"printed-{request.node.callspec.id.replace(' ', '-')}")
