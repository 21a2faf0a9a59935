"""Where a run waits for a person's word on its tool calls.

An adapter that meets a question of its framework yields an ``ApprovalRequest`` and then waits here::

    yield ApprovalRequest("Send it?", call_id=call.id, editable=True)
    answer = await self.approvals.wait(call.id)
    if answer.decision == "approved":
        ...

Whoever shows the conversation calls ``answer``, from any thread, and says it to the assembler too: adapters do not
yield the ``ApprovalResponse``. Knows ``events``.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Iterable

    from ..events import ApprovalResponse


class Approvals:
    """The answers of one conversation, by call id. An answer may come before anybody waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, ApprovalResponse] = {}
        self._waiting: dict[str, list[tuple[AbstractEventLoop, Future[ApprovalResponse]]]] = {}
        """By call id, in the order in which they were asked: some sources use an id for several calls."""

    def answer(self, response: ApprovalResponse, place: int = 0) -> None:
        """Hand over what a person said. ``response.call_id`` says to what; the first answer to a question counts.

        ``place``: which of the open questions with this id is meant, from 0 for the oldest.
        """
        call_id = response.call_id
        if call_id is None:
            raise ValueError("an answer needs the id of the call that was asked about")
        with self._lock:
            waiting = self._waiting.get(call_id, [])
            if place >= len(waiting):
                self._answers.setdefault(call_id, response)
                return
            loop, future = waiting.pop(place)
        loop.call_soon_threadsafe(_settle, future, response)

    async def wait(self, call_id: str) -> ApprovalResponse:
        """The answer to the question about this call. Cancelling the wait takes the question back."""
        loop = asyncio.get_running_loop()
        with self._lock:
            early = self._answers.pop(call_id, None)
            if early is not None:
                return early
            future: Future[ApprovalResponse] = loop.create_future()
            question = (loop, future)
            self._waiting.setdefault(call_id, []).append(question)
        try:
            return await future
        finally:
            with self._lock:
                waiting = self._waiting.get(call_id, [])
                if question in waiting:
                    waiting.remove(question)
                if not waiting:
                    self._waiting.pop(call_id, None)

    async def wait_all(self, call_ids: Iterable[str]) -> dict[str, ApprovalResponse]:
        """The answers to several questions, by call id, when the last has come."""
        ids = list(call_ids)
        answers = await asyncio.gather(*(self.wait(call_id) for call_id in ids))
        return dict(zip(ids, answers, strict=True))

    def clear(self) -> None:
        """Forget what nobody waits for: a new run begins."""
        with self._lock:
            self._answers.clear()


def _settle(future: Future[ApprovalResponse], response: ApprovalResponse) -> None:
    if not future.done():
        future.set_result(response)
