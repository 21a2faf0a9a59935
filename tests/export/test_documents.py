"""Documents of a conversation: they say all of it, whatever it says, and nothing in them is alive or secret."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import mistune
import nbformat
import pytest

from conversations import NAMED, transcript
from payloads import EVIL, PAYLOADS, hostile
from turnwise import (
    AgentChat,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    TextPart,
    ToolCall,
    ToolPart,
    ToolResult,
    Transcript,
)
from turnwise.documents import UNFINISHED, Documents
from turnwise.export import markdown, notebook, static_html, viewer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "sk-abcdefghijklmnopqrstuvwx"
VOID = {"img", "br", "hr", "input", "meta"}
READ = {"div", "blockquote", "details", "summary", "p", "pre", "code", "span", "b", "a", "img", "style"}
MARKDOWN = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "del", "hr", "br"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
HARMLESS = {"class", "dir", "open", "alt", "rel", "style", "start"}


class Audit(HTMLParser):
    """Reads HTML as a browser does, and notes what is there; ``faults`` is what should not be."""

    def __init__(self, html: str, tags: set[str]) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.text = ""
        self._tags = tags
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags:
            self.faults.append(f"element {tag}")
        if tag not in VOID:
            self._open.append(tag)
        for name, value in attrs:
            link = name == "href" and re.match(r"https?://[^\s<>\"'`]+\Z", value or "")
            inline = tag == "img" and name == "src" and re.match(r"data:image/[a-z+]+;base64,", value or "")
            if name not in HARMLESS and not link and not inline:
                self.faults.append(f"attribute {name}={value!r} of {tag}")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"closed too early: {tag}")

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data!r}")


@pytest.mark.parametrize("text", PAYLOADS)
def test_nothing_in_the_static_html_is_alive(text: str) -> None:
    html = static_html.conversation(hostile(text))
    assert Audit(html, READ | MARKDOWN).faults == []
    assert html.count("<style>") == 1


@pytest.mark.parametrize("text", PAYLOADS)
def test_markdown_is_not_taken_over(text: str) -> None:
    """Rendered by who lets HTML through, it has none, and its outline is ours."""
    said = markdown.conversation(hostile(text), title=text)
    html: Any = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])(said)
    faults = [fault for fault in Audit(html, READ | MARKDOWN).faults if "attribute href" not in fault]
    assert [fault for fault in faults if "class=" not in fault] == []
    assert "<h2>Prompt 1</h2>" in html
    assert re.search(r"<h3>Turn 4 .*final</h3>", html)


@pytest.mark.parametrize("text", PAYLOADS)
def test_cells_of_tool_calls_do_nothing_when_they_are_run(text: str) -> None:
    book = notebook.conversation(hostile(text), title=text)
    nbformat.validate(nbformat.from_dict(book))  # pyright: ignore[reportUnknownMemberType]
    sources = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]
    assert len(sources) == 3
    for source in sources:
        ast.literal_eval(source)


@pytest.mark.parametrize("text", PAYLOADS)
def test_the_file_runs_what_its_policy_names_and_nothing_else(text: str) -> None:
    shown = hostile(text)
    html = viewer.html(shown, {"title": text})
    scripts = re.findall(r"<script([^>]*)>(.*?)</script", html, re.DOTALL | re.IGNORECASE)
    assert [attributes for attributes, _ in scripts] == [
        *(
            f' type="application/json" id="{name}"'
            for name in ("conversation", "wholes", "sources", "licences")
        ),
        ' type="module"',
    ]
    digest = base64.b64encode(hashlib.sha256(scripts[-1][1].encode()).digest()).decode()
    allowed = re.search(r"script-src ([^;]*);", html)
    assert allowed is not None
    own = [f"sha256-{digest}", *viewer.FRAMES]
    assert allowed[1].split() == [*(f"'{one}'" for one in own), "blob:"]
    told = json.loads(scripts[0][1])
    assert told["ops"][0]["prompt"] == text
    head = html[: html.index("</head>")]
    assert Audit(head.split("<title>")[1], {"style"}).text.startswith(text.replace("\0", "\ufffd")[:5])


@pytest.mark.parametrize("name", NAMED)
def test_each_format_says_what_was_said(name: str) -> None:
    shown = NAMED[name]
    parts = [part for run in shown.runs for turn in run.turns for part in turn.parts]
    texts = [part.text for part in parts if isinstance(part, TextPart) and part.kind == "text"]
    plain = re.sub(r"\s+", " ", Audit(static_html.conversation(shown), READ | MARKDOWN).text)
    book = json.dumps(notebook.conversation(shown), ensure_ascii=False)
    for text in texts:
        words = re.sub(r"\s+", " ", text).strip()
        assert words in plain
        assert words in re.sub(r"\s+", " ", markdown.conversation(shown))
        assert json.dumps(text.strip(), ensure_ascii=False)[1:-1] in book
    for tool in (part for part in parts if isinstance(part, ToolPart)):
        assert tool.name in plain


def _every_format(documents: Documents) -> Iterator[str]:
    yield documents.html()
    yield documents.markdown()
    yield documents.ipynb()
    yield documents.json()


def test_secrets_are_in_none_of_them() -> None:
    shown = transcript(
        [
            ReasoningDelta(f"My key is {KEY}."),
            ToolCall("send", {"authorization": f"Bearer {KEY}", KEY: 1}, call_id="1"),
            ToolResult({"token": "hunter2hunter2"}, call_id="1"),
            TextDelta(f"Sent with {KEY[:9]}"),
            TextDelta(f"{KEY[9:]}."),
        ]
    )
    chat = AgentChat(lambda prompt: prompt, history=shown, secrets=["hunter2hunter2"], title=f"With {KEY}")
    for document in _every_format(chat._documents()):
        assert KEY not in document
        assert "hunter2hunter2" not in document
        assert "[secret]" in document
    keeping = AgentChat(lambda prompt: prompt, history=shown, secrets=False)
    assert KEY in keeping.to_markdown()


def test_what_a_model_was_sent_is_in_no_page_that_cannot_show_it(tmp_path: Path) -> None:
    shown = transcript(
        [ModelRequest([{"role": "user", "content": "Hi"}], system="For the model."), TextDelta("Hello")]
    )
    page = tmp_path / "chat.html"
    shown.to_html(page)
    assert "For the model." not in page.read_text("utf-8")
    assert shown.runs[0].turns[0].request is not None


def test_what_was_under_way_says_so_and_is_not_told_as_if_it_went_on() -> None:
    shown = transcript([TextDelta("So far"), ToolCall("slow", {}, call_id="1")], status=None)
    (run,) = json.loads(shown.to_json())["runs"]
    assert (run["status"], run["error"]["message"]) == ("truncated", UNFINISHED)
    assert run["turns"][0]["parts"][1]["state"] == "unanswered"
    assert shown.runs[0].status == "running"
    assert UNFINISHED in shown.to_markdown()


def test_large_results_are_whole(tmp_path: Path) -> None:
    rows = [{"row": number, "text": "x" * 40} for number in range(30_000)]

    def agent(prompt: str) -> Iterator[object]:
        yield ToolCall("rows", {}, call_id="1")
        yield ToolResult(rows, call_id="1")
        yield "There they are."

    chat = AgentChat(agent)
    chat.send("All of them").wait(60)
    (run,) = json.loads(chat.to_json(tmp_path / "chat.json"))["runs"]
    assert run["turns"][0]["parts"][0]["result"] == rows
    assert json.loads((tmp_path / "chat.json").read_text("utf-8"))["runs"] == [run]
    chat.to_html(tmp_path / "chat.html")
    html = (tmp_path / "chat.html").read_text("utf-8")
    wholes = json.loads(re.findall(r'id="wholes">(.*?)</script>', html)[0])
    assert list(wholes.values()) == [rows]
    told = json.loads(re.findall(r'id="conversation">(.*?)</script>', html)[0])
    assert len(json.dumps(told)) < 60_000
    assert '{"row": 29999, "text"' in chat.to_markdown()


def test_a_conversation_without_words_is_a_document() -> None:
    for document in _every_format(Documents(Transcript(), None)):
        assert document


def test_answers_keep_their_markdown_and_formulas() -> None:
    html = static_html.markdown(
        "**b** \\(a_1 < b\\) \\[x_2\\] $$z$$ $5/$10\n\n$$\ny\n$$\n\n| a |\n|---|\n| `c` |\n\n[web](https://x.y)"
    )
    assert "<strong>b</strong>" in html
    assert html.count('<span class="math ') == 3
    assert html.count('<div class="math ') == 1
    assert "$5/$10" in html
    assert "a_1 &lt; b" in html
    assert "<td><code>c</code></td>" in html
    assert '<a href="https://x.y" rel="noopener noreferrer">web</a>' in html


@pytest.mark.parametrize("mark", ["[", "](", "[a](", "**a ", "|a|\n|-|\n", "> ", "- a\n  ", "a\n===\n"])
def test_a_text_that_is_nothing_but_marks_is_shown_as_it_is(mark: str) -> None:
    text = (mark * 5_000).strip()
    assert static_html.markdown(text) == f"<pre>\n{escape(text)}</pre>"


def test_a_remote_image_is_a_link(tmp_path: Path) -> None:
    shown = transcript([TextDelta(f"![plot]({EVIL}/p.png)")])
    assert f'[<a href="{EVIL}/p.png"' in static_html.conversation(shown)
    assert "![" not in shown.to_markdown()
