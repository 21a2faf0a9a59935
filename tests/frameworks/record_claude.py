"""Records what the program of the Claude Agent SDK says to the scripts, for the conformance suite:

    PYTHONPATH=widget:tests python tests/frameworks/record_claude.py A B H.waits I.deny …

It is the one that comes with the SDK's wheels, and the model is a server on this machine. The tools are functions of
this process, which the program calls ``mcp__scripts__get_weather`` and so on. What it tells of this machine is taken
out of the recordings.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import record

from claude_program import options
from recorded import SCRIPTS
from scripted_anthropic import answers, fails, reply
from wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from record import Recorder

    from wire_server import Answer, Request

PREFIX = "mcp__scripts__"
"""What the program puts before the names of the tools of our server."""

_PARAMETERS: dict[str, dict[str, type]] = {
    "get_weather": {"city": str},
    "get_time": {"tz": str},
    "explode": {"why": str},
    "slow_tool": {"seconds": int},
    "delete_file": {"path": str},
}

_ASKED = PREFIX + "delete_file"
"""The one tool that nobody has allowed in advance."""

_TOLD = ("type", "subtype", "session_id", "model", "tools", "status", "state")
"""What the session says of itself that may be known of it; the rest is of this machine, and long."""

BREAKS = ("K3", "broken")
"""Scenarios in which the connection to the model is lost."""

_BRIEF = "Be brief, forecaster."

_CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


_AGAIN = ("C3", "F", "F3", "Z")
"""Scenarios whose answer does not satisfy the program: it asks the model for another by itself."""


def script(name: str, way: str) -> list[Answer]:
    """Of the main model, some of it in this agent's own way."""
    match name:
        case "J":  # it answers by a tool
            said = SCRIPTS["J"][0]["items"][0][1]
            return [reply(["tool", "call_J", "StructuredOutput", said])]
        case "H":
            task: dict[str, Any] = {
                "description": "Weather",
                "prompt": "Paris?",
                "subagent_type": "forecaster",
            }
            task["run_in_background"] = background = way == "background"
            delegates = reply(["text", ["Delegating."]], ["tool", "call_H1", "Agent", [json.dumps(task)]])
            begun = [reply(["text", ["It started."]])] if background else []
            return [delegates, *begun, reply(["text", ["It is mild."]])]
        case "K3" | "broken":  # the connection is lost when the pieces have come
            items = SCRIPTS["K3"][0]["items"]
            if way == "goes_on":
                broken = reply(["text", ["Whole."]], *items, pieces=5, end="hang")
            else:
                broken = reply(*items, pieces=2, end="hang")
            return [broken, *([reply(["text", ["A whole ", "sentence."]])] if name == "broken" else [])]
        case _ if name in _AGAIN:
            return [*answers(name, PREFIX), reply(["text", ["Once more."]])]
        case _:
            return answers(name, PREFIX)


def sub_agent(replies: list[Answer]) -> Callable[[Request], Answer | None]:
    """The replies of the model that was told to be brief."""
    left = iter(replies)
    return lambda request: next(left) if _BRIEF in json.dumps(request.body.get("system")) else None


async def claude(scenario: str, to: Recorder) -> None:
    """A conversation. ``I.deny``: a person says no. ``A.no_partial``: whole messages. ``H.fails``: the sub-agent does.

    ``broken.…``: the program is allowed another attempt; in ``broken.goes_on`` a part of the reply was whole.
    """
    from claude_agent_sdk import (
        AgentDefinition,
        ClaudeAgentOptions,
        ClaudeSDKClient,
        PermissionResultAllow,
        PermissionResultDeny,
        create_sdk_mcp_server,
    )

    name, _, way = scenario.partition(".")

    async def decide(tool: str, given: dict[str, Any], context: Any) -> Any:
        told = {"name": tool, "input": given, "tool_use_id": context.tool_use_id, "title": context.title}
        to.meta("can_use_tool", **told, decision="denied" if way == "deny" else "approved")
        if way == "deny":
            return PermissionResultDeny(message="The user does not allow it.")
        return PermissionResultAllow(updated_input=given)

    functions = [*record.TOOLS, record.delete_file]
    server = create_sdk_mcp_server("scripts", tools=[_tool(each) for each in functions])
    more: dict[str, Any] = {}
    if name == "H":
        tools = [PREFIX + "get_weather"]
        more["agents"] = {"forecaster": AgentDefinition("Knows the weather.", _BRIEF, tools=tools)}
        more["tools"] = ["Agent"]
    if name == "broken":
        more["attempts"] = 2
    if name == "J":
        more["output_format"] = {"type": "json_schema", "schema": _CITY}
    sub = [
        reply(["text", ["Looking."]], ["tool", "call_H2", PREFIX + "get_weather", ['{"city": "Paris"}']]),
        fails(500) if way == "fails" else reply(["text", ["18 degrees."]]),
    ]
    with WireServer(script(name, way), aside=sub_agent(sub)) as wire, tempfile.TemporaryDirectory() as home:
        asking = options(
            wire,
            home,
            mcp_servers={"scripts": server},
            allowed_tools=[PREFIX + each.__name__ for each in record.TOOLS],
            can_use_tool=decide,
            include_partial_messages=way != "no_partial",
            forward_subagent_text=True,
            **more,
        )
        asking["env"]["CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS"] = "1"  # as the adapter has it
        async with ClaudeSDKClient(ClaudeAgentOptions(**asking)) as client:
            for number, prompt in enumerate(["weather?"] if name != "M" else ["hi", "and?"]):
                if number:
                    to.meta("second")
                await client.query(_said(prompt))
                await _read(client, name, wire, to)
        _neutral(to, home)


async def _said(prompt: str) -> AsyncIterator[dict[str, Any]]:
    """The message as the adapter sends it."""
    message = {"role": "user", "content": prompt}
    yield {"type": "user", "message": message, "parent_tool_use_id": None, "uuid": str(uuid4())}


async def _read(client: Any, scenario: str, wire: WireServer, to: Recorder) -> None:
    """Until the program rests; with an interrupt in scenarios G and G2, and a server that hangs up in others."""

    async def read() -> None:
        async for message in client.receive_messages():
            to.item(message)
            if getattr(message, "data", {}).get("state") == "idle":
                return

    reading = asyncio.create_task(read())
    enough = record.said("sentence and ", to) if scenario in BREAKS else record.reached(scenario, to)
    waiting = asyncio.create_task(enough)
    await asyncio.wait([reading, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if scenario in BREAKS:
        wire.hang_up()
    elif not reading.done():
        to.meta("client.interrupt()")
        await client.interrupt()
    try:
        await reading
    except Exception as error:  # noqa: BLE001  # it is recorded
        to.meta("exception", exc=error)


def _tool(function: Any) -> Any:
    """The function as a tool of the SDK, whose results are contents."""
    from claude_agent_sdk import tool

    async def run(given: dict[str, Any]) -> dict[str, Any]:
        value = function(**given)
        value = await value if asyncio.iscoroutine(value) else value
        text = value if isinstance(value, str) else json.dumps(value)
        return {"content": [{"type": "text", "text": text}]}

    name: str = function.__name__
    return tool(name, function.__doc__, _PARAMETERS[name])(run)


def _neutral(to: Recorder, home: str) -> None:
    """Take out what is of this machine."""
    for line in to.lines:
        data = line.get("event", {}).get("data")
        if data is not None:
            line["event"]["data"] = {key: data[key] for key in _TOLD if key in data}
    to.lines[:] = without_machine(to.lines, home)


def without_machine(lines: list[dict[str, Any]], home: str) -> list[dict[str, Any]]:
    """Without the names of places and ports; ids are numbered in the order in which they come."""
    ids: dict[str, str] = {}
    folder = re.sub(r"[^A-Za-z0-9]", "-", home)  # as the program names it after the place it works in
    text = json.dumps(lines).replace(home, "<home>").replace(folder, "<home>")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:80", text)
    uuid = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return json.loads(re.sub(uuid, lambda found: ids.setdefault(found[0], f"id-{len(ids) + 1}"), text))


def main(scenarios: list[str]) -> None:
    for scenario in scenarios:
        record.save(f"claude-agent-sdk/{scenario}.jsonl", partial(claude, scenario))


if __name__ == "__main__":
    main(sys.argv[1:])
