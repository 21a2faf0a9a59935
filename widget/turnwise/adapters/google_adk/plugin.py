"""What only a plugin of ADK's sees of a run: when the model is called, when tools run, what goes on in an AgentTool.

One plugin without any state sits in a runner for good; ``Listener`` says, for the task that it is entered in and those
that come of it, who listens. Knows the framework's names.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...events import ModelRequest

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

    from typing_extensions import Self

    from ...events import ApprovalResponse
    from ..relay import Relay
    from .translate import Translator

_LISTENER: ContextVar[Listener | None] = ContextVar("turnwise_adk_listener", default=None)
_CALL: ContextVar[str | None] = ContextVar("turnwise_adk_call", default=None)
"""Id of the call that a tool runs for."""


class Listener:
    """Hears, while it is entered, what the plugin sees of the run of a session, and of those inside it."""

    def __init__(self, session_id: str, translator: Translator, relay: Relay) -> None:
        self.translator = translator
        self.relay = relay
        self.answers: dict[str, ApprovalResponse] = {}
        """What a person said to calls that are about to run, by call id."""
        self._session_id = session_id
        self._token: Token[Listener | None] | None = None

    def __enter__(self) -> Self:
        self._token = _LISTENER.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _LISTENER.reset(self._token)

    def run_of(self, context: Any) -> str | None:
        """The call that a run is made for; ``None`` for the session's own."""
        return None if context.session.id == self._session_id else _CALL.get()


def install(runner: Any) -> None:
    """Make ``runner`` tell listeners, once. The plugin comes first: one that answers keeps the rest from hearing."""
    plugins: list[Any] = runner.plugin_manager.plugins
    if not any(isinstance(plugin, _plugin_class()) for plugin in plugins):
        plugins.insert(0, _plugin_class()(name="turnwise"))


def _sent(request: Any) -> ModelRequest:
    """The request as it is now: plugins after this one, and callbacks of the agent, may change it."""
    config: dict[str, Any] = _dumped(request.config) if request.config else {}
    tools: list[Any] = [*(request.config.tools or ())] if request.config else []
    return ModelRequest(
        [_dumped(content) for content in request.contents],
        system=config.pop("system_instruction", None),
        tools=[_dumped(tool) if hasattr(tool, "model_dump") else repr(tool) for tool in tools],
        settings=config,
        model=request.model,
    )


def _dumped(model: Any) -> Any:
    return model.model_dump(mode="json", exclude_none=True, exclude={"tools", "http_options"})


@lru_cache
def _plugin_class() -> Any:
    base: Any = import_module("google.adk.plugins.base_plugin").BasePlugin

    class TurnwisePlugin(base):
        """Answers nothing, so that the run goes as without it.

        What a person said beside yes or no, for which ADK has no place, gets to the tool (other arguments) and into its
        result (the reason).
        """

        async def before_model_callback(self, *, callback_context: Any, llm_request: Any) -> None:
            listener = _LISTENER.get()
            if listener is None:
                return
            context = callback_context._invocation_context
            events = listener.translator.request(
                callback_context.agent_name,
                context.branch,
                listener.run_of(context),
                model=llm_request.model,
                tools=list(llm_request.tools_dict),
                sent=_sent(llm_request),
            )
            await listener.relay.say(events)

        async def before_tool_callback(self, *, tool: Any, tool_args: Any, tool_context: Any) -> None:
            call_id = tool_context.function_call_id
            _CALL.set(call_id)
            if (listener := _LISTENER.get()) is None:
                return
            answer = listener.answers.get(call_id)
            if answer is not None and answer.arguments is not None:
                tool_args.clear()  # the framework runs the tool with this very object
                tool_args.update(answer.arguments)
            listener.relay.tell(listener.translator.tool_start(tool.name, call_id))

        async def after_tool_callback(
            self, *, tool: Any, tool_args: Any, tool_context: Any, result: Any
        ) -> None:
            listener = _LISTENER.get()
            call_id = tool_context.function_call_id
            if listener is None or call_id in tool_context.actions.requested_tool_confirmations:
                return
            answer = listener.answers.pop(call_id, None)
            if (
                answer is not None
                and answer.decision == "denied"
                and answer.reason
                and isinstance(result, dict)
            ):
                result["reason"] = (
                    answer.reason
                )  # not returned: then the plugins after this one would not hear
            if result is not None or not tool.is_long_running:
                listener.relay.tell(listener.translator.tool_result(tool.name, call_id, result))

        async def on_tool_error_callback(
            self, *, tool: Any, tool_args: Any, tool_context: Any, error: Exception
        ) -> None:
            if (listener := _LISTENER.get()) is not None:
                value = {"error": str(error) or type(error).__name__}
                call_id = tool_context.function_call_id
                listener.relay.tell(listener.translator.tool_result(tool.name, call_id, value))

        async def on_event_callback(self, *, invocation_context: Any, event: Any) -> None:
            listener = _LISTENER.get()
            if listener is None or (run := listener.run_of(invocation_context)) is None:
                return  # the run's own events come out of it
            listener.relay.tell(listener.translator.feed(event, run))

    return TurnwisePlugin
