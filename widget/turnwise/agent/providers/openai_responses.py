"""The wire of OpenAI's Responses API.

The stream tells everything up to four times (pieces, the whole part, the whole item, the whole response): the pieces
are shown as they come, and an item that is done takes their place, together with what the API wants back. Tools that
the API runs by itself are steps of the turn.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, cast

from ... import events as e
from ...export import openai_responses as form
from ...values import Usage
from . import wire
from .base import declared
from .openai_chat import HOME
from .untyped import Object, count, inner, objects, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...events import Event
    from ...transcript import Transcript
    from ...values import FinishReason
    from ..tools import Tool

_ENDS = ("cancelled", "completed", "failed", "incomplete")

_CUT: dict[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}

_REPEATS = frozenset(
    {
        "keepalive",
        "response.content_part.added",
        "response.content_part.done",
        "response.created",
        "response.in_progress",
        "response.queued",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_part.done",
        "response.reasoning_summary_text.done",
        "response.reasoning_text.done",
    }
)
"""Say nothing that other events do not say."""


_HOSTED_PROGRESS = re.compile(r"response\.(?!function)\w+_call(_\w+)?\.\w+")
"""What a tool that is no function says while it runs; its whole item says it too."""


class Reply(wire.Reply):
    """The events of one response to ours.

    Args:
        stored: The server keeps the reply, so that the id of a reasoning item is enough to give it back.
    """

    def __init__(self, *, stored: bool = False) -> None:
        super().__init__()
        self._stored = stored
        self._keys: dict[str, str] = {}
        """The key of each item by its id, for events that name no place in the output."""
        self._slots: dict[int, str] = {}
        """The key of the item that a place in the output stands for now; some servers have place 0 for all."""
        self._begun: set[str] = set()
        """Keys of the items that were announced, or are done."""
        self._last = "0"
        self._pieces: dict[str, list[str]] = {}
        """What was shown of each item, by key."""
        self._place: dict[str, object] = {}
        """Which part of a reasoning item its last piece belonged to, by key."""
        self._whole: set[str] = set()
        """Keys of the items that are done."""
        self._called = False
        self._cited: set[str] = set()

    def _payload(self, event: Object, out: list[Event]) -> None:
        kind = event.get("type")
        bare = kind is None and event.get("object") != "response"
        if kind == "error" or (bare and (event.get("error") or event.get("object") == "error")):
            self._fail(event, out)
            return
        match kind:
            case "response.output_item.added":
                self._added(event, out)
            case "response.output_item.done":
                if item := inner(event, "item"):
                    self._item(self._done(event), item, out)
            case "response.output_text.delta" | "response.refusal.delta":
                self._piece(self._key(event), event.get("delta"), e.TextDelta, out)
            case "response.output_text.done" | "response.refusal.done":
                key = self._key(event)
                if key not in self._pieces:  # a server that sends no pieces
                    self._piece(key, event.get("text") or event.get("refusal"), e.TextDelta, out)
            case "response.reasoning_summary_text.delta":
                self._thought(event, ("summary", event.get("summary_index")), out)
            case "response.reasoning_text.delta":
                self._thought(event, ("content", event.get("content_index")), out)
            case "response.function_call_arguments.delta":
                self._piece(self._key(event), event.get("delta"), e.ToolCallDelta, out)
            case "response.function_call_arguments.done":
                key = self._key(event)
                if key not in self._pieces:
                    self._piece(key, event.get("arguments"), e.ToolCallDelta, out)
            case "response.output_text.annotation.added":
                self._cite(objects([event.get("annotation")]), out)
            case (
                "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled"
            ) as end:
                response = event.get("response")
                self._end(
                    cast("Object", response) if isinstance(response, dict) else {},
                    end.removeprefix("response."),
                    out,
                )
            case None if event.get("object") == "response" and event.get("status") in _ENDS:
                self._end(event, "completed", out)  # a server that does not stream
            case _ if isinstance(kind, str) and (kind in _REPEATS or _HOSTED_PROGRESS.fullmatch(kind)):
                pass
            case _:
                out.append(e.Unknown(word(kind) or "event", payload=event))

    def _piece(
        self, key: str, piece: object, made: type[e.TextDelta | e.ToolCallDelta], out: list[Event]
    ) -> None:
        """A piece of an item that is not done; an empty one says nothing."""
        if (text := word(piece)) and key not in self._whole:
            self._pieces.setdefault(key, []).append(text)
            out.append(made(text, key=key))

    def _key(self, event: Object, *, begins: bool = False) -> str:
        """Which item an event is about: its place in the output, else its id, else the item before.

        An item that ``begins`` where another one is, or without place and id, is one of its own.
        """
        item = inner(event, "item")
        item_id = word(event.get("item_id")) or word(item.get("id"))
        known = None if item_id is None else self._keys.get(item_id)
        index = count(event, "output_index")
        if index is None:
            key = known or item_id or self._last
        elif known is not None and known.partition(".")[0] == str(index):
            key = known  # of several at this place
        else:
            key = self._slots.get(index, str(index))
        if begins and key != known and key in self._begun:
            key = str(len(self._begun)) if index is None else f"{index}.{len(self._begun)}"
        if begins:
            self._begun.add(key)
        if index is not None:
            self._slots[index] = key
        if item_id is not None:
            self._keys[item_id] = key if begins else self._keys.get(item_id, key)
        self._last = key
        return key

    def _done(self, event: Object) -> str:
        """The key of an item that is done; one that was not announced begins with it."""
        key = self._key(event)
        return self._key(event, begins=True) if key in self._whole or key not in self._begun else key

    def _added(self, event: Object, out: list[Event]) -> None:
        key = self._key(event, begins=True)
        item = inner(event, "item")
        if item.get("type") == "function_call" and (name := word(item.get("name"))):
            self._called = True
            out.append(e.ToolCallDelta(name=name, call_id=word(item.get("call_id")), key=key))

    def _thought(self, event: Object, place: object, out: list[Event]) -> None:
        """A piece of reasoning; between the parts of one item is a blank line."""
        key = self._key(event)
        text = word(event.get("delta"))
        if text is None or key in self._whole:
            return
        if self._place.setdefault(key, place) != place:
            self._place[key] = place
            text = "\n\n" + text
        self._pieces.setdefault(key, []).append(text)
        out.append(e.ReasoningDelta(text, key=key))

    def _item(self, key: str, item: Object, out: list[Event]) -> None:
        """A whole item: it takes the place of its pieces."""
        if key in self._whole:
            return
        self._whole.add(key)
        shown = "".join(self._pieces.pop(key, ()))
        match item.get("type"):
            case "message":
                parts = objects(item.get("content"))
                text = "".join(word(part.get("text")) or word(part.get("refusal")) or "" for part in parts)
                if text or shown:
                    out.append(e.Text(text or shown, native=_native(item, "id", "phase"), key=key))
                for part in parts:
                    self._cite(objects(part.get("annotations")), out)
                    if part.get("type") not in ("output_text", "refusal"):
                        out.append(e.Unknown(f"content.{part.get('type')}", payload=part))
            case "reasoning":
                self._reasoning(key, item, shown, out)
            case "function_call" if name := word(item.get("name")):
                self._called = True
                out.append(
                    e.ToolCall(
                        name,
                        item.get("arguments") or None,  # nothing never takes the place of the pieces
                        native=_native(item, "id"),
                        call_id=word(item.get("call_id")),
                        key=key,
                    )
                )
            case str(kind) if kind.endswith("_call"):
                hosted(item, key, out)
            case kind:
                out.append(e.Unknown(f"item.{kind}", payload=item))

    def _reasoning(self, key: str, item: Object, shown: str, out: list[Event]) -> None:
        """A reasoning item goes back only if all of it is there: OpenAI refuses the id of one that it did not keep."""
        summary = objects(item.get("summary"))
        content = objects(item.get("content"))
        text = "\n\n".join(t for part in [*summary, *content] if (t := word(part.get("text"))))
        native: dict[str, dict[str, Any]] | None = None
        if self._stored or content or word(item.get("encrypted_content")):
            native = _native(item, "id", "encrypted_content")
        if native is not None and (content or len(summary) > 1):
            native[form.NAME]["summary"] = summary
        if native is not None and content:
            native[form.NAME]["content"] = content
        if text or shown or native is not None:
            out.append(e.Reasoning(text or shown, native=native, key=key))

    def _cite(self, annotations: list[Object], out: list[Event]) -> None:
        for annotation in annotations:
            url = word(annotation.get("url"))
            known = url or json.dumps(annotation, sort_keys=True)
            if known in self._cited:
                continue
            self._cited.add(known)
            file = word(annotation.get("filename")) or word(annotation.get("file_id"))
            if annotation.get("type") == "url_citation" and url:
                out.append(e.Source(url, word(annotation.get("title"))))
            elif file:
                out.append(e.Source(None, file, key=word(annotation.get("file_id"))))
            else:
                out.append(e.Unknown(f"annotation.{annotation.get('type')}", payload=annotation))

    def _end(self, response: Object, status: str, out: list[Event]) -> None:
        """The whole response: what of it was not said, and why it ended."""
        self.done = self._ended = True
        status = word(response.get("status")) or status
        for index, item in enumerate(objects(response.get("output"))):
            if self._keys.get(word(item.get("id")) or "", str(index)) not in self._whole:
                self._item(self._key({"output_index": index, "item": item}), item, out)
        usage = response.get("usage")
        spent = [e.TurnUsage(_usage(cast("Object", usage)))] if isinstance(usage, dict) else []
        details = response.get("incomplete_details")
        match status:
            case "failed":
                out += spent
                self._fail(response, out)
                return
            case "incomplete":
                native = word(cast("Object", details).get("reason")) if isinstance(details, dict) else None
                native = native or status
                reason = _CUT.get(native, "unknown")
            case "completed":
                native, reason = status, "tool_calls" if self._called else "stop"
            case "cancelled":
                native, reason = status, "cancelled"
            case _:
                native, reason = status, "unknown"
        out.append(e.TurnFinish(reason, native=native))
        out += spent

    def _fail(self, body: Object, out: list[Event]) -> None:
        if not body.get("error") and not word(body.get("message")):
            body = {"error": "the response failed, and the server did not say why"}
        super()._fail(body, out)


class OpenAIResponses(wire.WireProvider):
    """A model behind OpenAI's ``/responses``, or a server's that speaks it too.

    Nothing is kept by the server: each request holds the conversation, with the model's reasoning in encrypted form.
    Settings become fields of the request; ``tools`` of OpenAI's own come after the functions. ``include=None`` is for
    models that do not reason and servers that know no encrypted reasoning.
    """

    home = HOME

    def messages(self, transcript: Transcript, system: str | None) -> list[dict[str, Any]]:
        """The conversation as input items."""
        return form.messages(transcript, system=system)

    def offered(self, tools: Sequence[Tool], settings: Mapping[str, Any]) -> list[str]:
        """All of ``tools`` that ``tool_choice`` leaves: it may be ``"none"``, one function, or a list of them."""
        names = super().offered(tools, settings)
        return wire.left_by(settings.get("tool_choice"), names, _picked)

    def request(
        self, messages: list[dict[str, Any]], tools: Sequence[Tool], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The conversation as ``input``, which the server is asked not to keep."""
        body: dict[str, Any] = {
            "model": self.model,
            "input": messages,
            "stream": True,
            "store": False,
            "include": ["reasoning.encrypted_content"],
        }
        # If strict is left out, OpenAI makes every argument required.
        own = [{"type": "function", **declared(tool), "strict": False} for tool in tools]
        return wire.asked(body, own, settings)

    def path(self) -> str:
        """The same for every model."""
        return "/responses"

    def reply(self, body: dict[str, Any]) -> Reply:
        """The server keeps the response unless it was asked not to."""
        return Reply(stored=body.get("store") is not False)


def _native(item: Object, *fields: str) -> dict[str, dict[str, Any]] | None:
    """What goes back with a part, if its item has an id: those of ``fields`` that hold a text."""
    entry = {name: value for name in fields if (value := word(item.get(name)))}
    return {form.NAME: entry} if "id" in entry or "phase" in entry else None


def hosted(item: Object, key: str, out: list[Event]) -> None:
    """A tool that is no function. What the provider ran has its result in the item; what has a ``call_id``, to come.

    A picture is a file, and too large to go back with every request.
    """
    to_come = word(item.get("call_id"))
    call_id = to_come or word(item.get("id"))
    picture = _decoded(item.get("result")) if item.get("type") == "image_generation_call" else None
    native = {form.NAME: {"item": {} if to_come or picture else item}}
    name, arguments = form.hosted_call(item)
    out.append(e.ToolCall(name, arguments, native=native, hosted=True, call_id=call_id, key=key))
    if to_come:
        return
    if picture:
        out.append(e.File(picture, media_type="image/png", key=call_id))
        item = {**item, "result": None}
    value, outcome = form.hosted_result(item)
    out.append(e.ToolResult(value, call_id=call_id, outcome=outcome))


def _decoded(text: object) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except binascii.Error:
        return None


def _usage(usage: Object) -> Usage:
    return Usage(
        input_tokens=count(usage, "input_tokens"),
        output_tokens=count(usage, "output_tokens"),
        cached_tokens=count(usage.get("input_tokens_details"), "cached_tokens"),
        reasoning_tokens=count(usage.get("output_tokens_details"), "reasoning_tokens"),
    )


def _picked(choice: Object) -> set[Any]:
    """The functions that a ``tool_choice`` names; of the provider's own tools it says nothing."""
    tools = objects(choice.get("tools")) if choice.get("type") == "allowed_tools" else [choice]
    return {tool.get("name") for tool in tools if tool.get("type") == "function"}
