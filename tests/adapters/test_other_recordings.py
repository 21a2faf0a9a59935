"""Recordings as other versions of the sources would have made them: the reader sees the same, and nothing raises.

What a framework adds to its objects, in which order JSON has its fields, where bytes are cut and where a stream breaks
off must make no difference beyond what is said. What comes over a wire may hold anything at all.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from adapters.test_conformance import SOURCES
from mutations import GONE, between, everywhere, mutated, names, read, replaced, reversed_keys, wider
from recorded import fold, stem
from sketch import check_ops, sketch
from turnwise import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutations import Line
    from recorded import Source

NAMELESS = {
    "google-adk": "every event is of one class, which tells by its fields what it holds",
    "agent-framework": "every update is of one class, which tells by its contents what it holds",
}
"""Sources whose items have no names, so that there is no new one."""

WIRES = [
    source
    for source in SOURCES
    if source.folder.startswith("wire-")
    or source.folder in ("acp", "adk-server", "ag-ui", "ai-sdk", "prism", "turnwise-sse")
]
"""Sources that a server or another process writes: nobody vouches for their shape."""

ANYTHING = (GONE, None, 7, "?", "", True, ["?"], [None], {"x": 1}, [{"x": 1}])


def seen(source: Source, path: Path) -> str:
    """The transcript as a reader sees it, without what was not understood."""
    ops = fold(source, path)
    check_ops(ops)
    lines = sketch(Transcript(ops)).split("\n")
    return "\n".join(line for line in lines if not line.startswith("! unknown"))


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: everywhere(lines, wider),
        lambda lines: everywhere(lines, reversed_keys),
        between,
    ],
    ids=["more fields", "fields in another order", "more kinds of items"],
)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.folder)
def test_what_is_new_changes_nothing(
    source: Source, change: Callable[[list[Line]], list[str]], tmp_path: Path
) -> None:
    if change is between and source.folder in NAMELESS:
        pytest.skip(NAMELESS[source.folder])
    for path in source.recordings:
        other = mutated(path, tmp_path, change(read(path)))
        assert seen(source, other) == seen(source, path), stem(path)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.folder)
def test_a_stream_may_break_off_anywhere(source: Source, tmp_path: Path) -> None:
    """All that is open closes, once, whatever had been said until then."""
    for path in source.recordings:
        lines = [line.text for line in read(path)]
        for end in range(1, len(lines), max(1, len(lines) // 5)):
            check_ops(fold(source, mutated(path, tmp_path, lines[:end])))


@pytest.mark.parametrize("source", WIRES, ids=lambda source: source.folder)
def test_a_wire_may_hold_anything(source: Source, tmp_path: Path) -> None:
    chance = random.Random(0)  # the same each time
    for path in source.recordings:
        lines = read(path)
        fields = sorted(set().union(*(names(line.payload) for line in lines)))
        for _ in range(2 if source.folder.startswith("wire-") else 12):  # those go through HTTP, byte by byte
            name, value = chance.choice(fields or [""]), chance.choice(ANYTHING)
            text = everywhere(lines, lambda payload, n=name, v=value: replaced(payload, n, v))
            check_ops(fold(source, mutated(path, tmp_path, text)))
