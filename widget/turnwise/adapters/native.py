"""What several adapters do with the objects of their frameworks. Knows none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import TypeGuard

    from ..events import Event
    from .description import Changeable

SETTINGS = (
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "stop",
    "stop_sequences",
    "reasoning",
    "reasoning_effort",
    "thinking",
    "verbosity",
    "parallel_tool_calls",
    "tool_choice",
    "service_tier",
    "timeout",
    "max_retries",
)
"""Names under which frameworks keep how a model is called. A list, because keys and headers live next to them."""


def framework(package: str) -> str:
    """``package`` with the version that is installed."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:  # put on the path by hand
        return package


def settings_of(model: object) -> dict[str, Any]:
    """Those of ``SETTINGS`` that ``model``, an object or a mapping, has a value for."""
    found = {name: field(model, name) for name in SETTINGS}
    return {name: value for name, value in found.items() if value is not None}


def field(source: Any, *names: str) -> Any:
    """The first of these fields that has a value, of an object or a mapping."""
    mapping = cast("Mapping[str, Any]", source) if isinstance(source, Mapping) else None
    for name in names:
        value = getattr(cast("Any", source), name, None) if mapping is None else mapping.get(name)
        if value is not None:
            return value
    return None


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is plain data with names, as JSON has it."""
    return isinstance(value, dict)


def set_fields(target: object, values: Mapping[str, Any], owner: str) -> None:
    """Give ``target`` these attributes. ``TypeError`` for one it does not have: a framework would not read it."""
    for name, value in values.items():
        if not hasattr(target, name):
            raise TypeError(
                f"{owner} has no setting {name!r}; it has {', '.join(settings_of(target)) or 'none'}"
            )
        setattr(target, name, value)


def all_fixed(why: str) -> dict[Changeable, str]:
    """For an agent of which nothing can be changed from outside."""
    return {"system": why, "model": why, "settings": why, "tools": why}


def in_lane(event: Event, lane: str) -> Event:
    """An event of a run within a run, whose lane is of that name; its turns are told from the others by it."""
    where: dict[str, Any] = {"lane": lane}
    if (turn := getattr(event, "turn", None)) is not None:
        where["turn"] = f"{lane}/{turn}"
    return replace(event, **where)


def fenced(value: object) -> str:
    """A structured answer as text: JSON in a code fence."""
    from pydantic_core import to_json

    text = to_json(value, indent=2, inf_nan_mode="constants", serialize_unknown=True).decode()
    return f"```json\n{text}\n```"


T = TypeVar("T")
_END = object()


async def in_a_task(items: AsyncGenerator[T, None], stop: Callable[[], None]) -> AsyncGenerator[T, None]:
    """``items``, iterated from first to last in one task of their own, never ahead of their reader.

    For generators that hold on to the task's context, or that clean up by waiting for what only ``stop`` ends: it is
    called before they are closed early.
    """
    queue: asyncio.Queue[Any] = asyncio.Queue()

    async def iterate() -> None:
        async with aclosing(items) as said:
            async for item in said:
                queue.put_nowait(item)
                await queue.join()

    task = asyncio.create_task(iterate())
    task.add_done_callback(lambda _: queue.put_nowait(_END))
    try:
        while (item := await queue.get()) is not _END:
            yield item
            queue.task_done()
        task.result()
    finally:
        if not task.done():
            stop()
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # raised above, or its way to end when it was stopped
