"""Fixtures of the browser tests: ``lab`` is real JupyterLab, ``bare`` the front end alone, ``shot`` a picture."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from playwright.sync_api import expect, sync_playwright

from .bare import STATIC, BareChat
from .lab import APPLICATIONS, Lab, LabServer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import Browser, Page

SCREENSHOTS = Path(__file__).parent / "screenshots"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A container has neither a sandbox nor a GPU, and nothing should try to call home.
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# How anywidget loads a module, and how the bare page does. JupyterLab has uncaught errors of its own.
OURS = re.compile(r"\bblob:|/widget\.js")
FAILED = pytest.StashKey[bool]()

# Far above what anything takes: a busy machine is no failure.
expect.set_options(timeout=30_000)


class Shot(Protocol):
    def __call__(self, page: Page, name: str) -> Path: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    wanted = os.environ.get("CHROMIUM")
    path = next(filter(None, map(shutil.which, [wanted] if wanted else CHROMIUM)), None)
    if path is None:
        pytest.fail(f"no Chromium: looked for {wanted or ', '.join(CHROMIUM)}", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a context of its own. A test that fails leaves a screenshot; an uncaught error of ours fails it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(45_000)
    page = context.new_page()
    console: list[str] = []
    uncaught: list[str] = []
    page.on("console", lambda message: console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: uncaught.append(error.stack or error.message))
    yield page
    failed = request.node.stash.get(FAILED, False)
    if failed:
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"failed-{request.node.name}.png")
        print("\n".join(["console of the page:", *console[-50:]]))  # pytest shows it with the failure
    context.close()
    ours = [error for error in uncaught if OURS.search(error)]
    if ours and not failed:
        pytest.fail("\n".join(["uncaught in the page:", *ours]), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def shot() -> Shot:
    """``shot(page, "name")`` leaves tests/browser/screenshots/name.png to look at."""

    def take(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab, or what ``JUPYTER_APPLICATION`` names."""
    application = APPLICATIONS[os.environ.get("JUPYTER_APPLICATION", "jupyterlab")]
    server = LabServer(tmp_path_factory.mktemp("jupyter"), application=application)
    yield server
    server.close()


@pytest.fixture
def lab(lab_server: LabServer, page: Page) -> Iterator[Lab]:
    """JupyterLab in the test's page; its kernels end with the test."""
    yield Lab(lab_server, page)
    lab_server.end_kernels()
    lab_server.reset()


@pytest.fixture
def bare(page: Page) -> Callable[..., BareChat]:
    """``bare(final_only=True, …)`` is a chat in an empty page, with these traits."""
    if not (STATIC / "widget.js").exists():
        pytest.fail("the front end is not built: make build", pytrace=False)

    def open_chat(**options: Any) -> BareChat:
        return BareChat(page, **options)

    return open_chat
