"""The LlamaIndex adapter against the real package, in an environment of its own (`make frameworks`)."""

from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
from llama_index.llms.openai_like import OpenAILike

from chat_wire import Model, call, called, says
from live import Conversation
from live_scenarios import *  # noqa: F403  # the tests that every framework has
from live_scenarios import SYSTEM, Make, check_answered, check_in_a_kernel, text, weather
from turnwise import AgentChat, ApprovalResponse, adapter_for
from turnwise.adapters.llama_index import LlamaIndexAdapter
from turnwise.events import ApprovalRequest

# The framework uses parts of pydantic that are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def llm(model: Model) -> OpenAILike:
    return OpenAILike(
        model="scripted",
        api_base=model.url,
        api_key="secret",
        temperature=0.5,
        max_retries=0,
        is_chat_model=True,
        is_function_calling_model=True,
        additional_kwargs={"stream_options": {"include_usage": True}},
    )


def agent(model: Model, *tools: Any, name: str = "helper", **options: Any) -> FunctionAgent:
    return FunctionAgent(name=name, description=name, tools=list(tools), llm=llm(model), **options)


@pytest.fixture
def make() -> Make:
    def made(model: Model, /, *tools: Any, system: str = SYSTEM) -> Any:
        return agent(model, *tools, system_prompt=system)

    return made


def test_recognised() -> None:
    with Model([]) as model:
        for each in (agent(model), AgentWorkflow(agents=[agent(model)], root_agent="helper")):
            adapter = adapter_for(each)
            assert isinstance(adapter, LlamaIndexAdapter)
            assert adapter.name == "LlamaIndex · helper"


async def test_usage_and_finish_reason_are_the_models() -> None:
    with Model([says(call("weather", "1", city="Rome")), says("18.")]) as model:
        run = await Conversation(agent(model, weather)).ask("go")
    assert [turn.finish_reason for turn in run.turns] == ["tool_calls", "stop"]
    assert [(turn.usage.input_tokens, turn.usage.output_tokens) for turn in run.turns if turn.usage] == [
        (12, 7),
        (12, 7),
    ]


async def test_arguments_that_are_no_json() -> None:
    """Not an error here: the framework repairs them, and the tool runs."""
    with Model([says("Trying.", called("weather", "1", '{"city": "Par')), says("Fine.")]) as model:
        run = await Conversation(agent(model, weather)).ask("go")
    assert [tool.outcome for tool in run.turns[0].tools] == ["ok"]
    assert run.final_text == "Fine."


async def delete_file(ctx: Context, path: str) -> str:
    """Delete a file."""
    answer = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_event=InputRequiredEvent(prefix=f"Delete {path}?", path=path),  # type: ignore[call-arg]
        requirements={"path": path},
    )
    return f"deleted {path}" if answer.response == "yes" else f"kept, they said {answer.response}"


APPROVALS = {
    "approved": (ApprovalResponse("approved"), "done", "deleted /x"),
    "denied": (ApprovalResponse("denied", reason="keep it"), "denied", "kept, they said no: keep it"),
}


@pytest.mark.parametrize("name", APPROVALS)
async def test_b14_a_tool_asks_a_person_while_it_runs(name: str) -> None:
    answer, state, told = APPROVALS[name]
    replies = [says("Hm.", call("delete_file", "1", path="/x")), says("Done."), says("Yes?")]
    with Model(replies) as model:
        chat = Conversation(agent(model, delete_file), answers=[answer])
        run = await chat.ask("clean up")
        assert model.heard()[-1] == ("tool", told), "the model knows"
        await chat.ask("more")
        check_answered(model)
    [asked] = [event for event in chat.events if isinstance(event, ApprovalRequest)]
    assert asked.message == "Delete /x?"
    assert [turn.text for turn in run.turns] == ["Hm.", "Done."]
    assert [(tool.state, tool.result) for tool in run.turns[0].tools] == [(state, told)]


async def test_stopped_while_a_person_is_asked() -> None:
    with Model([says("Hm.", call("delete_file", "1", path="/x")), says("Fine.")]) as model:
        chat = Conversation(agent(model, delete_file))
        run = await chat.ask("clean up", stop_at=lambda event: isinstance(event, ApprovalRequest))
        assert run.status == "cancelled"
        assert (await chat.ask("leave it")).final_text == "Fine."
        assert model.heard() == [
            ("user", "clean up"),
            ("assistant", "Hm. delete_file#1"),
            ("tool", "(no result: the call was cancelled)"),
            ("user", "leave it"),
        ]


async def test_stopped_after_a_hand_off_what_the_memory_has_of_it_is_not_told_again() -> None:
    replies = [
        says("Handing.", call("handoff", "1", to_agent="billing", reason="a bill")),
        says("Bill ", "is", end="hang"),
        says("Five."),
    ]
    with Model(replies) as model:
        agents = [agent(model, name="triage", can_handoff_to=["billing"]), agent(model, name="billing")]
        chat = Conversation(AgentWorkflow(agents=agents, root_agent="triage"))
        await chat.ask("bill?", stop_at=text("is"))
        await chat.ask("well?")
        user, handed, result, broken, asked = model.heard()
        check_answered(model)
    assert (user, handed, result[0]) == (("user", "bill?"), ("assistant", "Handing. handoff#1"), "tool")
    assert (broken, asked) == (("assistant", "Bill is"), ("user", "well?"))


async def test_the_users_own_memory_is_told_once() -> None:
    with Model([says("Hi."), says("Hello."), says("Again.")]) as model:
        memory = ChatMemoryBuffer.from_defaults()
        first = AgentChat(agent(model), adapter=lambda it: LlamaIndexAdapter(it, memory=memory))
        await first.send("one")
        again = AgentChat(
            agent(model),
            adapter=lambda it: LlamaIndexAdapter(it, memory=memory),
            history=first.transcript,
        )
        await again.send("two")
        assert [said for _, said in model.heard()] == ["one", "Hi.", "two"]
        await again.fork(run=1).send("three")
        assert [said for _, said in model.heard()] == ["one", "Hi.", "three"]
    assert [message.content for message in memory.get_all()] == ["one", "Hi.", "two", "Hello."]


async def test_a_fork_of_a_react_agent_is_told_the_texts() -> None:
    replies = [
        says("Thought: look\n", 'Action: weather\nAction Input: {"city": "Rome"}'),
        says("Thought: I can answer\n", "Answer: 18"),
        says("Thought: I can answer\n", "Answer: yes"),
    ]
    with Model(replies) as model:
        first = AgentChat(ReActAgent(tools=[weather], llm=llm(model)))
        await first.send("go")
        await first.fork().send("sure?")
        heard = model.heard()
    assert [role for role, _ in heard] == ["user", "assistant", "assistant", "user"]
    assert heard[2][1].endswith("Answer: 18")


async def test_b16_a_hand_off_is_shown_and_the_next_prompt_stays_there() -> None:
    replies = [
        says("Handing.", call("handoff", "1", to_agent="billing", reason="a bill")),
        says("Bill is 5."),
        says("Still 5."),
    ]
    with Model(replies) as model:
        agents = [agent(model, name="triage", can_handoff_to=["billing"]), agent(model, name="billing")]
        chat = Conversation(AgentWorkflow(agents=agents, root_agent="triage"))
        run = await chat.ask("bill?")
        assert [(turn.agent, turn.text) for turn in run.turns] == [
            ("triage", "Handing."),
            ("billing", "Bill is 5."),
        ]
        [lane] = [lane for lane in run.lanes if lane.agent == "billing"]
        assert lane.handed_from == "main"
        again = await chat.ask("sure?")
        assert [(turn.agent, turn.lane) for turn in again.turns] == [("billing", "main")]
    with pytest.raises(TypeError, match="change the agents in it"):
        chat.adapter.changed(system="x")


async def test_a_react_agent_says_what_it_says() -> None:
    replies = [
        says("Thought: look\n", 'Action: weather\nAction Input: {"city": "Rome"}'),
        says("Thought: I can answer\n", "Answer: 18"),
    ]
    with Model(replies) as model:
        run = await Conversation(ReActAgent(tools=[weather], llm=llm(model))).ask("go")
    assert [[tool.result for tool in turn.tools] for turn in run.turns] == [["18 °C in Rome"], []]
    assert run.final_text.endswith("Answer: 18")


async def test_b12_a_form_that_was_asked_for_does_not_hide_the_answer() -> None:
    with Model([says("It is Paris.")]) as model:
        run = await Conversation(
            agent(model, structured_output_fn=lambda _: {"name": "Paris", "people": 2})
        ).ask("Which?")
    assert [turn.auxiliary for turn in run.turns] == [False, True]
    assert run.turns[0].text == "It is Paris."
    assert '"people": 2' in run.turns[1].text


def test_in_a_notebook_kernel() -> None:
    check_in_a_kernel(
        lambda url: (
            f"""
        from llama_index.core.agent.workflow import FunctionAgent
        from llama_index.llms.openai_like import OpenAILike

        llm = OpenAILike(
            model="scripted", api_base={url!r}, api_key="secret",
            is_chat_model=True, is_function_calling_model=True,
        )
        chat = AgentChat(FunctionAgent(llm=llm, tools=[weather]))
        chat
        """
        )
    )
