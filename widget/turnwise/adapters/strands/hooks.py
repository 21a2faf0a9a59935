"""What only a hook of Strands' sees of a run: what the model is sent, when each tool begins and returns.

And what only a hook can do: run a tool with other arguments than the model's, if a person has changed them.

A hook cannot be taken out of an agent, so one without any state is put in once; ``hear`` says, for the task that it is
entered in and those that come of it, who listens. Knows the framework's names.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from ...events import ModelRequest
from ..native import settings_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from ..relay import Relay
    from .translate import Translator


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of one run; ``edits`` are the arguments, by call id, that a person has changed."""

    translator: Translator
    relay: Relay
    edits: Mapping[str, Any]


_LISTENER: ContextVar[Listener | None] = ContextVar("turnwise_strands_listener", default=None)
_HOOKED: WeakSet[Any] = WeakSet()
"""Registries of hooks, which copies of an agent share."""


def install(agent: Any) -> None:
    """Make ``agent`` tell whoever listens, once."""
    if agent.hooks in _HOOKED:
        return
    _HOOKED.add(agent.hooks)
    hooks = import_module("strands.hooks")
    agent.hooks.add_callback(hooks.BeforeModelCallEvent, _asks)
    agent.hooks.add_callback(hooks.BeforeToolCallEvent, _before)
    agent.hooks.add_callback(hooks.AfterToolCallEvent, _after)


@contextmanager
def hear(listener: Listener) -> Generator[None, None, None]:
    """Tell its relay what its translator makes of what the hooks see."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def _asks(event: Any) -> None:
    """The agent calls the model. A hook after this one may still change what it sends."""
    if (listener := _LISTENER.get()) is None:
        return
    agent = event.agent
    config = dict(agent.model.get_config())
    listener.translator.asks(
        agent,
        ModelRequest(
            [*agent.messages],
            system=agent.system_prompt,
            tools=agent.tool_registry.get_all_tool_specs(),
            settings={**settings_of(config), **settings_of(config.get("params") or {})},
            model=config.get("model_id"),
        ),
    )


def _before(event: Any) -> None:
    """The last of its kind: other hooks may have refused the call, or asked a person."""
    asked = event.agent._interrupt_state.interrupts.values()
    waits = any(i.response is None and event.tool_use["toolUseId"] in i.id for i in asked)
    if (listener := _LISTENER.get()) is None or waits or event.cancel_tool:
        return
    call_id: str = event.tool_use["toolUseId"]
    if call_id in listener.edits:
        event.tool_use = {**event.tool_use, "input": listener.edits[call_id]}
    listener.relay.tell(listener.translator.tool_start(event.tool_use))


def _after(event: Any) -> None:
    if (listener := _LISTENER.get()) is not None:
        listener.relay.tell(listener.translator.tool_result(event.result))
