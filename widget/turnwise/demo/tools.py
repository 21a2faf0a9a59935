"""The demo's tools: ordinary functions over data that comes with the package. They really do what they say.

Knows nothing of agents; what makes tools of these functions is ``Agent(tools=[…])``.
"""

from __future__ import annotations

import ast
import asyncio
import csv
import json
import math
import random
import sqlite3
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

MOST_ROWS = 200
_MOST_STEPS = 2_000_000
"""Of SQLite's virtual machine: a query that takes more is stopped."""

Cell: TypeAlias = "str | int | float | None"


def query(sql: str) -> list[dict[str, Cell]]:
    """Query the climate of 89 cities with SQL (SQLite, read only). Returns at most 200 rows.

    Tables: cities(city, country, continent, latitude, longitude, population_m), with the population in millions, and
    climate(city, month, temp_c, rain_mm), with one row per city and month (1 to 12): mean temperature in °C and
    rainfall in mm.

    Args:
        sql: One SELECT statement.
    """
    database = _database()
    steps = 0

    def tired() -> bool:
        nonlocal steps
        steps += 1
        return steps > _MOST_STEPS // 1000

    database.set_progress_handler(tired, 1000)
    try:
        cursor = database.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(MOST_ROWS)]
    except (sqlite3.Warning, sqlite3.ProgrammingError) as error:  # which of them is Python's choice
        raise ValueError(str(error)) from error
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TimeoutError("the query takes too long; ask for less") from error
        raise
    except sqlite3.DatabaseError as error:
        if "prohibited" in str(error) or "not authorized" in str(error):
            raise PermissionError("this database can only be read: use SELECT") from error
        raise
    finally:
        database.close()


_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}


def _database() -> sqlite3.Connection:
    """A database of its own for each query: small, in memory, and on the thread that asks."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE cities (city, country, continent, latitude, longitude, population_m)")
    database.execute("CREATE TABLE climate (city, month, temp_c, rain_mm)")
    for row in _rows():
        database.execute(
            "INSERT INTO cities VALUES (?, ?, ?, ?, ?, ?)",
            (
                row["city"],
                row["country"],
                row["continent"],
                float(row["latitude"]),
                float(row["longitude"]),
                float(row["population_m"]),
            ),
        )
        database.executemany(
            "INSERT INTO climate VALUES (?, ?, ?, ?)",
            [
                (row["city"], number, float(row[f"{month}_c"]), int(row[f"{month}_mm"]))
                for number, month in enumerate(MONTHS, 1)
            ],
        )
    database.commit()
    database.set_authorizer(_only_reading)
    return database


def _only_reading(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files(__package__ or "").joinpath("cities.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def cities() -> tuple[str, ...]:
    """The names of all cities, in the order of the table."""
    return tuple(row["city"] for row in _rows())


def _mean(*values: float) -> float:
    return math.fsum(values) / len(values)


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > 1000 or abs(base) > 1e9:
        raise ValueError("the numbers are too large for a power")
    return base**exponent


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "max": max,
    "mean": _mean,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
    "sum": lambda *values: math.fsum(values),
}
_CONSTANTS = {"pi": math.pi, "e": math.e}


def compute(expression: str) -> float:
    """Evaluate arithmetic: + - * / // % **, parentheses, abs, max, mean, min, round, sqrt, sum, pi, e.

    Args:
        expression: For example "mean(4.9, 5.6, 8.8) - 2 ** 3".
    """
    if len(expression) > 2000:
        raise ValueError("the expression is too long")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{expression!r} is no arithmetic: {error.msg}") from error
    return _tidy(_value(tree.body))


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(op, _value(left), _value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*map(_value, args))
        case _:
            raise ValueError(
                f"{ast.unparse(node)!r} is not allowed; there are numbers, operators and {', '.join(_FUNCTIONS)}"
            )


def _combined(op: ast.operator, a: float, b: float) -> float:
    match op:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
        case ast.FloorDiv():
            return a // b
        case ast.Mod():
            return a % b
        case ast.Pow():
            return _power(a, b)
        case _:
            raise ValueError("of operators there are + - * / // % **")


def _tidy(number: float) -> float:
    """Without the noise of binary fractions in the last digits."""
    if isinstance(number, int):
        return number
    number = float(f"{number:.10g}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


class Chart:
    """A bar chart: a picture for the reader (SVG), and a line of text for the model."""

    def __init__(self, title: str, labels: Sequence[str], values: Sequence[float], unit: str) -> None:
        self.title = title
        self.labels = list(labels)
        self.values = list(values)
        self.unit = unit

    def __repr__(self) -> str:
        bars = ", ".join(
            f"{label} {value:g}{self.unit and ' ' + self.unit}"
            for label, value in zip(self.labels, self.values, strict=True)
        )
        return f"Bar chart “{self.title}”: {bars}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What notebooks show instead of the ``repr``."""
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}

    def svg(self) -> str:
        """The picture, on a light ground of its own, so that it is readable under any theme."""
        bar, gap, left, right, top = 22, 8, 130, 80, 46
        width = 560
        height = top + len(self.values) * (bar + gap) + 10
        low, high = min(0.0, *self.values), max(0.0, *self.values)
        scale = (width - left - right) / ((high - low) or 1)
        zero = left - low * scale
        out = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                f'height="{height}" font-family="system-ui, sans-serif" font-size="13" role="img">'
            ),
            f"<title>{escape(self.title)}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#fbfbf9"/>',
            f'<text x="16" y="28" font-size="15" font-weight="600" fill="#222">{escape(self.title)}</text>',
        ]
        for number, (label, value) in enumerate(zip(self.labels, self.values, strict=True)):
            y = top + number * (bar + gap)
            x = zero + min(0.0, value) * scale
            text = f"{value:g}{self.unit and ' ' + self.unit}"
            out += [
                f'<text x="{left - 10}" y="{y + 16}" text-anchor="end" fill="#444">{escape(label)}</text>',
                (
                    f'<rect x="{x:.1f}" y="{y}" width="{abs(value) * scale:.1f}" height="{bar}" rx="3" '
                    f'fill="{"#d1603d" if value >= 0 else "#3d7dd1"}"/>'
                ),
                f'<text x="{zero + max(0.0, value) * scale + 8:.1f}" y="{y + 16}" fill="#222">{escape(text)}</text>',
            ]
        return "".join([*out, "</svg>"])


def plot(title: str, labels: list[str], values: list[float], unit: str = "") -> Chart:
    """Draw a horizontal bar chart for the reader.

    Args:
        title: What the chart shows.
        labels: One per bar, from top to bottom.
        values: As many numbers.
        unit: Unit of the values, for example "°C".
    """
    if len(labels) != len(values):
        raise ValueError(f"{len(labels)} labels for {len(values)} values; there must be as many of each")
    if not 1 <= len(values) <= 40:
        raise ValueError(f"{len(values)} bars; a chart has 1 to 40")
    if not all(map(math.isfinite, values)):
        raise ValueError("a bar's length must be a finite number")
    return Chart(title, labels, values, unit)


@cache
def _glossary() -> dict[str, dict[str, Any]]:
    return json.loads(files(__package__ or "").joinpath("glossary.json").read_text("utf-8"))


def look_up(term: str) -> dict[str, Any]:
    """Look up a word about agents and models in a small glossary.

    Args:
        term: For example "turn" or "tool call".
    """
    glossary = _glossary()
    word = " ".join(term.lower().replace("-", " ").split())
    for name in (word, word.removesuffix("s")):
        if name in glossary:
            return {"term": name, **glossary[name]}
    raise LookupError(f"the glossary has no {term!r}; it has: {', '.join(glossary)}")


def tools_at(pace: float) -> list[Callable[..., Any]]:
    """The tools for one agent. ``pace`` scales how long the slow one takes; 0 is no time at all."""
    calls = 0

    async def simulate_summers(city: str, years: int = 20) -> dict[str, Cell]:
        """Simulate the mean summer temperature of a city over some years. Slow: a fifth of a second per year.

        Args:
            city: A city of the table.
            years: How many summers, 1 to 50.
        """
        if not 1 <= years <= 50:
            raise ValueError(f"{years} years; it can do 1 to 50")
        mean = _summer(city)
        chance = random.Random(city)  # noqa: S311  # weather, not a secret: the same city gives the same summers
        summers: list[float] = []
        for _ in range(years):
            await asyncio.sleep(pace * 8)
            summers.append(chance.gauss(mean, 0.9))
        return {
            "city": city,
            "years": years,
            "mean_c": round(_mean(*summers), 1),
            "coolest_c": round(min(summers), 1),
            "warmest_c": round(max(summers), 1),
        }

    def forecast(city: str) -> dict[str, Cell]:
        """Tomorrow's weather, from a service that does not always answer. Made up, for trying out failures.

        Args:
            city: A city of the table.
        """
        nonlocal calls
        calls += 1
        if calls % 2:
            raise ConnectionError("the forecast service did not answer (503)")
        high = _summer(city)
        chance = random.Random(f"forecast {city}")  # noqa: S311  # as above
        return {
            "city": city,
            "high_c": round(chance.gauss(high, 2)),
            "low_c": round(chance.gauss(high - 9, 2)),
            "chance_of_rain_percent": chance.randrange(0, 100, 10),
        }

    return [query, compute, plot, look_up, simulate_summers, forecast]


def _summer(city: str) -> float:
    """Mean of a city's three warmest months. Raises ``LookupError`` if it is not in the table."""
    for row in _rows():
        if row["city"].lower() == city.lower():
            return _mean(*sorted(float(row[f"{month}_c"]) for month in MONTHS)[-3:])
    raise LookupError(f"{city!r} is not in the table; try {', '.join(cities()[:5])}")
