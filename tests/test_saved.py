"""What a notebook keeps of a chat: run by nbclient, where no page is there to help."""

from __future__ import annotations

import json
from typing import Any

import nbclient
import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter

from conversations import NAMED, transcript
from turnwise import AgentChat, Assembler, Replay, TextDelta, ToolCall, ToolResult, Transcript, demo
from turnwise import ops as o
from turnwise.export.viewer import MIME
from turnwise.saved import SavedOutput

VIEW = "application/vnd.jupyter.widget-view+json"

CHAT = """
from turnwise import AgentChat, ModelRequest, ToolCall, ToolOutput, ToolResult

def agent(prompt):
    yield ModelRequest([{"role": "user", "content": prompt}], system="Told to the model only.")
    yield ToolCall("look_up", {"what": prompt}, call_id="1")
    yield ToolOutput("printed by the tool", call_id="1")
    yield ToolResult("found", call_id="1")
    yield f"**Answer** to {prompt}: sk-abcdefghijklmnopqrstuvwx"

chat = AgentChat(agent, title="Kept", save_output=%s)
chat
"""


def executed(*cells: str) -> Any:
    """A notebook of these cells after it ran, without the state of widgets: as JupyterLab saves it."""
    book: Any = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])  # pyright: ignore[reportUnknownMemberType]
    return nbclient.NotebookClient(
        book, timeout=60, kernel_name="python3", store_widget_state=False
    ).execute()


def test_a_notebook_that_no_page_has_seen_keeps_the_conversation() -> None:
    book = executed(
        CHAT % True,
        "await chat.send('one')",
        # Not awaited by the cell that sends it, and driven by a thread.
        "run = chat.send('two')",
        "run.wait(30);",
    )
    view, saved = book.cells[0].outputs
    assert set(view.data) == {VIEW, "text/html", "text/plain"}
    assert set(saved.data) == {MIME, "text/html", "text/markdown", "text/plain"}
    replica = saved.data[MIME]
    assert [op["prompt"] for op in replica["ops"] if op["op"] == "add_run"] == ["one", "two"]
    assert [op["status"] for op in replica["ops"] if op["op"] == "end_run"] == ["complete", "complete"]
    assert "<strong>Answer</strong> to two: [secret]" in saved.data["text/html"]
    assert "**Answer** to two: [secret]" in saved.data["text/markdown"]
    kept = json.dumps(book)
    assert "Told to the model" not in json.dumps(saved)
    assert "sk-abc" not in kept.replace(json.dumps(CHAT % True)[1:-1], "")
    # By each run, once in the snapshot and once in the page; and in no output of a cell that happened to run.
    assert json.dumps([cell.outputs for cell in book.cells]).count("printed by the tool") == 2 * 2

    html: str
    html, _ = HTMLExporter().from_notebook_node(book)  # pyright: ignore[reportUnknownMemberType]
    assert "<strong>Answer</strong> to one" in html
    assert html.count("to two: [secret]") == 1
    markdown: str
    markdown, _ = MarkdownExporter().from_notebook_node(book)  # pyright: ignore[reportUnknownMemberType]
    assert "to two: [secret]" in markdown


def test_it_can_be_switched_off() -> None:
    book = executed(CHAT % False, "await chat.send('one')")
    (view,) = book.cells[0].outputs
    assert set(view.data) == {VIEW, "text/plain"}
    assert "Answer" not in json.dumps([cell.outputs for cell in book.cells])


def output_of(shown: Transcript, **settings: Any) -> SavedOutput:
    chat = AgentChat(lambda prompt: prompt, history=shown, **settings)
    assert chat._output is not None
    return chat._output


@pytest.mark.parametrize("name", NAMED)
def test_the_snapshot_folds_to_the_conversation(name: str) -> None:
    shown = NAMED[name]
    kept = SavedOutput("", lambda: shown, dict, None).bundle()[MIME]
    again = Transcript(presented(op) for op in kept["ops"])
    assert [run.ended is None for run in again.runs] == [False] * len(shown.runs)
    ended = {run.id for run in shown.runs if run.ended is not None}
    assert [run.to_dict() for run in again.runs if run.id in ended] == [
        run.to_dict() for run in shown.runs if run.id in ended
    ]


def presented(op: dict[str, Any]) -> o.Op:
    from turnwise.recording.log import _decode

    return _decode(dict(op))


def test_it_grows_with_the_conversation_and_not_with_the_front_end() -> None:
    bundle = output_of(transcript([TextDelta("word " * 2_000)])).bundle()
    assert len(json.dumps(bundle)) < 5 * 10_000 + 6_000


def test_final_only_closes_what_came_before_the_answer() -> None:
    shown = NAMED["a run of two tools and three turns"]
    assert '<details class="tw-earlier" open>' in output_of(shown).bundle()["text/html"]
    assert '<details class="tw-earlier">' in output_of(shown, final_only=True).bundle()["text/html"]


def test_a_result_that_comes_when_its_run_has_ended_is_kept() -> None:
    asm, shown = Assembler(), Transcript()
    output = SavedOutput("", lambda: shown, dict, None)

    def happens(ops: list[o.Op]) -> None:
        shown.extend(ops)
        output.follow(ops)

    for run in ("r1", "r2"):
        happens([*asm.add_run(run, run, 0), *asm.start_run(run, 0)])
        happens([*asm.feed(ToolCall("f", {}, call_id=run), 1), *asm.finish(2)])
        assert "No result" in output.bundle()["text/html"]
    before = output.bundle()[MIME]["ops"]
    happens(asm.feed(ToolResult("LATE", call_id="r2"), 3))
    assert "LATE" in output.bundle()["text/html"]
    after = output.bundle()[MIME]["ops"]
    assert [op for op in after if op not in before and op["op"] == "set_result"]
    again = Transcript(presented(op) for op in after)
    assert again.to_dict() == shown.to_dict()


def test_it_is_of_what_a_recording_shows_after_a_jump() -> None:
    replay = Replay(demo.recording("tool-loop"))
    chat = AgentChat(replay)
    assert chat._output is not None
    for position, runs in (
        (replay.length, len(replay.prompts)),
        (0.0, 0),
        (replay.length, len(replay.prompts)),
    ):
        replay.seek(position)
        kept = chat._output.bundle()[MIME]["ops"]
        assert len([op for op in kept if op["op"] == "end_run"]) == runs
    chat.close()


def test_nothing_said_is_said() -> None:
    assert "Nothing has been said" in output_of(Transcript()).bundle()["text/plain"]
