"""What agents behind a URL have in common, whatever protocol they speak.

A protocol is two classes: a ``Translator``, pure, of what the server says; and an adapter that knows which requests
to make. Knows ``events`` and ``server``.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...agent.errors import MalformedStream, ProviderError, TruncatedStream
from ...agent.providers.untyped import Object
from ...events import Error, Event, Unknown
from ..base import Adapter
from ..description import Description
from ..native import all_fixed
from .server import Message, Reply, Request, Server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import httpx

    from ...agent.providers.endpoint import Auth
    from ...events import ApprovalResponse
    from ...transcript import Transcript

_WAITS = (0.0, 1.0, 3.0)
"""Seconds before each attempt to take up a reply that broke off."""


UNREADABLE = "a file whose bytes cannot be read"
"""Kind of the ``Unknown`` that stands for it."""


class Translator(ABC):
    """What one run's messages say, as turnwise events. Pure: it reads plain data by name.

    A message that is no JSON object, or of a kind that the protocol does not know, is an ``Unknown``.
    """

    def __init__(self) -> None:
        self.ended = False
        """The server has said that the run is over: what is cut off after that is not missed."""
        self.may_end = False
        """What was said may be all of it; for protocols that have no word for the end."""
        self.over = False
        """Nothing more is to come."""
        self.understood = False
        """Something was of this protocol."""
        self.questions: dict[str, Any] = {}
        """What the server asked a person, by call id; the values are for the request that answers it."""

    def feed(self, message: Message) -> list[Event]:
        """What one message says."""
        item = message.item
        return self._bare(message.data) if item is None else self.take(item, message.name)

    def take(self, item: Object, name: str = "") -> list[Event]:
        """What the JSON of one message says; ``name`` is its event's."""
        kind = self._kind(name, item)
        said = self._said(kind, item)
        if said is None:
            return [Unknown(kind or "untyped data", payload=item)]
        self.understood = True
        return said

    def finish(self) -> list[Event]:
        """What remains to be said when the server has said its last."""
        return []

    def take_questions(self) -> dict[str, Any]:
        """What a person is asked now, if anything; the answer goes on with the run."""
        questions, self.questions = self.questions, {}
        if questions:
            self.ended = self.over = self.may_end = False
        return questions

    def _kind(self, name: str, item: Object) -> str:
        """What kind of message it is."""
        del name
        return str(item.get("type", ""))

    @abstractmethod
    def _said(self, kind: str, item: Object) -> list[Event] | None:
        """The events of a message; ``None`` if its kind is not known."""

    def _bare(self, data: str) -> list[Event]:
        """The events of data that is no JSON object."""
        return [Unknown("data that is no JSON object", payload=data[:200])]


class Remote(Adapter):
    """One conversation with an agent behind a URL. Stopping closes the connection.

    Args:
        url: The address of the agent itself.
        headers: For every request, such as ``{"Authorization": "Bearer …"}``. Neither they nor ``auth`` are shown
            anywhere, and what a server repeats of them in an error is cut out.
        auth: User and password, or an ``httpx.Auth``.
        timeout: Seconds without a byte after which the server counts as hung.
        client: An ``httpx.AsyncClient`` of your own, for cookies, proxies or certificates. It is not closed, its
            timeouts count, and it belongs to turnwise's loop from then on.

    Raises:
        ValueError: ``url`` is no HTTP URL.
    """

    runs_on: ClassVar[Literal["main", "own"]] = "own"
    protocol: ClassVar[str]
    """Its name, for people."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float = 300.0,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._server = Server(url, headers=headers, auth=auth, timeout=timeout, client=client)
        self.name = f"{self.protocol} · {self._server.host}"
        self._translator = self._translate()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._server.where!r})"

    def describe(self) -> Description:
        """Its name; a server tells nothing else of its agent, and lets nobody change it."""
        why = f"the agent lives on {self._server.host}; {self.protocol} has no word for it"
        return Description(
            name=self.name,
            framework=self.protocol,
            fixed=all_fixed(why),
        )

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """Send the prompt and tell what the server says; where it asks a person, it is answered and goes on."""
        request = await self.begin(prompt, history)
        async with aclosing(self.converse(request)) as events:
            async for event in events:
                yield event

    async def begin(self, prompt: str, history: Transcript) -> Request:
        """The request that sends the prompt. A new run begins."""
        self._translator = self._translate()
        self.approvals.clear()
        return await self._ask(prompt, history)

    async def converse(self, request: Request, reply: Reply | None = None) -> AsyncGenerator[Event, None]:
        """The run that ``request`` begins; ``reply`` is the answer to it, if it was made before."""
        translator = self._translator
        while True:
            async with aclosing(self._exchange(request, reply)) as messages:
                async for message in messages:
                    for event in self._read(message):
                        yield self._heard(event)
            for event in translator.finish():
                yield self._heard(event)
            questions = translator.take_questions()
            if not questions:
                return
            answers = await self.approvals.wait_all(questions)
            request, reply = await self._answer(questions, answers), None

    @classmethod
    @abstractmethod
    def speaks(cls, headers: Mapping[str, str], message: Message | None) -> bool:
        """Whether an answer with these headers and this first message is of this protocol."""

    @abstractmethod
    def _translate(self) -> Translator:
        """A translator for a run."""

    @abstractmethod
    async def _ask(self, prompt: str, history: Transcript) -> Request:
        """The request that sends the prompt."""

    async def _answer(self, questions: Mapping[str, Any], answers: Mapping[str, ApprovalResponse]) -> Request:
        """The request that goes on with what a person said."""
        raise NotImplementedError(f"{self.protocol} has no way to answer {', '.join(questions)} ({answers})")

    def _again(self, last_id: str) -> Request | None:
        """The request that takes up a reply that broke off after the message ``last_id``, if the protocol has one.

        A server that numbers its messages is asked for those that follow, as the standard of server-sent events has it.
        """
        return Request(None, method="GET", headers={"Last-Event-ID": last_id}) if last_id else None

    def _read(self, message: Message) -> list[Event]:
        """What a message of the run says."""
        return self._translator.feed(message)

    def _heard(self, event: Event) -> Event:
        """``event`` as it is told."""
        if isinstance(event, Error):
            return replace(event, message=self._server.clean(event.message))
        return event

    async def _exchange(self, request: Request, reply: Reply | None) -> AsyncGenerator[Message, None]:
        """The messages of the answer to ``request``, taken up again where it breaks off and the protocol allows it."""
        seen: list[Message] = []
        waits = iter(_WAITS)
        lost: TruncatedStream | None = None
        while True:
            before = len(seen)
            try:
                async with aclosing(_unseen(self._messages(request, reply), seen)) as messages:
                    async for message in messages:
                        yield message
            except ProviderError as error:
                if lost is not None and len(seen) == before:
                    raise lost from error  # there was nothing more to be had
                if not isinstance(error, TruncatedStream):
                    raise
                lost = error
            else:
                return
            again = self._again(seen[-1].id if seen else "")
            wait = next(waits, None)
            if again is None or wait is None:
                raise lost
            await asyncio.sleep(wait)
            request, reply = again, None

    async def _messages(self, request: Request, reply: Reply | None) -> AsyncGenerator[Message, None]:
        """The messages of one HTTP response, up to the last word of the run. Raises if that does not come."""
        translator = self._translator
        if reply is None:
            reply = await Reply.to(self._server, request)
        try:
            async with aclosing(reply), aclosing(reply.messages()) as messages:
                async for message in messages:
                    yield message
                    if translator.over:
                        break
        except ProviderError:
            if not translator.ended:
                raise
        if translator.ended or translator.may_end:
            return
        if not translator.understood:
            raise MalformedStream(
                f"{self._server.where}: expected {self.protocol}, got {reply.quote()}. "
                f"What turnwise speaks with: {', '.join(SPEAKERS)}"
            )
        raise TruncatedStream(f"{self._server.where} stopped before it said that the run had ended")


async def _unseen(
    messages: AsyncGenerator[Message, None], seen: list[Message]
) -> AsyncGenerator[Message, None]:
    """Those messages that do not repeat ``seen`` from the start, and are put there."""
    repeated = iter([*seen])
    async with aclosing(messages):
        async for message in messages:
            before = next(repeated, None)
            if before is not None and before.data == message.data:
                continue
            repeated = iter(())
            seen.append(message)
            yield message


SPEAKERS = ("turnwise.AGUI", "AISDK", "Prism", "ADKServer", "TurnwiseSSE")
"""The classes for the protocols that turnwise speaks."""
