"""Events of Strands' ``stream_async`` as turnwise events. Pure: they are plain dicts.

Everything is said twice there: as the model's own events, under ``event``, and in more convenient forms. Only the
model's events are used, with the messages for what tools return. An agent that works for a tool, and those of a graph
or a swarm, come wrapped in the events of whoever runs them: each has a stream of its own here.

Knows ``events`` and ``values``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ... import events as e
from ...values import Usage
from ..native import fenced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...events import Event
    from ...values import FinishReason

_Native: TypeAlias = "dict[str, Any]"

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "cancelled": "cancelled",
}

_SILENT = {
    "init_event_loop",
    "start",
    "start_event_loop",
    "data",
    "delta",
    "reasoning",
    "reasoningText",
    "reasoning_signature",
    "reasoningRedactedContent",
    "citation",
    "current_tool_use",
    "complete",
    "force_stop",  # an exception follows, which says more
    "event_loop_throttled_delay",
    "tool_cancel_event",  # its result says the same
    "tool_stream_event",  # progress of a tool, or an agent in it: read where they are told apart
    "result",  # repeats the last message
}
"""Keys of events that say nothing more than others do."""


class Translator:
    """The events of one run, of an agent or of several."""

    def __init__(self, agent: object = None) -> None:
        self._agent = agent
        """Whose run it is: of those inside of it nobody says which stream is theirs."""
        self.asked: dict[str, str] = {}
        """Call ids by the ids of the interrupts that ask about them."""
        self.calls: set[str] = set()
        """Ids of the calls that were made."""
        self._answered: dict[str, Any] = {}
        self._lanes: dict[str, int] = {}
        self.main = _Stream(self, None, None)

    def feed(self, item: _Native) -> list[Event]:
        """What one native event says."""
        return self.main.feed(item)

    # What only hooks see.

    def asks(self, agent: object, request: e.ModelRequest) -> None:
        """The agent calls the model: what it sends is told when the reply begins."""
        if agent is self._agent:
            self.main.sent = request

    def tool_start(self, use: _Native) -> list[Event]:
        """A tool begins to run."""
        call_id: str = use["toolUseId"]
        return [e.ToolStart(call_id=call_id, name=use["name"])] if call_id in self.calls else []

    def tool_result(self, result: _Native) -> list[Event]:
        """A tool has returned; the message with the results of all tools of the turn comes later."""
        call_id: str = result["toolUseId"]
        return self.result(result, None) if call_id in self.calls else []

    # What the streams share.

    def lane(self, agent: str) -> str:
        """A key for a lane of its own."""
        number = self._lanes[agent] = self._lanes.get(agent, 0) + 1
        return agent if number == 1 else f"{agent} {number}"

    def result(self, result: _Native, lane: str | None) -> list[Event]:
        """Nothing for one that was told before."""
        call_id: str = result["toolUseId"]
        if self._answered.get(call_id) == result:
            return []
        self._answered[call_id] = dict(result)
        outcome = "error" if result.get("status") == "error" else "ok"
        return [
            e.ToolResult(_content(result.get("content") or []), call_id=call_id, outcome=outcome, lane=lane)
        ]

    def questions(self, interrupts: Iterable[Any], use: _Native | None, lane: str | None) -> list[Event]:
        """What a person is asked. One that is about no call is shown as a step of its own.

        An agent that works for a tool hands its questions on under a longer id: they are asked once.
        """
        out: list[Event] = []
        for interrupt in interrupts:
            known = next((call for i, call in self.asked.items() if interrupt.id.endswith(i)), None)
            call_id: str = known or (interrupt.id if use is None else use["toolUseId"])
            if known is None and use is None:
                out.append(
                    e.ToolCall(interrupt.name, {"reason": interrupt.reason}, call_id=call_id, lane=lane)
                )
            self.asked[interrupt.id] = call_id
            if known is None:
                out.append(
                    e.ApprovalRequest(
                        _question(interrupt), editable=use is not None, call_id=call_id, lane=lane
                    )
                )
        return out


class _Stream:
    """What one agent, graph or swarm yields."""

    def __init__(self, run: Translator, lane: str | None, agent: str | None) -> None:
        self.lane = lane
        self.said: list[str] = []
        """Text of the current turn."""
        self.reason: str | None = None
        """Why the current turn's reply ended."""
        self._run = run
        self._agent = agent
        self._turn = 0
        self.sent: e.ModelRequest | None = None
        """What the model is sent for the turn that is to begin."""
        self._opening: list[Event] = []
        """The beginning of a turn that has said nothing yet: the provider may still refuse."""
        self.accepted = True
        """The reply has become a message; else the model may be called again for it."""
        self._block = 0
        self._kind = ""
        self._call: str | None = None
        """Key of the call that is being written."""
        self._called = False
        self._inner: dict[str, _Stream] = {}
        """Agents that work for a tool, by call id."""
        self._nodes: dict[str, _Stream] = {}
        """Of a graph or a swarm."""
        self._handed: dict[str, str] = {}
        """Which node hands over to a node that is to start."""

    @property
    def cut(self) -> bool:
        """Whether the reply was cut off by its length after it had said something, and nothing else was to come."""
        return self.reason == "max_tokens" and bool("".join(self.said).strip()) and not self._called

    def feed(self, item: _Native) -> list[Event]:
        """What one native event says."""
        kind: str = item.get("type", "")
        if kind.startswith("multiagent_"):
            return self._team(kind, item)
        if "event" in item:
            said = self._model(item["event"])
            if all(isinstance(each, e.Unknown) for each in said):
                return said
            opening, self._opening = self._opening, []
            return [*opening, *said]
        if "message" in item:
            return self._message(item["message"])
        if "tool_stream_event" in item:
            return self._tool(item["tool_stream_event"])
        if "tool_interrupt_event" in item:
            asked = item["tool_interrupt_event"]
            return self._run.questions(asked["interrupts"], asked["tool_use"], self.lane)
        if "result" in item:
            return self._run.questions(getattr(item["result"], "interrupts", None) or (), None, self.lane)
        if "structured_output" in item:
            return [e.FinalText(fenced(item["structured_output"]), turn=self._key, lane=self.lane)]
        if "init_event_loop" in item:
            self.reason = None
        if item.keys() & _SILENT:
            return []
        return [e.Unknown(kind or next(iter(item), "event"), payload=item, lane=self.lane)]

    @property
    def _key(self) -> str:
        return str(self._turn)

    # One agent.

    def _model(self, event: _Native) -> list[Event]:
        turn, lane = self._key, self.lane
        for kind, value in event.items():
            match kind:
                case "messageStart":
                    return self._start()
                case "contentBlockStart":
                    self._kind = ""
                    return self._call_start(cast("_Native", value.get("start") or {}).get("toolUse"))
                case "contentBlockDelta":
                    return self._delta(value["delta"])
                case "contentBlockStop":
                    self._kind = ""
                    self._call = None
                case "messageStop":
                    self.reason = value["stopReason"]
                    return [
                        e.TurnFinish(
                            _FINISH.get(value["stopReason"]), native=self.reason, turn=turn, lane=lane
                        )
                    ]
                case "metadata":
                    usage = _usage(value.get("usage"))
                    return [] if usage is None else [e.TurnUsage(usage, turn=turn, lane=lane)]
                case "redactContent":
                    return self._redacted(value.get("redactAssistantContentMessage"))
                case _:
                    return [e.Unknown(kind, payload=value, turn=turn if self._turn else None, lane=lane)]
        return []

    def _start(self) -> list[Event]:
        """The model begins a reply. If the one before was not taken, it is that one once more.

        After an answer the agent calls the model only to put that into a form.
        """
        again = not self.accepted
        auxiliary = self.reason is not None and _FINISH.get(self.reason) == "stop"
        if not again:
            self._turn += 1
        self.accepted = False
        self._block = 0
        self._kind = ""
        self._call = self.reason = None
        self._called = False
        self.said = []
        if not again:
            self._opening = [
                e.TurnStart(agent=self._agent, auxiliary=auxiliary, turn=self._key, lane=self.lane),
                *([] if self.sent is None else [replace(self.sent, turn=self._key, lane=self.lane)]),
            ]
        elif not self._opening:
            self._opening = [e.TurnRetry(turn=self._key, lane=self.lane)]
        return []

    def _call_start(self, use: _Native | None) -> list[Event]:
        if use is None:
            return []
        self._called = True
        call_id: str = use["toolUseId"]
        self._call = self._next("call")
        self._run.calls.add(call_id)
        return [
            e.ToolCallDelta(name=use["name"], call_id=call_id, key=self._call, turn=self._key, lane=self.lane)
        ]

    def _next(self, kind: str) -> str:
        self._kind = kind
        self._block += 1
        return str(self._block)

    def _delta(self, delta: _Native) -> list[Event]:
        turn, lane = self._key, self.lane
        for kind, value in delta.items():
            match kind:
                case "text" if value:
                    if self._kind != "text":
                        self._next("text")
                    self.said.append(value)
                    return [e.TextDelta(value, key=str(self._block), turn=turn, lane=lane)]
                case "reasoningContent" if value.get("text"):
                    if self._kind != "reasoning":
                        self._next("reasoning")
                    return [e.ReasoningDelta(value["text"], key=str(self._block), turn=turn, lane=lane)]
                case "toolUse":
                    return self._arguments(value)
                case "citation":
                    return [_source(value, turn, lane)]
                case "text" | "reasoningContent":
                    pass  # blank, or a signature
                case _:
                    return [e.Unknown(kind, payload=value, turn=turn, lane=lane)]
        return []

    def _arguments(self, use: _Native) -> list[Event]:
        """Some providers name the call only here."""
        out = self._call_start(use) if self._call is None and "name" in use else []
        text: str = use.get("input") or ""
        if text:
            out.append(e.ToolCallDelta(text, key=self._call, turn=self._key, lane=self.lane))
        return out

    def _redacted(self, message: str | None) -> list[Event]:
        """A guardrail takes back what was said."""
        if message is None:
            return []
        self.said = [message]
        blocks = [e.Text("", key=str(n), turn=self._key, lane=self.lane) for n in range(2, self._block + 1)]
        return [e.Text(message, key="1", turn=self._key, lane=self.lane), *blocks]

    def _message(self, message: _Native) -> list[Event]:
        """A reply that was taken into the conversation, or what its tools have returned."""
        if message["role"] == "assistant":
            self.accepted = True
            return []
        return [
            event
            for block in message["content"]
            if "toolResult" in block
            for event in self._run.result(block["toolResult"], self.lane)
        ]

    def _tool(self, event: _Native) -> list[Event]:
        """What a tool yields while it works: progress, or the events of an agent that works for it."""
        use: _Native = event["tool_use"]
        data: Any = event.get("data")
        call_id: str = use["toolUseId"]
        inner = self._inner.get(call_id)
        if inner is None and _begins(data):
            agent: str = use["name"]
            inner = self._inner[call_id] = _Stream(self._run, self._run.lane(agent), agent)
            return [
                e.LaneStart(cast("str", inner.lane), agent=agent, parent_call_id=call_id),
                *inner.feed(data),
            ]
        if inner is not None and isinstance(data, dict):
            return inner.feed(cast("_Native", data))
        return [e.ToolResult(data, call_id=call_id, preliminary=True, lane=self.lane)]

    # Several agents.

    def _team(self, kind: str, item: _Native) -> list[Event]:
        match kind:
            case "multiagent_node_start":
                return self._node_start(item["node_id"])
            case "multiagent_node_stream":
                return self._nodes[item["node_id"]].feed(item["event"])
            case "multiagent_handoff":
                before: list[str] = item["from_node_ids"]
                self._handed |= {node: before[-1] for node in item["to_node_ids"] if before}
                return []
            case "multiagent_node_interrupt":
                node = self._nodes.get(item["node_id"], self)
                return self._run.questions(item["interrupts"], None, node.lane)
            case "multiagent_node_cancel":
                node = self._nodes.get(item["node_id"], self)
                return [e.Data("cancelled", item["message"], lane=node.lane)]
            case "multiagent_node_stop" | "multiagent_result":
                return []
            case _:
                return [e.Unknown(kind, payload=item, lane=self.lane)]

    def _node_start(self, node: str) -> list[Event]:
        """The first agent has the lane of whoever runs it; the others come from the one that hands over to them."""
        before = self._nodes.get(self._handed.pop(node, ""))
        if not self._nodes:
            self._nodes[node] = _Stream(self._run, self.lane, node)
            return []
        lane = self._run.lane(node)
        self._nodes[node] = _Stream(self._run, lane, node)
        return [e.LaneStart(lane, agent=node, handed_from=None if before is None else before.lane or "")]


def _begins(data: object) -> bool:
    """Whether an agent begins to speak; else it is a value of the tool's own."""
    if not isinstance(data, dict):
        return False
    item = cast("_Native", data)
    return "init_event_loop" in item or item.get("type") == "multiagent_node_start"


def _content(content: list[_Native]) -> Any:
    """What a tool returned: the value itself, if it is one text or one object."""
    values = [block.get("text", block.get("json", block)) for block in content]
    return values[0] if len(values) == 1 else values


def _question(interrupt: Any) -> str:
    reason: object = interrupt.reason
    return (
        reason
        if isinstance(reason, str) and reason
        else f"{interrupt.name}: {reason}"
        if reason
        else interrupt.name
    )


def _source(citation: _Native, turn: str, lane: str | None) -> e.Source:
    location: _Native = citation.get("location") or {}
    web: _Native = location.get("web") or {}
    quoted = "".join(piece.get("text") or "" for piece in citation.get("sourceContent") or ())
    return e.Source(web.get("url"), citation.get("title"), snippet=quoted or None, turn=turn, lane=lane)


def _usage(counts: _Native | None) -> Usage | None:
    """``None`` where nothing was counted. Bedrock counts cached tokens beside the input, and in its total."""
    if not counts or not counts.get("totalTokens"):
        return None
    given: int = counts.get("inputTokens") or 0
    said: int = counts.get("outputTokens") or 0
    read: int | None = counts.get("cacheReadInputTokens")
    cached = (read or 0) + (counts.get("cacheWriteInputTokens") or 0)
    beside = cached and counts["totalTokens"] == given + said + cached
    return Usage(input_tokens=given + cached if beside else given, output_tokens=said, cached_tokens=read)
