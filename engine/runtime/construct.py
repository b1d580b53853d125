"""Real Keras layers from a type and JSON arguments, and nothing else: files come from strangers.

Only classes of the catalog and named initializers, regularizers, constraints and dtype policies of Keras are made, by
calling their constructors. Keras's own loaders are never used on a document's content (design: files from strangers).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.catalog.spec import REGISTERED, ArgumentSpec, Catalog
from engine.document.names import snake_case
from engine.graph.values import INPUT, REUSE, Json
from engine.runtime.environment import keras
from engine.runtime.operations import AppliedFunction

RUN_CODE = frozenset({"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "Layer", "Wrapper"})
FILE_ARGUMENTS = frozenset({"vocabulary", "idf_weights", "filepath"})  # Keras reads a file where they are strings
OBJECT_MODULES = {
    "initializer": ("initializers",),
    "regularizer": ("regularizers",),
    "constraint": ("constraints",),
    "dtype": ("dtype_policies",),
}
TUPLE_KINDS = frozenset({"shape", "ints", "axis"})


class Refusal(ValueError):  # noqa: N818 - a refusal is what it is
    """Something a document asks for that we do not construct; its text is one sentence."""


def construct_layer(type_name: str, arguments: Mapping[str, Json], name: str, catalog: Catalog) -> Any:
    """A new layer of this type.

    Raises:
        Refusal: the type or an argument is none that we construct.
        Exception: whatever Keras's constructor raises.
    """
    spec = catalog.layers.get(type_name)
    if spec is None or type_name in RUN_CODE or type_name in (INPUT, REUSE):
        raise Refusal(f"{type_name} is not a layer that can be constructed from a document.")
    layer_class = (
        keras.saving.get_custom_objects().get(type_name)
        if REGISTERED in type_name
        else getattr(keras.layers, spec.public or type_name, None)
    )
    if not isinstance(layer_class, type):
        raise Refusal(f"{type_name} is not a layer of the installed Keras {keras.__version__}.")
    made = {
        key: construct_argument(key, value, spec.argument(key), catalog)
        for key, value in arguments.items()
        if key != "name"
    }
    return layer_class(**made, name=name)


def construct_operation(type_name: str, arguments: Mapping[str, Json], catalog: Catalog) -> AppliedFunction:
    """A function of `keras.ops` with its settings.

    Raises:
        Refusal: the catalog has no such function.
        KeyTextError: the key of a slice is none.
    """
    spec = catalog.layers.get(type_name)
    if spec is None or not spec.is_operation or not spec.placeable:
        raise Refusal(f"{type_name} is not an operation that can stand in a document.")
    made = {key: construct_argument(key, value, spec.argument(key), catalog) for key, value in arguments.items()}
    return AppliedFunction(spec, made)


def construct_argument(name: str, value: Json, spec: ArgumentSpec | None, catalog: Catalog) -> Any:
    """The value Keras's constructor is given for an argument."""
    if name in FILE_ARGUMENTS and isinstance(value, str):
        raise Refusal(f"{name} must be a list: a document never makes Keras read the file {value!r}.")
    kind = spec.kind if spec is not None else "json"
    if kind in TUPLE_KINDS and isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(value)
    return _walked(value, kind, catalog)


def _walked(value: Json, kind: str, catalog: Catalog) -> Any:
    if isinstance(value, Mapping):
        described = short_form(value)
        if described is not None:
            return _object(*described, kind, catalog)
        return {key: _walked(member, "json", catalog) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_walked(member, kind, catalog) for member in value]
    return value


def short_form(value: Mapping[str, Json]) -> tuple[str, Mapping[str, Json]] | None:
    """The type and arguments of a described object, in our form or in Keras's, or None: it describes none.

    Raises:
        Refusal: Keras's form of something that is not Keras's.
    """
    if "class_name" in value:
        module = value.get("module", "keras")
        config = value.get("config") or {}
        if not isinstance(module, str) or not re.fullmatch(r"keras(\.\w+)*", module) or not isinstance(config, Mapping):
            raise Refusal(f"{value['class_name']} of {module} is not an object of Keras.")
        return str(value["class_name"]), config
    if "type" in value and set(value) <= {"type", "arguments", "name"}:
        arguments = value.get("arguments") or {}
        if not isinstance(arguments, Mapping):
            raise Refusal(f"The arguments of {value['type']} must be given by name.")
        return str(value["type"]), arguments
    return None


def _object(type_name: str, arguments: Mapping[str, Json], kind: str, catalog: Catalog) -> Any:
    if type_name in catalog.layers:
        inner_name = arguments.get("name")
        return construct_layer(
            type_name, arguments, inner_name if isinstance(inner_name, str) else snake_case(type_name), catalog
        )
    modules = OBJECT_MODULES.get(kind, ("initializers", "regularizers", "constraints", "dtype_policies"))
    for module in modules:
        found = getattr(getattr(keras, module), type_name, None)
        if isinstance(found, type):
            return found(**{key: _walked(value, "json", catalog) for key, value in arguments.items()})
    raise Refusal(f"{type_name} is not an object of Keras that can stand here.")
