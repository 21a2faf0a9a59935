"""Agents that speak the Agent Client Protocol over their standard input and output, in version 1.

    AgentChat(ACP("claude-agent-acp"))
    AgentChat(ACP("gemini", "--experimental-acp", cwd="my-project"))

The program is started with the first prompt and lives as long as the conversation: it keeps the memory. It is told
that this client has no files and no terminals to lend; a request for one is refused, and shown.

``connection`` is the wire, ``translate`` what it says. Knows ``events``.
"""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...events import ApprovalRequest, Unknown
from ..base import Adapter
from ..description import Description
from ..native import all_fixed
from .connection import Connection, RequestFailed
from .translate import Translator

if TYPE_CHECKING:
    from asyncio import Future, Task
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from .connection import Incoming

VERSION = 1
"""Of the protocol."""

AUTHENTICATION_REQUIRED = -32000

PATIENCE = 3.0
"""Seconds that an agent has to answer the prompt after it was told to stop; then its program is ended."""

_CANCELLED = {"outcome": "cancelled"}
_OPTIONS = {"approved": ("allow_once", "allow_always"), "denied": ("reject_once", "reject_always")}
"""What a person's word chooses of the options that the agent offers, best first."""


@dataclass(frozen=True, init=False, slots=True)
class ACP:
    """An agent that is a program: ``ACP("gemini", "--experimental-acp")``.

    Args:
        command: The program, found on the ``PATH``.
        args: Its arguments.
        cwd: The directory that it works in; default: the current one.
        env: Variables beside those of this process.
    """

    command: str
    args: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] | None

    def __init__(
        self,
        command: str,
        *args: str,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        for name, value in (
            ("command", command),
            ("args", args),
            ("cwd", Path(cwd or ".").absolute()),
            ("env", None if env is None else dict(env)),
        ):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"ACP({', '.join(map(repr, (self.command, *self.args)))})"  # variables may hold keys


class ACPAdapter(Adapter):
    """One conversation: one program, one session of it.

    A program that ended is started again for the next prompt. It takes the session up again if it can load sessions,
    and else knows nothing of what was said.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    def __init__(self, agent: ACP) -> None:
        self.name = f"ACP · {Path(agent.command).name}"
        self._agent = agent
        self._connection: Connection | None = None
        self._session: dict[str, Any] = {}
        """The answer to ``session/new``."""
        self._info: dict[str, Any] = {}
        """The answer to ``initialize``."""
        self._last_resort: weakref.finalize[..., ACPAdapter] | None = None

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Send the prompt and yield what comes until it is answered. Stopping tells the agent, and waits for that."""
        connection = await self._connected()
        while not connection.incoming.empty():
            connection.incoming.get_nowait()  # said after the last prompt was answered, or a session told anew
        translator = Translator()
        session = self._session["sessionId"]
        asking: set[Task[None]] = set()
        answer = connection.call(
            "session/prompt", {"sessionId": session, "prompt": [{"type": "text", "text": prompt}]}
        )
        answer.add_done_callback(lambda _: connection.incoming.put_nowait(None))
        try:
            while (message := await connection.incoming.get()) is not None:
                match message.method:
                    case "session/update" | "session/request_permission" if (
                        message.params.get("sessionId") != session
                    ):  # a program may have sessions of its own, for sub-agents; nobody here reads those
                        if message.id is not None:
                            connection.answer(message, {"outcome": _CANCELLED})
                    case "session/update":
                        for event in translator.feed(message.params["update"]):
                            yield event
                    case "session/request_permission":
                        call: dict[str, Any] = message.params["toolCall"]
                        for event in translator.call(call):
                            yield event
                        yield ApprovalRequest(call.get("title"), call_id=call["toolCallId"])
                        asking.add(asyncio.create_task(self._ask(connection, message)))
                    case method:
                        if message.id is not None:
                            connection.refuse(message)
                        yield Unknown(method, payload=message.params)
            for event in translator.finish(answer.result() or {}):
                yield event
        finally:
            for task in asking:
                task.cancel()
            if not answer.done():
                await self._stop(connection, answer)

    async def close(self) -> None:
        """End the program, and whatever it started."""
        connection, self._connection = self._connection, None
        if self._last_resort is not None:
            self._last_resort.detach()
        if connection is None:
            return
        if connection.loop is asyncio.get_running_loop():
            await connection.close()
        else:
            connection.kill()  # its loop is not there any more to see it end

    def describe(self) -> Description:
        """Its name and version, once it has been started; such an agent tells nothing else of itself."""
        why = "an ACP agent keeps it to itself; start it with other arguments or settings of its own"
        info: dict[str, Any] = self._info.get("agentInfo") or {}
        return Description(
            name=self.name,
            framework=" ".join(str(info[key]) for key in ("name", "version") if info.get(key)) or None,
            fixed=all_fixed(why),
        )

    async def _connected(self) -> Connection:
        """The program, started and with a session; a new one if it ended, or if its loop has."""
        found = self._connection
        if found is not None and not found.ended and found.loop is asyncio.get_running_loop():
            return found
        await self.close()
        connection = await Connection.open(
            self._agent.command, self._agent.args, cwd=self._agent.cwd, env=self._agent.env
        )
        self._connection = connection
        self._last_resort = weakref.finalize(self, connection.kill)  # nobody closed the chat, or Python ends
        try:
            await self._greet(connection)
        except BaseException:
            await self.close()
            raise
        return connection

    async def _greet(self, connection: Connection) -> None:
        self._info = await connection.call(
            "initialize",
            {
                "protocolVersion": VERSION,
                "clientCapabilities": {
                    "fs": {"readTextFile": False, "writeTextFile": False},
                    "terminal": False,
                },
                "clientInfo": {"name": "turnwise", "title": "turnwise", "version": version("turnwise")},
            },
        )
        spoken = self._info.get("protocolVersion")
        if spoken != VERSION:
            raise RequestFailed(
                f"{self.name} speaks version {spoken} of the protocol; turnwise speaks {VERSION}"
            )
        where: dict[str, Any] = {"cwd": str(self._agent.cwd), "mcpServers": []}
        try:
            able: dict[str, Any] = self._info.get("agentCapabilities") or {}
            if self._session and able.get("loadSession"):
                await connection.call("session/load", {**where, "sessionId": self._session["sessionId"]})
            else:
                self._session = await connection.call("session/new", where)
        except RequestFailed as error:
            if error.code != AUTHENTICATION_REQUIRED:
                raise
            ways = [str(way.get("name") or way.get("id")) for way in self._info.get("authMethods") or ()]
            raise RequestFailed(
                f"{self.name} wants you to log in first ({error}); do so with its own command"
                + (f". It offers: {', '.join(ways)}" if ways else ""),
                code=error.code,
            ) from error

    async def _ask(self, connection: Connection, request: Incoming) -> None:
        """Wait for a person's word and choose the option that means it."""
        outcome: dict[str, Any] = _CANCELLED
        try:
            said = await self.approvals.wait(request.params["toolCall"]["toolCallId"])
            outcome = _chosen(request.params.get("options") or (), said)
        finally:
            connection.answer(request, {"outcome": outcome})

    async def _stop(self, connection: Connection, answer: Future[Any]) -> None:
        """Cancel the prompt, and wait until the agent has let go of it: only then is it ready for the next one."""
        connection.notify("session/cancel", {"sessionId": self._session["sessionId"]})
        try:
            await asyncio.wait_for(_drain(connection), PATIENCE)
        except asyncio.TimeoutError:
            pass
        finally:
            if answer.done():
                answer.exception()  # how a cancelled prompt ends is nobody's news
            else:
                answer.cancel()
                connection.kill()


async def _drain(connection: Connection) -> None:
    """Until the prompt is answered, nothing that the agent says counts any more, and nothing is given to it."""
    while (message := await connection.incoming.get()) is not None:
        if message.method == "session/request_permission":
            connection.answer(message, {"outcome": _CANCELLED})
        elif message.id is not None:
            connection.refuse(message)


def _chosen(options: Sequence[dict[str, Any]], said: ApprovalResponse) -> dict[str, Any]:
    for kind in _OPTIONS[said.decision]:
        for option in options:
            if option.get("kind") == kind:
                return {"outcome": "selected", "optionId": option["optionId"]}
    return _CANCELLED
