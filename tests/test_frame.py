"""A conversation as a table of pandas."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sketch import assemble
from turnwise import (
    TextDelta,
    ToolCall,
    ToolResult,
    ToolStart,
    Transcript,
    TurnFinish,
    TurnStart,
    TurnUsage,
    Usage,
)
from turnwise.frame import to_frame

PRICES = {"m": {"input": 2.0, "output": 10.0, "cached": 1.0}, "m-mini": {"input": 1.0, "output": 1.0}}


def conversation() -> Transcript:
    return Transcript(
        assemble(
            [
                TurnStart(model="m-2026-01-01"),
                ToolCall("f", {"n": 1}, call_id="a"),
                ToolCall("g", "{", call_id="b"),
                ToolStart(call_id="a"),
                TurnUsage(Usage(input_tokens=1_000_000, output_tokens=100_000, cached_tokens=500_000)),
                TurnFinish("tool_calls"),
                ToolResult({"ok": "x" * 2000}, call_id="a"),
                TurnStart(model="unknown"),
                TextDelta("Done."),
                TurnFinish("stop"),
            ]
        )
    )


def test_a_row_for_each_turn() -> None:
    pd = pytest.importorskip("pandas")
    frame = to_frame(conversation(), "turn", PRICES)
    assert list(frame["turn"]) == [1, 2]
    first, second = frame.to_dict("records")
    assert (first["run"], first["lane"], first["model"], first["finish_reason"]) == (
        1,
        "main",
        "m-2026-01-01",
        "tool_calls",
    )
    assert first["cost"] == pytest.approx(0.5 * 2 + 0.5 * 1 + 0.1 * 10)
    assert (first["tools"], first["input_tokens"], first["cached_tokens"]) == (2, 1_000_000, 500_000)
    assert pd.isna(first["reasoning_tokens"])
    assert pd.isna(second["cost"])
    assert pd.isna(second["input_tokens"])
    assert (second["text"], second["status"]) == ("Done.", "complete")
    assert frame["started"].dt.tz is not None
    assert (frame["seconds"] >= 0).all()


def test_a_row_for_each_tool_call() -> None:
    pd = pytest.importorskip("pandas")
    frame = to_frame(conversation(), "tool", {})
    first, second = frame.to_dict("records")
    assert (first["name"], first["arguments"], first["state"]) == ("f", {"n": 1}, "done")
    assert len(first["result"]) == 500
    assert pd.isna(first["error"])
    assert second["name"] == "g"
    assert second["error"]
    assert pd.isna(second["result"])


def test_an_empty_conversation_has_the_columns() -> None:
    pytest.importorskip("pandas")
    for by in ("turn", "tool"):
        frame = to_frame(Transcript(), by, {})  # type: ignore[arg-type]
        assert len(frame) == 0
        assert {"run", "turn", "seconds"} <= set(frame.columns)


def test_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match='it can be "turn" or "tool"'):
        to_frame(Transcript(), "run", {})  # type: ignore[arg-type]


def test_without_pandas_it_says_what_is_missing() -> None:
    """In another interpreter, for which there is none."""
    code = """
import sys
sys.modules["pandas"] = None
from turnwise import Transcript
from turnwise.frame import to_frame
try:
    to_frame(Transcript(), "turn", {})
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "to_frame needs pandas: pip install pandas"
