"""Google ADK's agents over the scripts, to be recorded: by themselves, behind AG-UI, and behind the framework's server.

The model is a class of our own, as the framework wants it, since its own speaks Gemini's wire.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from google.adk.agents import Agent
from google.adk.models import BaseLlm, LlmResponse
from google.adk.tools import FunctionTool
from google.genai import types
from record import delete_file, explode, get_time, get_weather, slow_tool

from recorded import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

STOPS = {"length": "MAX_TOKENS", "content_filter": "SAFETY"}


class ProviderError(Exception):
    """What a provider's client raises."""


class Scripted(BaseLlm):
    """The model of a scenario. It says a script's first turn first, whoever asks, and so on."""

    turns: list[dict[str, Any]]
    hangs: bool = False

    async def generate_content_async(
        self, llm_request: Any, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        turn = self.turns.pop(0)
        kind, told = turn["error"] or (None, 0)
        if kind == "http":
            raise ProviderError(f"{told} from provider")
        pieces = list(_pieces(turn))
        for part in pieces if kind is None else pieces[:told]:
            if stream and part.text:
                yield LlmResponse(content=types.Content(role="model", parts=[part]), partial=True)
        if kind == "drop":
            raise ProviderError("connection dropped mid-stream")
        if kind == "inband":
            yield LlmResponse(error_code="INTERNAL", error_message="The server had an error")
            return
        if self.hangs:
            await asyncio.Event().wait()
        parts = list(_joined(pieces))
        yield LlmResponse(
            content=types.Content(role="model", parts=parts),
            finish_reason=types.FinishReason(STOPS.get(turn["stop"], "STOP")),
            usage_metadata=_usage(*turn["usage"]),
            grounding_metadata=_grounding(turn.get("sources", [])),
        )


def _pieces(turn: dict[str, Any]) -> Iterator[types.Part]:
    """Texts as the script has them; of a call, whose arguments are an object, nothing that is cut off."""
    for item in turn["items"]:
        match item:
            case ["tool", call_id, name, pieces]:
                try:
                    arguments = json.loads("".join(pieces))
                except ValueError:
                    if turn["stop"] == "length":
                        continue
                    arguments = {}
                yield types.Part(function_call=types.FunctionCall(id=call_id, name=name, args=arguments))
            case [kind, pieces]:
                for text in pieces:
                    yield types.Part(text=text, thought=True if kind == "reasoning" else None)
            case _:
                raise ValueError(f"the script has {json.dumps(item)}, which is no item")


def _joined(pieces: list[types.Part]) -> Iterator[types.Part]:
    """Neighbours that are texts of one kind are one."""
    text: types.Part | None = None
    for part in pieces:
        if text is not None and part.text and part.thought == text.thought:
            text = text.model_copy(update={"text": (text.text or "") + part.text})
            continue
        if text is not None:
            yield text
        text = part if part.text else None
        if text is None:
            yield part
    if text is not None:
        yield text


def _usage(given: int, said: int, cached: int, thought: int) -> Any:
    return types.GenerateContentResponseUsageMetadata(
        prompt_token_count=given,
        candidates_token_count=said - thought,
        cached_content_token_count=cached or None,
        thoughts_token_count=thought or None,
        total_token_count=given + said,
    )


def _grounding(sources: list[list[str]]) -> types.GroundingMetadata | None:
    chunks = [
        types.GroundingChunk(web=types.GroundingChunkWeb(uri=url, title=title)) for url, title in sources
    ]
    return types.GroundingMetadata(grounding_chunks=chunks) if chunks else None


def agent(scenario: str) -> Agent:
    """An agent with the tools of the scripts; in scenario H it hands over to another."""
    if scenario == "H":
        call = ["tool", "call_H1", "transfer_to_agent", ['{"agent_name": "billing"}']]
        turns = [
            {"items": [["text", ["Handing over."]], call], "stop": "tool_calls"},
            {"items": [["text", ["Your bill ", "is 5."]]], "stop": "stop"},
        ]
        rest = {"error": None, "usage": [12, 7, 0, 0]}
        model = Scripted(model="scripted", turns=[{**turn, **rest} for turn in turns])
        billing = Agent(name="billing", description="Knows the bills", model=model)
        return Agent(name="front_desk", model=model, sub_agents=[billing])
    tools = [get_weather, get_time, explode, slow_tool, FunctionTool(delete_file, require_confirmation=True)]
    model = Scripted(model="scripted", turns=[*SCRIPTS[scenario]], hangs=scenario == "G")
    return Agent(name="weather_agent", model=model, tools=tools)
