"""Records what frameworks say to the scripts, for the conformance suite, in the environment of the framework:

    PYTHONPATH=widget:tests python tests/frameworks/record.py agno A2 D …

A scenario's recording is ``tests/recordings/<framework>/<scenario>.jsonl``: a line for each native item, and of the
type ``_meta`` what was done to the run. Existing recordings are overwritten; look at what ``transcripts.txt`` makes of
them.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from recorded import SCRIPTS
from scripted_chat import answers
from wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

RECORDINGS = Path(__file__).parents[1] / "recordings"
ENOUGH = "word5 "
"""What a person has read when they stop the run in the middle of its text (G)."""


class Recorder:
    """The lines of one recording."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.meta("start")

    def meta(self, kind: str, **fields: Any) -> None:
        self._add(type="_meta", kind=kind, **{name: plain(value) for name, value in fields.items()})

    def item(self, event: Any, said: Any = None) -> None:
        """A native item; ``said`` is its JSON, if the framework has one of its own."""
        self.wire(qualified(type(event)), plain(event) if said is None else said)

    def wire(self, kind: str, said: Any) -> None:
        """JSON as it came."""
        self._add(type=kind, event=said)

    def has(self, words: str) -> bool:
        """Whether they have been said."""
        return words in json.dumps(self.lines)

    def _add(self, **fields: Any) -> None:
        self.lines.append({"i": len(self.lines), **fields})


def qualified(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def plain(value: Any) -> Any:
    """JSON of a native object, field by field, with the names of its classes; copied, for some change later on."""
    match value:
        case Enum():
            return {"__enum__": f"{qualified(type(value))}.{value.name}", "value": value.value}
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return {"__bytes__": base64.b64encode(value).decode()}
        case datetime():
            return str(value)
        case BaseException():
            mro = [qualified(cls) for cls in type(value).__mro__]
            return {"__type__": qualified(type(value)), "str": str(value), "mro": mro}
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case _:
            return {
                "__type__": qualified(type(value)),
                **{name: plain(v) for name, v in _fields(value).items()},
            }


def _fields(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if (names := getattr(type(value), "model_fields", None)) is not None:
        extra: dict[str, Any] = getattr(value, "model_extra", None) or {}
        return {name: getattr(value, name) for name in names} | ({"__extra__": extra} if extra else {})
    return {}


# The tools of the scripts.


def get_weather(city: str) -> dict[str, Any]:
    """The weather in a city."""
    return {"city": city, "temp_c": 18}


def get_time(tz: str) -> str:
    """The time in a zone."""
    return f"09:00 in {tz}"


def explode(why: str) -> str:
    """Always fails."""
    raise ValueError(f"boom: {why}")


here: asyncio.Event
"""The tool that takes for ever is under way."""


async def slow_tool(seconds: int) -> str:
    """Takes for ever."""
    here.set()
    await asyncio.Event().wait()
    return f"slept {seconds}"


def delete_file(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


TOOLS = [get_weather, get_time, explode, slow_tool]


# The frameworks.


async def agno(url: str, scenario: str, to: Recorder) -> None:
    from agno.agent import Agent
    from agno.db.in_memory import InMemoryDb
    from agno.models.openai import OpenAIChat
    from agno.tools import tool

    model = OpenAIChat(id="gpt-fake", base_url=url, api_key="none", max_retries=0)
    asks = tool(requires_confirmation=True)(delete_file)
    it = Agent(name="weather_agent", model=model, tools=[*TOOLS, asks], telemetry=False, db=InMemoryDb())
    how: dict[str, Any] = {"stream": True, "stream_events": True}
    paused: Any = None

    async def run(items: Any) -> None:
        nonlocal paused
        async for item in items:
            to.item(item)
            if type(item).__name__ == "RunPausedEvent":
                paused = item

    await stopped(run(it.arun("weather?", **how)), scenario, to)
    if paused is not None:
        for each in paused.requirements:
            each.confirm()
        to.meta("requirements", r=paused.requirements)
        await run(it.acontinue_run(run_id=paused.run_id, requirements=paused.requirements, **how))


async def autogen(url: str, scenario: str, to: Recorder) -> None:
    from autogen_agentchat.agents import AssistantAgent
    from autogen_core import CancellationToken
    from autogen_core.models import ModelInfo
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    info = ModelInfo(
        vision=False, function_calling=True, json_output=True, structured_output=True, family="unknown"
    )
    client = OpenAIChatCompletionClient(
        model="gpt-fake",
        base_url=url,
        api_key="none",
        model_info=info,
        max_retries=0,
        stream_options={"include_usage": True},
    )
    it = AssistantAgent("weather_agent", client, tools=TOOLS, model_client_stream=True, max_tool_iterations=5)
    prompts = ["weather?"] if scenario != "M" else ["hi", "and?"]
    for number, prompt in enumerate(prompts):
        if number:
            to.meta("second")
        token = CancellationToken()

        async def run(prompt: str = prompt, token: Any = token) -> None:
            async for item in it.run_stream(task=prompt, cancellation_token=token):
                to.item(item)

        await stopped(run(), scenario, to, by=("token.cancel()", token.cancel))


async def llama_index(url: str, scenario: str, to: Recorder) -> None:
    from llama_index.core.agent.workflow import FunctionAgent
    from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
    from llama_index.llms.openai_like import OpenAILike

    llm = OpenAILike(
        model="gpt-fake",
        api_base=url,
        api_key="none",
        max_retries=0,
        is_chat_model=True,
        is_function_calling_model=True,
        additional_kwargs={"stream_options": {"include_usage": True}},
    )

    async def delete_file(ctx: Context, path: str) -> str:
        """Delete a file."""
        await ctx.wait_for_event(
            HumanResponseEvent, waiter_id=path, waiter_event=InputRequiredEvent(prefix=f"Delete {path}?")
        )
        return f"deleted {path}"

    delete_file.__annotations__["ctx"] = Context  # which is no name of this module
    it = FunctionAgent(name="weather_agent", tools=[*TOOLS, delete_file], llm=llm, timeout=30)
    context = Context(it)
    for number, prompt in enumerate(["weather?"] if scenario != "M" else ["hi", "and?"]):
        if number:
            to.meta("second")
        handler = it.run(prompt, ctx=context)
        waiting = asyncio.create_task(here.wait())

        async def read(handler: Any = handler) -> None:
            async for item in handler.stream_events():
                to.item(item)
                if isinstance(item, InputRequiredEvent):
                    handler.ctx.send_event(HumanResponseEvent(response="yes"))

        reading = asyncio.create_task(read())
        await asyncio.wait([reading, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            to.meta("cancel_run")
            await handler.cancel_run()
        await reading
        waiting.cancel()
        try:
            to.meta("result", r=str(await handler))
        except Exception as error:  # noqa: BLE001  # it is recorded
            to.meta("exception on await handler", exc=error)


async def agent_framework(url: str, scenario: str, to: Recorder) -> None:
    from agent_framework import Agent
    from agent_framework.openai import OpenAIChatCompletionClient

    client = OpenAIChatCompletionClient(model="gpt-fake", base_url=url, api_key="none")
    client.client.max_retries = 0
    it = Agent(client, name="weather_agent", tools=TOOLS)
    run = it.run("weather?", stream=True, session=it.create_session())
    try:
        async for update in run:
            to.item(update, update.to_dict())
    except Exception as error:  # noqa: BLE001  # it is recorded
        to.meta("exception", exc=error)


async def langgraph(url: str, scenario: str, to: Recorder) -> None:
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI
    from langgraph.checkpoint.memory import InMemorySaver

    model = ChatOpenAI(model="gpt-fake", base_url=url, api_key="none", max_retries=0, stream_usage=True)
    it = create_agent(model, TOOLS, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    for number, prompt in enumerate(["weather?"] if scenario != "M" else ["hi", "and?"]):
        if number:
            to.meta("second")
        given: Any = {"messages": [{"role": "user", "content": prompt}]}
        async for item in it.astream(given, config, stream_mode=["messages", "updates", "custom"]):
            to.item(item)


async def openai_agents(url: str, scenario: str, to: Recorder) -> None:
    from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
    from openai import AsyncOpenAI

    set_tracing_disabled(True)
    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    it = Agent(
        name="weather_agent",
        tools=[function_tool(each) for each in TOOLS],
        model=OpenAIChatCompletionsModel("gpt-fake", client),
    )
    given: Any = []
    for number, prompt in enumerate(["weather?"] if scenario != "M" else ["hi", "and?"]):
        if number:
            to.meta("second")
        result = Runner.run_streamed(it, [*given, {"role": "user", "content": prompt}])
        try:
            async for event in result.stream_events():
                said = {name: plain(value) for name, value in vars(event).items()}
                for name in ("new_agent", "agent"):
                    if name in said:
                        said[name] = getattr(event, name).name
                if "item" in said:
                    fields = {"agent": it.name, "raw_item": event.item.raw_item, "type": event.item.type}
                    output: Any = getattr(event.item, "output", None)
                    said["item"] = {
                        "__type__": qualified(type(event.item)),
                        **plain(fields),
                        "output": plain(output),
                    }
                to.item(event, said)
            to.meta("result", final_output=result.final_output)
        except Exception as error:  # noqa: BLE001  # it is recorded
            to.meta("exception", exc=error)
        given = result.to_input_list()


async def strands(url: str, scenario: str, to: Recorder) -> None:
    from strands import Agent, tool
    from strands.models.openai import OpenAIModel

    model = OpenAIModel(
        client_args={"base_url": url, "api_key": "none", "max_retries": 0}, model_id="gpt-fake"
    )
    it = Agent(model, tools=[tool(each) for each in TOOLS], callback_handler=None)
    try:
        async for item in it.stream_async("weather?"):
            to.item(item)
    except Exception as error:  # noqa: BLE001  # it is recorded
        to.meta("exception", exc=error)


async def smolagents(url: str, scenario: str, to: Recorder) -> None:
    from smolagents import LogLevel, OpenAIModel, ToolCallingAgent, tool

    @tool
    def get_weather(city: str) -> dict:
        """The weather in a city.

        Args:
            city: The city.
        """
        return {"city": city, "temp_c": 18}

    @tool
    def get_time(tz: str) -> str:
        """The time in a zone.

        Args:
            tz: The zone.
        """
        return f"09:00 in {tz}"

    model = OpenAIModel(
        "gpt-fake", api_base=url, api_key="none", client_kwargs={"max_retries": 0}, retry=False
    )
    it = ToolCallingAgent(
        tools=[get_weather, get_time], model=model, stream_outputs=True, verbosity_level=LogLevel.OFF
    )
    try:
        for item in it.run("weather?", stream=True):
            to.item(item)
    except Exception as error:  # noqa: BLE001  # it is recorded
        to.meta("exception", exc=error)


async def pydantic_ai(url: str, scenario: str, to: Recorder) -> None:
    try:
        async with pydantic_agent(url).run_stream_events("weather?") as events:
            async for event in events:
                ended = event.event_kind == "agent_run_result"
                to.item(event, pydantic_result(event.result) if ended else None)
    except Exception as error:  # noqa: BLE001  # it is recorded
        to.meta("exception", exc=error)


def pydantic_result(result: Any) -> Any:
    said = {"output": result.output, "usage": result.usage, "new_messages": result.new_messages()}
    return {"event_kind": "agent_run_result", **plain(said)}


def pydantic_agent(url: str) -> Any:
    from openai import AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    model = OpenAIChatModel("gpt-fake", provider=OpenAIProvider(openai_client=client))
    return Agent(model, name="weather_agent", tools=TOOLS)


async def google_adk(url: str, scenario: str, to: Recorder) -> None:
    from google.adk.agents.run_config import RunConfig, StreamingMode
    from google.adk.runners import InMemoryRunner
    from google.genai import types
    from scripted_adk import agent

    runner = InMemoryRunner(agent(scenario), app_name="recorded")
    session = await runner.session_service.create_session(app_name="recorded", user_id="u")
    prompt = types.Content(role="user", parts=[types.Part(text="weather?")])
    config = RunConfig(streaming_mode=StreamingMode.SSE)
    async for event in runner.run_async(
        user_id="u", session_id=session.id, new_message=prompt, run_config=config
    ):
        to.item(event)


async def clients(url: str, scenario: str, to: Recorder) -> None:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        for number in range(1, len(SCRIPTS[scenario]) + 1):
            to.meta("request", n=number)
            messages: Any = [{"role": "user", "content": "weather?"}]
            stream = await client.chat.completions.create(model="gpt-fake", messages=messages, stream=True)
            async for chunk in stream:
                to.item(chunk)
                if scenario == "G" and to.has(ENOUGH):
                    to.meta("close")
                    await stream.close()
                    break


async def stopped(run: Any, scenario: str, to: Recorder, by: tuple[str, Any] | None = None) -> None:
    """``run`` to its end, or until a tool that takes for ever (G2) or enough text (G) is under way."""
    task = asyncio.create_task(run)
    waiting = asyncio.create_task(reached(scenario, to))
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not task.done():
        kind, cancel = by or ("task.cancel()", lambda: None)
        to.meta(kind)
        cancel()  # the framework's own way, which may not reach a tool
        task.cancel()
    try:
        await task
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # it is recorded
        to.meta("exception", exc=error)


async def reached(scenario: str, to: Recorder) -> None:
    """The moment to stop the run: enough text (G) has come, or a tool is under way."""
    if scenario != "G":
        await here.wait()
        await asyncio.sleep(0.01)
    else:
        await said(ENOUGH, to)


async def said(words: str, to: Recorder) -> None:
    """They are in the recording."""
    while not to.has(words):  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.01)


Frameworks: TypeAlias = "Mapping[str, Callable[[str, str, Recorder], Awaitable[None]]]"
"""What records a scenario, given the URL of its model, by name."""

FRAMEWORKS: Frameworks = {
    each.__name__.replace("_", "-"): each
    for each in (
        agno,
        autogen,
        llama_index,
        agent_framework,
        langgraph,
        openai_agents,
        strands,
        smolagents,
        pydantic_ai,
        google_adk,
        clients,
    )
}
PREFIXES = {"langgraph": "ms.openai.", "openai-agents": "chat."} | dict.fromkeys(
    ("strands", "pydantic-ai", "clients"), "openai."
)
"""How recordings are named besides, where a framework has more than one way to say things."""


async def record(name: str, scenario: str, frameworks: Frameworks, to: Recorder) -> None:
    replies = answers(scenario, FINAL.get(name)) if scenario in SCRIPTS else []
    with WireServer(replies) as server:
        await frameworks[name](server.url, scenario, to)


FINAL = {"smolagents": "final_answer"}
"""The tool that an agent answers with."""


async def recorded(by: Callable[[Recorder], Coroutine[Any, Any, None]]) -> Recorder:
    global here  # noqa: PLW0603  # it belongs to the loop of the recording
    here = asyncio.Event()
    to = Recorder()
    await by(to)
    to.meta("end")
    return to


def save(name: str, by: Callable[[Recorder], Coroutine[Any, Any, None]]) -> None:
    """Make a file of ``tests/recordings`` of what ``by`` records."""
    lines = asyncio.run(recorded(by)).lines
    (RECORDINGS / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    print(name, len(lines))


def main(name: str, *scenarios: str, frameworks: Frameworks = FRAMEWORKS) -> None:
    folder, _, producer = name.partition("/")
    prefix = f"{producer}." if producer else PREFIXES.get(name, "")
    for scenario in scenarios:
        save(f"{folder}/{prefix}{scenario}.jsonl", partial(record, name, scenario, frameworks))


if __name__ == "__main__":
    main(*sys.argv[1:])
