"""The LlamaIndex adapter's translator: what no recording has."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest

from sketch import retold
from turnwise.adapters.llama_index.translate import Translator


def native(kind: str, **fields: Any) -> Any:
    return type(kind, (SimpleNamespace,), {})(**fields)


def asks(agent: str = "a") -> Any:
    return native("AgentInput", current_agent_name=agent)


def piece(text: str = "", *, calls: Any = (), raw: Any = None) -> Any:
    return native("AgentStream", delta=text, tool_calls=calls, raw=raw)


def reply(text: str, *calls: Any, raw: Any = None) -> Any:
    blocks = [SimpleNamespace(block_type="text", text=text)]
    return native("AgentOutput", response=SimpleNamespace(blocks=blocks), tool_calls=calls, raw=raw)


def call(name: str = "look", call_id: str = "1") -> Any:
    return SimpleNamespace(tool_name=name, tool_kwargs={}, tool_id=call_id)


def started(call_id: str = "1") -> Any:
    return native("ToolCall", tool_name="look", tool_kwargs={}, tool_id=call_id)


def ended(call_id: str = "1") -> Any:
    output = SimpleNamespace(content="found", is_error=False)
    return native("ToolCallResult", tool_name="look", tool_kwargs={}, tool_id=call_id, tool_output=output)


def thinks(text: str) -> Any:
    return native("AgentStream", delta="", thinking_delta=text, tool_calls=(), raw=None)


def blocks(*made: Any) -> Any:
    return native("AgentOutput", response=SimpleNamespace(blocks=made), tool_calls=(), raw=None)


def mixed(*said: str) -> Any:
    """A reply of thoughts and words in turn."""
    return blocks(
        *(
            SimpleNamespace(block_type="text", text=words)
            if number % 2
            else SimpleNamespace(block_type="thinking", content=words)
            for number, words in enumerate(said)
        )
    )


def twice(call_id: str | None) -> list[Any]:
    """A tool called twice under one id; the calls return the other way round."""
    with_x = [{"tool_name": "look", "tool_id": call_id, "tool_kwargs": {"x": x}} for x in (1, 2)]
    done = [
        native("ToolCallResult", tool_output=SimpleNamespace(content=f"x{n}", is_error=False), **fields)
        for n, fields in enumerate(with_x, 1)
    ]
    return [
        asks(),
        reply("", *(SimpleNamespace(**fields) for fields in with_x)),
        *(native("ToolCall", **fields) for fields in with_x),
        *reversed(done),
        asks(),
        reply("b"),
    ]


TWICE = '1 tool_calls | look({"x": 1}) = done "x1" | look({"x": 2}) = done "x2"\n2 unknown | "b"'

OPENAI = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
OLLAMA = {"prompt_eval_count": 3, "eval_count": 4, "done_reason": "stop"}
ANTHROPIC = SimpleNamespace(
    usage=SimpleNamespace(input_tokens=3, output_tokens=4), stop_reason="end_turn", model="m"
)
GEMINI = {
    "usage_metadata": SimpleNamespace(prompt_token_count=3, candidates_token_count=4),
    "candidates": [SimpleNamespace(finish_reason=SimpleNamespace(name="MAX_TOKENS"))],
}

PICTURE = SimpleNamespace(block_type="image", image=b"eA==", image_mimetype="image/png", url=None, path=None)
SPOKEN = SimpleNamespace(block_type="audio", audio=BytesIO(b"x"), format="mp3", url=None, path=None)
ELSEWHERE = SimpleNamespace(
    block_type="image", image=None, image_mimetype=None, url="https://example.org/a.png", path=None
)
NOTHING = SimpleNamespace(block_type="video", video=None, video_mimetype=None, url=None, path=None)
PAPER = SimpleNamespace(
    block_type="document",
    data=None,
    document_mimetype="application/pdf",
    url=None,
    path=PurePosixPath("/a/b.pdf"),
    title="b",
)

TRAPS: dict[str, tuple[list[Any], str]] = {
    "usage of OpenAI's last chunk, finish reason of the one before": (
        [asks(), piece("a", raw={"choices": [{"finish_reason": "stop"}]}), reply("a", raw=OPENAI)],
        '1 stop 3->4 | "a"',
    ),
    "usage and finish reason of Ollama": ([asks(), reply("a", raw=OLLAMA)], '1 stop 3->4 | "a"'),
    "usage and finish reason of Anthropic": ([asks(), reply("a", raw=ANTHROPIC)], '1 stop 3->4 | "a"'),
    "usage and finish reason of Gemini": ([asks(), reply("a", raw=GEMINI)], '1 length 3->4 | "a"'),
    "usage with a piece, and none with the reply": (
        [asks(), piece("a", raw=OPENAI), reply("a")],
        '1 unknown 3->4 | "a"',
    ),
    "what Anthropic reads from its cache is counted apart": (
        [
            asks(),
            reply("a", raw={"usage": {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 2}}),
        ],
        '1 unknown 5->4 | "a"',
    ),
    "thoughts between texts, in pieces": (
        [asks(), thinks("h"), thinks("m"), piece("A"), thinks("i"), piece("B"), mixed("hm", "A", "i", "B")],
        '1 unknown | ("hm") | "A" | ("i") | "B"',
    ),
    "thoughts between texts, whole": (
        [asks(), mixed("hm", "A", "i", "B")],
        '1 unknown | ("hm") | "A" | ("i") | "B"',
    ),
    "a whole text that differs from its pieces wins": (
        [asks(), piece("Helo"), thinks("i"), piece("!"), mixed("i", "Hello")],
        '1 unknown | "Hello" | ("i") | ""',
    ),
    "calls that have the tool's name for an id, as Ollama's": (twice("look"), TWICE),
    "calls without an id": (twice(None), TWICE),
    "calls with a blank id": (twice(""), TWICE),
    "an id comes again in the next turn": (
        [asks(), reply("", call()), started(), ended(), asks(), reply("", call()), started(), ended()],
        '1 tool_calls | look({}) = done "found"\n2 tool_calls | look({}) = done "found"',
    ),
    "a call that did not run, and its id again": (
        [asks(), reply("", call()), asks(), reply("", call()), started(), ended()],
        '1 tool_calls | look({}) = unanswered\n2 tool_calls | look({}) = done "found"',
    ),
    "a result when another agent has taken over": (
        [asks(), reply("", call()), started(), asks("b"), piece("x"), ended(), reply("x")],
        'lane1: b from main\n1 tool_calls | look({}) = done "found"\n2 unknown in lane1 | "x"',
    ),
    "a model that does not stream": ([asks(), reply("a")], '1 unknown | "a"'),
    "stopped while a call streams": (
        [asks(), piece("a"), piece(calls=[call()]), piece(calls=[call()])],
        '1 - | "a" | look({}) = unanswered',
    ),
    "the last reply lists the results of the run": (
        [asks(), reply("a", call()), started(), ended(), asks(), reply("b", ended())],
        '1 tool_calls | "a" | look({}) = done "found"\n2 unknown | "b"',
    ),
    "handed back": (
        [asks(), reply("a"), asks("b"), reply("b"), asks(), reply("c")],
        'lane1: b from main\n1 unknown | "a"\n2 unknown in lane1 | "b"\n3 unknown | "c"',
    ),
    "files among the text": (
        [asks(), piece("a"), blocks(SimpleNamespace(block_type="text", text="a"), PICTURE, ELSEWHERE)],
        '1 unknown | "a" | file image/png eA== | file application/octet-stream https://example.org/a.png',
    ),
    "a spoken answer, and a paper": (
        [asks(), blocks(SPOKEN, PAPER, NOTHING)],
        "1 unknown | file audio/mp3 eA== | file application/pdf /a/b.pdf",
    ),
    "B17: an event of the workflow's own": (
        [asks(), reply("a"), native("Progress")],
        '1 unknown | "a"\n! unknown:Progress x1',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    assert retold([event for each in natives for event in translator.feed(each)]) == expected


def test_a_question_is_of_the_tool_that_began_last() -> None:
    class InputRequiredEvent(SimpleNamespace):
        pass

    class Own(InputRequiredEvent):
        pass

    translator = Translator()
    for event in (asks(), reply("", call(), call(call_id="2")), started(), started("2"), Own(prefix="Sure?")):
        translator.feed(event)
    question = translator.take_question()
    assert question is not None
    assert (question[0], question[1].prefix) == ("2", "Sure?")
    assert translator.take_question() is None
    for event in (ended(), ended("2")):
        translator.feed(event)
    with pytest.raises(RuntimeError, match=r"\(Own\) while no tool runs"):
        translator.feed(Own(prefix="Who?"))
