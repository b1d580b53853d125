"""What a block starts with when a person places it: only what Keras requires, with values that make sense at once."""

from __future__ import annotations

from engine.analysis.arguments import USUAL
from engine.catalog.spec import ArgumentSpec, LayerSpec
from engine.graph.values import Json

STARTERS: dict[str, dict[str, Json]] = {
    "Input": {"shape": [None, 3]},
    "Embedding": {"input_dim": 1000, "output_dim": 16},
    "Bidirectional": {"layer": {"type": "LSTM", "arguments": {"units": 32, "return_sequences": True}}},
    "TimeDistributed": {"layer": {"type": "Dense", "arguments": {"units": 8}}},
    "RNN": {"cell": {"type": "LSTMCell", "arguments": {"units": 32}}},
    "SpectralNormalization": {"layer": {"type": "Dense", "arguments": {"units": 8}}},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 16},
    "Reshape": {"target_shape": [-1, 1]},
    "Permute": {"dims": [2, 1]},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 8]},
    "Activation": {"activation": "relu"},
    "Dot": {"axes": -1},
    "Rescaling": {"scale": 1.0},
}
BY_ARGUMENT: dict[str, Json] = {
    **USUAL,
    "head_dim": 16, "num_query_heads": 2, "num_key_value_heads": 1, "height": 8, "width": 8,
    "factor": 0.2, "height_factor": 0.2, "width_factor": 0.2, "num_bins": 10,
}  # fmt: skip
BY_KIND: dict[str, Json] = {"int": 1, "float": 0.1, "bool": True, "ints": 1, "axis": -1, "shape": [1], "string": ""}


def starting_arguments(spec: LayerSpec) -> dict[str, Json]:
    """Arguments for a new block of this layer."""
    if spec.type in STARTERS:
        return dict(STARTERS[spec.type])
    return {argument.name: _start(argument) for argument in spec.arguments if argument.required}


def _start(argument: ArgumentSpec) -> Json:
    if argument.name in BY_ARGUMENT:
        return BY_ARGUMENT[argument.name]
    if argument.choices:
        return argument.choices[0]
    return BY_KIND.get(argument.kind, 1)
