"""What smolagents prints of its runs, which the chat shows already: silenced while they last.

Knows the framework's names.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator


class _Silence:
    """Loggers that print nothing for now. Copies of an agent share theirs, and their runs may overlap."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._consoles: dict[int, tuple[Any, Any]] = {}
        self._runs: Counter[int] = Counter()

    @contextmanager
    def over(self, loggers: Collection[Any]) -> Generator[None]:
        """Nothing is printed until the last run that wants it so has ended."""
        silent = import_module("rich.console").Console(quiet=True, force_jupyter=False)
        with self._lock:
            for logger in loggers:
                self._runs[id(logger)] += 1
                if id(logger) not in self._consoles:
                    self._consoles[id(logger)] = (logger, logger.console)
                    logger.console = silent
        try:
            yield
        finally:
            with self._lock:
                for logger in loggers:
                    self._runs[id(logger)] -= 1
                    if not self._runs[id(logger)]:
                        _, logger.console = self._consoles.pop(id(logger))


_SILENCE = _Silence()


@contextmanager
def quiet(agent: Any) -> Generator[None]:
    """Neither the agent nor those in its tools print what they do; and the model streams, if it can."""
    streamed = agent.stream_outputs
    agent.stream_outputs = hasattr(agent.model, "generate_stream")
    try:
        with _SILENCE.over([each.logger for each in _agents(agent) if hasattr(each, "logger")]):
            yield
    finally:
        agent.stream_outputs = streamed


def _agents(agent: Any) -> Iterator[Any]:
    yield agent
    for each in getattr(agent, "managed_agents", {}).values():
        yield from _agents(each)
