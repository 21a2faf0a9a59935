"""The Pydantic AI translator beside its recordings: with the bare event stream, and what no recording has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from recorded import stem
from sketch import assemble, retold, sketch
from sources.pydantic_ai import SOURCE, play
from turnwise import Transcript
from turnwise.adapters.pydantic_ai.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path


def said(path: Path, *, announced: bool) -> list[list[tuple[str, str, list[tuple[str, str]]]]]:
    """Per run and turn: text, reasoning, and calls with their arguments."""
    runs = [Transcript(assemble(played.events)).runs[0] for played in play(path, announced=announced)]
    return [
        [
            (turn.text, turn.reasoning, [(tool.name, tool.arguments_text) for tool in turn.tools])
            for turn in run.turns
        ]
        for run in runs
    ]


@pytest.mark.parametrize("path", SOURCE.recordings, ids=stem)
def test_the_bare_event_stream_says_the_same(path: Path) -> None:
    """Where nobody announces requests and replies, turns are found in the events alone."""
    assert said(path, announced=False) == said(path, announced=True)


# What no recording has.


def part(kind: str, **fields: Any) -> Any:
    return SimpleNamespace(part_kind=kind, **fields)


def start(index: int, kind: str, **fields: Any) -> Any:
    return SimpleNamespace(event_kind="part_start", index=index, part=part(kind, **fields))


def delta(index: int, kind: str, **fields: Any) -> Any:
    piece = SimpleNamespace(part_delta_kind=kind, **fields)
    return SimpleNamespace(event_kind="part_delta", index=index, delta=piece)


def call(index: int, args: Any, call_id: str = "1", kind: str = "tool-call") -> Any:
    return start(index, kind, tool_name="look", args=args, tool_call_id=call_id)


def more(index: int, args: Any) -> Any:
    return delta(index, "tool_call", args_delta=args, tool_call_id="1")


def ready(args: Any, call_id: str = "1") -> Any:
    asked = part("tool-call", tool_name="look", args=args, tool_call_id=call_id)
    return SimpleNamespace(event_kind="function_tool_call", part=asked, args_valid=True)


def result(kind: str = "tool-return", **fields: Any) -> Any:
    answer = part(kind, tool_name="look", tool_call_id="1", **fields)
    return SimpleNamespace(event_kind="function_tool_result", part=answer)


def end(index: int, kind: str, **fields: Any) -> Any:
    return SimpleNamespace(
        event_kind="part_end", index=index, part=part(kind, **fields), next_part_kind="text"
    )


def text(index: int, content: str) -> Any:
    return start(index, "text", content=content)


TRAPS: dict[str, tuple[list[Any], str]] = {
    "the same index again replaces a text": (
        [text(0, "wrong"), text(0, "ri"), delta(0, "text", content_delta="ght")],
        '1 - | "" | "right"',
    ),
    "the same index again replaces a call": (
        [call(0, '{"a": 1'), call(0, '{"a": 2'), more(0, "}"), ready('{"a": 2}')],
        '1 - | look({"a": 2}) = unanswered',
    ),
    "arguments as objects, merged": (
        [call(0, {"a": 1}), more(0, {"b": 2}), ready({"a": 1, "b": 2})],
        '1 - | look({"a": 1, "b": 2}) = unanswered',
    ),
    "no arguments": ([call(0, None), ready(None)], "1 - | look({}) = unanswered"),
    "a tool of the provider's own": (
        [
            text(0, "a"),
            call(1, "", kind="builtin-tool-call"),
            more(1, '{"q": 1}'),
            end(1, "builtin-tool-call", tool_name="look", args='{"q": 1}', tool_call_id="1"),
            start(2, "builtin-tool-return", tool_name="look", content="found", tool_call_id="1"),
            text(3, "b"),
        ],
        '1 - | "a" | look({"q": 1}) = done "found" | "b"',
    ),
    "1.x answers a failed call with a prompt to retry": (
        [call(0, "{}"), ready("{}"), result("retry-prompt", content="again")],
        '1 - | look({}) = error "again"',
    ),
    "a denied call": (
        [call(0, "{}"), ready("{}"), result(content="no", outcome="denied")],
        '1 - | look({}) = error "no"',
    ),
    "text after a call in one reply": (
        [call(0, "{}"), text(1, "after")],
        '1 - | look({}) = unanswered | "after"',
    ),
    "reasoning that is only a signature": (
        [start(0, "thinking", content=""), delta(0, "thinking", content_delta=None), text(1, "a")],
        '1 - | "a"',
    ),
    "B17: parts and events that are not known": (
        [
            text(0, "a"),
            start(1, "hologram"),
            SimpleNamespace(event_kind="custom", name="progress", data={"done": 1}),
            SimpleNamespace(event_kind="custom", name="progress", data={"done": 2}),
        ],
        '1 - | "a"\n! unknown:hologram x1\n! unknown:progress x2',
    ),
    "a file that the model made": (
        [
            text(0, "a"),
            start(1, "file", content=SimpleNamespace(data=b"x", media_type="image/png")),
            text(2, "b"),
        ],
        '1 - | "a" | file image/png eA== | "b"',
    ),
    "the conversation in fewer words": (
        [start(0, "compaction", content="They talked."), text(1, "a")],
        '1 - | data compaction "They talked." | "a"',
    ),
    "what only keeps the books": (
        [text(0, "a"), SimpleNamespace(event_kind="final_result", tool_name=None)],
        '1 - | "a"',
    ),
}


def test_a_reply_with_a_tool_of_the_providers_own_ends_as_the_model_says() -> None:
    translator = Translator()
    asked = call(0, "{}", kind="builtin-tool-call")
    whole = end(0, "builtin-tool-call", tool_name="look", args="{}", tool_call_id="1")
    events = [
        *translator.request(),
        *translator.feed(asked),
        *translator.feed(whole),
        *translator.feed(text(1, "a")),
    ]
    usage = SimpleNamespace(input_tokens=0, output_tokens=0)
    events += translator.reply(
        SimpleNamespace(finish_reason="stop", usage=usage, model_name=None, provider_details=None, parts=[])
    )
    assert retold(events).startswith("1 stop ")


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    assert retold([event for each in natives for event in translator.feed(each)]) == expected


FINAL = SimpleNamespace(event_kind="final_result", tool_name="look")

OUTPUTS: dict[str, tuple[list[Any], Any, str]] = {
    "text that was streamed is the output": ([text(0, "a b")], "a b", '1 - | "a b"'),
    "blank around it": ([text(0, "a b\n")], "a b", '1 - | "a b\\n"'),
    "a function made another text of it": ([text(0, "a")], "A!", '1 - | "a" | "A!"'),
    "text that was validated into an object": ([text(0, '{"a": 1}')], {"a": 1}, '1 - | "{\\"a\\": 1}"'),
    "an object that no text says": ([text(0, "")], [1], '1 - | "```json\\n[\\n  1\\n]\\n```"'),
    "an object from a tool, beside a text": (
        [text(0, "Here."), call(1, "[1]"), FINAL],
        [1],
        '1 - | "Here." | look([1]) = unanswered | "```json\\n[\\n  1\\n]\\n```"',
    ),
    "nothing": ([text(0, "a")], None, '1 - | "a"'),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_b12_what_only_the_result_says_is_shown_and_nothing_twice(name: str) -> None:
    natives, output, expected = OUTPUTS[name]
    translator = Translator()
    events = [event for each in natives for event in translator.feed(each)] + translator.output(output)
    assert sketch(Transcript(assemble(events))) == f"run complete\n{expected}"
