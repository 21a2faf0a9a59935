"""AG-UI's events as turnwise's: 1.0 and the versions before it. Pure.

The protocol tells turns only by the order of its events: a tool's result, or the edge of a step, arms; the next text,
reasoning or call that was not seen before opens a turn. The rule holds for the producers of LangGraph (a step is a node
of the graph), ADK, Strands and Pydantic AI (no steps). Ids of messages are no help: some repeat over turns, some change
within one. Knows ``events``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from ... import events as e
from ...agent.providers.untyped import Object, count, inner, objects, word
from ...values import Usage
from .ag_ui_records import Call, Interrupt, Lane
from .ag_ui_shared import Shared
from .base import Translator

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...events import Event

ADK_CONFIRMATION = "adk_request_confirmation"
"""The call by which ADK's producer asks a person; a tool message answers it."""

ADK_PLACEHOLDER = "This tool call requires confirmation"
"""The beginning of what ADK has for a result while it asks."""


class AGUITranslator(Translator):
    """One run, or several that interrupts hold together."""

    def __init__(self, state: Any = None) -> None:
        super().__init__()
        self._shared = Shared({} if state is None else state)
        self._lanes: dict[str | None, Lane] = {}
        self._calls: dict[str, Call] = {}
        self._repeated: set[str] = set()
        """Calls that a run may announce again; their arguments are known."""
        self._silent: set[str] = set()
        """Messages that are not the agent's."""
        self._chunk: dict[str, str] = {}
        """The message or call that a chunk without an id goes on with."""
        self._last_turn: str | None = None
        """Of the main agent, begun in the server's current run."""
        self._counted = False
        """A turn of the server's current run has a usage of its own."""
        self._spoke = False
        """There was a text in the server's current run."""
        self._said_last: str | None = None
        self._legacy: Interrupt | None = None
        self._events: list[Event] = []

    def _said(self, kind: str, item: Object) -> list[Event] | None:
        read = _EVENTS.get(kind)
        if read is None:
            return None
        self._events = []
        read(self, item)
        return self._events

    # turns

    def _turn(self, lane: str | None) -> str:
        """The key of the turn that content of ``lane`` goes to; it begins with its content."""
        state = self._lanes.setdefault(lane, Lane())
        if state.armed and not state.bare:
            if lane is None and state.turns:
                self._show_state()
            self._finish_turn(lane, state)
            state.turns += 1
            state.reasoning = ""
            state.spoke = False
            if lane is None:
                self._last_turn = _key(lane, state.turns)
            self._events.append(e.TurnStart(turn=_key(lane, state.turns), lane=lane))
        state.armed = state.bare = False
        return _key(lane, state.turns)

    def _beside(self, lane: str | None) -> str:
        """The key of the turn that goes on, for what is no content of a model and so begins none but the first."""
        state = self._lanes.setdefault(lane, Lane())
        if not state.turns:
            self._turn(lane)
            state.armed = state.bare = True
        return _key(lane, state.turns)

    def _finish_turn(self, lane: str | None, state: Lane) -> None:
        """No more of the reply can come; nobody says why it ended."""
        if state.turns:
            self._events.append(e.TurnFinish(turn=_key(lane, state.turns), lane=lane))

    def _step(self, item: Object) -> None:
        self._lanes.setdefault(_lane(item), Lane()).armed = True

    # text and reasoning

    def _message_start(self, item: Object) -> None:
        if not _is_the_agents(item):
            self._silent.add(str(item.get("messageId")))

    def _text(self, item: Object) -> None:
        id = self._going_on("text", item.get("messageId"))
        if not _is_the_agents(item):
            self._silent.add(id)
        delta, lane = word(item.get("delta")), _lane(item)
        if delta is None or id in self._silent:
            return
        turn = self._turn(lane)
        self._lanes[lane].spoke = self._spoke = True
        self._events.append(e.TextDelta(delta, key=id, turn=turn, lane=lane))

    def _reasoning(self, item: Object) -> None:
        delta, lane = word(item.get("delta")), _lane(item)
        if delta is None:
            return
        state = self._lanes.get(lane)
        if state is not None and not state.armed and state.spoke and delta == state.reasoning:
            return  # ADK's producer says all of it again after the text or the call
        id = self._going_on("reasoning", item.get("messageId"))
        turn = self._turn(lane)
        self._lanes[lane].reasoning += delta
        self._events.append(e.ReasoningDelta(delta, key=id, turn=turn, lane=lane))

    def _going_on(self, kind: str, id: object) -> str:
        """``id``, or that of the chunk before."""
        self._chunk[kind] = word(id) or self._chunk.get(kind, "")
        return self._chunk[kind]

    # tools

    def _call_start(self, item: Object) -> None:
        id, name, lane = str(item.get("toolCallId")), word(item.get("toolCallName")) or "unknown", _lane(item)
        if id in self._calls:
            self._repeated.add(id)
            return
        hidden = name == ADK_CONFIRMATION
        self._calls[id] = Call(name, lane, "" if hidden else self._turn(lane), open=not hidden)
        if not hidden:
            turn = self._calls[id].turn
            self._lanes[lane].spoke = True
            self._events.append(e.ToolCallDelta(name=name, call_id=id, key=id, turn=turn, lane=lane))

    def _arguments(self, item: Object) -> None:
        id, delta = str(item.get("toolCallId")), word(item.get("delta"))
        call = self._calls.get(id)
        if call is None or delta is None or id in self._repeated:
            return
        call.pieces.append(delta)
        if call.name != ADK_CONFIRMATION:
            self._events.append(e.ToolCallDelta(delta, call_id=id, key=id, turn=call.turn, lane=call.lane))

    def _call_chunk(self, item: Object) -> None:
        id = self._going_on("call", item.get("toolCallId"))
        if id not in self._calls:
            self._call_start({**item, "toolCallId": id})
        self._arguments({**item, "toolCallId": id})

    def _call_end(self, item: Object) -> None:
        """Arguments may still come after it, while calls interleave; what asks a person comes whole."""
        id = str(item.get("toolCallId"))
        call = self._calls.get(id)
        if call is None or call.name != ADK_CONFIRMATION:
            return
        original = inner(call.arguments, "originalFunctionCall")
        hint = word(inner(call.arguments, "toolConfirmation").get("hint"))
        about = str(original.get("id"))
        known = self._calls.get(about)
        if (
            known is None or known.returned
        ):  # with a placeholder in the tool's own words, which a result will replace
            shown = {"reason": original.get("name"), "metadata": original.get("args")}
            about = self._show({"id": f"{id}-question", **shown})
        if known is not None:
            known.returned = False
        self._ask(Interrupt(tool=id), about, hint, editable=False)

    def _result(self, item: Object) -> None:
        id = str(item.get("toolCallId"))
        call = self._calls.get(id)
        value = _value(item.get("content"))
        if call is not None and (call.returned or _asks_first(value)):
            return
        lane = _lane(item) if call is None else call.lane
        if call is not None:
            call.open, call.returned = False, True
        self._lanes.setdefault(lane, Lane()).armed = True
        self._events.append(e.ToolResult(value, call_id=id, outcome="unknown", lane=lane))

    def _snapshot(self, item: Object) -> None:
        """All messages: some producers tell results of calls, and texts that were not streamed, nowhere else."""
        messages = objects(item.get("messages"))
        for message in messages:
            id = word(message.get("toolCallId"))
            call = self._calls.get(id or "")
            if message.get("role") == "tool" and call is not None and call.open and message.get("content"):
                call.open = False
                state = self._lanes[call.lane]
                state.armed = state.armed or call.turn == _key(call.lane, state.turns)
                outcome = "error" if message.get("error") else "unknown"
                value = _value(message.get("content"))
                self._events.append(e.ToolResult(value, call_id=id, outcome=outcome, lane=call.lane))
        last: Object = messages[-1] if messages else {}
        answers = last.get("role") == "assistant" and not last.get("toolCalls")
        self._said_last = word(last.get("content")) if answers else None

    # what else there is

    def _activity(self, item: Object) -> None:
        id, lane = str(item.get("messageId")), _lane(item)
        name, content = word(item.get("activityType")) or "activity", self._shared.activity(id, item)
        self._events.append(e.Data(name, content, key=id, turn=self._beside(lane), lane=lane))

    def _state(self, item: Object) -> None:
        self._shared.hear(item)

    def _show_state(self) -> None:
        """At the end of a turn: some producers patch it with every word that they write into it."""
        state = self._shared.changed()
        if state is not None:
            self._events.append(e.Data("state", state, key="state", turn=self._beside(None)))

    def _custom(self, item: Object) -> None:
        name, value, lane = word(item.get("name")) or "custom", item.get("value"), _lane(item)
        if name == "on_interrupt":
            self._legacy = Interrupt(actions=objects(inner(_value(value)).get("action_requests")))
            return
        self._events.append(e.Data(name, value, turn=self._beside(lane), lane=lane))

    def _raw(self, item: Object) -> None:
        """The producer's own events, which the others tell again; Strands tells a turn's usage nowhere else."""
        usage = _usage(inner(item, "event", "event", "metadata", "usage"))
        state = self._lanes.get(None)
        if usage is not None and state is not None and state.turns:
            self._counted = True
            self._events.append(e.TurnUsage(usage, turn=_key(None, state.turns)))

    def _subagent(self, item: Object) -> None:
        self._events.append(
            e.LaneStart(
                str(item.get("subagentRunId")),
                agent=word(item.get("name")),
                parent_call_id=word(item.get("parentToolCallId")),
            )
        )

    def _subagent_error(self, item: Object) -> None:
        """The agent that asked for it may go on."""
        self._events.append(
            e.Data("subagent error", item.get("message"), lane=str(item.get("subagentRunId")))
        )

    def _run_started(self, item: Object) -> None:
        del item
        for state in self._lanes.values():
            state.armed = True
        self._repeated.update(self._calls)
        self._said_last = self._last_turn = None
        self._spoke = self._counted = False

    def _run_finished(self, item: Object) -> None:
        self.ended = self.over = True
        outcome = inner(item, "outcome")
        interrupts = objects(outcome.get("interrupts"))
        for told in interrupts:
            self._interrupt(told)
        if not interrupts and self._legacy is not None:
            self._ask_all(self._legacy, None, editable=bool(self._legacy.actions))
        self._legacy = None
        if outcome.get("type") == "cancelled":
            self._events.append(e.Error("The server stopped the run.", kind="Cancelled"))
        if not self.questions:
            self._answer(item.get("result"))
        self._show_state()
        self._run_usage(item)
        for lane, state in self._lanes.items():
            self._finish_turn(lane, state)

    def _answer(self, result: Any) -> None:
        """What was not said as it came: the last message of a snapshot, or else the run's result."""
        if self._said_last is not None:
            self._events.append(e.FinalText(self._said_last))
        elif result and not self._spoke and isinstance(result, str):
            self._events.append(e.FinalText(result))
        elif result and not self._spoke:
            self._events.append(e.Data("result", result, turn=self._beside(None)))

    def _run_usage(self, item: Object) -> None:
        """Of the whole run, by model, which has no place of its own: so the sum is right, and a single turn's too."""
        told = [usage for counts in objects(item.get("usage")) if (usage := _usage(counts)) is not None]
        if told and not self._counted and self._last_turn is not None:
            self._events.append(e.TurnUsage(sum(told, Usage()), turn=self._last_turn))

    def _run_error(self, item: Object) -> None:
        self.ended = self.over = True
        self._show_state()
        self._run_usage(item)
        message = word(item.get("message")) or "The server reports an error and does not say which."
        self._events.append(e.Error(message, kind=word(item.get("code")) or "RUN_ERROR"))

    # questions

    def _interrupt(self, told: Object) -> None:
        actions = objects(inner(told, "metadata", "langgraph", "raw").get("action_requests"))
        interrupt = Interrupt(id=word(told.get("id")), actions=actions)
        editable = bool(actions) or "editedArgs" in inner(told, "responseSchema", "properties")
        message = word(told.get("message"))
        call_id = word(told.get("toolCallId"))
        if call_id in self._calls:
            self._ask(interrupt, str(call_id), message, editable=editable)
        elif actions:
            self._ask_all(interrupt, message, editable=editable)
        else:
            call_id = self._meant(interrupt.id or "") or self._show(told)
            self._ask(interrupt, call_id, message or word(told.get("reason")), editable=editable)

    def _ask_all(self, interrupt: Interrupt, message: str | None, *, editable: bool) -> None:
        """About each call that LangGraph names, which it does by name and arguments."""
        for action in interrupt.actions:
            waiting = [
                (id, call)
                for id, call in self._calls.items()
                if call.open and call.name == action.get("name")
            ]
            same = [id for id, call in waiting if call.arguments == action.get("args")]
            if same or waiting:
                said = word(action.get("description")) or message
                self._ask(interrupt, (same or [waiting[0][0]])[0], said, editable=editable)
        if not interrupt.calls:
            self._ask(interrupt, self._meant("") or self._show({"id": interrupt.id}), message, editable=False)

    def _meant(self, hint: str) -> str | None:
        """The call that an interrupt without a call is about: the one that its id names, or the only one that waits."""
        waiting = [id for id, call in self._calls.items() if call.open]
        named = [id for id in waiting if id in hint]
        return next(iter(named or (waiting if len(waiting) == 1 else [])), None)

    def _show(self, told: Object) -> str:
        """A step for a question that no call of the model led to."""
        id = word(told.get("id")) or f"interrupt{len(self._calls) + 1}"
        name, turn = word(told.get("reason")) or "interrupt", self._turn(None)
        self._calls[id] = Call(name, None, turn)
        self._events.append(e.ToolCall(name, told.get("metadata"), call_id=id, key=id, turn=turn))
        return id

    def _ask(self, interrupt: Interrupt, call_id: str, message: str | None, *, editable: bool) -> None:
        call = self._calls.get(call_id)
        if call is not None:
            call.open = False
        interrupt.calls.append(call_id)
        self.questions[call_id] = interrupt
        self._events.append(e.ApprovalRequest(message, call_id=call_id, editable=editable))


def _lane(item: Object) -> str | None:
    return word(item.get("subagentRunId"))


def _is_the_agents(item: Object) -> bool:
    """Some producers have a role of null where the protocol means its default."""
    return (item.get("role") or "assistant") == "assistant"


def _key(lane: str | None, turn: int) -> str:
    return str(turn) if lane is None else f"{lane} {turn}"


def _value(content: Any) -> Any:
    """A tool's result: the protocol has it as text, and most of it is JSON."""
    if not isinstance(content, str) or not content.lstrip().startswith(("{", "[", '"')):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def _asks_first(value: Any) -> bool:
    """Whether it is no result, but stands where ADK will have one."""
    return str(inner(value).get("error", "")).startswith(ADK_PLACEHOLDER)


def _usage(counts: object) -> Usage | None:
    told, said = count(counts, "inputTokens"), count(counts, "outputTokens")
    if told is None and said is None:
        return None
    cached = count(counts, "cachedInputTokens")
    return Usage(
        input_tokens=told,
        output_tokens=said,
        cached_tokens=count(counts, "cacheReadInputTokens") if cached is None else cached,
        reasoning_tokens=count(counts, "reasoningTokens"),
    )


def _nothing(translator: AGUITranslator, item: Object) -> None:
    """It says nothing that others do not, or nothing for a reader."""


_It: TypeAlias = AGUITranslator

_EVENTS: dict[str, Callable[[_It, Object], None]] = {
    "RUN_STARTED": _It._run_started,
    "RUN_FINISHED": _It._run_finished,
    "RUN_ERROR": _It._run_error,
    "STEP_STARTED": _It._step,
    "STEP_FINISHED": _It._step,
    "TEXT_MESSAGE_START": _It._message_start,
    "TEXT_MESSAGE_CONTENT": _It._text,
    "TEXT_MESSAGE_CHUNK": _It._text,
    "TEXT_MESSAGE_END": _nothing,
    "REASONING_START": _nothing,
    "REASONING_MESSAGE_START": _nothing,
    "REASONING_MESSAGE_CONTENT": _It._reasoning,
    "REASONING_MESSAGE_CHUNK": _It._reasoning,
    "REASONING_MESSAGE_END": _nothing,
    "REASONING_END": _nothing,
    "REASONING_ENCRYPTED_VALUE": _nothing,
    "THINKING_START": _nothing,
    "THINKING_TEXT_MESSAGE_START": _nothing,
    "THINKING_TEXT_MESSAGE_CONTENT": _It._reasoning,
    "THINKING_TEXT_MESSAGE_END": _nothing,
    "THINKING_END": _nothing,
    "TOOL_CALL_START": _It._call_start,
    "TOOL_CALL_ARGS": _It._arguments,
    "TOOL_CALL_CHUNK": _It._call_chunk,
    "TOOL_CALL_END": _It._call_end,
    "TOOL_CALL_RESULT": _It._result,
    "MESSAGES_SNAPSHOT": _It._snapshot,
    "STATE_SNAPSHOT": _It._state,
    "STATE_DELTA": _It._state,
    "ACTIVITY_SNAPSHOT": _It._activity,
    "ACTIVITY_DELTA": _It._activity,
    "CUSTOM": _It._custom,
    "RAW": _It._raw,
    "SUBAGENT_STARTED": _It._subagent,
    "SUBAGENT_FINISHED": _nothing,
    "SUBAGENT_ERROR": _It._subagent_error,
}
