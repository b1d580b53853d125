"""A plan as Python, written as Keras users write it: Sequential where possible, else functional."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.catalog.arguments import is_list, nested_layer
from engine.catalog.operations import GETITEM, operation_name
from engine.catalog.spec import Catalog
from engine.codegen.expressions import (
    CallExpression,
    Expression,
    ListExpression,
    laid_out,
    layer_expression,
    literal,
    one_line,
)
from engine.codegen.operations import calls_function, operation_expression, operation_targets
from engine.document.names import free_name, identifier, snake_case
from engine.document.outputs import is_mask, without_mask
from engine.graph.values import Json, PortRef
from engine.plan.values import Call, Construct, MakeInput, Operand, Operate, Plan

Style: TypeAlias = Literal["auto", "sequential", "functional"]
RESERVED = ("keras", "layers", "ops", "np", "model", "build_model", "inputs", "outputs", "sample", "output")
OPERATION_NAMES = frozenset({"concatenate", "not_equal", "any"})
"""Names that Keras gives to operations of its own: a masked layer of the same name makes the model invalid."""
MANY_STEPS, FRAMES, FRAMES_PER_STEP = 600, 10_000, 8
DEFAULT_SIZES = (2, 10)


@dataclass(frozen=True)
class Source:
    """Python text, and the lines (from 1, both included) on which each block stands."""

    text: str
    lines: Mapping[str, tuple[int, int]]


@dataclass
class _Writer:
    lines: list[str] = field(default_factory=list[str])
    places: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def add(self, *lines: str, block: str = "") -> None:
        start = len(self.lines) + 1
        self.lines.extend(lines)
        if block:
            first = self.places.get(block, (start, start))[0]
            self.places[block] = (first, len(self.lines))


class NotSequentialError(ValueError):
    """The model is no plain chain, so it cannot be written as Sequential; the text says why."""


def python_source(
    plan: Plan,
    catalog: Catalog,
    *,
    style: Style = "auto",
    sizes: tuple[int, int] = DEFAULT_SIZES,
    broken: Mapping[str, str] | None = None,
    weights: str = "",
) -> Source:
    """A module that defines `build_model() -> keras.Model`; run as a script it prints the shapes of a forward pass.

    Args:
        sizes: batch and timesteps of that forward pass, where the Inputs leave them open.
        broken: why a block cannot be built, by id: its lines are written as comments.
        weights: the file with trained weights; how to load it stands as a comment, since it need not fit as a whole.

    Raises:
        NotSequentialError: with `style` sequential, the model is no plain chain.
    """
    broken = broken or {}
    chain = None if broken or plan.left_out else as_chain(plan)
    if style == "sequential" and chain is None:
        raise NotSequentialError("The model is no plain chain of layers: export it in the functional style.")
    writer = _Writer()
    writer.add('"""A Keras model, written by SeqLoom."""', "")
    _write_imports(writer, plan, catalog)
    writer.add("", "", "def build_model() -> keras.Model:")
    writer.add('    """Builds the model with new weights."""')
    if chain is not None and style != "functional":
        _write_sequential(writer, chain, plan, catalog)
    else:
        _write_functional(writer, plan, catalog, broken)
    _write_script(writer, plan, sizes, weights)
    return Source("\n".join(writer.lines) + "\n", writer.places)


def _write_imports(writer: _Writer, plan: Plan, catalog: Catalog) -> None:
    """A model of many layers lets Keras recurse: at Python's default limit it fails from about 700 layers on."""
    imports = ["import keras", _import(plan, catalog)]
    if len(plan.steps) <= MANY_STEPS:
        writer.add(*imports)
        return
    limit = f"sys.setrecursionlimit({FRAMES + FRAMES_PER_STEP * len(plan.steps)})"
    writer.add("import sys", "", *imports, "", f"{limit}  # Keras walks a model by recursion")


def as_chain(plan: Plan) -> list[tuple[MakeInput | Construct, Call | None]] | None:
    """The steps in one line where each layer takes what the one before gives and nothing else, or None."""
    chain: list[tuple[MakeInput | Construct, Call | None]] = []
    last: PortRef | None = None
    pending: Construct | None = None
    for step in plan.steps:
        if isinstance(step, MakeInput):
            if chain:
                return None
            chain.append((step, None))
            last = PortRef(step.block, "output")
        elif isinstance(step, Construct):
            pending = step
        elif isinstance(step, Operate):
            return None
        else:
            plain = step.positional == (last,) and not step.keywords and not step.settings
            if pending is None or pending.block != step.block or not plain or step.outputs != ("output",):
                return None
            chain.append((pending, step))
            last, pending = PortRef(step.block, "output"), None
    return chain if len(chain) > 1 and plan.outputs == (last,) else None


def _write_sequential(
    writer: _Writer, chain: list[tuple[MakeInput | Construct, Call | None]], plan: Plan, catalog: Catalog
) -> None:
    names = layer_names(plan)
    writer.add("    return keras.Sequential(", "        [")
    for step, _ in chain:
        made = _input(step, "") if isinstance(step, MakeInput) else _layer(step, names, catalog)
        writer.add(*laid_out("", made, ",", 3), block=step.block)
    writer.add("        ]", "    )")


def _write_functional(writer: _Writer, plan: Plan, catalog: Catalog, broken: Mapping[str, str]) -> None:
    variables = _variables(plan)
    names = layer_names(plan)
    calls = [step for step in plan.steps if isinstance(step, Call)]
    shared = {call.layer for call in calls if sum(other.layer == call.layer for other in calls) > 1}
    constructs = {step.block: step for step in plan.steps if isinstance(step, Construct)}
    for step in plan.steps:
        if isinstance(step, MakeInput):
            made = _input(step, plan.names.get(step.block, step.block))
            lines = laid_out(f"{variables[PortRef(step.block, 'output')]} = ", made, "", 1)
        elif isinstance(step, Construct):
            if step.block not in shared:
                continue
            lines = laid_out(f"{_layer_variable(step.block, plan)} = ", _layer(step, names, catalog), "", 1)
        elif isinstance(step, Operate):
            lines = _operation_lines(step, variables, catalog)
        else:
            lines = _call_lines(step, constructs, variables, names, plan, catalog, shared=step.layer in shared)
        if step.block in broken:
            lines = [f"    # {' '.join(broken[step.block].split())}", *(f"    # {line[4:]}" for line in lines)]
        writer.add(*lines, block=step.block)
    for block in plan.left_out:
        why = broken.get(block, "it cannot be built as it is wired")
        writer.add(f"    # {' '.join(plan.names.get(block, block).split())}: {' '.join(why.split())}", block=block)
    inputs = [variables[PortRef(block, "output")] for block in plan.inputs]
    outputs = [_operand(port, variables) for port in plan.outputs if port.block not in broken]
    made = CallExpression("keras.Model", (_one_or_list(inputs), _one_or_list(outputs)))
    writer.add(*(laid_out("return ", made, "", 1) if inputs and outputs else ["    raise NotImplementedError"]))


def _call_lines(
    step: Call,
    constructs: Mapping[str, Construct],
    variables: Mapping[PortRef, str],
    names: Mapping[str, str],
    plan: Plan,
    catalog: Catalog,
    *,
    shared: bool,
) -> list[str]:
    targets = ", ".join(variables[PortRef(step.block, name)] for name in step.outputs)
    positional = tuple(_operand(operand, variables) for operand in step.positional)
    keywords = tuple((name, _operand(operand, variables)) for name, operand in step.keywords.items())
    settings = tuple((name, literal(value)) for name, value in step.settings.items() if name.isidentifier())
    call = CallExpression("", positional, (*keywords, *settings))
    # The states of several cells come as lists in a list.
    opened, closed = ("keras.tree.flatten(", ")") if _has_nested_states(step, constructs) else ("", "")
    if shared:
        again = CallExpression(_layer_variable(step.layer, plan), call.positional, call.keywords)
        return laid_out(f"{targets} = {opened}", again, closed, 1)
    made = _layer(constructs[step.layer], names, catalog)
    return laid_out(f"{targets} = {opened}", made, one_line(call) + closed, 1)


def _has_nested_states(step: Call, constructs: Mapping[str, Construct]) -> bool:
    cell = constructs[step.layer].arguments.get("cell")
    nested = nested_layer(cell)
    return len(step.outputs) > 2 and (is_list(cell) or (nested is not None and nested[0] == "StackedRNNCells"))


def _operation_lines(step: Operate, variables: Mapping[PortRef, str], catalog: Catalog) -> list[str]:
    operands = {name: _operand(operand, variables) for name, operand in step.operands.items()}
    targets = operation_targets(step, [variables[PortRef(step.block, name)] for name in step.outputs])
    return laid_out(f"{targets} = ", operation_expression(step, operands, catalog), "", 1)


def _import(plan: Plan, catalog: Catalog) -> str:
    called = any(isinstance(step, Operate) and calls_function(step, catalog) for step in plan.steps)
    return "from keras import layers, ops" if called else "from keras import layers"


def _operand(operand: Operand, variables: Mapping[PortRef, str]) -> Expression:
    if not isinstance(operand, PortRef):
        return ListExpression(tuple(_operand(port, variables) for port in operand))
    name = variables[without_mask(operand)]
    return f"keras.src.backend.get_keras_mask({name})" if is_mask(operand) else name


def _one_or_list(names: list[str] | list[Expression]) -> Expression:
    return names[0] if len(names) == 1 else ListExpression(tuple(names))


def _input(step: MakeInput, name: str) -> CallExpression:
    arguments = step.arguments
    shape = arguments.get("shape")
    positional = (literal(shape, as_tuple=True),) if is_list(shape) else ()
    keywords: list[tuple[str, Expression]] = []
    for key, value in arguments.items():
        if key not in ("shape", "name") and key.isidentifier():
            keywords.append((key, literal(value, as_tuple=key == "batch_shape")))
    if name:
        keywords.append(("name", literal(_keras_name(name))))
    return CallExpression("keras.Input", positional, tuple(keywords))


def _layer(step: Construct, names: Mapping[str, str], catalog: Catalog) -> CallExpression:
    plain: dict[str, Json] = {key: value for key, value in step.arguments.items() if key != "name"}
    return layer_expression(step.type, plain, catalog, names.get(step.block, ""))


def layer_names(plan: Plan) -> dict[str, str]:
    """The `name=` of each layer, by block: only where a person chose one, made safe and unique for Keras."""
    taken = {_keras_name(plan.names.get(block, block)) for block in plan.inputs}
    reserved = OPERATION_NAMES | {_operation_name(step.type) for step in plan.steps if isinstance(step, Operate)}
    names: dict[str, str] = {}
    for step in plan.steps:
        if not isinstance(step, Construct):
            continue
        wanted, usual = _keras_name(plan.names.get(step.block, step.block)), snake_case(step.type)
        if re.sub(r"_\d+$", "", wanted) in reserved - {usual} or (wanted == usual and usual in OPERATION_NAMES):
            wanted = f"{wanted}_layer"
        elif re.fullmatch(rf"{re.escape(usual)}(_\d+)?", wanted):
            continue
        names[step.block] = free_name(wanted, taken)
        taken.add(names[step.block])
    return names


def _operation_name(type_name: str) -> str:
    """What Keras calls the operation in a model: no layer may have that name too."""
    name = operation_name(type_name)
    return "get_item" if name == GETITEM else name.rpartition(".")[2]


def _keras_name(name: str) -> str:
    """A name that Keras and TensorFlow accept."""
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return safe if re.match(r"[A-Za-z0-9]", safe) else f"layer{safe}"


def _variables(plan: Plan) -> dict[PortRef, str]:
    taken = set[str](RESERVED)
    variables: dict[PortRef, str] = {}

    def take(port: PortRef, wanted: str) -> None:
        variables[port] = free_name(wanted, taken)
        taken.add(variables[port])

    for step in plan.steps:
        if isinstance(step, Construct):
            continue
        name = identifier(plan.names.get(step.block, step.block), "input" if isinstance(step, MakeInput) else "layer")
        outputs = ("output",) if isinstance(step, MakeInput) else step.outputs
        for place, port in enumerate(outputs):
            take(PortRef(step.block, port), name if place == 0 else f"{name}_{port}")
    return variables


def _layer_variable(block: str, plan: Plan) -> str:
    return f"{identifier(plan.names.get(block, block))}_layer"


def _write_script(writer: _Writer, plan: Plan, sizes: tuple[int, int], weights: str) -> None:
    inputs = [step for step in plan.steps if isinstance(step, MakeInput)]
    samples: list[Expression] = [_zeros(step, sizes) for step in inputs]
    writer.add("", "", 'if __name__ == "__main__":', "    import numpy as np", "", "    model = build_model()")
    if weights:
        writer.add(f"    # model.load_weights({literal(weights)})  # trained; for a file that fits whole")
    writer.add(*laid_out("sample = ", _one_or_list(samples) if samples else "None", "", 1))
    writer.add("    for output in keras.tree.flatten(model(sample)):", "        print(tuple(output.shape))")


def _zeros(step: MakeInput, sizes: tuple[int, int]) -> Expression:
    whole = step.arguments.get("batch_shape")
    inner = step.arguments.get("shape")
    shape = [*whole] if isinstance(whole, list) else [None, *inner] if isinstance(inner, list) else [None]
    filled = [size if isinstance(size, int) else (*sizes, 1)[min(axis, 2)] for axis, size in enumerate(shape)]
    dtype = step.arguments.get("dtype", "float32")
    return CallExpression("np.ones", (literal(filled, as_tuple=True), literal(dtype)))
