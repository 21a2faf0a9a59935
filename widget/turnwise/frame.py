"""A conversation as a table, one row for each turn or for each tool call. pandas is imported on use.

Knows ``runs``, ``transcript`` and ``values``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .runs import TextPart, ToolPart
from .values import MAIN_LANE

if TYPE_CHECKING:
    from .runs import Run, Turn
    from .transcript import Transcript
    from .values import Json, Usage

By: TypeAlias = Literal["turn", "tool"]
Prices: TypeAlias = Mapping[str, Mapping[str, float]]

MOST = 500
"""Characters of a result that stand in the table; the rest is in the transcript."""


def to_frame(transcript: Transcript, by: By, prices: Prices) -> Any:
    """A ``pandas.DataFrame``; times are in seconds, ``started`` is a point in time. Unknown is missing.

    Raises:
        ImportError: pandas is not installed.
        ValueError: ``by`` is neither.
    """
    if by not in ("turn", "tool"):
        raise ValueError(f'by is {by!r}; it can be "turn" or "tool"')
    try:
        pd: Any = import_module("pandas")
    except ImportError as error:
        raise ImportError("to_frame needs pandas: pip install pandas") from error

    turns = [(run, turn) for run in transcript.runs for turn in run.turns]
    rows = (
        [_turn_row(run, turn, prices) for run, turn in turns]
        if by == "turn"
        else [_tool_row(run, turn, tool) for run, turn in turns for tool in turn.tools]
    )
    frame: Any = pd.DataFrame(rows, columns=_TURN if by == "turn" else _TOOL)
    frame["started"] = pd.to_datetime(frame["started"], unit="s", utc=True)
    return frame.astype({name: "Int64" for name in _COUNTS if name in frame})


_TURN = [
    "run",
    "turn",
    "lane",
    "agent",
    "model",
    "status",
    "finish_reason",
    "started",
    "seconds",
    "first_token_seconds",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "cost",
    "tools",
    "text",
]
_TOOL = [
    "run",
    "turn",
    "lane",
    "agent",
    "name",
    "arguments",
    "state",
    "started",
    "seconds",
    "result",
    "error",
]
_COUNTS = ("run", "turn", "tools", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")


def _turn_row(run: Run, turn: Turn, prices: Prices) -> dict[str, Any]:
    usage = turn.usage
    return {
        **_where(run, turn),
        "model": turn.model,
        "status": turn.status,
        "finish_reason": turn.finish_reason,
        "started": turn.started,
        "seconds": _between(turn.started, turn.ended),
        "first_token_seconds": _between(turn.started, _first_token(turn)),
        "input_tokens": None if usage is None else usage.input_tokens,
        "output_tokens": None if usage is None else usage.output_tokens,
        "cached_tokens": None if usage is None else usage.cached_tokens,
        "reasoning_tokens": None if usage is None else usage.reasoning_tokens,
        "cost": None if usage is None or turn.model is None else _cost(usage, turn.model, prices),
        "tools": len(turn.tools),
        "text": turn.text,
    }


def _tool_row(run: Run, turn: Turn, tool: ToolPart) -> dict[str, Any]:
    failed = tool.outcome == "error" or tool.arguments_invalid is not None
    return {
        **_where(run, turn),
        "name": tool.name,
        "arguments": tool.arguments,
        "state": tool.state,
        "started": tool.started,
        "seconds": _between(tool.running or tool.ready or tool.started, tool.ended),
        "result": None if failed else _short(tool.result),
        "error": (tool.arguments_invalid or _short(tool.result)) if failed else None,
    }


def _where(run: Run, turn: Turn) -> dict[str, Any]:
    agents = {lane.id: lane.agent for lane in run.lanes}
    agent = turn.agent or (None if turn.lane == MAIN_LANE else agents.get(turn.lane))
    return {"run": run.number, "turn": turn.number, "lane": turn.lane, "agent": agent}


def _first_token(turn: Turn) -> float | None:
    """``None`` also for a reply that came whole: it had no first token."""
    first = next((part.started for part in turn.parts if isinstance(part, (TextPart, ToolPart))), None)
    end = turn.ended if turn.replied is None else turn.replied
    return None if first is None or (end is not None and end - first < _AT_ONCE) else first


_AT_ONCE = 0.02
"""Seconds in which no model writes a reply."""


def _between(start: float, end: float | None) -> float | None:
    return None if end is None else end - start


def _cost(usage: Usage, model: str, prices: Prices) -> float | None:
    """US dollars, by the prices of ``model`` or of the longest name that a dated name of it begins with."""
    names = [name for name in prices if model == name or model.startswith(f"{name}-")]
    if not names or usage.input_tokens is None or usage.output_tokens is None:
        return None
    price = prices[max(names, key=len)]
    if "input" not in price or "output" not in price:
        return None
    cached = usage.cached_tokens or 0
    inputs = (usage.input_tokens - cached) * price["input"] + cached * price.get("cached", price["input"])
    return (inputs + usage.output_tokens * price["output"]) / 1e6


def _short(value: Json) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"
