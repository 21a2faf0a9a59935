"""JSON Patch (RFC 6902), by which AG-UI tells what has changed of a state. Knows nothing of turnwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...agent.providers.untyped import Object


def patched(document: Any, operations: Iterable[Object]) -> Any:
    """``document`` after ``operations``, or as it is if one of them does not fit: a patch is applied whole or not."""
    out = json.loads(json.dumps(document))
    try:
        for operation in operations:
            out = _patch(out, operation)
    except (KeyError, IndexError, TypeError, ValueError):
        return document
    return out


def _patch(document: Any, operation: Object) -> Any:
    path = _steps(str(operation["path"]))
    match operation["op"]:
        case "remove":
            return _put(document, path, None, "remove")
        case "add" | "replace" as what:
            return _put(document, path, operation["value"], what)
        case "copy" | "move" as what:
            source = _steps(str(operation["from"]))
            value = json.loads(json.dumps(_get(document, source)))
            rest = _put(document, source, None, "remove") if what == "move" else document
            return _put(rest, path, value, "add")
        case _:
            return document


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _get(document: Any, path: list[str]) -> Any:
    found = document
    for step in path:
        found = cast("list[Any]", found)[int(step)] if isinstance(found, list) else found[step]
    return found


def _put(document: Any, path: list[str], value: Any, what: str) -> Any:
    if not path:
        return None if what == "remove" else value
    holder = _get(document, path[:-1])
    last = path[-1]
    if not isinstance(holder, list):
        if what == "remove":
            del holder[last]
        else:
            holder[last] = value
        return document
    items = cast("list[Any]", holder)
    at = len(items) if last == "-" else int(last)
    match what:
        case "remove":
            del items[at]
        case "add":
            items.insert(at, value)
        case _:
            items[at] = value
    return document
