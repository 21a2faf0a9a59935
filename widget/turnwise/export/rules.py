"""What holds for every format, so that none says it twice.

- Prompts that never ran, or still wait, are left out. The run that is under way is told as far as it has come.
- The conversation is the main lane, and the lanes that it was handed to; what sub-agents said under a tool step is
  part of that step, and its result tells it. Where the main lane is empty, the lanes beside it are the conversation.
- Turns that were cancelled, cut off, failed or abandoned stay, with their text and their calls: the reader saw them,
  and may refer to them. A turn that said and called nothing leaves no message.
- A turn is told in canonical order: reasoning, text and files, calls. Where its reasoning goes back to the provider
  that made it, the order is that of arrival, since providers check it.
- Reasoning goes back only with the ``native`` data of the API in question, and never as the last thing of a turn:
  without the answer that it led to, every API refuses it.
- Every call is answered, in call order. One without a result is answered by a text that says so and why
  (``unanswered="explain"``), or is left out (``"omit"``). One that a person denied is answered by that.
- Where a person changed the arguments, the call is told as the model made it, and the result begins with a line that
  says what was changed: so the model is not made to believe that it asked for something else.
- What is rich in a result (a MIME bundle, as ``jsonable`` makes them) is told by its text; pictures are for the reader.
- Call ids are unique; one that is missing, repeated or unfit for the API is replaced.
- Arguments are an object. What the model wrote instead is passed back inside one, under ``INVALID_JSON``.
- A blank prompt, which some APIs refuse, is told as ``NO_PROMPT``.

Knows ``runs``, ``telling``, ``transcript`` and ``values``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from ..runs import FilePart, TextPart, ToolPart
from ..values import MAIN_LANE
from .telling import mimebundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..runs import Part, Run, Turn
    from ..transcript import Transcript
    from ..values import Json

Unanswered: TypeAlias = Literal["explain", "omit"]

NO_PROMPT = "(no prompt)"
INVALID_JSON = "INVALID_JSON"

QUOTED = 2000
"""Characters of arguments that are no JSON, passed back to the model."""

LONGEST_NAME = 64
"""Characters that every API accepts as the name of a tool."""

_STILL_OPEN = frozenset({"streaming", "ready", "approval", "running"})
_WHY = {
    "cancelled": "no result: the call was cancelled",
    "running": "no result yet: the tool is still running",
    "approval": "no result yet: the call waits for a person's approval",
}


def exchanges(transcript: Transcript) -> Iterator[tuple[Run, list[Turn]]]:
    """Each run that is told, with the turns that are told of it."""
    for run in transcript.runs:
        if run.status not in ("queued", "dropped"):
            yield run, conversation(run)


def prompt(run: Run) -> str:
    """What the person said, or a text that says that they said nothing."""
    return run.prompt if run.prompt.strip() else NO_PROMPT


def conversation(run: Run) -> list[Turn]:
    """The turns that are told, in order."""
    ways = {MAIN_LANE}
    for lane in run.lanes:
        if lane.parent is None and lane.handed_from in ways:
            ways.add(lane.id)
    beside = {lane.id for lane in run.lanes if lane.parent is None}
    for lanes in (ways, beside):
        turns = [turn for turn in run.turns if turn.lane in lanes]
        if turns:
            return turns
    return run.turns


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model is told of a call."""

    value: Json
    failed: bool

    @property
    def text(self) -> str:
        """The value as text: itself, or JSON."""
        return told(self.value)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, fit to be sent."""

    id: str
    part: ToolPart

    @property
    def name(self) -> str:
        """The tool's name, of the characters that every API accepts."""
        return re.sub(r"[^A-Za-z0-9_-]", "_", self.part.name)[:LONGEST_NAME] or "unknown"

    @property
    def arguments(self) -> dict[str, Json]:
        """As an object."""
        if isinstance(self.part.arguments, dict):
            return self.part.arguments
        text = self.part.arguments_text.strip()
        return {INVALID_JSON: text[:QUOTED]} if text else {}

    @property
    def arguments_text(self) -> str:
        """As JSON of an object: the model's own spelling where it can be had, which provider caches know."""
        arguments, text = self.arguments, self.part.arguments_text
        try:
            as_written = bool(json.loads(text) == arguments)
        except (ValueError, RecursionError):
            as_written = False
        return text if as_written else dump(arguments)

    @property
    def answer(self) -> Answer:
        """Its result, or why there is none."""
        return answer(self.part)


class Calls:
    """The calls of one export, in call order, with ids that are given once.

    Args:
        unanswered: What becomes of calls without a result.
        longest: Characters that the API accepts as an id.
        charset: The class of characters that the API accepts in one, as a regular expression.
    """

    def __init__(self, unanswered: Unanswered, *, longest: int, charset: str = r"[\s\S]") -> None:
        if unanswered not in ("explain", "omit"):
            raise ValueError(
                f'unanswered={unanswered!r}: calls without a result are "explain"ed or "omit"ted'
            )
        self._omit = unanswered == "omit"
        self._longest = longest
        self._fit = re.compile(f"{charset}{{1,{longest}}}")
        self._unfit = re.compile(f"(?!{charset})[\\s\\S]")
        self._given: set[str] = set()

    def of(self, turn: Turn) -> dict[str, Call]:
        """By the id of their part."""
        return {
            part.id: Call(self._id(part), part) for part in turn.tools if not self._omit or is_answered(part)
        }

    def _id(self, part: ToolPart) -> str:
        """The source's own id if it will do, else one made of the part's, which is unique, else a number."""
        own = [part.call_id] if part.call_id and self._fit.fullmatch(part.call_id) else []
        made = self._unfit.sub("_", part.id)[-self._longest :]
        for candidate in chain(own, [made], (f"call_{n}" for n in count(len(self._given) + 1))):
            if candidate not in self._given:
                self._given.add(candidate)
                return candidate
        raise AssertionError("unreachable: the numbers have no end")


def told_parts(
    turn: Turn, calls: dict[str, Call], returned: Callable[[TextPart | ToolPart], bool]
) -> list[TextPart | FilePart | Call]:
    """The parts of ``turn`` that are told to a model, in the order that they are told in.

    ``returned`` says of a part whether its native data goes back.
    """
    told: list[TextPart | FilePart | Call] = []
    kept = said = False
    for part in reversed(turn.parts):
        item = _told_part(part, calls, returned)
        if item is None or (_is_reasoning(part) and not said):
            continue
        said = said or not _is_reasoning(part)
        kept = kept or (isinstance(part, (TextPart, ToolPart)) and returned(part))
        told.append(item)
    told.reverse()
    if not kept:
        told.sort(key=lambda item: 2 if isinstance(item, Call) else 1)  # stable; no reasoning goes back
    return told


def _told_part(
    part: Part, calls: dict[str, Call], returned: Callable[[TextPart | ToolPart], bool]
) -> TextPart | FilePart | Call | None:
    match part:
        case TextPart(kind="text"):
            return part if part.text.strip() or returned(part) else None
        case TextPart():
            return part if returned(part) else None
        case ToolPart():
            return calls.get(part.id)
        case FilePart():
            return part
        case _:
            return None


def _is_reasoning(part: Part) -> bool:
    return isinstance(part, TextPart) and part.kind == "reasoning"


def is_answered(part: ToolPart) -> bool:
    """Whether a result, or a person's no, has ended the call."""
    return part.state == "denied" or (part.outcome is not None and not part.preliminary)


def answer(part: ToolPart) -> Answer:
    """What a model is told of a call: its result, or why there is none."""
    asked = part.approval
    if part.outcome is None or part.preliminary:
        if part.state == "denied":
            why = "not run: a person denied the call"
            if asked is not None and asked.reason:
                why += f": {asked.reason}"
        else:
            why = _WHY.get(part.state, "no result")
        if part.outcome is not None and part.state != "denied":
            why += f"; so far: {told(shown(part.result))}"
        return Answer(f"({why})", part.state not in _STILL_OPEN)
    value = shown(part.result)
    if asked is not None and asked.decision == "approved" and asked.edited is not None:
        value = f"(A person changed the arguments to {dump(asked.edited)})\n{told(value)}"
    return Answer(value, part.outcome == "error" or part.state == "denied")


def shown(value: Json) -> Json:
    """``value`` as a model can be told it: what is rich in it by its text."""
    bundle = mimebundle(value)
    if bundle:
        for kind in ("text/plain", "text/markdown", "application/json"):
            if kind in bundle:
                return shown(bundle[kind])
        return f"(shown to the reader as {', '.join(bundle)})"
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def told(value: Json) -> str:
    """A value as text: itself, or JSON."""
    return value if isinstance(value, str) else dump(value)


def dump(value: Json) -> str:
    """``value`` as JSON."""
    return json.dumps(cast("object", value), ensure_ascii=False)


def file_note(name: str | None, media_type: str | None, url: str | None = None) -> str:
    """What stands for a file where a format has no place for it."""
    where = url if url and not url.startswith("data:") else None
    return f"({', '.join(said for said in ('file', name, media_type, where) if said)})"


def note_of(part: FilePart) -> str:
    """What stands for a file that the agent made."""
    return file_note(part.name, part.media_type, part.url)


def text_of(turn: Turn) -> str:
    """All that a turn said as one text, with notes for its files."""
    notes = [note_of(part) for part in turn.parts if isinstance(part, FilePart)]
    return "\n\n".join([turn.text, *notes] if turn.text.strip() else notes)
