"""Code of others that would end the process, or never ends itself: it harms its own call or run, and nothing else."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

import turnwise
from agent.scripted import Scripted as Model
from agent.scripted import says
from turnwise import Agent, TextDelta, ToolCall, TurnFinish
from turnwise.adapters import adapter_for
from turnwise.jsonable import jsonable
from turnwise.loops import own_loop
from turnwise.run import failure
from turnwise.session import Session

from .test_session import Scripted, echo, hang, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from turnwise.events import Event
    from turnwise.handle import RunHandle


def session_of(script: object, *, own: bool = False) -> Session:
    return Session(Scripted(script, own=own), lambda message, buffers: None)  # type: ignore[arg-type]


async def leaves(prompt: str) -> AsyncGenerator[Event, None]:
    yield TextDelta("half")
    if prompt == "interrupt":
        raise KeyboardInterrupt
    sys.exit(7)


@pytest.mark.parametrize(
    ("prompt", "kind", "message"),
    [
        ("exit", "SystemExit", "sys.exit(7) was called"),
        ("interrupt", "KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
async def test_an_agent_on_turnwises_thread_ends_its_own_run(prompt: str, kind: str, message: str) -> None:
    other, own = session_of(hang, own=True), session_of(leaves, own=True)
    going_on = other.send("go")
    run = await asyncio.wait_for(own.send(prompt), 10)
    assert (run.status, run.final_text) == ("error", "half")
    assert run.error is not None
    assert (run.error.kind, run.error.message) == (kind, message)
    await until(lambda: going_on.final_text == "working")
    assert going_on.status == "running"
    other.stop()
    assert (await asyncio.wait_for(session_of(echo, own=True).send("hi"), 10)).final_text == "You said hi"


class RefusedError(Exception):
    """As the clients of providers raise it: printed, it is the whole answer."""

    def __init__(self, **answer: object) -> None:
        super().__init__(f"Error code: 429 - {answer}")
        self.__dict__.update(answer)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RefusedError(body={"error": {"message": "Too fast", "type": "x"}, "request_id": "r"}), "Too fast"),
        (RefusedError(body={"message": "Too fast", "code": None}), "Too fast"),
        (RefusedError(body=None, details={"error": {"code": 429, "message": "Too fast"}}), "Too fast"),
        (
            RefusedError(body={"error": "fast", "message": " "}),
            "Error code: 429 - {'body': {'error': 'fast', ",
        ),
        (RefusedError(details=print), "Error code: 429 - {'details': <built-in function print>}"),
        (RuntimeError("The service failed", ValueError("Too fast")), "The service failed"),
        (RuntimeError(7, "Too fast"), "(7, 'Too fast')"),
        (FileNotFoundError(2, "No such file", "a.txt"), "[Errno 2] No such file: 'a.txt'"),
    ],
)
def test_what_went_wrong_is_said_in_words_where_there_are_any(error: Exception, message: str) -> None:
    assert failure(error).message.startswith(message)


async def test_an_agent_on_the_kernels_loop_leaves_the_kernel_alone() -> None:
    run = await session_of(leaves).send("exit")
    assert (run.status, run.error and run.error.kind) == ("error", "SystemExit")
    stream = turnwise.stream(Scripted(leaves), "exit")
    assert [event.type async for event in stream][-1] == "run_finish"
    assert (stream.run.status, stream.run.error and stream.run.error.kind) == ("error", "SystemExit")


def test_the_readers_own_interrupt_goes_through_and_the_run_is_over() -> None:
    """On the main thread it is Python that raises it, wherever the thread happens to be."""
    handles: list[RunHandle] = []

    async def cell() -> None:
        handles.append(session_of(leaves).send("interrupt"))
        await handles[0]

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(cell())
    assert (handles[0].status, handles[0].error) == ("cancelled", None)


async def test_turnwises_loop_goes_on_whatever_a_task_does(caplog: pytest.LogCaptureFixture) -> None:
    """A framework has tasks of its own, in which nobody stands between its tools and the loop."""

    async def framework() -> None:
        sys.exit("done")

    left = asyncio.run_coroutine_threadsafe(framework(), own_loop())
    with caplog.at_level(logging.ERROR), pytest.raises(SystemExit):
        await asyncio.wait_for(asyncio.wrap_future(left), 10)
    assert (await asyncio.wait_for(session_of(echo, own=True).send("hi"), 10)).final_text == "You said hi"
    assert "tried to end the process" in caplog.text


def test_a_value_that_leaves_while_it_is_copied_is_told_by_its_type() -> None:
    class Leaves:
        def __repr__(self) -> str:
            sys.exit(1)

    assert jsonable(Leaves()) == "<Leaves: SystemExit while it was copied>"


MANY = 40
"""More than the threads of asyncio's own pool, on any machine: it has 32 at most."""


async def test_calls_that_never_return_hold_up_no_others() -> None:
    release = threading.Event()
    begun = threading.Semaphore(0)

    def stuck() -> None:
        begun.release()
        release.wait()

    def quick() -> str:
        return "done"

    def chat(*names: str) -> Session:
        wanted = [ToolCall(name, {}, call_id=f"{name} {number}") for number, name in enumerate(names)]
        model = Model([*wanted, TurnFinish("tool_calls")], says("Fine."))
        agent = Agent(model, tools=[stuck, quick])
        return Session(adapter_for(agent), lambda message, buffers: None)

    try:
        stopped = chat(*["stuck"] * MANY)
        handle = stopped.send("go")
        for _ in range(MANY):
            assert await asyncio.to_thread(begun.acquire, timeout=10)
        handle.stop()
        run = await asyncio.wait_for(chat("quick").send("go"), 10)
        assert [step.result for step in run.turns[0].tools] == ["done"]
    finally:
        release.set()


def test_python_ends_while_a_tool_still_blocks() -> None:
    code = """
import asyncio, threading
import turnwise
from turnwise import Agent, TextDelta, ToolCall, TurnFinish
from turnwise.agent import Provider

class Model(Provider):
    model = "m"
    async def stream(self, messages, tools, settings):
        yield ToolCall("stuck", {}, call_id="1")
        yield TurnFinish("tool_calls")

begun = threading.Event()

def stuck():
    begun.set()
    threading.Event().wait()

async def main():
    async with turnwise.stream(Agent(Model(), tools=[stuck]), "go") as events:
        async for event in events:
            if event.type == "tool_start":
                break
        await asyncio.to_thread(begun.wait)

asyncio.run(main())
print("over")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout == "over\n", ended.stderr
