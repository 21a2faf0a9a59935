"""The events that make recorded ops again: what the agent must have said.

Knows ``events``, ``ops``, ``request`` and ``values``.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal, TypedDict

from .. import events as e
from .. import ops as o
from ..values import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..events import Event
    from ..request import Request
    from ..values import Failure, Json


class _Where(TypedDict):
    turn: str | None
    lane: str | None


class _Part(_Where):
    key: str


class _Tool(TypedDict):
    call_id: str
    name: str
    lane: str | None


class Player:
    """The events that make the ops of one run again.

    ``requests`` are what the models were sent, by turn: their ops have only what was new.
    ``play`` tells this play from others of the recording: the same call id twice in a conversation would be one call.
    """

    def __init__(self, ops: Sequence[o.Op], play: str, requests: Mapping[str, Request]) -> None:
        self._play = play
        self._requests = requests
        self._rejected = _rejected(ops)
        self._abandoned = {op.turn for op in ops if isinstance(op, o.CloseTurn) and op.status == "abandoned"}
        self._given_up: set[str] = set()
        self._replied: set[str] = set()
        self._added: set[str] = set()
        """Parts that came after their turn's reply had ended: what only the framework's result has."""
        self._usage: dict[str, Usage] = {}
        self._spent: dict[str, Usage] = {}
        """Of the attempts before this one, by turn."""
        self._told: dict[tuple[str | None, str], int] = {}
        self._lanes: dict[str, str | None] = {"main": None}
        self._turns: dict[str, str | None] = {}
        """Lane of each turn."""
        self._turn_of: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}

    def events(self, op: o.Op) -> Iterator[Event]:
        """What the recorded agent said to make ``op``, if it was the agent and not the assembler."""
        match op:
            case o.OpenLane():
                self._lanes[op.lane] = op.lane
                parent = None if op.parent is None else self._call(op.parent)
                handed = None if op.handed_from is None else self._lanes.get(op.handed_from) or ""
                yield e.LaneStart(op.lane, agent=op.agent, parent_call_id=parent, handed_from=handed)
            case o.OpenTurn():
                lane = self._turns[op.turn] = self._lanes.get(op.lane, op.lane)
                yield e.TurnStart(
                    turn=op.turn, lane=lane, agent=op.agent, model=op.model, auxiliary=op.auxiliary
                )
            case o.DescribeTurn():
                yield e.TurnStart(**self._where(op.turn), agent=op.agent, model=op.model)
            case o.SetRequest():
                sent = self._requests[op.turn]
                yield e.ModelRequest(
                    sent.messages,
                    system=sent.system,
                    tools=sent.tools,
                    settings=sent.settings,
                    model=sent.model,
                    exact=sent.exact,
                    **self._where(op.turn),
                )
            case o.ResetTurn():
                self._spent[op.turn] = self._usage.get(op.turn, Usage())
                self._replied.discard(op.turn)
                yield e.TurnRetry(**self._where(op.turn))
            case o.SetUsage():
                self._usage[op.turn] = op.usage
                yield e.TurnUsage(op.usage - self._spent.get(op.turn, Usage()), **self._where(op.turn))
            case o.EndReply():
                self._replied.add(op.turn)
                native = op.native_finish_reason
                yield e.TurnFinish(op.finish_reason, native=native, settled=True, **self._where(op.turn))
            case o.AddSource():
                yield e.Source(op.url, op.title, snippet=op.snippet, key=op.part, **self._where(op.turn))
            case o.AddFile():
                yield self._file(op)
            case o.SetData():
                yield e.Data(op.name, op.value, key=op.part, **self._where(op.turn))
            case o.SetNotice() if op.code.startswith("unknown:"):
                kind = op.code.removeprefix("unknown:")
                for _ in range(op.count - self._told.get((op.turn, op.code), 0)):
                    yield e.Unknown(kind) if op.turn is None else e.Unknown(kind, **self._where(op.turn))
                self._told[op.turn, op.code] = op.count
            case o.EndRun(status="cancelled" | "truncated" as status, error=error):
                raise _ending(status, error)
            case o.EndRun(error=error) if error is not None:
                yield e.Error(error.message, kind=error.kind, detail=error.detail)
            case _:
                yield from self._of_part(op)

    def _of_part(self, op: o.Op) -> Iterator[Event]:
        match op:
            case o.OpenPart():
                self._turn_of[op.part], self._kinds[op.part] = op.turn, op.kind
                if op.turn in self._replied:
                    self._added.add(op.part)
            case o.OpenTool():
                self._turn_of[op.part], self._kinds[op.part] = op.turn, "tool"
                self._names[op.part] = op.name
                yield e.ToolCallDelta("", name=op.name, **self._of(op.part), call_id=self._call(op.part))
            case o.DescribeTool() if op.name != self._names[op.part]:
                self._names[op.part] = op.name
                yield e.ToolCallRenamed(op.name, **self._of(op.part), call_id=self._call(op.part))
            case o.Append() if op.part in self._added:
                yield e.FinalText(op.text, **self._where(self._turn_of[op.part]))
            case o.Append():
                self._texts[op.part] = self._texts.get(op.part, "") + op.text
                yield self._delta(op)
            case o.Replace() if self._kinds[op.part] != "tool":
                self._texts[op.part] = op.text
                yield self._whole(op.part, None)
            case o.SetNative() if self._kinds[op.part] != "tool":
                yield self._whole(op.part, op.native)
            case o.SetNative():
                text = self._texts.get(op.part, "")
                yield self._tool_call(op.part, text, op.native)
            case o.SetArguments():
                text = self._texts.get(op.part, "")
                yield self._tool_call(op.part, text if op.invalid else op.arguments, None)
            case o.RequestApproval():
                yield e.ApprovalRequest(op.message, editable=op.editable, **self._tool(op.part))
            case o.ResolveApproval():
                yield e.ApprovalResponse(
                    op.decision, reason=op.reason, arguments=op.edited, **self._tool(op.part)
                )
            case o.SetToolState(state="running"):
                yield e.ToolStart(**self._tool(op.part))
            case o.AddOutput():
                shown = op.display.get("mimebundle") if isinstance(op.display, dict) else None
                yield e.ToolOutput(
                    op.text,
                    stream=op.stream,
                    display=shown,
                    display_id=op.display_id,
                    clear=op.clear,
                    **self._tool(op.part),
                )
            case o.SetResult() if (turn := self._turn_of[op.part]) in self._abandoned:
                # The invalid call is answered first, and the others with it.
                if turn not in self._given_up:
                    self._given_up.add(turn)
                    for part in [part for part in self._rejected if self._turn_of.get(part) == turn]:
                        yield self._reject(part)
                    yield e.TurnAbandoned(str(self._rejected.get(turn, op.result)), **self._where(turn))
            case o.SetResult() if op.part in self._rejected:
                yield self._reject(op.part)
            case o.SetResult():
                yield e.ToolResult(
                    op.result, outcome=op.outcome, preliminary=op.preliminary, **self._tool(op.part)
                )
            case _:
                pass

    def _reject(self, part: str) -> Event:
        return e.ToolCallRejected(str(self._rejected[part]), **self._of(part), call_id=self._call(part))

    def _delta(self, op: o.Append) -> Event:
        match self._kinds[op.part]:
            case "text":
                return e.TextDelta(op.text, **self._of(op.part))
            case "reasoning":
                return e.ReasoningDelta(op.text, **self._of(op.part))
            case _:
                return e.ToolCallDelta(op.text, **self._of(op.part), call_id=self._call(op.part))

    def _whole(self, part: str, native: object) -> Event:
        make = e.Text if self._kinds[part] == "text" else e.Reasoning
        return make(self._texts.get(part, ""), native=native, **self._of(part))

    def _tool_call(self, part: str, arguments: object, native: object) -> Event:
        return e.ToolCall(
            self._names[part], arguments, native=native, **self._of(part), call_id=self._call(part)
        )

    def _file(self, op: o.AddFile) -> Event:
        data = None if op.data is None else base64.b64decode(op.data)
        return e.File(
            data,
            url=op.url,
            media_type=op.media_type,
            name=op.name,
            native=op.native,
            key=op.part,
            **self._where(op.turn),
        )

    def _call(self, part: str) -> str:
        return f"{part}~{self._play}"

    def _where(self, turn: str) -> _Where:
        return {"turn": turn, "lane": self._turns[turn]}

    def _of(self, part: str) -> _Part:
        return {"key": part, **self._where(self._turn_of[part])}

    def _tool(self, part: str) -> _Tool:
        return {
            "call_id": self._call(part),
            "name": self._names[part],
            "lane": self._turns[self._turn_of[part]],
        }


def _rejected(ops: Sequence[o.Op]) -> dict[str, Json]:
    """Why calls were rejected, by part and by turn: they are invalid, also after they were answered."""
    results: dict[str, Json] = {}
    turns: dict[str, str] = {}
    out: dict[str, Json] = {}
    for op in ops:
        match op:
            case o.OpenTool():
                turns[op.part] = op.turn
            case o.SetResult():
                results[op.part] = op.result
            case o.SetToolState(state="invalid") if op.part in results:
                out[op.part] = out[turns[op.part]] = results[op.part]
            case _:
                pass
    return out


def _ending(status: Literal["cancelled", "truncated"], error: Failure | None) -> Exception:
    """What ends a stream that way; named as the recorded exception was."""
    kind = "Stopped" if error is None else error.kind
    return type(kind, (Exception,), {status: True})("" if error is None else error.message)
