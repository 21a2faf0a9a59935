"""The providers that the built-in agent can call, by the name before the colon in ``"openai:gpt-…"``.

One file per wire format, imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .base import Provider

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Provider", "provider_for"]

_HOMES = {
    "openai": ("openai_chat", "OpenAIChat"),
    "openai-responses": ("openai_responses", "OpenAIResponses"),
    "anthropic": ("anthropic", "Anthropic"),
    "gemini": ("gemini", "Gemini"),
    "ollama": ("ollama", "Ollama"),
}


def provider_for(name: str, **options: Any) -> Provider:
    """The provider of ``"provider:model"``; ``options`` go to it as they are.

    Raises:
        ValueError: There is no such provider, or the model is missing; the message lists what there is.
    """
    provider, colon, model = name.partition(":")
    known = ", ".join(f'"{known}:…"' for known in _HOMES)
    if not colon or not model.strip():
        raise ValueError(f'{name!r} names no model: write "provider:model". Known providers: {known}')
    if provider not in _HOMES:
        raise ValueError(
            f"{provider!r} is no provider that turnwise knows. Known: {known}. "
            'A server that speaks the OpenAI format: Agent("openai:model", base_url="http://…/v1")'
        )
    module, cls = _HOMES[provider]
    make: Callable[..., Provider] = getattr(import_module(f".{module}", __name__), cls)
    return make(model.strip(), **options)
