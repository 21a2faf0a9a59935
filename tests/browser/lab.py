"""JupyterLab or Notebook 7, driven: a server for the test run, and for each test a fresh page, notebook and kernel."""

from __future__ import annotations

import ast
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx

from .chat import Chat

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

DRIVER = Path(__file__).parent / "driver.js"
STATIC = Path(__file__).parents[2] / "widget" / "turnwise" / "static"
START_SECONDS = 120
OPEN_MS = 120_000  # the first page of a cold machine
RUN_MS = 60_000

# No news popup, no update check, nothing that comes between a test and the page.
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/completer-extension/tracker": {"autoCompletion": False},
}


@dataclass(frozen=True, slots=True)
class Application:
    """A front end of the Jupyter server."""

    module: str
    """What ``python -m`` starts."""
    configured: str
    """The class whose option shows the application to our driver."""
    documents: str
    """Where a document opens, after the server's address, in a workspace of the test's own if there are any."""


APPLICATIONS = {
    "jupyterlab": Application("jupyterlab", "LabApp", "/lab/workspaces/{workspace}/tree/{path}"),
    "notebook": Application("notebook", "JupyterNotebookApp", "/notebooks/{path}"),
}


class LabServer:
    """A server with a root, settings and kernels of its own; ``options`` are its command line's."""

    def __init__(
        self, folder: Path, *options: str, application: Application = APPLICATIONS["jupyterlab"]
    ) -> None:
        self.application = application
        self.root = folder / "root"
        self._settings = folder / "settings"
        self._log = folder / "server.log"
        self.token = secrets.token_hex(16)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        env = dict(os.environ)
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
            "HOME",
        ):
            env[name] = str(folder / name.lower())
            Path(env[name]).mkdir(parents=True)
        env["JUPYTERLAB_SETTINGS_DIR"] = str(self._settings)
        env["JUPYTER_PATH"] = str(
            STATIC
        )  # the extension as it is built, not as it was when turnwise was installed
        self.root.mkdir()
        self.reset()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", application.module, "--no-browser", "--allow-root"),
                    f"--port={port}",
                    "--ServerApp.port_retries=0",
                    f"--ServerApp.root_dir={self.root}",
                    f"--IdentityProvider.token={self.token}",
                    f"--{application.configured}.expose_app_in_browser=True",
                    "--LanguageServerManager.autodetect=False",
                    *options,
                ],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"token {self.token}"}, trust_env=False, timeout=10
        )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.application.module} did not start:\n{self._log.read_text()}")
            time.sleep(0.05)  # nothing to wait on: the port opens when it opens

    def _ready(self) -> bool:
        try:
            return self._http.get("/api/status").is_success
        except httpx.TransportError:
            return False

    @property
    def log(self) -> str:
        """What it has said."""
        return self._log.read_text()

    def reset(self) -> None:
        """The settings that every test begins with."""
        shutil.rmtree(self._settings, ignore_errors=True)
        for name, value in SETTINGS.items():
            self.set(name, value)

    def set(self, plugin: str, settings: dict[str, Any]) -> None:
        """Settings of a plugin, for pages that are opened from now on."""
        path = self._settings / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))

    def end_kernels(self) -> None:
        """Shut down every kernel that a test has left."""
        for session in self._http.get("/api/sessions").json():
            self._http.delete(f"/api/sessions/{session['id']}")

    def close(self) -> None:
        self.end_kernels()
        self._http.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Lab:
    """One JupyterLab page of a test."""

    def __init__(self, server: LabServer, page: Page) -> None:
        self.server = server
        self.page = page
        self._name = secrets.token_hex(4)
        self._count = 0
        page.add_init_script(path=DRIVER)
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?" on a reload

    def open(self, *cells: str) -> Notebook:
        """A new notebook of these code cells, its kernel started; nothing has run."""
        return self._open(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "id": f"cell-{index}",
                        "source": source,
                        "metadata": {},
                        "outputs": [],
                        "execution_count": None,
                    }
                    for index, source in enumerate(cells)
                ],
                "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )

    def open_file(self, path: Path) -> Notebook:
        """A copy of the notebook at ``path``, on the test's own kernel."""
        return self._open(json.loads(path.read_text("utf-8")))

    def _open(self, content: dict[str, Any]) -> Notebook:
        self._count += 1
        path = f"{self._name}-{self._count}.ipynb"
        (self.server.root / path).write_text(json.dumps(content), "utf-8")
        self.page.goto(self.address(path))
        notebook = Notebook(self, path)
        notebook.wait_until_idle()
        self.page.evaluate("() => lab.collapseSidebars()")
        return notebook

    def show(self, path: str) -> Notebook:
        """The notebook at ``path``, which another page may show too, with the kernel that it has."""
        self.page.goto(self.address(path))
        notebook = Notebook(self, path)
        notebook.wait_until_connected()
        return notebook

    def address(self, path: str) -> str:
        """Where a notebook opens; what other tests had open does not come back."""
        document = self.server.application.documents.format(workspace=self._name, path=path)
        return f"{self.server.url}{document}?token={self.server.token}"

    def command(self, name: str, **args: Any) -> None:
        """Execute one of JupyterLab's commands and wait for it."""
        self.page.evaluate("([name, args]) => lab.command(name, args)", [name, args])

    def theme(self, name: Literal["light", "dark"]) -> None:
        self.command("apputils:change-theme", theme=f"JupyterLab {name.capitalize()}")
        # JupyterLab covers the page while the stylesheets change.
        self.page.wait_for_function("light => lab.themed(light)", arg=name == "light")

    def viewport(self, width: int, height: int = 800) -> None:
        self.page.set_viewport_size({"width": width, "height": height})


def _keep_waiting(route: Route) -> None:
    """No session is ever begun; JupyterLab shows the notebook meanwhile."""
    if route.request.method != "POST":
        route.continue_()


class KernelError(AssertionError):
    """Code that a test ran in the kernel raised; the message is its traceback."""


class Notebook:
    """An open notebook. Cells count from 0."""

    def __init__(self, lab: Lab, path: str) -> None:
        self.lab = lab
        self.page = lab.page
        self.path = path

    # ── cells ───────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, cell: int = 0) -> list[dict[str, Any]]:
        """Run a cell to its end and return its outputs. Raises ``KernelError`` if it failed."""
        outputs: list[dict[str, Any]] = self.page.evaluate(
            "([path, cell]) => lab.run(path, cell)", [self.path, cell]
        )
        for output in outputs:
            if output["output_type"] == "error":
                raise KernelError("\n".join(output["traceback"]))
        return outputs

    def start(self, cell: int) -> None:
        """Run a cell without waiting for its end."""
        self.page.evaluate("([path, cell]) => { lab.run(path, cell); }", [self.path, cell])

    def run_all(self) -> None:
        for cell in range(self.page.evaluate("path => lab.panel(path).content.widgets.length", self.path)):
            self.run(cell)

    def outputs(self, cell: int) -> list[dict[str, Any]]:
        outputs: list[dict[str, Any]] = self.page.evaluate(
            "([path, cell]) => lab.outputs(path, cell)", [self.path, cell]
        )
        return outputs

    def execution_count(self, cell: int) -> int | None:
        count: int | None = self.page.evaluate(
            "([path, cell]) => lab.executionCount(path, cell)", [self.path, cell]
        )
        return count

    def chat(self, cell: int = 0) -> Chat:
        """The live chat that this cell shows."""
        return Chat(self._in_cell(cell, ".turnwise:not(.tw-saved .turnwise)"))

    def saved_chat(self, cell: int = 0) -> Chat:
        """The saved conversation that this cell shows where there is no live one."""
        return Chat(self._in_cell(cell, ".tw-saved .turnwise"))

    def saved_html(self, cell: int = 0) -> Locator:
        """The same as static HTML, where turnwise's extension is not installed."""
        return self._in_cell(cell, ".tw-saved:has(>.tw-run)")

    def _in_cell(self, cell: int, selector: str) -> Locator:
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{cell}'] {selector}")

    def open_output_view(self, cell: int = 0) -> Chat:
        """JupyterLab's "Create New View for Cell Output": a second view beside the notebook."""
        self.page.evaluate(
            "([path, cell]) => { lab.panel(path).content.activeCellIndex = cell; }", [self.path, cell]
        )
        self.lab.command("notebook:create-output-view")
        return Chat(self.page.locator(".jp-LinkedOutputView .turnwise"))

    # ── kernel ──────────────────────────────────────────────────────────────────────────────────────────────

    def eval(self, expression: str, *, timeout_ms: int = RUN_MS) -> Any:
        """The value of a Python expression in the kernel, by way of JSON; it may ``await``. Touches no cell."""
        text = self._execute(f"_driver = (\n{expression}\n)", "__import__('json').dumps(_driver)", timeout_ms)
        return json.loads(ast.literal_eval(text))

    def exec(self, code: str, *, timeout_ms: int = RUN_MS) -> None:
        """Run Python in the kernel without touching a cell."""
        self._execute(code, None, timeout_ms)

    def _execute(self, code: str, expression: str | None, timeout_ms: int) -> str:
        reply: dict[str, str] = self.page.evaluate(
            "([path, code, expression, ms]) => lab.execute(path, code, expression, ms)",
            [self.path, code, expression, timeout_ms],
        )
        if "error" in reply:
            raise KernelError(reply["error"])
        return reply["value"]

    def restart(self) -> None:
        """Restart the kernel, as the menu does after its question."""
        self.page.evaluate("path => lab.restart(path)", self.path)
        self.wait_until_idle()

    def reopen(self, *, fresh_kernel: bool) -> None:
        """The file in a new page, its kernel gone: with another kernel, as JupyterLab starts one, or with none."""
        self.lab.server.end_kernels()
        if not fresh_kernel:
            self.page.route("**/api/sessions?*", _keep_waiting)
        self.page.goto(self.lab.address(self.path))
        self.page.wait_for_function("path => window.lab?.opened(path)", arg=self.path, timeout=OPEN_MS)
        if fresh_kernel:
            self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """The notebook is there, its kernel connected and not busy."""
        self.page.wait_for_function("path => window.lab?.idle(path)", arg=self.path, timeout=OPEN_MS)

    def wait_until_connected(self) -> None:
        """The notebook is there, and its kernel, which may be busy."""
        self.page.wait_for_function("path => window.lab?.connected(path)", arg=self.path, timeout=OPEN_MS)

    # ── document ────────────────────────────────────────────────────────────────────────────────────────────

    def save(self) -> dict[str, Any]:
        """Save, and return what the file holds."""
        self.page.evaluate("path => lab.save(path)", self.path)
        content: dict[str, Any] = json.loads((self.lab.server.root / self.path).read_text("utf-8"))
        return content

    def reload(self, *, save: bool = True) -> None:
        """Reload the page; the kernel, busy or not, lives on. Outputs that were not saved are gone, so saves first."""
        if save:
            self.save()
        # Not page.reload(): with another view in front the address does not name the notebook, and the layout that
        # would bring it back is saved by JupyterLab some time after a change.
        self.page.goto(self.lab.address(self.path))
        self.wait_until_connected()
