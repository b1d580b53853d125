"""Sequential and functional models: drawn when something is said of their input, called like layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.importing.objects import (
    Array,
    Dotted,
    Instance,
    Layer,
    Stack,
    Tensor,
    Unknown,
    Value,
    Whole,
    is_mapping,
    is_several,
)
from engine.importing.reader import Reader
from engine.importing.values import Shape

IGNORED_SHAPE = "Keras ignores input_shape on a layer that is not the first"


def new_stack(reader: Reader, given: Sequence[Value], named: Mapping[str, Value]) -> Stack:
    """`Sequential([…])`."""
    name = named.get("name")
    stack = Stack(reader.line, name if isinstance(name, str) else "")
    reader.stacks.append(stack)
    members = given[0] if given else named.get("layers")
    for member in members if is_several(members) else ():
        add(reader, stack, member)
    return stack


def add(reader: Reader, stack: Stack, member: Value) -> None:
    """`model.add(…)`."""
    if isinstance(member, Unknown | Dotted):
        member = placeholder(reader, member)
    if member is None:
        return
    if isinstance(member, Layer):
        member.used = True
    if isinstance(member, Layer | Stack) and not stack.layers:
        stack.input_shape = member.shape if isinstance(member, Layer) else member.input_shape
    elif isinstance(member, Layer) and member.shape is not None:
        reader.skip(IGNORED_SHAPE)
    stack.layers.append(member)
    stack.waiting.append(member)


def placeholder(reader: Reader, unknown: Unknown | Dotted) -> Layer | None:
    """A block for a layer that the text takes from elsewhere; None: it does not look like one."""
    name = unknown.last if isinstance(unknown, Dotted) else unknown.name.rsplit(".", 1)[-1]
    if not name.isidentifier() or not name[0].isupper():
        reader.skip(unknown.reason if isinstance(unknown, Unknown) else f"{name} is no layer of Keras")
        return None
    reader.skip(f"{name} is no layer of Keras: it stands as a block that cannot be run")
    return Layer(name, {}, reader.line)


def apply(reader: Reader, member: Value, tensors: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """Calls a layer or model on tensors."""
    if isinstance(member, Layer):
        return apply_layer(reader, member, tensors, named)
    if isinstance(member, Stack):
        return call_stack(reader, member, tensors[0] if tensors else None)
    if isinstance(member, Whole):
        return call_whole(reader, member, tensors[0] if tensors else None)
    if isinstance(member, Tensor):
        return member
    return Unknown("what is called here is no layer")


def apply_layer(reader: Reader, layer: Layer, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """Calls a layer; a TimeDistributed model is one TimeDistributed for each of its layers."""
    tensors = [as_tensors(reader, value) for value in given]
    keywords = {
        name: as_tensors(reader, value) if name not in ("training",) else value for name, value in named.items()
    }
    layer.used = True
    result = reader.drawing.call(layer, tensors, keywords)
    for member in layer.members[1:]:
        wrapped = Layer(
            layer.type, {"layer": {"type": member.type, "arguments": member.arguments}}, layer.line,
            guesses={f"layer.arguments.{key}": reason for key, reason in member.guesses.items()},
        )  # fmt: skip
        result = reader.drawing.call(wrapped, [result], {})
    layer.result = result
    return result


def as_tensors(reader: Reader, value: Value) -> Value:
    """Unknown values where a layer takes a tensor are tensors; an Input is assumed for them."""
    if is_several(value):
        return [as_tensors(reader, member) for member in value]
    return reader.hole(value) if isinstance(value, Unknown) else value


# --- Sequential ----------------------------------------------------------------------------------------------------------


def draw_stack(reader: Reader, stack: Stack, data: Array | None = None) -> None:
    """Draws what was added since the last time; the first time with its Input."""
    if stack.waiting and stack.input is None and isinstance(stack.waiting[0], Tensor):
        stack.input = stack.output = stack.waiting.pop(0)
    if not stack.waiting:
        return
    if stack.input is None:
        stack.input = stack.output = _input_of(reader, stack, data)
    _draw_on(reader, stack)


def _draw_on(reader: Reader, stack: Stack) -> None:
    waiting, stack.waiting = stack.waiting, []
    for member in waiting:
        if not isinstance(member, Tensor):
            stack.output = apply(reader, member, [stack.output], {})


def _input_of(reader: Reader, stack: Stack, data: Array | None) -> Tensor:
    first = _first_layer(stack)
    kind = "int32" if first is not None and first.type == "Embedding" else "float32"
    shape = stack.input_shape
    if shape is not None:
        return reader.drawing.input(shape, kind, batch=shape[0] is not None)
    if data is not None:
        return reader.drawing.fed(data, first)
    stack.assumed = True
    return reader.drawing.assumed_input("", first)


def _first_layer(stack: Stack | Value) -> Layer | None:
    first = stack.layers[0] if isinstance(stack, Stack) and stack.layers else stack
    return (
        first
        if isinstance(first, Layer)
        else _first_layer(first)
        if isinstance(first, Stack) and first.layers
        else None
    )


def call_stack(reader: Reader, stack: Stack, given: Value) -> Value:
    """`model(x)`: the first time its layers stand there, later they are called again."""
    tensor = reader.drawing.tensor_of(as_tensors(reader, given), _first_layer(stack))
    if tensor is None:
        return Unknown("what the model is called on is no tensor")
    if stack.input is None and not isinstance(next(iter(stack.waiting), None), Tensor):
        stack.input = stack.output = tensor
        stack.called = True
        _draw_on(reader, stack)
        return stack.output
    draw_stack(reader, stack)
    if stack.input is None or not isinstance(stack.output, Tensor):
        return Unknown("the model has no output")
    if not stack.called and stack.input.port != tensor.port:
        reader.drawing.feed(stack.input, tensor)
        stack.input, stack.called = tensor, True
        return stack.output
    if stack.input.port == tensor.port:
        return stack.output
    return reader.drawing.copy_below({stack.input.port: tensor.port}, [stack.output])[0]


# --- functional ----------------------------------------------------------------------------------------------------------


def new_whole(reader: Reader, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """`Model(inputs, outputs)`."""
    values = [*given, None, None][:2]
    inputs, outputs = (
        named.get("inputs", named.get("input", values[0])),
        named.get("outputs", named.get("output", values[1])),
    )
    ends = [_tensors(reader, inputs), _tensors(reader, outputs)]
    if not ends[0] or not ends[1]:
        return Unknown("its inputs and outputs are not known")
    whole = Whole(ends[0], ends[1], reader.line, several=is_several(outputs) and len(ends[1]) > 1)
    reader.wholes.append(whole)
    return whole


def _tensors(reader: Reader, value: Value) -> list[Tensor]:
    if is_mapping(value):
        value = list(value.values())
    if is_several(value):
        return [tensor for member in value for tensor in _tensors(reader, member)]
    tensor = reader.drawing.tensor_of(reader.hole(value) if isinstance(value, Unknown) else value)
    return [tensor] if tensor is not None else []


def call_whole(reader: Reader, whole: Whole, given: Value) -> Value:
    """`encoder(x)`: the first time its own blocks are fed, later each is called again."""
    tensors = _tensors(reader, given)
    if len(tensors) != len(whole.inputs):
        return Unknown("the model is called on another number of tensors than it has inputs")
    if [tensor.port for tensor in tensors] != [tensor.port for tensor in whole.inputs]:
        shared = any(
            mine.port == other.port
            for another in reader.wholes
            if another is not whole
            for mine in whole.inputs
            for other in another.inputs
        )
        if whole.called or shared:
            ports = {old.port: new.port for old, new in zip(whole.inputs, tensors, strict=True)}
            copies = reader.drawing.copy_below(ports, whole.outputs)
            return tuple(copies) if whole.several else copies[0]
        for old, new in zip(whole.inputs, tensors, strict=True):
            reader.drawing.feed(old, new)
        whole.inputs = tensors
    whole.called = True
    return tuple(whole.outputs) if whole.several else whole.outputs[0]


def shape_told(reader: Reader, model: Value, shape: Shape) -> None:
    """`model.build(shape)` or data: what is said of a model's input."""
    if isinstance(model, Stack) and model.input is None and model.input_shape is None:
        model.input_shape = shape
    elif isinstance(model, Instance) and not model.called:
        model.attributes.setdefault("(input)", Array(shape))


def fed_with(reader: Reader, model: Value, data: Value) -> None:
    """`model.fit(x, y)`: the data's shape makes the Input, or is the sample of the one that is there."""
    arrays = data if is_several(data) else [data]
    arrays = [array for array in arrays if isinstance(array, Array) and len(array.shape) > 1]
    if not arrays:
        return
    if isinstance(model, Stack):
        draw_stack(reader, model, arrays[0])
        inputs = [model.input] if model.input is not None else []
    elif isinstance(model, Whole):
        inputs = model.inputs
    else:
        shape_told(reader, model, arrays[0].shape)
        return
    for tensor, array in zip(inputs, arrays, strict=False):
        reader.drawing.data.setdefault(tensor.port.block, array)
