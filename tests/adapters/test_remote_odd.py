"""Messages of servers with any field missing, or of another type: an event, or none, but never an exception."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest

from recorded import RECORDINGS, lines
from turnwise import ApprovalResponse, Assembler, Transcript
from turnwise.adapters.remote.adk import ADKTranslator
from turnwise.adapters.remote.ag_ui_client import Client
from turnwise.adapters.remote.ag_ui_translate import AGUITranslator
from turnwise.adapters.remote.ai_sdk import AISDKTranslator
from turnwise.adapters.remote.prism import PrismTranslator
from turnwise.adapters.remote.server import Message
from turnwise.adapters.remote.turnwise_sse import TurnwiseTranslator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnwise.adapters.remote.base import Translator

Said: TypeAlias = "list[tuple[str, dict[str, Any]]]"
"""Messages: the event's name, and the JSON."""

GONE = object()
ODD = (GONE, None, -1, "", "\ud800", [None], {"a": 1}, [["x"], {}])

CASES: dict[str, type[Translator]] = {
    "ag-ui/langgraph.I2.approve.jsonl": AGUITranslator,
    "ag-ui/adk.I2.jsonl": AGUITranslator,
    "ag-ui/strands.A.jsonl": AGUITranslator,
    "ai-sdk/v7.I2.approve.jsonl": AISDKTranslator,
    "ai-sdk/v7.fullStream.S.jsonl": AISDKTranslator,
    "ai-sdk/v7.data_parts.jsonl": AISDKTranslator,
    "adk-server/I.jsonl": ADKTranslator,
    "adk-server/S.jsonl": ADKTranslator,
    "prism/S.txt": PrismTranslator,
    "turnwise-sse/v7.S.txt": TurnwiseTranslator,
    "turnwise-sse/v7.I2.approve.txt": TurnwiseTranslator,
}


def messages(name: str) -> Said:
    path = RECORDINGS / name
    if path.suffix == ".jsonl":
        return [
            ("message", record["event"]) for record in lines(path) if isinstance(record.get("event"), dict)
        ]
    found = re.findall(r"^event: (.*)\ndata: (.*)\n\n", path.read_text("utf-8"), re.MULTILINE)
    return [(event, json.loads(data)) for event, data in found]


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is something in a JSON value: names and indexes, from the outside in."""
    match value:
        case dict():
            inside = list(cast("dict[Any, object]", value).items())
        case list():
            inside = list(enumerate(cast("list[object]", value)))
        case _:
            return
    for step, held in inside:
        yield (*at, step)
        yield from places(held, (*at, step))


def changed(said: Said, at: tuple[Any, ...], value: object) -> Said:
    out = deepcopy(said)
    holder: Any = out[at[0]][1]
    for step in at[1:-1]:
        holder = holder[step]
    if value is GONE:
        del holder[at[-1]]
    else:
        holder[at[-1]] = value
    return out


def heard(translator: Translator, said: Said) -> dict[str, Any]:
    """All of it is folded; returns what a person was asked."""
    asm = Assembler()
    asm.add_run("r", "prompt", 0.0)
    asm.start_run("r", 0.0)
    asked: dict[str, Any] = {}
    for name, item in said:
        for event in translator.feed(Message(name, json.dumps(item))):
            asm.feed(event, 1.0)
        if translator.ended:
            asked |= translator.take_questions()
    for event in translator.finish():
        asm.feed(event, 1.0)
    asm.finish(2.0, status="complete", error=None)
    return asked


def talked(translator: Translator, said: Said) -> None:
    """As ``heard``, with what a client of AG-UI says after it."""
    client = Client()
    for _, item in said:
        client.hear(item)
    asked = heard(translator, said)
    assert json.dumps(client.answer(asked, dict.fromkeys(asked, ApprovalResponse("approved"))))
    assert json.dumps(client.ask("and?", Transcript()))


def trouble(make: type[Translator], said: Said) -> Exception | None:
    try:
        (talked if make is AGUITranslator else heard)(make(), said)
    except Exception as error:  # noqa: BLE001  # whatever it is
        return error
    return None


@pytest.mark.parametrize("name", CASES)
def test_whatever_a_field_holds_the_rest_is_heard(name: str) -> None:
    said = messages(name)
    everywhere = [(number, *at) for number, (_, item) in enumerate(said) for at in places(item)]
    assert len(everywhere) > 20
    for number, at in enumerate(everywhere):
        for value in ODD if len(everywhere) < 200 else (ODD[number % len(ODD)], ODD[(number + 3) % len(ODD)]):
            assert trouble(CASES[name], changed(said, at, value)) is None, f"{at} = {value!r}"
