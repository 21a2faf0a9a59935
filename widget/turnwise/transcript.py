"""The truth about a conversation, in the kernel.

``Transcript.apply`` is the only code that changes one; it folds ops and decides nothing, calls no clock and mints no
ids. ``snapshot`` is the shortest list of ops that folds to the same transcript. ``js/src/transcript.ts`` is the same
fold for the page.

Knows ``documents``, ``ops``, ``request``, ``runs`` and ``snapshot``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from . import ops as o
from .request import Request
from .runs import ENDED, Approval, DataPart, FilePart, Lane, Output, Run, SourcePart, TextPart, ToolPart, Turn
from .snapshot import run_ops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from .documents import Documents
    from .runs import Part
    from .values import Json


class Transcript:
    """The whole conversation. Read it; only ``apply`` writes."""

    __slots__ = ("_parts", "_runs", "_turns", "runs")

    def __init__(self, ops: Iterable[o.Op] = ()) -> None:
        self.runs: list[Run] = []
        self._runs: dict[str, Run] = {}
        self._turns: dict[str, Turn] = {}
        self._parts: dict[str, Part] = {}
        self.extend(ops)

    def extend(self, ops: Iterable[o.Op]) -> None:
        """Apply each of ``ops`` in order."""
        for op in ops:
            _FOLD[type(op)](self, op)

    def apply(self, op: o.Op) -> None:
        """Do what ``op`` says. Raises ``KeyError`` for an id that was never opened: then the ops are at fault."""
        _FOLD[type(op)](self, op)

    def before(self, run_id: str) -> Transcript:
        """The ended runs that came before this one, as a transcript of their own (the runs are shared, not copied)."""
        view = Transcript()
        for run in self.runs:
            if run.id == run_id:
                break
            if run.ended is not None and run.status != "dropped":
                view._adopt(run)
        return view

    def _adopt(self, run: Run) -> None:
        self.runs.append(run)
        self._runs[run.id] = run
        for turn in run.turns:
            self._turns[turn.id] = turn
            for part in turn.parts:
                self._parts[part.id] = part

    def run(self, id: str) -> Run:
        """The run with this id; ``KeyError`` if there is none."""
        return self._runs[id]

    def turn(self, id: str) -> Turn:
        """The turn with this id; ``KeyError`` if there is none."""
        return self._turns[id]

    def part(self, id: str) -> Part:
        """The part with this id; ``KeyError`` if there is none."""
        return self._parts[id]

    def find_turn(self, id: str) -> Turn | None:
        """The turn with this id, if there is one."""
        return self._turns.get(id)

    def find_part(self, id: str) -> Part | None:
        """The part with this id, if there is one."""
        return self._parts.get(id)

    def __repr__(self) -> str:
        return f"Transcript({self.runs!r})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {"runs": [run.to_dict() for run in self.runs]}

    def snapshot(self) -> list[o.Op]:
        """The shortest list of ops that folds to this transcript."""
        return [op for run in self.runs for op in run_ops(run)]

    def to_html(
        self, path: str | Path, *, title: str = "", secrets: Iterable[str] | Literal[False] = ()
    ) -> None:
        """Write one HTML file that shows the conversation as a notebook does, anywhere and without network."""
        from .documents import written

        written(self._documents(title, secrets).html(), path)

    def to_markdown(
        self, path: str | Path | None = None, *, title: str = "", secrets: Iterable[str] | Literal[False] = ()
    ) -> str:
        """The conversation as Markdown, every turn with its steps; also written to ``path``, if there is one."""
        from .documents import written

        return written(self._documents(title, secrets).markdown(), path)

    def to_ipynb(
        self, path: str | Path, *, title: str = "", secrets: Iterable[str] | Literal[False] = ()
    ) -> None:
        """Write a notebook: prompts and answers as text, tool calls as cells with their outputs."""
        from .documents import written

        written(self._documents(title, secrets).ipynb(), path)

    def to_json(self, path: str | Path | None = None, *, secrets: Iterable[str] | Literal[False] = ()) -> str:
        """All of it as JSON, for programs; also written to ``path``, if there is one."""
        from .documents import written

        return written(self._documents("", secrets).json(), path)

    def _documents(self, title: str, secrets: Iterable[str] | Literal[False]) -> Documents:
        from .documents import Documents, scrubber_of

        return Documents(self, scrubber_of(secrets), {"title": title})

    # The fold: one short method per op, in the order of ops.py.

    def _add_run(self, op: o.AddRun) -> None:
        run = Run(op)
        self.runs.append(run)
        self._runs[run.id] = run

    def _start_run(self, op: o.StartRun) -> None:
        run = self._runs[op.run]
        run.status = "running"
        run.started = op.time

    def _end_run(self, op: o.EndRun) -> None:
        run = self._runs[op.run]
        run.status = op.status
        run.error = op.error
        run.ended = op.time

    def _open_lane(self, op: o.OpenLane) -> None:
        self._runs[op.run].lanes.append(Lane(op))

    def _open_turn(self, op: o.OpenTurn) -> None:
        turn = Turn(op)
        self._runs[op.run].turns.append(turn)
        self._turns[turn.id] = turn

    def _describe_turn(self, op: o.DescribeTurn) -> None:
        turn = self._turns[op.turn]
        turn.agent = op.agent
        turn.model = op.model

    def _set_request(self, op: o.SetRequest) -> None:
        since = op.facts.since
        self._turns[op.turn].request = Request(op, None if since is None else self._turns[since].request)

    def _reset_turn(self, op: o.ResetTurn) -> None:
        turn = self._turns[op.turn]
        for part in turn.parts:
            del self._parts[part.id]
        turn.parts.clear()
        turn.attempt = op.attempt
        turn.status = "streaming"
        turn.finish_reason = turn.native_finish_reason = None
        turn.replied = turn.ended = None
        run = self._runs[turn.run_id]
        run.notices = [n for n in run.notices if n.turn != turn.id]

    def _end_reply(self, op: o.EndReply) -> None:
        turn = self._turns[op.turn]
        turn.finish_reason = op.finish_reason
        turn.native_finish_reason = op.native_finish_reason
        turn.replied = op.time

    def _set_usage(self, op: o.SetUsage) -> None:
        self._turns[op.turn].usage = op.usage

    def _close_turn(self, op: o.CloseTurn) -> None:
        turn = self._turns[op.turn]
        turn.status = op.status
        turn.ended = op.time

    def _open_part(self, op: o.OpenPart) -> None:
        self._add(op.turn, TextPart(op.part, op.kind, op.time))

    def _open_tool(self, op: o.OpenTool) -> None:
        self._add(op.turn, ToolPart(op.part, op.name, op.call_id, op.time))

    def _describe_tool(self, op: o.DescribeTool) -> None:
        part = self._tool(op.part)
        part.name = op.name
        part.call_id = op.call_id

    def _append(self, op: o.Append) -> None:
        self._written(op.part)._pieces.append(op.text)

    def _replace(self, op: o.Replace) -> None:
        self._written(op.part)._pieces[:] = [op.text]

    def _close_part(self, op: o.ClosePart) -> None:
        part = self._written(op.part)
        if isinstance(part, ToolPart):
            raise KeyError(f"{op.part!r} is a tool step, not a block of text")
        part.open = False
        part.ended = op.time
        _compact(part)

    def _set_arguments(self, op: o.SetArguments) -> None:
        part = self._tool(op.part)
        _compact(part)
        part.arguments = op.arguments
        part.arguments_invalid = op.invalid
        part.ready = op.time
        if part.state == "streaming":
            part.state = "ready"

    def _set_native(self, op: o.SetNative) -> None:
        self._written(op.part).native = op.native

    def _request_approval(self, op: o.RequestApproval) -> None:
        part = self._tool(op.part)
        part.approval = Approval(op)
        part.state = "approval"
        part.ended = None

    def _resolve_approval(self, op: o.ResolveApproval) -> None:
        part = self._tool(op.part)
        if part.approval is None:
            raise KeyError(f"{op.part!r} was not asked about")
        part.approval.decision = op.decision
        part.approval.reason = op.reason
        part.approval.edited = op.edited
        part.approval.answered = op.time
        if part.state == "approval":
            part.state = "denied" if op.decision == "denied" else "ready"
            part.ended = op.time if op.decision == "denied" else None

    def _set_tool_state(self, op: o.SetToolState) -> None:
        part = self._tool(op.part)
        part.state = op.state
        part.ended = op.time if op.state in ENDED else None
        if op.state == "running":
            part.running = op.time

    def _set_result(self, op: o.SetResult) -> None:
        part = self._tool(op.part)
        part.result = op.result
        part.outcome = op.outcome
        part.preliminary = op.preliminary
        part.size = op.size
        if op.preliminary:
            return
        if part.state != "denied":
            part.state = "error" if op.outcome == "error" else "done"
        part.ended = op.time

    def _add_output(self, op: o.AddOutput) -> None:
        outputs = self._tool(op.part).outputs
        if op.clear:
            outputs.clear()
        if op.display is None:
            if outputs and outputs[-1].stream == op.stream:
                outputs[-1]._pieces.append(op.text)
            elif op.text:
                outputs.append(Output(op))
            return
        named = [] if op.display_id is None else [each.display_id for each in outputs]
        if op.display_id in named:
            outputs[named.index(op.display_id)] = Output(op)
        else:
            outputs.append(Output(op))

    def _add_source(self, op: o.AddSource) -> None:
        self._add(op.turn, SourcePart(op))

    def _add_file(self, op: o.AddFile) -> None:
        self._add(op.turn, FilePart(op))

    def _set_data(self, op: o.SetData) -> None:
        known = self._parts.get(op.part)
        if isinstance(known, DataPart):
            known.name = op.name
            known.value = op.value
        else:
            self._add(op.turn, DataPart(op))

    def _set_notice(self, op: o.SetNotice) -> None:
        notices = self._runs[op.run].notices
        for i, old in enumerate(notices):
            if (old.turn, old.code) == (op.turn, op.code):
                notices[i] = op
                return
        notices.append(op)

    def _add(self, turn: str, part: Part) -> None:
        self._turns[turn].parts.append(part)
        self._parts[part.id] = part

    def _written(self, id: str) -> TextPart | ToolPart:
        part = self._parts[id]
        if not isinstance(part, (TextPart, ToolPart)):
            raise KeyError(f"{id!r} has no text")
        return part

    def _tool(self, id: str) -> ToolPart:
        part = self._parts[id]
        if not isinstance(part, ToolPart):
            raise KeyError(f"{id!r} is no tool step")
        return part


def _compact(part: TextPart | ToolPart) -> None:
    """No more text will come: pieces take many times the room. Readers, on other threads, must not do this."""
    part._pieces[:] = ["".join(part._pieces)]


_FOLD: dict[type[object], Callable[[Transcript, o.Op], None]] = {
    o.AddRun: Transcript._add_run,
    o.StartRun: Transcript._start_run,
    o.EndRun: Transcript._end_run,
    o.OpenLane: Transcript._open_lane,
    o.OpenTurn: Transcript._open_turn,
    o.DescribeTurn: Transcript._describe_turn,
    o.SetRequest: Transcript._set_request,
    o.ResetTurn: Transcript._reset_turn,
    o.EndReply: Transcript._end_reply,
    o.SetUsage: Transcript._set_usage,
    o.CloseTurn: Transcript._close_turn,
    o.OpenPart: Transcript._open_part,
    o.OpenTool: Transcript._open_tool,
    o.DescribeTool: Transcript._describe_tool,
    o.Append: Transcript._append,
    o.Replace: Transcript._replace,
    o.ClosePart: Transcript._close_part,
    o.SetArguments: Transcript._set_arguments,
    o.SetNative: Transcript._set_native,
    o.RequestApproval: Transcript._request_approval,
    o.ResolveApproval: Transcript._resolve_approval,
    o.SetToolState: Transcript._set_tool_state,
    o.SetResult: Transcript._set_result,
    o.AddOutput: Transcript._add_output,
    o.AddSource: Transcript._add_source,
    o.AddFile: Transcript._add_file,
    o.SetData: Transcript._set_data,
    o.SetNotice: Transcript._set_notice,
}  # type: ignore[assignment]  # each method takes just the op that it is filed under
