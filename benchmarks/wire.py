"""A real kernel streams 4-character deltas: messages, bytes on the wire, and the kernel's CPU per delta."""

from __future__ import annotations

import re

from jupyter_client.manager import start_new_kernel

CODE = """
import asyncio, time
from turnwise import AgentChat

async def agent(prompt):
    begin = time.perf_counter()
    for i in range({count}):
        yield f"{{i:04}}"
        ahead = i / {rate} - (time.perf_counter() - begin) if {rate} else 0
        if ahead > 0:
            await asyncio.sleep(ahead)

chat = AgentChat(agent)
cpu = time.process_time()
async for _ in agent("go"):
    pass
alone = time.process_time() - cpu
cpu = time.process_time()
run = await chat.send("go")
print("cpu", time.process_time() - cpu - alone, len(run.final_text))
"""


def measure(count: int, rate: int) -> tuple[int, int, float]:
    """Messages, bytes, and CPU seconds beyond the agent's own; ``rate`` in deltas a second, 0 as fast as it goes."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        client.allow_stdin = False
        socket = client.iopub_channel.socket
        warm = "import asyncio, turnwise, turnwise.widget, turnwise.wire; turnwise.wire.warm_up()"
        client.execute_interactive(warm)
        client.execute(CODE.format(count=count, rate=rate))
        messages = size = 0
        printed = ""
        while True:
            parts = socket.recv_multipart()
            header = bytes(parts[3])
            if b'"comm_msg"' in header:
                messages += 1
                size += sum(len(bytes(part)) for part in parts)
            elif b'"stream"' in header:
                printed += bytes(parts[6]).decode()
            elif b'"error"' in header:
                raise RuntimeError(bytes(parts[6]).decode())
            if match := re.search(r"cpu ([\d.e-]+) (\d+)", printed):
                assert int(match[2]) == count * 4
                return messages, size, float(match[1])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main() -> None:
    for count, rate in [(2000, 0), (8000, 0), (2000, 200), (8000, 200)]:
        messages, size, cpu = measure(count, rate)
        pace = f"at {rate}/s" if rate else "flat out"
        per_byte, per_delta = size / (count * 4), cpu / count * 1e3
        print(
            f"  {count} deltas {pace:9} {messages:5} messages {size / 1e6:6.3f} MB = {per_byte:6.1f}x the text,"
            f" {per_delta:.3f} ms CPU per delta"
        )
