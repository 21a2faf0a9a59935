"""What a page may ask about one step beyond what travels unasked: its whole result, its view, its arguments' schema.

Knows ``foreign``, ``preview``, ``views``, ``wholes``, and of an adapter what it describes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

from .foreign import faults
from .preview import preview
from .views import Views
from .wholes import Wholes, to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from .adapters.description import Description
    from .runs import ToolPart

log = logging.getLogger("turnwise")


class Details:
    """Of the steps of one chat. ``describe`` is the adapter's."""

    def __init__(self, describe: Callable[[], Description]) -> None:
        self._describe = describe
        self._wholes = Wholes()
        self.views = Views()

    def keep(self, step: ToolPart, value: object) -> None:
        """``step`` has this result, as the tool returned it: remember it, if a page will need more than the copy."""
        self.views.forget(step.id)
        if step.name in self.views or preview(step.result)[1] is not None:
            self._wholes.keep(step.id, value)

    def whole(self, part: str, known: object) -> object:
        """The result of the step ``part`` as its tool returned it, or what is ``known`` of it."""
        return self._wholes.get(part, known)

    def tell(self, step: ToolPart, what: Literal["whole", "view", "schema"]) -> bytes:
        """As JSON. May take as long as a function of the user's does: not for an event loop."""
        result = self._wholes.get(step.id, step.result)
        match what:
            case "whole":
                return to_bytes(result)
            case "view":
                return to_bytes(self.views.make(step, result))
            case "schema":
                return to_bytes(self._schema(step.name))

    def _schema(self, tool: str) -> object:
        """JSON Schema of the arguments; ``None`` where the source does not tell."""
        try:
            tools = self._describe().tools or ()
        except faults():  # a framework's object; the form goes by the values then
            log.exception("could not read the tools of the agent")
            return None
        return next((info.parameters for info in tools if info.name == tool), None)
