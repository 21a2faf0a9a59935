"""A person's word on a tool call: from the page, from Python, from a rule, and in the headless stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import turnwise
from sketch import sketch
from turnwise import ApprovalRequest, ApprovalResponse, TextDelta, ToolCall, ToolResult, ToolStart, Transcript
from turnwise.adapters.approvals import Approvals
from turnwise.adapters.base import Adapter
from turnwise.session import Session
from turnwise.texts import with_numbers_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from turnwise import ToolPart
    from turnwise.consent import OnApproval
    from turnwise.events import Event
    from turnwise.values import Decision


class Careful(Adapter):
    """Asks before it deletes each of the files that the prompt names, all at once."""

    name = "careful"

    def __init__(self, *, editable: bool = True, own: bool = False) -> None:
        self._editable = editable
        self.runs_on = "own" if own else "main"  # type: ignore[misc]
        self.deleted: list[str] = []
        self.closed = asyncio.Event()

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        names = prompt.split()
        for name in names:
            yield ToolCall("delete", {"path": name}, call_id=name)
        for name in names:
            yield ApprovalRequest(f"Delete {name}?", call_id=name, editable=self._editable)
        answers = await self.approvals.wait_all(names)
        for name, answer in answers.items():
            if answer.decision == "denied":
                yield ToolResult(answer.reason or "no", call_id=name, outcome="error")
                continue
            path = (answer.arguments or {"path": name})["path"]
            yield ToolStart(call_id=name)
            self.deleted.append(path)
            yield ToolResult(f"deleted {path}", call_id=name)
        yield TextDelta("Done.")

    async def close(self) -> None:
        self.closed.set()


def chat(adapter: Adapter, rule: OnApproval | None = None) -> Session:
    return Session(adapter, lambda message, buffers: None, on_approval=rule)


async def asked(session: Session, count: int = 1) -> list[ToolPart]:
    async def poll() -> None:
        while len(session.pending) < count:  # noqa: ASYNC110  # the run may live on another thread
            await asyncio.sleep(0.001)

    await asyncio.wait_for(poll(), 10)
    return session.pending


def steps(session: Session) -> str:
    return sketch(session.transcript).splitlines()[1]


APPROVED = '1 - | delete({"path": "a"}) = done [approved] "deleted a"'


@pytest.mark.parametrize("own", [False, True])
async def test_the_run_waits_and_goes_on_as_the_same_run(own: bool) -> None:
    adapter = Careful(own=own)
    session = chat(adapter)
    run = session.send("a")
    [step] = await asked(session)
    assert step.approval is not None
    assert (step.state, step.approval.message, step.approval.editable) == ("approval", "Delete a?", True)
    assert adapter.deleted == []
    assert session.decide(step.id, "approved")
    await run
    assert steps(session) == APPROVED
    assert run.final_text == "Done."
    assert not session.decide(step.id, "denied"), "the first answer counts"


async def test_denied_with_a_reason() -> None:
    session = chat(adapter := Careful())
    run = session.send("a")
    [step] = await asked(session)
    session.decide(step.id, "denied", reason="keep it")
    await run
    assert steps(session) == '1 - | delete({"path": "a"}) = denied [denied: keep it] "keep it"'
    assert adapter.deleted == []


async def test_run_with_other_arguments() -> None:
    session = chat(adapter := Careful())
    run = session.send("a")
    [step] = await asked(session)
    session.decide(step.id, "approved", arguments={"path": "b"})
    await run
    assert adapter.deleted == ["b"]
    assert step.approval is not None
    assert step.approval.edited == {"path": "b"}
    assert step.arguments == {"path": "a"}


LARGE = 1234567890123456789

UNTOUCHED: dict[str, tuple[str, Any, Any]] = {
    "a large integer": (f'{{"id": {LARGE}}}', {"id": str(LARGE)}, {"id": LARGE}),
    "one that a person changed": (f'{{"id": {LARGE}}}', {"id": str(LARGE + 1)}, {"id": LARGE + 1}),
    "one in place of a small one": ('{"id": 7}', {"id": str(LARGE)}, {"id": LARGE}),
    "a text of digits": (f'{{"id": "{LARGE}"}}', {"id": str(LARGE)}, {"id": str(LARGE)}),
    "a text that was a number": ('{"id": 7}', {"id": "7"}, {"id": "7"}),
    "in lists of objects": (
        f'{{"a": [{{"b": {LARGE}}}]}}',
        {"a": [{"b": str(LARGE)}]},
        {"a": [{"b": LARGE}]},
    ),
    "in a list that grew": (f'{{"a": [{LARGE}]}}', {"a": [str(LARGE), "x"]}, {"a": [LARGE, "x"]}),
    "what the model did not write": ("{}", {"id": str(LARGE)}, {"id": str(LARGE)}),
    "neither yes nor no": ('{"a": 1.0, "b": true}', {"a": True, "b": 1}, {"a": True, "b": 1}),
    "arguments that are no JSON": ('{"id": 12', {"id": str(LARGE)}, {"id": str(LARGE)}),
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_numbers_that_a_page_cannot_hold(name: str) -> None:
    text, edited, run_with = UNTOUCHED[name]
    assert repr(with_numbers_of(edited, text)) == repr(run_with)


def test_a_float_stays_one() -> None:
    assert repr(with_numbers_of({"a": 1, "b": 2}, '{"a": 1.0, "b": 3.0}')) == "{'a': 1.0, 'b': 2}"


async def test_what_a_page_did_not_change_runs_as_it_was_written() -> None:
    class Numbered(Adapter):
        name = "numbered"

        def __init__(self) -> None:
            self.answer: Any = None

        async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
            yield ToolCall("pay", {"id": LARGE, "note": "a"}, call_id="1")
            yield ApprovalRequest(None, call_id="1", editable=True)
            self.answer = await self.approvals.wait("1")
            yield ToolResult("paid", call_id="1")

    session = chat(adapter := Numbered())
    run = session.send("pay")
    [step] = await asked(session)
    assert step.arguments == {"id": str(LARGE), "note": "a"}
    edited = {"id": str(LARGE), "note": "b"}
    said = {"kind": "decide", "decision": "approved", "reason": None, "arguments": edited, "always": False}
    session.receive({**said, "part": step.id})
    await run
    assert adapter.answer.arguments == {"id": LARGE, "note": "b"}
    assert step.approval is not None
    assert step.approval.edited == edited


async def test_no_other_arguments_where_the_agent_takes_none() -> None:
    session = chat(Careful(editable=False))
    session.send("a")
    [step] = await asked(session)
    with pytest.raises(ValueError, match="with the model's arguments or not at all"):
        session.decide(step.id, "approved", arguments={"path": "b"})
    assert session.pending == [step]
    session.close()


async def test_always_answers_what_waits_and_what_comes() -> None:
    session = chat(adapter := Careful())
    run = session.send("a b")
    first, _ = await asked(session, 2)
    session.decide(first.id, "approved", always=True)
    await run
    await session.send("c")
    assert adapter.deleted == ["a", "b", "c"]


async def test_a_message_of_the_page() -> None:
    session = chat(adapter := Careful())
    run = session.send("a b")
    first, second = await asked(session, 2)
    message = {"kind": "decide", "decision": "approved", "reason": None, "arguments": None, "always": False}
    session.receive({**message, "part": "nonsense"})
    session.receive({**message, "part": first.id, "decision": "perhaps"})
    session.receive({**message, "part": first.id})
    session.receive({**message, "part": second.id, "decision": "denied", "reason": "no"})
    await run
    assert adapter.deleted == ["a"]


async def test_stopped_while_it_waits() -> None:
    session = chat(adapter := Careful())
    run = session.send("a")
    await asked(session)
    run.stop()
    await run
    assert (run.status, session.pending, adapter.deleted) == ("cancelled", [], [])
    again = session.send("b")
    [step] = await asked(session)
    session.decide(step.id, "approved")
    await again
    assert adapter.deleted == ["b"]


async def test_close_lets_the_adapter_go() -> None:
    session = chat(adapter := Careful())
    session.close()
    await asyncio.wait_for(adapter.closed.wait(), 10)


# Rules.


async def later(step: ToolPart) -> bool:
    await asyncio.sleep(0)
    return step.arguments == {"path": "a"}


def broken(step: ToolPart) -> bool:
    raise RuntimeError(f"no rule for {step.name}")


def leaves(step: ToolPart) -> bool:
    raise SystemExit(f"no {step.name}")


RAISED = "on_approval raised RuntimeError: no rule for delete"
LEFT = "on_approval raised SystemExit: no delete"
NONSENSE = "on_approval returned 'yes'; it may be True, False, None or ApprovalResponse"
EDITED = ApprovalResponse("approved", arguments={"path": "b"})
RULES: dict[str, tuple[Any, str]] = {
    "yes": (lambda step: True, APPROVED),
    "no": (lambda step: False, '1 - | delete({"path": "a"}) = denied [denied] "no"'),
    "async": (later, APPROVED),
    "edited": (
        lambda step: EDITED,
        '1 - | delete({"path": "a"}) = done [approved with {"path": "b"}] "deleted b"',
    ),
    "raises": (
        broken,
        f'1 - | delete({{"path": "a"}}) = denied [denied: {RAISED}] "{RAISED}"',
    ),
    "exits": (
        leaves,
        f'1 - | delete({{"path": "a"}}) = denied [denied: {LEFT}] "{LEFT}"',
    ),
    "nonsense": (
        lambda step: "yes",
        f'1 - | delete({{"path": "a"}}) = denied [denied: {NONSENSE}] "{NONSENSE}"',
    ),
}


@pytest.mark.parametrize("name", RULES)
async def test_a_rule_answers_in_a_chat_and_in_a_stream(name: str) -> None:
    rule, expected = RULES[name]
    session = chat(Careful(), rule)
    await session.send("a")
    assert steps(session) == expected
    stream = turnwise.stream(Careful(), "a", on_approval=rule)
    types = [event.type async for event in stream]
    assert sketch(stream.transcript).splitlines()[1] == expected
    assert types.index("approval_request") < types.index("approval_response") < types.index("tool_result")


async def test_a_rule_may_leave_it_to_the_person() -> None:
    session = chat(Careful(), lambda step: None)
    run = session.send("a")
    [step] = await asked(session)
    session.decide(step.id, "approved")
    await run
    assert steps(session) == APPROVED


async def test_a_stream_with_nobody_to_ask_says_no() -> None:
    stream = turnwise.stream(adapter := Careful(), "a b")
    events = [event async for event in stream]
    reasons = [event.reason for event in events if event.type == "approval_response"]
    assert reasons == ["nobody was there to approve it (turnwise.stream takes on_approval=)"] * 2
    assert (adapter.deleted, stream.run.status) == ([], "complete")


async def test_a_stream_closes_the_adapter_that_it_made_and_no_other() -> None:
    given = Careful()
    async for _ in turnwise.stream(given, "a"):
        pass
    assert not given.closed.is_set()
    made: list[Careful] = []

    def make(agent: object) -> Careful:
        made.append(Careful())
        return made[0]

    stream = turnwise.stream(object(), "a", adapter=make)
    await anext(stream)
    await stream.aclose()
    assert made[0].closed.is_set()


class Twins(Adapter):
    """Two agents at once, whose calls have the same id."""

    name = "twins"

    def __init__(self) -> None:
        self.said: list[str | None] = []

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        for lane in ("left", "right"):
            yield ToolCall(lane, call_id="0", lane=lane)
            yield ApprovalRequest(call_id="0", lane=lane)
        self.said = [
            answer.reason for answer in await asyncio.gather(*(self.approvals.wait("0") for _ in range(2)))
        ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_questions_about_calls_of_one_id_are_told_apart(order: tuple[int, int]) -> None:
    session = chat(adapter := Twins())
    run = session.send("go")
    pending = await asked(session, 2)
    for at in order:
        step = pending[at]
        assert session.decide(step.id, "denied", reason=f"not {step.name}")
        assert step.state == "denied"
    await run
    assert adapter.said == ["not left", "not right"]


@pytest.mark.parametrize(
    ("decision", "arguments", "why"),
    [("approved", [1, 2], "a dict"), ("approved", "path", "a dict"), ("denied", {"path": "b"}, "may not")],
)
async def test_arguments_that_make_no_sense_are_refused(decision: Decision, arguments: Any, why: str) -> None:
    session = chat(Careful())
    session.send("a")
    [step] = await asked(session)
    with pytest.raises(ValueError, match=why):
        session.decide(step.id, decision, arguments=arguments)
    assert session.pending == [step]


# The mailbox.


async def test_an_answer_may_come_first_and_the_first_counts() -> None:
    approvals = Approvals()
    approvals.answer(ApprovalResponse("approved", call_id="1"))
    approvals.answer(ApprovalResponse("denied", call_id="1"))
    assert (await approvals.wait("1")).decision == "approved"
    with pytest.raises(ValueError, match="needs the id"):
        approvals.answer(ApprovalResponse("approved"))


async def test_a_cancelled_wait_takes_the_question_back() -> None:
    approvals = Approvals()
    task = asyncio.create_task(approvals.wait("1"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    approvals.answer(ApprovalResponse("denied", call_id="1"))
    approvals.clear()
    approvals.answer(ApprovalResponse("approved", call_id="1"))
    assert (await approvals.wait("1")).decision == "approved"
