"""Records what a real ACP agent says to the scripts, for the conformance suite:

    npm install --prefix FOLDER --omit=optional @agentclientprotocol/claude-agent-acp@0.49.0
    PYTHONPATH=widget:tests python tests/frameworks/record_acp.py FOLDER A B I.deny …

It is the one around Claude's agent, with the program that comes with ``claude-agent-sdk``'s wheels, and its model is a
server on this machine. A recording has the messages of the prompts both ways, as ``tests/recordings/acp`` has them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from record import ENOUGH, RECORDINGS, said
from record_claude import BREAKS, PREFIX, script, without_machine

from claude_program import acp_agent
from turnwise.adapters.acp.connection import Connection, RequestFailed
from wire_server import WireServer

SERVER = Path(__file__).with_name("scripted_tools.py")
ALLOWED = [PREFIX + name for name in ("get_weather", "get_time", "explode", "slow_tool")]
OPTIONS = {"deny": "reject"}
"""What a person chooses, by the way of the recording; else ``"allow"``."""


class Recorder:
    """The lines of one recording, which ``said`` may look into."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def add(self, direction: str, **message: Any) -> None:
        self.lines.append({"direction": direction, "message": message})


async def converse(folder: str, scenario: str, to: Recorder) -> None:
    name, _, way = scenario.partition(".")
    with WireServer(script(name, way)) as wire, tempfile.TemporaryDirectory() as home:
        (command, *args), env = acp_agent(folder, wire, home)
        allow(Path(home, ".claude"))
        connection = await Connection.open(command, args, cwd=Path(home), env=env)
        await connection.call("initialize", {"protocolVersion": 1, "clientCapabilities": {}})
        server = {"name": "scripts", "command": sys.executable, "args": [str(SERVER)], "env": _PATHS}
        session = await connection.call("session/new", {"cwd": home, "mcpServers": [server]})
        for number, prompt in enumerate(["weather?"] if name != "M" else ["hi", "and?"]):
            params = {
                "sessionId": session["sessionId"],
                "prompt": [{"type": "text", "text": prompt}],
            }
            to.add("OUTGOING", id=number, method="session/prompt", params=params)
            answer = connection.call("session/prompt", params)
            reading = asyncio.create_task(_read(connection, OPTIONS.get(way, "allow"), to))
            stopping = asyncio.create_task(_reached(name, Path(home), to))
            await asyncio.wait([answer, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if name in BREAKS:
                wire.hang_up()
            elif not answer.done():
                to.add("OUTGOING", method="session/cancel", params={"sessionId": session["sessionId"]})
                connection.notify("session/cancel", {"sessionId": session["sessionId"]})
            try:
                result = {"result": await answer}
            except RequestFailed as error:
                result = {"error": {"code": error.code, "message": str(error)}}
            connection.incoming.put_nowait(None)
            await reading
            to.add("INCOMING", id=number, **result)
        await connection.close()
        to.lines[:] = without_machine(to.lines, home)


def allow(config: Path) -> None:
    """All tools but the one that is to be asked about."""
    config.mkdir()
    (config / "settings.json").write_text(json.dumps({"permissions": {"allow": ALLOWED}}), "utf-8")


_PATHS = [{"name": "PYTHONPATH", "value": str(SERVER.parents[1])}]


async def _read(connection: Connection, option: str, to: Recorder) -> None:
    while (message := await connection.incoming.get()) is not None:
        params = message.params
        if params.get("update", {}).get("sessionUpdate") == "available_commands_update":
            params = {**params, "update": {**params["update"], "availableCommands": []}}  # they are many
        asks = {} if message.id is None else {"id": f"agent{message.id}"}
        to.add("INCOMING", **asks, method=message.method, params=params)
        if message.method == "session/request_permission":
            outcome = {"outcome": {"outcome": "selected", "optionId": option}}
            connection.answer(message, outcome)
            to.add("OUTGOING", **asks, result=outcome)


async def _reached(scenario: str, home: Path, to: Recorder) -> None:
    """The moment to stop the prompt, or to lose the model."""
    if scenario == "G":
        await said(ENOUGH, to)
    elif scenario in BREAKS:
        await said("sentence and ", to)
    else:
        while not (home / "here").exists():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)


def main(folder: str, scenarios: list[str]) -> None:
    for scenario in scenarios:
        to = Recorder()
        asyncio.run(converse(folder, scenario, to))
        path = RECORDINGS / "acp" / f"claude.{scenario}.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in to.lines), "utf-8")
        print(path.name, len(to.lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
