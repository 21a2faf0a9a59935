"""The truth about a conversation, in the kernel: runs, their turns, their parts.

``Transcript.apply`` is the only code that changes one; it folds ops and decides nothing, calls no clock and mints no
ids. ``snapshot`` is the shortest list of ops that folds to the same transcript. What is derived ("final", totals) is
a property, never stored. ``js/src/transcript.ts`` is the same fold for the page.

Knows ``ops``, ``request`` and ``values``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Literal, TypeAlias

from . import ops as o
from .request import Request
from .values import MAIN_LANE, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .documents import Documents
    from .plot import Plot
    from .values import (
        Decision,
        Failure,
        FinishReason,
        Json,
        Outcome,
        OutputStream,
        PartKind,
        RequestFacts,
        RunStatus,
        ToolState,
        TurnStatus,
    )

ENDED: frozenset[ToolState] = frozenset(
    {"done", "error", "denied", "invalid", "skipped", "cancelled", "unanswered"}
)
"""The states in which a tool step has come to an end."""


class TextPart:
    """A block of text or reasoning. Text is kept as pieces and joined when it is read: appending stays constant."""

    __slots__ = ("_pieces", "ended", "id", "kind", "native", "open", "started")

    def __init__(self, id: str, kind: PartKind, started: float) -> None:
        self.id = id
        self.kind: PartKind = kind
        self.open = True
        self.native: Json = None
        """What the provider wants back with this block: a signature, an encrypted item."""
        self.started = started
        self.ended: float | None = None
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """The text so far."""
        return _joined(self._pieces)

    def __repr__(self) -> str:
        return f"TextPart({self.kind}, {_short(self.text)})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "kind": self.kind,
            "text": self.text,
            "open": self.open,
            "native": self.native,
            "started": self.started,
            "ended": self.ended,
        }


class Approval:
    """What a person was asked about a tool call, and what they said."""

    __slots__ = ("answered", "asked", "decision", "editable", "edited", "message", "reason")

    def __init__(self, op: o.RequestApproval) -> None:
        self.message = op.message
        self.editable = op.editable
        """Whether the call may run with other arguments."""
        self.asked = op.time
        self.decision: Decision | None = None
        self.reason: str | None = None
        self.edited: Json = None
        """The arguments that the tool runs with, if they were changed."""
        self.answered: float | None = None

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "message": self.message,
            "editable": self.editable,
            "asked": self.asked,
            "decision": self.decision,
            "reason": self.reason,
            "edited": self.edited,
            "answered": self.answered,
        }


class Output:
    """Something that a tool printed or displayed while it ran."""

    __slots__ = ("_pieces", "display", "display_id", "stream")

    def __init__(self, op: o.AddOutput) -> None:
        self.stream: OutputStream = op.stream
        self.display = op.display
        """``{"mimebundle": {media type: data}}``; ``None`` for what was printed."""
        self.display_id = op.display_id
        self._pieces = [op.text]

    @property
    def text(self) -> str:
        """What was printed, with its control characters; ``""`` for what was displayed."""
        return _joined(self._pieces)

    def __repr__(self) -> str:
        return f"Output({self.stream}, {_short(self.text)})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "stream": self.stream,
            "text": self.text,
            "display": self.display,
            "display_id": self.display_id,
        }


class ToolPart:
    """One tool call and what came of it: the step that the page shows."""

    __slots__ = (
        "_pieces",
        "approval",
        "arguments",
        "arguments_invalid",
        "call_id",
        "ended",
        "id",
        "name",
        "native",
        "outcome",
        "outputs",
        "preliminary",
        "ready",
        "result",
        "running",
        "size",
        "started",
        "state",
    )

    kind: Literal["tool"] = "tool"

    def __init__(self, id: str, name: str, call_id: str | None, started: float) -> None:
        self.id = id
        self.name = name
        self.call_id = call_id
        """The source's id of the call: may be missing, and is not unique."""
        self.arguments: Json = None
        """Decoded, once they are final; ``None`` until then and when they are not valid JSON."""
        self.arguments_invalid: str | None = None
        self.native: Json = None
        """What the provider wants back with this call, such as a thought's signature."""
        self.state: ToolState = "streaming"
        self.approval: Approval | None = None
        self.result: Json = None
        self.outcome: Outcome | None = None
        self.preliminary = False
        """The result is progress or a placeholder; the real one is to come."""
        self.size: int | None = None
        """Characters of the whole result, in a replica that has only its beginning and end."""
        self.outputs: list[Output] = []
        """What the tool printed and displayed, in order."""
        self.started = started
        self.ready: float | None = None
        """When the arguments were final."""
        self.running: float | None = None
        """When the tool began, where the source says so."""
        self.ended: float | None = None
        self._pieces: list[str] = []

    @property
    def arguments_text(self) -> str:
        """The arguments as the model wrote them."""
        return _joined(self._pieces)

    def __repr__(self) -> str:
        return f"ToolPart({self.name}({_short(self.arguments_text)}), {self.state})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "call_id": self.call_id,
            "arguments_text": self.arguments_text,
            "arguments": self.arguments,
            "arguments_invalid": self.arguments_invalid,
            "native": self.native,
            "state": self.state,
            "approval": None if self.approval is None else self.approval.to_dict(),
            "result": self.result,
            "outcome": self.outcome,
            "preliminary": self.preliminary,
            "size": self.size,
            "outputs": [output.to_dict() for output in self.outputs],
            "started": self.started,
            "ready": self.ready,
            "running": self.running,
            "ended": self.ended,
        }


class SourcePart:
    """Something that the answer rests on."""

    __slots__ = ("id", "snippet", "started", "title", "url")

    kind: Literal["source"] = "source"

    def __init__(self, op: o.AddSource) -> None:
        self.id = op.part
        self.url = op.url
        self.title = op.title
        self.snippet = op.snippet
        self.started = op.time

    def __repr__(self) -> str:
        return f"SourcePart({self.url or self.title})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "kind": self.kind,
            "url": self.url,
            "title": self.title,
            "snippet": self.snippet,
            "started": self.started,
        }


class FilePart:
    """A file or image that the agent made: elsewhere (``url``), or as base64 (``data``)."""

    __slots__ = ("data", "id", "media_type", "name", "native", "started", "url")

    kind: Literal["file"] = "file"

    def __init__(self, op: o.AddFile) -> None:
        self.id = op.part
        self.name = op.name
        self.media_type = op.media_type
        self.url = op.url
        self.data = op.data
        self.native = op.native
        self.started = op.time

    def __repr__(self) -> str:
        return f"FilePart({self.name or self.media_type})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "media_type": self.media_type,
            "url": self.url,
            "data": self.data,
            "native": self.native,
            "started": self.started,
        }


class DataPart:
    """Data of the application's own, under a name that tells what it is."""

    __slots__ = ("id", "name", "started", "value")

    kind: Literal["data"] = "data"

    def __init__(self, op: o.SetData) -> None:
        self.id = op.part
        self.name = op.name
        self.value = op.value
        self.started = op.time

    def __repr__(self) -> str:
        return f"DataPart({self.name})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "value": self.value,
            "started": self.started,
        }


Part: TypeAlias = "TextPart | ToolPart | SourcePart | FilePart | DataPart"


class Lane:
    """One agent's path through a run, beside the main one."""

    __slots__ = ("agent", "handed_from", "id", "parent", "started")

    def __init__(self, op: o.OpenLane) -> None:
        self.id = op.lane
        self.agent = op.agent
        self.parent = op.parent
        """Id of the tool step that started it; ``None`` if it stands beside the others."""
        self.handed_from = op.handed_from
        """The lane that handed the run to it, if one did."""
        self.started = op.time

    def __repr__(self) -> str:
        return f"Lane({self.id}, {self.agent})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "agent": self.agent,
            "parent": self.parent,
            "handed_from": self.handed_from,
            "started": self.started,
        }


class Turn:
    """One model call and the results of the tools that it called."""

    __slots__ = (
        "agent",
        "attempt",
        "auxiliary",
        "ended",
        "finish_reason",
        "id",
        "lane",
        "model",
        "native_finish_reason",
        "number",
        "parts",
        "replied",
        "request",
        "run_id",
        "started",
        "status",
        "usage",
    )

    def __init__(self, op: o.OpenTurn) -> None:
        self.id = op.turn
        self.run_id = op.run
        self.number = op.number
        """1-based in its run."""
        self.lane = op.lane
        self.agent = op.agent
        self.model = op.model
        self.attempt = op.attempt
        self.auxiliary = op.auxiliary
        """The framework made the call for its own ends; it is never final."""
        self.status: TurnStatus = "streaming"
        self.finish_reason: FinishReason | None = None
        self.native_finish_reason: str | None = None
        self.usage: Usage | None = None
        self.request: Request | None = None
        """What the model was sent; ``None`` if the source does not tell."""
        self.parts: list[Part] = []
        """In the order in which they arrived."""
        self.started = op.time
        self.replied: float | None = None
        """When the model had said all; its tools come after."""
        self.ended: float | None = None

    @property
    def text(self) -> str:
        """The blocks of text, joined."""
        return "".join(p.text for p in self.parts if isinstance(p, TextPart) and p.kind == "text")

    @property
    def reasoning(self) -> str:
        """The blocks of reasoning, joined by blank lines."""
        blocks = [p.text for p in self.parts if isinstance(p, TextPart) and p.kind == "reasoning"]
        return "\n\n".join(filter(None, blocks))  # without text it is for the provider only

    @property
    def tools(self) -> list[ToolPart]:
        """The tool steps, in call order."""
        return [p for p in self.parts if isinstance(p, ToolPart)]

    def __repr__(self) -> str:
        return f"Turn({self.number}, {self.status}, {self.parts!r})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "number": self.number,
            "lane": self.lane,
            "agent": self.agent,
            "model": self.model,
            "attempt": self.attempt,
            "auxiliary": self.auxiliary,
            "status": self.status,
            "finish_reason": self.finish_reason,
            "native_finish_reason": self.native_finish_reason,
            "usage": None if self.usage is None else _fields(self.usage),
            "request": None if self.request is None else _fields(self.request.facts),
            "started": self.started,
            "replied": self.replied,
            "ended": self.ended,
            "parts": [part.to_dict() for part in self.parts],
        }


class Run:
    """What followed one user message."""

    __slots__ = (
        "added",
        "client_id",
        "ended",
        "error",
        "id",
        "lanes",
        "notices",
        "number",
        "prompt",
        "started",
        "status",
        "turns",
    )

    def __init__(self, op: o.AddRun) -> None:
        self.id = op.run
        self.number = op.number
        """1-based in the conversation."""
        self.prompt = op.prompt
        self.client_id = op.client_id
        self.status: RunStatus = "queued"
        self.error: Failure | None = None
        self.lanes: list[Lane] = []
        """The lanes beside the main one."""
        self.turns: list[Turn] = []
        self.notices: list[o.SetNotice] = []
        self.added = op.time
        self.started: float | None = None
        self.ended: float | None = None

    @property
    def final_turns(self) -> list[Turn]:
        """Of each lane the turn that no other follows: decided by structure, never by words or a stop reason.

        A lane under a tool step is part of that step, so it has none; nor has one that handed the run to another.
        """
        last: dict[str, Turn] = {}
        for turn in self.turns:
            if not turn.auxiliary:
                last[turn.lane] = turn
        inner = {lane.id for lane in self.lanes if lane.parent is not None}
        inner |= {lane.handed_from for lane in self.lanes if lane.handed_from is not None}
        ends = [turn for turn in self.turns if last.get(turn.lane) is turn]
        return [turn for turn in ends if turn.lane not in inner] or ends

    @property
    def final_text(self) -> str:
        """The text of the final turn (of the main lane, where there are several); ``""`` if it has none."""
        finals = self.final_turns
        main = [turn for turn in finals if turn.lane == MAIN_LANE]
        return "" if not finals else (main or finals)[-1].text

    @property
    def usage(self) -> Usage:
        """Tokens over all turns; counts that no turn knows stay ``None``."""
        return sum((turn.usage for turn in self.turns if turn.usage is not None), Usage())

    def plot(self) -> Plot:
        """Where its time went, as an SVG that a notebook shows: each turn and each tool in a row of bars.

        ``run.plot().save("run.svg")`` writes it to a file.
        """
        from .plot import plot

        return plot(self.to_dict())

    def __repr__(self) -> str:
        return f"Run({self.number}, {self.status}, {_short(self.prompt)}, turns={len(self.turns)})"

    def to_dict(self) -> dict[str, Json]:
        """As plain data; the page's replica dumps the same."""
        return {
            "id": self.id,
            "number": self.number,
            "prompt": self.prompt,
            "client_id": self.client_id,
            "status": self.status,
            "error": None if self.error is None else _fields(self.error),
            "added": self.added,
            "started": self.started,
            "ended": self.ended,
            "notices": [
                {"turn": n.turn, "code": n.code, "message": n.message, "count": n.count} for n in self.notices
            ],
            "lanes": [lane.to_dict() for lane in self.lanes],
            "turns": [turn.to_dict() for turn in self.turns],
        }


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

    def _set_arguments(self, op: o.SetArguments) -> None:
        part = self._tool(op.part)
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


def _joined(pieces: list[str]) -> str:
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""


def _fields(value: Usage | Failure | RequestFacts) -> dict[str, Json]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _short(text: str, limit: int = 40) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
