"""For every layer and operation that may be placed: arguments and inputs with which it works, small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.catalog.operations import operation_name
from engine.catalog.spec import LayerSpec
from engine.graph.values import Json, JsonObject

BATCH = 3
Fed = tuple[list[int | None], str]
SERIES: Fed = ([BATCH, None, 4], "float32")
VECTORS: Fed = ([BATCH, 4], "float32")
COUNTS: Fed = ([BATCH, None, 4], "int32")
SQUARE: Fed = ([BATCH, 4, 4], "float32")
SMALL: Fed = ([BATCH, BATCH], "float32")
PLACES: Fed = ([BATCH], "int32")
TOKENS: Fed = ([BATCH, None], "int32")
FLAT: Fed = ([BATCH], "float32")
LETTERS: Fed = ([BATCH, 6], "int32")
IMAGE: Fed = ([BATCH, 8, 8, 4], "float32")
VOLUME: Fed = ([BATCH, 8, 8, 8, 4], "float32")
FRAMES: dict[str, Fed] = {
    "1D": ([BATCH, None, 6, 4], "float32"),
    "2D": ([BATCH, None, 6, 6, 4], "float32"),
    "3D": ([BATCH, None, 4, 4, 4, 4], "float32"),
}
GREY: Fed = ([BATCH, 8, 8, 3], "float32")
SIGNAL: Fed = ([BATCH, 4096], "float32")


@dataclass(frozen=True)
class Case:
    """Arguments beside the starting ones, and what is fed to the ports that need something (shape with batch, dtype).

    Attributes:
        sample: the kind of sample of float Inputs; whole numbers are ones.
        every: what is fed to all ports that are not in `fed`.
    """

    arguments: JsonObject = field(default_factory=dict[str, Json])
    every: Fed = SERIES
    sample: str = "normal"
    fed: Mapping[str, Fed] = field(default_factory=dict[str, Fed])


LAYERS: dict[str, Case] = {
    "CategoryEncoding": Case({"num_tokens": 6}, every=LETTERS),
    "Discretization": Case({"bin_boundaries": [-1.0, 0.0, 1.0]}),
    "EinsumDense": Case({"equation": "abc,cd->abd", "output_shape": [None, 8]}),
    "Embedding": Case(every=TOKENS),
    "ReversibleEmbedding": Case(every=TOKENS),
    "Hashing": Case(every=TOKENS),
    "IntegerLookup": Case({"vocabulary": [1, 2, 3]}, every=TOKENS),
    "RepeatVector": Case(every=VECTORS),
    "Normalization": Case({"mean": [0.0, 1.0, 0.0, 1.0], "variance": [1.0, 1.0, 4.0, 1.0]}),
    "MelSpectrogram": Case(every=SIGNAL),
    "Permute": Case(every=SQUARE),
    "Dot": Case({"axes": [1, 1]}),
    "PReLU": Case({"shared_axes": [1]}),
    "STFTSpectrogram": Case(every=([BATCH, 512, 1], "float32")),
    "GroupNormalization": Case({"groups": 2}),
}
INTEGERS = ("bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
            "bitwise_xor", "gcd", "lcm", "left_shift", "right_shift")  # fmt: skip
SQUARES = ("cholesky_inverse", "det", "dot", "eigh", "inv", "logdet", "matmul", "qr",
           "solve", "solve_triangular", "svd", "rearrange")  # fmt: skip
PICTURES = tuple(
    f"image.{name}"
    for name in ("crop_images", "elastic_transform", "extract_patches", "gaussian_blur", "hsv_to_rgb", "pad_images",
                 "resize", "rgb_to_grayscale", "rgb_to_hsv", "sobel_edges")
)  # fmt: skip
SEGMENTS = ("segment_max", "segment_min", "segment_prod", "segment_sum")
OPERATIONS: dict[str, Case] = {
    **dict.fromkeys(INTEGERS, Case(every=COUNTS)),
    **dict.fromkeys(SQUARES, Case(every=SQUARE)),
    **dict.fromkeys(SEGMENTS, Case({"num_segments": 4}, fed={"data": VECTORS, "segment_ids": PLACES})),
    **dict.fromkeys(("depth_to_space", "space_to_depth", "unfold"), Case(every=IMAGE)),
    **dict.fromkeys(("lu_factor", "slogdet"), Case(every=SMALL)),
    "argpartition": Case({"kth": 1}, every=VECTORS),
    "cholesky": Case(every=([BATCH, 1, 1], "float32"), sample="ones"),
    "average_pool": Case({"pool_size": 2}),
    "batch_normalization": Case(
        {"mean": [0.0, 1.0, 0.0, 1.0], "variance": [1.0, 1.0, 2.0, 1.0]}, fed={"x": SERIES}
    ),
    "bincount": Case({"minlength": 5}, every=LETTERS),
    "broadcast_to": Case({"shape": [2, BATCH, 4]}, every=VECTORS),
    "conv": Case({"data_format": "channels_last"}, fed={"kernel": ([3, 4, 5], "float32")}),
    "depthwise_conv": Case({"data_format": "channels_last"}, fed={"kernel": ([3, 4, 2], "float32")}),
    "separable_conv": Case(
        {"data_format": "channels_last", "pointwise_kernel": [[[1.0]] * 1] * 1}, fed={"inputs": ([3, None, 1], "float32"), "depthwise_kernel": ([3, 1, 1], "float32")}
    ),
    "correlate": Case(every=FLAT),
    "cross": Case(every=([BATCH, None, 3], "float32")),
    "ctc_decode": Case(fed={"inputs": ([BATCH, 6, 5], "float32"), "sequence_lengths": PLACES}),
    "ctc_loss": Case(fed={"target": ([BATCH, 2], "int32"), "output": ([BATCH, 6, 5], "float32"), "target_length": PLACES, "output_length": PLACES}),
    "diag": Case(every=VECTORS),
    "dot_product_attention": Case(every=([BATCH, 6, 2, 4], "float32")),
    "fold": Case({"output_size": [4, 4], "kernel_size": [2, 2]}, every=([BATCH, 8, 9], "float32")),
    **dict.fromkeys(PICTURES, Case(every=GREY)),
    "image.affine_transform": Case(every=GREY, fed={"transform": ([BATCH, 8], "float32")}),
    "image.extract_patches_3d": Case(every=VOLUME),
    "image.map_coordinates": Case(fed={"inputs": ([BATCH, 8, 4], "float32"), "coordinates": ([BATCH, 5], "float32")}),
    "image.perspective_transform": Case(
        {"start_points": [[[0, 0], [0, 8], [8, 0], [8, 8]]] * BATCH, "end_points": [[[1, 0], [0, 8], [8, 1], [7, 7]]] * BATCH},
        fed={"images": GREY},
    ),
    "image.scale_and_translate": Case(
        {"output_shape": [BATCH, 6, 6, 3], "scale": [0.5, 2.0], "translation": [1.0, 0.0]}, fed={"images": GREY}
    ),
    "image.ssim": Case({"filter_size": 3}, every=GREY),
    "in_top_k": Case({"k": 1}, fed={"targets": PLACES, "predictions": VECTORS}),
    "ldexp": Case(fed={"x2": COUNTS}),
    "lstsq": Case(fed={"a": VECTORS, "b": FLAT}),
    "scatter": Case({"shape": [9]}, fed={"indices": ([BATCH, 1], "int32"), "values": FLAT}),
    "scatter_update": Case(fed={"inputs": FLAT, "indices": ([BATCH, 1], "int32"), "updates": FLAT}),
    "searchsorted": Case(every=FLAT),
    "slice": Case({"start_indices": [0, 1, 0], "shape": [BATCH, 2, 4]}),
    "slice_update": Case({"start_indices": [0, 1, 0]}, fed={"updates": ([BATCH, 2, 4], "float32")}),
    "sparse_categorical_crossentropy": Case(fed={"target": TOKENS}),
    "take": Case({"axis": 1}, fed={"indices": PLACES}),
    "take_along_axis": Case(fed={"indices": COUNTS}),
    "tensordot": Case({"axes": 1}, every=SMALL),
    "unravel_index": Case({"shape": [2, 5]}, every=PLACES),
    "unstack": Case({"num": 4, "axis": -1}),
    "vander": Case({"N": 4}, every=FLAT),
    "vsplit": Case({"indices_or_sections": [1]}),
}  # fmt: skip


def case_of(spec: LayerSpec) -> Case:
    """The case of a layer; images by category, frames for ConvLSTM."""
    if spec.is_operation:
        return OPERATIONS.get(operation_name(spec.type), Case())
    if spec.type in LAYERS:
        return LAYERS[spec.type]
    if spec.type.startswith("ConvLSTM"):
        return Case({"filters": 2, "kernel_size": 2}, every=FRAMES[spec.type[-2:]])
    if spec.category == "image":
        grey = not spec.type.removesuffix("Transpose").endswith(("2D", "3D"))
        return Case(every=VOLUME if "3D" in spec.type else GREY if grey else IMAGE)
    return Case()
