"""Conversations that the exports are tested with: some with a name, and any that the assembler can make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

import strategies as odd
from turnwise import (
    ApprovalRequest,
    ApprovalResponse,
    Assembler,
    Data,
    Failure,
    File,
    LaneStart,
    Reasoning,
    ReasoningDelta,
    Source,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    ToolStart,
    Transcript,
    TurnAbandoned,
    TurnStart,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnwise import Event
    from turnwise.values import RunStatus


def transcript(
    *runs: Iterable[Event], status: RunStatus | None = "complete", error: Failure | None = None
) -> Transcript:
    """A run per list of events, with the prompts ``prompt 0``, ``prompt 1``, …; with ``None`` it does not end."""
    asm, out = Assembler(), Transcript()
    for number, events in enumerate(runs):
        out.extend(asm.add_run(f"r{number}", f"prompt {number}", 0) + asm.start_run(f"r{number}", 0))
        for event in events:
            out.extend(asm.feed(event, 1))
        if status is not None:
            out.extend(asm.finish(2, status=status, error=error))
    return out


PARIS = {"city": "Paris"}
_SIGNED = {"anthropic": {"signature": "c2lnbmVk"}}
_REDACTED = {"anthropic": {"data": "cmVkYWN0ZWQ="}}
_ENCRYPTED = {"openai-responses": {"id": "rs_1", "encrypted_content": "gAAA"}}
_THOUGHT = {"gemini": {"thought_signature": "dGhvdWdodA=="}}

NAMED: dict[str, Transcript] = {
    "a run of two tools and three turns": transcript(
        [
            ReasoningDelta("They want the weather, in Fahrenheit."),
            TextDelta("Let me check."),
            ToolCall("get_weather", PARIS, call_id="call_1"),
            ToolResult({"temp_c": 18}, call_id="call_1"),
            ToolCall("to_fahrenheit", {"c": 18}, call_id="call_2"),
            ToolResult("64.4", call_id="call_2"),
            TextDelta("It is 64 °F "),
            TextDelta("in Paris."),
        ],
        [TextDelta("You are welcome.")],
    ),
    "parallel calls, one of which fails": transcript(
        [
            ToolCall("get_weather", PARIS, call_id="call_1"),
            TextDelta("And Rome."),
            ToolCall("get_weather", {"city": "Rome"}, call_id="call_2"),
            ToolResult("TimeoutError: no answer", call_id="call_2", outcome="error"),
            ToolResult([18, None, "ü"], call_id="call_1"),
            TextDelta("Only Paris, then."),
        ]
    ),
    "replies that follow each other": transcript(
        [
            TextDelta("First."),
            TurnStart(),
            TextDelta("Second."),
            ToolCall("f", call_id="c"),
            ToolResult("x", call_id="c"),
        ],
        [],
        [TextDelta("Third.")],
    ),
    "odd ids, names and arguments": transcript(
        [
            ToolCall("functions.get weather", '{"city": ', call_id="call:1"),
            ToolCall("2nd", [1], call_id="x" * 300),
            ToolCall("f", '{"b":1,  "a": 12345678901234567890}', call_id=""),
            ToolResult("no such tool", call_id="call:1", outcome="error"),
            ToolResult("", call_id="x" * 300),
            ToolResult({"output": 1}, name="f"),
            ToolCall("f", call_id="call:1"),
            ToolResult({"mimebundle": {"image/png": "AAAA"}}, call_id="call:1"),
        ]
    ),
    "cancelled in a call": transcript(
        [TextDelta("Half of"), ToolCall("f", call_id="c"), ToolStart(call_id="c")], status="cancelled"
    ),
    "cut off in the text, then asked again": transcript(
        [TextDelta("Half of")], [TextDelta("All of it.")], status="truncated"
    ),
    "failed before it said anything": transcript(
        [], status="error", error=Failure(kind="HTTPError", message="500")
    ),
    "abandoned for an invalid call": transcript(
        [
            TurnStart(tools=["f"]),
            TextDelta("I try."),
            ToolCall("f", call_id="c1"),
            ToolCall("nope", call_id="c2"),
            TurnAbandoned("There is no tool 'nope'."),
            TurnStart(tools=["f"]),
            TextDelta("Without it, then."),
        ]
    ),
    "reasoning of every provider": transcript(
        [
            Reasoning("I need the weather.", native=_SIGNED),
            Reasoning("", native=_REDACTED),
            Text("One moment."),
            ToolCall("f", call_id="c1"),
            Reasoning("Signed, but last.", native=_SIGNED),
            ToolResult("18", call_id="c1"),
            Reasoning("Summary.", native=_ENCRYPTED),
            ToolCall("f", call_id="c2", native={"openai-responses": {"id": "fc_1"}}),
            Text("Wait.", native={"openai-responses": {"id": "msg_1", "phase": "commentary"}}),
            ToolResult("19", call_id="c2"),
            Reasoning("Thought.", native=_THOUGHT),
            ToolCall("f", call_id="c3", native=_THOUGHT),
            ToolResult("20", call_id="c3"),
            Reasoning("Unsigned."),
            Text("20 °C.", native=_THOUGHT),
        ]
    ),
    "files, sources and data": transcript(
        [
            Source("https://example.org/a", "A"),
            Source(title="A book"),
            TextDelta("A chart:"),
            File(b"\x89PNG", media_type="image/png", name="chart.png", native=_THOUGHT),
            File(url="https://example.org/b.pdf", media_type="application/pdf"),
            File(b"\0", name="raw.bin"),
            Data("progress", {"done": 1}),
            TextDelta("And so on."),
        ]
    ),
    "approvals": transcript(
        [
            ToolCall("delete", {"path": "a"}, call_id="c1"),
            ToolCall("delete", {"path": "b"}, call_id="c2"),
            ToolCall("delete", {"path": "c"}, call_id="c3"),
            ToolCall("delete", {"path": "d"}, call_id="c4"),
            ApprovalRequest(call_id="c1"),
            ApprovalRequest(call_id="c2"),
            ApprovalRequest(call_id="c3"),
            ApprovalRequest("Really?", call_id="c4"),
            ApprovalResponse("approved", call_id="c1", reason="go on"),
            ApprovalResponse("approved", arguments={"path": "tmp"}, call_id="c2"),
            ApprovalResponse("denied", reason="too risky", call_id="c3"),
            ToolResult("gone", call_id="c1"),
            ToolResult({"gone": True}, call_id="c2"),
        ]
    ),
    "a sub-agent, and a hand-off": transcript(
        [
            ToolCall("research", call_id="c1"),
            LaneStart("expert", agent="expert", parent_call_id="c1"),
            TextDelta("inner words", lane="expert"),
            ToolResult("found", call_id="c1"),
            TextDelta("Over to the writer."),
            LaneStart("writer", agent="writer", handed_from=""),
            TextDelta("The writer's answer.", lane="writer"),
        ]
    ),
    "under way": transcript(
        [
            ToolCall("f", {"n": 1}, call_id="c1"),
            ToolCall("f", {"n": 2}, call_id="c2"),
            ToolCall("f", {"n": 3}, call_id="c3"),
            ToolStart(call_id="c2"),
            ToolResult("50 %", call_id="c3", preliminary=True),
            ToolCallDelta('{"n', name="f", call_id="c4"),
        ],
        status=None,
    ),
}


natives = st.sampled_from(
    [
        {"anthropic": {"signature": "c2ln"}},
        {"anthropic": {"data": "ZGF0YQ=="}},
        {"openai-responses": {"id": "rs_1", "encrypted_content": "gAAA"}},
        {"openai-responses": {"id": "msg_1", "phase": "commentary"}},
        {"gemini": {"thought_signature": "c2ln"}},
        {"openai": {"extra_content": {"google": {"thought_signature": "c2ln"}}}},
        {"ai-sdk": {"mistral": {"prefix": True}}, "anthropic": {"signature": "c2ln"}},
        {"anthropic": "no object", "gemini": {"thought_signature": 1}},
    ]
)
some_events = odd.events | st.one_of(
    st.builds(Text, odd.text, native=natives, key=odd.keys, turn=odd.turns),
    st.builds(Reasoning, odd.text, native=natives, key=odd.keys, turn=odd.turns),
    st.builds(ToolCall, odd.names, odd.values | odd.text, native=natives, call_id=odd.call_ids, key=odd.keys),
    st.builds(ToolCall, st.sampled_from(["f", "g"]), st.just({"a": 1}), call_id=odd.call_ids),
)


@st.composite
def transcripts(draw: Any, *, ended: bool = True) -> Transcript:
    """Up to three runs of any events; with ``ended=False`` the last one may be under way."""
    asm, out = Assembler(), Transcript()
    count = draw(st.integers(0, 3))
    for number in range(count):
        prompt = draw(st.sampled_from(["Hello", "(no prompt)", "", " \n", "é😀"]))
        out.extend(asm.add_run(f"r{number}", prompt, 0) + asm.start_run(f"r{number}", 0))
        for event in draw(st.lists(some_events, max_size=12)):
            out.extend(asm.feed(event, 1))
        if number + 1 == count and not ended and draw(st.booleans()):
            return out
        out.extend(asm.finish(2, status=draw(odd.endings)))
    return out
