"""Documents of a conversation: what is to be in them, whatever their format.

A document is for other people: secrets are out of it, as they are out of recordings, and what was under way when it
was made says so. Formats are in ``export``; this decides what they are given. Knows ``export``, ``jsonable``, ``ops``,
``recording``, ``transcript`` and ``wholes``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import ops as o
from .jsonable import jsonable
from .recording import Scrubber, closing, scrubbed
from .transcript import Transcript
from .wholes import MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNFINISHED = "This was saved while the agent was at work."


def listed(secrets: Iterable[str] | Literal[False]) -> tuple[str, ...] | Literal[False]:
    """``secrets`` as they can be gone through more than once.

    Raises ``TypeError`` for what would hide nothing, or each single letter. It does not quote them.
    """
    if secrets is False:
        return False
    if not isinstance(secrets, Iterable) or isinstance(secrets, (str, bytes)):  # pyright: ignore[reportUnnecessaryIsInstance]  # users do not all type-check
        raise TypeError(
            'secrets takes a list of the values to hide, secrets=["…"], or False to hide nothing, '
            f"not {type(secrets).__name__}"
        )
    values = tuple(secrets)
    for each in values:
        if not isinstance(each, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"secrets takes strings; one of these is {type(each).__name__}")
    return values


def scrubber_of(secrets: Iterable[str] | Literal[False]) -> Scrubber | None:
    """What keeps secrets out: those of the environment and ``secrets``; ``None`` if nothing is to be kept out.

    Raises ``TypeError`` as ``listed`` does.
    """
    known = listed(secrets)
    return None if known is False else Scrubber(known)


def presentable(ops: Iterable[o.Op], scrubber: Scrubber | None) -> Transcript:
    """The conversation of ``ops`` without secrets, every run of it ended."""
    out = Transcript(ops if scrubber is None else scrubbed(ops, scrubber))
    out.extend(list(closing(out, _latest(out), UNFINISHED)))
    return out


@dataclass(frozen=True, slots=True)
class Documents:
    """A conversation that is to be written down.

    ``settings`` are the traits that the page reads, as far as they are not what a new chat has. ``whole`` gives a
    step's result as its tool returned it, or what is passed as its second argument if that is all there is.
    """

    transcript: Transcript
    scrubber: Scrubber | None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    whole: Callable[[str, Any], object] = lambda part, known: known

    def html(self) -> str:
        """The file that ``to_html`` writes."""
        from .export import viewer

        return viewer.html(self._whole(), self.settings)

    def markdown(self) -> str:
        """The text that ``to_markdown`` gives."""
        from .export import markdown

        return markdown.conversation(self._whole(), self._title)

    def ipynb(self) -> str:
        """The notebook that ``to_ipynb`` writes."""
        from .export import notebook

        return (
            json.dumps(notebook.conversation(self._whole(), self._title), ensure_ascii=False, indent=1) + "\n"
        )

    def json(self) -> str:
        """The text that ``to_json`` gives."""
        runs = [run.to_dict() for run in self._whole().runs]
        return json.dumps({"turnwise": "transcript", "version": 1, "runs": runs}, ensure_ascii=False)

    @property
    def _title(self) -> str:
        return str(self.settings.get("title") or "")

    def _whole(self) -> Transcript:
        ops = [
            replace(op, result=jsonable(self.whole(op.part, op.result), limits=MOST), size=None)
            if isinstance(op, o.SetResult)
            else op
            for op in self.transcript.snapshot()
        ]
        return presentable(ops, self.scrubber)


def written(text: str, path: str | Path | None) -> str:
    """``text``, which is also written to ``path`` if there is one."""
    if path is not None:
        Path(path).write_text(text, "utf-8")
    return text


def _latest(transcript: Transcript) -> float:
    """The last time that the conversation tells."""
    return max((getattr(op, "time", 0.0) for op in transcript.snapshot()), default=0.0)
