"""What of a large result travels unasked, and what is said of the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from turnwise.jsonable import jsonable
from turnwise.preview import preview

ROWS = [{"id": n, "title": f"Result {n}"} for n in range(100_000)]


@pytest.mark.parametrize(
    "value",
    [
        "line\n" * 1_000_000,
        "x" * 50_000,
        ROWS,
        {"rows": ROWS, "more": False},
        {str(n): "word " * 8 for n in range(50_000)},
        ["x" * 100_000] * 50,
        ROWS[:5_000],
    ],
    ids=[
        "a text",
        "a shorter one",
        "rows",
        "rows in an object",
        "an object",
        "long texts",
        "all in the copy",
    ],
)
def test_the_size_is_that_of_what_the_tool_returned(value: Any) -> None:
    _, size = preview(jsonable(value))
    text = value if isinstance(value, str) else json.dumps(value)
    assert size == pytest.approx(len(text), rel=0.15)


@pytest.mark.parametrize("count", [5_000, 100_000], ids=["left out once", "left out twice"])
def test_what_is_left_out_of_rows_is_said_once(count: int) -> None:
    shown, _ = preview(jsonable(ROWS[:count]))
    assert isinstance(shown, list)
    *rows, rest = shown
    assert rows == ROWS[: len(rows)]
    assert rest == f"… {count - len(rows):,} more items"


@pytest.mark.parametrize(
    "value",
    [
        ["… 5 more items"] * 9_000,
        ["x" * 50_000, "… , more items"],
        ["… 5 more " + "x" * 50_000],
        "… " * 30_000,
    ],
)
def test_what_only_looks_like_a_copy_is_taken_as_it_is(value: Any) -> None:
    shown, size = preview(jsonable(value))
    assert shown
    assert size is not None
