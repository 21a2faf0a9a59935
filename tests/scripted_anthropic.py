"""The scripts of ``recordings/scripts.json`` as a model that speaks Anthropic's wire, for agents that take no other.

``answers("B")`` are the replies of scenario B, for a ``WireServer``; ``reply`` makes one of any items. Blocks come one
after the other, as they do from Anthropic: a script that interleaves calls is told like one that does not.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Literal

from recorded import SCRIPTS
from wire_server import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_STOPS = {"tool_calls": "tool_use", "length": "max_tokens", "content_filter": "refusal", "stop": "end_turn"}
_KINDS = {429: "rate_limit_error", 529: "overloaded_error"}
_SAYS = {429: "Rate limit reached", 529: "Overloaded"}
_NUMBERS = itertools.count(1)


def answers(scenario: str, prefix: str = "") -> list[Answer]:
    """One for each model call; ``prefix`` stands before the names of tools. Scenario G hangs after its last piece."""
    turns = SCRIPTS[scenario]
    return [_answer(turn, prefix, "hang" if scenario == "G" else "whole") for turn in turns]


def _answer(turn: dict[str, Any], prefix: str, end: Literal["whole", "hang"]) -> Answer:
    kind, told = turn["error"] or (None, 0)
    if kind == "http":
        return fails(told)
    items = [
        ["tool", item[1], prefix + item[2], item[3]] if item[0] == "tool" else item for item in turn["items"]
    ]
    items += [["source", *source] for source in turn.get("sources", ())]
    if kind is None:
        return reply(*items, stop=turn["stop"], usage=turn["usage"], end=end)
    return reply(*items, pieces=told, end="drop" if kind == "drop" else "error")


def reply(
    *items: Sequence[Any],
    stop: str | None = None,
    usage: Sequence[int] = (12, 7, 0, 0),
    pieces: int | None = None,
    end: Literal["whole", "drop", "hang", "error"] = "whole",
) -> Answer:
    """Of the script's items: ``["text", pieces]``, ``["tool", id, name, pieces]``, ``["source", url, title]``.

    ``usage`` has tokens: input, output, cached, reasoning. ``pieces``: how many are said before an end that is not
    whole, and comes without a word on why the model stopped.
    """
    given, said, cached, thought = usage
    before = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": cached}
    counts = {"input_tokens": given - cached, **before, "output_tokens": 1}
    message = {"id": f"msg_{next(_NUMBERS)}", "type": "message", "role": "assistant", "model": "claude-fake"}
    message |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": counts}
    start = {"type": "message_start", "message": message}
    if end != "whole":
        events = [start, *itertools.islice(_blocks(items), None if pieces is None else pieces + 1)]
        if end == "error":
            events.append(_error(529))
        return Answer(_sse(events), end="whole" if end == "error" else end)
    called = any(item[0] == "tool" for item in items)
    reason = _STOPS[stop or ("tool_calls" if called else "stop")]
    details = {"output_tokens_details": {"thinking_tokens": thought}} if thought else {}
    delta = {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": {"output_tokens": said, **details},
    }
    return Answer(_sse([start, *_blocks(items), delta, {"type": "message_stop"}]))


def says(words: str, *calls: Sequence[Any]) -> Answer:
    return reply(["text", [words]], *calls)


def call(name: str, call_id: str, /, **arguments: Any) -> list[Any]:
    return ["tool", call_id, name, [json.dumps(arguments)]]


def fails(status: int) -> Answer:
    """An answer that is refused, and that nobody should ask for again."""
    body = json.dumps(_error(status)).encode()
    return Answer(body, status, "application/json", {"x-should-retry": "false"})


def _error(status: int) -> dict[str, Any]:
    kind, says = _KINDS.get(status, "api_error"), _SAYS.get(status, "The server had an error")
    return {"type": "error", "error": {"type": kind, "message": says}}


def _blocks(items: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    index = -1
    for item in items:
        if item[0] == "source":  # of the text before it
            continue
        index += 1
        sources = [each for each in items if each[0] == "source"] if item[0] == "text" else []
        start, deltas = _block(item, sources)
        yield {"type": "content_block_start", "index": index, "content_block": start}
        yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas)
        yield {"type": "content_block_stop", "index": index}


def _block(
    item: Sequence[Any], sources: Iterable[Sequence[Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """How a block begins, and its pieces."""
    match item:
        case ["text", pieces]:
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
            return {"type": "text", "text": ""}, deltas + [_cites(*source[1:]) for source in sources]
        case ["reasoning", pieces]:
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
            signed = {"type": "signature_delta", "signature": "c2lnbmVk"}
            return {"type": "thinking", "thinking": "", "signature": ""}, [*deltas, signed]
        case ["tool", call_id, name, pieces]:
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
            return {"type": "tool_use", "id": call_id, "name": name, "input": {}}, deltas
        case _:
            raise ValueError(f"the script has {json.dumps(item)}, which is no item")


def _cites(url: str, title: str) -> dict[str, Any]:
    where = {"type": "web_search_result_location", "url": url, "title": title}
    return {
        "type": "citations_delta",
        "citation": {**where, "cited_text": title, "encrypted_index": "aW5kZXg="},
    }


def _sse(events: Iterable[dict[str, Any]]) -> bytes:
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events).encode()
