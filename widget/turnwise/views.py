"""What a chat shows in place of tools' results: what functions of the user's make of a step.

Each is called when a page first shows such a step, and what it made is kept, so that a second view and a reload show
the same widget. It may be anything that a tool may return.

Knows ``foreign``, ``jsonable``, ``run`` and ``runs``, and nothing of widgets but their media type.
"""

from __future__ import annotations

import copy
import logging
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from .foreign import faults
from .jsonable import jsonable
from .run import failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from .runs import ToolPart
    from .values import Json

log = logging.getLogger("turnwise")

ViewFunction: TypeAlias = "Callable[[ToolPart], Any]"

_WIDGET = "application/vnd.jupyter.widget-view+json"
"""Under this type a widget says which model a page is to draw."""


class Views:
    """The functions, by the name of the tool, and what they made, by the id of the step. For any thread."""

    def __init__(self) -> None:
        self._functions: dict[str, ViewFunction] = {}
        self._made: dict[str, tuple[str, object, dict[str, Json]]] = {}
        """Of each step its tool, what the function returned, and how the page is told."""
        self._one_at_a_time = threading.Lock()

    def __contains__(self, tool: str) -> bool:
        return tool in self._functions

    def set(self, tool: str, function: ViewFunction) -> None:
        """Show the steps of ``tool`` with this function from now on; what another made of them is closed."""
        self._functions[tool] = function
        for part in [part for part, (name, _, _) in self._made.items() if name == tool]:
            self.forget(part)

    def make(self, step: ToolPart, result: object) -> dict[str, Json]:
        """``{"value": …}``, or ``{"error": {kind, message, detail}}`` if the function raised. Its own time: a user's.

        ``result`` is what the tool returned, as far as it is there, else its copy. ``{}`` if the plain result is to be
        shown, as it is until the step has ended.
        """
        with self._one_at_a_time:
            function = self._functions.get(step.name)
            if function is None or step.ended is None:
                return {}
            if step.id in self._made:
                return self._made[step.id][2]
            seen = copy.copy(step)
            seen.result = cast("Any", result)
            made: object = None
            told: dict[str, Json]
            try:
                made = function(seen)
                told = {} if made is None else {"value": jsonable(made)}
            except faults() as error:  # theirs: it is shown where the view would be
                why = failure(error)
                told = {"error": {"kind": why.kind, "message": why.message, "detail": why.detail}}
            self._made[step.id] = (step.name, None if made is result else made, told)
            if self._functions.get(step.name) is not function:  # another took its place meanwhile, or none
                self.forget(step.id)
            return told

    def forget(self, part: str) -> None:
        """The step has another result, or its tool another view: close the widget that was made of it."""
        _, made, told = self._made.pop(part, ("", None, {}))
        if made is not None and _is_widget(told):
            try:
                cast("Any", made).close()
            except faults():  # theirs: whoever closes it is in the middle of something else, a run say
                log.exception("the widget that a view of a step made did not close")

    def close(self) -> None:
        """Close the widgets that were made; the steps show their plain results."""
        self._functions.clear()
        for part in [*self._made]:
            self.forget(part)


def _is_widget(told: dict[str, Json]) -> bool:
    match told.get("value"):
        case {"mimebundle": dict(types)}:
            return _WIDGET in types
        case _:
            return False
