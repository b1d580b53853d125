"""The arguments of a block as a tree of rows: what is shown where, and which edit a change is. No widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from engine.analysis.starters import starting_arguments
from engine.catalog.arguments import is_list, nested_layer
from engine.catalog.ports import MASK_NAMES
from engine.catalog.spec import ArgumentSpec, Catalog, LayerSpec, ObjectSpec
from engine.document.edits import Edit, SetArgument, SetCall, UnsetArgument
from engine.graph.values import INPUT, Block, Json, JsonObject

Part: TypeAlias = Literal["usual", "rare", "base"]
Shape: TypeAlias = Literal["value", "layer", "cells", "member"]
USUAL = (
    "of", "shape", "dtype", "layer", "cell", "cells", "units", "filters", "kernel_size", "input_dim", "output_dim",
    "num_heads", "key_dim", "n", "pool_size", "size", "dims", "target_shape", "axis", "axes", "mask_value", "mask_zero",
    "return_sequences", "return_state", "go_backwards", "merge_mode", "strides", "padding", "dilation_rate", "cropping",
    "activation", "recurrent_activation", "rate", "dropout", "use_scale", "score_mode", "epsilon", "scale", "offset",
)  # fmt: skip
"""Arguments that are always shown, in this order: what they do to shape and time first."""
RANK = {name: place for place, name in enumerate(USUAL)}
USUAL_CALLS = frozenset({"use_causal_mask", "return_attention_scores", "reverse"})
RARE_IN_OBJECTS = frozenset({"input_axes", "output_axes"})
OBJECT_KINDS = frozenset({"initializer", "regularizer", "constraint"})
RECURRENT_INNER = ("LSTM", "GRU", "SimpleRNN")
FIRST_INNER = (
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Dense",
    "Conv1D",
    "Dropout",
    "LayerNormalization",
    "Flatten",
    "Bidirectional",
)


@dataclass(frozen=True)
class Row:
    """One argument as it is shown.

    Attributes:
        path: of the argument, as an edit names it (`layer.arguments.units`, `cell.0`); of a call setting, its name.
        value: what Keras will see: the value set, else the default.
        is_set: the document holds a value.
        types: what may be chosen for a nested layer or cell.
        owner: of an argument inside an initializer and the like: that object and its path.
        inner: the rows of a nested layer, cell or object, indented below.
        place, count: of a cell in its list.
        call: a setting of the call, not of the layer.
    """

    path: str
    spec: ArgumentSpec
    value: Json
    is_set: bool
    part: Part = "usual"
    shape: Shape = "value"
    types: tuple[str, ...] = ()
    owner: tuple[ObjectSpec, str] | None = None
    inner: tuple[Row, ...] = ()
    place: int = 0
    count: int = 0
    call: bool = False

    @property
    def type(self) -> str:
        """The type of a nested layer or cell that is chosen; empty: none."""
        nested = nested_layer(self.value)
        return nested[0] if nested is not None else ""

    @property
    def may_reset(self) -> bool:
        """It has a default to go back to."""
        return self.is_set and not self.spec.required


def argument_rows(block: Block, catalog: Catalog) -> tuple[Row, ...]:
    """The rows of a block: those that are usual or set first, the rest in Keras's order, then settings of the call."""
    spec = catalog.layers.get(block.type)
    if spec is None:
        return ()
    rows = _layer_rows(spec, block.arguments, "", catalog)
    calls = (setting for setting in spec.call if setting.name not in MASK_NAMES)
    return (*rows, *(_call_row(setting, block.call) for setting in calls))


def _call_row(setting: ArgumentSpec, call: JsonObject) -> Row:
    is_set = setting.name in call
    part: Part = "usual" if is_set or setting.name in USUAL_CALLS else "rare"
    return Row(setting.name, setting, call.get(setting.name, setting.default), is_set, part, call=True)


def layout_of(rows: Sequence[Row]) -> tuple[object, ...]:
    """What the form's widgets depend on: the same layout shows other values without being made anew."""
    return tuple((row.path, row.part, row.shape, row.type, row.count, layout_of(row.inner)) for row in rows)


def flattened(rows: Sequence[Row]) -> Iterator[Row]:
    """Every row, inner ones after their owner."""
    for row in rows:
        yield row
        yield from flattened(row.inner)


def row_key(row: Row) -> str:
    """What tells rows apart: a single cell and its list have one path, a call setting may be called like an argument."""
    return f"{'call ' if row.call else 'cells ' if row.shape == 'cells' else ''}{row.path}"


def _layer_rows(spec: LayerSpec, arguments: JsonObject, path: str, catalog: Catalog) -> tuple[Row, ...]:
    rows = [_row(spec, argument, arguments, path, catalog) for argument in spec.arguments]
    return tuple(sorted(rows, key=lambda row: RANK.get(row.spec.name, len(RANK))))


def _row(spec: LayerSpec, argument: ArgumentSpec, arguments: JsonObject, path: str, catalog: Catalog) -> Row:
    name = argument.name
    is_set = name in arguments
    value = arguments.get(name, argument.default)
    usual = is_set or argument.required or name in RANK and (not argument.base or spec.type == INPUT)
    part: Part = "usual" if usual else "base" if argument.base else "rare"
    whole = path + name
    if argument.kind == "cell":
        return _cells_row(argument, value, whole, part, catalog)
    if argument.kind == "layer":
        return _nested_row(argument, value, whole, part, _inner_types(spec, catalog), catalog)
    row = Row(whole, argument, value, is_set, part)
    if argument.kind in OBJECT_KINDS and is_set:
        return replace(row, inner=_object_rows(argument, value, whole, catalog))
    if nested_layer(value) is not None:  # an activation with arguments of its own
        return _nested_row(argument, value, whole, part, (), catalog)
    return row


def _nested_row(
    argument: ArgumentSpec, value: Json, path: str, part: Part, types: tuple[str, ...], catalog: Catalog
) -> Row:
    nested = nested_layer(value)
    spec = catalog.layers.get(nested[0]) if nested is not None else None
    inner = _layer_rows(spec, nested[1], f"{path}.arguments.", catalog) if spec is not None and nested else ()
    kept = types if nested is None or nested[0] in types else (*types, nested[0])
    return Row(path, argument, value, value is not None, part, "layer", kept, inner=inner)


def _cells_row(argument: ArgumentSpec, value: Json, path: str, part: Part, catalog: Catalog) -> Row:
    """A cell, or several on top of each other: one row each."""
    listed = is_list(value)
    members = list(cast("Sequence[Json]", value)) if listed else [value]
    types = tuple(kind for kind, layer in catalog.layers.items() if kind.endswith(("Cell", "Cells")) and layer.reason)
    inner = tuple(
        replace(
            _nested_row(argument, one, f"{path}.{at}" if listed else path, part, types, catalog),
            shape="member",
            place=at,
            count=len(members),
        )
        for at, one in enumerate(members)
    )
    return Row(path, argument, value, value is not None, part, "cells", types, inner=inner, count=len(members))


def _inner_types(spec: LayerSpec, catalog: Catalog) -> tuple[str, ...]:
    """What may stand inside a wrapper: recurrent layers in Bidirectional, else any layer, the usual ones first."""
    if spec.type == "Bidirectional":
        return (
            *RECURRENT_INNER,
            *(k for k in ("RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D") if k in catalog.layers),
        )
    rest = (
        kind
        for kind, layer in catalog.layers.items()
        if layer.placeable
        and layer.module == "keras.layers"
        and kind not in FIRST_INNER
        and layer.inputs == ("inputs",)
    )
    return (*FIRST_INNER, *rest)


# --- initializers, regularizers, constraints --------------------------------------------------------------------------


def object_of(value: Json, kind: str, catalog: Catalog) -> tuple[ObjectSpec, JsonObject] | None:
    """The object that a value names (`l2`) or describes, with the arguments that are set."""
    nested = nested_layer(value)
    if nested is not None:
        found = catalog.objects.get(nested[0])
        return (found, nested[1]) if found is not None and found.kind == kind else None
    named = (made for made in catalog.objects.values() if made.kind == kind and value in (made.name, made.type))
    found = next(named, None) if isinstance(value, str) and value else None
    return (found, {}) if found is not None else None


def object_names(kind: str, catalog: Catalog) -> tuple[str, ...]:
    """The names under which a kind of object is offered."""
    return tuple(made.name or made.type for made in catalog.objects.values() if made.kind == kind)


def object_value(made: ObjectSpec, arguments: JsonObject) -> Json:
    """The short form where every argument is Keras's default, else `{type, arguments}`."""
    if not arguments and made.name:
        return made.name
    return {"type": made.type, "arguments": dict(arguments)}


def _object_rows(argument: ArgumentSpec, value: Json, path: str, catalog: Catalog) -> tuple[Row, ...]:
    found = object_of(value, argument.kind, catalog)
    if found is None:
        return ()
    made, arguments = found
    return tuple(
        Row(
            f"{path}.arguments.{inner.name}",
            inner,
            arguments.get(inner.name, inner.default),
            is_set=inner.name in arguments,
            part="rare" if inner.name in RARE_IN_OBJECTS else "usual",
            owner=(made, path),
        )
        for inner in made.arguments
    )


# --- edits ------------------------------------------------------------------------------------------------------------


def edit_for(block: Block, row: Row, value: Json, owner_value: Json = None) -> Edit:
    """The edit that gives an argument a value; Keras's default is not written down.

    Args:
        owner_value: of an argument inside an object: what the object is now.
    """
    default = value == row.spec.default and not row.spec.required
    if row.call:
        return SetCall(block.id, row.path, None if default else value)
    if row.owner is not None:
        made, path = row.owner
        nested = nested_layer(owner_value)
        arguments = dict(nested[1]) if nested is not None else {}
        arguments.pop(row.spec.name, None)
        if not default:
            arguments[row.spec.name] = value
        return SetArgument(block.id, path, object_value(made, arguments))
    return UnsetArgument(block.id, row.path) if default else SetArgument(block.id, row.path, value)


def edit_text(block: Block, row: Row, value: Json) -> str:
    """How the undo step is called: `turn on return_sequences in reader`."""
    name = row.spec.name
    if value == row.spec.default and not row.spec.required:
        return f"reset {name} in {block.name}"
    if isinstance(value, bool):
        return f"turn {'on' if value else 'off'} {name} in {block.name}"
    return f"set {name} in {block.name}"


def nested_value(type_name: str, now: Json, catalog: Catalog) -> Json:
    """A nested layer of another type: its starting arguments, and what was set and still has a meaning."""
    spec = catalog.layers[type_name]
    nested = nested_layer(now)
    kept = {name: value for name, value in (nested[1] if nested else {}).items() if spec.argument(name)}
    return {"type": type_name, "arguments": {**starting_arguments(spec), **kept}}


def with_members(row: Row, members: Sequence[Json]) -> Json:
    """The value of a list of cells: a single one stands alone where Keras takes it so."""
    if len(members) == 1 and row.spec.name == "cell":
        return members[0]
    return list(members)


def members_of(row: Row) -> list[Json]:
    """The cells of a row of cells."""
    return list(cast("Sequence[Json]", row.value)) if is_list(row.value) else [row.value]


def shown_value(row: Row, catalog: Catalog) -> Json:
    """A value as its editor shows it: initializers and the like by their name."""
    found = object_of(row.value, row.spec.kind, catalog) if row.spec.kind in OBJECT_KINDS else None
    return (found[0].name or found[0].type) if found is not None else row.value


def shown_default(spec: ArgumentSpec) -> str:
    """Keras's default as people read it."""
    value = spec.default
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if not isinstance(value, Mapping) else "its own"
