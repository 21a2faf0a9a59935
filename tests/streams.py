"""A table of streams and the transcript that each must fold to: the core's tests and the shared vectors use it."""

from __future__ import annotations

from typing import NamedTuple

from turnwise import (
    ApprovalRequest,
    ApprovalResponse,
    Data,
    Error,
    Failure,
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
    Usage,
)
from turnwise.events import Event
from turnwise.values import RunStatus

ASKED = {"role": "user", "content": "Weather?"}
PARIS = '{"city": "Paris"}'


class Row(NamedTuple):
    name: str
    events: list[Event]
    expected: str
    status: RunStatus = "complete"
    error: Failure | None = None
    after: tuple[Event, ...] = ()


ROWS = [
    Row("text alone", [TextDelta("Hi "), TextDelta("there")], 'run complete\n1 - | "Hi there"'),
    Row("nothing at all", [], "run complete"),
    Row(
        "B1 one turn is a model call and its results; content after a result opens the next",
        [
            TextDelta("Let me check."),
            ToolCall("get_weather", {"city": "Paris"}, call_id="a"),
            ToolResult({"temp_c": 18}, call_id="a"),
            TextDelta("It is 18 °C."),
        ],
        'run complete\n1 - | "Let me check." | get_weather({"city": "Paris"}) = done {"temp_c": 18}\n'
        '2 - | "It is 18 °C."',
    ),
    Row(
        "B1 a result finds its call by id, whatever turn is open",
        [
            ToolCall("slow", call_id="a"),
            TurnFinish("tool_calls"),
            TextDelta("Meanwhile"),
            ToolResult("late", call_id="a"),
        ],
        'run complete\n1 tool_calls | slow({}) = done "late"\n2 - | "Meanwhile"',
    ),
    Row(
        "B1 a result before its call waits for it",
        [ToolResult(1, call_id="a"), ToolCall("f", call_id="a"), TextDelta("x")],
        'run complete\n1 - | f({}) = done 1\n2 - | "x"',
    ),
    Row(
        "B1 a result after the run's end still arrives, other things do not",
        [ToolCall("f", call_id="a"), TurnFinish("tool_calls")],
        "run complete\n1 tool_calls | f({}) = done 7\n! after_end x1",
        after=(
            ToolResult(7, call_id="a"),
            TextDelta("and more"),
        ),
    ),
    Row(
        "B1 a tool that the provider runs: it need not be offered, and the reply goes on after its result",
        [
            TurnStart(tools=["f"]),
            TextDelta("Looking."),
            ToolCall("web_search", {"q": "x"}, call_id="s", hosted=True),
            ToolResult("found", call_id="s"),
            TextDelta("Found."),
            TurnFinish("stop"),
        ],
        'run complete\n1 stop | "Looking." | web_search({"q": "x"}) = done "found" | "Found."',
    ),
    Row(
        "B1 a result without an id answers the oldest unanswered call of its name",
        [
            ToolCall("f", {"n": 1}),
            ToolCall("g"),
            ToolCall("f", {"n": 2}),
            ToolResult("first", name="f"),
            ToolResult("second", name="f"),
            ToolResult("of g", name="g"),
        ],
        'run complete\n1 - | f({"n": 1}) = done "first" | g({}) = done "of g" | f({"n": 2}) = done "second"',
    ),
    Row(
        "B1 a result for nobody is shown and said",
        [TextDelta("x"), ToolResult("lost", call_id="zzz", name="f")],
        'run complete\n1 - | "x" | f(null) = done "lost"\n! result_for_nobody x1',
    ),
    Row(
        "B4 parts keep the order of arrival",
        [
            TextDelta("a"),
            ReasoningDelta("b"),
            ToolCall("f", call_id="1"),
            TextDelta("c"),
            TextDelta("d"),
            ReasoningDelta("e"),
        ],
        'run complete\n1 - | "a" | ("b") | f({}) = unanswered | "cd" | ("e")',
    ),
    Row(
        "B5 a completed block replaces its deltas and never adds to them",
        [
            ReasoningDelta("I nee", key="r"),
            TextDelta("Helo", key="t"),
            Reasoning("I need", key="r"),
            Text("Hello", key="t"),
            Text("Hello", key="t"),
        ],
        'run complete\n1 - | ("I need") | "Hello"',
    ),
    Row(
        "B5 a completed block without a key replaces the open deltas",
        [TextDelta("Hel"), Text("Hello")],
        'run complete\n1 - | "Hello"',
    ),
    Row(
        "B5 a completed block alone is shown",
        [Text("Hello"), Text("World")],
        'run complete\n1 - | "Hello" | "World"',
    ),
    Row(
        "B5 interleaved blocks with keys stay apart",
        [
            TextDelta("a1", key="a"),
            TextDelta("b1", key="b"),
            TextDelta("a2", key="a"),
            TextDelta("b2", key="b"),
        ],
        'run complete\n1 - | "a1a2" | "b1b2"',
    ),
    Row(
        "B6 arguments stream as text and wait for the name",
        [
            ToolCallDelta('{"ci', key="0", call_id="a"),
            ToolCallDelta('ty": ', key="0"),
            ToolCallDelta('"Paris"}', key="0", name="get_weather"),
            TurnFinish("tool_calls"),
        ],
        f"run complete\n1 tool_calls | get_weather({PARIS}) = unanswered",
    ),
    Row(
        "B6 interleaved argument deltas of parallel calls",
        [
            ToolCallDelta("", key="0", call_id="a", name="f"),
            ToolCallDelta("", key="1", call_id="b", name="g"),
            ToolCallDelta('{"x":', key="0"),
            ToolCallDelta('{"y":', key="1"),
            ToolCallDelta("1}", key="0"),
            ToolCallDelta("2}", key="1"),
            TurnFinish("tool_calls"),
            ToolResult("of b", call_id="b"),
            ToolResult("of a", call_id="a"),
        ],
        'run complete\n1 tool_calls | f({"x": 1}) = done "of a" | g({"y": 2}) = done "of b"',
    ),
    Row(
        "B6 a call whose name never comes is said, not dropped in silence",
        [TextDelta("x"), ToolCallDelta('{"a":1}', key="0"), TurnFinish("tool_calls")],
        'run complete\n1 tool_calls | "x"\n! nameless_call x1',
    ),
    Row(
        "B6 malformed arguments keep their text",
        [ToolCallDelta('{"city": "Par', key="0", name="f"), TurnFinish("length")],
        'run complete\n1 length | f(?{"city": "Par) = unanswered',
    ),
    Row(
        "B6 no arguments and the placeholder null are {}",
        [ToolCall("f"), ToolCall("g", "null"), ToolCall("h", "")],
        "run complete\n1 - | f({}) = unanswered | g({}) = unanswered | h({}) = unanswered",
    ),
    Row(
        "B6 whole arguments win over streamed ones where they differ in more than spelling",
        [
            ToolCallDelta('{"a":1}', key="0", name="f"),
            ToolCall("f", {"a": 1}, key="0"),
            ToolCallDelta('{"a":1', key="1", name="g"),
            ToolCall("g", {"a": 2}, key="1"),
        ],
        'run complete\n1 - | f({"a": 1}) = unanswered | g({"a": 2}) = unanswered',
    ),
    Row(
        "B6 arguments are final when the tool starts",
        [
            ToolCallDelta("{}", key="0", call_id="a", name="f"),
            ToolStart(call_id="a"),
            ToolCallDelta("!", key="0"),
        ],
        "run complete\n1 - | f({}) = unanswered\n! late_arguments x1",
    ),
    Row(
        "B6 a tool may return while the next call of its turn still streams",
        [
            ToolCall("f", call_id="a"),
            ToolCallDelta('{"x"', key="1", call_id="b", name="g"),
            ToolResult(1, call_id="a"),
            ToolCallDelta(": 2}", key="1"),
            ToolResult(2, call_id="b"),
            TextDelta("done"),
        ],
        'run complete\n1 - | f({}) = done 1 | g({"x": 2}) = done 2\n2 - | "done"',
    ),
    Row(
        "B8 calls without ids stay distinct",
        [ToolCall("f", {"n": 1}), ToolCall("f", {"n": 2}), ToolResult("1"), ToolResult("2")],
        'run complete\n1 - | f({"n": 1}) = done "1" | f({"n": 2}) = done "2"',
    ),
    Row(
        "B8 an id used again in a later turn is another call",
        [
            ToolCall("f", {"n": 1}, call_id="0"),
            ToolResult("one", call_id="0"),
            ToolCall("f", {"n": 2}, call_id="0"),
            ToolResult("two", call_id="0"),
        ],
        'run complete\n1 - | f({"n": 1}) = done "one"\n2 - | f({"n": 2}) = done "two"',
    ),
    Row(
        "B9 usage is set, not added; it may come after the finish and after the run",
        [
            TextDelta("x"),
            TurnUsage(Usage(input_tokens=5, output_tokens=1)),
            TurnFinish("stop"),
            TurnUsage(Usage(input_tokens=5, output_tokens=3)),
        ],
        'run complete\n1 stop 5->4 | "x"',
        after=(TurnUsage(Usage(input_tokens=5, output_tokens=4)),),
    ),
    Row(
        "B10 a reply cut off before it answered is an error with a reason",
        [ReasoningDelta("hmm"), TurnFinish("length")],
        'run error (length: The model reached its output limit before it answered.)\n1 length [error] | ("hmm")',
    ),
    Row(
        "B10 text cut by length is valid and flagged",
        [TextDelta("half an"), TurnFinish("length")],
        'run complete\n1 length | "half an"',
    ),
    Row(
        "B10 a stream that breaks off is truncated, its text kept",
        [TextDelta("half an")],
        'run truncated (TruncatedStream: gone)\n1 - [truncated] | "half an"',
        status="truncated",
        error=Failure(kind="TruncatedStream", message="gone"),
    ),
    Row(
        "B11 stop with calls becomes tool_calls; a reason that comes late is taken",
        [
            ToolCall("f", call_id="a"),
            TurnFinish("stop"),
            ToolResult(1, call_id="a"),
            TextDelta("x"),
            TurnFinish(None),
            TurnFinish("stop"),
        ],
        'run complete\n1 tool_calls | f({}) = done 1\n2 stop | "x"',
    ),
    Row(
        "B11 length and content_filter are kept even with calls",
        [ToolCall("f", call_id="a"), TurnFinish("length")],
        "run complete\n1 length | f({}) = unanswered",
    ),
    Row(
        "B15 each result shows when it comes; the second one replaces the first",
        [
            ToolCall("f", call_id="a"),
            ToolStart(call_id="a"),
            ToolResult("pending", call_id="a"),
            ToolResult("real", call_id="a"),
        ],
        'run complete\n1 - | f({}) = done "real"',
    ),
    Row(
        "B15 what a tool prints and displays stands in its step, also when the result is there",
        [
            ToolCall("f", call_id="a"),
            ToolCall("f", call_id="b"),
            ToolOutput("load", call_id="a"),
            ToolOutput("ing\n", call_id="a"),
            ToolOutput("careful\n", stream="stderr", call_id="b"),
            ToolOutput(display={"text/plain": "a plot"}, stream="display", call_id="a"),
            ToolResult(1, call_id="a"),
            ToolOutput("late", call_id="a"),
            ToolOutput("whose?", call_id="nobody"),
            ToolResult(2, call_id="b"),
        ],
        'run complete\n1 - | f({}) = done 1 stdout "loading\\n" display "a plot" stdout "late"'
        ' | f({}) = done 2 stderr "careful\\n"\n! output_of_nobody x1',
    ),
    Row(
        "B15 a tool clears what it has put out, and a display takes the place of the one before it",
        [
            ToolCall("f", call_id="a"),
            ToolOutput("gone", call_id="a"),
            ToolOutput(clear=True, call_id="a"),
            ToolOutput(display={"text/plain": "0 %"}, stream="display", display_id="bar", call_id="a"),
            ToolOutput("a line", call_id="a"),
            ToolOutput(display={"text/plain": "99 %"}, stream="display", display_id="bar", call_id="a"),
            ToolOutput("instead", clear=True, call_id="a"),
            ToolOutput(display={"text/plain": "100 %"}, stream="display", display_id="bar", call_id="a"),
            ToolOutput(display={"text/plain": "done"}, stream="display", display_id="bar", call_id="a"),
            ToolResult(1, call_id="a"),
        ],
        'run complete\n1 - | f({}) = done 1 stdout "instead" display "done"',
    ),
    Row(
        "B16 two agents at once never mix",
        [
            TextDelta("a1 ", lane="A"),
            TextDelta("b1 ", lane="B"),
            TextDelta("a2", lane="A"),
            TextDelta("b2", lane="B"),
        ],
        'run complete\n1 - in lane1 | "a1 a2"\n2 - in lane2 | "b1 b2"',
    ),
    Row(
        "B17 an unknown item is counted and said once per turn",
        [TextDelta("x"), Unknown("blob"), Unknown("blob")],
        'run complete\n1 - | "x"\n! unknown:blob x2',
    ),
    Row(
        "B19 a cancelled run cancels its open turn and steps and keeps its text",
        [TextDelta("working"), ToolCall("f", call_id="a"), ToolStart(call_id="a")],
        'run cancelled\n1 cancelled [cancelled] | "working" | f({}) = cancelled',
        status="cancelled",
    ),
    Row(
        "B19 a raising tool that gave no result is closed with the error",
        [ToolCall("f", call_id="a"), TurnFinish("tool_calls"), ToolStart(call_id="a")],
        'run error (ValueError: boom)\n1 tool_calls [error] | f({}) = error "boom"',
        status="error",
        error=Failure(kind="ValueError", message="boom"),
    ),
    Row(
        "B19 an error event and the exception that repeats it are one error",
        [TextDelta("x"), Error("overloaded", kind="overloaded_error")],
        'run error (overloaded_error: overloaded)\n1 error [error] | "x"',
        status="error",
        error=Failure(kind="APIError", message="Error: overloaded", detail="traceback"),
    ),
    Row(
        "B19 an error event alone makes the run an error",
        [Error("no such model")],
        "run error (error: no such model)",
    ),
    Row(
        "explicit turns: a start opens one even if nothing follows, and twice is once",
        [TurnStart(model="m"), TurnStart(model="m"), TurnFinish("stop")],
        "run complete\n1 stop",
    ),
    Row(
        "explicit turns by key: content goes where its key says",
        [
            TextDelta("a", turn="t1"),
            TurnFinish("stop", turn="t1"),
            TextDelta("b", turn="t2"),
            TurnUsage(Usage(input_tokens=1, output_tokens=1), turn="t1"),
        ],
        'run complete\n1 stop 1->1 | "a"\n2 - | "b"',
    ),
    Row(
        "an announced turn gets its key with its first content",
        [TurnStart(agent="bob"), TextDelta("a", turn="t1"), TextDelta("b", turn="t1")],
        'run complete\n1 - | "ab"',
    ),
    Row(
        "a call that is announced again by a resumed run is the same call",
        [
            ToolCall("f", {"x": 1}, call_id="a"),
            TurnFinish("tool_calls"),
            ToolCall("f", {"x": 1}, call_id="a"),
            ToolResult(1, call_id="a"),
        ],
        'run complete\n1 tool_calls | f({"x": 1}) = done 1',
    ),
    Row(
        "B18 a surrogate pair cut in two is joined, a lone half is replaced",
        [TextDelta("a\ud83d"), TextDelta("\ude00b"), TextDelta("\udc00"), TextDelta("c\ud83d")],
        'run complete\n1 - | "a😀b\ufffdc\ufffd"',
    ),
    Row("empty deltas open nothing", [TextDelta(""), ReasoningDelta(""), Text("")], "run complete"),
    Row(
        "what the model is sent is told by what is new in it",
        [
            TurnStart(model="m"),
            ModelRequest([ASKED], system="Be brief.", tools=[{"name": "f"}], settings={"temperature": 0}),
            ToolCall("f", call_id="a"),
            TurnFinish("tool_calls"),
            ToolResult("ok", call_id="a"),
            TurnStart(model="m"),
            ModelRequest(
                [ASKED, {"role": "tool", "content": "ok"}], system="Be kind.", tools=[{"name": "f"}]
            ),
            TextDelta("doomed"),
            TurnRetry(),
            ModelRequest([{"role": "tool", "content": "ok"}], system="Be brief.", tools=[]),
            TextDelta("Done."),
            TurnFinish("stop"),
        ],
        'run complete\n1 tool_calls | f({}) = done "ok"\n2 stop attempt 2 | "Done."',
    ),
    Row(
        "agents that take turns are compared each with itself",
        [
            ModelRequest([ASKED], system="A", lane="a"),
            ModelRequest([ASKED], system="B", lane="b"),
            TextDelta("1", lane="a"),
            TurnFinish("stop", lane="a"),
            TurnFinish("stop", lane="b"),
            ModelRequest([ASKED, {"role": "assistant", "content": "1"}], system="A", lane="a"),
            ModelRequest([{"role": "user", "content": "?"}, ASKED], system="B", lane="b"),
        ],
        'run complete\n1 stop in lane1 | "1"\n2 stop in lane2\n3 - in lane1\n4 - in lane2',
    ),
    Row(
        "B3 a retry keeps its slot, counts the attempt, and takes back what was shown",
        [
            TurnStart(model="m"),
            TextDelta("doomed"),
            ToolCall("f", call_id="a"),
            TurnUsage(Usage(input_tokens=5, output_tokens=1)),
            TurnRetry(),
            TextDelta("better"),
            TurnUsage(Usage(input_tokens=6, output_tokens=2)),
            TurnFinish("stop"),
        ],
        'run complete\n1 stop attempt 2 11->3 | "better"',
    ),
    Row(
        "B3 a retry before anything was shown is an attempt, too",
        [TurnStart(), TurnRetry(), TurnRetry(), TextDelta("x")],
        'run complete\n1 - attempt 3 | "x"',
    ),
    Row(
        "B3 the calls of an abandoned attempt take no results",
        [ToolCall("f", call_id="a"), TurnRetry(), ToolCall("f", call_id="a"), ToolResult(1, call_id="a")],
        "run complete\n1 - attempt 2 | f({}) = done 1",
    ),
    Row(
        "B5 what the provider wants back stays with its block, even without a text",
        [
            ReasoningDelta("hm", key="0"),
            Reasoning("hm", key="0", native={"signature": "s"}),
            Reasoning("", key="1", native={"redacted": "x"}),
            ToolCall("f", native={"thought": "t"}),
        ],
        "run complete\n1 - | (\"hm\") {'signature': 's'} | (\"\") {'redacted': 'x'} | f({}) = unanswered",
    ),
    Row(
        "B7 a repaired call goes on under its new name",
        [
            TurnStart(tools=["get_weather"]),
            ToolCallDelta('{"ci', key="0", call_id="a", name="weather"),
            ToolCallRenamed("get_weather", key="0"),
            ToolCallDelta('ty": "Paris"}', key="0"),
            TurnFinish("tool_calls"),
            ToolResult(18, call_id="a"),
        ],
        f"run complete\n1 tool_calls | get_weather({PARIS}) = done 18",
    ),
    Row(
        "B7 a rejected call fails and its turn goes on",
        [
            TurnStart(tools=["f"]),
            ToolCall("nope", call_id="a"),
            ToolCallRejected("there is no nope", call_id="a"),
            ToolCall("f", call_id="b"),
            ToolResult(1, call_id="b"),
        ],
        'run complete\n1 - | nope({}) = invalid "there is no nope" | f({}) = done 1',
    ),
    Row(
        "B7 an abandoned turn keeps what it showed; its peers are not executed; its usage counts; the next begins anew",
        [
            TurnStart(tools=["f"]),
            TextDelta("Let me"),
            ToolCall("f", call_id="a"),
            ToolCallDelta('{"x', key="1", call_id="b", name="nope"),
            TurnAbandoned("no tool nope"),
            ToolCallDelta('": 1}', key="1"),
            TextDelta("more of the doomed reply"),
            TurnFinish("tool_calls"),
            TurnUsage(Usage(input_tokens=5, output_tokens=3)),
            TurnStart(tools=["f"]),
            TextDelta("Again."),
            TurnFinish("stop"),
        ],
        'run complete\n1 error [abandoned] 5->3 | "Let me" | '
        'f({}) = skipped "Not executed, because another tool call of the same reply was invalid." | '
        'nope(?{"x) = invalid "no tool nope"\n2 stop | "Again."\n! abandoned x1',
    ),
    Row(
        "B7 a call that nobody takes care of stays marked",
        [
            TurnStart(tools=["f"]),
            ToolCall("nope", call_id="a"),
            ToolResult("unknown tool", call_id="a", outcome="error"),
        ],
        'run complete\n1 - | nope({}) = error "unknown tool"',
    ),
    Row(
        "B12 text that only the result object has is shown, text that was said is not repeated",
        [TextDelta("Hello"), TurnFinish("stop"), FinalText("Hello"), FinalText("Hello\n")],
        'run complete\n1 stop | "Hello"',
    ),
    Row(
        "B12 text that only the result object has, after a turn with tools",
        [ToolCall("f", call_id="a"), ToolResult(1, call_id="a"), FinalText("Stopped by a hook.")],
        'run complete\n1 - | f({}) = done 1\n2 - | "Stopped by a hook."',
    ),
    Row(
        "B12 text that only the result object has, in a turn that said nothing",
        [TurnStart(), TurnFinish("stop"), FinalText("Done.")],
        'run complete\n1 stop | "Done."',
    ),
    Row(
        "B14 an approval keeps its step open; the placeholder is no error and no result",
        [
            ToolCall("delete", {"path": "x"}, call_id="a"),
            TurnFinish("tool_calls"),
            ToolResult({"error": "needs confirmation"}, call_id="a", preliminary=True),
            ApprovalRequest("Delete x?", call_id="a"),
        ],
        'run complete\n1 tool_calls | delete({"path": "x"}) = approval {"error": "needs confirmation"} so far',
    ),
    Row(
        "B14 the question may come before the placeholder, and before the call",
        [
            ApprovalRequest("Delete x?", call_id="a"),
            ToolCall("delete", call_id="a"),
            ToolResult("wait", call_id="a", preliminary=True),
            ApprovalResponse("approved", call_id="a"),
            ToolStart(call_id="a"),
            ToolResult("gone", call_id="a"),
            TextDelta("Done."),
        ],
        'run complete\n1 - | delete({}) = done [approved] "gone"\n2 - | "Done."',
    ),
    Row(
        "B14 denied with a reason, which the model may hear as the result",
        [
            ToolCall("delete", call_id="a"),
            ApprovalRequest(call_id="a"),
            ApprovalResponse("denied", reason="too risky", call_id="a"),
            ToolResult("denied: too risky", call_id="a", outcome="error"),
            TextDelta("All right."),
        ],
        'run complete\n1 - | delete({}) = denied [denied: too risky] "denied: too risky"\n2 - | "All right."',
    ),
    Row(
        "B14 edited arguments stand beside the model's",
        [
            ToolCall("delete", {"path": "/"}, call_id="a"),
            ApprovalRequest(call_id="a"),
            ApprovalResponse("approved", arguments={"path": "/srv/x"}, call_id="a"),
            ToolResult("ok", call_id="a"),
        ],
        'run complete\n1 - | delete({"path": "/"}) = done [approved with {"path": "/srv/x"}] "ok"',
    ),
    Row(
        "B14 a step that waits for a person is cancelled with its run",
        [ToolCall("delete", call_id="a"), ApprovalRequest(call_id="a")],
        "run cancelled\n1 cancelled [cancelled] | delete({}) = cancelled",
        status="cancelled",
    ),
    Row(
        "B14 an answer to nothing is said",
        [TextDelta("x"), ApprovalResponse("approved", call_id="a")],
        'run complete\n1 - | "x"\n! answer_to_nothing x1',
    ),
    Row(
        "B15 progress shows in the step and is replaced",
        [
            ToolCall("f", call_id="a"),
            ToolStart(call_id="a"),
            ToolResult("50 %", call_id="a", preliminary=True),
            ToolResult("100 %", call_id="a", preliminary=True),
            ToolResult("done", call_id="a"),
        ],
        'run complete\n1 - | f({}) = done "done"',
    ),
    Row(
        "B15 progress that nothing follows",
        [
            ToolCall("f", call_id="a"),
            ToolStart(call_id="a"),
            ToolResult("50 %", call_id="a", preliminary=True),
        ],
        'run complete\n1 - | f({}) = unanswered "50 %" so far',
    ),
    Row(
        "B16 a sub-agent's turns nest under the step that started it",
        [
            ToolCall("ask_expert", call_id="a"),
            TurnFinish("tool_calls"),
            LaneStart("sub", agent="expert", parent_call_id="a"),
            TextDelta("inner", lane="sub"),
            ToolResult("inner", call_id="a"),
            TextDelta("outer"),
        ],
        "run complete\nlane1: expert under r.1.1\n"
        '1 tool_calls | ask_expert({}) = done "inner"\n2 - in lane1 | "inner"\n3 - | "outer"',
    ),
    Row(
        "B16 a hand-off is shown: A, then B, then A again",
        [
            TextDelta("a1"),
            LaneStart("B", agent="bob", handed_from=""),
            TextDelta("b1", lane="B"),
            TurnFinish("stop"),
            TextDelta("a2"),
        ],
        'run complete\nlane1: bob from main\n1 stop | "a1"\n2 - in lane1 | "b1"\n3 - | "a2"',
    ),
    Row(
        "B12 of agents that hand a run to one another, the last to work has the final turn",
        [
            TextDelta("a1"),
            LaneStart("B", agent="bob", handed_from=""),
            TextDelta("b1", lane="B"),
            LaneStart("C", agent="cleo", handed_from="B"),
            TextDelta("c1", lane="C"),
            TurnStart(lane="B"),
            TextDelta("b2", lane="B"),
        ],
        "run complete\nlane1: bob from main\nlane2: cleo from lane1\n"
        '1 - | "a1"\n2 - in lane1 | "b1"\n3 - in lane2 | "c1"\n4 - in lane1 | "b2"',
    ),
    Row(
        "B9 usage of a second reply that says nothing is its own",
        [
            TurnUsage(Usage(input_tokens=5)),
            ToolCall("f", call_id="a"),
            TurnFinish("tool_calls"),
            ToolResult(1, call_id="a"),
            TurnUsage(Usage(input_tokens=50)),
            TurnFinish("content_filter"),
        ],
        "run error (content_filter: The provider's content filter withheld the answer.)\n"
        "1 tool_calls 5->None | f({}) = done 1\n2 content_filter [error] 50->None",
    ),
    Row(
        "B10 a second reply that was cut off before it said anything is an error",
        [
            ToolCall("f", call_id="a"),
            TurnFinish("tool_calls"),
            ToolResult(1, call_id="a"),
            TurnFinish("length"),
        ],
        "run error (length: The model reached its output limit before it answered.)\n"
        "1 tool_calls | f({}) = done 1\n2 length [error]",
    ),
    Row(
        "B10 blanks are no answer",
        [TextDelta(" \n"), TurnFinish("length")],
        'run error (length: The model reached its output limit before it answered.)\n1 length [error] | " \\n"',
    ),
    Row(
        "B10 a reply that fails before it says anything is an error",
        [TurnStart(), TurnFinish("error")],
        "run error (error: The provider ended the reply with an error before it answered.)\n1 error [error]",
    ),
    Row(
        "B5 arguments that come again, empty, take nothing back",
        [
            ToolCallDelta('{"a": 1}', name="f", call_id="a", key="0"),
            ToolCall("f", "", call_id="a", key="0"),
            ToolResult(1, call_id="a"),
        ],
        'run complete\n1 - | f({"a": 1}) = done 1',
    ),
    Row(
        "B17 results without an id do not take one another's place",
        [
            ToolResult("first", name="f"),
            ToolResult("of a", call_id="a"),
            ToolCall("a", call_id="a"),
            ToolResult("second", name="f"),
        ],
        'run complete\n1 - | a({}) = done "of a" | f(null) = done "first" | f(null) = done "second"\n'
        "! result_for_nobody x2",
    ),
    Row(
        "B17 sources that have only words are told apart",
        [Source(snippet="one"), Source(snippet="two"), Source(snippet="one")],
        "run complete\n1 - | source None | source None",
    ),
    Row(
        "B3 an error that a retry mends is none",
        [TextDelta("x"), Error("busy", kind="Overloaded"), TurnRetry(), TextDelta("y")],
        'run complete\n1 - attempt 2 | "y"',
    ),
    Row(
        "a second error is told, too",
        [Error("one"), Error("one"), Error("two")],
        "run error (error: one)\n! another_error x1",
    ),
    Row(
        "B16 results without ids stay in their lane",
        [
            ToolCall("f", {"n": 1}, lane="A"),
            ToolCall("f", {"n": 2}, lane="B"),
            ToolResult("b", name="f", lane="B"),
            ToolResult("a", name="f", lane="A"),
        ],
        'run complete\n1 - in lane1 | f({"n": 1}) = done "a"\n2 - in lane2 | f({"n": 2}) = done "b"',
    ),
    Row(
        "data that comes while tools run is of their turn, whose reply is over",
        [
            ToolCall("f", {"n": 1}, call_id="1"),
            ToolCall("f", {"n": 2}, call_id="2"),
            TurnFinish("tool_calls"),
            Data("progress", 1),
            ToolResult("a", call_id="1"),
            Data("progress", 2),
            ToolResult("b", call_id="2"),
            TextDelta("done"),
        ],
        'run complete\n1 tool_calls | f({"n": 1}) = done "a" | f({"n": 2}) = done "b" '
        '| data progress 1 | data progress 2\n2 - | "done"',
    ),
    Row(
        "a call that had two ids is forgotten under both when the turn is tried again",
        [
            ToolCallDelta("{", name="f", call_id="1", key="k"),
            ToolCall("f", {}, call_id="2", key="k"),
            TurnRetry(),
            ToolResult("late", call_id="1"),
            TextDelta("again"),
        ],
        'run complete\n1 - attempt 2 | "again" | unknown tool(null) = done "late"\n! result_for_nobody x1',
    ),
    Row(
        "sources, files and data have a place in the turn",
        [
            TextDelta("See."),
            Source("https://a.example", "A"),
            Source("https://a.example", "A again"),
            File(b"hi", media_type="text/plain", key="f1"),
            File(b"hi", media_type="text/plain", key="f1"),
            Data("plan", {"step": 1}, key="p"),
            Data("plan", {"step": 2}, key="p"),
            Data("note", None),
        ],
        'run complete\n1 - | "See." | source https://a.example | file text/plain aGk= | data plan {"step": 2} | '
        "data note null",
    ),
    Row(
        "a whole call knows its id better than its pieces did",
        [
            ToolCallDelta("{}", key="0", call_id="partial-1", name="f"),
            ToolCall("f", {}, key="0", call_id="real-1"),
            ToolResult("x", call_id="real-1"),
        ],
        'run complete\n1 - | f({}) = done "x"',
    ),
    Row(
        "a reply that finishes twice, differently, is said; the first word stands",
        [TextDelta("x"), TurnFinish("length"), TurnFinish("stop")],
        'run complete\n1 length | "x"\n! two_finishes x1',
    ),
    Row(
        "a turn number that goes back is said, and nothing is lost",
        [TextDelta("a", turn="1"), TextDelta("b", turn="2"), TextDelta("c", turn="1")],
        'run complete\n1 - | "a" | "c"\n2 - | "b"\n! content_after_end x1',
    ),
    Row(
        "a delta after the reply's finish is said, and nothing is lost",
        [TextDelta("a", turn="1"), TurnFinish("stop", turn="1"), TextDelta("b", turn="1")],
        'run complete\n1 stop | "a" | "b"\n! content_after_end x1',
    ),
    Row(
        "B8 ids and keys used again in a turn that its own key announces",
        [
            TextDelta("one", key="0", turn="t1"),
            ToolCall("f", {"n": 1}, call_id="0", turn="t1"),
            ToolResult("one", call_id="0"),
            Text("two", key="0", turn="t2"),
            ToolCall("f", {"n": 2}, call_id="0", turn="t2"),
            ToolResult("two", call_id="0"),
        ],
        'run complete\n1 - | "one" | f({"n": 1}) = done "one"\n2 - | "two" | f({"n": 2}) = done "two"',
    ),
    Row(
        "B4 a file stands between what was said before and after it",
        [TextDelta("a"), File(b"hi", media_type="text/plain"), TextDelta("b")],
        'run complete\n1 - | "a" | file text/plain aGk= | "b"',
    ),
]
