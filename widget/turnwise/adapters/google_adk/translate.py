"""Events of Google ADK as turnwise events. Pure: it reads fields by name, of objects and of JSON alike.

Every event of one model call has the same id in 2.x, so that id is the turn's key. In 1.x each event has an id of its
own, and one model call may come as several events with the results of its tools in between: there a turn goes on until
its reply has finished. Whoever sits at the source and sees the calls of the model (``plugin``) announces them with
``request``; then nothing is inferred.

Knows ``events`` and ``values``.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from ... import events as e
from .beside import beside, goes_on, media_of, output_of, sources
from .fields import get, items, named, node_of, nth, numbered, text, usage_of, word
from .path import Block, Path, Piece, joined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ...events import Event
    from ...values import FinishReason
    from .fields import Native

CONFIRMATION = "adk_request_confirmation"
CREDENTIAL = "adk_request_credential"
INPUT = "adk_request_input"
_QUESTIONS = (CONFIRMATION, CREDENTIAL, INPUT)
"""Calls that the framework makes, to ask the person something."""

ABORTED = "INVOCATION_ABORTED"

_FINISH: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
    "MODEL_RETURNED_NO_CONTENT": "stop",
}
"""Reasons for which a model stops, as ``finish_reason`` or as ``error_code``."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question of the framework's to the person, in the form of a call; it waits for a response to that call."""

    id: str
    name: str
    call_id: str | None
    """The call of the model that it is about."""


class Translator:
    """The events of one run. ``run`` is the call of an ``AgentTool`` in whose run an event came, if it did.

    ``editable``: whether a call that a person is asked about may run with other arguments, which ADK itself cannot.
    """

    def __init__(self, *, editable: bool = False) -> None:
        self._editable = editable
        self.requests: list[Request] = []
        """Questions that have come and wait for an answer; who answers them clears the list."""
        self.text: list[str] = []
        """What the current turn of the latest agent has said, in pieces that no whole event has repeated yet."""
        self._paths: dict[tuple[str | None, str | None], Path] = {}
        """By run and branch."""
        self._lanes: Counter[str] = Counter()
        self._called: dict[str, str | None] = {}
        """Lanes of the calls by their id."""
        self._answered: dict[str, Any] = {}
        """Values of the results that were told, by call id."""
        self._whole: set[tuple[object, ...]] = set()
        """What whole events held, to tell one that is delivered twice."""

    # What only the plugin sees.

    def request(
        self,
        author: str,
        branch: str | None = None,
        run: str | None = None,
        *,
        model: str | None = None,
        tools: Collection[str] | None = None,
        sent: e.ModelRequest | None = None,
    ) -> list[Event]:
        """The agent ``author`` calls the model."""
        out: list[Event] = []
        path = self._path(author, branch, run, out)
        self._open(path, out)
        path.announced = True
        out.append(e.TurnStart(agent=author, model=model, tools=tools, lane=path.lane))
        if sent is not None:
            out.append(replace(sent, lane=path.lane))
        return out

    def tool_start(self, name: str, call_id: str | None) -> list[Event]:
        """A tool begins to run: its turn's reply is over."""
        if call_id is None or call_id not in self._called or self._shared(call_id):
            return []
        lane = self._called[call_id]
        ended = [event for path in self._paths.values() if path.lane == lane for event in path.end()]
        return [*ended, e.ToolStart(call_id=call_id, name=name)]

    def tool_result(self, name: str, call_id: str | None, value: Any) -> list[Event]:
        """A tool has returned; the event with the results of all tools of the turn comes later."""
        if call_id is None or call_id not in self._called or self._shared(call_id):
            return []
        return self._result(name, call_id, value, preliminary=False)

    def _shared(self, call_id: str) -> bool:
        """Whether several calls of a reply have this id: only the order of their results says which is whose."""
        return nth(call_id, 2) in self._called

    # What the event stream says.

    def feed(self, event: Native, run: str | None = None) -> list[Event]:
        """What one native event says."""
        out: list[Event] = []
        content = get(event, "content")
        parts = items(content, "parts")
        partial = bool(get(event, "partial"))
        self._keep_artifacts(event, run)
        if not partial and self._twice(event, parts):
            return out
        responses = [response for part in parts if (response := get(part, "function_response")) is not None]
        if responses:
            self._responses(event, responses, run, out)
        elif get(event, "author") != "user":
            self._reply(event, parts, partial, run, out)
        return out

    def _twice(self, event: Native, parts: list[Native]) -> bool:
        """Whether a whole event is here again; several whole events may have one id."""
        if not parts or text(event, "id") is None:
            return False
        held = (
            text(event, "id"),
            *(text(part, "text") for part in parts),
            *(text(get(part, "function_call"), "id") for part in parts),
        )
        again = held in self._whole
        self._whole.add(held)
        return again

    def end(self) -> list[Event]:
        """The stream is over: no more of any reply can come."""
        return [event for path in self._paths.values() for event in path.end()]

    # Agents and turns.

    def _path(self, author: str, branch: str | None, run: str | None, out: list[Event]) -> Path:
        """Where ``author`` is at. Another author on the same branch takes over from the one before."""
        current = self._paths.get((run, branch))
        if current is not None and current.author == author:
            return current
        if current is not None:
            out += current.end()
        lane: str | None = None
        if self._paths:
            self._lanes[author] += 1
            number = self._lanes[author]
            lane = author if number == 1 else f"{author} {number}"
            parent, before = self._origin(branch, run) if current is None else (None, current)
            out.append(
                e.LaneStart(
                    lane,
                    agent=author,
                    parent_call_id=parent,
                    handed_from=None if before is None else before.lane or "",
                )
            )
        path = self._paths[run, branch] = Path(author, lane)
        return path

    def _origin(self, branch: str | None, run: str | None) -> tuple[str | None, Path | None]:
        """The call or the agent that a new branch comes from."""
        call_id = (branch or "").rpartition(".")[2].partition("@")[2]
        if call_id in self._called:
            return call_id, None  # a sub-agent that works on a task
        while branch:
            branch = branch.rpartition(".")[0] or None
            if (before := self._paths.get((run, branch))) is not None:
                return None, before
        return run, None

    def _open(self, path: Path, out: list[Event]) -> None:
        """A model call begins on the path."""
        out += path.end()
        path.number += 1
        path.turn = path.usage = None
        path.finished = path.structured = False
        path.made = 0
        path.results.clear()
        path.settle()
        self.text = []

    def _turn(self, path: Path, event: Native, partial: bool, out: list[Event]) -> str:
        """Key of the turn that content of ``event`` belongs to."""
        key = text(event, "id") if get(event, "node_info") is not None else None
        if path.turn is not None and goes_on(path, event):
            return path.turn
        if key is not None:
            if path.turn != key and (path.turn is not None or not path.announced):
                self._open(path, out)
        else:
            repeats = bool(path.blocks) and not partial
            if path.number == 0 or (path.finished and not repeats and not path.announced):
                self._open(path, out)
            key = f"{path.lane or ''}#{path.number}"
        if path.turn != key:
            path.turn = key
            model = text(event, "model_version")
            out.append(e.TurnStart(agent=path.author, model=model, turn=key, lane=path.lane))
            if path.artifacts:
                out.append(e.Data("artifacts", path.artifacts, turn=key, lane=path.lane))
                path.artifacts = {}
        return key

    # A model's reply.

    def _reply(
        self, event: Native, parts: list[Native], partial: bool, run: str | None, out: list[Event]
    ) -> None:
        output: Any = get(event, "output") if get(event, "content") is None else None
        reason = word(get(event, "finish_reason"))
        code = word(get(event, "error_code"))
        if reason is None and code in _FINISH:
            reason = code
        if code is not None and code != ABORTED and not parts and _FINISH.get(code) in (None, "error"):
            out.append(e.Error(text(event, "error_message") or code, kind=code))
        if not parts and reason is None and output is None:
            return
        author = text(event, "author") or "agent"
        calls = [call for part in parts if (call := get(part, "function_call")) is not None]
        if any(text(call, "name") in _QUESTIONS for call in calls):
            for call in calls if run is None else ():  # an AgentTool cannot hand an answer on
                self._question(call, author, out)
            return
        if output is not None:
            author = node_of(event) or author
        path = self._path(author, text(event, "branch"), run, out)
        if path.structured and parts and not partial:
            path.structured = False
            said = "".join(text(part, "text") or "" for part in parts)
            out.append(e.FinalText(f"```json\n{said}\n```", turn=path.turn, lane=path.lane))
            return
        key = self._turn(path, event, partial, out)
        if partial:
            for part in parts:
                self._piece(path, key, part, out)
        else:
            self._whole_parts(path, key, parts, out)
            out += sources(event, path, key)
            if output is not None:
                out.append(output_of(output, path, key))
        self._counted(path, key, event, partial, reason, out)

    def _counted(
        self, path: Path, key: str, event: Native, partial: bool, reason: str | None, out: list[Event]
    ) -> None:
        """Usage, and why the reply ended; that is held, as more events of the same reply may come."""
        usage = usage_of(get(event, "usage_metadata"))
        if usage is not None and usage != path.usage:
            path.usage = usage
            out.append(e.TurnUsage(usage, turn=key, lane=path.lane))
        counted = not partial and usage is not None and usage.output_tokens is not None
        path.finished = path.finished or reason is not None or counted
        if reason is not None:
            path.finish = e.TurnFinish(_FINISH.get(reason), native=reason, turn=key, lane=path.lane)

    def _piece(self, path: Path, key: str, part: Native, out: list[Event]) -> None:
        said = text(part, "text")
        call = get(part, "function_call")
        if said:
            thought = bool(get(part, "thought"))
            if not path.blocks or path.blocks[-1].thought != thought or path.blocks[-1].key != str(path.made):
                path.blocks.append(Block(path.next_key(), thought, []))
            block = path.blocks[-1]
            block.pieces.append(said)
            delta = e.ReasoningDelta if thought else e.TextDelta
            if not thought:
                self.text.append(said)
            out.append(delta(said, key=block.key, turn=key, lane=path.lane))
        elif call is not None:
            self._call_piece(path, key, call, out)
        elif said is None:
            kind, events = beside(path, key, part)
            path.streamed[kind] += 1
            out += events

    def _call_piece(self, path: Path, key: str, call: Native, out: list[Event]) -> None:
        """A call in pieces is told by its name; arguments that come value by value wait for the whole call."""
        call_id = text(call, "id")
        name = text(call, "name")
        args: Any = get(call, "args")
        known = call_id is not None and any(piece.call_id == call_id for piece in path.calls)
        if known or name is None:
            return
        piece = Piece(path.next_key(), name, call_id)
        path.calls.append(piece)
        arguments = "" if args is None else json.dumps(args, ensure_ascii=False, default=str)
        out.append(
            e.ToolCallDelta(arguments, name=name, call_id=call_id, key=piece.key, turn=key, lane=path.lane)
        )

    def _whole_parts(self, path: Path, key: str, parts: Iterable[Native], out: list[Event]) -> None:
        """What came in pieces, once more and whole; or all that there is, if nothing came in pieces."""
        streamed = {block.thought for block in path.blocks}
        repeated: list[Block] = []
        parts = joined(parts)
        calls = [call for part in parts if (call := get(part, "function_call")) is not None]
        ids = iter(numbered(text(call, "id") for call in calls))
        for part in parts:
            if isinstance(part, Block):
                if part.thought in streamed:
                    repeated.append(part)
                else:
                    part.key = path.next_key()
                    out.append(path.whole(part, key))
            elif (call := get(part, "function_call")) is not None:
                out.append(self._call(path, key, call, next(ids)))
            else:
                kind, events = beside(path, key, part)
                if path.streamed[kind]:
                    path.streamed[kind] -= 1
                else:
                    out += events
        for thought in streamed:
            out += path.corrected(repeated, key, thought=thought)
        path.settle()
        self.text = []

    def _call(self, path: Path, key: str, call: Native, call_id: str | None) -> Event:
        """A whole call; its id is the one that counts."""
        name = text(call, "name") or ""
        same = [p for p in path.calls if p.call_id == call_id] or [p for p in path.calls if p.name == name]
        if same:
            path.calls.remove(same[0])
        if call_id:
            self._called.pop(nth(call_id, 2), None)
            self._called[call_id] = path.lane
            self._answered.pop(call_id, None)
        call_key = same[0].key if same else path.next_key()
        return e.ToolCall(name, get(call, "args"), call_id=call_id, key=call_key, turn=key, lane=path.lane)

    # Results, questions, and what is beside the conversation.

    def _responses(self, event: Native, responses: list[Native], run: str | None, out: list[Event]) -> None:
        actions = get(event, "actions")
        asked = named(actions, "requested_tool_confirmations")
        author = text(event, "author") or "agent"
        path = self._paths.get((run, text(event, "branch")))
        if path is not None:
            out += path.end()
        ids = numbered(text(response, "id") for response in responses)
        for response, own in zip(responses, ids, strict=True):
            name = text(response, "name") or ""
            call_id = own if own in self._called else text(response, "id")
            if name in _QUESTIONS:
                continue
            value: Any = get(response, "response")
            out += media_of(response, call_id, name, None if path is None else path.lane)
            out += self._result(name, call_id, value, preliminary=call_id in asked, path=path)
            if name == "set_model_response" and path is not None and path.author == author:
                path.structured = True

    def _result(
        self, name: str, call_id: str | None, value: Any, *, preliminary: bool, path: Path | None = None
    ) -> list[Event]:
        """Nothing for one that was told before.

        ADK does not tell errors from results; by its own custom they have the key ``error``.
        """
        failed = False
        if isinstance(value, dict):
            fields = cast("dict[str, Any]", value)
            failed = bool(fields.get("error"))
            value = fields["result"] if fields.keys() == {"result"} else fields  # ADK wraps what is no dict
        if call_id is not None and not preliminary:
            if call_id in self._answered and self._answered[call_id] == value:
                return []
            self._answered[call_id] = value
        lane = path.lane if path is not None else self._called.get(call_id or "")
        return [
            e.ToolResult(
                None if preliminary else value,
                call_id=call_id,
                name=name,
                outcome="error" if failed and not preliminary else "ok",
                preliminary=preliminary,
                lane=lane,
            )
        ]

    def _question(self, call: Native, author: str | None, out: list[Event]) -> None:
        """The framework asks the person: in the form of a call, which is no call of the model."""
        name = text(call, "name") or ""
        args = named(call, "args")
        request_id = text(call, "id") or ""
        if name == CONFIRMATION:
            original = get(args, "original_function_call")
            hint = text(get(args, "tool_confirmation"), "hint") or ""
            # The default hint speaks to programmers.
            message = None if not hint or "FunctionResponse" in hint else hint
            call_id = text(original, "id")
            out.append(
                e.ApprovalRequest(
                    message, call_id=call_id, name=text(original, "name"), editable=self._editable
                )
            )
            self.requests.append(Request(request_id, name, call_id))
        elif name == CREDENTIAL:
            out.append(
                e.Error(
                    f"{author or 'The agent'} asks for credentials for a tool, which cannot be given here. "
                    f"Give the tool its credentials where it is made.",
                    kind="CredentialNeeded",
                )
            )
        else:
            self.requests.append(Request(request_id, name, None))
            question = text(args, "message") or "The agent asks for input: the next message is the answer."
            out += [e.TurnStart(agent=author, turn=request_id), e.Text(question, turn=request_id)]

    def _keep_artifacts(self, event: Native, run: str | None) -> None:
        """Artifacts are shown with the next turn: the reply that led to them is over."""
        path = self._paths.get((run, text(event, "branch")))
        if path is not None and not get(event, "partial"):
            path.artifacts |= named(get(event, "actions"), "artifact_delta")
