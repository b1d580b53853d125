"""Models whose states, masks, names or arguments make Keras complain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.catalog.spec import Catalog
from engine.graph.values import Json
from engine.importing.guesses import usual_input
from engine.importing.messages import keyword_names, type_of_name
from engine.importing.objects import Value, is_list, is_several
from engine.importing.recipe import (
    FEATURES,
    GATES,
    RECURRENT,
    STEPS,
    UNITS,
    Recipe,
    kind_of,
)
from engine.importing.sketch import Sketch
from engine.importing.values import Facts, Shape


def widths(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """States of another size than the layer that is given them, or a layer that was built for another width."""
    a, b = facts.numbers["a"], facts.numbers["b"]
    node = facts.words.get("node", "")
    kind = next((kind for kind in RECURRENT if f"{kind.lower()}_cell" in node or facts.layer_type.startswith(kind)), "")
    columns = facts.named["b"][-1] if "b" in facts.named else None
    if not kind:
        kind = next((kind for kind in RECURRENT if columns == GATES[kind] * b), "LSTM")
    if columns is not None and columns != GATES[kind] * b:
        if columns % GATES[kind] == 0:
            sketch = new()
            layer, _ = sketch.layer(kind, [sketch.input((None, None, b))], {"units": columns // GATES[kind]})
            sketch.again(layer, [sketch.input((None, None, a), told=True)])
            yield sketch
        return
    for encoder, decoder in ((a, b), (b, a)):
        yield _handed_on(new(), kind, encoder, decoder)


def _handed_on(sketch: Sketch, kind: str, encoder: int, decoder: int) -> Sketch:
    """An encoder hands its states to a decoder of another size."""
    tensor = sketch.input((None, None, FEATURES))
    _, left = sketch.layer(
        kind, [tensor], {"units": encoder, "return_state": True}, name="encoder", because="states come from a layer"
    )
    states = list(left[1:])
    sketch.layer(kind, [tensor], {"units": decoder, "return_sequences": True}, name="decoder", initial_state=states)
    return sketch


def states(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """An LSTM that is given the one state of a GRU."""
    sketch = new()
    tensor = sketch.input((None, None, FEATURES))
    _, left = sketch.layer(
        "GRU", [tensor], {"units": UNITS, "return_state": True}, because="one state comes from a GRU"
    )
    sketch.layer("LSTM", [tensor], {"units": UNITS}, name=facts.layer_name, initial_state=[left[1]])
    yield sketch


def state_axes(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A whole sequence in the place of a state."""
    sketch = new()
    tensor = sketch.input((None, None, FEATURES))
    _, whole = sketch.layer(
        "LSTM",
        [tensor],
        {"units": UNITS, "return_sequences": True},
        because="a sequence in the place of a state is the usual cause",
    )
    sketch.layer("LSTM", [tensor], {"units": UNITS}, initial_state=[whole, whole])
    yield sketch


def softmax_mask(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A masked sequence into the layer Softmax."""
    sketch = new()
    _, masked = sketch.layer("Masking", [sketch.input((None, None, FEATURES))], because="the mask comes from somewhere")
    sketch.layer("Softmax", [masked], name=facts.layer_name)
    yield sketch


def mask_axes(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """Sentences of words: the mask of the words is left over where the sentences are read."""
    sketch = new()
    tokens = sketch.input((None, 5, 7), "int32")
    because = "a mask over words and sentences comes from an Embedding"
    _, words = sketch.layer(
        "Embedding", [tokens], {"input_dim": 1000, "output_dim": 16, "mask_zero": True}, because=because
    )
    inner: dict[str, Json] = {"layer": {"type": "LSTM", "arguments": {"units": 16}}}
    _, sentences = sketch.layer("TimeDistributed", [words], inner, because="each sentence is read by itself")
    sketch.layer("LSTM", [sentences], name=facts.layer_name)
    yield sketch


def inner_mask(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A layer that takes a mask, inside TimeDistributed, under a mask of the whole sequence."""
    for inner in ("BatchNormalization", "LSTM"):
        sketch = new()
        shape: Shape = (None, None, FEATURES) if inner == "BatchNormalization" else (None, 5, 4, FEATURES)
        _, masked = sketch.layer("Masking", [sketch.input(shape)], because="the mask comes from somewhere")
        arguments: dict[str, Json] = {"units": 16} if inner == "LSTM" else {}
        sketch.layer("TimeDistributed", [masked], {"layer": {"type": inner, "arguments": arguments}})
        yield sketch


def inputs(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A layer for one tensor that is given all that another returns."""
    wanted, found = facts.numbers["expected"], facts.numbers["found"]
    sketch = new()
    if wanted != 1:
        tensors: list[Value] = [sketch.input((None, None, FEATURES)) for _ in range(min(wanted, 8))]
        sketch.layer("Concatenate", [tensors], because="the message does not tell what the model does")
        yield sketch
        return
    first: dict[int, tuple[str, dict[str, Json]]] = {
        2: ("GRU", {"units": UNITS, "return_state": True}),
        3: ("LSTM", {"units": UNITS, "return_state": True}),
        5: ("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": UNITS, "return_state": True}}}),
    }
    kind, arguments = first.get(found, first[3])
    tensor = sketch.input((None, None, FEATURES))
    _, several = sketch.layer(
        kind, [tensor], arguments, because="a layer that returns its states too is the usual cause"
    )
    sketch.layer(kind_of(facts, "Dense"), [several], name=facts.layer_name)
    yield sketch


def one_layer(kind: str, told: Mapping[str, Json]) -> Recipe:
    """One layer with an argument that makes the fault."""

    def recipe(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
        sketch, own = new(), kind_of(facts, kind)
        tensor = sketch.input(usual_input(own, {}, catalog)[0], "int32" if own == "Embedding" else "float32")
        sketch.layer(own, [tensor], told, name=facts.layer_name)
        yield sketch

    return recipe


def name_twice(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """Two layers of one name."""
    name = facts.words["name"]
    kind = type_of_name(name, catalog) or "Dense"
    kind = kind if kind in catalog.layers else "Dense"
    sketch = new()
    value: Value = sketch.input(usual_input(kind, {}, catalog)[0])
    told: dict[str, Json] = {"return_sequences": True} if kind in RECURRENT else {}
    several = catalog.layers[kind].category in ("merge", "attention")
    for _ in range(2):
        pair: list[Value] = [value, value]
        whole = several and "query" not in catalog.layers[kind].inputs
        _, value = sketch.layer(kind, [pair] if whole else pair if several else [value], told, name=name)
    yield sketch


def stateful_states(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A stateful Bidirectional that returns its states."""
    sketch = new()
    inner: Json = {"type": "LSTM", "arguments": {"units": 16, "stateful": True, "return_state": True}}
    sketch.layer("Bidirectional", [sketch.input((2, STEPS, FEATURES), batch=True)], {"layer": inner})
    yield sketch


def keyword(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A layer with an argument that Keras does not have."""
    names = keyword_names(facts.words)
    kind = facts.words.get("type") or kind_of(facts, "Embedding" if "input_length" in names else "LSTM")
    told: dict[str, Json] = {name: _plain_json(value) for name, value in names.items()}
    whole = told.get("batch_input_shape")
    sketch = new()
    shape = tuple(whole) if is_list(whole) and len(whole) > 1 else usual_input(kind, {}, catalog)[0]
    sizes: Shape = tuple(size if isinstance(size, int) else None for size in shape)
    tensor = sketch.input(sizes, "int32" if kind == "Embedding" else "float32", told=whole is not None)
    sketch.layer(kind, [tensor], told)
    yield sketch


def _plain_json(value: object) -> Json:
    if is_several(value):
        return [_plain_json(member) for member in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def token(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """An Embedding of the size that the message tells."""
    sketch = new()
    tokens = sketch.input((None, None), "int32")
    sketch.layer("Embedding", [tokens], {"input_dim": facts.numbers["size"]}, name=facts.layer_name)
    yield sketch


def absent(facts: Facts, new: Callable[[], Sketch], catalog: Catalog) -> Iterator[Sketch]:
    """A layer that this Keras does not have."""
    sketch = new()
    kind = facts.words["type"]
    if kind not in catalog.layers:
        sketch.layer(kind, [sketch.input((None, None, FEATURES))])
        yield sketch
