"""``AgentChat``: the conversation of a ``Session`` as an anywidget.

Few traits, all of them settings that both sides may read; what flows goes through the session's messages.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import anywidget
import traitlets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .session import RunHandle, Session
    from .transcript import Transcript

_PACKAGE = Path(__file__).parent
_STATIC = _PACKAGE / "static"
_BUNDLE = _STATIC / "widget.js"


class AgentChat(anywidget.AnyWidget):
    """A chat with ``agent``, turn by turn, in a notebook cell.

    Args:
        agent: An agent object of a supported framework, a turnwise ``Agent``, or a plain function: sync or async, that
            takes ``prompt`` (and ``history``, if it wants it) and returns or yields text.
        final_only: Show of each run only the turn that ends it; the switch in the page and this are one thing.
        title: Headline of the chat.
        height: Height of the transcript: pixels, or any CSS length. The default grows with it, up to a limit.
        suggestions: Prompts offered while the conversation is empty.
        adapter: An ``Adapter`` (or a callable that makes one of ``agent``) to use instead of the one that is found.

    Raises:
        TypeError: ``agent`` is nothing that turnwise knows; the message says what was tried and what would work.
    """

    _esm = _BUNDLE if _BUNDLE.exists() else _PACKAGE / "unbuilt.js"

    final_only = traitlets.Bool(False).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Unicode("").tag(sync=True)
    agent_name = traitlets.Unicode("").tag(sync=True)
    suggestions = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        agent: Any,
        *,
        final_only: bool = False,
        title: str | None = None,
        height: int | str | None = None,
        suggestions: Iterable[str] = (),
        adapter: Any = None,
    ) -> None:
        # Imported with the first chat: the machinery takes half as long as anywidget itself.
        from .adapters import adapter_for
        from .session import Session

        bound = adapter_for(agent, adapter)
        super().__init__(
            final_only=final_only,
            title=title or "",
            height=f"{height}px" if isinstance(height, int) else height or "",
            agent_name=bound.name,
            suggestions=list(suggestions),
        )
        self._session = Session(bound, self._post, addon=_addon)
        # ipykernel 7.4 sends the page's messages to the thread that last published on this comm: to the one that a
        # cell keeps busy. Our handler may run anywhere, so they may come as the page sent them, on a subshell.
        comm: Any = self.comm
        if hasattr(comm, "_reply_subshell_for"):
            comm._reply_subshell_for = None
        self.on_msg(self._receive)  # pyright: ignore[reportUnknownMemberType]

    @property
    def transcript(self) -> Transcript:
        """The conversation: ``.runs[i].turns[j].parts[k]``. It grows while a run goes on."""
        return self._session.transcript

    def send(self, prompt: str) -> RunHandle:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Send ``prompt`` and return at once; the run goes on in the background, after those sent before it.

        ``await`` the handle for the finished ``Run``. An agent that fails does not raise: ``run.error`` says why.

        Raises:
            TypeError: ``prompt`` is no string.
            ValueError: ``prompt`` is blank.
            RuntimeError: The chat was closed.
        """
        if not isinstance(prompt, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users do not all type-check
            raise TypeError(f"a prompt is a string, not {type(prompt).__name__}")
        if not prompt.strip():
            raise ValueError("the prompt is blank")
        return self._session.send(prompt)

    def stop(self) -> None:
        """Stop the run that is under way; prompts that wait are dropped, and the page says so."""
        self._session.stop()

    def messages(
        self,
        api: str = "openai",
        *,
        system: str | None = None,
        unanswered: Literal["explain", "omit"] = "explain",
    ) -> list[dict[str, Any]]:
        """The conversation as messages for an API, ready to be sent.

        ``"openai"`` (chat completions, and the many servers that take the same), ``"openai-responses"`` (its
        ``input``), ``"anthropic"``, ``"gemini"`` (its ``contents``), or ``"ai-sdk"`` (UI messages). Every call in them
        is answered: one without a result says why, or is left out with ``unanswered="omit"``. ``system`` comes first,
        where the API takes it among the messages.

        Raises ``ValueError`` for an API that turnwise does not know, or that takes ``system`` elsewhere.
        ``turnwise.import_messages`` is the way back.
        """
        from .export import messages

        return messages(self.transcript, api, system=system, unanswered=unanswered)

    def close(self) -> None:
        """Stop the run and remove the chat from every page; its transcript stays readable."""
        session: Session | None = getattr(self, "_session", None)
        if session is not None:
            session.close()
        super().close()

    def __repr__(self) -> str:
        # Also what a notebook client without widgets shows.
        session: Session | None = getattr(self, "_session", None)
        if session is None:
            return "AgentChat()"
        return f"AgentChat({self.agent_name}, runs={len(session.transcript.runs)})"

    def _post(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        # Our `send` takes a prompt; ipywidgets' sends a message.
        super().send(message, buffers)  # pyright: ignore[reportUnknownMemberType]

    def _receive(self, _widget: object, content: object, _buffers: object) -> None:
        # May come on any thread, also while a cell runs: hand it over and return.
        self._session.receive(content)


def _addon(name: str) -> bytes | None:
    """A part of the front end that few chats need, so that it is not sent with each."""
    path = _STATIC / f"{name}.js"
    return path.read_bytes() if path.exists() else None
