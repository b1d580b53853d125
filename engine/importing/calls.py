"""Calls and attributes: what a name does when code calls it, as far as that shapes a model."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from engine.graph.values import INPUT
from engine.importing import fold
from engine.importing.arrays import array_call, array_method
from engine.importing.builtin import call_builtin, call_plain_method
from engine.importing.making import describe, make_input, make_layer, sizes_of
from engine.importing.models import (
    add,
    apply,
    apply_layer,
    as_tensors,
    call_stack,
    call_whole,
    draw_stack,
    fed_with,
    new_stack,
    new_whole,
    placeholder,
    shape_told,
)
from engine.importing.names import FUNCTIONAL, in_keras, layer_type, object_type, operation
from engine.importing.objects import (
    Array,
    Bound,
    Class,
    Described,
    Dotted,
    Function,
    Hole,
    Instance,
    Layer,
    Stack,
    Tensor,
    Unknown,
    Value,
    Whole,
    is_list,
    is_several,
)
from engine.importing.operators import apply_operation
from engine.importing.reader import Reader

TRAINING = frozenset({
    "compile", "fit", "fit_generator", "train_on_batch", "evaluate", "evaluate_generator", "predict", "predict_classes",
    "predict_generator", "predict_on_batch", "predict_proba", "test_on_batch",
})  # fmt: skip
QUIET = frozenset({
    "summary", "save", "save_weights", "load_weights", "reset_states", "reset_state", "get_weights", "set_weights",
    "get_config", "to_json", "count_params", "export", "__init__", "build_from_config",
})  # fmt: skip
TENSORS = (Tensor, Hole, Layer, Stack, Whole)


class Returned(Exception):  # noqa: N818 - a function came back
    """A `return` in a function of the text."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


def call(reader: Reader, callee: Value, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """What a call gives."""
    if isinstance(callee, Dotted):
        return _call_library(reader, callee, given, named)
    if isinstance(callee, Layer):
        return apply_layer(reader, callee, given, named)
    if isinstance(callee, Stack | Whole):
        return _call_model(reader, callee, given)
    if isinstance(callee, Function):
        return inline(reader, callee, given, named)
    if isinstance(callee, Class):
        return _construct(reader, callee, given, named)
    if isinstance(callee, Instance):
        return call_instance(reader, callee, given, named)
    if isinstance(callee, Bound):
        return _call_method(reader, callee, given, named)
    if isinstance(callee, Unknown):
        return _call_unknown(reader, callee, given, named)
    return fold.ODD


def _call_model(reader: Reader, model: Stack | Whole, given: Sequence[Value]) -> Value:
    first = given[0] if given else None
    if isinstance(first, Array):
        fed_with(reader, model, first)
        return Unknown("it is a result of a run")
    return call_stack(reader, model, first) if isinstance(model, Stack) else call_whole(reader, model, first)


def _call_unknown(reader: Reader, callee: Unknown, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    if callee.owner is None:
        answer = call_builtin(reader, callee.name, given, named)
        if answer is not None:
            return answer.value
    if callee.member == "add" and isinstance(callee.owner, Unknown) and given and isinstance(given[0], Layer | Unknown):
        return _add_to_unknown(reader, callee.owner, given[0])
    if callee.member in TRAINING:
        reader.skip("training")
        return Unknown("it is a result of a run")
    if any(isinstance(value, Tensor | Hole) for value in _flat(given)):
        made = placeholder(reader, callee)
        return apply_layer(reader, made, given, {}) if made is not None else Unknown(callee.reason)
    if any(isinstance(value, TENSORS) for value in _flat([*given, *named.values()])):
        reader.skip(callee.reason)
    return Unknown(callee.reason, callee.name)


def _add_to_unknown(reader: Reader, owner: Unknown, member: Value) -> Value:
    """`model.add(…)` where no model was made: a Sequential begins here."""
    if not owner.name.isidentifier():
        return owner
    stack = new_stack(reader, (), {})
    reader.scopes[0][owner.name] = stack
    add(reader, stack, member)
    return None


def _flat(values: Sequence[Value]) -> list[Value]:
    return [member for value in values for member in (value if is_several(value) else [value])]


# --- names of libraries --------------------------------------------------------------------------------------------------


def _call_library(reader: Reader, callee: Dotted, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    path, last = callee.path, callee.last
    below = in_keras(path)
    if below is not None:
        made = _call_keras(reader, callee, below, given, named)
        if made is not None:
            return made
    if any(isinstance(value, Tensor | Hole) for value in _flat([*given, *named.values()])):
        kind = operation(path, reader.catalog)
        if kind:
            return apply_operation(reader, kind, given, named)
        made = placeholder(reader, callee)
        return apply_layer(reader, made, given, {}) if made is not None else Unknown(f"{last} is not read")
    array = array_call(path, given, named)
    if array is not None:
        return array
    return Unknown(f"{path} is not read", last)


def _call_keras(
    reader: Reader, callee: Dotted, below: str, given: Sequence[Value], named: Mapping[str, Value]
) -> Value:
    """What Keras makes; None: something else."""
    last = callee.last
    if last in ("Input", "InputLayer"):
        return make_input(reader, given, named)
    if last == "Sequential":
        return new_stack(reader, given, named)
    if last in ("Model", "Functional"):
        return new_whole(reader, given, named)
    if last in FUNCTIONAL and below.split(".")[0] in ("layers", "merge"):
        layer = make_layer(reader, FUNCTIONAL[last], given[1:], {k: v for k, v in named.items() if k != "inputs"})
        return apply_layer(reader, layer, given[:1] or [named.get("inputs")], {})
    kind = layer_type(callee.path, reader.catalog)
    if kind == "Lambda":
        function = given[0] if given else named.get("function")
        return function if isinstance(function, Function) else Unknown("what the Lambda does is not read", "Lambda")
    if kind:
        return make_layer(reader, kind, given, named)
    made = object_type(callee.path)
    if made:
        return describe(made, given, named)
    if below.startswith("activations.") and given and isinstance(given[0], Tensor | Hole):
        return apply_layer(reader, make_layer(reader, "Activation", [last], {}), given[:1], {})
    if below.startswith("layers."):
        return Unknown(f"this Keras has no layer {last}", last)
    return None


# --- functions and classes of the text -----------------------------------------------------------------------------------


def inline(
    reader: Reader, function: Function, given: Sequence[Value], named: Mapping[str, Value], owner: Value = None
) -> Value:
    """Reads a function's body in the place of a call of it."""
    function.called = True
    values = ([owner] if owner is not None else []) + list(given)
    with reader.inside(function.scope, {}):
        _bind_arguments(reader, function.arguments, values, named)
        if isinstance(function.body, ast.expr):
            return reader.evaluate(function.body)
        try:
            reader.execute(function.body)
        except Returned as returned:
            return returned.value
    return None


def _bind_arguments(
    reader: Reader, arguments: ast.arguments, given: Sequence[Value], named: Mapping[str, Value]
) -> None:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(
        zip([a.arg for a in positional[len(positional) - len(arguments.defaults) :]], arguments.defaults, strict=True)
    )
    defaults |= {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None}
    names = [argument.arg for argument in positional]
    values = {**dict(zip(names, given, strict=False)), **named}
    for name in [*names, *(argument.arg for argument in arguments.kwonlyargs)]:
        if name in values:
            reader.assign(name, values[name])
        elif name in defaults:
            reader.assign(name, reader.evaluate(defaults[name]))
        else:
            reader.assign(name, Unknown(f"{name} has no value in the text", name))
    if arguments.vararg is not None:
        reader.assign(arguments.vararg.arg, tuple(given[len(names) :]))
    if arguments.kwarg is not None:
        reader.assign(arguments.kwarg.arg, {name: value for name, value in named.items() if name not in names})


def _construct(reader: Reader, made: Class, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    made.used = True
    instance = Instance(made, dict(made.attributes))
    reader.instances.append(instance)
    start = made.methods.get("__init__")
    if start is not None:
        inline(reader, start, given, named, owner=instance)
    return instance


def call_instance(reader: Reader, instance: Instance, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """Reads `call` of a model or layer by subclassing; what cannot be read is a block that cannot be run."""
    instance.called = True
    method = (
        instance.of.methods.get("call") or instance.of.methods.get("__call__") or instance.of.methods.get("forward")
    )
    tensors = [as_tensors(reader, value) for value in given]
    mark = reader.drawing.mark()
    if method is not None:
        settings = {"training": None, "mask": None}
        known = {a.arg for a in (*method.arguments.args, *method.arguments.kwonlyargs)}
        extra = {name: value for name, value in settings.items() if name in known and name not in named}
        build = instance.of.methods.get("build")
        if build is not None and not build.called:
            inline(
                reader, build, [Unknown("the sizes of a tensor are not known while code is read")], {}, owner=instance
            )
        result = inline(reader, method, tensors, {**named, **extra}, owner=instance)
        whole = instance.of.kind != "layer" or not _assumes_more(reader, mark[2], tensors)
        if whole and any(isinstance(value, Tensor) for value in _flat([result])):
            return result
    reader.drawing.take_back(mark)
    reader.skip(
        f"what {instance.of.name} computes is not read: it stands as a block that cannot be run",
        instance.of.line,
        f"class {instance.of.name}",
    )
    return apply_layer(reader, Layer(instance.of.name, {}, instance.of.line), tensors, {})


def _assumes_more(reader: Reader, since: int, given: Sequence[Value]) -> bool:
    """An Input was assumed for something that is none of the given tensors: weights of the layer's own, most likely."""
    filled = {value.tensor.port.block for value in _flat(given) if isinstance(value, Hole) and value.tensor is not None}
    blocks = {block.id for block in reader.drawing.blocks if block.type == INPUT}
    return any(one.block in blocks - filled for one in reader.drawing.assumed[since:] if one.argument is None)


# --- attributes and methods ----------------------------------------------------------------------------------------------


def method_or_attribute(reader: Reader, owner: Value, name: str) -> Value:
    """`owner.name`."""
    if isinstance(owner, Dotted):
        return Dotted(f"{owner.path}.{name}")
    if isinstance(owner, Unknown):
        whole = f"{owner.name}.{name}" if owner.name else name
        return Unknown(f"{whole} has no value in the text", whole, owner, name)
    if isinstance(owner, Instance):
        return _of_instance(owner, name)
    if isinstance(owner, Array):
        told = {"shape": owner.shape, "ndim": len(owner.shape), "T": Array(tuple(reversed(owner.shape)), owner.dtype)}
        return told.get(name, Bound(owner, name))
    if isinstance(owner, Tensor):
        return _of_tensor(reader, owner, name)
    if isinstance(owner, Layer):
        if name in ("output", "outputs"):
            return owner.result if owner.result is not None else Unknown("the layer was not called yet")
        return owner.arguments[name] if name in owner.arguments else Bound(owner, name)
    if isinstance(owner, Stack) and name in ("output", "outputs", "input", "inputs"):
        draw_stack(reader, owner)
        end = owner.output if name.startswith("output") else owner.input
        return [end] if name.endswith("s") else end
    if isinstance(owner, Stack) and name == "layers":
        return [member for member in owner.layers if not isinstance(member, Tensor)]
    if isinstance(owner, Whole) and name in ("output", "outputs", "input", "inputs"):
        ends: list[Value] = list(owner.outputs if name.startswith("output") else owner.inputs)
        return ends if name.endswith("s") or len(ends) > 1 else ends[0]
    return Bound(owner, name)


def _of_instance(owner: Instance, name: str) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name in owner.of.methods or name in TRAINING or name in ("build", *QUIET):
        return Bound(owner, name)
    return Unknown(f"self.{name} has no value in the text", name, owner, name)


def _of_tensor(reader: Reader, owner: Tensor, name: str) -> Value:
    block = reader.drawing.blocks[int(owner.port.block[1:]) - 1]
    told = block.arguments.get("batch_shape") or block.arguments.get("shape")
    if name == "shape" and block.type == "Input" and is_list(told):
        whole = told if "batch_shape" in block.arguments else [None, *told]
        odd = Unknown("the sizes of a tensor are not known while code is read")
        return tuple(odd if size is None else size for size in whole)
    if name in ("shape", "dtype"):
        return Unknown("the sizes of a tensor are not known while code is read")
    return Bound(owner, name)


def _call_method(reader: Reader, bound: Bound, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    owner, name = bound.owner, bound.name
    if isinstance(owner, Instance) and name in owner.of.methods:
        return inline(reader, owner.of.methods[name], given, named, owner=owner)
    if name in TRAINING and isinstance(owner, Stack | Whole | Instance):
        if name != "compile":
            fed_with(reader, owner, given[0] if given else named.get("x"))
        reader.skip("training")
        return Unknown("it is a result of a run")
    if isinstance(owner, Array):
        return array_method(owner, name, given) or Unknown("the shape of this array is not known")
    if isinstance(owner, Stack | Whole | Instance | Layer):
        return _call_model_method(reader, owner, name, given, named)
    if isinstance(owner, Described | Tensor | Hole | Function):
        reader.skip(f"{name} is not read")
        return Unknown(f"{name} is not read")
    return call_plain_method(owner, name, given)


def _call_model_method(
    reader: Reader, owner: Value, name: str, given: Sequence[Value], named: Mapping[str, Value]
) -> Value:
    if isinstance(owner, Stack) and name == "add":
        add(reader, owner, given[0] if given else named.get("layer"))
    elif isinstance(owner, Stack) and name == "pop" and owner.waiting:
        owner.waiting.pop()
        owner.layers.pop()
    elif name == "build":
        shape = sizes_of(given[0] if given else named.get("input_shape"))
        if shape is not None:
            shape_told(reader, owner, shape)
    elif name in ("call", "__call__") and not isinstance(owner, Instance):
        return apply(reader, owner, given, named)
    elif name == "get_layer" and isinstance(owner, Stack):
        return next((m for m in owner.layers if isinstance(m, Layer) and m.name == (given or [""])[0]), fold.ODD)
    elif name not in QUIET:
        reader.skip(f"{name} is not read")
    return None if name in ("add", "pop", "build", *QUIET) else Unknown(f"{name} is not read")
