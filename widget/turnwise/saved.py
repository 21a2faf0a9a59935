"""The output that a saved notebook keeps of a chat: what is shown where no kernel answers.

JupyterLab does not save the state of widgets unless it is told to, and puts an error in place of one that it does not
have. So beside the live view a chat has a second output, under a display id of its own, that needs no kernel:

====================================================  ================================================================
JupyterLab and Notebook with turnwise installed       the page's own front end over a snapshot (``viewer.MIME``):
                                                      turns, steps and "final only" work, in untrusted notebooks, too
the same without turnwise, nbconvert, nbviewer,       ``text/html``: native disclosures and no script
GitHub, VS Code without widgets, voila
nbconvert to PDF and LaTeX                            ``text/markdown``: prompts and answers
consoles, everything else                             ``text/plain``: the same
====================================================  ================================================================

Other ways, and why not: in one output with the view, each update would draw that anew, and the reader's place and
draft would be lost. Widget state in the notebook holds the front end once for each chat and for each time that a cell
was run, is off by default, and is gone when the notebook is saved without a kernel.

Who switches it on, or runs a notebook by nbclient, which keeps it unless ``store_widget_state`` is off, gets 190 kB for
each chat, all but 1 kB of it the front end. anywidget 0.11 lets a module reach another model, by ``host.getModel`` in
``render``, but not stand in one: ``_esm`` is text or an address. A short module that takes the long one from a model
that all chats share would need the host's manager of widgets, which marimo does not have; hosts restore models in an
order of their own, so that this one may not be there yet; and ``initialize``, where a chat begins to listen, has no
``host``.

The live view hides this output while it is connected (``js/src/view/mount.tsx``). It is refreshed as turns end, and
when a run ends before whoever awaits it goes on, so that it also stands in notebooks that no browser has seen
(``jupyter execute``, papermill). Updates belong to the cell that is being executed when they are sent, since nbclient
ignores others; one that comes between two cells is sent once more as the next ends. JupyterLab finds the output by its
id, until its page is reloaded: from then on the page asks for it (``js/src/addons/notebook.ts``).

A chat that is a part of another widget has no such output.

Knows ``documents``, ``export``, ``ops``, ``runs``, ``snapshot``, ``transcript`` and ``values``; IPython only if it is
there already.
"""

from __future__ import annotations

import contextvars
import logging
import secrets
import sys
import time
import weakref
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import ops as o
from .documents import presentable
from .snapshot import run_ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .recording import Scrubber
    from .runs import Run
    from .transcript import Transcript

log = logging.getLogger("turnwise")

AT_MOST_EVERY = 2.0
"""Seconds between refreshes while a run goes on: each carries the whole conversation."""
SHARE = 0.05
"""The part of the time that refreshes may take."""


def new_name() -> str:
    """A name for a chat's saved output, unlike any other in the notebook."""
    return secrets.token_hex(6)


@dataclass(frozen=True, slots=True)
class _Told:
    """A run in every form that is saved."""

    run: Run
    ops: list[o.Op]
    html: str
    text: str


class SavedOutput:
    """The saved output of one chat, whose ops all come by ``follow``.

    ``settings`` gives the traits that the page reads, by name. ``transcript`` gives the conversation: a recording that
    is played has another one after each jump.
    """

    def __init__(
        self,
        name: str,
        transcript: Callable[[], Transcript],
        settings: Callable[[], Mapping[str, Any]],
        scrubber: Scrubber | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        """Tells this chat's output from those of others, in the page and as its display id."""
        self._transcript = transcript
        self._settings = settings
        self._scrubber = scrubber
        self._clock = clock
        self._ended: dict[str, dict[bool, _Told]] = {}
        """Of runs that have ended and not changed since; by id, and whether only their end is open."""
        self._shown = False
        self._due = 0.0
        self._in_cell = False
        """Whether a cell is being executed."""
        self._missed = False
        """The last refresh came between two cells, where only a page has heard it."""

    def show(self) -> None:
        """Display the output below the cell that is being executed; later refreshes reach it there."""
        self._publish(update=False)
        if not self._shown:
            self._shown = True
            self._in_cell = True
            _watch_cells(weakref.ref(self))

    def begin_cell(self) -> None:
        """A cell is executed from now on."""
        self._in_cell = True

    def end_cell(self) -> None:
        """The cell is about to end: what nbclient has missed, it gets now."""
        if self._missed:
            self._publish(update=True)
        self._in_cell = False

    def follow(self, ops: Sequence[o.Op]) -> None:
        """Refresh what is shown if ``ops``, which have happened, make that worth while."""
        late = [op for op in ops if self._ended.pop(self._run_of(op), None) is not None]
        if not self._shown:
            return
        kinds = {type(op) for op in ops}
        over = o.EndRun in kinds or any(isinstance(op, o.SetResult) for op in late)
        if over or ((late or o.CloseTurn in kinds) and self._clock() >= self._due):
            # In no cell's context: then it belongs to the cell that runs now.
            contextvars.Context().run(self._publish, update=True)

    def _run_of(self, op: o.Op) -> str:
        run = getattr(op, "run", None)
        turn = None if run else self._transcript().find_turn(o.turn_id(op) or "")
        return run or (turn.run_id if turn else "")

    def bundle(self) -> dict[str, Any]:
        """The output by media type."""
        from .export import static_html, viewer
        from .export.telling import NOTHING_SAID

        settings = self._settings()
        told = [
            self._tell(run, final_only=settings.get("final_only", False)) for run in self._transcript().runs
        ]
        text = "\n\n".join(run.text for run in told) or NOTHING_SAID
        ops = [op for run in told for op in run.ops]
        return {
            viewer.MIME: viewer.snapshot(ops, settings, self.name),
            "text/html": static_html.page(
                (run.html for run in told), name=f"tw-saved-{self.name}", style=_INSTEAD_OF_ERROR
            ),
            "text/markdown": text,
            "text/plain": text,
        }

    def _tell(self, run: Run, *, final_only: bool) -> _Told:
        from .export import markdown, static_html, viewer

        known = self._ended.get(run.id, {}).get(final_only)
        if known is not None and known.run is run:
            return known
        transcript = presentable(viewer.without_requests(run_ops(run)), self._scrubber)
        shown = transcript.runs[0]
        html = static_html.run_html(shown, final_only=final_only)
        told = _Told(run, transcript.snapshot(), html, markdown.short(shown))
        if run.ended is not None:
            self._ended.setdefault(run.id, {})[final_only] = told
        return told

    def _publish(self, *, update: bool) -> None:
        shell = _shell()
        if shell is None:
            return
        began = self._clock()
        in_cell = self._in_cell
        try:
            shell.display_pub.publish(self.bundle(), {}, transient={"display_id": self.name}, update=update)
            self._missed = not (in_cell and self._in_cell)  # a cell may have begun, or ended, meanwhile
        except Exception:
            # The chat goes on: what is saved is a copy.
            log.exception("the saved output could not be refreshed")
        took = self._clock() - began
        self._due = began + max(AT_MOST_EVERY, took / SHARE)


# Where JupyterLab has no model for the live view, its output is a text without elements: an error, or that it loads.
_INSTEAD_OF_ERROR = (
    ".jp-OutputArea-child:not(:has(>.jp-OutputArea-output>*))"
    ":has(+.jp-OutputArea-child .tw-saved){display:none}"
)


def display(view: tuple[dict[str, Any], dict[str, Any]], output: SavedOutput | None) -> None:
    """Display a live view, data and metadata of its MIME bundle, and below it the saved output, if there is one."""
    show: Any = import_module("IPython.display").display
    data, metadata = view
    if output is not None:
        # Who shows no widgets shows the saved output, and need not say here that there is a widget.
        data = {**data, "text/html": ""}
    show(data, metadata=metadata, raw=True)
    if output is not None:
        output.show()


def _watch_cells(output: weakref.ref[SavedOutput]) -> None:
    """Tell an output, as long as it is there, when cells begin and end."""
    shell = _shell()
    if shell is None:
        return

    def begin(*_: object) -> None:
        there = output()
        if there is None:
            shell.events.unregister("pre_run_cell", begin)
            shell.events.unregister("post_run_cell", end)
        else:
            there.begin_cell()

    def end(*_: object) -> None:
        there = output()
        if there is not None:
            there.end_cell()

    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", end)


def _shell() -> Any:
    """IPython's, if it is a kernel's: elsewhere a display is a line in a terminal."""
    shell = getattr(sys.modules.get("IPython.core.interactiveshell"), "InteractiveShell", None)
    if shell is None or not shell.initialized() or not hasattr(shell.instance(), "kernel"):
        return None
    return shell.instance()
