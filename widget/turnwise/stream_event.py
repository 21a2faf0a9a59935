"""What ``stream`` tells: an event with the run, the turn and the lane that it belongs to.

Knows the values and what a model is sent; ``reader`` makes them of ops, ``sse`` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from .request import Request
    from .values import (
        Decision,
        Failure,
        FinishReason,
        Json,
        Outcome,
        OutputStream,
        RunStatus,
        ToolState,
        TurnStatus,
        Usage,
    )

StreamType: TypeAlias = Literal[
    "run_start",
    "lane_start",
    "turn_start",
    "turn_info",
    "model_request",
    "turn_retry",
    "text_start",
    "text_delta",
    "text_replace",
    "text_end",
    "text",
    "text_retract",
    "reasoning_start",
    "reasoning_delta",
    "reasoning_replace",
    "reasoning_end",
    "tool_call_start",
    "tool_call_delta",
    "tool_call_replace",
    "tool_call_info",
    "tool_call",
    "approval_request",
    "approval_response",
    "tool_start",
    "tool_state",
    "tool_output",
    "tool_result",
    "source",
    "file",
    "data",
    "native",
    "usage",
    "reply_end",
    "turn_finish",
    "notice",
    "run_finish",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """Something that happened in a run. ``type`` says what, and which of the fields below ``part_id`` are there.

    ======================================  ========================================================================
    ``run_start``                           ``prompt``
    ``lane_start``                          ``agent``, ``parent_id`` (a tool step), ``handed_from`` (a lane)
    ``turn_start``, ``turn_info``           ``agent``, ``model``, ``attempt``
    ``model_request``                       ``request``: what the model is sent, and what of it is new
    ``turn_retry``                          ``attempt``: forget what the turn has said so far
    ``text_start/_delta/_replace/_end``     ``text``: nothing, a piece, the new whole, the whole
    ``text``                                ``text``: a whole block that was held back
    ``text_retract``                        forget the turn's text: it was not the final turn
    ``reasoning_…``                         as with text
    ``tool_call_start/_info``               ``name``, ``call_id``
    ``tool_call_delta/_replace``            ``text``: of the arguments' JSON
    ``tool_call``                           ``name``, ``call_id``, ``arguments``, ``invalid`` (why they are no JSON)
    ``approval_request``                    ``name``, ``call_id``, ``arguments``, ``message``, ``editable``
    ``approval_response``                   ``decision``, ``reason``, ``arguments`` (edited)
    ``tool_start``, ``tool_state``          ``name``, ``call_id``, ``state``
    ``tool_output``                         ``name``, ``call_id``, ``stream``, and ``text`` or ``value`` (a display;
                                            in place of that with its ``display_id``); ``clear``: instead of all before
    ``tool_result``                         ``name``, ``call_id``, ``result``, ``outcome``, ``preliminary``
    ``source``                              ``url``, ``title``
    ``file``                                ``name``, ``media_type``, ``url`` or ``data`` (base64)
    ``data``                                ``name``, ``value``
    ``native``                              ``value``: what the provider wants back with the part
    ``usage``                               ``usage``: of the turn so far
    ``reply_end``                           ``finish_reason``, ``native_finish_reason``
    ``turn_finish``                         ``status``, ``finish_reason``, ``usage``
    ``notice``                              ``code``, ``message``, ``count``
    ``run_finish``                          ``status``, ``error``, ``usage`` (of all turns), ``text`` (the final one)
    ======================================  ========================================================================
    """

    type: StreamType
    run_id: str
    turn: int | None
    """1-based; ``None`` only for what concerns the run as a whole."""
    turn_id: str | None
    """Unique over all runs."""
    lane: str | None
    """``"main"``, unless several agents work at once."""
    time: float
    """Seconds since the epoch."""
    part_id: str | None = None
    """Of the block of text or the tool step."""
    text: str | None = None
    prompt: str | None = None
    agent: str | None = None
    model: str | None = None
    attempt: int | None = None
    parent_id: str | None = None
    handed_from: str | None = None
    name: str | None = None
    call_id: str | None = None
    arguments: Json = None
    invalid: str | None = None
    state: ToolState | None = None
    result: Json = None
    outcome: Outcome | None = None
    stream: OutputStream | None = None
    display_id: str | None = None
    clear: bool | None = None
    preliminary: bool | None = None
    message: str | None = None
    editable: bool | None = None
    decision: Decision | None = None
    reason: str | None = None
    url: str | None = None
    title: str | None = None
    media_type: str | None = None
    data: str | None = None
    value: Json = None
    usage: Usage | None = None
    finish_reason: FinishReason | None = None
    native_finish_reason: str | None = None
    status: RunStatus | TurnStatus | None = None
    code: str | None = None
    count: int | None = None
    error: Failure | None = None
    request: Request | None = None
    """For Python only: a system prompt and the tools' schemas are nobody's business at the other end of a server."""

    def to_dict(self) -> dict[str, Json]:
        """As JSON-safe data for the outside world: keys in camelCase, without what is not there."""
        out: dict[str, Json] = {}
        for name in _FIELDS:
            value: Any = getattr(self, name)
            if value is not None or name in _ALWAYS.get(self.type, ()):
                out[_camel(name)] = _plain(value) if name in ("usage", "error") else value
        return out


_FIELDS = tuple(field.name for field in fields(StreamEvent) if field.name != "request")
_ALWAYS: dict[str, tuple[str, ...]] = {
    # Where null is a value and not an absence.
    "tool_call": ("arguments",),
    "tool_result": ("result",),
    "data": ("value",),
}


def _plain(value: Any) -> Json:
    return {
        _camel(name): getattr(value, name) for name in value.__slots__ if getattr(value, name) is not None
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
