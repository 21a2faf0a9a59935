"""OpenAI's chat completions as the servers of others speak them: the wire as their documentation has it, word for word.

What is odd about a single chunk has its row in test_openai_chat.py; here are whole conversations, and what goes back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from agent.scripted import ask, shown
from sketch import assemble
from turnwise import Reasoning, ToolCall, ToolResult, Transcript
from turnwise.agent import Agent
from turnwise.agent.providers.openai_chat import OpenAIChat
from turnwise.runs import TextPart
from wire_server import Answer, WireServer


def get_weather(city: str) -> str:
    return f"18 °C in {city}"


@dataclass(frozen=True, slots=True)
class Dialect:
    first: str
    """The body of a reply that thinks and calls."""
    second: str
    """The body of the reply after it."""
    expected: str
    returned: dict[str, Any]
    """What the second request holds of the first reply, beside its text and calls."""


def chunks(*deltas: dict[str, Any], finish: str, last: dict[str, Any], **more: Any) -> str:
    """An event stream of chunks, each with ``more``, then one with the usage, then ``[DONE]``."""
    head = {"id": "gen-1", "object": "chat.completion.chunk", "created": 1, "model": "m", **more}
    choices: list[dict[str, Any]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {"content": ""}, "finish_reason": finish})
    payloads = [{**head, "choices": [choice]} for choice in choices] + [{**head, "choices": [], **last}]
    return "".join(f"data: {json.dumps(payload)}\n\n" for payload in payloads) + "data: [DONE]\n\n"


def calling(arguments: str, **more: Any) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function, **more}]}


def details(*found: dict[str, Any]) -> dict[str, Any]:
    return {"reasoning_details": list(found)}


PARIS = '{"city": "Paris"}'
CALLED = 'get_weather({"city": "Paris"}) = done "18 °C in Paris"'
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
DONE = chunks({"content": "18 °C."}, finish="stop", last={"usage": USAGE})
CLAUDE = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
SEALED = {**CLAUDE, "type": "reasoning.encrypted", "data": "gAAA", "id": "call_1"}
GOOGLE = {"google": {"thought_signature": "c2ln"}}

DIALECTS: dict[str, Dialect] = {
    "OpenRouter": Dialect(
        ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"
        + chunks(
            {
                "role": "assistant",
                "content": "",
                "reasoning": "I need ",
                "reasoning_details": [{**CLAUDE, "text": "I need "}],
            },
            {"content": "", "reasoning": "weather.", "reasoning_details": [{**CLAUDE, "text": "weather."}]},
            {"content": "", "reasoning": None, "reasoning_details": [{**CLAUDE, "signature": "EqQB"}]},
            {"content": "One moment."},
            calling(PARIS),
            finish="tool_calls",
            last={
                "usage": {
                    **USAGE,
                    "cost": 0.00014,
                    "is_byok": False,
                    "completion_tokens_details": {"reasoning_tokens": 3},
                }
            },
            provider="Anthropic",
        ),
        ": OPENROUTER PROCESSING\n\n" + DONE,
        f'1 tool_calls 10->5 | ("I need weather.") {{}} | "One moment." | {CALLED}\n2 stop 10->5 | "18 °C."',
        details({**CLAUDE, "text": "I need weather.", "signature": "EqQB"}),
    ),
    "OpenRouter, encrypted": Dialect(
        chunks(
            {**calling(PARIS), **details(SEALED)},
            finish="tool_calls",
            last={"usage": USAGE},
        ),
        DONE,
        f'1 tool_calls 10->5 | {CALLED} | ("") {{}}\n2 stop 10->5 | "18 °C."',
        details(SEALED),
    ),
    "DeepSeek": Dialect(
        chunks(
            {"role": "assistant", "content": None, "reasoning_content": ""},
            {"content": None, "reasoning_content": "I need weather."},
            {"content": "One moment.", "reasoning_content": None},
            calling(PARIS),
            finish="tool_calls",
            last={"usage": {**USAGE, "prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6}},
            system_fingerprint="fp_1",
        ),
        DONE,
        f'1 tool_calls 10->5 | ("I need weather.") {{}} | "One moment." | {CALLED}\n2 stop 10->5 | "18 °C."',
        {"reasoning_content": "I need weather."},
    ),
    "vLLM": Dialect(
        chunks(
            {"role": "assistant", "content": ""},
            {"reasoning": "I need "},
            {"reasoning": "weather."},
            calling("", id="chatcmpl-tool-1"),
            {"tool_calls": [{"index": 0, "function": {"arguments": '{"city": '}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": '"Paris"}'}}]},
            finish="tool_calls",
            last={"usage": {**USAGE, "prompt_tokens_details": None}},
        ),
        DONE,
        f'1 tool_calls 10->5 | ("I need weather.") {{}} | {CALLED}\n2 stop 10->5 | "18 °C."',
        {"reasoning": "I need weather."},
    ),
    "llama.cpp": Dialect(
        'data: {"choices":[],"id":"chatcmpl-1","object":"chat.completion.chunk",'
        '"prompt_progress":{"total":237,"cache":0,"processed":128,"time_ms":181}}\n\n'
        + chunks(
            {"role": "assistant", "content": None},
            {"reasoning_content": "I need weather."},
            calling("{"),
            {"tool_calls": [{"index": 0, "function": {"arguments": '"city":"Paris"}'}}]},
            finish="tool_calls",
            last={"usage": USAGE, "timings": {"cache_n": 0, "prompt_n": 10, "predicted_n": 5}},
            timings={"cache_n": 0, "prompt_n": 10, "predicted_n": 1},
        ),
        DONE,
        f'1 tool_calls 10->5 | ("I need weather.") {{}} | {CALLED}\n2 stop 10->5 | "18 °C."',
        {"reasoning_content": "I need weather."},
    ),
    "Ollama": Dialect(
        chunks(
            {"role": "assistant", "content": "", "reasoning": "I need weather."},
            {"role": "assistant", "content": "", **calling(PARIS)},
            finish="tool_calls",
            last={"usage": USAGE},
            system_fingerprint="fp_ollama",
        ),
        DONE,
        f'1 tool_calls 10->5 | ("I need weather.") {{}} | {CALLED}\n2 stop 10->5 | "18 °C."',
        {"reasoning": "I need weather."},
    ),
    "Gemini": Dialect(
        chunks(calling(PARIS, extra_content=GOOGLE), finish="tool_calls", last={"usage": USAGE}),
        DONE,
        f'1 tool_calls 10->5 | {CALLED}\n2 stop 10->5 | "18 °C."',
        {"extra_content": GOOGLE},
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("crumb", [None, 5])
async def test_a_dialect_is_understood_and_gets_back_what_it_wants(name: str, crumb: int | None) -> None:
    dialect = DIALECTS[name]
    bodies = (dialect.first, dialect.second)
    with WireServer([Answer(body.encode(), crumb=crumb) for body in bodies]) as server:
        run = await ask(Agent("openai:m", base_url=server.url, tools=[get_weather]))
    parts = [part for turn in run.turns for part in turn.parts if isinstance(part, TextPart)]
    native = [str(part.native) for part in parts if part.native]
    told = shown(run)
    for entry in native:
        told = told.replace(entry, "{}")
    assert told == f"run complete\n{dialect.expected}"
    reply = server.requests[1].body["messages"][1]
    calls = [
        {k: v for k, v in call.items() if k not in ("id", "type", "function")} for call in reply["tool_calls"]
    ]
    beside = {k: v for k, v in reply.items() if k not in ("role", "content", "tool_calls")}
    assert {**beside, **calls[0]} == dialect.returned


def test_openais_own_server_gets_nothing_that_is_not_its_own() -> None:

    native = {"openai": {"reasoning_field": "reasoning_content"}}
    said = [Reasoning("Hm", native=native), ToolCall("f", call_id="1"), ToolResult("r", call_id="1")]
    talk = Transcript(assemble(said))
    own = OpenAIChat("m", api_key="key").messages(talk, None)
    other = OpenAIChat("m", base_url="http://server/v1").messages(talk, None)
    assert "reasoning_content" not in own[1]
    assert other[1]["reasoning_content"] == "Hm"


MID_STREAM = (
    'data: {"id":"gen-1","object":"chat.completion.chunk","created":1,"model":"m","provider":"OpenAI",'
    '"choices":[{"index":0,"delta":{"role":"assistant","content":"Half"},"finish_reason":null}]}\n\n'
    'data: {"id":"gen-1","object":"chat.completion.chunk","created":1,"model":"m","provider":"OpenAI",'
    '"error":{"code":"server_error","message":"Provider disconnected unexpectedly"},'
    '"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}\n\n'
)
OLD_LLAMA_CPP = (
    MID_STREAM.split("\n\n", maxsplit=1)[0]
    + '\n\nerror: {"code":500,"message":"Provider has no slot","type":"server_error"}\n\n'
)
INSTEAD = '{"error":{"code":502,"message":"Provider returned error","metadata":{"provider_name":"x"}},"user_id":"u"}'


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (MID_STREAM, "server_error", "Half"),
        (INSTEAD, "502", ""),
        (f": OPENROUTER PROCESSING\n\ndata: {INSTEAD}\n\n", "502", ""),
        (OLD_LLAMA_CPP, "500", "Half"),
    ],
    ids=["in the middle", "instead of a stream", "as the first event", "in a field of its own"],
)
@pytest.mark.parametrize("crumb", [None, 1, 7])
async def test_an_error_with_the_status_200_is_the_runs_error_once(
    body: str, kind: str, text: str, crumb: int | None
) -> None:
    with WireServer([Answer(body.encode(), crumb=crumb)]) as server:
        run = await ask(Agent("openai:m", base_url=server.url))
    assert run.error is not None
    assert (run.status, run.error.kind, run.final_text) == ("error", kind, text)
    assert run.error.message.startswith("Provider ")
    assert len(server.requests) == 1
