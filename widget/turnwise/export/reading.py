"""Messages in, a transcript out: what reading them has in common, whatever their format.

A format's ``read`` says what it finds to a ``Reader``, which feeds the assembler, so that an imported conversation
obeys the rules of one that was lived. Nothing is guessed: what is no message of the format is a ``ValueError`` that
names the message. What is well-formed but unknown here (a server's own kind of block) becomes a notice of its run.

- A user message begins a run, a reply a turn. Messages before the first user message belong to a run without prompt.
- System messages are instructions, not conversation: they are left out.
- A transcript's prompt is text: what else a user message holds (images, files) leaves a note in it.
- A call that has no result in the messages is unanswered.
- JSON texts that were results are values again where they would be written the same way.

Knows ``assembler``, ``events``, ``jsonable``, ``texts``, ``transcript``, ``values``.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from .. import events as e
from ..assembler import Assembler
from ..jsonable import jsonable
from ..texts import parse_arguments
from ..transcript import Transcript
from .rules import INVALID_JSON, NO_PROMPT, shown, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..values import Decision, Json, Outcome


class _Open:
    """A call that was read."""

    __slots__ = ("answered", "event_id", "name", "turn")

    def __init__(self, event_id: str | None, name: str, turn: int) -> None:
        self.event_id = event_id
        """As the assembler has it: the messages' own id, told apart from its like in the same turn."""
        self.name = name
        self.turn = turn
        self.answered = False


class Reader:
    """Takes one conversation, message by message. Every op gets the time ``now``."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._assembler = Assembler()
        self._transcript = Transcript()
        self._at = 0
        self._run_ids: set[str] = set()
        self._turn = 0
        self._begun = False
        self._count = 0
        self._calls: dict[str, list[_Open]] = {}
        """By the messages' own id, which may come again."""
        self._of_run: list[_Open] = []
        self._of_turn: set[str | None] = set()

    # ── the messages themselves ─────────────────────────────────────────────────────────────────────────────

    def each(self, messages: object) -> Iterator[dict[str, Any]]:
        """The messages as plain objects, in order; the SDKs' own objects are taken too."""
        if isinstance(messages, (str, bytes, Mapping)) or not isinstance(messages, Iterable):
            what = _short(cast("object", messages))
            raise ValueError(f"messages must be a list of messages, not {what}")  # noqa: TRY004
        for self._at, message in enumerate(cast("Iterable[object]", messages)):
            yield self.object(plain(message), "a message")

    def fail(self, what: str) -> ValueError:
        """What to raise: the message that is being read, and what is wrong with it."""
        return ValueError(f"messages[{self._at}]: {what}")

    def object(self, value: object, what: str) -> dict[str, Any]:
        """``value``, which must be an object."""
        if not isinstance(value, dict):
            raise self.fail(f"{what} must be an object, not {_short(value)}")
        return cast("dict[str, Any]", value)

    def objects(self, value: object, what: str) -> list[dict[str, Any]]:
        """``value``, which must be a list of objects; ``None`` is an empty one."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(f"{what} must be a list, not {_short(value)}")
        return [self.object(item, f"each of {what}") for item in cast("list[object]", value)]

    def string(self, holder: dict[str, Any], field: str, default: str | None = None) -> str:
        """A field that must be a text. Absent: ``default``, if there is one."""
        value = holder.get(field)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.fail(f"{field!r} must be a text, not {_short(value)}")
        return value

    def maybe(self, holder: dict[str, Any], field: str) -> str | None:
        """A field that is a text or absent; an empty one is absent."""
        return self.string(holder, field, "") or None

    def content(self, content: object, kind: str = "text") -> list[dict[str, Any]]:
        """Content, which many formats allow as one text or as a list of parts."""
        if isinstance(content, str):
            return [{"type": kind, "text": content}]
        return self.objects(content, "'content'")

    def bytes(self, encoded: str) -> bytes:
        """Decoded base64, of either alphabet."""
        try:
            return base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.fail(f"the data of a file is not base64: {error}") from None

    # ── what they say ───────────────────────────────────────────────────────────────────────────────────────

    def prompt(self, text: str, run_id: str | None = None) -> None:
        """A user's message begins a run."""
        if self._run_ids:
            self._end_run()
        run_id = run_id or f"run{len(self._run_ids) + 1}"
        while run_id in self._run_ids:
            run_id += "_"
        self._run_ids.add(run_id)
        self._of_run.clear()
        text = "" if text == NO_PROMPT else text
        self._transcript.extend(self._assembler.add_run(run_id, text, self._now))
        self._transcript.extend(self._assembler.start_run(run_id, self._now))
        self.turn()

    def turn(self) -> None:
        """What is said next belongs to another turn."""
        self._turn += 1
        self._begun = False
        self._of_turn.clear()

    def text(self, text: str, native: Json = None) -> None:
        """A block of the answer."""
        if text or native is not None:
            self._feed(e.Text(text, native=native, turn=self._here()))

    def reasoning(self, text: str, native: Json = None) -> None:
        """A block of reasoning."""
        if text or native is not None:
            self._feed(e.Reasoning(text, native=native, turn=self._here()))

    def call(self, id: str | None, name: str, arguments: object, native: Json = None) -> None:
        """A call; ``arguments`` are JSON text or the value."""
        if not name:
            raise self.fail("a tool call has no name")
        turn = self._here()
        event_id = id
        while event_id is not None and event_id in self._of_turn:
            event_id += "_"
        call = _Open(event_id, name, self._turn)
        self._count += 1
        self._of_turn.add(event_id)
        self._of_run.append(call)
        if id is not None:
            self._calls.setdefault(id, []).append(call)
        self._feed(
            e.ToolCall(
                name,
                _unwrapped(arguments),
                native=native,
                call_id=event_id,
                key=str(self._count),
                turn=turn,
            )
        )

    def result(
        self,
        id: str | None,
        value: object,
        outcome: Outcome = "unknown",
        *,
        name: str | None = None,
        preliminary: bool = False,
    ) -> None:
        """The result of the call with this id; without an id, of the run's oldest call of that name that has none."""
        call = self._call_for(id, name)
        call.answered = not preliminary
        self._feed(
            e.ToolResult(
                value, call_id=call.event_id, name=call.name, outcome=outcome, preliminary=preliminary
            )
        )

    def ask(self, id: str) -> None:
        """A person is to be asked about the call."""
        self._feed(e.ApprovalRequest(call_id=self._call_for(id, None).event_id))

    def decide(self, id: str, decision: Decision, reason: str | None) -> None:
        """A person was asked about the call, and has answered."""
        self.ask(id)
        call = self._call_for(id, None)
        self._feed(e.ApprovalResponse(decision, reason=reason, call_id=call.event_id))

    def file(
        self,
        *,
        data: bytes | None,
        url: str | None,
        media_type: str,
        name: str | None,
        native: Json = None,
    ) -> None:
        """A file that the agent made."""
        at = self._here()
        self._feed(e.File(data, url=url, media_type=media_type, name=name, native=native, turn=at))

    def source(self, url: str | None, title: str | None, key: str) -> None:
        """Something that the answer rests on."""
        self._feed(e.Source(url, title, key=key, turn=self._here()))

    def data(self, name: str, value: object, key: str | None) -> None:
        """Data of the application's own."""
        self._feed(e.Data(name, value, key=key, turn=self._here()))

    def unknown(self, kind: str) -> None:
        """Something well-formed that turnwise does not know; the run says so."""
        self._feed(e.Unknown(kind, turn=self._here()))

    def done(self) -> Transcript:
        """The whole conversation."""
        if self._run_ids:
            self._end_run()
        return self._transcript

    def _here(self) -> str:
        """The key of the turn that content goes to; it begins with the first."""
        if not self._run_ids:
            self.prompt("")
        key = str(self._turn)
        if not self._begun:
            self._begun = True
            self._feed(e.TurnStart(turn=key))
        return key

    def _feed(self, event: e.Event) -> None:
        self._transcript.extend(self._assembler.feed(event, self._now))

    def _end_run(self) -> None:
        self._transcript.extend(self._assembler.finish(self._now))

    def _call_for(self, id: str | None, name: str | None) -> _Open:
        if id is not None:
            same = self._calls.get(id, [])
            waiting = [call for call in same if not call.answered]
            if waiting:
                return next(call for call in waiting if call.turn == waiting[-1].turn)
            if same:
                raise self.fail(f"the tool call {id!r} has had its result before")
            raise self.fail(f"a result for the tool call {id!r}, which no message before it makes")
        for call in self._of_run:
            if not call.answered and call.name == name:
                return call
        raise self.fail(f"a result for {name!r}, which no message before it calls")


def plain(value: object) -> Any:
    """Objects of the SDKs as the data that they stand for; bytes as base64."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in cast("list[object]", value)]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    dump = getattr(value, "model_dump", None)
    return plain(dump(mode="json", by_alias=True)) if callable(dump) else value


def decoded(text: str) -> Json:
    """The value that ``text`` is JSON of, if it would be told the same way again; else the text."""
    try:
        value = jsonable(json.loads(text))
    except (ValueError, RecursionError):
        return text
    return value if told(shown(value)) == text else text


def either(holder: dict[str, Any], camel: str) -> Any:
    """A field that may be written ``likeThis`` or ``like_this``."""
    if camel in holder:
        return holder[camel]
    return holder.get("".join(f"_{c.lower()}" if c.isupper() else c for c in camel))


def _unwrapped(arguments: object) -> object:
    """Undoes what an export does with arguments that were no object."""
    value = arguments
    if isinstance(arguments, str):
        value = parse_arguments(arguments)[0]
    if isinstance(value, dict) and list(cast("dict[str, object]", value)) == [INVALID_JSON]:
        text = cast("dict[str, object]", value)[INVALID_JSON]
        if isinstance(text, str) and not isinstance(parse_arguments(text)[0], dict):
            return text
    return arguments


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
