"""Steps of smolagents as turnwise events.

A turn is a step: the model's pieces, the calls, what they returned, and the ``ActionStep`` that closes it and has the
usage. What failed is told by the step alone. The answer is the argument of a tool, ``final_answer``: it is shown as the
text that it is, while it comes. Agents inside of tools say nothing; their memory tells, when they have returned.

Knows ``events`` and ``values``.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ... import events as e
from ...values import Usage
from ..native import fenced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...events import Event

ANSWER = "final_answer"
"""The tool with which an agent answers."""

_CODE = "python_interpreter"


@dataclass(slots=True)
class _Step:
    """One turn, as far as it has come."""

    turn: str
    text: list[str] = field(default_factory=list[str])
    calls: dict[int, str] = field(default_factory=dict[int, str])
    """Names of the calls that stream, by index."""
    open: dict[str, str] = field(default_factory=dict[str, str])
    """Names of the calls without a result, by id."""
    answer: list[str] = field(default_factory=list[str])
    """The arguments of ``final_answer``, in pieces."""
    answered: str = ""
    """What was shown of the answer."""


class Translator:
    """One run. Pure: it reads attributes by name, and tells the items apart by their class's name."""

    def __init__(self, lane: str | None = None) -> None:
        self._lane = lane
        self._turns = 0
        self._step: _Step | None = None
        self._closed: object = None
        self._final: str | None = None
        """The answer, once a step has given it."""

    @property
    def text(self) -> str:
        """Of the step that is under way."""
        return "" if self._step is None else "".join(self._step.text) + self._step.answered

    def feed(self, item: Any) -> list[Event]:
        """What one item of ``agent.run(stream=True)`` says."""
        match type(item).__name__:
            case "ChatMessageStreamDelta":
                return self._delta(item)
            case "ToolCall":
                return self._call(item)
            case "ToolOutput":
                return self._output(item)
            case "ActionOutput":
                return self._answer(item.output) if item.is_final_answer else []
            case "ActionStep":
                return self._end(item)
            case "PlanningStep":
                return self._planned(item)
            case "FinalAnswerStep":
                answer = _text(item.output)
                return [] if answer == self._final else [e.FinalText(answer, lane=self._lane)]
            case kind:
                return [e.Unknown(kind, payload=item, lane=self._lane)]

    def inside(self, call_id: str, agent: str, steps: Iterable[Any]) -> list[Event]:
        """What an agent did in a tool that has returned, under its call: the steps of its memory."""
        lane = f"{call_id}.{self._turns}"
        inner = Translator(lane)
        out: list[Event] = [e.LaneStart(lane, agent=agent, parent_call_id=call_id)]
        for step in steps:
            if type(step).__name__ in ("ActionStep", "PlanningStep"):
                out += inner.feed(step)
        return out

    def _open(self, out: list[Event]) -> _Step:
        """The turn, begun if none is under way."""
        if self._step is None:
            self._turns += 1
            self._step = _Step(str(self._turns))
            out.append(e.TurnStart(turn=self._step.turn, lane=self._lane))
        return self._step

    def _delta(self, delta: Any) -> list[Event]:
        out: list[Event] = []
        if not (delta.content or delta.tool_calls or delta.token_usage):
            return out
        step = self._open(out)
        if delta.content:
            step.text.append(delta.content)
            out.append(e.TextDelta(delta.content, turn=step.turn, lane=self._lane))
        for piece in delta.tool_calls or ():
            out += self._piece(step, piece)
        return out

    def _piece(self, step: _Step, piece: Any) -> list[Event]:
        name: str | None = piece.function.name or None
        if name is not None:
            step.calls.setdefault(piece.index, name)
        text: str = piece.function.arguments or ""
        if step.calls.get(piece.index) == ANSWER:
            step.answer.append(text)
            return self._answer_so_far(step)
        call_id: str | None = piece.id or None
        key = f"call{piece.index}"
        return [e.ToolCallDelta(text, name=name, call_id=call_id, key=key, turn=step.turn, lane=self._lane)]

    def _answer_so_far(self, step: _Step) -> list[Event]:
        answer = _so_far("".join(step.answer))
        more = answer.removeprefix(step.answered)
        if not more or not answer.startswith(step.answered):
            return []
        step.answered = answer
        return [e.TextDelta(more, key=ANSWER, turn=step.turn, lane=self._lane)]

    def _call(self, call: Any) -> list[Event]:
        out: list[Event] = []
        step = self._open(out)
        if call.name == ANSWER:
            return out
        step.open[call.id] = call.name
        arguments = {"code": call.arguments} if call.name == _CODE else call.arguments
        out.append(e.ToolCall(call.name, arguments, call_id=call.id, turn=step.turn, lane=self._lane))
        return out

    def _output(self, output: Any) -> list[Event]:
        if output.is_final_answer or self._step is None or output.id not in self._step.open:
            return []
        del self._step.open[output.id]
        return [e.ToolResult(output.output, call_id=output.id, lane=self._lane)]

    def _answer(self, output: Any) -> list[Event]:
        """The answer is there, whole: of a tool that streamed it, of one that did not, or out of a piece of code."""
        out: list[Event] = []
        step = self._open(out)
        text = self._final = _text(output)
        if step.answered or not step.open:
            step.answered = text
            out.append(e.Text(text, key=ANSWER, turn=step.turn, lane=self._lane))
        return out

    def _end(self, native: Any) -> list[Event]:
        """A step is over; at the limit of steps, and by some versions, it is said twice."""
        if native is self._closed or (self._step is None and _same(native, self._closed)):
            return []
        if native.model_output_message is None and native.error is None:
            return []  # the model was broken off: what went wrong is raised
        self._closed = native
        out: list[Event] = []
        step = self._open(out)
        said = native.model_output
        if isinstance(said, str) and said and not step.text:
            out.append(e.Text(said, turn=step.turn, lane=self._lane))
        for call in native.tool_calls or ():
            if self._lane is not None and call.name != ANSWER:
                out += self._call(call)
        out += self._left_open(step, native)
        if native.is_final_answer and not step.answered:
            answer = native.observations if native.action_output is None else native.action_output
            out.append(e.FinalText(_text(answer), turn=step.turn, lane=self._lane))
        self._step = None
        if (usage := _usage(native.token_usage)) is not None:
            out.append(e.TurnUsage(usage, turn=step.turn, lane=self._lane))
        out.append(e.TurnFinish(turn=step.turn, lane=self._lane))
        return out

    def _left_open(self, step: _Step, native: Any) -> list[Event]:
        """Calls that returned nothing: what the step observed is theirs, or what went wrong."""
        error = None if native.error is None else str(native.error)
        if error is not None and not step.open:
            return [e.Data("error", error, turn=step.turn, lane=self._lane)]
        return [
            e.ToolResult(
                native.observations if error is None else error,
                call_id=call_id,
                outcome="ok" if error is None else "error",
                lane=self._lane,
            )
            for call_id in step.open
            if error is not None or native.observations is not None
        ]

    def _planned(self, native: Any) -> list[Event]:
        out: list[Event] = []
        step = self._open(out)
        if not step.text:
            out.append(e.Text(native.plan, turn=step.turn, lane=self._lane))
        self._step = None
        if (usage := _usage(native.token_usage)) is not None:
            out.append(e.TurnUsage(usage, turn=step.turn, lane=self._lane))
        out.append(e.TurnFinish(turn=step.turn, lane=self._lane))
        return out


def _same(one: Any, other: Any) -> bool:
    """Whether both are the same step of the same run, told again."""
    return other is not None and (one.step_number, one.timing) == (other.step_number, other.timing)


def _usage(tokens: Any) -> Usage | None:
    if tokens is None:
        return None
    return Usage(input_tokens=tokens.input_tokens, output_tokens=tokens.output_tokens)


def _text(answer: object) -> str:
    return answer if isinstance(answer, str) else fenced(answer)


_STRING = re.compile(r'\s*\{\s*"answer"\s*:\s*"((?:[^"\\]|\\.)*)')


def _so_far(arguments: str) -> str:
    """The text in ``{"answer": "…"}`` as far as it has come; nothing of an answer that is no text."""
    found = _STRING.match(arguments)
    if found is None:
        return ""
    with suppress(ValueError):  # in the middle of an escape
        text: str = json.loads(f'"{found[1]}"', strict=False)
        return text[:-1] if "\ud800" <= text[-1:] <= "\udbff" else text  # half of a character
    return ""
