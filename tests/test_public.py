"""The public face: every name is there, is documented, and costs nothing until it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys
import types

import pytest

import turnwise


@pytest.mark.parametrize("name", turnwise.__all__)
def test_every_public_name_is_importable_and_documented(name: str) -> None:
    value = getattr(turnwise, name)
    if isinstance(value, types.ModuleType) or inspect.isclass(value) or inspect.isfunction(value):
        assert value.__doc__


def test_nothing_public_is_left_out_of_all() -> None:
    assert sorted([*turnwise._HOME, "demo"]) == sorted(turnwise.__all__)
    assert set(turnwise.__all__) <= set(dir(turnwise))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'AgentChatt'"):
        turnwise.AgentChatt  # noqa: B018


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import turnwise", ["anywidget", "pydantic", "httpx", "asyncio", "turnwise.demo"]),
        (
            "from turnwise import AgentChat",
            ["pydantic", "httpx", "turnwise.demo", "turnwise.agent.agent", "turnwise.session"],
        ),
        ("from turnwise import Assembler, Transcript", ["anywidget", "ipywidgets", "pydantic", "httpx"]),
    ],
)
def test_importing_loads_only_what_is_used(code: str, absent: list[str]) -> None:
    """In a fresh interpreter, as this one has everything loaded."""
    check = f"{code}; import sys; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
