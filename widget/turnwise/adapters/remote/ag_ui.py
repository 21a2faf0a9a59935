"""Servers of the Agent User Interaction Protocol (AG-UI)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .ag_ui_client import Client
from .base import Remote
from .server import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...events import ApprovalResponse, Event
    from ...transcript import Transcript
    from .ag_ui_translate import AGUITranslator
    from .server import Message


class AGUI(Remote):
    """An agent behind an AG-UI endpoint: ``AgentChat(AGUI("https://example.org/agent"))``.

    Messages and state are kept as the protocol's own client keeps them, and sent with every prompt. What interrupts a
    run is a question to a person, and the answer resumes it in the same run; edited arguments go where the server
    says that it takes them. The protocol has no way to take up a reply that broke off, unless the server gives its
    events ids.

    Args:
        url: The address of the agent.
        thread_id: The conversation to go on with, for servers that remember it; a new one if not given.
        state: The state that the first run begins with.
        forwarded_props: Handed to the agent as they are.
        options: ``headers``, ``auth``, ``timeout``, ``client``: as for ``Remote``.
    """

    protocol: ClassVar[str] = "AG-UI"

    def __init__(
        self,
        url: str,
        *,
        thread_id: str | None = None,
        state: Any = None,
        forwarded_props: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self._client = Client(thread_id, state, forwarded_props)
        super().__init__(url, **options)

    @classmethod
    def speaks(cls, headers: Mapping[str, str], message: Message | None) -> bool:
        """By the first event, which begins or fails a run."""
        del headers
        item = None if message is None else message.item
        return item is not None and item.get("type") in ("RUN_STARTED", "RUN_ERROR")

    def _translate(self) -> AGUITranslator:
        return self._client.translator()

    async def _ask(self, prompt: str, history: Transcript) -> Request:
        return Request(self._client.ask(prompt, history))

    async def _answer(self, questions: Mapping[str, Any], answers: Mapping[str, ApprovalResponse]) -> Request:
        return Request(self._client.answer(questions, answers))

    def _read(self, message: Message) -> list[Event]:
        item = message.item
        if item is not None:
            self._client.hear(item)
        return super()._read(message)
