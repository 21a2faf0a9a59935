"""A run as the shortest list of ops that folds to it: what a page gets that has missed frames.

Knows ``ops`` and ``runs``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ops as o
from .runs import DataPart, FilePart, SourcePart, TextPart, ToolPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .runs import Part, Run, Turn
    from .values import ToolState


def run_ops(run: Run) -> Iterator[o.Op]:
    """The shortest list of ops that folds to this run."""
    yield o.AddRun(run=run.id, number=run.number, prompt=run.prompt, client_id=run.client_id, time=run.added)
    if run.started is not None:
        yield o.StartRun(run=run.id, time=run.started)
    for lane in run.lanes:
        yield o.OpenLane(
            run=run.id,
            lane=lane.id,
            agent=lane.agent,
            parent=lane.parent,
            handed_from=lane.handed_from,
            time=lane.started,
        )
    for turn in run.turns:
        yield from _turn_ops(turn)
    yield from run.notices
    if run.ended is not None:
        yield o.EndRun(run=run.id, status=run.status, error=run.error, time=run.ended)


def _turn_ops(turn: Turn) -> Iterator[o.Op]:
    yield o.OpenTurn(
        run=turn.run_id,
        turn=turn.id,
        number=turn.number,
        lane=turn.lane,
        agent=turn.agent,
        model=turn.model,
        attempt=turn.attempt,
        auxiliary=turn.auxiliary,
        time=turn.started,
    )
    if turn.request is not None:
        yield turn.request.op(turn.id)
    for part in turn.parts:
        yield from _part_ops(turn, part)
    if turn.replied is not None and turn.finish_reason is not None:
        yield o.EndReply(
            turn=turn.id,
            finish_reason=turn.finish_reason,
            native_finish_reason=turn.native_finish_reason,
            time=turn.replied,
        )
    if turn.usage is not None:
        yield o.SetUsage(turn=turn.id, usage=turn.usage)
    if turn.ended is not None:
        yield o.CloseTurn(turn=turn.id, status=turn.status, time=turn.ended)


def _part_ops(turn: Turn, part: Part) -> Iterator[o.Op]:
    match part:
        case TextPart():
            yield from _text_ops(turn, part)
        case ToolPart():
            yield from _tool_ops(turn, part)
        case SourcePart():
            yield o.AddSource(
                turn=turn.id,
                part=part.id,
                url=part.url,
                title=part.title,
                snippet=part.snippet,
                time=part.started,
            )
        case FilePart():
            yield o.AddFile(
                turn=turn.id,
                part=part.id,
                name=part.name,
                media_type=part.media_type,
                url=part.url,
                data=part.data,
                native=part.native,
                time=part.started,
            )
        case DataPart():
            yield o.SetData(turn=turn.id, part=part.id, name=part.name, value=part.value, time=part.started)


def _text_ops(turn: Turn, part: TextPart) -> Iterator[o.Op]:
    yield o.OpenPart(turn=turn.id, part=part.id, kind=part.kind, time=part.started)
    if part.text:
        yield o.Append(part=part.id, text=part.text)
    if part.native is not None:
        yield o.SetNative(part=part.id, native=part.native)
    if part.ended is not None:
        yield o.ClosePart(part=part.id, time=part.ended)


def _tool_ops(turn: Turn, part: ToolPart) -> Iterator[o.Op]:
    """The step's history as far as it left a trace, and its state at the end."""
    yield o.OpenTool(turn=turn.id, part=part.id, name=part.name, call_id=part.call_id, time=part.started)
    state: ToolState = "streaming"
    ended: float | None = None
    if part.arguments_text:
        yield o.Append(part=part.id, text=part.arguments_text)
    if part.ready is not None:
        state = "ready"
        yield o.SetArguments(
            part=part.id, arguments=part.arguments, invalid=part.arguments_invalid, time=part.ready
        )
    if part.native is not None:
        yield o.SetNative(part=part.id, native=part.native)
    asked = part.approval
    if asked is not None:
        state = "approval"
        yield o.RequestApproval(
            part=part.id, message=asked.message, editable=asked.editable, time=asked.asked
        )
        if asked.decision is not None and asked.answered is not None:
            state = "denied" if asked.decision == "denied" else "ready"
            ended = asked.answered if asked.decision == "denied" else None
            yield o.ResolveApproval(
                part=part.id,
                decision=asked.decision,
                reason=asked.reason,
                edited=asked.edited,
                time=asked.answered,
            )
    if part.running is not None:
        state = "running"
        ended = None
        yield o.SetToolState(part=part.id, state="running", time=part.running)
    for output in part.outputs:
        yield o.AddOutput(
            part=part.id,
            stream=output.stream,
            text=output.text,
            display=output.display,
            display_id=output.display_id,
            time=part.running or part.started,
        )
    if part.outcome is not None:
        time = part.started if part.ended is None else part.ended
        if not part.preliminary:
            ended = part.ended
            state = "denied" if state == "denied" else "error" if part.outcome == "error" else "done"
        yield o.SetResult(
            part=part.id,
            result=part.result,
            outcome=part.outcome,
            preliminary=part.preliminary,
            time=time,
            size=part.size,
        )
    if (state, ended) != (part.state, part.ended):
        yield o.SetToolState(part=part.id, state=part.state, time=part.ended or part.started)
