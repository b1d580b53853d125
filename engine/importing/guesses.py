"""What is taken where the text says nothing: usual arguments and usual inputs."""

from __future__ import annotations

from engine.analysis.arguments import USUAL
from engine.catalog.arguments import nested_layer
from engine.catalog.spec import ArgumentSpec, Catalog
from engine.graph.values import Json, JsonObject
from engine.importing.values import Shape

FEATURES, TIMESTEPS, SIDE = 3, 10, 28
BY_NAME: dict[str, Json] = {**USUAL, "key_dim": 16, "input_dim": 10_000, "target_shape": [-1, 1], "activation": "relu"}
BY_KIND: dict[str, Json] = {"int": 1, "float": 0.1, "bool": True, "ints": 1, "axis": -1, "shape": [1], "string": ""}
TOKENS: Shape = (None, None)
SEQUENCE: Shape = (None, None, FEATURES)
INPUT_OF: dict[str, Shape] = {
    "Embedding": TOKENS,
    "ConvLSTM1D": (None, TIMESTEPS, SIDE, 1),
    "ConvLSTM2D": (None, TIMESTEPS, SIDE, SIDE, 1),
    "ConvLSTM3D": (None, TIMESTEPS, 8, 8, 8, 1),
    "RepeatVector": (None, 16),
    "Reshape": (None, 16),
    "Dense": (None, 16),
    "MultiHeadAttention": (None, None, 16),
    "Attention": (None, None, 16),
    "AdditiveAttention": (None, None, 16),
}
PER_STEP = frozenset({"Masking", "Permute", "TimeDistributed", "Bidirectional", "RNN", "Flatten", "LayerNormalization"})


def usual_argument(argument: ArgumentSpec) -> Json:
    """A value for an argument whose value the text does not tell: Keras's default, else a usual one."""
    if not argument.required:
        return argument.default
    if argument.name in BY_NAME:
        return BY_NAME[argument.name]
    return argument.choices[0] if argument.choices else BY_KIND.get(argument.kind, 1)


def usual_input(kind: str, arguments: JsonObject, catalog: Catalog) -> tuple[Shape, str]:
    """Shape, with the batch, and dtype of an Input that a layer would take."""
    inner = nested_layer(arguments.get("layer"))
    if kind == "TimeDistributed" and inner is not None:
        shape, dtype = usual_input(*inner, catalog)
        if inner[0] in ("Dense", "Activation", "Dropout"):
            return SEQUENCE, dtype
        return (shape[0], TIMESTEPS, *(FEATURES * 2 if size is None else size for size in shape[1:])), dtype
    if kind in INPUT_OF:
        return INPUT_OF[kind], "int32" if kind == "Embedding" else "float32"
    spec = catalog.layers.get(kind)
    for digits, shape in (("1D", SEQUENCE), ("2D", (None, SIDE, SIDE, 1)), ("3D", (None, 8, SIDE, SIDE, 1))):
        if kind.endswith((digits, f"{digits}Transpose")):
            return shape, "float32"
    if kind in PER_STEP or spec is not None and spec.category in ("recurrent", "length", "attention"):
        return SEQUENCE, "float32"
    return (None, 16), "float32"
