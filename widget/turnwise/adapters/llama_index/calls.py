"""Which call a start or a result is of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count
from typing import Any


@dataclass(slots=True)
class _Call:
    native: str
    """Its id as the framework has it."""
    id: str
    arguments: Any
    started: bool = False


class Calls:
    """The calls without a result. Some models give a call the tool's name for an id, or none: several have the same."""

    def __init__(self) -> None:
        self._open: list[_Call] = []

    def made(self, call: Any) -> str:
        """The id of a new call: the framework's own, unless another call has it."""
        taken = {each.id for each in self._open}
        wanted: str = call.tool_id or call.tool_name
        ids = chain([wanted], (f"{wanted}#{number}" for number in count(2)))
        new = _Call(call.tool_id, next(id for id in ids if id not in taken), call.tool_kwargs)
        self._open.append(new)
        return new.id

    def started(self, event: Any) -> str:
        """The id of a call that begins to run."""
        call = self._found(event, started=False)
        if call is None:
            self.made(event)
            call = self._open[-1]
        call.started = True
        self._open.remove(call)
        self._open.append(call)
        return call.id

    def ended(self, event: Any) -> str | None:
        """The id of a call that has returned; ``None`` if there is none."""
        call = self._found(event, started=True)
        if call is None:
            return event.tool_id or None
        self._open.remove(call)
        return call.id

    def latest(self) -> str | None:
        """The id of the call that began last, of those that run."""
        return next((call.id for call in reversed(self._open) if call.started), None)

    def forget(self) -> None:
        """The model is asked again: calls that have not begun never will."""
        self._open = [call for call in self._open if call.started]

    def _found(self, event: Any, *, started: bool) -> _Call | None:
        """The call that is meant: best with the same arguments, and then with the same state."""
        same = [call for call in self._open if call.native == event.tool_id]
        return min(
            same,
            key=lambda call: (call.arguments != event.tool_kwargs, call.started is not started),
            default=None,
        )
