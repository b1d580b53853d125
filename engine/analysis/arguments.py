"""Arguments that are certainly wrong, told before Keras is asked, with a value that would be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from engine.analysis.values import Diagnostic, Fix
from engine.catalog.arguments import check_value, is_list, nested_layer, unset_required
from engine.catalog.spec import ArgumentSpec, Catalog, LayerSpec
from engine.graph.values import Block, Json, JsonObject

if TYPE_CHECKING:
    from engine.document.edits import Edit

EVERY_LAYER = frozenset({"name", "activity_regularizer", "autocast"})  # Keras takes them without listing them
USUAL: dict[str, Json] = {
    "units": 32,
    "filters": 32,
    "kernel_size": 3,
    "output_dim": 32,
    "input_dim": 1000,
    "n": 10,
    "num_heads": 2,
    "key_dim": 32,
    "rate": 0.2,
    "stddev": 0.1,
    "pool_size": 2,
    "output_size": 4,
    "layer": {"type": "LSTM", "arguments": {"units": 32}},
    "cell": {"type": "LSTMCell", "arguments": {"units": 32}},
}


def argument_problems(block: Block, spec: LayerSpec, catalog: Catalog) -> Iterator[Diagnostic]:
    """What is certainly wrong with a block's arguments and call settings, nested layers included."""
    yield from _problems(block, spec, block.arguments, "", catalog)
    known = {setting.name for setting in spec.call}
    for name in block.call:
        if name not in known:
            yield Diagnostic(
                "argument.unknown",
                "error",
                "structure",
                block.id,
                f"{block.name}: a call of {spec.type} has no setting {name}.",
                _did_you_mean(name, known),
            )


def _problems(
    block: Block, spec: LayerSpec, arguments: JsonObject, path: str, catalog: Catalog
) -> Iterator[Diagnostic]:
    for name, value in arguments.items():
        argument = spec.argument(name)
        if argument is None:
            if name not in EVERY_LAYER:
                yield _unknown(block, spec, path, name, value)
            continue
        complaint = check_value(argument, value, catalog)
        if complaint:
            yield _invalid(block, argument, path, value, complaint)
        elif argument.kind in ("layer", "cell"):
            yield from _nested_problems(block, argument, value, path + name, catalog)
    for argument in unset_required(spec, arguments):
        yield _missing(block, spec, argument, path)


def _nested_problems(
    block: Block, argument: ArgumentSpec, value: Json, path: str, catalog: Catalog
) -> Iterator[Diagnostic]:
    if is_list(value):
        for place, member in enumerate(cast("Sequence[Json]", value)):
            yield from _nested_problems(block, argument, member, f"{path}.{place}", catalog)
        return
    nested = nested_layer(value)
    if nested is None:
        return
    kind, arguments = nested
    spec = catalog.layers.get(kind)
    if spec is None:
        yield Diagnostic(
            "argument.invalid",
            "error",
            "structure",
            block.id,
            f"{block.name}: {path} is a {kind}, which Keras {catalog.keras} does not have.",
            _did_you_mean(kind, catalog.layers),
        )
    elif "arguments" in cast("JsonObject", value):
        yield from _problems(block, spec, arguments, f"{path}.arguments.", catalog)


def _unknown(block: Block, spec: LayerSpec, path: str, name: str, value: Json) -> Diagnostic:
    from engine.document.edits import SetArgument, UnsetArgument  # not before the first paint

    known = [argument.name for argument in spec.arguments]
    fixes: list[Fix] = []
    for close in _close(name, known):
        edits: tuple[Edit, ...] = (UnsetArgument(block.id, path + name), SetArgument(block.id, path + close, value))
        fixes.append(Fix(f"Rename {name} to {close}", edits))
    fixes.append(Fix(f"Remove {name} from {block.name}", (UnsetArgument(block.id, path + name),)))
    return Diagnostic(
        "argument.unknown",
        "error",
        "structure",
        block.id,
        f"{block.name}: {spec.type} has no argument {name}.",
        _did_you_mean(name, known),
        fixes=tuple(fixes),
    )


def _invalid(block: Block, argument: ArgumentSpec, path: str, value: Json, complaint: str) -> Diagnostic:
    from engine.document.edits import SetArgument, UnsetArgument  # not before the first paint

    whole = path + argument.name
    fixes = [
        Fix(f"Set {argument.name} to {spoken(near)}", (SetArgument(block.id, whole, near),))
        for near in near_values(argument, value)
    ]
    usual = USUAL.get(argument.name)
    if argument.required and not fixes and usual is not None:
        fixes.append(Fix(f"Set {argument.name} to {spoken(usual)}", (SetArgument(block.id, whole, usual),)))
    if not argument.required:
        fixes.append(
            Fix(
                f"Take {argument.name} back to its default {spoken(argument.default)}",
                (UnsetArgument(block.id, whole),),
            )
        )
    return Diagnostic(
        "argument.invalid",
        "error",
        "structure",
        block.id,
        f"{block.name}: {argument.name} {complaint}, not {spoken(value)}.",
        argument.doc,
        fixes=tuple(fixes),
    )


def _missing(block: Block, spec: LayerSpec, argument: ArgumentSpec, path: str) -> Diagnostic:
    from engine.document.edits import SetArgument  # not before the first paint

    usual = USUAL.get(argument.name)
    fixes = (
        (Fix(f"Set {argument.name} to {spoken(usual)}", (SetArgument(block.id, path + argument.name, usual),)),)
        if usual is not None
        else ()
    )
    return Diagnostic(
        "argument.missing",
        "error",
        "structure",
        block.id,
        f"{block.name}: {spec.type} needs {argument.name}.",
        argument.doc,
        fixes=fixes,
    )


def near_values(argument: ArgumentSpec, value: Json) -> list[Json]:
    """Values of the right kind near to a wrong one, the nearest first; they are candidates, Keras decides."""
    near: list[Json] = []
    number = _number(value)
    if argument.kind in ("int", "ints", "shape") and number is not None:
        near = [max(1, abs(round(number)))]
    elif argument.kind == "float" and number is not None:
        near = [abs(number)] if abs(number) < 1 else [abs(number) / 100, 0.5]
    elif argument.kind == "bool" and isinstance(value, str | int):
        near = [str(value).lower() in ("true", "1", "yes", "on")]
    elif isinstance(value, str) and argument.choices:
        near = list(_close(value.lower(), argument.choices, 2, 0.5))
    return [member for member in near if member != value or isinstance(member, bool) != isinstance(value, bool)]


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e9 else None


def spoken(value: Json) -> str:
    """A value as people read it in a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return f"“{value[:40]}”"
    nested = nested_layer(value)
    if nested is not None:
        return f"{nested[0]}({', '.join(f'{name}={spoken(inner)}' for name, inner in nested[1].items())})"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _close(name: str, known: Sequence[str], most: int = 1, alike: float = 0.6) -> list[str]:
    from difflib import get_close_matches  # a wrong name is rare: not at every start

    return get_close_matches(name, known, most, alike)


def _did_you_mean(name: str, known: object) -> str:
    close = _close(name, list(cast("Sequence[str]", known)))
    return f"Did you mean {close[0]}?" if close else ""
