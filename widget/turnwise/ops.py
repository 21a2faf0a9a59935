"""What happens to a transcript: a strict vocabulary, which is also the wire to the page.

Ids are minted by the assembler, every part and turn is opened and closed exactly once, text only grows (or is
replaced by an explicit op). No field's absence means "unchanged", and nothing refers to an offset in a text: Python
counts code points and JavaScript UTF-16 units. The kernel (``transcript.py``) and the page (``js/src/transcript.ts``)
fold the same ops; ``tests/vectors`` holds the two together, and ``js/src/protocol.ts`` is generated from this file.

Times are seconds since the epoch. Knows only ``values``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from .values import (
    Decision,
    Failure,
    FinishReason,
    Json,
    Outcome,
    OutputStream,
    PartKind,
    RequestFacts,
    RunStatus,
    ToolState,
    TurnStatus,
    Usage,
    record,
)


@record(kw_only=True)
class AddRun:
    """A prompt was sent; its run waits until the one before has ended."""

    run: str
    number: int
    """1-based in the conversation."""
    prompt: str
    client_id: str | None
    """What the page called this prompt when it sent it, so that it can tell its own; ``None`` when Python sent it."""
    time: float
    op: ClassVar[Literal["add_run"]] = "add_run"


@record(kw_only=True)
class StartRun:
    """The agent has been given the prompt."""

    run: str
    time: float
    op: ClassVar[Literal["start_run"]] = "start_run"


@record(kw_only=True)
class EndRun:
    """Nothing more will come, except a late result or usage."""

    run: str
    status: RunStatus
    error: Failure | None
    time: float
    op: ClassVar[Literal["end_run"]] = "end_run"


@record(kw_only=True)
class OpenLane:
    """Another agent's path through the run begins: a parallel branch, a sub-agent, or one that the run is handed to."""

    run: str
    lane: str
    agent: str | None
    parent: str | None
    """The tool step that started it, under which its turns nest; ``None`` if it stands beside the others."""
    handed_from: str | None
    """The lane that handed over to it; ``None`` if none did."""
    time: float
    op: ClassVar[Literal["open_lane"]] = "open_lane"


@record(kw_only=True)
class OpenTurn:
    """A model call begins."""

    run: str
    turn: str
    number: int
    """1-based in the run, over all lanes; never reused."""
    lane: str
    """The agent's path through the run; ``"main"`` unless several agents work at once, else one that was opened."""
    agent: str | None
    model: str | None
    attempt: int
    """1-based; a retry of the same model call keeps the turn and counts this up."""
    auxiliary: bool
    """The framework makes the call for its own ends, such as to put the answer into a form: it is never final."""
    time: float
    op: ClassVar[Literal["open_turn"]] = "open_turn"


@record(kw_only=True)
class DescribeTurn:
    """Who makes the call became known after it began."""

    turn: str
    agent: str | None
    model: str | None
    op: ClassVar[Literal["describe_turn"]] = "describe_turn"


@record(kw_only=True)
class SetRequest:
    """What the model was sent for this turn; replaces what was known."""

    turn: str
    facts: RequestFacts
    body: Json
    """What is not as in the request of ``facts.since``, as ``request`` reads it; ``None`` in pages, which may ask."""
    op: ClassVar[Literal["set_request"]] = "set_request"


@record(kw_only=True)
class ResetTurn:
    """The attempt was abandoned: what it showed goes, and the next attempt begins. What it cost stays."""

    turn: str
    attempt: int
    time: float
    op: ClassVar[Literal["reset_turn"]] = "reset_turn"


@record(kw_only=True)
class EndReply:
    """The model has said all it will in this turn; its tools may still run."""

    turn: str
    finish_reason: FinishReason
    native_finish_reason: str | None
    time: float
    op: ClassVar[Literal["end_reply"]] = "end_reply"


@record(kw_only=True)
class SetUsage:
    """Tokens of the turn; replaces what was known."""

    turn: str
    usage: Usage
    op: ClassVar[Literal["set_usage"]] = "set_usage"


@record(kw_only=True)
class CloseTurn:
    """The turn is over."""

    turn: str
    status: TurnStatus
    time: float
    op: ClassVar[Literal["close_turn"]] = "close_turn"


@record(kw_only=True)
class OpenPart:
    """A block of text or reasoning begins, empty."""

    turn: str
    part: str
    kind: PartKind
    time: float
    op: ClassVar[Literal["open_part"]] = "open_part"


@record(kw_only=True)
class OpenTool:
    """A tool call begins; its arguments are appended as JSON text."""

    turn: str
    part: str
    name: str
    call_id: str | None
    """The source's id of the call; not unique, may be missing."""
    time: float
    op: ClassVar[Literal["open_tool"]] = "open_tool"


@record(kw_only=True)
class DescribeTool:
    """The name or the source's id of a call changed: it was repaired, or the whole call names it anew."""

    part: str
    name: str
    call_id: str | None
    op: ClassVar[Literal["describe_tool"]] = "describe_tool"


@record(kw_only=True)
class Append:
    """More text for a part: of the block, or of a tool's arguments."""

    part: str
    text: str
    op: ClassVar[Literal["append"]] = "append"


@record(kw_only=True)
class Replace:
    """The part's text so far is replaced as a whole."""

    part: str
    text: str
    op: ClassVar[Literal["replace"]] = "replace"


@record(kw_only=True)
class ClosePart:
    """The block of text or reasoning is complete."""

    part: str
    time: float
    op: ClassVar[Literal["close_part"]] = "close_part"


@record(kw_only=True)
class SetArguments:
    """A tool's arguments are final."""

    part: str
    arguments: Json
    """The decoded arguments; ``None`` if they could not be decoded (the text is kept)."""
    invalid: str | None
    """Why the text is not valid JSON, or ``None``."""
    time: float
    op: ClassVar[Literal["set_arguments"]] = "set_arguments"


@record(kw_only=True)
class SetNative:
    """What the provider wants back with this part, as it sent it: a signature, an encrypted item, an id."""

    part: str
    native: Json
    op: ClassVar[Literal["set_native"]] = "set_native"


@record(kw_only=True)
class RequestApproval:
    """A person is asked whether the tool may run; the step waits."""

    part: str
    message: str | None
    """The source's own words for the question."""
    editable: bool
    """Whether the tool may run with other arguments than those that the model wrote."""
    time: float
    op: ClassVar[Literal["request_approval"]] = "request_approval"


@record(kw_only=True)
class ResolveApproval:
    """A person has answered."""

    part: str
    decision: Decision
    reason: str | None
    edited: Json
    """The arguments that the tool runs with instead of those that the model wrote; ``None``: with those."""
    time: float
    op: ClassVar[Literal["resolve_approval"]] = "resolve_approval"


@record(kw_only=True)
class SetToolState:
    """A tool step moved on without a result."""

    part: str
    state: ToolState
    time: float
    op: ClassVar[Literal["set_tool_state"]] = "set_tool_state"


@record(kw_only=True)
class SetResult:
    """What the tool returned; replaces an earlier result."""

    part: str
    result: Json
    outcome: Outcome
    preliminary: bool
    """It is not the real one yet (progress, a placeholder): the step stays as it is and another result follows."""
    time: float
    size: int | None = None
    """About how many characters the whole has, if ``result`` is less; so it is in pages only, which may ask."""
    op: ClassVar[Literal["set_result"]] = "set_result"


@record(kw_only=True)
class AddOutput:
    """A tool printed or displayed something while it ran. Text goes on where the last output was of its stream."""

    part: str
    stream: OutputStream
    text: str
    """``""`` for what was displayed."""
    display: Json
    """``{"mimebundle": {media type: data}}``; ``None`` for what was printed."""
    display_id: str | None = None
    """A display that has this name already is replaced."""
    clear: bool = False
    """What the tool had put out before goes. With neither text nor display, nothing else comes."""
    time: float
    op: ClassVar[Literal["add_output"]] = "add_output"


@record(kw_only=True)
class AddSource:
    """Something that the answer rests on."""

    turn: str
    part: str
    url: str | None
    title: str | None
    snippet: str | None
    time: float
    op: ClassVar[Literal["add_source"]] = "add_source"


@record(kw_only=True)
class AddFile:
    """A file or image that the agent made."""

    turn: str
    part: str
    name: str | None
    media_type: str
    url: str | None
    """Where it is; ``None`` if it came as data."""
    data: str | None
    """Its bytes, as base64; ``None`` if it is elsewhere."""
    native: Json
    """As in ``SetNative``."""
    time: float
    op: ClassVar[Literal["add_file"]] = "add_file"


@record(kw_only=True)
class SetData:
    """Data of the application's own; the same part again replaces its value."""

    turn: str
    part: str
    name: str
    value: Json
    time: float
    op: ClassVar[Literal["set_data"]] = "set_data"


@record(kw_only=True)
class SetNotice:
    """Something odd that the reader should know of; the same ``code`` again in the same place replaces it."""

    run: str
    turn: str | None
    code: str
    message: str
    count: int
    """How often it happened."""
    op: ClassVar[Literal["set_notice"]] = "set_notice"


Op: TypeAlias = (
    AddRun
    | StartRun
    | EndRun
    | OpenLane
    | OpenTurn
    | DescribeTurn
    | SetRequest
    | ResetTurn
    | EndReply
    | SetUsage
    | CloseTurn
    | OpenPart
    | OpenTool
    | DescribeTool
    | Append
    | Replace
    | ClosePart
    | SetArguments
    | SetNative
    | RequestApproval
    | ResolveApproval
    | SetToolState
    | SetResult
    | AddOutput
    | AddSource
    | AddFile
    | SetData
    | SetNotice
)


def turn_id(op: Op) -> str | None:
    """Id of the turn that ``op`` is about, if it is about one; a part's id is its turn's and a number."""
    part: str = getattr(op, "part", "")
    return getattr(op, "turn", None) or part.rpartition(".")[0] or None
