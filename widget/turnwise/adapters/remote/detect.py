"""Which protocol a URL speaks: found out with the first prompt, which no server is sent twice.

First what can be known without a prompt: an ADK server lists its apps. Then one request whose body holds the prompt in
the shape of each protocol that is one route; its answer says by header, or by its first event, which protocol it is.
A server that checks bodies refuses one that is not quite its own (400, 415, 422), and has not taken the prompt then:
it is asked again in the one shape and the other. Knows the protocols beside it.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...agent.errors import MalformedStream, ProviderError, RequestRefused, TruncatedStream
from ..base import Adapter
from ..description import Description
from ..native import all_fixed
from .adk import ADKServer
from .ag_ui import AGUI
from .ai_sdk import AISDK
from .base import SPEAKERS
from .prism import Prism
from .server import Reply, Request, Server
from .turnwise_sse import TurnwiseSSE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ...agent.providers.untyped import Object
    from ...events import Event
    from ...transcript import Transcript
    from .base import Remote

_REFUSALS = (400, 415, 422)
"""Statuses by which a server says that it has not understood, and so not taken, a request."""

_NOT_HERE = (404, 405, 406, 501)
"""Statuses by which it says that nothing of the kind is at this address."""

_PROBE = 10.0
"""Seconds for what is asked before the prompt: some servers answer anything with a stream that does not end."""


class UnknownProtocol(ProviderError):  # noqa: N818  # says what happened, as its base asks for
    """Nothing that turnwise speaks is at the URL."""


class AtURL(Adapter):
    """An agent of which only the address is known; the first prompt finds out what it speaks."""

    runs_on: ClassVar[Literal["main", "own"]] = "own"

    def __init__(self, url: str) -> None:
        self._url = url
        self._server = Server(url)
        self._agent: Remote | None = None
        self.name = self._server.host

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._server.where!r})" if self._agent is None else repr(self._agent)

    def describe(self) -> Description:
        """That of the protocol, once it is known."""
        if self._agent is not None:
            return self._agent.describe()
        why = f"what {self._server.host} speaks is found out with the first prompt"
        return Description(name=self.name, fixed=all_fixed(why))

    async def stream(self, prompt: str, history: Transcript) -> AsyncGenerator[Event, None]:
        """As the protocol's own adapter does it. Raises ``UnknownProtocol`` if there is none."""
        if self._agent is None:
            agent, request, reply = await self._find(prompt, history)
            agent.approvals = self.approvals
            self._agent, self.name = agent, agent.name
            events = agent.converse(request, reply)
        else:
            events = self._agent.stream(prompt, history)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _find(self, prompt: str, history: Transcript) -> tuple[Remote, Request, Reply | None]:
        """The protocol's adapter, the request that began the run, and the answer to it if it was made."""
        adk = ADKServer(self._url)
        try:
            await asyncio.wait_for(adk.apps(), _PROBE)
        except (RequestRefused, MalformedStream, TruncatedStream, asyncio.TimeoutError) as error:
            if getattr(error, "status", None) in (401, 403):
                raise
        else:
            return adk, await adk.begin(prompt, history), None
        speakers: list[Remote] = [AISDK(self._url), AGUI(self._url), TurnwiseSSE(self._url), Prism(self._url)]
        bodies = {speaker: (await speaker.begin(prompt, history)).body or {} for speaker in speakers}
        tried = [f"GET {self._server.where}/list-apps (no ADK server)"]
        for shape, body in _shapes(bodies):
            try:
                reply = await Reply.to(self._server, Request(body))
            except RequestRefused as error:
                if error.status not in (*_REFUSALS, *_NOT_HERE):
                    raise
                tried.append(f"POST in the shape of {shape}: {error}")
                if error.status in _NOT_HERE:
                    break
                continue
            first = await reply.first()
            for speaker in speakers:
                if speaker.speaks(reply.headers, first):
                    return speaker, Request(bodies[speaker]), reply
            kind = reply.headers.get("content-type", "no content type")
            tried.append(f"POST in the shape of {shape}: took it, and answered {reply.quote()} ({kind})")
            await reply.aclose()
            break
        lines = "\n  ".join(tried)
        raise UnknownProtocol(
            f"{self._server.where} speaks nothing that turnwise knows, or not at this address. Tried:\n  {lines}\n"
            f"If you know what it speaks, say so: {', '.join(SPEAKERS)}"
        )


def _shapes(bodies: dict[Remote, Object]) -> list[tuple[str, Object]]:
    """The bodies to try, from the one that suits most servers."""
    by_name: dict[str, Object] = {speaker.protocol: body for speaker, body in bodies.items()}
    ai_sdk, ag_ui = by_name[AISDK.protocol], by_name[AGUI.protocol]
    out: list[tuple[str, Object]] = []
    if len(ai_sdk["messages"]) == len(ag_ui["messages"]) == 1:
        every: dict[str, Any] = {}
        for body in reversed(by_name.values()):
            every |= body
        every["messages"] = [{**ai_sdk["messages"][0], **ag_ui["messages"][0]}]
        out.append(("all protocols", every))
    return [*out, (AISDK.protocol, ai_sdk), (AGUI.protocol, ag_ui)]
