"""The loop of the built-in agent: ask the model, run the tools it calls, ask again with their results.

There is no second bookkeeping: what the agent says goes through an assembler of its own into a transcript of its own,
and the messages for the next model call are the export of that transcript.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import capture
from ..assembler import Assembler
from ..events import (
    Error,
    ToolCall,
    ToolCallDelta,
    ToolCallRejected,
    ToolCallRenamed,
    ToolOutput,
    ToolResult,
    ToolStart,
    TurnAbandoned,
    TurnFinish,
    TurnStart,
    TurnUsage,
)
from ..transcript import Transcript
from .errors import MalformedStream, ProviderError, TruncatedStream
from .invalid import Fail, Repair, Retry, Skip, Stop, decide, retry, words
from .providers import Provider, provider_for
from .tools import ArgumentsError, Tool, toolbox

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence

    from ..events import Event
    from ..transcript import ToolPart
    from ..values import InvalidToolCall
    from .invalid import Action, Policy

_RESERVED = ("messages", "stream")
_QUOTED = 500


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
        on_invalid_tool_call: Decides what becomes of a call to a tool that was not offered, as soon as its name is
            there. Default: the model is told and tries again, at most twice in a run (``retry(2)``).
        settings: Go into each request as they are: ``temperature=0``. ``None`` removes a default.

    Raises:
        ValueError: The provider is unknown or lacks what it needs, or two tools have one name.
        TypeError: A function cannot be a tool; the message says why.
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
        on_invalid_tool_call: Policy | None = None,
        **settings: Any,
    ) -> None:
        given = {"base_url": base_url, "api_key": api_key, "read_timeout": timeout}
        options = {name: value for name, value in given.items() if value is not None}
        if isinstance(model, Provider):
            if options:
                raise TypeError(f"{' and '.join(options)} belong to the Provider object; pass them to it")
            self.provider = model
        else:
            self.provider = provider_for(model, **options)
        if max_turns < 1:
            raise ValueError(f"max_turns is {max_turns}; an answer takes at least 1")
        for name in _RESERVED:
            if name in settings:
                raise TypeError(f"{name!r} is the agent's own; it cannot be a setting")
        self.tools = toolbox(tools)
        """By name."""
        self.system = system
        self.max_turns = max_turns
        self.on_invalid_tool_call: Policy = retry() if on_invalid_tool_call is None else on_invalid_tool_call
        self.settings: Mapping[str, Any] = settings

    def __repr__(self) -> str:
        return f"Agent({self.provider!r}, tools=[{', '.join(self.tools)}])"

    async def stream(self, prompt: str, history: Transcript | None = None) -> AsyncGenerator[Event, None]:
        """Answer ``prompt`` after what was said in ``history``, event by event.

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
                return
            async with aclosing(answers(calls, self.tools, cut=record.cut)) as results:
                async for event in results:
                    yield record.add(event)
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
        self._unnamed: dict[str, str] = {}
        """Of the current turn: the beginning of the arguments of calls that have no name yet, by key."""
        self._failed = False
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
                self._failed = True
            case _:
                pass
        self.transcript.extend(self._assembler.feed(event, time.time()))
        return event

    @property
    def invalid(self) -> InvalidToolCall | None:
        """The call to a tool that was not offered, if one is to be settled now."""
        return self._assembler.invalid

    @property
    def abandoned(self) -> bool:
        """Whether the current turn was given up."""
        return self._run.turns[-1].status == "abandoned"

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
        reason = self._run.turns[-1].finish_reason
        if self._failed:
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
        turn = self._run.turns[-1]
        if self._failed or turn.finish_reason in ("content_filter", "error", "cancelled"):
            return []
        return [part for part in turn.tools if part.outcome is None]

    @property
    def cut(self) -> bool:
        """Whether the current turn's reply reached the output limit: its last call may be half a call."""
        return self._run.turns[-1].finish_reason == "length"

    def _identify(self, event: ToolCallDelta | ToolCall) -> ToolCallDelta | ToolCall:
        """Results find their call by its id, so the missing, repeated and made-up ids of some servers are replaced."""
        key = event.key or event.call_id
        if key is None:
            key = f"call{len(self._ids) + 1}" if event.name else self._last
        self._last = key
        if event.name:
            self._unnamed.pop(key, None)
        elif isinstance(event, ToolCallDelta) and (key not in self._ids or key in self._unnamed):
            self._unnamed[key] = _short(self._unnamed.get(key, "") + event.arguments)
        if key not in self._ids:
            call_id = event.call_id
            if not call_id or call_id in self._taken:
                call_id = f"call_{secrets.token_hex(8)}"
            self._taken.add(call_id)
            self._ids[key] = call_id
        return replace(event, call_id=self._ids[key], key=key)


async def answers(
    calls: Sequence[ToolPart], tools: Mapping[str, Tool], *, cut: bool = False
) -> AsyncGenerator[ToolStart | ToolOutput | ToolResult, None]:
    """Run ``calls`` side by side and yield what happens when it happens: each gets one result, whatever goes wrong.

    With ``cut`` the reply that made them reached its limit, and a call without arguments counts as half a call.
    """
    events: asyncio.Queue[ToolStart | ToolOutput | ToolResult | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def run(call: ToolPart, tool: Tool, arguments: dict[str, Any]) -> Any:
        def put_out(output: ToolOutput) -> bool:
            if done:  # a thread that outlives its call writes to nobody's step
                return False
            event = replace(output, call_id=call.call_id, name=call.name)
            if threading.get_ident() == thread:
                events.put_nowait(event)
            else:
                loop.call_soon_threadsafe(events.put_nowait, event)
            return True

        done = False
        thread = threading.get_ident()
        figures = capture.open_figures()
        try:
            with capture.into(put_out):
                value = await tool.run(arguments)
                capture.show_figures(figures, value)
            return value
        finally:
            done = True

    async def answer(call: ToolPart) -> None:
        try:
            tool, arguments = _prepare(call, tools, cut)
            events.put_nowait(ToolStart(call_id=call.call_id, name=call.name))
            value = await run(call, tool, arguments)
        except _NotRunError as error:
            result = ToolResult(str(error), call_id=call.call_id, name=call.name, outcome="error")
        except asyncio.CancelledError:
            if closing:
                raise
            result = ToolResult(
                "CancelledError: the tool was cancelled",
                call_id=call.call_id,
                name=call.name,
                outcome="error",
            )
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a tool's failure is the model's to deal with
            result = ToolResult(_told(error), call_id=call.call_id, name=call.name, outcome="error")
        else:
            result = ToolResult(value, call_id=call.call_id, name=call.name)
        events.put_nowait(result)

    closing = False
    tasks = [asyncio.create_task(answer(call), name=f"turnwise-tool-{call.name}") for call in calls]
    for task in tasks:
        task.add_done_callback(lambda _: events.put_nowait(None))
    try:
        waiting = len(tasks)
        while waiting:
            event = await events.get()
            if event is None:
                waiting -= 1
            else:
                yield event
    finally:
        closing = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _NotRunError(Exception):
    """The call cannot be run; the message tells the model why."""


def _prepare(call: ToolPart, tools: Mapping[str, Tool], cut: bool) -> tuple[Tool, dict[str, Any]]:
    """The tool and the arguments of ``call``. Raises ``_NotRunError``."""
    tool = tools[call.name]
    text = call.arguments_text
    if cut and (call.arguments_invalid is not None or (not text.strip() and tool.parameters["properties"])):
        raise _NotRunError(
            "The arguments were cut off by the output limit, so the tool was not run: call it again, with less."
        )
    if call.arguments_invalid is not None:
        raise _NotRunError(f"The arguments are not valid JSON ({call.arguments_invalid}): {_short(text)}")
    if not isinstance(call.arguments, dict):
        raise _NotRunError(f"The arguments must be a JSON object, not {_short(text)}")
    return tool, call.arguments


def _told(error: BaseException) -> str:
    """What the model is told of a tool that raised."""
    if isinstance(error, ArgumentsError):
        return str(error)
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  # an exception that cannot even say what it is
        message = ""
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def _short(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"
