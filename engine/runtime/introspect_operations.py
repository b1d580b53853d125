"""The functions of `keras.ops` that can stand in a model, by introspection.

Which arguments are tensors is what the function itself says: those it hands to `any_symbolic_tensors`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from engine.catalog.operations import GETITEM, PIECES
from engine.catalog.spec import OPERATION, ArgumentKind, ArgumentSpec, LayerSpec
from engine.runtime.docstrings import argument_docs, first_sentence
from engine.runtime.environment import keras

MODULE = "keras.ops"
NAMES = {"get_item": GETITEM}
"""Functions that a document calls otherwise than Keras does."""
TENSORS = {
    "abs": ("x",), "conj": ("x",), "diff": ("a",), "pad": ("x",),  # they leave the look at it to another function
    "reshape": ("x",), "slice": ("inputs",), "slice_update": ("inputs", "updates"), "full_like": ("x",),
    **dict.fromkeys(("percentile", "quantile"), ("x",)),
    **dict.fromkeys(("conv", "depthwise_conv"), ("inputs", "kernel")),
    **dict.fromkeys(("segment_max", "segment_min", "segment_prod", "segment_sum"), ("data", "segment_ids")),
    **dict.fromkeys(("average", "bincount"), ("x", "weights")),
    "separable_conv": ("inputs", "depthwise_kernel", "pointwise_kernel"), "trapezoid": ("y", "x"),
    "dot_product_attention": ("query", "key", "value", "bias", "mask"),
}  # fmt: skip
"""Tensor arguments where what is handed to `any_symbolic_tensors` is too little, or takes in shapes and numbers."""
GROWING = {"concatenate": "xs", "hstack": "xs", "vstack": "xs", "dstack": "xs", "stack": "x", "einsum": "operands"}
REQUIRED = {("where", "x1"), ("where", "x2"), ("unstack", "num")}
"""Without them the shape, or the number, of the results depends on the values."""
OUTPUTS = {
    "top_k": ("values", "indices"), "moments": ("mean", "variance"), "qr": ("q", "r"), "svd": ("u", "s", "v"),
    "eigh": ("values", "vectors"), "slogdet": ("sign", "logdet"),
    "lu_factor": ("lu", "pivots"), "rfft": ("real", "imaginary"), "stft": ("real", "imaginary"),
    "ctc_decode": ("sequences", "scores"),
}  # fmt: skip
CODE = "It needs a function, which is Python code."
CONSTANT = "It makes a constant and reads no tensor."
PYTHON = "It answers Python code, not with a tensor."
PAIR = "It takes a pair of tensors as one argument."
COMPLEX = "It works on complex numbers, which no layer takes."
WRONG = "Keras gives it another shape in a model than when it runs; use the layer of that name."
NO_GRAPH = "Keras cannot run it in the graph that predict and fit make of a model."
BY_VALUES = "The shape of its result depends on the values, which a model cannot know."
REASONS = {
    **dict.fromkeys(
        ("associative_scan", "cond", "custom_gradient", "fori_loop", "jvp", "map", "scan", "switch", "vectorize",
         "vectorized_map", "while_loop"), CODE),
    **dict.fromkeys(
        ("arange", "bartlett", "blackman", "empty", "eye", "full", "geomspace", "hamming", "hanning", "identity",
         "kaiser", "linspace", "logspace", "ones", "tri", "zeros"), CONSTANT),
    **dict.fromkeys(("convert_to_numpy", "dtype", "is_tensor", "ndim", "shape"), PYTHON),
    **dict.fromkeys(("fft", "fft2", "ifft2", "irfft", "istft"), PAIR),
    **dict.fromkeys(("eig", "polar", "view_as_complex", "view_as_real"), COMPLEX),
    **dict.fromkeys(
        ("corrcoef", "digitize", "isin", "kron", "nanmedian", "nanpercentile", "nanquantile"), NO_GRAPH),
    "conv_transpose": "Keras fails when a model with it runs; use the layers Conv1DTranspose and Conv2DTranspose.",
    "histogram": "Keras has it for other backends than TensorFlow.",
    **dict.fromkeys(("adaptive_average_pool", "adaptive_max_pool"), WRONG),
    "select": "It takes two lists of tensors; `where` chooses between two tensors.",
    **dict.fromkeys(("nonzero", "unique"), BY_VALUES),
    "meshgrid": "It returns as many tensors as it is given: use broadcast_to.",
}  # fmt: skip


def operation_specs(argument: Callable[[str, inspect.Parameter, dict[str, str]], ArgumentSpec]) -> Iterator[LayerSpec]:
    """Every public function of `keras.ops` once, by name; those that stand in `keras.ops.image` alone under `image.NAME`.

    Args:
        argument: describes a parameter, by the function's name, the parameter and the texts of the docstring.
    """
    for name, function in public_functions():
        yield _spec(NAMES.get(name, name), function, argument)


def public_functions() -> Iterator[tuple[str, Any]]:
    """The functions of `keras.ops`, then those of its modules that it does not have itself (`image.resize`)."""
    own = dict(inspect.getmembers(keras.ops, callable))
    yield from own.items()
    for module, members in inspect.getmembers(keras.ops, inspect.ismodule):
        for name, function in inspect.getmembers(members, callable):
            if own.get(name) is not function:
                yield f"{module}.{name}", function


def _spec(
    name: str, function: Any, argument: Callable[[str, inspect.Parameter, dict[str, str]], ArgumentSpec]
) -> LayerSpec:
    docs = argument_docs(function)
    parameters = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    reason = REASONS.get(name, "")
    tensors = () if reason else tensor_arguments(function)
    return LayerSpec(
        type=OPERATION + name,
        module=MODULE,
        category="operation",
        doc=first_sentence(inspect.getdoc(function) or ""),
        arguments=tuple(
            _tensor(spec) if parameter.name in tensors else spec
            for parameter in parameters
            if parameter.name != GROWING.get(name)
            for described in [argument(name, parameter, docs)]
            for spec in [_settled(name, described)]
        ),
        inputs=tensors,
        placeable=not reason,
        reason=reason,
        growing=GROWING.get(name, ""),
        outputs=OUTPUTS.get(name, ("output",)) if name not in PIECES else ("output_0",),
    )


KINDS: dict[tuple[str, str], ArgumentKind] = {
    ("diagonal", "offset"): "int", ("trace", "offset"): "int", ("slice", "start_indices"): "ints",
    ("slice_update", "start_indices"): "ints", ("tensordot", "axes"): "json", ("threshold", "threshold"): "float",
    ("threshold", "default_value"): "float", ("percentile", "q"): "float", ("full_like", "fill_value"): "float",
    ("flip", "axis"): "axis", ("psnr", "max_val"): "float", ("vander", "N"): "int",
    **{(f"image.{name}_images", argument): "int"
       for name, ending in (("crop", "cropping"), ("pad", "padding"))
       for argument in (*(f"{side}_{ending}" for side in ("top", "left", "bottom", "right")), "target_height", "target_width")},
    ("image.map_coordinates", "order"): "int", ("image.scale_and_translate", "spatial_dims"): "ints",
    ("image.scale_and_translate", "method"): "string",
}  # fmt: skip


def _settled(name: str, spec: ArgumentSpec) -> ArgumentSpec:
    required = spec.required or (name, spec.name) in REQUIRED
    kind = KINDS.get((name, spec.name), spec.kind)
    return replace(spec, kind=kind, required=required, optional=spec.optional and not required)


def _tensor(spec: ArgumentSpec) -> ArgumentSpec:
    doc = spec.doc or "A tensor, or a number."
    return replace(spec, kind="json", choices=(), default=None, optional=not spec.required, doc=doc, tensor=True)


def tensor_arguments(function: Any) -> tuple[str, ...]:
    """The arguments that may be tensors, in signature order."""
    own = inspect.signature(function).parameters
    if function.__name__ in TENSORS:
        return TENSORS[function.__name__]
    calls = [
        call
        for call in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) == "any_symbolic_tensors"
    ]
    named = {name.id for call in calls for part in call.args for name in ast.walk(part) if isinstance(name, ast.Name)}
    return tuple(name for name in own if name in named)
