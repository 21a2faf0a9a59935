"""The Claude Agent SDK with the program that its wheels bring; its model is a server on this machine."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from claude_agent_sdk import AgentDefinition, ClaudeAgentOptions, create_sdk_mcp_server, tool

from claude_program import options
from live import Conversation, told, until
from scripted_anthropic import call, fails, reply, says
from turnwise import ApprovalResponse, TextDelta
from wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from turnwise import Event, Run
    from wire_server import Answer, Request

WEATHER, DELETE, SLOW = (f"mcp__ours__{name}" for name in ("weather", "delete", "slow"))
STORY = [f"word{number} " for number in range(20)]


class Tools:
    """Functions of this process, which the program runs by way of the SDK."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.slow = asyncio.Event()
        """The tool that takes for ever has begun."""

    @property
    def server(self) -> Any:
        @tool("weather", "The weather in a city.", {"city": str})
        async def weather(given: dict[str, Any]) -> dict[str, Any]:
            return _text(f"18 °C in {given['city']}")

        @tool("delete", "Delete a file.", {"path": str})
        async def delete(given: dict[str, Any]) -> dict[str, Any]:
            self.deleted.append(given["path"])
            return _text("deleted")

        @tool("slow", "Take for ever.", {})
        async def slow(_: dict[str, Any]) -> dict[str, Any]:
            self.slow.set()
            await asyncio.Event().wait()
            return _text("never")

        return create_sdk_mcp_server("ours", tools=[weather, delete, slow])


def _text(words: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}]}


@asynccontextmanager
async def converse(
    home: Path,
    *answers: Answer,
    person: tuple[ApprovalResponse, ...] = (),
    aside: Callable[[Request], Answer | None] = lambda _: None,
    **more: Any,
) -> AsyncIterator[tuple[Conversation, WireServer, Tools]]:
    """A conversation with a program of its own, which has ended when this does."""
    tools = Tools()
    with WireServer(answers, aside=aside) as model:
        given = options(
            model, str(home), mcp_servers={"ours": tools.server}, allowed_tools=[WEATHER, SLOW], **more
        )
        chat = Conversation(ClaudeAgentOptions(**given), answers=person)
        try:
            yield chat, model, tools
        finally:
            await chat.adapter.close()
        await until(lambda: not children())
        assert not asyncio.all_tasks() - {asyncio.current_task()}


def children() -> list[int]:
    """Processes that this one has started and that have not ended."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.append(int(stat.parent.name))
    return found


def heard(model: WireServer, ask: int = -1) -> list[str]:
    """What people said, as far as a request tells it."""
    prompts: list[str] = []
    for message in model.requests[ask].body["messages"]:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if message["role"] == "user":
            prompts += [block["text"] for block in blocks if block["type"] == "text"]
    return prompts


async def test_text_tool_text_with_usage_then_a_second_prompt(tmp_path: Path) -> None:
    answers = [
        says("Let me look.", call(WEATHER, "c1", city="Paris")),
        says("It is mild."),
        says("You're welcome."),
    ]
    async with converse(tmp_path, *answers) as (chat, model, _):
        run = await chat.ask("Weather in Paris?")
        first, second = run.turns
        assert (first.text, first.finish_reason, first.model) == ("Let me look.", "tool_calls", "claude-fake")
        assert told(first.tools[0]) == (WEATHER, {"city": "Paris"}, "18 °C in Paris", "ok")
        assert (second.text, second.finish_reason, run.final_text) == ("It is mild.", "stop", "It is mild.")
        assert second.usage is not None
        assert (second.usage.input_tokens, second.usage.output_tokens) == (12, 7)
        again = await chat.ask("Thanks.")
        assert (again.status, again.final_text, len(again.turns)) == ("complete", "You're welcome.", 1)
        assert [heard(model)[0], heard(model)[-1]] == ["Weather in Paris?", "Thanks."], "it remembers"
        assert {WEATHER, DELETE} <= {each.name for each in chat.adapter.describe().tools or ()}


@pytest.mark.parametrize(
    ("answer", "deleted", "state"),
    [
        (ApprovalResponse("approved"), ["x"], "done"),
        (ApprovalResponse("approved", arguments={"path": "y"}), ["y"], "done"),
        (ApprovalResponse("denied", reason="not that"), [], "denied"),
    ],
    ids=["approved", "edited", "denied"],
)
async def test_b14_a_person_decides(
    tmp_path: Path, answer: ApprovalResponse, deleted: list[str], state: str
) -> None:
    answers = [says("Deleting.", call(DELETE, "d1", path="x")), says("Done.")]
    async with converse(tmp_path, *answers, person=(answer,)) as (chat, model, tools):
        run = await chat.ask("Delete x.")
        [step] = run.turns[0].tools
        assert (tools.deleted, step.state) == (deleted, state)
        assert step.result == ("deleted" if deleted else "not that")
        assert [turn.text for turn in run.turns] == ["Deleting.", "Done."]
        sent = json.dumps(model.requests[-1].body["messages"])
        assert ("not that" in sent) is not deleted, "the model hears why"


def said(words: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, TextDelta) and words in event.text


async def after_a_stop(chat: Conversation, run: Run) -> None:
    """The next prompt is the same program's, at peace."""
    assert run.status == "cancelled"
    started = children()
    after = await chat.ask("Go on.")
    assert (after.status, after.final_text, len(after.turns)) == ("complete", "And then?", 1)
    assert children() == started


async def test_stopped_in_its_text_the_next_prompt_works(tmp_path: Path) -> None:
    answers = [reply(["text", STORY], end="hang"), says("And then?")]
    async with converse(tmp_path, *answers) as (chat, model, _):
        run = await chat.ask("A story.", stop_at=said("word5 "))
        assert run.turns[0].text.startswith("".join(STORY[:6]))
        assert await asyncio.to_thread(model.hung_up.wait, 30), "the model is not left to talk"
        await after_a_stop(chat, run)


async def test_stopped_in_a_tool_the_next_prompt_works(tmp_path: Path) -> None:
    answers = [says("Taking my time.", call(SLOW, "s1")), says("And then?")]
    async with converse(tmp_path, *answers) as (chat, _, tools):
        run = await chat.ask("Take your time.", tools.slow)
        assert [step.state for step in run.turns[0].tools] == ["cancelled"]
        await after_a_stop(chat, run)


async def test_stopped_at_a_question_the_next_prompt_works(tmp_path: Path) -> None:
    answers = [says("Deleting.", call(DELETE, "d1", path="x")), says("And then?")]
    async with converse(tmp_path, *answers) as (chat, _, tools):
        run = await chat.ask("Delete x.", stop_at=lambda event: event.type == "approval_request")
        assert tools.deleted == []
        await after_a_stop(chat, run)


@pytest.mark.parametrize(
    ("status", "kind", "says_so"),
    [(429, "rate_limit", "Rate limit reached"), (500, "server_error", "The server had an error")],
)
async def test_b19_an_error_comes_once_with_its_cause_and_the_next_prompt_works(
    tmp_path: Path, status: int, kind: str, says_so: str
) -> None:
    async with converse(tmp_path, fails(status), says("Hello.")) as (chat, _, _):
        run = await chat.ask("Hello?")
        assert (run.status, run.turns) == ("error", [])
        assert run.error is not None
        assert run.error.kind == kind
        assert says_so in run.error.message
        assert str(status) in run.error.message
        assert [event.type for event in chat.events].count("error") == 1
        assert (await chat.ask("Hello?")).final_text == "Hello."


FORECASTER = "You are the forecaster."


def with_forecaster(*replies: Answer) -> dict[str, Any]:
    """What ``converse`` needs for a sub-agent that says these."""
    left = iter(replies)

    def aside(request: Request) -> Answer | None:
        return next(left) if FORECASTER in json.dumps(request.body.get("system")) else None

    agents = {"forecaster": AgentDefinition("Knows the weather.", FORECASTER, tools=[WEATHER])}
    return {"aside": aside, "tools": ["Agent"], "agents": agents}


def delegates(*, background: bool) -> Answer:
    task = {"description": "Weather", "prompt": "Paris?", "subagent_type": "forecaster"}
    return says("Delegating.", call("Agent", "a1", **task, run_in_background=background))


async def test_b16_a_sub_agent_in_the_background_is_heard_before_the_run_ends(tmp_path: Path) -> None:
    answers = [
        delegates(background=True),
        says("It has begun."),
        says("It is mild."),
        says("You're welcome."),
    ]
    below = with_forecaster(says("Looking.", call(WEATHER, "c1", city="Paris")), says("18 degrees."))
    async with converse(tmp_path, *answers, **below) as (chat, _, _):
        run = await chat.ask("Weather?")
        [lane] = [lane for lane in run.lanes if lane.parent is not None]
        assert (lane.agent, lane.parent) == ("forecaster", run.turns[0].tools[0].id)
        assert [turn.text for turn in run.turns if turn.lane == lane.id] == ["Looking.", "18 degrees."]
        ours = [turn.text for turn in run.turns if turn.lane != lane.id]
        assert (ours, run.final_text) == (["Delegating.", "It has begun.", "It is mild."], "It is mild.")
        after = await chat.ask("Thanks.")
        assert [turn.text for turn in after.turns] == ["You're welcome."], "nothing is left over"


async def test_stopped_while_a_sub_agent_works_in_the_background(tmp_path: Path) -> None:
    answers = [delegates(background=True), says("It has begun."), says("And then?")]
    below = with_forecaster(reply(["text", ["Looking."]], end="hang"))
    async with converse(tmp_path, *answers, **below) as (chat, model, _):
        run = await chat.ask("Weather?", stop_at=said("It has begun."))
        assert run.status == "cancelled"
        assert await asyncio.to_thread(model.hung_up.wait, 30), "it is not left to work"
        after = await chat.ask("Go on.")
        assert (after.status, [turn.text for turn in after.turns]) == ("complete", ["And then?"])


async def test_a_sub_agent_that_fails_does_not_fail_the_run(tmp_path: Path) -> None:
    answers = [delegates(background=False), says("I don't know.")]
    async with converse(tmp_path, *answers, **with_forecaster(fails(500))) as (chat, _, _):
        run = await chat.ask("Weather?")
        assert (run.status, run.error, run.final_text) == ("complete", None, "I don't know.")
        assert [step.outcome for step in run.turns[0].tools] == ["error"]


@pytest.mark.parametrize(
    ("pieces", "turns"),
    [(2, ["A whole sentence."]), (3, ["Half a sentence", "A whole sentence."])],
    ids=["asked for again", "gone on from"],
)
async def test_a_reply_that_broke_off(tmp_path: Path, pieces: int, turns: list[str]) -> None:
    """The third piece says that the text is whole: the program keeps it then."""
    answers = [reply(["text", ["Half a ", "sentence"]], pieces=pieces, end="hang"), says("A whole sentence.")]
    async with converse(tmp_path, *answers, attempts=2) as (chat, model, _):

        def lose(event: Event) -> bool:
            if said("sentence")(event):
                model.hang_up()
            return False

        run = await chat.ask("Hello?", stop_at=lose)
        assert (run.status, [turn.text for turn in run.turns]) == ("complete", turns)
