"""What an agent says beside its calls: text, reasoning, sources, files and data.

Knows ``turns`` and what that knows.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from . import events as e
from . import ops as o
from .jsonable import jsonable
from .parts import known_turn, lane_turn, maybe_whole, meant_turn
from .texts import next_piece, whole
from .turns import Turns

if TYPE_CHECKING:
    from .ledger import Block, OpenRun
    from .values import PartKind


class Content(Turns):
    """The rules for events of content, one method each."""

    def _delta(
        self, run: OpenRun, event: e.TextDelta | e.ReasoningDelta, now: float, out: list[o.Op]
    ) -> None:
        text = event.text
        if not text:
            return
        kind: PartKind = "text" if event.__class__ is e.TextDelta else "reasoning"
        key = event.key
        turn = lane_turn(run, event.lane)
        block = None if turn is None else turn.current
        going_on = key is None and event.turn is None and block is not None and block.kind == kind
        # Nearly every delta there is goes on.
        if turn is None or block is None or not going_on or turn.has_result:
            turn = self._content_turn(run, event, now, out)
            if turn is None:
                return
            block = turn.current if key is None else turn.keyed.get(f"{kind} {key}")
            if block is None or block.kind != kind or not block.open:
                block = self._open_block(run, turn, kind, key, now, out)
                if block is None:
                    return
        if block.held or not text.isascii():
            text, block.held = next_piece(block.held, text)
            if not text:
                return
        block.length += len(text)
        if block.length > self._limits.text:
            text = self._within(run, turn, block, text, self._limits.text, "text", out)
            if not text:
                return
        block.pieces.append(text)
        out.append(o.Append(part=block.id, text=text))

    def _text(self, run: OpenRun, event: e.Text, now: float, out: list[o.Op]) -> None:
        self._block(run, "text", event, now, out)

    def _reasoning(self, run: OpenRun, event: e.Reasoning, now: float, out: list[o.Op]) -> None:
        self._block(run, "reasoning", event, now, out)

    def _block(
        self, run: OpenRun, kind: PartKind, event: e.Text | e.Reasoning, now: float, out: list[o.Op]
    ) -> None:
        """A whole block: it takes the place of its deltas."""
        text = whole(event.text)
        turn = meant_turn(run, event)
        block: Block | None = None
        if turn is not None and not turn.abandoned:
            if event.key is not None:
                block = turn.keyed.get(f"{kind} {event.key}")
            elif turn.current is not None and turn.current.kind == kind:
                block = turn.current
        if block is None or turn is None:
            if not text and event.native is None:
                return
            turn = self._content_turn(run, event, now, out)
            block = None if turn is None else self._open_block(run, turn, kind, event.key, now, out)
        if block is None or turn is None:
            return
        if len(text) > self._limits.text:
            block.length = len(text)
            text = self._within(run, turn, block, text, self._limits.text, "text", out)
        if block.text + block.held != text:
            fresh = block.open and not block.pieces
            out.append(o.Append(part=block.id, text=text) if fresh else o.Replace(part=block.id, text=text))
        block.pieces = [text]
        block.length = len(text)
        block.held = ""
        if event.native is not None:
            out.append(o.SetNative(part=block.id, native=jsonable(event.native)))
        self._close_block(turn, block, now, out)

    def _final_text(self, run: OpenRun, event: e.FinalText, now: float, out: list[o.Op]) -> None:
        """Only what was not said: the result object of most frameworks repeats the last turn."""
        text = whole(event.text)
        lane = run.lanes.get(event.lane)
        turn = None if lane is None else lane.turn
        said = [] if lane is None else [lane.said]
        if turn is not None:
            said.append(turn.text)
        if not text.strip() or text.strip() in (s.strip() for s in said):
            return
        known = known_turn(run, event)
        if known is not None:
            turn = known
        elif turn is None or turn.closed or turn.calls or turn.text:
            turn = self._open_turn(run, event.lane, None, now, out)
        block = None if turn is None else self._open_block(run, turn, "text", None, now, out)
        if turn is not None and block is not None:
            block.pieces = [text[: self._limits.text]]
            out.append(o.Append(part=block.id, text=block.text))
            self._close_block(turn, block, now, out)

    def _source(self, run: OpenRun, event: e.Source, now: float, out: list[o.Op]) -> None:
        turn = self._content_turn(run, event, now, out)
        key = f"source {event.key or event.url or (event.title, event.snippet)}"
        if turn is None or key in turn.named:
            return
        part = self._new_part(run, turn, out)
        if part is not None:
            turn.named[key] = part
            out.append(
                o.AddSource(
                    turn=turn.id,
                    part=part,
                    url=maybe_whole(event.url),
                    title=maybe_whole(event.title),
                    snippet=maybe_whole(event.snippet),
                    time=now,
                )
            )

    def _file(self, run: OpenRun, event: e.File, now: float, out: list[o.Op]) -> None:
        turn = self._content_turn(run, event, now, out)
        key = None if event.key is None else f"file {event.key}"
        if turn is None or (key is not None and key in turn.named):
            return
        if turn.current is not None:
            self._close_block(turn, turn.current, now, out)  # what is said after it stands after it
        part = self._new_part(run, turn, out)
        if part is not None:
            if key is not None:
                turn.named[key] = part
            out.append(
                o.AddFile(
                    turn=turn.id,
                    part=part,
                    name=maybe_whole(event.name),
                    media_type=whole(event.media_type),
                    url=maybe_whole(event.url),
                    data=None if event.data is None else base64.b64encode(event.data).decode("ascii"),
                    native=None if event.native is None else jsonable(event.native),
                    time=now,
                )
            )

    def _data(self, run: OpenRun, event: e.Data, now: float, out: list[o.Op]) -> None:
        key = None if event.key is None else f"data {event.key}"
        known = meant_turn(run, event)
        part = None if known is None or key is None else known.named.get(key)
        turn = known
        if part is None:
            if (
                turn is None or turn.closed
            ):  # else it is of the turn, whose reply may be over: a tool may send it
                turn = self._content_turn(run, event, now, out)
            part = None if turn is None else self._new_part(run, turn, out)
        if turn is None or part is None:
            return
        if key is not None:
            turn.named[key] = part
        value = jsonable(event.value)
        out.append(o.SetData(turn=turn.id, part=part, name=whole(event.name), value=value, time=now))
