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
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .events import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


Sink: TypeAlias = "Callable[[ToolOutput], bool]"
"""Takes what a context puts out, on any thread and without its call; ``False`` if it has no place for it."""


class _Drain:
    """A sink, and what is remembered between two outputs of its contexts."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._shown: set[str] = set()
        """Names of the displays that the sink took."""
        self._clearing = False
        """The next output takes the place of all before."""

    def take(self, output: ToolOutput) -> bool:
        clearing = self._clearing and not output.clear
        if not self._sink(replace(output, clear=True) if clearing else output):
            return False
        self._clearing = False
        if output.clear or clearing:
            self._shown.clear()
        if output.display_id is not None:
            self._shown.add(output.display_id)
        return True

    def update(self, output: ToolOutput) -> bool:
        """Replace a display; ``False`` if that stands elsewhere."""
        return output.display_id in self._shown and self.take(output)

    def clear(self, wait: bool) -> bool:
        """Take away what there is, or with ``wait`` do so when there is something new."""
        if wait:
            self._clearing = self._sink(
                ToolOutput()
            )  # nothing, to learn whether it has a place for something
            return self._clearing
        return self.take(ToolOutput(clear=True))


_drain: ContextVar[_Drain | None] = ContextVar("turnwise_drain", default=None)


@contextmanager
def into(sink: Sink) -> Generator[None]:
    """Everything that this context, and those copied from it, put out goes to ``sink``."""
    token = _drain.set(_Drain(sink))
    try:
        yield
    finally:
        _drain.reset(token)


def _taken(put: Callable[[_Drain], bool]) -> bool:
    """Whether the context has a sink, and it took what ``put`` gave it."""
    drain = _drain.get()
    if drain is None:
        return False
    # What the sink itself prints, say in a log, must not come back to it.
    token = _drain.set(None)
    try:
        return put(drain)
    finally:
        _drain.reset(token)


class _Stream:
    """In place of ``sys.stdout``: all that it is asked for beyond writing is the real stream's.

    IPython puts a ``write`` of its own onto the stream while a cell runs, so instances take attributes.
    """

    def __init__(self, base: Any, name: Literal["stdout", "stderr"]) -> None:
        self._base = base
        self._name: Literal["stdout", "stderr"] = name

    def write(self, text: str) -> int:
        if isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            output = ToolOutput(text, stream=self._name)
            if _taken(lambda drain: drain.take(output)):
                return len(text)
        return self._base.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)

    def __iter__(self) -> Any:
        return iter(self._base)


_streams: dict[str, _Stream] = {}
"""The last in each one's place, to be used again. ``print`` holds no reference to the stream that it writes to (CPython
before 3.14): one that is let go of when a run ends, while another thread prints, takes the whole kernel with it."""


class _Installed:
    """What stands in the way of output, and what it stands in for."""

    def __init__(self) -> None:
        self.streams: list[tuple[Literal["stdout", "stderr"], _Stream]] = []
        for name in ("stdout", "stderr"):
            base = getattr(sys, name)
            stream = _streams.get(name)
            if stream is None or stream._base is not base:
                stream = _streams[name] = _Stream(base, name)
            setattr(sys, name, stream)
            self.streams.append((name, stream))
        self.publisher = _publisher()
        self.put: dict[str, Callable[..., Any]] = {}
        """What the publisher has instead of its own methods."""
        if self.publisher is not None:
            self.put = {
                "publish": _publishing(self.publisher.publish),
                "clear_output": _clearing(self.publisher.clear_output),
            }
            for name, method in self.put.items():
                setattr(self.publisher, name, method)

    def remove(self) -> None:
        for name, stream in self.streams:
            if (
                getattr(sys, name) is stream
            ):  # else somebody has put another in its place, and may put it back
                setattr(sys, name, stream._base)
        for name, method in self.put.items():
            if self.publisher.__dict__.get(name) is method:
                delattr(self.publisher, name)


def _publisher() -> Any:
    """IPython's, if this is a notebook or an IPython shell."""
    shell = getattr(sys.modules.get("IPython.core.interactiveshell"), "InteractiveShell", None)
    if shell is None or not shell.initialized():
        return None
    return shell.instance().display_pub


def _publishing(publish: Callable[..., Any]) -> Callable[..., Any]:
    def routed(data: Any, metadata: Any = None, *args: Any, **kwargs: Any) -> Any:
        transient: dict[str, Any] = kwargs.get("transient") or {}
        name = transient.get("display_id")
        output = ToolOutput(display=dict(data), stream="display", display_id=name)
        update = kwargs.get("update", False)
        if _taken(lambda drain: drain.update(output) if update else drain.take(output)):
            return None
        return publish(data, metadata, *args, **kwargs)

    return routed


def _clearing(clear_output: Callable[..., Any]) -> Callable[..., Any]:
    def routed(wait: bool = False, *args: Any, **kwargs: Any) -> Any:
        if _taken(lambda drain: drain.clear(wait)):
            return None
        return clear_output(wait, *args, **kwargs)

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
    if not drawn or _drain.get() is None:
        return
    pyplot: Any = sys.modules["matplotlib.pyplot"]
    display: Any = import_module("IPython.display").display
    for number in sorted(drawn):
        figure = pyplot.figure(number)
        if result is not figure and getattr(result, "figure", None) is not figure:
            display(figure)
        pyplot.close(figure)
