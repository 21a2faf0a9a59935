"""Python functions as tools: what the model is told of them, and what it may pass.

The schema comes from the type hints, the words from the docstring (Google, NumPy, Sphinx or Epydoc style), and
pydantic checks and converts what the model passes. pydantic and the docstring parser load with the first tool.
"""

from __future__ import annotations

import functools
import inspect
import re
from copy import copy
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    TypeAlias,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from ..loops import to_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from pydantic import BaseModel, ValidationError

NeedsApproval: TypeAlias = "bool | Callable[[dict[str, Any]], bool | str | Awaitable[bool | str]]"
"""Whether a person is asked before a call runs; the function is given the call's arguments, checked and converted."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUOTED = 200


class ArgumentsError(ValueError):
    """What the model passed does not fit; the message says what is wrong, for the model to read."""


class Tool:
    """A function that a model may call. Calling the tool itself calls the function, unchecked.

    Made by ``tool`` or ``tool_of``, or of the plain functions in ``Agent(tools=[…])``.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        description: str | None = None,
        needs_approval: NeedsApproval = False,
    ) -> None:
        self.function = function
        self.needs_approval = needs_approval
        self.name = _name(function, name)
        doc = _documentation(function)
        self.description = inspect.cleandoc(description) if description is not None else doc.description
        self._model = _model(function, self.name, doc.parameters)
        self.parameters: dict[str, Any] = _schema(self._model)
        """JSON Schema of the arguments: always an object."""
        self._is_async = _is_async(function)
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, as if it had never become a tool."""
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Tool:
        """On an instance, a decorated method is a tool that knows its ``self``."""
        if instance is None:
            return self
        method: Callable[..., Any] = self.function.__get__(instance, owner)
        return Tool(method, name=self.name, description=self.description, needs_approval=self.needs_approval)

    def __repr__(self) -> str:
        return f"Tool({self.name}({', '.join(self.parameters['properties'])}))"

    def bind(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The checked and converted keyword arguments; defaults are left to the function.

        Raises:
            ArgumentsError: They do not fit the schema.
        """
        from pydantic import ValidationError

        try:
            checked = self._model.model_validate(dict(arguments))
        except ValidationError as error:
            raise ArgumentsError(self._complaint(error)) from None
        fields = type(checked).model_fields
        return {cast("str", fields[name].alias): getattr(checked, name) for name in checked.model_fields_set}

    async def question(self, bound: Mapping[str, Any]) -> str | None:
        """What a person is to be asked before the call with these arguments; ``""`` leaves the words to the asker.

        ``None`` if nobody has to be asked. A predicate that raises could not say so: a person is asked then.
        """
        if isinstance(self.needs_approval, bool):
            return "" if self.needs_approval else None
        try:
            said: object = self.needs_approval(dict(bound))
            if inspect.isawaitable(said):
                said = await cast("Awaitable[object]", said)
        except Exception as error:  # noqa: BLE001  # the user's predicate: nothing may run because it failed
            return f"needs_approval of {self.name} raised {type(error).__name__}: {error}"
        return (said if isinstance(said, str) else "") if said else None

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """Check ``arguments``, call the function, and wait for its value.

        Raises:
            ArgumentsError: They do not fit; the function was not called.
            Exception: Whatever the function raises.
        """
        return await self.call(self.bind(arguments))

    async def call(self, bound: dict[str, Any]) -> Any:
        """The function's value for what ``bind`` made: on the loop if it is async, else in a thread."""
        if self._is_async:
            return await self.function(**bound)
        value = await to_thread(_call, self.function, bound)
        return await value if inspect.isawaitable(value) else value

    def _complaint(self, error: ValidationError) -> str:
        lines: list[str] = []
        for problem in error.errors(include_url=False, include_context=False):
            where = ".".join(str(step) for step in problem["loc"])
            match problem["type"]:
                case "missing":
                    lines.append(f"{where}: missing")
                case "extra_forbidden":
                    lines.append(f"{where}: there is no such parameter")
                case _:
                    got = repr(problem["input"])
                    got = got if len(got) <= _QUOTED else got[:_QUOTED] + "…"
                    lines.append(f"{where}: {problem['msg']} (got {got})")
        takes = ", ".join(self.parameters["properties"]) or "no arguments"
        return f"The arguments do not fit {self.name}: {'; '.join(lines)}. It takes: {takes}."


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...
@overload
def tool(
    *, name: str | None = None, description: str | None = None, needs_approval: NeedsApproval = False
) -> Callable[[Callable[..., Any]], Tool]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    needs_approval: NeedsApproval = False,
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a tool of a function. Plain functions in ``Agent(tools=[…])`` need no decorator; this one can do more.

        @tool(name="search", description="Search the catalogue.")
        def search_v2(query: str, limit: int = 10) -> list[str]: ...

        @tool(needs_approval=lambda arguments: arguments["amount"] > 100)
        def refund(order: str, amount: float) -> str: ...

    With ``needs_approval`` a person is asked before the call runs, and may change its arguments: always (``True``), or
    if a function of the arguments says so. It may be async, and return the question's words instead of ``True``.

    Raises:
        TypeError: The function cannot be called by names and types alone; the message says what to change.
    """

    def make(function: Callable[..., Any]) -> Tool:
        return Tool(function, name=name, description=description, needs_approval=needs_approval)

    return make if function is None else make(function)


def tool_of(function: Tool | Callable[..., Any]) -> Tool:
    """``function`` as a ``Tool``, if it is not one already."""
    return function if isinstance(function, Tool) else Tool(function)


def toolbox(functions: Iterable[Tool | Callable[..., Any]]) -> dict[str, Tool]:
    """The tools by name.

    Raises:
        ValueError: Two have the same name.
        TypeError: A function cannot be a tool.
    """
    tools: dict[str, Tool] = {}
    for item in map(tool_of, functions):
        if item.name in tools:
            raise ValueError(f"two tools are called {item.name!r}; rename one: tool(name=…)")
        tools[item.name] = item
    return tools


def with_approval(tools: dict[str, Tool], names: bool | Iterable[str]) -> dict[str, Tool]:
    """``tools``, of which those with these ``names`` (``True``: all) always need approval.

    Raises:
        ValueError: There is no tool of such a name.
    """
    if isinstance(names, bool):
        names = tools if names else ()
    out = dict(tools)
    for name in names:
        if name not in tools:
            raise ValueError(
                f"needs_approval names {name!r}, and the tools are: {', '.join(tools) or 'none'}"
            )
        out[name] = copy(tools[name])
        out[name].needs_approval = True
    return out


def _call(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        return function(**arguments)
    except SystemExit as error:
        raise RuntimeError(f"the tool called sys.exit({error.code!r})") from None
    except StopIteration as error:  # a future cannot carry it
        raise RuntimeError("the tool raised StopIteration") from error


def _bare(function: Callable[..., Any]) -> Any:
    """What carries the hints and the docstring: the function within partials, or the ``__call__`` of an object."""
    while isinstance(function, functools.partial):
        function = cast("functools.partial[Any]", function).func
    return function if inspect.isroutine(function) else type(function).__call__


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(_bare(function))


def _name(function: object, name: str | None) -> str:
    if not callable(function) or isinstance(function, type):
        raise TypeError(f"a tool is a function, not {function!r}; wrap it in one")
    if name is None:
        inner = function
        while isinstance(inner, functools.partial):
            inner = cast("functools.partial[Any]", inner).func
        found: object = getattr(inner, "__name__", None)
        if found == "<lambda>" or not isinstance(found, str):
            if found == "<lambda>" or not inspect.isclass(type(inner)) or inspect.isroutine(inner):
                raise TypeError(f"{function!r} has no name that a model could call: tool(name=…)(function)")
            found = type(inner).__name__
        name = found
    if not _NAME.fullmatch(name):
        raise TypeError(
            f"{name!r} cannot be a tool's name: 1 to 64 of letters, digits, _ and -. Rename it: tool(name=…)"
        )
    return name


class _Words:
    """What a docstring says: of the function, and of each parameter."""

    __slots__ = ("description", "parameters")

    def __init__(self, description: str, parameters: dict[str, str]) -> None:
        self.description = description
        self.parameters = parameters


def _documentation(function: Callable[..., Any]) -> _Words:
    from docstring_parser import ParseError, parse

    bare = _bare(function)
    text = inspect.getdoc(bare)
    if not text or (bare is not function and text == inspect.getdoc(cast("object", type(bare)))):
        text = inspect.getdoc(function) or ""
    if not text:
        return _Words("", {})
    try:
        parsed = parse(text)
    except ParseError:
        return _Words(text, {})
    parameters = {
        item.arg_name.lstrip("*"): " ".join(item.description.split())
        for item in parsed.params
        if item.description
    }
    return _Words((parsed.description or "").strip(), parameters)


def _model(function: Callable[..., Any], name: str, words: Mapping[str, str]) -> type[BaseModel]:
    """A pydantic model of the parameters. Fields are numbered and aliased: a parameter may have any name."""
    import pydantic

    fields: dict[str, Any] = {}
    hints = _hints(function, name)
    for number, parameter in enumerate(_parameters(function, name)):
        hint = hints.get(parameter.name, Any)
        default: Any = ... if parameter.default is parameter.empty else parameter.default
        field = pydantic.Field(
            default, alias=parameter.name, description=_inline(hint) or words.get(parameter.name)
        )
        fields[f"p{number}"] = (hint, field)
    config = pydantic.ConfigDict(extra="forbid")
    try:
        model: type[BaseModel] = pydantic.create_model(name, __config__=config, **fields)
        _schema(model)
    except pydantic.PydanticUserError as error:
        raise TypeError(
            f"{name} cannot be a tool: a parameter has a type that no JSON can become "
            f"({error.message.splitlines()[0]}). Take plain types, dataclasses or pydantic models"
        ) from error
    return model


def _inline(hint: object) -> str | None:
    """The description in ``Annotated[str, "what it is"]``; pydantic reads its own ``Field`` by itself."""
    if get_origin(hint) is not Annotated:
        return None
    found = [extra for extra in get_args(hint)[1:] if isinstance(extra, str) or hasattr(extra, "description")]
    for extra in found:
        description: object = extra if isinstance(extra, str) else getattr(extra, "description", None)
        if isinstance(description, str):
            return description
    return None


def _parameters(function: Callable[..., Any], name: str) -> list[inspect.Parameter]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name} does not tell its parameters; wrap it in a function with type hints"
        ) from error
    for parameter in signature.parameters.values():
        match parameter.kind:
            case parameter.VAR_POSITIONAL | parameter.VAR_KEYWORD:
                raise TypeError(
                    f"{name} takes {parameter}, and a model passes arguments by name: "
                    "give each parameter a name, or take one list or dict"
                )
            case parameter.POSITIONAL_ONLY:
                raise TypeError(
                    f"{name} takes {parameter.name} by position only, and a model passes arguments by name: "
                    "remove the / from its signature"
                )
            case _:
                pass
    if inspect.isgeneratorfunction(_bare(function)) or inspect.isasyncgenfunction(_bare(function)):
        raise TypeError(f"{name} is a generator; a tool returns its whole value: return list(…)")
    return list(signature.parameters.values())


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    try:
        return get_type_hints(_bare(function), include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise TypeError(
            f"the type hints of {name} cannot be read: {error}. Names in them must exist at run time, "
            "so not only under TYPE_CHECKING"
        ) from error


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """JSON Schema of what the model may pass, without pydantic's titles: they tell a model nothing."""
    from pydantic.json_schema import GenerateJsonSchema

    class Plain(GenerateJsonSchema):
        ignored_warning_kinds = {"non-serializable-default", "skipped-choice"}  # noqa: RUF012

        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

    schema = model.model_json_schema(schema_generator=Plain)
    schema.pop("title", None)
    schema.setdefault("properties", {})
    return schema
