"""Which adapter speaks with an agent: found by the names of the agent's classes, so that nothing is imported for it.

The agent's classes are walked from the most specific to the most general; for each, in this order: what the user
registered, what turnwise brings, and what installed packages offer under the entry-point group ``turnwise.adapters``.
A name is a package and a class (``"pydantic_ai.AbstractAgent"``): modules in between may move from version to version.
Only then is the agent taken for a plain function.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast, overload

from .base import Adapter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from importlib.metadata import EntryPoint

__all__ = ["Adapter", "Factory", "adapter_for", "register"]

Factory: TypeAlias = Callable[[Any], Adapter]
"""Makes the adapter of an agent: an adapter class, or a function."""

FactoryT = TypeVar("FactoryT", bound=Factory)
AdapterT = TypeVar("AdapterT", bound=Adapter)

GROUP = "turnwise.adapters"
"""Entry points of this group are named by the agent's class and point to a factory."""

BUILT_IN = {
    "turnwise.ACP": "acp:ACPAdapter",
    "turnwise.Agent": "builtin:BuiltinAdapter",
    "turnwise.ModelClient": "clients:from_model_client",
    "anthropic.Anthropic": "clients:without_a_model",
    "anthropic.AsyncAnthropic": "clients:without_a_model",
    "claude_agent_sdk.ClaudeAgentOptions": "claude_agent:ClaudeAgentAdapter",
    "claude_agent_sdk.ClaudeSDKClient": "claude_agent:ClaudeAgentAdapter",
    "google.genai.Client": "clients:without_a_model",
    "ollama.AsyncClient": "clients:without_a_model",
    "ollama.Client": "clients:without_a_model",
    "openai.AsyncOpenAI": "clients:without_a_model",
    "openai.OpenAI": "clients:without_a_model",
    "pydantic_ai.AbstractAgent": "pydantic_ai:PydanticAIAdapter",
    "llama_index.core.agent.BaseWorkflowAgent": "llama_index:LlamaIndexAdapter",
    "llama_index.core.agent.AgentWorkflow": "llama_index:LlamaIndexAdapter",
    "agno.Agent": "agno:AgnoAdapter",
    "agno.Team": "agno:AgnoAdapter",
    "agent_framework.BaseAgent": "agent_framework:AgentFrameworkAdapter",
    "autogen_agentchat.BaseChatAgent": "autogen:AutoGenAdapter",
    "autogen_agentchat.BaseGroupChat": "autogen:AutoGenAdapter",
    "google.adk.Runner": "google_adk:GoogleADKAdapter",
    "google.adk.App": "google_adk:GoogleADKAdapter",
    "google.adk.BaseAgent": "google_adk:GoogleADKAdapter",
    "google.adk.BaseNode": "google_adk:GoogleADKAdapter",
    "strands.Agent": "strands:StrandsAdapter",
    "strands.MultiAgentBase": "strands:StrandsAdapter",
    "agents.Agent": "openai_agents:OpenAIAgentsAdapter",
    "langgraph.Pregel": "langgraph:LangGraphAdapter",
    "smolagents.MultiStepAgent": "smolagents:SmolagentsAdapter",
    **dict.fromkeys(
        ("ag_ui_adk.ADKAgent", "ag_ui_langgraph.LangGraphAgent", "ag_ui_strands.StrandsAgent"),
        "ag_ui_agent:AGUIAgentAdapter",
    ),
}
"""Class name to module and factory in this package."""

HAS = {"agents.Agent": ("handoffs", "model_settings", "input_guardrails")}
"""Attributes by which an agent is known besides, where its package has a name that many give to one of their own."""

SUPPORTED = (
    "turnwise.Agent",
    "agents of Pydantic AI",
    "agents and agent workflows of LlamaIndex",
    "agents and teams of Agno",
    "agents of Microsoft's agent-framework",
    "agents and teams of AutoGen",
    "agents, apps, runners and workflows of Google ADK",
    "agents, graphs and swarms of Strands",
    "agents of the OpenAI Agents SDK",
    "agents of LangChain and graphs of LangGraph",
    "agents of smolagents",
    "agents of ag_ui_langgraph, ag_ui_adk and ag_ui_strands",
    "URLs of AG-UI, AI SDK, Prism and ADK servers, or turnwise.AGUI(url), AISDK, Prism, ADKServer, TurnwiseSSE",
    "turnwise.ACP(command, …), for agents that speak the Agent Client Protocol",
    "ClaudeAgentOptions and ClaudeSDKClient of the Claude Agent SDK",
    'turnwise.ModelClient(client, model="…") with a client of openai, anthropic, google-genai or ollama',
    "functions and generator functions, sync or async, that take (prompt) or (prompt, history)",
)
"""What the error for an unknown agent offers."""


class Registry:
    """Knows factories by the class names of the agents that they are for."""

    def __init__(
        self,
        built_in: Mapping[str, str] = BUILT_IN,
        installed: Callable[[], Iterable[EntryPoint]] = lambda: entry_points(group=GROUP),
    ) -> None:
        self._registered: dict[str, Factory] = {}
        self._built_in = dict(built_in)
        self._installed = installed

    def register(self, names: Collection[str], factory: FactoryT) -> FactoryT:
        """Use ``factory`` for agents of these classes; the last that was registered is asked first."""
        if not names:
            raise ValueError(
                f"{factory!r} does not say which agents it is for: decorate it with "
                f'@register("package.Class"), or give it a class attribute agents = ("package.Class",)'
            )
        for name in names:
            self._registered = {name: factory, **{n: f for n, f in self._registered.items() if n != name}}
        return factory

    def find(self, agent: object) -> Factory | None:
        """The factory for the most specific class of ``agent`` that any is known for."""
        sources: tuple[Mapping[str, Factory | str | EntryPoint], ...] = (
            self._registered,
            self._built_in,
            {point.name: point for point in self._installed()},
        )
        for cls in _classes(agent):
            for source in sources:
                for name, found in source.items():
                    if _names(name, cls) and all(hasattr(agent, each) for each in HAS.get(name, ())):
                        return _loaded(name, found)
        return None


def _names(name: str, cls: type[Any]) -> bool:
    """Whether ``name``, a package and a class, names ``cls``, wherever in the package it lives."""
    package, _, class_name = name.rpartition(".")
    where = f"{cls.__module__}.{cls.__qualname__}".rpartition(".")[0]
    return cls.__name__ == class_name and (where == package or where.startswith(f"{package}."))


def _loaded(name: str, found: Factory | str | EntryPoint) -> Factory:
    if isinstance(found, str):
        module, _, attribute = found.partition(":")
        return cast("Factory", getattr(import_module(f".{module}", __name__), attribute))
    if not hasattr(found, "load"):
        return cast("Factory", found)
    point = cast("EntryPoint", found)
    try:
        return cast("Factory", point.load())
    except Exception as error:
        raise ImportError(
            f"the adapter that is installed for {name}, {point.value}, does not load: {error}"
        ) from error


_REGISTRY = Registry()


@overload
def register(adapter: type[AdapterT], /) -> type[AdapterT]: ...  # pyright: ignore[reportOverlappingOverload]
@overload
def register(*agents: str | type[Any]) -> Callable[[FactoryT], FactoryT]: ...
def register(*agents: str | type[Any]) -> Any:
    """Make ``AgentChat`` know a kind of agent.

    As a decorator, with the agent's classes or their names (``"package.Class"``, which imports nothing)::

        @turnwise.register("my_package.MyAgent")
        class MyAdapter(turnwise.Adapter): ...  # or a function that takes the agent and returns an adapter

    or bare, on an adapter class that lists the names itself::

        @turnwise.register
        class MyAdapter(turnwise.Adapter):
            agents = ("my_package.MyAgent",)

    Subclasses of the agent's classes are recognised too. Registering a name again replaces what it stood for, so a
    cell may be run twice. ``ValueError`` if nothing says which agents it is for.
    """
    adapters = [each for each in agents if isinstance(each, type) and issubclass(each, Adapter)]
    if not adapters:
        named = [_dotted(agent) for agent in agents]

        def decorate(factory: FactoryT) -> FactoryT:
            return _REGISTRY.register(named, factory)

        return decorate
    if len(agents) > 1:
        raise ValueError('name the agents and decorate the adapter: @register("package.Class")')
    names = [_dotted(agent) for agent in getattr(adapters[0], "agents", ())]
    return _REGISTRY.register(names, adapters[0])


def _dotted(agent: str | type[Any]) -> str:
    if isinstance(agent, type):
        return f"{agent.__module__}.{agent.__qualname__}"
    if "." not in agent:
        raise ValueError(f'{agent!r} names no package; register agents as "package.Class"')
    return agent


def adapter_for(
    agent: object, adapter: Adapter | Factory | None = None, *, registry: Registry = _REGISTRY
) -> Adapter:
    """The adapter that speaks with ``agent``.

    ``adapter``, if given, decides: an adapter as it is, an adapter class or a function is called with the agent.
    Raises one ``TypeError`` if nothing recognises the agent; it says what would be.
    """
    if isinstance(adapter, Adapter):
        return adapter
    if adapter is not None:
        return _made(adapter, agent)
    if isinstance(agent, Adapter):
        return agent
    if isinstance(agent, str) and agent.startswith(("http://", "https://")):
        from .remote.detect import AtURL

        return AtURL(agent)
    factory = None if isinstance(agent, type) else registry.find(agent)
    if factory is not None:
        return _made(factory, agent)
    near = _near_miss(agent)
    if near is None and callable(agent):
        from .callables import from_callable

        return from_callable(agent)
    tried = " → ".join(f"{cls.__module__}.{cls.__qualname__}" for cls in _classes(agent)[:-1])
    raise TypeError(
        f"{_shown(agent)} is not an agent that turnwise knows.{f' {near}' if near else ''}\n"
        f"  looked for: {tried}\n"
        f"  works: {'; '.join(SUPPORTED)}\n"
        f"  for anything else: AgentChat(agent, adapter=…), or @turnwise.register"
    )


def _classes(agent: object) -> tuple[type[Any], ...]:
    """From the most specific to the most general."""
    return type(agent).__mro__


def _made(factory: Factory, agent: object) -> Adapter:
    if not callable(factory):
        raise TypeError(
            f"adapter={_shown(factory)}: give an Adapter, or a function that makes one of the agent"
        )
    made = cast("object", factory(agent))
    if not isinstance(made, Adapter):
        raise TypeError(f"{_shown(factory)} made {_shown(made)} of the agent, and not an Adapter")
    return made


def _near_miss(agent: object) -> str | None:
    """What was probably meant; ``None`` for what may be an agent after all."""
    match agent:
        case None:
            return "It is None: did the line that makes the agent return it?"
        case str():
            return f"For a model, use turnwise.Agent({agent if ':' in agent else 'openai:' + agent!r})."
        case type():
            return f"It is a class: make an instance of it, {agent.__name__}(…)."
        case Coroutine() | AsyncGenerator() | Generator():
            name = getattr(cast("object", agent), "__name__", "function")
            return f"It is the result of calling {name}: give the function itself, without parentheses."
        case _ if inspect.ismodule(agent):
            return "It is a module: give the agent in it."
        case _:
            return None


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # only its type is worth telling then
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 120 else text[:119] + "…"
