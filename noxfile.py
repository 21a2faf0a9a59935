"""Every adapter against its real framework, each in an environment of its own: `make frameworks`."""

from __future__ import annotations

import re

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

# What is tested -> what to install. Pinned: a framework's new release is met on purpose.
FRAMEWORKS = {
    "pydantic-ai-slim": ["pydantic-ai-slim[openai]==2.68.0"],
    "openai-agents": ["openai-agents==0.24.0"],
    "langgraph": ["langchain==1.4.7", "langgraph==1.2.22", "langchain-openai==1.7.3"],
    "smolagents": ["smolagents[openai]==1.26.0"],
    # The exports against the providers' own types and clients.
    "sdk-messages": ["openai==3.52.0", "anthropic==2.11.0", "google-genai==3.4.0", "hypothesis>=6.100"],
}


@nox.session
@nox.parametrize("framework", list(FRAMEWORKS), ids=list(FRAMEWORKS))
def frameworks(session: nox.Session, framework: str) -> None:
    name = framework.removesuffix("-slim").replace("-", "_")
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install(
        *("--quiet", "--editable", ".", "ipykernel", "pytest", "pytest-asyncio", "pytest-timeout"),
        *FRAMEWORKS[framework],
    )
    for requirement in FRAMEWORKS[framework]:
        package = re.split(r"[\[=>]", requirement)[0]
        code = f"from importlib.metadata import version as v; print({package!r}, v({package!r}))"
        session.run("python", "-c", code)
    session.run("pytest", "-q", f"tests/frameworks/test_{name}.py", *session.posargs)


@nox.session
def peers(session: nox.Session) -> None:
    """The core beside the accumulators of others; not part of any test."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install(
        "--quiet", "--editable", ".", "anthropic", "langchain-core", "openai", "pydantic-ai-slim[openai]"
    )
    session.run("python", "-m", "benchmarks", "peers")
