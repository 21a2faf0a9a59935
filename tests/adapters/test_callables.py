"""Functions as agents: what they may be, say and be given, and how they end."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import queue
import sys
import threading
import traceback
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from turnwise.adapters.callables import AsyncCallable, SyncCallable, from_callable
from turnwise.assembler import Assembler
from turnwise.events import Event, Text, TextDelta, ToolCall, ToolResult
from turnwise.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

HI = TextDelta("hi")


async def said(
    agent: Any, prompt: str = "p", history: Transcript | None = None, heard: list[Event] | None = None
) -> list[Event]:
    """All that an agent says; ``heard`` has it even if it fails."""
    heard = [] if heard is None else heard
    async with aclosing(from_callable(agent).stream(prompt, history or Transcript())) as stream:
        async for event in stream:
            heard.append(event)  # what came before a failure counts
    return heard


def conversation() -> Transcript:
    """A finished run: "one" was answered "two"."""
    asm = Assembler()
    ops = asm.add_run("r1", "one", 0) + asm.start_run("r1", 0)
    return Transcript(ops + asm.feed(Text("two"), 1) + asm.finish(2))


# What may be an agent.


def function(prompt: str) -> str:
    return f"got {prompt}"


async def coroutine(prompt: str) -> str:
    return f"got {prompt}"


def generator(prompt: str) -> Any:
    yield "got "
    yield prompt


async def async_generator(prompt: str) -> Any:
    yield "got "
    yield prompt


class Called:
    def __call__(self, prompt: str) -> str:
        return f"got {prompt}"

    def method(self, prompt: str) -> Any:
        yield "got "
        yield prompt


class CalledAsync:
    async def __call__(self, prompt: str) -> Any:
        yield "got "
        yield prompt


class Stream:
    """Iterates asynchronously without being a generator, as the streams of providers do."""

    def __init__(self) -> None:
        self.left = ["got ", "p"]

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> str:
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop(0)


async def returns_stream(prompt: str) -> Any:
    return Stream()


async def returns_generator(prompt: str) -> Any:
    return generator(prompt)


def keyed(prefix: str, prompt: str) -> str:
    return f"{prefix} {prompt}"


def hidden(prompt: str) -> Any:
    """What a decorator without functools.wraps makes of an async function."""
    return async_generator(prompt)


def hidden_coroutine(prompt: str) -> Any:
    return coroutine(prompt)


WHOLE = [Text("got p")]
PIECES = [TextDelta("got "), TextDelta("p")]
KINDS: dict[str, tuple[Any, type[Any], str, Sequence[Event]]] = {
    "function": (function, SyncCallable, "function", WHOLE),
    "lambda": (lambda prompt: f"got {prompt}", SyncCallable, "agent", WHOLE),
    "coroutine": (coroutine, AsyncCallable, "coroutine", WHOLE),
    "generator": (generator, SyncCallable, "generator", PIECES),
    "async generator": (async_generator, AsyncCallable, "async_generator", PIECES),
    "object": (Called(), SyncCallable, "Called", WHOLE),
    "async object": (CalledAsync(), AsyncCallable, "CalledAsync", PIECES),
    "method": (Called().method, SyncCallable, "method", PIECES),
    "partial": (functools.partial(keyed, "got"), SyncCallable, "keyed", WHOLE),
    "partial of a coroutine": (functools.partial(coroutine), AsyncCallable, "coroutine", WHOLE),
    "coroutine that returns a stream": (returns_stream, AsyncCallable, "returns_stream", PIECES),
    "coroutine that returns a generator": (returns_generator, AsyncCallable, "returns_generator", PIECES),
    "function that returns an async generator": (hidden, SyncCallable, "hidden", PIECES),
    "function that returns a coroutine": (hidden_coroutine, SyncCallable, "hidden_coroutine", WHOLE),
    "function without a signature": (str, SyncCallable, "str", [Text("p")]),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_may_be_an_agent(kind: str) -> None:
    agent, cls, name, events = KINDS[kind]
    adapter = from_callable(agent)
    assert type(adapter) is cls
    assert adapter.name == name
    assert adapter.runs_on == ("own" if cls is SyncCallable else "main")
    assert await said(agent) == events


# What it is called with.


SIGNATURES: dict[str, tuple[Any, bool]] = {
    "prompt": (lambda prompt: "", False),
    "second without a default": (lambda prompt, h: h, True),
    "second named history": (lambda prompt, history=None: history, True),
    "second of another name, with a default": (lambda prompt, k=None: k, False),
    "keyword only": (lambda prompt, *, history: history, True),
    "later, by name": (lambda prompt, k=1, history=None: history, True),
    "any": (lambda *args: args[1:], False),
    "options": (lambda prompt, **options: options, False),
}


@pytest.mark.parametrize("how", SIGNATURES)
@pytest.mark.parametrize("sync", [True, False])
async def test_history_is_given_to_those_who_take_it(how: str, sync: bool) -> None:
    takes, wants = SIGNATURES[how]
    seen: list[Any] = []

    @functools.wraps(takes)
    def agent(*args: Any, **kwargs: Any) -> str:
        seen.append(takes(*args, **kwargs))
        return ""

    @functools.wraps(takes)
    async def async_agent(*args: Any, **kwargs: Any) -> str:
        seen.append(takes(*args, **kwargs))
        return ""

    await said(agent if sync else async_agent, history=conversation())
    if wants:
        assert seen == [[{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]]
    else:
        assert not seen[0]


@pytest.mark.parametrize(
    "agent",
    [lambda: "", lambda prompt, history, third: "", lambda *, history: "", lambda prompt, *, key: ""],
)
def test_what_cannot_be_called_with_a_prompt_is_refused_at_once(agent: Any) -> None:
    with pytest.raises(TypeError, match=r"cannot be an agent: turnwise calls it with \(prompt\) or"):
        from_callable(agent)


# What it may say.


@pytest.mark.parametrize("sync", [True, False])
async def test_events_pass_and_none_says_nothing(sync: bool) -> None:
    events: list[Any] = [HI, ToolCall("t", {"a": 1}, call_id="1"), None, ToolResult(2, call_id="1"), "", "x"]

    def agent(prompt: str) -> Any:
        yield from events

    async def async_agent(prompt: str) -> Any:
        for event in events:
            yield event

    heard = await said(agent if sync else async_agent)
    assert heard == [*(event for event in events[:4] if event), TextDelta(""), TextDelta("x")]


async def test_a_subclass_of_str_becomes_plain_text() -> None:
    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            return self.upper()

    [event] = await said(lambda prompt: Loud("hi"))
    assert isinstance(event, Text)
    assert type(event.text) is str
    assert event.text == "hi"


@pytest.mark.parametrize("value", [5, b"x", {"choices": []}, ["a"], object()])
@pytest.mark.parametrize("how", ["yield", "async yield", "return", "async return"])
async def test_anything_else_is_an_error_that_names_it(value: Any, how: str) -> None:
    closed: list[bool] = []

    def yields(prompt: str) -> Any:
        try:
            yield value
        finally:
            closed.append(True)

    async def async_yields(prompt: str) -> Any:
        try:
            yield value
        finally:
            closed.append(True)

    async def async_returns(prompt: str) -> Any:
        return value

    agents: dict[str, Any] = {
        "yield": yields,
        "async yield": async_yields,
        "return": lambda prompt: value,
        "async return": async_returns,
    }
    verb = "yielded" if "yield" in how else "returned"
    with pytest.raises(TypeError, match=rf"{verb} {type(value).__name__} .*ToolCall"):
        await said(agents[how])
    assert closed == ([True] if "yield" in how else [])


async def test_a_coroutine_may_return_nothing() -> None:
    async def agent(prompt: str) -> None:
        pass

    assert await said(agent) == []


# How it ends.


class OwnError(Exception):
    pass


def fails(prompt: str) -> Any:
    yield "a"
    raise OwnError("mine")


async def fails_async(prompt: str) -> Any:
    yield "a"
    raise OwnError("mine")


@pytest.mark.parametrize("agent", [fails, fails_async])
async def test_exceptions_come_with_the_users_traceback(agent: Any) -> None:
    heard: list[Event] = []
    with pytest.raises(OwnError) as caught:
        await said(agent, heard=heard)
    assert heard == [TextDelta("a")]
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == agent.__name__


async def test_a_thread_that_would_leave_the_process_only_ends_the_run() -> None:
    def agent(prompt: str) -> str:
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match=r"agent called sys.exit\(3\)"):
        await said(agent)


async def test_stop_cancels_what_an_async_agent_awaits() -> None:
    waiting = asyncio.Event()
    ended: list[str] = []

    async def agent(prompt: str) -> Any:
        try:
            yield "a"
            waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        finally:
            ended.append("finally")

    task = asyncio.create_task(said(agent))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled", "finally"]


async def test_closing_between_two_items_closes_the_generator() -> None:
    ended: list[str] = []

    async def agent(prompt: str) -> Any:
        try:
            yield "a"
            yield "b"
        finally:
            ended.append("finally")

    stream = from_callable(agent).stream("p", Transcript())
    assert await anext(stream) == TextDelta("a")
    await stream.aclose()
    assert ended == ["finally"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a task cannot be asked whether it was cancelled")
async def test_what_an_agent_yields_after_its_cancellation_is_ignored() -> None:
    waiting = asyncio.Event()
    heard: list[Event] = []

    async def stubborn(prompt: str) -> Any:
        try:
            waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield "still here"
        finally:
            yield "and here"

    task = asyncio.create_task(said(stubborn, heard=heard))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard == []


# Threads.


async def test_a_run_has_one_thread_and_the_callers_context() -> None:
    where: contextvars.ContextVar[str] = contextvars.ContextVar("where")
    where.set("cell 3")
    seen: list[tuple[int, str]] = []

    def agent(prompt: str) -> Any:
        for _ in range(3):
            seen.append((threading.get_ident(), where.get()))
            where.set(where.get())  # a generator that sets must find its own again
            yield "a"

    await said(agent)
    await said(agent)
    assert {context for _, context in seen} == {"cell 3"}
    assert len({ident for ident, _ in seen[:3]}) == 1
    assert len({ident for ident, _ in seen[3:]}) == 1
    assert threading.get_ident() not in {ident for ident, _ in seen}


async def test_stop_closes_a_generator_in_its_own_thread_at_its_next_yield() -> None:
    go: queue.Queue[None] = queue.Queue()
    ended: queue.Queue[int] = queue.Queue()

    def agent(prompt: str) -> Any:
        ident = threading.get_ident()
        try:
            yield "a"
            go.get()
            yield "b"
            ended.put(0)
        finally:
            ended.put(ident if threading.get_ident() == ident else 1)

    stream = from_callable(agent).stream("p", Transcript())
    assert await anext(stream) == TextDelta("a")
    await stream.aclose()
    go.put(None)
    assert await asyncio.to_thread(ended.get, timeout=10) > 1


async def test_stop_does_not_wait_for_a_thread_that_is_blocked() -> None:
    entered = asyncio.Event()
    loop = asyncio.get_running_loop()
    blocked = threading.Event()

    def agent(prompt: str) -> str:
        loop.call_soon_threadsafe(entered.set)
        blocked.wait(60)
        return "too late"

    task = asyncio.create_task(said(agent))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not blocked.is_set()
    blocked.set()


async def test_a_fast_generator_waits_for_the_loop_and_does_not_starve_it() -> None:
    made = 0
    turns_of_the_loop = 0

    def agent(prompt: str) -> Any:
        nonlocal made
        for _ in range(20_000):
            made += 1
            yield "x"

    async def others() -> None:
        nonlocal turns_of_the_loop
        while True:
            turns_of_the_loop += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    taken = 0
    ahead = 0
    async with aclosing(from_callable(agent).stream("p", Transcript())) as stream:
        async for _ in stream:
            taken += 1
            ahead = max(ahead, made - taken)
    other.cancel()
    assert taken == 20_000
    assert ahead <= 2 * 256 + 1
    assert turns_of_the_loop >= 20_000 / 256


async def test_two_runs_at_once_do_not_mix() -> None:
    def agent(prompt: str) -> Any:
        for _ in range(100):
            yield prompt

    one, two = await asyncio.gather(said(agent, "1"), said(agent, "2"))
    assert one == [TextDelta("1")] * 100
    assert two == [TextDelta("2")] * 100


def test_a_loop_that_is_gone_ends_the_thread() -> None:
    ended: queue.Queue[bool] = queue.Queue()
    go: queue.Queue[None] = queue.Queue()

    def agent(prompt: str) -> Any:
        try:
            yield "a"
            go.get()
            while True:
                yield "b"
        finally:
            ended.put(True)

    streams: list[AsyncGenerator[Event, None]] = []

    async def first() -> None:
        stream = from_callable(agent).stream("p", Transcript())
        streams.append(stream)
        await anext(stream)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(first())
    loop.close()
    go.put(None)
    assert ended.get(timeout=10)


def test_a_function_tells_its_name_and_can_be_changed_in_nothing() -> None:
    def helper(prompt: str) -> str:
        return prompt

    adapter = from_callable(helper)
    assert adapter.describe().name == "helper"
    assert adapter.describe().fixed.keys() == {"system", "model", "settings", "tools"}
    with pytest.raises(TypeError, match=r"the tools of helper cannot be changed: .*where it is written"):
        adapter.changed(tools=[])
