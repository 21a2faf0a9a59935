"""Servers of the Agent User Interaction Protocol (AG-UI): what is asked of them, and the answers to what they ask.

Knows ``export`` for a conversation that began elsewhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from ...agent.providers.untyped import Object
from ...export import messages
from .ag_ui_thread import Thread
from .ag_ui_translate import AGUITranslator
from .base import Remote
from .server import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from .ag_ui_translate import Interrupt
    from .server import Message


class AGUI(Remote):
    """An agent behind an AG-UI endpoint: ``AgentChat(AGUI("https://example.org/agent"))``.

    Messages and state are kept as the protocol's own client keeps them, and sent with every prompt. What interrupts a
    run is a question to a person, and the answer resumes it in the same run; edited arguments go where the server
    says that it takes them. The protocol has no way to take up a reply that broke off, unless the server gives its
    events ids.

    Args:
        url: The address of the agent.
        thread_id: The conversation to go on with, for servers that remember it; a new one if not given.
        state: The state that the first run begins with.
        forwarded_props: Handed to the agent as they are.
        options: ``headers``, ``auth``, ``timeout``, ``client``: as for ``Remote``.
    """

    protocol: ClassVar[str] = "AG-UI"

    def __init__(
        self,
        url: str,
        *,
        thread_id: str | None = None,
        state: Any = None,
        forwarded_props: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(url, **options)
        self._props = dict(forwarded_props or {})
        self._thread = Thread()
        if thread_id is not None:
            self._thread.id = thread_id
        if state is not None:
            self._thread.state = state

    @classmethod
    def speaks(cls, headers: Mapping[str, str], message: Message | None) -> bool:
        """By the first event, which begins or fails a run."""
        del headers
        item = None if message is None else message.item
        return item is not None and item.get("type") in ("RUN_STARTED", "RUN_ERROR")

    def _translate(self) -> AGUITranslator:
        return AGUITranslator()

    async def _ask(self, prompt: str, history: Transcript) -> Request:
        if self._thread.empty:
            for message in _messages(history):
                self._thread.add(message)
        self._thread.ask(prompt)
        return Request(self._thread.input(forwardedProps=self._props))

    async def _answer(self, questions: Mapping[str, Any], answers: Mapping[str, ApprovalResponse]) -> Request:
        resume: list[Object] = []
        props = dict(self._props)
        interrupts: dict[Interrupt, None] = dict.fromkeys(questions.values())
        for interrupt in interrupts:
            given = [answers[call_id] for call_id in interrupt.calls]
            if interrupt.tool is not None:
                content = json.dumps({"confirmed": given[0].decision == "approved"})
                answer = {"id": f"{interrupt.tool}-answer", "role": "tool", "content": content}
                self._thread.add({**answer, "toolCallId": interrupt.tool})
            elif interrupt.id is not None:
                entry = {"interruptId": interrupt.id, "status": "resolved"}
                resume.append({**entry, "payload": _payload(interrupt, given)})
            else:
                props["command"] = {"resume": _payload(interrupt, given)}
        more = {"resume": resume} if resume else {}
        return Request(self._thread.input(forwardedProps=props, **more))

    def _read(self, message: Message) -> list[Event]:
        item = message.item
        if item is not None:
            self._thread.hear(str(item.get("type")), item)
        return super()._read(message)


def _payload(interrupt: Interrupt, answers: list[ApprovalResponse]) -> Object:
    """What a person said: to LangGraph a decision for each of its actions, to others the protocol's own answer."""
    if interrupt.actions:
        pairs = zip(interrupt.actions, answers, strict=False)
        return {"decisions": [_decision(action, answer) for action, answer in pairs]}
    [answer] = answers
    out: Object = {"approved": answer.decision == "approved"}
    if answer.reason:
        out["reason"] = answer.reason
    if answer.arguments is not None:
        out["editedArgs"] = answer.arguments
    return out


def _decision(action: Object, answer: ApprovalResponse) -> Object:
    if answer.decision == "denied":
        return {"type": "reject", **({"message": answer.reason} if answer.reason else {})}
    if answer.arguments is not None:
        return {"type": "edit", "edited_action": {"name": action.get("name"), "args": answer.arguments}}
    return {"type": "approve"}


def _messages(history: Transcript) -> list[Object]:
    """A conversation that was not held with this server, in the protocol's shape, which is close to OpenAI's."""
    out: list[Object] = []
    for number, message in enumerate(messages(history, "openai"), 1):
        said = {"id": f"before-{number}", "role": message["role"], "content": message.get("content") or ""}
        if message.get("tool_calls"):
            said["toolCalls"] = message["tool_calls"]
        if message.get("tool_call_id"):
            said["toolCallId"] = message["tool_call_id"]
        out.append(said)
    return out
