"""Transcripts as a few readable lines, and the ways that tests run a list of events.

run complete
1 tool_calls | "Let me check." | get_weather({"city": "Paris"}) = done {"temp_c": 18}
2 stop | "It is 18 °C."
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from turnwise import Assembler, Transcript
from turnwise import events as e
from turnwise import ops as o
from turnwise.runs import DataPart, FilePart, SourcePart, TextPart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnwise import Failure, Run
    from turnwise.runs import Approval, Lane, Output, Part, Turn
    from turnwise.values import RunStatus


def assemble(
    events: Iterable[e.Event],
    *,
    status: RunStatus = "complete",
    error: Failure | None = None,
    after: Iterable[e.Event] = (),
    restored: bool = False,
) -> list[o.Op]:
    """The ops of one whole run; ``after`` comes when it has ended. Time counts the events.

    With ``restored`` the assembler is put aside as JSON and taken up again before every event.
    """
    asm = Assembler()
    ops = asm.add_run("r", "prompt", 0.0) + asm.start_run("r", 0.0)
    now = 0.0
    for event in events:
        now += 1
        if restored:
            asm = again(asm)
        ops += asm.feed(event, now)
    ops += asm.finish(now + 1, status=status, error=error)
    for event in after:
        now += 1
        if restored:
            asm = again(asm)
        ops += asm.feed(event, now + 1)
    return ops


def again(asm: Assembler, **options: Any) -> Assembler:
    """Another assembler that goes on where ``asm`` stands, by way of JSON text."""
    other = Assembler(**options)
    other.load(json.loads(json.dumps(asm.dump(), allow_nan=False)))
    return other


def doubled(events: Iterable[e.Event]) -> list[e.Event]:
    """Each event delivered twice, as a source does that gives its events ids and sends them again."""
    return [twin for n, event in enumerate(events) for twin in [replace(event, id=f"e{n}")] * 2]


def crumbs(events: Iterable[e.Event]) -> list[e.Event]:
    """The same events with every delta cut into single characters."""
    out: list[e.Event] = []
    for event in events:
        if isinstance(event, (e.TextDelta, e.ReasoningDelta)):
            out += [replace(event, text=c) for c in event.text]
        elif isinstance(event, e.ToolCallDelta) and event.arguments:
            if event.name is not None:
                # What has a name opens the call; its arguments follow.
                first = replace(event, arguments=event.arguments[0])
                rest = [replace(event, name=None, arguments=c) for c in event.arguments[1:]]
                out += [first, *rest]
            else:
                out += [replace(event, arguments=c) for c in event.arguments]
        else:
            out.append(event)
    return out


def retold(events: list[e.Event]) -> str:
    """The sketch of a run of these events, which crumbs do not change; without its first line if it was complete."""
    whole = sketch(Transcript(assemble(events)))
    assert sketch(Transcript(assemble(crumbs(events)))) == whole
    return whole.removeprefix("run complete\n")


def sketch(transcript: Transcript) -> str:
    """All runs, a line each for the run, its turns and its notices."""
    return "\n".join(line for run in transcript.runs for line in _run(run))


def _run(run: Run) -> list[str]:
    error = "" if run.error is None else f" ({run.error.kind}: {run.error.message})"
    lines = [f"run {run.status}{error}"]
    lines += [_lane(lane) for lane in run.lanes if lane.agent or lane.parent or lane.handed_from]
    lines += [_turn(turn) for turn in run.turns]
    lines += [f"! {n.code} x{n.count}" for n in run.notices]
    return lines


def _lane(lane: Lane) -> str:
    under = "" if lane.parent is None else f" under {lane.parent}"
    handed = "" if lane.handed_from is None else f" from {lane.handed_from}"
    return f"{lane.id}: {lane.agent}{under}{handed}"


def _turn(turn: Turn) -> str:
    head = f"{turn.number} {turn.finish_reason or '-'}"
    if turn.lane != "main":
        head += f" in {turn.lane}"
    if turn.attempt > 1:
        head += f" attempt {turn.attempt}"
    if turn.status != "complete":
        head += f" [{turn.status}]"
    if turn.usage is not None:
        head += f" {turn.usage.input_tokens}->{turn.usage.output_tokens}"
    return " | ".join([head, *(_part(part) for part in turn.parts)])


def _part(part: Part) -> str:
    if isinstance(part, TextPart):
        assert not part.open, "a run leaves no part open"
        text = json.dumps(part.text, ensure_ascii=False)
        native = "" if part.native is None else f" {part.native}"
        return (text if part.kind == "text" else f"({text})") + native
    if isinstance(part, SourcePart):
        return f"source {part.url}"
    if isinstance(part, FilePart):
        return f"file {part.media_type} {part.url or part.data}"
    if isinstance(part, DataPart):
        return f"data {part.name} {json.dumps(part.value)}"
    arguments = (
        f"?{part.arguments_text}"
        if part.arguments_invalid
        else json.dumps(part.arguments, ensure_ascii=False)
    )
    result = "" if part.outcome is None else " " + json.dumps(part.result, ensure_ascii=False)
    if part.preliminary:
        result += " so far"
    asked = part.approval
    said = "" if asked is None or asked.decision is None else f" [{asked.decision}{_why(asked)}]"
    printed = "".join(f" {_output(output)}" for output in part.outputs)
    return f"{part.name}({arguments}) = {part.state}{said}{result}{printed}"


def _output(output: Output) -> str:
    if output.display is None:
        return f"{output.stream} {json.dumps(output.text, ensure_ascii=False)}"
    assert isinstance(output.display, dict)
    bundle = output.display["mimebundle"]
    assert isinstance(bundle, dict)
    return f"display {json.dumps(bundle.get('text/plain'))}"


def _why(asked: Approval) -> str:
    reason = "" if asked.reason is None else f": {asked.reason}"
    return reason if asked.edited is None else f"{reason} with {json.dumps(asked.edited)}"


def check_ops(ops: list[o.Op]) -> None:
    """What every list of ops of ended runs must hold: ids are new, and what opens closes, once, and not before."""
    opened: dict[str, str] = {}
    closed: set[str] = set()
    for op in ops:
        match op:
            case o.ResetTurn(turn=id):
                # The attempt's parts are gone, open or not.
                closed |= {part for part in opened if part.startswith(f"{id}.")}
            case o.AddRun(run=id) | o.OpenTurn(turn=id) | o.OpenPart(part=id) | o.OpenTool(part=id):
                assert id not in opened, f"{id} opened twice"
                opened[id] = op.op
            case o.EndRun(run=id) | o.CloseTurn(turn=id) | o.ClosePart(part=id):
                assert id in opened, f"{id} closed but never opened"
                assert id not in closed, f"{id} closed twice"
                closed.add(id)
            case o.Append(part=id):
                assert id in opened
                assert id not in closed, f"{id} grew after it was closed"
            case o.SetArguments(part=id):
                assert (id, "arguments") not in closed
                assert id in opened
            case _:
                pass
    assert {id for id, op in opened.items() if op != "open_tool"} == closed - {
        id for id, op in opened.items() if op == "open_tool"
    }
