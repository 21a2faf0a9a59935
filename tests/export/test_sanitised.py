"""The static HTML after renderers have taken away what they do not let through: what was said is all there, in order.

``GITHUB`` is the list of html-pipeline, which GitHub's renderers are known by: no ``style``, no classes, and of what is
not on it the text stays. nbconvert's ``--sanitize-html`` lets less through, and shows the other tags as text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from bleach.sanitizer import Cleaner
from nbconvert.filters.strings import clean_html

from conversations import NAMED
from turnwise.export import static_html

GITHUB = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "b",
        "i",
        "strong",
        "em",
        "a",
        "pre",
        "code",
        "img",
        "tt",
        "div",
        "ins",
    ),
    *(
        "del",
        "sup",
        "sub",
        "p",
        "ol",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "blockquote",
    ),
    *(
        "dl",
        "dt",
        "dd",
        "kbd",
        "q",
        "samp",
        "var",
        "hr",
        "ruby",
        "rt",
        "rp",
        "s",
        "strike",
        "summary",
        "details",
    ),
}
GITHUB_ATTRIBUTES = {"a": ["href"], "img": ["src"], "*": ["alt", "dir", "open", "rel", "start", "title"]}


def github(html: str) -> str:
    """``html`` as GitHub lets it through; images of the document itself are not."""
    cleaner = Cleaner(
        GITHUB, GITHUB_ATTRIBUTES, protocols={"http", "https", "mailto"}, strip=True, strip_comments=True
    )
    return cleaner.clean(html)


class Reader(HTMLParser):
    """The pieces of text that a reader sees, and the elements around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self._styling = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._styling = tag == "style"
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        self._styling = False

    def handle_data(self, data: str) -> None:
        if not self._styling and data.strip():
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", "", "".join(self.pieces))


named = pytest.mark.parametrize("name", NAMED)


@named
def test_github_shows_all_of_it_and_the_style_after_it_if_at_all(name: str) -> None:
    html = static_html.conversation(NAMED[name])
    whole, shown = Reader(html), Reader(github(html))
    assert shown.text in (whole.text, whole.text + re.sub(r"\s+", "", static_html.STYLE))
    assert [shown.elements.count(tag) for tag in ("details", "summary", "blockquote", "pre", "img")] == [
        whole.elements.count(tag) for tag in ("details", "summary", "blockquote", "pre", "img")
    ]
    assert shown.attributes <= {"alt", "dir", "href", "open", "rel", "start"}


@named
def test_nbconvert_sanitised_shows_all_of_it(name: str) -> None:
    html = static_html.conversation(NAMED[name])
    shown = Reader(clean_html(html)).text
    at = 0
    for piece in Reader(html).pieces:
        words = re.sub(r"\s+", "", piece)
        at = shown.index(words, at) + len(words)
    assert shown.index(".tw-saved{") > at
