"""Which adapter an agent gets: by explicit choice, by the names of its classes, else as a function."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest

import turnwise
from turnwise.adapters import GROUP, Registry, adapter_for, register
from turnwise.adapters.base import Adapter
from turnwise.adapters.callables import AsyncCallable, SyncCallable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from turnwise.events import Event
    from turnwise.transcript import Transcript


class Spy(Adapter):
    def __init__(self, agent: Any = None) -> None:
        self.agent = agent
        self.name = "spy"

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        yield turnwise.Text(prompt)


class OtherSpy(Spy):
    pass


def agent_class(module: str, name: str, base: type[Any] = object) -> type[Any]:
    """A class that says it comes from another package."""
    return type(name, (base,), {"__module__": module})


BASE = agent_class("frame.work.v2.agents", "BaseAgent")
CHILD = agent_class("__main__", "MyAgent", BASE)


def registry(
    registered: dict[str, Any] | None = None,
    built_in: dict[str, str] | None = None,
    installed: dict[str, str] | None = None,
) -> Registry:
    points = [EntryPoint(name, value, GROUP) for name, value in (installed or {}).items()]
    out = Registry(built_in or {}, lambda: points)
    for name, factory in (registered or {}).items():
        out.register([name], factory)
    return out


HERE = f"{__name__}:Spy"


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("frame.work.v2.agents.BaseAgent", True),
        ("frame.work.BaseAgent", True),
        ("frame.BaseAgent", True),
        ("fram.BaseAgent", False),
        ("work.BaseAgent", False),
        ("frame.work.Base", False),
        ("BaseAgent", False),
    ],
)
def test_a_name_is_a_package_and_a_class(name: str, matches: bool) -> None:
    found = registry({name: Spy})
    for agent in (BASE(), CHILD()):
        assert (found.find(agent) is Spy) is matches


def test_the_most_specific_class_wins_over_the_source() -> None:
    found = registry({"frame.BaseAgent": Spy, "__main__.MyAgent": OtherSpy})
    assert found.find(CHILD()) is OtherSpy
    assert found.find(BASE()) is Spy


def test_for_one_class_the_user_wins_over_built_in_and_installed() -> None:
    built_in = {"frame.BaseAgent": "builtin:BuiltinAdapter"}
    installed = {"frame.BaseAgent": "turnwise.adapters.callables:SyncCallable"}
    assert registry({"frame.BaseAgent": Spy}, built_in, installed).find(BASE()) is Spy
    found = registry({}, built_in, installed).find(BASE())
    assert found is not None
    assert found.__name__ == "BuiltinAdapter"
    assert registry({}, {}, installed).find(BASE()) is SyncCallable


def test_an_installed_adapter_that_does_not_load_says_whose_it_is() -> None:
    broken = registry(installed={"frame.BaseAgent": "no_such_module:Thing"})
    with pytest.raises(ImportError, match=r"frame\.BaseAgent, no_such_module:Thing, does not load"):
        broken.find(BASE())


def test_register_as_decorator_bare_with_classes_and_again() -> None:
    class Mine:
        pass

    @register(Mine)
    class First(Spy):
        pass

    assert type(adapter_for(Mine())) is First

    @register
    class Second(Spy):
        agents = (f"{__name__}.Mine",)

    assert type(adapter_for(Mine())) is Second

    @register(f"{__name__}.Mine", "nowhere.Other")
    def make(agent: Any) -> Adapter:
        return OtherSpy(agent)

    made = adapter_for(Mine())
    assert isinstance(made, OtherSpy)
    assert isinstance(made.agent, Mine)
    assert make(1).name == "spy"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ((Spy,), "does not say which agents"),
        (("NoPackage",), "names no package"),
        (("a.B", Spy), "decorate the adapter"),
    ],
)
def test_register_refuses(what: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        register(*what)


def test_an_explicit_adapter_decides() -> None:
    spy = Spy()
    assert adapter_for(BASE(), spy) is spy
    agent = BASE()
    made = adapter_for(agent, Spy)
    assert isinstance(made, Spy)
    assert made.agent is agent
    assert isinstance(adapter_for(lambda prompt: prompt, lambda agent: Spy(agent)), Spy)
    assert adapter_for(spy) is spy


@pytest.mark.parametrize("adapter", [3, lambda agent: agent])
def test_an_explicit_adapter_that_is_none(adapter: Any) -> None:
    with pytest.raises(TypeError, match="Adapter"):
        adapter_for(BASE(), adapter)


def test_functions_are_agents() -> None:
    async def coroutine(prompt: str) -> str:
        return prompt

    assert isinstance(adapter_for(coroutine), AsyncCallable)
    assert isinstance(adapter_for(lambda prompt: prompt), SyncCallable)


async def _coroutine() -> None:
    pass


def _generator() -> Any:
    yield


async def _async_generator() -> Any:
    yield


NEAR_MISSES: dict[str, tuple[Any, str]] = {
    "nothing": (None, "It is None"),
    "a model": ("openai:gpt-5", r"turnwise\.Agent\('openai:gpt-5'\)"),
    "a bare model": ("gpt-5", r"turnwise\.Agent\('openai:gpt-5'\)"),
    "a URL": ("https://example.org/agent", "behind a URL are not supported yet"),
    "a class": (BASE, r"make an instance of it, BaseAgent\(…\)"),
    "a generator": (_generator(), "result of calling _generator: give the function itself"),
    "an async generator": (_async_generator(), "result of calling _async_generator"),
    "a module": (sys, "It is a module"),
    "something else": (BASE(), "looked for: frame.work.v2.agents.BaseAgent"),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_one_error_says_what_was_tried_and_what_would_work(name: str) -> None:
    agent, says = NEAR_MISSES[name]
    with pytest.raises(TypeError, match=says) as caught:
        adapter_for(agent)
    text = str(caught.value)
    assert "works: turnwise.Agent; agents of Pydantic AI; " in text
    assert "adapter=" in text


def test_a_coroutine_instead_of_its_function() -> None:
    coroutine = _coroutine()
    with pytest.raises(TypeError, match="result of calling _coroutine"):
        adapter_for(coroutine)
    coroutine.close()


def test_looking_for_an_adapter_imports_no_framework_and_no_other_adapter() -> None:
    code = (
        "import sys; from turnwise.adapters import adapter_for; adapter_for(lambda prompt: prompt); "
        "print([m for m in sys.modules if 'pydantic_ai' in m or 'builtin' in m and 'turnwise' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
