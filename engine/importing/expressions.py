"""The value of an expression, worked out from constants and drawn layers alone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.importing import fold
from engine.importing.calls import call, method_or_attribute
from engine.importing.objects import (
    Array,
    Function,
    Hole,
    Tensor,
    Unknown,
    Value,
    is_counted,
    is_list,
    is_mapping,
    is_several,
)
from engine.importing.operators import operate, take_part
from engine.importing.reader import Reader

NOT_READ = Unknown("this form of expression is not read")


def evaluate(reader: Reader, node: ast.expr) -> Value:
    """The value of an expression; what cannot be told is `Unknown`."""
    act = EVALUATORS.get(type(node))
    with reader.step():
        return act(reader, node) if act is not None else NOT_READ


def _name(reader: Reader, node: ast.Name) -> Value:
    return reader.lookup(node.id)


def _constant(reader: Reader, node: ast.Constant) -> Value:
    return fold.bounded(node.value) if fold.is_plain(node.value) else fold.ODD


def _attribute(reader: Reader, node: ast.Attribute) -> Value:
    return method_or_attribute(reader, evaluate(reader, node.value), node.attr)


def _binary(reader: Reader, node: ast.BinOp) -> Value:
    left, right = evaluate(reader, node.left), evaluate(reader, node.right)
    if isinstance(left, Tensor | Hole) or isinstance(right, Tensor | Hole):
        return operate(reader, type(node.op), left, right)
    if isinstance(left, Array):
        return left
    if isinstance(left, str) and isinstance(node.op, ast.Mod):
        return _formatted(left, right)
    for side in (left, right):
        if not fold.is_plain(side):
            return side if isinstance(side, Unknown) else fold.ODD
    return fold.binary(type(node.op), left, right)


def _formatted(text: str, value: Value) -> Value:
    """`"lstm_%d" % i`: the one number or word of a name."""
    plain: Value = value[0] if is_several(value) and len(value) == 1 else value
    mark = next((mark for mark in ("%d", "%s", "%i") if text.count("%") == 1 and mark in text), "")
    return text.replace(mark, str(plain)) if mark and isinstance(plain, int | str) else fold.ODD


def _unary(reader: Reader, node: ast.UnaryOp) -> Value:
    value = evaluate(reader, node.operand)
    if isinstance(value, Tensor | Hole) and isinstance(node.op, ast.USub):
        return operate(reader, ast.USub, value, None)
    return value if isinstance(value, Unknown) else fold.unary(type(node.op), value)


def _boolean(reader: Reader, node: ast.BoolOp) -> Value:
    value: Value = None
    for part in node.values:
        value = evaluate(reader, part)
        known = fold.truth(value)
        if known is None:
            return value if isinstance(value, Unknown) else fold.ODD
        if known is isinstance(node.op, ast.Or):
            return value
    return value


def _compare(reader: Reader, node: ast.Compare) -> Value:
    left = evaluate(reader, node.left)
    for kind, other in zip(node.ops, node.comparators, strict=True):
        right = evaluate(reader, other)
        if isinstance(kind, ast.Is | ast.IsNot) and right is None and not isinstance(left, Unknown):
            result: Value = (left is None) is isinstance(kind, ast.Is)
        elif not (fold.is_plain(left) and fold.is_plain(right)):
            return left if isinstance(left, Unknown) else fold.ODD
        else:
            result = fold.compared(type(kind), left, right)
        if result is not True:
            return result
        left = right
    return True


def _choice(reader: Reader, node: ast.IfExp) -> Value:
    known = fold.truth(evaluate(reader, node.test))
    if known is None:
        return Unknown("which of two values it takes is not known")
    return evaluate(reader, node.body if known else node.orelse)


def _members(reader: Reader, nodes: list[ast.expr]) -> Iterator[Value]:
    for node in nodes:
        if isinstance(node, ast.Starred):
            yield from iterated(reader, evaluate(reader, node.value)) or ()
        else:
            yield evaluate(reader, node)


def _tuple(reader: Reader, node: ast.Tuple) -> Value:
    return tuple(_members(reader, node.elts))


def _list(reader: Reader, node: ast.List) -> Value:
    return list(_members(reader, node.elts))


def _dict(reader: Reader, node: ast.Dict) -> Value:
    found: dict[Any, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = evaluate(reader, value)
            found |= inner if is_mapping(inner) else {}
            continue
        name = evaluate(reader, key)
        if isinstance(name, bool | int | float | str):
            found[name] = evaluate(reader, value)
    return found


def _subscript(reader: Reader, node: ast.Subscript) -> Value:
    value = evaluate(reader, node.value)
    if isinstance(value, Tensor | Hole | Array):
        return take_part(reader, value, node.slice)
    if isinstance(value, Unknown):
        return value
    key = evaluate(reader, node.slice)
    return key if isinstance(key, Unknown) else fold.member(value, key)


def _slice(reader: Reader, node: ast.Slice) -> Value:
    parts = [None if part is None else evaluate(reader, part) for part in (node.lower, node.upper, node.step)]
    if all(part is None or (isinstance(part, int) and not isinstance(part, bool)) for part in parts):
        return slice(*parts)
    return fold.ODD


def _text(reader: Reader, node: ast.JoinedStr) -> Value:
    parts: list[str] = []
    for part in node.values:
        value = evaluate(reader, part.value if isinstance(part, ast.FormattedValue) else part)
        plain = isinstance(value, str | int | float)
        if not plain or (isinstance(part, ast.FormattedValue) and part.format_spec is not None):
            return fold.ODD
        parts.append(str(value))
    return fold.bounded("".join(parts))


def _lambda(reader: Reader, node: ast.Lambda) -> Value:
    return Function("lambda", node.args, node.body, list(reader.scopes), line=node.lineno)


def _comprehension(reader: Reader, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
    found: list[Value] = []
    with reader.inside(list(reader.scopes), {}):
        for _ in _rounds(reader, node.generators):
            found.append(evaluate(reader, node.elt))
            if len(found) > fold.LONGEST:
                return fold.HUGE
    return found


def _dict_comprehension(reader: Reader, node: ast.DictComp) -> Value:
    found: dict[Any, Value] = {}
    with reader.inside(list(reader.scopes), {}):
        for _ in _rounds(reader, node.generators):
            key = evaluate(reader, node.key)
            if isinstance(key, bool | int | float | str):
                found[key] = evaluate(reader, node.value)
    return found


def _rounds(reader: Reader, generators: list[ast.comprehension]) -> Iterator[None]:
    if not generators:
        yield None
        return
    first, *rest = generators
    for value in iterated(reader, evaluate(reader, first.iter)) or ():
        bind(reader, first.target, value)
        if all(fold.truth(evaluate(reader, test)) is not False for test in first.ifs):
            yield from _rounds(reader, rest)


def _walrus(reader: Reader, node: ast.NamedExpr) -> Value:
    value = evaluate(reader, node.value)
    bind(reader, node.target, value)
    return value


def _call(reader: Reader, node: ast.Call) -> Value:
    """A call, with its arguments worked out."""
    callee = evaluate(reader, node.func)
    arguments = list(_members(reader, node.args))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(reader, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif is_mapping(value):
            keywords |= {str(key): member for key, member in value.items()}
    before, reader.line = reader.line, node.lineno
    try:
        return call(reader, callee, arguments, keywords)
    finally:
        reader.line = before


def iterated(reader: Reader, value: Value) -> Iterator[Value] | None:
    """The members of a value, one step each; None: it has none that are known."""
    if not is_counted(value):
        return None

    def each() -> Iterator[Value]:
        for member in value if isinstance(value, range) else list(value):
            with reader.step():
                pass
            yield member

    return each()


def bind(reader: Reader, target: ast.expr, value: Value) -> None:
    """Gives a target of an assignment its value, tuples member by member."""
    if isinstance(target, ast.Name):
        if isinstance(value, Tensor):
            reader.drawing.rename_input(value, target.id)
        if isinstance(value, Unknown) and value not in (fold.ODD, fold.HUGE):
            value = Unknown(f"{target.id} has no value in the text", target.id)
        reader.assign(target.id, value)
    elif isinstance(target, ast.Starred):
        bind(reader, target.value, value)
    elif isinstance(target, ast.Tuple | ast.List):
        _bind_several(reader, target.elts, value)
    elif isinstance(target, ast.Attribute):
        owner = evaluate(reader, target.value)
        attributes = getattr(owner, "attributes", None)
        if is_mapping(attributes):
            attributes[target.attr] = value
    elif isinstance(target, ast.Subscript):
        owner, key = evaluate(reader, target.value), evaluate(reader, target.slice)
        _put(owner, key, value)


def _put(owner: Value, key: Value, value: Value) -> None:
    """`owner[key] = value`, where that is sure to work."""
    if is_list(owner):
        if isinstance(key, int) and -len(owner) <= key < len(owner):
            owner[key] = value
    elif is_mapping(owner) and isinstance(key, bool | int | float | str):
        owner[key] = value


def _bind_several(reader: Reader, targets: list[ast.expr], value: Value) -> None:
    star = next((at for at, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    if not is_several(value):
        unknown = value if isinstance(value, Unknown) else Unknown("it is not known to have several parts")
        for target in targets:
            bind(reader, target, unknown)
        return
    members = list(value)
    if star is not None:
        end = len(members) - (len(targets) - star - 1)
        members[star:end] = [members[star:end]]
    for target, member in zip(targets, members, strict=False):
        bind(reader, target, member)


EVALUATORS: Mapping[type, Callable[[Reader, Any], Value]] = {
    ast.Name: _name, ast.Constant: _constant, ast.Attribute: _attribute, ast.BinOp: _binary, ast.UnaryOp: _unary,
    ast.BoolOp: _boolean, ast.Compare: _compare, ast.IfExp: _choice, ast.Tuple: _tuple, ast.List: _list, ast.Set: _list,
    ast.Dict: _dict, ast.Subscript: _subscript, ast.Slice: _slice, ast.JoinedStr: _text, ast.Lambda: _lambda,
    ast.ListComp: _comprehension, ast.GeneratorExp: _comprehension, ast.SetComp: _comprehension,
    ast.DictComp: _dict_comprehension, ast.NamedExpr: _walrus, ast.Call: _call,
}  # fmt: skip
