"""What the providers' clients may do and no recording has."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sketch import assemble, sketch
from turnwise import Transcript
from turnwise.adapters.clients import GEMINI, OPENAI, Translator
from turnwise.agent import TruncatedStream
from turnwise.events import File

PICTURE = b"\xff\xfe>>>?\xfb"


class Dumped:
    def __init__(self, **value: Any) -> None:
        self._value = value

    def model_dump(self, **_: Any) -> Any:
        return self._value

    def model_dump_json(self, **_: Any) -> str:
        return json.dumps(self._value)


def test_googles_sdk_writes_bytes_in_the_alphabet_for_urls() -> None:
    held = {"mimeType": "image/png", "data": base64.urlsafe_b64encode(PICTURE).decode()}
    chunk = Dumped(candidates=[{"content": {"parts": [{"inlineData": held}]}}, {"index": 1}])
    files = [event for event in Translator(GEMINI).feed(chunk) if isinstance(event, File)]
    assert [file.data for file in files] == [PICTURE]


def test_b10_a_stream_without_its_end_is_truncated() -> None:
    translator = Translator(OPENAI)
    events = translator.feed(Dumped(choices=[{"index": 0, "delta": {"content": "Half a "}}]))
    assert sketch(Transcript(assemble(events))) == 'run complete\n1 - | "Half a "'
    with pytest.raises(TruncatedStream):
        translator.finish()


class TransportError(Exception):
    pass


@pytest.mark.parametrize("begun", [False, True])
def test_b10_a_lost_connection_truncates_what_had_begun(begun: bool) -> None:
    translator = Translator(OPENAI)
    if begun:
        translator.feed(Dumped(choices=[]))
    with pytest.raises(TruncatedStream if begun else TransportError), translator.reading():
        raise TransportError("reset by peer")
