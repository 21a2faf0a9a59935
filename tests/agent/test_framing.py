"""How bodies are cut, whichever of the spellings that the standards allow they come in."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

import httpx
import pytest

from turnwise.agent.errors import MalformedStream
from turnwise.agent.providers.endpoint import Received
from turnwise.agent.providers.framing import EVENT_STREAM, JSON_LINES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from turnwise.agent.providers.framing import Framing

ODD = "a\u2028b\u2029c\x85d\x1ce\x0bf\x0cg é \U0001f600"
"""Characters at which Python's ``splitlines`` cuts, but neither format does, and some of several bytes."""
SAID = json.dumps({"text": ODD}, ensure_ascii=False)
RAW = {"text": ODD}

EVENTS = {
    "line feeds": f"data: {SAID}\n\ndata: 2\n\n",
    "carriage returns": f"data: {SAID}\r\rdata: 2\r\r",
    "both": f"data: {SAID}\r\n\r\ndata: 2\r\n\r\n",
    "all of them": f"data: {SAID}\r\n\rdata: 2\n\r\n",
    "a byte order mark": f"\ufeffdata: {SAID}\n\ndata: 2\n\n",
    "no space": f"data:{SAID}\n\ndata:2\n\n",
    "comments": f": stream open\n\n:\n\ndata: {SAID}\n: keep-alive\n\n: keep-alive\n\ndata: 2\n\n",
    "a comment within an event": f"data: {SAID}\n:\n\ndata: 2\n\n",
    "other fields": f"id: 1\nretry: 10\nevent: x\ndata: {SAID}\n\nretry: soon\nfoo: bar\nid\ndata: 2\n\n",
    "an event without data": f"event: ping\n\ndata: {SAID}\n\nevent: ping\nid: 7\n\ndata: 2\n\n",
    "empty data": f"data\n\ndata:\n\ndata: {SAID}\n\ndata: 2\n\n",
    "blank lines before and after": f"\n\n\ndata: {SAID}\n\n\n\ndata: 2\n\n\n\n",
    "no line after the last": f"data: {SAID}\n\ndata: 2",
}
"""Streams of the same two events."""

LINES = {
    "line feeds": f"{SAID}\n2\n",
    "with carriage returns": f"{SAID}\r\n2\r\n",
    "a byte order mark": f"\ufeff{SAID}\n2\n",
    "blank lines": f"\n\n{SAID}\n\n\n2\n\n",
}


async def cut(framing: Framing, body: bytes, crumb: int | None = None, **headers: str) -> list[object]:
    async def pieces() -> AsyncIterator[bytes]:
        size = crumb or len(body)
        for at in range(0, len(body), size):
            yield body[at : at + size]

    received = Received(httpx.Response(200, headers=headers, content=pieces()), str)
    return [json.loads(payload) async for payload in framing.cut(received) if payload.strip()]


EACH_SIZE = pytest.mark.parametrize("crumb", [None, 1, 3])


@EACH_SIZE
@pytest.mark.parametrize("name", EVENTS)
async def test_events(name: str, crumb: int | None) -> None:
    assert await cut(EVENT_STREAM, EVENTS[name].encode(), crumb) == [RAW, 2]


@EACH_SIZE
@pytest.mark.parametrize("name", LINES)
async def test_lines(name: str, crumb: int | None) -> None:
    body = LINES[name].replace("\n2", '\n{"two": 2}').encode()
    assert await cut(JSON_LINES, body, crumb) == [RAW, {"two": 2}]


@EACH_SIZE
async def test_data_of_several_lines_is_one_value(crumb: int | None) -> None:
    body = b'data: {"a":\ndata: 1,\ndata:\ndata: "b": 2}\n\n'
    assert await cut(EVENT_STREAM, body, crumb) == [{"a": 1, "b": 2}]


@EACH_SIZE
@pytest.mark.parametrize("framing", [EVENT_STREAM, JSON_LINES], ids=["events", "lines"])
async def test_a_very_long_line_is_one_value(framing: Framing, crumb: int | None) -> None:
    size = 3_000_000 if crumb is None else 100_000
    line = json.dumps("x" * size)
    text = f"data: {line}\n\n" if framing is EVENT_STREAM else f"[{line}]\n"
    [value] = await cut(framing, text.encode(), crumb)
    assert value in ("x" * size, ["x" * size])


@EACH_SIZE
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_compressed_body(coding: str, crumb: int | None) -> None:
    body = EVENTS["line feeds"].encode()
    packed = gzip.compress(body) if coding == "gzip" else zlib.compress(body)
    assert await cut(EVENT_STREAM, packed, crumb, **{"content-encoding": coding}) == [RAW, 2]


@pytest.mark.parametrize("framing", [EVENT_STREAM, JSON_LINES], ids=["events", "lines"])
async def test_a_page_is_none_of_it(framing: Framing) -> None:
    with pytest.raises(MalformedStream, match="got a page"):
        await cut(framing, "\ufeff\r\n <!doctype html>".encode(), 1)
