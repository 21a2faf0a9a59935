"""A kernel whose loop stands still, and chats by the dozen: what goes on meanwhile, and what is left afterwards."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest

from live import until
from turnwise import AgentChat, TextDelta
from turnwise.loops import own_loop
from turnwise.session import Session

from .test_session import Page, Scripted, echo, hang

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from turnwise.events import Event
    from turnwise.session import RunIn


@pytest.fixture
def page() -> Page:
    return Page()


def last(page: Page) -> bool:
    """What the page was told last of the kernel's loop."""
    return bool(page.messages and page.messages[-1]["held"])


async def test_a_run_that_a_cell_holds_up_says_so_and_goes_on(page: Page) -> None:
    session = Session(Scripted(echo), page)
    handle = session.send("hi")
    page.wait_for(lambda: last(page))  # this blocks the loop of the run, as a cell does
    session.receive({"kind": "hello", "last": 0})
    page.wait_for(lambda: page.messages[-1]["kind"] == "snapshot")
    assert last(page)
    assert (await handle).final_text == "You said hi"
    assert not last(page)


async def test_that_the_loop_goes_on_is_told_too(page: Page) -> None:
    session = Session(Scripted(hang), page)
    handle = session.send("x")
    await until(lambda: handle.final_text == "working")
    page.wait_for(lambda: last(page))
    await until(lambda: not last(page))
    assert page.messages[-1] == {"kind": "frame", "seq": page.messages[-2]["seq"], "held": False, "ops": []}
    handle.stop()


async def test_a_run_that_waits_for_the_loop_can_be_stopped(page: Page) -> None:
    session = Session(Scripted(echo), page)
    handle = session.send("x")
    page.wait_for(lambda: last(page))
    session.receive({"kind": "stop", "run": handle.id})
    page.wait_for(lambda: handle.done)
    assert (handle.status, last(page)) == ("cancelled", False)
    assert (await session.send("y")).status == "complete"


async def test_a_page_that_heard_nothing_is_told_how_far_the_kernel_is(page: Page) -> None:
    session = Session(Scripted(echo), page, reminders=(0.0, 0.0))
    for _ in range(2):
        await session.send("hi")
        await until(lambda: session._channel._reminder is None)
        seq = session._channel._outbox.seq
        assert page.messages[-2:] == [{"kind": "frame", "seq": seq, "held": False, "ops": []}] * 2


@pytest.mark.parametrize("own", [False, True], ids=["of the main loop", "of the thread"])
@pytest.mark.parametrize("run_in", [None, "main", "thread"])
async def test_where_an_agent_runs(page: Page, own: bool, run_in: RunIn | None) -> None:
    async def where(prompt: str) -> AsyncGenerator[Event, None]:
        yield TextDelta(threading.current_thread().name)

    run = await Session(Scripted(where, own=own), page, run_in=run_in).send("x")
    thread = own if run_in is None else run_in == "thread"
    assert run.final_text == ("turnwise" if thread else threading.main_thread().name)


async def tell(prompt: str) -> str:
    return f"{prompt} on {threading.current_thread().name}"


async def test_a_chat_that_runs_in_the_thread_goes_on_while_a_cell_blocks() -> None:
    chat = AgentChat(tell, run_in="thread")
    handle = chat.send("hi")
    ended = threading.Event()
    own_loop().call_soon_threadsafe(lambda: handle._ended.add_done_callback(lambda _: ended.set()))
    assert ended.wait(10)  # on the loop that would have to drive it otherwise
    assert handle.final_text == "hi on turnwise"
    with pytest.raises(ValueError, match="elsewhere"):
        AgentChat(tell, run_in="elsewhere")  # type: ignore[arg-type]


async def forever(prompt: str) -> AsyncGenerator[str, None]:
    yield prompt
    await asyncio.Event().wait()


def work() -> set[object]:
    """What turnwise has under way: tasks and timers of its loop, and threads."""
    own = own_loop()
    timers = [
        timer
        for timer in own._scheduled  # type: ignore[attr-defined]
        if not timer.cancelled()
        and timer._callback.__name__ != "_set_result_unless_cancelled"  # a task's sleep
    ]
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("turnwise ")]
    return {*asyncio.all_tasks(own), *timers, *threads}


@pytest.mark.parametrize("run_in", ["main", "thread"])
async def test_of_thirty_chats_nothing_is_left(run_in: RunIn) -> None:
    def blocking(prompt: str) -> str:
        release.wait()
        return prompt

    release = threading.Event()
    before = work()
    # One in a thread of its own: a thread cannot be stopped, but it can end.
    chats = [AgentChat(blocking if n == 0 else forever, run_in=run_in) for n in range(30)]
    handles = [chat.send("go") for chat in chats[:8]]
    await until(lambda: all(handle.final_text == "go" for handle in handles[1:]))
    assert {handle.status for handle in handles} == {"running"}
    assert len(work() - before) >= 8

    alive = [weakref.ref(each) for chat in chats for each in (chat, chat._session)]
    while chats:
        chats.pop().close()
    assert {handle.status for handle in handles} == {"cancelled"}
    release.set()
    await until(lambda: work() <= before)
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("turnwise")])
    handles.clear()
    gc.collect()
    assert not [each for each in alive if each() is not None]
