"""Functions as tools: the schema that the model reads, the arguments that it may pass, and what cannot be a tool."""

from __future__ import annotations

import asyncio
import enum
import functools
from collections.abc import Callable  # noqa: TC003  # read at run time, as every hint of a tool is
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Optional

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnwise.agent import Tool, tool
from turnwise.agent.tools import ArgumentsError, toolbox


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


@dataclass
class Place:
    lat: float
    lon: float = 0.0


class Order(pydantic.BaseModel):
    product: str
    pieces: int = 1


def described(style: str) -> Callable[..., None]:
    def find(city: str, limit: int = 5) -> None: ...

    find.__doc__ = style
    return find


STYLES = {
    "google": """Find places.

    Near a city, the best first.

    Args:
        city: Where to look,
            at least roughly: not "here".
        limit (int): How many, at most.

    Returns:
        Places.
    """,
    "numpy": """Find places.

    Near a city, the best first.

    Parameters
    ----------
    city : str
        Where to look,
        at least roughly: not "here".
    limit : int, optional
        How many, at most.

    Returns
    -------
    list
        Places.
    """,
    "sphinx": """Find places.

    Near a city, the best first.

    :param city: Where to look,
        at least roughly: not "here".
    :param int limit: How many, at most.
    :returns: Places.
    """,
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_words_come_from_the_docstring(style: str) -> None:
    found = Tool(described(style))
    assert found.description == "Find places.\n\nNear a city, the best first."
    words = {name: schema["description"] for name, schema in found.parameters["properties"].items()}
    assert words == {
        "city": 'Where to look, at least roughly: not "here".',
        "limit": "How many, at most.",
    }


def plain(city: str) -> None: ...
def default(limit: int = 5) -> None: ...
def optional(limit: Optional[int] = None) -> None: ...  # noqa: UP045  # users write it
def literal(unit: Literal["c", "f"]) -> None: ...
def listed(names: list[str]) -> None: ...
def mapped(scores: dict[str, float]) -> None: ...
def annotated(
    city: Annotated[str, "Where"], n: Annotated[int, pydantic.Field(ge=1, description="How many")]
) -> None: ...
def untyped(anything) -> None: ...  # pyright: ignore[reportMissingParameterType, reportUnknownParameterType]
def clashing(schema: str, copy: int, model_config: str, title: str) -> None: ...
def nothing() -> None: ...
def unserialisable(where: Place = Place(1), key: Any = object()) -> None: ...  # noqa: B008


STRING, INTEGER = {"type": "string"}, {"type": "integer"}

SCHEMAS: list[tuple[Callable[..., Any], dict[str, Any], list[str]]] = [
    (plain, {"city": STRING}, ["city"]),
    (default, {"limit": {"type": "integer", "default": 5}}, []),
    (optional, {"limit": {"anyOf": [INTEGER, {"type": "null"}], "default": None}}, []),
    (literal, {"unit": {"type": "string", "enum": ["c", "f"]}}, ["unit"]),
    (listed, {"names": {"type": "array", "items": STRING}}, ["names"]),
    (mapped, {"scores": {"type": "object", "additionalProperties": {"type": "number"}}}, ["scores"]),
    (
        annotated,
        {
            "city": {"type": "string", "description": "Where"},
            "n": {"type": "integer", "minimum": 1, "description": "How many"},
        },
        ["city", "n"],
    ),
    (untyped, {"anything": {}}, ["anything"]),
    (
        clashing,
        {"schema": STRING, "copy": INTEGER, "model_config": STRING, "title": STRING},
        ["schema", "copy", "model_config", "title"],
    ),
    (nothing, {}, []),
]


@pytest.mark.parametrize(
    ("function", "properties", "required"), SCHEMAS, ids=[row[0].__name__ for row in SCHEMAS]
)
def test_the_schema_comes_from_the_type_hints(
    function: Callable[..., Any], properties: dict[str, Any], required: list[str]
) -> None:
    schema = Tool(function).parameters
    assert schema["type"] == "object"
    assert schema["properties"] == properties
    assert schema.get("required", []) == required
    assert schema["additionalProperties"] is False


def test_defaults_that_are_no_json_are_left_out_of_the_schema() -> None:
    properties = Tool(unserialisable).parameters["properties"]
    assert "default" not in properties["key"]


def deep(order: Order, place: Place, unit: Unit = Unit.CELSIUS) -> tuple[Order, Place, Unit]:
    return order, place, unit


async def test_arguments_are_checked_and_converted() -> None:
    passed = {"order": {"product": "bolt", "pieces": "3"}, "place": {"lat": 1}, "unit": "f"}
    assert await Tool(deep).run(passed) == (Order(product="bolt", pieces=3), Place(1.0), Unit.FAHRENHEIT)


def test_defaults_are_the_functions_own() -> None:
    assert Tool(default).bind({}) == {}
    assert Tool(default).bind({"limit": "7"}) == {"limit": 7}


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (plain, {}, "The arguments do not fit plain: city: missing. It takes: city."),
        (plain, {"city": "x", "town": 1}, "town: there is no such parameter"),
        (default, {"limit": "many"}, "limit: Input should be a valid integer"),
        (literal, {"unit": "k"}, "unit: Input should be 'c' or 'f' (got 'k')"),
        (deep, {"order": {}, "place": {"lat": 1}}, "order.product: missing"),
        (plain, {"city": ["x" * 999]}, "x" * 100),
        (nothing, {"a": 1}, "a: there is no such parameter. It takes: no arguments."),
    ],
)
def test_what_does_not_fit_is_named(
    function: Callable[..., Any], arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentsError) as raised:
        Tool(function).bind(arguments)
    assert words in str(raised.value)
    assert len(str(raised.value)) < 500


@given(
    st.dictionaries(
        st.text(max_size=8), st.none() | st.integers() | st.text() | st.lists(st.integers()), max_size=4
    )
)
def test_whatever_is_passed_fits_or_is_refused(arguments: dict[str, Any]) -> None:
    try:
        bound = Tool(default).bind(arguments)
    except ArgumentsError:
        return
    assert all(name == "limit" and isinstance(value, int) for name, value in bound.items())


# ── what may be a tool ──────────────────────────────────────────────────────────────────────────────────────────


class Counter:
    """Counts."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, by: int) -> int:
        """Count up."""
        self.count += by
        return self.count

    @tool
    async def add_later(self, by: int) -> int:
        """Count up, on the loop."""
        self.count += by
        return self.count

    def __call__(self, by: int) -> int:
        """Count when called."""
        return self.add(by)


@tool(name="search-v2", description="Search the catalogue.")
def search(query: str) -> str:
    return query


async def test_methods_partials_and_objects() -> None:
    counter = Counter()
    assert await Tool(counter.add).run({"by": 2}) == 2
    assert await counter.add_later.run({"by": 3}) == 5
    assert await Tool(counter).run({"by": 5}) == 10
    assert (Tool(counter).name, Tool(counter).description) == ("Counter", "Count when called.")
    assert list(Tool(counter.add).parameters["properties"]) == ["by"]
    scaled = Tool(functools.partial(deep, place=Place(2)))
    assert scaled.name == "deep"
    assert (await scaled.run({"order": {"product": "nut"}}))[1] == Place(2)


async def test_a_function_that_returns_an_awaitable_is_awaited() -> None:
    def later(n: int) -> Any:
        async def value() -> int:
            await asyncio.sleep(0)
            return n

        return value()

    assert await Tool(later).run({"n": 4}) == 4


def test_names_and_descriptions_can_be_chosen() -> None:
    assert (search.name, search.description) == ("search-v2", "Search the catalogue.")
    assert search("x") == "x"
    assert getattr(search, "__name__", None) == "search"
    assert toolbox([search]) == {"search-v2": search}


def star(*names: str) -> None: ...
def stars(**names: str) -> None: ...
def positional(name: str, /) -> None: ...
def generator() -> Any:
    yield 1


async def async_generator() -> Any:
    yield 1


def of_queue(queue: asyncio.Queue[int]) -> None: ...
def of_callback(then: Callable[[], None]) -> None: ...
def of_nothing_known(x: Nowhere) -> None: ...  # noqa: F821  # pyright: ignore[reportUndefinedVariable, reportUnknownParameterType]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (star, r"star takes \*names.*give each parameter a name"),
        (stars, r"stars takes \*\*names.*give each parameter a name"),
        (positional, "positional takes name by position only.*remove the /"),
        (generator, "generator is a generator.*return list"),
        (async_generator, "async_generator is a generator"),
        (of_queue, "a parameter has a type that no JSON can become"),
        (of_callback, "a parameter has a type that no JSON can become"),
        (
            of_nothing_known,
            "the type hints of of_nothing_known cannot be read: name 'Nowhere' is not defined",
        ),
        (lambda x: x, r"has no name that a model could call: tool\(name="),
        (functools.partial(lambda x: x, 1), "has no name that a model could call"),
        (Counter, "a tool is a function, not <class"),
        (42, "a tool is a function, not 42"),
    ],
)
def test_what_cannot_be_a_tool_says_why(function: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        Tool(function)


def test_a_lambda_may_be_given_a_name() -> None:
    assert tool(name="double")(lambda n: n * 2).name == "double"


@pytest.mark.parametrize("name", ["", "two words", "a" * 65, "straße"])
def test_names_that_no_api_takes(name: str) -> None:
    with pytest.raises(TypeError, match="cannot be a tool's name"):
        Tool(plain, name=name)


def test_two_tools_with_one_name() -> None:
    with pytest.raises(ValueError, match="two tools are called 'plain'"):
        toolbox([plain, tool(name="plain")(default)])
