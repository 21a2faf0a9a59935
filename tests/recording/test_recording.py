"""Recordings: written as it happens, read whole whatever becomes of the writer, and played as an agent."""

from __future__ import annotations

import asyncio
import json
import math
import re
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import turnwise
from sketch import assemble, sketch
from streams import ROWS
from turnwise import (
    AgentChat,
    Replay,
    TextDelta,
    ToolCall,
    ToolOutput,
    ToolResult,
    Transcript,
    TurnStart,
)
from turnwise.ops import ResetTurn
from turnwise.recording import Recorder, Scrubber, load, save, scrubbed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from turnwise.events import Event

QUIET = Scrubber(environment={})


async def weather(prompt: str) -> AsyncGenerator[Event, None]:
    yield TextDelta("Let me look. ")
    await asyncio.sleep(0)
    yield ToolCall("weather", {"city": "Paris"}, call_id=f"call-{prompt}")
    yield ToolResult({"temp_c": 18}, call_id=f"call-{prompt}")
    yield TextDelta("It is 18 °C.")


async def test_save_and_load_give_the_same_conversation(tmp_path: Path) -> None:
    chat = AgentChat(weather)
    await chat.send("one")
    await chat.send("two")
    chat.save(tmp_path / "a.jsonl")
    again = AgentChat.load(tmp_path / "a.jsonl")
    assert again.transcript.to_dict() == chat.transcript.to_dict()
    again.save(tmp_path / "b.jsonl")
    assert load(tmp_path / "b.jsonl").transcript.to_dict() == chat.transcript.to_dict()


@pytest.mark.parametrize(
    "value",
    [[{"row": n, "name": "x" * 40} for n in range(3_000)], "y" * 200_000],
    ids=["rows", "a long text"],
)
async def test_large_results_are_recorded_whole_and_told_to_the_next_model(
    value: Any, tmp_path: Path
) -> None:
    async def searches(prompt: str) -> AsyncGenerator[Event, None]:
        yield ToolCall("search", {}, call_id="c")
        yield ToolResult(value, call_id="c")

    chat = AgentChat(searches, record=tmp_path / "kept.jsonl")
    await chat.send("go")
    chat.save(tmp_path / "saved.jsonl")
    for name in ("kept.jsonl", "saved.jsonl"):
        again = AgentChat.load(tmp_path / name)
        assert again.transcript.to_dict() == chat.transcript.to_dict()
        assert again.messages() == chat.messages()
    [step] = load(tmp_path / "saved.jsonl").transcript.runs[0].turns[0].tools
    assert step.result == value


async def test_a_loaded_chat_is_to_read_and_goes_on_with_an_agent(tmp_path: Path) -> None:
    chat = AgentChat(weather)
    await chat.send("one")
    chat.save(tmp_path / "a.jsonl")
    alone = await AgentChat.load(tmp_path / "a.jsonl").send("two")
    assert alone.error is not None
    assert "goes on with it" in alone.error.message
    heard: list[int] = []

    async def listens(prompt: str, history: list[Any]) -> str:
        heard.append(len(history))
        return "ok"

    more = AgentChat.load(tmp_path / "a.jsonl", listens)
    await more.send("two")
    assert heard == [4], "a prompt, a call, its result, an answer"
    assert [run.prompt for run in more.transcript.runs] == ["one", "two"]


async def test_record_has_it_on_disk_as_it_happens_and_goes_on_with_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    waits = asyncio.Event()

    async def slow(prompt: str) -> AsyncGenerator[str, None]:
        yield "half "
        await waits.wait()
        yield "whole"

    chat = AgentChat(slow, record=path)
    run = chat.send("go")
    while not run.final_text:  # noqa: ASYNC110  # it comes from the run's own task
        await asyncio.sleep(0.001)
    broken = load(path).transcript.runs[0]
    assert (broken.status, broken.final_text) == ("truncated", "half ")
    assert broken.error is not None
    waits.set()
    await run
    chat.close()
    second = AgentChat(slow, record=path)
    await second.send("again")
    assert [run.final_text for run in load(path).transcript.runs] == ["half whole", "half whole"]


CHILD = """
import asyncio, sys
from turnwise import AgentChat

async def agent(prompt):
    n = 0
    while True:
        yield f"{n} "
        n += 1
        await asyncio.sleep(0)

async def main():
    chat = AgentChat(agent, record=sys.argv[1])
    run = chat.send("count")
    said = 0
    while True:
        await asyncio.sleep(0)
        words = run.final_text.split()
        if len(words) >= said + 50:
            said = len(words)
            print(said, flush=True)

asyncio.run(main())
"""


def test_killed_in_the_middle_of_a_run_everything_said_is_there(tmp_path: Path) -> None:
    path = tmp_path / "killed.jsonl"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    seen = 0
    for _ in range(5):
        seen = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.communicate()
    [run] = load(path).transcript.runs
    words = run.final_text.split()
    assert run.status == "truncated"
    assert len(words) >= seen
    assert words == [str(n) for n in range(len(words))]


@pytest.mark.parametrize("cut_off", [b'{"at": 12.3, "op": "app', '{"text": "é'.encode()[:-1]])
async def test_a_recording_goes_on_after_its_writer_was_killed_in_a_line(
    cut_off: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    chat = AgentChat(weather, record=path)
    await chat.send("one")
    chat.close()
    whole = path.read_bytes()
    path.write_bytes(whole + cut_off)
    assert [run.prompt for run in load(path).transcript.runs] == ["one"]
    await AgentChat(weather, record=path).send("two")
    assert [run.prompt for run in load(path).transcript.runs] == ["one", "two"]
    assert path.read_bytes().startswith(whole)


CONTINUED = {
    "by its file alone": lambda path: AgentChat(weather, record=path),
    "loaded from it": lambda path: AgentChat.load(path, weather, record=path),
}


@pytest.mark.parametrize("again", CONTINUED.values(), ids=CONTINUED)
async def test_a_recorded_conversation_goes_on_in_its_file(again: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    chat = AgentChat(weather, record=path)
    await chat.send("one")
    chat.close()
    for prompt in ("two", "three"):
        chat = again(path)
        await chat.send(prompt)
        assert load(path).transcript.to_dict() == chat.transcript.to_dict()
        chat.close()
    assert [(run.number, run.prompt) for run in chat.transcript.runs] == [
        (1, "one"),
        (2, "two"),
        (3, "three"),
    ]
    assert [run.prompt for run in AgentChat.load(path, weather).fork(run=2).transcript.runs] == ["one", "two"]


async def test_what_broke_off_is_over_in_the_file_that_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    record(path, [TextDelta("half")])
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[: next(n for n, line in enumerate(lines) if '"append"' in line) + 1]))
    chat = AgentChat(weather, record=path)
    assert [run.status for run in chat.transcript.runs] == ["truncated"]
    assert load(path).entries[-1][1].op == "end_run"
    await chat.send("two")
    assert load(path).transcript.to_dict() == chat.transcript.to_dict()


async def test_of_a_history_the_file_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    chat = AgentChat(weather)
    await chat.send("one")
    AgentChat(weather, history=chat.transcript, record=path).close()
    await chat.send("two")
    for _ in range(2):
        AgentChat(weather, history=chat.transcript, record=path).close()
        assert load(path).transcript.to_dict() == chat.transcript.to_dict()
    before = path.read_text()
    with pytest.raises(
        ValueError, match="recording of another conversation than history=: record to another"
    ):
        AgentChat(weather, history=chat.fork(turn=1, run=1).transcript, record=path)
    assert path.read_text() == before


def record(path: Path, events: list[Event], **ending: Any) -> Transcript:
    ops = assemble(events, **ending)
    save(path, "recorded", [(float(n), op) for n, op in enumerate(ops)], QUIET)
    return Transcript(ops)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_every_stream_can_be_recorded(row: Any, tmp_path: Path) -> None:
    transcript = record(tmp_path / "a.jsonl", row.events, status=row.status, error=row.error)
    assert load(tmp_path / "a.jsonl").transcript.to_dict() == transcript.to_dict()


NOTICES = re.compile(r"\n! (?!unknown).*")
"""Of what a source did wrong; a recording does not do it again."""


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_every_stream_can_be_played(row: Any, tmp_path: Path) -> None:
    transcript = record(tmp_path / "a.jsonl", row.events, status=row.status, error=row.error)
    again = await played(tmp_path / "a.jsonl")
    names = {again.runs[0].id: transcript.runs[0].id}
    shown = NOTICES.sub("", sketch(again)).replace(*next(iter(names.items())))
    assert shown == NOTICES.sub("", sketch(transcript)).replace("(null)", "({})")
    assert requests(again)[-1:] == requests(transcript)[-1:]


def requests(transcript: Transcript) -> list[Any]:
    return [turn.request and turn.request.to_dict() for run in transcript.runs for turn in run.turns]


async def played(path: Path) -> Transcript:
    stream = turnwise.stream(Replay(path, speed=math.inf), "prompt")
    async for _ in stream:
        pass
    return stream.transcript


# What is no recording.

HEAD = '{"turnwise": "recording", "version": 1, "agent": "a", "at": 0}\n'
RUN = '{"at": 1, "op": "add_run", "run": "r", "number": 1, "prompt": "p", "client_id": null, "time": 1}\n'
WRONG = {
    "": "it is empty",
    "hello\n": "line 1",
    '{"a": 1}\n': "does not begin as one",
    HEAD.replace("1,", "9,", 1): "version 9",
    HEAD + '{"at": 1, "op": "fly"}\n': "line 2: there is no op 'fly'",
    HEAD + RUN.replace('"p"', "5"): "line 2",
    HEAD + '{"at": 1, "op": "append", "part": "x", "text": "y"}\n': "line 2: 'x'",
    HEAD + "[1]\n": "line 2",
}


@pytest.mark.parametrize("text", WRONG, ids=list(WRONG.values()))
def test_what_is_no_recording(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match="recording") as raised:
        load(path)
    assert WRONG[text] in str(raised.value)
    if text:
        with pytest.raises(ValueError, match="recording"):
            Recorder(path, "agent", None)
        assert path.read_text() == text, "it is left alone"


def test_nothing_to_play_and_no_speed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(HEAD + RUN)
    with pytest.raises(ValueError, match="no run to play"):
        Replay(path)
    with pytest.raises(ValueError, match="more than 0"):
        Replay(path, speed=0)


async def test_a_recording_that_cannot_be_written_says_so_and_the_chat_goes_on(tmp_path: Path) -> None:
    chat = AgentChat(weather, record=tmp_path / "a.jsonl")
    recorder = chat._session._recorder
    assert recorder is not None
    recorder.close()
    run = await chat.send("one")
    assert run.status == "complete"
    assert [notice.code for notice in run.notices] == ["recording"]


# Secrets.

KEY = "sk-" + "a1B2" * 8


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_secrets_are_kept_out_however_they_are_cut(size: int, tmp_path: Path) -> None:
    scrubber = Scrubber(["hunter2hunter2"], {"MY_API_KEY": "from-the-environment", "PATH": "/usr/bin:/bin"})
    text = f"a {KEY} b hunter2hunter2 c from-the-environment d /usr/bin:/bin sk- hunter e"
    pieces: list[Event] = [TextDelta(text[at : at + size]) for at in range(0, len(text), size)]
    call = ToolCall("f", {"key": KEY}, call_id="c")
    ops = assemble([*pieces, call, ToolResult([{"hunter2hunter2": KEY}], call_id="c")])
    save(tmp_path / "a.jsonl", "agent", [(0.0, op) for op in ops], scrubber)
    written = (tmp_path / "a.jsonl").read_text()
    assert KEY not in written.replace('"}\n', "").replace("\n", "")
    [turn] = load(tmp_path / "a.jsonl").transcript.runs[0].turns
    assert turn.text == "a [secret] b [secret] c [secret] d /usr/bin:/bin sk- hunter e"
    assert turn.tools[0].arguments == {"key": "[secret]"}
    assert turn.tools[0].result == [{"[secret]": "[secret]"}]
    pieces_written = [json.loads(line)["text"] for line in written.splitlines() if '"append"' in line]
    assert "a1B2" not in "".join(pieces_written)


OUTPUTS: dict[str, tuple[list[Event], list[str]]] = {
    "in two pieces": ([ToolOutput("a zzzz"), ToolOutput("secret b")], ["a [secret] b"]),
    "the end may begin one": ([ToolOutput("a zzzz")], ["a zzzz"]),
    "apart, with another stream between": (
        [ToolOutput("zzzz"), ToolOutput("oh", stream="stderr"), ToolOutput("secret")],
        ["zzzz", "oh", "secret"],
    ),
    "before a display": (
        [ToolOutput("zzzz"), ToolOutput(display={"text/plain": "zzzzsecret"}), ToolOutput("secret")],
        ["zzzz", "{'mimebundle': {'text/plain': '[secret]'}}", "secret"],
    ),
    "what is cleared": ([ToolOutput("a zzzz"), ToolOutput("secret b", clear=True)], ["secret b"]),
    "cleared for what may begin one": ([ToolOutput("a"), ToolOutput("zzzz", clear=True)], ["zzzz"]),
}


@pytest.mark.parametrize(("outputs", "kept"), OUTPUTS.values(), ids=OUTPUTS)
def test_secrets_are_kept_out_of_what_tools_print(
    outputs: list[Event], kept: list[str], tmp_path: Path
) -> None:
    events = [ToolCall("f", {}, call_id="c"), *(replace(each, call_id="c") for each in outputs)]
    scrubber = Scrubber(["zzzzsecret"], {})
    for after in ([], [ToolResult(1, call_id="c")]):
        ops = [
            op
            for op in assemble([*events, *after])
            if op.op not in ("set_tool_state", "close_turn", "end_run")
        ]
        save(tmp_path / "a.jsonl", "agent", [(0.0, op) for op in ops], scrubber)
        [step] = load(tmp_path / "a.jsonl").transcript.runs[0].turns[0].tools
        assert [each.text or str(each.display) for each in step.outputs] == kept


def test_what_waits_is_of_one_telling_and_of_what_is_still_there() -> None:
    """The beginning of a secret at the end of a text that goes on, was taken back, or is told anew."""
    ops = assemble([TurnStart(turn="1"), TextDelta("It costs less, as", turn="1")])
    ops = ops[: [op.op for op in ops].index("append") + 1]
    scrubber = Scrubber(["sesame-open"], {})
    for _ in range(2):
        assert Transcript(scrubbed(ops, scrubber)).to_dict() == Transcript(ops).to_dict()
    taken_back = [*ops, ResetTurn(turn="r.1", attempt=2, time=9.0)]
    assert Transcript(scrubbed(taken_back, scrubber)).to_dict() == Transcript(taken_back).to_dict()


def test_short_secrets_are_kept_out_of_what_is_said_and_not_of_what_turnwise_says(tmp_path: Path) -> None:
    ops = assemble([TextDelta("1 main text is complete"), ToolCall("f", {"n": "1"}, call_id="c")])
    save(
        tmp_path / "a.jsonl",
        "agent",
        [(0.0, op) for op in ops],
        Scrubber(["1", "main", "text", "complete"], {}),
    )
    [turn] = load(tmp_path / "a.jsonl").transcript.runs[0].turns
    assert turn.text == "[secret] [secret] [secret] is [secret]"
    assert turn.tools[0].arguments == {"n": "[secret]"}


async def test_a_chat_saved_in_the_middle_of_a_text_lacks_nothing_of_it(tmp_path: Path) -> None:
    goes_on = asyncio.Event()

    async def slow(prompt: str) -> AsyncGenerator[str, None]:
        yield "It costs less, as"
        await goes_on.wait()
        yield " I said."

    chat = AgentChat(slow, secrets=["sesame-open"])
    assert chat._output is not None
    run = chat.send("go")
    while not run.final_text:  # noqa: ASYNC110  # it comes from the run's own task
        await asyncio.sleep(0.001)
    for _ in range(2):
        chat.save(tmp_path / "a.jsonl")
        assert load(tmp_path / "a.jsonl").transcript.runs[0].final_text == "It costs less, as"
        assert "It costs less, as" in chat.to_markdown()
        assert "It costs less, as" in chat._output.bundle()["text/plain"]
    goes_on.set()
    await run
    assert "It costs less, as I said." in chat._output.bundle()["text/plain"]


async def test_secrets_may_come_from_a_generator(tmp_path: Path) -> None:
    chat = AgentChat(lambda prompt: "open sesame-open", secrets=(each for each in ["sesame-open"]))
    await chat.send("go")
    for _ in range(2):
        assert "sesame-open" not in chat.to_json()
        assert "[secret]" in chat.to_json()


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ("hunter2", "not str"),
        (b"hunter2", "not bytes"),
        (True, "not bool"),
        (None, "not NoneType"),
        ([1234], "one of these is int"),
    ],
)
def test_secrets_that_would_hide_nothing_or_each_letter(secrets: Any, message: str) -> None:
    for refuses in (
        lambda: AgentChat(weather, secrets=secrets),
        lambda: Transcript().to_json(secrets=secrets),
    ):
        with pytest.raises(TypeError, match=message) as raised:
            refuses()
        assert "hunter2" not in str(raised.value)


async def test_secrets_may_be_kept_by_choice(tmp_path: Path) -> None:
    async def tells(prompt: str) -> str:
        return KEY

    chat = AgentChat(tells, secrets=False)
    await chat.send("go")
    chat.save(tmp_path / "a.jsonl")
    assert load(tmp_path / "a.jsonl").transcript.runs[0].final_text == KEY
