"""Any tool's value as bounded, JSON-safe data, copied at once.

Tools return whatever they like, and the value goes three ways: to the page, into a saved notebook and back to the
model. So the copy must encode as strict JSON (no NaN, no lone surrogates), must not change when the tool's object
does, and must not be larger than the three can bear. What is cut says how much was cut.

Knows ``foreign``, ``values`` and ``texts``; no third-party type is imported, they are recognised by name or by their
methods.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import io
import json
import math
import os
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from .foreign import faults
from .texts import whole

if TYPE_CHECKING:
    from collections.abc import Callable

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

_FREE = 48
"""Characters of a string that cost nothing, so that a marker always fits and a copy of a copy is the same."""

_SMALL_TEXT = 2_000
_SMALL_ITEMS = 200
_SMALL_DEPTH = 10
"""Within these a value is copied at once: together they are far below any limit of ``DEFAULT``."""

_SAFE_INT = 2**53 - 1
"""The largest integer that JavaScript, and with it every JSON number in the page, holds exactly."""

_BYTES = 64 * 1024
"""Up to this size bytes are kept, as base64; beyond it they are described."""

_MIME = 500_000
"""Up to this many characters the data of one media type is kept."""

_BINARY: tuple[type[object], ...] = (bytes, bytearray, memoryview)
_CYCLE = "… (contains itself)"
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


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
            if type(key) is not str or len(key) > _FREE or not key.isascii():
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
        room = self.text + _FREE
        cut = text if len(text) <= room else _cut(text, room)
        cut = whole(cut)
        self.text -= max(0, len(cut) - _FREE)
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
        if type(value) is _Rows:
            return self.sequence(value, depth)
        if type(value) is _Entries:
            return self.mapping(value, depth)
        if id(value) in self.path:
            return self.string(_CYCLE)
        self.path.add(id(value))
        spent = (self.text, self.items)
        try:
            plain = self.bytes(value) if issubclass(type(value), _BINARY) else _plain(value)
            if plain is not _NOT_MINE:
                return self.value(plain, depth)
        except Exception:  # noqa: BLE001  # its own methods failed: its repr may still work
            self.text, self.items = spent
        finally:
            self.path.discard(id(value))
        return self.string(_repr(value))

    def bytes(self, value: Any) -> object:
        size = memoryview(value).nbytes
        if size > _BYTES or size * 4 // 3 + 4 > self.text + _FREE:
            return f"… {_count(size, 'byte')}"
        encoded = base64.b64encode(bytes(value)).decode("ascii")
        return _Entries([("bytes", size), ("base64", encoded)], 2)

    def sequence(self, rows: _Rows, depth: int) -> Json:
        out: list[Json] = []
        for last, row in _with_last(rows.entries):
            if not out and not self.enter(depth):
                return self.string(f"… {_count(rows.size, rows.noun)}")
            if last:
                self.items += 1
            elif self.items < 1:
                out.append(self.marker(rows.size - len(out), rows.noun))
                break
            self.items -= 1
            out.append(self.value(row, depth + 1))
        return out

    def mapping(self, rows: _Entries, depth: int) -> Json:
        out: dict[str, Json] = {}
        for last, (key, value) in _with_last(rows.entries):
            if not out and not self.enter(depth):
                return self.string(f"… {_count(rows.size, rows.noun)}")
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
        room = self.text + _FREE
        name = text = whole(text if len(text) <= room else _cut(text, room))
        count = 1
        while name in taken:
            count += 1
            suffix = f" ({count})"
            name = text[: room - len(suffix)] + suffix
        self.text -= max(0, len(name) - _FREE)
        return name


# What an object is. Each reader answers with something plainer, or with _NOT_MINE.


class _NotMine:
    pass


_NOT_MINE = _NotMine()


class _Rows:
    """Entries of a list to be: taken lazily, because only some of them may be wanted."""

    def __init__(self, entries: Iterable[object], size: int, noun: str = "item") -> None:
        self.entries = iter(entries)
        self.size = size
        self.noun = noun


class _Entries:
    """Entries of a dict to be."""

    def __init__(self, entries: Iterable[tuple[object, object]], size: int, noun: str = "entry") -> None:
        self.entries = iter(entries)
        self.size = size
        self.noun = noun


def _usual_text(value: object) -> object:
    match value:
        case enum.Enum():
            return value.name or value.value if isinstance(value, enum.Flag) else value.value
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta() | uuid.UUID() | decimal.Decimal() | fractions.Fraction() | complex():
            return str(value)
        case os.PathLike():
            return os.fspath(cast("os.PathLike[str] | os.PathLike[bytes]", value))
        case re.Pattern():
            return cast("re.Pattern[Any]", value).pattern
        case BaseException():
            return f"{type(value).__name__}: {value}".removesuffix(": ")
        case type():
            return repr(cast("object", value))
        case _:
            return _NOT_MINE


def _table(value: object) -> object:
    """Data frames and columns of pandas and polars, by name. A table is a list of rows, each a dict in column order."""
    table: Any = value
    if _is_a(value, "pandas", "DataFrame"):
        rows = table.itertuples(index=False, name=None)
        if not _labelled(table.index):
            return _rows(list(table.columns), rows, len(table))
        names = ["index" if name is None else name for name in table.index.names]
        labels = table.index if len(names) > 1 else ((label,) for label in table.index)
        whole = ((*label, *row) for label, row in zip(labels, rows, strict=True))
        return _rows([*names, *table.columns], whole, len(table))
    if _is_a(value, "polars", "DataFrame"):
        return _rows(list(table.columns), table.iter_rows(), len(table))
    if _is_a(value, "pandas", "Series") and _labelled(table.index):
        return _Entries(zip(table.index, table, strict=True), len(table))
    if any(_is_a(value, *name) for name in (("pandas", "Series"), ("pandas", "Index"), ("polars", "Series"))):
        return _Rows(table, len(table))
    return None if _is_a(value, "pandas", "NAType") else _NOT_MINE


def _rows(columns: list[object], rows: Iterable[Iterable[object]], size: int) -> _Rows:
    return _Rows((_Entries(zip(columns, row, strict=True), len(columns)) for row in rows), size, "row")


def _labelled(index: Any) -> bool:
    """Whether a pandas index says more than the row's number."""
    return type(index).__name__ != "RangeIndex"


def _array(value: object) -> object:
    """Arrays and scalars of numpy, torch, jax and their like: anything with ``shape``, ``dtype`` and ``tolist``."""
    cls = type(value)
    if not all(hasattr(cls, name) for name in ("shape", "dtype", "tolist")):
        return _NOT_MINE
    array: Any = value
    if getattr(array.dtype, "kind", "") in ("m", "M"):  # tolist() makes bare integers of nanoseconds
        array = array.astype(str)
    shape = tuple(array.shape)
    if math.prod(shape) <= DEFAULT.items:
        return array.tolist()
    return _Rows(array, shape[0])


def _fields(value: object) -> object:
    """Objects that are a set of named fields: pydantic models, dataclasses, attrs, named tuples."""
    cls: Any = type(value)
    fields: Any = value
    if callable(getattr(cls, "model_dump", None)):
        return _dumped(fields)
    if dataclasses.is_dataclass(cls):
        names = [field.name for field in dataclasses.fields(cls)]
    elif (attrs := getattr(cls, "__attrs_attrs__", None)) is not None:
        names = [attribute.name for attribute in attrs]
    elif tuple in cls.__mro__ and hasattr(cls, "_fields"):
        names = list(cls._fields)
    elif hasattr(cls, "__fields__") and callable(getattr(cls, "dict", None)):  # pydantic 1
        return fields.dict()
    else:
        return _NOT_MINE
    present = [name for name in names if hasattr(fields, name)]
    return _Entries(((name, getattr(fields, name)) for name in present), len(present))


def _dumped(value: Any) -> object:
    try:
        return value.model_dump(mode="json")
    except Exception:  # noqa: BLE001  # a field that pydantic cannot encode; we can
        return value.model_dump()


def _containers(value: object) -> object:
    match value:
        case Mapping():
            mapping = cast("Mapping[object, object]", value)
            return _Entries(list(mapping.items()), len(mapping))
        case set() | frozenset():
            members = list(cast("set[object]", value))
            return _Rows(_sorted(members), len(members))
        case Collection() if not isinstance(value, Iterator):
            members = cast("Collection[object]", value)
            return _Rows(members, len(members))
        case _:
            return _NOT_MINE


def _mimebundle(value: object) -> object:
    """What IPython would display, for objects that say so themselves; of too large data, only the size."""
    if not callable(getattr(type(value), "_repr_mimebundle_", None)):
        return _NOT_MINE
    shown: Any = cast("Any", value)._repr_mimebundle_()
    data: Any = cast("tuple[Any, ...]", shown)[0] if isinstance(shown, tuple) else shown
    return _bundle(data)


def _bundle(data: object) -> object:
    """Media types and their data as a bundle, or ``_NOT_MINE`` if it holds none."""
    if not isinstance(data, Mapping):
        return _NOT_MINE
    kinds = cast("Mapping[object, Any]", data)
    bundle = {str(kind): _mime_data(content) for kind, content in kinds.items() if content is not None}
    return {"mimebundle": bundle} if bundle else _NOT_MINE


def mimebundle(data: object) -> Json:
    """``{"mimebundle": …}`` of media types and their data, bounded; ``None`` if there are none."""
    bundle = _bundle(data)
    return None if bundle is _NOT_MINE else jsonable(bundle)


_REPRS = {
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
}
"""IPython's methods, the first of which that has something to show is what is shown."""


def _rich(value: object) -> object:
    """Objects with a ``_repr_…_`` of IPython's, and their plain text beside it for who cannot show it."""
    cls = type(value)
    if issubclass(cls, type):
        return _NOT_MINE
    bundle: dict[object, Any] = {}
    for kind, method in _REPRS.items():
        if not callable(getattr(cls, method, None)):
            continue
        shown: Any = getattr(value, method)()
        # As with IPython, a method may say that it has nothing, or add metadata.
        content = cast("tuple[Any, ...]", shown)[0] if isinstance(shown, tuple) else shown
        if content is not None:
            bundle[kind] = content
            if kind.startswith("image/"):  # one picture is enough
                break
    return _bundle({**bundle, "text/plain": _repr(value)}) if bundle else _NOT_MINE


_DPI = 110


def _figure(value: object) -> object:
    """A figure of matplotlib, or its axes, as a picture. IPython registers a formatter; the class itself has none."""
    drawn: Any = value
    if not _is_a(value, "matplotlib", "Figure"):
        drawn = getattr(value, "figure", None) if _is_a(value, "matplotlib", "Artist") else None
    if not _is_a(drawn, "matplotlib", "Figure"):
        return _NOT_MINE
    picture = io.BytesIO()
    drawn.savefig(picture, format="png", dpi=_DPI, bbox_inches="tight")
    return _bundle({"image/png": picture.getvalue(), "text/plain": _repr(value)})


def _chart(value: object) -> object:
    """A chart of altair as its specification: what it would display loads scripts from the network."""
    if not _is_a(value, "altair", "TopLevelMixin"):
        return _NOT_MINE
    chart: Any = value
    spec: dict[str, Any] = chart.to_dict()
    version = re.search(r"vega-lite/(v\d+)", str(spec.get("$schema")))
    kind = f"application/vnd.vegalite.{version[1] if version else 'v5'}+json"
    return _bundle({kind: spec, "text/plain": _repr(value)})


def _mime_data(content: Any) -> object:
    if isinstance(content, (bytes, bytearray)):
        content = base64.b64encode(content).decode("ascii")
    if isinstance(content, str) and len(content) > _MIME:  # half an image is none
        return f"… {_count(len(content), 'character')}"
    return cast("object", content)


_KNOWN: tuple[Callable[[object], object], ...] = (
    _usual_text,
    _table,
    _array,
    _chart,
    _mimebundle,
    _figure,
    _rich,
    _fields,
    _containers,
)


def _plain(value: object) -> object:
    """Something plainer than ``value``, or ``_NOT_MINE``."""
    if type(value) is dict or type(value) is list:  # most of what there is
        return _containers(cast("object", value))
    for known in _KNOWN:
        plain = known(value)
        if plain is not _NOT_MINE:
            return plain
    return _NOT_MINE


def _is_a(value: object, package: str, name: str) -> bool:
    """Whether a class of this name, from anywhere in this package, is among the bases."""
    return any(
        cls.__name__ == name and cls.__module__.partition(".")[0] == package for cls in type(value).__mro__
    )


# Words and numbers.


def _number(value: float) -> Json:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _key(key: object) -> str:
    """Keys as ``json.dumps`` writes them, and what it refuses as the JSON of its copy."""
    plain = key if isinstance(key, str) else jsonable(key, limits=_OF_A_KEY)
    return str.__str__(plain) if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _cut(text: str, room: int) -> str:
    """The beginning of ``text`` and how much is missing, in at most ``room`` characters (at least 48)."""
    keep = max(0, room - len(f" … {len(text):,} more characters"))
    return f"{text[:keep]} … {len(text) - keep:,} more characters"


def entries_marker(more: int, noun: str = "item") -> str:
    """What stands at the end of a copy in place of the entries that it lacks."""
    return f"… {_count(more, f'more {noun}')}"


def characters_left_out(text: str) -> int:
    """How many characters the copy ``text`` lacks, as it says itself."""
    found = _CHARACTERS.search(text, max(0, len(text) - _FREE))
    return 0 if found is None else int(found[1].replace(",", ""))


def entries_left_out(last: object) -> int:
    """How many entries a copied list lacks whose last is ``last``, or a dict that has it under ``"…"``."""
    found = _ENTRIES.fullmatch(last) if isinstance(last, str) else None
    return 0 if found is None else int(found[1].replace(",", ""))


_CHARACTERS = re.compile(r" … (\d[\d,]{,19}) more characters$")
_ENTRIES = re.compile(r"… (\d[\d,]{,19}) more [a-z]{3,9}")


def _count(number: int, noun: str) -> str:
    if number != 1:
        noun = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun}"


def _repr(value: object) -> str:
    try:
        return _ADDRESS.sub("", str.__str__(repr(value)))
    except Exception as error:  # noqa: BLE001  # a repr may do anything
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def _sorted(members: list[object]) -> list[object]:
    """Sets have no order and that of strings changes from process to process: sorted, where the members can be."""
    try:
        return sorted(cast("list[Any]", members))
    except Exception:  # noqa: BLE001  # members of several kinds, or with comparisons of their own
        return members


def _with_last(entries: Iterator[Any]) -> Iterator[tuple[bool, Any]]:
    """Each entry, and whether it is the last."""
    for entry in islice(entries, 1):
        for following in entries:
            yield False, entry
            entry = following  # noqa: PLW2901
        yield True, entry
