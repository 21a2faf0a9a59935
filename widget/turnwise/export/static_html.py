"""A conversation as HTML without scripts: what renderers of saved notebooks show that have no widgets.

GitHub, nbviewer and untrusted notebooks take parts of HTML away: scripts, handlers, maybe styles and classes. So the
elements alone must tell it: native disclosures, block quotes, preformatted text. The stylesheet only makes it pretty,
in colours that are mixed from the page's own, so that light and dark both work. Everything that a model or a tool
wrote is escaped, images come from the document itself only, and links lead to web addresses only.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from ..runs import DataPart, FilePart, SourcePart, TextPart, ToolPart
from .telling import (
    NOTHING_SAID,
    RASTER,
    RUN_STATES,
    Outline,
    as_text,
    bundle_text,
    clean,
    count,
    cut,
    is_base64,
    mimebundle,
    one_line,
    picture,
    took,
    tool_facts,
    turn_facts,
    web_address,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..runs import Approval, Output, Part, Run, Turn
    from ..transcript import Transcript
    from ..values import Json

MOST_TEXT = 8_000
"""Characters of one value: a static page opens all of it at once. The snapshot beside it has more."""
MOST_MARKS = 2_500
"""Characters of Markdown's own in one answer that are read as such, outside of code."""
MOST_IMAGE = 400_000
"""Characters of one image as base64."""

# What is no formula is not to be typeset, whatever dollars it has.
_IGNORE = "tex2jax_ignore mathjax_ignore"
_PROCESS = "tex2jax_process mathjax_process"

STYLE = """
.tw-saved{max-width:52rem;margin:.25rem 0;font-size:14px;line-height:1.55;overflow-wrap:anywhere}
.tw-saved summary{cursor:pointer}
.tw-saved blockquote.tw-prompt{margin:1rem 0 .75rem;padding:.5rem .9rem;border:0;border-radius:.75rem;
background:rgba(64,120,242,.13);color:inherit;white-space:pre-wrap;width:fit-content;max-width:90%;margin-left:auto}
.tw-saved .tw-turn{border:1px solid rgba(128,128,128,.3);border-radius:.75rem;padding:.35rem .9rem .6rem;margin:.5rem 0}
.tw-saved .tw-head,.tw-saved .tw-note,.tw-saved .tw-label{opacity:.75;font-size:12px;margin:.2rem 0}
.tw-saved .tw-final{border-color:rgba(64,120,242,.6)}
.tw-saved .tw-earlier>summary,.tw-saved .tw-reasoning,.tw-saved .tw-step>summary{font-size:13px}
.tw-saved .tw-earlier>summary{opacity:.75}
.tw-saved .tw-reasoning>div{white-space:pre-wrap;opacity:.8;border-left:2px solid rgba(128,128,128,.35);
padding-left:.75rem;margin:.3rem 0}
.tw-saved .tw-step{margin:.35rem 0}
.tw-saved .tw-step>div{border-left:2px solid rgba(128,128,128,.25);padding-left:.75rem;margin:.2rem 0 .2rem .3rem}
.tw-saved pre{background:rgba(128,128,128,.1);border-radius:.4rem;padding:.45rem .6rem;margin:.15rem 0 .4rem;
white-space:pre-wrap;font:12px/1.5 var(--jp-code-font-family,monospace);max-height:24rem;overflow:auto}
.tw-saved img{max-width:100%;background:#fff}
.tw-saved table{border-collapse:collapse;margin:.5rem 0}
.tw-saved table th,.tw-saved table td{border:1px solid rgba(128,128,128,.35);padding:.25rem .6rem;text-align:left}
.tw-saved .tw-error{border-left:3px solid #d33f36;padding:.3rem .75rem;margin:.5rem 0;background:rgba(211,63,54,.1)}
""".replace("\n", "")
"""The stylesheet of ``page``; all its selectors begin with the page's class."""


def page(runs: Iterable[str], *, name: str = "", style: str = "") -> str:
    """The whole, from the HTML of its runs. ``name`` is a further class, ``style`` more of a stylesheet."""
    body = "".join(runs) or f'<p class="tw-note">{NOTHING_SAID}</p>'
    # The style comes last: who takes elements away and leaves their text shows it after what was said.
    return f'<div class="tw-saved {escape(name)} {_IGNORE}">{body}<style>{STYLE}{style}</style></div>'


def conversation(transcript: Transcript) -> str:
    """``page`` of a whole transcript."""
    return page(map(run_html, transcript.runs))


def run_html(run: Run, *, final_only: bool = False) -> str:
    """One prompt and what came of it; with ``final_only`` the turns before the final one begin closed."""
    outline = Outline(run)
    body = [f'<blockquote class="tw-prompt" dir="auto">{_text(run.prompt)}</blockquote>']
    for final, turns in outline.groups():
        shown = "".join(_turn(turn, outline) for turn in turns)
        if final:
            body.append(shown)
            continue
        calls = sum(len(turn.tools) for turn in turns)
        says = [count(len(turns), "earlier turn"), *([count(calls, "tool call")] if calls else [])]
        summary = f"<summary>{' · '.join(says)}</summary>"
        body.append(f'<details class="tw-earlier"{"" if final_only else " open"}>{summary}{shown}</details>')
    body += (f'<p class="tw-note">{_text(notice.message)}</p>' for notice in run.notices)
    if run.error is not None:
        detail = _closed("Details", _pre(run.error.detail)) if run.error.detail else ""
        says = f"<b>{_text(run.error.kind)}</b>: {_text(run.error.message)}"
        body.append(f'<div class="tw-error"><p>{says}</p>{detail}</div>')
    elif run.status in RUN_STATES:
        body.append(f'<p class="tw-note">{RUN_STATES[run.status]}</p>')
    return f'<div class="tw-run">{"".join(body)}</div>'


def _turn(turn: Turn, outline: Outline) -> str:
    number, *facts = map(escape, turn_facts(turn))
    head = " · ".join([f"<b>{number}</b>", *facts])
    name = "tw-turn tw-final" if outline.is_final(turn) else "tw-turn"
    parts = "".join(_part(part, outline) for part in turn.parts)
    return f'<div class="{name}"><p class="tw-head">{head}</p>{parts}</div>'


def _part(part: Part, outline: Outline) -> str:
    match part:
        case TextPart(kind="text"):
            return f'<div class="tw-text" dir="auto">{markdown(part.text)}</div>' if part.text else ""
        case TextPart():
            time = took(part.started, part.ended)
            said = f"Thought for {time}" if time else "Thought"
            inner = f'<summary>{said}</summary><div dir="auto">{_text(part.text)}</div>'
            return f'<details class="tw-reasoning">{inner}</details>' if part.text else ""
        case ToolPart():
            return _tool(part, outline)
        case SourcePart():
            shown = _link(part.url, part.title or part.url or "source")
            snippet = f": {_text(part.snippet)}" if part.snippet else ""
            return f'<p class="tw-source">Source: {shown}{snippet}</p>'
        case FilePart():
            return _file(part)
        case DataPart():
            return _closed(f"Data {one_line(part.name)}", _pre(as_text(part.value)))


def _tool(tool: ToolPart, outline: Outline) -> str:
    arguments = tool.arguments_text if tool.arguments is None else as_text(tool.arguments)
    body = [_labelled("Arguments", _pre(arguments)) if arguments not in ("", "{}") else ""]
    if tool.arguments_invalid is not None:
        body.append(f'<p class="tw-note">Not valid JSON: {_text(tool.arguments_invalid)}</p>')
    if tool.approval is not None:
        body.append(_approval(tool.approval))
    body += map(_output, tool.outputs)
    body += (_turn(turn, outline) for turn in outline.inside(tool))
    if tool.outcome is not None:
        label = "So far" if tool.preliminary else "Error" if tool.outcome == "error" else "Result"
        size = f" ({tool.size:,} characters)" if tool.size else ""
        body.append(_labelled(label + size, _value(tool.result)))
    head = f"<code>{_text(one_line(tool.name))}</code> {' · '.join(tool_facts(tool))}"
    opened = " open" if tool.state == "error" else ""
    inner = f"<summary>{head}</summary><div>{''.join(body)}</div>"
    return f'<details class="tw-step"{opened}>{inner}</details>'


def _approval(approval: Approval) -> str:
    said = {"approved": "Approved", "denied": "Denied", None: "Waiting for approval"}[approval.decision]
    reason = f": {approval.reason}" if approval.reason else ""
    edited = (
        "" if approval.edited is None else _labelled("Arguments as edited", _pre(as_text(approval.edited)))
    )
    return f'<p class="tw-note">{said}{_text(reason)}</p>{edited}'


def _output(output: Output) -> str:
    if output.display is not None:
        return _labelled("Display", _value(output.display))
    return _labelled("Output", _pre(output.text))


def _value(value: Json) -> str:
    bundle = mimebundle(value)
    if bundle is None:
        return _pre(as_text(value))
    shown = picture(bundle)
    if shown is None:
        return _pre(bundle_text(bundle))
    return _image(*shown, bundle_text({key: text for key, text in bundle.items() if key == "text/plain"}))


def _image(media_type: str, data: str, description: str) -> str:
    if len(data) > MOST_IMAGE:
        return f'<p class="tw-note">[{media_type}, {len(data) * 3 // 4:,} bytes]</p>'
    return f'<img src="data:{media_type};base64,{data}" alt="{escape(one_line(description)[:200])}">'


def _file(part: FilePart) -> str:
    name = one_line(part.name or part.media_type)
    if part.data is not None and part.media_type in RASTER and is_base64(part.data):
        return f"<p>{_image(part.media_type, ''.join(part.data.split()), name)}</p>"
    return f"<p>File: {_link(part.url, name)} ({_text(part.media_type)})</p>"


def _link(url: str | None, text: str) -> str:
    to = web_address(url)
    return (
        _text(text) if to is None else f'<a href="{escape(to)}" rel="noopener noreferrer">{_text(text)}</a>'
    )


def _text(text: str) -> str:
    return escape(clean(text))


def _pre(text: str) -> str:
    # A browser drops a newline right after the tag.
    return f"<pre>\n{_text(cut(text, MOST_TEXT))}</pre>"


def _labelled(label: str, html: str) -> str:
    return f'<p class="tw-label">{label}</p>{html}'


def _closed(summary: str, html: str) -> str:
    return f'<details class="tw-step"><summary>{_text(summary)}</summary><div>{html}</div></details>'


def markdown(text: str) -> str:
    """A model's Markdown as HTML: raw HTML is shown as text, images as links, and links lead to the web or nowhere.

    What no model writes to be read is shown as it is: the time that Markdown takes grows with the square of its marks.
    """
    text = clean(text)
    return _markdown()(text) if _is_ordinary(text) else f"<pre>\n{escape(text)}</pre>"


def _is_ordinary(text: str) -> bool:
    prose = _FENCED.sub("", text)
    marks = len(_MARK.findall(prose))
    return (
        marks <= MOST_MARKS
        and prose.count("[") + prose.count("](") <= MOST_MARKS // 5
        and prose.count("\n") <= MOST_MARKS // 2
    )


_FENCED = re.compile(r"^```.*?^```[ \t]*$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"[*_~|<>$\\`]")


@cache
def _markdown() -> Callable[[str], str]:
    # With the first answer that is saved: a script that streams needs none of it.
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def block_html(self, html: str) -> str:
            return f"<p>{escape(html)}</p>\n"

        def inline_html(self, html: str) -> str:
            return escape(html)

        def link(self, text: str, url: str, title: str | None = None) -> str:
            to = web_address(url)
            return text if to is None else f'<a href="{escape(to)}" rel="noopener noreferrer">{text}</a>'

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return f"[{self.link(re.sub('<[^>]*>', '', text) or 'image', url)}]"

        def inline_math(self, text: str) -> str:
            return f'<span class="math {_PROCESS}">\\({escape(text)}\\)</span>'

        def block_math(self, text: str) -> str:
            return f'<div class="math {_PROCESS}">$$\n{escape(text)}\n$$</div>\n'

    made: Any = mistune.create_markdown(renderer=Renderer(), plugins=["table", "strikethrough", "math"])
    # As on the page: between single dollars is money as often as a formula.
    made.inline.rules.remove("inline_math")
    _tex_brackets(made)
    return made


def _tex_brackets(markdown: Any) -> None:
    r"""``\(…\)``, ``\[…\]`` and ``$$…$$`` within a line are formulas, as most models write them."""

    def formula(_inline: Any, found: re.Match[str], state: Any) -> int:
        groups: Mapping[str, str | None] = found.groupdict()
        tex = groups["tex_round"] or groups["tex_square"] or groups["tex_dollars"] or ""
        state.append_token({"type": "inline_math", "raw": tex})
        return found.end()

    pattern = (
        r"\\\((?P<tex_round>[^\n]+?)\\\)|\\\[(?P<tex_square>(?s:.+?))\\\]|\$\$(?P<tex_dollars>(?s:.+?))\$\$"
    )
    markdown.inline.register("tex_brackets", pattern, formula, before="escape")
