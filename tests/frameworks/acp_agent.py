"""An agent on the protocol's own Python SDK, for ``test_acp.py``: what it does is the prompt's first word."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import acp
from acp.schema import (
    AgentCapabilities,
    Implementation,
    InitializeResponse,
    NewSessionResponse,
    PermissionOption,
    PromptResponse,
    Usage,
)

OPTIONS = [
    PermissionOption(option_id="always", name="Always", kind="allow_always"),
    PermissionOption(option_id="once", name="Yes", kind="allow_once"),
    PermissionOption(option_id="no", name="No", kind="reject_once"),
]


class Scripted:
    """Remembers what it was asked; ``tell`` says it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stopped = asyncio.Event()

    def on_connect(self, conn: Any) -> None:
        self.client = conn

    async def initialize(self, protocol_version: int, **_: Any) -> InitializeResponse:
        return InitializeResponse(
            protocol_version=int(os.environ.get("SPEAKS", protocol_version)),
            agent_info=Implementation(name="scripted", version="7"),
            agent_capabilities=AgentCapabilities(load_session="LOADS" in os.environ),
        )

    async def new_session(self, cwd: str, **_: Any) -> NewSessionResponse:
        if "LOCKED" in os.environ:
            raise acp.RequestError.auth_required()
        self.cwd = cwd
        return NewSessionResponse(session_id="s1")

    async def load_session(self, session_id: str, **_: Any) -> None:
        self.asked.append(f"loaded {session_id}")
        await self.say("what was said before")

    async def cancel(self, session_id: str, **_: Any) -> None:
        if "DEAF" not in os.environ:
            self.stopped.set()

    async def prompt(self, prompt: list[Any], session_id: str, **_: Any) -> PromptResponse:
        self.stopped.clear()
        text = prompt[0].text
        reason = await getattr(self, text.split()[0])()
        self.asked.append(text)
        usage = Usage(total_tokens=9, input_tokens=4, output_tokens=5, cached_read_tokens=2)
        return PromptResponse(stop_reason=reason or "end_turn", usage=usage)

    async def update(self, update: Any) -> None:
        await self.client.session_update(session_id="s1", update=update)

    async def say(self, text: str) -> None:
        await self.update(acp.update_agent_message_text(text))

    # what it can be asked for

    async def tell(self) -> None:
        await self.say(" | ".join(self.asked))

    async def weather(self) -> None:
        await self.update(acp.update_agent_thought_text("They want it."))
        await self.say("Looking.")
        await self.update(acp.start_tool_call("c1", "get_weather", status="pending"))
        await self.update(acp.update_tool_call("c1", raw_input={"city": "Paris"}, status="in_progress"))
        done = [acp.tool_content(acp.text_block("18 °C"))]
        await self.update(acp.update_tool_call("c1", status="completed", content=done, raw_output={"t": 18}))
        await self.say("It is 18 °C.")

    async def delete(self) -> None:
        call = acp.start_tool_call("d1", "delete_file", status="pending", raw_input={"path": "x"})
        await self.update(call)
        asked = acp.update_tool_call("d1", title="Delete x?")
        answer = await self.client.request_permission(session_id="s1", tool_call=asked, options=OPTIONS)
        chosen = getattr(answer.outcome, "option_id", None)
        status = "completed" if chosen == "once" else "failed"
        await self.update(acp.update_tool_call("d1", status=status, raw_output=chosen))
        await self.say(f"Chosen: {chosen}.")

    async def wait(self) -> str:
        await self.say("Once upon a time")
        await self.update(acp.start_tool_call("w1", "sleep", status="in_progress"))
        await self.stopped.wait()
        return "cancelled"

    async def ask_and_wait(self) -> str:
        await self.delete()
        return "cancelled"

    async def read(self) -> None:
        try:
            await self.client.read_text_file(session_id="s1", path="/x")
        except acp.RequestError as error:
            await self.say(f"{error.code}: {error}")

    async def mutter(self) -> None:
        """In another session, of which the client knows nothing."""
        await self.say("Mine.")
        await self.client.session_update(session_id="s2", update=acp.update_agent_message_text("Not yours."))
        call = acp.update_tool_call("d2", title="Delete x?")
        answer = await self.client.request_permission(session_id="s2", tool_call=call, options=OPTIONS)
        await self.say(f" {answer.outcome.outcome}")

    async def fail(self) -> None:
        await self.say("Half a sentence and ")
        raise acp.RequestError(-32603, "overloaded", {"status": 529})

    async def die(self) -> None:
        await self.say("Half a sentence and ")
        print("out of memory", file=sys.stderr, flush=True)
        os._exit(3)

    async def too_long(self) -> str:
        await self.say("And then")
        return "max_tokens"

    async def chatter(self) -> None:
        print("a line for people", flush=True)
        await self.say("Hello.")

    async def where(self) -> None:
        await self.say(f"{self.cwd} {os.environ['COLOUR']}")

    async def spawn(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # noqa: ASYNC220
        await self.say(f"{os.getpid()} {child.pid}")


if __name__ == "__main__":
    asyncio.run(acp.run_agent(Scripted()))
