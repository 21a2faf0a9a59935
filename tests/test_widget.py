"""AgentChat without a browser: in plain Python it does everything but show itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets.widgets.widget import _instances  # pyright: ignore[reportPrivateUsage]
from traitlets import TraitError

from turnwise import AgentChat, TextDelta, ToolCall, ToolResult, Transcript
from turnwise.ops import AddRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


async def agent(prompt: str, history: list[dict[str, object]]) -> AsyncIterator[object]:
    yield ToolCall("count", {"text": prompt}, call_id="1")
    yield ToolResult(len(prompt), call_id="1")
    yield TextDelta(f"{len(history)} messages before, {len(prompt)} characters now")


async def test_send_await_and_read() -> None:
    chat = AgentChat(agent, title="Counter", height=300, suggestions=["hi"])
    run = await chat.send("hello")
    assert run.final_text == "0 messages before, 5 characters now"
    assert run.turns[0].tools[0].result == 5
    assert chat.transcript.runs == [run]
    again = await chat.send("hello")
    assert again.final_text.startswith("4 messages before")
    assert (chat.title, chat.height, chat.agent_name) == ("Counter", "300px", "agent")
    assert repr(chat) == "AgentChat(agent, runs=2)"


async def test_messages_are_ready_to_be_sent() -> None:
    chat = AgentChat(agent)
    await chat.send("hello")
    messages = chat.messages("openai")
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "assistant"]
    with pytest.raises(ValueError, match="openai"):
        chat.messages("telepathy")


async def test_final_only_is_a_view_and_loses_nothing() -> None:
    chat = AgentChat(agent, final_only=True)
    run = await chat.send("hello")
    assert len(run.turns) == 2
    chat.final_only = False
    assert chat.transcript.runs == [run]


@pytest.mark.parametrize(
    ("prompt", "error"), [("", ValueError), ("  \n", ValueError), (None, TypeError), (5, TypeError)]
)
def test_a_prompt_that_is_none_is_refused_in_the_cell(prompt: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="prompt"):
        AgentChat(agent).send(prompt)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, 5, object(), "gpt-4"])
def test_an_object_that_is_no_agent_is_a_type_error_with_a_cure(value: object) -> None:
    with pytest.raises(TypeError, match="agent") as caught:
        AgentChat(value)
    assert len(str(caught.value)) > 60


async def test_stop_and_the_queue() -> None:
    async def slow(prompt: str) -> str:
        await asyncio.Event().wait()
        return prompt

    chat = AgentChat(slow)
    first, second = chat.send("one"), chat.send("two")
    chat.stop()
    assert (await first).status == "cancelled"
    assert (await second).status == "dropped"


async def test_a_closed_chat_keeps_its_transcript() -> None:
    chat = AgentChat(agent)
    await chat.send("hello")
    chat.close()
    assert len(chat.transcript.runs) == 1
    with pytest.raises(RuntimeError, match="closed"):
        chat.send("more")


UNDER_WAY = Transcript([AddRun(run="r", number=1, prompt="go", client_id=None, time=0.0)])
REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "a wrong setting": ({"steps": "nope"}, TraitError, "steps"),
    "a history that goes on": (
        {"history": UNDER_WAY},
        ValueError,
        "run 1 of history= has not ended: stop it",
    ),
    "what is no recording": ({"record": "other.txt"}, ValueError, "no recording"),
    "a folder that is not there": ({"record": "nowhere/a.jsonl"}, OSError, "nowhere"),
}


@pytest.mark.parametrize(("options", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_a_chat_that_cannot_be_made_leaves_nothing_behind(
    options: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    (tmp_path / "other.txt").write_text("hello\n")
    widgets = set(_instances)
    options = {"record": "a.jsonl", **options}
    with pytest.raises(error, match=message):
        AgentChat(agent, **{**options, "record": tmp_path / options["record"]})
    assert set(_instances) == widgets
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"other.txt": "hello\n"}
