"""What the recordings of Google ADK do not show; each row is a stream and what a reader sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recorded import stem
from sketch import assemble, sketch
from sources.google_adk import SOURCE, as_json, play
from turnwise import Transcript
from turnwise.adapters.google_adk.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path

    from turnwise import Failure
    from turnwise.events import Event


def reply(event_id: str, *parts: dict[str, Any], author: str = "a", **more: Any) -> dict[str, Any]:
    """An event of 2.x, as JSON has it."""
    return {
        "id": event_id,
        "author": author,
        "content": {"role": "model", "parts": list(parts)},
        "node_info": {"path": f"{author}@1"},
        **more,
    }


def v1(event_id: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event of 1.x."""
    event = reply(event_id, *parts, **more)
    del event["node_info"]
    return event


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"text": said, **more}


def call(name: str, call_id: str | None = None, **args: Any) -> dict[str, Any]:
    return {"functionCall": {"id": call_id, "name": name, "args": args}}


def result(event_id: str, name: str, call_id: str | None, value: Any, **more: Any) -> dict[str, Any]:
    return responses(event_id, {"id": call_id, "name": name, "response": value}, **more)


def responses(event_id: str, *answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    parts = [{"functionResponse": answer} for answer in answers]
    return {**reply(event_id, **more), "content": {"role": "user", "parts": parts}}


def code(source: str) -> dict[str, Any]:
    return {"executableCode": {"code": source, "language": "PYTHON"}}


def ran(output: str) -> dict[str, Any]:
    return {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": output}}


PARTIAL: dict[str, Any] = {"partial": True}
STOP = {"finishReason": "STOP"}

STREAMS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a whole event that is delivered twice": (
        [reply("1", text("Hi."), **STOP), reply("1", text("Hi."), **STOP)],
        '1 stop | "Hi."',
    ),
    "text, then calls, as two whole events of one model call": (
        [
            reply("1", text("Look"), **PARTIAL),
            reply("1", text("Looking."), **STOP),
            reply("1", call("f", "c"), **STOP),
            result("2", "f", "c", {"result": 1}),
        ],
        '1 tool_calls | "Looking." | f({}) = done 1',
    ),
    "a whole text that differs from its pieces wins": (
        [reply("1", text("Helo "), **PARTIAL), reply("1", text("Hello"), **STOP)],
        '1 stop | "Hello"',
    ),
    "text around a call, merged in the whole event": (
        [
            reply("1", text("A"), **PARTIAL),
            reply("1", call("f", "c"), **PARTIAL),
            reply("1", text("B"), **PARTIAL),
            reply("1", text("AB"), call("f", "c"), **STOP),
        ],
        '1 tool_calls | "A" | f({}) = unanswered | "B"',
    ),
    "thoughts between texts": (
        [reply("1", text("A"), text("hm", thought=True), text("B"), **STOP)],
        '1 stop | "A" | ("hm") | "B"',
    ),
    "only pieces, and the reason with the last": (
        [reply("1", text("Hi"), **PARTIAL), reply("1", text("."), **PARTIAL, finishReason="MAX_TOKENS")],
        '1 length | "Hi."',
    ),
    "a result without an id answers the first open call of its name": (
        [reply("1", call("f"), call("f"), **STOP), result("2", "f", None, {"result": 1})],
        "1 tool_calls | f({}) = done 1 | f({}) = unanswered",
    ),
    "one call id in two turns": (
        [
            reply("1", call("f", "c"), **STOP),
            result("2", "f", "c", {"result": 1}),
            reply("3", call("f", "c"), **STOP),
            result("4", "f", "c", {"result": 1}),
        ],
        "1 tool_calls | f({}) = done 1\n2 tool_calls | f({}) = done 1",
    ),
    "over to another agent and back": (
        [
            reply("1", text("A."), **STOP),
            reply("2", text("B."), author="b", **STOP),
            reply("3", text("A again."), **STOP),
        ],
        'lane1: b from main\nlane2: a from lane1\n1 stop | "A."\n2 stop in lane1 | "B."\n3 stop in lane2 | "A again."',
    ),
    "an error with no content is one": (
        [reply("1", errorCode="MALFORMED_FUNCTION_CALL", errorMessage="bad call", finishReason="OTHER")],
        "1 unknown [error]",
    ),
    "code that ADK runs, in events of its own": (
        [
            reply("1", text("Count: ```"), **PARTIAL),
            reply("1", text("6*7```"), **PARTIAL),
            reply("2", text("Count: "), code("6*7")),
            reply("3", ran("42")),
            reply("4", text("It is 42."), **STOP),
        ],
        '1 - | "Count: " | code_execution({"code": "6*7"}) = done "42"\n2 stop | "It is 42."',
    ),
    "code twice, without pieces": (
        [reply("1", code("1")), reply("2", ran("a")), reply("3", code("2")), reply("4", ran("b"))],
        '1 - | code_execution({"code": "1"}) = done "a"\n2 - | code_execution({"code": "2"}) = done "b"',
    ),
    "code that the model runs in the middle of its answer": (
        [reply("1", text("So: "), code("6*7"), ran("42"), text("42."), **STOP)],
        '1 stop | "So: " | code_execution({"code": "6*7"}) = done "42" | "42."',
    ),
    "state and a blank end say nothing": (
        [reply("1", text("Hi."), **STOP), {"id": "2", "author": "a", "actions": {"stateDelta": {"k": 1}}}],
        '1 stop | "Hi."',
    ),
    "1.x: a call with its result before the reply is over": (
        [
            v1("1", text("Both."), **PARTIAL),
            v1("2", text("Both.")),
            v1("3", call("f", "c")),
            result("4", "f", "c", {"result": 1}),
            v1("5", call("g", "d")),
            result("6", "g", "d", {"result": 2}),
            v1("7", text(""), **STOP),
            v1("8", text("Done."), **STOP),
        ],
        '1 tool_calls | "Both." | f({}) = done 1 | g({}) = done 2\n2 stop | "Done."',
    ),
    "two calls with one id, in pieces and whole, answered by their order": (
        [
            reply("1", call("f", "x", n=1), **PARTIAL),
            reply("1", call("f", "x", n=2), **PARTIAL),
            reply("1", call("f", "x", n=1), call("g", "y"), call("f", "x", n=2), **STOP),
            responses(
                "2",
                {"id": "x", "name": "f", "response": {"result": 1}},
                {"id": "y", "name": "g", "response": {"result": 0}},
                {"id": "x", "name": "f", "response": {"result": 2}},
            ),
            reply("3", call("f", "x", n=3), **STOP),
            result("4", "f", "x", {"result": 3}),
        ],
        (
            '1 tool_calls | f({"n": 1}) = done 1 | g({}) = done 0 | f({"n": 2}) = done 2\n'
            '2 tool_calls | f({"n": 3}) = done 3'
        ),
    ),
    "parts of a kind that is new to us": (
        [
            reply("1", text("Hi."), {"audioTranscription": {"text": "Hello."}}, **PARTIAL),
            reply("1", text("Hi."), {"audioTranscription": {"text": "Hello."}}, **STOP),
            reply("2", {"thoughtSignature": "c2ln"}, {"holo_gram": [1]}, **STOP),
        ],
        '1 stop | "Hi." | data audio_transcription {"text": "Hello."}\n2 stop | data holo_gram [1]',
    ),
    "media that a tool has returned": (
        [
            reply("1", call("plot", "x"), **STOP),
            responses(
                "2",
                {
                    "id": "x",
                    "name": "plot",
                    "response": {"result": "done"},
                    "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}],
                },
            ),
        ],
        '1 tool_calls | plot({}) = done "done" display null',
    ),
    "1.x: the reason comes with a piece, and the whole text after it": (
        [
            v1("1", text("Hi"), **PARTIAL, **STOP),
            v1("2", text("Hi")),
            v1("3", text("Once more."), **STOP),
        ],
        '1 stop | "Hi"\n2 stop | "Once more."',
    ),
}


def reader(events: list[Event], error: Failure | None = None) -> str:
    return sketch(Transcript(assemble(events, error=error)))


@pytest.mark.parametrize(("stream", "seen"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_as_a_reader_sees_it(stream: list[dict[str, Any]], seen: str) -> None:
    translator = Translator()
    events = [event for item in stream for event in translator.feed(item)] + translator.end()
    assert reader(events).partition("\n")[2] == seen


def test_announced_calls_of_the_model_are_the_turns_of_1x() -> None:
    translator = Translator()
    events: list[Event] = []
    for said in ("One.", "Two."):
        events += translator.request("writer", model="m", tools=["f"])
        events += translator.feed(v1(said, text(said), author="writer"))
    events += translator.end()
    assert reader(events).splitlines()[1:] == ['1 - | "One."', '2 - | "Two."']


def test_code_of_the_model_is_none_of_the_offered_tools_and_yet_valid() -> None:
    translator = Translator()
    events = translator.request("a", tools=["f"])
    events += translator.feed(reply("1", code("6*7"), ran("42"), **STOP)) + translator.end()
    assert reader(events).splitlines()[1:] == ['1 stop | code_execution({"code": "6*7"}) = done "42"']


def test_an_inner_run_is_a_lane_under_its_call() -> None:
    translator = Translator()
    events = translator.feed(reply("1", call("scout", "c"), **STOP))
    events += translator.feed(reply("i", text("Inside."), author="scout", **STOP), run="c")
    events += translator.end()
    assert "lane1: scout under " in reader(events)


@pytest.mark.parametrize("path", SOURCE.recordings, ids=stem)
def test_json_says_the_same_as_objects(path: Path) -> None:
    objects, jsons = play(path), play(path, as_json)
    assert [reader(p.events, p.error) for p in jsons] == [reader(p.events, p.error) for p in objects]
