"""B18: whatever a tool returns becomes bounded JSON-safe data at once."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import json
import math
import pathlib
import re
import types
import uuid
from typing import Any, NamedTuple

import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnwise.jsonable import Limits, jsonable


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: int
    y: float


@dataclasses.dataclass
class Place:
    name: str
    at: Point
    tags: set[str] = dataclasses.field(default_factory=set)


class Attrs:
    """What attrs leaves on a class; the package itself is not needed."""

    __attrs_attrs__ = (types.SimpleNamespace(name="city"), types.SimpleNamespace(name="missing"))

    def __init__(self) -> None:
        self.city = "Paris"


class Weather(pydantic.BaseModel):
    city: str
    when: dt.date
    key: pydantic.SecretStr = pydantic.SecretStr("hush")


class Holder(pydantic.BaseModel):
    """Has a field that pydantic's own JSON mode refuses."""

    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    thing: Any


class Hostile:
    """Raises whenever it is looked at."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")


class Plain:
    pass


class Lookup(collections.abc.Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        return len(key)

    def __iter__(self) -> Any:
        return iter(("a", "bb"))

    def __len__(self) -> int:
        return 2


class Array:
    """The three methods by which an array is known."""

    dtype = types.SimpleNamespace(kind="f")

    def __init__(self, values: list[Any], shape: tuple[int, ...]) -> None:
        self.values = values
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    def tolist(self) -> list[Any]:
        return self.values

    def __iter__(self) -> Any:
        return iter(self.values)


def _generator() -> Any:
    yield 1


VALUES: dict[str, tuple[Any, Any]] = {
    "none": (None, None),
    "bool": (True, True),
    "text": ("héllo 😀", "héllo 😀"),
    "lone surrogate": ("a\ud800b", "a\ufffdb"),
    "a pair in two halves": ("\ud83d\ude00", "😀"),
    "nan": (math.nan, "NaN"),
    "infinities": ([math.inf, -math.inf], ["Infinity", "-Infinity"]),
    "largest exact integer": (2**53 - 1, 9007199254740991),
    "beyond it": ([2**53, -(2**53)], ["9007199254740992", "-9007199254740992"]),
    "bytes": (b"\x00\xff", {"bytes": 2, "base64": "AP8="}),
    "bytearray": (bytearray(b"a"), {"bytes": 1, "base64": "YQ=="}),
    "many bytes": (bytes(5_000_000), "… 5,000,000 bytes"),
    "tuple": ((1, (2,)), [1, [2]]),
    "set": ({"b", "a"}, ["a", "b"]),
    "deque": (collections.deque([1, 2]), [1, 2]),
    "range": (range(3), [0, 1, 2]),
    "keys view": ({"b": 1, "a": 2}.keys(), ["b", "a"]),
    "mapping": (Lookup(), {"a": 1, "bb": 2}),
    "counter": (collections.Counter("aab"), {"a": 2, "b": 1}),
    "keys that are no strings": (
        {None: 0, True: 1, 2: 2, 1.5: 3, ("a", 1): 4, dt.date(2026, 1, 2): 5, Colour.RED: 6},
        {"null": 0, "true": 1, "2": 2, "1.5": 3, '["a", 1]': 4, "2026-01-02": 5, "red": 6},
    ),
    "keys that read the same": ({1: "int", "1": "str"}, {"1": "int", "1 (2)": "str"}),
    "dataclass": (
        Place("Paris", Point(1, 2.5), {"x"}),
        {"name": "Paris", "at": {"x": 1, "y": 2.5}, "tags": ["x"]},
    ),
    "attrs": (Attrs(), {"city": "Paris"}),
    "pydantic": (
        Weather(city="Paris", when=dt.date(2026, 1, 2)),
        {"city": "Paris", "when": "2026-01-02", "key": "**********"},
    ),
    "pydantic with a stranger inside": (Holder(thing=Plain()), {"thing": f"<{__name__}.Plain object>"}),
    "enum": ([Colour.RED, Level.HIGH, Access.READ], ["red", 3, "READ"]),
    "datetime": (dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.timezone.utc), "2026-01-02T03:04:00+00:00"),
    "timedelta": (dt.timedelta(days=1, seconds=5), "1 day, 0:00:05"),
    "uuid": (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    "decimal": (decimal.Decimal("1.10"), "1.10"),
    "path": (pathlib.PurePosixPath("a/b"), "a/b"),
    "pattern": (re.compile("a+"), "a+"),
    "exception": ([ValueError("bad"), KeyError()], ["ValueError: bad", "KeyError"]),
    "class": (Plain, f"<class '{__name__}.Plain'>"),
    "object without a repr of its own": (Plain(), f"<{__name__}.Plain object>"),
    "hostile": (Hostile(), "<Hostile: its repr raised RuntimeError>"),
    "hostile among others": ([1, Hostile()], [1, "<Hostile: its repr raised RuntimeError>"]),
    "array": (Array([[1.0, math.nan]], (1, 2)), [[1.0, "NaN"]]),
    "frame": (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
    "frame with labels": (
        pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="id")),
        [{"id": "x", "a": 1}],
    ),
    "frame with two columns of one name": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        [{"a": 1, "a (2)": 2}],
    ),
    "series": (pd.Series([1.5, math.nan]), [1.5, "NaN"]),
    "series with labels": (pd.Series({"x": 1}), {"x": 1}),
    "times of pandas": ([pd.Timestamp("2026-01-02"), pd.NA], ["2026-01-02T00:00:00", None]),
    "numpy": (
        pd.Series([1, 2]).to_numpy() * 2,
        [2, 4],
    ),
    "numpy scalars": ([pd.Series([1]).sum(), pd.Series([True]).all()], [1, True]),
}


@pytest.mark.parametrize("name", VALUES)
def test_value(name: str) -> None:
    value, expected = VALUES[name]
    copy: Any = jsonable(value)
    assert copy == expected
    assert json.loads(json.dumps(copy, allow_nan=False)) == expected


def test_dates_of_numpy_are_dates_and_no_counts_of_nanoseconds() -> None:
    column = pd.Series([pd.Timestamp("2026-01-02")])
    copies = [jsonable(column.to_numpy()[0]), jsonable(column.to_numpy())]
    assert all("2026-01-02" in str(copy) for copy in copies)


def test_a_generator_is_not_consumed() -> None:
    items = _generator()
    assert jsonable({"items": items}) == {"items": "<generator object _generator>"}
    assert list(items) == [1]


def test_aliases_are_copied_at_once() -> None:
    inner = {"state": "before"}
    copy = jsonable([inner, inner])
    inner["state"] = "after"
    assert copy == [{"state": "before"}, {"state": "before"}]
    assert isinstance(copy, list)
    assert copy[0] is not copy[1]


def test_a_cycle_is_cut_where_it_closes() -> None:
    loop: dict[str, Any] = {"n": 1}
    loop["self"] = [loop]
    assert jsonable(loop) == {"n": 1, "self": ["… (contains itself)"]}


def test_a_model_that_contains_itself() -> None:
    holder = Holder(thing=None)
    holder.thing = [holder]
    assert jsonable(holder) == {"thing": [{"thing": ["… (contains itself)"]}]}


def test_an_object_that_unfolds_for_ever_ends() -> None:
    class Endless:
        def model_dump(self, mode: str = "python") -> Any:
            return Endless()

    assert jsonable(Endless()) == f"<{Endless.__module__}.{Endless.__qualname__} object>"


CUTS: dict[str, tuple[Any, Limits, Any]] = {
    "depth": ([[[1, 2], {}]], Limits(depth=2), [["… 2 items", {}]]),
    "items of a list": (list(range(10)), Limits(items=4), [0, 1, 2, "… 7 more items"]),
    "entries of a dict": ({"a": 1, "b": 2, "c": 3}, Limits(items=2), {"a": 1, "…": "… 2 more entries"}),
    "a key that looks like the marker": (
        {"…": 1, "b": 2, "c": 3},
        Limits(items=2),
        {"…": 1, "… (2)": "… 2 more entries"},
    ),
    "just enough": ([1, 2, 3], Limits(items=3), [1, 2, 3]),
    "an inner list leaves room for the outer marker": (
        [[1, 2, 3], 4, 5],
        Limits(items=4),
        [[1, "… 2 more items"], "… 2 more items"],
    ),
    "text": (["x" * 100, "y" * 100], Limits(text=52), ["x" * 100, "y" * 26 + " … 74 more characters"]),
    "rows of a table": (
        pd.DataFrame({"a": range(1000)}),
        Limits(items=5),
        [{"a": 0}, {"a": 1}, "… 998 more rows"],
    ),
    "no items at all": ([1], Limits(items=0), "… 1 item"),
    "bytes that do not fit": (b"x" * 1000, Limits(text=100), "… 1,000 bytes"),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_says_how_much(name: str) -> None:
    value, limits, expected = CUTS[name]
    assert jsonable(value, limits=limits) == expected


def test_a_long_text_keeps_its_beginning() -> None:
    copy = jsonable("x" * 3_000_000)
    assert isinstance(copy, str)
    assert len(copy) <= 1_000_048
    match = re.fullmatch(r"(x+) … ([\d,]+) more characters", copy)
    assert match is not None
    assert len(match[1]) + int(match[2].replace(",", "")) == 3_000_000


def test_a_large_array_is_not_turned_into_lists_whole() -> None:
    class Big(Array):
        def tolist(self) -> list[Any]:
            raise AssertionError("a million numbers were made only to be cut")

    copy = jsonable(Big([1.0] * 1_000_000, (1_000_000,)), limits=Limits(items=3))
    assert copy == [1.0, 1.0, "… 999,998 more items"]


def test_an_integer_of_many_digits() -> None:
    copy = jsonable(10**10_000)
    assert isinstance(copy, str)
    assert int(copy, 16) == 10**10_000


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.binary(max_size=100)
    | st.dates()
    | st.decimals()
    | st.sampled_from([*Colour, *Access, Plain(), ValueError("\ud800"), Plain])
    | st.builds(Hostile)
)
KEYS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=100) | st.tuples(st.integers())
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(KEYS, inner)
        | st.tuples(inner, inner)
        | st.builds(Point, inner, inner)
        | st.builds(collections.deque, st.lists(inner))
        | st.builds(lambda value: Holder(thing=value), inner)
    ),
    max_leaves=40,
)
LIMITS = st.builds(
    Limits,
    text=st.integers(0, 300),
    items=st.integers(0, 30),
    depth=st.integers(0, 5),
)


def _measure(value: Any, depth: int = 0) -> tuple[int, int, int]:
    """Characters, entries and depth of a copy."""
    match value:
        case str():
            return len(value), 0, depth
        case list() | dict():
            texts = list(value) if isinstance(value, dict) else []
            inner = list(value.values()) if isinstance(value, dict) else value
            parts = [_measure(each, depth + 1) for each in [*texts, *inner]]
            return (
                sum(part[0] for part in parts),
                len(value) + sum(part[1] for part in parts),
                max([depth, *(part[2] for part in parts)]),
            )
        case _:
            return 0, 0, depth


@given(TREES | st.randoms(), LIMITS | st.just(Limits()))
def test_every_copy_is_strict_json_and_bounded(value: Any, limits: Limits) -> None:
    copy = jsonable(value, limits=limits)
    json.dumps(copy, allow_nan=False, ensure_ascii=False).encode()
    text, items, depth = _measure(copy)
    assert items <= limits.items
    assert text <= limits.text + 48 * (2 * items + 1)
    assert depth <= limits.depth


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN)
def test_what_is_small_is_copied_as_the_careful_walk_does(value: Any) -> None:
    careful = Limits(text=Limits().text)  # equal, but not the very default that has a short cut
    assert json.dumps(jsonable(value)) == json.dumps(jsonable(value, limits=careful))


@given(TREES, LIMITS | st.just(Limits()))
def test_a_copy_of_a_copy_is_the_same(value: Any, limits: Limits) -> None:
    copy = jsonable(value, limits=limits)
    assert jsonable(copy, limits=limits) == copy


class Chart:
    def __init__(self, shown: object) -> None:
        self.shown = shown

    def _repr_mimebundle_(self, **_: object) -> object:
        return self.shown


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"image/svg+xml": "<svg/>", "text/plain": "c"}, {"image/svg+xml": "<svg/>", "text/plain": "c"}),
        (({"image/png": b"\x89PNG"}, {"width": 1}), {"image/png": "iVBORw=="}),
        ({"text/plain": "x" * 500_001}, {"text/plain": "… 500,001 characters"}),
        ({"application/json": {"a": {1, 2}}}, {"application/json": {"a": [1, 2]}}),
    ],
)
def test_what_an_object_displays_is_a_mime_bundle(shown: object, expected: object) -> None:
    assert jsonable(Chart(shown)) == {"mimebundle": expected}


@pytest.mark.parametrize("shown", [None, {}, "text", 5])
def test_a_bundle_that_is_none_leaves_the_object_as_it_is(shown: object) -> None:
    assert "Chart object" in str(jsonable(Chart(shown)))


def rich(**shows: object) -> object:
    """An object with IPython's ``_repr_…_`` methods that say this."""
    methods = {f"_repr_{name}_": lambda self, said=said: said for name, said in shows.items()}
    return type("Rich", (), {**methods, "__repr__": lambda self: "Rich()"})()


@pytest.mark.parametrize(
    ("shows", "expected"),
    [
        ({"html": "<b>x</b>"}, {"text/html": "<b>x</b>", "text/plain": "Rich()"}),
        ({"png": b"\x89PNG"}, {"image/png": "iVBORw==", "text/plain": "Rich()"}),
        ({"png": None, "svg": "<svg/>"}, {"image/svg+xml": "<svg/>", "text/plain": "Rich()"}),
        (
            {"png": b"x", "svg": "<svg/>", "html": "<p/>"},  # one picture is enough
            {"image/png": "eA==", "text/plain": "Rich()"},
        ),
        (
            {"markdown": ("*x*", {"meta": 1}), "latex": "$x$"},
            {"text/markdown": "*x*", "text/latex": "$x$", "text/plain": "Rich()"},
        ),
    ],
)
def test_what_ipython_would_display(shows: dict[str, object], expected: dict[str, str]) -> None:
    assert jsonable(rich(**shows)) == {"mimebundle": expected}


def test_a_rich_object_with_nothing_to_show_is_what_it_is() -> None:
    assert jsonable(rich(html=None)) == "Rich()"


class Artist:
    """As matplotlib's: what is drawn knows its figure."""

    __module__ = "matplotlib.artist"

    def __init__(self, figure: object) -> None:
        self.figure = figure

    def __repr__(self) -> str:
        return "<Axes>"


class Figure:
    __module__ = "matplotlib.figure"

    def savefig(self, file: Any, **options: object) -> None:
        file.write(b"PNG")

    def __repr__(self) -> str:
        return "<Figure>"


@pytest.mark.parametrize(("value", "plain"), [(Figure(), "<Figure>"), (Artist(Figure()), "<Axes>")])
def test_figures_are_pictures(value: object, plain: str) -> None:
    assert jsonable(value) == {"mimebundle": {"image/png": "UE5H", "text/plain": plain}}


class TopLevelMixin:
    """As altair's charts: what they display is a page that loads scripts."""

    __module__ = "altair.vegalite.v6.api"

    def __init__(self, schema: str) -> None:
        self._schema = schema

    def _repr_mimebundle_(self) -> object:
        return {"text/html": "<script src=https://elsewhere></script>"}

    def to_dict(self) -> object:
        return {"$schema": self._schema, "mark": "bar"}

    def __repr__(self) -> str:
        return "alt.Chart(...)"


@pytest.mark.parametrize(
    ("schema", "version"),
    [
        ("https://vega.github.io/schema/vega-lite/v6.4.1.json", "v6"),
        ("https://vega.github.io/schema/vega-lite/v5.json", "v5"),
        ("", "v5"),
    ],
)
def test_a_chart_of_altair_is_its_specification(schema: str, version: str) -> None:
    kind = f"application/vnd.vegalite.{version}+json"
    assert jsonable(TopLevelMixin(schema)) == {
        "mimebundle": {kind: {"$schema": schema, "mark": "bar"}, "text/plain": "alt.Chart(...)"}
    }
