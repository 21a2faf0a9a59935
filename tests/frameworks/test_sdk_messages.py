"""B20 exports against the providers' own SDKs, in an environment of their own (`make frameworks`).

Their types say what a message may hold, and their clients what becomes of it on the way: both take the exports as
they are, of named conversations and of any that hypothesis finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types import ContentBlock, MessageParam
from google import genai
from google.genai import types as gemini
from hypothesis import given
from openai.types.chat import ChatCompletionMessage, ChatCompletionMessageParam
from openai.types.responses import ResponseInputItemParam, ResponseOutputItem
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from conversations import NAMED, transcripts
from turnwise import Transcript
from turnwise.export import import_messages, messages, openai_chat
from wire_server import Answer, WireServer

# No SDK takes a field that it does not know: what a server would refuse is an error here.
_STRICT = ConfigDict(extra="forbid")
TYPES: dict[str, Any] = {
    "openai": TypeAdapter(list[ChatCompletionMessageParam], config=_STRICT),
    "openai-responses": TypeAdapter(list[ResponseInputItemParam], config=_STRICT),
    "anthropic": TypeAdapter(list[MessageParam], config=_STRICT),
    "gemini": TypeAdapter(list[gemini.Content]),  # forbids by itself
}
formats = pytest.mark.parametrize("name", TYPES)


def check(name: str, sent: list[dict[str, Any]]) -> None:
    exhausted(TYPES[name].validate_python(sent))


def exhausted(value: Any) -> None:
    """Pydantic checks an ``Iterable`` when it is read."""
    if isinstance(value, Mapping):
        exhausted(value.values())
    elif isinstance(value, Iterable) and not isinstance(value, (str, bytes, BaseModel)):
        for item in value:
            exhausted(item)


@formats
@pytest.mark.parametrize("talk", NAMED)
def test_named_conversations_are_of_the_sdks_types(name: str, talk: str) -> None:
    check(name, messages(NAMED[talk], name))
    check(name, messages(NAMED[talk], name, unanswered="omit"))


@formats
@given(transcript=transcripts(ended=False))
def test_any_conversation_is_of_the_sdks_types(name: str, transcript: Transcript) -> None:
    check(name, messages(transcript, name))


WRONG: dict[str, dict[str, Any]] = {
    "openai": {
        "role": "assistant",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f"}}],
    },
    "openai-responses": {"type": "function_call", "name": "f", "arguments": "{}"},
    "anthropic": {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f"}]},
    "gemini": {"role": "user", "parts": [{"text": "a", "txt": "b"}]},
}


@formats
def test_the_check_would_see_a_wrong_message(name: str) -> None:
    with pytest.raises(ValidationError):
        check(name, [WRONG[name]])
    with pytest.raises(ValidationError):
        check(name, [{**messages(NAMED["approvals"], name)[0], "surplus": 1}])


# ── through the clients ─────────────────────────────────────────────────────────────────────────────────────────


def _openai(url: str, sent: Any) -> None:
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    client.chat.completions.create(model="m", messages=sent)


def _openai_responses(url: str, sent: Any) -> None:
    openai.OpenAI(base_url=url, api_key="none", max_retries=0).responses.create(model="m", input=sent)


def _anthropic(url: str, sent: Any) -> None:
    client = anthropic.Anthropic(base_url=url, api_key="none", max_retries=0)
    client.messages.create(model="m", max_tokens=1, messages=sent)


def _gemini(url: str, sent: Any) -> None:
    client = genai.Client(api_key="none", http_options={"base_url": url})
    client.models.generate_content(model="m", contents=sent)


CLIENTS: dict[str, tuple[Callable[[str, Any], None], str]] = {
    "openai": (_openai, "messages"),
    "openai-responses": (_openai_responses, "input"),
    "anthropic": (_anthropic, "messages"),
    "gemini": (_gemini, "contents"),
}
REFUSAL = Answer(b'{"error": {"message": "seen enough"}}', status=400, content_type="application/json")


@formats
@pytest.mark.parametrize("talk", NAMED)
def test_the_client_sends_what_was_exported(name: str, talk: str) -> None:
    call, field = CLIENTS[name]
    sent = messages(NAMED[talk], name)
    with WireServer([REFUSAL]) as server, pytest.raises(Exception, match="seen enough"):
        call(server.url, sent)
    received = server.requests[0].body[field]
    if name == "gemini":  # whose client spells some names as Python does, which the API takes, too
        assert [gemini.Content.model_validate(c) for c in received] == [
            gemini.Content.model_validate(c) for c in sent
        ]
    else:
        assert received == sent


# ── the SDKs' own objects, as people append them to their messages ──────────────────────────────────────────────


@pytest.mark.parametrize("talk", NAMED)
def test_objects_of_gemini_are_read(talk: str) -> None:
    sent = messages(NAMED[talk], "gemini")
    objects = [gemini.Content.model_validate(content) for content in sent]
    assert messages(import_messages(objects, "gemini"), "gemini") == sent


@pytest.mark.parametrize("talk", NAMED)
def test_objects_of_anthropic_are_read(talk: str) -> None:
    sent = messages(NAMED[talk], "anthropic")
    blocks = TypeAdapter(list[ContentBlock])
    kept: list[Any] = [
        {**message, "content": blocks.validate_python(message["content"])}
        if message["role"] == "assistant"
        else message
        for message in sent
    ]
    assert messages(import_messages(kept, "anthropic"), "anthropic") == sent


@pytest.mark.parametrize("talk", NAMED)
def test_objects_of_openai_are_read(talk: str) -> None:
    sent = messages(NAMED[talk], "openai")
    kept = [ChatCompletionMessage.model_validate(m) if m["role"] == "assistant" else m for m in sent]
    assert messages(import_messages(kept), "openai") == sent


def test_items_of_a_response_are_read() -> None:
    sent = messages(NAMED["reasoning of every provider"], "openai-responses")
    items: Any = TypeAdapter(ResponseOutputItem)
    own = {"reasoning", "function_call"}
    kept = [items.validate_python(i) if i.get("type") in own or "id" in i else i for i in sent]
    assert messages(import_messages(kept, "openai-responses"), "openai-responses") == sent


def test_fields_for_other_servers_pass_the_client() -> None:
    """OpenAI's own types do not know them, its client lets them through."""
    extra = ["reasoning_content", "reasoning_details", "extra_content"]
    sent = openai_chat.messages(NAMED["reasoning of every provider"], extra=extra)
    assert any("reasoning_content" in message for message in sent)
    with WireServer([REFUSAL]) as server, pytest.raises(openai.BadRequestError):
        _openai(server.url, sent)
    assert server.requests[0].body["messages"] == sent
