"""The demo: real tools, answers made of what they returned, follow-ups, failures, and honesty."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.scripted import ask
from turnwise import Transcript, demo
from turnwise.demo.model import Ask, Call, Say, Scripted
from turnwise.demo.tools import cities, compute, look_up, plot, query, tools_at

if TYPE_CHECKING:
    from turnwise import Run
    from turnwise.demo.model import Script


async def talk(*prompts: str) -> list[Run]:
    """One conversation with a new demo agent."""
    agent = demo.agent(pace=0)
    history = Transcript()
    for number, prompt in enumerate(prompts):
        run = await ask(agent, prompt, history, f"r{number}")
        assert run.status == "complete", run.error
        assert {notice.code for notice in run.notices} <= {"abandoned"}
        history._adopt(run)
    return history.runs


def tools_of(run: Run) -> list[list[str]]:
    return [[tool.name for tool in turn.tools] for turn in run.turns]


@pytest.mark.parametrize(
    ("prompt", "tools", "words"),
    [
        (
            demo.PROMPTS[0],
            [["query", "query"], ["compute"] * 4, ["compute", "compute"], []],
            "| Mean temperature | 12.4 °C | 15.8 °C |",
        ),
        (demo.PROMPTS[1], [["query"], ["plot"], []], "1. **Bangkok** (Thailand): 29 °C"),
        (demo.PROMPTS[2], [["look_up"], []], "**Turn.** One model call together with the results"),
        (demo.PROMPTS[3], [["forecast"], ["forecast"], []], "The second try worked."),
        (
            demo.PROMPTS[4],
            [["query", "weather_oracle"], ["query"], []],
            "The warmest month in **Vienna** is July",
        ),
        (demo.PROMPTS[5], [["simulate_summers", "query"], []], "Over 20 simulated summers Athens"),
        ("Which are the 3 wettest cities in Asia?", [["query"], []], "3. **Mumbai** (India): 2,375 mm"),
        ("Plot the rain of Lima", [["query"], ["plot"], []], "Lima's wettest month is August (2 mm)"),
        ("climate of são paulo", [["query"], ["compute", "compute"], []], "Over the year **São Paulo**"),
        ("What is 17.5% of 2,480?", [["compute"], []], "**434**"),
        ("What is 1/0?", [["compute"], []], "The calculator refused: ZeroDivisionError"),
        ("What is the difference between a run and a turn?", [["look_up", "look_up"], []], "**Run.** "),
        ("What is the meaning of life?", [["look_up"], []], "I won't make something up"),
        ("Compare Paris and Gotham", [["query", "query"], []], "**Gotham** is not in my table"),
        ("Compare", [[]], "Of which city?"),
        ("And in winter?", [[]], "Of which city?"),
        ("Which tools do you have?", [[]], "| `query` | Query the climate of 89 cities"),
        ("How do I use my own functions?", [[]], "```python\nfrom turnwise import Agent"),
        ("Hello!", [[]], "I'm a scripted demo model"),
        ("Write a poem", [[]], "I'm a scripted demo model, so that is beyond me."),
        ("?", [[]], "beyond me"),
    ],
)
async def test_prompts(prompt: str, tools: list[list[str]], words: str) -> None:
    (run,) = await talk(prompt)
    assert tools_of(run) == tools
    assert words in run.final_text


async def test_a_follow_up_knows_what_was_said() -> None:
    _, winter, third, warmer = await talk(
        "Compare the climate of Oslo and Sydney",
        "And in winter?",
        "Try the flaky service",
        "Compare it with Rome",
    )
    assert "| Oslo | Dec, Jan, Feb |" in winter.final_text
    assert "| Sydney | Jun, Jul, Aug |" in winter.final_text
    assert third.turns[0].tools[0].arguments == {"city": "Oslo"}
    assert "### Rome and Oslo" in warmer.final_text


async def test_numbers_in_answers_come_from_the_tools() -> None:
    """Each number in the answer is one that a tool returned (or was asked for), rounded as it is written."""
    (run,) = await talk("Compare the climate of Paris and Tokyo")
    told = {n for turn in run.turns for tool in turn.tools for n in _numbers(tool.result)}
    for text in re.findall(r"\d[\d,]*(?:\.\d+)?", run.final_text):
        number, places = float(text.replace(",", "")), len(text.partition(".")[2])
        assert any(round(n, places) == number for n in told), text


def _numbers(value: Any) -> list[float]:
    match value:
        case list():
            return [n for item in value for n in _numbers(item)]
        case dict():
            return [n for item in value.values() for n in _numbers(item)]
        case int() | float():
            return [float(value)]
        case _:
            return []


async def test_the_flaky_service_fails_before_it_works() -> None:
    (run,) = await talk("Try the flaky service")
    assert [tool.state for turn in run.turns for tool in turn.tools] == ["error", "done"]
    assert run.turns[0].tools[0].result == "ConnectionError: the forecast service did not answer (503)"


async def test_b7_a_tool_that_does_not_exist() -> None:
    """The first turn is given up on the name, before the arguments; nothing of it runs, and the answer quotes why."""
    (run,) = await talk(demo.PROMPTS[4])
    assert [turn.status for turn in run.turns] == ["abandoned", "complete", "complete"]
    valid, oracle = run.turns[0].tools
    assert (valid.state, oracle.state, oracle.arguments_text) == ("skipped", "invalid", "")
    told = "There is no tool 'weather_oracle'. The tools are: query, compute, "
    assert str(oracle.result).startswith(told)
    assert told in run.turns[1].reasoning
    assert told in run.final_text
    assert run.turns[1].tools[0].state == "done"


async def test_the_same_prompt_says_the_same() -> None:
    (one,), (other,) = await talk("Do something slow"), await talk("Do something slow")
    assert one.final_text == other.final_text
    assert one.usage == other.usage


@given(st.text(max_size=60))
def test_no_prompt_breaks_it(prompt: str) -> None:
    asyncio.run(talk(prompt, "And in winter?"))


async def test_a_script_finds_its_place_by_the_messages_alone() -> None:
    def choose(ask: Ask) -> Script:
        first = yield Say(calls=[Call("a"), Call("b")])
        yield Say(text=f"{first} after {list(ask.earlier)}")

    model = Scripted(choose, model="m", pace=0)
    said = [
        {"role": "user", "content": "one"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "tool_call_id": "a", "content": '{"x": 1}'},
        {"role": "tool", "tool_call_id": "b", "content": "ValueError: no"},
    ]
    events = [event async for event in model.stream(said, [], {})]
    text = "".join(event.text for event in events if event.type == "text_delta")
    assert text == "[{'x': 1}, 'ValueError: no'] after ['one']"


# ── the tools by themselves ─────────────────────────────────────────────────────────────────────────────────────


def test_the_table() -> None:
    assert len(cities()) == len(set(cities())) == 89
    assert query("SELECT COUNT(*) AS n FROM climate") == [{"n": 89 * 12}]
    (spread,) = query("SELECT MIN(temp_c) AS low, MAX(temp_c) AS high, MIN(rain_mm) AS dry FROM climate")
    assert spread == {"low": -21.5, "high": 36.8, "dry": 0}
    assert len(query("SELECT * FROM climate")) == 200


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("DROP TABLE cities", PermissionError),
        ("INSERT INTO cities (city) VALUES ('x')", PermissionError),
        ("ATTACH DATABASE '/tmp/x' AS x", PermissionError),
        ("PRAGMA table_info(cities)", PermissionError),
        ("SELECT nonsense", sqlite3.OperationalError),
        ("SELECT 1; SELECT 2", ValueError),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT SUM(i) FROM n",
            TimeoutError,
        ),
    ],
)
def test_a_query_can_only_read_and_must_end(sql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        query(sql)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("-(2 ** 3) // 3", -3),
        ("7 % 4 + 1.5", 4.5),
        ("mean(1, 2, 3) + max(1, sqrt(16))", 6),
        ("round(pi, 2)", 3.14),
        ("0.1 + 0.2", 0.3),
    ],
)
def test_arithmetic(expression: str, value: float) -> None:
    assert compute(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')",
        "().__class__",
        "open('x')",
        "'a' * 9",
        "[1]",
        "1 if 1 else 2",
        "9 ** 9 ** 9",
        "1 +",
        "True",
        "",
    ],
)
def test_arithmetic_is_all_it_does(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        compute(expression)


def test_a_chart_is_a_picture_and_a_line_of_text() -> None:
    chart = plot("Warm & cold", ["A", "<B>"], [1.5, -2], "°C")
    bundle = chart._repr_mimebundle_()
    assert bundle["text/plain"] == repr(chart) == "Bar chart “Warm & cold”: A 1.5 °C, <B> -2 °C"
    picture = ET.fromstring(bundle["image/svg+xml"])  # noqa: S314  # ours
    assert len(picture.findall("{*}rect")) == 3
    assert [text.text for text in picture.findall("{*}text")][1] == "A"


@pytest.mark.parametrize(
    ("labels", "values"), [(["a"], []), ([], []), (["a"], [float("nan")]), (["a"] * 41, [1.0] * 41)]
)
def test_what_cannot_be_drawn(labels: list[str], values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        plot("x", labels, values)


def test_the_glossary() -> None:
    assert look_up("Tool-Calls")["term"] == "tool call"
    with pytest.raises(LookupError, match="the glossary has no 'x'; it has: agent"):
        look_up("x")


def test_every_word_that_is_referred_to_is_there() -> None:
    with pytest.raises(LookupError) as raised:
        look_up("?")
    known = str(raised.value).partition("it has: ")[2].split(", ")
    for term in known:
        assert set(look_up(term)["see_also"]) <= set(known)


def test_each_agent_has_a_service_of_its_own() -> None:
    for _ in range(2):
        forecast = tools_at(0)[-1]
        with pytest.raises(ConnectionError):
            forecast("Paris")
        assert forecast("Paris")["city"] == "Paris"
