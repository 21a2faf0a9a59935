"""Recordings of ACP agents, the wire both ways: of a plain one, and (``claude.*``) of the one around Claude's agent.

``I.allow`` has what the protocol's own SDK made of the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from recorded import Played, Run, Source, lines
from turnwise import ApprovalRequest, ApprovalResponse, Failure
from turnwise.adapters.acp.translate import Translator

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "mcp__scripts__"
"""Of the tools' names, which an agent may give as titles: it says which server they are from."""


def named(value: dict[str, Any]) -> dict[str, Any]:
    """A recorded object, whose title is the script's name of a tool."""
    if isinstance(value.get("title"), str):
        value["title"] = value["title"].removeprefix(PREFIX)
    return value


def play(path: Path) -> list[Played]:
    """Each prompt, as the adapter drives the translator: updates, and the answer that ends them."""
    records = lines(path, named)
    if "message" not in records[0]:
        return [_of_objects([record["event"] for record in records if record["type"] != "_meta"])]
    prompts: list[list[dict[str, Any]]] = []
    for record in records:
        if record["message"].get("method") == "session/prompt":
            prompts.append([])
        if prompts:
            prompts[-1].append(record)
    return [_run(records) for records in prompts]


def _run(records: list[dict[str, Any]]) -> Played:
    """After a cancel nothing that is said counts. A program that ends says no answer."""
    translator = Translator()
    run = Run()
    asked: dict[Any, dict[str, Any]] = {}
    prompt = records[0]["message"]["id"]
    for record in records[1:]:
        message = record["message"]
        given = message.get("params") or {}
        match message.get("method"):
            case "session/cancel":
                run.status = "cancelled"
                break
            case "session/update":
                run.events += translator.feed(given["update"])
            case "session/request_permission":
                call = given["toolCall"]
                asked[message["id"]] = given
                run.events += translator.call(call)
                run.events.append(ApprovalRequest(call.get("title"), call_id=call["toolCallId"]))
            case _ if record["direction"].endswith("OUTGOING"):
                run.events.append(_answered(asked[message["id"]], message["result"]["outcome"]))
            case _ if message.get("id") != prompt:
                pass
            case _ if "error" in message:
                run.status = "error"
                run.error = Failure(kind="RequestFailed", message=message["error"]["message"])
            case _:
                run.events += translator.finish(message["result"])
    return run.played()


def _of_objects(said: list[Any]) -> Played:
    """One prompt, as the objects of the protocol's own SDK; the last is the answer."""
    translator = Translator()
    run = Run()
    for update in said[:-1]:
        run.events += translator.feed(_camel(update))
    if said:
        run.events += translator.finish(_camel(said[-1]))
    else:
        run.status = "truncated"
    return run.played()


def _camel(value: Any) -> Any:
    """A recorded object as it was on the wire; what a tool took and gave keeps its own names."""
    if isinstance(value, list):
        return [_camel(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, held in cast("dict[str, Any]", value).items():
        if held is not None and key != "__type__":
            first, *rest = key.split("_")
            name = first + "".join(part.capitalize() for part in rest)
            out[name] = held if name in ("rawInput", "rawOutput") else _camel(held)
    return out


def _answered(question: dict[str, Any], outcome: dict[str, Any]) -> ApprovalResponse:
    kinds = {option["optionId"]: option["kind"] for option in question["options"]}
    allowed = kinds[outcome["optionId"]].startswith("allow")
    return ApprovalResponse("approved" if allowed else "denied", call_id=question["toolCall"]["toolCallId"])


_AGAIN = "the agent around it is not content with such an answer, and has the model give another"

SOURCE = Source(
    folder="acp",
    adapter="adapters.acp.translate",
    play=play,
    cannot={
        "H": "the protocol has one agent",
        "J": "the protocol has no structured output",
        "S": "the protocol has no sources",
    },
    own={
        **dict.fromkeys(("claude.C3", "claude.F", "claude.F3", "claude.Z"), _AGAIN),
        "claude.K*": "the agent says what went wrong in a message of its own, before its answer does",
    },
    silent={
        ("*", "usage"): "the answer to the prompt counts the whole run",
        ("*", "finish"): "the answer to the prompt says why the last model call ended, and no other",
        ("claude.E2", "arguments"): "the agent makes an object of its own of what it could not read",
        ("claude.F2", "arguments"): "the agent makes an object of its own of what it could not read",
        ("I.deny*", "outcome"): "the person says no",
    },
)
