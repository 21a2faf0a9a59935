"""``AgentChat``: the conversation of a ``Session`` as an anywidget.

Few traits, all of them settings that both sides may read; what flows goes through the session's messages.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import anywidget
import traitlets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from typing_extensions import Self

    from .adapters.description import Description
    from .consent import OnApproval
    from .documents import Documents
    from .handle import RunHandle
    from .ops import Op
    from .recording import Scrubber
    from .runs import ToolPart
    from .session import RunIn, Session
    from .transcript import Transcript
    from .views import ViewFunction

Display: TypeAlias = Literal["full", "auto", "collapsed", "hidden"]

_PACKAGE = Path(__file__).parent
_STATIC = _PACKAGE / "static"
_BUNDLE = _STATIC / "widget.js"
_OPTIONS = ("final_only", "title", "height", "suggestions", "steps", "reasoning", "labels", "prices")
"""The traits that a fork has of the chat that it comes from."""
_SETTINGS = ("title", "agent_name", "height", "final_only", "steps", "reasoning", "labels", "prices")
"""The traits that a page without a kernel reads, too."""
_DISPLAY = ("full", "auto", "collapsed", "hidden")


class AgentChat(anywidget.AnyWidget):
    """A chat with ``agent``, turn by turn, in a notebook cell.

    Args:
        agent: An agent object of a supported framework, a turnwise ``Agent``, or a plain function: sync or async, that
            takes ``prompt`` (and ``history``, if it wants it) and returns or yields text.
        final_only: Show of each run only the turn that ends it; the switch in the page and this are one thing.
        title: Headline of the chat.
        height: Height of the transcript: pixels, or any CSS length. The default grows with it, up to a limit.
        suggestions: Prompts offered while the conversation is empty.
        steps: How much of the tool steps is shown: ``"full"`` (open), ``"auto"`` (finished ones fold), ``"collapsed"``
            or ``"hidden"``; the reader can change it in the page.
        reasoning: The same for what the model thinks.
        labels: Words of the page to replace, by their English text's key in ``labels.ts`` or ``panel-labels.ts`` of
            ``js/src``.
        prices: US dollars per million tokens by model, to show what runs cost:
            ``{"gpt-5": {"input": 1.25, "cached": 0.125, "output": 10}}``.
        on_approval: Is asked before the reader is, when the agent wants to know whether a tool may run, with the step
            (``name``, ``arguments``): ``True``, ``False``, an ``ApprovalResponse``, or ``None`` to leave it to the
            reader. It may be async.
        history: A conversation to go on after, such as ``AgentChat.load(path).transcript``. Agents that take no history
            (``fork`` refuses them) see it only if their own memory has it.
        record: A file to keep the conversation in as it happens, event by event, whatever becomes of the kernel. If
            it is there already, the chat goes on after the conversation that it holds. ``AgentChat.load`` and
            ``Replay`` read it.
        secrets: Values to keep out of recordings, saved outputs and documents, beside those of environment variables
            that are named like secrets, and what looks like a key. ``False`` keeps nothing out.
        save_output: Whether the notebook, when it is saved, keeps the conversation as an output that needs no kernel;
            secrets are left out of it as they are out of recordings.
        run_in: ``"thread"`` runs the agent on turnwise's own thread, so that it goes on while a cell keeps the kernel
            busy; for agents that hold nothing of the kernel's event loop, such as a client that was used there.
            ``"main"`` runs it on the kernel's loop. The default is what suits the agent: framework objects and async
            functions on the kernel's loop, all else on the thread.
        adapter: An ``Adapter`` (or a callable that makes one of ``agent``) to use instead of the one that is found.

    Raises:
        TypeError: ``agent`` is nothing that turnwise knows; the message says what was tried and what would work. Or
            ``secrets`` is one string, or no list at all.
        ValueError: ``run_in`` is neither of the two; ``history`` has a run that is under way; or the file of ``record``
            is no recording, or one of another conversation than ``history``.
        OSError: The file of ``record`` cannot be written.
    """

    # As text: anywidget watches a path for changes, and what it tells of them is every widget, closed or not.
    _esm = (_BUNDLE if _BUNDLE.exists() else _PACKAGE / "unbuilt.js").read_text("utf-8")

    final_only = traitlets.Bool(False).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Unicode("").tag(sync=True)
    agent_name = traitlets.Unicode("").tag(sync=True)
    suggestions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    steps = traitlets.Enum(_DISPLAY, "auto").tag(sync=True)
    reasoning = traitlets.Enum(_DISPLAY, "auto").tag(sync=True)
    labels = traitlets.Dict(value_trait=traitlets.Unicode(), key_trait=traitlets.Unicode()).tag(sync=True)
    views = traitlets.Dict(value_trait=traitlets.Int(), key_trait=traitlets.Unicode()).tag(sync=True)
    """Tools with a view, and how often theirs was set."""
    prices = traitlets.Dict(
        value_trait=traitlets.Dict(value_trait=traitlets.Float()), key_trait=traitlets.Unicode()
    ).tag(sync=True)

    saved = traitlets.Unicode("").tag(sync=True)
    """Which saved output is this chat's, so that the view can stand in its place; ``""`` if there is none."""

    def __init__(
        self,
        agent: Any,
        *,
        final_only: bool = False,
        title: str | None = None,
        height: int | str | None = None,
        suggestions: Iterable[str] = (),
        steps: Display = "auto",
        reasoning: Display = "auto",
        labels: Mapping[str, str] | None = None,
        prices: Mapping[str, Mapping[str, float]] | None = None,
        on_approval: OnApproval | None = None,
        history: Transcript | None = None,
        record: str | Path | None = None,
        secrets: Iterable[str] | Literal[False] = (),
        save_output: bool = True,
        run_in: RunIn | None = None,
        adapter: Any = None,
    ) -> None:
        # Imported with the first chat: the machinery takes half as long as anywidget itself.
        from .adapters import adapter_for
        from .documents import listed
        from .kernels import hear
        from .recording import Recorder, Replay
        from .saved import SavedOutput, new_name
        from .session import Session

        if run_in not in (None, "main", "thread"):
            raise ValueError(f'run_in is "main", "thread" or None, not {run_in!r}')
        bound = adapter_for(agent, adapter)
        self._secrets: tuple[str, ...] | Literal[False] = listed(secrets)
        self._views: dict[str, ViewFunction] = {}
        self._inherited: dict[str, Any] = {
            "on_approval": on_approval,
            "secrets": self._secrets,
            "save_output": save_output,
            "run_in": run_in,
        }
        """What a fork has beside the traits, as it was given."""
        if record is not None and isinstance(bound, Replay):
            raise ValueError("what this chat shows is recorded already: copy the file of its Replay")
        for run in () if history is None else history.runs:
            if run.ended is None:
                raise ValueError(
                    f"run {run.number} of history= has not ended: stop it or wait for it, "
                    "or fork its chat from a turn that has"
                )
        super().__init__(
            final_only=final_only,
            title=title or "",
            height=f"{height}px" if isinstance(height, int) else height or "",
            agent_name=bound.name,
            suggestions=list(suggestions),
            steps=steps,
            reasoning=reasoning,
            labels=dict(labels or {}),
            prices={model: dict(price) for model, price in (prices or {}).items()},
            saved=new_name() if save_output else "",
        )
        self._output: SavedOutput | None = None
        with ExitStack() as undo:
            undo.callback(self._leave_nothing)
            recorder = None
            if record is not None:
                recorder = undo.enter_context(Recorder(record, bound.name, self._scrubber(), history))
                history = recorder.history
            self._session = Session(
                bound,
                self._post,
                addon=_addon,
                on_approval=on_approval,
                history=history,
                recorder=recorder,
                follow=self._follow,
                saved=lambda: None if self._output is None else self._output.bundle(),
                run_in=run_in,
            )
            undo.pop_all()
        if save_output:
            self._output = SavedOutput(self.saved, lambda: self.transcript, self._settings, self._scrubber())
        hear(self.comm)
        self.on_msg(self._receive)  # pyright: ignore[reportUnknownMemberType]

    def _leave_nothing(self) -> None:
        """There will be no chat: what ipywidgets has of it goes."""
        self.layout.close()  # pyright: ignore[reportUnknownMemberType]
        super().close()

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

    @property
    def pending(self) -> list[ToolPart]:
        """The steps that wait for somebody to approve them, the oldest first."""
        return self._session.pending

    def approve(
        self,
        step: ToolPart | None = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        always: bool = False,
    ) -> None:
        """Let ``step`` run, or the one that waits longest; with other ``arguments``, where the agent takes them.

        ``always`` also approves the later calls of this tool in this chat.

        Raises:
            ValueError: Nothing waits, ``step`` does not any more, or it runs with the model's arguments only.
        """
        part = self._waiting(step)
        edited = None if arguments is None else dict(arguments)
        if not self._session.decide(part, "approved", arguments=edited, always=always):
            raise ValueError("the step does not wait for approval any more")

    def deny(self, step: ToolPart | None = None, *, reason: str | None = None) -> None:
        """Keep ``step`` from running, or the one that waits longest; the agent is told ``reason``.

        Raises:
            ValueError: Nothing waits, or ``step`` does not any more.
        """
        if not self._session.decide(self._waiting(step), "denied", reason=reason):
            raise ValueError("the step does not wait for approval any more")

    def _waiting(self, step: ToolPart | None) -> str:
        if step is not None:
            return step.id
        pending = self._session.pending
        if not pending:
            raise ValueError("no step waits for approval")
        return pending[0].id

    def view(self, tool: str) -> Callable[[ViewFunction], ViewFunction]:
        """Show what ``tool`` did by a view of your own, in place of its plain result, which stays within reach.

        ::

            @chat.view("forecast")
            def days(step):  # a ToolPart: name, arguments, result
                return ipywidgets.IntSlider(max=len(step.result))

        The function gets each finished step once, when a page shows it, on a thread of its own. ``step.result`` is what
        the tool returned (of older steps, and from agents that tell only of text, its copy as plain data). It returns a
        widget (any ipywidget or anywidget, closed with the chat), anything else that a tool may return, such as a
        figure, or ``None`` to leave the result as it is. If it raises, the step says so. Run the cell again to replace
        the function.

        Raises:
            TypeError: ``tool`` is no name of a tool.
        """
        if not isinstance(tool, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users forget the name
            raise TypeError(f'view takes the name of a tool, @chat.view("search"), not {tool!r}')

        def register(function: ViewFunction) -> ViewFunction:
            self._views[tool] = function
            self._session.set_view(tool, function)
            self.views = {**self.views, tool: self.views.get(tool, 0) + 1}
            return function

        return register

    def describe(self) -> Description:
        """What can be read of the agent: system prompt, model, settings, tools; and what of it is fixed."""
        return self._session.adapter.describe()

    def fork(
        self,
        turn: int | None = None,
        *,
        run: int | None = None,
        system: str | None = None,
        model: Any = None,
        settings: Mapping[str, Any] | None = None,
        tools: Sequence[Any] | None = None,
        **options: Any,
    ) -> Self:
        """A new chat that goes on from the end of ``turn``, with a copy of the agent; this chat stays as it is.

        ``turn`` and ``run`` count from 1, and are the last ones unless they are given. What else is given is changed in
        the agent's copy, as far as its framework lets it be: ``chat.describe().fixed`` says what it does not.
        ``options`` are those of ``AgentChat``, by default those of this chat, but for ``record``. It has its views.

        Raises:
            ValueError: There is no such turn, or it has not ended.
            TypeError: The agent cannot be changed like that; or it goes on only after what it has lived through itself,
                because it keeps a memory that cannot be cut.
        """
        from .cut import cut, turn_of

        last = turn_of(self.transcript, turn, run)
        adapter = self._session.adapter
        if not adapter.takes_history:
            raise TypeError(
                f"{adapter.name} keeps a memory of its own, which cannot be cut at a turn; "
                "a fork needs an agent that takes its history from the conversation"
            )
        changed = adapter.changed(system=system, model=model, settings=settings, tools=tools)
        shown = {name: getattr(self, name) for name in _OPTIONS}
        history = cut(self.transcript, last)
        fork = type(self)(changed, history=history, **{**shown, **self._inherited, **options})
        for tool, function in self._views.items():
            fork.view(tool)(function)
        return fork

    def to_frame(self, by: Literal["turn", "tool"] = "turn") -> Any:
        """The conversation as a ``pandas.DataFrame``: a row for each turn, or for each tool call.

        Times are in seconds; a turn's cost is in US dollars, if ``prices`` has its model. What is not known is missing.

        Raises:
            ImportError: pandas is not installed.
            ValueError: ``by`` is neither.
        """
        from .frame import to_frame

        return to_frame(self.transcript, by, self.prices)

    def save(self, path: str | Path) -> None:
        """Write the conversation as a recording: every event with its time, and without secrets.

        ``AgentChat.load(path)`` shows it again, ``AgentChat(Replay(path))`` plays it. What was at ``path`` is replaced,
        and stays if writing fails (``OSError``).
        """
        from .recording import save

        save(path, self._session.adapter.name, self._session.log(), self._scrubber())

    @classmethod
    def load(cls, path: str | Path, agent: Any = None, **options: Any) -> Self:
        """The conversation of a recording, to read; with ``agent``, to go on with.

        ``options`` are those of ``AgentChat``. What was under way when the recording broke off is shown as far as it
        came, and says so.

        Raises:
            ValueError: It is no recording, or one line makes no sense.
            OSError: It cannot be read.
        """
        from .recording import Unconnected, load

        recording = load(path)
        return cls(
            Unconnected(recording.agent) if agent is None else agent, history=recording.transcript, **options
        )

    def _scrubber(self) -> Scrubber | None:
        from .documents import scrubber_of

        return scrubber_of(self._secrets)

    def to_html(self, path: str | Path) -> None:
        """Write the conversation as one HTML file that shows it as the notebook does, anywhere and without network.

        Turns, steps and "final only" work; code is highlighted, formulas are set, large results are whole.
        """
        from .documents import written

        written(self._documents().html(), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """The conversation as Markdown, every turn with its steps; also written to ``path``, if there is one."""
        from .documents import written

        return written(self._documents().markdown(), path)

    def to_ipynb(self, path: str | Path) -> None:
        """Write the conversation as a notebook: prompts and answers as text, tool calls as cells with their outputs."""
        from .documents import written

        written(self._documents().ipynb(), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """All of the transcript as JSON, for programs; also written to ``path``, if there is one."""
        from .documents import written

        return written(self._documents().json(), path)

    def _documents(self) -> Documents:
        from .documents import Documents

        return Documents(self.transcript, self._scrubber(), self._settings(), self._session.whole)

    def _settings(self) -> dict[str, Any]:
        settings = {name: getattr(self, name) for name in _SETTINGS}
        scrubber = self._scrubber()
        return settings if scrubber is None else scrubber.value(settings)

    def _follow(self, ops: Sequence[Op]) -> None:
        if self._output is not None:
            self._output.follow(ops)

    def _ipython_display_(self) -> None:
        from .saved import display

        view: Any = self._repr_mimebundle_()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        display(view, self._output)

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
        """Stop the run and remove the chat from every page; its transcript stays readable, in the saved output, too."""
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
