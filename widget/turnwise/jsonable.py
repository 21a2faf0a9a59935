"""Any tool's value as bounded, JSON-safe data, copied at once.

Tools return whatever they like, and the value goes three ways: to the page, into a saved notebook and back to the
model. So the copy must encode as strict JSON (no NaN, no lone surrogates), must not change when the tool's object
does, and must not be larger than the three can bear. What is cut says how much was cut.

``recognised`` says what an object is, and ``cut_marks`` what stands where something is missing.

Knows these two, ``foreign``, ``values`` and ``texts``.
"""

from __future__ import annotations

import base64
import enum
import json
import math
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from .cut_marks import FREE, counted, entries_marker, shortened
from .foreign import faults
from .recognised import NOT_MINE, Entries, Rows, bundled, described, plain
from .texts import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a copy may become."""

    text: int = 1_000_000
    """Characters of all strings together, keys included. The first 48 of each string are free: they count as items."""
    items: int = 20_000
    """Entries of all lists and dicts together."""
    depth: int = 32
    """Containers within containers."""
    exact: bool = False
    """Integers stay integers, however large: the copy becomes a text that no page parses."""


DEFAULT = Limits()
AS_WRITTEN = Limits(exact=True)
"""Of arguments that become the text of a call."""
_OF_A_KEY = Limits(text=200, items=20, depth=3)

_SMALL_TEXT = 2_000
_SMALL_ITEMS = 200
_SMALL_DEPTH = 10
"""Within these a value is copied at once: together they are far below any limit of ``DEFAULT``."""

_SAFE_INT = 2**53 - 1
"""The largest integer that JavaScript, and with it every JSON number in the page, holds exactly."""

_BYTES = 64 * 1024
"""Up to this size bytes are kept, as base64; beyond it they are described."""

_BINARY: tuple[type[object], ...] = (bytes, bytearray, memoryview)
_CYCLE = "… (contains itself)"


def jsonable(value: object, *, limits: Limits = DEFAULT) -> Json:
    """A copy of ``value`` that ``json.dumps(..., allow_nan=False)`` accepts and UTF-8 can encode. Never raises.

    ====================================================  ==========================================================
    ``None``, ``bool``, ``str``, ``int``, ``float``       themselves; a lone surrogate becomes U+FFFD
    NaN and infinities                                    ``"NaN"``, ``"Infinity"``, ``"-Infinity"``
    integers beyond ±(2**53 - 1)                          strings: JavaScript would round them, and ids would change
    bytes                                                 ``{"bytes": size, "base64": …}``, large ones described
    objects with ``_repr_mimebundle_``, ``_repr_html_``…  ``{"mimebundle": {media type: data}}``, binary as base64
    figures and axes of matplotlib                        the same, as PNG
    charts of altair                                      the same, as Vega-Lite
    mappings; sequences, sets and other collections       dict with string keys; list (sets sorted where they can be)
    dataclasses, attrs, named tuples, pydantic models     dict of their fields
    enums, dates, ``UUID``, ``Decimal``, paths            their value, their usual text
    numpy, torch, pandas, polars                          lists; a table is a list of rows
    exceptions                                            ``"ValueError: …"``
    iterators, coroutines, everything else                their ``repr``, unconsumed and without memory addresses
    ====================================================  ==========================================================
    """
    if limits is DEFAULT:
        try:
            return _small(value, [_SMALL_ITEMS], 0)
        except (_NotSmallError, RuntimeError):  # or a dict that another thread changes
            pass
    try:
        return _Copy(limits).value(value, 0)
    except faults() as error:  # a value that fights back must not end a run
        return f"<{type(value).__name__}: {type(error).__name__} while it was copied>"


class _NotSmallError(Exception):
    """It is large, or not plain: the careful walk decides what becomes of it."""


def _small(value: object, room: list[int], depth: int) -> Json:
    """A copy of what is plain all through and so small that no limit can matter: nearly all that tools return.

    ``room`` is how many entries it may still have. Raises ``_NotSmallError``.
    """
    cls = type(value)
    if cls is str:
        text = cast("str", value)
        if len(text) > _SMALL_TEXT:
            raise _NotSmallError
        return whole(text)
    if value is None or cls is bool:
        return cast("bool | None", value)
    if cls is int:
        if not -_SAFE_INT <= cast("int", value) <= _SAFE_INT:
            raise _NotSmallError
        return cast("int", value)
    if cls is float:
        return _number(cast("float", value))
    if cls is dict or cls is list:
        room[0] -= len(cast("dict[object, object] | list[object]", value))
        if room[0] < 0 or depth == _SMALL_DEPTH:  # a cycle comes to that, too
            raise _NotSmallError
        if cls is list:
            return [_small(item, room, depth + 1) for item in cast("list[object]", value)]
        out: dict[str, Json] = {}
        for key, item in cast("dict[object, object]", value).items():
            if type(key) is not str or len(key) > FREE or not key.isascii():
                raise _NotSmallError
            out[key] = _small(item, room, depth + 1)
        return out
    raise _NotSmallError


class _Copy:
    """One walk over a value, counting what it spends.

    A container sets one item aside for the marker that it may need, and gives it back before its last entry. So the
    markers of a copy fit where they stand, and copying the copy cuts nothing more.
    """

    __slots__ = ("depth", "exact", "items", "path", "text")

    def __init__(self, limits: Limits) -> None:
        self.text = limits.text
        self.items = limits.items
        self.depth = limits.depth
        self.exact = limits.exact
        self.path: set[int] = set()

    def value(self, value: object, depth: int) -> Json:
        cls = type(value)  # isinstance() would ask the value, which may lie or raise
        if value is None or cls is bool:
            return cast("bool | None", value)
        if issubclass(cls, str):
            return self.string(str.__str__(cast("str", value)))
        if not issubclass(cls, enum.Enum):
            if issubclass(cls, int):
                return self.integer(int.__index__(cast("int", value)))
            if issubclass(cls, float):
                return _number(float.__float__(cast("float", value)))
        return self.object(value, depth)

    def string(self, text: str) -> str:
        room = self.text + FREE
        cut = text if len(text) <= room else shortened(text, room)
        cut = whole(cut)
        self.text -= max(0, len(cut) - FREE)
        return cut

    def integer(self, value: int) -> Json:
        if -_SAFE_INT <= value <= _SAFE_INT:
            return value
        # str() refuses integers of thousands of digits; hexadecimal has no such limit.
        if value.bit_length() >= 10_000:
            return self.string(hex(value))
        return value if self.exact else self.string(str(value))

    def object(self, value: object, depth: int) -> Json:
        """Whatever is no plain scalar: found by what it is, then by what it can do, then by its ``repr``."""
        if type(value) is Rows:
            return self.sequence(value, depth)
        if type(value) is Entries:
            return self.mapping(value, depth)
        if id(value) in self.path:
            return self.string(_CYCLE)
        self.path.add(id(value))
        spent = (self.text, self.items)
        try:
            plainer = self.bytes(value) if issubclass(type(value), _BINARY) else plain(value)
            if plainer is not NOT_MINE:
                return self.value(plainer, depth)
        except Exception:  # noqa: BLE001  # its own methods failed: its repr may still work
            self.text, self.items = spent
        finally:
            self.path.discard(id(value))
        return self.string(described(value))

    def bytes(self, value: Any) -> object:
        size = memoryview(value).nbytes
        if size > _BYTES or size * 4 // 3 + 4 > self.text + FREE:
            return f"… {counted(size, 'byte')}"
        encoded = base64.b64encode(bytes(value)).decode("ascii")
        return Entries([("bytes", size), ("base64", encoded)], 2)

    def sequence(self, rows: Rows, depth: int) -> Json:
        out: list[Json] = []
        for last, row in _with_last(rows.entries):
            if not out and not self.enter(depth):
                return self.string(f"… {counted(rows.size, rows.noun)}")
            if last:
                self.items += 1
            elif self.items < 1:
                out.append(self.marker(rows.size - len(out), rows.noun))
                break
            self.items -= 1
            out.append(self.value(row, depth + 1))
        return out

    def mapping(self, rows: Entries, depth: int) -> Json:
        out: dict[str, Json] = {}
        for last, (key, value) in _with_last(rows.entries):
            if not out and not self.enter(depth):
                return self.string(f"… {counted(rows.size, rows.noun)}")
            if last:
                self.items += 1
            elif self.items < 1:
                out[self.key("…", out)] = self.marker(rows.size - len(out), rows.noun)
                break
            self.items -= 1
            name = self.key(_key(key), out)
            out[name] = self.value(value, depth + 1)
        return out

    def enter(self, depth: int) -> bool:
        """Set an item aside for the marker of a container that has entries, if one more level may be."""
        if depth >= self.depth or self.items < 1:
            return False
        self.items -= 1
        return True

    def marker(self, more: int, noun: str) -> Json:
        """Stands for the entries that are left out, in the item that was set aside for it."""
        return self.string(entries_marker(more, noun))

    def key(self, text: str, taken: dict[str, Json]) -> str:
        """``text`` cut to what is left, and told apart from a key that already reads the same."""
        room = self.text + FREE
        name = text = whole(text if len(text) <= room else shortened(text, room))
        count = 1
        while name in taken:
            count += 1
            suffix = f" ({count})"
            name = text[: room - len(suffix)] + suffix
        self.text -= max(0, len(name) - FREE)
        return name


def mimebundle(data: object) -> Json:
    """``{"mimebundle": …}`` of media types and their data, bounded; ``None`` if there are none."""
    shown = bundled(data)
    return None if shown is NOT_MINE else jsonable(shown)


def _number(value: float) -> Json:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _key(key: object) -> str:
    """Keys as ``json.dumps`` writes them, and what it refuses as the JSON of its copy."""
    plain = key if isinstance(key, str) else jsonable(key, limits=_OF_A_KEY)
    return str.__str__(plain) if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _with_last(entries: Iterator[Any]) -> Iterator[tuple[bool, Any]]:
    """Each entry, and whether it is the last."""
    for entry in islice(entries, 1):
        for following in entries:
            yield False, entry
            entry = following  # noqa: PLW2901
        yield True, entry
