"""What every framework with a memory of its own must do with a conversation that this memory never heard.

The test file of a framework imports the tests from here and defines a fixture ``make`` for them: ``make(*replies)`` is
an agent that has the tool ``weather`` and a scripted model, and what the model was asked last.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from live import until
from turnwise import AgentChat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Said: TypeAlias = "tuple[str, str]"

CALL = ("weather", "call_1", "Paris")
"""What a reply holds to call the tool: its name, the call's id, the city."""


class Speaker(NamedTuple):
    """An agent around a scripted model; a reply is a list of texts, ``CALL``, and an event to wait at for ever."""

    agent: Any
    heard: Callable[[], list[Said]]
    """What the model was sent last: ``user`` and ``model`` with what they say, ``call`` and ``result`` of tools."""
    system: Callable[[], str]
    """And the system prompt that it was sent with."""
    unended: list[Said]
    """What stands where a run has ended without a reply of the model's, if anything does."""


class Make(Protocol):
    def __call__(self, *replies: list[Any]) -> Speaker: ...


LOOKED = [("user", "Weather?"), ("model", "Looking."), ("call", "weather Paris"), ("result", "18")]
WHOLE = [*LOOKED, ("model", "18 °C."), ("user", "Bye"), ("model", "Bye.")]
REPLIES: list[list[Any]] = [["Looking.", CALL], ["18 °C."], ["Bye."]]
"""After which ``WHOLE`` was said."""


async def talked(agent: Any) -> AgentChat:
    chat = AgentChat(agent)
    await chat.send("Weather?")
    await chat.send("Bye")
    return chat


async def test_a_fork_goes_on_after_an_earlier_turn_and_its_chat_knows_nothing_of_it(make: Make) -> None:
    agent, heard, system, unended = make(*REPLIES, ["Mild."], ["Yes."], ["Still here."])
    chat = await talked(agent)
    before = system()
    fork = chat.fork(turn=1, run=1, system="Be kind.")
    assert (await fork.send("And now?")).final_text == "Mild."
    now = [*LOOKED, *unended, ("user", "And now?")]
    assert (heard(), system()) == (now, "Be kind.")
    await fork.send("Sure?")
    assert heard() == [*now, ("model", "Mild."), ("user", "Sure?")]

    await chat.send("There?")
    assert (heard(), system()) == ([*WHOLE, ("user", "There?")], before)


async def test_a_fork_of_a_fork_at_its_end(make: Make) -> None:
    agent, heard, *_ = make(*REPLIES, ["Mild."])
    await (await talked(agent)).fork().fork().send("And now?")
    assert heard() == [*WHOLE, ("user", "And now?")]


async def test_a_loaded_conversation_goes_on_with_a_fresh_agent(make: Make, tmp_path: Path) -> None:
    chat = await talked(make(*REPLIES).agent)
    chat.save(tmp_path / "chat.jsonl")
    agent, heard, *_ = make(["You asked of Paris."], ["Twice."])
    again = AgentChat.load(tmp_path / "chat.jsonl", agent)
    assert (await again.send("Which city?")).final_text == "You asked of Paris."
    assert heard() == [*WHOLE, ("user", "Which city?")]
    await again.send("How often?")
    rest = [("user", "Which city?"), ("model", "You asked of Paris."), ("user", "How often?")]
    assert heard() == [*WHOLE, *rest], "once is enough"


async def test_a_run_that_was_stopped_is_told_once_here_and_after_a_restart(
    make: Make, tmp_path: Path
) -> None:
    agent, heard, *_ = make(["Hi."], ["Once upon ", "a time", asyncio.Event()], ["The end."], ["No more."])
    chat = AgentChat(agent)
    await chat.send("Hello")
    story = chat.send("A story")
    await until(lambda: chat.transcript.runs[-1].final_text == "Once upon a time")
    chat.stop()
    run = await story
    assert (run.status, run.final_text) == ("cancelled", "Once upon a time")
    chat.save(tmp_path / "chat.jsonl")

    began = [("user", "Hello"), ("model", "Hi."), ("user", "A story"), ("model", "Once upon a time")]
    await chat.send("Go on")
    assert heard() == [*began, ("user", "Go on")]
    await chat.send("And then?")
    assert heard() == [*began, ("user", "Go on"), ("model", "The end."), ("user", "And then?")]

    agent, heard, *_ = make(["The end."])
    await AgentChat.load(tmp_path / "chat.jsonl", agent).send("Go on")
    assert heard() == [*began, ("user", "Go on")]
