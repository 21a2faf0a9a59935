"""What the documents for readers have in common: words, durations, and values as text.

Plain text only: each format escapes it by its own rules. The words are those of ``js/src/labels.ts``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from ..plot import duration, homes_of
from ..runs import Run, ToolPart, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..values import Json, RunStatus, ToolState, TurnStatus, Usage

TOOL_STATES: Mapping[ToolState, str] = {
    "streaming": "Preparing",
    "ready": "Called",
    "approval": "Waiting for approval",
    "running": "Running",
    "done": "Done",
    "error": "Failed",
    "denied": "Denied",
    "invalid": "No such tool",
    "skipped": "Not executed",
    "cancelled": "Stopped",
    "unanswered": "No result",
}
TURN_STATES: Mapping[TurnStatus, str] = {
    "cancelled": "stopped",
    "error": "failed",
    "truncated": "cut off",
    "abandoned": "given up",
}
RUN_STATES: Mapping[RunStatus, str] = {
    "queued": "Waits in the queue",
    "cancelled": "Stopped",
    "truncated": "The answer was cut off",
    "dropped": "Not sent to the agent",
}
NOTHING_SAID = "Nothing has been said in this chat yet."

LINE = 100
"""Characters of JSON that are laid out on one line."""
RASTER = ("image/png", "image/jpeg", "image/webp", "image/gif")

# Escape sequences of terminals (colours, titles, links), then control characters but tab and newline.
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """``text`` without what steers terminals; lines that a carriage return overwrote are gone."""
    text = _TERMINAL.sub("", text).replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """``text`` as it may stand in a heading."""
    return " ".join(clean(text).split())


def cut(text: str, most: int | None) -> str:
    """``text``, or three quarters of ``most`` characters from its beginning and the rest from its end."""
    if most is None or len(text) <= most:
        return text
    head, tail = most * 3 // 4, most // 4
    return f"{text[:head]}\n\n… {len(text) - head - tail:,} more characters …\n\n{text[-tail:]}"


def as_text(value: Json) -> str:
    """A value for a reader: a string as it is, anything else as JSON, with a line for each entry that fits on one."""
    return clean(value if isinstance(value, str) else _laid_out(value, ""))


def _laid_out(value: Json, indent: str) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + len(indent) <= LINE or not isinstance(value, (dict, list)) or not value:
        return flat
    inner = f"{indent}  "
    if isinstance(value, list):
        entries = [_laid_out(item, inner) for item in value]
    else:
        entries = [f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(value[key], inner)}" for key in value]
    lines = f",\n{inner}".join(entries)
    opened, closed = "[]" if isinstance(value, list) else "{}"
    return f"{opened}\n{inner}{lines}\n{indent}{closed}"


def mimebundle(value: Json) -> dict[str, Any] | None:
    """The media types of a result or display that has several; ``None`` for a plain value."""
    if isinstance(value, dict) and value.keys() == {"mimebundle"} and isinstance(value["mimebundle"], dict):
        bundle: dict[str, Any] = value["mimebundle"]
        return bundle
    return None


def picture(bundle: Mapping[str, Any]) -> tuple[str, str] | None:
    """Media type and base64 of the image in a bundle; SVG, too, is safe as the source of an image element alone."""
    for media_type in RASTER:
        data = bundle.get(media_type)
        if isinstance(data, str) and is_base64(data):
            return media_type, "".join(data.split())
    svg = bundle.get("image/svg+xml")
    if isinstance(svg, str):
        return "image/svg+xml", base64.b64encode(svg.encode()).decode()
    return None


def is_base64(data: str) -> bool:
    """Whether ``data`` decodes, so that nothing else can hide in it."""
    try:
        base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def bundle_text(bundle: Mapping[str, Any]) -> str:
    """A bundle's text for readers: what it says of itself, before its source."""
    for media_type in ("text/plain", "text/markdown", "text/latex", "text/html"):
        if isinstance(bundle.get(media_type), str):
            return clean(bundle[media_type])
    if "application/json" in bundle:
        return as_text(bundle["application/json"])
    return f"[{', '.join(map(one_line, bundle))}]"


def web_address(url: str | None) -> str | None:
    """``url`` if a reader may follow it."""
    return url if url is not None and re.match(r"https?://[^\s<>\"'`]+\Z", url, re.IGNORECASE) else None


def took(start: float | None, end: float | None) -> str | None:
    """How long it took, if both times are known."""
    return None if start is None or end is None else duration(max(0.0, end - start))


def tokens(usage: Usage | None) -> str | None:
    """Tokens in and out, as far as they are known."""
    if usage is None or (usage.input_tokens is None and usage.output_tokens is None):
        return None
    counts = ("?" if n is None else f"{n:,}" for n in (usage.input_tokens, usage.output_tokens))
    return f"{'→'.join(counts)} tokens"


def turn_facts(turn: Turn) -> list[str]:
    """What stands in the head of a turn."""
    facts = [
        f"Turn {turn.number}",
        None if turn.agent is None else one_line(turn.agent),
        took(turn.started, turn.ended),
        tokens(turn.usage),
        "auxiliary" if turn.auxiliary else None,
        "token limit" if turn.finish_reason == "length" else None,
        TURN_STATES.get(turn.status),
    ]
    return [fact for fact in facts if fact]


def tool_facts(tool: ToolPart) -> list[str]:
    """What stands in the head of a tool step, after its name."""
    facts = [TOOL_STATES[tool.state], took(tool.running or tool.ready, tool.ended)]
    return [fact for fact in facts if fact]


def count(n: int, one: str) -> str:
    """``n`` of something, by its singular."""
    return f"{n} {one}{'' if n == 1 else 's'}"


class Outline:
    """Which turns of a run stand where: final, before them, or within the step that started them."""

    def __init__(self, run: Run) -> None:
        steps = {tool.id for turn in run.turns for tool in turn.tools}
        lanes = ((lane.id, lane.parent, lane.handed_from) for lane in run.lanes)
        self._homes = homes_of(lanes, steps)
        self._turns = run.turns
        self._final = {turn.id for turn in run.final_turns}

    def groups(self) -> Iterator[tuple[bool, list[Turn]]]:
        """The turns that stand by themselves, in order: neighbours that are final, or that are not, together."""
        group: list[Turn] = []
        for turn in self._turns:
            if turn.lane in self._homes:
                continue
            if group and self.is_final(turn) != self.is_final(group[-1]):
                yield self.is_final(group[-1]), group
                group = []
            group.append(turn)
        if group:
            yield self.is_final(group[-1]), group

    def is_final(self, turn: Turn) -> bool:
        """Whether ``turn`` ends its run."""
        return turn.id in self._final

    def inside(self, tool: ToolPart) -> list[Turn]:
        """The turns of the agents that this step started."""
        lanes = {lane for lane, home in self._homes.items() if home == tool.id}
        return [turn for turn in self._turns if turn.lane in lanes]
