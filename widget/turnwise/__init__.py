"""turnwise: see how an agent thinks, turn by turn, in your notebook.

    from turnwise import AgentChat
    AgentChat(agent)            # an agent object, or a function that yields text

Everything public is importable from here. Names load on first use, so that importing turnwise costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import demo
    from .adapters import adapter_for, register
    from .adapters.acp import ACP
    from .adapters.base import Adapter
    from .adapters.clients import ModelClient
    from .adapters.description import Description, ToolInfo
    from .adapters.remote.adk import ADKServer
    from .adapters.remote.ag_ui import AGUI
    from .adapters.remote.ai_sdk import AISDK
    from .adapters.remote.prism import Prism
    from .adapters.remote.turnwise_sse import TurnwiseSSE
    from .agent import Agent, tool
    from .assembler import Assembler
    from .events import (
        ApprovalRequest,
        ApprovalResponse,
        Data,
        Error,
        Event,
        File,
        FinalText,
        LaneStart,
        ModelRequest,
        Reasoning,
        ReasoningDelta,
        Source,
        Text,
        TextDelta,
        ToolCall,
        ToolCallDelta,
        ToolCallRejected,
        ToolCallRenamed,
        ToolOutput,
        ToolResult,
        ToolStart,
        TurnAbandoned,
        TurnFinish,
        TurnRetry,
        TurnStart,
        TurnUsage,
        Unknown,
    )
    from .export import import_messages, messages
    from .handle import RunHandle
    from .headless import Stream, stream
    from .parts import Limits, ProtocolError
    from .recording import Recording, Replay
    from .request import Request
    from .runs import Approval, DataPart, FilePart, Lane, Part, Run, SourcePart, TextPart, ToolPart, Turn
    from .sse import sse_headers, to_sse
    from .stream_event import StreamEvent
    from .transcript import Transcript
    from .values import Failure, InvalidToolCall, Usage
    from .widget import AgentChat

__version__ = "0.1.0"

_HOME = {
    "ADKServer": "adapters.remote.adk",
    "AGUI": "adapters.remote.ag_ui",
    "AISDK": "adapters.remote.ai_sdk",
    "ACP": "adapters.acp",
    "Adapter": "adapters.base",
    "Agent": "agent",
    "AgentChat": "widget",
    "Approval": "runs",
    "ApprovalRequest": "events",
    "ApprovalResponse": "events",
    "Assembler": "assembler",
    "Data": "events",
    "DataPart": "runs",
    "Description": "adapters.description",
    "Error": "events",
    "Event": "events",
    "Failure": "values",
    "File": "events",
    "FilePart": "runs",
    "FinalText": "events",
    "InvalidToolCall": "values",
    "Lane": "runs",
    "LaneStart": "events",
    "Limits": "parts",
    "ModelClient": "adapters.clients",
    "ModelRequest": "events",
    "Part": "runs",
    "Prism": "adapters.remote.prism",
    "ProtocolError": "parts",
    "Reasoning": "events",
    "ReasoningDelta": "events",
    "Recording": "recording",
    "Request": "request",
    "Replay": "recording",
    "Run": "runs",
    "RunHandle": "handle",
    "Source": "events",
    "SourcePart": "runs",
    "Stream": "headless",
    "StreamEvent": "stream_event",
    "Text": "events",
    "TextDelta": "events",
    "TextPart": "runs",
    "ToolCall": "events",
    "ToolCallDelta": "events",
    "ToolCallRejected": "events",
    "ToolCallRenamed": "events",
    "ToolInfo": "adapters.description",
    "ToolPart": "runs",
    "ToolResult": "events",
    "ToolOutput": "events",
    "ToolStart": "events",
    "Transcript": "transcript",
    "Turn": "runs",
    "TurnAbandoned": "events",
    "TurnFinish": "events",
    "TurnRetry": "events",
    "TurnStart": "events",
    "TurnUsage": "events",
    "TurnwiseSSE": "adapters.remote.turnwise_sse",
    "Unknown": "events",
    "Usage": "values",
    "adapter_for": "adapters",
    "import_messages": "export",
    "messages": "export",
    "register": "adapters",
    "sse_headers": "sse",
    "stream": "headless",
    "to_sse": "sse",
    "tool": "agent",
}

__all__ = [
    "ACP",
    "AGUI",
    "AISDK",
    "ADKServer",
    "Adapter",
    "Agent",
    "AgentChat",
    "Approval",
    "ApprovalRequest",
    "ApprovalResponse",
    "Assembler",
    "Data",
    "DataPart",
    "Description",
    "Error",
    "Event",
    "Failure",
    "File",
    "FilePart",
    "FinalText",
    "InvalidToolCall",
    "Lane",
    "LaneStart",
    "Limits",
    "ModelClient",
    "ModelRequest",
    "Part",
    "Prism",
    "ProtocolError",
    "Reasoning",
    "ReasoningDelta",
    "Recording",
    "Replay",
    "Request",
    "Run",
    "RunHandle",
    "Source",
    "SourcePart",
    "Stream",
    "StreamEvent",
    "Text",
    "TextDelta",
    "TextPart",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallRejected",
    "ToolCallRenamed",
    "ToolInfo",
    "ToolOutput",
    "ToolPart",
    "ToolResult",
    "ToolStart",
    "Transcript",
    "Turn",
    "TurnAbandoned",
    "TurnFinish",
    "TurnRetry",
    "TurnStart",
    "TurnUsage",
    "TurnwiseSSE",
    "Unknown",
    "Usage",
    "adapter_for",
    "demo",
    "import_messages",
    "messages",
    "register",
    "sse_headers",
    "stream",
    "to_sse",
    "tool",
]


def __getattr__(name: str) -> object:
    if name == "demo":
        return import_module(".demo", __name__)
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
