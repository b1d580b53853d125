"""Functions of `keras.ops` with their settings, called as a layer is: on symbolic tensors and on real ones alike."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from engine.catalog.arguments import is_list
from engine.catalog.keys import parse_key
from engine.catalog.operations import GETITEM, operation_name
from engine.catalog.spec import LayerSpec
from engine.runtime.environment import keras

FUNCTIONS = {GETITEM: "get_item"}


class AppliedFunction:
    """A function and its settings; it has no weights. The names are those of a Keras layer, since both are asked alike."""

    weights: tuple[Any, ...] = ()

    def __init__(self, spec: LayerSpec, settings: Mapping[str, Any]) -> None:
        name = operation_name(spec.type)
        self._function = attrgetter(FUNCTIONS.get(name, name))(keras.ops)
        self._settings = {key: _constant(spec, key, value) for key, value in settings.items()}
        if name == GETITEM:
            self._settings["key"] = parse_key(str(settings.get("key", "")))

    def __call__(self, **operands: Any) -> Any:
        """The result for these tensors, by argument."""
        return self.compute_output_spec(**operands)

    def compute_output_spec(self, **operands: Any) -> Any:
        """What Keras makes of these tensors; of symbolic ones, symbolic ones."""
        given = {**self._settings, **operands}
        leading: list[Any] = []
        for parameter in inspect.signature(self._function).parameters.values():
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                return self._function(*leading, *given.pop(parameter.name), **given)
            if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and parameter.name in given:
                leading.append(given.pop(parameter.name))
            else:
                return self._function(*leading, **given)
        return self._function(*leading, **given)


def _constant(spec: LayerSpec, name: str, value: Any) -> Any:
    """A list of numbers that stands in for a tensor is one; a number stays a number and takes the other's type."""
    argument = spec.argument(name)
    return keras.ops.array(value) if argument is not None and argument.tensor and is_list(value) else value
