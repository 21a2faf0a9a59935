"""B20 what holds for every format: what is told, what is left out, and what an API would refuse."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from conversations import NAMED, PARIS, transcript
from turnwise import (
    ApprovalRequest,
    ApprovalResponse,
    Assembler,
    Event,
    LaneStart,
    Reasoning,
    Text,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolStart,
    Transcript,
    TurnStart,
)
from turnwise.export import FORMATS, messages
from turnwise.export.native import own
from turnwise.export.rules import Calls, answer, conversation
from turnwise.jsonable import jsonable

if TYPE_CHECKING:
    from turnwise.values import Json, RunStatus

formats = pytest.mark.parametrize("name", FORMATS)
models = pytest.mark.parametrize("name", [name for name in FORMATS if name != "ai-sdk"])


def only_call(*events: Event, status: RunStatus | None = "complete") -> Any:
    return transcript([ToolCall("f", PARIS, call_id="c"), *events], status=status).runs[0].turns[0].tools[0]


class Figure:
    """As plotting libraries' figures are: a picture to notebooks, and a text to everybody else."""

    def _repr_png_(self) -> bytes:
        return b"\x89PNG" * 100

    def __repr__(self) -> str:
        return "a chart"


PNG: Json = {"mimebundle": {"image/png": "AAAA"}}
NOTE = "(shown to the reader as image/png)"
FILES: Json = {"/etc/hosts": "localhost", "/tmp/a": "hello"}  # noqa: S108  # read by nobody

ANSWERS: list[tuple[str, list[Event], RunStatus | None, Json, bool]] = [
    ("a result", [ToolResult({"a": 1}, call_id="c")], "complete", {"a": 1}, False),
    ("an error", [ToolResult("E", call_id="c", outcome="error")], "complete", "E", True),
    ("nobody knows", [ToolResult("E", call_id="c", outcome="unknown")], "complete", "E", False),
    ("unanswered", [], "complete", "(no result)", True),
    ("cancelled", [], "cancelled", "(no result: the call was cancelled)", True),
    ("running", [ToolStart(call_id="c")], None, "(no result yet: the tool is still running)", False),
    (
        "cancelled after some progress",
        [ToolResult("50 %", call_id="c", preliminary=True)],
        "cancelled",
        "(no result: the call was cancelled; so far: 50 %)",
        True,
    ),
    (
        "B14 a person is asked",
        [ApprovalRequest(call_id="c")],
        "complete",
        "(no result yet: the call waits for a person's approval)",
        False,
    ),
    (
        "B14 denied without a word",
        [ApprovalRequest(call_id="c"), ApprovalResponse("denied", call_id="c")],
        "complete",
        "(not run: a person denied the call)",
        True,
    ),
    (
        "B14 denied, and why",
        [ApprovalRequest(call_id="c"), ApprovalResponse("denied", reason="No.", call_id="c")],
        "complete",
        "(not run: a person denied the call: No.)",
        True,
    ),
    (
        "B14 denied, in the words of the framework",
        [
            ApprovalRequest(call_id="c"),
            ApprovalResponse("denied", reason="No.", call_id="c"),
            ToolResult("The user said no.", call_id="c"),
        ],
        "complete",
        "The user said no.",
        True,
    ),
    (
        "B14 run with other arguments than the model's",
        [
            ApprovalRequest(call_id="c"),
            ApprovalResponse("approved", arguments={"city": "Rome"}, call_id="c"),
            ToolResult({"temp_c": 20}, call_id="c"),
        ],
        "complete",
        '(A person changed the arguments to {"city": "Rome"})\n{"temp_c": 20}',
        False,
    ),
    ("a picture with words", [ToolResult(Figure(), call_id="c")], "complete", "a chart", False),
    ("a picture without", [ToolResult(PNG, call_id="c")], "complete", NOTE, False),
    (
        "pictures among other things",
        [ToolResult({"n": 2, "plots": [Figure(), PNG]}, call_id="c")],
        "complete",
        {"n": 2, "plots": ["a chart", NOTE]},
        False,
    ),
    (
        "a picture so far",
        [ToolResult(Figure(), call_id="c", preliminary=True)],
        "cancelled",
        "(no result: the call was cancelled; so far: a chart)",
        True,
    ),
    ("names of files", [ToolResult(FILES, call_id="c")], "complete", FILES, False),
    ("a unit", [ToolResult({"km/h": 100}, call_id="c")], "complete", {"km/h": 100}, False),
    (
        "a type that is data",
        [ToolResult({"mimebundle": {}}, call_id="c")],
        "complete",
        {"mimebundle": {}},
        False,
    ),
]


@pytest.mark.parametrize(
    ("events", "status", "value", "failed"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
def test_what_a_model_is_told_of_a_call(
    events: list[Event], status: RunStatus | None, value: Json, failed: bool
) -> None:
    told = answer(only_call(*events, status=status))
    assert (told.value, told.failed) == (value, failed)


@formats
def test_a_picture_goes_to_no_model(name: str) -> None:
    call = ToolCall("f", call_id="c")
    running = transcript([call, ToolResult(Figure(), call_id="c", preliminary=True)], status=None)
    done = transcript([call, ToolResult([Figure()], call_id="c")])
    bundle: Any = jsonable(Figure())
    picture = bundle["mimebundle"]["image/png"]
    for told in (running, done):
        sent = json.dumps(messages(told, name))
        assert "a chart" in sent
        assert picture not in sent


@formats
def test_the_call_itself_is_told_as_the_model_made_it(name: str) -> None:
    events = [
        ApprovalRequest(call_id="c"),
        ApprovalResponse("approved", arguments={"city": "Rome"}, call_id="c"),
        ToolResult("20", call_id="c"),
    ]
    sent = json.dumps(messages(transcript([ToolCall("f", PARIS, call_id="c"), *events]), name))
    assert sent.index("Paris") < sent.index("A person changed the arguments to") < sent.index("Rome")


@formats
def test_prompts_that_did_not_run_are_left_out(name: str) -> None:
    asm = Assembler()
    view = Transcript(asm.add_run("a", "one", 0) + asm.add_run("b", "two", 0) + asm.drop_run("b", 1))
    assert messages(view, name) == []
    view.extend(asm.start_run("a", 1))
    assert len(messages(view, name)) == 1


@formats
def test_a_blank_prompt_is_told_as_what_it_is(name: str) -> None:
    asm = Assembler()
    view = Transcript(asm.feed(TextDelta("Hello!"), 0) + asm.finish(1))
    assert "(no prompt)" in json.dumps(messages(view, name)[0])


@formats
def test_unanswered_calls_may_be_left_out(name: str) -> None:
    talk = transcript(
        [
            ToolCall("f", call_id="lost"),
            TurnStart(),
            ToolCall("g", call_id="kept"),
            ToolCall("f", call_id="asked"),
            ApprovalRequest(call_id="asked"),
            ToolResult("50 %", call_id="asked", preliminary=True),
            ToolResult("r", call_id="kept"),
        ]
    )
    explained = json.dumps(messages(talk, name))
    assert all(call in explained for call in ("lost", "kept", "asked"))
    omitted = json.dumps(messages(talk, name, unanswered="omit"))
    assert [call for call in ("lost", "kept", "asked") if call in omitted] == ["kept"]


@formats
def test_a_turn_of_which_nothing_is_told_leaves_no_message(name: str) -> None:
    talk = transcript([ToolCall("f", call_id="lost"), TurnStart(), TurnStart()])
    assert len(messages(talk, name, unanswered="omit")) == 1


@models
def test_reasoning_without_what_its_api_wants_is_left_out(name: str) -> None:
    """B20 so that a conversation made with one provider can go on with another."""
    own_words = {"anthropic": "signature", "openai-responses": "id", "gemini": "thought_signature"}
    events: list[Event] = [Reasoning("Bare. ")]
    events += [Reasoning(f"Of {maker}. ", native={maker: {field: "s"}}) for maker, field in own_words.items()]
    events += [Reasoning("Garbage.", native="s"), Reasoning("More.", native={name: "s"}), Text("Answer.")]
    sent = json.dumps(messages(transcript(events), name))
    assert [maker for maker in own_words if f"Of {maker}." in sent] == ([name] if name in own_words else [])
    assert not re.search("Bare|Garbage|More", sent)
    assert "Answer." in sent


@models
def test_reasoning_that_led_to_nothing_is_left_out(name: str) -> None:
    """As the last block of a reply every API refuses it."""
    fields = {"signature": "s", "id": "s", "thought_signature": "s"}
    late = Reasoning("Too late.", native={name: fields})
    assert "Too late." not in json.dumps(messages(transcript([Text("Said."), late]), name))
    assert len(messages(transcript([late], status="cancelled"), name)) == 1


@pytest.mark.parametrize(("name", "field"), [("anthropic", "signature"), ("openai-responses", "id")])
def test_b4_the_order_is_canonical_unless_reasoning_goes_back(name: str, field: str) -> None:
    parts = [ToolCall("f", call_id="c"), Text("After."), ToolResult("r", call_id="c")]
    plain = json.dumps(messages(transcript(parts), name))
    assert plain.index("After.") < plain.index('"f"')
    signed = json.dumps(messages(transcript([Reasoning("Hm.", native={name: {field: "s"}}), *parts]), name))
    assert signed.index("Hm.") < signed.index('"f"') < signed.index("After.")


@formats
def test_b16_a_sub_agent_is_told_by_its_result(name: str) -> None:
    sent = json.dumps(messages(NAMED["a sub-agent, and a hand-off"], name))
    assert "inner words" not in sent
    assert "found" in sent
    assert sent.index("Over to the writer.") < sent.index("The writer's answer.")


LANES: list[tuple[str, list[Event], list[str]]] = [
    ("beside the main one nothing counts", [TextDelta("side", lane="x"), TextDelta("main")], ["main"]),
    (
        "without a main one all that stand beside it do",
        [TextDelta("a", lane="x"), TextDelta("b", lane="y")],
        ["a", "b"],
    ),
    (
        "handed on twice, and back",
        [
            TextDelta("1"),
            LaneStart("x", handed_from=""),
            TextDelta("2", lane="x"),
            LaneStart("y", handed_from="x"),
            TextDelta("3", lane="y"),
            TurnStart(),
            TextDelta("4"),
        ],
        ["1", "2", "3", "4"],
    ),
]


@pytest.mark.parametrize(("events", "told"), [row[1:] for row in LANES], ids=[row[0] for row in LANES])
def test_b16_which_turns_are_the_conversation(events: list[Event], told: list[str]) -> None:
    assert [turn.text for turn in conversation(transcript(events).runs[0])] == told


@formats
def test_b8_ids_are_given_once_and_fit(name: str) -> None:
    """Missing, empty, repeated, too long, taken by a replacement, and of letters that the API refuses."""
    ids = [None, "", "a", "a", "x" * 300, "r0.2.1", "r0_1_1", "call_1", "ü:1", "\n"]
    events: list[Event] = []
    for call_id in ids:
        events += [TurnStart(), ToolCall("f", call_id=call_id), ToolResult("r", call_id=call_id, name="f")]
    sent = json.dumps(messages(transcript(events), name))
    field = {"openai": "tool_call_id", "openai-responses": "call_id", "anthropic": "tool_use_id"}.get(name)
    if field is None:
        return  # the property of the round trips counts them
    given = re.findall(rf'"{field}": "([^"]*)"', sent)
    assert len(set(given)) == len(ids)
    assert all(0 < len(json.loads(f'"{call}"')) <= 64 for call in given)
    if name == "anthropic":
        assert all(re.fullmatch("[A-Za-z0-9_-]+", call) for call in given)


def test_ids_run_out_for_nobody() -> None:
    calls = Calls("explain", longest=6)
    turn = (
        transcript([ToolCall("f", call_id=f"call_{n}") for n in range(1, 5)] + [ToolCall("f")] * 3)
        .runs[0]
        .turns[0]
    )
    given = [call.id for call in calls.of(turn).values()]
    assert len(set(given)) == 7


@formats
def test_an_unknown_choice_for_unanswered_calls_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="unanswered='drop': calls without a result are"):
        messages(Transcript(), name, unanswered="drop")  # type: ignore[arg-type]


SYSTEM: dict[str, Any] = {
    "openai": {"role": "system", "content": "Be brief."},
    "openai-responses": {"role": "system", "content": "Be brief."},
    "ai-sdk": {"id": "system", "role": "system", "parts": [{"type": "text", "text": "Be brief."}]},
}


@formats
def test_the_system_prompt_comes_first_or_is_sent_back_to_who_gave_it(name: str) -> None:
    if name in SYSTEM:
        assert messages(Transcript(), name, system="Be brief.") == [SYSTEM[name]]
        return
    with pytest.raises(ValueError, match="takes the system prompt beside the"):
        messages(Transcript(), name, system="Be brief.")


def test_an_unknown_format_lists_those_there_are() -> None:
    with pytest.raises(
        ValueError, match='\'gpt\' is no format that turnwise knows; there is "openai", "openai-'
    ):
        messages(Transcript(), "gpt")


def test_native_data_that_is_none_of_the_convention_is_nobodys() -> None:
    odd: list[Json] = [None, "s", 1, ["gemini"], {"gemini": "s"}, {"other": {}}]
    assert [own(native, "gemini") for native in odd] == [{}] * len(odd)
