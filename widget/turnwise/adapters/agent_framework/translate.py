"""Updates of agent-framework as turnwise events. Pure: attributes are read by name, and nothing is imported.

Knows ``events`` and ``values``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import events as e
from ...values import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...events import Event
    from ...values import FinishReason


class Translator:
    """The updates of one run, its resumptions included, as turnwise events. Pure: it reads attributes by name.

    A turn begins with the first content of a ``response_id``, or after results where there is none. The first author
    is the main lane; each other one, in a workflow, has a lane of its own. ``editable``: whether calls that a person is
    asked about may run with other arguments; ``agreed`` knows the questions that a person has answered before.
    """

    def __init__(self, *, editable: bool = False, agreed: Callable[[Any], bool] = lambda _: False) -> None:
        self._editable = editable
        self._agreed = agreed
        self._lanes: dict[str | None, _Lane] = {}
        self._requests: dict[str, Any] = {}

    def take_requests(self) -> dict[str, Any]:
        """What the run has asked, by call id; the answers begin another run, which counts its tokens anew."""
        requests, self._requests = self._requests, {}
        for lane in self._lanes.values():
            lane.before = lane.total = Usage()
        return requests

    def feed(self, update: Any) -> list[Event]:
        """What one update says."""
        out: list[Event] = []
        lane = self._lane(getattr(update, "author_name", None), out)
        if str(update.role) == "tool":
            lane.answered = True
        elif _says(update):
            out += lane.turn_of(getattr(update, "response_id", None))
        for content in update.contents or ():
            out += self._content(content, lane)
        reason: Any = getattr(update, "finish_reason", None)
        if reason:
            out.append(e.TurnFinish(_FINISH.get(reason, "unknown"), native=str(reason), **lane.at))
        return out

    def result(self, response: Any) -> list[Event]:
        """The texts of a run's whole response that no update has said: a middleware may write its own."""
        said = [lane.said for lane in self._lanes.values()]
        out: list[Event] = []
        for message in response.messages:
            for content in message.contents:
                text = content.text or "" if content.type == "text" else ""
                if text.strip() and not any(text.strip() in words for words in said):
                    lane = self._lane(message.author_name, out)
                    out.append(e.FinalText(text, lane=lane.key))
        return out

    def _lane(self, author: str | None, out: list[Event]) -> _Lane:
        lane = self._lanes.get(author)
        if lane is None:
            lane = self._lanes[author] = _Lane(author if self._lanes else None, author)
            if lane.key is not None:
                out.append(e.LaneStart(lane.key, agent=author))
        return lane

    def _content(self, content: Any, lane: _Lane) -> list[Event]:
        whole = getattr(content, "merge_mode", None) == "replace"
        at = lane.at
        match content.type:
            case "text":
                text = content.text or ""
                lane.said += text
                said = e.Text(text, **at) if whole else e.TextDelta(text, **at)
                return [said, *_sources(content, at)]
            case "text_reasoning":
                text = content.text or ""
                return [e.Reasoning(text, **at) if whole else e.ReasoningDelta(text, **at)]
            case "function_call":
                return [_call(content, at, whole)]
            case "function_result":
                failed = getattr(content, "exception", None) is not None
                return [
                    e.ToolResult(
                        content.result,
                        call_id=content.call_id,
                        outcome="error" if failed else "ok",
                        lane=lane.key,
                    )
                ]
            case "usage":
                return [lane.usage(content.usage_details)]
            case "function_approval_request":
                call = content.function_call
                self._requests[call.call_id] = content
                if self._agreed(content):
                    return []
                editable = self._editable and not getattr(call, "hosted", False)  # the provider runs it
                ask = e.ApprovalRequest(
                    call_id=call.call_id, name=call.name, editable=editable, lane=lane.key
                )
                return [_call(call, at, whole=True), ask]
            case "data" | "uri":
                return [e.File(url=content.uri, media_type=content.media_type or _BINARY, **at)]
            case "error":
                message = content.message or content.error_code or "the agent reports an error"
                return [e.Error(message, kind=content.error_code or "error", **at)]
            case "function_approval_response":
                return []
            case kind:
                return [e.Unknown(kind, payload=content, **at)]


class _Lane:
    def __init__(self, key: str | None, agent: str | None) -> None:
        self.key = key
        self._agent = agent
        self._turns = 0
        self._response: str | None = None
        self.said = ""
        self.answered = False
        """Results have come since the model spoke."""
        self.before = Usage()
        """Tokens of the turns before this one: the framework adds them up over a run."""
        self.total = Usage()

    @property
    def at(self) -> dict[str, Any]:
        return {"turn": str(self._turns) if self._turns else None, "lane": self.key}

    def turn_of(self, response: str | None) -> list[Event]:
        """Begin a turn, if a reply is not of the current one."""
        new = response is not None and self._response is not None and response != self._response
        if response is not None:
            self._response = response
        if self._turns and not new and not self.answered:
            return []
        self.answered = False
        self._turns += 1
        self.before = self.total
        return [e.TurnStart(agent=self._agent, **self.at)]

    def usage(self, details: Mapping[str, Any]) -> e.TurnUsage:
        self.total = Usage(
            input_tokens=details.get("input_token_count"),
            output_tokens=details.get("output_token_count"),
            cached_tokens=details.get("cache_read_input_token_count"),
            reasoning_tokens=details.get("reasoning_output_token_count"),
        )
        if (self.total.input_tokens or 0) < (self.before.input_tokens or 0):
            self.before = Usage()  # not added up: an agent that makes no loop of its calls counts each
        return e.TurnUsage(_less(self.total, self.before), **self.at)


_BINARY = "application/octet-stream"

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}


def _says(update: Any) -> bool:
    """Whether anything of a reply is in it; questions to a person are of the reply before."""
    if getattr(update, "finish_reason", None) or getattr(update, "response_id", None):
        return True
    return any(each.type not in ("function_approval_request", "function_result") for each in update.contents)


def _call(content: Any, at: dict[str, Any], whole: bool) -> Event:
    arguments = content.arguments
    if whole or (arguments is not None and not isinstance(arguments, str)):
        return e.ToolCall(content.name, arguments, call_id=content.call_id, **at)
    return e.ToolCallDelta(arguments or "", name=content.name or None, call_id=content.call_id, **at)


def _sources(content: Any, at: dict[str, Any]) -> list[Event]:
    return [
        e.Source(each.get("url"), each.get("title"), snippet=each.get("snippet"), **at)
        for each in getattr(content, "annotations", None) or ()
        if each.get("url")
    ]


def _less(total: Usage, before: Usage) -> Usage:
    def less(now: int | None, then: int | None) -> int | None:
        return None if now is None else now - (then or 0)

    return Usage(
        input_tokens=less(total.input_tokens, before.input_tokens),
        output_tokens=less(total.output_tokens, before.output_tokens),
        cached_tokens=less(total.cached_tokens, before.cached_tokens),
        reasoning_tokens=less(total.reasoning_tokens, before.reasoning_tokens),
    )
