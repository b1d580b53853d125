"""Names of libraries as people write them: which layer, initializer, operation or array function is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.catalog.spec import Catalog
from engine.importing.objects import Dotted

USUAL_NAMES: Mapping[str, str] = {
    "tf": "tensorflow", "tensorflow": "tensorflow", "keras": "keras", "np": "numpy", "numpy": "numpy",
    "layers": "keras.layers", "models": "keras.models", "initializers": "keras.initializers",
    "regularizers": "keras.regularizers", "constraints": "keras.constraints", "activations": "keras.activations",
    "optimizers": "keras.optimizers", "losses": "keras.losses", "K": "keras.backend", "ops": "keras.ops",
    "Sequential": "keras.models.Sequential", "Model": "keras.models.Model", "Input": "keras.layers.Input",
    "InputLayer": "keras.layers.InputLayer", "l2": "keras.regularizers.l2", "l1": "keras.regularizers.l1",
    "pad_sequences": "keras.utils.pad_sequences", "to_categorical": "keras.utils.to_categorical",
}  # fmt: skip
"""What a name means that the text does not define: snippets come without their imports."""
KERAS = re.compile(r"(?:^|\.)(?:tf_)?keras(?:\.|$)")
OBJECTS = ("initializers", "regularizers", "constraints")
OLD_LAYERS: Mapping[str, str] = {
    "CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU", "Merge": "Concatenate", "TimeDistributedDense": "Dense",
}  # fmt: skip
"""Layers that Keras no longer has, and those that do their work."""
RENAMED: Mapping[str, str] = {
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Conv1DTranspose": "Conv1DTranspose",
    "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "AvgPool1D": "AveragePooling1D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D", "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "AvgPool2D": "AveragePooling2D", "SeparableConvolution1D": "SeparableConv1D",
}  # fmt: skip
"""Further names of layers that Keras still has."""
FUNCTIONAL: Mapping[str, str] = {
    "concatenate": "Concatenate", "add": "Add", "multiply": "Multiply", "subtract": "Subtract", "average": "Average",
    "maximum": "Maximum", "minimum": "Minimum", "dot": "Dot",
}  # fmt: skip
"""`keras.layers.concatenate([a, b])` makes a layer and calls it."""
OPERATIONS: Mapping[str, str] = {
    "concat": "concatenate", "reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min",
    "permute_dimensions": "transpose", "batch_dot": "matmul", "pow": "power", "div": "true_divide",
    "truediv": "true_divide", "divide": "true_divide", "sub": "subtract", "mul": "multiply",
}  # fmt: skip
"""Names of TensorFlow and of `keras.backend` for functions of `keras.ops`."""
OPERATION_HOMES = re.compile(
    r"^(?:tensorflow(?:\.math|\.nn|\.linalg)?|(?:.*\.)?keras\.(?:ops|backend)(?:\.numpy|\.nn|\.linalg)?)\.((?:image\.)?\w+)$"
)
OPERATION_TYPE = "keras.ops."


def usual_name(name: str, catalog: Catalog) -> Dotted | None:
    """What a name that the text does not define usually stands for."""
    if name in USUAL_NAMES:
        return Dotted(USUAL_NAMES[name])
    known = name in catalog.layers or name in OLD_LAYERS or name in RENAMED or name in FUNCTIONAL
    return Dotted(f"keras.layers.{name}") if known and "." not in name else None


def in_keras(path: str) -> str | None:
    """The path below `keras`, or None: it is not Keras's."""
    found = list(KERAS.finditer(path))
    return path[found[-1].end() :] if found else None


def layer_type(path: str, catalog: Catalog) -> str:
    """The layer that a name means; empty: none."""
    below = in_keras(path)
    last = path.rsplit(".", 1)[-1]
    addons = path.startswith(("keras_nlp", "keras_hub", "tensorflow_addons"))
    if below is None or addons or below.split(".")[0] in (*OBJECTS, "activations", "ops", "backend", "models"):
        return ""
    last = RENAMED.get(last, last)
    return last if last in catalog.layers or last in OLD_LAYERS else ""


def object_type(path: str) -> str:
    """The initializer, regularizer or constraint that a name means; empty: none."""
    below = in_keras(path)
    if below is None or below.split(".")[0] not in OBJECTS or "." not in below:
        return ""
    last = path.rsplit(".", 1)[-1]
    short = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2", "glorot_uniform": "GlorotUniform", "he_normal": "HeNormal"}
    return short.get(last, last)


def operation(path: str, catalog: Catalog) -> str:
    """The operation block that a function of TensorFlow, `keras.backend` or `keras.ops` means; empty: none."""
    found = OPERATION_HOMES.match(path)
    if found is None:
        return ""
    name = OPERATIONS.get(found[1], found[1])
    kind = OPERATION_TYPE + name
    return kind if kind in catalog.layers or name in OPERATIONS.values() or ".ops." in path else ""
