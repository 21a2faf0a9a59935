"""What the conformance suite knows of a source: how its recordings are played, and what it cannot express.

A recording is a file in ``tests/recordings/<folder>``. The first of its name's parts that ``scripts.json`` knows is
its scenario: ``gemini.B_id.jsonl`` is scenario B. The scripts say what the scripted model said, one item per model
call, so they are what a transcript is compared with.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from turnwise import Assembler, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from turnwise import ops as o
    from turnwise.events import Event
    from turnwise.values import RunStatus

RECORDINGS = Path(__file__).parent / "recordings"
SCRIPTS: dict[str, list[dict[str, Any]]] = json.loads((RECORDINGS / "scripts.json").read_text("utf-8"))
SCENARIOS = [*SCRIPTS, "H"]
"""H (several agents) has no script: each framework has agents of its own kind."""

Aspect: TypeAlias = Literal["text", "reasoning", "calls", "arguments", "outcome", "usage", "finish"]


@dataclass(frozen=True, kw_only=True)
class Played:
    """One run of a recording, as the adapter's pure translator tells it."""

    events: list[Event]
    prompt: str = "prompt"
    status: RunStatus = "complete"
    error: Failure | None = None
    """What the recorded stream raised, as the driver would have caught it."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One kind of agent. Every reason is a sentence: it is what a skipped test prints."""

    folder: str
    """Of its recordings, with a ``transcripts.txt`` of what they look like to a reader."""
    adapter: str
    """The module under ``turnwise`` that is tested, for example ``"adapters.google_adk"``."""
    play: Callable[[Path], list[Played]]
    """The runs of a recording: one, or several where the recorded conversation went on."""
    cannot: Mapping[str, str] = field(default_factory=dict[str, str])
    """Scenario to why the source cannot express it. Every other scenario must have a recording."""
    own: Mapping[str, str] = field(default_factory=dict[str, str])
    """Recording (or a pattern) to why it is not compared with the script at all; its transcript still is."""
    silent: Mapping[tuple[str, Aspect], str] = field(default_factory=dict[tuple[str, Aspect], str])
    """Recording (or a pattern) and aspect to why the source does not tell that aspect, or not as the script has it."""

    @cached_property
    def recordings(self) -> list[Path]:
        return sorted(path for path in (RECORDINGS / self.folder).iterdir() if is_recording(path))

    def own_reason(self, path: Path) -> str | None:
        return next((why for name, why in self.own.items() if fnmatch(stem(path), name)), None)

    def silent_about(self, path: Path, aspect: Aspect) -> bool:
        return any(fnmatch(stem(path), name) and of == aspect for name, of in self.silent)


def is_recording(path: Path) -> bool:
    return path.suffix in (".jsonl", ".txt") and path.name not in ("transcripts.txt", "README.txt")


def stem(path: Path) -> str:
    """The name without its endings: ``A.raw.txt`` and ``A.jsonl`` are both ``A``."""
    return re.sub(r"(\.raw)?\.(txt|jsonl)$", "", path.name)


def scenario(path: Path) -> str | None:
    return next((part for part in re.split(r"[._]", stem(path)) if part in SCENARIOS), None)


def lines(path: Path, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> list[dict[str, Any]]:
    """The records of a ``.jsonl`` recording; ``type`` is ``"_meta"`` for what the recorder itself noted."""
    text = path.read_text("utf-8")
    return [json.loads(line, object_hook=object_hook) for line in text.splitlines() if line.strip()]


def parted(records: list[dict[str, Any]], *marks: str) -> list[list[dict[str, Any]]]:
    """The records of each run: those of ``marks`` stand before a further prompt."""
    out: list[list[dict[str, Any]]] = [[]]
    for record in records:
        if record.get("kind") in marks:
            out.append([])
        else:
            out[-1].append(record)
    return out


def built(value: Any, native: Callable[[dict[str, Any]], Any]) -> Any:
    """A recorded value, with ``native`` made of every object in it, from the inside out."""
    if isinstance(value, list):
        return [built(each, native) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    return native({key: built(field, native) for key, field in fields.items()})


@dataclass(kw_only=True)
class Run:
    """A run while its recording is read: what was said so far, and how it ended as far as is known."""

    events: list[Event] = field(default_factory=list["Event"])
    status: RunStatus = "complete"
    error: Failure | None = None

    def failed(self, record: dict[str, Any]) -> None:
        """The recorder noted an exception. After a stop it is the framework's way to end."""
        if self.status == "complete":
            self.status, self.error = "error", raised(record)

    def played(self) -> Played:
        """The run as it was told."""
        return Played(events=self.events, status=self.status, error=self.error)


def raised(record: dict[str, Any]) -> Failure:
    """The exception that a recorder noted, as the driver would have caught it."""
    error: dict[str, Any] = record["exc"]
    return Failure(kind=error["mro"][0].rpartition(".")[2], message=error["str"])


def fold(source: Source, path: Path, cut: Callable[[list[Event]], list[Event]] = list) -> list[o.Op]:
    """The ops of a recording, its runs one after another."""
    asm = Assembler()
    ops: list[o.Op] = []
    for number, played in enumerate(source.play(path), 1):
        ops += asm.add_run(f"r{number}", played.prompt, 0.0) + asm.start_run(f"r{number}", 0.0)
        for event in cut(played.events):
            ops += asm.feed(event, 1.0)
        ops += asm.finish(2.0, status=played.status, error=played.error)
    return ops


@dataclass(frozen=True, kw_only=True)
class Said:
    """One model call of a script, as far as it could be heard."""

    text: str
    reasoning: str
    calls: list[tuple[str, str]]
    """Name, and arguments as the model wrote them."""
    finish: str
    usage: list[int]
    """Tokens: input, output, cached, reasoning."""
    cut: bool = False
    """It was stopped or broke off: the text is at most this, and neither usage nor finish reason came."""


def expected(name: str) -> list[Said]:
    """What can be heard of a scenario until its error or its stop."""
    said = [_said(turn) for turn in SCRIPTS[name]]
    match name:
        case "K1" | "K2":
            return []
        case "K3" | "K4" | "G":
            return [_cut(said[0])]
        case "K5" | "G2":
            return said[:1]
        case _:
            return said


def _said(turn: dict[str, Any]) -> Said:
    texts = {"text": "", "reasoning": ""}
    calls: list[tuple[str, str]] = []
    for item in turn["items"]:
        if item[0] == "tool":
            calls.append((item[2], "".join(item[3])))
        else:
            texts[item[0]] += "".join(item[1])
    return Said(
        text=texts["text"],
        reasoning=texts["reasoning"],
        calls=calls,
        finish=turn["stop"],
        usage=turn["usage"],
    )


def _cut(said: Said) -> Said:
    return Said(
        text=said.text,
        reasoning=said.reasoning,
        calls=said.calls,
        finish=said.finish,
        usage=said.usage,
        cut=True,
    )
