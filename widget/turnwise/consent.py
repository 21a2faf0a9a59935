"""A rule that answers for a person when an agent asks whether a tool may run.

Knows ``events``, ``foreign`` and ``runs``.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypeAlias

from .events import ApprovalResponse
from .foreign import faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .runs import Run, ToolPart

Answer: TypeAlias = "bool | ApprovalResponse | None"
"""``True`` and ``False`` approve and deny; an ``ApprovalResponse`` can give a reason or other arguments; ``None``
leaves the question to the person."""

OnApproval: TypeAlias = "Callable[[ToolPart], Answer | Awaitable[Answer]]"
"""Is asked with the step: its ``name``, ``arguments`` and ``approval.message``. It may be async, and take its time."""


async def consult(rule: OnApproval, step: ToolPart) -> ApprovalResponse | None:
    """What ``rule`` says to ``step``. A rule that raises, or says something else, denies; the reason tells."""
    try:
        said = rule(step)
        answer = await said if inspect.isawaitable(said) else said
    except faults() as error:  # the user's rule: nothing may run because it failed
        return denial(step, f"on_approval raised {type(error).__name__}: {error}")
    match answer:
        case None:
            return None
        case True:
            return ApprovalResponse("approved", call_id=step.call_id)
        case False:
            return ApprovalResponse("denied", call_id=step.call_id)
        case ApprovalResponse():
            return ApprovalResponse(
                answer.decision, reason=answer.reason, arguments=answer.arguments, call_id=step.call_id
            )
        case _:  # pyright: ignore[reportUnnecessaryComparison]  # users do not all type-check
            return denial(
                step, f"on_approval returned {answer!r}; it may be True, False, None or ApprovalResponse"
            )


def questions(run: Run) -> list[ToolPart]:
    """The steps that wait for a person's word, the oldest question first."""
    asked = [
        (step.approval.asked, step)
        for turn in run.turns
        for step in turn.tools
        if step.state == "approval" and step.approval is not None
    ]
    return [step for _, step in sorted(asked, key=lambda each: each[0])]


def place(step: ToolPart, asked: list[ToolPart]) -> int:
    """How many of these questions are older than that of ``step`` and about a call of the same id."""
    return sum(other.call_id == step.call_id for other in asked[: asked.index(step)])


def denial(step: ToolPart, reason: str) -> ApprovalResponse:
    """No, and why."""
    return ApprovalResponse("denied", reason=reason, call_id=step.call_id)
