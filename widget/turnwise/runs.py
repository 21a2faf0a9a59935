"""What a conversation is made of: runs, their turns, their parts.

Read them; only ``transcript`` writes them. What is derived ("final", totals) is a property, never stored.

Knows ``ops``, ``request`` and ``values``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Literal, TypeAlias

from .values import MAIN_LANE, Usage

if TYPE_CHECKING:
    from . import ops as o
    from .plot import Plot
    from .request import Request
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
        return "".join(self._pieces)

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
        return "".join(self._pieces)

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
        return "".join(self._pieces)

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
        """What it says: blocks of text are paragraphs if a step, reasoning or a file stands between them.

        A source does not part them, as it may stand within a sentence.
        """
        paragraphs = [""]
        for part in self.parts:
            if isinstance(part, TextPart) and part.kind == "text":
                paragraphs[-1] += part.text
            elif not isinstance(part, (SourcePart, DataPart)):
                paragraphs.append("")
        return "\n\n".join(filter(None, paragraphs))

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

        A lane under a tool step is part of that step, so it has none, nor has one that this one handed to; of lanes
        that handed the run to one another (and maybe back), only the one that was last at work has.
        """
        last: dict[str, Turn] = {}
        for turn in self.turns:
            if not turn.auxiliary:
                last[turn.lane] = turn
        lanes = {lane.id: lane for lane in self.lanes}
        over: set[str] = set()
        for id, turn in last.items():
            lane = lanes.get(id)
            for _ in lanes:  # no more often than there are: those of a file may go round in a circle
                if lane is None:
                    break
                if lane.parent is not None:
                    over.add(id)
                before = last.get(lane.handed_from or "")
                if before is not None:
                    over.add(before.lane if before.number < turn.number else id)
                lane = lanes.get(lane.handed_from or "")
        ends = [turn for turn in self.turns if last.get(turn.lane) is turn]
        return [turn for turn in ends if turn.lane not in over] or ends

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


def _fields(value: Usage | Failure | RequestFacts) -> dict[str, Json]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _short(text: str, limit: int = 40) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
