"""What no recording of OpenAI's Agents SDK has, as rows: native items in, the turns a reader sees out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sketch import assemble, retold, sketch
from turnwise import Transcript
from turnwise.adapters.openai_agents.translate import Translator


def raw(kind: str, **fields: Any) -> Any:
    return SimpleNamespace(type="raw_response_event", data={"type": f"response.{kind}", **fields})


def created(model: str = "m") -> Any:
    return raw("created", response={"model": model, "output": []})


def text(delta: str, index: int = 0) -> Any:
    return raw("output_text.delta", delta=delta, output_index=index, item_id="__fake_id__")


def done(item: dict[str, Any], index: int = 0) -> Any:
    return raw("output_item.done", item={"id": "__fake_id__", **item}, output_index=index)


def completed(*output: dict[str, Any]) -> Any:
    return raw("completed", response={"status": "completed", "output": list(output)})


def item(kind: str, **fields: Any) -> Any:
    return SimpleNamespace(type="run_item_stream_event", item=SimpleNamespace(type=kind, **fields))


def agent(name: str) -> Any:
    return SimpleNamespace(type="agent_updated_stream_event", new_agent=SimpleNamespace(name=name))


def call(name: str, call_id: str) -> dict[str, Any]:
    return {"type": "function_call", "name": name, "call_id": call_id, "arguments": "{}"}


def returned(call_id: str, output: Any) -> Any:
    return item("tool_call_output_item", output=output, raw_item={"call_id": call_id, "output": str(output)})


def handed(call_id: str) -> Any:
    return item("handoff_output_item", raw_item={"call_id": call_id, "output": "over"})


SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "q"}}
SHELL = {"type": "local_shell_call", "id": "ls_1", "call_id": "c1", "action": {"command": "ls"}}
IMAGE = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "AAAA"}

TRAPS: dict[str, tuple[list[Any], str]] = {
    "B8 made-up ids of a model that does not stream": (
        [completed({"id": "__fake_id__", **call("f", "1")}, {"id": "__fake_id__", **call("f", "2")})],
        "1 tool_calls | f({}) = unanswered | f({}) = unanswered",
    ),
    "B3 a reply that had not ended is asked for again": (
        [created(), text("wrong"), created(), text("right"), completed()],
        '1 stop attempt 2 | "right"',
    ),
    "B16 A, then B, then A again": (
        [
            agent("A"),
            created(),
            done(call("to_b", "1")),
            completed(),
            handed("1"),
            agent("B"),
            created(),
            done(call("to_a", "2")),
            completed(),
            handed("2"),
            agent("A"),
            created(),
            text("end"),
            completed(),
        ],
        (
            "lane1: B from main\nlane2: A from lane1\n"
            '1 tool_calls | to_b({}) = done "over"\n'
            '2 tool_calls in lane1 | to_a({}) = done "over"\n'
            '3 stop in lane2 | "end"'
        ),
    ),
    "a search of the provider's own": (
        [
            created(),
            raw("web_search_call.searching", item_id="ws_1", output_index=0),
            done(SEARCH),
            text("found", 1),
            completed(SEARCH),
        ],
        '1 stop | web_search({"action": {"query": "q"}}) = done "completed" | "found"',
    ),
    "a shell that the SDK runs has its result to come": (
        [created(), done(SHELL), completed(), returned("c1", "a.txt")],
        '1 stop | local_shell({"action": {"command": "ls"}}) = done "a.txt"',
    ),
    "a picture": (
        [created(), done(IMAGE), completed()],
        '1 stop | image_generation({}) = done "completed" | file image/png AAAA',
    ),
    "B11 a tool that failed in the SDK's own words": (
        [
            created(),
            done(call("f", "1")),
            completed(),
            returned("1", "An error occurred while running the tool. No."),
        ],
        '1 tool_calls | f({}) = error "An error occurred while running the tool. No."',
    ),
    "B17 what is not known": (
        [created(), text("a"), completed(), item("mcp_list_tools_item"), SimpleNamespace(type="new_kind")],
        '1 stop | "a"\n! unknown:mcp_list_tools_item x1\n! unknown:new_kind x1',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    natives, expected = TRAPS[name]
    translator = Translator()
    assert retold([event for each in natives for event in translator.feed(each)]) == expected


def test_b14_a_question_about_a_call_that_was_never_streamed_shows_the_call() -> None:
    asked = SimpleNamespace(raw_item=call("delete", "inner"), tool_name="delete")
    translator = Translator()
    events = [event for native in [created(), completed()] for event in translator.feed(native)]
    assert sketch(Transcript(assemble([*events, *translator.asked([asked])]))).endswith(
        "delete({}) = approval"
    )


def test_b10_only_the_error_for_a_reply_that_was_cut_off_is_told_by_its_turn() -> None:
    model_error = type("ModelBehaviorError", (Exception,), {})()
    translator = Translator()
    assert not translator.tells(model_error)
    for native in [created(), raw("incomplete", response={"status": "incomplete", "output": []})]:
        translator.feed(native)
    assert translator.tells(model_error)
    assert not translator.tells(ValueError())
