"""Where no thread can be started, as in Pyodide: chats live on the loop that there is."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

# In a process of its own, where threads fail as they do there: CPython asks one of these two for each.
WITHOUT_THREADS = """
import asyncio, threading

def no_thread(*args, **kwargs):
    raise RuntimeError("can't start new thread")

threading._start_new_thread = threading._start_joinable_thread = no_thread

from turnwise import AgentChat, TextDelta, ToolCall, ToolResult, demo
"""


def printed(code: str) -> str:
    """What a script prints that begins with ``WITHOUT_THREADS``."""
    script = WITHOUT_THREADS + dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_agents_of_every_kind_answer() -> None:
    said = printed("""
        def words(prompt):
            yield ToolCall("look", {"at": prompt}, call_id="1")
            yield ToolResult("seen", call_id="1")
            yield "one "
            yield "two"

        def whole(prompt):
            return f"said {prompt}"

        async def later(prompt):
            yield TextDelta("later")

        def awaited(prompt):
            return later(prompt)

        async def main():
            for agent in (words, whole, later, awaited):
                chat = AgentChat(agent)
                run = await chat.send("hi")
                print(run.status, [turn.text for turn in run.turns], run.error)
                chat.close()
            chat = AgentChat(demo.agent(pace=0))
            run = await chat.send("Compare the climate of Paris and Tokyo")
            print(run.status, {tool.outcome for turn in run.turns for tool in turn.tools}, "Tokyo" in run.final_text)

        asyncio.run(main())
    """)
    assert said.splitlines() == [
        "complete ['', 'one two'] None",
        "complete ['said hi'] None",
        "complete ['later'] None",
        "complete ['later'] None",
        "complete {'ok'} True",
    ]


def test_a_run_is_stopped_between_two_items() -> None:
    said = printed("""
        def endless(prompt):
            while True:
                yield "more "

        async def main():
            chat = AgentChat(endless)
            run = chat.send("hi")
            while not run.final_text:
                await asyncio.sleep(0)
            chat._session.receive({"kind": "stop", "run": run.id})
            print((await run).status)
            try:
                chat.send("again").wait()
            except RuntimeError as error:
                print(error)

        asyncio.run(main())
    """)
    assert said.splitlines() == [
        "cancelled",
        "the run needs this thread's event loop to go on: use `await run` instead",
    ]


def test_without_a_loop_either_it_says_so() -> None:
    said = printed("""
        try:
            AgentChat(print)
        except RuntimeError as error:
            print(error)
    """)
    assert said.startswith("no thread can be started and no event loop runs")
