"""The providers' own clients as agents: the real SDKs against recorded bytes (`make frameworks`)."""

from __future__ import annotations

import asyncio
import inspect
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anthropic
import ollama
import openai
import pytest
from google import genai

from live import Conversation, run_in_kernel
from turnwise import ModelClient, TextDelta, adapter_for
from wire_server import Answer, WireServer, recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

KEY = "sk-very-secret-1234"


@dataclass(frozen=True)
class Provider:
    """How a client of the SDK is made for a server, and what a request of it holds."""

    source: str
    make: Callable[[str], Any]
    system: Callable[[dict[str, Any]], Any]
    said: Callable[[dict[str, Any]], list[tuple[str, str]]]
    reasoning: str | None = None
    """The scenario with reasoning."""
    blocks: bool = False
    """It blocks, and so runs in a thread."""


def _plain(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(m["role"], _text(m["content"])) for m in body["messages"] if m["role"] != "system"]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _gemini(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(c["role"], "".join(part["text"] for part in c["parts"])) for c in body["contents"]]


def _first(body: dict[str, Any]) -> Any:
    return body["messages"][0]["content"]


def _root(url: str) -> str:
    return url.removesuffix("/v1")


def _google(url: str) -> genai.Client:
    return genai.Client(api_key=KEY, http_options={"base_url": _root(url)})


PROVIDERS = {
    "openai": Provider(
        "wire-openai-chat",
        lambda url: openai.OpenAI(base_url=url, api_key=KEY, max_retries=0),
        _first,
        _plain,
        "C2_ds",
        blocks=True,
    ),
    "openai async": Provider(
        "wire-openai-chat",
        lambda url: openai.AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0),
        _first,
        _plain,
        "C2_ds",
    ),
    "anthropic": Provider(
        "wire-anthropic",
        lambda url: anthropic.Anthropic(base_url=_root(url), api_key=KEY, max_retries=0),
        lambda body: body["system"],
        _plain,
        "C2",
        blocks=True,
    ),
    "anthropic async": Provider(
        "wire-anthropic",
        lambda url: anthropic.AsyncAnthropic(base_url=_root(url), api_key=KEY, max_retries=0),
        lambda body: body["system"],
        _plain,
        "C2",
    ),
    "gemini": Provider(
        "wire-gemini",
        _google,
        lambda body: body["systemInstruction"]["parts"][0]["text"],
        _gemini,
        "C2",
    ),
    "ollama": Provider(
        "wire-ollama", lambda url: ollama.Client(host=_root(url)), _first, _plain, blocks=True
    ),
    "ollama async": Provider("wire-ollama", lambda url: ollama.AsyncClient(host=_root(url)), _first, _plain),
}
ALL = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)


@asynccontextmanager
async def converse(provider: Provider, server: WireServer, **settings: Any) -> AsyncIterator[Conversation]:
    client = provider.make(server.url)
    try:
        yield Conversation(ModelClient(client, model="m-1", **settings))
    finally:
        await close(client)


async def close(client: Any) -> None:
    """In each SDK's own way. Google's client is two."""
    if isinstance(client, genai.Client):
        await client.aio.aclose()
    closed = client.close()
    if inspect.isawaitable(closed):
        await closed


def answers(provider: Provider, name: str) -> list[Answer]:
    found = recorded(name, source=provider.source, crumb=64)
    if provider.source == "wire-ollama":  # its SDK stumbles over the recorder's blank line
        return [replace(answer, body=answer.body.rstrip() + b"\n") for answer in found]
    return found


def cut(answer: Answer) -> Answer:
    """Until its first text has come, and then silence."""
    end = b"\n\n" if b"data:" in answer.body else b"\n"
    at = answer.body.index(end, answer.body.index(b"It is ")) + len(end)
    return Answer(answer.body[:at], answer.status, answer.content_type, end="hang")


def last_of(provider: Provider) -> Answer:
    """An answer that is text and nothing else."""
    return answers(provider, "A")[-1]


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("turnwise")]


async def until_no_thread() -> None:
    """A thread ends by itself when its connection has; pytest's timeout ends it otherwise."""
    while threads():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


@ALL
async def test_recognised_and_described(provider: Provider) -> None:
    client = provider.make("http://localhost:1/v1")
    with pytest.raises(TypeError, match=r"does not say which model to ask.*ModelClient\(client, model="):
        adapter_for(client)
    ask = ModelClient(client, model="m-1", system="Be kind.", temperature=0, extra_headers={"k": KEY})
    adapter = adapter_for(ask)
    assert adapter.runs_on == ("own" if provider.blocks else "main")
    told = adapter.describe()
    assert (told.system, told.model, told.settings) == ("Be kind.", "m-1", {"temperature": 0})
    assert KEY not in repr(told) + repr(ask)
    other = adapter.changed(system="Be brief.", model="m-2", settings={"top_p": 1}).describe()
    assert (other.system, other.model, other.settings) == (
        "Be brief.",
        "m-2",
        {"temperature": 0, "top_p": 1},
    )
    with pytest.raises(TypeError, match=r"turnwise\.Agent"):
        adapter.changed(tools=[print])


def test_another_client_is_refused() -> None:
    with pytest.raises(TypeError, match="takes a client of openai, anthropic"):
        ModelClient(object(), model="m")
    with pytest.raises(TypeError, match="not the class OpenAI"):
        ModelClient(openai.OpenAI, model="m")


@ALL
async def test_an_answer_streams_and_the_next_prompt_has_it(provider: Provider) -> None:
    answer = last_of(provider)
    with WireServer([answer, answer]) as server:
        async with converse(provider, server, system="Be kind.") as chat:
            run = await chat.ask("Weather in Paris?")
            assert chat.sketch.startswith("run complete\n1 stop ")
            [turn] = run.turns
            assert turn.text == "It is 18C and sunny in Paris."
            assert turn.usage is not None
            assert turn.usage.output_tokens == 9
            assert turn.model == "m-1"
            assert sum(isinstance(event, TextDelta) for event in chat.events) > 1
            again = await chat.ask("And now?")
            assert again.status == "complete"
            first, second = (request.body for request in server.requests)
            assert provider.system(first) == "Be kind."
            assert provider.said(first) == [("user", "Weather in Paris?")]
            assert [said for _, said in provider.said(second)] == [
                "Weather in Paris?",
                "It is 18C and sunny in Paris.",
                "And now?",
            ]
    await until_no_thread()


@ALL
async def test_a_call_stays_unanswered_and_does_not_poison_the_chat(provider: Provider) -> None:
    first, last = answers(provider, "A")
    with WireServer([first, last]) as server:
        async with converse(provider, server) as chat:
            run = await chat.ask("Weather in Paris?")
            [turn] = run.turns
            [tool] = turn.tools
            assert (run.status, turn.finish_reason) == ("complete", "tool_calls")
            assert (tool.name, tool.arguments, tool.state) == ("get_weather", {"city": "Paris"}, "unanswered")
            assert (await chat.ask("Go on.")).final_text == "It is 18C and sunny in Paris."


@pytest.mark.parametrize("name", [name for name, provider in PROVIDERS.items() if provider.reasoning])
async def test_reasoning_comes_and_goes_back(name: str) -> None:
    provider = PROVIDERS[name]
    with WireServer(answers(provider, provider.reasoning or "")) as server:
        async with converse(provider, server) as chat:
            run = await chat.ask("Weather in Paris?")
            assert run.turns[0].reasoning == "I need weather."
            assert (await chat.ask("Go on.")).turns[0].reasoning == "Got it."


@ALL
async def test_stopped_the_connection_is_closed_and_the_next_prompt_has_what_was_read(
    provider: Provider,
) -> None:
    answer = last_of(provider)
    with WireServer([cut(answer), answer]) as server:
        async with converse(provider, server) as chat:
            stop = asyncio.Event()
            asked = asyncio.create_task(chat.ask("Weather in Paris?", stop))
            while not any(isinstance(event, TextDelta) for event in chat.events):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            stop.set()
            run = await asked
            assert run.status == "cancelled"
            assert run.final_text.startswith("It is ")
            if provider.make is not PROVIDERS["ollama"].make:  # its SDK gives nobody the connection
                assert await asyncio.to_thread(server.hung_up.wait, 20)
                await until_no_thread()
            after = await chat.ask("Go on.")
            assert (after.status, after.final_text) == ("complete", "It is 18C and sunny in Paris.")
            assert run.final_text.strip() in [
                said.strip() for _, said in provider.said(server.requests[1].body)
            ]
    await until_no_thread()


FAILURES = {
    "at once": ("K2", "error", ""),
    "connection lost in the middle": ("K3", "truncated", "Half a sentence and "),
}


@ALL
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_b19_an_error_comes_once_and_the_next_prompt_works(
    provider: Provider, failure: tuple[str, str, str]
) -> None:
    scenario, status, text = failure
    if provider.source == "wire-openai-chat" and scenario == "K2":
        scenario = "K1"
    broken = recorded(scenario, source=provider.source)[:1]
    with WireServer([*broken, last_of(provider)]) as server:
        async with converse(provider, server) as chat:
            run = await chat.ask("hello")
            assert run.status == status
            assert run.error is not None
            assert KEY not in f"{run.error.message} {run.error.detail}"
            assert run.final_text == text
            assert run.notices == []
            after = await chat.ask("again")
            assert (after.status, after.final_text) == ("complete", "It is 18C and sunny in Paris.")


SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "openai": (
        {"temperature": 0, "stream_options": None},
        {"temperature": 0, "model": "m-1", "stream": True},
    ),
    "anthropic": ({"max_tokens": 7, "stop_sequences": ["."]}, {"max_tokens": 7, "stop_sequences": ["."]}),
    "gemini": ({"temperature": 0}, {"generationConfig": {"temperature": 0}}),
    "ollama": (
        {"options": {"temperature": 0}, "think": True},
        {"options": {"temperature": 0}, "think": True},
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
async def test_settings_go_into_the_request(name: str) -> None:
    settings, sent = SETTINGS[name]
    provider = PROVIDERS[name]
    with WireServer([last_of(provider)]) as server:
        async with converse(provider, server, **settings) as chat:
            await chat.ask("hello")
            body = server.requests[0].body
            assert {key: body[key] for key in sent} == sent
            assert "stream_options" not in body


def test_in_a_notebook_kernel() -> None:
    provider = PROVIDERS["openai"]
    with WireServer(answers(provider, "A")[-1:]) as server:
        printed = run_in_kernel(
            f"""
            from openai import OpenAI
            from turnwise import AgentChat, ModelClient

            chat = AgentChat(ModelClient(OpenAI(base_url={server.url!r}, api_key="k"), model="m"))
            chat
            """,
            "run = await chat.send('Weather?')",
            "print(run.status, run.final_text)",
        )
    assert printed == "complete It is 18C and sunny in Paris.\n"
