"""What a block starts with when a person places it: only what Keras requires, with values that make sense at once."""

from __future__ import annotations

from engine.analysis.arguments import USUAL
from engine.catalog.arguments import unset_required
from engine.catalog.operations import operation_name
from engine.catalog.spec import ArgumentSpec, LayerSpec
from engine.graph.values import Json

STARTERS: dict[str, dict[str, Json]] = {
    "Input": {"shape": [None, 3]},
    "Embedding": {"input_dim": 1000, "output_dim": 16},
    "Bidirectional": {"layer": {"type": "LSTM", "arguments": {"units": 32, "return_sequences": True}}},
    "TimeDistributed": {"layer": {"type": "Dense", "arguments": {"units": 8}}},
    "RNN": {"cell": {"type": "LSTMCell", "arguments": {"units": 32}}},
    "StackedRNNCells": {"cells": [{"type": "LSTMCell", "arguments": {"units": 32}}]},
    "SpectralNormalization": {"layer": {"type": "Dense", "arguments": {"units": 8}}},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 16},
    "Reshape": {"target_shape": [-1, 1]},
    "Permute": {"dims": [2, 1]},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 8]},
    "Activation": {"activation": "relu"},
    "Dot": {"axes": -1},
    "Rescaling": {"scale": 1.0},
    "STFTSpectrogram": {"window": None},
    "RandomPosterization": {"factor": 4},
}
REDUCING = (
    "all", "amax", "amin", "any", "average", "count_nonzero", "cumprod", "cumsum", "logsumexp", "max", "mean", "median",
    "min", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod",
    "nanstd", "nansum", "nanvar", "percentile", "prod", "ptp", "quantile", "repeat", "roll", "std", "sum",
    "take", "take_along_axis", "var",
)  # fmt: skip
OPERATION_STARTERS: dict[str, dict[str, Json]] = {
    **{name: {"axis": 1} for name in REDUCING},  # along time; by itself Keras would go along all axes at once
    **dict.fromkeys(("argmax", "argmin", "nanargmax", "nanargmin", "concatenate", "norm", "expand_dims"), {"axis": -1}),
    "getitem": {"key": ":, -1"},
    "stack": {"axis": 1},
    "flip": {"axis": 1},
    "split": {"indices_or_sections": 2, "axis": -1},
    "array_split": {"indices_or_sections": 2, "axis": -1},
    "unstack": {"num": 2, "axis": -1},
    "hsplit": {"indices_or_sections": 2}, "vsplit": {"indices_or_sections": 2}, "dsplit": {"indices_or_sections": 2},
    "clip": {"x_min": 0.0, "x_max": 1.0},
    "reshape": {"newshape": [-1, 4]},
    "transpose": {"axes": [0, 2, 1]},
    "moveaxis": {"source": 1, "destination": 2},
    "swapaxes": {"axis1": 1, "axis2": 2},
    "moments": {"axes": 1},
    "pad": {"pad_width": [[0, 0], [1, 1], [0, 0]]},
    "tile": {"repeats": [1, 1, 2]},
    "einsum": {"subscripts": "btf->bft"},
    "rearrange": {"pattern": "b t f -> b f t"},
    "one_hot": {"num_classes": 10}, "multi_hot": {"num_classes": 10},
    "extract_sequences": {"sequence_length": 4, "sequence_stride": 2},
    "stft": {"sequence_length": 4, "sequence_stride": 2, "fft_length": 4},
    "slice": {"start_indices": [0, 0, 0], "shape": [1, 1, 1]},
    "slice_update": {"start_indices": [0, 0, 0]},
    "cast": {"dtype": "int32"}, "saturate_cast": {"dtype": "int32"},
    "fold": {"output_size": [4, 4], "kernel_size": [2, 2]}, "unfold": {"kernel_size": [2, 2]},
    "depth_to_space": {"block_size": 2}, "space_to_depth": {"block_size": 2},
    **dict.fromkeys(("image.extract_patches", "image.extract_patches_3d"), {"size": 2}),
    "image.resize": {"size": [4, 4]},
    "image.crop_images": {"top_cropping": 0, "left_cropping": 0, "target_height": 4, "target_width": 4},
    "image.pad_images": {"top_padding": 1, "left_padding": 1, "bottom_padding": 1, "right_padding": 1},
    "image.elastic_transform": {"seed": 7},  # without one it is another image at every call
    "image.scale_and_translate": {"output_shape": [1, 8, 8, 3], "spatial_dims": [1, 2], "method": "linear"},
}  # fmt: skip
BY_ARGUMENT: dict[str, Json] = {
    **USUAL,
    "head_dim": 16, "num_query_heads": 2, "num_key_value_heads": 1, "height": 8, "width": 8,
    "factor": 0.2, "height_factor": 0.2, "width_factor": 0.2, "num_bins": 10,
    "q": 0.5, "max_val": 1.0, "num_segments": 4,
}  # fmt: skip
BY_KIND: dict[str, Json] = {"int": 1, "float": 0.1, "bool": True, "ints": 1, "axis": -1, "shape": [1], "string": ""}


def starting_arguments(spec: LayerSpec) -> dict[str, Json]:
    """Arguments for a new block of this layer."""
    if spec.type in STARTERS:
        return dict(STARTERS[spec.type])
    own = OPERATION_STARTERS.get(operation_name(spec.type), {}) if spec.is_operation else {}
    return {argument.name: _start(argument) for argument in unset_required(spec, own)} | own


def _start(argument: ArgumentSpec) -> Json:
    if argument.name in BY_ARGUMENT:
        return BY_ARGUMENT[argument.name]
    if argument.choices:
        return argument.choices[0]
    return BY_KIND.get(argument.kind, 1)
