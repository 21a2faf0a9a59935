"""Messages of Strands: a conversation that an agent has not heard, and the end of one that was broken off.

They are plain dicts, as Bedrock's Converse has them; its models insist that the roles take turns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..memory import untold_exchanges

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...export.rules import Call
    from ...transcript import Transcript

    _Message = dict[str, Any]

_NO_REPLY = "(no reply: the run did not come to an end)"


def prompts(messages: Iterable[_Message]) -> list[str]:
    """What the person said in them: of what has the role ``user``, all but the results of tools."""
    said = [
        [block["text"] for block in message["content"] if "text" in block]
        for message in messages
        if message["role"] == "user"
    ]
    return ["".join(texts) for texts in said if texts]


def missing(history: Transcript, told: int) -> list[_Message]:
    """The runs after the first ``told``; each ends with a word of the agent's."""
    out: list[_Message] = []
    for exchange in untold_exchanges(history, told):
        _say(out, "user", {"text": exchange.prompt})
        for reply in exchange.replies:
            if reply.text:
                _say(out, "assistant", {"text": reply.text})
            for call in reply.calls:
                use = {"toolUseId": call.id, "name": call.name, "input": call.arguments}
                _say(out, "assistant", {"toolUse": use})
            for call in reply.calls:
                _say(out, "user", {"toolResult": _result(call)})
        end(out)
    return out


def end(messages: list[_Message], text: str = "") -> None:
    """Reply to what is without a reply: with ``text``, or with a word that there was none."""
    if messages and messages[-1]["role"] == "user":
        _say(messages, "assistant", {"text": text or _NO_REPLY})


def _say(messages: list[_Message], role: str, block: dict[str, Any]) -> None:
    if messages and messages[-1]["role"] == role:
        messages[-1]["content"].append(block)
    else:
        messages.append({"role": role, "content": [block]})


def _result(call: Call) -> dict[str, Any]:
    answer = call.answer
    content = {"json": answer.value} if isinstance(answer.value, dict) else {"text": answer.text}
    return {
        "toolUseId": call.id,
        "status": "error" if answer.failed else "success",
        "content": [content],
    }
