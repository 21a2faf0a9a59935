"""Calls to tools that were not offered (B7): the assembler stops on the name, and goes on with a word from its driver.

The rows go by Rig's protocol case by case. Each runs whole, cut into single characters, put aside as JSON at every
step, and told to an assembler that does not stop, by the events that say the same as the driver's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketch import again, check_ops, crumbs, sketch
from strategies import streams
from turnwise import (
    Assembler,
    Limits,
    ProtocolError,
    Reasoning,
    ReasoningDelta,
    Text,
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
from turnwise import events as e
from turnwise.runs import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from turnwise import ops as o
    from turnwise.values import InvalidToolCall, RunStatus

PEER = '"Not executed, because another tool call of the same reply was invalid."'
X1 = '{"x": 1}'


class Repair(NamedTuple):
    name: str


class Reject(NamedTuple):
    reason: str


class Abandon(NamedTuple):
    reason: str


Word: TypeAlias = "Repair | Reject | Abandon"


class Row(NamedTuple):
    name: str
    events: list[e.Event]
    words: list[Word]
    """What the driver says to each invalid call, in order; there are as many."""
    expected: str
    tools: Sequence[str] = ("f", "g")


def name_delta(name: str, key: str = "0", arguments: str = "") -> ToolCallDelta:
    return ToolCallDelta(arguments, name=name, call_id=f"id{key}", key=key)


def more(arguments: str, key: str = "0") -> ToolCallDelta:
    return ToolCallDelta(arguments, key=key)


ROWS = [
    # ── found on the name ───────────────────────────────────────────────────────────────────────────────────────
    Row(
        "unknown name in a whole call, repaired",
        [ToolCall("F", X1, call_id="a"), TurnFinish("tool_calls"), ToolResult("ok", call_id="a")],
        [Repair("f")],
        'run complete\n1 tool_calls | f({"x": 1}) = done "ok"',
    ),
    Row(
        "unknown name in a whole call, abandoned",
        [ToolCall("F", X1, call_id="a"), TurnFinish("tool_calls"), TurnStart(), TextDelta("Sorry.")],
        [Abandon("There is no F.")],
        'run complete\n1 error [abandoned] | F({"x": 1}) = invalid "There is no F."\n2 - | "Sorry."\n! abandoned x1',
    ),
    Row(
        "unknown name in a name delta, repaired: the same stream goes on",
        [name_delta("F"), more('{"x"'), more(": 1}"), TurnFinish("tool_calls")],
        [Repair("f")],
        'run complete\n1 tool_calls | f({"x": 1}) = unanswered',
    ),
    Row(
        "unknown name in a name delta, abandoned before the arguments",
        [name_delta("F"), more('{"x"'), more(": 1}"), TurnFinish("tool_calls")],
        [Abandon("no")],
        'run complete\n1 error [abandoned] | F({}) = invalid "no"\n! abandoned x1',
    ),
    Row(
        "arguments first, then an unknown name: held, and replayed in order after the repair",
        [more('{"x'), more('":'), name_delta("F"), more(" 1}"), TurnFinish("tool_calls")],
        [Repair("f")],
        'run complete\n1 tool_calls | f({"x": 1}) = unanswered',
    ),
    Row(
        "arguments first, then a name that is offered: nobody is asked",
        [more('{"x'), more('":'), name_delta("f"), more(" 1}"), TurnFinish("tool_calls")],
        [],
        'run complete\n1 tool_calls | f({"x": 1}) = unanswered',
    ),
    Row(
        "arguments first, then an unknown name, abandoned: they are shown as far as they came",
        [more('{"x": 1'), name_delta("F"), more("}"), TurnFinish("tool_calls")],
        [Abandon("no")],
        'run complete\n1 error [abandoned] | F(?{"x": 1) = invalid "no"\n! abandoned x1',
    ),
    Row(
        "arguments that never get a name are an error, not silence",
        [TextDelta("Hm."), more('{"x": 1}'), TurnFinish("tool_calls")],
        [],
        'run complete\n1 tool_calls | "Hm."\n! nameless_call x1',
    ),
    Row(
        "no tools offered (tool choice none): a whole call",
        [ToolCall("f", call_id="a"), TurnStart(), TextDelta("In words, then.")],
        [Abandon("no tools")],
        'run complete\n1 error [abandoned] | f({}) = invalid "no tools"\n2 - | "In words, then."\n! abandoned x1',
        tools=(),
    ),
    Row(
        "no tools offered (tool choice none): a name delta",
        [name_delta("f"), more("{}"), TurnFinish("tool_calls")],
        [Reject("no tools")],
        'run complete\n1 tool_calls | f({}) = invalid "no tools"',
        tools=(),
    ),
    Row(
        "no tools offered (tool choice none): arguments first",
        [more(X1), name_delta("f"), TurnFinish("tool_calls")],
        [Reject("no tools")],
        'run complete\n1 tool_calls | f({"x": 1}) = invalid "no tools"',
        tools=(),
    ),
    Row(
        "a tool that exists but was not offered in this turn (tool choice of another)",
        [TurnStart(tools=["g"]), ToolCall("f", call_id="a"), TurnStart(), ToolCall("f", call_id="b")],
        [Abandon("only g")],
        'run complete\n1 error [abandoned] | f({}) = invalid "only g"\n2 - | f({}) = unanswered\n! abandoned x1',
    ),
    Row(
        "an empty name says nothing",
        [
            ToolCallDelta("", name="", call_id="a", key="0"),
            name_delta("f"),
            more(X1),
            TurnFinish("tool_calls"),
        ],
        [],
        'run complete\n1 tool_calls | f({"x": 1}) = unanswered',
    ),
    # ── several ─────────────────────────────────────────────────────────────────────────────────────────────────
    Row(
        "several invalid calls in one turn, each resolved in turn",
        [
            name_delta("F", "0"),
            more(X1, "0"),
            name_delta("g", "1"),
            name_delta("nope", "2"),
            more("{}", "2"),
            name_delta("G", "3"),
            more('{"y": 2}', "3"),
            TurnFinish("tool_calls"),
            ToolResult("of f", call_id="id0"),
            ToolResult("of G", call_id="id3"),
            ToolResult("of g", call_id="id1"),
        ],
        [Repair("f"), Reject("there is no nope"), Repair("g")],
        'run complete\n1 tool_calls | f({"x": 1}) = done "of f" | g({}) = done "of g" | '
        'nope({}) = invalid "there is no nope" | g({"y": 2}) = done "of G"',
    ),
    Row(
        "a repaired call is a peer like any other when the next one has the turn abandoned",
        [name_delta("F", "0", X1), name_delta("nope", "1"), TurnFinish("tool_calls")],
        [Repair("f"), Abandon("no nope")],
        f'run complete\n1 error [abandoned] | f({{"x": 1}}) = skipped {PEER} | nope({{}}) = invalid "no nope"\n'
        "! abandoned x1",
    ),
    Row(
        "abandoned with validated peers: before it, half written, and after it",
        [
            ToolCall("f", X1, call_id="a"),
            name_delta("g", "1", '{"y'),
            name_delta("nope", "2"),
            more('": 2}', "1"),
            ToolCall("f", call_id="z"),
            TurnFinish("tool_calls"),
            TurnStart(),
            TextDelta("Again."),
        ],
        [Abandon("no nope")],
        f'run complete\n1 error [abandoned] | f({{"x": 1}}) = skipped {PEER} | g(?{{"y) = skipped {PEER} | '
        'nope({}) = invalid "no nope"\n2 - | "Again."\n! abandoned x1',
    ),
    Row(
        "a peer that has its result already keeps it",
        [ToolCall("f", call_id="a"), ToolResult(1, call_id="a"), ToolCall("nope", call_id="b", turn="t")],
        [Abandon("no")],
        'run complete\n1 - | f({}) = done 1\n2 error [abandoned] | nope({}) = invalid "no"\n! abandoned x1',
    ),
    Row(
        "rejected on its name, its arguments still come, and its peers run",
        [
            name_delta("nope", "0"),
            more(X1, "0"),
            name_delta("f", "1", "{}"),
            TurnFinish("tool_calls"),
            ToolResult(1, call_id="id1"),
        ],
        [Reject("there is no nope")],
        'run complete\n1 tool_calls | nope({"x": 1}) = invalid "there is no nope" | f({}) = done 1',
    ),
    Row(
        "rejected on its name, then told as a whole: the same call",
        [
            ToolCallDelta("", name="nope", call_id="a"),
            ToolCallDelta(X1, call_id="a"),
            ToolCall("nope", X1, call_id="a"),
            TurnFinish("tool_calls"),
        ],
        [Reject("no")],
        'run complete\n1 tool_calls | nope({"x": 1}) = invalid "no"',
    ),
    Row(
        "calls with one id stay distinct: one is repaired, the other is fine",
        [
            ToolCallDelta("{}", name="f", call_id="0", key="k0"),
            ToolCallDelta(X1, name="F", call_id="0", key="k1"),
            TurnFinish("tool_calls"),
        ],
        [Repair("g")],
        'run complete\n1 tool_calls | f({}) = unanswered | g({"x": 1}) = unanswered',
    ),
    Row(
        "B8 a key that looks like another call's id",
        [
            ToolCallDelta("{}", name="F", call_id="1", key="0"),
            ToolCallDelta("{}", name="g", call_id="2", key="1"),
            TurnFinish("tool_calls"),
        ],
        [Repair("f")],
        "run complete\n1 tool_calls | f({}) = unanswered | g({}) = unanswered",
    ),
    # ── after a repair ──────────────────────────────────────────────────────────────────────────────────────────
    Row(
        "a repaired call restated under its old name is the same call",
        [
            ToolCallDelta("", name="F", call_id="a"),
            ToolCallDelta(X1, call_id="a"),
            ToolCall("F", X1, call_id="a"),
            TurnFinish("tool_calls"),
            ToolCall("F", X1, call_id="a"),
        ],
        [Repair("f")],
        'run complete\n1 tool_calls | f({"x": 1}) = unanswered',
    ),
    Row(
        "a repaired call without an id restated under its old name is the same call",
        [ToolCallDelta("", name="F"), ToolCallDelta(X1), ToolCall("F", X1), TurnFinish("tool_calls")],
        [Repair("f")],
        'run complete\n1 tool_calls | f({"x": 1}) = unanswered',
    ),
    Row(
        "a late duplicate end is a no-op",
        [
            ToolCall("F", X1, call_id="a", key="0"),
            ToolCall("F", {"x": 2}, call_id="a", key="0"),
            TurnFinish("tool_calls"),
            TurnFinish("tool_calls"),
            ToolCall("F", {"x": 3}, call_id="a", key="0"),
        ],
        [Repair("f")],
        'run complete\n1 tool_calls | f({"x": 1}) = unanswered',
    ),
    Row(
        "a result that came before its call waits for the repair",
        [ToolResult("early", call_id="a"), ToolCall("F", X1, call_id="a"), TextDelta("So.")],
        [Repair("f")],
        'run complete\n1 - | f({"x": 1}) = done "early"\n2 - | "So."',
    ),
    Row(
        "malformed arguments of a repaired call keep their text",
        [name_delta("F", arguments='{"x": '), TurnFinish("length")],
        [Repair("f")],
        'run complete\n1 length | f(?{"x": ) = unanswered',
    ),
    # ── after an abandonment ────────────────────────────────────────────────────────────────────────────────────
    Row(
        "B9 abandoned, the turn still records its usage: told before, during and after the rest of its reply",
        [
            TurnUsage(Usage(input_tokens=9, output_tokens=1)),
            name_delta("nope"),
            TurnUsage(Usage(input_tokens=9, output_tokens=5)),
            TurnFinish("tool_calls"),
            TurnUsage(Usage(input_tokens=9, output_tokens=7)),
            TurnStart(),
            TextDelta("Again."),
            TurnUsage(Usage(input_tokens=20, output_tokens=2)),
            TurnFinish("stop"),
        ],
        [Abandon("no")],
        'run complete\n1 error [abandoned] 9->7 | nope({}) = invalid "no"\n2 stop 20->2 | "Again."\n! abandoned x1',
    ),
    Row(
        "a dropped call cannot be resurrected",
        [
            TurnStart(turn="1"),
            ToolCallDelta("", name="nope", call_id="a", key="0", turn="1"),
            ToolCallDelta('{"x"', key="0", turn="1"),
            TurnStart(turn="2"),
            ToolCallDelta(": 1}", key="0", turn="1"),
            ToolCall("nope", X1, call_id="a", key="0", turn="1"),
            TextDelta("Fresh.", turn="2"),
        ],
        [Abandon("no")],
        'run complete\n1 error [abandoned] | nope({}) = invalid "no"\n2 - | "Fresh."\n! abandoned x1',
    ),
    Row(
        "the next turn's text begins anew",
        [TextDelta("stale"), name_delta("nope"), TextDelta(" more"), TurnStart(), TextDelta("fresh")],
        [Abandon("no")],
        'run complete\n1 error [abandoned] | "stale" | nope({}) = invalid "no"\n2 - | "fresh"\n! abandoned x1',
    ),
    Row(
        "abandoned twice in a run",
        [name_delta("nope"), TurnStart(), name_delta("nope"), TurnStart(), TextDelta("In words.")],
        [Abandon("one"), Abandon("two")],
        'run complete\n1 error [abandoned] | nope({}) = invalid "one"\n2 error [abandoned] | nope({}) = invalid "two"\n'
        '3 - | "In words."\n! abandoned x1\n! abandoned x1',
    ),
    Row(
        "a call without a name in a turn that is abandoned is nobody's fault",
        [more("{", "9"), name_delta("nope", "0"), TurnStart(), TextDelta("x")],
        [Abandon("no")],
        'run complete\n1 error [abandoned] | nope({}) = invalid "no"\n2 - | "x"\n! abandoned x1\n! nameless_call x1',
    ),
    # ── text and reasoning around calls ─────────────────────────────────────────────────────────────────────────
    Row(
        "text before, between and after calls",
        [
            TextDelta("before "),
            name_delta("F", "0", X1),
            TextDelta("between "),
            name_delta("g", "1", "{}"),
            TextDelta("after"),
            TurnFinish("tool_calls"),
        ],
        [Repair("f")],
        'run complete\n1 tool_calls | "before " | f({"x": 1}) = unanswered | "between " | g({}) = unanswered | "after"',
    ),
    Row(
        "reasoning with ids, deltas then the whole block, then an invalid call",
        [
            ReasoningDelta("I nee", key="r1"),
            ReasoningDelta("Also", key="r2"),
            Reasoning("I need F.", key="r1", native="sig"),
            name_delta("F", "0", X1),
            Reasoning("Also G.", key="r2"),
            TurnFinish("tool_calls"),
        ],
        [Repair("f")],
        'run complete\n1 tool_calls | ("I need F.") sig | ("Also G.") | f({"x": 1}) = unanswered',
    ),
    Row(
        "reasoning without ids, deltas then the whole block, kept by an abandoned turn",
        [
            ReasoningDelta("I nee"),
            Reasoning("I need F."),
            TextDelta("Let me"),
            Text("Let me see."),
            name_delta("F"),
        ],
        [Abandon("no")],
        'run complete\n1 error [abandoned] | ("I need F.") | "Let me see." | F({}) = invalid "no"\n! abandoned x1',
    ),
    # ── what is not ours to judge ───────────────────────────────────────────────────────────────────────────────
    Row(
        "a tool that somebody runs, or has run, is no invalid call",
        [
            ToolStart(call_id="a", name="nope"),
            ToolResult(1, call_id="a"),
            ToolResult(2, call_id="b", name="lost"),
        ],
        [],
        "run complete\n1 - | nope({}) = done 1 | lost(null) = done 2\n! result_for_nobody x1",
    ),
]


def play(row: Row, events: Iterable[e.Event], *, restored: bool = False) -> list[o.Op]:
    """Feed ``events`` with a driver that has its words ready."""
    options = {"tools": row.tools, "park": True}
    asm = Assembler(**options)  # type: ignore[arg-type]
    ops = asm.add_run("r", "prompt", 0.0) + asm.start_run("r", 0.0)
    words = iter(row.words)
    for now, event in enumerate(events, 1):
        ops += asm.feed(event, now)
        if restored:
            asm = again(asm, **options)
        if asm.invalid is not None:
            match next(words):
                case Repair(name):
                    ops += asm.repair(name, now)
                case Reject(reason):
                    ops += asm.reject(reason, now)
                case Abandon(reason):
                    ops += asm.abandon(reason, now)
            assert asm.invalid is None
        if restored:
            asm = again(asm, **options)
    assert next(words, None) is None, "there are fewer invalid calls than words"
    return ops + asm.finish(99.0)


def whole(row: Row) -> list[o.Op]:
    return play(row, row.events)


def in_crumbs(row: Row) -> list[o.Op]:
    return play(row, crumbs(row.events))


def put_aside(row: Row) -> list[o.Op]:
    return play(row, crumbs(row.events), restored=True)


def by_events(row: Row) -> list[o.Op]:
    """What a page's assembler is told by a driver elsewhere."""
    judge = Assembler(tools=row.tools, park=True)
    page = Assembler(tools=row.tools)
    ops: list[o.Op] = []
    for asm in (judge, page):
        ops = asm.add_run("r", "prompt", 0.0) + asm.start_run("r", 0.0)
    words = iter(row.words)
    for now, event in enumerate(row.events, 1):
        judge.feed(event, now)
        ops += page.feed(event, now)
        if judge.invalid is not None:
            assert isinstance(event, (ToolCall, ToolCallDelta))
            match next(words):
                case Repair(name):
                    judge.repair(name, now)
                    ops += page.feed(ToolCallRenamed(name, call_id=event.call_id, key=event.key), now)
                case Reject(reason):
                    judge.reject(reason, now)
                    ops += page.feed(ToolCallRejected(reason, call_id=event.call_id, key=event.key), now)
                case Abandon(reason):
                    judge.abandon(reason, now)
                    ops += page.feed(TurnAbandoned(reason), now)
    return ops + page.finish(99.0)


@pytest.mark.parametrize("run", [whole, in_crumbs, put_aside, by_events])
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_b7_invalid_calls(row: Row, run: Callable[[Row], list[o.Op]]) -> None:
    ops = run(row)
    assert sketch(Transcript(ops)) == row.expected
    check_ops(ops)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_b2_a_snapshot_folds_to_the_same_at_every_point(row: Row) -> None:
    live = Transcript()
    for op in play(row, row.events):
        live.apply(op)
        assert Transcript(live.snapshot()).to_dict() == live.to_dict()


# ── while a call waits ──────────────────────────────────────────────────────────────────────────────────────────


def parked(event: e.Event, *before: e.Event) -> Assembler:
    """An assembler that waits for a word on ``event``."""
    asm = Assembler(tools=["f", "g"], park=True)
    for earlier in before:
        asm.feed(earlier, 0.0)
    asm.feed(event, 1.0)
    assert asm.invalid is not None
    return asm


def waiting(asm: Assembler) -> InvalidToolCall:
    invalid = asm.invalid
    assert invalid is not None
    return invalid


def test_what_waits_says_what_it_is() -> None:
    asm = parked(name_delta("F", arguments='{"x'), TextDelta("Let me"))
    invalid = waiting(asm)
    assert (invalid.name, invalid.call_id, invalid.arguments) == ("F", "id0", '{"x')
    assert (invalid.offered, invalid.turn, invalid.part) == (("f", "g"), "run1.1", "run1.1.2")


def test_a_budget_can_be_counted_in_turns_that_were_given_up() -> None:
    asm = Assembler(tools=[], park=True)
    counts: list[int] = []
    for _ in range(3):
        asm.feed(TurnStart(), 1.0)
        asm.feed(name_delta("nope"), 1.0)
        counts.append(waiting(asm).abandoned)
        asm.abandon("no", 1.0)
    assert counts == [0, 1, 2]


FED_WHILE_PARKED: list[e.Event] = [
    TurnStart(),
    TextDelta("x"),
    more("{}"),
    ToolCall("f"),
    ToolResult(1, call_id="id0"),
    ToolCallRenamed("f", key="0"),
    TurnAbandoned("no"),
    TurnUsage(Usage(input_tokens=1)),
    TurnFinish("stop"),
    e.TurnRetry(),
    e.Error("broken"),
]


@pytest.mark.parametrize("event", FED_WHILE_PARKED, ids=lambda event: event.type)
def test_feeding_while_a_call_waits_is_refused_and_changes_nothing(event: e.Event) -> None:
    asm = parked(name_delta("F"))
    before = asm.dump()
    with pytest.raises(ProtocolError, match="call repair, reject or abandon first"):
        asm.feed(event, 2.0)
    assert asm.dump() == before


def test_a_repair_to_a_tool_that_was_not_offered_either_is_refused_and_the_call_still_waits() -> None:
    asm = parked(name_delta("F"))
    with pytest.raises(ValueError, match="'h' was not offered either; the tools are f, g"):
        asm.repair("h", 2.0)
    assert waiting(asm).name == "F"
    asm.repair("f", 2.0)
    assert asm.invalid is None


@pytest.mark.parametrize("word", ["repair", "reject", "abandon"])
def test_a_word_when_no_call_waits_is_refused(word: str) -> None:
    asm = Assembler(tools=["f"], park=True)
    asm.feed(ToolCall("f"), 1.0)
    with pytest.raises(ProtocolError, match="no invalid call waits"):
        getattr(asm, word)("f", 2.0)


TARGETS: list[tuple[str, ToolCallRenamed, list[str]]] = [
    ("by key", ToolCallRenamed("h", key="0"), ["h", "G"]),
    ("by id", ToolCallRenamed("h", call_id="1"), ["h", "G"]),
    ("by key and id", ToolCallRenamed("h", call_id="1", key="0"), ["h", "G"]),
    ("by id, with a key of its own", ToolCallRenamed("h", call_id="1", key="rename"), ["h", "G"]),
    ("the last one", ToolCallRenamed("h"), ["F", "h"]),
    ("none, by an unknown key", ToolCallRenamed("h", key="9"), ["F", "G"]),
    ("none, by an unknown id", ToolCallRenamed("h", call_id="9"), ["F", "G"]),
]


@pytest.mark.parametrize(("event", "names"), [row[1:] for row in TARGETS], ids=[row[0] for row in TARGETS])
def test_which_call_an_event_means(event: ToolCallRenamed, names: list[str]) -> None:
    """The first call's id looks like the second one's key: the two spaces do not mix."""
    asm = Assembler(tools=["h"])
    ops = asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0)
    ops += asm.feed(ToolCallDelta("{}", name="F", call_id="1", key="0"), 1.0)
    ops += asm.feed(ToolCallDelta("{}", name="G", call_id="2", key="1"), 1.0)
    ops += asm.feed(event, 2.0)
    run = Transcript(ops).runs[0]
    assert [tool.name for tool in run.turns[0].tools] == names
    assert [notice.code for notice in run.notices] == (["rename_of_nothing"] if "h" not in names else [])


UNSETTLED: list[tuple[str, list[e.Event], str]] = [
    ("nobody settles it", [], "invalid"),
    ("it runs after all", [ToolStart(call_id="id0")], "unanswered"),
    ("it runs, and returns", [ToolStart(call_id="id0"), ToolResult(1, call_id="id0")], "done"),
    ("a person is asked about it", [e.ApprovalRequest(call_id="id0")], "approval"),
    (
        "asked about, it runs without an answer",
        [e.ApprovalRequest(call_id="id0"), ToolStart(call_id="id0")],
        "unanswered",
    ),
]


@pytest.mark.parametrize(
    ("events", "state"), [row[1:] for row in UNSETTLED], ids=[row[0] for row in UNSETTLED]
)
def test_without_a_driver_an_invalid_call_is_marked_until_somebody_runs_it(
    events: list[e.Event], state: str
) -> None:
    asm = Assembler(tools=["f"])
    ops = asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0)
    for event in (name_delta("nope"), *events):
        ops += asm.feed(event, 1.0)
    ops += asm.finish(2.0)
    assert [tool.state for tool in Transcript(ops).runs[0].turns[0].tools] == [state]


@pytest.mark.parametrize("status", ["cancelled", "error", "truncated"])
def test_a_run_that_ends_while_a_call_waits_leaves_it_marked(status: RunStatus) -> None:
    """Stop and fail: the driver ends the run, and what was said stays."""
    asm = Assembler(tools=["f"], park=True)
    ops = asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0)
    for event in (TextDelta("Let me."), ToolCall("f", call_id="a"), name_delta("nope", "1", X1)):
        ops += asm.feed(event, 1.0)
    ops += asm.finish(2.0, status=status)
    run = Transcript(ops).runs[0]
    check_ops(ops)
    assert (run.status, run.turns[0].status, run.final_text) == (status, status, "Let me.")
    assert [tool.state for tool in run.turns[0].tools] == ["cancelled", "invalid"]
    assert run.turns[0].tools[1].arguments == {"x": 1}
    assert asm.invalid is None
    asm.add_run("r2", "p", 3.0)
    asm.start_run("r2", 3.0)
    assert asm.feed(TextDelta("goes on"), 3.0)


def test_strict_mode_raises_for_arguments_that_never_get_a_name() -> None:
    asm = Assembler(strict=True, tools=["f"], park=True)
    asm.feed(more(X1), 1.0)
    asm.feed(TurnFinish("tool_calls"), 2.0)
    with pytest.raises(ProtocolError, match="nameless_call"):
        asm.finish(3.0)


def test_strict_mode_minds_no_word_of_the_driver() -> None:
    """Repairs, rejections and abandoned turns are no fault of the source's."""
    for row in ROWS:
        if (
            "! nameless" in row.expected.replace("abandoned x1\n! nameless", "")
            or "! result_for" in row.expected
        ):
            continue
        asm = Assembler(strict=True, tools=row.tools, park=True)
        words = iter(row.words)
        for event in crumbs(row.events):
            asm.feed(event, 1.0)
            if asm.invalid is not None:
                word = next(words)
                getattr(asm, type(word).__name__.lower())(word[0], 1.0)
        asm.finish(2.0)


def test_an_overlong_argument_stream_is_cut_at_a_bound() -> None:
    asm = Assembler(tools=["f"], park=True, limits=Limits(arguments=10))
    ops = asm.add_run("r", "p", 0.0) + asm.start_run("r", 0.0)
    ops += asm.feed(more('{"x": "'), 1.0) + asm.feed(name_delta("F", arguments="aaaaaa"), 1.0)
    assert waiting(asm).arguments == '{"x": "aaa'
    ops += asm.repair("f", 1.0)
    for _ in range(5):
        ops += asm.feed(more("bbbbbb"), 2.0)
    ops += asm.feed(TurnFinish("tool_calls"), 3.0) + asm.finish(4.0)
    assert sketch(Transcript(ops)) == (
        'run complete\n1 tool_calls | f(?{"x": "aaa) = unanswered\n! arguments_limit x6'
    )


def test_a_stream_equal_to_the_whole_reply_gives_an_equal_turn() -> None:
    """As a model's own interface without streaming would give it: blocks and calls, each whole."""
    end: list[e.Event] = [
        TurnUsage(Usage(input_tokens=3)),
        TurnFinish("tool_calls"),
        ToolResult(1, call_id="id0"),
    ]
    streamed: list[e.Event] = [
        ReasoningDelta("I thi", key="r"),
        ReasoningDelta("nk.", key="r"),
        Reasoning("I think.", key="r", native="sig"),
        TextDelta("Let "),
        TextDelta("me."),
        more('{"x"'),
        name_delta("F", "0", ": 1}"),
        name_delta("g", "1"),
        *end,
    ]
    replied: list[e.Event] = [
        Reasoning("I think.", key="r", native="sig"),
        Text("Let me."),
        ToolCall("F", {"x": 1}, call_id="id0"),
        ToolCall("g", call_id="id1"),
        *end,
    ]
    sketches = {
        sketch(Transcript(play(Row("", [], [Repair("f")], "", tools=("f", "g")), events)))
        for events in (streamed, crumbs(streamed), replied)
    }
    assert sketches == {
        'run complete\n1 tool_calls 3->None | ("I think.") sig | "Let me." | f({"x": 1}) = done 1 | g({}) = unanswered'
    }


# ── whatever comes ──────────────────────────────────────────────────────────────────────────────────────────────

words = st.sampled_from([Repair("f"), Reject("no"), Abandon("no")])


@given(streams, st.lists(words, min_size=1, max_size=5))
def test_b2_any_stream_with_any_words_closes_what_it_opens_and_can_be_put_aside(
    stream: list[e.Event], said: list[Word]
) -> None:
    asm = Assembler(tools=["f"], park=True)
    twin = Assembler(tools=["f"], park=True)
    both = [one.add_run("r", "p", 0.0) + one.start_run("r", 0.0) for one in (asm, twin)]
    count = 0
    for event in stream:
        both[0] += asm.feed(event, 1.0)
        twin = again(twin, tools=["f"], park=True)
        both[1] += twin.feed(event, 1.0)
        assert asm.invalid == twin.invalid
        if asm.invalid is None:
            continue
        if not asm.invalid.offered:  # the source said that it offers none
            word: Word = Abandon("no")
        else:
            word = said[count % len(said)]
        count += 1
        for one, ops in zip((asm, twin), both, strict=True):
            ops.extend(getattr(one, type(word).__name__.lower())(word[0], 1.0))
    for one, ops in zip((asm, twin), both, strict=True):
        ops.extend(one.finish(2.0))
        check_ops(ops)
    assert both[0] == both[1]
    whole = Transcript(both[0])
    assert Transcript(whole.snapshot()).to_dict() == whole.to_dict()
    states = {tool.state for turn in whole.runs[0].turns for tool in turn.tools}
    assert states <= {*ENDED, "approval"}
