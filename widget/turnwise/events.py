"""What an adapter says: a lenient vocabulary in the source's own keys.

Turns may be unannounced, ends are optional, call ids may be missing. The assembler makes strict ops of it.
Adapters see only this module (and ``values``); agents that are plain functions may yield these events too::

    async def agent(prompt, history):
        yield ReasoningDelta("They want the weather. ")
        yield ToolCall("get_weather", {"city": "Paris"}, call_id="1")
        yield ToolResult({"temp_c": 18}, call_id="1")
        yield "It is 18 °C in Paris."  # after a result: the next turn

On every event, ``turn`` is the source's own key of the model call (``None``: the lane's current turn) and ``lane``
the source's own key of the agent's path through the run (``None``: the main lane). ``id`` is the source's id of the
event itself, if it has one: delivered again, it is ignored. None of them is ever shown.
"""

from __future__ import annotations

from dataclasses import KW_ONLY  # noqa: TC003  # read by dataclass() when it runs
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from .values import Decision, FinishReason, Outcome, OutputStream, Usage, record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


@record
class TurnStart:
    """A model call begins. Optional: content opens a turn by itself. Repeating it for an empty turn is harmless."""

    _: KW_ONLY
    agent: str | None = None
    """Name of the agent that makes the call, where there may be several."""
    model: str | None = None
    tools: Collection[str] | None = None
    """Names of the tools that are offered to the model; a call to another is invalid. ``None``: not known."""
    auxiliary: bool = False
    """The framework makes the call for its own ends, such as to put the answer into a form: it is no answer itself."""
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["turn_start"]] = "turn_start"


@record
class ModelRequest:
    """What the model is sent for a turn, as its source knows it. It stands between ``TurnStart`` and the content.

    All of it, each time: what is new is found out. It must not be changed afterwards. Headers and keys are no part of
    it; settings that are named like one are hidden all the same.
    """

    messages: Sequence[Any]
    """Oldest first, in the source's own form: dicts, or objects of a framework. The system prompt may lead them."""
    _: KW_ONLY
    system: Any = None
    """The system prompt where it is sent beside the messages, usually a string."""
    tools: Sequence[Any] | None = None
    """Their definitions, with name and schema; ``None``: not known."""
    settings: Mapping[str, Any] | None = None
    """What else the request says: temperature, a limit of tokens."""
    model: str | None = None
    exact: bool = False
    """It is what goes over the wire; otherwise what a framework makes that of."""
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["model_request"]] = "model_request"


@record
class TextDelta:
    """More of the answer's text. Deltas with one ``key`` belong to one block; without a key, neighbours do."""

    text: str
    _: KW_ONLY
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["text_delta"]] = "text_delta"


@record
class Text:
    """A whole block of text. It replaces the deltas of the same key; it never adds to them."""

    text: str
    _: KW_ONLY
    native: Any = None
    """What the provider wants back with the block."""
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["text"]] = "text"


@record
class ReasoningDelta:
    """More of what the model thinks before it answers (thinking, thoughts, reasoning summary)."""

    text: str
    _: KW_ONLY
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["reasoning_delta"]] = "reasoning_delta"


@record
class Reasoning:
    """A whole block of reasoning. It replaces the deltas of the same key; without text it may still be ``native``."""

    text: str
    _: KW_ONLY
    native: Any = None
    """What the provider wants back with the block: a signature, an encrypted item."""
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["reasoning"]] = "reasoning"


@record
class ToolCallDelta:
    """A piece of a tool call. ``name`` comes whole, ``arguments`` as pieces of JSON text.

    ``key`` tells calls of one turn apart while they stream (an index, a block id); without it ``call_id`` does,
    and without both a piece with a name opens a call and one without continues the last.
    """

    arguments: str = ""
    _: KW_ONLY
    name: str | None = None
    call_id: str | None = None
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["tool_call_delta"]] = "tool_call_delta"


@record
class ToolCall:
    """A whole tool call: its arguments are final.

    ``arguments`` is JSON text, the decoded value, or ``None`` for none.
    """

    name: str
    arguments: Any = None
    _: KW_ONLY
    native: Any = None
    """What the provider wants back with the call, such as the signature of the thought that led to it."""
    hosted: bool = False
    """The provider runs the tool by itself: it need not be offered, and its result does not end the model's reply."""
    call_id: str | None = None
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["tool_call"]] = "tool_call"


@record
class ToolStart:
    """The tool begins to run (its arguments are final now)."""

    _: KW_ONLY
    call_id: str | None = None
    name: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["tool_start"]] = "tool_start"


@record
class ToolResult:
    """What a tool returned. It finds its call by ``call_id``, in any turn of any run; a second one replaces the first.

    Without a ``call_id`` it answers the oldest unanswered call of that ``name`` in the lane.
    """

    value: Any
    _: KW_ONLY
    call_id: str | None = None
    name: str | None = None
    outcome: Outcome = "ok"
    preliminary: bool = False
    """Progress, or a placeholder: the call is not answered by it, and the real result replaces it."""
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["tool_result"]] = "tool_result"


@record
class ToolOutput:
    """What a tool prints or displays while it runs, beside its result. It finds its call as ``ToolResult`` does."""

    text: str = ""
    _: KW_ONLY
    stream: OutputStream = "stdout"
    display: Any = None
    """What it displayed, as media types and their data: ``{"text/html": …}``. The stream is ``"display"`` then."""
    display_id: str | None = None
    """A name for the display: another one with it takes its place."""
    clear: bool = False
    """Take away what the tool put out before; this, if it says anything, comes instead."""
    call_id: str | None = None
    name: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["tool_output"]] = "tool_output"


@record
class ToolCallRenamed:
    """An invalid call was repaired: it goes on under the name of a tool that was offered."""

    name: str
    _: KW_ONLY
    call_id: str | None = None
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["tool_call_renamed"]] = "tool_call_renamed"


@record
class ToolCallRejected:
    """A call is invalid: no such tool was offered. The turn goes on; ``reason`` is the call's result."""

    reason: str
    _: KW_ONLY
    call_id: str | None = None
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["tool_call_rejected"]] = "tool_call_rejected"


@record
class TurnAbandoned:
    """The turn is given up for an invalid call; of what its reply still says, only the usage counts.

    The invalid calls fail with ``reason``, the other ones are skipped, and the next ``TurnStart`` begins anew.
    """

    reason: str
    _: KW_ONLY
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["turn_abandoned"]] = "turn_abandoned"


@record
class TurnRetry:
    """The model call is made again from the start: what this attempt has shown is taken back."""

    _: KW_ONLY
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["turn_retry"]] = "turn_retry"


@record
class ApprovalRequest:
    """A person is to be asked whether the call may run."""

    message: str | None = None
    """The source's words for the question, if it has any."""
    _: KW_ONLY
    editable: bool = False
    """Whether the call may run with other arguments than those that the model wrote."""
    call_id: str | None = None
    name: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["approval_request"]] = "approval_request"


@record
class ApprovalResponse:
    """A person has answered. ``arguments``: the call runs with these instead of the model's."""

    decision: Decision
    _: KW_ONLY
    reason: str | None = None
    arguments: Any = None
    call_id: str | None = None
    name: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["approval_response"]] = "approval_response"


@record
class LaneStart:
    """Another agent begins its own path through the run. ``lane`` is its key, which the events of its turns carry."""

    lane: str
    _: KW_ONLY
    agent: str | None = None
    parent_call_id: str | None = None
    """The tool call that it works for: its turns nest under that step."""
    handed_from: str | None = None
    """Key of the lane that hands the run over to it; ``""`` for the main lane."""
    id: str | None = None
    type: ClassVar[Literal["lane_start"]] = "lane_start"


@record
class Source:
    """Something that the answer rests on. The same ``url`` or ``key`` again in a turn is the same source."""

    url: str | None = None
    title: str | None = None
    _: KW_ONLY
    snippet: str | None = None
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["source"]] = "source"


@record
class File:
    """A file or image that the agent made: bytes (``data``), or where it is (``url``)."""

    data: bytes | None = None
    _: KW_ONLY
    url: str | None = None
    media_type: str = "application/octet-stream"
    name: str | None = None
    native: Any = None
    """As in ``Text``."""
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["file"]] = "file"


@record
class Data:
    """Data of the application's own. The same ``key`` again in a turn replaces the value."""

    name: str
    value: Any
    _: KW_ONLY
    key: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["data"]] = "data"


@record
class FinalText:
    """The answer as the framework's result object has it: shown only if it was not said.

    With ``turn`` it stands in that turn; else in the lane's last one, if that said and called nothing, or in a new one.
    """

    text: str
    _: KW_ONLY
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["final_text"]] = "final_text"


@record
class TurnUsage:
    """Tokens of one model call so far. The last one wins; it may come after the turn's end."""

    usage: Usage
    _: KW_ONLY
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["turn_usage"]] = "turn_usage"


@record
class TurnFinish:
    """The model has finished its reply (its tools may still run). ``native`` is the provider's own word."""

    reason: FinishReason | None = None
    _: KW_ONLY
    native: str | None = None
    settled: bool = False
    """It is what another assembler made of it. Otherwise a stop with calls is for their sake: not every source says."""
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["turn_finish"]] = "turn_finish"


@record
class Error:
    """The source reports an error in its stream. An exception that follows and repeats it is the same error."""

    message: str
    _: KW_ONLY
    kind: str = "error"
    detail: str | None = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["error"]] = "error"


@record
class Unknown:
    """Something that the adapter does not know: reported once per turn by its ``kind``, never dropped in silence.

    The ``payload`` is for who reads the events themselves; no conversation keeps it.
    """

    kind: str
    _: KW_ONLY
    payload: Any = None
    turn: str | None = None
    lane: str | None = None
    id: str | None = None
    type: ClassVar[Literal["unknown"]] = "unknown"


Event: TypeAlias = (
    TurnStart
    | ModelRequest
    | TextDelta
    | Text
    | ReasoningDelta
    | Reasoning
    | ToolCallDelta
    | ToolCall
    | ToolStart
    | ToolResult
    | ToolOutput
    | ToolCallRenamed
    | ToolCallRejected
    | TurnAbandoned
    | TurnRetry
    | ApprovalRequest
    | ApprovalResponse
    | LaneStart
    | Source
    | File
    | Data
    | FinalText
    | TurnUsage
    | TurnFinish
    | Error
    | Unknown
)
