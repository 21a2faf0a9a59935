"""A session of ADK's, made fit to go on with: what it lacks of the conversation, and answers to open calls.

Knows the framework's names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..memory import NO_RESULT, untold_exchanges
from ..native import is_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ...transcript import Transcript


def prompts(session: Any) -> list[str]:
    """What the person said in it; answers to the framework's questions are none."""
    said = [
        [part.text for part in event.content.parts or () if part.text is not None]
        for event in session.events
        if event.author == "user" and event.content is not None
    ]
    return ["".join(texts) for texts in said if texts]


async def tell(service: Any, session: Any, history: Transcript, told: int, root: Any) -> None:
    """Append the runs after the first ``told``, each reply as one of the agent in ``root``'s tree that said it."""
    types = import_module("google.genai.types")
    for exchange in untold_exchanges(history, told):
        invocation = f"e-{uuid4()}"
        asked = types.Part(text=exchange.prompt)
        await _append(service, session, invocation, "user", "user", [asked])
        for reply in exchange.replies:
            author = _author(root, reply.turn.agent)
            said = [types.Part(text=reply.text)] if reply.text else []
            calls = [
                types.Part(function_call=types.FunctionCall(id=call.id, name=call.name, args=call.arguments))
                for call in reply.calls
            ]
            answers = [
                response(call.id, call.name, _returned(call.answer.value, failed=call.answer.failed))
                for call in reply.calls
            ]
            await _append(service, session, invocation, author, "model", [*said, *calls])
            await _append(service, session, invocation, author, "user", answers)


async def settle(service: Any, session: Any, text: str, author: str) -> None:
    """Answer every open call, and leave the text that was read.

    A run that failed or was stopped leaves calls open, which providers refuse, and forgets what was said in part.
    """
    types = import_module("google.genai.types")
    invocation: str = session.events[-1].invocation_id if session.events else ""
    closing = [response(call.id, call.name, {"error": NO_RESULT}) for call in _unanswered(session.events)]
    await _append(service, session, invocation, author, "user", closing)
    await _append(service, session, invocation, author, "model", [types.Part(text=text)] if text else [])


def response(call_id: str | None, name: str, value: dict[str, Any]) -> Any:
    """A part that answers a call."""
    types = import_module("google.genai.types")
    return types.Part(function_response=types.FunctionResponse(id=call_id, name=name, response=value))


async def _append(
    service: Any, session: Any, invocation: str, author: str, role: str, parts: Sequence[Any]
) -> None:
    """An event with these parts, if there are any."""
    if not parts:
        return
    native, types = import_module("google.adk.events.event"), import_module("google.genai.types")
    content = types.Content(role=role, parts=list(parts))
    event = native.Event(author=author, invocation_id=invocation, content=content)
    await service.append_event(session=session, event=event)


def _author(root: Any, name: str | None) -> str:
    """The root agent for names that are not in its tree: else it would take them for other agents' words."""
    if name is None or (hasattr(root, "find_agent") and root.find_agent(name) is None):
        return root.name
    return name


def _returned(value: object, *, failed: bool) -> dict[str, Any]:
    """As ADK has it: what is no object under ``result``, and an error under ``error``."""
    if is_object(value) and (not failed or "error" in value):
        return value
    return {"error" if failed else "result": value}


def _unanswered(events: Iterable[Any]) -> list[Any]:
    """The calls in a session that nothing answers; tools that take long, and questions to the person, may."""
    calls: dict[str, Any] = {}
    for event in events:
        waiting: Collection[str] = event.long_running_tool_ids or ()
        calls |= {call.id: call for call in event.get_function_calls() if call.id not in waiting}
        for answer in event.get_function_responses():
            calls.pop(answer.id, None)
    return list(calls.values())
