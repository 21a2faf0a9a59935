"""Agno's events as turnwise events. Pure: attributes are read by name, and nothing is imported.

Knows ``events`` and ``values``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import events as e
from ...values import Usage
from ..native import fenced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...events import Event


# A run that waits for a person.


def is_pause(item: Any, run_id: str) -> bool:
    """Whether this run, and not one of a member, waits."""
    return _kind(item) == "RunPaused" and item.run_id == run_id


def is_end(item: Any, run_id: str) -> bool:
    """Whether this run has come to its end, and is in the session."""
    return _kind(item) == "RunCompleted" and item.run_id == run_id


def open_requirements(paused: Any) -> list[Any]:
    """What a run waits for.

    Raises ``RuntimeError`` if that is more than a yes or a no: input, or the result of a tool that runs elsewhere.
    """
    wanted = [each for each in paused.requirements or () if each.tool_execution.confirmed is None]
    for each in wanted:
        if not each.tool_execution.requires_confirmation:
            raise RuntimeError(
                f"the run waits for the user's input, or for a result from outside, of the tool "
                f"{each.tool_execution.tool_name!r}; turnwise can only approve or deny: "
                f"use @tool(requires_confirmation=True)"
            )
    return wanted


def call_ids(paused: Any) -> list[str]:
    """The calls that a person is asked about."""
    return [each.tool_execution.tool_call_id for each in open_requirements(paused)]


class Translator:
    """The events of one run, members' runs included, as turnwise events. Pure: it reads attributes by name.

    Every ``ModelRequestStarted`` that something comes of is a turn. The run itself is the main lane; each run of a
    member is one of its own, under the call that delegated to it.
    """

    def __init__(self, run_id: str | None = None) -> None:
        self._main = run_id
        self._lanes: dict[str, _Lane] = {}

    def feed(self, event: Any, messages: Sequence[Any] = ()) -> list[Event]:
        """What one native event says; ``messages`` are those of the run itself, with what has been said so far."""
        out: list[Event] = []
        lane = self._lane(event, out)
        kind = _kind(event)
        if lane.key is None and kind in ("ModelRequestStarted", "RunCompleted"):
            out += lane.results(messages)
        if kind == "ModelRequestStarted":
            lane.request(_agent(event), event.model)
            return out
        said = self._said(kind, event, lane, messages)
        if kind not in ("RunError", "RunCancelled") and any(not isinstance(each, e.Unknown) for each in said):
            out += lane.begin()  # a request that fails at once is no turn
        return out + said

    def _said(self, kind: str, event: Any, lane: _Lane, messages: Sequence[Any]) -> list[Event]:
        out: list[Event] = []
        at = {"turn": lane.turn, "lane": lane.key}
        match kind:
            case "ModelRequestCompleted":
                if (usage := _usage(event)) is not None:
                    out.append(e.TurnUsage(usage, **at))
                out += lane.reply(messages) if lane.key is None else []
            case "RunContent" | "RunIntermediateContent":
                out += lane.spoken(_content(event, at))
            case "ReasoningContentDelta":
                out.append(e.ReasoningDelta(event.reasoning_content, **at))
            case "ReasoningStep":
                out.append(e.ReasoningDelta(_step(event.content), **at))
            case "ToolCallStarted":
                call = event.tool
                lane.open[call.tool_call_id] = call.tool_args or {}
                out.append(_call(call, at))
                out.append(e.ToolStart(call_id=call.tool_call_id, name=call.tool_name, lane=lane.key))
            case "ToolCallCompleted" | "ToolCallError":
                lane.open.pop(event.tool.tool_call_id, None)
                lane.unanswered.discard(event.tool.tool_call_id)
                out.append(_result(event, lane.key))
                out += _files(event, at)
            case "RunPaused" if lane.key is None:
                out += self._paused(event, at)
            case "RunCompleted":
                out += lane.unsaid(event.content)
                out += _files(event, at)
            case "RunError" | "RunCancelled":
                out.append(_error(event, kind, lane.key))
            case "CustomEvent":
                out.append(e.Data(type(event).__name__, vars(event), **at))
            case _ if kind not in _BOOKKEEPING:
                out.append(e.Unknown(kind, payload=event, **at))
            case _:
                pass
        return out

    def _lane(self, event: Any, out: list[Event]) -> _Lane:
        run_id: str = event.run_id or self._main or ""
        if self._main is None:
            self._main = run_id
        lane = self._lanes.get(run_id)
        if lane is None:
            main = run_id == self._main
            lane = self._lanes[run_id] = _Lane(None if main else run_id)
            if not main:
                parent = self._delegation(event)
                out.append(e.LaneStart(run_id, agent=_agent(event), parent_call_id=parent))
        return lane

    def _delegation(self, event: Any) -> str | None:
        """The call that a member works for: the oldest open one of its team that names the member, or any."""
        team = self._lanes.get(event.parent_run_id or "")
        if team is None:
            return None
        member = {getattr(event, name, None) for name in ("agent_id", "team_id", "agent_name", "team_name")}
        named = [call for call, args in team.open.items() if args.get("member_id") in member - {None, ""}]
        free = [call for call in named if call not in team.delegated]
        call = next(iter([*free, *named, *reversed(team.open)]), None)
        if call is not None:
            team.delegated.add(call)
        return call

    def _paused(self, event: Any, at: dict[str, Any]) -> list[Event]:
        """Calls that wait have not been announced; those of members belong to the members' lanes."""
        out: list[Event] = []
        for each in open_requirements(event):
            call = each.tool_execution
            lane = self._lanes.get(getattr(each, "member_run_id", None) or "")
            where = at if lane is None else {"turn": lane.turn, "lane": lane.key}
            out.append(_call(call, where))
            out.append(
                e.ApprovalRequest(
                    call_id=call.tool_call_id, name=call.tool_name, editable=True, lane=where["lane"]
                )
            )
        return out


class _Lane:
    def __init__(self, key: str | None) -> None:
        self.key = key
        self._turns = 0
        self._asked: e.TurnStart | None = None
        self.open: dict[str, Mapping[str, Any]] = {}
        """Arguments of the calls that run, by id."""
        self.delegated: set[str] = set()
        self.unanswered: set[str] = set()
        """Calls that the model made in its last reply."""
        self._said = ""

    @property
    def turn(self) -> str | None:
        """Key of the current turn; ``None`` before the first, and where requests are not announced."""
        return str(self._turns) if self._turns else None

    def request(self, agent: str | None, model: str | None) -> None:
        """The model is asked; the turn begins with what comes of it."""
        self._turns += 1
        self._asked = e.TurnStart(agent=agent, model=model, turn=self.turn, lane=self.key)

    def begin(self) -> list[Event]:
        asked, self._asked = self._asked, None
        return [] if asked is None else [asked]

    def spoken(self, said: list[Event]) -> list[Event]:
        """Keep the text of these events in mind."""
        self._said += "".join(each.text for each in said if isinstance(each, (e.Text, e.TextDelta)))
        return said

    def unsaid(self, content: object) -> list[Event]:
        """What of a run's whole content no event has said: of a model that does not stream, or a hook's own words.

        An object that models were asked for may have come as their text, which does not look like it.
        """
        if content is None or (self._said and not isinstance(content, str)):
            return []
        text = content if isinstance(content, str) else fenced(content)
        rest = "" if text.strip() in self._said else text.removeprefix(self._said)
        return [e.FinalText(rest, lane=self.key)] if rest.strip() else []

    def reply(self, messages: Sequence[Any]) -> list[Event]:
        """The calls of a reply that has just been finished, as the model wrote them."""
        calls: list[Any] = getattr(messages[-1], "tool_calls", None) or [] if messages else []
        self.unanswered = {call["id"] for call in calls}
        return [
            e.ToolCall(
                call["function"]["name"],
                call["function"]["arguments"],
                call_id=call["id"],
                turn=self.turn,
                lane=self.key,
            )
            for call in calls
        ]

    def results(self, messages: Sequence[Any]) -> list[Event]:
        """Of the calls that did not run: why not. No event says it."""
        told = [each for each in messages if getattr(each, "tool_call_id", None) in self.unanswered]
        self.unanswered.clear()
        return [
            e.ToolResult(each.content, call_id=each.tool_call_id, outcome="error", lane=self.key)
            for each in told
        ]


_BOOKKEEPING = {
    "RunStarted",
    "RunContinued",
    "RunContentCompleted",
    "RunPaused",  # of a member: the team's says the same
    "PreHookStarted",
    "PreHookCompleted",
    "PostHookStarted",
    "PostHookCompleted",
    "ReasoningStarted",
    "ReasoningCompleted",
    "MemoryUpdateStarted",
    "MemoryUpdateCompleted",
    "SessionSummaryStarted",
    "SessionSummaryCompleted",
    "ParserModelResponseStarted",
    "ParserModelResponseCompleted",
    "OutputModelResponseStarted",
    "OutputModelResponseCompleted",
    "CompressionStarted",
    "CompressionCompleted",
    "CompactionStarted",
    "CompactionCompleted",
    "FollowupsStarted",
    "FollowupsCompleted",
    "TaskIterationStarted",
    "TaskIterationCompleted",
    "TaskStateUpdated",
    "TaskCreated",
    "TaskUpdated",
}
"""Events that say nothing of the conversation, or nothing that others do not say."""


def _kind(event: Any) -> str:
    """The same for agents and teams."""
    return str(event.event).removeprefix("Team")


def _agent(event: Any) -> str | None:
    return getattr(event, "agent_name", None) or getattr(event, "team_name", None) or None


def _content(event: Any, at: dict[str, Any]) -> list[Event]:
    out: list[Event] = []
    reasoning: str | None = getattr(event, "reasoning_content", None)
    if reasoning:
        out.append(e.ReasoningDelta(reasoning, **at))
    content = event.content
    if isinstance(content, str):
        out.append(e.TextDelta(content, **at))
    elif content is not None:
        out.append(
            e.Text(fenced(content), **at)
        )  # what was asked for in a form comes whole, and as an object
    citations: Any = getattr(event, "citations", None)
    out += [
        e.Source(each.url, each.title, **at) for each in getattr(citations, "urls", None) or () if each.url
    ]
    return [*out, *_files(event, at)]


def _files(event: Any, at: dict[str, Any]) -> list[Event]:
    one = [getattr(event, "image", None)]
    many: Iterable[Any] = (
        each for name in ("images", "videos", "audio", "files") for each in getattr(event, name, None) or ()
    )
    return [_file(each, at) for each in (*one, *many) if each is not None]


def _file(media: Any, at: dict[str, Any]) -> e.File:
    content: Any = media.content
    return e.File(
        content if isinstance(content, bytes) else None,
        url=media.url,
        media_type=media.mime_type or "application/octet-stream",
        name=getattr(media, "filename", None),
        key=media.id,
        **at,
    )


def _step(step: Any) -> str:
    """One step of Agno's own chain of thought, as Agno words it."""
    told = [
        (getattr(step, "title", None), "## {}"),
        (getattr(step, "reasoning", None), "{}"),
        (getattr(step, "action", None), "Action: {}"),
        (getattr(step, "result", None), "Result: {}"),
    ]
    return "".join(f"{form.format(text)}\n" for text, form in told if text)


def _call(call: Any, at: dict[str, Any]) -> e.ToolCall:
    return e.ToolCall(call.tool_name, call.tool_args, call_id=call.tool_call_id, **at)


def _result(event: Any, lane: str | None) -> e.ToolResult:
    call = event.tool
    failed = call.tool_call_error or _kind(event) == "ToolCallError"
    value = call.result if call.result is not None else getattr(event, "error", None)
    return e.ToolResult(
        value,
        call_id=call.tool_call_id,
        name=call.tool_name,
        outcome="error" if failed else "ok",
        lane=lane,
    )


def _usage(event: Any) -> Usage | None:
    """``None`` of a model that does not count."""
    if event.input_tokens is None and event.output_tokens is None:
        return None
    return Usage(
        input_tokens=event.input_tokens,
        output_tokens=event.output_tokens,
        cached_tokens=event.cache_read_tokens,
        reasoning_tokens=event.reasoning_tokens,
    )


def _error(event: Any, kind: str, lane: str | None) -> Event:
    """A member's failure is not the run's: its team gets it as the result of the delegating call, and goes on."""
    message = str(event.content or getattr(event, "reason", None) or kind)
    if lane is not None:
        return e.Data(kind, message, lane=lane)
    return e.Error(message, kind=getattr(event, "error_type", None) or kind)
