"""The scripts of ``recordings/scripts.json`` as a model that speaks OpenAI's chat wire, for frameworks to be recorded.

``answers("B")`` are the replies of scenario B, for a ``WireServer``, piece by piece as the script has them.
"""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from chat_wire import chunk, fails
from recorded import SCRIPTS
from wire_server import Answer, sse

if TYPE_CHECKING:
    from collections.abc import Iterator

STOPS = {"tool_calls": "tool_calls", "length": "length", "content_filter": "content_filter", "stop": "stop"}


def answers(scenario: str, final_tool: str | None = None) -> list[Answer]:
    """One for each model call. Replies that are to be stopped are left hanging after their last piece.

    ``final_tool``: an agent answers by calling it, so what the script has as a text is its argument ``answer``.
    """
    turns = [turn if final_tool is None else _by_tool(turn, final_tool) for turn in SCRIPTS[scenario]]
    return [_answer(number, turn, hangs=scenario == "G") for number, turn in enumerate(turns, start=1)]


def _by_tool(turn: dict[str, Any], name: str) -> dict[str, Any]:
    if turn["error"] or any(item[0] == "tool" for item in turn["items"]):
        return turn
    text = "".join(piece for item in turn["items"] for piece in item[1])
    items = [["tool", "call_final", name, [json.dumps({"answer": text})]]]
    return {**turn, "items": items, "stop": "tool_calls"}


def _answer(number: int, turn: dict[str, Any], *, hangs: bool) -> Answer:
    kind, told = turn["error"] or (None, 0)
    if kind == "http":
        return fails(told, "Rate limit reached" if told == 429 else "The server had an error")
    deltas = [{"role": "assistant", "content": ""}, *_deltas(turn)]
    if kind is not None:
        deltas = deltas[: told + 1]
    chunks: list[Any] = [chunk(number, delta) for delta in deltas]
    if kind == "inband":
        chunks.append({"error": {"message": "The server had an error", "type": "server_error"}})
    if kind is not None or hangs:
        return Answer(
            sse(*chunks, done=False), end="drop" if kind == "drop" else "hang" if hangs else "whole"
        )
    given, said, cached, thought = turn["usage"]
    usage = {
        "prompt_tokens": given,
        "completion_tokens": said,
        "total_tokens": given + said,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": thought},
    }
    last = [chunk(number, {}, STOPS[turn["stop"]]), {**chunk(number, {}), "choices": [], "usage": usage}]
    return Answer(sse(*chunks, *last))


def _deltas(turn: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Texts first to last; calls one after the other, or piece by piece in turn where the script interleaves."""
    calls: list[list[dict[str, Any]]] = []
    for item in turn["items"]:
        match item:
            case ["text", pieces]:
                yield from ({"content": piece} for piece in pieces)
            case ["reasoning", pieces]:
                yield from ({"reasoning_content": piece} for piece in pieces)
            case ["tool", call_id, name, pieces]:
                calls.append(list(_call(len(calls), call_id, name, pieces)))
            case _:
                raise ValueError(f"the script has {json.dumps(item)}, which is no item")
    if turn["interleave"]:
        for row in zip_longest(*calls):
            yield from (delta for delta in row if delta is not None)
    else:
        yield from (delta for call in calls for delta in call)


def _call(index: int, call_id: str, name: str, pieces: list[str]) -> Iterator[dict[str, Any]]:
    begun = {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
    yield {"tool_calls": [begun]}
    for piece in pieces:
        yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
