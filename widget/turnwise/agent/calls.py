"""The calls of one turn: asked about where a person must approve, run side by side, each with one result.

Knows ``events`` and the transcript's steps; nothing of the model.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from .. import capture
from ..events import ApprovalRequest, ApprovalResponse, ToolOutput, ToolResult, ToolStart
from ..foreign import faults
from .tools import ArgumentsError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from ..runs import ToolPart
    from .tools import Tool

_QUOTED = 500

NOBODY = "nobody was there to ask: Agent.stream was called without approvals"
"""Why a call that needs approval is denied where nobody could give it."""

Said: TypeAlias = "ApprovalRequest | ApprovalResponse | ToolStart | ToolOutput | ToolResult"


class Approver(Protocol):
    """Who is asked whether a call may run."""

    async def wait(self, call_id: str, /) -> ApprovalResponse:
        """The answer to the question about this call; a wait that is cancelled takes the question back."""
        ...


class Nobody:
    """Denies, so that what needs approval never runs without it."""

    async def wait(self, call_id: str, /) -> ApprovalResponse:
        """No, and why."""
        return ApprovalResponse("denied", reason=NOBODY, call_id=call_id)


async def answers(
    calls: Sequence[ToolPart], tools: Mapping[str, Tool], approver: Approver, *, cut: bool = False
) -> AsyncGenerator[Said, None]:
    """Run ``calls`` side by side and yield what happens when it happens.

    Each gets one result, whatever goes wrong, or was denied. With ``cut`` the reply that made them reached its limit,
    and a call without arguments counts as half a call.
    """
    events: asyncio.Queue[Said | None] = asyncio.Queue()

    loop = asyncio.get_running_loop()
    thread = threading.get_ident()

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
        figures = capture.open_figures()
        try:
            with capture.into(put_out):
                value = await tool.call(arguments)
                capture.show_figures(figures, value)
            return value
        finally:
            done = True

    async def permitted(call: ToolPart, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments to run with; ``None`` if a person said no."""
        question = await tool.question(arguments)
        if question is None:
            return arguments
        events.put_nowait(
            ApprovalRequest(question or None, editable=True, call_id=call.call_id, name=call.name)
        )
        assert call.call_id is not None, "the agent gives every call an id"
        answer = await approver.wait(call.call_id)
        events.put_nowait(answer)
        if answer.decision == "denied":
            return None
        return arguments if answer.arguments is None else tool.bind(_object(answer.arguments))

    async def work(call: ToolPart) -> ToolResult | None:
        tool, arguments = _prepare(call, tools, cut)
        arguments = await permitted(call, tool, arguments)
        if arguments is None:
            return None
        events.put_nowait(ToolStart(call_id=call.call_id, name=call.name))
        return ToolResult(await run(call, tool, arguments), call_id=call.call_id, name=call.name)

    async def answer(call: ToolPart) -> None:
        try:
            result = await work(call)
        except asyncio.CancelledError:
            if closing:
                raise
            result = _failed(call, "CancelledError: the tool was cancelled")
        except faults() as error:  # a tool's failure is the model's to deal with
            result = _failed(call, _told(error))
        if result is not None:
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


def _failed(call: ToolPart, why: str) -> ToolResult:
    return ToolResult(why, call_id=call.call_id, name=call.name, outcome="error")


def _prepare(call: ToolPart, tools: Mapping[str, Tool], cut: bool) -> tuple[Tool, dict[str, Any]]:
    """The tool, and the arguments as it takes them. Raises ``_NotRunError`` or ``ArgumentsError``."""
    tool = tools[call.name]
    text = call.arguments_text
    if cut and (call.arguments_invalid is not None or (not text.strip() and tool.parameters["properties"])):
        raise _NotRunError(
            "The arguments were cut off by the output limit, so the tool was not run: call it again, with less."
        )
    if call.arguments_invalid is not None:
        raise _NotRunError(f"The arguments are not valid JSON ({call.arguments_invalid}): {short(text)}")
    return tool, tool.bind(_object(call.arguments))


def _object(arguments: Any) -> dict[str, Any]:
    if not isinstance(arguments, dict):
        raise _NotRunError(f"The arguments must be a JSON object, not {short(repr(arguments))}")
    return cast("dict[str, Any]", arguments)


def _told(error: BaseException) -> str:
    """What the model is told of a tool that raised."""
    if isinstance(error, (ArgumentsError, _NotRunError)):
        return str(error)
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  # an exception that cannot even say what it is
        message = ""
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def short(text: str) -> str:
    """The beginning of ``text``, for a message."""
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"
