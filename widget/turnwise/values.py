"""The words that both vocabularies share: what an agent says (events) and what happens to a transcript (ops).

Knows nothing of either, and nothing of turnwise's other modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
"""A value that ``json.dumps`` accepts as it is: no NaN, no lone surrogates, no cycles."""

FinishReason: TypeAlias = Literal[
    "stop", "tool_calls", "length", "content_filter", "cancelled", "error", "unknown"
]
"""Why a model stopped, in one vocabulary for every provider; the provider's own word is kept beside it."""

RunStatus: TypeAlias = Literal["queued", "running", "complete", "cancelled", "truncated", "error", "dropped"]
"""``dropped`` is a queued prompt that never ran; ``truncated`` a stream that ended without saying that it had."""

TurnStatus: TypeAlias = Literal["streaming", "complete", "cancelled", "truncated", "error", "abandoned"]
"""``abandoned``: the reply was given up for an invalid tool call, and the next turn takes its place."""

ToolState: TypeAlias = Literal[
    "streaming",
    "ready",
    "approval",
    "running",
    "done",
    "error",
    "denied",
    "invalid",
    "skipped",
    "cancelled",
    "unanswered",
]
"""``streaming``: arguments are arriving; ``ready``: they are final; ``approval``: a person is asked; ``denied``: they
said no; ``invalid``: no such tool was offered; ``skipped``: not executed, as another call of the turn was invalid;
``unanswered``: the run ended without a result."""

Decision: TypeAlias = Literal["approved", "denied"]
"""What a person says to a tool call. Edited arguments come with ``approved``."""

Outcome: TypeAlias = Literal["ok", "error", "unknown"]
"""What a source says of a tool's result; many frameworks do not tell an error from a result (``unknown``)."""

PartKind: TypeAlias = Literal["text", "reasoning"]

OutputStream: TypeAlias = Literal["stdout", "stderr", "display"]
"""Where a tool's output went while it ran; ``display`` is what it showed with IPython's ``display``."""

MAIN_LANE = "main"
"""The lane of an agent that works alone, and of the first where there are several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one model call, as the provider counted them; ``None`` where it did not say."""

    input_tokens: int | None = None
    """Tokens of the prompt, cached ones included."""
    output_tokens: int | None = None
    """Tokens of the reply, reasoning included."""
    cached_tokens: int | None = None
    """The part of ``input_tokens`` that was read from a cache."""
    reasoning_tokens: int | None = None
    """The part of ``output_tokens`` that was reasoning."""

    def __add__(self, other: Usage) -> Usage:
        """Add field by field; a count that neither side knows stays unknown."""
        return Usage(
            input_tokens=_add(self.input_tokens, other.input_tokens),
            output_tokens=_add(self.output_tokens, other.output_tokens),
            cached_tokens=_add(self.cached_tokens, other.cached_tokens),
            reasoning_tokens=_add(self.reasoning_tokens, other.reasoning_tokens),
        )


def _add(a: int | None, b: int | None) -> int | None:
    if a is None:
        return b
    return a if b is None else a + b


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went wrong in a run, as data: the agent's, the provider's or the connection's fault, never ours to raise."""

    kind: str
    """The exception's class name, or the provider's error code."""
    message: str
    """One sentence for the person at the page."""
    detail: str | None = None
    """More for who wants to look: a traceback, a response body."""
    turn: str | None = None
    """Id of the turn in which it happened; ``None`` if no turn was open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidToolCall:
    """The model calls a tool that it was not offered. Seen on the name: the arguments may still be on their way."""

    name: str
    call_id: str | None
    arguments: str
    """The JSON text so far."""
    offered: tuple[str, ...]
    turn: str
    """Id of the turn."""
    part: str
    """Id of the tool step."""
    abandoned: int = 0
    """How many turns of this run were given up before: what a budget of retries is counted in."""
