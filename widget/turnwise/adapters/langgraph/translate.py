"""The stream of a LangGraph graph as turnwise events: which message is which turn, in which lane.

A turn is one message of a model, by its id. It opens with the first thing that it says: some providers' packages send
a blank chunk under another id first. Where it stands is its checkpoint namespace, ``"node:task|node:task"``: the last
node makes the call, those before it are graphs within graphs. A lane is

- a graph, or a model, that works inside of a tool: under that tool's call;
- a subgraph: handed over to by the subgraph beside it that ended last, if one did;
- a node that runs in the same step as another: nodes of one step run at once.

Knows ``events``, ``messages`` and ``questions``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ... import events as e
from ...agent.providers.untyped import objects
from ..native import fenced, is_object
from . import messages
from .questions import question, resumed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...agent.providers.untyped import Object
    from ...events import ApprovalResponse, Event
    from ...values import Usage
    from .questions import Question

Path: TypeAlias = "tuple[str, ...]"
"""Where something happens: ``"node:task"`` of each graph within a graph."""

_TOOLS = "tools"
"""The node of the tools in every agent that LangChain makes."""


@dataclass(slots=True)
class _Message:
    """One that a model makes: a turn. ``step`` is that of the graph, which tells what runs at once."""

    id: str
    path: Path
    step: object
    lane: str | None
    ended: bool = False
    usage: Usage | None = None
    text: list[str] = field(default_factory=list[str])
    calls: dict[str | None, _Call] = field(default_factory=dict["str | None", "_Call"])


@dataclass(slots=True)
class _Call:
    """One without a result, as far as a question about it needs to know it."""

    name: str
    lane: str | None
    pieces: list[str] = field(default_factory=list[str])
    arguments: Any = None

    def means(self, name: str, arguments: Any) -> bool:
        """Whether it is this call that a review is about."""
        if self.name != name:
            return False
        try:
            return bool(arguments == (json.loads("".join(self.pieces)) if self.pieces else self.arguments))
        except ValueError:
            return True  # LangChain repairs malformed arguments, in its own way


@dataclass(frozen=True, slots=True)
class _Lane:
    key: str | None
    under: str | None
    """The tool call that it works for."""


class Translator:
    """One run, also over the interrupts in it. Pure: it reads attributes by name."""

    def __init__(self) -> None:
        self.results: dict[str, Any] = {}
        """What tools returned, by call: a step that is broken off loses it."""
        self._messages: dict[str, _Message] = {}
        self._models: dict[Path, str] = {}
        self._lanes: dict[Path, _Lane] = {(): _Lane(None, None)}
        self._speaking: dict[str | None, _Message] = {}
        """The last message of each lane."""
        self._left: dict[Path, str | None] = {}
        """Of each graph the lane of the subgraph that ended last."""
        self._tasks: dict[str, str] = {}
        """The calls that tasks run."""
        self._open: dict[str, _Call] = {}
        self._called: set[str] = set()
        self._interrupts: dict[str, Any] = {}
        self._interrupted: dict[str, str] = {}
        """The calls that interrupts came from."""
        self._structured: object = None
        self._sent: dict[Path, e.ModelRequest] = {}
        """What models are sent whose reply has not begun."""

    def asks(self, metadata: Mapping[str, Any], request: e.ModelRequest) -> None:
        """A node calls a model: what it sends is told with the reply."""
        self._sent[_path((metadata.get("langgraph_checkpoint_ns") or "").split("|"))] = request

    def feed(self, item: tuple[Sequence[str], str, Any]) -> list[Event]:
        """What one item of the stream says: namespace, mode, data."""
        namespace, mode, data = item
        where = _path(namespace)
        match mode:
            case "messages":
                return self._message(where, *data)
            case "updates":
                return [event for node, update in data.items() for event in self._update(where, node, update)]
            case "tasks":
                return self._task(data)
            case "custom":
                return [e.Data("custom", data, lane=self._nearest(where).key)]
            case _:
                return [e.Unknown(str(mode), payload=data)]

    def output(self) -> list[Event]:
        """The structured answer, where no text has said it."""
        last = self._speaking.get(None)
        if self._structured is None or (last is not None and "".join(last.text).strip()):
            return []
        return [e.FinalText(fenced(self._structured), turn=None if last is None else last.id)]

    def unfinished(self, kept: Iterable[str | None]) -> list[str]:
        """The texts of the main lane that a reader saw and that are not among the messages that the graph ``kept``."""
        known = set(kept)
        lost = [each for each in self._messages.values() if each.id not in known and each.lane is None]
        return [text for each in lost if (text := "".join(each.text))]

    # ── people ──────────────────────────────────────────────────────────────────────────────────────────────

    def asked(self) -> tuple[list[tuple[Question, list[str]]], list[Event]]:
        """What the graph waits for, with the ids of the calls that it is about, and the events that ask for it.

        What a node asks outside of any call is shown as a call of its own.
        """
        asked: list[tuple[Question, list[str]]] = []
        out: list[Event] = []
        taken: set[str] = set()
        for interrupt in self._interrupts.values():
            each = question(interrupt)
            call_ids: list[str] = []
            for review in each.reviews:
                call_id = self._meant(review.name, review.arguments, taken)
                if call_id is None:
                    call_id = f"{each.id}.{len(call_ids)}"
                    out.append(e.ToolCall(review.name, review.arguments, call_id=call_id))
                taken.add(call_id)
                call_ids.append(call_id)
                out.append(e.ApprovalRequest(review.message, call_id=call_id, editable=review.editable))
            if not each.reviews:
                call_id = self._interrupted.get(each.id) or self._sole()
                if call_id is None:
                    call_id = each.id
                    out.append(e.ToolCall("interrupt", each.value, call_id=call_id))
                call_ids.append(call_id)
                out.append(e.ApprovalRequest(each.message, call_id=call_id))
            asked.append((each, call_ids))
        self._interrupts.clear()
        return asked, out

    def answered(
        self, asked: list[tuple[Question, list[str]]], answers: Mapping[str, ApprovalResponse]
    ) -> tuple[dict[str, Any], list[Event]]:
        """What the graph is resumed with, by interrupt, and the events that close the questions outside of calls."""
        given = {each.id: resumed(each, call_ids, answers) for each, call_ids in asked}
        alone = [each.id for each, call_ids in asked if call_ids == [each.id]]
        return given, [e.ToolResult(given[call_id], call_id=call_id) for call_id in alone]

    def _meant(self, name: str, arguments: Any, taken: set[str]) -> str | None:
        free = [call_id for call_id in self._open if call_id not in taken]
        exact = (call_id for call_id in free if self._open[call_id].means(name, arguments))
        return next(exact, None)

    def _sole(self) -> str | None:
        """The call that must be it, if there is only one without a result."""
        return next(iter(self._open)) if len(self._open) == 1 else None

    # ── messages ────────────────────────────────────────────────────────────────────────────────────────────

    def _message(self, where: Path, message: Any, metadata: Mapping[str, Any]) -> list[Event]:
        namespace: str = metadata.get("langgraph_checkpoint_ns") or ""
        path = _path(namespace.split("|")) if namespace else (*where, str(metadata.get("langgraph_node")))
        match message.type:
            case "tool":
                return self._result(message)
            case "AIMessageChunk":
                return self._chunk(path, message, metadata)
            case "ai":
                return self._whole(path, message, metadata)
            case _:
                return []  # what a node was given, not what it says

    def _chunk(self, path: Path, chunk: Any, metadata: Mapping[str, Any]) -> list[Event]:
        if (model := messages.model_name(chunk)) is not None:
            self._models[path] = model
        said: list[Event] = [*messages.said(chunk, whole=False), *messages.calls(chunk)]
        ends = messages.finish(chunk)
        if ends is None and getattr(chunk, "chunk_position", None) == "last":
            ends = e.TurnFinish()
        message = self._messages.get(chunk.id or "|".join(path))
        if message is None and not said and ends is None:
            return []
        return self._say(path, chunk, metadata, said, ends)

    def _whole(self, path: Path, message: Any, metadata: Mapping[str, Any]) -> list[Event]:
        """Of a model that does not stream, or of a node without one; not what a graph hands on of another."""
        made = {call.get("id") for call in message.tool_calls}
        if message.id in self._messages or (made and made <= self._called):
            return []
        said: list[Event] = [*messages.said(message, whole=True), *messages.whole_calls(message)]
        if (model := messages.model_name(message)) is not None:
            self._models[path] = model
        return self._say(path, message, metadata, said, messages.finish(message) or e.TurnFinish("stop"))

    def _say(
        self,
        path: Path,
        native: Any,
        metadata: Mapping[str, Any],
        said: list[Event],
        ends: e.TurnFinish | None,
    ) -> list[Event]:
        """The events of a message or of a piece of one, in its turn, which opens if it is the first."""
        out: list[Event] = []
        key = native.id or "|".join(path)
        message = self._messages.get(key)
        if message is None:
            message = self._open_message(key, path, metadata, out)
        for event in said:
            self._note(message, event)
            where = {} if isinstance(event, e.ToolResult) else {"turn": message.id}
            out.append(replace(cast("Any", event), lane=message.lane, **where))
        if (usage := messages.usage(native)) is not None:
            message.usage = usage if message.usage is None else message.usage + usage
            out.append(e.TurnUsage(message.usage, turn=message.id, lane=message.lane))
        if ends is not None and not message.ended:
            message.ended = True
            out.append(replace(ends, turn=message.id, lane=message.lane))
        return out

    def _open_message(self, key: str, path: Path, metadata: Mapping[str, Any], out: list[Event]) -> _Message:
        agent: str | None = metadata.get("lc_agent_name")
        step = metadata.get("langgraph_step")
        lane = self._lane(path, step, agent, out)
        message = self._messages[key] = _Message(key, path, step, lane)
        self._speaking[lane] = message
        out.append(
            e.TurnStart(
                agent=agent,
                model=self._models.get(path),
                auxiliary=metadata.get("lc_source")
                is not None,  # a middleware's own, to sum up what was said
                turn=key,
                lane=lane,
            )
        )
        if (sent := self._sent.pop(path, None)) is not None:
            out.append(replace(sent, turn=key, lane=lane))
        return message

    def _note(self, message: _Message, event: Event) -> None:
        match event:
            case e.ToolCallDelta(key=key, call_id=call_id, name=name):
                if key not in message.calls and name and call_id:
                    message.calls[key] = self._open[call_id] = _Call(name, message.lane)
                    self._called.add(call_id)
                if key in message.calls:
                    message.calls[key].pieces.append(event.arguments)
            case e.ToolCall(call_id=str(call_id)):
                self._open[call_id] = _Call(event.name, message.lane, arguments=event.arguments)
                self._called.add(call_id)
            case e.ToolResult(call_id=str(call_id)):  # of a tool that the provider ran
                self._open.pop(call_id, None)
            case _ if event.type in ("text", "text_delta"):
                message.text.append(cast("Any", event).text)
            case _:
                pass

    def _result(self, message: Any) -> list[Event]:
        self._open.pop(message.tool_call_id, None)
        self.results[message.tool_call_id] = message.content
        failed = getattr(message, "status", None) == "error"
        return [
            e.ToolResult(
                _value(message.content),
                call_id=message.tool_call_id,
                name=message.name,
                outcome="error" if failed else "ok",
            )
        ]

    # ── lanes ───────────────────────────────────────────────────────────────────────────────────────────────

    def _lane(self, path: Path, step: object, agent: str | None, out: list[Event]) -> str | None:
        """The lane of the graph that ``path`` is in, or one of the node's own while that lane's speaker is at it."""
        task = path[-1].partition(":")[2]
        inside = path if task in self._tasks or path[-1].partition(":")[0] == _TOOLS else path[:-1]
        for depth in range(1, len(inside) + 1):
            if inside[:depth] not in self._lanes:
                self._open_graph(inside[:depth], agent if depth == len(inside) else None, out)
        graph = self._lanes[inside]
        for lane in (graph, self._lanes.get(path)):
            if lane is not None and not self._busy(lane.key, path, step):
                return lane.key
        own = path if path not in self._lanes else (*path, str(len(self._lanes)))
        key = "|".join(own)
        self._lanes[own] = _Lane(key, graph.under)
        out.append(e.LaneStart(key, agent=agent or path[-1].partition(":")[0], parent_call_id=graph.under))
        return key

    def _busy(self, lane: str | None, path: Path, step: object) -> bool:
        """Whether somebody else speaks in the lane at the same time."""
        speaker = self._speaking.get(lane)
        return speaker is not None and speaker.step == step and not (speaker.path == path and speaker.ended)

    def _open_graph(self, where: Path, agent: str | None, out: list[Event]) -> None:
        node, _, task = where[-1].partition(":")
        above = self._lanes[where[:-1]]
        call_id = self._tasks.get(task)
        if call_id is None and node == _TOOLS:
            served = {lane.under for lane in self._lanes.values()}
            free = (i for i, call in self._open.items() if call.lane == above.key and i not in served)
            call_id = next(free, None)
        key = "|".join(where)
        self._lanes[where] = _Lane(key, call_id or above.under)
        handed = None if call_id else self._left.get(where[:-1])
        out.append(
            e.LaneStart(key, agent=agent or node, parent_call_id=call_id or above.under, handed_from=handed)
        )

    def _nearest(self, where: Path) -> _Lane:
        while where not in self._lanes:
            where = where[:-1]
        return self._lanes[where]

    # ── nodes ───────────────────────────────────────────────────────────────────────────────────────────────

    def _update(self, where: Path, node: str, update: Any) -> list[Event]:
        """What a node did to the state. Messages say nearly all of it; results of hand-offs are only here."""
        if node == "__interrupt__":
            self._interrupts |= {interrupt.id: interrupt for interrupt in update}
            return []
        for path, lane in self._lanes.items():
            if path and path[:-1] == where and path[-1].partition(":")[0] == node:
                self._left[where] = lane.key
        out: list[Event] = []
        for part in cast("list[Any]", update if isinstance(update, list) else [update]):
            if not is_object(part):
                continue
            if not where and part.get("structured_response") is not None:
                self._structured = part["structured_response"]
            written: Any = part.get("messages")
            for message in cast("list[Any]", written if isinstance(written, list) else [written]):
                if getattr(message, "tool_call_id", None) in self._open:
                    out += self._result(message)
        return out

    def _task(self, task: Mapping[str, Any]) -> list[Event]:
        """A node begins, or has ended: only here it is said which call a node of tools works on."""
        if "input" in task:
            call = _call_of(task["input"])
            if call is None:
                return []
            self._tasks[task["id"]] = call["id"]
            return [e.ToolStart(call_id=call["id"], name=call["name"])]
        call_id = self._tasks.get(task["id"])
        if call_id is None:
            return []
        self._interrupted |= {each["id"]: call_id for each in task.get("interrupts") or ()}
        if not task.get("error"):
            return []
        self._open.pop(call_id, None)
        return [e.ToolResult(str(task["error"]), call_id=call_id, outcome="error")]


def _path(namespace: Sequence[str]) -> Path:
    """Without the numbers that tell graphs apart which one task calls several times."""
    return tuple(each for each in namespace if not each.isdigit())


def _call_of(given: Any) -> Object | None:
    """The tool call in the input of a task, if it runs one."""
    if is_object(given) and given.get("__type") == "tool_call_with_context":
        given = [given["tool_call"]]
    calls = [call for call in objects(given) if call.get("type") == "tool_call"]
    return calls[0] if len(calls) == 1 else None


def _value(content: Any) -> Any:
    """What a tool returned: LangChain makes JSON of what is no text."""
    if isinstance(content, str) and content[:1] in ("{", "["):
        try:
            return json.loads(content)
        except ValueError:
            return content
    return content
