"""A conversation as the cells of a notebook: prompts and answers to read, tool calls as cells with their outputs.

A tool call is a code cell whose source is a comment and a literal, so that running it does no harm; its outputs are
what the tool printed, displayed and returned, and are folded. Plain data in the form of nbformat 4.5.
"""

from __future__ import annotations

import hashlib
import re
from pprint import pformat
from typing import TYPE_CHECKING, Any

from ..runs import ToolPart
from .markdown import ending, inline, quote, shown
from .telling import Outline, as_text, clean, mimebundle, one_line, tool_facts, turn_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..runs import Output, Run, Turn
    from ..transcript import Transcript
    from ..values import Json

KEPT_TYPES = frozenset(
    {
        "application/json",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "text/html",
        "text/latex",
        "text/markdown",
        "text/plain",
    }
)
"""Media types of outputs that travel; scripts and widgets do not. Notebooks that were not run here are untrusted, so
that HTML in them is cleaned by who shows it."""


def conversation(transcript: Transcript, title: str = "") -> dict[str, Any]:
    """The notebook, as JSON-safe data."""
    cells = [_markdown(f"# {inline(title)}")] if title else []
    for run in transcript.runs:
        cells += _run(run)
    for at, cell in enumerate(cells):
        digest = hashlib.sha256(f"{at}{cell['source']}".encode()).hexdigest()
        cell["id"] = f"turnwise-{digest[:12]}"
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _run(run: Run) -> Iterator[dict[str, Any]]:
    outline = Outline(run)
    yield _markdown(f"## Prompt {run.number}\n\n{quote(run.prompt)}", "turnwise-prompt")
    for _, turns in outline.groups():
        for turn in turns:
            yield from _turn(turn, outline)
    end = ending(run)
    if end:
        yield _markdown("\n\n".join(end), "turnwise-end")


def _turn(turn: Turn, outline: Outline) -> Iterator[dict[str, Any]]:
    """Cells in the order of the parts; those to read that stand together are one."""
    final = outline.is_final(turn)
    tag = "turnwise-answer" if final else "turnwise-turn"
    facts = [inline(fact) for fact in turn_facts(turn)] + (["final"] if final else [])
    blocks = [f"### {' · '.join(facts)}"]
    for part in turn.parts:
        if not isinstance(part, ToolPart):
            blocks += shown(part, outline)
            continue
        if blocks:
            yield _markdown("\n\n".join(blocks), tag)
            blocks = []
        yield _tool(part)
        for inner in outline.inside(part):
            yield from _turn(inner, outline)
    if blocks:
        yield _markdown("\n\n".join(blocks), tag)


def _tool(tool: ToolPart) -> dict[str, Any]:
    head = f"# {one_line(tool.name)} · {' · '.join(tool_facts(tool))}"
    if tool.arguments is None:
        # As the model wrote them, and not valid: a literal all the same.
        arguments = repr(clean(tool.arguments_text))
    else:
        arguments = pformat(tool.arguments, width=100, sort_dicts=False)
    outputs = [_output(output) for output in tool.outputs]
    if tool.outcome is not None:
        outputs.append(_result(tool))
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"collapsed": True, "jupyter": {"outputs_hidden": True}, "tags": ["turnwise-tool"]},
        "outputs": outputs,
        "source": f"{head}\n{arguments}",
    }


def _output(output: Output) -> dict[str, Any]:
    if output.display is not None:
        return {"output_type": "display_data", "data": _bundle(output.display), "metadata": {}}
    name = "stderr" if output.stream == "stderr" else "stdout"
    return {"output_type": "stream", "name": name, "text": output.text}


def _result(tool: ToolPart) -> dict[str, Any]:
    if tool.outcome == "error":
        text = as_text(tool.result)
        return {
            "output_type": "error",
            "ename": one_line(tool.name),
            "evalue": one_line(text)[:200],
            "traceback": text.split("\n"),
        }
    return {"output_type": "display_data", "data": _bundle(tool.result), "metadata": {}}


def _bundle(value: Json) -> dict[str, Any]:
    bundle = mimebundle(value)
    if bundle is not None:
        kept = {key: data for key, data in bundle.items() if key in KEPT_TYPES and _is_storable(key, data)}
        if kept:
            return kept
    return {"text/plain": as_text(value)}


def _is_storable(media_type: str, data: Any) -> bool:
    return media_type == "application/json" or isinstance(data, str)


def _markdown(source: str, tag: str = "") -> dict[str, Any]:
    # A lone surrogate or a form feed would end the line for nbformat; `clean` has taken them.
    source = re.sub(r"\n{3,}", "\n\n", source)
    return {"cell_type": "markdown", "metadata": {"tags": [tag]} if tag else {}, "source": source}
