"""What an interrupted graph asks a person, and the answer as the graph wants it.

Two kinds: the reviews of LangChain's human-in-the-loop middleware, one per tool call, with decisions of its own; and
any value that a node or a tool gives to ``interrupt``, which returns whatever the graph is resumed with.

Knows ``events``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...agent.providers.untyped import objects
from ..native import is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...events import ApprovalResponse


@dataclass(frozen=True, slots=True)
class Review:
    """One call that the middleware wants reviewed."""

    name: str
    arguments: Any
    message: str | None
    editable: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One interrupt: its value, and the reviews in it, if it is the middleware's."""

    id: str
    value: Any
    reviews: tuple[Review, ...] = ()

    @property
    def message(self) -> str:
        """The value as a person can read it."""
        return (
            self.value
            if isinstance(self.value, str)
            else json.dumps(self.value, ensure_ascii=False, default=str)
        )


def question(interrupt: Any) -> Question:
    """What an ``Interrupt`` asks."""
    value: Any = interrupt.value
    wanted = objects(value.get("action_requests")) if is_object(value) else []
    configs = objects(value.get("review_configs")) if wanted else []
    allowed = {config.get("action_name"): config.get("allowed_decisions") or () for config in configs}
    return Question(
        interrupt.id,
        value,
        tuple(
            Review(
                each["name"],
                each.get("args"),
                each.get("description"),
                "edit" in allowed.get(each["name"], ()),
            )
            for each in wanted
        ),
    )


def resumed(asked: Question, call_ids: list[str], answers: Mapping[str, ApprovalResponse]) -> Any:
    """What the graph is resumed with: a decision per review, or what ``interrupt`` returns."""
    given = [answers[call_id] for call_id in call_ids]
    if asked.reviews:
        return {"decisions": [_decision(*each) for each in zip(asked.reviews, given, strict=True)]}
    [answer] = given
    if answer.decision == "denied":
        return False
    return answer.arguments if answer.arguments is not None else answer.reason or True


def _decision(review: Review, answer: ApprovalResponse) -> dict[str, Any]:
    if answer.decision == "denied":
        return {"type": "reject", **({"message": answer.reason} if answer.reason else {})}
    if answer.arguments is not None:
        return {"type": "edit", "edited_action": {"name": review.name, "args": answer.arguments}}
    return {"type": "approve"}
