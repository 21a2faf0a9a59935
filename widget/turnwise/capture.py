"""Where what a tool prints and displays goes: to the sink of its own context, not to whatever cell runs.

A sink is set in a context variable, so tasks and ``asyncio.to_thread`` carry it along, side by side without mixing.
``sys.stdout``, ``sys.stderr`` and IPython's display publisher are looked through only while a run is driven
(``routed``); without a sink, or once it declines, everything goes where it went before. What a bare thread or a child
process writes has no context of ours and stays where Jupyter puts it.

Knows ``events``; IPython and matplotlib only if they are there already.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .events import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


Sink: TypeAlias = "Callable[[ToolOutput], bool]"
"""Takes what a context puts out, on any thread and without its call; ``False`` if it has no place for it."""

_sink: ContextVar[Sink | None] = ContextVar("turnwise_sink", default=None)


@contextmanager
def into(sink: Sink) -> Generator[None]:
    """Everything that this context, and those copied from it, put out goes to ``sink``."""
    token = _sink.set(sink)
    try:
        yield
    finally:
        _sink.reset(token)


def _taken(output: ToolOutput) -> bool:
    sink = _sink.get()
    if sink is None:
        return False
    # What the sink itself prints, say in a log, must not come back to it.
    token = _sink.set(None)
    try:
        return sink(output)
    finally:
        _sink.reset(token)


class _Stream:
    """In place of ``sys.stdout``: all that it is asked for beyond writing is the real stream's.

    IPython puts a ``write`` of its own onto the stream while a cell runs, so instances take attributes.
    """

    def __init__(self, base: Any, name: Literal["stdout", "stderr"]) -> None:
        self._base = base
        self._name: Literal["stdout", "stderr"] = name

    def write(self, text: str) -> int:
        if isinstance(text, str) and _taken(ToolOutput(text, stream=self._name)):  # pyright: ignore[reportUnnecessaryIsInstance]
            return len(text)
        return self._base.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)

    def __iter__(self) -> Any:
        return iter(self._base)


class _Installed:
    """What stands in the way of output, and what it stands in for."""

    def __init__(self) -> None:
        self.streams: list[tuple[Literal["stdout", "stderr"], _Stream]] = []
        for name in ("stdout", "stderr"):
            stream = _Stream(getattr(sys, name), name)
            setattr(sys, name, stream)
            self.streams.append((name, stream))
        self.publisher = _publisher()
        if self.publisher is not None:
            self.publish = _publishing(self.publisher.publish)
            self.publisher.publish = self.publish

    def remove(self) -> None:
        for name, stream in self.streams:
            if (
                getattr(sys, name) is stream
            ):  # else somebody has put another in its place, and may put it back
                setattr(sys, name, stream._base)
        if self.publisher is not None and self.publisher.__dict__.get("publish") is self.publish:
            del self.publisher.publish


def _publisher() -> Any:
    """IPython's, if this is a notebook or an IPython shell."""
    shell = getattr(sys.modules.get("IPython.core.interactiveshell"), "InteractiveShell", None)
    if shell is None or not shell.initialized():
        return None
    return shell.instance().display_pub


def _publishing(publish: Callable[..., Any]) -> Callable[..., Any]:
    def routed(data: Any, metadata: Any = None, *args: Any, **kwargs: Any) -> Any:
        # An update is for a display that stands elsewhere, under its id.
        if not kwargs.get("update") and _taken(ToolOutput(display=dict(data), stream="display")):
            return None
        return publish(data, metadata, *args, **kwargs)

    return routed


_lock = threading.Lock()
_users: list[_Installed] = []
"""One entry for each that is inside of ``routed``; they share what is installed."""


@contextmanager
def routed() -> Generator[None]:
    """While this is entered, by whomever, sinks get what their contexts put out."""
    with _lock:
        installed = _users[0] if _users else _Installed()
        _users.append(installed)
    try:
        yield
    finally:
        with _lock:
            _users.pop()
            if not _users:
                installed.remove()


def open_figures() -> frozenset[int]:
    """Numbers of matplotlib's open figures, where it draws into notebooks; else none, so that all are left alone."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or "inline" not in sys.modules["matplotlib"].get_backend():
        return frozenset()
    return frozenset(pyplot.get_fignums())


def show_figures(before: frozenset[int], result: object) -> None:
    """Display and close the figures that were drawn since ``before``, as a notebook does when a cell ends.

    Else they would appear under whatever cell ends next. One that is the ``result``, or holds it, is only closed.
    """
    drawn = open_figures() - before
    if not drawn or _sink.get() is None:
        return
    pyplot: Any = sys.modules["matplotlib.pyplot"]
    display: Any = import_module("IPython.display").display
    for number in sorted(drawn):
        figure = pyplot.figure(number)
        if result is not figure and getattr(result, "figure", None) is not figure:
            display(figure)
        pyplot.close(figure)
