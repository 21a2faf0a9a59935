"""The results that are too large to travel unasked, as the tools returned them, for who asks for one.

Knows ``jsonable``.
"""

from __future__ import annotations

import json
from collections import OrderedDict

from .jsonable import Limits, jsonable

MOST = Limits(text=64_000_000, items=2_000_000)
"""What a page can be given of one."""
KEPT = 32
"""Results; of older ones there is the copy in the transcript."""


class Wholes:
    """The latest large results, by the id of their step. They are kept as they are, so who changes one changes both."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, object] = OrderedDict()

    def keep(self, part: str, value: object) -> None:
        """Remember the result of this step in place of an earlier one."""
        self._values[part] = value
        self._values.move_to_end(part)
        if len(self._values) > KEPT:
            self._values.popitem(last=False)

    def get(self, part: str, otherwise: object) -> object:
        """The result of this step as it was returned, or what there is ``otherwise``."""
        return self._values.get(part, otherwise)


def to_bytes(value: object) -> bytes:
    """``value`` as JSON. May take seconds: not for an event loop."""
    return json.dumps(jsonable(value, limits=MOST), ensure_ascii=False, allow_nan=False).encode()
