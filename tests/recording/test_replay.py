"""A recording played: as an agent, and in a chat, where one may pause, step and go to any moment of it."""

from __future__ import annotations

import asyncio
import math
import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import turnwise
from adapters.test_conformance import CASES
from recorded import stem
from sketch import sketch
from turnwise import (
    AgentChat,
    ApprovalRequest,
    ApprovalResponse,
    Assembler,
    Replay,
    TextDelta,
    ToolCall,
    ToolResult,
    Transcript,
    TurnStart,
)
from turnwise import ops as o
from turnwise.loops import own_loop
from turnwise.recording import Scrubber, load, save
from turnwise.wire import Control, Playback

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recorded import Source
    from turnwise.events import Event

QUIET = Scrubber(environment={})
PROMPTS = ("one", "two", "three")


def assembled(prompts: tuple[str, ...] = PROMPTS) -> list[tuple[float, o.Op]]:
    """A lesson: each run takes two seconds, calls a tool that fails and one that does not, and answers."""
    asm = Assembler()
    out: list[tuple[float, o.Op]] = []
    for number, prompt in enumerate(prompts):
        at = 1000.0 + 100 * number
        run = f"r{number}"
        steps: list[tuple[float, list[o.Op]]] = [
            (at, asm.add_run(run, prompt, at)),
            (at, asm.start_run(run, at)),
        ]
        said: list[tuple[float, Event]] = [
            (0.2, TurnStart(turn="a")),
            (0.3, TextDelta("Let me ", turn="a")),
            (0.4, TextDelta("look.", turn="a")),
            (0.5, ToolCall("weather", {"city": "Pari"}, call_id="c1", turn="a")),
            (0.8, ToolResult("no such city", outcome="error", call_id="c1")),
            (1.0, TurnStart(turn="b")),
            (1.1, ToolCall("weather", {"city": "Paris"}, call_id="c2", turn="b")),
            (1.4, ToolResult({"temp_c": 18}, call_id="c2")),
            (1.6, TurnStart(turn="c")),
            (1.7, TextDelta(f"{prompt}: it is ", turn="c")),
            (1.9, TextDelta("18 °C.", turn="c")),
        ]
        steps += [(at + after, asm.feed(event, at + after)) for after, event in said]
        steps.append((at + 2, asm.finish(at + 2)))
        out += [(when, op) for when, ops in steps for op in ops]
    return out


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(tmp_path / "lesson.jsonl", "teacher", assembled(), QUIET)
    return tmp_path / "lesson.jsonl"


def near(expected: Any) -> Any:
    """Ops of one moment are microseconds apart, so that one can stop between them."""
    return pytest.approx(expected, abs=1e-3)


async def until(condition: Callable[[], object]) -> None:
    async def poll() -> None:
        while not condition():  # noqa: ASYNC110  # it plays on another thread
            await asyncio.sleep(0.001)

    await asyncio.wait_for(poll(), 20)


def plain(transcript: Transcript) -> Any:
    """What it holds, with times as a recording keeps them."""

    def rounded(value: Any) -> Any:
        match value:
            case float():
                return round(value, 3)
            case dict():
                return {key: rounded(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
            case list():
                return [rounded(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
            case _:
                return value

    return rounded(transcript.to_dict())


def texts(chat: AgentChat) -> list[list[str]]:
    """Of each run the texts of its turns, its prompt first."""
    return [[run.prompt, *(turn.text for turn in run.turns)] for run in chat.transcript.runs]


ONE = ["one", "Let me look.", "", "one: it is 18 °C."]
TWO = ["two", "Let me look.", "", "two: it is 18 °C."]
THREE = ["three", "Let me look.", "", "three: it is 18 °C."]


# As an agent.


async def test_a_prompt_plays_its_run(path: Path) -> None:
    replay = Replay(path, speed=math.inf)
    assert replay.prompts == [*PROMPTS]
    chat = AgentChat(replay)
    for prompt in ("two", "one", " three ", "two"):
        run = await chat.send(prompt)
        assert (run.status, run.final_text) == ("complete", f"{prompt.strip()}: it is 18 °C.")
        assert [tool.result for turn in run.turns for tool in turn.tools] == ["no such city", {"temp_c": 18}]
        assert not replay.playing
    assert len({run.id for run in chat.transcript.runs}) == 4
    assert len({turn.id for run in chat.transcript.runs for turn in run.turns}) == 12


async def test_for_a_result_that_comes_an_hour_after_its_run_nobody_waits(tmp_path: Path) -> None:
    entries = assembled()
    (late,) = (op for _, op in entries if isinstance(op, o.SetResult) and op.part.startswith("r0.2."))
    entries += [(entries[-1][0] + 3600, replace(late, result="late", time=late.time + 3600))]
    save(tmp_path / "late.jsonl", "teacher", entries, QUIET)
    replay = Replay(tmp_path / "late.jsonl", speed=math.inf)
    assert replay.length == near(3 * 2 + 2)
    chat = AgentChat(replay)
    run = await chat.send("one")
    assert run.turns[1].tools[0].result == "late"


async def test_the_same_prompt_plays_its_runs_in_turn(tmp_path: Path) -> None:
    entries = assembled(("again", "again"))
    save(tmp_path / "a.jsonl", "teacher", entries, QUIET)
    replay = Replay(tmp_path / "a.jsonl", speed=math.inf)
    chat = AgentChat(replay)
    started = [(await chat.send("again")).started or 0 for _ in range(3)]
    assert started == near([1000.0, 1003.0, 1000.0]), "a second after the first, and then the first once more"


async def test_a_prompt_that_is_not_recorded_is_an_error_that_lists_those_that_are(path: Path) -> None:
    chat = AgentChat(Replay(path, speed=math.inf))
    run = await chat.send("four")
    assert run.error is not None
    assert (run.status, run.error.kind) == ("error", "NotRecordedError")
    assert all(f"\n  {prompt}" in run.error.message for prompt in PROMPTS)
    assert "'four'" in run.error.message
    assert (await chat.send("one")).status == "complete"
    stream = turnwise.stream(Replay(path, speed=math.inf), "four")
    async for event in stream:
        assert event.type != "text"
    assert stream.transcript.runs[0].error is not None
    assert "What was asked:" in stream.transcript.runs[0].error.message


async def test_without_a_chat_it_gives_events_and_can_be_paused_and_stepped(path: Path) -> None:
    replay = Replay(path, speed=math.inf, paused=True)
    stream = turnwise.stream(replay, "two")

    async def read() -> None:
        async for _ in stream:
            pass

    reading = asyncio.create_task(read())
    await until(lambda: replay.paused)
    replay.step()
    await until(lambda: replay.paused and stream.transcript.runs[0].turns)
    assert [turn.text for turn in stream.transcript.runs[0].turns] == ["Let me look."]
    replay.skip()
    replay.play()
    await reading
    assert stream.transcript.runs[0].final_text == TWO[-1]
    with pytest.raises(RuntimeError, match="AgentChat"):
        replay.seek(1.0)


# In a chat: the recording itself.


async def test_play_sends_the_prompts_and_ends_as_the_recording_does(path: Path) -> None:
    replay = Replay(path, speed=math.inf)
    chat = AgentChat(replay)
    replay.play()
    await until(lambda: replay.position == replay.length and not replay.playing)
    shown, recorded = plain(chat.transcript), plain(load(path).transcript)
    for a, b in zip(shown["runs"], recorded["runs"], strict=True):
        assert without_times(a) == without_times(b)
    assert shown["runs"][0] == recorded["runs"][0], "and its times"
    lasted = [(run.ended or 0) - (run.started or 0) for run in chat.transcript.runs]
    assert [round(one, 3) for one in lasted] == [2.0, 2.0, 2.0], "as recorded, however fast it was played"
    replay.speed = 1e-6
    replay.play()
    assert texts(chat) == [["one"]], "from the end it begins again"
    replay.speed = math.inf
    await until(lambda: replay.position == replay.length and not replay.playing)
    assert texts(chat) == [ONE, TWO, THREE]


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if not isinstance(v, float)}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [without_times(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


MOMENTS: list[tuple[float, list[list[str]]]] = [
    (0.0, []),
    (0.1, [["one"]]),
    (0.35, [["one", "Let me "]]),
    (0.9, [["one", "Let me look."]]),
    (1.2, [["one", "Let me look.", ""]]),
    (1.8, [["one", "Let me look.", "", "one: it is "]]),
    (2.0, [ONE]),
    (2.5, [ONE]),
    (3.001, [ONE, ["two"]]),
    (3.35, [ONE, ["two", "Let me "]]),
    (8.0, [ONE, TWO, THREE]),
    (99.0, [ONE, TWO, THREE]),
]


async def test_seek_shows_the_conversation_as_it_stood(path: Path) -> None:
    replay = Replay(path)
    chat = AgentChat(replay)
    assert replay.length == near(8.0)
    for position, shown in [*MOMENTS, *reversed(MOMENTS), *random.Random(1).sample(MOMENTS, len(MOMENTS))]:
        replay.seek(position)
        assert texts(chat) == shown, position
        assert replay.position == near(min(position, 8.0))
        assert not replay.playing
        assert Transcript(op for _, op in chat._session.log()).to_dict() == chat.transcript.to_dict()
    chat.close()


async def test_after_any_seek_it_plays_to_the_same_end(path: Path) -> None:
    whole = plain(load(path).transcript)
    replay = Replay(path, speed=math.inf)
    chat = AgentChat(replay)
    for position in (0.35, 1.2, 2.5, 3.0, 7.9, 0.0):
        replay.seek(position)
        replay.play()
        await until(lambda: replay.position == replay.length and not replay.playing)
        assert [without_times(r) for r in plain(chat.transcript)["runs"]] == [
            without_times(r) for r in whole["runs"]
        ]


async def test_who_waits_for_a_run_goes_on_waiting_while_it_is_moved_in(path: Path) -> None:
    replay = Replay(path, paused=True)
    chat = AgentChat(replay)
    handle = chat.send("one")
    for position in (1.5, 0.35, 1.8):
        replay.seek(position)
        assert handle.turns is chat.transcript.runs[0].turns
        assert not handle.done
    replay.speed = math.inf
    replay.play()
    run = await handle
    assert (run.status, run.final_text) == ("complete", ONE[-1])
    assert run is chat.transcript.runs[0]
    # Elsewhere, it is over.
    replay = Replay(path, paused=True)
    chat = AgentChat(replay)
    handle, queued = chat.send("two"), chat.send("three")
    replay.seek(0.35)
    assert (await handle).status == "cancelled"
    assert queued.done
    assert texts(chat) == [["one", "Let me "]]
    chat.close()


async def test_steps_go_turn_by_turn_through_all_runs_and_back(path: Path) -> None:
    replay = Replay(path, speed=math.inf)
    chat = AgentChat(replay)
    stood: list[float] = []
    for _ in range(9):
        replay.step()
        await until(lambda: not replay.playing and (replay.paused or not chat._session._active))
        stood.append(round(replay.position, 3))
    assert stood == [1.0, 1.6, 2.0, 4.0, 4.6, 5.0, 7.0, 7.6, 8.0]
    replay.step()
    assert texts(chat) == [ONE, TWO, THREE], "nothing comes after the end"
    for position in [*stood[-2::-1], 0.0, 0.0]:
        replay.back()
        assert replay.position == near(position)
    assert texts(chat) == []


async def test_a_step_to_the_next_result_and_the_rest_of_a_step_at_once(path: Path) -> None:
    replay = Replay(path, speed=math.inf)
    chat = AgentChat(replay)
    replay.step("event")
    await until(lambda: replay.paused)
    assert [tool.state for tool in chat.transcript.runs[0].turns[0].tools] == ["error"]
    replay.step("event")
    await until(lambda: replay.paused and len(chat.transcript.runs[0].turns) == 2)
    assert chat.transcript.runs[0].turns[1].tools[0].result == {"temp_c": 18}
    replay.seek(0)
    replay.speed = 1e-6
    replay.step()
    assert replay.playing
    replay.step()
    await until(lambda: replay.paused)
    assert replay.position == near(1.0)
    assert texts(chat) == [ONE[:2]]
    chat.close()


async def test_pause_stands_still_and_play_goes_on(path: Path) -> None:
    replay = Replay(path, speed=1e-6)
    chat = AgentChat(replay)
    replay.play()
    assert replay.playing
    replay.pause()
    assert replay.paused
    assert not replay.playing
    position = replay.position
    replay.speed = math.inf
    assert replay.position == position
    replay.skip()
    assert texts(chat) == [ONE, TWO, THREE]


async def test_restart_in_the_middle_of_a_run(path: Path) -> None:
    replay = Replay(path, speed=1e-6)
    chat = AgentChat(replay)
    replay.seek(3.35)
    replay.restart()
    assert replay.playing
    assert texts(chat) == [["one"]]
    chat.close()


async def test_stop_ends_the_run_where_it_is_and_play_takes_it_up_again(path: Path) -> None:
    replay = Replay(path, speed=math.inf)
    chat = AgentChat(replay)
    replay.seek(0.6)
    chat.stop()
    run = chat.transcript.runs[0]
    assert (run.status, run.turns[0].status) == ("cancelled", "cancelled")
    assert run.turns[0].tools[0].state == "cancelled"
    assert not replay.playing
    assert replay.position == near(0.6)
    replay.play()
    await until(lambda: replay.position == replay.length and not replay.playing)
    assert texts(chat) == [ONE, TWO, THREE]


async def test_speed_keeps_the_place_and_must_be_positive(path: Path) -> None:
    replay = Replay(path, speed=2)
    AgentChat(replay).close()
    with pytest.raises(ValueError, match="more than 0"):
        replay.speed = 0
    assert replay.speed == 2


async def test_many_threads_leave_one_conversation(path: Path) -> None:
    replay = Replay(path, speed=50)
    chat = AgentChat(replay)
    whole = [without_times(run) for run in plain(load(path).transcript)["runs"]]

    def play(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            chance.choice(
                [
                    replay.play,
                    replay.pause,
                    replay.step,
                    lambda: replay.step("event"),
                    replay.back,
                    lambda: replay.seek(chance.uniform(0, 9)),
                    lambda: setattr(replay, "speed", chance.choice([1, 50, math.inf])),
                ]
            )()

    threads = [threading.Thread(target=play, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    await until(lambda: not any(thread.is_alive() for thread in threads))
    log = Transcript(op for _, op in chat._session.log())
    assert log.to_dict() == chat.transcript.to_dict(), "what was shown is what is there"
    replay.speed = math.inf
    replay.restart()
    await until(lambda: replay.position == replay.length and not replay.playing)
    assert [without_times(run) for run in plain(chat.transcript)["runs"]] == whole


def tasks() -> set[asyncio.Task[Any]]:
    """What turnwise's loop has to do."""

    async def all_but_this() -> set[asyncio.Task[Any]]:
        return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]

    return asyncio.run_coroutine_threadsafe(all_but_this(), own_loop()).result(10)


@pytest.mark.parametrize("between", [False, True], ids=["in a run", "between two"])
async def test_close_leaves_nothing_behind(path: Path, between: bool) -> None:
    others = tasks()
    replay = Replay(path, speed=1e-6)
    chat = AgentChat(replay)
    replay.play()
    if between:
        replay._clock.jump(2.1)
    mine = "turnwise-beat" if between else "turnwise-r0"
    await until(lambda: mine in {task.get_name() for task in tasks() - others})
    assert replay.playing
    chat.close()
    await until(lambda: not tasks() - others)
    assert not replay.playing
    with pytest.raises(RuntimeError, match="AgentChat"):
        replay.seek(0)


async def test_the_chat_that_came_last_shows_it(path: Path) -> None:
    replay = Replay(path, speed=1e-6)
    first = AgentChat(replay)
    replay.play()
    second = AgentChat(replay)
    assert first.transcript.runs[0].status == "cancelled"
    replay.seek(0.35)
    assert texts(second) == [["one", "Let me "]]
    assert texts(first) == [["one"]]
    first.close()
    replay.seek(0.1)
    assert texts(second) == [["one"]]
    second.close()


@pytest.mark.parametrize("click", [False, True])
async def test_an_approval_is_answered_as_it_was(tmp_path: Path, click: bool) -> None:
    asm = Assembler()
    steps: list[tuple[float, list[o.Op]]] = [(0.0, asm.add_run("r", "go", 0.0) + asm.start_run("r", 0.0))]
    said: list[tuple[float, Event]] = [
        (1.0, ToolCall("mail", {"to": "all"}, call_id="m")),
        (2.0, ApprovalRequest("Send it?", call_id="m")),
        (9.0, ApprovalResponse("denied", reason="no", call_id="m")),
        (9.5, TextDelta("I did not.")),
    ]
    steps += [(at, asm.feed(event, at)) for at, event in said]
    steps.append((10.0, asm.finish(10.0)))
    save(tmp_path / "a.jsonl", "careful", [(at, op) for at, ops in steps for op in ops], QUIET)
    asked: list[object] = []
    replay = Replay(tmp_path / "a.jsonl", speed=1e-6)
    chat = AgentChat(replay, on_approval=asked.append)
    handle = chat.send("go")
    replay.seek(2.5)
    assert [step.name for step in chat.pending] == ["mail"]
    if click:  # whoever answers gets on to the answer that was recorded
        chat.approve()
        assert replay.position == near(9.0)
        await until(lambda: not chat.pending)
    replay.speed = math.inf
    run = await handle
    approval = run.turns[0].tools[0].approval
    assert approval is not None
    assert (approval.decision, approval.reason) == ("denied", "no")
    assert run.final_text == "I did not."
    assert asked == [], "nobody is asked again"


async def test_a_replay_is_not_recorded_once_more(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is recorded already"):
        AgentChat(Replay(path), record=tmp_path / "b.jsonl")
    assert not (tmp_path / "b.jsonl").exists()


# What the page is told, and says.


async def test_the_page_is_told_where_it_stands_and_says_where_to_go(path: Path) -> None:
    replay = Replay(path)
    chat = AgentChat(replay)
    told: list[Playback] = []
    chat._session.show = told.append  # type: ignore[method-assign]
    chat._session.receive({"kind": "hello", "last": 0})
    await until(lambda: told)
    first = told[0]
    assert (first.position, first.playing, first.speed, first.origin) == (0.0, False, 1.0, 1000.0)
    assert [(round(mark.at, 3), mark.kind, mark.label) for mark in first.marks][:6] == [
        (0.0, "prompt", "one"),
        (0.8, "failure", "weather"),
        (1.0, "turn", "1"),
        (1.4, "result", "weather"),
        (1.6, "turn", "2"),
        (2.0, "turn", "3"),
    ]
    chat._session.receive({"kind": "control", "action": "speed", "value": None})
    await until(lambda: replay.speed == math.inf)
    chat._session.receive({"kind": "control", "action": "seek", "value": 3.35})
    await until(lambda: texts(chat) == [ONE, ["two", "Let me "]] and told[-1].position > 3)
    assert (told[-1].position, told[-1].playing, told[-1].speed) == (pytest.approx(3.35), False, None)
    for action, shown in (
        ("previous_turn", [ONE]),
        ("next_event", [ONE, ["two", "Let me look."]]),
        ("end", [ONE, TWO, THREE]),
        ("restart", [ONE, TWO, THREE]),
        ("pause", [ONE, TWO, THREE]),
        ("play", [ONE, TWO, THREE]),
    ):
        chat._session.receive({"kind": "control", "action": action, "value": None})
        await until(lambda shown=shown: texts(chat) == shown and not replay.playing)
    chat.close()


@pytest.mark.parametrize(
    ("action", "value"), [("seek", None), ("seek", -1), ("seek", math.nan), ("speed", 0), ("fly", None)]
)
def test_nonsense_of_a_page_is_refused(action: str, value: float | None) -> None:
    from turnwise.wire import parse

    with pytest.raises(ValueError, match=r"seek|speed|action|JSON|number"):
        parse({"kind": "control", "action": action, "value": value})


def test_control_reaches_every_action() -> None:
    from typing import get_args, get_type_hints

    from turnwise.recording.replay import _CONTROLS

    actions = set(get_args(get_type_hints(Control)["action"]))
    assert actions == {*_CONTROLS, "seek", "speed"}


async def test_auto_plays_when_a_page_shows_it(path: Path) -> None:
    replay = Replay(path, speed=math.inf, auto=True)
    chat = AgentChat(replay)
    assert texts(chat) == []
    chat._session.receive({"kind": "hello", "last": 0})  # the model is there; nobody looks at it yet
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0), own_loop()))  # it was heard
    assert not replay.playing
    assert replay.position == 0
    chat._session.receive({"kind": "control", "action": "appear", "value": None})
    await until(lambda: texts(chat) == [ONE, TWO, THREE])
    await until(lambda: not replay.playing)
    chat.close()


# What any adapter made can be played without it.


def recorded(source: Source, path: Path, to: Path) -> Transcript:
    """A session with the adapter of ``source``, as a file: the recorded events, a tenth of a second apart."""
    asm = Assembler()
    entries: list[tuple[float, o.Op]] = []
    at = 1000.0
    for number, played in enumerate(source.play(path), 1):
        steps = [asm.add_run(f"r{number}", f"{played.prompt} {number}", at), asm.start_run(f"r{number}", at)]
        for event in played.events:
            at += 0.1
            steps.append(asm.feed(event, at))
        at += 0.1
        steps.append(asm.finish(at, status=played.status, error=played.error))
        entries += [(at, op) for ops in steps for op in ops]
    save(to, source.folder, entries, None)
    return Transcript(op for _, op in entries)


@pytest.mark.parametrize(("source", "path"), CASES)
def test_a_recording_of_any_source_plays_to_an_equal_transcript(
    source: Source, path: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"{stem(path)}.jsonl"
    transcript = recorded(source, path, file)
    asyncio.run(plays_to(transcript, file))


async def plays_to(transcript: Transcript, file: Path) -> None:
    replay = Replay(file, speed=math.inf)
    chat = AgentChat(replay)
    replay.skip()
    whole = [without_times(run) for run in plain(transcript)["runs"]]
    assert [without_times(run) for run in plain(chat.transcript)["runs"]] == whole
    replay.seek(0)
    for run in transcript.runs:  # and as an agent: sent one by one
        await chat.send(run.prompt)
    same = sketch(chat.transcript)
    for sent, was in zip(chat.transcript.runs, transcript.runs, strict=True):
        same = same.replace(sent.id, was.id)
    assert same == sketch(transcript)
    chat.close()
