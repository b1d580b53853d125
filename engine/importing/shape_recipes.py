"""Models whose shapes make Keras complain."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.catalog.spec import Catalog
from engine.graph.values import Json
from engine.importing.guesses import usual_input
from engine.importing.messages import type_of_name
from engine.importing.objects import Value
from engine.importing.recipe import (
    BY_AXES,
    EARLIER,
    FEATURES,
    GATES,
    MODELS,
    READER,
    RECURRENT,
    STEPS,
    UNITS,
    kind_of,
    number_in,
)
from engine.importing.sketch import Sketch
from engine.importing.values import Facts, Shape


def ndim(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A layer on another number of axes than it takes."""
    wanted, found = facts.numbers["expected"], facts.numbers["found"]
    kind = kind_of(facts, BY_AXES.get(wanted, "LSTM"))
    if facts.layer_type in MODELS:
        yield _plain(new(), usual_input(kind, {}, catalog)[0], kind, "", because=READER)
        return
    shape = facts.shapes[0] if facts.shapes and len(facts.shapes[0]) == found else _of_rank(found)
    told = bool(facts.shapes)
    direct = _plain(new(), shape, kind, facts.layer_name, told=told)
    if found != 2 or wanted < 3:
        yield direct
        return
    earlier = _after_summary(new(), shape, kind, facts.layer_name)
    later = number_in(facts.layer_name) >= (2 if facts.wording == "keras2" else 1) or not told
    yield from (earlier, direct) if later else (direct, earlier)


def _of_rank(rank: int) -> Shape:
    return {0: (), 1: (None,), 2: (None, UNITS), 4: (None, STEPS, 28, 28)}.get(
        rank, (None, STEPS, *[FEATURES] * (rank - 2))
    )


def _plain(sketch: Sketch, shape: Shape, kind: str, name: str, *, told: bool = False, because: str = "") -> Sketch:
    """One layer on one Input."""
    dtype = "int32" if kind == "Embedding" else "float32"
    tensor = sketch.input(shape, dtype, told=told)
    sketch.layer(kind, [tensor], _inner(kind), name=name, because=because)
    return sketch


def _inner(kind: str) -> dict[str, Json]:
    """What a wrapper wraps."""
    return {"layer": {"type": "Dense", "arguments": {"units": UNITS}}} if kind == "TimeDistributed" else {}


def _after_summary(sketch: Sketch, shape: Shape, kind: str, name: str) -> Sketch:
    """An earlier recurrent layer gives (batch, units)."""
    tensor = sketch.input((None, None, FEATURES))
    first = kind if kind in RECURRENT else "LSTM"
    _, summary = sketch.layer(first, [tensor], {"units": shape[-1] or UNITS}, because=EARLIER)
    sketch.layer(kind, [summary], _inner(kind), name=name)
    return sketch


def axis(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A shared layer on an input of another width."""
    shape, axis, wanted = facts.shapes[0], facts.numbers["axis"], facts.numbers["expected"]
    if not -len(shape) <= axis < len(shape):
        return
    sizes = list(shape)
    sizes[axis] = wanted
    sketch, kind = new(), kind_of(facts, "LSTM" if len(shape) == 3 else "Dense")
    first = sketch.input((None, *sizes[1:]))
    if facts.layer_type in MODELS:
        sketch.layer(kind, [first], because=READER)
    else:
        layer, _ = sketch.layer(kind, [first], name=facts.layer_name)
        sketch.again(layer, [sketch.input((None, *shape[1:]), told=True)])
    yield sketch


def data(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A model that was fed something else: what it expects, and a layer that reads it."""
    told = facts.named.get("expected")
    rank = len(told) if told else facts.numbers.get("expected", 3)
    kind = kind_of(facts, BY_AXES.get(rank, "LSTM"))
    shape = told or usual_input(kind, {}, catalog)[0]
    sketch = new()
    if facts.layer_type in MODELS or not facts.layer_type:
        yield _plain(sketch, (None, *shape[1:]), kind, "", told=told is not None, because=READER)
    else:
        yield _plain(sketch, (None, *shape[1:]), kind, facts.layer_name, told=told is not None)


def target(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A model whose output does not have the shape of the targets."""
    output = facts.named.get("output", ())
    rank = len(output) or facts.numbers.get("expected", 2)
    sketch = new()
    steps = output[1] if len(output) == 3 else None
    tensor = sketch.input((None, steps, FEATURES))
    whole: dict[str, Json] = {"return_sequences": True} if rank == 3 else {}
    _, read = sketch.layer("LSTM", [tensor], {"units": UNITS, **whole}, because=READER)
    told: dict[str, Json] = {"units": output[-1]} if output and output[-1] else {}
    sketch.layer(kind_of(facts, "Dense"), [read], told, name=facts.layer_name)
    yield sketch


def concatenate(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """Tensors that differ on an axis that is not joined."""
    ranks = {len(shape) for shape in facts.shapes}
    if ranks == {2, 3}:
        sketch = new()
        yield _joined(sketch, facts, "Concatenate", [_summary_or_input(sketch, shape) for shape in facts.shapes])
    sketch = new()
    yield _joined(sketch, facts, "Concatenate", [sketch.input((None, *shape[1:]), told=True) for shape in facts.shapes])


def _summary_or_input(sketch: Sketch, shape: Shape) -> Value:
    if len(shape) == 3:
        return sketch.input((None, *shape[1:]), told=True)
    tensor = sketch.input((None, None, FEATURES))
    return sketch.layer("LSTM", [tensor], {"units": shape[-1] or UNITS}, because=EARLIER)[1]


def _joined(sketch: Sketch, facts: Facts, kind: str, tensors: list[Value]) -> Sketch:
    """A merge of some tensors."""
    sketch.layer(kind, [tensors], name=facts.layer_name)
    return sketch


def merge(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """Keras leaves the batch out of these shapes; older Keras does too."""
    sketch = new()
    tensors: list[Value] = [sketch.input((None, *shape), told=True) for shape in facts.shapes[:2]]
    yield _joined(sketch, facts, kind_of(facts, "Add"), tensors)


def open_features(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A feature axis of unknown size."""
    shape = facts.named.get("shape", ())
    first = facts.words.get("path", "").split("/")[0]
    kind = type_of_name(first, catalog) or facts.words.get("type", "") or kind_of(facts, "")
    name = first or facts.layer_name
    if kind not in catalog.layers:
        kind = "Conv1D" if facts.family == "channels" or len(shape) == 3 else "Dense"
    last = shape[-1] if shape and facts.family == "fully_defined" else None
    if kind == "Dense":
        sketch = new()
        tensor = sketch.input((None, None, FEATURES))
        _, flat = sketch.layer("Flatten", [tensor], because="Flatten of an unknown length is the usual cause")
        sketch.layer("Dense", [flat], {"units": last} if last else {}, name=name)
        yield sketch
    size = "units" if kind in (*RECURRENT, "Dense") else "filters" if kind.startswith("Conv") else ""
    told: dict[str, Json] = {size: last // GATES.get(kind, 1)} if size and last else {}
    if kind.startswith("Conv") and len(shape) > 2 and shape[0]:
        told["kernel_size"] = shape[0]
    sketch = new()
    sketch.layer(kind, [sketch.input((None, STEPS, None))], told, name=name)
    yield sketch


def kernel_rank(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """Images without a channel axis inside TimeDistributed."""
    kernel, shape = facts.named["kernel"], facts.named["shape"]
    kind = f"Conv{max(len(kernel) - 2, 1)}D"
    arguments: dict[str, Json] = {"filters": kernel[-1], "kernel_size": list(kernel[:-2])}
    sketch = new()
    tensor = sketch.input((None, STEPS, *shape[1:]))
    sketch.layer("TimeDistributed", [tensor], {"layer": {"type": kind, "arguments": arguments}})
    yield sketch


def too_short(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A sequence shorter than the window over it."""
    shape, kernel = facts.named.get("shape"), facts.named.get("kernel", ())
    if shape is not None and len(shape) == 4 and 1 in shape[1:3] and "size" in facts.numbers:
        shape = (None, *(size for size in shape[1:] if size != 1))
    if shape is None or len(shape) not in (3, 4):
        shape = (None, facts.numbers.get("size", 2), FEATURES)
    rank = len(shape) - 2
    window = facts.numbers.get("kernel")
    told: dict[str, Json] = {"kernel_size": window} if window else {}
    kind = kind_of(facts, f"Conv{rank}D")
    if facts.words.get("kind") == "pool":
        kind = kind_of(facts, f"MaxPooling{rank}D")
        told = {"pool_size": list(kernel[:rank]) if rank > 1 else kernel[0]} if kernel else {}
    elif kernel:
        told = {"filters": kernel[-1], "kernel_size": kernel[0] if rank == 1 else list(kernel[:rank])}
    sketch = new()
    sketch.layer(kind, [sketch.input((None, *shape[1:]), told=True)], told, name=facts.layer_name)
    yield sketch


def lengths(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """Two ways whose lengths differ, hidden by an unknown T."""
    longer, shorter = sorted(facts.shapes[:2], key=lambda shape: [size or 0 for size in shape], reverse=True)
    if len(longer) != 3 or len(shorter) != 3:
        return
    steps, rest = longer[1] or STEPS, (longer[1] or STEPS) - (shorter[1] or STEPS)
    sketch = new()
    tensor = sketch.input((None, None, longer[2]))
    because = "one of the two ways is shorter"
    if rest == 1 and steps % 2:
        _, half = sketch.layer("MaxPooling1D", [tensor], {"pool_size": 2}, because=because)
        _, other = sketch.layer("UpSampling1D", [half], {"size": 2}, because=because)
    else:
        _, other = sketch.layer("Cropping1D", [tensor], {"cropping": [0, max(rest, 1)]}, because=because)
    sketch.layer(kind_of(facts, "Add"), [[tensor, other]], name=facts.layer_name)
    sketch.steps(steps)
    yield sketch


def reshape(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A Reshape to another number of values."""
    sketch = new()
    tensor = sketch.input((None, *facts.named["shape"]), told=True)
    sketch.layer("Reshape", [tensor], {"target_shape": list(facts.named["target"])}, name=facts.layer_name)
    yield sketch


def inner_rank(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """TimeDistributed without a time axis."""
    yield _after_summary(new(), facts.named["shape"], "TimeDistributed", facts.layer_name)
    yield _plain(new(), facts.named["shape"], "TimeDistributed", facts.layer_name, told=True)


def attention_width(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """Query and value of different width."""
    sketch = new()
    query, value = (sketch.input((None, None, facts.numbers[key]), told=True) for key in ("a", "b"))
    sketch.layer(kind_of(facts, "GroupQueryAttention"), [query, value])
    yield sketch


def only_shape(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A fault without a recipe: the layer that the message names, on the shape that it shows."""
    if facts.layer_type in catalog.layers and facts.shapes:
        yield _plain(new(), facts.shapes[0], facts.layer_type, facts.layer_name, told=True)
