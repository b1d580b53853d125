"""The smallest models that make Keras say a message: the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalog.spec import Catalog
from engine.graph.values import JsonObject
from engine.importing import layer_recipes as layers
from engine.importing import shape_recipes as shapes
from engine.importing.recipe import Recipe
from engine.importing.sketch import Sketch
from engine.importing.values import Draft, Facts


def smallest_models(facts: Facts, catalog: Catalog, known: Mapping[str, JsonObject]) -> tuple[Draft, ...]:
    """Models that Keras would complain about in these words; empty: this fault is not known well enough.

    Args:
        known: arguments of layers that the code in a traceback shows, by type.
    """
    recipe = RECIPES.get(facts.family)
    if recipe is None:
        return ()
    try:
        return tuple(sketch.draft() for sketch in recipe(facts, lambda: Sketch(catalog, known), catalog))
    except (IndexError, KeyError, TypeError, ValueError, ZeroDivisionError):  # numbers that do not fit together
        return ()


RECIPES: Mapping[str, Recipe] = {
    "ndim": shapes.ndim, "axis": shapes.axis, "data_shape": shapes.data, "data_ndim": shapes.data,
    "target": shapes.target,
    "concatenate": shapes.concatenate, "merge": shapes.merge, "widths": layers.widths,
    "fully_defined": shapes.open_features, "last_axis": shapes.open_features, "channels": shapes.open_features,
    "states": layers.states, "state_axes": layers.state_axes, "softmax_mask": layers.softmax_mask,
    "mask_axes": layers.mask_axes,
    "inner_mask": layers.inner_mask, "inputs": layers.inputs, "kernel_rank": shapes.kernel_rank, "too_short": shapes.too_short,
    "lengths": shapes.lengths, "unroll": layers.one_layer("LSTM", {"unroll": True}), "name_twice": layers.name_twice,
    "stateful_states": layers.stateful_states, "keyword": layers.keyword, "token": layers.token,
    "stateful": layers.one_layer("LSTM", {"stateful": True}), "reshape": shapes.reshape, "inner_rank": shapes.inner_rank,
    "attention_list": layers.one_layer("Attention", {}), "attention_width": shapes.attention_width,
    "absent": layers.absent, "": shapes.only_shape,
}  # fmt: skip
