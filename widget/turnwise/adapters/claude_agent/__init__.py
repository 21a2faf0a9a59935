"""Agents of the Claude Agent SDK: ``ClaudeAgentOptions``, or a ``ClaudeSDKClient`` of your own.

Tools that the agent's own rules do not allow are asked about in the chat, unless the options have a ``can_use_tool`` or
a permission tool: those decide then. The SDK drives a program that keeps the conversation; if it ends, it is started
again for the next prompt and resumes its session.

``translate`` is the pure half. Knows ``events``. The SDK is imported only when one of its objects is there.
"""

from __future__ import annotations

import asyncio
import uuid
import warnings
from dataclasses import fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from ...events import ApprovalRequest
from ..base import Adapter
from ..description import Description, ToolInfo
from ..native import framework
from .translate import Translator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    from typing_extensions import Self

    from ...events import Event
    from ...transcript import Transcript
    from ..description import Changeable

_Options: TypeAlias = Any
"""``claude_agent_sdk.ClaudeAgentOptions``, a dataclass."""

PATIENCE = 3.0
"""Seconds that the agent has to come to rest after an interrupt; then its program is ended."""

_SETTINGS = (
    "permission_mode",
    "max_turns",
    "max_budget_usd",
    "fallback_model",
    "thinking",
    "max_thinking_tokens",
    "effort",
    "allowed_tools",
    "disallowed_tools",
)
"""Options that may be shown, and changed, as settings; others hold keys, functions or places of this machine."""

_TELLS_STATE = {"CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1"}
"""Has newer programs say when they begin to work and when nothing more is to come."""

_GONE = frozenset({"CLIConnectionError", "CLINotFoundError", "ProcessError"})
"""What the SDK raises for a client without a program, by class name."""


class ClaudeAgentAdapter(Adapter):
    """One conversation. A client that you have connected is used as it is, and is yours to disconnect.

    Args:
        agent: ``ClaudeAgentOptions`` or ``ClaudeSDKClient``.
        connect: Makes the client of options, for example one with a transport of your own.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "main"
    name = "Claude Agent"

    def __init__(self, agent: Any, *, connect: Callable[[_Options], Any] | None = None) -> None:
        given = hasattr(agent, "receive_messages")
        self._options: _Options = agent.options if given else agent
        self._given: Any = agent if given else None
        self._connect = connect or _client
        self._client: Any = self._given
        self._ours = False
        """Whether the program was started here."""
        self._session: dict[str, Any] = {}
        """Its id, model and tools, as the program last told them."""
        self._run: _Run | None = None

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Send the prompt and yield what comes until its result. Stopping interrupts, and waits for the result."""
        run = self._run = _Run()
        task: asyncio.Task[None] | None = None
        try:
            await self._query(run.prompt(prompt))
            task = asyncio.create_task(run.read(self._client))
            task.add_done_callback(lambda _: run.events.put_nowait(None))
            while (message := await run.events.get()) is not None:
                said = [message] if isinstance(message, ApprovalRequest) else run.translator.feed(message)
                for event in said:
                    yield event
            task.result()
        finally:
            run.stopped.set()
            if task is not None and not task.done():
                await self._stop(task)
            self._session = run.session or self._session
            self._run = None

    async def close(self) -> None:
        """End the program, if it was started here."""
        client, self._client = self._client, None
        if client is not None and self._ours:
            await client.disconnect()

    def describe(self) -> Description:
        """From the options; the tools from what the program said when it began."""
        options = self._options
        system: Any = options.system_prompt
        tools: list[str] | None = self._session.get("tools")
        own = "this client has a transport of its own; give ClaudeAgentOptions"
        why: Mapping[Changeable, str] = {
            "tools": "they are the program's, and those of mcp_servers; give other ClaudeAgentOptions"
        }
        if getattr(self._given, "_custom_transport", None) is not None:
            why = {**why, "system": own, "model": own, "settings": own}
        return Description(
            name=self.name,
            framework=framework("claude-agent-sdk"),
            system=system if isinstance(system, str) else None,
            model=options.model or self._session.get("model"),
            settings={name: value for name in _SETTINGS if (value := getattr(options, name, None))},
            tools=None if tools is None else [ToolInfo(name=tool) for tool in tools],
            fixed=why,
        )

    def _changed(self, changes: Mapping[Changeable, Any]) -> Self:
        """With a copy of the options, and a program of its own."""
        settings: Mapping[str, Any] = changes.get("settings", {})
        known = {field.name for field in fields(self._options)} & set(_SETTINGS)
        for name in settings:
            if name not in known:
                raise TypeError(
                    f"{name!r} is no setting of ClaudeAgentOptions that can be changed: {sorted(known)}"
                )
        wanted = {**settings, "system_prompt": changes.get("system"), "model": changes.get("model")}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return type(self)(replace(self._options, **wanted), connect=self._connect)

    async def _query(self, prompt: Callable[[], AsyncIterator[Any]]) -> None:
        """Send the prompt, to a program that is started if there is none, or none any more."""
        if self._client is not None:
            try:
                await self._client.query(prompt())
            except Exception as error:
                if type(error).__name__ not in _GONE:
                    raise
            else:
                return
            if self._ours:
                await self._client.disconnect()
        options = self._listening()
        client = self._given
        if client is None:
            client = self._connect(options)
        else:
            client.options = options
        self._client, self._ours = client, True
        with warnings.catch_warnings():
            # That options which allow some tools leave those out of our questions is as it should be.
            warnings.filterwarnings("ignore", category=UserWarning, module=r"claude_agent_sdk\b.*")
            await client.connect()
        await client.query(prompt())

    def _listening(self) -> _Options:
        """The options with what a chat needs: every piece, sub-agents' text, when all is done, and the questions."""
        options = self._options
        wanted: dict[str, Any] = {"include_partial_messages": True, "env": {**_TELLS_STATE, **options.env}}
        if hasattr(options, "forward_subagent_text"):
            wanted["forward_subagent_text"] = True
        if options.can_use_tool is None and options.permission_prompt_tool_name is None:
            wanted["can_use_tool"] = self._ask
        if session := self._session.get("session_id"):
            wanted |= {"resume": session, "session_id": None, "continue_conversation": False}
        return replace(options, **wanted)

    async def _ask(self, name: str, arguments: dict[str, Any], context: Any) -> Any:
        """The SDK asks, in a task of its own, whether a tool may run."""
        sdk = import_module("claude_agent_sdk")
        run = self._run
        if run is None:
            return sdk.PermissionResultDeny(message="Nobody is there to allow it; ask in your next answer.")
        call_id: str = context.tool_use_id
        message = getattr(context, "title", None) or getattr(context, "decision_reason", None)
        run.events.put_nowait(ApprovalRequest(message, call_id=call_id, name=name, editable=True))
        answer = asyncio.create_task(self.approvals.wait(call_id))
        stopped = asyncio.create_task(run.stopped.wait())
        try:
            await asyncio.wait([answer, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                return sdk.PermissionResultDeny(message="The user stopped the run.", interrupt=True)
        finally:
            answer.cancel()
            stopped.cancel()
        said = answer.result()
        if said.decision == "approved":
            return sdk.PermissionResultAllow(updated_input=said.arguments)
        return sdk.PermissionResultDeny(message=said.reason or "The user does not allow it.")

    async def _stop(self, reading: asyncio.Task[None]) -> None:
        """Interrupt, and wait for the result that still comes: only then is the program ready for the next prompt."""
        try:
            await asyncio.wait_for(self._client.interrupt(), PATIENCE)
            await asyncio.wait([reading], timeout=PATIENCE)
        except Exception:  # noqa: BLE001, S110  # it is ended below then
            pass
        finally:
            if reading.done():
                reading.exception()
            else:
                reading.cancel()
                await asyncio.wait([reading])
                if self._ours:
                    await self._client.disconnect()


class _Run:
    """One prompt: what came for it, and the way to know its result."""

    def __init__(self) -> None:
        self.translator = Translator()
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        """Messages of the SDK, and questions, in the order in which they came; ``None`` at the end."""
        self.stopped = asyncio.Event()
        self.session: dict[str, Any] = {}
        """What the program told of its session as it began to answer."""
        self._id = str(uuid.uuid4())

    def prompt(self, text: str) -> Callable[[], AsyncIterator[Any]]:
        """Makes the message to send. It has an id, by which newer programs tell results apart."""

        async def messages() -> AsyncIterator[Any]:
            yield {
                "type": "user",
                "message": {"role": "user", "content": text},
                "parent_tool_use_id": None,
                "uuid": self._id,
            }

        return messages

    async def read(self, client: Any) -> None:
        """Until the result of this prompt, and then until the program rests, if it says so.

        A sub-agent in the background may still work then, and what it finds is answered without another prompt. A
        result of something else, a task of the prompt before, may come first.
        """
        answered, state = False, "idle"
        async for message in client.receive_messages():
            self.events.put_nowait(message)
            match getattr(message, "subtype", None):
                case "init":
                    self.session = message.data
                case "session_state_changed":
                    state = message.data.get("state")
                case _:
                    pass
            if type(message).__name__ == "ResultMessage" and self._is_mine(message):
                answered = True
            if answered and state == "idle":
                return
        raise ProgramEnded("the agent's program ended before it had answered")

    def _is_mine(self, result: Any) -> bool:
        answered: list[str] = getattr(result, "user_message_uuids", None) or []
        if answered:
            return self._id in answered
        origin: dict[str, Any] | None = getattr(result, "origin", None)
        return origin is None or origin.get("kind") == "human"


class ProgramEnded(Exception):  # noqa: N818  # the name says what happened
    """There is no result, and none will come."""

    truncated = True


def _client(options: _Options) -> Any:
    return import_module("claude_agent_sdk").ClaudeSDKClient(options)
