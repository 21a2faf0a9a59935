"""The built front end in an empty page, with anywidget's model faked and turnwise's own core as the kernel.

No Jupyter: a test of what the page shows takes a tenth of a second.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnwise import Assembler, Transcript
from turnwise.wire import Frame, Outbox, encode

from .chat import Chat

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from playwright.sync_api import Page, Route

    from turnwise import Failure
    from turnwise.events import Event
    from turnwise.ops import Op
    from turnwise.values import RunStatus

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "widget" / "turnwise" / "static"
TRAITS = {"final_only": False, "title": "", "agent_name": "agent", "height": "", "suggestions": []}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a host puts around a chat."""

    html: str = ""
    """Before the chat: variables of a theme, say."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Of the document."""


class BareChat(Chat):
    """The first view of a chat, and the kernel's end of it.

    ``prompt``, ``feed`` and ``finish`` say what happens and tell the page at once; ``sent`` is what the page said.
    """

    def __init__(
        self, page: Page, *, origin: str = "http://localhost", host: Surroundings | None = None, **traits: Any
    ) -> None:
        self.transcript = Transcript()
        self.now = 1_790_000_000.0
        """The time of the next op. The page has its own clock."""
        self._assembler = Assembler()
        self._outbox = Outbox()
        self._losing = False
        self._surroundings = host or Surroundings()
        page.route(f"{origin}/**", self._serve)
        self._open = lambda: self._begin(page, origin, TRAITS | traits)
        self._open()
        super().__init__(page.locator(".turnwise").first)
        self.answer()

    @staticmethod
    def _begin(page: Page, origin: str, traits: dict[str, Any]) -> None:
        page.goto(f"{origin}/")
        page.wait_for_function("window.bare")
        page.evaluate("traits => bare.start(traits)", traits)
        page.evaluate("() => bare.view()")

    def reload(self) -> None:
        """The page begins anew; the kernel's end stays, and tells it what it missed."""
        self._open()
        self.answer()

    def _serve(self, route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1] or "bare.html"
        path = HERE / name if name.startswith("bare.") else STATIC / name
        if name == "bare.html":
            route.fulfill(
                content_type="text/html",
                headers=self._surroundings.headers,
                body=path.read_text("utf-8").replace("<main>", f"{self._surroundings.html}<main>"),
            )
        elif path.exists():
            route.fulfill(path=path)
        else:
            route.fulfill(status=404, body=f"no {name}")

    # ── the kernel's end ────────────────────────────────────────────────────────────────────────────────────

    def prompt(self, text: str, *, client_id: str | None = None, start: bool = True) -> str:
        """A prompt is queued and, unless told otherwise, its run begins. Returns the run's id."""
        run = f"run{len(self.transcript.runs) + 1}"
        self.emit(self._assembler.add_run(run, text, self.now, client_id))
        if start:
            self.start(run)
        return run

    def start(self, run: str) -> None:
        self.emit(self._assembler.start_run(run, self.now))

    def feed(self, *events: Event) -> None:
        """The agent says this; all of it travels in one frame."""
        self.emit([op for event in events for op in self._assembler.feed(event, self.now)])

    def finish(self, status: RunStatus = "complete", error: Failure | None = None) -> None:
        self.emit(self._assembler.finish(self.now, status=status, error=error))

    @contextmanager
    def losing(self) -> Generator[None]:
        """Frames sent inside never reach the page."""
        self._losing = True
        yield
        self._losing = False

    def emit(self, ops: Sequence[Op]) -> None:
        """Fold ``ops`` and send them in one frame."""
        self.transcript.extend(ops)
        self._outbox.add(ops, self.now)
        frame = self._outbox.take(self.now)
        if frame is not None and not self._losing:
            self.message(encode(frame))

    def answer(self) -> None:
        """Answer what the page asked last."""
        asked = [m["last"] for m in self.sent if m["kind"] == "hello"]
        if asked:
            self.message(encode(self._outbox.answer(asked[-1], self.transcript)))

    def confirm(self) -> None:
        """Tell the page that it is up to date, as the kernel does when asked."""
        self.message(encode(Frame(seq=self._outbox.seq, ops=[])))

    def message(self, *messages: dict[str, Any]) -> None:
        """Raw messages to the page."""
        self.page.evaluate("messages => bare.feed(messages)", list(messages))

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What the page has sent so far."""
        sent: list[dict[str, Any]] = self.page.evaluate("() => bare.model.sent")
        return sent

    def sent_kind(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.sent if message["kind"] == kind]

    def cut(self, *, broken: bool = True) -> None:
        """From now on sending fails, as on a closed comm."""
        self.page.evaluate("broken => { bare.model.broken = broken; }", broken)

    # ── traits and views ────────────────────────────────────────────────────────────────────────────────────

    def set_trait(self, name: str, value: Any) -> None:
        """The kernel sets a trait."""
        self.page.evaluate("([name, value]) => bare.model.receiveState(name, value)", [name, value])

    def trait(self, name: str) -> Any:
        return self.page.evaluate("name => bare.model.get(name)", name)

    @property
    def saved(self) -> list[dict[str, Any]]:
        """Every ``save_changes`` of the page, as the traits that it carried."""
        saved: list[dict[str, Any]] = self.page.evaluate("() => bare.model.saved")
        return saved

    def open_view(self) -> Chat:
        """Another view of the same model."""
        self.page.evaluate("() => bare.view()")
        return Chat(self.page.locator(".turnwise").last)

    def close_view(self, index: int) -> None:
        self.page.evaluate("index => bare.closeView(index)", index)
