"""The words that both vocabularies share: what an agent says (events) and what happens to a transcript (ops).

Knows nothing of either, and nothing of turnwise's other modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import dataclass_transform
else:
    # Only type checkers read it; typing has it from Python 3.11 on.
    def dataclass_transform(**_: object) -> Callable[[T], T]:  # noqa: D103
        return lambda function: function


T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True)
def record(cls: type[Any] | None = None, /, *, kw_only: bool = False) -> Any:
    """A slotted dataclass that nobody changes, as the type checker sees to.

    Not ``frozen`` when it runs: a frozen one takes four times as long to make, and there is one for every delta.
    """
    make = dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)
    return make if cls is None else make(cls)


if TYPE_CHECKING:
    Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
    """A value that ``json.dumps`` accepts as it is: no NaN, no lone surrogates, no cycles."""
else:
    Json = Any  # pydantic, which checks recordings, cannot follow an alias into itself

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


@record(kw_only=True)
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

    def __sub__(self, other: Usage) -> Usage:
        """Take away field by field what both sides know."""
        return Usage(
            input_tokens=_less(self.input_tokens, other.input_tokens),
            output_tokens=_less(self.output_tokens, other.output_tokens),
            cached_tokens=_less(self.cached_tokens, other.cached_tokens),
            reasoning_tokens=_less(self.reasoning_tokens, other.reasoning_tokens),
        )


def _less(a: int | None, b: int | None) -> int | None:
    return a if a is None or b is None else a - b


def _add(a: int | None, b: int | None) -> int | None:
    if a is None:
        return b
    return a if b is None else a + b


RequestPart: TypeAlias = Literal["system", "tools", "settings", "model"]
"""What a request says beside its messages."""


@record(kw_only=True)
class RequestFacts:
    """What is to be told of a request to a model without its content, which pages ask for."""

    since: str | None
    """Id of the turn whose request it is compared with, the one before of the same agent; ``None`` for the first."""
    messages: int
    """How many there are, without the system prompt."""
    added: int
    """Messages that the request of ``since`` did not have."""
    removed: int
    """Messages that only the request of ``since`` had."""
    changed: list[RequestPart]
    """What else is not as in ``since``; empty for the first."""
    exact: bool
    """It is what went over the wire; otherwise what a framework made that of."""


@record(kw_only=True)
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


@record(kw_only=True)
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
