"""A conversation as Markdown: one document to read, to send, or to paste into an issue.

What models write is Markdown already and stays that, but it cannot take over the document: raw HTML and images in it
become text and links, and a fence that it leaves open is closed. Everything else is quoted or fenced, with a fence
that is longer than any in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..runs import DataPart, FilePart, SourcePart, TextPart, ToolPart
from .telling import (
    NOTHING_SAID,
    RUN_STATES,
    Outline,
    as_text,
    bundle_text,
    clean,
    cut,
    mimebundle,
    one_line,
    tool_facts,
    turn_facts,
    web_address,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..runs import Part, Run, Turn
    from ..transcript import Transcript
    from ..values import Json

_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
_DOUBTFUL = re.compile(r"(?:[\s>*+\-]|\d+[.)])+(?:```|~~~)")
"""A fence that is indented, or stands in something."""
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_ALL_BUT_SPANS = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|[^`]+")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$])")


def conversation(transcript: Transcript, title: str = "") -> str:
    """The whole conversation: every turn, with its steps, and their results whole."""
    heading = [f"# {inline(title)}"] if title else []
    return "\n\n".join([*heading, *map(run_markdown, transcript.runs)] or [NOTHING_SAID]) + "\n"


def run_markdown(run: Run) -> str:
    """One prompt and all that came of it."""
    outline = Outline(run)
    blocks = [f"## Prompt {run.number}", quote(run.prompt)]
    for _, turns in outline.groups():
        for turn in turns:
            blocks += _turn(turn, outline, 3)
    return "\n\n".join(blocks + ending(run))


def short(run: Run) -> str:
    """One prompt and its answer, with a line for what came in between."""
    calls = sum(len(turn.tools) for turn in run.turns)
    between = [f"*{len(run.turns)} turns, {calls} tool calls*"] if len(run.turns) > 1 or calls else []
    answer = [answered(run.final_text)] if run.final_text else []
    return "\n\n".join([quote(run.prompt), *between, *answer, *ending(run)])


def ending(run: Run) -> list[str]:
    """What the run was marked with: notices, how it failed."""
    out = [f"*{inline(notice.message)}*" for notice in run.notices]
    if run.error is not None:
        out.append(f"**{inline(run.error.kind)}**: {inline(run.error.message)}")
        if run.error.detail:
            out.append(fenced(run.error.detail))
    elif run.status in RUN_STATES:
        out.append(f"*{RUN_STATES[run.status]}*")
    return out


def _turn(turn: Turn, outline: Outline, level: int) -> Iterator[str]:
    facts = [inline(fact) for fact in turn_facts(turn)]
    if outline.is_final(turn):
        facts.append("final")
    yield f"{'#' * level} {' · '.join(facts)}"
    for part in turn.parts:
        yield from shown(part, outline, level)


def shown(part: Part, outline: Outline, level: int = 3) -> Iterator[str]:
    """The blocks of a part; turns within a step get headings below ``level``."""
    match part:
        case TextPart(kind="text"):
            yield answered(part.text)
        case TextPart():
            if part.text:
                yield f"*Thought*\n\n{quote(part.text)}"
        case ToolPart():
            yield from _tool(part, outline, level)
        case SourcePart():
            yield f"Source: {link(part.url, part.title or part.url or 'source')}"
        case FilePart():
            yield f"File: {link(part.url, part.name or part.media_type)} ({inline(part.media_type)})"
        case DataPart():
            yield f"Data {inline(part.name)}\n\n{_value(part.value)}"


def _tool(tool: ToolPart, outline: Outline, level: int) -> Iterator[str]:
    yield f"**{inline(tool.name)}** {' · '.join(tool_facts(tool))}"
    arguments = tool.arguments_text if tool.arguments is None else as_text(tool.arguments)
    if arguments not in ("", "{}"):
        yield fenced(arguments, "json")
    for output in tool.outputs:
        yield "Output:\n\n" + (fenced(output.text) if output.display is None else _value(output.display))
    for turn in outline.inside(tool):
        yield from _turn(turn, outline, min(level + 1, 6))
    if tool.outcome is not None:
        yield f"{'Error' if tool.outcome == 'error' else 'Result'}:\n\n{_value(tool.result)}"


def _value(value: Json) -> str:
    bundle = mimebundle(value)
    if bundle is not None:
        return fenced(bundle_text(bundle))
    return fenced(as_text(value), "" if isinstance(value, str) else "json")


def fenced(text: str, language: str = "", most: int | None = None) -> str:
    """``text`` as a code block that nothing in it can end."""
    text = cut(clean(text), most)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
    return f"{fence}{language}\n{text}\n{fence}"


def quote(text: str) -> str:
    """``text`` as a block quote that shows it literally, line by line."""
    return "\n".join(f"> {inline(line)}  ".rstrip() for line in clean(text).split("\n"))


def inline(text: str) -> str:
    """``text`` on one line, in which nothing is Markdown."""
    text = _SPECIAL.sub(r"\\\1", one_line(text))
    # What makes a list, a heading or a rule at the beginning of a line.
    return re.sub(
        r"^(\d{1,9})([.)])(?=\s|$)|^([-+=])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", text
    )


def link(url: str | None, text: str) -> str:
    """A link to the web, or its text."""
    to = web_address(url)
    return inline(text) if to is None else f"[{inline(text)}](<{to}>)"


def answered(text: str) -> str:
    """A model's Markdown, in which HTML is text and images are links; a fence that is open is closed.

    Where it is not sure what is code, all of it is escaped: a fence in a list or a quote ends with that, whatever its
    own end. Such an answer stands in a quote, which ends its fences, too.
    """
    lines = clean(text).split("\n")
    if any(_DOUBTFUL.match(line) for line in lines):
        return "\n".join(f"> {line}".rstrip() for line in _escaped("\n".join(lines)).split("\n"))
    out: list[str] = []
    paragraph: list[str] = []
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        opens = not fence and found is not None and not (found[1][0] == "`" and "`" in found[2])
        if not fence and not opens and line.strip():
            paragraph.append(line)
            continue
        out += _harmless(paragraph)
        paragraph.clear()
        out.append(line)
        if opens and found is not None:
            fence = found[1]
        elif found is not None and found[1].startswith(fence) and not found[2].strip():
            fence = ""
    out += _harmless(paragraph)
    return "\n".join([*out, fence] if fence else out).strip("\n")


def _harmless(paragraph: list[str]) -> list[str]:
    """Lines that stand together: what is not in a code span loses its HTML and its images.

    A span must end on its line, and outside of tables, whose bars end it; else what looks like code may be none.
    """
    outside = [_CODE_SPAN.sub("", line) for line in paragraph]
    if any("`" in text or "|" in text for text in outside) or any("\\`" in line for line in paragraph):
        return [_escaped(line) for line in paragraph]
    return [
        _ALL_BUT_SPANS.sub(lambda found: found[0] if found[1] else _escaped(found[0]), line)
        for line in paragraph
    ]


def _escaped(text: str) -> str:
    return re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", text).replace("![", "!\\[")
