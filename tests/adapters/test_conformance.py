"""Every source over its recordings: what each scenario must look like, whoever tells it.

A source that cannot express a scenario, or an aspect of one, says why (``tests/sources``) and is skipped by that name;
a scenario without a recording and without a reason fails, and so does an adapter without a source.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recorded import RECORDINGS, SCENARIOS, SCRIPTS, Source, expected, fold, scenario, stem
from sketch import check_ops, crumbs, sketch
from turnwise import Transcript

if TYPE_CHECKING:
    from turnwise import Run
    from turnwise.runs import Turn

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "widget" / "turnwise"
SOURCES: list[Source] = [
    import_module(f"sources.{path.stem}").SOURCE for path in sorted((TESTS / "sources").glob("[a-z]*.py"))
]
CASES = [
    pytest.param(source, path, id=f"{source.folder}-{stem(path)}")
    for source in SOURCES
    for path in source.recordings
]
NO_TRANSLATOR = {
    "adapters/builtin.py": "its providers are the sources",
    "adapters/callables.py": "a function is no recording; tests/adapters/test_callables.py",
    "adapters/ag_ui_agent.py": "that of a URL's, by way of its client; tests/adapters/test_ag_ui_agent.py",
    "adapters/remote/detect.py": "it finds another adapter",
}


def heard(source: Source, path: Path) -> tuple[list[Run], list[Turn]]:
    runs = Transcript(fold(source, path)).runs
    return runs, [turn for run in runs for turn in run.turns if turn.status != "abandoned"]


def same(a: str, b: str) -> bool:
    """Arguments may be spelled differently by sources that have them as objects."""
    try:
        return bool(json.loads(a or "{}") == json.loads(b or "{}"))
    except ValueError:
        return a == b


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.folder)
def test_a_scenario_has_a_recording_or_a_reason(source: Source, name: str) -> None:
    recorded = any(scenario(path) == name for path in source.recordings)
    if name in source.cannot:
        assert not recorded, "recorded after all"
        pytest.skip(f"{source.folder} has no scenario {name}: {source.cannot[name]}")
    assert recorded


@pytest.mark.parametrize(("source", "path"), CASES)
def test_ops_are_well_formed_and_pieces_change_nothing(source: Source, path: Path) -> None:
    ops = fold(source, path)
    check_ops(ops)
    transcript = Transcript(ops)
    assert transcript.to_dict() == Transcript(transcript.snapshot()).to_dict()
    assert sketch(Transcript(fold(source, path, crumbs))) == sketch(transcript)


@pytest.mark.parametrize(("source", "path"), CASES)
def test_turns_are_the_scripts(source: Source, path: Path) -> None:
    name = scenario(path)
    why = source.own_reason(path)
    if why is None and name not in SCRIPTS:
        why = "a scenario without a script"
    if why is not None:
        pytest.skip(f"{stem(path)} has no script: {why}")
    assert name is not None
    _, turns = heard(source, path)
    script = expected(name)
    if not turns and all(not said.text and not said.calls for said in script):
        return  # an empty answer may leave no trace
    assert len(turns) == len(script)
    for turn, said in zip(turns, script, strict=True):
        if said.cut:
            assert said.text.startswith(turn.text)
            continue
        if not source.silent_about(path, "text"):
            assert turn.text == said.text
        if not source.silent_about(path, "reasoning"):
            assert turn.reasoning == said.reasoning
        if not source.silent_about(path, "calls"):
            assert [tool.name for tool in turn.tools] == [call[0] for call in said.calls]
            if not source.silent_about(path, "arguments"):
                for tool, call in zip(turn.tools, said.calls, strict=True):
                    assert same(tool.arguments_text, call[1]), (tool.arguments_text, call[1])


FAILING = {"explode", "no_such_tool"}


@pytest.mark.parametrize(("source", "path"), CASES)
def test_results_are_ok_or_errors(source: Source, path: Path) -> None:
    name = scenario(path)
    if name not in SCRIPTS or source.own_reason(path) or source.silent_about(path, "outcome"):
        pytest.skip("the source does not tell, or has a script of its own")
    _, turns = heard(source, path)
    invalid = name in ("E2", "E3", "F2")
    for tool in (tool for turn in turns for tool in turn.tools if tool.outcome is not None):
        failed = tool.name in FAILING or invalid or tool.state == "denied"
        if not failed or name not in ("F2", "E3"):
            assert tool.outcome in (("error", "unknown") if failed else ("ok", "unknown")), tool.name


USAGE = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")


@pytest.mark.parametrize(("source", "path"), CASES)
def test_usage_and_finish_reason_are_the_models(source: Source, path: Path) -> None:
    name = scenario(path)
    if name not in SCRIPTS or source.own_reason(path):
        pytest.skip("a script of its own")
    _, turns = heard(source, path)
    for turn, said in zip(turns, expected(name), strict=False):
        if said.cut:
            continue
        if not source.silent_about(path, "usage"):
            assert turn.usage is not None
            told = [getattr(turn.usage, key) or 0 for key in USAGE[: 3 if said.usage[3] == 0 else 4]]
            assert told == said.usage[: len(told)]
        if not source.silent_about(path, "finish"):
            assert turn.finish_reason == said.finish


@pytest.mark.parametrize(("source", "path"), CASES)
def test_runs_end_as_they_did(source: Source, path: Path) -> None:
    name = scenario(path)
    if name not in SCRIPTS or source.own_reason(path):
        pytest.skip("a script of its own")
    runs, _ = heard(source, path)
    if name.startswith("K"):
        assert runs[-1].status in ("error", "truncated")
        assert runs[-1].error is not None, "an error says why"
        assert runs[-1].error.message
    elif name.startswith("G"):
        assert runs[-1].status in ("cancelled", "error"), "a stop is not the end of an answer"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.folder)
def test_every_recording_as_a_reader_sees_it(source: Source) -> None:
    assert golden(source) == (RECORDINGS / source.folder / "transcripts.txt").read_text("utf-8")


def test_every_adapter_is_a_source() -> None:
    tested = {source.adapter.replace(".", "/") + ".py" for source in SOURCES}
    texts = {
        str(path.relative_to(PACKAGE)): path.read_text("utf-8")
        for path in (PACKAGE / "adapters").rglob("*.py")
    }
    translators = {
        name for name, text in texts.items() if re.search(r"^class \w*Translator\b", text, re.MULTILINE)
    }
    assert translators - tested == {"adapters/remote/base.py"}, "what is abstract, and nothing else"
    adapters = {
        name
        for name, text in texts.items()
        if re.search(r"^class \w+\((Adapter|Remote)\)", text, re.MULTILINE)
    }
    assert {name for name in adapters if "Translator" not in texts[name]} == NO_TRANSLATOR.keys()
    assert all((PACKAGE / path).exists() for path in tested)


def golden(source: Source) -> str:
    return "\n".join(
        f"== {stem(path)}\n{sketch(Transcript(fold(source, path)))}\n" for path in source.recordings
    )


if (
    __name__ == "__main__"
):  # PYTHONPATH=tests python tests/adapters/test_conformance.py [folder …]: then read the diff
    for each in SOURCES:
        if not sys.argv[1:] or each.folder in sys.argv[1:]:
            (RECORDINGS / each.folder / "transcripts.txt").write_text(golden(each), "utf-8")
