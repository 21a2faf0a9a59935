"""The agent loop over a scripted provider: turns, tools at once and in order, failures told to the model, stopping."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from agent.scripted import Scripted, ask, calls, says, shown
from turnwise import Error, ReasoningDelta, TextDelta, ToolCallDelta, ToolResult, Transcript, TurnFinish
from turnwise import events as e
from turnwise.adapters import adapter_for
from turnwise.agent import Agent, TruncatedStream, tool
from turnwise.agent.providers.openai_chat import OpenAIChat
from wire_server import Answer, WireServer, sse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from turnwise import Event

PARIS = '{"city": "Paris"}'


def get_weather(city: str) -> dict[str, Any]:
    return {"city": city, "temp_c": 18}


async def get_time(tz: str) -> str:
    return f"09:00 in {tz}"


# ── turns ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_b1_a_turn_is_a_model_call_and_its_results() -> None:
    provider = Scripted([TextDelta("Let me see."), *calls(("get_weather", PARIS))], says("It is 18 °C."))
    run = await ask(Agent(provider, tools=[get_weather], system="Be brief."), "Weather?")
    assert shown(run) == (
        "run complete\n"
        '1 tool_calls | "Let me see." | get_weather({"city": "Paris"}) = done {"city": "Paris", "temp_c": 18}\n'
        '2 stop | "It is 18 °C."'
    )
    assert [turn.model for turn in run.turns] == ["scripted", "scripted"]
    start = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather?"}]
    call = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": PARIS}}
    assert provider.asked == [
        start,
        [
            *start,
            {"role": "assistant", "content": "Let me see.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "a", "content": '{"city": "Paris", "temp_c": 18}'},
        ],
    ]


async def test_a_picture_is_for_the_reader_and_its_text_for_the_model() -> None:
    class Figure:
        def _repr_png_(self) -> bytes:
            return b"\x89PNG" * 1_000

        def __repr__(self) -> str:
            return "a chart of the weather"

    def draw() -> Any:
        return Figure()

    provider = Scripted(calls(("draw", "{}")), says("There."))
    run = await ask(Agent(provider, tools=[draw]), "Draw it")
    assert "image/png" in json.dumps(run.turns[0].tools[0].result)
    assert provider.asked[1][-1] == {"role": "tool", "tool_call_id": "a", "content": "a chart of the weather"}


async def test_history_comes_first() -> None:
    first = await ask(
        Agent(Scripted(calls(("get_weather", PARIS)), says("18 °C.")), tools=[get_weather]), "Weather?"
    )
    history = Transcript()
    history._adopt(first)
    before = history.to_dict()
    provider = Scripted(says("You're welcome."))
    await ask(Agent(provider), "Thanks", history)
    assert [message["role"] for message in provider.asked[0]] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert history.to_dict() == before


async def test_settings_go_to_the_provider() -> None:
    provider = Scripted(says("Hi"))
    await ask(Agent(provider, tools=[get_weather], temperature=0, stream_options=None))
    assert provider.settings == [{"temperature": 0, "stream_options": None}]
    assert provider.tools == ["get_weather"]


# ── tools at work ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_async_tools_run_at_the_same_time() -> None:
    """Each waits for the other to have begun: one after the other would never end."""
    begun: dict[str, asyncio.Event] = {"a": asyncio.Event(), "b": asyncio.Event()}

    async def meet(me: str, other: str) -> str:
        begun[me].set()
        await begun[other].wait()
        return me

    wanted = calls(("meet", '{"me": "a", "other": "b"}'), ("meet", '{"me": "b", "other": "a"}'))
    run = await ask(Agent(Scripted(wanted, says("Met.")), tools=[meet]))
    assert [t.result for t in run.turns[0].tools] == ["a", "b"]


async def test_sync_tools_run_at_the_same_time_and_off_the_loop() -> None:
    barrier = threading.Barrier(2, timeout=10)
    loop_thread = threading.get_ident()

    def meet() -> bool:
        barrier.wait()
        return threading.get_ident() != loop_thread

    run = await ask(Agent(Scripted(calls(("meet", ""), ("meet", "")), says("Met.")), tools=[meet]))
    assert [t.result for t in run.turns[0].tools] == [True, True]


async def test_b15_results_are_live_on_screen_and_in_call_order_for_the_model() -> None:
    second_done = asyncio.Event()

    async def first() -> str:
        await second_done.wait()
        return "one"

    async def second() -> str:
        return "two"

    provider = Scripted(calls(("first", ""), ("second", "")), says("Done."))
    order: list[str] = []
    async for event in Agent(provider, tools=[first, second]).stream("go"):
        match event:
            case e.ToolStart(name=name):
                order.append(f"{name} starts")
            case e.ToolResult(name=name):
                order.append(f"{name} ends")
                second_done.set()
            case _:
                pass
    assert order == ["first starts", "second starts", "second ends", "first ends"]
    assert [m["content"] for m in provider.asked[1] if m["role"] == "tool"] == ["one", "two"]


async def test_a_tool_sees_the_context_of_the_run() -> None:
    from contextvars import ContextVar

    who: ContextVar[str] = ContextVar("who")
    who.set("the caller")

    def ask_sync() -> str:
        return who.get()

    async def ask_async() -> str:
        return who.get()

    wanted = calls(("ask_sync", ""), ("ask_async", ""))
    run = await ask(Agent(Scripted(wanted, says("")), tools=[ask_sync, ask_async]))
    assert [t.result for t in run.turns[0].tools] == ["the caller", "the caller"]


# ── what goes wrong is told to the model ────────────────────────────────────────────────────────────────────────


class UnsayableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def broken() -> None:
    raise ValueError("no such city")


async def broken_async() -> None:
    raise KeyError("city")


def silent() -> None:
    raise TimeoutError


def unsayable() -> None:
    raise UnsayableError


def leaves() -> None:
    sys.exit(3)


async def leaves_async() -> None:
    sys.exit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


def stops() -> None:
    raise StopIteration


async def gives_up() -> None:
    raise asyncio.CancelledError


FAILURES: list[tuple[str, tuple[str, str], str]] = [
    ("a tool that raises", ("broken", "{}"), "ValueError: no such city"),
    ("an async tool that raises", ("broken_async", "{}"), "KeyError: 'city'"),
    ("an exception without words", ("silent", "{}"), "TimeoutError"),
    ("an exception that cannot be printed", ("unsayable", "{}"), "UnsayableError"),
    ("sys.exit ends only the tool", ("leaves", "{}"), "RuntimeError: the tool called sys.exit(3)"),
    ("an interrupt of its own", ("interrupts", "{}"), "RuntimeError: the tool raised KeyboardInterrupt"),
    ("sys.exit in an async tool", ("leaves_async", "{}"), "SystemExit: 3"),
    ("StopIteration", ("stops", "{}"), "RuntimeError: the tool raised StopIteration"),
    ("a tool that cancels itself", ("gives_up", "{}"), "CancelledError: the tool was cancelled"),
    (
        "E2 malformed arguments",
        ("get_weather", '{"city": "Par'),
        "The arguments are not valid JSON (Unterminated",
    ),
    ("arguments that are no object", ("get_weather", "[1]"), "The arguments must be a JSON object, not [1]"),
    (
        "E3 arguments that break the schema",
        ("get_weather", '{"town": 5}'),
        "The arguments do not fit get_weather: city: missing; town: there is no such parameter. It takes: city.",
    ),
    (
        "a missing argument",
        ("get_weather", ""),
        "The arguments do not fit get_weather: city: missing. It takes: city.",
    ),
]


@pytest.mark.parametrize(("call", "told"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
async def test_b6_a_failure_is_a_result_that_the_model_reads(call: tuple[str, str], told: str) -> None:
    tools: Sequence[Callable[..., Any]] = [
        get_weather,
        broken,
        broken_async,
        silent,
        unsayable,
        leaves,
        interrupts,
        leaves_async,
        stops,
        gives_up,
    ]
    provider = Scripted(calls(call, ("get_weather", PARIS)), says("I see."))
    run = await ask(Agent(provider, tools=tools))
    failed, peer = run.turns[0].tools
    assert (failed.state, failed.outcome) == ("error", "error")
    assert isinstance(failed.result, str)
    assert failed.result.startswith(told)
    assert peer.state == "done"
    assert provider.asked[1][-2]["content"] == failed.result
    assert (run.status, run.final_text) == ("complete", "I see.")


async def test_malformed_arguments_are_never_sent_back_as_such() -> None:
    provider = Scripted(calls(("get_weather", '{"city": "Par')), says("I see."))
    await ask(Agent(provider, tools=[get_weather]))
    sent = provider.asked[1][1]["tool_calls"][0]["function"]["arguments"]
    assert sent == '{"INVALID_JSON": "{\\"city\\": \\"Par"}'


@pytest.mark.parametrize(
    ("arguments", "state"),
    [('{"city": "Par', "error"), ("", "error"), (PARIS, "done")],
    ids=["half", "none", "whole"],
)
async def test_calls_cut_off_by_the_output_limit_are_not_run(arguments: str, state: str) -> None:
    """F2 a reply that reached its limit may end in half a call; those before it are whole."""
    provider = Scripted(
        calls(("get_weather", PARIS), ("get_weather", arguments), reason="length"), says("I see.")
    )
    run = await ask(Agent(provider, tools=[get_weather]))
    assert [t.state for t in run.turns[0].tools] == ["done", state]
    if state == "error":
        assert str(run.turns[0].tools[1].result).startswith("The arguments were cut off by the output limit")
    assert run.turns[0].finish_reason == "length"


async def test_calls_of_a_withheld_reply_are_not_run() -> None:
    run = await ask(
        Agent(Scripted(calls(("get_weather", PARIS), reason="content_filter")), tools=[get_weather])
    )
    assert [t.state for t in run.turns[0].tools] == ["unanswered"]
    assert len(run.turns) == 1


# ── ids ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "ids",
    [[None, None], ["", ""], ["0", "0"], ["a", None]],
    ids=["missing", "empty", "repeated", "one-missing"],
)
async def test_b8_ids_that_do_not_tell_calls_apart_are_replaced(ids: list[str | None]) -> None:
    def double(n: int) -> int:
        return 2 * n

    first = calls(("double", '{"n": 1}'), ("double", '{"n": 2}'), ids=ids)
    second = calls(("double", '{"n": 3}'), ids=ids[:1])
    provider = Scripted(first, second, says("Done."))
    run = await ask(Agent(provider, tools=[double]))
    assert [[t.result for t in turn.tools] for turn in run.turns] == [[2, 4], [6], []]
    answered = [m["tool_call_id"] for m in provider.asked[2] if m["role"] == "tool"]
    called = [call["id"] for m in provider.asked[2] for call in m.get("tool_calls", ())]
    assert answered == called
    assert len(set(called)) == 3


async def test_b8_an_id_from_the_history_is_not_used_again() -> None:
    def double(n: int) -> int:
        return 2 * n

    history = Transcript()
    history._adopt(await ask(Agent(Scripted(calls(("double", '{"n": 1}')), says("2")), tools=[double])))
    run = await ask(
        Agent(Scripted(calls(("double", '{"n": 2}')), says("4")), tools=[double]), "again", history
    )
    assert run.turns[0].tools[0].call_id != "a"
    assert run.turns[0].tools[0].result == 4


# ── ends ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_too_many_turns_are_an_error_that_says_so() -> None:
    provider = Scripted(*[calls(("get_weather", PARIS))] * 9)
    run = await ask(Agent(provider, tools=[get_weather], max_turns=2))
    assert len(run.turns) == 2
    assert run.status == "error"
    assert run.error is not None
    assert (run.error.kind, run.error.message) == (
        "max_turns",
        "The model wanted to go on after 2 turns, which is the limit (max_turns).",
    )
    assert [t.state for turn in run.turns for t in turn.tools] == ["done", "done"]


@pytest.mark.parametrize("after", [[TruncatedStream("it was cut off")], []], ids=["said", "found"])
async def test_b10_a_truncated_reply_runs_no_tools(after: list[Exception]) -> None:
    half = [*calls(("get_weather", PARIS))[:1], *after]
    run = await ask(Agent(Scripted(half), tools=[get_weather]))
    assert run.status == "truncated"
    assert run.error is not None
    assert "it was cut off" in run.error.message
    assert [t.state for t in run.turns[0].tools] == ["cancelled"]


async def test_an_error_in_the_stream_ends_the_run() -> None:
    reply = [TextDelta("Half"), *calls(("get_weather", PARIS))[:1], Error("Overloaded", kind="server_error")]
    run = await ask(Agent(Scripted(reply), tools=[get_weather]))
    assert shown(run).startswith('run error (server_error: Overloaded)\n1 error [error] | "Half"')


async def test_b10_a_reply_cut_before_it_answered_is_an_error() -> None:
    run = await ask(Agent(Scripted([ReasoningDelta("Hm"), TurnFinish("length", native="length")])))
    assert run.error is not None
    assert run.error.kind == "length"


# ── stopping ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_b19_closing_the_stream_cancels_the_tools_and_leaves_no_task() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    before = asyncio.all_tasks()
    agent = Agent(Scripted(calls(("forever", ""), ("forever", ""))), tools=[forever])
    async with aclosing(agent.stream("go")) as events:
        async for event in events:
            if isinstance(event, e.ToolStart):
                await begun.wait()
                break
    assert cancelled.is_set()
    assert asyncio.all_tasks() == before


async def test_b19_cancelling_the_task_cancels_the_tools() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    before = asyncio.all_tasks()
    task = asyncio.create_task(ask(Agent(Scripted(calls(("forever", ""))), tools=[forever])))
    await asyncio.wait_for(begun.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()
    assert asyncio.all_tasks() == before


async def test_b19_cancelling_in_the_middle_of_a_reply_hangs_up() -> None:
    started = sse({"choices": [{"index": 0, "delta": {"content": "Hi"}}]}, done=False)
    with WireServer([Answer(started, end="hang")]) as server:
        heard = asyncio.Event()

        async def listen() -> None:
            async with aclosing(Agent(OpenAIChat("m", base_url=server.url)).stream("go")) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        heard.set()

        task = asyncio.create_task(listen())
        await asyncio.wait_for(heard.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.hung_up.wait, 10)


async def test_a_tool_in_a_thread_does_not_hold_up_the_stop() -> None:
    go_on, begun = threading.Event(), threading.Event()

    def stuck() -> None:
        begun.set()
        go_on.wait(10)

    async with aclosing(Agent(Scripted(calls(("stuck", ""))), tools=[stuck]).stream("go")) as events:
        async for event in events:
            if isinstance(event, e.ToolStart):
                await asyncio.to_thread(begun.wait, 10)
                break
    assert not go_on.is_set()
    go_on.set()


# ── making one ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda: Agent(Scripted(), tools=[get_weather, get_weather]),
            ValueError,
            "two tools are called 'get_weather'",
        ),
        (lambda: Agent(Scripted(), max_turns=0), ValueError, "max_turns is 0"),
        (lambda: Agent(Scripted(), stream=False), TypeError, "'stream' is the agent's own"),
        (
            lambda: Agent(Scripted(), api_key="x", base_url="y"),
            TypeError,
            "base_url and api_key belong to the Provider",
        ),
        (lambda: Agent("nonsense"), ValueError, "names no model"),
        (
            lambda: Agent(Scripted(), tools=get_weather),  # type: ignore[arg-type]
            TypeError,
            r"tools is a list of functions, not <function get_weather at .*; write tools=\[…\]",
        ),
        (lambda: Agent(Scripted(), tools=None), TypeError, "a list of functions, not None"),  # type: ignore[arg-type]
        (lambda: Agent(Scripted(), tools="get_weather"), TypeError, "not 'get_weather'; write"),  # type: ignore[arg-type]
        (
            lambda: Agent(Scripted(), tools=[get_weather], needs_approval="get_weather"),
            TypeError,
            r"a list of tools' names, not 'get_weather'; for one tool write needs_approval=\[name\]",
        ),
        (
            lambda: Agent(Scripted(), tools=[get_weather], needs_approval=lambda _: True),  # type: ignore[arg-type]
            TypeError,
            r"goes to tool\(needs_approval=…\)",
        ),
        (lambda: Agent(Scripted(), tools=[42]), TypeError, "a tool is a function, not 42"),  # type: ignore[list-item]
    ],
)
def test_what_cannot_be_an_agent(make: Callable[[], Agent], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_the_agent_shows_no_key() -> None:
    agent = Agent("openai:gpt", base_url="http://server/v1", api_key="sk-secret", tools=[get_weather])
    assert repr(agent) == "Agent(OpenAIChat('gpt', base_url='http://server/v1'), tools=[get_weather])"


async def test_the_chat_finds_its_adapter() -> None:
    adapter = adapter_for(Agent(Scripted(says("Hi"))))
    assert (adapter.name, adapter.runs_on) == ("scripted", "own")
    events: list[Event] = [event async for event in adapter.stream("go", Transcript())]
    assert [type(event).__name__ for event in events] == [
        "TurnStart",
        "ModelRequest",
        "TextDelta",
        "TurnFinish",
    ]


async def test_one_agent_serves_many_conversations_at_once() -> None:
    waiting = threading.Barrier(2, timeout=10)

    def meet(who: str) -> str:
        waiting.wait()
        return who

    class Echo(Scripted):
        async def stream(
            self, messages: list[dict[str, Any]], tools: Any, settings: Any
        ) -> AsyncGenerator[Event, None]:
            if messages[-1]["role"] == "tool":
                yield TextDelta(messages[-1]["content"])
            else:
                yield ToolCallDelta(f'{{"who": "{messages[-1]["content"]}"}}', name="meet", key="0")
            yield TurnFinish("stop")

    agent = Agent(Echo(), tools=[tool(meet)])
    one, other = await asyncio.gather(ask(agent, "one"), ask(agent, "other"))
    assert (one.final_text, other.final_text) == ("one", "other")


async def test_what_a_tool_returns_is_passed_on_as_it_is() -> None:
    value = object()

    def give() -> object:
        return value

    events = [
        event async for event in Agent(Scripted(calls(("give", "")), says("")), tools=[give]).stream("go")
    ]
    assert [event.value for event in events if isinstance(event, ToolResult)] == [value]


# ── what it is, and copies of it ────────────────────────────────────────────────────────────────────────────────


def test_the_agent_tells_all_of_itself() -> None:
    agent = Agent(Scripted(), tools=[get_weather], system="Be brief.", temperature=0)
    told = adapter_for(agent).describe()
    assert (told.name, told.system, told.model, told.settings, told.fixed) == (
        "scripted",
        "Be brief.",
        "scripted",
        {"temperature": 0},
        {},
    )
    assert told.framework is not None
    assert told.framework.startswith("turnwise ")
    assert told.tools is not None
    [info] = told.tools
    assert (info.name, info.description) == ("get_weather", None)
    assert info.parameters == agent.tools["get_weather"].parameters


async def test_a_changed_copy_leaves_the_agent_as_it_is() -> None:
    before = Agent(Scripted(), tools=[get_weather], system="Be brief.", temperature=0, top_p=1)
    provider = Scripted(says("Hi"))
    adapter = adapter_for(before)
    changed = adapter.changed(
        system="Be long.", model=provider, settings={"temperature": 1}, tools=[get_time]
    )
    async with aclosing(changed.stream("prompt", Transcript())) as events:
        async for _ in events:
            pass
    assert provider.asked == [
        [{"role": "system", "content": "Be long."}, {"role": "user", "content": "prompt"}]
    ]
    assert provider.settings == [{"temperature": 1, "top_p": 1}]
    assert provider.tools == ["get_time"]
    told = adapter.describe()
    assert (told.system, told.settings) == ("Be brief.", {"temperature": 0, "top_p": 1})
    assert [info.name for info in told.tools or ()] == ["get_weather"]
    assert adapter.changed(system="").describe().system is None
    with pytest.raises(TypeError, match="'stream' is the agent's own"):
        adapter.changed(settings={"stream": False})


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("openai:b", "OpenAIChat('b', base_url='http://here/v1')"),
        ("ollama:b", "Ollama('b', base_url='http://there')"),
    ],
)
def test_another_model_of_the_same_provider_is_at_the_same_place(
    model: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://there")
    agent = Agent("openai:a", base_url="http://here/v1", api_key="key", timeout=7)
    assert repr(agent.changed(model=model).provider) == place
    assert repr(agent.provider) == "OpenAIChat('a', base_url='http://here/v1')"
