"""The pure half of the Pydantic AI adapter, on recordings of the real framework driving scripted models.

`scripts.json` is what the models said; a recording's scenario is the first part of its name that the scripts know.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from sketch import assemble, check_ops, crumbs, sketch
from turnwise import Assembler, Failure, Transcript
from turnwise.adapters.pydantic_ai import Translator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from turnwise import Run
    from turnwise import ops as o
    from turnwise.events import Event
    from turnwise.values import RunStatus

RECORDINGS = Path(__file__).parents[1] / "recordings" / "pydantic-ai"
SCRIPTS: dict[str, list[dict[str, Any]]] = json.loads((RECORDINGS.parent / "scripts.json").read_text("utf-8"))
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.jsonl"))


def native(value: dict[str, Any]) -> Any:
    """A recorded object as one of a class of that name, with its fields as attributes.

    Plain dicts (arguments, a tool's value) stay as they are, and so does what the recorded agent itself defined.
    """
    name: str = value.get("__type__", "")
    if name.startswith("__main__."):
        return {key: field for key, field in value.items() if key != "__type__"}
    if not name and "event_kind" not in value:
        return value
    return type(name.rpartition(".")[2], (SimpleNamespace,), {})(**value)


def lines(name: str) -> list[dict[str, Any]]:
    text = (RECORDINGS / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line, object_hook=native) for line in text.splitlines()]


def replay(name: str, *, announced: bool, cut: Callable[[list[Event]], list[Event]] = list) -> list[o.Op]:
    """Fold a recording into ops: each of its runs, as it ended.

    ``announced`` is how the adapter drives the translator: requests and replies are told as they happen. Without, only
    the bare event stream is there. What a recording of ``agent.iter`` says of its nodes is used either way.
    """
    asm = Assembler()
    ops: list[o.Op] = []
    for number, records in enumerate(runs(name), 1):
        status, error = ending(records)
        ops += asm.add_run(f"r{number}", "prompt", 0.0) + asm.start_run(f"r{number}", 0.0)
        for event in cut([event for step in steps(records, announced) for event in step]):
            ops += asm.feed(event, 1.0)
        ops += asm.finish(2.0, status=status, error=error)
    return ops


def runs(name: str) -> list[list[dict[str, Any]]]:
    """The recording, cut after each run's result."""
    out: list[list[dict[str, Any]]] = [[]]
    for record in lines(name):
        if record.get("kind") in ("second", "answer"):
            out.append([])
        out[-1].append(record)
    return out


def ending(records: list[dict[str, Any]]) -> tuple[RunStatus, Failure | None]:
    for record in records:
        if record.get("kind") == "exception":
            raised = record["exc"]
            return "error", Failure(kind=raised.mro[0].rpartition(".")[2], message=raised.str)
        if record.get("kind", "").startswith("cancel"):
            return "cancelled", None
    return "complete", None


def steps(records: list[dict[str, Any]], announced: bool) -> Iterator[list[Event]]:
    """What the translator makes of each record of a run, and, if announced, of what the adapter would tell it."""
    translator = Translator()
    events = [record["event"] for record in records if record["type"] != "_meta"]
    messages: list[Any] = getattr(events[-1], "new_messages", []) if events else []
    replies = iter([message for message in messages if message.kind == "response"] if announced else [])
    asked = False
    for record in records:
        match record.get("kind"), record.get("event"):
            case "node", _ if record["node"].endswith("ModelRequestNode"):
                yield translator.request()
                asked = True
            case "model_response", _:
                yield translator.reply(record["response"])
            case "result", _:
                yield translator.output(record["output"])
            case None, SimpleNamespace(event_kind="agent_run_result", output=output):
                yield translator.output(output)
            case None, SimpleNamespace(event_kind="part_start", index=0) as event if messages and not asked:
                asked = True
                yield translator.request() if announced else []
                yield translator.feed(event)
            case None, SimpleNamespace(event_kind="part_end", next_part_kind=None) as event:
                asked = False
                yield translator.feed(event)
                for reply in replies:
                    yield translator.reply(reply)
                    break
            case None, event:
                yield translator.feed(event)
            case _:
                pass


def scenario(name: str) -> str:
    return next((part for part in re.split(r"[._]", name) if part in SCRIPTS), "")


WAYS = [pytest.param(True, id="announced"), pytest.param(False, id="bare")]


# Against the script.

OWN_SCRIPT = {
    "D.model_retry",
    "D.model_retry_exhausted",
    "H.delegate",
    "I.no_deferred_output_type",
    "J.invalid_then_valid",
    "J.tool_output",
    "M.two_messages",
    "Z",
    "iter.D",
    "usage_limit",
}
"""Recorded with another model than the scripts', or ended early: ``transcripts.txt`` has what they say."""
NO_MALFORMED = {"gemini.E2", "gemini.F2"}
"""Gemini's wire has arguments as objects: the SDK drops what is malformed, and no recording can say it."""


def said(run: Run) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        (turn.text, turn.reasoning, [(tool.name, tool.arguments_text) for tool in turn.tools])
        for turn in run.turns
    ]


def scripted(name: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    turns: list[tuple[str, str, list[tuple[str, str]]]] = []
    for turn in SCRIPTS[scenario(name)]:
        texts = {"text": "", "reasoning": ""}
        calls: list[tuple[str, str]] = []
        for item in turn["items"]:
            if item[0] == "tool":
                calls.append((item[2], "".join(item[3])))
            else:
                texts[item[0]] += "".join(item[1])
        turns.append((texts["text"], texts["reasoning"], calls))
    return turns


def _cut(name: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What of the script could be said: until an error or a stop."""
    turns = scripted(name)
    match scenario(name), name.rpartition(".")[0]:
        case "K1" | "K2", _:
            return []
        case "K3" | "K4", _:
            return [("Half a sentence and ", "", [])]
        case "K5", _:
            return turns[:1]
        case "G", _:
            return [("word0 word1 word2 word3 word4 ", "", [])]
        case "G2", _:
            return turns[:1]
        case "Z", _:  # a reply without parts makes no event
            return []
        case _:
            return turns


def same(a: str, b: str) -> bool:
    """Arguments may be spelled differently by providers that have them as objects."""
    try:
        return bool(json.loads(a) == json.loads(b))
    except ValueError:
        return a == b


@pytest.mark.parametrize("announced", WAYS)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in OWN_SCRIPT])
def test_a_recording_says_what_its_script_says(name: str, announced: bool) -> None:
    ops = replay(name, announced=announced)
    check_ops(ops)
    transcript = Transcript(ops)
    assert transcript.to_dict() == Transcript(transcript.snapshot()).to_dict()
    heard = [turn for run in transcript.runs for turn in said(run)]
    expected = _cut(name)
    assert [turn[:2] for turn in heard] == [turn[:2] for turn in expected]
    assert [[call[0] for call in turn[2]] for turn in heard] == [[c[0] for c in turn[2]] for turn in expected]
    if name in NO_MALFORMED:
        assert heard[0][2][0][1] == "{}"
    else:
        for turn, script in zip(heard, expected, strict=True):
            assert all(same(call[1], by[1]) for call, by in zip(turn[2], script[2], strict=True))


@pytest.mark.parametrize("announced", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_b2_fragments_change_nothing(name: str, announced: bool) -> None:
    whole = sketch(Transcript(replay(name, announced=announced)))
    assert sketch(Transcript(replay(name, announced=announced, cut=crumbs))) == whole


PROVIDERS = [
    name
    for name in NAMES
    if name.split(".")[0] in ("openai", "anthropic", "gemini", "responses")
    and scenario(name) not in ("K1", "K2", "K3", "K4", "Z")
]
REASONS = {"length": "length", "content_filter": "content_filter", "tool_calls": "tool_calls", "stop": "stop"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_b9_b11_usage_and_finish_reason_of_each_turn_are_the_providers(name: str) -> None:
    [run] = Transcript(replay(name, announced=True)).runs
    for turn, script in zip(run.turns, SCRIPTS[scenario(name)], strict=True):
        given, written, cached, _ = script["usage"]
        if name.startswith("anthropic"):  # its input does not count what was cached; the framework adds it
            given += cached
        assert turn.usage is not None
        assert (turn.usage.input_tokens, turn.usage.output_tokens, turn.usage.cached_tokens) == (
            given,
            written,
            cached,
        )
        assert turn.finish_reason == REASONS[script["stop"]]
        assert turn.native_finish_reason


# As a reader sees them.


def golden() -> str:
    return "\n".join(f"== {name}\n{sketch(Transcript(replay(name, announced=True)))}\n" for name in NAMES)


def test_every_recording_as_a_transcript() -> None:
    assert golden() == (RECORDINGS / "transcripts.txt").read_text("utf-8")


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
            call(1, '{"q": 1}', kind="builtin-tool-call"),
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
            start(1, "file", content=b"x"),
            SimpleNamespace(event_kind="custom", name="progress", data={"done": 1}),
            SimpleNamespace(event_kind="custom", name="progress", data={"done": 2}),
        ],
        '1 - | "a"\n! unknown:file x1\n! unknown:progress x2',
    ),
    "what only keeps the books": (
        [text(0, "a"), SimpleNamespace(event_kind="final_result", tool_name=None)],
        '1 - | "a"',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    events = [event for each in natives for event in translator.feed(each)]
    assert sketch(Transcript(assemble(events))) == f"run complete\n{expected}"
    assert sketch(Transcript(assemble(crumbs(events)))) == f"run complete\n{expected}"


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


if __name__ == "__main__":  # PYTHONPATH=tests python tests/adapters/test_pydantic_ai.py > …/transcripts.txt
    print(golden(), end="")
