"""What an AG-UI client remembers of a conversation: its messages and its state, as the protocol wants them back.

Messages keep the server's own ids, by which servers that remember the thread recognise them. Follows what the
protocol's reference client does with each event. Knows nothing of turnwise's events.
"""

from __future__ import annotations

import secrets
from typing import Any

from ...agent.providers.untyped import Object, inner, objects, word
from .json_patch import patched

STOPPED = "No result: the run was stopped before the tool returned."


class _Pieces(list[str]):
    """A text that is still coming; other lists are what the server put there."""

    __slots__ = ()


class Thread:
    """One conversation. Texts are kept in pieces, and joined when they are sent."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        self.state: Any = {}
        self._messages: list[Object] = []
        self._by_id: dict[str, Object] = {}
        self._calls: dict[str, Object] = {}
        self._chunk: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was said yet."""
        return not self._messages

    def ask(self, prompt: str) -> None:
        """The person's next message. Calls that were left without a result get one that says so."""
        self._close_calls()
        self.add({"id": secrets.token_hex(8), "role": "user", "content": prompt})

    def add(self, message: Object) -> None:
        """A message of the conversation before, or the answer to a call that the person gave."""
        self._messages.append(message)
        self._by_id[str(message.get("id"))] = message
        for call in objects(message.get("toolCalls")):
            self._calls[str(call.get("id"))] = call

    def input(self, **more: Any) -> Object:
        """The body of a request: ``RunAgentInput``."""
        return {
            "threadId": self.id,
            "runId": secrets.token_hex(8),
            "state": self.state,
            "messages": [_whole(message) for message in self._messages],
            "tools": [],
            "context": [],
            "forwardedProps": {},
            **more,
        }

    def hear(self, kind: str, item: Object) -> None:
        """Take up one event of the protocol."""
        match kind:
            case "TEXT_MESSAGE_CONTENT" | "TEXT_MESSAGE_CHUNK":
                self._chunk = word(item.get("messageId")) or self._chunk
                self._pieces(self._message(self._chunk)).append(str(item.get("delta") or ""))
            case "TOOL_CALL_START":
                self._call(item)
            case "TOOL_CALL_ARGS" | "TOOL_CALL_CHUNK":
                call = (
                    self._call(item)
                    if item.get("toolCallName")
                    else self._calls.get(str(item.get("toolCallId")))
                )
                arguments = inner(call, "function").get("arguments")
                if isinstance(arguments, _Pieces):
                    arguments.append(str(item.get("delta") or ""))
            case "TOOL_CALL_RESULT":
                message = {
                    "role": "tool",
                    "toolCallId": item.get("toolCallId"),
                    "content": item.get("content"),
                }
                self.add({"id": word(item.get("messageId")) or secrets.token_hex(8), **message})
            case "REASONING_ENCRYPTED_VALUE":
                entity = str(item.get("entityId"))
                kept = self._by_id.get(entity) or self._calls.get(entity)
                if kept is not None:
                    kept["encryptedValue"] = item.get("encryptedValue")
            case "MESSAGES_SNAPSHOT":
                self._messages, self._by_id, self._calls = [], {}, {}
                for message in objects(item.get("messages")):
                    self.add(message)
            case "STATE_SNAPSHOT":
                self.state = item.get("snapshot")
            case "STATE_DELTA":
                self.state = patched(self.state, objects(item.get("delta")))
            case _:
                pass

    def _message(self, id: str) -> Object:
        if id not in self._by_id:
            self.add({"id": id, "role": "assistant", "content": _Pieces()})
        return self._by_id[id]

    def _pieces(self, message: Object) -> _Pieces:
        content = message.get("content")
        if not isinstance(content, _Pieces):
            content = message["content"] = _Pieces([content] if isinstance(content, str) else [])
        return content

    def _call(self, item: Object) -> Object:
        id = str(item.get("toolCallId"))
        if id not in self._calls:
            message = self._message(word(item.get("parentMessageId")) or f"{id}-message")
            function: Object = {"name": item.get("toolCallName"), "arguments": _Pieces()}
            self._calls[id] = {"id": id, "type": "function", "function": function}
            message.setdefault("toolCalls", []).append(self._calls[id])
        return self._calls[id]

    def _close_calls(self) -> None:
        answered = {str(message.get("toolCallId")) for message in self._messages}
        closed: list[Object] = []
        for message in self._messages:
            closed.append(message)
            for call in objects(message.get("toolCalls")):
                if str(call.get("id")) not in answered:
                    id = f"{call.get('id')}-stopped"
                    closed.append(
                        {"id": id, "role": "tool", "toolCallId": call.get("id"), "content": STOPPED}
                    )
        self._messages = closed


def _whole(message: Object) -> Object:
    """With its texts joined. An assistant's empty text is left out where there are calls."""
    if message.get("role") != "assistant":
        return message
    out = {**message, "content": _joined(message.get("content"))}
    calls: list[Object] = []
    for call in objects(message.get("toolCalls")):
        function = inner(call, "function")
        calls.append({**call, "function": {**function, "arguments": _joined(function.get("arguments"))}})
    return {**out, "toolCalls": calls} if calls else out


def _joined(text: Any) -> Any:
    return "".join(text) if isinstance(text, _Pieces) else text
