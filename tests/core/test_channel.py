"""What pages are told: frames in order, and the word that a page needs."""

from __future__ import annotations

import threading
from typing import Any

from turnwise import Transcript
from turnwise.channel import Channel
from turnwise.ops import AddRun


def test_what_waits_goes_ahead_of_an_answer_and_is_no_reason_to_send_everything() -> None:
    told: list[dict[str, Any]] = []
    channel = Channel(lambda message, _: told.append(message), threading.RLock(), seq=0, reminders=())
    transcript = Transcript()

    def said(number: int) -> list[AddRun]:
        ops = [AddRun(run=str(number), number=number, prompt="x", client_id=None, time=0.0)]
        transcript.extend(ops)
        return ops

    with channel._lock:
        channel.add(said(1))
        channel._outbox.add(said(2), 0.0)
        channel.answer(1, transcript)
        channel._outbox.add(said(3), 0.0)
        channel.answer(1, transcript)
    assert [(message["kind"], message["seq"], len(message["ops"])) for message in told] == [
        ("frame", 1, 1),
        ("frame", 2, 1),
        ("frame", 2, 0),
        ("frame", 3, 1),
        ("snapshot", 3, 3),
    ]
