"""The vectors that hold the two folds together: ``python tests/core/test_vectors.py`` writes them.

``tests/vectors/*.json`` are lists of ``{"name", "ops", "transcript"}``; the page's tests fold the same ops.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, get_args

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from sketch import assemble
from streams import ROWS
from turnwise import Failure, ToolCall, ToolOutput, ToolResult, Transcript, Usage
from turnwise import ops as o
from turnwise.wire import encode_op

VECTORS = Path(__file__).parents[1] / "vectors"

ODDITIES: dict[str, list[o.Op]] = {
    "an abandoned attempt leaves nothing behind": [
        o.AddRun(run="r", number=1, prompt="p", client_id="c", time=1.0),
        o.StartRun(run="r", time=1.5),
        o.OpenTurn(
            run="r",
            turn="r.1",
            number=1,
            lane="main",
            agent=None,
            model="m",
            attempt=1,
            auxiliary=False,
            time=2.0,
        ),
        o.DescribeTurn(turn="r.1", agent="bob", model="m2"),
        o.OpenPart(turn="r.1", part="r.1.1", kind="text", time=3.0),
        o.Append(part="r.1.1", text="doomed"),
        o.OpenTool(turn="r.1", part="r.1.2", name="f", call_id=None, time=3.5),
        o.SetUsage(turn="r.1", usage=Usage(input_tokens=1, output_tokens=2)),
        o.SetNotice(run="r", turn="r.1", code="x", message="odd", count=1),
        o.SetNotice(run="r", turn=None, code="x", message="stays", count=1),
        o.EndReply(turn="r.1", finish_reason="unknown", native_finish_reason="eh", time=4.0),
        o.ResetTurn(turn="r.1", attempt=2, time=5.0),
        o.OpenPart(turn="r.1", part="r.1.3", kind="reasoning", time=6.0),
        o.Append(part="r.1.3", text="again"),
    ],
    "a prompt that was never sent to the agent": [
        o.AddRun(run="r", number=1, prompt="p", client_id=None, time=1.0),
        o.EndRun(run="r", status="dropped", error=None, time=2.0),
    ],
    "a run that failed": [
        o.AddRun(run="r", number=1, prompt="p", client_id=None, time=1.0),
        o.StartRun(run="r", time=1.0),
        o.EndRun(
            run="r",
            status="error",
            error=Failure(kind="HTTPError", message="401", detail="body", turn=None),
            time=2.0,
        ),
    ],
    "a notice again in the same place replaces the one before": [
        o.AddRun(run="r", number=1, prompt="p", client_id=None, time=1.0),
        o.SetNotice(run="r", turn=None, code="a", message="once", count=1),
        o.SetNotice(run="r", turn=None, code="b", message="other", count=1),
        o.SetNotice(run="r", turn=None, code="a", message="twice", count=2),
    ],
    "a tool's state moves on, and a late result still counts": [
        *assemble([ToolCall("f", {"n": [1, None, "é😀"]}, call_id="a")], status="cancelled"),
        o.SetResult(part="r.1.1", result={"ok": True}, outcome="unknown", preliminary=False, time=9.0),
    ],
    "every kind of part, approval and lane": [
        o.AddRun(run="r", number=1, prompt="p", client_id=None, time=1.0),
        o.StartRun(run="r", time=1.0),
        o.OpenTurn(
            run="r",
            turn="r.1",
            number=1,
            lane="main",
            agent="a",
            model="m",
            attempt=1,
            auxiliary=False,
            time=2.0,
        ),
        o.OpenPart(turn="r.1", part="r.1.1", kind="reasoning", time=2.0),
        o.SetNative(part="r.1.1", native={"anthropic": {"signature": "s"}}),
        o.ClosePart(part="r.1.1", time=2.5),
        o.OpenTool(turn="r.1", part="r.1.2", name="weather", call_id="x", time=3.0),
        o.SetToolState(part="r.1.2", state="invalid", time=3.0),
        o.DescribeTool(part="r.1.2", name="get_weather", call_id="y"),
        o.SetToolState(part="r.1.2", state="streaming", time=3.1),
        o.Append(part="r.1.2", text="{}"),
        o.SetArguments(part="r.1.2", arguments={}, invalid=None, time=3.2),
        o.RequestApproval(part="r.1.2", message="Really?", editable=True, time=3.3),
        o.SetResult(part="r.1.2", result="wait", outcome="ok", preliminary=True, time=3.4),
        o.ResolveApproval(part="r.1.2", decision="approved", reason=None, edited={"city": "Rome"}, time=3.5),
        o.SetToolState(part="r.1.2", state="running", time=3.6),
        o.AddOutput(part="r.1.2", stream="stdout", text="Fetching", display=None, time=3.6),
        o.AddOutput(part="r.1.2", stream="stdout", text=" Rome\n", display=None, time=3.6),
        o.AddOutput(part="r.1.2", stream="stderr", text="slow\n", display=None, time=3.6),
        o.AddOutput(
            part="r.1.2", stream="display", text="", display={"mimebundle": {"text/plain": "x"}}, time=3.6
        ),
        o.AddOutput(
            part="r.1.2", stream="display", text="", display={"mimebundle": {"text/plain": "y"}}, time=3.6
        ),
        o.AddOutput(part="r.1.2", stream="stdout", text="done\n", display=None, time=3.6),
        *(
            o.AddOutput(
                part="r.1.2",
                stream="display",
                text="",
                display={"mimebundle": {"text/plain": text}},
                display_id=name,
                time=3.6,
            )
            for text, name in [("50 %", "bar"), ("a", "other"), ("100 %", "bar")]
        ),
        o.OpenLane(run="r", lane="lane1", agent="expert", parent="r.1.2", handed_from=None, time=3.7),
        o.OpenTurn(
            run="r",
            turn="r.2",
            number=2,
            lane="lane1",
            agent="expert",
            model=None,
            attempt=1,
            auxiliary=True,
            time=3.8,
        ),
        o.AddSource(turn="r.2", part="r.2.1", url="https://a.example", title="A", snippet=None, time=3.9),
        o.AddFile(
            turn="r.2",
            part="r.2.2",
            name="x.txt",
            media_type="text/plain",
            url=None,
            data="aGk=",
            native={"gemini": {"thought_signature": "c2ln"}},
            time=3.9,
        ),
        o.SetData(turn="r.2", part="r.2.3", name="plan", value={"step": 1}, time=3.9),
        o.SetData(turn="r.2", part="r.2.3", name="plan", value={"step": 2}, time=4.0),
        o.CloseTurn(turn="r.2", status="complete", time=4.1),
        o.SetResult(part="r.1.2", result="denied after all", outcome="error", preliminary=False, time=4.2),
        o.OpenTool(turn="r.1", part="r.1.3", name="delete", call_id=None, time=4.3),
        o.RequestApproval(part="r.1.3", message=None, editable=False, time=4.4),
        o.ResolveApproval(part="r.1.3", decision="denied", reason="no", edited=None, time=4.5),
        o.SetResult(part="r.1.3", result="denied: no", outcome="error", preliminary=False, time=4.6),
        o.CloseTurn(turn="r.1", status="abandoned", time=5.0),
        o.EndRun(run="r", status="complete", error=None, time=6.0),
    ],
    "output that was cleared is gone": [
        *assemble([ToolCall("f", call_id="a"), ToolOutput("one", call_id="a")]),
        o.AddOutput(part="r.1.1", stream="stdout", text="", display=None, clear=True, time=9.0),
        o.AddOutput(part="r.1.1", stream="stdout", text="", display=None, time=9.0),
        o.AddOutput(part="r.1.1", stream="stderr", text="two", display=None, clear=True, time=9.0),
    ],
    "arguments that are final do not take a later state back": [
        *assemble([ToolCall("f", call_id="a"), ToolResult("x", call_id="a", outcome="error")]),
        o.SetArguments(part="r.1.1", arguments=None, invalid="late", time=9.0),
    ],
}


def vectors() -> dict[str, list[dict[str, Any]]]:
    """File name to its rows."""
    streams = {
        row.name: assemble(row.events, status=row.status, error=row.error, after=row.after) for row in ROWS
    }
    return {"streams.json": _rows(streams), "oddities.json": _rows(ODDITIES)}


def _rows(cases: dict[str, list[o.Op]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, ops in cases.items():
        transcript = Transcript(ops)
        finals = [
            {"turns": [turn.id for turn in run.final_turns], "text": run.final_text}
            for run in transcript.runs
        ]
        encoded = [encode_op(op) for op in ops]
        rows.append({"name": name, "ops": encoded, "transcript": transcript.to_dict(), "finals": finals})
    return rows


def _text(rows: list[dict[str, Any]]) -> str:
    # One row to a line: a change of one stream is a change of one line.
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


def test_vectors_are_up_to_date() -> None:
    for name, rows in vectors().items():
        assert (VECTORS / name).read_text("utf-8") == _text(rows), "run: python tests/core/test_vectors.py"


def test_the_vectors_use_every_op() -> None:
    used = {op["op"] for rows in vectors().values() for row in rows for op in row["ops"]}
    assert used == {_tag(cls) for cls in get_args(o.Op)}


def _tag(cls: type) -> str:
    return cls.op  # type: ignore[attr-defined]


if __name__ == "__main__":
    for name, rows in vectors().items():
        (VECTORS / name).write_text(_text(rows), "utf-8")
