"""Approvals in the built-in agent: who is asked and when, what is run then, and what the model is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from agent.scripted import Scripted, ask, calls, says, shown
from live import Conversation
from turnwise import ApprovalRequest, ApprovalResponse, ToolResult
from turnwise.agent import Agent, tool
from turnwise.agent.calls import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from turnwise.agent.tools import NeedsApproval

YES = ApprovalResponse("approved")


def delete(path: str) -> str:
    """Delete a file."""
    return f"{path} is gone"


def look(path: str) -> str:
    return f"saw {path}"


def deletes(*paths: str) -> list[tuple[str, str]]:
    return [("delete", f'{{"path": "{path}"}}') for path in paths]


def asking(
    provider: Scripted, *answers: ApprovalResponse, needs: NeedsApproval = True, tools: Iterable[Any] = ()
) -> Conversation:
    agent = Agent(provider, tools=[tool(needs_approval=needs)(delete), *tools])
    return Conversation(agent, answers=answers)


def told(provider: Scripted, ask: int = -1) -> list[str]:
    """What the model was told of its calls."""
    return [message["content"] for message in provider.asked[ask] if message["role"] == "tool"]


Row = tuple[ApprovalResponse, str, str]
ANSWERS: dict[str, Row] = {
    "approved": (YES, 'delete({"path": "a"}) = done [approved] "a is gone"', "a is gone"),
    "denied": (
        ApprovalResponse("denied"),
        'delete({"path": "a"}) = denied [denied]',
        "(not run: a person denied the call)",
    ),
    "denied with a reason": (
        ApprovalResponse("denied", reason="not today"),
        'delete({"path": "a"}) = denied [denied: not today]',
        "(not run: a person denied the call: not today)",
    ),
    "approved with other arguments": (
        ApprovalResponse("approved", arguments={"path": "b"}),
        'delete({"path": "a"}) = done [approved with {"path": "b"}] "b is gone"',
        '(A person changed the arguments to {"path": "b"})\nb is gone',
    ),
    "approved with arguments that do not fit": (
        ApprovalResponse("approved", arguments={"paths": ["b"]}),
        (
            'delete({"path": "a"}) = error [approved with {"paths": ["b"]}] "The arguments do not fit delete: '
            'path: missing; paths: there is no such parameter. It takes: path."'
        ),
        (
            '(A person changed the arguments to {"paths": ["b"]})\nThe arguments do not fit delete: path: missing; '
            "paths: there is no such parameter. It takes: path."
        ),
    ),
    "approved with no object at all": (
        ApprovalResponse("approved", arguments=7),
        'delete({"path": "a"}) = error [approved with 7] "The arguments must be a JSON object, not 7"',
        "(A person changed the arguments to 7)\nThe arguments must be a JSON object, not 7",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_b14_what_a_person_says_is_done_and_the_model_is_told(name: str) -> None:
    answer, step, words = ANSWERS[name]
    provider = Scripted(calls(*deletes("a")), says("Well."))
    chat = asking(provider, answer)
    await chat.ask("go")
    assert chat.sketch == f'run complete\n1 tool_calls | {step}\n2 stop | "Well."'
    assert told(provider) == [words]
    [request] = [event for event in chat.events if isinstance(event, ApprovalRequest)]
    assert (request.call_id, request.editable) == ("a", True)
    assert not any(isinstance(event, ApprovalResponse) for event in chat.events), "its asker says that"


async def long_enough(arguments: dict[str, Any]) -> bool:
    return len(arguments["path"]) > 1


def broken(arguments: dict[str, Any]) -> bool:
    return bool(arguments["nothing"])


PREDICATES: dict[str, tuple[NeedsApproval, list[tuple[str | None, str | None]]]] = {
    "never": (False, []),
    "always": (True, [("a", None), ("b", None)]),
    "of the arguments": (lambda arguments: arguments["path"] == "/", [("b", None)]),
    "async": (long_enough, []),
    "with the question": (
        lambda arguments: arguments["path"] == "/" and "Delete everything?",
        [("b", "Delete everything?")],
    ),
    "that fails": (
        broken,
        [(each, "needs_approval of delete raised KeyError: 'nothing'") for each in ("a", "b")],
    ),
}


@pytest.mark.parametrize("name", PREDICATES)
async def test_a_tool_says_which_calls_need_approval(name: str) -> None:
    needs, asked = PREDICATES[name]
    chat = asking(Scripted(calls(*deletes("x", "/")), says("Well.")), YES, YES, needs=needs)
    run = await chat.ask("go")
    requests = [event for event in chat.events if isinstance(event, ApprovalRequest)]
    assert [(request.call_id, request.message) for request in requests] == asked
    assert [step.result for step in run.turns[0].tools] == ["x is gone", "/ is gone"]


async def test_nobody_is_asked_about_a_call_that_cannot_run() -> None:
    chat = asking(Scripted(calls(("delete", '{"file": 1}')), says("Well.")))
    run = await chat.ask("go")
    assert run.turns[0].tools[0].state == "error"
    assert not any(isinstance(event, ApprovalRequest) for event in chat.events)


class Watched(list[Any]):
    """What a conversation says; ``seen`` is called with each of its events."""

    def __init__(self, seen: Callable[[Any], object]) -> None:
        self._seen = seen

    def append(self, event: Any) -> None:
        super().append(event)
        self._seen(event)


async def test_the_other_calls_go_on_meanwhile() -> None:
    chat = asking(Scripted(calls(*deletes("a"), ("look", '{"path": "b"}')), says("Well.")), tools=[look])

    def answer_after_the_other(event: Any) -> None:
        if isinstance(event, ToolResult) and event.name == "look":
            chat.adapter.approvals.answer(ApprovalResponse("approved", call_id="a"))

    chat.events = Watched(answer_after_the_other)
    run = await chat.ask("go")
    assert [event.name for event in chat.events if isinstance(event, ToolResult)] == ["look", "delete"]
    assert run.final_text == "Well."


async def test_a_stop_while_waiting_leaves_nothing() -> None:
    provider = Scripted(calls(*deletes("a")), says("All right."))
    chat = asking(provider)
    waiting = asyncio.Event()
    chat.events = Watched(lambda event: isinstance(event, ApprovalRequest) and waiting.set())
    before = asyncio.all_tasks()
    run = await chat.ask("go", stop=waiting)
    assert run.turns[0].tools[0].state == "cancelled"
    assert {task for task in asyncio.all_tasks() if not task.done()} <= before
    after = await chat.ask("never mind")
    assert after.final_text == "All right."
    assert "cancelled" in told(provider)[0]


async def test_driven_by_hand_with_nobody_to_ask_the_call_is_denied() -> None:
    provider = Scripted(calls(*deletes("a")), says("Well."))
    run = await ask(Agent(provider, tools=[delete], needs_approval=["delete"]))
    assert shown(run) == (
        f'run complete\n1 tool_calls | delete({{"path": "a"}}) = denied [denied: {NOBODY}]\n2 stop | "Well."'
    )
    assert NOBODY in told(provider)[0]


async def always(agent: Agent) -> list[str]:
    return [each.name for each in agent.tools.values() if await each.question({}) is not None]


async def test_an_agent_says_which_of_its_tools_need_approval() -> None:
    plain: list[Callable[..., Any]] = [delete, look]
    assert await always(Agent(Scripted(), tools=plain)) == []
    assert await always(Agent(Scripted(), tools=plain, needs_approval=True)) == ["delete", "look"]
    agent = Agent(Scripted(), tools=plain, needs_approval=["delete"])
    assert await always(agent) == ["delete"]
    assert await always(agent.changed(system="x")) == ["delete"]
    assert await always(agent.changed(tools=[delete])) == ["delete"]
    assert await always(agent.changed(tools=[look])) == []
    with pytest.raises(ValueError, match="needs_approval names 'erase', and the tools are: delete, look"):
        Agent(Scripted(), tools=plain, needs_approval=["erase"])
    assert tool(delete).needs_approval is False


async def test_a_method_that_needs_approval_still_does_on_its_instance() -> None:
    class Disk:
        @tool(needs_approval=True)
        def wipe(self) -> str:
            return "wiped"

    assert await always(Agent(Scripted(), tools=[Disk().wipe])) == ["wipe"]
