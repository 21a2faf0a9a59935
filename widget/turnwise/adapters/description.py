"""What can be read of an agent, and what can be changed: the same few words for every framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Changeable: TypeAlias = Literal["system", "model", "settings", "tools"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolInfo:
    """A tool as the model is told of it."""

    name: str
    description: str | None = None
    parameters: Mapping[str, Any] | None = None
    """JSON Schema of the arguments; ``None`` where the source does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """An agent as far as its source tells; ``None`` is for what it does not."""

    name: str
    framework: str | None = None
    """With its version, for example ``"pydantic-ai 2.68.0"``."""
    system: str | None = None
    """The system prompt (instructions); ``None`` also where a function makes it for each call."""
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the model: temperature and the like, under the framework's own names; never a key or a header."""
    tools: Sequence[ToolInfo] | None = None
    fixed: Mapping[Changeable, str] = field(default_factory=dict[Changeable, str])
    """What ``Adapter.changed`` cannot change, and why not, in a sentence for the user."""
