"""One client of an AG-UI agent, wherever that is: what is asked of it, and the answers to what it asks.

Knows ``export`` for a conversation that began elsewhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...agent.providers.untyped import Object
from ...export import messages
from .ag_ui_thread import Thread
from .ag_ui_translate import AGUITranslator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...events import ApprovalResponse
    from ...transcript import Transcript
    from .ag_ui_records import Interrupt


class Client:
    """A conversation. What it asks is a ``RunAgentInput``, as JSON."""

    def __init__(
        self,
        thread_id: str | None = None,
        state: Any = None,
        forwarded_props: Mapping[str, Any] | None = None,
    ) -> None:
        self._props = dict(forwarded_props or {})
        self._thread = Thread()
        if thread_id is not None:
            self._thread.id = thread_id
        if state is not None:
            self._thread.state = state

    def translator(self) -> AGUITranslator:
        """One for the next run."""
        return AGUITranslator(self._thread.state)

    def ask(self, prompt: str, history: Transcript) -> Object:
        """What begins a run."""
        if self._thread.empty:
            for message in _messages(history):
                self._thread.add(message)
        self._thread.ask(prompt)
        return self._thread.input(forwardedProps=self._props)

    def answer(self, questions: Mapping[str, Interrupt], answers: Mapping[str, ApprovalResponse]) -> Object:
        """What resumes it."""
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
        return self._thread.input(forwardedProps=props, **more)

    def hear(self, item: Object) -> None:
        """Take up one event of the agent's."""
        self._thread.hear(str(item.get("type")), item)


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
