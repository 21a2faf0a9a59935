"""A run's timeline: the rows that the page draws too (``tests/vectors/timelines.json``), and the drawing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from xml.etree import ElementTree as ET

import pytest

from turnwise import Transcript
from turnwise import ops as o
from turnwise.plot import Row, plot, timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "timelines.json").read_text("utf-8")
)
OPS = {op.op: op for op in get_args(o.Op)}
SVG = "{http://www.w3.org/2000/svg}"


def op_of(data: Mapping[str, Any]) -> o.Op:
    fields = dict(data)
    return OPS[fields.pop("op")](**fields)


def transcript(*ops: Mapping[str, Any]) -> Transcript:
    whole = Transcript()
    whole.extend([op_of(op) for op in ops])
    return whole


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  # our own


def line(row: Row) -> str:
    bars = ", ".join(f"{bar.kind} {bar.start:g}-{bar.end:g}" for bar in row.bars)
    name = row.name.replace("Turn", "turn") if row.depth % 2 == 0 else row.name
    return f"{'  ' * row.depth}{name}: {bars}{' failed' if row.failed else ''}"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_rows(vector: dict[str, Any]) -> None:
    run = transcript(*vector["ops"]).runs[0]
    assert [line(row) for row in timeline(run.to_dict(), vector["now"]).rows] == vector["rows"]


@pytest.mark.parametrize(
    ("length", "ticks"),
    [
        (8, (0, 2, 4, 6, 8)),
        (0.9, (0, 0.2, 0.4, 0.6, 0.8)),
        (4.5, (0, 1, 2, 3, 4)),
        (61, (0, 20, 40, 60)),
    ],
)
def test_scale(length: float, ticks: tuple[float, ...]) -> None:
    run = transcript(
        {"op": "add_run", "run": "r", "number": 1, "prompt": "p", "client_id": None, "time": 0},
        {"op": "start_run", "run": "r", "time": 0},
        {"op": "end_run", "run": "r", "status": "complete", "error": None, "time": length},
    ).runs[0]
    assert timeline(run.to_dict()).ticks == ticks


def test_what_goes_on_lasts_until_the_last_time_known() -> None:
    vector = next(vector for vector in VECTORS if "not answered" in vector["name"])
    run = transcript(*vector["ops"]).runs[0]
    assert timeline(run.to_dict()).length == pytest.approx(3.0)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_drawing_has_every_bar_and_every_name(vector: dict[str, Any], tmp_path: Path) -> None:
    run = transcript(*vector["ops"]).runs[0]
    drawing = run.plot()
    drawing.save(tmp_path / "run.svg")
    root = parsed((tmp_path / "run.svg").read_text("utf-8"))
    rows = timeline(run.to_dict()).rows
    assert len(root.findall(f"{SVG}rect/{SVG}title")) == sum(len(row.bars) for row in rows)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert all(row.name in texts for row in rows)
    assert drawing._repr_svg_() == drawing.svg


def test_names_are_text() -> None:
    """A model may call a tool anything."""
    ops = [
        op | {"name": "</text><b>\x00\ud800&"} if op["op"] == "open_tool" else op
        for op in next(vector["ops"] for vector in VECTORS if "work at once" in vector["name"])
    ]
    root = parsed(plot(transcript(*ops).runs[0].to_dict()).svg)
    assert root.find(f".//{SVG}b") is None
    assert [text.text for text in root.iter(f"{SVG}text")].count("</text><b>  &") == 2
