"""Events of every kind, in any order and however odd: what the properties of the core and of the exports draw from."""

from __future__ import annotations

from hypothesis import strategies as st

from turnwise import Usage
from turnwise import events as e

keys = st.none() | st.sampled_from(["0", "1"])
turns = st.none() | st.sampled_from(["t1", "t2"])
lanes = st.none() | st.sampled_from(["A", "B"])
call_ids = st.none() | st.sampled_from(["", "a", "b", "0"])
names = st.sampled_from(["f", "g"])
text = st.text(st.sampled_from("ab é😀\ud83d\ude00\n"), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
counts = st.none() | st.integers(0, 99)
reasons = st.none() | st.sampled_from(["stop", "tool_calls", "length", "content_filter", "unknown"])

events = st.one_of(
    st.builds(
        e.TurnStart,
        agent=st.none() | names,
        model=st.none(),
        tools=st.none() | st.just(["f"]),
        auxiliary=st.booleans(),
        turn=turns,
        lane=lanes,
    ),
    st.builds(
        e.ModelRequest,
        st.lists(
            st.fixed_dictionaries({"role": st.sampled_from(["system", "user"]), "content": text}), max_size=4
        ),
        system=st.none() | text,
        tools=st.none() | st.lists(values, max_size=2),
        settings=st.none() | st.dictionaries(st.text(max_size=3), values, max_size=2),
        turn=turns,
        lane=lanes,
    ),
    st.builds(e.TextDelta, text, key=keys, turn=turns, lane=lanes),
    st.builds(e.Text, text, native=st.none() | values, key=keys, turn=turns, lane=lanes),
    st.builds(e.ReasoningDelta, text, key=keys, turn=turns, lane=lanes),
    st.builds(e.Reasoning, text, native=st.none() | values, key=keys, turn=turns, lane=lanes),
    st.builds(
        e.ToolCallDelta, text, name=st.none() | names, call_id=call_ids, key=keys, turn=turns, lane=lanes
    ),
    st.builds(
        e.ToolCall,
        names,
        values | text,
        hosted=st.booleans(),
        call_id=call_ids,
        key=keys,
        turn=turns,
        lane=lanes,
    ),
    st.builds(e.TurnRetry, turn=turns, lane=lanes),
    st.builds(e.TurnAbandoned, text, turn=turns, lane=lanes),
    st.builds(e.ToolCallRenamed, names, call_id=call_ids, key=keys, turn=turns, lane=lanes),
    st.builds(e.ToolCallRejected, text, call_id=call_ids, key=keys, turn=turns, lane=lanes),
    st.builds(e.ApprovalRequest, st.none() | text, call_id=call_ids, lane=lanes),
    st.builds(
        e.ApprovalResponse,
        st.sampled_from(["approved", "denied"]),
        reason=st.none() | text,
        arguments=values,
        call_id=call_ids,
        lane=lanes,
    ),
    st.builds(
        e.LaneStart,
        st.sampled_from(["A", "B"]),
        agent=st.none() | names,
        parent_call_id=call_ids,
        handed_from=lanes | st.just(""),
    ),
    st.builds(e.Source, st.none() | text, key=keys, turn=turns, lane=lanes),
    st.builds(e.File, st.binary(max_size=4), key=keys, turn=turns, lane=lanes),
    st.builds(e.Data, text, values, key=keys, turn=turns, lane=lanes),
    st.builds(e.FinalText, text, lane=lanes),
    st.builds(e.ToolStart, call_id=call_ids, name=st.none() | names, lane=lanes),
    st.builds(
        e.ToolOutput,
        text,
        stream=st.sampled_from(["stdout", "stderr", "display"]),
        display=st.none() | values,
        call_id=call_ids,
        name=st.none() | names,
        lane=lanes,
    ),
    st.builds(
        e.ToolResult,
        values,
        call_id=call_ids,
        name=st.none() | names,
        outcome=st.sampled_from(["ok", "error", "unknown"]),
        preliminary=st.booleans(),
        lane=lanes,
    ),
    st.builds(
        e.TurnUsage, st.builds(Usage, input_tokens=counts, output_tokens=counts), turn=turns, lane=lanes
    ),
    st.builds(e.TurnFinish, reasons, native=st.none() | text, turn=turns, lane=lanes),
    st.builds(e.Error, text, turn=turns, lane=lanes),
    st.builds(e.Unknown, names, turn=turns, lane=lanes),
)
streams = st.lists(events, max_size=25)
endings = st.sampled_from(["complete", "cancelled", "error", "truncated"])
