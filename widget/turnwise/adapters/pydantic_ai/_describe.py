"""What an agent of Pydantic AI tells of itself, and what of it a run can replace.

Model and settings are options of a run, instructions and tools are what ``agent.override`` replaces during one: so the
agent itself stays as it is.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

from ..description import Description, ToolInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..description import Changeable

_SECRET = frozenset({"extra_headers"})


def description(agent: Any, options: Mapping[str, Any], instead: Mapping[str, Any], name: str) -> Description:
    """``agent`` as it runs with these ``options``, and ``instead`` of what is its own."""
    agent = unwrapped(agent)
    prompts = bool(_prompts(agent))
    settings = _settings(agent.model_settings) | _settings(options.get("model_settings"))
    return Description(
        name=name,
        framework=f"pydantic-ai {version('pydantic-ai-slim')}",
        system=_system(agent, instead),
        model=_model(options.get("model") or agent.model),
        settings={name: value for name, value in settings.items() if name not in _SECRET},
        tools=_tools(agent, instead),
        fixed={"system": "it has a system_prompt, which no run can replace; give it as instructions=…"}
        if prompts
        else {},
    )


def merged(
    options: Mapping[str, Any], instead: Mapping[str, Any], changes: Mapping[Changeable, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """``options`` and ``instead`` with ``changes``."""
    options, instead = dict(options), dict(instead)
    for what, value in changes.items():
        match what:
            case "system":
                instead["instructions"] = value
            case "tools":
                tool = import_module("pydantic_ai").Tool
                instead["tools"] = [each if isinstance(each, tool) else tool(each) for each in value]
            case "model":
                options["model"] = value
            case "settings":
                options["model_settings"] = _settings(options.get("model_settings")) | dict(value)
    return options, instead


def unwrapped(agent: Any) -> Any:
    """The agent itself, within what wraps it."""
    while hasattr(agent, "wrapped"):
        agent = agent.wrapped
    return agent


async def system_of(agent: Any, options: Mapping[str, Any]) -> list[Any]:
    """The agent's ``system_prompt`` as parts of a message, as it says them in a run with these ``options``."""
    if not _prompts(unwrapped(agent)):
        return []
    known = {name: options[name] for name in ("deps", "model") if name in options}
    parts: list[Any] = await agent.system_prompt_parts(**known)
    return parts


def _prompts(agent: Any) -> list[Any]:
    return [*getattr(agent, "_system_prompts", ()), *getattr(agent, "_system_prompt_functions", ())]


def _system(agent: Any, instead: Mapping[str, Any]) -> str | None:
    """Nothing if a function has a part in it: that is known only in a run."""
    if "instructions" in instead:
        return instead["instructions"] or None
    parts = [*_prompts(agent), *getattr(agent, "_instructions", ())]
    texts = [getattr(part, "instruction", part) for part in parts]  # 2.x keeps where each comes from
    known = [text for text in texts if isinstance(text, str)]
    return "\n\n".join(known) or None if len(known) == len(texts) else None


def _settings(settings: Any) -> dict[str, Any]:
    """Nothing if a function makes them for each request."""
    return dict(cast("dict[str, Any]", settings)) if isinstance(settings, dict) else {}


def _model(model: Any) -> str | None:
    name: object = model if isinstance(model, str) else getattr(model, "model_name", None)
    return name if isinstance(name, str) else None


def _tools(agent: Any, instead: Mapping[str, Any]) -> list[ToolInfo] | None:
    """Those that are functions; what a server offers (MCP) or a function picks is known only in a run."""
    if "tools" in instead:
        return [_tool(tool) for tool in instead["tools"]]
    found: list[ToolInfo] = []
    for toolset in agent.toolsets:
        tools: object = getattr(toolset, "tools", None)
        if not isinstance(tools, dict):
            return None
        found += [_tool(tool) for tool in cast("dict[str, Any]", tools).values()]
    return found


def _tool(tool: Any) -> ToolInfo:
    return ToolInfo(
        name=tool.name, description=tool.description or None, parameters=tool.function_schema.json_schema
    )
