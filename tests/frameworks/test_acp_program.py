"""A real ACP agent: the one around Claude's agent, in Node, with a model on this machine (`make frameworks`)."""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from claude_program import acp_agent
from live import Conversation, told
from scripted_anthropic import call, fails, reply, says
from turnwise import ACP, ApprovalResponse, TextDelta
from wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from wire_server import Answer


@asynccontextmanager
async def converse(
    home: Path, *answers: Answer, person: tuple[ApprovalResponse, ...] = ()
) -> AsyncIterator[tuple[Conversation, WireServer]]:
    with WireServer(answers) as model:
        command, env = acp_agent(os.environ["TURNWISE_NPM"], model, str(home))
        chat = Conversation(ACP(*command, cwd=home, env=env), answers=person)
        try:
            yield chat, model
        finally:
            await chat.adapter.close()


async def test_text_tool_text_then_a_second_prompt(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("18 degrees", "utf-8")
    answers = [
        says("Let me look.", call("Read", "c1", file_path=str(notes))),
        says("It is mild."),
        says("You're welcome."),
    ]
    async with converse(tmp_path, *answers) as (chat, model):
        run = await chat.ask("Weather?")
        assert (run.status, [turn.text for turn in run.turns]) == (
            "complete",
            ["Let me look.", "It is mild."],
        )
        [step] = run.turns[0].tools
        name, given, result, outcome = told(step)
        assert (name, given, outcome) == ("Read File", {"file_path": str(notes)}, "ok")
        assert "18 degrees" in result
        again = await chat.ask("Thanks.")
        assert (again.final_text, len(again.turns)) == ("You're welcome.", 1)
        assert "It is mild." in json.dumps(model.requests[-1].body["messages"]), "it remembers"


@pytest.mark.parametrize(("decision", "state"), [("approved", "done"), ("denied", "denied")])
async def test_b14_a_person_allows_or_denies_a_call(tmp_path: Path, decision: Any, state: str) -> None:
    command = call("Bash", "c1", command="echo hi > said.txt", description="Say hi")
    answers = [says("Saying it.", command), says("Done.")]
    async with converse(tmp_path, *answers, person=(ApprovalResponse(decision),)) as (chat, _):
        run = await chat.ask("Say hi.")
        [step] = run.turns[0].tools
        assert (step.state, (tmp_path / "said.txt").exists()) == (state, decision == "approved")


async def test_stopped_in_its_text_the_next_prompt_works(tmp_path: Path) -> None:
    story = reply(["text", [f"word{number} " for number in range(20)]], end="hang")
    async with converse(tmp_path, story, says("And then?")) as (chat, _):
        run = await chat.ask("A story.", stop_at=lambda event: isinstance(event, TextDelta))
        assert (run.status, run.turns[0].text.startswith("word0 ")) == ("cancelled", True)
        after = await chat.ask("Go on.")
        assert (after.status, after.final_text) == ("complete", "And then?")


async def test_b19_an_error_comes_once_with_its_cause_and_the_next_prompt_works(tmp_path: Path) -> None:
    async with converse(tmp_path, fails(500), says("Hello.")) as (chat, _):
        run = await chat.ask("Hello?")
        assert run.status == "error"
        assert run.error is not None
        assert "The server had an error" in run.error.message
        assert (await chat.ask("Hello?")).final_text == "Hello."
