"""B20 for every transcript, however odd: fit to be sent, and read back as it was, as far as the format can hold it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import transcripts
from turnwise import FilePart, TextPart, Transcript
from turnwise.export import FORMATS, import_messages, messages
from turnwise.export.native import own
from turnwise.export.rules import NO_PROMPT, answer, conversation, is_answered, note_of

if TYPE_CHECKING:
    from turnwise import ToolPart, Turn
    from turnwise.export.rules import Unanswered

formats = pytest.mark.parametrize("name", FORMATS)
choices: Any = st.sampled_from(["explain", "omit"])


@formats
@given(transcript=transcripts(), unanswered=choices)
def test_b20_what_was_read_is_written_the_same(
    name: str, transcript: Transcript, unanswered: Unanswered
) -> None:
    sent = messages(transcript, name, unanswered=unanswered)
    json.dumps(sent, allow_nan=False).encode()
    assert messages(import_messages(sent, name), name) == sent


@formats
@given(transcript=transcripts(), unanswered=choices)
def test_b20_import_gives_the_same_transcript(
    name: str, transcript: Transcript, unanswered: Unanswered
) -> None:
    sent = messages(transcript, name, unanswered=unanswered)
    assert held(import_messages(sent, name), name, "explain") == held(transcript, name, unanswered)


@formats
@given(transcript=transcripts(ended=False))
def test_b20_a_run_that_is_under_way_settles_once_it_was_read(name: str, transcript: Transcript) -> None:
    sent = messages(transcript, name)
    settled = messages(import_messages(sent, name), name)
    assert messages(import_messages(settled, name), name) == settled
    if name != "ai-sdk":  # which says of a call that it is at work
        assert settled == sent


@formats
@settings(max_examples=30)
@given(transcript=transcripts(ended=False))
def test_exporting_changes_nothing(name: str, transcript: Transcript) -> None:
    before = transcript.to_dict()
    for _ in import_messages(messages(transcript, name), name).runs:
        pass
    assert transcript.to_dict() == before


@formats
@given(transcript=transcripts(ended=False), unanswered=choices)
def test_b20_no_call_dangles_and_ids_are_unique(
    name: str, transcript: Transcript, unanswered: Unanswered
) -> None:
    """What each API checks: the calls of a reply, then their results in call order, before anything else is said."""
    sent = messages(transcript, name, unanswered=unanswered)
    seen: set[str] = set()
    waiting: list[str] = []
    for kind, call in steps(sent, name):
        if kind == "result":
            assert call == waiting.pop(0)
        elif kind == "call":
            assert call not in seen
            seen.add(call)
            waiting.append(call)
        elif kind == "user":
            assert not waiting
    assert not waiting


def steps(sent: list[dict[str, Any]], name: str) -> list[tuple[str, str]]:
    """``("user" | "call" | "result", id)`` in the order in which the API reads them."""
    out: list[tuple[str, str]] = []
    for number, message in enumerate(sent):
        match name:
            case "openai":
                if message["role"] in ("user", "assistant"):
                    out.append(("user", ""))
                out += [("call", call["id"]) for call in message.get("tool_calls", ())]
                if message["role"] == "tool":
                    out.append(("result", message["tool_call_id"]))
            case "openai-responses":
                if message.get("role") == "user":
                    out.append(("user", ""))
                elif message.get("type") == "function_call":
                    out.append(("call", message["call_id"]))
                elif message.get("type") == "function_call_output":
                    out.append(("result", message["call_id"]))
            case "anthropic":
                blocks = message["content"]
                if not (message["role"] == "user" and isinstance(blocks, list)):
                    out.append(("user", ""))
                if isinstance(blocks, list):
                    out += [("call", b["id"]) for b in blocks if b["type"] == "tool_use"]
                    out += [("result", b["tool_use_id"]) for b in blocks if b["type"] == "tool_result"]
            case "gemini":
                responses = [p["functionResponse"] for p in message["parts"] if "functionResponse" in p]
                calls = [p["functionCall"] for p in message["parts"] if "functionCall" in p]
                if not responses:
                    out.append(("user", ""))
                assert len(responses) in (0, len(message["parts"]))
                # Calls without ids are known by where they stand, and so are their responses.
                out += [("call", call.get("id", f"\0{number}.{i}")) for i, call in enumerate(calls)]
                out += [("result", r.get("id", f"\0{number - 1}.{i}")) for i, r in enumerate(responses)]
            case _:
                for part in message["parts"]:
                    if "toolCallId" in part:
                        out.append(("call", part["toolCallId"]))
                        out.append(
                            ("result", part["toolCallId"])
                        )  # a part is both; its state says how far it is
    return out


FIELDS = ("id", "encrypted_content", "signature", "data", "thought_signature")


def held(transcript: Transcript, name: str, unanswered: Unanswered) -> list[Any]:
    """What of ``transcript`` the format has a place for."""
    out: list[Any] = []
    for run in transcript.runs:
        if run.status in ("queued", "dropped"):
            continue
        turns = [held_turn(turn, name, unanswered) for turn in conversation(run)]
        turns = [turn for turn in turns if any(turn)]
        if name in ("openai-responses", "gemini"):
            turns = joined(turns)
        blank = run.prompt == NO_PROMPT or not run.prompt.strip()
        out.append(["" if blank else run.prompt, turns])
    return out


def held_turn(turn: Turn, name: str, unanswered: Unanswered) -> list[list[Any]]:
    tools = [part for part in turn.tools if unanswered == "explain" or is_answered(part)]
    said: list[Any] = []
    reasoning: list[Any] = []
    for at, part in enumerate(turn.parts):
        if isinstance(part, FilePart):
            said.append((part.media_type, part.data or "") if name == "ai-sdk" else note_of(part))
        elif isinstance(part, TextPart) and part.kind == "text":
            if name == "ai-sdk" or part.text.strip():
                said.append(part.text)
        elif isinstance(part, TextPart) and name == "ai-sdk":
            reasoning.append(part.text)
        elif isinstance(part, TextPart) and fit(part, name):
            after = turn.parts[at + 1 :]
            if any(
                later in tools
                or isinstance(later, FilePart)
                or (isinstance(later, TextPart) and later.kind == "text" and later.text.strip())
                for later in after
            ):
                native = own(part.native, name)
                reasoning.append(
                    ("" if "data" in native else part.text, [native.get(field) for field in FIELDS])
                )
    if name == "openai":
        notes = [note_of(part) for part in turn.parts if isinstance(part, FilePart)]
        said = ["\n\n".join(text for text in [turn.text, *notes] if text.strip())]
    said = [text for text in said if text]
    reasoning = [text for text in reasoning if text]
    return [reasoning, said, [held_call(part, name) for part in tools]]


def fit(part: TextPart, name: str) -> bool:
    needed = {"openai-responses": ["id"], "anthropic": ["signature", "data"], "gemini": ["thought_signature"]}
    return any(isinstance(own(part.native, name).get(field), str) for field in needed.get(name, ()))


def held_call(part: ToolPart, name: str) -> Any:
    told = answer(part)
    wanted = part.arguments if isinstance(part.arguments, dict) else part.arguments_text.strip() or {}
    failed = told.failed if name in ("anthropic", "gemini", "ai-sdk") else None
    text = told.text.strip() if name == "anthropic" else told.text
    called = part.name if name == "ai-sdk" else part.name.replace(" ", "_")
    return [called, wanted, text, failed]


def joined(turns: list[list[list[Any]]]) -> list[list[list[Any]]]:
    """Replies that follow each other without calls between them, as one."""
    out: list[list[list[Any]]] = []
    for turn in turns:
        if out and not out[-1][2]:
            out[-1] = [a + b for a, b in zip(out[-1], turn, strict=True)]
        else:
            out.append(turn)
    return out
