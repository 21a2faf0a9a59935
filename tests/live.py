"""What the tests of real frameworks share: a conversation without a chat, and a notebook kernel to run one in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from queue import Empty
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from sketch import sketch
from turnwise import Assembler, Transcript, adapter_for
from turnwise.events import ApprovalRequest, ApprovalResponse, ToolResult
from turnwise.export.viewer import MIME
from turnwise.run import drive
from turnwise.sent import shown, tools_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from turnwise import Adapter, Event, Run
    from turnwise.runs import ToolPart
    from turnwise.values import Json

_CHAT = {"application/vnd.jupyter.widget-view+json", MIME}
"""What a chat is displayed as: live, and as it is saved."""


class Conversation:
    """Prompts to one agent, folded as a chat does it, in strict mode: an adapter never breaks the event contract.

    ``answers`` are given, in turn, to what the agent asks approval for; without one left, the question stays open.
    """

    def __init__(self, agent: Any, adapter: Any = None, answers: Iterable[ApprovalResponse] = ()) -> None:
        self.adapter: Adapter = adapter_for(agent, adapter)
        self.answers = list(answers)
        self.transcript = Transcript()
        self.events: list[Event] = []
        self._assembler = Assembler(strict=True)

    async def ask(
        self, prompt: str, stop: asyncio.Event | None = None, stop_at: Callable[[Event], bool] | None = None
    ) -> Run:
        """The finished run; it is stopped when ``stop`` is set, or once an event came that ``stop_at`` is true for."""
        stop = stop or asyncio.Event()
        asm = self._assembler
        run_id = f"r{len(self.transcript.runs) + 1}"
        self.transcript.extend(asm.add_run(run_id, prompt, 0.0) + asm.start_run(run_id, 0.0))
        before = self.transcript.before(run_id)

        def feed(events: list[Event]) -> None:
            for event in events:
                self.events.append(event)
                self.transcript.extend(asm.feed(event, 1.0))
                if isinstance(event, ApprovalRequest) and self.answers:
                    answer = replace(self.answers.pop(0), call_id=event.call_id)
                    self.transcript.extend(asm.feed(answer, 1.0))
                    self.adapter.approvals.answer(answer)
                if stop_at is not None and stop_at(event):
                    stop.set()
                    return

        task = asyncio.create_task(drive(self.adapter.stream(prompt, before), feed))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        task.cancel()
        try:
            status, error = await task
        except asyncio.CancelledError:
            status, error = "cancelled", None
        self.transcript.extend(asm.finish(2.0, status=status, error=error))
        return self.transcript.run(run_id)

    @property
    def sketch(self) -> str:
        return sketch(self.transcript)


def sent_to(run: Run) -> list[tuple[Json, list[Json], list[Json] | None]]:
    """What each turn's model was sent: the system prompt, who says each message, names of the tools."""
    out: list[tuple[Json, list[Json], list[Json] | None]] = []
    for turn in run.turns:
        request = turn.request
        assert request is not None
        tools = tools_shown(request.tools)
        names = None if tools is None else [tool["name"] for tool in tools if isinstance(tool, dict)]
        out.append((request.system, [message["role"] for message in shown(request.messages)], names))
    return out


def told(step: ToolPart) -> tuple[str, Any, Any, str | None]:
    """What a reader sees of a step: its name, what it took, what it gave, and how it ended."""
    return step.name, step.arguments, step.result, step.outcome


class Slow:
    """A ``tool`` that takes for ever: ``begun`` when it runs, ``ended`` when it was stopped in the middle."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = False

        async def slow() -> str:
            """Take for ever."""
            try:
                self.begun.set()
                await asyncio.Event().wait()
            finally:
                self.ended = True
            return "never"

        self.tool = slow


class Race:
    """Two ``tools`` of one turn, of which ``first`` returns only when ``see`` has seen the result of ``second``.

    ``see`` is for ``Conversation.ask(stop_at=…)``; it stops nothing, and keeps the ``results`` in their order.
    """

    def __init__(self) -> None:
        self.results: list[Any] = []
        self._seen = asyncio.Event()

        async def first() -> str:
            """Wait for the second."""
            await self._seen.wait()
            return "one"

        async def second() -> str:
            """Let the first go on."""
            return "two"

        self.tools = [first, second]

    def see(self, event: Event) -> bool:
        if isinstance(event, ToolResult):
            self.results.append(event.value)
            self._seen.set()
        return False


async def until(condition: Callable[[], bool]) -> None:
    """For what nobody tells of: it is looked at again and again; pytest's timeout ends it otherwise."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def chat_in_kernel(*cells: str) -> str:
    """What becomes of a prompt to the ``chat`` that cells of a fresh kernel make: how it ended, results, answer."""
    return run_in_kernel(
        *cells,
        "run = await chat.send('Weather?')",
        "print(run.status, [tool.result for turn in run.turns for tool in turn.tools], run.final_text)",
    )


def check_scripted_in_kernel(module: str, call: str) -> None:
    """The same of an agent whose model is scripted: ``module`` has its ``agent``, and ``call`` makes a call of it."""
    printed = chat_in_kernel(
        f"""
        import sys
        sys.path[:0] = ["tests", "tests/frameworks"]
        from {module} import agent, {call}
        from turnwise import AgentChat

        chat = AgentChat(agent(["Looking.", {call}("weather", "1", city="Paris")], ["It is mild."])[1])
        chat
        """,
    )
    assert printed == "complete [{'city': 'Paris', 'temp_c': 18}] It is mild.\n"


def run_in_kernel(*cells: str, timeout: float = 60) -> str:
    """Run cells in a fresh kernel of this interpreter, as a notebook without a browser does; what they print
    and display as HTML, beside the chats.

    Raises ``AssertionError`` with the traceback if a cell fails.
    """
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    printed: list[str] = []
    try:
        for code in cells:
            asked = client.execute(dedent(code), store_history=False)
            while True:
                try:
                    message = client.get_iopub_msg(timeout=timeout)
                except Empty:
                    raise AssertionError(
                        f"the kernel said nothing for {timeout} s; before: {printed}"
                    ) from None
                if message["parent_header"].get("msg_id") != asked:
                    continue
                content = message["content"]
                match message["msg_type"]:
                    case "stream":
                        printed.append(content["text"])
                    case "display_data" | "update_display_data" if _CHAT & content["data"].keys():
                        pass
                    case "display_data" | "update_display_data" | "clear_output" as kind:
                        printed.append(f"{kind}: {content.get('data', {}).get('text/html')}\n")
                    case "error":
                        raise AssertionError("\n".join(content["traceback"]))
                    case "status" if content["execution_state"] == "idle":
                        break
                    case _:
                        pass
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return "".join(printed)
