"""Events of LlamaIndex's workflows as turnwise events. Pure: attributes are read by name, and nothing is imported.

Knows ``events`` and ``values``.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ... import events as e
from ...values import Usage
from ..native import fenced, field
from .calls import Calls

if TYPE_CHECKING:
    from ...events import Event
    from ...values import FinishReason


class Translator:
    """The events of one run as turnwise events. Pure: it reads attributes by name.

    The first agent has the main lane; one that is handed to gets a lane of its own, once.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._calls = Calls()
        self._lane = _Lane(None, None, self._calls)
        self._question: tuple[str, Any] | None = None

    def take_question(self) -> tuple[str, Any] | None:
        """What a tool has just asked, with the id of its call."""
        question, self._question = self._question, None
        return question

    def feed(self, event: Any) -> list[Event]:
        """What one native event says."""
        kinds = {cls.__name__ for cls in type(event).__mro__}
        lane = self._lane
        if "InputRequiredEvent" in kinds:
            return self._asked(event)
        match type(event).__name__:
            case "AgentInput":
                return self._request(event.current_agent_name)
            case "AgentStream":
                return lane.piece(event)
            case "AgentOutput":
                return lane.reply(event)
            case "ToolCall":
                return self._started(event)
            case "ToolCallResult":
                return self._ended(event)
            case "AgentStreamStructuredOutput":
                return lane.structured(event.output)
            case "AgentSetup" | "AgentWorkflowStartEvent" | "HumanResponseEvent":
                return []
            case _ if kinds & _ENDS:
                return []
            case kind:
                return [e.Unknown(kind, payload=event, **lane.at)]

    def result(self, output: Any) -> list[Event]:
        """What the run returns, where no text has said it."""
        text = str(output).strip()
        said = "".join(self._lane.said)
        return [] if not text or text in said else [e.FinalText(text, lane=self._lane.key)]

    def _request(self, agent: str) -> list[Event]:
        out: list[Event] = []
        lane = self._lanes.get(agent)
        if lane is None:
            key = agent if self._lanes else None
            lane = self._lanes[agent] = _Lane(key, agent, self._calls)
            if key is not None:
                out.append(e.LaneStart(key, agent=agent, handed_from=self._lane.key or ""))
        self._lane = lane
        lane.request()
        return out

    def _started(self, event: Any) -> list[Event]:
        """Said again when a tool that has asked a person goes on."""
        if not event.tool_name:
            return []
        call_id = self._calls.started(event)
        call = e.ToolCall(event.tool_name, event.tool_kwargs, call_id=call_id, **self._lane.at)
        return [call, e.ToolStart(call_id=call_id, name=event.tool_name, lane=self._lane.key)]

    def _ended(self, event: Any) -> list[Event]:
        if not event.tool_name:
            return []
        output = event.tool_output
        return [
            e.ToolResult(
                output.content,
                call_id=self._calls.ended(event),
                name=event.tool_name,
                outcome="error" if output.is_error else "ok",
                lane=self._lane.key,
            )
        ]

    def _asked(self, event: Any) -> list[Event]:
        """A question names no call; it is of the tool that began last."""
        call_id = self._calls.latest()
        if call_id is None:
            raise RuntimeError(
                f"a step of the workflow asks a person ({type(event).__name__}) while no tool runs; "
                f"turnwise shows questions at calls: ask in a tool"
            )
        self._question = (call_id, event)
        return [e.ApprovalRequest(getattr(event, "prefix", None), call_id=call_id, lane=self._lane.key)]


@dataclass(slots=True)
class _Block:
    """Neighbouring pieces of one kind: ``"text"`` or ``"thinking"``."""

    kind: str
    key: str
    pieces: list[str]


class _Lane:
    def __init__(self, key: str | None, agent: str | None, calls: Calls) -> None:
        self.key = key
        self.said: list[str] = []
        """Text of the current turn."""
        self._agent = agent
        self._calls = calls
        self._turns = 0
        self._asked = False
        self._finish: str | None = None
        self._usage: Usage | None = None
        self._shown: set[str] = set()
        self._blocks: list[_Block] = []

    @property
    def at(self) -> dict[str, Any]:
        return {"turn": str(self._turns) if self._turns else None, "lane": self.key}

    def request(self) -> None:
        """The model is asked; the turn begins with what comes of it."""
        self._asked = True
        self._calls.forget()

    def _begin(self, model: str | None) -> list[Event]:
        if not self._asked:
            return []
        self._asked = False
        self._turns += 1
        self._finish = self._usage = None
        self.said = []
        self._shown.clear()
        self._blocks.clear()
        return [e.TurnStart(agent=self._agent, model=model, **self.at)]

    def piece(self, event: Any) -> list[Event]:
        out = self._begin(_text_field(event.raw, "model"))
        if thought := getattr(event, "thinking_delta", None):
            out.append(e.ReasoningDelta(thought, key=self._block("thinking", thought).key, **self.at))
        if event.delta:
            self.said.append(event.delta)
            out.append(e.TextDelta(event.delta, key=self._block("text", event.delta).key, **self.at))
        for call in event.tool_calls:  # what of its arguments is there is guessed; they come whole in the end
            if call.tool_id and call.tool_name and call.tool_id not in self._shown:
                self._shown.add(call.tool_id)
                out.append(e.ToolCallDelta(name=call.tool_name, call_id=call.tool_id, **self.at))
        self._finish = _finish(event.raw) or self._finish
        self._usage = _usage(event.raw) or self._usage
        return out

    def _block(self, kind: str, piece: str) -> _Block:
        """The block that a piece belongs to."""
        if not self._blocks or self._blocks[-1].kind != kind:
            self._blocks.append(_Block(kind, str(len(self._blocks)), []))
        self._blocks[-1].pieces.append(piece)
        return self._blocks[-1]

    def _whole(self, spoken: list[Any]) -> list[Event]:
        """The blocks of a whole reply: those of a kind that did not stream, and what streamed otherwise than it is."""
        streamed = dict.fromkeys(block.kind for block in self._blocks)
        out: list[Event] = []
        for kind, neighbours in groupby(spoken, lambda block: str(block.block_type)):
            words = "".join(_words(block) for block in neighbours)
            if words and kind not in streamed:
                out.append(_WHOLE[kind](words, key=self._block(kind, words).key, **self.at))
        for kind in streamed:
            words = "".join(_words(block) for block in spoken if block.block_type == kind)
            blocks = [block for block in self._blocks if block.kind == kind]
            if words and words != "".join(piece for block in blocks for piece in block.pieces):
                first, *others = blocks
                out.append(_WHOLE[kind](words, key=first.key, **self.at))
                out += [_WHOLE[kind]("", key=block.key, **self.at) for block in others]
        return out

    def reply(self, event: Any) -> list[Event]:
        """The whole reply, as far as it differs from its pieces."""
        out = self._begin(_text_field(event.raw, "model"))
        spoken = [block for block in event.response.blocks if block.block_type in _WHOLE]
        out += self._whole(spoken)
        text = "".join(_words(block) for block in spoken if block.block_type == "text")
        if text:
            self.said = [text]
        for place, block in enumerate(event.response.blocks):
            if block.block_type in _FILES:
                out += _file(block, str(place), self.at)
        for call in event.tool_calls:
            if hasattr(call, "tool_output"):
                continue  # the framework adds the run's results to its last reply
            if call.tool_name:
                out.append(
                    e.ToolCall(call.tool_name, call.tool_kwargs, call_id=self._calls.made(call), **self.at)
                )
            else:
                out.append(e.Unknown("tool call without a name", payload=call, **self.at))
        usage = _usage(event.raw) or self._usage
        if usage is not None:
            out.append(e.TurnUsage(usage, **self.at))
        native = _finish(event.raw) or self._finish
        out.append(e.TurnFinish(_FINISH.get((native or "").lower()), native=native, **self.at))
        return out

    def structured(self, output: Any) -> list[Event]:
        """The answer in a form that was asked for: another model call, or a function, makes it of the conversation."""
        form = {"turn": "form", "lane": self.key}
        return [e.TurnStart(agent=self._agent, auxiliary=True, **form), e.Text(fenced(output), **form)]


_WHOLE: dict[str, type[e.Text | e.Reasoning]] = {"text": e.Text, "thinking": e.Reasoning}
"""The kinds of blocks that say something."""


def _words(block: Any) -> str:
    return (block.text if block.block_type == "text" else block.content) or ""


_FILES = {
    "image": ("image", "image_mimetype"),
    "audio": ("audio", "format"),
    "video": ("video", "video_mimetype"),
    "document": ("data", "document_mimetype"),
}
"""The kinds of blocks that are files: where they have their bytes, as base64 or to be read, and their media type."""


def _file(block: Any, key: str, at: dict[str, Any]) -> list[Event]:
    """A block that is a file; nothing of one that has neither bytes nor a place."""
    kind: str = block.block_type
    content, form = (getattr(block, name) for name in _FILES[kind])
    where: Any = block.url or block.path
    if content:
        content = b64decode(content) if isinstance(content, bytes) else content.read()
    elif not where:
        return []
    return [
        e.File(
            content or None,
            url=None if content else str(where),
            media_type=(form if "/" in form else f"{kind}/{form}") if form else "application/octet-stream",
            name=getattr(block, "title", None),
            key=key,
            **at,
        )
    ]


_ENDS = {"StopEvent", "WorkflowFailedEvent", "WorkflowCancelledEvent", "WorkflowTimedOutEvent"}
"""How a run ended is known from its result, or from what it raises."""

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
}


# A provider's own response, or its last chunk.


def _text_field(raw: Any, *names: str) -> str | None:
    value = field(raw, *names)
    return value if isinstance(value, str) else None


def _finish(raw: Any) -> str | None:
    choices = field(raw, "choices", "candidates")
    choice = choices[0] if choices else raw
    reason = field(choice, "finish_reason", "stop_reason", "done_reason")
    return None if reason is None else str(getattr(reason, "name", reason))


def _usage(raw: Any) -> Usage | None:
    counted = field(raw, "usage", "usage_metadata") or raw
    given = field(counted, "prompt_tokens", "input_tokens", "prompt_token_count", "prompt_eval_count")
    written = field(counted, "completion_tokens", "output_tokens", "candidates_token_count", "eval_count")
    if given is None and written is None:
        return None
    given_details = field(counted, "prompt_tokens_details", "input_tokens_details")
    written_details = field(counted, "completion_tokens_details", "output_tokens_details")
    cached = field(counted, "cache_read_input_tokens")
    if given is not None:  # Anthropic counts what it read from a cache, or wrote to one, apart
        given += (cached or 0) + (field(counted, "cache_creation_input_tokens") or 0)
    return Usage(
        input_tokens=given,
        output_tokens=written,
        cached_tokens=cached
        or field(given_details, "cached_tokens")
        or field(counted, "cached_content_token_count"),
        reasoning_tokens=field(written_details, "reasoning_tokens"),
    )
