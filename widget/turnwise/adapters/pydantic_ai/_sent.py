"""What Pydantic AI sends to a model, as far as it tells: before the model's own class makes a request of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...events import ModelRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .translate import Message


def sent(context: Any, model: str | None, settings: Mapping[str, Any], turn: str | None) -> ModelRequest:
    """The messages and tools of the model call that ``context`` is of, which does not tell its settings."""
    messages: list[Message] = list(context.messages)
    prompts = [part.content for message in messages for part in message.parts if _is_prompt(part)]
    instructions: str | None = getattr(messages[-1], "instructions", None) if messages else None
    manager: Any = getattr(context, "tool_manager", None)
    tools: dict[str, Any] | None = getattr(manager, "tools", None)
    return ModelRequest(
        [_without_prompts(message) for message in messages],
        system="\n\n".join([*prompts, *([instructions] if instructions else [])]) or None,
        tools=None if tools is None else [_declared(tool.tool_def) for tool in tools.values()],
        settings=settings,
        model=model,
        turn=turn,
    )


def _is_prompt(part: Any) -> bool:
    return part.part_kind == "system-prompt"


def _without_prompts(message: Message) -> Message:
    """A request without the system prompt, which is told beside the messages."""
    if message.kind != "request":
        return message
    return replace(message, parts=[part for part in message.parts if not _is_prompt(part)], instructions=None)


def _declared(tool: Any) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters_json_schema}
