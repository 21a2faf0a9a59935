"""Servers of Google ADK: ``adk api_server``, ``adk web``, and what ``get_fast_api_app`` makes.

Their events are those of the framework, as JSON, and are read by its translator. Knows ``google_adk.translate``, and
``export`` for a conversation that began elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from ...agent.errors import MalformedStream, RequestRefused
from ...agent.providers.untyped import Object, inner, word
from ...events import Error
from ...export import messages
from ..google_adk.translate import ABORTED
from ..google_adk.translate import Translator as NativeTranslator
from .base import Remote, Translator
from .server import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from .server import Message

RUN = "/run_sse"


class ADKServer(Remote):
    """An agent behind an ADK server: ``AgentChat(ADKServer("http://localhost:8000", app="weather"))``.

    The server keeps the conversation, in a session that is made with the first prompt; one that began elsewhere is
    written into it. A tool that needs confirmation is asked about, and what the person says goes on with the same run;
    ADK has no way to edit the arguments. Stopping closes the connection, which aborts the run on the server. ADK has no
    way to take up a reply that broke off.

    Args:
        url: The address of the server (not of ``/run_sse``).
        app: The app's name, where the server has several.
        user: The user's id.
        session: The id of a session: to go on with, or to be made.
        state: The session's first state, if it is made.
        options: ``headers``, ``auth``, ``timeout``, ``client``: as for ``Remote``.
    """

    protocol: ClassVar[str] = "ADK"

    def __init__(
        self,
        url: str,
        *,
        app: str | None = None,
        user: str = "user",
        session: str | None = None,
        state: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(url.removesuffix("/").removesuffix(RUN), **options)
        self._app = app
        self._user = user
        self._session = session
        self._state = dict(state or {})
        self._ready = False
        self._inputs: list[Any] = []
        """What the agent has asked the person for, and the next prompt answers."""

    @classmethod
    def speaks(cls, headers: Mapping[str, str], message: Message | None) -> bool:
        """By what every event of the framework has."""
        del headers
        item = None if message is None else message.item
        return item is not None and {"author", "invocationId"} <= item.keys()

    async def apps(self) -> list[str]:
        """The names of the server's apps. Raises a ``ProviderError`` if it is no ADK server."""
        found = await self._server.value(Request(None, method="GET", path="/list-apps"))
        if not isinstance(found, list):
            raise MalformedStream(
                f"{self._server.where}/list-apps: expected names of apps, got {found!r:.100}"
            )
        return [str(name) for name in cast("list[object]", found)]

    def _translate(self) -> ADKTranslator:
        return ADKTranslator()

    async def _ask(self, prompt: str, history: Transcript) -> Request:
        if not self._ready:
            await self._begin_session(history)
            self._ready = True
        part: Object = {"text": prompt}
        if self._inputs:
            asked = self._inputs.pop(0)
            part = {"functionResponse": {"id": asked.id, "name": asked.name, "response": {"result": prompt}}}
        return self._run([part])

    async def _answer(self, questions: Mapping[str, Any], answers: Mapping[str, ApprovalResponse]) -> Request:
        parts: list[Object] = []
        for call_id, asked in questions.items():
            response = {"confirmed": answers[call_id].decision == "approved"}
            parts.append({"functionResponse": {"id": asked.id, "name": asked.name, "response": response}})
        return self._run(parts)

    def _again(self, last_id: str) -> Request | None:
        del last_id
        return None

    def _read(self, message: Message) -> list[Event]:
        out = super()._read(message)
        self._inputs += cast("ADKTranslator", self._translator).take_inputs()
        return out

    def _run(self, parts: list[Object]) -> Request:
        body = {
            "appName": self._app,
            "userId": self._user,
            "sessionId": self._session,
            "newMessage": {"role": "user", "parts": parts},
            "streaming": True,
        }
        return Request(body, path=RUN)

    async def _begin_session(self, history: Transcript) -> None:
        if self._app is None:
            apps = await self.apps()
            if len(apps) != 1:
                names = ", ".join(repr(name) for name in apps) or "none"
                raise ValueError(
                    f"{self._server.where} has these apps: {names}; say which: ADKServer(url, app=…)"
                )
            self._app = apps[0]
        sessions = f"/apps/{self._app}/users/{self._user}/sessions"
        if self._session is not None:
            try:
                await self._server.value(Request(None, method="GET", path=f"{sessions}/{self._session}"))
            except RequestRefused as error:
                if error.status != 404:
                    raise
            else:
                return
        body: Object = {"state": self._state, "events": _events(history, self._app)}
        if self._session is not None:
            body["sessionId"] = self._session
        made = await self._server.value(Request(body, path=sessions))
        self._session = word(inner(made).get("id"))
        if self._session is None:
            raise MalformedStream(f"{self._server.where}{sessions}: expected a session, got {made!r:.100}")


class ADKTranslator(Translator):
    """The framework's events as they come over the wire, and the line that tells of an exception."""

    def __init__(self) -> None:
        super().__init__()
        self._native = NativeTranslator()
        self._inputs: list[Any] = []
        self._failed = False
        """The last event told an error; a line about the exception says it again, often in other words."""

    def finish(self) -> list[Event]:
        """What was held until no more of a reply can come."""
        return self._native.end()

    def take_inputs(self) -> list[Any]:
        """What the agent has asked the person for since the last time."""
        inputs, self._inputs = self._inputs, []
        return inputs

    def _kind(self, name: str, item: Object) -> str:
        del name
        if "error" in item and "author" not in item:
            return "error"
        return "event" if "author" in item else next(iter(item), "")

    def _said(self, kind: str, item: Object) -> list[Event] | None:
        match kind:
            case "event":
                self.may_end = item.get("partial") is not True
                out = self._native.feed(item)
                for request in self._native.requests:
                    if request.call_id is None:
                        self._inputs.append(request)
                    else:
                        self.questions[request.call_id] = request
                self._native.requests.clear()
                if item.get("errorCode") == ABORTED:
                    out.append(Error("The server stopped the run.", kind="Aborted"))
                self._failed = any(isinstance(said, Error) for said in out)
                return out
            case "error":
                self.ended = True
                if self._failed:
                    return []
                told = inner(item, "error_details")
                message = word(told.get("error_message")) or str(item["error"])
                return [Error(message, kind=word(told.get("error_type")) or "error")]
            case _:
                return None


def _events(history: Transcript, agent: str) -> list[Object]:
    """A conversation that was not held with this server, as the events of a session."""
    return [
        {"author": "user" if content["role"] == "user" else agent, "content": content}
        for content in messages(history, "gemini")
    ]
