"""ACP agents: the protocol's own Python SDK on the other side, in a process of its own (`make frameworks`)."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from live import Conversation, run_in_kernel, told, until
from turnwise import ACP, ApprovalRequest, ApprovalResponse, Run, ToolStart, adapter_for, stream
from turnwise.adapters.acp import ACPAdapter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AGENT = str(Path(__file__).with_name("acp_agent.py"))


@asynccontextmanager
async def converse(*answers: ApprovalResponse, **env: str) -> AsyncIterator[Conversation]:
    chat = Conversation(ACP(sys.executable, AGENT, env=env), answers=answers)
    try:
        yield chat
    finally:
        await chat.adapter.close()


async def in_earnest(chat: Conversation, prompt: str) -> Run:
    """The run as readers get it, where the conversation's strictness would raise for what is not known."""
    told = stream(chat.adapter, prompt)
    async for _ in told:
        pass
    return told.run


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def gone(pid: int) -> None:
    await until(lambda: not alive(pid))


async def test_recognised_and_described() -> None:
    agent = ACP("some-agent", "--acp", env={"KEY": "secret"})
    adapter = adapter_for(agent)
    assert isinstance(adapter, ACPAdapter)
    assert adapter.name == "ACP · some-agent"
    assert repr(agent) == "ACP('some-agent', '--acp')"
    assert adapter_for(agent) is not adapter, "each conversation has a process of its own"
    with pytest.raises(TypeError, match="keeps it to itself"):
        adapter.changed(model="another")
    async with converse() as chat:
        await chat.ask("weather")
        assert chat.adapter.describe().framework == "scripted 7"


async def test_text_tool_text_with_reasoning_and_usage() -> None:
    async with converse() as chat:
        run = await chat.ask("weather in Paris?")
        first, second = run.turns
        assert (first.reasoning, first.text) == ("They want it.", "Looking.")
        [tool] = first.tools
        assert told(tool) == ("get_weather", {"city": "Paris"}, "18 °C", "ok")
        assert second.text == run.final_text == "It is 18 °C."
        assert second.usage is not None
        assert (second.usage.input_tokens, second.usage.cached_tokens) == (6, 2)
        assert run.notices == []


async def test_the_process_stays_and_remembers() -> None:
    async with converse() as chat:
        await chat.ask("weather in Paris?")
        run = await chat.ask("tell me what I asked")
        assert run.final_text == "weather in Paris?"


async def test_the_directory_and_the_variables(tmp_path: Path) -> None:
    chat = Conversation(ACP(sys.executable, AGENT, cwd=tmp_path, env={"COLOUR": "blue"}))
    run = await chat.ask("where")
    await chat.adapter.close()
    assert run.final_text == f"{tmp_path} blue"


@pytest.mark.parametrize(
    ("decision", "chosen", "state"), [("approved", "once", "done"), ("denied", "no", "denied")]
)
async def test_b14_a_person_allows_or_denies_a_call(decision: str, chosen: str, state: str) -> None:
    async with converse(ApprovalResponse(decision)) as chat:  # type: ignore[arg-type]
        run = await chat.ask("delete it")
        [tool] = run.turns[0].tools
        assert tool.state == state
        assert tool.approval is not None
        assert tool.approval.message == "Delete x?"
        assert run.final_text == f"Chosen: {chosen}."
        assert len(run.turns) == 2


async def stop_when(chat: Conversation, prompt: str, kind: type[object]) -> None:
    """Stop the run as soon as an event of this kind has come."""
    stop = asyncio.Event()
    asked = asyncio.create_task(chat.ask(prompt, stop))
    await until(lambda: any(isinstance(event, kind) for event in chat.events))
    stop.set()
    await asked


async def test_stopped_the_agent_is_told_and_the_next_prompt_works() -> None:
    async with converse() as chat:
        await stop_when(chat, "wait for me", ToolStart)
        stopped = chat.transcript.runs[0]
        assert (stopped.status, stopped.turns[0].text) == ("cancelled", "Once upon a time")
        run = await chat.ask("tell")
        assert (run.status, run.final_text) == ("complete", "wait for me"), "the same process, at peace"


async def test_stopped_at_a_question_it_is_answered_with_cancelled() -> None:
    async with converse() as chat:
        await stop_when(chat, "ask_and_wait", ApprovalRequest)
        run = await chat.ask("tell")
        assert run.final_text == "ask_and_wait"
        assert len(run.turns) == 1, "nothing of the run before is left over"


async def test_an_agent_that_does_not_listen_is_ended_and_started_again() -> None:
    async with converse(DEAF="1", LOADS="1") as chat:
        await stop_when(chat, "wait for me", ToolStart)
        run = await chat.ask("tell")
        assert (run.status, run.final_text) == ("complete", "loaded s1"), "it took its session up again"


async def test_a_request_for_what_this_client_has_not_is_refused_and_shown() -> None:
    async with converse() as chat:
        run = await in_earnest(chat, "read a file")
        assert run.final_text.startswith("-32601: ")
        assert [notice.code for notice in run.notices] == ["unknown:fs/read_text_file"]


async def test_what_is_said_in_another_session_is_not_this_one_s() -> None:
    async with converse(ApprovalResponse("approved")) as chat:
        run = await chat.ask("mutter")
        assert [turn.text for turn in run.turns] == ["Mine. cancelled"]
        assert (run.turns[0].tools, run.notices) == ([], [])


async def test_b19_an_error_comes_once_and_the_next_prompt_works() -> None:
    async with converse() as chat:
        run = await chat.ask("fail")
        assert run.status == "error"
        assert run.error is not None
        assert run.error.message == 'overloaded: {"status": 529}'
        assert run.turns[0].text == "Half a sentence and "
        assert (await chat.ask("weather")).status == "complete"


async def test_b10_a_process_that_dies_truncates_the_run_and_the_next_prompt_starts_it_again() -> None:
    async with converse() as chat:
        run = await chat.ask("die")
        assert run.status == "truncated"
        assert run.error is not None
        assert "exit code 3" in run.error.message
        assert "out of memory" in run.error.message
        assert (await chat.ask("weather")).status == "complete"


async def test_cut_by_length() -> None:
    async with converse() as chat:
        run = await chat.ask("too_long")
        assert run.turns[-1].finish_reason == "length"


async def test_lines_that_are_no_messages_are_noticed() -> None:
    async with converse() as chat:
        run = await in_earnest(chat, "chatter")
        assert run.final_text == "Hello."
        assert [notice.code for notice in run.notices] == ["unknown:a line that is no message"]


@pytest.mark.parametrize(
    ("env", "says"),
    [({"LOCKED": "1"}, "wants you to log in first"), ({"SPEAKS": "9"}, "speaks version 9")],
    ids=["not logged in", "another version"],
)
async def test_an_agent_that_cannot_begin_says_why(env: dict[str, str], says: str) -> None:
    async with converse(**env) as chat:
        run = await chat.ask("weather")
        assert run.status == "error"
        assert run.error is not None
        assert says in run.error.message


async def test_a_command_that_is_not_there() -> None:
    run = await Conversation(ACP("no-such-agent")).ask("hello")
    assert run.error is not None
    assert run.error.message.startswith("could not start 'no-such-agent'")
    assert "Is it installed" in run.error.message


async def test_closing_ends_the_process_and_its_children() -> None:
    async with converse() as chat:
        run = await chat.ask("spawn")
        own, child = map(int, run.final_text.split())
        assert alive(own)
        assert alive(child)
    await gone(own)
    await gone(child)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others


async def test_nobody_closes_the_chat() -> None:
    chat = Conversation(ACP(sys.executable, AGENT))
    run = await chat.ask("spawn")
    own, child = map(int, run.final_text.split())
    del chat, run
    await gone(own)
    await gone(child)
    await until(lambda: len(asyncio.all_tasks()) == 1)


def test_in_a_notebook_kernel() -> None:
    printed = run_in_kernel(
        f"""
        from turnwise import ACP, AgentChat

        chat = AgentChat(ACP({sys.executable!r}, {AGENT!r}))
        chat
        """,
        "run = await chat.send('weather in Paris?')",
        "print(run.status, [tool.result for turn in run.turns for tool in turn.tools], run.final_text)",
        "run = await chat.send('spawn')",
        "print(run.final_text)",
    )
    first, second = printed.splitlines()
    assert first == "complete ['18 °C'] It is 18 °C."
    own = int(second.split()[0])
    asyncio.run(gone(own))  # with the kernel
