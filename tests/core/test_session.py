"""The session over scripted adapters: one run at a time, stop, queue, and what the page is told."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

import turnwise
from turnwise import ModelRequest, TextDelta, ToolCall, ToolResult, ToolStart, Transcript
from turnwise.adapters.base import Adapter
from turnwise.session import Session
from turnwise.wire import encode_op

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from turnwise.events import Event
    from turnwise.handle import RunHandle


class Scripted(Adapter):
    """Runs what the test gives it, on the test's loop; remembers the prompts and how each stream ended."""

    name = "scripted"

    def __init__(self, script: Callable[[str], AsyncGenerator[Event, None]], *, own: bool = False) -> None:
        self._script = script
        self.runs_on = "own" if own else "main"  # type: ignore[misc]
        self.prompts: list[str] = []
        self.closed: list[str] = []
        self.history: list[list[str]] = []

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        self.prompts.append(prompt)
        self.history.append([run.prompt for run in history.runs])
        try:
            async for event in self._script(prompt):
                yield event
        finally:
            self.closed.append(prompt)


class Page:
    """What a page does with the messages: folds frames in order, asks when it misses one."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.buffers: list[list[bytes]] = []
        self.lose = False
        self.changed = threading.Condition()

    def __call__(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        with self.changed:
            if not self.lose:
                self.messages.append(message)
                self.buffers.append(buffers)
            self.changed.notify_all()

    def wait_for(self, done: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(done, timeout=10)

    def ops(self) -> list[dict[str, Any]]:
        return [op for message in self.messages for op in message["ops"]]


async def echo(prompt: str) -> AsyncGenerator[Event, None]:
    yield TextDelta("You said ")
    await asyncio.sleep(0)
    yield TextDelta(prompt)


async def hang(prompt: str) -> AsyncGenerator[Event, None]:
    yield TextDelta("working")
    yield ToolCall("f", call_id="a")
    yield ToolStart(call_id="a")
    await asyncio.Event().wait()


async def until(condition: Callable[[], bool]) -> None:
    async def poll() -> None:
        while not condition():  # noqa: ASYNC110  # what it waits for happens on other threads, too
            await asyncio.sleep(0.001)

    await asyncio.wait_for(poll(), 10)


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.mark.parametrize("own", [False, True], ids=["main loop", "own thread"])
async def test_a_run_goes_on_in_the_background_and_can_be_awaited(page: Page, own: bool) -> None:
    seen = threading.Event()

    async def echo_when_seen(prompt: str) -> AsyncGenerator[Event, None]:
        await until(seen.is_set)
        async for event in echo(prompt):
            yield event

    session = Session(Scripted(echo_when_seen, own=own), page)
    handle = session.send("hi")
    assert handle.status == "running"
    assert not handle.done
    seen.set()
    run = await handle
    assert (run.status, run.final_text, handle.final_text) == ("complete", "You said hi", "You said hi")
    assert [message["seq"] for message in page.messages] == list(range(1, len(page.messages) + 1))


async def test_prompts_queue_visibly_and_run_in_order_with_their_history(page: Page) -> None:
    adapter = Scripted(echo)
    session = Session(adapter, page)
    handles = [session.send(p) for p in ("one", "two", "three")]
    assert [run.status for run in session.transcript.runs] == ["running", "queued", "queued"]
    assert [(await handle).final_text for handle in handles] == [
        "You said one",
        "You said two",
        "You said three",
    ]
    assert adapter.prompts == ["one", "two", "three"]
    assert adapter.history == [[], ["one"], ["one", "two"]]


@pytest.mark.parametrize("own", [False, True], ids=["main loop", "own thread"])
async def test_each_run_has_the_context_of_who_sent_its_prompt(page: Page, own: bool) -> None:
    user: ContextVar[str] = ContextVar("user", default="nobody")

    sent = threading.Event()

    async def who(prompt: str) -> AsyncGenerator[Event, None]:
        yield TextDelta(user.get())
        await until(sent.is_set)

    session = Session(Scripted(who, own=own), page)
    handles: list[RunHandle] = []
    for name in ("ann", "ben"):
        user.set(name)
        handles.append(session.send("who am I?"))
    assert [handle.status for handle in handles] == ["running", "queued"]
    sent.set()
    user.set("cleo")
    session.receive({"kind": "send", "text": "and I?", "client_id": "c"})
    await until(lambda: len(session.transcript.runs) == 3)
    assert [(await handle).final_text for handle in handles] == ["ann", "ben"]
    await until(lambda: session.transcript.runs[2].status == "complete")
    assert session.transcript.runs[2].final_text == "nobody", "a page has the context of the chat's cell"


@pytest.mark.parametrize("own", [False, True], ids=["main loop", "own thread"])
async def test_b19_stop_cancels_the_run_drops_the_queue_and_closes_the_source(page: Page, own: bool) -> None:
    adapter = Scripted(hang, own=own)
    session = Session(adapter, page)
    first, second = session.send("one"), session.send("two")
    await until(lambda: bool(first.turns and first.turns[0].tools))
    session.stop()
    assert first.done
    assert second.done
    assert [run.status for run in session.transcript.runs] == ["cancelled", "dropped"]
    assert first.turns[0].tools[0].state == "cancelled"
    assert first.turns[0].text == "working"
    await until(lambda: adapter.closed == ["one"])
    third = session.send("three")
    await until(lambda: adapter.prompts == ["one", "three"])
    third.stop()
    assert (await third).status == "cancelled"


async def test_stopping_a_run_before_its_task_begins(page: Page) -> None:
    adapter = Scripted(echo)
    session = Session(adapter, page)
    handle = session.send("one")
    session.stop()
    assert (await handle).status == "cancelled"
    assert (await session.send("two")).status == "complete"
    assert adapter.prompts == ["two"]


async def test_what_is_yielded_after_the_stop_is_ignored(page: Page) -> None:
    stopped = asyncio.Event()

    async def stubborn(prompt: str) -> AsyncGenerator[Event, None]:
        yield TextDelta("before")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.set()
            yield TextDelta(" after")

    session = Session(Scripted(stubborn), page)
    handle = session.send("x")
    await until(lambda: handle.final_text == "before")
    session.stop()
    await stopped.wait()
    await asyncio.sleep(0)
    assert (await handle).final_text == "before"


async def test_cancelling_the_await_stops_the_run(page: Page) -> None:
    session = Session(Scripted(hang), page)
    handle = session.send("x")
    waiting = asyncio.ensure_future(handle)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert handle.status == "cancelled"


class BoomError(Exception):
    pass


async def test_an_agent_that_raises_is_an_error_in_the_run_and_the_chat_goes_on(page: Page) -> None:
    failing = True

    async def flaky(prompt: str) -> AsyncGenerator[Event, None]:
        yield TextDelta("half")
        if failing:
            raise BoomError("it broke")

    session = Session(Scripted(flaky), page)
    run = await session.send("x")
    assert run.status == "error"
    assert run.error is not None
    assert (run.error.kind, run.error.message, run.error.turn) == ("BoomError", "it broke", run.turns[0].id)
    assert "raise BoomError" in (run.error.detail or "")
    assert run.final_text == "half"
    failing = False
    assert (await session.send("y")).status == "complete"


class Hasty(Adapter):
    """Its ``stream`` makes a stream, and raises before it has made one."""

    name = "hasty"

    def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        if prompt != "known":
            raise ValueError(f"no such model: {prompt}")
        return echo(prompt)


async def test_an_adapter_that_raises_before_it_streams_is_an_error_in_the_run(page: Page) -> None:
    session = Session(Hasty(), page)
    stream = turnwise.stream(Hasty(), "m")
    told = [event.type async for event in stream]
    assert told == ["run_start", "run_finish"]
    for run in (await session.send("m"), stream.run):
        assert (run.status, run.error and run.error.kind) == ("error", "ValueError")
        assert run.error is not None
        assert run.error.message == "no such model: m"
        assert (run.error.detail or "").count("raise ValueError") == 1
    assert (await session.send("known")).final_text == "You said known"


async def test_an_adapter_that_yields_no_event_is_an_error(page: Page) -> None:
    async def wrong(prompt: str) -> AsyncGenerator[Event, None]:
        yield 5  # type: ignore[misc]

    run = await Session(Scripted(wrong), page).send("x")
    assert run.error is not None
    assert "5 is no turnwise event" in run.error.message


async def test_a_frame_that_cannot_be_sent_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(message: dict[str, Any], buffers: list[bytes]) -> None:
        raise RuntimeError("comm closed")

    with caplog.at_level(logging.CRITICAL, "turnwise"):
        run = await Session(Scripted(echo), broken).send("x")
    assert run.final_text == "You said x"


class TestPageMessages:
    async def ask(self, session: Session, page: Page, last: int) -> dict[str, Any]:
        before = len(page.messages)
        session.receive({"kind": "hello", "last": last})
        await asyncio.to_thread(page.wait_for, lambda: len(page.messages) > before)
        return page.messages[-1]

    async def test_hello_gets_the_whole_or_the_word_that_nothing_is_missing(self, page: Page) -> None:
        session = Session(Scripted(echo), page)
        await session.send("hi")
        seq = page.messages[-1]["seq"]
        snapshot = await self.ask(session, page, 0)
        assert (snapshot["kind"], snapshot["seq"]) == ("snapshot", seq)
        assert snapshot["ops"] == [encode_op(op) for op in session.transcript.snapshot()]
        assert await self.ask(session, page, seq) == {
            "kind": "frame",
            "seq": seq,
            "held": False,
            "ops": [],
        }

    async def test_hello_gets_the_history_that_the_chat_begins_with(self, page: Page) -> None:
        before = Session(Scripted(echo), Page())
        await before.send("hi")
        session = Session(Scripted(echo), page, history=before.transcript)
        assert (await self.ask(session, page, 0))["kind"] == "snapshot"
        await session.send("again")
        assert [message["seq"] for message in page.messages] == [*range(1, len(page.messages) + 1)]

    async def test_a_page_that_lost_a_frame_catches_up(self, page: Page) -> None:
        session = Session(Scripted(echo), page)
        page.lose = True
        await session.send("one")
        page.lose = False
        await session.send("two")
        assert page.messages[0]["seq"] > 1
        snapshot = await self.ask(session, page, 0)
        assert [op["prompt"] for op in snapshot["ops"] if op["op"] == "add_run"] == ["one", "two"]

    async def test_send_runs_a_prompt_once_however_often_it_comes(self, page: Page) -> None:
        session = Session(Scripted(echo), page)
        for _ in range(2):
            session.receive({"kind": "send", "text": "hi", "client_id": "c1"})
        await until(lambda: bool(session.transcript.runs and session.transcript.runs[0].ended))
        await self.ask(session, page, 0)
        assert [(run.prompt, run.client_id) for run in session.transcript.runs] == [("hi", "c1")]

    async def test_stop_and_drop(self, page: Page) -> None:
        session = Session(Scripted(hang), page)
        first, second, third = (session.send(p) for p in ("one", "two", "three"))
        session.receive({"kind": "drop", "run": first.id})  # it has begun: not to be dropped
        session.receive({"kind": "drop", "run": second.id})
        session.receive({"kind": "stop", "run": "another run"})  # is over: the one under way goes on
        await until(lambda: second.done)
        assert [run.status for run in session.transcript.runs] == ["running", "dropped", "queued"]
        session.receive({"kind": "stop", "run": first.id})
        await until(lambda: first.done and third.done)
        assert [run.status for run in session.transcript.runs] == ["cancelled", "dropped", "dropped"]

    async def test_an_add_on_comes_when_it_is_asked_for(self, page: Page) -> None:
        session = Session(Scripted(echo), page, addon={"highlight": b"export {}"}.get)
        session.receive({"kind": "addon", "name": "highlight"})
        await asyncio.to_thread(page.wait_for, lambda: bool(page.messages))
        assert (page.messages, page.buffers) == ([{"kind": "addon", "name": "highlight"}], [[b"export {}"]])

    async def test_a_page_that_missed_the_saved_output_gets_it(self, page: Page) -> None:
        session = Session(Scripted(echo), page, saved=lambda: {"text/plain": "all of it"})
        session.receive({"kind": "fetch_saved"})
        await asyncio.to_thread(page.wait_for, lambda: bool(page.messages))
        assert (page.messages, page.buffers) == ([{"kind": "saved"}], [[b'{"text/plain": "all of it"}']])

    @pytest.mark.parametrize(
        "content",
        [
            None,
            "hello",
            [],
            {},
            {"kind": "rm -rf"},
            {"kind": "hello"},
            {"kind": "hello", "last": "1"},
            {"kind": "hello", "last": -1},
            {"kind": "send", "text": "  ", "client_id": "c"},
            {"kind": "send", "text": 5, "client_id": "c"},
            {"kind": "send", "text": "x" * 1_000_001, "client_id": "c"},
            {"kind": "stop", "run": 5},
            {"kind": "drop"},
            {"kind": "addon", "name": "../session.py"},
            {"kind": {"a": 1}},
            {"kind": "hello", "last": 1e400},
            object(),
        ],
        ids=lambda content: repr(content)[:40],
    )
    async def test_nonsense_is_ignored_and_logged(
        self, page: Page, content: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        session = Session(Scripted(echo), page)
        session.receive(content)
        assert (await self.ask(session, page, 0))["ops"] == []  # the session has read it, and lives
        assert "ignored a message from the page" in caplog.text
        assert session.transcript.runs == []


async def test_a_burst_is_merged_into_few_frames_and_all_of_it_arrives(page: Page) -> None:
    async def burst(prompt: str) -> AsyncGenerator[Event, None]:
        for i in range(8000):
            yield TextDelta(f"{i:04}")

    session = Session(Scripted(burst), page)
    run = await session.send("go")
    assert run.final_text == "".join(f"{i:04}" for i in range(8000))
    assert "".join(op["text"] for op in page.ops() if op["op"] == "append") == run.final_text
    assert len(page.messages) < 400


async def test_close_ends_everything(page: Page) -> None:
    session = Session(Scripted(hang), page)
    handle = session.send("x")
    session.close()
    assert (await handle).status == "cancelled"
    sent = len(page.messages)
    with pytest.raises(RuntimeError, match="closed"):
        session.send("y")
    session.receive({"kind": "hello", "last": 0})
    assert len(page.messages) == sent


async def test_closing_again_does_nothing(page: Page) -> None:
    closed: list[str] = []

    class Closing(Scripted):
        async def close(self) -> None:
            closed.append(self.name)

    session = Session(Closing(echo), page)
    session.close()
    session.close()
    await until(lambda: bool(closed))
    assert len(closed) == 1


def test_a_run_whose_loop_ended_before_it_could_begin_is_over_and_the_next_goes_on(page: Page) -> None:
    """A script that sends and returns, without waiting."""

    async def script() -> Session:
        session = Session(Scripted(echo), page)
        session.send("lost")
        return session

    session = asyncio.run(script())
    assert session.send("next").wait(20).final_text == "You said next"
    assert [run.status for run in session.transcript.runs] == ["cancelled", "complete"]


def test_without_any_event_loop_a_script_can_wait(page: Page) -> None:
    handle = Session(Scripted(echo), page).send("hi")
    assert handle.wait(10).final_text == "You said hi"
    assert handle.done


async def test_waiting_on_the_loop_that_drives_the_run_is_refused(page: Page) -> None:
    handle = Session(Scripted(hang), page).send("hi")
    with pytest.raises(RuntimeError, match="await run"):
        handle.wait()
    handle.stop()


def test_wait_gives_up_without_stopping_the_run(page: Page) -> None:
    handle = Session(Scripted(hang), page).send("hi")
    with pytest.raises(TimeoutError, match="goes on"):
        handle.wait(0)
    assert not handle.done
    handle.stop()


def test_an_abandoned_agent_does_not_hold_up_the_next_prompt(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    release = threading.Event()

    async def deaf(prompt: str) -> AsyncGenerator[Event, None]:
        yield TextDelta(prompt)
        while prompt == "deaf" and not release.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:  # noqa: PERF203
                continue

    session = Session(Scripted(deaf, own=True), page, stop_grace=0.0)
    first = session.send("deaf")
    page.wait_for(lambda: first.final_text == "deaf")
    first.stop()
    assert session.send("next").wait(10).final_text == "next"
    release.set()
    assert "going on without it" in caplog.text


@pytest.mark.parametrize(
    ("value", "result", "size"),
    [
        ("x" * 100, "x" * 100, None),
        ({"mimebundle": {"image/png": "x" * 100_000}}, {"mimebundle": {"image/png": "x" * 100_000}}, None),
        ("a" * 2_000_000, "a" * 24_000 + "\n\n… 968,0", 2_000_000),
        ([{"n": n} for n in range(50_000)], [{"n": 0}, {"n": 1}], 690_000),
    ],
    ids=["small", "a picture", "a long text", "many rows"],
)
async def test_of_a_large_result_the_whole_is_told_when_it_is_asked_for(
    page: Page, value: Any, result: Any, size: int | None
) -> None:
    async def script(prompt: str) -> AsyncGenerator[Event, None]:
        yield ToolCall("f", call_id="a")
        yield ToolResult(value, call_id="a")

    session = Session(Scripted(script), page)
    await session.send("go")
    (told,) = (op for op in page.ops() if op["op"] == "set_result")
    assert (
        told["result"][: len(result)] == result
        if isinstance(result, (str, list))
        else told["result"] == result
    )
    assert (told["size"] is None) == (size is None)
    assert size is None or told["size"] == pytest.approx(size, rel=0.1)
    assert len(json.dumps(told)) < 150_000
    session.receive({"kind": "ask", "what": "whole", "part": session.transcript.runs[0].turns[0].tools[0].id})
    page.wait_for(lambda: any(message["kind"] == "told" for message in page.messages))
    assert json.loads(page.buffers[-1][0]) == value
    session.receive({"kind": "ask", "what": "whole", "part": "no such part"})
    session.receive({"kind": "hello", "last": 0})
    page.wait_for(lambda: page.messages[-1]["kind"] == "snapshot")


async def test_what_a_model_saw_is_told_when_it_is_asked_for(page: Page) -> None:
    secret = "sk-0123456789abcdefghij"

    async def script(prompt: str) -> AsyncGenerator[Event, None]:
        asked = {"role": "user", "content": prompt}
        yield ModelRequest([asked], system=f"Use {secret} now.", tools=[{"name": "f"}], model="m", exact=True)
        yield ToolCall("f", call_id="a")
        yield ToolResult("sunny", call_id="a")
        answer = {"role": "tool", "content": "sunny", "tool_call_id": "a"}
        yield ModelRequest([asked, answer], system="Be brief.", tools=[{"name": "f"}], model="m", exact=True)
        yield TextDelta("Sunny.")

    session = Session(Scripted(script), page)
    await session.send("go")
    assert "Be brief" not in json.dumps(page.messages)
    facts = [op["facts"] for op in page.ops() if op["op"] == "set_request"]
    assert [(fact["added"], fact["changed"]) for fact in facts] == [(1, []), (1, ["system"])]
    first, second = session.transcript.runs[0].turns
    for turn in (first, second):
        session.receive({"kind": "ask", "part": turn.id, "what": "saw"})
    page.wait_for(lambda: len(wholes(page)) == 2)
    one, two = wholes(page)[first.id], wholes(page)[second.id]
    assert one["request"]["system"] == "Use [secret] now."
    assert (one["request"]["before"], one["left_out"]) == (None, 0)
    assert [(m["role"], m["fresh"]) for m in two["request"]["messages"]] == [("user", False), ("tool", True)]
    assert two["request"]["before"]["turn"] == 1
    assert two["request"]["before"]["system"] == "Use [secret] now."
    assert [event["op"] for event in one["events"]] == [
        "open_turn",
        "set_request",
        "open_tool",
        "set_arguments",
        "set_result",
        "close_turn",
    ]
    assert all(event["at"] >= 0 for event in one["events"])


async def test_of_a_source_that_does_not_tell_there_are_the_events(page: Page) -> None:
    session = Session(Scripted(echo), page)
    await session.send("go")
    turn = session.transcript.runs[0].turns[0]
    session.receive({"kind": "ask", "part": turn.id, "what": "saw"})
    page.wait_for(lambda: len(wholes(page)) == 1)
    told = wholes(page)[turn.id]
    assert told["request"] is None
    assert [event["op"] for event in told["events"]][:2] == ["open_turn", "open_part"]


def wholes(page: Page) -> dict[str, Any]:
    """By id; the last for each."""
    found = zip(page.messages, page.buffers, strict=True)
    return {message["part"]: json.loads(held[0]) for message, held in found if message["kind"] == "told"}
