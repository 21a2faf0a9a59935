"""The Agno adapter's translator: what no recording has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import assemble, crumbs, sketch
from turnwise import Transcript
from turnwise.adapters.agno.translate import Translator, call_ids


def event(kind: str, *, run: str = "main", **fields: Any) -> Any:
    given = {"event": kind, "run_id": run, "parent_run_id": None, "agent_name": "a", "content": None}
    return SimpleNamespace(**{**given, **fields})


def request(**fields: Any) -> Any:
    return event("ModelRequestStarted", model="m", **fields)


def content(text: Any = None, **fields: Any) -> Any:
    return event("RunContent", content=text, **fields)


def execution(call_id: str | None = "1", name: str = "look", **fields: Any) -> Any:
    given = {"tool_args": {}, "result": None, "tool_call_error": None, "confirmed": None}
    return SimpleNamespace(tool_call_id=call_id, tool_name=name, **{**given, **fields})


def started(call_id: str | None = "1", **fields: Any) -> Any:
    tool = execution(call_id, tool_args=fields.pop("args", {}), name=fields.pop("name", "look"))
    return event("ToolCallStarted", tool=tool, **fields)


def done(result: str, call_id: str | None = "1", *, error: bool = False, **fields: Any) -> Any:
    return event("ToolCallCompleted", tool=execution(call_id, result=result, tool_call_error=error), **fields)


def member(agent: str, run: str, name: str = "RunStarted", **fields: Any) -> Any:
    return event(name, run=run, parent_run_id="main", agent_id=agent, agent_name=agent, **fields)


def delegates(call_id: str, to: str) -> Any:
    return started(call_id, name="delegate_task_to_member", args={"member_id": to})


def counted(*tokens: int | None) -> Any:
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
    return event("ModelRequestCompleted", **dict(zip(names, tokens, strict=True)))


PAGE = SimpleNamespace(url="https://example.org", title="Page")
STEP = SimpleNamespace(title="Plan", reasoning="because", action=None, result="so")
PICTURE = SimpleNamespace(id="i", url=None, content=b"x", mime_type="image/png")

TRAPS: dict[str, tuple[list[Any], str]] = {
    "a citation is a source, once": (
        [request(), content("a", citations=SimpleNamespace(urls=[PAGE, PAGE]))],
        '1 - | "a" | source https://example.org',
    ),
    "reasoning of the model": (
        [request(), content("", reasoning_content="hm"), content("a")],
        '1 - | ("hm") | "a"',
    ),
    "Agno's own chain of thought is a turn before": (
        [event("ReasoningStep", content=STEP), request(), content("a")],
        '1 - | ("## Plan\\nbecause\\nResult: so\\n")\n2 - | "a"',
    ),
    "a call that failed says so twice": (
        [request(), started(), done("no", error=True), event("ToolCallError", tool=execution(), error="no")],
        '1 - | look({}) = error "no"',
    ),
    "a model that does not count": ([request(), content("a"), counted(None, None, 0, 0)], '1 - | "a"'),
    "parallel calls that return the other way round": (
        [request(), started("1"), started("2"), done("b", "2"), done("a", "1"), request(), content("c")],
        '1 - | look({}) = done "a" | look({}) = done "b"\n2 - | "c"',
    ),
    "calls without an id are answered in their order": (
        [request(), started(None), started(None), done("a", None), done("b", None)],
        '1 - | look({}) = done "a" | look({}) = done "b"',
    ),
    "a call id comes again in the next turn": (
        [request(), started(), done("a"), request(), started(), done("b")],
        '1 - | look({}) = done "a"\n2 - | look({}) = done "b"',
    ),
    "blank pieces, and the whole answer once more": (
        [request(), content(""), content("a"), content(None), event("RunCompleted", content="a")],
        '1 - | "a"',
    ),
    "a model that does not stream": ([request(), event("RunCompleted", content="a")], '1 - | "a"'),
    "a model that does not stream, after calls": (
        [request(), started(), done("x"), request(), event("RunCompleted", content="b")],
        '1 - | look({}) = done "x"\n2 - | "b"',
    ),
    "only the last of two texts was not streamed": (
        [request(), content("a"), started(), done("x"), request(), event("RunCompleted", content="ab")],
        '1 - | "a" | look({}) = done "x"\n2 - | "b"',
    ),
    "the whole answer of several turns": (
        [
            request(),
            content("a "),
            started(),
            done("x"),
            request(),
            content("b"),
            event("RunCompleted", content="a b"),
        ],
        '1 - | "a " | look({}) = done "x"\n2 - | "b"',
    ),
    "a hook's own words": (
        [request(), content("a"), event("RunCompleted", content="edited")],
        '1 - | "a"\n2 - | "edited"',
    ),
    "a form that came as text": (
        [request(), content('{"a":1}'), event("RunCompleted", content={"a": 1})],
        '1 - | "{\\"a\\":1}"',
    ),
    "a form that did not come before the end": (
        [request(), event("RunCompleted", content={"a": 1})],
        '1 - | "```json\\n{\\n  \\"a\\": 1\\n}\\n```"',
    ),
    "a member that does not stream": (
        [
            request(),
            delegates("1", "b"),
            member("b", "x"),
            member("b", "x", "ModelRequestStarted", model="m"),
            member("b", "x", "RunCompleted", content="B"),
            done("B"),
            request(),
            content("a"),
            event("RunCompleted", content="a"),
        ],
        (
            "lane1: b under r.1.1\n"
            '1 - | delegate_task_to_member({"member_id": "b"}) = done "B"\n2 - in lane1 | "B"\n3 - | "a"'
        ),
    ),
    "an error in the middle of a tool": (
        [request(), started(), event("RunError", content="boom")],
        "(RunError: boom)\n1 error [error] | look({}) = cancelled",
    ),
    "members that speak at once": (
        [
            request(),
            delegates("1", "b"),
            delegates("2", "d"),
            member("b", "x"),
            member("d", "y"),
            member("d", "y", "ModelRequestStarted", model="m"),
            member("b", "x", "ModelRequestStarted", model="m"),
            content("D", run="y"),
            content("B", run="x"),
            content("d", run="y"),
        ],
        (
            "lane1: b under r.1.1\nlane2: d under r.1.2\n"
            '1 - | delegate_task_to_member({"member_id": "b"}) = unanswered'
            ' | delegate_task_to_member({"member_id": "d"}) = unanswered\n'
            '2 - in lane2 | "Dd"\n3 - in lane1 | "B"'
        ),
    ),
    "an image": (
        [request(), content("a", image=PICTURE)],
        '1 - | "a" | file image/png eA==',
    ),
    "B17: an event that is not known": (
        [request(), content("a"), event("Later"), event("Later")],
        '1 - | "a"\n! unknown:Later x2',
    ),
    "a request that nothing comes of is no turn": (
        [request(), event("RunError", content="429")],
        "(RunError: 429)",
    ),
    "members of one name at once, each under a call of its own": (
        [
            request(),
            delegates("1", "b"),
            delegates("2", "b"),
            member("b", "x"),
            member("b", "y"),
            content("one", run="x"),
            content("two", run="y"),
        ],
        (
            "lane1: b under r.1.1\nlane2: b under r.1.2\n"
            '1 - | delegate_task_to_member({"member_id": "b"}) = unanswered'
            ' | delegate_task_to_member({"member_id": "b"}) = unanswered\n'
            '2 - in lane1 | "one"\n3 - in lane2 | "two"'
        ),
    ),
    "a member's failure is not the run's": (
        [
            request(),
            delegates("1", "b"),
            member("b", "x", "RunError", content="429"),
            done("failed", error=True),
        ],
        (
            "lane1: b under r.1.1\n"
            '1 - | delegate_task_to_member({"member_id": "b"}) = error "failed"\n'
            '2 - in lane1 | data RunError "429"'
        ),
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    events = [each for native in natives for each in translator.feed(native)]
    for run in (events, crumbs(events)):
        shown = sketch(Transcript(assemble(run)))
        assert shown.removeprefix("run complete\n").removeprefix("run error ") == expected


def test_calls_that_do_not_run_are_read_from_the_messages() -> None:
    made = SimpleNamespace(
        tool_calls=[
            {"id": "1", "function": {"name": "nobody", "arguments": "{}"}},
            {"id": "2", "function": {"name": "look", "arguments": '{"x'}},
        ]
    )
    answers = [
        SimpleNamespace(tool_call_id="1", content="no such tool"),
        SimpleNamespace(tool_call_id="2", content="what?"),
    ]
    translator = Translator()
    events = [
        *translator.feed(request()),
        *translator.feed(counted(1, 1, 1, 1), [made]),
        *translator.feed(request(), [made, *answers]),
        *translator.feed(content("Sorry.")),
    ]
    assert sketch(Transcript(assemble(events))) == (
        "run complete\n"
        '1 - 1->1 | nobody({}) = error "no such tool" | look(?{"x) = error "what?"\n'
        '2 - | "Sorry."'
    )


def test_what_is_more_than_a_yes_or_a_no_is_refused() -> None:
    wanted = execution(name="send", requires_confirmation=False)
    with pytest.raises(RuntimeError, match=r"'send'.*requires_confirmation=True"):
        call_ids(SimpleNamespace(requirements=[SimpleNamespace(tool_execution=wanted)]))
