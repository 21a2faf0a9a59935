"""The ops of a conversation without the secrets in them.

Texts come in pieces, which may cut a secret in two: what may be the beginning of one waits for the next piece of its
text, or for the end of that.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeAlias

from .. import ops as o
from ..values import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import TypeIs

    from .scrub import Scrubber

_Piece: TypeAlias = o.Append | o.AddOutput

_OURS = frozenset(
    (
        *("run", "turn", "part", "lane", "parent", "handed_from"),
        *("kind", "stream", "state", "status", "outcome", "decision", "finish_reason"),
    )
)
"""Fields with ids and words of turnwise's own, which a short secret may look like."""


def scrubbed(ops: Iterable[o.Op], scrubber: Scrubber) -> Iterator[o.Op]:
    """``ops`` without secrets, to their end."""
    sieve = Sieve(scrubber)
    for op in ops:
        yield from sieve.sift(op)
    yield from sieve.rest()


class Sieve:
    """Takes the secrets out of one conversation as it comes."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._held: dict[str, _Piece] = {}
        """The end of a text that waits, by part; not scrubbed yet."""

    def sift(self, op: o.Op) -> Iterator[o.Op]:
        """The next op, and before it what waited for it."""
        if isinstance(op, o.ResetTurn):
            self._held = {part: end for part, end in self._held.items() if not part.startswith(f"{op.turn}.")}
        before = self._held.pop(getattr(op, "part", ""), None)
        if isinstance(before, o.AddOutput) and isinstance(op, o.AddOutput) and op.clear:
            before = None
        if before is not None and not _goes_on(before, op):
            yield replace(before, text=self._scrubber.text(before.text))
            before = None
        if not _is_piece(op):
            yield self._hidden(op)
            return
        clears = isinstance(op, o.AddOutput) and op.clear
        sure, end = self._scrubber.divide(op.text if before is None else before.text + op.text)
        if sure or clears:
            yield replace(op, text=sure)
        if end:
            later = replace(op, clear=False) if isinstance(op, o.AddOutput) else op
            self._held[op.part] = replace(later, text=end)

    def rest(self) -> Iterator[o.Op]:
        """What waits when nothing more comes."""
        for held in self._held.values():
            yield replace(held, text=self._scrubber.text(held.text))
        self._held.clear()

    def _hidden(self, op: o.Op) -> o.Op:
        hidden = {
            field.name: self._scrubber.value(value)
            for field in fields(op)
            if field.name not in _OURS and isinstance(value := getattr(op, field.name), (str, list, dict))
        }
        if isinstance(op, o.EndRun) and op.error is not None:
            hidden["error"] = Failure(
                kind=op.error.kind,
                message=self._scrubber.text(op.error.message),
                detail=None if op.error.detail is None else self._scrubber.text(op.error.detail),
                turn=op.error.turn,
            )
        return replace(op, **hidden)


def _is_piece(op: o.Op) -> TypeIs[_Piece]:
    return isinstance(op, o.Append) or (isinstance(op, o.AddOutput) and op.display is None)


def _goes_on(before: _Piece, op: o.Op) -> bool:
    """Whether ``op`` has more of the same text: outputs of another stream stand by themselves."""
    return _is_piece(op) and getattr(op, "stream", None) == getattr(before, "stream", None)
