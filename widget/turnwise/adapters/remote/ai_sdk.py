"""Servers of the AI SDK's UI message stream, version 1: ``toUIMessageStreamResponse`` of AI SDK 5 to 7, and its like.

Pydantic AI's ``VercelAIAdapter``, Prism's ``asDataStreamResponse`` and ``turnwise.to_sse(…, "ai-sdk")`` speak it too.
Steps are turns. Chunks are those of ``uiMessageChunkSchema`` in the package ``ai``. Servers that send the parts of
``fullStream`` as they are say the same with other names for some fields, and tell usage and reason of every step.

Knows ``events``, and ``export`` for the messages.
"""

from __future__ import annotations

import secrets
from base64 import b64decode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from ... import events as e
from ...agent.providers.untyped import Object, count, inner, objects, word
from ...export import messages
from ...export.ai_sdk import inline_data, native
from ...export.under_way import UnderWay
from ...values import Usage
from .base import UNREADABLE, Remote, Translator
from .server import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...events import Event
    from ...transcript import Transcript
    from ...values import FinishReason
    from .server import Message

HEADER = "x-vercel-ai-ui-message-stream"
"""The response header by which the SDK's own client knows the protocol."""

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content-filter": "content_filter",
    "tool-calls": "tool_calls",
    "error": "error",
    "interrupted": "cancelled",
}


class AISDK(Remote):
    """An agent behind the AI SDK's UI message stream: ``AgentChat(AISDK("https://example.org/api/chat"))``.

    The conversation is sent with every prompt, as the SDK's own client does it. A tool that needs approval is asked
    about, and the answer is posted as the SDK wants it; the SDK has no way to edit the arguments. Where the server
    keeps its streams (the SDK's *resumable streams*: ``GET <url>/<chat id>/stream``), a reply that breaks off is taken
    up again; elsewhere it is truncated.

    Args:
        url: The address of the chat, often ``…/api/chat``.
        body: More fields for the body of every request.
        options: ``headers``, ``auth``, ``timeout``, ``client``: as for ``Remote``.
    """

    protocol: ClassVar[str] = "AI SDK"

    def __init__(self, url: str, *, body: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(url, **options)
        self._body = dict(body or {})
        self._chat_id = secrets.token_hex(8)

    @classmethod
    def speaks(cls, headers: Mapping[str, str], message: Message | None) -> bool:
        """By its header, or its first chunk."""
        if HEADER in headers:
            return True
        item = None if message is None else message.item
        return item is not None and item.get("type") in ("start", "start-step", "text-start")

    def _translate(self) -> AISDKTranslator:
        return AISDKTranslator()

    async def _ask(self, prompt: str, history: Transcript) -> Request:
        self._run = UnderWay(history, prompt)
        return self._request({})

    async def _answer(
        self, questions: Mapping[str, Any], answers: Mapping[str, e.ApprovalResponse]
    ) -> Request:
        said: dict[str, Object] = {}
        for call_id, asked in questions.items():
            answer = answers[call_id]
            reason = {"reason": answer.reason} if answer.reason else {}
            said[call_id] = {**asked, "approved": answer.decision == "approved", **reason}
        return self._request(said)

    def _again(self, last_id: str) -> Request | None:
        return Request(None, method="GET", path=f"/{self._chat_id}/stream")

    def _heard(self, event: Event) -> Event:
        event = super()._heard(event)
        self._run.feed(event)
        return event

    def _request(self, approvals: Mapping[str, Object]) -> Request:
        said = messages(self._run.transcript, "ai-sdk")
        for part in (part for message in said for part in message["parts"]):
            if part.get("toolCallId") in approvals and part["state"] == "approval-requested":
                part |= {"state": "approval-responded", "approval": approvals[part["toolCallId"]]}
        body = {**self._body, "id": self._chat_id, "messages": said, "trigger": "submit-message"}
        return Request(body)


@dataclass(slots=True)
class _Block:
    """Text or reasoning from its start to its end."""

    key: str
    pieces: list[str] = field(default_factory=list[str])
    metadata: Any = None
    """What the provider wants back with it, as the latest chunk had it."""

    def remember(self, item: Object) -> None:
        self.metadata = item.get("providerMetadata") or self.metadata


class AISDKTranslator(Translator):
    """Chunks as events. Ids of text are used again, in every step and within one: each start begins another block."""

    def __init__(self) -> None:
        super().__init__()
        self._step = 0
        self._failed = False
        self._early: list[e.Data | e.Source | e.File] = []
        """What came before the first step, and belongs to it."""
        self._asked: set[str] = set()
        """The calls that a person was asked about in this run."""
        self._blocks: dict[tuple[str, str], _Block] = {}
        """Those that are open, by kind and id."""
        self._begun = 0

    def finish(self) -> list[Event]:
        """What came early, in the step that there is by now."""
        early, self._early = self._early, []
        return [replace(event, turn=self._turn) for event in early]

    def _bare(self, data: str) -> list[Event]:
        if data != "[DONE]":
            return super()._bare(data)
        self.over = True
        return []

    @property
    def _turn(self) -> str | None:
        return str(self._step) if self._step else None

    def _said(self, kind: str, item: Object) -> list[Event] | None:
        if kind.startswith("data-"):
            return self._content(
                e.Data(
                    kind.removeprefix("data-"), item.get("data"), key=word(item.get("id")), turn=self._turn
                )
            )
        read = _CHUNKS.get(kind)
        return None if read is None else read(self, item)

    def _content(self, event: e.Data | e.Source | e.File) -> list[Event]:
        if self._step:
            return [event]
        self._early.append(event)
        return []

    # steps

    def _start_step(self, item: Object) -> list[Event]:
        del item
        self._step += 1
        self._blocks.clear()
        return [e.TurnStart(turn=self._turn), *self.finish()]

    def _finish_step(self, item: Object) -> list[Event]:
        usage = _usage(item.get("usage"))
        counted = [] if usage is None else [e.TurnUsage(usage, turn=self._turn)]
        reason = word(item.get("finishReason"))
        return [*counted, e.TurnFinish(_FINISH.get(reason or ""), native=reason, turn=self._turn)]

    def _reset_step(self, item: Object) -> list[Event]:
        del item
        self._blocks.clear()
        return [e.TurnRetry(turn=self._turn)]

    def _finish(self, item: Object) -> list[Event]:
        self.ended = True
        usage = self._usage(item)
        prism = word(inner(item, "messageMetadata").get("finishReason"))
        native_reason = word(item.get("finishReason")) or prism
        if native_reason is None or not self._step or self._failed:
            return usage  # of a run that failed, the error says why it ended
        return [*usage, e.TurnFinish(_FINISH.get(native_reason), native=native_reason, turn=self._turn)]

    def _abort(self, item: Object) -> list[Event]:
        self.ended = True
        reason = word(item.get("reason"))
        out: list[Event] = [e.TurnFinish("cancelled", native="abort", turn=self._turn)] if self._step else []
        return [*out, e.Error(reason or "The server stopped the run.", kind="Aborted")]

    def _error(self, item: Object) -> list[Event]:
        self.ended = self._failed = True
        told = (
            word(item.get("errorText"))
            or word(item.get("error"))
            or word(inner(item, "error").get("message"))
        )
        return [e.Error(told or "The server reports an error and does not say which.")]

    def _usage(self, item: Object) -> list[Event]:
        """Metadata are the application's own; many put the usage of a step, or of a run with one step, into them."""
        metadata = inner(item, "messageMetadata")
        usage = _usage(metadata.get("stepUsage"))
        if usage is None and self._step == 1:
            usage = next((u for n in _TOTALS if (u := _usage(metadata.get(n))) is not None), None)
        return [] if usage is None else [e.TurnUsage(usage, turn=self._turn)]

    def _step_usage(self, item: Object) -> list[Event]:
        """Metadata in a chunk of their own are of a part of the stream; of those only the end of a step has a usage."""
        usage = _usage(inner(item, "messageMetadata").get("usage"))
        if usage is None or not self._step:
            return self._usage(item)
        return [e.TurnUsage(usage, turn=self._turn)]

    # text and reasoning

    def _block_start(self, kind: str, item: Object) -> list[Event]:
        self._begin(kind, item)
        return []

    def _begin(self, kind: str, item: Object) -> _Block:
        """A new block. Its id may have been another's of the same step, which has ended."""
        self._begun += 1
        block = self._blocks[kind, str(item.get("id"))] = _Block(str(self._begun))
        block.remember(item)
        return block

    def _delta(self, kind: str, item: Object) -> list[Event]:
        text = item.get("delta", item.get("text"))
        block = self._blocks.get((kind, str(item.get("id")))) or self._begin(kind, item)
        block.remember(item)
        if not isinstance(text, str):
            return []
        block.pieces.append(text)
        make = e.TextDelta if kind == "text" else e.ReasoningDelta
        return [*self.finish(), make(text, key=block.key, turn=self._turn)]

    def _block_end(self, kind: str, item: Object) -> list[Event]:
        block = self._blocks.pop((kind, str(item.get("id"))), None)
        if block is None:
            return []
        block.remember(item)
        kept = native(block.metadata)
        if kept is None:
            return []
        make = e.Text if kind == "text" else e.Reasoning
        return [make("".join(block.pieces), native=kept, key=block.key, turn=self._turn)]

    # tools

    def _input_start(self, item: Object) -> list[Event]:
        call_id = word(item.get("toolCallId")) or word(item.get("id"))
        return [
            e.ToolCallDelta(name=word(item.get("toolName")), call_id=call_id, key=call_id, turn=self._turn)
        ]

    def _input_delta(self, item: Object) -> list[Event]:
        call_id = word(item.get("toolCallId")) or word(item.get("id"))
        text = word(item.get("inputTextDelta")) or word(item.get("delta")) or ""
        return [e.ToolCallDelta(text, call_id=call_id, key=call_id, turn=self._turn)]

    def _input(self, item: Object) -> list[Event]:
        return [
            e.ToolCall(
                word(item.get("toolName")) or "unknown",
                item.get("input"),
                native=native(item.get("providerMetadata")),
                hosted=item.get("providerExecuted") is True,
                call_id=word(item.get("toolCallId")),
                key=word(item.get("toolCallId")),
                turn=self._turn,
            )
        ]

    def _input_error(self, item: Object) -> list[Event]:
        why = word(item.get("errorText")) or "invalid input"
        return [*self._input(item), e.ToolResult(why, call_id=word(item.get("toolCallId")), outcome="error")]

    def _output(self, item: Object) -> list[Event]:
        return [
            e.ToolResult(
                item.get("output"),
                call_id=word(item.get("toolCallId")),
                outcome="ok",
                preliminary=item.get("preliminary") is True,
            )
        ]

    def _output_error(self, item: Object) -> list[Event]:
        why = item.get("errorText", item.get("error"))
        return [e.ToolResult(why, call_id=word(item.get("toolCallId")), outcome="error")]

    def _output_denied(self, item: Object) -> list[Event]:
        """A person said no, and whoever asked has told so; without a question it was the server's own decision."""
        call_id = word(item.get("toolCallId"))
        if call_id in self._asked:
            return []
        return [e.ToolResult("The call was not allowed.", call_id=call_id, outcome="error")]

    def _approval(self, item: Object) -> list[Event]:
        call_id = _call_id(item)
        if call_id is None or item.get("isAutomatic") is True:
            return []
        self._asked.add(call_id)
        kept = {
            name: item[name]
            for name in ("approvalDescriptor", "inputSchemaInput", "signature")
            if name in item
        }
        self.questions[call_id] = {"id": item.get("approvalId"), **kept}
        return [e.ApprovalRequest(word(item.get("reason")), call_id=call_id)]

    def _approved(self, item: Object) -> list[Event]:
        """The server has the answer already, by a rule of its own."""
        approval_id = item.get("approvalId")
        call_id = next((call for call, asked in self.questions.items() if asked["id"] == approval_id), None)
        if call_id is None:
            return []
        del self.questions[call_id]
        decision = "approved" if item.get("approved") is True else "denied"
        return [e.ApprovalResponse(decision, reason=word(item.get("reason")), call_id=call_id)]

    # what else there is

    def _source(self, item: Object) -> list[Event]:
        title = word(item.get("title")) or word(item.get("filename"))
        return self._content(
            e.Source(
                word(item.get("url")),
                title,
                key=word(item.get("sourceId")) or word(item.get("id")),
                turn=self._turn,
            )
        )

    def _file(self, item: Object) -> list[Event]:
        file = inner(item, "file") or item
        url = word(file.get("url"))
        media_type = word(file.get("mediaType")) or "application/octet-stream"
        try:
            data = _bytes(file) if url is None else inline_data(url)
        except (TypeError, ValueError):
            return [e.Unknown(UNREADABLE, payload=item, turn=self._turn)]
        if data is None:
            return self._content(e.File(url=url or "", media_type=media_type, turn=self._turn))
        return self._content(e.File(data, media_type=media_type, turn=self._turn))

    def _steering(self, item: Object) -> list[Event]:
        """Somebody said something while the agent worked."""
        said = item.get("parts", inner(item, "message").get("content"))
        text = word(said) or "\n\n".join(str(part.get("text", "")) for part in objects(said))
        return self._content(e.Data("steering-message", text, key=word(item.get("id")), turn=self._turn))

    def _custom(self, item: Object) -> list[Event]:
        return self._content(
            e.Data(word(item.get("kind")) or "custom", item.get("providerMetadata"), turn=self._turn)
        )


def _bytes(file: Object) -> bytes | None:
    """Those of a ``GeneratedFile``, as JSON has its fields: base64, or an object of numbers by index."""
    text = word(file.get("base64Data")) or word(file.get("base64"))
    if text is not None:
        return b64decode(text, validate=True)
    numbers = file.get("uint8ArrayData", file.get("uint8Array"))
    return bytes(cast("Object", numbers).values()) if isinstance(numbers, dict) else None


def _call_id(item: Object) -> str | None:
    """Of the call that it is about, which ``fullStream`` tells again whole."""
    return word(item.get("toolCallId")) or word(inner(item, "toolCall").get("toolCallId"))


def _usage(counts: object) -> Usage | None:
    """Of the SDK's ``LanguageModelUsage``, or of its like with other names for the two numbers that all have."""
    read = [
        count(counts, name) for name in ("inputTokens", "promptTokens", "outputTokens", "completionTokens")
    ]
    told = read[0] if read[0] is not None else read[1]
    said = read[2] if read[2] is not None else read[3]
    if told is None and said is None:
        return None
    cached = count(inner(counts, "inputTokenDetails"), "cacheReadTokens")
    reasoning = count(inner(counts, "outputTokenDetails"), "reasoningTokens")
    return Usage(
        input_tokens=told,
        output_tokens=said,
        cached_tokens=count(counts, "cachedInputTokens") if cached is None else cached,
        reasoning_tokens=count(counts, "reasoningTokens") if reasoning is None else reasoning,
    )


_TOTALS = ("usage", "totalUsage")

_It: TypeAlias = AISDKTranslator

_CHUNKS: dict[str, Callable[[_It, Object], list[Event]]] = {
    "start": _It._usage,
    "message-metadata": _It._step_usage,
    "start-step": _It._start_step,
    "finish-step": _It._finish_step,
    "reset-step": _It._reset_step,
    "finish": _It._finish,
    "abort": _It._abort,
    "error": _It._error,
    "text-start": lambda it, item: it._block_start("text", item),
    "text-delta": lambda it, item: it._delta("text", item),
    "text-end": lambda it, item: it._block_end("text", item),
    "reasoning-start": lambda it, item: it._block_start("reasoning", item),
    "reasoning-delta": lambda it, item: it._delta("reasoning", item),
    "reasoning-end": lambda it, item: it._block_end("reasoning", item),
    "tool-input-start": _It._input_start,
    "tool-input-delta": _It._input_delta,
    "tool-input-available": _It._input,
    "tool-input-error": _It._input_error,
    "tool-input-end": lambda it, item: [],
    "tool-call": _It._input,
    "tool-result": _It._output,
    "tool-error": _It._output_error,
    "tool-output-available": _It._output,
    "tool-output-error": _It._output_error,
    "tool-output-denied": _It._output_denied,
    "tool-approval-request": _It._approval,
    "tool-approval-response": _It._approved,
    "source": _It._source,
    "source-url": _It._source,
    "source-document": _It._source,
    "file": _It._file,
    "reasoning-file": _It._file,
    "steering-message": _It._steering,
    "custom": _It._custom,
    "ping": lambda it, item: [],
    "raw": lambda it, item: [],  # what the provider said, which the other parts tell
}
