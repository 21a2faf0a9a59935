"""The events of OpenAI's Agents SDK as turnwise events.

A run streams three kinds of event: those of the model's reply, which are the Responses API's whatever the backend, so
that the provider's own reader takes them; run items, which repeat the reply and add what tools returned; and which
agent is at work. A turn is one response, from ``response.created`` or, of models that do not stream, from the first
that is heard of it.

Knows ``events`` and the reader of the Responses API. Items may be objects or plain dicts: custom models send either.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ... import events as e
from ...agent.providers.openai_responses import Reply
from ...agent.providers.untyped import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...agent.providers.untyped import Object
    from ...events import Event

_FAKE_ID = "__fake_id__"
"""What the SDK writes where a backend gives no id; it would make one item of all."""

_REPEATED = frozenset({"message_output_item", "reasoning_item", "handoff_call_item", "tool_call_item"})
"""Run items that say what the reply has said."""

_FAILED = "An error occurred while running the tool"
"""How the SDK's own words for a failed tool begin; there is no other sign of one."""


class Translator:
    """One run, also over the approvals that interrupt it. Pure: it reads attributes by name.

    ``within`` is the call of the tool that it works for, if it does; ``called`` are the calls of all the run.
    """

    def __init__(self, within: str | None = None, called: set[str] | None = None) -> None:
        self._within = within
        self._agent: str | None = None
        self._lane = within
        self._lanes = 0
        self._turns = 0
        self._reply: Reply | None = None
        self._called: set[str] = set() if called is None else called
        self._cut = False
        self.sent: e.ModelRequest | None = None
        """What the model is sent for the turn that is to begin."""
        self._inner: dict[str, Translator] = {}
        """Runs of agents that are tools, by the call."""

    def feed(self, event: Any) -> list[Event]:
        """What one native event says."""
        match event.type:
            case "raw_response_event":
                return self._raw(_plain(event.data))
            case "run_item_stream_event":
                return self._item(event.item)
            case "agent_updated_stream_event":
                return self._agent_is(_name(event.new_agent))
            case kind:
                return [e.Unknown(str(kind), payload=event, lane=self._lane)]

    def inner(self, told: Mapping[str, Any]) -> list[Event]:
        """What an agent that is used as a tool says: an ``AgentToolStreamEvent``. Nothing if it names no call."""
        call_id = call_id_of(told["tool_call"]) if told["tool_call"] is not None else ""
        if not call_id:
            return []
        out: list[Event] = []
        run = self._inner.get(call_id)
        if run is None:
            run = self._inner[call_id] = Translator(call_id, self._called)
            out.append(e.LaneStart(call_id, agent=_name(told["agent"]), parent_call_id=call_id))
        return out + run.feed(told["event"])

    def asked(self, items: Iterable[Any]) -> list[Event]:
        """The run stands still until a person has answered for these calls.

        A call of an agent inside of a tool that was not listened to is shown with the question.
        """
        out: list[Event] = []
        for item in items:
            call_id = call_id_of(item.raw_item)
            if call_id not in self._called:
                self._called.add(call_id)
                arguments = _plain(item.raw_item).get("arguments")
                out.append(e.ToolCall(item.tool_name or "tool", arguments, call_id=call_id, lane=self._lane))
            out.append(e.ApprovalRequest(call_id=call_id, lane=self._lane))
        return out

    def output(self, value: object) -> list[Event]:
        """What the run returns, where no text has said it: a tool's result that was made the answer."""
        return [e.FinalText(value, lane=self._lane)] if isinstance(value, str) else []

    def tells(self, error: BaseException) -> bool:
        """Whether the turn tells it: the SDK raises for a reply that was cut off, though it has its text and reason."""
        return self._cut and type(error).__name__ == "ModelBehaviorError"

    def _agent_is(self, name: str) -> list[Event]:
        """Another agent than before has been handed the run. Back again is a path of its own: the last one ends it."""
        before, self._agent = self._agent, name
        if before in (None, name):
            return []
        source = self._lane or ""
        self._lanes += 1
        self._lane = self._key(self._lanes)
        return [e.LaneStart(self._lane, agent=name, handed_from=source)]

    def _raw(self, data: Object) -> list[Event]:
        kind = word(data.get("type")) or ""
        out: list[Event] = []
        if self._reply is None or self._reply.done or kind == "response.created":
            out += self._open(data)
        self._cut = self._cut or kind == "response.incomplete"
        assert self._reply is not None
        return out + [self._placed(event) for event in self._reply.take(data)]

    def _open(self, data: Object) -> list[Event]:
        """A response begins. If the one before had not ended, the SDK has given it up and asks again."""
        response = data.get("response")
        model = word(cast("Object", response).get("model")) if isinstance(response, dict) else None
        again = self._reply is not None and not self._reply.done
        self._reply = Reply(stored=True)
        if again:
            return [e.TurnRetry(turn=self._turn, lane=self._lane)]
        self._turns += 1
        sent, self.sent = self.sent, None
        return [
            e.TurnStart(agent=self._agent, model=model, turn=self._turn, lane=self._lane),
            *([] if sent is None else [replace(sent, turn=self._turn, lane=self._lane)]),
        ]

    @property
    def _turn(self) -> str:
        return self._key(self._turns)

    def _key(self, number: int) -> str:
        return str(number) if self._within is None else f"{self._within}/{number}"

    def _placed(self, event: Event) -> Event:
        """An event of the reply, in its turn and lane; a result finds its call."""
        if isinstance(event, e.ToolCall) and event.call_id:
            self._called.add(event.call_id)
        if isinstance(event, e.ToolResult):
            return replace(event, lane=self._lane)
        return replace(cast("Any", event), turn=self._turn, lane=self._lane)

    def _item(self, item: Any) -> list[Event]:
        match item.type:
            case "tool_call_output_item":
                failed = isinstance(item.output, str) and item.output.startswith(_FAILED)
                return [self._result(item, item.output, failed=failed)]
            case "handoff_output_item":
                return [self._result(item, _plain(item.raw_item).get("output"), failed=False)]
            case kind if kind in _REPEATED:
                return []
            case kind:
                return [e.Unknown(str(kind), payload=item, lane=self._lane)]

    def _result(self, item: Any, value: object, *, failed: bool) -> e.ToolResult:
        call_id = call_id_of(item.raw_item)
        return e.ToolResult(value, call_id=call_id, outcome="error" if failed else "ok", lane=self._lane)


def call_id_of(item: Any) -> str:
    """Of a call, or of what answers it; the provider's own calls have only the id of their item."""
    plain = _plain(item)
    return word(plain.get("call_id")) or word(plain.get("id")) or ""


def _name(agent: Any) -> str:
    return str(agent.name)


def _plain(value: Any) -> Object:
    """As a dict, without made-up ids."""
    dump = getattr(value, "model_dump", None)
    return cast("Object", _without_fakes(value if dump is None else dump(mode="json", warnings=False)))


def _without_fakes(value: object) -> object:
    if isinstance(value, dict):
        items = cast("Object", value).items()
        return {key: _without_fakes(each) for key, each in items if each != _FAKE_ID}
    if isinstance(value, list):
        return [_without_fakes(each) for each in cast("list[object]", value)]
    return value
