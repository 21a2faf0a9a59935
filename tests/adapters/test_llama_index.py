"""The LlamaIndex adapter's translator: what no recording has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import retold
from turnwise.adapters.llama_index import Translator


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


OPENAI = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
OLLAMA = {"prompt_eval_count": 3, "eval_count": 4, "done_reason": "stop"}
ANTHROPIC = SimpleNamespace(
    usage=SimpleNamespace(input_tokens=3, output_tokens=4), stop_reason="end_turn", model="m"
)
GEMINI = {
    "usage_metadata": SimpleNamespace(prompt_token_count=3, candidates_token_count=4),
    "candidates": [SimpleNamespace(finish_reason=SimpleNamespace(name="MAX_TOKENS"))],
}

TRAPS: dict[str, tuple[list[Any], str]] = {
    "usage of OpenAI's last chunk, finish reason of the one before": (
        [asks(), piece("a", raw={"choices": [{"finish_reason": "stop"}]}), reply("a", raw=OPENAI)],
        '1 stop 3->4 | "a"',
    ),
    "usage and finish reason of Ollama": ([asks(), reply("a", raw=OLLAMA)], '1 stop 3->4 | "a"'),
    "usage and finish reason of Anthropic": ([asks(), reply("a", raw=ANTHROPIC)], '1 stop 3->4 | "a"'),
    "usage and finish reason of Gemini": ([asks(), reply("a", raw=GEMINI)], '1 length 3->4 | "a"'),
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
