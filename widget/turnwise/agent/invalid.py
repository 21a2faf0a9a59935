"""What becomes of a call to a tool that was not offered: the actions, and policies that choose one.

A policy is a function, async or not, that is told of the call as soon as its name is known:

    def policy(invalid: InvalidToolCall) -> Action:
        if invalid.name == "search_web":
            return Repair("search")
        return Retry("There is no such tool. Answer from what you know.")

    Agent("openai:gpt-…", tools=[search], on_invalid_tool_call=policy)

``retry(2)`` is the default. Nothing of a reply is executed before the whole of it has been checked.

Knows ``foreign`` and ``values``; nothing of the agent. Who drives a model by hand can use the policies as well.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass
from difflib import SequenceMatcher
from typing import TypeAlias, cast

from ..foreign import faults
from ..values import InvalidToolCall

_SIMILAR = 0.6
_SURELY = 0.85


@dataclass(frozen=True, slots=True)
class Repair:
    """The call is meant for the tool ``name``, which must be on offer: the reply goes on with its arguments."""

    name: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Give the turn up and let the model try again; it reads ``feedback`` as the call's result.

    The reply is cut off at once: the rest of it is doomed, and is not worth paying for. The price is that many
    providers count the tokens at the end only, so that the turn's usage stays unknown; with ``drain`` the rest is
    read, for its usage alone. The turn counts towards ``max_turns``.
    """

    feedback: str | None = None
    """Default: that there is no such tool, which ones there are, and which one may be meant."""
    _: KW_ONLY
    drain: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """Go without the call; the model reads ``reason`` as its result.

    The turn is given up as with ``Retry``: calls beside the invalid one are not executed, as they may rest on it.
    What differs is what is meant, and so what a policy that counts has to count.
    """

    reason: str | None = None
    """Default: that the call was not executed, as there is no such tool."""
    _: KW_ONLY
    drain: bool = False


@dataclass(frozen=True, slots=True)
class Fail:
    """End the run with an error."""

    message: str | None = None
    """Default: it names the call and the tools."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run without an error: what the model has said so far is the answer."""

    reason: str | None = None
    """What the transcript has as the call's result. Default: that the run was stopped at it."""


Action: TypeAlias = "Repair | Retry | Skip | Fail | Stop"

Policy: TypeAlias = Callable[[InvalidToolCall], "Action | Awaitable[Action]"]
"""Decides on each invalid call of a run, in the order in which they come.

The reply waits meanwhile, and a server may not wait for ever. ``turn`` and ``part`` of the call are ids of the agent's
own record, not of the page's transcript; ``call_id`` is the same in both.
"""


class PolicyError(Exception):
    """A policy raised, or returned what cannot be done: the run ends with it."""


def retry(budget: int = 2, *, drain: bool = False) -> Policy:
    """Let the model try again up to ``budget`` times in a run, then fail. This is the default, with a budget of 2.

    Turns that were given up for other reasons (``Skip``) count as well. ``drain`` is that of ``Retry``.
    """
    if budget < 0:
        raise ValueError(f"the budget of retries is {budget}; 0 is none")

    def policy(invalid: InvalidToolCall) -> Action:
        if invalid.abandoned < budget:
            return Retry(drain=drain)
        times = "" if budget == 0 else f" once more, after {budget} {'retry' if budget == 1 else 'retries'}"
        return Fail(f"The model called {invalid.name!r}{times}. {_on_offer(invalid)}")

    return policy


def repair_close_matches(otherwise: Policy | None = None) -> Policy:
    """Take a name that is all but right for the right one (``GetWeather``, ``functions.get_weather``).

    Not the default: a call that the model did not make may do what it did not mean. Names that are not as close go
    to the policy ``otherwise``, by default ``retry()``.
    """
    fallback = retry() if otherwise is None else otherwise

    def policy(invalid: InvalidToolCall) -> Action | Awaitable[Action]:
        name = closest(invalid, _SURELY)
        return fallback(invalid) if name is None else Repair(name)

    return policy


def closest(invalid: InvalidToolCall, cutoff: float = _SIMILAR) -> str | None:
    """The tool on offer whose name is most like the one called; ``None`` if none is, or two are alike.

    ``cutoff`` is from 0 (anything is) to 1: nothing but case, ``_`` and ``-`` and a prefix such as ``functions.``
    may differ.
    """
    called = _plain(invalid.name)
    if not called:
        return None
    likeness = sorted(
        ((SequenceMatcher(None, called, _plain(name)).ratio(), name) for name in invalid.offered),
        reverse=True,
    )
    if not likeness or likeness[0][0] < cutoff:
        return None
    if len(likeness) > 1 and likeness[0][0] == likeness[1][0]:
        return None
    return likeness[0][1]


def feedback(invalid: InvalidToolCall) -> str:
    """What a model is told of its call: that there is no such tool, which ones there are, which one may be meant."""
    name = closest(invalid)
    hint = "" if name is None else f" Did you mean {name!r}?"
    return f"There is no tool {invalid.name!r}. {_on_offer(invalid)}{hint}"


async def decide(policy: Policy, invalid: InvalidToolCall) -> Action:
    """What ``policy`` says to ``invalid``.

    Raises:
        PolicyError: It raised, said nothing that can be done, or would repair to a tool that was not offered.
    """
    try:
        answer: object = policy(invalid)
        if inspect.isawaitable(answer):
            answer = await cast("Awaitable[object]", answer)
    except faults() as error:
        told = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise PolicyError(f"on_invalid_tool_call raised {told} (about a call to {invalid.name!r})") from error
    if not isinstance(answer, (Repair, Retry, Skip, Fail, Stop)):
        raise PolicyError(
            f"on_invalid_tool_call returned {answer!r} for a call to {invalid.name!r}; "
            "return Repair(…), Retry(), Skip(), Fail() or Stop()"
        )
    if isinstance(answer, Repair) and answer.name not in invalid.offered:
        raise PolicyError(
            f"on_invalid_tool_call would repair {invalid.name!r} to {answer.name!r}, which was not offered either. "
            f"{_on_offer(invalid)}"
        )
    return answer


def words(action: Retry | Skip | Fail | Stop, invalid: InvalidToolCall) -> str:
    """The call's result, as the transcript has it and the model reads it: the action's own words, or the usual ones."""
    match action:
        case Retry(feedback=said):
            return feedback(invalid) if said is None else said
        case Skip(reason=said):
            return f"Not executed: there is no tool {invalid.name!r}." if said is None else said
        case Fail(message=said):
            return f"The model called {invalid.name!r}. {_on_offer(invalid)}" if said is None else said
        case Stop(reason=said):
            return f"The run was stopped here: there is no tool {invalid.name!r}." if said is None else said


def _on_offer(invalid: InvalidToolCall) -> str:
    return f"The tools are: {', '.join(invalid.offered)}." if invalid.offered else "There are no tools."


def _plain(name: str) -> str:
    """A name without what models add to it or spell their own way."""
    return re.sub(r"[^a-z0-9]", "", re.split(r"[.:/]", name)[-1].lower())
