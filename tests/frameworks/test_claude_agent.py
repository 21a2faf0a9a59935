"""The Claude Agent SDK: its real client and control protocol, over a scripted program (`make frameworks`)."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    CLIConnectionError,
    PermissionResultAllow,
    Transport,
)

from live import Conversation, chat_in_kernel, told
from turnwise import ApprovalResponse, adapter_for
from turnwise.adapters.claude_agent import ClaudeAgentAdapter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Program(Transport):
    """In the place of the program: it answers the SDK's frames, and each prompt with the next script."""

    def __init__(self, *scripts: Any) -> None:
        self.scripts = list(scripts)
        self.frames: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.prompts: list[str] = []
        self.permissions: list[dict[str, Any]] = []
        self.interrupted = asyncio.Event()
        self.open = False
        self.options: Any = None
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ids = 0

    # what the SDK wants of a transport

    async def connect(self) -> None:
        self.open = True

    def is_ready(self) -> bool:
        return self.open

    async def end_input(self) -> None:
        pass

    async def close(self) -> None:
        self.open = False
        self.frames.put_nowait(None)
        for task in self._tasks:
            task.cancel()

    async def read_messages(self) -> AsyncIterator[dict[str, Any]]:
        while (frame := await self.frames.get()) is not None:
            yield frame

    async def write(self, data: str) -> None:
        if not self.open:
            raise CLIConnectionError("ProcessTransport is not ready for writing")
        frame = json.loads(data)
        match frame["type"]:
            case "control_request":
                if frame["request"]["subtype"] == "interrupt":
                    self.interrupted.set()
                self.frames.put_nowait(
                    {
                        "type": "control_response",
                        "response": {"subtype": "success", "request_id": frame["request_id"], "response": {}},
                    }
                )
            case "control_response":
                answer = frame["response"]
                self._asked[answer["request_id"]].set_result(answer["response"])
            case "user":
                prompt = frame["message"]["content"]
                self.prompts.append(prompt)
                self.prompt_id = frame.get("uuid")
                script = self.scripts.pop(0)
                self._tasks.append(asyncio.create_task(script(self)))

    # what scripts say

    def say(self, kind: str, **fields: Any) -> None:
        self._ids += 1
        self.frames.put_nowait({"type": kind, "session_id": "sess-1", "uuid": f"u{self._ids}", **fields})

    def begin(self) -> None:
        self.say("system", subtype="init", model="claude-x", tools=["Bash", "Agent"])

    def message(self, *blocks: dict[str, Any], stop: str = "end_turn", parent: str | None = None) -> None:
        """A whole message of the model, streamed, with the messages that repeat its blocks."""
        self._ids += 1
        key = f"msg{self._ids}"
        message = {"id": key, "type": "message", "role": "assistant", "model": "claude-x", "content": []}
        usage = {"input_tokens": 12, "output_tokens": 1}
        self.event({"type": "message_start", "message": {**message, "usage": usage}}, parent)
        for index, block in enumerate(blocks):
            self.block(index, block, parent)
            self.whole(block, key=key, parent=parent)
            self.event({"type": "content_block_stop", "index": index}, parent)
        delta = {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 7}}
        self.event(delta, parent)
        self.event({"type": "message_stop"}, parent)

    def event(self, event: dict[str, Any], parent: str | None = None) -> None:
        self.say("stream_event", event=event, parent_tool_use_id=parent)

    def block(self, index: int, block: dict[str, Any], parent: str | None = None) -> None:
        start: dict[str, Any] = {"type": "text", "text": ""}
        delta: dict[str, Any] = {"type": "text_delta", "text": block.get("text")}
        if block["type"] == "tool_use":
            start = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        self.event({"type": "content_block_start", "index": index, "content_block": start}, parent)
        self.event({"type": "content_block_delta", "index": index, "delta": delta}, parent)

    def whole(self, *blocks: dict[str, Any], key: str, parent: str | None = None, **fields: Any) -> None:
        message = {"id": key, "role": "assistant", "model": "claude-x", "content": list(blocks), "usage": {}}
        self.say("assistant", message=message, parent_tool_use_id=parent, **fields)

    def returned(self, call_id: str, content: Any, *, error: bool = False, parent: str | None = None) -> None:
        block = {"type": "tool_result", "tool_use_id": call_id, "content": content, "is_error": error}
        self.say("user", message={"role": "user", "content": [block]}, parent_tool_use_id=parent)

    def result(self, subtype: str = "success", **fields: Any) -> None:
        self.say(
            "result",
            **{
                "subtype": subtype,
                "duration_ms": 1,
                "duration_api_ms": 1,
                "is_error": False,
                "num_turns": 1,
                "usage": {"input_tokens": 50, "output_tokens": 20},
                **fields,
            },
        )

    async def ask(self, name: str, call_id: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """May this tool run?"""
        answer = self._asked[call_id] = asyncio.get_running_loop().create_future()
        request = {"subtype": "can_use_tool", "tool_name": name, "input": arguments, "tool_use_id": call_id}
        self.frames.put_nowait({"type": "control_request", "request_id": call_id, "request": request})
        self.permissions.append(await answer)
        return self.permissions[-1]


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def call(name: str, call_id: str, /, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


async def weather(program: Program) -> None:
    program.begin()
    program.message(text("Let me look."), call("weather", "c1", city="Paris"), stop="tool_use")
    program.returned("c1", [{"type": "text", "text": "18 °C"}])
    program.message(text("It is 18 °C."))
    program.result(result="It is 18 °C.")


async def hello(program: Program) -> None:
    program.begin()
    program.message(text("Hello."))
    program.result(result="Hello.")


async def delete(program: Program) -> None:
    program.begin()
    program.message(text("Deleting."), call("delete", "d1", path="x"), stop="tool_use")
    said = await program.ask("delete", "d1", {"path": "x"})
    allowed = said["behavior"] == "allow"
    program.returned("d1", said["updatedInput"]["path"] if allowed else said["message"], error=not allowed)
    program.message(text("Done."))
    program.result(result="Done.")


class Chat(Conversation):
    """A conversation with one program after the other, as the adapter starts them."""

    def __init__(self, *programs: Program, options: Any = None, answers: Any = ()) -> None:
        self.left = list(programs)

        def connect(given: Any) -> ClaudeSDKClient:
            program = self.left.pop(0)
            program.options = given
            return ClaudeSDKClient(given, transport=program)

        super().__init__(
            options or ClaudeAgentOptions(),
            lambda agent: ClaudeAgentAdapter(agent, connect=connect),
            answers=answers,
        )

    async def close(self) -> None:
        """And see that nothing is left behind."""
        await self.adapter.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if not task.done() and not task.cancelling()]


async def test_recognised_and_described() -> None:
    options = ClaudeAgentOptions(system_prompt="Be kind.", max_turns=3, env={"KEY": "secret"})
    for agent in (options, ClaudeSDKClient(options)):
        adapter = adapter_for(agent)
        assert isinstance(adapter, ClaudeAgentAdapter)
        told = adapter.describe()
        assert (told.system, told.settings, told.tools) == ("Be kind.", {"max_turns": 3}, None)
        assert (told.framework or "").startswith("claude-agent-sdk 0.")
        assert list(told.fixed) == ["tools"]
    other = adapter_for(options).changed(system="Be brief.", model="claude-y", settings={"max_turns": 5})
    told = other.describe()
    assert (told.system, told.model, told.settings) == ("Be brief.", "claude-y", {"max_turns": 5})
    assert options.system_prompt == "Be kind."
    with pytest.raises(TypeError, match="'env' is no setting"):
        adapter_for(options).changed(settings={"env": {}})
    with pytest.raises(TypeError, match="transport of its own"):
        adapter_for(ClaudeSDKClient(options, transport=Program())).changed(model="claude-y")


async def test_text_tool_text_with_usage_then_a_second_prompt() -> None:
    program = Program(weather, hello)
    chat = Chat(program)
    run = await chat.ask("Weather in Paris?")
    first, second = run.turns
    assert (first.text, first.finish_reason, first.model) == ("Let me look.", "tool_calls", "claude-x")
    [tool] = first.tools
    assert told(tool) == ("weather", {"city": "Paris"}, "18 °C", "ok")
    assert second.text == run.final_text == "It is 18 °C."
    assert second.usage is not None
    assert (second.usage.input_tokens, second.usage.output_tokens) == (12, 7)
    again = await chat.ask("And now?")
    assert again.final_text == "Hello."
    assert program.prompts == ["Weather in Paris?", "And now?"], "one program, which remembers"
    assert [tool.name for tool in chat.adapter.describe().tools or ()] == ["Bash", "Agent"]
    await chat.close()
    assert not program.open


@pytest.mark.parametrize(
    ("answer", "told", "result"),
    [
        (ApprovalResponse("approved"), {"behavior": "allow", "updatedInput": {"path": "x"}}, "x"),
        (
            ApprovalResponse("approved", arguments={"path": "y"}),
            {"behavior": "allow", "updatedInput": {"path": "y"}},
            "y",
        ),
        (
            ApprovalResponse("denied", reason="not that"),
            {"behavior": "deny", "message": "not that"},
            "not that",
        ),
    ],
    ids=["approved", "edited", "denied"],
)
async def test_b14_a_person_decides(answer: ApprovalResponse, told: dict[str, Any], result: str) -> None:
    program = Program(delete)
    chat = Chat(program, answers=[answer])
    run = await chat.ask("delete x")
    assert program.permissions == [told]
    [tool] = run.turns[0].tools
    assert tool.result == result
    assert tool.state == ("done" if answer.decision == "approved" else "denied")
    assert [turn.text for turn in run.turns] == ["Deleting.", "Done."]
    await chat.close()


async def test_options_that_decide_by_themselves_are_left_to_it() -> None:
    asked: list[str] = []

    async def mine(name: str, arguments: Any, context: Any) -> PermissionResultAllow:
        asked.append(name)
        return PermissionResultAllow()

    chat = Chat(Program(delete), options=ClaudeAgentOptions(can_use_tool=mine))
    run = await chat.ask("delete x")
    assert asked == ["delete"]
    assert run.turns[0].tools[0].approval is None
    assert run.final_text == "Done."
    await chat.close()


async def test_tools_that_are_allowed_raise_no_warning() -> None:
    chat = Chat(Program(hello), options=ClaudeAgentOptions(allowed_tools=["Bash"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = await chat.ask("hello")
    assert run.status == "complete"
    await chat.close()


async def test_b16_a_sub_agent_is_a_lane_under_its_step() -> None:
    async def delegate(program: Program) -> None:
        program.begin()
        given = {"subagent_type": "forecaster", "prompt": "Paris?"}
        program.message(text("Delegating."), call("Agent", "a1", **given), stop="tool_use")
        program.message(text("Looking."), call("weather", "c1"), stop="tool_use", parent="a1")
        program.returned("c1", "18 °C", parent="a1")
        program.whole(text("18 degrees."), key="unstreamed", parent="a1")
        program.returned("a1", "18 degrees.")
        program.message(text("It is mild."))
        program.result(result="It is mild.")

    program = Program(delegate)
    chat = Chat(program)
    run = await chat.ask("Weather?")
    [lane] = [lane for lane in run.lanes if lane.parent is not None]
    step = run.turns[0].tools[0]
    assert (lane.agent, lane.parent) == ("forecaster", step.id)
    assert [(turn.lane == lane.id, turn.text) for turn in run.turns] == [
        (False, "Delegating."),
        (True, "Looking."),
        (True, "18 degrees."),
        (False, "It is mild."),
    ]
    assert run.final_text == "It is mild."
    assert program.options.forward_subagent_text
    await chat.close()


def stuck(here: asyncio.Event) -> Any:
    async def script(program: Program) -> None:
        program.begin()
        program.event({"type": "message_start", "message": {"id": "m", "model": "claude-x"}})
        program.block(0, text("Once upon a time"))
        here.set()
        await program.interrupted.wait()
        program.say("user", message={"role": "user", "content": [text("[Request interrupted by user]")]})
        program.result("error_during_execution", terminal_reason="aborted_streaming")

    return script


async def test_stopped_it_is_interrupted_and_the_next_prompt_works() -> None:
    here = asyncio.Event()
    program = Program(stuck(here), hello)
    chat = Chat(program)
    run = await chat.ask("a story", stop=here)
    assert (run.status, program.interrupted.is_set()) == ("cancelled", True)
    after = await chat.ask("hello?")
    assert (after.status, after.final_text, len(after.turns)) == ("complete", "Hello.", 1)
    await chat.close()


async def test_a_program_that_does_not_come_to_rest_is_ended_and_its_session_resumed() -> None:
    here = asyncio.Event()

    async def deaf(program: Program) -> None:
        program.begin()
        program.message(text("Once upon a time"))
        here.set()

    first, second = Program(deaf), Program(hello)
    chat = Chat(first, second)
    run = await chat.ask("a story", stop=here)
    assert (run.status, first.open) == ("cancelled", False)
    assert (await chat.ask("hello?")).final_text == "Hello."
    assert second.options.resume == "sess-1"
    await chat.close()


async def test_stopped_at_a_question_it_is_denied() -> None:
    asked = asyncio.Event()

    async def asks(program: Program) -> None:
        program.begin()
        program.message(call("delete", "d1", path="x"), stop="tool_use")
        question = asyncio.create_task(program.ask("delete", "d1", {"path": "x"}))
        asked.set()
        await question
        program.result("error_during_execution", terminal_reason="aborted_tools")

    program = Program(asks, hello)
    chat = Chat(program)
    await chat.ask("delete x", stop=asked)
    assert [(said["behavior"], said.get("interrupt")) for said in program.permissions] == [("deny", True)]
    assert (await chat.ask("hello?")).final_text == "Hello."
    await chat.close()


@pytest.mark.parametrize(
    ("fields", "kind", "says"),
    [
        ({"subtype": "error_max_turns", "errors": ["too many turns"]}, "error_max_turns", "too many turns"),
        (
            {"is_error": True, "result": "API Error: 529", "api_error_status": 529},
            "api_error 529",
            "API Error: 529",
        ),
    ],
)
async def test_b19_an_error_comes_once_and_the_next_prompt_works(
    fields: dict[str, Any], kind: str, says: str
) -> None:
    async def fails(program: Program) -> None:
        program.begin()
        program.message(text("Half a sentence and "))
        program.result(**fields)

    chat = Chat(Program(fails, hello))
    run = await chat.ask("hello")
    assert (run.status, run.final_text) == ("error", "Half a sentence and ")
    assert run.error is not None
    assert (run.error.kind, run.error.message) == (kind, says)
    assert (await chat.ask("hello?")).final_text == "Hello."
    await chat.close()


async def test_a_refused_request_is_an_error_and_no_answer() -> None:
    async def refused(program: Program) -> None:
        program.begin()
        program.whole(text("API Error: slow down"), key="m", error="rate_limit")
        program.result(is_error=True, result="API Error: slow down")

    chat = Chat(Program(refused))
    run = await chat.ask("hello")
    assert run.error is not None
    assert (run.error.kind, run.error.message) == ("rate_limit", "API Error: slow down")
    assert run.turns == []
    await chat.close()


async def test_b10_a_program_that_ends_truncates_the_run_and_the_next_one_resumes_its_session() -> None:
    async def dies(program: Program) -> None:
        program.begin()
        program.message(text("Half a sentence and "))
        await program.close()

    second = Program(hello)
    chat = Chat(Program(dies), second)
    run = await chat.ask("hello")
    assert run.status == "truncated"
    after = await chat.ask("hello?")
    assert (after.status, after.final_text) == ("complete", "Hello.")
    assert second.options.resume == "sess-1"
    await chat.close()


async def test_the_result_of_a_task_in_the_background_does_not_end_the_run() -> None:
    async def woken(program: Program) -> None:
        program.begin()
        program.message(text("The build is done."))
        program.result(result="The build is done.", origin={"kind": "task-notification"})
        program.message(text("Hello."))
        program.result(result="Hello.", user_message_uuids=[program.prompt_id])

    chat = Chat(Program(woken))
    run = await chat.ask("hello")
    assert [turn.text for turn in run.turns] == ["The build is done.", "Hello."]
    await chat.close()


async def test_b12_a_structured_answer_is_shown() -> None:
    async def structured(program: Program) -> None:
        program.begin()
        program.message(call("StructuredOutput", "s1", city="Paris"), stop="tool_use")
        program.returned("s1", "ok")
        program.result(result="", structured_output={"city": "Paris"})

    chat = Chat(Program(structured))
    run = await chat.ask("which city?")
    assert json.loads(run.final_text.removeprefix("```json").removesuffix("```")) == {"city": "Paris"}
    await chat.close()


async def test_a_client_of_your_own_connected_or_not() -> None:
    for connected in (False, True):
        program = Program(hello)
        client = ClaudeSDKClient(ClaudeAgentOptions(), transport=program)
        if connected:
            await client.connect()
        chat = Conversation(client)
        assert (await chat.ask("hello")).final_text == "Hello."
        await chat.adapter.close()
        assert program.open is connected, "who connects, disconnects"
        await client.disconnect()


def test_in_a_notebook_kernel() -> None:
    printed = chat_in_kernel(
        """
        import sys
        sys.path += ["tests", "tests/frameworks"]
        from test_claude_agent import ClaudeAgentOptions, ClaudeSDKClient, Program, weather
        from turnwise import AgentChat

        chat = AgentChat(ClaudeSDKClient(ClaudeAgentOptions(), transport=Program(weather)))
        chat
        """,
    )
    assert printed == "complete ['18 °C'] It is 18 °C.\n"
