"""Every adapter against its real framework, each in an environment of its own: `make frameworks`."""

from __future__ import annotations

import re

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

# What is tested -> what to install. Pinned: a framework's new release is met on purpose.
FRAMEWORKS = {
    "acp": ["agent-client-protocol==0.12.1"],
    "claude-agent": ["claude-agent-sdk==0.2.186"],
    "clients": ["openai==3.52.0", "anthropic==2.11.0", "google-genai==3.4.0", "ollama==0.6.3"],
    "pydantic-ai-slim": ["pydantic-ai-slim[openai]==2.68.0"],
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
