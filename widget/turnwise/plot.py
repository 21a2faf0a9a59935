"""A run's timeline as SVG: where its time went, each turn and each tool in a row of bars.

By the same rules as the page's (``js/src/timeline.ts``): ``tests/vectors/timelines.json`` holds the two together. Plain
data in (``Run.to_dict``), SVG out; knows nothing of the package, and needs nothing but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

BarKind: TypeAlias = Literal["wait", "generate", "call", "approval", "tool"]
"""The model was asked and said nothing yet; it writes; a tool is called and has not begun; a person is asked; the tool
works."""

AT_ONCE = 0.02
"""Seconds in which no model writes a reply: it was sent as a whole."""
SHORTEST_CALL = 0.02
"""Calls that take less are not told from the time that the call itself takes."""
TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """Seconds since the run began."""

    kind: BarKind
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Row:
    """A turn or one of its tools."""

    name: str
    agent: str | None
    depth: int
    """Tools below their turn, the turns of other agents below the tool that started them."""
    bars: tuple[Bar, ...]
    failed: bool

    @property
    def took(self) -> float:
        """Seconds from the first bar's beginning to the last one's end."""
        return self.bars[-1].end - self.bars[0].start if self.bars else 0.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows of a run, and the scale that they are drawn on."""

    length: float
    """Seconds that the whole takes."""
    rows: tuple[Row, ...]
    ticks: tuple[float, ...]


def timeline(run: Mapping[str, Any], now: float | None = None) -> Timeline:
    """Lay out ``run`` (of ``Run.to_dict``). What still goes on lasts until ``now``: by default, the last time known."""
    origin: float = run["added"] if run["started"] is None else run["started"]
    end: float = next(time for time in (run["ended"], now, _latest(run)) if time is not None)
    turns: list[dict[str, Any]] = run["turns"]
    steps = {tool["id"] for turn in turns for tool in _tools(turn)}
    homes = homes_of(((lane["id"], lane["parent"], lane["handed_from"]) for lane in run["lanes"]), steps)

    def bar(kind: BarKind, start: float, stop: float) -> Bar:
        return Bar(kind, max(0.0, start - origin), max(0.0, max(start, stop) - origin))

    def rows_of(turn: dict[str, Any], depth: int) -> Iterator[Row]:
        failed = turn["status"] in ("error", "truncated")
        yield Row(f"Turn {turn['number']}", turn["agent"], depth, turn_bars(turn), failed)
        for tool in _tools(turn):
            yield Row(tool["name"], None, depth + 1, tool_bars(tool), tool["state"] == "error")
            for lane in (lane for lane, home in homes.items() if home == tool["id"]):
                for inner in turns:
                    if inner["lane"] == lane:
                        yield from rows_of(inner, depth + 2)

    def turn_bars(turn: dict[str, Any]) -> tuple[Bar, ...]:
        done = _first(turn["replied"], turn["ended"], end)
        first = _first_token(turn)
        if first is None:
            return (bar("wait", turn["started"], done),)
        return (bar("wait", turn["started"], first), bar("generate", first, done))

    def tool_bars(tool: dict[str, Any]) -> tuple[Bar, ...]:
        approval: dict[str, Any] | None = tool["approval"]
        over = _first(tool["ended"], end)
        called = _first(tool["ready"], tool["started"])
        answered = called if approval is None else _first(approval["answered"], over)
        began = _first(tool["running"], answered)
        asked: float = began if approval is None else approval["asked"]
        bars = [bar("call", called, asked)] if asked - called > SHORTEST_CALL else []
        if approval is not None:
            bars.append(bar("approval", approval["asked"], answered))
        if approval is None or tool["running"] is not None:
            bars.append(bar("tool", began, over))
        return tuple(bars)

    rows = tuple(row for turn in turns if turn["lane"] not in homes for row in rows_of(turn, 0))
    length = max(end - origin, *(bar.end for row in rows for bar in row.bars), 0.001)
    return Timeline(length, rows, _ticks(length))


def _tools(turn: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in turn["parts"] if part["kind"] == "tool"]


def _first(*times: float | None) -> float:
    return next(time for time in times if time is not None)


def _first_token(turn: dict[str, Any]) -> float | None:
    """When the first of the reply came; ``None`` if nothing did, or if all of it came at once."""
    kinds = ("text", "reasoning", "tool")
    first: float | None = next((part["started"] for part in turn["parts"] if part["kind"] in kinds), None)
    end: float | None = turn["ended"] if turn["replied"] is None else turn["replied"]
    return None if first is None or (end is not None and end - first < AT_ONCE) else first


def homes_of(lanes: Iterable[tuple[str, str | None, str | None]], steps: Container[str]) -> dict[str, str]:
    """The step that each inner lane stands in: the one that started it, or the lane that handed over to it.

    A lane is its id, the id of the step that started it, and the lane that handed over to it.
    """
    homes: dict[str, str] = {}
    for lane, parent, handed_from in lanes:
        home = homes.get(handed_from or "") if parent is None else parent
        if home is not None and home in steps:
            homes[lane] = home
    return homes


_TIMES = ("added", "started", "ended", "replied", "ready", "running", "asked", "answered")


def _latest(run: Mapping[str, Any]) -> float:
    """The last time that anything in ``run`` tells."""
    parts = [part for turn in run["turns"] for part in turn["parts"]]
    approvals = [part["approval"] for part in parts if part.get("approval") is not None]
    holders: list[Mapping[str, Any]] = [run, *run["turns"], *parts, *approvals]
    return max(time for holder in holders for name in _TIMES if (time := holder.get(name)) is not None)


def _ticks(length: float) -> tuple[float, ...]:
    """1, 2 or 5 of some power of ten apart, and at most as many as fit."""
    rough = length / TICKS
    power = 10.0 ** floor(log10(rough))
    step = next((one * power for one in (1, 2, 5) if one * power >= rough), 10 * power)
    return tuple(float(f"{at * step:.6g}") for at in range(floor(length / step) + 1))


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_ROW = 24
_LABELS = 190
_TRACK = 520
_TIMES_WIDTH = 76
_MARGIN = 14
_COLOURS: Mapping[BarKind, str] = {
    "wait": "#b9d2f7",
    "generate": "#2563eb",
    "call": "#a3a8b0",
    "approval": "#c98a1b",
    "tool": "#1c7c3f",
}
_FAILED = "#b3261e"
_WORDS: Mapping[BarKind, str] = {
    "wait": "Waiting for the first token",
    "generate": "Generating",
    "call": "Called, not started",
    "approval": "Waiting for approval",
    "tool": "Tool running",
}
_LONGEST_NAME = 26


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing that a notebook shows by itself."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> None:
        """Write the drawing to an ``.svg`` file."""
        Path(path).write_text(self.svg, "utf-8")


def plot(run: Mapping[str, Any], now: float | None = None) -> Plot:
    """Draw the timeline of ``run`` (of ``Run.to_dict``)."""
    layout = timeline(run, now)
    bottom = _MARGIN + len(layout.rows) * _ROW + 4
    width = _MARGIN + _LABELS + _TRACK + _TIMES_WIDTH + _MARGIN
    body = [*_scale(layout, bottom)]
    for at, row in enumerate(layout.rows):
        body += _row(row, layout, _MARGIN + at * _ROW + _ROW / 2)
    kinds: list[BarKind] = [
        kind for kind in _COLOURS if any(bar.kind == kind for row in layout.rows for bar in row.bars)
    ]
    body += _key(kinds, bottom + 42)
    height = bottom + 58
    return Plot(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="Timeline of the run" font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" rx="12" fill="#fff"/>{"".join(body)}</svg>'
    )


def _x(seconds: float, layout: Timeline) -> float:
    return round(_MARGIN + _LABELS + _TRACK * seconds / layout.length, 2)


def _scale(layout: Timeline, bottom: float) -> Iterator[str]:
    for tick in layout.ticks:
        x = _x(tick, layout)
        yield f'<path d="M{x} {_MARGIN}V{bottom}" stroke="#e1e3e6"/>'
        yield _text(x, bottom + 14, duration(tick) if tick else "0", "#5f646b", anchor="middle", size=11)


def _row(row: Row, layout: Timeline, middle: float) -> Iterator[str]:
    turn = row.depth % 2 == 0
    name = row.name if len(row.name) <= _LONGEST_NAME else f"{row.name[: _LONGEST_NAME - 1]}…"
    label = f"{name} {row.agent}" if row.agent else name
    yield _text(_MARGIN + 12 * row.depth, middle + 4, label, "#1c1d20" if turn else "#5f646b", bold=turn)
    for bar in row.bars:
        start, end = _x(bar.start, layout), _x(bar.end, layout)
        thin = bar.kind == "call"
        colour = _FAILED if row.failed and bar.kind in ("tool", "generate") else _COLOURS[bar.kind]
        yield (
            f'<rect x="{start}" y="{middle - (2 if thin else 6)}" width="{max(2.0, round(end - start, 2))}"'
            f' height="{4 if thin else 12}" rx="{2 if thin else 3}" fill="{colour}">'
            f"<title>{_WORDS[bar.kind]}: {duration(bar.end - bar.start)}</title></rect>"
        )
    right = _MARGIN + _LABELS + _TRACK + _TIMES_WIDTH
    yield _text(right, middle + 4, duration(row.took), _FAILED if row.failed else "#5f646b", anchor="end")


def _key(kinds: list[BarKind], y: float) -> Iterator[str]:
    x = float(_MARGIN)
    for kind in kinds:
        yield f'<rect x="{x}" y="{y - 9}" width="12" height="10" rx="3" fill="{_COLOURS[kind]}"/>'
        yield _text(x + 18, y, _WORDS[kind], "#5f646b", size=11)
        x += 34 + 6.2 * len(_WORDS[kind])


def _text(
    x: float, y: float, text: str, colour: str, *, anchor: str = "start", bold: bool = False, size: int = 12
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" fill="{colour}" text-anchor="{anchor}" font-size="{size}"{weight}>'
        f"{escape(_printable(text))}</text>"
    )


def _printable(text: str) -> str:
    """Without what XML cannot hold: names come from models."""
    return "".join(character if character.isprintable() else " " for character in text)


def duration(seconds: float) -> str:
    """``seconds`` in the unit that suits them: 12 ms, 3.4 s, 2 min 5 s."""
    if seconds < 0.0945:
        return f"{round(seconds * 1000)} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
