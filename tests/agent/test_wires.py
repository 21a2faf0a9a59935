"""Recorded conversations over a real socket: what the conformance suite hears of them, whole and in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recorded import RECORDINGS, is_recording, stem
from sketch import assemble, sketch
from turnwise import ModelRequest, Transcript
from turnwise.agent.providers import anthropic, gemini, ollama, openai_chat, openai_responses
from wire_server import WireServer, recorded
from wires import offline, run

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Played
    from turnwise.agent.providers.wire import WireProvider

WIRES: dict[str, type[WireProvider]] = {
    "wire-anthropic": anthropic.Anthropic,
    "wire-gemini": gemini.Gemini,
    "wire-ollama": ollama.Ollama,
    "wire-openai-chat": openai_chat.OpenAIChat,
    "wire-openai-responses": openai_responses.OpenAIResponses,
}
CASES = [
    pytest.param(folder, path, id=f"{folder}-{stem(path)}")
    for folder in WIRES
    for path in sorted((RECORDINGS / folder).iterdir())
    if is_recording(path)
]


def shown(played: Played, server: str) -> str:
    text = sketch(Transcript(assemble(played.events, status=played.status, error=played.error)))
    return text.replace(server, "http://server")


@pytest.mark.parametrize(("folder", "path"), CASES)
def test_a_socket_changes_nothing(folder: str, path: Path) -> None:
    provider, name = WIRES[folder], stem(path)
    whole = recorded(name, source=folder)
    fake = run(provider("model", base_url="http://server", transport=offline(whole), attempts=1))
    with WireServer(recorded(name, crumb=7, source=folder)) as server:
        url = server.url.removesuffix("/v1")
        real = run(provider("model", base_url=url, attempts=1))
        requests = server.requests
    assert shown(real, url) == shown(fake, "http://server")
    assert len(requests) == len(recorded(name, source=folder)), "each reply was asked for, and none twice"


NAMES = {
    "messages": ("messages", "input", "contents"),
    "system": ("system", "instructions", "systemInstruction"),
}


@pytest.mark.parametrize("folder", WIRES)
def test_what_is_told_of_a_request_is_its_body(folder: str) -> None:
    """Field by field: nothing of it is left out, and nothing is told that was not sent."""
    name = next(stem(path) for path in sorted((RECORDINGS / folder).iterdir()) if is_recording(path))
    with WireServer(recorded(name, source=folder)) as server:
        played = run(WIRES[folder]("model", base_url=server.url.removesuffix("/v1"), attempts=1))
    told = [event for event in played.events if isinstance(event, ModelRequest)]
    assert len(told) == len(server.requests) > 0
    for event, request in zip(told, server.requests, strict=True):
        body = dict(request.body)
        assert [body.pop(name) for name in NAMES["messages"] if name in body] == [event.messages]
        assert next((body.pop(name) for name in NAMES["system"] if name in body), None) == event.system
        assert body.pop("tools") == event.tools
        assert body.pop("model", "model") == event.model
        assert body == event.settings
        assert event.exact
