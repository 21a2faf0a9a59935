"""What a model was sent: told by what is new, whole when it is read, with no secrets and no files in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnwise import Assembler, Limits, ModelRequest, Request, TextDelta, Transcript, TurnFinish
from turnwise import ops as o
from turnwise.wire import Frame, Snapshot, encode, encode_op


def conversation(requests: list[ModelRequest], limits: Limits | None = None) -> tuple[list[o.Op], Transcript]:
    """One turn for each request, and each turn's text."""
    asm = Assembler(limits=limits)
    ops = [*asm.add_run("r", "go", 0.0), *asm.start_run("r", 0.0)]
    for request in requests:
        for event in (request, TextDelta("x"), TurnFinish("stop")):
            ops += asm.feed(event, 1.0)
    ops += asm.finish(2.0)
    return ops, Transcript(ops)


def sent(transcript: Transcript) -> list[Request]:
    found = [turn.request for turn in transcript.runs[0].turns]
    assert None not in found
    return [request for request in found if request is not None]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


messages = st.lists(st.sampled_from(["a", "b", "c", "d"]).map(user), max_size=8)


@given(st.lists(messages, min_size=1, max_size=6))
def test_each_is_read_as_it_was_sent_whatever_came_before(each: list[list[dict[str, Any]]]) -> None:
    """Also from a snapshot, and from what a recording has of its ops."""
    ops, transcript = conversation([ModelRequest(messages) for messages in each])
    for read in (transcript, Transcript(transcript.snapshot())):
        requests = sent(read)
        assert [request.messages for request in requests] == each
        for request in requests:
            facts = request.facts
            before = [] if request.before is None else request.before.messages
            assert len(request.messages) == facts.messages == len(before) + facts.added - facts.removed
            assert request.fresh.count(True) == facts.added
            assert len(request.removed) == facts.removed
            kept = [message for message, new in zip(request.messages, request.fresh, strict=True) if not new]
            assert sorted(map(str, [*kept, *request.removed])) == sorted(map(str, before))
    json.dumps([encode_op(op) for op in ops])


def test_a_long_run_is_told_in_the_order_of_its_messages() -> None:
    """Each request repeats all that was said; ops and memory have it once."""
    turns = 200
    said = [user(f"{n:06}" * 20) for n in range(turns)]
    ops, transcript = conversation([ModelRequest(said[: n + 1], system="Be brief.") for n in range(turns)])
    asked = [op for op in ops if isinstance(op, o.SetRequest)]
    assert [op.facts.added for op in asked] == [1] * turns
    assert len(json.dumps([encode_op(op) for op in asked])) < 2 * len(json.dumps(said)) + 400 * turns
    last = sent(transcript)[-1]
    assert last.messages == said
    assert last.system == "Be brief."
    assert last.messages[0] is sent(transcript)[0].messages[0]


def test_pages_are_told_the_facts_and_ask_for_the_rest() -> None:
    ops, transcript = conversation([ModelRequest([user("hush")], system="Nobody knows.")])
    for message in (Frame(seq=1, ops=ops), Snapshot(seq=1, ops=transcript.snapshot())):
        text = json.dumps(encode(message))
        assert "set_request" in text
        assert "hush" not in text
        assert "Nobody knows" not in text
    assert "Nobody knows" not in json.dumps(transcript.to_dict())


SYSTEM: dict[str, tuple[dict[str, Any], Any, int]] = {
    "beside the messages": ({"messages": [user("a")], "system": "S"}, "S", 1),
    "before them": ({"messages": [{"role": "system", "content": "S"}, user("a")]}, "S", 1),
    "as a developer's": ({"messages": [{"role": "developer", "content": "S"}, user("a")]}, "S", 1),
    "in both places": (
        {"messages": [{"type": "system", "content": "T"}, user("a")], "system": "S"},
        ["S", "T"],
        1,
    ),
    "in the middle it is a message": ({"messages": [user("a"), {"role": "system", "content": "S"}]}, None, 2),
    "of blocks": (
        {"messages": [user("a")], "system": [{"type": "text", "text": "S"}]},
        [{"type": "text", "text": "S"}],
        1,
    ),
    "none": ({"messages": [user("a")], "system": ""}, None, 1),
}


@pytest.mark.parametrize(("given", "system", "count"), SYSTEM.values(), ids=SYSTEM)
def test_the_system_prompt_wherever_it_stands(given: dict[str, Any], system: Any, count: int) -> None:
    _, transcript = conversation([ModelRequest(**given)])
    (request,) = sent(transcript)
    assert (request.system, len(request.messages)) == (system, count)


CHANGES: dict[str, tuple[ModelRequest, list[str]]] = {
    "nothing": (
        ModelRequest([user("a")], system="S", tools=[{"name": "f"}], settings={"t": 1}, model="m"),
        [],
    ),
    "the system prompt": (
        ModelRequest([user("a")], system="T", tools=[{"name": "f"}], settings={"t": 1}, model="m"),
        ["system"],
    ),
    "a tool": (
        ModelRequest([user("a")], system="S", tools=[{"name": "g"}], settings={"t": 1}, model="m"),
        ["tools"],
    ),
    "all": (ModelRequest([user("a")]), ["system", "tools", "settings", "model"]),
}


@pytest.mark.parametrize(("request_", "changed"), CHANGES.values(), ids=CHANGES)
def test_what_changed_is_said(request_: ModelRequest, changed: list[str]) -> None:
    first = CHANGES["nothing"][0]
    _, transcript = conversation([first, request_, request_])
    one, two, three = sent(transcript)
    assert (one.facts.since, one.facts.changed) == (None, [])
    assert (two.facts.since, two.facts.changed) == ("r.1", changed)
    assert (three.facts.since, three.facts.changed) == ("r.2", [])
    assert three.to_dict() == two.to_dict()


def test_settings_that_are_named_like_secrets_are_hidden() -> None:
    secrets = {
        "api_key": "abc",
        "extra_headers": {"X-Mine": "abc"},
        "http": {"Authorization": "abc", "timeout": 3},
        "auth-token": "abc",
        "accessToken": "abc",
        "clientSecret": "abc",
        "XAPIKey": "abc",
        "extraHeaders": [["Authorization", "abc"], ("X-Mine", "abc")],
        "cookies": ("abc",),
    }
    plain = {
        "max_tokens": 5,
        "maxOutputTokens": 6,
        "top_k": 2,
        "stopSequences": ["###"],
        "tokenizer": "o200k",
    }
    _, transcript = conversation([ModelRequest([], settings={**secrets, **plain})])
    (request,) = sent(transcript)
    assert "abc" not in json.dumps(request.settings)
    assert {name: request.settings[name] for name in plain} == plain
    assert request.settings["http"] == {"Authorization": "[secret]", "timeout": 3}


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_files_are_named_not_kept_and_told_apart(prefix: str) -> None:
    def image(letter: str) -> dict[str, Any]:
        return {"role": "user", "content": [{"type": "image_url", "url": prefix + letter * 40_000}]}

    ops, transcript = conversation([ModelRequest([image("A")]), ModelRequest([image("A"), image("B")])])
    assert len(json.dumps([encode_op(op) for op in ops])) < 10_000
    assert sent(transcript)[1].facts.added == 1
    assert prefix + "… (40," in json.dumps(sent(transcript)[0].messages, ensure_ascii=False)


def test_what_goes_beyond_the_limit_is_left_out_and_said() -> None:
    long = [ModelRequest([user(f"{n}" * 50)]) for n in range(5)]
    _, transcript = conversation(long, Limits(requests=200))
    turns = transcript.runs[0].turns
    assert [turn.request is None for turn in turns] == [False, False, False, True, True]
    assert [notice.code for notice in transcript.runs[0].notices] == ["requests_limit"]


def test_a_conversation_that_goes_on_is_compared_with_its_history() -> None:
    _, before = conversation([ModelRequest([user("a")], system="S")])
    asm = Assembler()
    asm.follow(before)
    ops = [*asm.add_run("r2", "go", 3.0), *asm.start_run("r2", 3.0)]
    ops += asm.feed(ModelRequest([user("a"), user("b")], system="S"), 3.0)
    after = Transcript([*before.snapshot(), *ops])
    request = after.runs[1].turns[0].request
    assert request is not None
    assert (request.facts.since, request.facts.added, request.facts.changed) == ("r.1", 1, [])
    assert request.messages == [user("a"), user("b")]
