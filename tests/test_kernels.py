"""A chat in a real kernel, over the ipykernel that is installed; ``nox -s kernels`` has older ones."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import start_new_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

SECONDS = 60.0
AGENTS = """
import asyncio, sys, threading, time
from turnwise import AgentChat

def doing():
    frame = sys._current_frames()[threading.main_thread().ident]
    while frame is not None:
        yield frame.f_code.co_name
        frame = frame.f_back

def on_thread(prompt):
    if prompt == "again":
        yield "Done."
        return
    # Until the cell waits: blocked in a future's `result`, or the loop, which has nothing to do, in `select`.
    while not {"result", "select"} & {*doing()}:
        time.sleep(0.01)
    while True:
        yield "The cell waits. "
        time.sleep(0.01)

async def on_main(prompt):
    yield "Done." if prompt == "again" else "The cell waits. "
    await (asyncio.sleep(0) if prompt == "again" else asyncio.Event().wait())
"""


class Kernel:
    """A kernel, and what it has told its pages."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager = manager
        self._client = client
        self.ops: list[dict[str, Any]] = []
        self.printed = ""

    def run(self, code: str, *, interrupt_at: str | None = None) -> str:
        """``"ok"``, or the name of what the cell raised. It is interrupted when a page is told ``interrupt_at``."""

        def hear(message: dict[str, Any]) -> None:
            nonlocal interrupt_at
            content = message["content"]
            if message["msg_type"] == "stream":
                self.printed += content["text"]
            elif message["msg_type"] == "comm_msg":
                self.ops += content["data"].get("content", {}).get("ops", [])
                if interrupt_at is not None and interrupt_at in json.dumps(content):
                    interrupt_at = None
                    self._manager.interrupt_kernel()

        reply = self._client.execute_interactive(code, output_hook=hear, timeout=SECONDS)
        return reply["content"].get("ename", reply["content"]["status"])


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    manager, client = start_new_kernel()
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    ("agent", "cell", "raised"),
    [
        ("on_thread", "chat.send('go').wait()", "KeyboardInterrupt"),
        ("on_thread", "await chat.send('go')", "CancelledError"),
        ("on_main", "await chat.send('go')", "CancelledError"),
    ],
)
def test_the_notebooks_stop_button_ends_the_run_that_a_cell_waits_for(
    kernel: Kernel, agent: str, cell: str, raised: str
) -> None:
    assert kernel.run(f"{AGENTS}\nchat = AgentChat({agent})\nchat") == "ok"
    assert kernel.run(cell, interrupt_at="The cell waits.") == raised
    assert kernel.run("run = await chat.send('again')") == "ok"
    assert kernel.run("print([run.status for run in chat.transcript.runs], run.final_text)") == "ok"
    assert kernel.printed == "['cancelled', 'complete'] Done.\n"
    ended = [(op["status"], op["error"]) for op in kernel.ops if op["op"] == "end_run"]
    assert ended == [("cancelled", None), ("complete", None)]  # what the page says of them


REPLIES = """
kernel = get_ipython().kernel
manager = kernel.shell_channel_thread.manager
by = manager._shell_socket if hasattr(manager, "_shell_socket") else manager._shell_stream
print(by is kernel.shell_stream)
"""


@pytest.mark.skipif(version("ipykernel").startswith("6."), reason="it has no thread for the shell's messages")
def test_replies_leave_by_the_stream_that_requests_come_by(kernel: Kernel) -> None:
    """Else one that comes while a reply leaves is never read, and none after it."""
    assert kernel.run(f"{AGENTS}\nchat = AgentChat(on_main)") == "ok"
    assert kernel.run(REPLIES) == "ok"
    assert kernel.printed == "True\n"
