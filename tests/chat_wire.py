"""A scripted model behind OpenAI's chat wire, for frameworks whose agents take an OpenAI client.

with Model([says("Looking.", call("weather", "1", city="Paris")), says("18 °C.")]) as model:
    ... an agent of the framework with base_url=model.url ...
    model.heard()  # what the last request held
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from wire_server import Answer, WireServer, sse

if TYPE_CHECKING:
    from typing import Literal


_USAGE = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}
_REPLIES = itertools.count(1)
_CLOSE = {"Connection": "close"}
"""Nobody closes the clients that frameworks make: this leaves them without a connection."""


def call(name: str, call_id: str, /, **arguments: Any) -> dict[str, Any]:
    return called(name, call_id, json.dumps(arguments))


def called(name: str, call_id: str, arguments: str) -> dict[str, Any]:
    """A call whose arguments are any text."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def says(
    *items: str | dict[str, Any], reason: str | None = None, end: Literal["whole", "drop", "hang"] = "whole"
) -> Answer:
    """One reply: texts in pieces, and tool calls. ``end`` other than whole: it is broken off after these."""
    calls = 0
    reply = next(_REPLIES)
    chunks = [chunk(reply, {"role": "assistant", "content": ""})]
    for item in items:
        if isinstance(item, str):
            chunks.append(chunk(reply, {"content": item}))
        else:
            chunks.append(chunk(reply, {"tool_calls": [{"index": calls, **item}]}))
            calls += 1
    if end != "whole":
        return Answer(sse(*chunks, done=False), end=end, headers=_CLOSE)
    chunks.append(chunk(reply, {}, reason or ("tool_calls" if calls else "stop")))
    return Answer(sse(*chunks, {**chunk(reply, {}), "choices": [], "usage": _USAGE}), headers=_CLOSE)


def whole(text: str) -> Answer:
    """One reply that is not streamed."""
    body = chunk(next(_REPLIES), {})
    body |= {"object": "chat.completion", "usage": _USAGE}
    body["choices"] = [
        {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    ]
    return Answer(json.dumps(body).encode(), content_type="application/json", headers=_CLOSE)


def chunk(reply: int, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{reply}",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def fails(status: int, message: str) -> Answer:
    body = json.dumps({"error": {"message": message, "type": "server_error"}}).encode()
    return Answer(body, status=status, content_type="application/json", headers=_CLOSE)


class Model(WireServer):
    """Says one reply after the other."""

    def heard(self, ask: int = -1) -> list[tuple[str, str]]:
        """What a request held, as (role, what was said or which calls were made); without the system prompt."""
        return [
            (message["role"], _said(message))
            for message in self.requests[ask].body["messages"]
            if message["role"] not in ("system", "developer")
        ]

    @property
    def system(self) -> str:
        """The system prompt of the last request."""
        return "".join(
            _said(message)
            for message in self.requests[-1].body["messages"]
            if message["role"] in ("system", "developer")
        )


def _said(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if not isinstance(content, str):
        content = "".join(part.get("text", "") for part in content)
    calls = [f"{each['function']['name']}#{each['id']}" for each in message.get("tool_calls") or ()]
    return " ".join([*([content] if content else []), *calls])
