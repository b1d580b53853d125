"""The catalog from the installed Keras: every public layer, by introspection. `python -m engine.runtime.introspect` writes it.

What Keras can tell (signatures, docstrings, registries) is asked; the tables below hold what it does not say.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from engine.catalog.snapshot import SNAPSHOT, snapshot_lines
from engine.catalog.spec import REGISTERED, ArgumentKind, ArgumentSpec, Catalog, Category, LayerSpec, ObjectSpec
from engine.graph.values import INPUT, REUSE, Json
from engine.runtime.docstrings import argument_docs, first_sentence, without_type
from engine.runtime.environment import keras
from engine.runtime.introspect_operations import operation_specs
from engine.runtime.time_words import time_sentences

MODULE = "keras.layers"
REST: Category = "reuse"
PASSED_BY = frozenset({"self", "args", "kwargs", "name"})  # the block has the name
TENSORS = frozenset({"inputs", "sequences", "sequence", "data", "x", "query", "value", "key"})
MASKS = frozenset({"mask", "attention_mask", "query_mask", "value_mask", "key_mask"})
SETTINGS = frozenset({"use_causal_mask", "training", "return_attention_scores", "reverse"})
CATEGORY_BY_FOLDER: dict[str, Category] = {
    "core": "timestep", "activations": "timestep", "normalization": "timestep",
    "convolutional": "length", "pooling": "length", "reshaping": "length",
    "attention": "attention", "merging": "merge", "regularization": "regularise", "rnn": "recurrent",
    "preprocessing": "preprocessing", "image_preprocessing": "image",
}  # fmt: skip
CATEGORY_BY_TYPE: dict[str, Category] = {
    "Masking": "input", "Embedding": "input", "ReversibleEmbedding": "input", "InputLayer": "input",
    "TimeDistributed": "timestep", "Rescaling": "timestep", "Normalization": "timestep",
    "MelSpectrogram": "length", "STFTSpectrogram": "length",
    "Layer": "reuse", "Wrapper": "reuse", "Lambda": "reuse", "Pipeline": "preprocessing",
}  # fmt: skip
REASONS = {
    "Layer": "The base class of all layers does nothing by itself.",
    "Wrapper": "The base class of wrappers does nothing by itself: use TimeDistributed or Bidirectional.",
    "InputLayer": "Use the Input block, which makes it.",
    "Lambda": "It holds Python code, which a document never does.",
    "Pipeline": "It is a list of layers: place the layers themselves.",
    "TFSMLayer": "It loads a SavedModel from a file, which a document never does.",
    "FlaxLayer": "It needs a Flax module, which is Python code.",
    "JaxLayer": "It needs a JAX function, which is Python code.",
    "TorchModuleWrapper": "It needs a PyTorch module, which is Python code.",
    "StringLookup": "It reads text, and SeqLoom feeds numbers.",
    "TextVectorization": "It reads text, and SeqLoom feeds numbers.",
    "HashedCrossing": "It crosses columns of a table, not sequences.",
    "MaxNumBoundingBoxes": "It works on dictionaries of bounding boxes.",
    "Equalization": "Keras returns its input as its output, and then refuses the model as a circle.",
    "CutMix": "It needs images with their labels.",
    "MixUp": "It needs images with their labels.",
}
CELL_REASON = "A cell goes inside RNN (argument `cell`)."
KINDS_BY_NAME: dict[str, ArgumentKind] = {
    "activation": "activation", "recurrent_activation": "activation", "dtype": "dtype", "reverse_dtype": "dtype",
    "layer": "layer", "backward_layer": "layer", "cell": "cell", "cells": "cell",
    "shape": "shape", "batch_shape": "shape", "target_shape": "shape", "output_shape": "shape", "noise_shape": "shape",
    "axis": "axis", "axes": "axis", "attention_axes": "axis", "shared_axes": "axis",
    "kernel_size": "ints", "pool_size": "ints", "strides": "ints", "dilation_rate": "ints", "cropping": "ints",
    "size": "ints", "output_padding": "ints", "output_size": "ints", "dims": "ints",
    "training": "bool",
    "units": "int", "filters": "int", "seed": "int", "n": "int", "groups": "int", "input_dim": "int",
    "output_dim": "int", "num_heads": "int", "key_dim": "int", "value_dim": "int", "head_dim": "int",
    "num_query_heads": "int", "num_key_value_heads": "int", "lora_rank": "int", "height": "int", "width": "int",
    "sliding_window": "int", "num_tokens": "int", "num_bins": "int", "max_tokens": "int", "sequence_length": "int",
    "frame_step": "int", "fft_length": "int",
    "rate": "float", "stddev": "float", "scale": "float", "offset": "float", "max_freq": "float",
    "max_value": "float", "lora_alpha": "float", "logit_soft_cap": "float", "renorm_momentum": "float",
    "flash_attention": "bool", "use_cudnn": "json", "equation": "string", "bias_axes": "string",
    "newshape": "shape", "indices_or_sections": "ints", "repeats": "ints", "shift": "ints", "key": "key",
    "source": "axis", "destination": "axis", "axis1": "axis", "axis2": "axis", "k": "int", "num": "int",
    "num_classes": "int", "sequence_stride": "int", "block_size": "int", "num_segments": "int",
    "x_min": "float", "x_max": "float", "q": "float", "subscripts": "string", "pattern": "string", "epsilon": "float",
}  # fmt: skip
KINDS_BY_ENDING: dict[str, ArgumentKind] = {
    "_initializer": "initializer", "_regularizer": "regularizer", "_constraint": "constraint",
}  # fmt: skip
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("Bidirectional", "merge_mode"): ("concat", "sum", "mul", "ave"),
    ("Attention", "score_mode"): ("dot", "concat"),
}
NULLABLE = frozenset({("Bidirectional", "merge_mode"), ("STFTSpectrogram", "window")})
DATA_FORMATS = ("channels_last", "channels_first")
PADDINGS = ("valid", "same")
CAUSAL = frozenset({"Conv1D", "DepthwiseConv1D", "SeparableConv1D"})
OBJECTS: dict[ArgumentKind, tuple[Any, Any]] = {
    "initializer": (keras.initializers, keras.initializers.Initializer),
    "regularizer": (keras.regularizers, keras.regularizers.Regularizer),
    "constraint": (keras.constraints, keras.constraints.Constraint),
}
BASE = (
    ArgumentSpec("trainable", "bool", True, doc="Whether the weights are trained.", base=True),
    ArgumentSpec("dtype", "dtype", None, optional=True, doc="Type of the computations and weights.", base=True),
)


def introspect() -> Catalog:
    """The catalog of the installed Keras: `Input` and `Reuse`, then Keras's layers by name, then its operations."""
    layers = [
        _input_spec(),
        _reuse_spec(),
        *(_layer_spec(layer) for layer in public_layers()),
        *operation_specs(_argument),
    ]
    objects = {made.type: made for kind in OBJECTS for made in _objects(kind)}
    silent = Catalog(keras.__version__, {layer.type: layer for layer in layers}, objects)
    told = time_sentences(silent)
    return replace(
        silent, layers={layer.type: replace(layer, time=told.get(layer.type, layer.time)) for layer in layers}
    )


def public_layers() -> tuple[Any, ...]:
    """Every public layer class once (some have two names), by class name."""
    found = {
        member
        for _, member in inspect.getmembers(keras.layers, inspect.isclass)
        if issubclass(member, keras.layers.Layer)
    }
    return tuple(sorted(found, key=lambda layer: layer.__name__))


def with_registered(catalog: Catalog) -> Catalog:
    """The catalog with the layers and cells that this process has registered with Keras, as `package>Class`."""
    found: dict[str, LayerSpec] = {}
    for name, member in keras.saving.get_custom_objects().items():
        if REGISTERED in name and inspect.isclass(member) and issubclass(member, keras.layers.Layer):
            spec = _layer_spec(member, CELL_REASON if _is_cell(member) else "")
            states = _count_states(member, spec) if spec.reason else 0
            found[name] = replace(spec, type=name, module=member.__module__, public="", states=states)
    return replace(catalog, layers={**catalog.layers, **found}) if found else catalog


def _is_cell(layer: Any) -> bool:
    """It says how large its states are, or takes them when it is called."""
    return hasattr(layer, "state_size") or "states" in inspect.signature(layer.call).parameters


def _count_states(cell: Any, spec: LayerSpec) -> int:
    """How many states a cell has: one is made, with 1 for everything that it insists on."""
    try:
        made = cell(**{argument.name: 1 for argument in spec.arguments if argument.required})
        return len(keras.tree.flatten(made.state_size))
    except Exception:  # somebody's own code, which may want anything else
        return 1


def _layer_spec(layer: Any, why: str = "") -> LayerSpec:
    kind = layer.__name__
    docs = argument_docs(layer)
    own = tuple(_argument(kind, parameter, docs) for parameter in _parameters(layer.__init__))
    names = {argument.name for argument in own}
    calls = list(_parameters(layer.call))
    tensors = tuple(parameter.name for parameter in calls if parameter.name in TENSORS) or ("inputs",)
    reason = why or REASONS.get(kind, CELL_REASON if kind.endswith(("Cell", "Cells")) else "")
    return LayerSpec(
        type=kind,
        module=MODULE,
        category=_category(layer),
        doc=first_sentence(inspect.getdoc(layer) or ""),
        arguments=(*own, *(argument for argument in BASE if argument.name not in names)),
        call=tuple(_argument(kind, parameter, docs) for parameter in calls if parameter.name in MASKS | SETTINGS),
        inputs=tensors if "query" in tensors else ("inputs",),
        placeable=not reason,
        reason=reason,
        public="" if hasattr(keras.layers, kind) else _public_name(layer),
    )


def _public_name(layer: Any) -> str:
    return next((name for name, member in inspect.getmembers(keras.layers) if member is layer), "")


def _category(layer: Any) -> Category:
    kind = layer.__name__
    if kind in CATEGORY_BY_TYPE:
        return CATEGORY_BY_TYPE[kind]
    folders = layer.__module__.split(".")
    if kind.removesuffix("Transpose").endswith(("2D", "3D")):
        return cast("Category", "recurrent" if "LSTM" in kind else "image")
    known: list[Category] = [CATEGORY_BY_FOLDER[folder] for folder in folders if folder in CATEGORY_BY_FOLDER]
    return known[-1] if known else REST


def _parameters(function: Any) -> Iterator[inspect.Parameter]:
    return (
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in PASSED_BY and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    )


def _argument(layer: str, parameter: inspect.Parameter, docs: dict[str, str]) -> ArgumentSpec:
    name, doc = parameter.name, docs.get(parameter.name, "")
    required = parameter.default is inspect.Parameter.empty
    default = None if required else _as_json(parameter.default)
    kind = _kind(name, default, doc)
    choices = _choices(layer, name, kind, default, doc)
    if kind == "choice" and not choices:
        kind = "string"
    return ArgumentSpec(
        name=name,
        kind=kind,
        default=default,
        required=required,
        optional=not required and (default is None or (layer, name) in NULLABLE),
        choices=choices,
        doc=first_sentence(without_type(doc)) or _fallback_doc(name),
        base=name in ("trainable", "dtype"),
    )


def _objects(kind: ArgumentKind) -> Iterator[ObjectSpec]:
    """The public classes of a kind that this machine can make, by class name."""
    registry, base = OBJECTS[kind]
    found = {
        member
        for _, member in inspect.getmembers(registry, inspect.isclass)
        if issubclass(member, base) and member is not base
    }
    names = {type(registry.get(name)).__name__: name for name in _registered(registry)}
    for made in sorted(filter(_can_be_made, found), key=lambda one: one.__name__):
        docs = argument_docs(made)
        parameters = [parameter for parameter in _parameters(made.__init__) if parameter.name in docs]
        arguments = tuple(_argument(made.__name__, parameter, docs) for parameter in parameters)
        yield ObjectSpec(made.__name__, kind, names.get(made.__name__, ""), arguments)


def _can_be_made(made: Any) -> bool:
    try:
        made()
    except ImportError:  # a window function of scipy
        return False
    return True


def _as_json(default: Any) -> Json:
    if isinstance(default, tuple | list):
        return [_as_json(part) for part in cast("list[Any]", default)]
    if default is None or isinstance(default, bool | int | float | str):
        return default
    return str(default)


def _kind(name: str, default: Json, doc: str) -> ArgumentKind:
    if name in KINDS_BY_NAME:
        return KINDS_BY_NAME[name]
    for ending, kind in KINDS_BY_ENDING.items():
        if name.endswith(ending):
            return kind
    if name == "activity_regularizer":
        return "regularizer"
    if name == "padding":
        return "choice" if isinstance(default, str) else "ints"
    if name == "data_format" or isinstance(default, str):
        return "choice"
    for types, kind in ((bool, "bool"), (int, "int"), (float, "float")):
        if isinstance(default, types):
            return cast("ArgumentKind", kind)
    return "bool" if doc.lower().startswith(("boolean", "bool,", "whether", "if true")) else "json"


def _choices(layer: str, name: str, kind: ArgumentKind, default: Json, doc: str) -> tuple[str, ...]:
    registry = {
        "initializer": keras.initializers,
        "regularizer": keras.regularizers,
        "constraint": keras.constraints,
        "activation": keras.activations,
    }.get(kind)
    if registry is not None:
        return _registered(registry)
    if kind != "choice":
        return ()
    if (layer, name) in CHOICES:
        return CHOICES[layer, name]
    if name == "data_format":
        return DATA_FORMATS
    if name == "padding":
        return (*PADDINGS, "causal") if layer in CAUSAL else PADDINGS
    words = re.findall(r"[`'\"]+([a-z][a-z0-9_]*)[`'\"]+", doc)
    quoted = tuple(
        dict.fromkeys(word for word in words if word != "fill_value")
    )  # another argument, in the same breath
    return quoted if default in quoted and len(quoted) > 1 else ()


def _registered(registry: Any) -> tuple[str, ...]:
    """The short names under which Keras finds its own objects, such as `glorot_uniform`."""
    names = [name for name in dir(registry) if name[0].islower() and name not in ("get", "serialize", "deserialize")]
    return tuple(name for name in names if _answers(registry, name))


def _answers(registry: Any, name: str) -> bool:
    try:
        return callable(registry.get(name))
    except (ValueError, TypeError, KeyError, ImportError):  # needs more than a name
        return False


def _fallback_doc(name: str) -> str:
    return FALLBACK_DOCS.get(name, "")


FALLBACK_DOCS = {
    "data_format": "Where the channels stand: channels_last or channels_first.",
    "seed": "Seed of the layer's own random numbers.",
    "training": "Behave as in training (dropout acts) or as in inference.",
    "mask": "A mask passed by hand: (batch, time), true where valid.",
    "activity_regularizer": "Regularizer of the layer's output.",
    "lora_rank": "Rank of the LoRA factors; none: no LoRA.",
    "lora_alpha": "Scale of the LoRA factors.",
    "quantization_config": "How the layer is quantized; none: it is not.",
    "weights": "Initial weights, as a list of arrays.",
    "shape": "Sizes without the batch; null where unknown, as for sequences of any length.",
    "batch_shape": "Sizes with the batch; null where unknown.",
    "dtype": "Type of the values.",
    "autocast": "Whether inputs are cast to the layer's computation type.",
    "value_range": "Lowest and highest value of the incoming images.",
    "fill_value": "Value where nothing is known.",
    "output_padding": "Steps added to one side of the output; none: worked out from the strides.",
    "output_shape": "Shape of the output, without the batch.",
    "antialias": "Whether to smooth while making smaller.",
}


def _input_spec() -> LayerSpec:
    docs = argument_docs(keras.Input)
    wanted = ("shape", "batch_shape", "dtype")
    parameters = inspect.signature(keras.Input).parameters
    arguments = tuple(_argument(INPUT, parameters[name], docs) for name in wanted)
    doc = "A batch of sequences that comes from outside: what the sample fills."
    return LayerSpec(INPUT, "keras", "input", doc, arguments, inputs=(), time="Gives the padded batch as it is.")


def _reuse_spec() -> LayerSpec:
    doc = "Calls another block's layer again, with the same weights."
    of = ArgumentSpec("of", "string", required=True, doc="The block whose layer is called again.")
    return LayerSpec(REUSE, "", "reuse", doc, (of,), time="Does what the layer that it calls does.")


def main() -> None:
    """Writes the snapshot."""
    SNAPSHOT.write_text("".join(snapshot_lines(introspect())), encoding="utf-8")
    print(f"wrote {SNAPSHOT.name}")


if __name__ == "__main__":
    main()
