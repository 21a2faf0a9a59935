"""A request to a model as an op: what of it is new since the last one, with files shortened and secrets hidden.

Sans-IO. Knows ``jsonable``, ``ledger``, ``ops``, ``request`` and ``values``.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, cast

from . import ops as o
from .jsonable import Limits, jsonable
from .ledger import Asked
from .values import RequestFacts

if TYPE_CHECKING:
    from .events import ModelRequest
    from .request import Request
    from .values import Json, RequestPart

PARTS: tuple[RequestPart, ...] = ("system", "tools", "settings", "model")
MOST_MESSAGES = 20_000
"""Of a request with more than that, the earliest are left out."""
HIDDEN = "[secret]"

_LIMITS = Limits(text=500_000)
_DIGITS = 12
"""Of a digest, in hex: enough to tell the messages of a conversation apart."""
_MOST_COMPARED = 4_000_000
"""Pairs of messages between the common beginning and the common end; beyond that all of them count as new."""
_SECRET = re.compile(
    r"(?i)(^|[_-])(apikey|key|token|secret|password|credentials?|auth|authorization|headers?|cookies?)($|[_-])"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where the next word of a name begins that is written as ``camelCase``."""
_FILE = re.compile(r"(data:[\w.+/;=-]{0,100},)?[A-Za-z0-9+/_-]{1000,}={0,2}")
_SYSTEM = ("system", "developer")


class Told:
    """A request as plain data, and the digests that it is told apart by."""

    def __init__(self, event: ModelRequest) -> None:
        sent = [_plain(message) for message in event.messages]
        lead = next((at for at, message in enumerate(sent) if _role(message) not in _SYSTEM), len(sent))
        prompts = [_plain(event.system)] if event.system else []
        prompts += [prompt for message in sent[:lead] if (prompt := _prompt(message)) not in prompts]
        self.messages = sent[lead:][-MOST_MESSAGES:]
        self.parts: dict[RequestPart, Json] = {
            "system": None if not prompts else prompts[0] if len(prompts) == 1 else prompts,
            "tools": None if event.tools is None else _plain([*event.tools]),
            "settings": _without_secrets(_plain(dict(event.settings or {}))) or None,
            "model": event.model,
        }
        self._texts = [_text(message) for message in self.messages]
        self.digests = [_digest(text) for text in self._texts]
        self.part_digests = {part: _digest(_text(value)) for part, value in self.parts.items()}
        self.exact = event.exact
        self.size = 0
        """Characters of what was new when it was told."""

    def op(self, turn: str, since: Asked | None) -> o.SetRequest:
        """What is not as in the request ``since``."""
        changed: list[RequestPart] = []
        before: list[str] = []
        if since is not None:
            changed = [part for part in PARTS if self.part_digests[part] != since.parts.get(part)]
            before = since.messages
        kept, new = _kept(before, self.digests)
        beside = {
            part: value
            for part, value in self.parts.items()
            if part in changed or (since is None and value is not None)
        }
        body: dict[str, Any] = {"kept": kept, "messages": [self.messages[at] for at in new], **beside}
        self.size = sum(len(self._texts[at]) for at in new)
        facts = RequestFacts(
            since=None if since is None else since.turn,
            messages=len(self.messages),
            added=len(new),
            removed=len(before) - len(self.messages) + len(new),
            changed=changed,
            exact=self.exact,
        )
        return o.SetRequest(turn=turn, facts=facts, body=body)

    def asked(self, turn: str, since: Asked | None) -> Asked:
        """What to remember of it."""
        before = None if since is None else replace(since, since=None)
        return Asked(turn, self.digests, dict(self.part_digests), before)


def remember(asked: Asked, request: Request) -> None:
    """Fill in what an assembler remembers of a ``request`` that another one told."""
    asked.messages = [_digest(_text(message)) for message in request.messages]
    parts: dict[RequestPart, Json] = {
        "system": request.system,
        "tools": cast("Json", request.tools),
        "settings": cast("Json", request.settings) or None,
        "model": request.model,
    }
    asked.parts = {part: _digest(_text(value)) for part, value in parts.items()}


def _kept(before: list[str], now: list[str]) -> tuple[list[list[int]], list[int]]:
    """Where the messages come from, as ``[first of before, or -1 for new ones, how many]``; and which are new."""
    start = 0
    most = min(len(before), len(now))
    while start < most and before[start] == now[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == now[-1 - end]:
        end += 1
    left, right = before[start : len(before) - end], now[start : len(now) - end]
    spans = [[0, start]]
    if len(left) * len(right) <= _MOST_COMPARED:
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        at = 0
        for a, b, size in matcher.get_matching_blocks():
            spans += [[-1, b - at], [start + a, size]]
            at = b + size
    else:
        spans.append([-1, len(right)])
    spans.append([len(before) - end, end])
    spans = [span for span in spans if span[1]]
    new: list[int] = []
    at = 0
    for first, count in spans:
        if first < 0:
            new += range(at, at + count)
        at += count
    return spans, new


def _plain(value: object) -> Json:
    return _shortened(jsonable(value, limits=_LIMITS))


def _shortened(value: Json) -> Json:
    """Images and files in it are named, not repeated."""
    match value:
        case str() if len(value) >= 1000 and (found := _FILE.fullmatch(value)):
            digest = hashlib.sha256(value.encode()).hexdigest()[:_DIGITS]
            return f"{found[1] or ''}… ({len(value):,} characters of base64, sha256 {digest})"
        case list():
            return [_shortened(item) for item in value]
        case dict():
            return {key: _shortened(item) for key, item in value.items()}
        case _:
            return value


def _without_secrets(value: Json) -> Json:
    match value:
        case dict():
            return {
                key: HIDDEN
                if isinstance(item, (str, dict, list)) and _SECRET.search(_HUMP.sub("_", key))
                else _without_secrets(item)
                for key, item in value.items()
            }
        case list():
            return [_without_secrets(item) for item in value]
        case _:
            return value


def _role(message: Json) -> object:
    return (message.get("role") or message.get("type")) if isinstance(message, dict) else None


def _prompt(message: Json) -> Json:
    """The text of a message of the system, if that is all it has."""
    if isinstance(message, dict) and isinstance(content := message.get("content"), str):
        return content
    return message


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
