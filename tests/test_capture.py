"""Output finds the sink of its context, side by side, and everything is back as it was afterwards."""

from __future__ import annotations

import asyncio
import sys
import threading
import weakref
from contextlib import ExitStack, redirect_stdout
from contextvars import copy_context
from io import StringIO
from typing import TYPE_CHECKING

from agent.scripted import Scripted, calls, says, shown
from live import run_in_kernel
from turnwise import Agent, ToolCall, ToolOutput, ToolResult, ToolStart, capture
from turnwise.adapters import adapter_for
from turnwise.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    import pytest

    from turnwise import Event


def keeps(kept: list[str]) -> Callable[[ToolOutput], bool]:
    def sink(output: ToolOutput) -> bool:
        print("the sink's own words")
        kept.append(output.text)
        return True

    return sink


async def test_contexts_do_not_mix(capsys: pytest.CaptureFixture[str]) -> None:
    """Tasks, their threads and threads with a copied context; a bare thread has none."""
    kept: dict[str, list[str]] = {"a": [], "b": []}
    turn = asyncio.Event()

    async def tool(name: str) -> None:
        with capture.into(keeps(kept[name])):
            print(f"{name}1", end="")
            turn.set()
            await asyncio.sleep(0)
            await asyncio.to_thread(print, f"{name}2", end="")
            for run in (copy_context().run, lambda f, *args: f(*args)):
                thread = threading.Thread(target=run, args=(sys.stdout.write, f"{name}3"))
                thread.start()
                thread.join()

    with capture.routed():
        await asyncio.gather(tool("a"), tool("b"))
        print("afterwards", end="")
    assert {name: [text for text in texts if text] for name, texts in kept.items()} == {
        "a": ["a1", "a2", "a3"],
        "b": ["b1", "b2", "b3"],
    }
    said = capsys.readouterr().out
    assert (said.count("a3"), said.count("b3"), said.count("afterwards")) == (1, 1, 1)
    assert "a1" not in said
    assert "the sink's own words" in said


def test_a_sink_may_decline(capsys: pytest.CaptureFixture[str]) -> None:
    with capture.routed(), capture.into(lambda output: False):
        print("for the cell")
    assert capsys.readouterr().out == "for the cell\n"


def test_the_streams_are_put_back() -> None:
    cell = sys.stdout
    with capture.routed():
        with capture.routed():
            assert sys.stdout is not cell
        assert sys.stdout is not cell
        sys.stdout.flush()
        assert sys.stdout.encoding == cell.encoding
    assert sys.stdout is cell


def test_a_write_of_ipythons_own(capsys: pytest.CaptureFixture[str]) -> None:
    """IPython hooks the write of whatever stdout is while a cell runs, and puts back what it found."""
    kept: list[str] = []
    with capture.routed():
        found = sys.stdout.write
        sys.stdout.write = lambda text: found(text.upper())  # type: ignore[method-assign]
        print("cell", end="")
        with capture.into(lambda output: kept.append(output.text) is None):
            sys.stdout.write("tool")
        sys.stdout.write = found  # type: ignore[method-assign]
        print(" again", end="")
    assert (capsys.readouterr().out, kept) == ("CELL again", ["TOOL"])


def loud(word: str) -> str:
    print(word)
    print("careful", file=sys.stderr)
    return "done"


async def louder(word: str) -> str:
    print(word)
    await asyncio.sleep(0)
    print(f"{word} again")
    return "done"


LOUD = (
    'run complete\n1 tool_calls | loud({"word": "one"}) = done "done" stdout "one\\n" stderr "careful\\n"'
    ' | louder({"word": "two"}) = done "done" stdout "two\\ntwo again\\n"\n2 stop | "So."'
)


async def test_the_tools_of_the_built_in_agent(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = calls(("loud", '{"word": "one"}'), ("louder", '{"word": "two"}'))
    agent = Agent(Scripted(wanted, says("So.")), tools=[loud, louder])
    run = await Session(adapter_for(agent), lambda message, buffers: None).send("go")
    assert shown(run) == LOUD
    assert capsys.readouterr().out == ""


async def test_the_tools_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    """Who runs them is not ours to see: output is that of the call that began last, and the agent's own the cell's."""

    async def agent(prompt: str) -> AsyncGenerator[Event, None]:
        print("thinking")
        yield ToolCall("f", {}, call_id="a")
        yield ToolStart(call_id="a")
        await asyncio.to_thread(print, "working")
        yield ToolResult(1, call_id="a")
        print("thinking again")

    run = await Session(adapter_for(agent), lambda message, buffers: None).send("go")
    assert shown(run) == 'run complete\n1 - | f({}) = done 1 stdout "working\\n"'
    assert capsys.readouterr().out == "thinking\nthinking again\n"


NOTEBOOK = """
import sys
from IPython.display import HTML, clear_output, display, update_display
from turnwise import Agent, AgentChat, TextDelta, ToolCallDelta, TurnFinish
from turnwise.agent import Provider

class Model(Provider):
    model = "scripted"
    async def stream(self, messages, tools, settings):
        if messages[-1]["role"] == "user":
            yield ToolCallDelta("{}", name="show", call_id="a", key="0")
            yield ToolCallDelta("{}", name="progress", call_id="b", key="1")
            yield TurnFinish("tool_calls")
        else:
            yield TextDelta("So.")
            yield TurnFinish("stop")

def show() -> str:
    print("printed")
    display(HTML("<b>displayed</b>"))
    return "returned"

def progress() -> str:
    print("gone at once")
    clear_output()
    print("gone when there is more")
    clear_output(wait=True)
    bar = display(HTML("0 %"), display_id=True)
    print("between")
    bar.update(HTML("50 %"))
    update_display(HTML("100 %"), display_id=bar.display_id)
    update_display(HTML("the cell's, changed"), display_id="of the cell")
    clear_output(wait=True)
    return "returned"

before = sys.stdout
display(HTML("the cell's"), display_id="of the cell")
chat = AgentChat(Agent(Model(), tools=[show, progress]))
run = await chat.send("go")
print("the cell's own")
"""
ASKED = """
for step in run.turns[0].tools:
    print([(o.stream, o.text or o.display["mimebundle"]["text/html"]) for o in step.outputs])
publisher = get_ipython().display_pub
print(sys.stdout is before, [name for name in ("publish", "clear_output") if name in vars(publisher)])
"""


def test_in_a_notebook() -> None:
    assert run_in_kernel(NOTEBOOK, ASKED) == (
        "display_data: the cell's\nupdate_display_data: the cell's, changed\nthe cell's own\n"
        "[('stdout', 'printed\\n'), ('display', '<b>displayed</b>')]\n"
        "[('display', '100 %'), ('stdout', 'between\\n')]\n"
        "True []\n"
    )


def test_what_stands_in_for_a_stream_outlives_a_run_that_ends_while_something_is_printed() -> None:
    """``print`` itself holds no reference to the stream that it writes to."""

    class EndsTheRun:
        def __str__(self) -> str:
            run.close()
            return "printed"

    run = ExitStack()
    real = sys.stdout
    run.enter_context(capture.routed())
    stream = weakref.ref(sys.stdout)
    print(EndsTheRun(), "to the end")
    assert sys.stdout is real
    assert stream() is not None
    with capture.routed():
        assert sys.stdout is stream()


def test_a_stream_that_was_replaced_meanwhile_is_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("one", "two"):
        with redirect_stdout(StringIO()) as kept, capture.routed():
            print(text)
        assert kept.getvalue() == f"{text}\n"
        with capture.routed():
            print(f"out {text}")
    assert capsys.readouterr().out == "out one\nout two\n"
