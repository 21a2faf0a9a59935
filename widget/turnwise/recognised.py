"""What the objects are that tools return: each reader answers with something plainer, or with ``NOT_MINE``.

Knows ``cut_marks``; no third-party type is imported, they are recognised by name or by their methods.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import io
import math
import os
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from .cut_marks import counted

if TYPE_CHECKING:
    from collections.abc import Callable

_ARRAY = 20_000
"""Elements up to which an array is taken whole; of a larger one the rows that there is room for."""

_MIME = 500_000
"""Up to this many characters the data of one media type is kept."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class _NotMine:
    pass


NOT_MINE = _NotMine()
"""What a reader answers to an object that it does not know; ``None`` is a value."""


class Rows:
    """Entries of a list to be: taken lazily, because only some of them may be wanted."""

    def __init__(self, entries: Iterable[object], size: int, noun: str = "item") -> None:
        self.entries = iter(entries)
        self.size = size
        self.noun = noun


class Entries:
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
            return NOT_MINE


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
        return Entries(zip(table.index, table, strict=True), len(table))
    if any(_is_a(value, *name) for name in (("pandas", "Series"), ("pandas", "Index"), ("polars", "Series"))):
        return Rows(table, len(table))
    return None if _is_a(value, "pandas", "NAType") else NOT_MINE


def _rows(columns: list[object], rows: Iterable[Iterable[object]], size: int) -> Rows:
    return Rows((Entries(zip(columns, row, strict=True), len(columns)) for row in rows), size, "row")


def _labelled(index: Any) -> bool:
    """Whether a pandas index says more than the row's number."""
    return type(index).__name__ != "RangeIndex"


def _array(value: object) -> object:
    """Arrays and scalars of numpy, torch, jax and their like: anything with ``shape``, ``dtype`` and ``tolist``."""
    cls = type(value)
    if not all(hasattr(cls, name) for name in ("shape", "dtype", "tolist")):
        return NOT_MINE
    array: Any = value
    if getattr(array.dtype, "kind", "") in ("m", "M"):  # tolist() makes bare integers of nanoseconds
        array = array.astype(str)
    shape = tuple(array.shape)
    if math.prod(shape) <= _ARRAY:
        return array.tolist()
    return Rows(array, shape[0])


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
        return NOT_MINE
    present = [name for name in names if hasattr(fields, name)]
    return Entries(((name, getattr(fields, name)) for name in present), len(present))


def _dumped(value: Any) -> object:
    try:
        return value.model_dump(mode="json")
    except Exception:  # noqa: BLE001  # a field that pydantic cannot encode; we can
        return value.model_dump()


def _containers(value: object) -> object:
    match value:
        case Mapping():
            mapping = cast("Mapping[object, object]", value)
            return Entries(list(mapping.items()), len(mapping))
        case set() | frozenset():
            members = list(cast("set[object]", value))
            return Rows(_sorted(members), len(members))
        case Collection() if not isinstance(value, Iterator):
            members = cast("Collection[object]", value)
            return Rows(members, len(members))
        case _:
            return NOT_MINE


def _mimebundle(value: object) -> object:
    """What IPython would display, for objects that say so themselves; of too large data, only the size."""
    if not callable(getattr(type(value), "_repr_mimebundle_", None)):
        return NOT_MINE
    shown: Any = cast("Any", value)._repr_mimebundle_()
    data: Any = cast("tuple[Any, ...]", shown)[0] if isinstance(shown, tuple) else shown
    return bundled(data)


def bundled(data: object) -> object:
    """Media types and their data as a bundle, or ``NOT_MINE`` if it holds none."""
    if not isinstance(data, Mapping):
        return NOT_MINE
    kinds = cast("Mapping[object, Any]", data)
    bundle = {str(kind): _mime_data(content) for kind, content in kinds.items() if content is not None}
    return {"mimebundle": bundle} if bundle else NOT_MINE


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
        return NOT_MINE
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
    return bundled({**bundle, "text/plain": described(value)}) if bundle else NOT_MINE


_DPI = 110


def _figure(value: object) -> object:
    """A figure of matplotlib, or its axes, as a picture. IPython registers a formatter; the class itself has none."""
    drawn: Any = value
    if not _is_a(value, "matplotlib", "Figure"):
        drawn = getattr(value, "figure", None) if _is_a(value, "matplotlib", "Artist") else None
    if not _is_a(drawn, "matplotlib", "Figure"):
        return NOT_MINE
    picture = io.BytesIO()
    drawn.savefig(picture, format="png", dpi=_DPI, bbox_inches="tight")
    return bundled({"image/png": picture.getvalue(), "text/plain": described(value)})


def _chart(value: object) -> object:
    """A chart of altair as its specification: what it would display loads scripts from the network."""
    if not _is_a(value, "altair", "TopLevelMixin"):
        return NOT_MINE
    chart: Any = value
    spec: dict[str, Any] = chart.to_dict()
    version = re.search(r"vega-lite/(v\d+)", str(spec.get("$schema")))
    kind = f"application/vnd.vegalite.{version[1] if version else 'v5'}+json"
    return bundled({kind: spec, "text/plain": described(value)})


def _mime_data(content: Any) -> object:
    if isinstance(content, (bytes, bytearray)):
        content = base64.b64encode(content).decode("ascii")
    if isinstance(content, str) and len(content) > _MIME:  # half an image is none
        return f"… {counted(len(content), 'character')}"
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


def plain(value: object) -> object:
    """Something plainer than ``value``, or ``NOT_MINE``."""
    if type(value) is dict or type(value) is list:  # most of what there is
        return _containers(cast("object", value))
    for known in _KNOWN:
        plain = known(value)
        if plain is not NOT_MINE:
            return plain
    return NOT_MINE


def _is_a(value: object, package: str, name: str) -> bool:
    """Whether a class of this name, from anywhere in this package, is among the bases."""
    return any(
        cls.__name__ == name and cls.__module__.partition(".")[0] == package for cls in type(value).__mro__
    )


def described(value: object) -> str:
    """Its ``repr`` without addresses, which change from process to process."""
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
