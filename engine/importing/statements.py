"""The effect of statements: names get values, layers are drawn. Nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.importing import fold
from engine.importing.calls import Returned
from engine.importing.expressions import bind, evaluate, iterated
from engine.importing.objects import (
    Class,
    Dotted,
    Function,
    Hole,
    Scope,
    Tensor,
    Unknown,
    Value,
    is_list,
    is_several,
)
from engine.importing.operators import operate
from engine.importing.reader import Reader
from engine.importing.text import shortened

MOST_ROUNDS = 10_000


class _Break(Exception):  # noqa: N818 - a loop ends
    pass


class _Continue(Exception):  # noqa: N818 - a round ends
    pass


def execute(reader: Reader, body: Sequence[ast.stmt]) -> None:
    """Follows statements one after the other.

    Raises:
        TooMuch: they take too long, or are too many blocks.
        Returned: a function comes back.
    """
    for statement in body:
        act = STATEMENTS.get(type(statement))
        outer, reader.statement, reader.line = reader.statement, statement, statement.lineno
        try:
            with reader.step():
                if act is not None:
                    act(reader, statement)
        finally:
            reader.statement = outer


def _expression(reader: Reader, node: ast.Expr) -> None:
    evaluate(reader, node.value)


def _assign(reader: Reader, node: ast.Assign) -> None:
    value = evaluate(reader, node.value)
    for target in node.targets:
        bind(reader, target, value)


def _annotated(reader: Reader, node: ast.AnnAssign) -> None:
    if node.value is not None:
        bind(reader, node.target, evaluate(reader, node.value))


def _augmented(reader: Reader, node: ast.AugAssign) -> None:
    left, right = evaluate(reader, node.target), evaluate(reader, node.value)
    if isinstance(left, Tensor | Hole) or isinstance(right, Tensor | Hole):
        value = operate(reader, type(node.op), left, right)
    elif is_list(left) and is_several(right) and isinstance(node.op, ast.Add):
        value: Value = fold.bounded([*left, *right])
    elif fold.is_plain(left) and fold.is_plain(right):
        value = fold.binary(type(node.op), left, right)
    else:
        value = left if isinstance(left, Unknown) else fold.ODD
    bind(reader, node.target, value)


def _if(reader: Reader, node: ast.If) -> None:
    known = fold.truth(evaluate(reader, node.test))
    main = "__name__" in ast.unparse(node.test)[:40]
    if known is not None or main:
        execute(reader, node.body if known or main else node.orelse)
        return
    body = node.body
    if isinstance(body[-1], ast.Raise | ast.Return) and not node.orelse and isinstance(body[-1], ast.Raise):
        return
    if _shapes_models(body) or _shapes_models(node.orelse):
        reader.skip("the condition is not known: its first branch was followed")
    execute(reader, body)


def _shapes_models(body: Sequence[ast.stmt]) -> bool:
    """Something in it looks like a layer."""
    calls = (part for statement in body for part in ast.walk(statement) if isinstance(part, ast.Call))
    return any(_called(part)[:1].isupper() or _called(part) == "add" for part in calls)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _for(reader: Reader, node: ast.For) -> None:
    value = evaluate(reader, node.iter)
    rounds = iterated(reader, value)
    if rounds is None:
        if _shapes_models(node.body):
            reader.skip("how often this loop goes round is not known: it was followed once")
            rounds = iter([Unknown("it is not known", getattr(node.target, "id", ""))])
        else:
            return
    if not _shapes_models(node.body) and isinstance(value, range) and len(value) > MOST_ROUNDS:
        return
    try:
        for member in rounds:
            bind(reader, node.target, member)
            try:
                execute(reader, node.body)
            except _Continue:
                continue
        execute(reader, node.orelse)
    except _Break:
        return


def _while(reader: Reader, node: ast.While) -> None:
    try:
        while (known := fold.truth(evaluate(reader, node.test))) is not False:
            if known is None:
                if _shapes_models(node.body):
                    reader.skip("how often this loop goes round is not known: it was left out")
                return
            try:
                execute(reader, node.body)
            except _Continue:
                continue
    except _Break:
        return


def _function(reader: Reader, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    made = Function(node.name, node.args, node.body, list(reader.scopes), line=node.lineno)
    reader.functions.append(made)
    reader.assign(node.name, made)


def _class(reader: Reader, node: ast.ClassDef) -> None:
    bases = [ast.unparse(base) for base in node.bases]
    methods = {
        part.name: Function(part.name, part.args, part.body, list(reader.scopes), line=part.lineno)
        for part in node.body
        if isinstance(part, ast.FunctionDef)
    }
    scope: Scope = {}
    with reader.inside(list(reader.scopes), scope):
        execute(reader, [part for part in node.body if isinstance(part, ast.Assign | ast.AnnAssign)])
    model = any(base.endswith(("Model", "Sequential", "Functional")) for base in bases)
    kind = "model" if model else "layer" if any(base.endswith(("Layer", "Cell")) for base in bases) else "class"
    made = Class(node.name, kind, methods, scope, line=node.lineno)
    reader.classes.append(made)
    reader.assign(node.name, made)


def _return(reader: Reader, node: ast.Return) -> None:
    value = None if node.value is None else evaluate(reader, node.value)
    if reader.calls:
        raise Returned(value)


def _import(reader: Reader, node: ast.Import) -> None:
    for alias in node.names:
        if alias.asname:
            reader.assign(alias.asname, Dotted(alias.name))
        else:
            first = alias.name.split(".")[0]
            reader.assign(first, Dotted(first))


def _import_from(reader: Reader, node: ast.ImportFrom) -> None:
    for alias in node.names:
        if alias.name != "*":
            reader.assign(alias.asname or alias.name, Dotted(f"{node.module or 'text'}.{alias.name}"))


def _with(reader: Reader, node: ast.With) -> None:
    execute(reader, node.body)


def _try(reader: Reader, node: ast.Try) -> None:
    execute(reader, [*node.body, *node.orelse, *node.finalbody])


def _break(reader: Reader, node: ast.Break) -> None:
    raise _Break


def _continue(reader: Reader, node: ast.Continue) -> None:
    raise _Continue


def _delete(reader: Reader, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            reader.scopes[-1].pop(target.id, None)


def _match(reader: Reader, node: ast.Match) -> None:
    reader.skip("a match is not read", node.lineno, shortened(ast.unparse(node)))


STATEMENTS: Mapping[type, Callable[[Reader, Any], None]] = {
    ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _annotated, ast.AugAssign: _augmented, ast.If: _if,
    ast.For: _for, ast.While: _while, ast.FunctionDef: _function, ast.ClassDef: _class, ast.Return: _return,
    ast.Import: _import, ast.ImportFrom: _import_from, ast.With: _with, ast.Try: _try, ast.Break: _break,
    ast.Continue: _continue, ast.Delete: _delete, ast.Match: _match,
}  # fmt: skip
LOOP_SIGNALS = (_Break, _Continue)
