"""The filter behind ``final_turn_only``: of the events of a run those that a reader of its answer wants. Sans-IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .runs import TextPart
from .stream_event import StreamEvent

if TYPE_CHECKING:
    from .runs import Run, Turn


class FinalTurn:
    """Lets only the final turn's text pass; which turn that is, the ``run``'s structure says at its end.

    Text of a turn under a tool step, or of an agent that handed over, is never final.
    """

    def __init__(self, mode: Literal["live", "buffered"], run: Run) -> None:
        self._live = mode == "live"
        self._run = run
        self._showing: dict[str, str] = {}
        """By lane: the turn whose text is being shown."""
        self._held: set[str] = set()
        """Turns of which text was held or taken back: if one turns out to be final, all of it comes at the end."""
        self._inner: set[str] = set()
        """Lanes that cannot end the run."""

    def feed(self, event: StreamEvent) -> list[StreamEvent]:
        """What of ``event`` may pass, and what it makes known."""
        match event.type:
            case "text_start" | "text_delta" | "text_replace" | "text_end":
                if self._passes(event):
                    return [event]
                self._held.add(event.turn_id or "")
                return []
            case "lane_start":
                if event.parent_id is not None and event.lane is not None:
                    self._inner.add(event.lane)
                if event.handed_from is None:
                    return [event]
                self._inner.add(event.handed_from)
                return [*self._retract(event, event.handed_from), event]
            case "turn_start" if event.lane is not None:
                return [*self._retract(event, event.lane), event]
            case "tool_call_start" if event.lane is not None and self._shows(event):
                return [*self._retract(event, event.lane), event]
            case "turn_retry" if event.lane is not None:
                if self._shows(event):
                    del self._showing[event.lane]  # the event itself says to forget it
                self._held.discard(event.turn_id or "")
                return [event]
            case "run_finish":
                return [*self._rest(event), event]
            case _:
                return [event]

    def _passes(self, event: StreamEvent) -> bool:
        lane, turn_id = event.lane, event.turn_id
        if not self._live or lane is None or turn_id is None or lane in self._inner:
            return False
        may_begin = lane not in self._showing and turn_id not in self._held and not self._called(turn_id)
        if event.type == "text_start" and may_begin:
            self._showing[lane] = turn_id
        return self._shows(event)

    def _shows(self, event: StreamEvent) -> bool:
        """Whether it is the text of the event's own turn that is being shown in its lane."""
        return event.turn_id is not None and self._showing.get(event.lane or "") == event.turn_id

    def _called(self, turn_id: str) -> bool:
        """Whether the turn has made a tool call before its text."""
        return any(turn.tools for turn in self._run.turns if turn.id == turn_id)

    def _retract(self, event: StreamEvent, lane: str) -> list[StreamEvent]:
        turn_id = self._showing.pop(lane, None)
        if turn_id is None:
            return []
        self._held.add(turn_id)
        number = next((turn.number for turn in self._run.turns if turn.id == turn_id), None)
        return [
            StreamEvent(
                type="text_retract",
                run_id=event.run_id,
                turn=number,
                turn_id=turn_id,
                lane=lane,
                time=event.time,
            )
        ]

    def _rest(self, event: StreamEvent) -> list[StreamEvent]:
        """The final text that was held back or taken back; and the end of what was shown but is not final."""
        finals = self._run.final_turns
        out: list[StreamEvent] = []
        for lane, turn_id in [*self._showing.items()]:
            if all(turn.id != turn_id for turn in finals):
                out += self._retract(event, lane)
        shown = set(self._showing.values())
        for turn in finals:
            if turn.id not in shown:
                out += _whole_text(turn, event)
        return out


def _whole_text(turn: Turn, event: StreamEvent) -> list[StreamEvent]:
    return [
        StreamEvent(
            type="text",
            run_id=event.run_id,
            turn=turn.number,
            turn_id=turn.id,
            lane=turn.lane,
            time=event.time,
            part_id=part.id,
            text=part.text,
        )
        for part in turn.parts
        if isinstance(part, TextPart) and part.kind == "text" and part.text
    ]
