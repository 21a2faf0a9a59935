"""The loop of the built-in agent: ask the model, run the tools it calls, ask again with their results.

There is no second bookkeeping: what the agent says goes through an assembler of its own into a transcript of its own,
and the messages for the next model call are the export of that transcript.
"""

from __future__ import annotations

import secrets
import time
from contextlib import aclosing
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..assembler import Assembler
from ..events import (
    ApprovalResponse,
    Error,
    ToolCall,
    ToolCallDelta,
    ToolCallRejected,
    ToolCallRenamed,
    TurnAbandoned,
    TurnFinish,
    TurnStart,
    TurnUsage,
)
from ..transcript import Transcript
from .calls import Nobody, answers, short
from .errors import MalformedStream, ProviderError, TruncatedStream
from .invalid import Fail, Repair, Retry, Skip, Stop, decide, retry, words
from .providers import Provider, provider_for
from .tools import toolbox, with_approval

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping

    from typing_extensions import Self

    from ..events import Event
    from ..runs import ToolPart, Turn
    from ..values import InvalidToolCall
    from .calls import Approver
    from .invalid import Action, Policy
    from .tools import Tool

_RESERVED = ("messages", "stream")


class Agent:
    """A model that may call your functions until it has an answer.

        Agent("openai:gpt-…", tools=[search, fetch], system="Answer briefly.")
        Agent("openai:my-model", base_url="http://localhost:8000/v1")      # any server with OpenAI's format
        Agent("ollama:qwen3:8b")

    Args:
        model: ``"provider:model"``, or a ``Provider``.
        tools: Functions (or ``Tool``s). Async ones run side by side on the loop, others in threads.
        system: Instructions that come before the conversation.
        base_url: Where the provider is, if not where its makers run it.
        api_key: Default: the provider's usual variable, such as ``OPENAI_API_KEY``.
        timeout: Seconds without a sign of life from the provider, before or within a reply, that end the run.
        max_turns: Model calls per prompt; needing more is an error of the run.
        needs_approval: Names of tools that run only if a person approves, or ``True`` for all of them. A tool can say
            so itself, and for some arguments only: ``tool(needs_approval=…)``.
        on_invalid_tool_call: Decides what becomes of a call to a tool that was not offered, as soon as its name is
            there. Default: the model is told and tries again, at most twice in a run (``retry(2)``).
        settings: Go into each request as they are: ``temperature=0``. ``None`` removes a default.

    Raises:
        ValueError: The provider is unknown or lacks what it needs, two tools have one name, or ``needs_approval`` names
            none of them.
        TypeError: A function cannot be a tool, or ``tools`` or ``needs_approval`` is no list; the message says why.
    """

    def __init__(
        self,
        model: str | Provider,
        *,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        system: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float | None = None,
        max_turns: int = 10,
        needs_approval: bool | Collection[str] = False,
        on_invalid_tool_call: Policy | None = None,
        **settings: Any,
    ) -> None:
        given = {"base_url": base_url, "api_key": api_key, "read_timeout": timeout}
        self._options = {name: value for name, value in given.items() if value is not None}
        self._maker = ""
        self.provider = self._provider(model)
        if max_turns < 1:
            raise ValueError(f"max_turns is {max_turns}; an answer takes at least 1")
        self._needs_approval = needs_approval
        self.tools = with_approval(toolbox(tools), needs_approval)
        """By name."""
        self.system = system
        self.max_turns = max_turns
        self.on_invalid_tool_call: Policy = retry() if on_invalid_tool_call is None else on_invalid_tool_call
        self.settings = _checked(settings)

    def changed(
        self,
        *,
        system: str | None = None,
        model: str | Provider | None = None,
        settings: Mapping[str, Any] | None = None,
        tools: Iterable[Tool | Callable[..., Any]] | None = None,
    ) -> Self:
        """A copy with these changes; ``settings`` are merged into the agent's, and an empty ``system`` is none.

        Another model of the same provider is called at the same place, with the same key. What the agent asks approval
        for it still asks approval for, if there are other tools of that name.
        """
        made = copy(self)
        if system is not None:
            made.system = system or None
        if model is not None:
            made.provider = made._provider(model)
        if settings is not None:
            made.settings = _checked({**self.settings, **settings})
        if tools is not None:
            box = toolbox(tools)
            asked = self._needs_approval
            made.tools = with_approval(box, asked if isinstance(asked, bool) else box.keys() & set(asked))
        return made

    def _provider(self, model: str | Provider) -> Provider:
        """The options that came with the agent are for the provider that was named with them."""
        if isinstance(model, Provider):
            if self._options and not self._maker:
                raise TypeError(
                    f"{' and '.join(self._options)} belong to the Provider object; pass them to it"
                )
            return model
        maker = model.partition(":")[0]
        if self._maker not in ("", maker):
            self._options = {name: self._options[name] for name in self._options.keys() & {"read_timeout"}}
        self._maker = maker
        return provider_for(model, **self._options)

    def __repr__(self) -> str:
        return f"Agent({self.provider!r}, tools=[{', '.join(self.tools)}])"

    async def stream(
        self, prompt: str, history: Transcript | None = None, *, approvals: Approver | None = None
    ) -> AsyncGenerator[Event, None]:
        """Answer ``prompt`` after what was said in ``history``, event by event.

        ``approvals`` (``turnwise.adapters.approvals.Approvals``, or what has its ``wait``) is asked after each
        ``ApprovalRequest``, while other calls go on; who answers says the answer to the reader too. Without it there is
        nobody to ask: such calls are denied, and the events say so.

        Closing the generator, or cancelling the task that reads it, ends the request and cancels the async tools; a
        tool in a thread cannot be stopped, and its result goes nowhere.
        """
        record = _Record(prompt, history)
        for _ in range(self.max_turns):
            async with aclosing(self._reply(record)) as reply:
                async for event in reply:
                    yield event
            if record.abandoned:
                continue
            record.check_end()
            calls = record.calls()
            if not calls:
                if record.failed or not self.provider.goes_on(record.turn):
                    return
                continue
            approver = approvals or Nobody()
            async with aclosing(answers(calls, self.tools, approver, cut=record.cut)) as said:
                async for event in said:
                    record.add(event)
                    if approvals is None or not isinstance(event, ApprovalResponse):
                        yield event
        yield Error(
            f"The model wanted to go on after {self.max_turns} turns, which is the limit (max_turns).",
            kind="max_turns",
        )

    async def _reply(self, record: _Record) -> AsyncGenerator[Event, None]:
        """One model call. An invalid tool call is settled when its name is there, before the model goes on."""
        tools = list(self.tools.values())
        messages = self.provider.messages(record.transcript, self.system)
        offered = self.provider.offered(tools, self.settings)
        yield record.add(TurnStart(model=self.provider.model, tools=offered))
        yield self.provider.told(messages, tools, self.settings)
        async with aclosing(self.provider.stream(messages, tools, self.settings)) as reply:
            async for event in reply:
                yield record.add(event)
                invalid = record.invalid
                if invalid is None:
                    continue
                action = await decide(self.on_invalid_tool_call, invalid)
                drain = isinstance(action, (Retry, Skip)) and action.drain
                if not (drain or isinstance(action, Repair)):
                    await reply.aclose()
                for said in record.settle(invalid, action):
                    yield said
                if not isinstance(action, Repair):
                    async for usage in _usage_of(reply):
                        yield record.add(usage)
                    return


async def _usage_of(reply: AsyncGenerator[Event, None]) -> AsyncGenerator[TurnUsage, None]:
    """What is left to read of a reply that nobody wants. That it breaks off, or was closed, does no harm."""
    try:
        async for event in reply:
            if isinstance(event, TurnUsage):
                yield event
    except ProviderError:
        pass


def _checked(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in _RESERVED:
        if name in settings:
            raise TypeError(f"{name!r} is the agent's own; it cannot be a setting")
    return settings


class _Record:
    """One run as the agent itself keeps it: its transcript, after the history's, and unique ids for its calls."""

    def __init__(self, prompt: str, history: Transcript | None) -> None:
        self.transcript = Transcript(() if history is None else history.snapshot())
        self._taken = {
            part.call_id for run in self.transcript.runs for turn in run.turns for part in turn.tools
        }
        self._ids: dict[str, str] = {}
        """Of the current turn: the id of each call by the provider's key for it."""
        self._last = ""
        self._hosted: set[str] = set()
        """Ids of calls that the provider answers."""
        self._unnamed: dict[str, str] = {}
        """Of the current turn: the beginning of the arguments of calls that have no name yet, by key."""
        self.failed = False
        self._assembler = Assembler(park=True)
        run_id = secrets.token_hex(8)
        now = time.time()
        self.transcript.extend(self._assembler.add_run(run_id, prompt, now))
        self.transcript.extend(self._assembler.start_run(run_id, now))
        self._run = self.transcript.run(run_id)

    def add(self, event: Event) -> Event:
        """Record ``event`` and give it back as the world should see it: with an id that no other call has."""
        match event:
            case TurnStart():
                self._ids.clear()
                self._unnamed.clear()
            case ToolCallDelta() | ToolCall():
                event = self._identify(event)
            case Error():
                self.failed = True
            case _:
                pass
        self.transcript.extend(self._assembler.feed(event, time.time()))
        return event

    @property
    def invalid(self) -> InvalidToolCall | None:
        """The call to a tool that was not offered, if one is to be settled now."""
        return self._assembler.invalid

    @property
    def turn(self) -> Turn:
        """The current one."""
        return self._run.turns[-1]

    @property
    def abandoned(self) -> bool:
        """Whether the current turn was given up."""
        return self.turn.status == "abandoned"

    def settle(self, invalid: InvalidToolCall, action: Action) -> list[Event]:
        """Do to the call that waits what ``action`` says, and say so to the world."""
        call_id = invalid.call_id
        key = next((key for key, known in self._ids.items() if known == call_id), None)
        now = time.time()
        if isinstance(action, Repair):
            self.transcript.extend(self._assembler.repair(action.name, now))
            return [ToolCallRenamed(action.name, call_id=call_id, key=key)]
        told = words(action, invalid)
        if isinstance(action, (Retry, Skip)):
            self.transcript.extend(self._assembler.abandon(told, now))
            return [TurnAbandoned(told)]
        self.transcript.extend(self._assembler.reject(told, now))
        end: Event
        match action:
            case Fail():
                end = Error(told, kind="invalid_tool_call")
            case Stop():
                end = TurnFinish("cancelled")
        return [ToolCallRejected(told, call_id=call_id, key=key), self.add(end)]

    def check_end(self) -> None:
        """Whether the reply came to a proper end, whatever its provider says.

        Raises:
            TruncatedStream: It stopped without saying why, so it is half a reply.
            MalformedStream: It holds a call without a name.
        """
        reason = self.turn.finish_reason
        if self.failed:
            return
        if reason is None:
            raise TruncatedStream("the reply ended without a finish reason: it was cut off")
        if self._unnamed and reason in ("stop", "tool_calls", "unknown"):
            arguments = next(iter(self._unnamed.values()))
            raise MalformedStream(
                f"the reply has a tool call without a name; its arguments are {arguments!r}"
            )

    def calls(self) -> list[ToolPart]:
        """The calls of the current turn that are to be run, in call order; none if the reply failed or was withheld."""
        turn = self.turn
        if self.failed or turn.finish_reason in ("content_filter", "error", "cancelled"):
            return []
        return [part for part in turn.tools if part.outcome is None and part.call_id not in self._hosted]

    @property
    def cut(self) -> bool:
        """Whether the current turn's reply reached the output limit: its last call may be half a call."""
        return self.turn.finish_reason == "length"

    def _identify(self, event: ToolCallDelta | ToolCall) -> ToolCallDelta | ToolCall:
        """Results find their call by its id, so the missing, repeated and made-up ids of some servers are replaced."""
        key = event.key or event.call_id
        if key is None:
            key = f"call{len(self._ids) + 1}" if event.name else self._last
        self._last = key
        if event.name:
            self._unnamed.pop(key, None)
        elif isinstance(event, ToolCallDelta) and (key not in self._ids or key in self._unnamed):
            self._unnamed[key] = short(self._unnamed.get(key, "") + event.arguments)
        hosted = isinstance(event, ToolCall) and event.hosted
        if key not in self._ids:
            call_id = event.call_id
            if not call_id or (call_id in self._taken and not hosted):
                call_id = f"call_{secrets.token_hex(8)}"
            self._taken.add(call_id)
            self._ids[key] = call_id
        if hosted:
            self._hosted.add(self._ids[key])
        return replace(event, call_id=self._ids[key], key=key)
