"""Tells ops as events, with the context that an op leaves to the transcript: turn numbers and ids on each. Sans-IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from . import ops as o
from .runs import TextPart, ToolPart
from .stream_event import StreamEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .stream_event import StreamType
    from .transcript import Transcript


class Reader:
    """Folds ops into ``transcript`` and tells each as an event, with the numbers and ids of where it belongs.

    ``clock`` gives the time of what an op tells no time of.
    """

    def __init__(self, transcript: Transcript, clock: Callable[[], float]) -> None:
        self._transcript = transcript
        self._clock = clock

    def read(self, ops: Iterable[o.Op]) -> list[StreamEvent]:
        """Apply ``ops`` and return what there is to tell."""
        out: list[StreamEvent] = []
        for op in ops:
            self._transcript.apply(op)
            event = self._tell(op)
            if event is not None:
                out.append(event)
        return out

    def _tell(self, op: o.Op) -> StreamEvent | None:
        match op:
            case o.Append() | o.Replace() | o.ClosePart():
                return self._written(op)
            case o.AddRun():
                return None
            case o.StartRun():
                prompt = self._transcript.run(op.run).prompt
                return self._of_run("run_start", op.run, op.time, prompt=prompt)
            case o.EndRun():
                run = self._transcript.run(op.run)
                return self._of_run(
                    "run_finish",
                    op.run,
                    op.time,
                    status=op.status,
                    error=op.error,
                    usage=run.usage,
                    text=run.final_text,
                )
            case o.OpenLane():
                return self._of_run(
                    "lane_start",
                    op.run,
                    op.time,
                    lane=op.lane,
                    agent=op.agent,
                    parent_id=op.parent,
                    handed_from=op.handed_from,
                )
            case o.OpenTurn():
                return self._of_turn(
                    "turn_start", op.turn, op.time, agent=op.agent, model=op.model, attempt=op.attempt
                )
            case o.DescribeTurn():
                return self._of_turn("turn_info", op.turn, None, agent=op.agent, model=op.model)
            case o.SetRequest():
                request = self._transcript.turn(op.turn).request
                return self._of_turn("model_request", op.turn, None, request=request)
            case o.ResetTurn():
                return self._of_turn("turn_retry", op.turn, op.time, attempt=op.attempt)
            case o.EndReply():
                return self._of_turn(
                    "reply_end",
                    op.turn,
                    op.time,
                    finish_reason=op.finish_reason,
                    native_finish_reason=op.native_finish_reason,
                )
            case o.SetUsage():
                return self._of_turn("usage", op.turn, None, usage=op.usage)
            case o.CloseTurn():
                turn = self._transcript.turn(op.turn)
                return self._of_turn(
                    "turn_finish",
                    op.turn,
                    op.time,
                    status=op.status,
                    finish_reason=turn.finish_reason,
                    usage=turn.usage,
                )
            case o.OpenPart():
                kind: StreamType = "text_start" if op.kind == "text" else "reasoning_start"
                return self._of_turn(kind, op.turn, op.time, part_id=op.part)
            case o.AddSource():
                return self._of_turn(
                    "source", op.turn, op.time, part_id=op.part, url=op.url, title=op.title, text=op.snippet
                )
            case o.AddFile():
                return self._of_turn(
                    "file",
                    op.turn,
                    op.time,
                    part_id=op.part,
                    name=op.name,
                    media_type=op.media_type,
                    url=op.url,
                    data=op.data,
                    value=op.native,
                )
            case o.SetData():
                return self._of_turn("data", op.turn, op.time, part_id=op.part, name=op.name, value=op.value)
            case o.SetNotice():
                said: dict[str, Any] = {"code": op.code, "message": op.message, "count": op.count}
                if op.turn is not None:
                    return self._of_turn("notice", op.turn, None, **said)
                return self._of_run("notice", op.run, self._clock(), **said)
            case o.SetNative():
                return self._of_part("native", op.part, None, value=op.native)
            case _:
                return self._of_tool(op)

    def _written(self, op: o.Append | o.Replace | o.ClosePart) -> StreamEvent:
        part = self._transcript.part(op.part)
        kind = part.kind if isinstance(part, TextPart) else "tool_call"
        match op:
            case o.Append():
                what, text, at = "delta", op.text, None
            case o.Replace():
                what, text, at = "replace", op.text, None
            case o.ClosePart():
                what, text, at = "end", part.text if isinstance(part, TextPart) else None, op.time
        return self._of_part(_WRITTEN[kind, what], op.part, at, text=text)

    def _of_tool(self, op: _ToolOp) -> StreamEvent:
        part = self._transcript.part(op.part)
        assert isinstance(part, ToolPart)
        who: dict[str, Any] = {"name": part.name, "call_id": part.call_id}
        match op:
            case o.OpenTool():
                return self._of_part("tool_call_start", op.part, op.time, **who)
            case o.DescribeTool():
                return self._of_part("tool_call_info", op.part, None, **who)
            case o.SetArguments():
                return self._of_part(
                    "tool_call", op.part, op.time, **who, arguments=op.arguments, invalid=op.invalid
                )
            case o.RequestApproval():
                return self._of_part(
                    "approval_request",
                    op.part,
                    op.time,
                    **who,
                    arguments=part.arguments,
                    message=op.message,
                    editable=op.editable,
                )
            case o.ResolveApproval():
                return self._of_part(
                    "approval_response",
                    op.part,
                    op.time,
                    **who,
                    decision=op.decision,
                    reason=op.reason,
                    arguments=op.edited,
                )
            case o.SetToolState():
                kind: StreamType = "tool_start" if op.state == "running" else "tool_state"
                return self._of_part(kind, op.part, op.time, **who, state=op.state)
            case o.AddOutput():
                return self._of_part(
                    "tool_output",
                    op.part,
                    op.time,
                    **who,
                    stream=op.stream,
                    text=op.text or None,
                    value=op.display,
                    display_id=op.display_id,
                    clear=op.clear or None,
                )
            case o.SetResult():
                return self._of_part(
                    "tool_result",
                    op.part,
                    op.time,
                    **who,
                    result=op.result,
                    outcome=op.outcome,
                    preliminary=op.preliminary or None,
                )

    def _of_run(self, type: StreamType, run: str, at: float, **payload: Any) -> StreamEvent:
        lane = payload.pop("lane", None)
        return StreamEvent(type=type, run_id=run, turn=None, turn_id=None, lane=lane, time=at, **payload)

    def _of_turn(self, type: StreamType, id: str, at: float | None, **payload: Any) -> StreamEvent:
        turn = self._transcript.turn(id)
        return StreamEvent(
            type=type,
            run_id=turn.run_id,
            turn=turn.number,
            turn_id=turn.id,
            lane=turn.lane,
            time=self._clock() if at is None else at,
            **payload,
        )

    def _of_part(self, type: StreamType, part: str, at: float | None, **payload: Any) -> StreamEvent:
        # A part's id is its turn's and a number.
        return self._of_turn(type, part.rpartition(".")[0], at, part_id=part, **payload)


_ToolOp: TypeAlias = (
    o.OpenTool
    | o.DescribeTool
    | o.SetArguments
    | o.RequestApproval
    | o.ResolveApproval
    | o.SetToolState
    | o.SetResult
    | o.AddOutput
)
_WRITTEN: dict[tuple[str, str], StreamType] = {
    ("text", "delta"): "text_delta",
    ("text", "replace"): "text_replace",
    ("text", "end"): "text_end",
    ("reasoning", "delta"): "reasoning_delta",
    ("reasoning", "replace"): "reasoning_replace",
    ("reasoning", "end"): "reasoning_end",
    ("tool_call", "delta"): "tool_call_delta",
    ("tool_call", "replace"): "tool_call_replace",
}
