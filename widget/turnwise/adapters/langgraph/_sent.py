"""What a graph's models are sent, from LangChain's callbacks. Knows ``events``; the framework is imported on use."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...events import ModelRequest
from ..native import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .translate import Translator


def listening(config: Mapping[str, Any], translator: Translator) -> dict[str, Any]:
    """``config`` whose callbacks also tell ``translator`` what the models are sent."""
    own: Any = config.get("callbacks")
    handler = _handler_class()(translator)
    if own is None or isinstance(own, list):
        return {**config, "callbacks": [*(own or ()), handler]}
    manager = own.copy()
    manager.add_handler(handler, inherit=True)
    return {**config, "callbacks": manager}


@lru_cache
def _handler_class() -> Any:
    base: Any = import_module("langchain_core.callbacks").BaseCallbackHandler

    class Listening(base):
        """Only listens."""

        run_inline = True
        """Before the model is called, and not whenever a thread has time for it."""

        def __init__(self, translator: Translator) -> None:
            self._translator = translator

        def on_chat_model_start(
            self,
            serialized: Any,
            messages: list[list[Any]],
            *,
            metadata: dict[str, Any] | None = None,
            invocation_params: dict[str, Any] | None = None,
            **_: Any,
        ) -> None:
            given = invocation_params or {}
            request = ModelRequest(
                [
                    message.model_dump(mode="json", exclude_defaults=True) | _role(message)
                    for message in messages[0]
                ],
                tools=given.get("tools") or [],
                settings=settings_of(given),
                model=given.get("model") or given.get("model_name"),
            )
            self._translator.asks(metadata or {}, request)

    return Listening


def _role(message: Any) -> dict[str, str]:
    return {"type": message.type}
