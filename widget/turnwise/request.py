"""What a model was sent for a turn, as the user reads it.

Each request repeats the conversation so far. So an op (made by ``asked``) says which messages of an earlier request are
in this one, and has only the others: a run of n turns is told in the order of n messages, not n², and in memory they
are shared.

Knows ``ops`` and ``values``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from . import ops as o

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .values import Json, RequestPart


class Request:
    """What a model was sent for one turn. Its lists and dicts are shared with other turns: read, do not change them."""

    __slots__ = ("_base", "_body", "facts")

    def __init__(self, op: o.SetRequest, base: Request | None) -> None:
        self.facts = op.facts
        """What is new in it."""
        self._body: dict[str, Any] = op.body if isinstance(op.body, dict) else {}
        self._base = base

    @property
    def messages(self) -> list[Json]:
        """All of them, oldest first, without the system prompt: as sent, but for images and files, which are named."""
        chain: list[Request] = []
        request: Request | None = self
        while request is not None:
            chain.append(request)
            request = request._base
        out: list[Json] = []
        for request in reversed(chain):
            out = _spliced(request._body, out)
        return out

    @property
    def system(self) -> Json:
        """The system prompt: a string where it is one text, else what was sent in its place; ``None`` for none."""
        return self._part("system")

    @property
    def tools(self) -> list[Json] | None:
        """The definitions of the tools, as sent; ``None`` where the source does not tell."""
        return self._part("tools")

    @property
    def settings(self) -> dict[str, Json]:
        """Temperature and the like, as sent; never a key or a header."""
        return self._part("settings") or {}

    @property
    def model(self) -> str | None:
        """Whom it was sent to; ``None`` where the source does not tell."""
        return self._part("model")

    @property
    def exact(self) -> bool:
        """Whether it is what went over the wire, and not what a framework made that of."""
        return self.facts.exact

    @property
    def before(self) -> Request | None:
        """The request of the turn ``facts.since``."""
        return self._base

    @property
    def removed(self) -> list[Json]:
        """The messages that only the request before it had."""
        before = [] if self._base is None else self._base.messages
        kept = {
            at
            for first, count in self._body.get("kept", [])
            if first >= 0
            for at in range(first, first + count)
        }
        return [message for at, message in enumerate(before) if at not in kept]

    @property
    def fresh(self) -> list[bool]:
        """For each of ``messages`` whether it is new."""
        return [first < 0 for first, count in self._body.get("kept", []) for _ in range(count)]

    def op(self, turn: str) -> o.SetRequest:
        """The op that makes it again."""
        return o.SetRequest(turn=turn, facts=self.facts, body=self._body or None)

    def alone(self, turn: str) -> o.SetRequest:
        """The op that makes it where there is no request before it."""
        messages = self.messages
        parts = {
            "system": self.system,
            "tools": self.tools,
            "settings": self.settings or None,
            "model": self.model,
        }
        told = {part: value for part, value in parts.items() if value is not None}
        body: dict[str, Any] = {"kept": [[-1, len(messages)]], "messages": messages, **told}
        facts = replace(self.facts, since=None, added=len(messages), removed=0, changed=[])
        return o.SetRequest(turn=turn, facts=facts, body=body)

    def to_dict(self) -> dict[str, Json]:
        """As plain data, all of it: what a request body would be."""
        return {
            "model": self.model,
            "system": self.system,
            "messages": self.messages,
            "tools": self.tools,
            "settings": self.settings,
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return self.facts == other.facts and self.to_dict() == other.to_dict()

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # what it says may be long, and is not hashable

    def _part(self, name: RequestPart) -> Any:
        request: Request | None = self
        while request is not None:
            if name in request._body:
                return request._body[name]
            request = request._base
        return None

    def __repr__(self) -> str:
        return (
            f"Request(messages={self.facts.messages}, added={self.facts.added}, changed={self.facts.changed})"
        )


def _spliced(body: Mapping[str, Any], before: list[Json]) -> list[Json]:
    new: Iterator[Json] = iter(body.get("messages", []))
    out: list[Json] = []
    for first, count in body.get("kept", []):
        out += islice(new, count) if first < 0 else before[first : first + count]
    return out
