"""Writes ``src/protocol.ts`` from the Python dataclasses of the wire; ``--check`` only compares.

Reads the modules' source, not the modules, because the docs of fields stand in the source alone: each attribute's
docstring becomes its TypeScript comment. Only what a message can hold is written; anything of that which it has no
translation for is an error, never an ``any``.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

JS = Path(__file__).parent
PACKAGE = JS.parent / "widget" / "turnwise"
TARGET = JS / "src" / "protocol.ts"
MODULES = ["values.py", "ops.py", "wire.py"]
ROOTS = ["KernelMessage", "PageMessage"]
HEADER = "// Generated from widget/turnwise/{values,ops,wire}.py by js/generate_protocol.py: do not edit.\n"
SCALARS = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "None": "null"}


def main() -> int:
    """Write the file, or with ``--check`` return 1 if it differs."""
    text = generate()
    if "--check" in sys.argv[1:]:
        if TARGET.read_text("utf-8") == text:
            return 0
        sys.stderr.write("js/src/protocol.ts is out of date: run `python js/generate_protocol.py`\n")
        return 1
    TARGET.write_text(text, "utf-8")
    return 0


def generate() -> str:
    """The whole of ``protocol.ts``."""
    definitions: dict[str, tuple[ast.ClassDef | ast.AnnAssign, str]] = {}
    for module in MODULES:
        for body, at, node in _top_level(ast.parse((PACKAGE / module).read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and _is_dataclass(node):
                definitions[node.name] = (node, "")
            elif (
                isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias" and node.value
            ):
                definitions[ast.unparse(node.target)] = (node, _docstring(body, at))
    used = _reachable({name: node for name, (node, _) in definitions.items()})
    return "\n".join(
        [HEADER]
        + [
            _interface(node) if isinstance(node, ast.ClassDef) else _alias(node, doc)
            for name, (node, doc) in definitions.items()
            if name in used
        ]
    )


def _top_level(module: ast.Module) -> Iterator[tuple[list[ast.stmt], int, ast.stmt]]:
    """Each statement with where it stands; those that only type checkers read are among them."""
    for body in [module.body, *(node.body for node in module.body if isinstance(node, ast.If))]:
        for at, node in enumerate(body):
            yield body, at, node


def _reachable(definitions: dict[str, ast.ClassDef | ast.AnnAssign]) -> set[str]:
    """The names that the messages are made of."""
    found: set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name in found or name not in definitions:
            continue
        found.add(name)
        node = definitions[name]
        types = (
            [field.annotation for field in node.body if isinstance(field, ast.AnnAssign)]
            if isinstance(node, ast.ClassDef)
            else [_aliased(node)]
        )
        named = [part for tree in types for part in ast.walk(tree)]
        waiting += [part.id for part in named if isinstance(part, ast.Name)]
        waiting += [part.attr for part in named if isinstance(part, ast.Attribute)]
    return found


def _is_dataclass(node: ast.ClassDef) -> bool:
    made_by = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return any(isinstance(d, ast.Name) and d.id in ("dataclass", "record") for d in made_by)


def _interface(node: ast.ClassDef) -> str:
    lines = [*_comment(ast.get_docstring(node) or "", ""), f"export interface {node.name} {{"]
    for at, field in enumerate(node.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            lines += _comment(_docstring(node.body, at), "  ")
            lines.append(f"  readonly {field.target.id}: {_type(field.annotation)};")
    return "\n".join([*lines, "}", ""])


def _alias(node: ast.AnnAssign, doc: str) -> str:
    assert isinstance(node.target, ast.Name)
    members = list(dict.fromkeys(_union(_aliased(node))))  # int and float are both number
    one_line = f"export type {node.target.id} = {' | '.join(members)};"
    if len(one_line) > 100:
        one_line = (
            f"export type {node.target.id} =\n" + "\n".join(f"  | {member}" for member in members) + ";"
        )
    return "\n".join([*_comment(doc, ""), one_line, ""])


def _aliased(node: ast.AnnAssign) -> ast.expr:
    assert node.value is not None
    if isinstance(node.value, ast.Constant):  # a recursive type is a string
        return ast.parse(str(node.value.value), mode="eval").body
    return node.value


def _union(node: ast.expr) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union(node.left) + _union(node.right)
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return [f'"{ast.literal_eval(value)}"' for value in values]
    return [_type(node)]


def _type(node: ast.expr) -> str:
    members = _union(node) if isinstance(node, ast.BinOp) else None
    if members is not None:
        return " | ".join(members)
    match node:
        case ast.Subscript(value=ast.Name(id="ClassVar"), slice=inner):
            return _type(inner)
        case ast.Name(id=name):
            return SCALARS.get(name, name)
        case ast.Constant(value=None):
            return "null"
        case ast.Attribute(attr=name):  # o.Op
            return name
        case ast.Subscript(value=ast.Name(id="Literal")):
            return " | ".join(_union(node))
        case (
            ast.Subscript(value=ast.Name(id="list"), slice=item)
            | ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, ast.Constant()]))
        ):
            inner = _type(item)
            return f"readonly {inner}[]" if " " not in inner else f"readonly ({inner})[]"
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[_, item])):
            return f"{{ readonly [key: string]: {_type(item)} }}"
        case _:
            raise TypeError(f"no TypeScript for {ast.unparse(node)}, line {node.lineno}")


def _docstring(body: list[ast.stmt], at: int) -> str:
    following = body[at + 1] if at + 1 < len(body) else None
    match following:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
        case _:
            return ""


def _comment(text: str, indent: str) -> list[str]:
    lines = [
        line.strip().replace("``", "`").replace("`None`", "`null`") for line in text.strip().splitlines()
    ]
    if not lines:
        return []
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]


if __name__ == "__main__":
    sys.exit(main())
