"""What surrounds a conversation, and what readers open in it, for the gallery: one function for each picture."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from turnwise import (
    ApprovalRequest,
    Failure,
    LaneStart,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolOutput,
    ToolResult,
    ToolStart,
    TurnFinish,
    TurnStart,
    TurnUsage,
    Usage,
)
from turnwise.saw import saw
from turnwise.wire import Frame, Mark, Playback, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnwise import ops as o

    from .bare import BareChat

TOOLS = [
    {
        "name": "search",
        "description": "Searches the web.",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
    },
    {
        "name": "send_mail",
        "description": "Sends a mail to one person, with copies to others.",
        "parameters": {
            "type": "object",
            "properties": {
                "to": {"type": "string", "description": "Who gets it."},
                "copies": {"type": "integer", "minimum": 0, "maximum": 5},
                "urgent": {"type": "boolean"},
                "when": {"enum": ["now", "tonight", "tomorrow"]},
                "text": {"type": "string"},
            },
            "required": ["to", "text"],
        },
    },
]
SYSTEM = "You are a careful assistant.\nAnswer in short sentences.\nSay where you have it from."
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC = "ما حال الطقس في باريس غدًا؟"


def _call(
    chat: BareChat, name: str, arguments: dict[str, Any], result: object, *, takes: float = 0.8
) -> None:
    call = f"{name} {chat.now}"
    chat.feed(ToolCall(name, arguments, call_id=call), ToolStart(call_id=call))
    chat.now += takes
    chat.feed(ToolResult(result, call_id=call))


def _lookup(chat: BareChat) -> None:
    """A turn that thinks and calls two tools."""
    chat.feed(
        TurnStart(model="large-2026-05"),
        ModelRequest(
            [{"role": "user", "content": chat.transcript.runs[-1].prompt}],
            system=SYSTEM,
            tools=TOOLS,
            settings={"temperature": 0.2, "max_tokens": 2_000},
            exact=True,
        ),
    )
    chat.now += 0.6
    chat.feed(ReasoningDelta("First the forecast, then what one can do **in the rain**."))
    chat.now += 1.4
    _call(
        chat, "search", {"query": "weather Paris tomorrow", "language": "en"}, [{"title": "Rain", "rank": 1}]
    )
    _call(chat, "read_page", {"url": "https://weather.example/paris"}, "Rain from noon, 14 to 17 degrees.")
    chat.feed(TurnUsage(Usage(input_tokens=1_240, output_tokens=96)), TurnFinish("tool_calls"))


def _answer(
    chat: BareChat, text: str = "It **rains** from noon. Take the museum first, the walk later."
) -> None:
    chat.feed(
        TurnStart(model="large-2026-05"),
        ModelRequest(
            [
                {"role": "user", "content": chat.transcript.runs[-1].prompt},
                {"role": "assistant", "content": "Let me look."},
                {"role": "tool", "content": "Rain from noon, 14 to 17 degrees."},
            ],
            system=SYSTEM + "\nNever guess.",
            tools=TOOLS[:1],
            settings={"temperature": 0.2, "max_tokens": 500},
            exact=True,
        ),
    )
    chat.now += 0.4
    chat.feed(TextDelta(text[:9]))
    chat.now += 1.6
    chat.feed(
        TextDelta(text[9:]), TurnUsage(Usage(input_tokens=3_200, output_tokens=210)), TurnFinish("stop")
    )
    chat.finish()


def _conversation(chat: BareChat) -> None:
    chat.prompt("What should I do in Paris tomorrow?")
    _lookup(chat)
    _answer(chat)


def empty(chat: BareChat) -> None:
    chat.set_trait("agent_name", "forecaster")
    chat.set_trait(
        "suggestions", ["How is the weather in Paris?", "Compare Paris and Tokyo", f"What is a {LONG}?"]
    )


def working(chat: BareChat) -> None:
    """Thinking, arguments that are being written, a tool that prints; prompts wait."""
    chat.prompt("What should I do in Paris tomorrow?")
    _lookup(chat)
    chat.feed(TurnStart(model="large-2026-05"), ReasoningDelta("Now the museums. "))
    chat.feed(ToolCall("render", {"what": "map"}, call_id="map"), ToolStart(call_id="map"))
    chat.feed(ToolOutput("fetching tiles\n 40%|████      | 12/30", call_id="map"))
    chat.feed(ToolCallDelta('{"name": "musée d\'Orsay", "da', call_id="write", name="look_up_opening_hours"))
    chat.prompt("And on Sunday?", start=False)
    chat.prompt(f"What is a {LONG}, and why does nobody ever ask me about it?", start=False)


def thinking(chat: BareChat) -> None:
    chat.prompt("What should I do?")
    chat.feed(TurnStart(model="large-2026-05"), ReasoningDelta("There are museums, and it rains. " * 12))


def waiting(chat: BareChat) -> None:
    chat.prompt("What should I do?")
    chat.feed(TurnStart(model="large-2026-05"))


def question(chat: BareChat) -> None:
    chat.prompt("Write to Ann")
    arguments = {
        "to": "ann@example.org",
        "copies": 2,
        "urgent": True,
        "text": "Hello Ann,\nsee you at eight.",
    }
    chat.feed(
        TurnStart(),
        TextDelta("I would send this."),
        ToolCall("send_mail", arguments, call_id="m"),
        ApprovalRequest("Send this mail to ann@example.org?", call_id="m", editable=True),
    )


def form(chat: BareChat) -> None:
    question(chat)
    chat.host.locator('[data-part="approval"]').wait_for()
    step = chat.transcript.runs[-1].turns[-1].tools[0].id
    chat.page.evaluate(
        "([part, schema]) => bare.tell({ part, what: 'schema' }, schema)", [step, TOOLS[1]["parameters"]]
    )
    chat.action("edit").click()
    chat.host.locator('[data-field="copies"]').fill("9")


def timeline(chat: BareChat) -> None:
    _conversation(chat)
    chat.action("timeline").click()


def what_the_model_saw(chat: BareChat, tab: str = "request") -> None:
    _conversation(chat)
    turn = chat.transcript.runs[0].turns[-1]
    log: list[tuple[float, o.Op]] = []
    for op in chat.transcript.snapshot():
        log.append((getattr(op, "time", log[-1][0] if log else turn.started), op))
    chat.action("saw").last.click()
    chat.host.locator('[data-part="saw"]').wait_for()
    chat.page.evaluate(
        "([part, told]) => bare.tell({ part, what: 'saw' }, told)", [turn.id, saw(chat.transcript, turn, log)]
    )
    chat.host.locator(f'[data-tab="{tab}"]').click()


def what_changed(chat: BareChat) -> None:
    what_the_model_saw(chat, "changes")


def events(chat: BareChat) -> None:
    what_the_model_saw(chat, "events")


def recording(chat: BareChat) -> None:
    _conversation(chat)
    start = chat.transcript.runs[0].turns[0].started
    marks = [
        Mark(at=0, kind="prompt", label="What should I do in Paris tomorrow?"),
        Mark(at=2.8, kind="result", label="search"),
        Mark(at=3.6, kind="turn", label="1"),
        Mark(at=4.4, kind="failure", label="read_page"),
        Mark(at=5.6, kind="turn", label="2"),
    ]
    chat.message(
        asdict(Playback(position=3.1, length=6.2, playing=False, speed=2.0, origin=start, marks=marks))
    )


def keys(chat: BareChat) -> None:
    _conversation(chat)
    chat.host.locator('[data-action="help"]').click()


def display(chat: BareChat) -> None:
    _conversation(chat)
    chat.action("display").click()


def final_only(chat: BareChat) -> None:
    _conversation(chat)
    chat.set_trait("final_only", value=True)
    chat.prompt("And on Sunday?")
    _lookup(chat)
    chat.feed(TurnStart(), ToolCall("search", {"query": "Sunday"}, call_id="s"), ToolStart(call_id="s"))


def failed(chat: BareChat) -> None:
    _conversation(chat)
    chat.prompt("And on Sunday?")
    _lookup(chat)
    why = f"Too many requests for {LONG}."
    chat.finish("error", Failure(kind="RateLimitError", message=why, detail="Traceback\n  in agent()"))
    chat.prompt("Once more")
    chat.feed(TextDelta("On Sunday"))
    chat.finish("cancelled")


def no_kernel(chat: BareChat) -> None:
    _conversation(chat)
    chat.prompt("And on Sunday?")
    _lookup(chat)
    chat.cut()
    chat.send("Are you there?")


def held(chat: BareChat) -> None:
    _conversation(chat)
    chat.prompt("And on Sunday?")
    chat.message(
        encode(Frame(seq=int(chat.host.locator(".chat").get_attribute("data-seq") or 0), ops=[], held=True))
    )


def agents(chat: BareChat) -> None:
    chat.prompt("Is it true?")
    chat.feed(TurnStart(), TextDelta("Two of us look at it."), TurnFinish("stop"))
    chat.feed(LaneStart("a", agent="researcher"), LaneStart("b", agent="critic"))
    chat.feed(TextDelta("Three papers say so.", lane="a"), TextDelta("One is not replicated.", lane="b"))
    chat.feed(ToolCall("search", {"query": "replications"}, call_id="x", lane="b"), ToolStart(call_id="x"))


def right_to_left(chat: BareChat) -> None:
    chat.page.evaluate("document.documentElement.dir = 'rtl'")
    chat.prompt(ARABIC)
    _lookup(chat)
    _answer(chat, "**تمطر** غدًا بعد الظهر.\n\n- المتحف أولًا\n- ثم النزهة\n\n```python\nprint('باريس')\n```")
    chat.action("timeline").click()
    question(chat)


def long_words(chat: BareChat) -> None:
    chat.set_trait("title", f"A chat about the {LONG}")
    chat.set_trait("agent_name", f"{LONG}-agent")
    chat.prompt(f"What is a {LONG * 2}?")
    chat.feed(TurnStart(model=f"provider/{LONG}-latest", agent=LONG))
    _call(chat, LONG, {LONG: LONG * 3}, {LONG: LONG * 2, "n": 1})
    chat.feed(
        TextDelta(f"# {LONG}\n\n{LONG * 2} and `{LONG * 2}`\n\n| {LONG} | {LONG} |\n|-|-|\n| {LONG} | 1 |")
    )
    chat.feed(TurnFinish("stop"))
    chat.finish()


SCENES: dict[str, Callable[[BareChat], None]] = {
    scene.__name__: scene
    for scene in (
        empty, waiting, thinking, working, question, form, timeline, what_the_model_saw, what_changed, events,
        recording, keys, display, final_only, failed, no_kernel, held, agents, right_to_left, long_words,
    )
}  # fmt: skip
