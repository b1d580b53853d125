"""Every code that a problem of the engine can have, read from the engine's own source.

A code is whatever is given to a parameter or a field called `code`. What is put together there
(`f"keras.{failure.stage}"`) is put together here as well.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from engine.analysis.values import Stage

CODE = re.compile(r"[a-z]+\.[a-z_]+")
PARTS = {
    "stage": tuple(stage for stage in get_args(Stage) if stage != "structure"),
    "key": ("kind", "padding", "path", "valid"),  # the choices and texts of a sample
}


def emitted_codes(root: Path) -> set[str]:
    """The codes in the source of the engine."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((root / "engine").rglob("*.py"))]
    places = dict(itertools.chain.from_iterable(_takers(tree) for tree in trees))
    found = ((value, _constants(tree)) for tree in trees for value in _given(tree, places))
    return {code for value, known in found for code in _texts(value, known) if CODE.fullmatch(code)}


def _constants(tree: ast.Module) -> dict[str, str]:
    """The texts that a module names."""
    return {
        target.id: str(node.value.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _takers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The functions and classes that take a code, and at which place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg != "self"]
            if "code" in names:
                yield node.name, names.index("code")
        elif isinstance(node, ast.ClassDef):
            fields = [
                part.target.id
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            ]
            made = next(
                (part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None
            )
            names = [argument.arg for argument in made.args.args[1:]] if made is not None else fields
            if "code" in names:
                yield node.name, names.index("code")


def _given(tree: ast.Module, places: dict[str, int]) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in places and len(node.args) > places[name]:
            yield node.args[places[name]]
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")


def _texts(value: ast.expr, known: Mapping[str, str]) -> list[str]:
    if isinstance(value, ast.Constant):
        return [str(value.value)]
    if isinstance(value, ast.Name):
        return [known[value.id]] if value.id in known else []
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body, known), *_texts(value.orelse, known)]
    if not isinstance(value, ast.JoinedStr):
        return []
    choices = [
        PARTS[ast.unparse(part.value).rpartition(".")[2]]
        if isinstance(part, ast.FormattedValue)
        else _texts(part, known)
        for part in value.values
    ]
    return ["".join(parts) for parts in itertools.product(*choices)]
