"""Operations as people write them: `a + b`, `x[:, -1]`, else `ops.mean(x, axis=1)`."""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalog.arguments import is_list
from engine.catalog.keys import written_key
from engine.catalog.operations import GETITEM, PIECES, operation_name
from engine.catalog.spec import ArgumentSpec, Catalog, LayerSpec
from engine.codegen.expressions import CallExpression, Expression, ListExpression, literal, one_line, value_expression
from engine.graph.values import Json
from engine.plan.values import Operate

OPERATORS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/", "floor_divide": "//", "mod": "%",
    "power": "**", "matmul": "@", "greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=",
}  # fmt: skip
STARRED = frozenset({"einsum"})  # its tensors are arguments of their own, not one list


def operation_expression(step: Operate, operands: Mapping[str, Expression], catalog: Catalog) -> Expression:
    """The right-hand side of an operation.

    Args:
        operands: the tensors by argument, as they are written.
    """
    spec = catalog.layers[step.type]
    name = operation_name(step.type)
    if name == GETITEM:
        return f"{one_line(operands['x'])}[{written_key(str(step.arguments.get('key', '')))}]"
    if name == "negative" and "x" in operands:
        return f"-{one_line(operands['x'])}"
    if name in OPERATORS:
        left, right = (_written(argument, step, operands, catalog) for argument in spec.arguments)
        left = f"({left})" if left.startswith("-") else left
        return f"{left} {OPERATORS[name]} {right}"
    return _function(name, spec, step, operands, catalog)


def calls_function(step: Operate, catalog: Catalog) -> bool:
    """A function of `ops` is called by its name."""
    return "ops." in one_line(operation_expression(step, dict.fromkeys(step.operands, "x"), catalog))


def operation_targets(step: Operate, names: list[str]) -> str:
    """The left-hand side: a split into one piece is still a list."""
    return f"({names[0]},)" if len(names) == 1 and operation_name(step.type) in PIECES else ", ".join(names)


def _function(
    name: str, spec: LayerSpec, step: Operate, operands: Mapping[str, Expression], catalog: Catalog
) -> CallExpression:
    positional: list[Expression] = []
    if spec.growing and name not in STARRED:
        positional.append(operands[spec.growing])
    rest = list(spec.arguments)
    while rest and rest[0].required and (rest[0].name in operands or rest[0].name in step.arguments):
        positional.append(_value(rest.pop(0), step, operands, catalog))
    grown = operands.get(spec.growing)
    if name in STARRED and isinstance(grown, ListExpression):
        positional += grown.members
    keywords = tuple(
        (argument.name, _value(argument, step, operands, catalog))
        for argument in rest
        if argument.name in operands or argument.name in step.arguments
    )
    return CallExpression(f"ops.{name}", tuple(positional), keywords)


def _value(argument: ArgumentSpec, step: Operate, operands: Mapping[str, Expression], catalog: Catalog) -> Expression:
    if argument.name in operands:
        return operands[argument.name]
    value: Json = step.arguments.get(argument.name)
    if argument.tensor and is_list(value):
        return CallExpression("ops.array", (literal(value),))
    return value_expression(value, argument, catalog)


def _written(argument: ArgumentSpec, step: Operate, operands: Mapping[str, Expression], catalog: Catalog) -> str:
    return one_line(_value(argument, step, operands, catalog))
