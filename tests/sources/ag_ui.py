"""Recordings of AG-UI: the producers of LangGraph, ADK, Strands and Pydantic AI."""

from __future__ import annotations

from recorded import Source
from sources.ai_sdk import play_wire
from turnwise.adapters.remote.ag_ui_translate import AGUITranslator

SOURCE = Source(
    folder="ag-ui",
    adapter="adapters.remote.ag_ui_translate",
    play=lambda path: play_wire(path, AGUITranslator),
    cannot={"S": "the protocol has no word for sources"},
    own={
        "adk.K4": "the producer tells no error of the model's that the framework does not raise",
        "langgraph.B": "the producer sends interleaved arguments to the last call",
        "langgraph.openai.B": "the producer sends interleaved arguments to the last call",
        "*.I": "the person is asked, and the recording ends",
        "pydantic-ai.D": "the tool raises, which ends the run",
        "pydantic-ai.G2": "the tool was not stopped after all",
        "pydantic-ai.J": "the output is an output tool's",
        "strands.F2": "a call that was cut off ends the run",
    },
    silent={
        ("*", "finish"): "the protocol has no word for it",
        ("[!s]*", "usage"): "the protocol tells it of the whole run, if at all",
        ("strands.C*", "usage"): "the framework does not count thoughts",
    },
)
