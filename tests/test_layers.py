"""Imports point one way: what each module of the package may know, read from its source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "widget" / "turnwise"

MAY_KNOW: dict[str, set[str]] = {
    "values": set(),
    "texts": {"values"},
    "foreign": {"loops"},
    "cut_marks": set(),
    "recognised": {"cut_marks"},
    "jsonable": {"cut_marks", "foreign", "recognised", "values", "texts"},
    "ledger": {"values"},
    "loops": set(),
    "kernels": set(),
    "capture": {"events"},
    "events": {"values"},
    "ops": {"values"},
    "plot": set(),
    "request": {"ops", "values"},
    "asked": {"events", "jsonable", "ledger", "ops", "request", "values"},
    "runs": {"ops", "plot", "request", "values"},
    "snapshot": {"ops", "runs", "values"},
    "transcript": {"documents", "ops", "request", "runs", "snapshot", "values"},
    "parts": {"events", "ops", "values", "texts", "jsonable", "ledger"},
    "turns": {"events", "ops", "values", "ledger", "parts"},
    "content": {"events", "ops", "values", "texts", "jsonable", "ledger", "parts", "turns"},
    "calls": {"events", "ops", "values", "texts", "jsonable", "ledger", "parts", "turns"},
    "joined": {"events"},
    "assembler": {
        "runs",
        "asked",
        "calls",
        "content",
        "events",
        "joined",
        "transcript",
        "ops",
        "values",
        "texts",
        "ledger",
        "parts",
        "turns",
    },
    "run": {"events", "foreign", "values"},
    "preview": {"cut_marks", "jsonable", "values"},
    "wholes": {"jsonable"},
    "views": {"foreign", "jsonable", "run", "runs", "values"},
    "details": {"adapters", "foreign", "preview", "runs", "views", "wholes"},
    "wire": {"ops", "preview", "transcript", "values"},
    "sent": {"values"},
    "saw": {"ops", "request", "runs", "sent", "transcript", "values", "wire"},
    "export": {
        "assembler",
        "events",
        "jsonable",
        "ops",
        "plot",
        "texts",
        "runs",
        "transcript",
        "values",
        "wholes",
        "wire",
    },
    "documents": {"export", "jsonable", "ops", "recording", "transcript", "wholes"},
    "saved": {"documents", "export", "ops", "recording", "runs", "snapshot", "transcript"},
    "adapters": {"events", "foreign", "loops", "values", "runs", "transcript", "export", "agent"},
    "agent": {"capture", "events", "foreign", "values", "runs", "transcript", "assembler", "export"},
    "demo": {"agent", "events", "values"},
    "consent": {"events", "foreign", "runs"},
    "stream_event": {"request", "values"},
    "reader": {"ops", "runs", "stream_event", "transcript"},
    "final_turn": {"runs", "stream_event"},
    "headless": {
        "adapters",
        "consent",
        "assembler",
        "final_turn",
        "foreign",
        "ops",
        "reader",
        "run",
        "runs",
        "stream_event",
        "transcript",
        "values",
    },
    "sse": {"stream_event"},
    "recording": {"adapters", "events", "ops", "request", "runs", "snapshot", "transcript", "values", "wire"},
    "cut": {"ops", "recording", "runs", "snapshot", "transcript"},
    "frame": {"runs", "transcript", "values"},
    "channel": {"loops", "ops", "transcript", "wire"},
    "handle": {"runs", "values"},
    "session": {
        "adapters",
        "assembler",
        "capture",
        "channel",
        "consent",
        "details",
        "events",
        "foreign",
        "handle",
        "joined",
        "loops",
        "ops",
        "recording",
        "run",
        "saw",
        "runs",
        "texts",
        "transcript",
        "values",
        "views",
        "wholes",
        "wire",
    },
    "widget": {
        "handle",
        "adapters",
        "consent",
        "cut",
        "documents",
        "export",
        "frame",
        "kernels",
        "ops",
        "recording",
        "saved",
        "session",
        "runs",
        "transcript",
        "views",
    },
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
HEAVY = {
    "pydantic",
    "httpx",
    "httpx_sse",
    "tenacity",
    "docstring_parser",
    "acp",
    "anthropic",
    "claude_agent_sdk",
    "google",
    "ollama",
    "openai",
    "pydantic_ai",
    "pandas",
    "numpy",
    "matplotlib",
    "mistune",
}


def unit(path: Path) -> str:
    """The top-level module or package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The top-level units of turnwise that a file imports, wherever in it."""
    package = ["turnwise", *path.relative_to(PACKAGE).parts[:-1]]
    units: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
        names = [base] if len(base) > 1 else [[*base, alias.name] for alias in node.names]
        units |= {name[1] for name in names}
    return units


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_it_may_know(path: Path) -> None:
    own = unit(path)
    assert imported(path) - {own} <= MAY_KNOW[own]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_heavy_is_imported_on_use(path: Path) -> None:
    """Not at a module's top level, so that importing turnwise costs little more than anywidget."""
    if unit(path) == "agent" and "providers" in path.parts:
        pytest.skip("loaded with the first provider")
    roots = {name.split(".")[0] for node in ast.parse(path.read_text("utf-8")).body for name in _names(node)}
    assert not roots & HEAVY


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return [node.module]
    return []
