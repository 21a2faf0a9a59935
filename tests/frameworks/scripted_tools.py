"""The tools of the scripts as an MCP server on standard input and output, for ``record_acp.py``.

The tool that takes for ever leaves a file ``here`` when it is under way: its recorder is another process.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import record
from mcp.server import MCPServer


def tell() -> None:
    Path("here").touch()


async def slow_tool(seconds: int) -> str:
    """Takes for ever."""
    tell()
    await asyncio.Event().wait()
    return f"slept {seconds}"


if __name__ == "__main__":
    server = MCPServer("scripts")
    for function in (record.get_weather, record.get_time, record.explode, slow_tool, record.delete_file):
        server.add_tool(function, structured_output=False)
    server.run("stdio")
