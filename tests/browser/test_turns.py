"""How turns, steps and questions to a person are shown, and what the reader can do with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from turnwise import (
    ApprovalRequest,
    ApprovalResponse,
    LaneStart,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    ToolStart,
    TurnFinish,
    TurnStart,
    TurnUsage,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from playwright.sync_api import Locator

    from .bare import BareChat
    from .conftest import Shot

    Open = Callable[..., BareChat]


def calls(chat: BareChat, *names: str, failing: str | None = None) -> None:
    """One turn that calls these tools; they run one after another, half a second each."""
    chat.feed(TurnStart(model="small-2026"), TextDelta("Looking."))
    ids = {f"{name} {at} {chat.now}": name for at, name in enumerate(names)}
    chat.feed(*(ToolCall(name, {"city": "Paris"}, call_id=id) for id, name in ids.items()))
    for id, name in ids.items():
        chat.feed(ToolStart(call_id=id))
        chat.now += 0.5
        failed = name == failing
        result = f"{name} says no" if failed else "ok"
        chat.feed(ToolResult(result, call_id=id, outcome="error" if failed else "ok"))
    chat.feed(TurnUsage(Usage(input_tokens=1000, output_tokens=200)), TurnFinish("tool_calls"))


def answer(chat: BareChat, text: str = "Done.") -> None:
    chat.feed(TurnStart(model="small-2026"))
    chat.now += 0.4
    chat.feed(TextDelta(text[:2]))
    chat.now += 1.4
    chat.feed(TextDelta(text[2:]), TurnUsage(Usage(input_tokens=3200, output_tokens=210)), TurnFinish("stop"))
    chat.finish()


def part(chat: BareChat, name: str) -> Locator:
    return chat.host.locator(f'[data-part="{name}"]')


def asks(chat: BareChat, arguments: dict[str, Any] | None = None, *, editable: bool = True) -> str:
    """A tool call that waits for a person. Returns the id of its step."""
    chat.prompt("clean up")
    chat.feed(
        TurnStart(),
        ToolCall("delete", {"name": "old", "rows": 3} if arguments is None else arguments, call_id="d"),
        ApprovalRequest("Delete it?", call_id="d", editable=editable),
    )
    (step,) = chat.transcript.runs[-1].turns[-1].parts
    return step.id


# ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_header_and_footer(bare: Open) -> None:
    chat = bare(prices={"small": {"input": 1.0, "output": 10.0}})
    chat.prompt("go")
    calls(chat, "weather")
    answer(chat)
    expect(chat.turn(2).locator("header")).to_have_text(
        "Turn 2/2small-20261.8 s (first token 0.4 s)3.2k→210 tokens"
    )
    expect(chat.turn(1).locator("header")).to_contain_text("1 tool")
    footer = chat.runs.locator(".run-end")
    expect(footer).to_contain_text("1 tool in 2 turns")
    expect(footer).to_contain_text("$0.0083")


def test_words_can_be_replaced(bare: Open) -> None:
    chat = bare(labels={"turn_of": "Runde {number} von {total}", "tools": "{n} Werkzeug|{n} Werkzeuge"})
    chat.prompt("go")
    calls(chat, "weather", "read")
    answer(chat)
    expect(chat.turn(1).locator("header")).to_contain_text("Runde 1 von 2")
    expect(chat.turn(1).locator("header")).to_contain_text("2 Werkzeuge")


def test_a_turn_in_which_nothing_was_said_says_so(bare: Open) -> None:
    chat = bare()
    chat.prompt("go")
    chat.feed(TurnStart(), TextDelta(" \n"), TurnFinish("stop"))
    expect(chat.turn(1)).not_to_contain_text("The agent said nothing")
    answer(chat)
    expect(chat.turn(1).locator(".parts")).to_have_text("The agent said nothing")
    expect(chat.turn(2)).not_to_contain_text("The agent said nothing")


def test_badges_follow_the_facts_onto_their_next_line(bare: Open) -> None:
    chat = bare()
    chat.page.set_viewport_size({"width": 620, "height": 900})
    chat.prompt("go")
    chat.feed(TurnStart(model="a-model-with-a-rather-long-name-2026-05-17", agent="weather_agent"))
    chat.feed(TextDelta("Cut"), TurnUsage(Usage(input_tokens=12_000, output_tokens=16_000)))
    chat.feed(TurnFinish("length"))
    chat.finish()
    header = chat.turn(1).locator("header")
    badge = header.locator(".badge")
    expect(badge).to_have_text("token limit")
    at, last, first = (
        locator.bounding_box() for locator in (badge, header.locator(".tokens"), header.locator("b"))
    )
    assert at is not None
    assert last is not None
    assert first is not None
    assert last["y"] > first["y"] + first["height"]
    assert at["y"] < last["y"] + last["height"] / 2 < at["y"] + at["height"]
    assert 0 < at["x"] - last["x"] - last["width"] < 20


# ── steps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_finished_steps_fold_into_what_they_did(bare: Open) -> None:
    chat = bare()
    chat.prompt("go")
    calls(chat, "weather", "weather", "read_file", "weather")
    expect(chat.host.locator('[data-part="tool"]:visible')).to_have_count(4)
    answer(chat)
    fold = part(chat, "step-fold")
    expect(fold).to_have_text(re.compile(r"^weather 3×, read_file2\.0 s$"))
    expect(chat.host.locator('[data-part="tool"]:visible')).to_have_count(0)
    fold.locator("button").click()
    expect(chat.host.locator('[data-part="tool"]:visible')).to_have_count(4)


def test_errors_do_not_fold(bare: Open) -> None:
    chat = bare()
    chat.prompt("go")
    calls(chat, "one", "two", "bad", "three", "four", failing="bad")
    answer(chat)
    expect(part(chat, "step-fold")).to_have_text([re.compile("^one, two"), re.compile("^three, four")])
    expect(chat.tool("bad")).to_be_visible()
    expect(chat.tool("bad")).to_contain_text("bad says no")


@pytest.mark.parametrize("reading", ["opened", "pointed at", "scrolled up"])
def test_nothing_folds_under_the_readers_eyes(bare: Open, reading: str) -> None:
    chat = bare(height="300px")
    chat.prompt("go\n" * 30)
    calls(chat, "one", "two")
    step = chat.tool("one").locator("button[aria-expanded]")
    match reading:
        case "opened":
            step.click()
            chat.page.mouse.move(0, 0)
        case "pointed at":
            step.hover()
        case _:
            chat.host.locator(".scroller").hover()
            chat.page.mouse.wheel(0, -100)
            expect(chat.action("latest")).to_be_visible()
            chat.page.mouse.move(0, 0)
    answer(chat)
    expect(chat.turn(2)).to_be_attached()
    expect(part(chat, "step-fold")).to_have_count(0)
    expect(chat.host.locator('[data-part="tool"]:visible')).to_have_count(2)


def test_arguments_are_read_while_they_are_written(bare: Open) -> None:
    chat = bare()
    chat.prompt("go")
    chat.feed(ToolCallDelta('{"city": "Pa', name="weather", call_id="a"))
    expect(chat.tool("weather").locator(".summary")).to_have_text('city: "Pa')
    chat.feed(ToolCallDelta('ris"}', call_id="a"))
    expect(chat.tool("weather").locator(".summary")).to_have_text('city: "Paris"}')
    chat.feed(ToolCall("weather", {"city": "Paris"}, call_id="a"))
    expect(chat.tool("weather").locator(".summary")).to_have_text('city: "Paris"')


@pytest.mark.parametrize(
    ("steps", "visible", "opened", "folds"),
    [("full", 3, 3, 0), ("auto", 1, 0, 1), ("collapsed", 1, 0, 1), ("hidden", 1, 0, 0)],
)
def test_how_much_of_steps_is_shown(bare: Open, steps: str, visible: int, opened: int, folds: int) -> None:
    """One way for Python, for the page and for a page that is opened later; errors are always seen."""
    chat = bare(steps=steps)
    chat.prompt("go")
    calls(chat, "one", "two", "bad", failing="bad")
    answer(chat)

    def as_set() -> None:
        tools = chat.host.locator('[data-part="tool"]:visible')
        expect(tools).to_have_count(visible)
        expect(tools.locator('button[aria-expanded="true"]')).to_have_count(opened)
        expect(part(chat, "step-fold")).to_have_count(folds)

    as_set()
    chat.set_trait("steps", "auto")
    chat.action("display").click()
    chat.host.locator('[data-setting="steps"]').get_by_label(steps.capitalize()).check()
    as_set()
    assert chat.trait("steps") == steps
    assert steps == "auto" or chat.saved[-1] == {"steps": steps}


def test_the_place_is_kept_when_more_is_shown(bare: Open) -> None:
    chat = bare(height="400px", steps="collapsed")
    for _ in range(6):
        chat.prompt("go")
        calls(chat, "one", "two", "three")
        answer(chat)
    chat.host.locator(".scroller").focus()
    chat.page.keyboard.press("g")
    for _ in range(7):
        chat.page.keyboard.press("j")
    turn = chat.turn(1, run=3)
    expect(turn).to_be_focused()
    for steps in ("full", "hidden", "auto"):
        chat.set_trait("steps", steps)
        expect(chat.tool("one").locator("visible=true")).to_have_count(0 if steps != "full" else 1)
        top = (
            "turn => turn.getBoundingClientRect().top - turn.closest('.scroller').getBoundingClientRect().top"
        )
        assert turn.evaluate(
            f"async turn => {{ await new Promise(requestAnimationFrame); return ({top})(turn); }}"
        ) == (pytest.approx(10, abs=2))


def test_collapsed_steps_tell_which_one_runs(bare: Open) -> None:
    chat = bare(steps="collapsed")
    chat.prompt("go")
    chat.feed(TurnStart(), ToolCall("one", {}, call_id="1"), ToolCall("two", {}, call_id="2"))
    chat.feed(ToolStart(call_id="1"), ToolStart(call_id="2"), ToolResult("ok", call_id="1"))
    expect(part(chat, "step-fold")).to_have_text(re.compile("^two1 of 2 done"))
    chat.feed(ToolResult("failed", call_id="2", outcome="error"))
    expect(part(chat, "step-fold")).to_have_count(0)
    expect(chat.host.locator('[data-part="tool"]:visible')).to_have_count(2)


@pytest.mark.parametrize(
    ("reasoning", "visible", "opened"),
    [("full", 1, 1), ("auto", 1, 0), ("collapsed", 1, 0), ("hidden", 0, 0)],
)
def test_how_much_of_reasoning_is_shown(bare: Open, reasoning: str, visible: int, opened: int) -> None:
    chat = bare(reasoning=reasoning)
    chat.prompt("go")
    chat.feed(TurnStart(), ReasoningDelta("Let me think."))
    expect(chat.reasonings).to_have_count(visible)
    expect(chat.reasonings.locator('button[aria-expanded="true"]')).to_have_count(opened)
    expect(chat.host.locator(".dots")).to_have_count(1 - visible)
    expect(chat.reasonings.locator(".preview > span")).to_have_count(1 if reasoning == "auto" else 0)


def test_the_readers_choice_wins(bare: Open) -> None:
    chat = bare(steps="full")
    chat.prompt("go")
    calls(chat, "one")
    step = chat.tool("one").locator("button[aria-expanded]")
    step.click()
    expect(step).to_have_attribute("aria-expanded", "false")
    answer(chat)
    expect(chat.turn(2)).to_be_attached()
    expect(step).to_have_attribute("aria-expanded", "false")


# ── final only ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_final_only_says_what_was_folded_away(bare: Open) -> None:
    chat = bare(final_only=True)
    chat.prompt("go")
    chat.feed(TurnStart(), ToolCall("search", {}, call_id="s"), ToolStart(call_id="s"))
    fold = part(chat, "fold")
    expect(fold).to_contain_text("Running search")
    chat.now += 2
    chat.feed(ToolResult("ok", call_id="s"))
    calls(chat, "search", "read")
    answer(chat)
    expect(fold).to_have_text(re.compile(r"^2 earlier turns, 3 tool callssearch 2×, read3\.0 s$"))
    fold.locator("button").click()
    expect(chat.host.locator('[data-part="turn"]:visible')).to_have_count(3)


# ── questions to a person ───────────────────────────────────────────────────────────────────────────────────────────


def decided(chat: BareChat) -> dict[str, Any]:
    chat.page.wait_for_function("bare.model.sent.some(({ kind }) => kind === 'decide')")
    return chat.sent_kind("decide")[-1]


def test_approve(bare: Open, shot: Shot) -> None:
    chat = bare()
    step = asks(chat)
    expect(part(chat, "approval")).to_contain_text("Delete it?")
    expect(part(chat, "approval").get_by_role("definition")).to_have_text(["old", "3"])
    shot(chat.page, "approval")
    chat.action("approve").click()
    assert decided(chat) == {
        "kind": "decide", "part": step, "decision": "approved", "reason": None, "arguments": None, "always": False,
    }  # fmt: skip
    # Nobody decides twice, and nothing shuts under the reader once it runs.
    expect(chat.action("approve")).to_be_disabled()
    expect(chat.action("deny")).to_be_disabled()
    chat.feed(ApprovalResponse("approved", call_id="d"), ToolResult("gone", call_id="d"))
    expect(chat.tool("delete")).to_have_attribute("data-state", "done")
    expect(chat.tool("delete").locator("button[aria-expanded]").first).to_have_attribute(
        "aria-expanded", "true"
    )


def test_deny_with_a_reason(bare: Open) -> None:
    chat = bare()
    asks(chat)
    part(chat, "note").fill("We need it.")
    chat.action("deny").click()
    sent = decided(chat)
    assert (sent["decision"], sent["reason"], sent["arguments"]) == ("denied", "We need it.", None)


def test_always(bare: Open) -> None:
    chat = bare()
    asks(chat)
    chat.host.get_by_label("Always allow delete in this chat").check()
    chat.action("approve").click()
    assert decided(chat)["always"] is True


def test_edit_arguments_in_a_form(bare: Open, shot: Shot) -> None:
    chat = bare()
    written = {"name": "old", "rows": 3, "hard": True, "where": {"year": [2019]}, "why": "line\nline"}
    asks(chat, written)
    chat.action("edit").click()
    fields = part(chat, "editor").locator("[data-field]")
    expect(fields).to_have_count(5)
    expect(fields.first).to_be_focused()
    rows = part(chat, "editor").get_by_label("rows", exact=True)
    rows.fill("many")
    expect(part(chat, "editor")).to_contain_text("not a number")
    expect(chat.action("approve")).to_be_disabled()
    rows.fill("4")
    part(chat, "editor").get_by_label("hard").uncheck()
    where = part(chat, "editor").get_by_label("where")
    where.fill('{"year": [')
    expect(part(chat, "editor")).to_contain_text("not valid JSON")
    where.fill('{"year": [2020]}')
    shot(chat.page, "approval-edited")
    chat.action("approve").click()
    assert decided(chat)["arguments"] == written | {"rows": 4, "hard": False, "where": {"year": [2020]}}


def test_edit_arguments_as_json(bare: Open) -> None:
    chat = bare()
    asks(chat)
    chat.action("edit").click()
    part(chat, "editor").get_by_label("name", exact=True).fill("older")
    chat.action("json").click()
    text = part(chat, "editor").locator("textarea")
    expect(text).to_have_value('{\n  "name": "older",\n  "rows": 3\n}')
    text.fill("[]")
    expect(part(chat, "editor")).to_contain_text("arguments are a JSON object")
    expect(chat.action("approve")).to_be_disabled()
    text.fill('{"name": "oldest"}')
    chat.action("approve").click()
    assert decided(chat)["arguments"] == {"name": "oldest"}


def test_arguments_that_were_not_changed_are_not_sent(bare: Open) -> None:
    chat = bare()
    asks(chat, {"id": 3})
    chat.action("edit").click()
    chat.page.keyboard.press("Escape")
    expect(part(chat, "editor")).to_have_count(0)
    assert chat.sent_kind("stop") == []
    chat.action("edit").click()
    chat.action("approve").click()
    assert decided(chat)["arguments"] is None


def test_arguments_that_cannot_be_changed(bare: Open) -> None:
    chat = bare()
    asks(chat, editable=False)
    expect(chat.action("approve")).to_be_visible()
    expect(chat.action("edit")).to_have_count(0)


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_a_question_is_put_as_soon_as_its_form_can_be_fetched(
    bare: Open, verdict: Literal["approve", "deny"]
) -> None:
    chat = bare()
    chat.cut()
    asks(chat)
    step = chat.tool("delete")
    expect(step).to_contain_text("Fetching…")
    expect(step).to_contain_text('"rows": 3')
    expect(part(chat, "approval")).to_have_count(0)
    chat.cut(broken=False)
    chat.action(verdict).click()
    assert decided(chat)["arguments"] is None


def test_a_question_out_of_sight_is_told(bare: Open) -> None:
    chat = bare(height="400px", final_only=True, steps="hidden")
    asks(chat, {"text": "line\n" * 40})
    expect(chat.action("go-to-approval")).to_have_count(0)
    chat.host.locator(".scroller").hover()
    chat.page.mouse.wheel(0, -3000)
    asked = chat.action("go-to-approval")
    chat.host.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 0; }")
    chat.feed(TextDelta("And more.\n\n" * 60))
    chat.host.locator(".scroller").evaluate("scroller => { scroller.scrollTop = scroller.scrollHeight; }")
    expect(asked).to_contain_text("delete")
    asked.click()
    expect(asked).to_have_count(0)
    expect(chat.turn(1)).to_be_focused()


# ── the timeline ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_timeline(bare: Open, shot: Shot) -> None:
    chat = bare(height="420px")
    chat.prompt("go")
    chat.now += 0.3
    calls(chat, "weather", "read")
    answer(chat, "Done. " * 400)
    timeline = chat.action("timeline")
    timeline.click()
    expect(timeline).to_have_attribute("aria-expanded", "true")
    rows = part(chat, "timeline").locator('[data-action="go-to-turn"]')
    expect(rows.locator(".tl-name")).to_have_text(["Turn 1", "weather", "read", "Turn 2"])
    expect(rows.last).to_have_attribute("aria-label", re.compile(r"^Turn 2: 1\.8 s\. .*first token: 0\.4 s"))
    shot(chat.page, "timeline")
    rows.nth(1).click()
    expect(chat.turn(1)).to_be_focused()
    expect(chat.turn(1)).to_be_in_viewport()
    timeline.click()
    expect(part(chat, "timeline")).to_have_count(0)


def test_timeline_opens_what_is_folded_away(bare: Open) -> None:
    chat = bare(final_only=True)
    chat.prompt("go")
    calls(chat, "weather")
    answer(chat)
    expect(chat.turn(1)).to_be_hidden()
    chat.action("timeline").click()
    part(chat, "timeline").get_by_text("weather").click()
    expect(chat.turn(1)).to_be_focused()


# ── the keyboard, and those who do not see ──────────────────────────────────────────────────────────────────────────


def test_keys(bare: Open) -> None:
    chat = bare(height="300px")
    for _ in range(2):
        chat.prompt("go")
        calls(chat, "one")
        answer(chat, "Done.\n\n" * 20)
    chat.host.locator(".scroller").focus()
    press = chat.page.keyboard.press
    press("g")
    press("j")
    expect(chat.turn(1, run=0)).to_be_focused()
    press("j")
    expect(chat.turn(2, run=0)).to_be_focused()
    press("j")
    expect(chat.turn(1, run=1)).to_be_focused()
    press("k")
    expect(chat.turn(2, run=0)).to_be_focused()
    press("f")
    expect(chat.action("final-only")).to_have_attribute("aria-checked", "true")
    expect(chat.turn(2, run=0)).to_be_focused()
    press("t")
    expect(chat.runs.first.locator('[data-part="timeline"]')).to_be_visible()
    press("/")
    expect(chat.composer).to_be_focused()
    press("f")
    press("?")
    expect(chat.composer).to_have_value("f?")
    assert chat.trait("final_only") is True


def test_escape_stops_the_run(bare: Open) -> None:
    chat = bare()
    run = chat.prompt("go")
    chat.composer.press("Escape")
    chat.page.wait_for_function("bare.model.sent.some(({ kind }) => kind === 'stop')")
    assert chat.sent_kind("stop") == [{"kind": "stop", "run": run}]


def test_help_lists_the_keys(bare: Open) -> None:
    chat = bare()
    chat.host.locator(".scroller").focus()
    chat.page.keyboard.press("?")
    panel = part(chat, "help")
    expect(panel).to_be_visible()
    expect(panel.locator("kbd")).to_have_text(["j", "k", "g", "G", "f", "t", "/", "Esc", "?"])
    chat.page.keyboard.press("f")
    chat.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(chat.host.locator(".scroller")).to_be_focused()
    assert chat.trait("final_only") is False


def test_keys_of_others_are_left_alone(bare: Open) -> None:
    chat = bare()
    chat.page.evaluate("document.body.tabIndex = 0; document.body.focus()")
    chat.page.keyboard.press("f")
    chat.host.locator(".scroller").focus()
    chat.page.keyboard.press("Control+f")
    assert chat.trait("final_only") is False


def test_the_announcer_tells_events(bare: Open) -> None:
    chat = bare()
    announcer = part(chat, "announcer")
    expect(announcer).to_have_attribute("aria-live", "polite")
    expect(chat.host.locator('[role="log"]')).to_have_attribute("aria-live", "off")
    asks(chat)
    expect(announcer).to_contain_text("Needs approval: delete")
    expect(chat.turn(1)).to_have_attribute("aria-busy", "true")
    chat.feed(ApprovalResponse("approved", call_id="d"), ToolResult("gone", call_id="d"))
    chat.feed(TurnStart(), TextDelta("It is **gone**."), TurnFinish("stop"))
    chat.finish()
    expect(announcer.locator("div").last).to_have_text("Answer: It is gone .")
    expect(chat.turn(1)).to_have_attribute("aria-busy", "false")


# ── the view ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_notebook_is_never_scrolled(bare: Open) -> None:
    chat = bare(height="700px")
    chat.page.evaluate("document.querySelector('main').style.margin = '600px 0 3000px'")
    chat.page.evaluate("window.scrollTo(0, 450)")
    asks(chat)
    chat.host.locator(".scroller").evaluate("scroller => scroller.focus({ preventScroll: true })")
    for key in ("j", "k", "g", "G", "t", "f", "/"):
        chat.page.keyboard.press(key)
    chat.action("edit").evaluate("button => button.click()")
    expect(part(chat, "editor")).to_be_attached()
    chat.action("approve").evaluate("button => button.click()")
    chat.feed(TextDelta("More.\n\n" * 60))
    expect(chat.texts).to_be_attached()
    assert chat.page.evaluate("window.scrollY") == 450


def test_following_ends_with_a_selection_or_the_focus(bare: Open) -> None:
    chat = bare(height="260px")
    chat.prompt("go")
    calls(chat, "one")
    chat.feed(TurnStart(), TextDelta("Words to select.\n\n" * 10))
    expect(chat.action("latest")).to_be_hidden()
    chat.texts.last.locator("p").last.dblclick()
    chat.feed(TextDelta("More of them.\n\n" * 10))
    expect(chat.action("latest")).to_be_visible()
    chat.action("latest").click()
    expect(chat.action("latest")).to_be_hidden()
    chat.feed(TextDelta("More of them.\n\n" * 10))
    chat.tool("one").locator("button").focus()
    chat.page.keyboard.press("Shift+Tab")
    chat.feed(TextDelta("And more.\n\n" * 10))
    expect(chat.action("latest")).to_be_visible()


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 640])
def test_narrow_pages(bare: Open, shot: Shot, width: int, direction: str) -> None:
    """Also what a page of twice that width is at 200 % zoom: nothing is cut off, nothing scrolls sideways."""
    chat = bare(title="A chat with a rather long title that has to give way")
    chat.page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    chat.page.set_viewport_size({"width": width, "height": 900})
    chat.prompt("Should I cycle?")
    calls(chat, "get_weather_forecast_for_the_whole_weekend", "search_the_web", "bad", failing="bad")
    answer(chat)
    asks(chat)
    chat.action("edit").click()
    chat.action("display").click()
    chat.action("timeline").first.click()
    expect(part(chat, "timeline")).to_be_visible()
    shot(chat.page, f"narrow-{width}-{direction}")
    wide = chat.page.evaluate(
        """() => {
          const root = document.querySelector(".turnwise").shadowRoot;
          const frame = root.querySelector(".chat").getBoundingClientRect();
          return [...root.querySelectorAll("button, input, textarea, label, p, header, section")]
            .filter(element => !element.closest(".sr") && element.checkVisibility())
            .filter(element => {
              const { left, right } = element.getBoundingClientRect();
              return left < frame.left - 1 || right > frame.right + 1;
            })
            .map(element => element.className || element.tagName);
        }"""
    )
    assert wide == []
    assert chat.host.locator(".scroller").evaluate("box => box.scrollWidth <= box.clientWidth")


def test_agents_side_by_side(bare: Open) -> None:
    chat = bare()
    chat.prompt("go")
    chat.feed(TextDelta("Two of us look at it."), TurnFinish("stop"))
    chat.feed(LaneStart("a", agent="researcher"), LaneStart("b", agent="critic"))
    chat.feed(TextDelta("Three papers.", lane="a"), TextDelta("One is not replicated.", lane="b"))
    columns = chat.host.locator(".column")
    expect(columns).to_have_count(2)
    first, second = (box for box in (columns.nth(0).bounding_box(), columns.nth(1).bounding_box()) if box)
    assert first["y"] == second["y"]
    assert first["x"] < second["x"]
    expect(columns.nth(1)).to_contain_text("criticTurn 3")
    chat.page.set_viewport_size({"width": 420, "height": 800})
    first, second = (box for box in (columns.nth(0).bounding_box(), columns.nth(1).bounding_box()) if box)
    assert first["x"] == second["x"]


def test_a_result_without_a_call_has_no_arguments(bare: Open) -> None:
    chat = bare()
    chat.prompt("go")
    chat.feed(TextDelta("x"), ToolResult("lost", call_id="never made", name="look_up"))
    chat.finish()
    chat.tool("look_up").get_by_role("button").click()
    expect(chat.tool("look_up")).to_contain_text("No arguments")
    expect(chat.tool("look_up")).to_contain_text("lost")


def test_long_names_leave_their_values_half_of_the_room(bare: Open) -> None:
    chat = bare()
    chat.page.set_viewport_size({"width": 320, "height": 900})
    chat.prompt("go")
    chat.feed(ToolCall("forecast", {"chance_of_rain_in_percent": 30, "city": "Lisbon"}, call_id="f"))
    chat.feed(ToolResult("ok", call_id="f"))
    chat.tool("forecast").get_by_role("button").first.click()
    fields = chat.tool("forecast").locator(".fields")
    expect(fields).to_contain_text("Lisbon")
    name, value = fields.locator("dt").first.bounding_box(), fields.locator("dd").first.bounding_box()
    assert name is not None
    assert value is not None
    assert value["width"] > name["width"] * 0.8


def test_what_was_asked_keeps_its_lines(bare: Open) -> None:
    chat = bare()
    chat.prompt("clean up")
    chat.feed(TurnStart(), ToolCall("delete", {}, call_id="d"))
    chat.feed(ApprovalRequest("Delete it?\n\nIt is old.", call_id="d"))
    chat.now += 2
    chat.feed(ApprovalResponse("approved", call_id="d"), ToolResult("ok", call_id="d"))
    asked = chat.tool("delete").locator(".asked")
    expect(asked).to_have_text("Delete it? It is old. Approved after 2.0 s")
    assert asked.inner_text().splitlines() == ["Delete it?", "", "It is old.", "Approved after 2.0 s"]


AT_THE_EDGE = """step => {
  const scroller = step.closest(".scroller");
  scroller.scrollTop += step.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom;
}"""
COVERED = """host => {
  const focused = host.shadowRoot.activeElement;
  const { left, width, top, bottom } = focused.getBoundingClientRect();
  return [top + 2, bottom - 2]
    .map(y => host.shadowRoot.elementFromPoint(left + width / 2, y))
    .filter(seen => seen === null || !(focused.contains(seen) || seen.contains(focused)))
    .map(seen => seen?.className ?? "out of sight");
}"""
"""What lies over the element that has the focus."""


def test_what_gets_the_focus_is_not_covered(bare: Open) -> None:
    chat = bare(height="340px")
    for number in range(4):
        chat.prompt(f"go {number}")
        calls(chat, "weather")
        answer(chat)
    chat.make_all()
    step = chat.tool("weather", nth=1).get_by_role("button")
    chat.turn(1, run=1).locator('[data-action="saw"]').focus()
    step.evaluate(AT_THE_EDGE)
    expect(chat.action("latest")).to_be_visible()
    chat.page.keyboard.press("Tab")
    expect(step).to_be_focused()
    assert chat.host.evaluate(COVERED) == []
