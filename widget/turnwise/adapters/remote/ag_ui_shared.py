"""What an AG-UI server and its clients hold in common beside the messages: the state, and activities.

Both come whole or as patches. Knows nothing of turnwise's events.
"""

from __future__ import annotations

from typing import Any, cast

from ...agent.providers.untyped import Object, objects
from .json_patch import patched

_TOLD_OTHERWISE = ("messages", "tools", "ag-ui", "copilotkit", "pending_tool_calls")
"""Fields of a state in which producers keep what other events tell, or what the client sent."""


class Shared:
    """State and activities during a run; ``state`` is what the client had when it began."""

    def __init__(self, state: Any) -> None:
        self._state = state
        self._seen = _for_a_reader(state)
        self._activities: dict[str, Any] = {}

    def hear(self, item: Object) -> None:
        """Take up a snapshot of the state, or a patch."""
        self._state = (
            item["snapshot"] if "snapshot" in item else patched(self._state, objects(item.get("delta")))
        )

    def changed(self) -> Any:
        """What a reader is shown of the state, if that has changed since the last time; else ``None``."""
        before, self._seen = self._seen, _for_a_reader(self._state)
        return None if self._seen == before else self._seen

    def activity(self, id: str, item: Object) -> Any:
        """The content of the activity ``id`` after ``item``."""
        content = item.get("content")
        if item.get("patch") is not None:
            content = patched(self._activities.get(id, {}), objects(item.get("patch")))
        self._activities[id] = content
        return content


def _for_a_reader(state: Any) -> Any:
    """Without what is told otherwise, and what producers keep for themselves under names with an underscore."""
    if not isinstance(state, dict):
        return state
    fields = cast("Object", state)
    return {
        name: value
        for name, value in fields.items()
        if name not in _TOLD_OTHERWISE and not name.startswith("_")
    }
