"""What the agent does about calls to tools that were not offered (B7): each action, the budget, and what goes wrong."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from agent.scripted import Scripted, ask, calls, says, shown
from turnwise import (
    Assembler,
    Error,
    InvalidToolCall,
    ModelRequest,
    Reasoning,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallRejected,
    ToolCallRenamed,
    ToolResult,
    ToolStart,
    Transcript,
    TurnAbandoned,
    TurnFinish,
    TurnStart,
    TurnUsage,
    Usage,
)
from turnwise.agent import (
    Agent,
    Fail,
    Repair,
    Retry,
    Skip,
    Stop,
    TruncatedStream,
    closest,
    feedback,
    repair_close_matches,
    retry,
)
from turnwise.agent.providers.openai_chat import OpenAIChat
from turnwise.export import openai_chat
from turnwise.run import drive
from wire_server import Answer, WireServer, sse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnwise import Event
    from turnwise.agent import Action, Policy

PARIS = '{"city": "Paris"}'
PEER = "Not executed, because another tool call of the same reply was invalid."


class Station:
    """A tool that knows what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_weather(self, city: str) -> str:
        self.asked.append(city)
        return f"sunny in {city}"


def get_time(tz: str) -> str:
    return f"09:00 in {tz}"


def always(action: Action) -> Policy:
    return lambda _: action


def doomed(*before: Event, name: str = "weather") -> list[Event]:
    """A reply with an invalid call, of which there is more to come after the name."""
    return [
        *before,
        ToolCallDelta("", name=name, call_id="x", key="9"),
        ToolCallDelta(PARIS, key="9"),
        TurnUsage(Usage(input_tokens=7, output_tokens=5)),
        TurnFinish("tool_calls", native="tool_calls"),
    ]


def valid(arguments: str = PARIS) -> ToolCallDelta:
    return ToolCallDelta(arguments, name="get_weather", call_id="a", key="0")


# ── retry ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_e1_the_model_is_told_and_tries_again() -> None:
    """The default. The doomed reply is closed on the name, and the next request holds the feedback."""
    station = Station()
    provider = Scripted(doomed(TextDelta("Let me see.")), calls(("get_weather", PARIS)), says("Sunny."))
    run = await ask(Agent(provider, tools=[station.get_weather, get_time]), "Weather?")
    told = "There is no tool 'weather'. The tools are: get_weather, get_time. Did you mean 'get_weather'?"
    assert shown(run) == (
        "run complete\n"
        f'1 error [abandoned] | "Let me see." | weather({{}}) = invalid "{told}"\n'
        '2 tool_calls | get_weather({"city": "Paris"}) = done "sunny in Paris"\n'
        '3 stop | "Sunny."\n'
        "! abandoned x1"
    )
    assert provider.ends == ["closed", "read", "read"]
    call = {"id": "x", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    assert provider.asked[1] == [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "Let me see.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "x", "content": told},
    ]
    assert run.final_text == "Sunny."


@pytest.mark.parametrize(
    "reply",
    [
        [ToolCall("weather", PARIS, call_id="x"), valid(), TurnFinish("tool_calls")],
        doomed(),
        [ToolCallDelta(PARIS, key="9"), *doomed()],
    ],
    ids=["a whole call", "a name delta", "arguments before the name"],
)
async def test_however_the_call_comes(reply: Sequence[Event]) -> None:
    provider = Scripted(reply, says("I see."))
    run = await ask(Agent(provider, tools=[Station().get_weather], on_invalid_tool_call=always(Retry("No."))))
    assert [(t.name, t.state, t.result) for t in run.turns[0].tools] == [("weather", "invalid", "No.")]
    assert provider.ends == ["closed", "read"]
    assert (run.status, run.final_text) == ("complete", "I see.")


async def test_within_the_budget_and_beyond_it() -> None:
    """Two retries are made; the third invalid call is the run's error, and names the tool. Each run has its own."""
    provider = Scripted(*[doomed(TextDelta(f"try {n} ")) for n in range(3)], doomed(), says("In words."))
    agent = Agent(provider, tools=[get_time])
    first = await ask(agent)
    assert len(provider.asked) == 3
    assert provider.ends == ["closed"] * 3
    assert [turn.status for turn in first.turns] == ["abandoned", "abandoned", "error"]
    assert first.error is not None
    assert (first.error.kind, first.error.message) == (
        "invalid_tool_call",
        "The model called 'weather' once more, after 2 retries. The tools are: get_time.",
    )
    assert first.final_text == "try 2 "
    second = await ask(agent)
    assert [turn.status for turn in second.turns] == ["abandoned", "complete"]


async def test_a_retry_is_a_turn_like_any_other_for_max_turns() -> None:
    provider = Scripted(doomed(), says("too late"))
    run = await ask(Agent(provider, tools=[get_time], max_turns=1))
    assert run.error is not None
    assert run.error.kind == "max_turns"
    assert len(provider.asked) == 1


async def test_the_retried_turn_begins_anew() -> None:
    """Text and reasoning of the abandoned turn stay in it, and in the history that the model gets."""
    provider = Scripted(
        doomed(ReasoningDelta("Hm", key="r"), Reasoning("Hmm.", key="r"), TextDelta("stale")), says("fresh")
    )
    run = await ask(Agent(provider))
    assert [(turn.reasoning, turn.text) for turn in run.turns] == [("Hmm.", "stale"), ("", "fresh")]
    assert run.final_text == "fresh"
    assert provider.asked[1][1]["content"] == "stale"


async def test_without_tools_there_is_none_to_call() -> None:
    run = await ask(Agent(Scripted(doomed(name="f"), says("I see."))))
    assert run.turns[0].tools[0].result == "There is no tool 'f'. There are no tools."
    assert run.final_text == "I see."


async def test_a_tool_that_the_request_ruled_out_is_not_run() -> None:
    class Choosy(Scripted):
        def offered(self, tools: Any, settings: Any) -> list[str]:
            return ["get_time"]

    station = Station()
    provider = Choosy([valid(), TurnFinish("tool_calls")], says("I see."))
    run = await ask(Agent(provider, tools=[station.get_weather, get_time]))
    assert run.turns[0].tools[0].result == "There is no tool 'get_weather'. The tools are: get_time."
    assert station.asked == []


# ── repair ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_repaired_call_runs_with_the_arguments_of_the_same_reply() -> None:
    station = Station()
    reply = [ToolCallDelta('{"city": ', key="9"), ToolCallDelta("", name="weather", call_id="x", key="9")]
    reply += [ToolCallDelta('"Paris"}', key="9"), TurnFinish("tool_calls")]  # type: ignore[list-item]
    provider = Scripted(reply, says("Sunny."))
    agent = Agent(provider, tools=[station.get_weather], on_invalid_tool_call=always(Repair("get_weather")))
    run = await ask(agent)
    assert shown(run) == (
        "run complete\n"
        '1 tool_calls | get_weather({"city": "Paris"}) = done "sunny in Paris"\n'
        '2 stop | "Sunny."'
    )
    assert provider.ends == ["read", "read"]
    assert provider.asked[1][1]["tool_calls"][0]["function"] == {"name": "get_weather", "arguments": PARIS}


async def test_each_of_several_is_asked_about_in_turn() -> None:
    asked: list[InvalidToolCall] = []

    async def policy(invalid: InvalidToolCall) -> Action:
        asked.append(invalid)
        await asyncio.sleep(0)
        return Repair({"weather": "get_weather", "time": "get_time"}[invalid.name])

    reply = calls(("weather", PARIS), ("get_time", '{"tz": "UTC"}'), ("time", '{"tz": "CET"}'))
    station = Station()
    agent = Agent(
        Scripted(reply, says("Done.")), tools=[station.get_weather, get_time], on_invalid_tool_call=policy
    )
    run = await ask(agent)
    assert [(i.name, i.call_id, i.arguments) for i in asked] == [
        ("weather", "a", PARIS),
        ("time", "c", '{"tz": "CET"}'),
    ]
    assert {i.offered for i in asked} == {("get_weather", "get_time")}
    assert [t.result for t in run.turns[0].tools] == ["sunny in Paris", "09:00 in UTC", "09:00 in CET"]


async def test_a_repair_that_does_not_save_the_turn() -> None:
    """The repaired call is a peer like any other, and is not executed when a later one has the turn given up."""
    answers = iter([Repair("get_weather"), Retry("No.")])
    station = Station()
    provider = Scripted([*calls(("weather", PARIS))[:1], *doomed(name="nope")], says("I see."))
    run = await ask(
        Agent(provider, tools=[station.get_weather], on_invalid_tool_call=lambda _: next(answers))
    )
    assert [(t.name, t.state) for t in run.turns[0].tools] == [
        ("get_weather", "skipped"),
        ("nope", "invalid"),
    ]
    assert station.asked == []


# ── skip, fail, stop ────────────────────────────────────────────────────────────────────────────────────────────


async def test_skip_answers_the_call_and_does_not_execute_its_peers() -> None:
    station = Station()
    provider = Scripted([valid(), *doomed(name="nope")], says("Without it, then."))
    agent = Agent(provider, tools=[station.get_weather], on_invalid_tool_call=always(Skip("Not now.")))
    run = await ask(agent)
    assert [(t.name, t.state, t.result) for t in run.turns[0].tools] == [
        ("get_weather", "skipped", PEER),
        ("nope", "invalid", "Not now."),
    ]
    assert station.asked == []
    assert [m["content"] for m in provider.asked[1] if m["role"] == "tool"] == [PEER, "Not now."]
    assert (run.status, run.final_text) == ("complete", "Without it, then.")


async def test_skip_has_no_budget_but_max_turns() -> None:
    provider = Scripted(*[doomed()] * 4, says("too late"))
    run = await ask(Agent(provider, on_invalid_tool_call=always(Skip()), max_turns=4))
    assert len(run.turns) == 4
    assert run.turns[0].tools[0].result == "Not executed: there is no tool 'weather'."
    assert run.error is not None
    assert run.error.kind == "max_turns"


async def test_fail_ends_the_run_with_an_error_that_names_the_tool() -> None:
    station = Station()
    provider = Scripted([TextDelta("Let me see."), valid(), *doomed()], says("never"))
    run = await ask(Agent(provider, tools=[station.get_weather], on_invalid_tool_call=always(Fail())))
    words = "The model called 'weather'. The tools are: get_weather."
    assert shown(run) == (
        f"run error (invalid_tool_call: {words})\n"
        '1 error [error] | "Let me see." | get_weather({"city": "Paris"}) = cancelled | '
        f'weather({{}}) = invalid "{words}"'
    )
    assert (len(provider.asked), provider.ends, station.asked) == (1, ["closed"], [])


async def test_stop_ends_the_run_without_an_error_and_keeps_the_text() -> None:
    station = Station()
    provider = Scripted([TextDelta("It is sunny."), valid(), *doomed()], says("never"))
    agent = Agent(provider, tools=[station.get_weather], on_invalid_tool_call=always(Stop("Enough.")))
    run = await ask(agent)
    assert shown(run) == (
        'run complete\n1 cancelled | "It is sunny." | get_weather({"city": "Paris"}) = unanswered | '
        'weather({}) = invalid "Enough."'
    )
    assert run.final_text == "It is sunny."
    assert (len(provider.asked), provider.ends, station.asked) == (1, ["closed"], [])


@pytest.mark.parametrize("action", [Fail("No."), Stop("No.")], ids=["fail", "stop"])
async def test_the_next_prompt_knows_how_the_call_ended(action: Action) -> None:
    history = Transcript()
    history._adopt(
        await ask(
            Agent(Scripted([valid(), *doomed()]), tools=[get_time], on_invalid_tool_call=always(action))
        )
    )
    provider = Scripted(says("Hello again."))
    await ask(Agent(provider), "Go on", history)
    assert [(m["role"], m["content"]) for m in provider.asked[0]][2:4] == [
        ("tool", "No."),
        ("user", "Go on"),
    ]


# ── nothing before its time ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "action",
    [Repair("get_weather"), Retry(), Skip(), Fail(), Stop()],
    ids=lambda action: type(action).__name__,
)
async def test_nothing_is_executed_before_the_whole_reply_is_checked(action: Action) -> None:
    station = Station()
    provider = Scripted([valid(), *doomed()], says("Done."))
    agent = Agent(provider, tools=[station.get_weather], on_invalid_tool_call=always(action))
    async for event in agent.stream("go"):
        if isinstance(event, (TurnFinish, TurnAbandoned, ToolCallRejected)):
            assert station.asked == []
        if isinstance(event, ToolStart):
            assert isinstance(action, Repair)
            break
    else:
        assert not isinstance(action, Repair)


@pytest.mark.parametrize(
    "action", [Retry(), Skip(), Fail(), Stop()], ids=lambda action: type(action).__name__
)
async def test_the_doomed_reply_is_closed_before_anything_else_happens(action: Action) -> None:
    """Whoever takes the events may take their time: nothing is paid for meanwhile."""
    provider = Scripted(doomed(), says("Done."))
    async for event in Agent(provider, on_invalid_tool_call=always(action)).stream("go"):
        if isinstance(event, (TurnAbandoned, ToolCallRejected)):
            assert provider.ends == ["closed"]
            break
    else:
        pytest.fail("nobody was told")


async def test_what_the_world_is_told() -> None:
    """The events, in order; ids and keys are those of the call. The name of the doomed call is the last of it."""
    agent = Agent(Scripted(doomed(TextDelta("a")), doomed(), says("b")), tools=[Station().get_weather])
    agent.on_invalid_tool_call = lambda invalid: (
        Retry("No.") if not invalid.abandoned else Repair("get_weather")
    )
    said = [event async for event in agent.stream("go") if not isinstance(event, ModelRequest)]
    start = TurnStart(model="scripted", tools=["get_weather"])
    name = ToolCallDelta("", name="weather", call_id="x", key="9")
    renamed_id = next(event.call_id for event in said if isinstance(event, ToolCallRenamed))
    assert renamed_id not in (None, "x"), "an id that the run has used before is replaced"
    assert said == [
        start,
        TextDelta("a"),
        name,
        TurnAbandoned("No."),
        start,
        ToolCallDelta("", name="weather", call_id=renamed_id, key="9"),
        ToolCallRenamed("get_weather", call_id=renamed_id, key="9"),
        ToolCallDelta(PARIS, call_id=renamed_id, key="9"),
        TurnUsage(Usage(input_tokens=7, output_tokens=5)),
        TurnFinish("tool_calls", native="tool_calls"),
        ToolStart(call_id=renamed_id, name="get_weather"),
        ToolResult("sunny in Paris", call_id=renamed_id, name="get_weather"),
        start,
        TextDelta("b"),
        TurnFinish("stop", native="stop"),
    ]


@pytest.mark.parametrize(
    "action", [Repair("get_weather"), Retry("No."), Skip("No.")], ids=lambda action: type(action).__name__
)
async def test_the_agents_own_record_is_what_the_world_sees(action: Action) -> None:
    """The messages of the last request are the export of the transcript that a page has, but for the last turn."""
    provider = Scripted([TextDelta("Let me."), valid(), *doomed()], says(""))
    run = await ask(
        Agent(provider, tools=[Station().get_weather], on_invalid_tool_call=always(action)), "prompt"
    )
    page = Transcript()
    page._adopt(run)
    assert openai_chat.messages(page) == provider.asked[-1]


# ── usage ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("make", [Retry, Skip])
async def test_b9_drained_an_abandoned_turn_records_its_usage_once(make: type[Retry | Skip]) -> None:
    again = [*says("Done."), TurnUsage(Usage(input_tokens=20, output_tokens=1))]
    provider = Scripted(doomed(TurnUsage(Usage(input_tokens=7, output_tokens=1))), again)
    run = await ask(Agent(provider, on_invalid_tool_call=always(make("No.", drain=True))))
    assert [turn.usage for turn in run.turns] == [
        Usage(input_tokens=7, output_tokens=5),
        Usage(input_tokens=20, output_tokens=1),
    ]
    assert run.usage == Usage(input_tokens=27, output_tokens=6)
    assert provider.ends == ["read", "read"]
    assert [t.arguments for t in run.turns[0].tools] == [{}], "the rest is read for nothing else"


async def test_b9_closed_at_once_it_keeps_what_was_told_before() -> None:
    provider = Scripted(doomed(TurnUsage(Usage(input_tokens=7))), doomed(), says("Done."))
    run = await ask(Agent(provider))
    assert [turn.usage for turn in run.turns] == [Usage(input_tokens=7), None, None]
    assert provider.ends == ["closed", "closed", "read"]


async def test_the_default_policy_drains_if_it_is_told_to() -> None:
    provider = Scripted(doomed(), says("Done."))
    run = await ask(Agent(provider, on_invalid_tool_call=retry(drain=True)))
    assert run.usage == Usage(input_tokens=7, output_tokens=5)


@pytest.mark.parametrize(
    "rest",
    [TruncatedStream("cut off"), Error("overloaded"), TextDelta("never mind")],
    ids=["breaks off", "reports an error", "just ends"],
)
async def test_what_goes_wrong_in_the_rest_of_a_doomed_reply_does_no_harm(rest: Event | Exception) -> None:
    provider = Scripted([*doomed()[:1], rest], says("Done."))
    run = await ask(Agent(provider, on_invalid_tool_call=retry(drain=True)))
    assert (run.status, run.final_text) == ("complete", "Done.")
    assert run.turns[0].text == ""


# ── policies that go wrong ──────────────────────────────────────────────────────────────────────────────────────


def raises(_: InvalidToolCall) -> Action:
    raise LookupError("no rule for it")


async def raises_later(_: InvalidToolCall) -> Action:
    await asyncio.sleep(0)
    raise TimeoutError


def leaves(_: InvalidToolCall) -> Action:
    sys.exit("enough")


WRONG: list[tuple[str, Any, str]] = [
    ("raises", raises, "raised LookupError: no rule for it (about a call to 'weather')"),
    ("raises later", raises_later, "raised TimeoutError (about a call to 'weather')"),
    ("sys.exit", leaves, "raised SystemExit: enough (about a call to 'weather')"),
    ("nothing", lambda _: None, "returned None for a call to 'weather'; return Repair(…), Retry(), Skip(), "),
    ("a word", lambda _: "retry", "returned 'retry' for a call to 'weather'"),
    ("a class", lambda _: Retry, "returned <class 'turnwise.agent.invalid.Retry'> for a call"),
    (
        "a tool that is not there",
        always(Repair("forecast")),
        "would repair 'weather' to 'forecast', which was not offered either. The tools are: get_weather.",
    ),
    ("too few parameters", lambda: Retry(), "raised TypeError: "),
]


@pytest.mark.parametrize(("policy", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
async def test_a_policy_that_goes_wrong_is_the_runs_error(policy: Any, words: str) -> None:
    station = Station()
    provider = Scripted([TextDelta("Let me see."), valid(), *doomed()], says("never"))
    run = await ask(Agent(provider, tools=[station.get_weather], on_invalid_tool_call=policy))
    assert (run.status, run.final_text) == ("error", "Let me see.")
    assert run.error is not None
    assert run.error.kind == "PolicyError"
    assert run.error.message.startswith(f"on_invalid_tool_call {words}")
    assert [t.state for t in run.turns[0].tools] == ["cancelled", "invalid"]
    assert (len(provider.asked), provider.ends, station.asked) == (1, ["closed"], [])


async def test_b19_stopping_while_a_policy_thinks_closes_the_reply() -> None:
    asked = asyncio.Event()

    async def ponder(_: InvalidToolCall) -> Action:
        asked.set()
        await asyncio.Event().wait()
        return Retry()

    before = asyncio.all_tasks()
    asm = Assembler(strict=True)
    transcript = Transcript(asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0))
    provider = Scripted(doomed(TextDelta("Let me see.")), says("never"))
    agent = Agent(provider, on_invalid_tool_call=ponder)
    task = asyncio.create_task(
        drive(agent.stream("go"), lambda events: transcript.extend(asm.feed_all(events, 1.0)))
    )
    await asyncio.wait_for(asked.wait(), 30)
    assert transcript.runs[0].turns[0].tools[0].state == "invalid", "it shows before the policy has decided"
    assert provider.ends == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    transcript.extend(asm.finish(2.0, status="cancelled"))
    assert provider.ends == ["closed"]
    assert shown(transcript.runs[0]) == (
        'run cancelled\n1 cancelled [cancelled] | "Let me see." | weather({}) = invalid'
    )
    assert asyncio.all_tasks() == before


async def test_b19_closing_the_stream_in_the_middle_of_a_drain_closes_the_reply() -> None:
    provider = Scripted(doomed(), says("never"))
    async with aclosing(
        Agent(provider, on_invalid_tool_call=always(Retry(drain=True))).stream("go")
    ) as events:
        async for event in events:
            if isinstance(event, TurnUsage):
                break
    assert provider.ends == ["closed"]


# ── names that never come ───────────────────────────────────────────────────────────────────────────────────────


async def play(provider: Scripted) -> tuple[str, str]:
    """Status and error of a run, as a chat would record it."""
    asm = Assembler()
    transcript = Transcript(asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0))
    status, error = await drive(
        Agent(provider).stream("go"), lambda events: transcript.extend(asm.feed_all(events, 1.0))
    )
    transcript.extend(asm.finish(2.0, status=status, error=error))
    run = transcript.runs[0]
    return run.status, "" if run.error is None else f"{run.error.kind}: {run.error.message}"


async def test_b7_arguments_that_never_get_a_name_are_an_error() -> None:
    reply = [ToolCallDelta('{"x"', key="0"), ToolCallDelta(": 1}", key="0"), TurnFinish("tool_calls")]
    assert await play(Scripted(reply)) == (
        "error",
        "MalformedStream: the reply has a tool call without a name; its arguments are '{\"x\": 1}'",
    )


async def test_half_a_call_at_the_output_limit_is_none() -> None:
    reply = [TextDelta("So:"), ToolCallDelta('{"x"', key="0"), TurnFinish("length")]
    assert await play(Scripted(reply)) == ("complete", "")


# ── over a socket ───────────────────────────────────────────────────────────────────────────────────────────────


def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


async def test_the_connection_of_a_doomed_reply_is_closed() -> None:
    """The server has said the name and would go on: it sees that nobody listens any more."""
    call = {"index": 0, "id": "x", "type": "function", "function": {"name": "weather", "arguments": ""}}
    half = sse(chunk({"tool_calls": [call]}), done=False)
    answer = sse(chunk({"content": "In words, then."}), chunk({}, "stop"))
    with WireServer([Answer(half, end="hang"), Answer(answer)]) as server:
        run = await ask(Agent(OpenAIChat("m", base_url=server.url), tools=[get_time]))
        assert await asyncio.to_thread(server.hung_up.wait, 10)
    assert (run.status, run.final_text) == ("complete", "In words, then.")
    assert server.requests[1].body["messages"][-1]["content"].startswith("There is no tool 'weather'.")


ALL = ["get_weather", "get_time"]


@pytest.mark.parametrize(
    ("choice", "offered"),
    [
        (None, ALL),
        ("auto", ALL),
        ("required", ALL),
        ("none", []),
        ({"type": "function", "function": {"name": "get_time"}}, ["get_time"]),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "get_weather"}}],
                },
            },
            ["get_weather"],
        ),
        ({"type": "something new"}, ALL),
    ],
)
def test_what_openai_offers_depends_on_the_tool_choice(choice: Any, offered: list[str]) -> None:
    provider = OpenAIChat("m", base_url="http://localhost/v1")
    tools = list(Agent(provider, tools=[Station().get_weather, get_time]).tools.values())
    assert provider.offered(tools, {"tool_choice": choice}) == offered
    assert provider.offered(tools, {}) == ALL


# ── the policies themselves ─────────────────────────────────────────────────────────────────────────────────────


def invalid(name: str, *offered: str, abandoned: int = 0) -> InvalidToolCall:
    return InvalidToolCall(
        name=name, call_id="a", arguments="", offered=offered, turn="r.1", part="r.1.1", abandoned=abandoned
    )


@pytest.mark.parametrize(
    ("name", "near", "same"),
    [
        ("weather", "get_weather", None),
        ("get_wether", "get_weather", "get_weather"),
        ("GetWeather", "get_weather", "get_weather"),
        ("functions.get_weather", "get_weather", "get_weather"),
        ("default_api:get-time", "get_time", "get_time"),
        ("time", "get_time", None),
        ("get_times", "get_time", "get_time"),
        ("draw_chart", None, None),
        ("…", None, None),
        ("", None, None),
    ],
)
def test_close_matches(name: str, near: str | None, same: str | None) -> None:
    """A near one is a hint to the model; only one that is all but the same is taken for it."""
    call = invalid(name, "get_weather", "get_time")
    assert closest(call) == near
    assert repair_close_matches()(call) == (Retry() if same is None else Repair(same))


def test_of_two_that_are_as_close_none_is_taken() -> None:
    assert closest(invalid("get", "get_a", "get_b")) is None
    assert closest(invalid("geta", "get_a", "get_b")) == "get_a"
    assert closest(invalid("f")) is None


def test_what_is_not_close_goes_to_the_other_policy() -> None:
    policy = repair_close_matches(always(Stop("Enough.")))
    assert policy(invalid("draw_chart", "get_time")) == Stop("Enough.")
    assert policy(invalid("GetTime", "get_time")) == Repair("get_time")


@pytest.mark.parametrize(
    ("budget", "abandoned", "action"),
    [
        (2, 0, Retry()),
        (2, 1, Retry()),
        (2, 2, Fail("The model called 'f' once more, after 2 retries. The tools are: g.")),
        (1, 1, Fail("The model called 'f' once more, after 1 retry. The tools are: g.")),
        (0, 0, Fail("The model called 'f'. The tools are: g.")),
    ],
)
def test_the_budget(budget: int, abandoned: int, action: Action) -> None:
    assert retry(budget)(invalid("f", "g", abandoned=abandoned)) == action


def test_a_budget_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="the budget of retries is -1"):
        retry(-1)


def test_the_feedback_names_the_tools_and_the_one_that_may_be_meant() -> None:
    assert feedback(invalid("weather", "get_time")) == "There is no tool 'weather'. The tools are: get_time."
    assert feedback(invalid("tyme", "time")).endswith(" Did you mean 'time'?")
