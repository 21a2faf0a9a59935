"""The agent-framework adapter's translator: what no recording has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import assemble, retold
from turnwise import Transcript
from turnwise.adapters.agent_framework.translate import Translator
from turnwise.events import ApprovalRequest


def update(*contents: Any, role: str = "assistant", **fields: Any) -> Any:
    return SimpleNamespace(contents=list(contents), role=role, **{"author_name": "a", **fields})


def part(kind: str, **fields: Any) -> Any:
    return SimpleNamespace(type=kind, **fields)


def text(said: str, **fields: Any) -> Any:
    return part("text", text=said, **fields)


def result(call_id: str = "1") -> Any:
    return update(part("function_result", call_id=call_id, result="found"), role="tool")


CALL = part("function_call", call_id="1", name="look", arguments={"a": 1})
PAGE = {"type": "citation", "url": "https://example.org", "title": "Page"}

TRAPS: dict[str, tuple[list[Any], str]] = {
    "an annotation is a source": (
        [update(text("a", annotations=[PAGE]))],
        '1 - | "a" | source https://example.org',
    ),
    "without response ids a turn begins after results": (
        [update(text("a"), CALL), result(), update(text("b"))],
        '1 - | "a" | look({"a": 1}) = done "found"\n2 - | "b"',
    ),
    "one response id for all": (
        [update(text("a"), CALL, response_id="x"), result(), update(text("b"), response_id="x")],
        '1 - | "a" | look({"a": 1}) = done "found"\n2 - | "b"',
    ),
    "a whole text replaces its pieces": (
        [update(text("a")), update(text("ab", merge_mode="replace"))],
        '1 - | "ab"',
    ),
    "an unknown finish reason": ([update(text("a"), finish_reason="tired")], '1 unknown | "a"'),
    "an error content": (
        [update(part("error", message="no", error_code="x"))],
        "run error (x: no)\n1 error [error]",
    ),
    "a file": (
        [update(part("uri", uri="https://example.org/a.png", media_type="image/png"))],
        "1 - | file image/png https://example.org/a.png",
    ),
    "two authors at once": (
        [
            update(text("a"), author_name="a", response_id="1"),
            update(text("b"), author_name="b", response_id="2"),
            update(text("c"), author_name="a", response_id="1"),
        ],
        'lane1: b\n1 - | "ac"\n2 - in lane1 | "b"',
    ),
    "B17: a content that is not known": (
        [update(text("a"), part("dance")), update(part("dance"))],
        '1 - | "a"\n! unknown:dance x2',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    assert retold([event for each in natives for event in translator.feed(each)]) == expected


RESPONSES: dict[str, tuple[list[Any], list[Any], str]] = {
    "what was said is not said again": (
        [update(text("a "), CALL), result(), update(text("b"), text("c"))],
        [update(text("a "), CALL), result(), update(text("bc"))],
        '1 - | "a " | look({"a": 1}) = done "found"\n2 - | "bc"',
    ),
    "an agent that does not stream": ([], [update(text("a"))], '1 - | "a"'),
    "words of a middleware": ([update(text("a"))], [update(text("edited"))], '1 - | "a"\n2 - | "edited"'),
    "several authors": (
        [update(text("a")), update(text("b"), author_name="b"), update(text("A"))],
        [update(text("aA")), update(text("b"), author_name="b"), update(text("!"), author_name="b")],
        'lane1: b\n1 - | "aA"\n2 - in lane1 | "b"\n3 - in lane1 | "!"',
    ),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_the_whole_response_tells_what_no_update_has(name: str) -> None:
    updates, messages, expected = RESPONSES[name]
    translator = Translator()
    events = [event for each in updates for event in translator.feed(each)]
    assert retold([*events, *translator.result(SimpleNamespace(messages=messages))]) == expected


def asks(**fields: Any) -> Any:
    return update(
        part("function_approval_request", function_call=SimpleNamespace(**{**vars(CALL), **fields}))
    )


@pytest.mark.parametrize(
    ("editable", "hosted", "told"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_b14_only_what_the_framework_runs_can_be_changed(editable: bool, hosted: bool, told: bool) -> None:
    translator = Translator(editable=editable)
    *_, request = translator.feed(asks(hosted=hosted))
    assert isinstance(request, ApprovalRequest)
    assert request.editable is told


def test_b14_what_was_answered_is_not_asked_again() -> None:
    translator = Translator(agreed=lambda request: request.function_call.arguments == {"a": 2})
    assert retold(translator.feed(asks(arguments={"a": 1}))) == '1 - | look({"a": 1}) = approval'
    assert translator.feed(asks(arguments={"a": 2})) == []
    assert list(translator.take_requests()) == ["1"], "it waits for its answer all the same"


def test_b9_tokens_that_are_not_added_up() -> None:
    translator = Translator()
    used = [
        update(text("x"), part("usage", usage_details={"input_token_count": count}), response_id=str(count))
        for count in (9, 4)
    ]
    events = [event for native in used for event in translator.feed(native)]
    usage = [turn.usage for turn in Transcript(assemble(events)).runs[0].turns]
    assert [each.input_tokens for each in usage if each is not None] == [9, 4]


def test_b9_tokens_are_counted_anew_after_an_answer() -> None:
    def used(total: int) -> Any:
        return update(part("usage", usage_details={"input_token_count": total, "output_token_count": 1}))

    translator = Translator()
    ask = update(part("function_approval_request", function_call=CALL))
    events = [each for native in (update(text("a")), used(5), ask) for each in translator.feed(native)]
    assert list(translator.take_requests()) == ["1"]
    assert translator.take_requests() == {}
    for native in (result(), update(text("b")), used(7)):
        events += translator.feed(native)
    usage = [turn.usage for turn in Transcript(assemble(events)).runs[0].turns]
    assert [each.input_tokens for each in usage if each is not None] == [5, 7]
