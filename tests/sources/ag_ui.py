"""Recordings of AG-UI: the producers of LangGraph, ADK, Strands and Pydantic AI."""

from __future__ import annotations

from recorded import Source
from sources.ai_sdk import play_wire
from turnwise.adapters.remote.ag_ui_translate import AGUITranslator

SOURCE = Source(
    folder="ag-ui",
    adapter="adapters.remote.ag_ui_translate",
    play=lambda path: play_wire(path, AGUITranslator),
    cannot={
        "A2": "not recorded; the interrupts have calls without text",
        "B2": "not recorded",
        "C": "not recorded; C2 has reasoning",
        "C3": "not recorded; empty answers vanish on the way",
        "E3": "not recorded; E2 has bad arguments",
        "F2": "not recorded; F is cut off",
        "F3": "not recorded; F is cut off",
        "K1": "not recorded; K2 is the provider's error before the first word",
        "K4": "not recorded; K3 is the error in the middle",
        "S": "the protocol has no word for sources",
    },
    own={
        "langgraph.B": "the producer sends interleaved arguments to the last call",
        "langgraph.openai.B": "the producer sends interleaved arguments to the last call",
        "*.I": "the person is asked, and the recording ends",
        "pydantic-ai.D": "the tool raises, which ends the run",
        "pydantic-ai.G2": "the tool was not stopped after all",
        "pydantic-ai.J": "the output is an output tool's",
    },
    silent={
        ("*", "finish"): "the protocol has no word for it",
        ("[!s]*", "usage"): "the protocol tells it of the whole run, if at all",
    },
)
