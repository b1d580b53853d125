"""Shapes, masks and weights of one layer call, asked from Keras without making a weight, and remembered by content.

A layer is constructed and called on symbolic tensors inside `StatelessScope(initialize_variables=False)`: the shapes,
masks, warnings and errors are those of the real build (a test compares them), and nothing is allocated.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import prod
from typing import Any, NamedTuple, TypeAlias

from engine.analysis.values import Stage
from engine.catalog.spec import OPERATION, Catalog
from engine.graph.values import INPUT, Json, JsonObject
from engine.runtime.construct import construct_argument, construct_layer, construct_operation
from engine.runtime.environment import keras
from engine.runtime.memo import Memo

Shape: TypeAlias = "tuple[int | None, ...]"
Operand: TypeAlias = "Known | tuple[Known, ...]"
Nested: TypeAlias = "Known | tuple[Nested, ...]"
Shapes: TypeAlias = "tuple[Shape, ...]"
THIS_BLOCK = "this-block-of-seqloom"  # the layer's name while it is asked; people read the block's name in its place
STATEFUL = '"stateful": true'
MAX_STATEFUL_PARAMETERS = 20_000_000
NEVER_ENDS = "It was asked to build this layer and did not come to an end."
RAISED = (Exception, SystemExit)
LAYERS_KEPT = 512
ANSWERS_KEPT = 20_000


class Known(NamedTuple):
    """A tensor as far as a layer can tell: what an answer of Keras depends on. `mask` is the shape of its mask."""

    shape: Shape
    dtype: str
    mask: Shape | None = None


class Operands(NamedTuple):
    """What a layer is called with: tensors by place, tensors by name, other settings as JSON."""

    positional: tuple[Nested, ...]
    keywords: tuple[tuple[str, Nested], ...] = ()
    settings: str = ""


class CallKey(NamedTuple):
    """One call of a layer, by content: `first` are the operands of the call that built it (often the same)."""

    type: str
    arguments: str
    first: Operands
    operands: Operands


@dataclass(frozen=True, slots=True)
class Failure:
    """Keras refused: where, and in its own words (the layer is called `THIS_BLOCK` in them)."""

    stage: Stage
    message: str
    kind: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Keras answered to one call.

    Attributes:
        outputs: in the order in which Keras returns them; empty after a failure.
        weights: shapes by Keras's variable names.
        warnings: in Keras's own words.
        uses_mask: a mask reached the layer's computation.
        makes_mask: a mask leaves that is none of those that arrived.
    """

    outputs: tuple[Known, ...] = ()
    weights: tuple[tuple[str, tuple[int, ...]], ...] = ()
    warnings: tuple[str, ...] = ()
    uses_mask: bool = False
    makes_mask: bool = False
    failure: Failure | None = None

    @property
    def parameters(self) -> int:
        """Number of weights, trainable or not."""
        return sum(prod(shape) for _, shape in self.weights)


class Inference:
    """Asks Keras, and remembers its answers.

    Attributes:
        answers: by call; `answers.num_made` counts how often Keras was asked.
        refused: calls (`call_name`) in which a worker hung or died: they are not made again.
        announce: told the name of each call before it is made; None: nobody wants to know.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.answers: Memo[CallKey, Outcome] = Memo(ANSWERS_KEPT)
        self.refused: frozenset[str] = frozenset()
        self.announce: Callable[[str], None] | None = None
        self._asked: CallKey | None = None
        self._inputs: Memo[str, Outcome] = Memo(ANSWERS_KEPT)
        self._layers: Memo[CallKey, tuple[Any, Outcome]] = Memo(LAYERS_KEPT)
        self._shapes: Memo[tuple[CallKey, Shapes], Shapes | None] = Memo(ANSWERS_KEPT)

    def input(self, arguments: JsonObject) -> Outcome:
        """The tensor that `keras.Input` makes of these arguments."""
        return self._inputs.get(content_key(arguments), lambda: self._make_input(arguments))

    def call(self, key: CallKey) -> Outcome:
        """What the layer gives for these operands."""
        return self.answers.get(key, lambda: self._ask(key))

    def shapes(self, key: CallKey, shapes: Shapes) -> Shapes | None:
        """The shapes of the outputs when those of the operands (in the order of `leaves`) are these.

        Returns:
            None where Keras refuses.
        """
        return self._shapes.get((key, shapes), lambda: self._probe(key, shapes))

    def _make_input(self, arguments: JsonObject) -> Outcome:
        spec = self._catalog.layers.get(INPUT)
        try:
            made = {
                name: construct_argument(name, value, spec.argument(name) if spec else None, self._catalog)
                for name, value in arguments.items()
                if name != "name"
            }
            tensor = keras.Input(**made, name=THIS_BLOCK)
        except RAISED as error:  # whatever Keras or a layer raises is its answer
            return Outcome(failure=_failure("input", error))
        return Outcome(outputs=(_known(tensor),))

    @property
    def asking(self) -> str:
        """The name of the call that is being made at the moment, empty: none. May be read from another thread."""
        asked = self._asked
        return call_name(asked) if asked is not None else ""

    def _ask(self, key: CallKey) -> Outcome:
        if self.refused and call_name(key) in self.refused:
            return Outcome(failure=Failure("construct", NEVER_ENDS, "TimeoutError"))
        if self.announce is not None:
            self.announce(call_name(key))
        before, self._asked = self._asked, key
        try:
            if STATEFUL in key.arguments:
                return self._ask_stateful(key)
            with _without_weights():
                return self._answer(key)
        finally:
            self._asked = before

    def _ask_stateful(self, key: CallKey) -> Outcome:
        """Keras cannot make a stateful layer without its states: it is built really, once it is known to be small."""
        calm = self.call(key._replace(arguments=key.arguments.replace(STATEFUL, '"stateful": false')))
        if calm.failure is not None or calm.parameters > MAX_STATEFUL_PARAMETERS:
            return calm
        return self._answer(key)

    def _answer(self, key: CallKey) -> Outcome:
        layer, outcome = self._layer(key)
        if key.operands == key.first or outcome.failure is not None:
            return outcome
        return _called(layer, key.operands)

    def _layer(self, key: CallKey) -> tuple[Any, Outcome]:
        """The layer, built by its first call, and the outcome of that call."""
        return self._layers.get(key._replace(operands=key.first), lambda: self._build(key))

    def _build(self, key: CallKey) -> tuple[Any, Outcome]:
        arguments = json.loads(key.arguments) if key.arguments else {}
        with warnings.catch_warnings(record=True) as spoken:
            warnings.simplefilter("always")
            try:
                if key.type.startswith(OPERATION):
                    layer: Any = construct_operation(key.type, arguments, self._catalog)
                else:
                    layer = construct_layer(key.type, arguments, THIS_BLOCK, self._catalog)
            except RAISED as error:  # whatever Keras or a layer raises is its answer
                return None, Outcome(failure=_failure("construct", error))
        outcome = _called(layer, key.first)
        said = tuple(str(warning.message) for warning in spoken)
        return layer, replace(outcome, warnings=said + outcome.warnings)

    def _probe(self, key: CallKey, shapes: Shapes) -> Shapes | None:
        with _without_weights(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer, outcome = self._layer(key)
            if outcome.failure is not None:
                return None
            given = iter(shapes)
            positional, keywords = arranged(key.operands, lambda known: _tensor(Known(next(given), known.dtype)))
            try:
                outputs = keras.tree.flatten(layer.compute_output_spec(*positional, **keywords))
            except Exception:  # noqa: BLE001 whatever Keras raises: it does not take these shapes
                return None
            return tuple(tuple(out.shape) for out in outputs)


def content_key(content: JsonObject) -> str:
    """JSON as a key: equal for equal content."""
    return json.dumps(content, sort_keys=True, default=str) if content else ""


def call_name(key: CallKey) -> str:
    """A short name of a call, the same in every process."""
    return hashlib.sha256(repr(key).encode()).hexdigest()[:16]


def arranged(operands: Operands, make: Callable[[Known], Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call, with `make` applied to each tensor in order."""

    def each(operand: Nested) -> Any:
        return make(operand) if isinstance(operand, Known) else [each(member) for member in operand]

    positional = [each(operand) for operand in operands.positional]
    keywords: dict[str, Any] = {name: each(operand) for name, operand in operands.keywords}
    settings: Mapping[str, Json] = json.loads(operands.settings) if operands.settings else {}
    return positional, {**keywords, **settings}


def leaves(operands: Operands) -> tuple[Known, ...]:
    """The tensors of a call, in the order of `arranged`."""
    found: list[Known] = []
    arranged(operands, found.append)
    return tuple(found)


@contextmanager
def _without_weights() -> Iterator[None]:
    """Keras makes its variables as shapes only, and forgets that it owes them a value."""
    # Private: the list of variables that a later scope would initialise.
    from keras.src.backend.common import global_state
    from keras.src.saving.serialization_lib import SafeModeScope

    try:
        with SafeModeScope(True), keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", [])


def _called(layer: Any, operands: Operands) -> Outcome:
    masks: list[Any] = []
    with warnings.catch_warnings(record=True) as spoken:
        warnings.simplefilter("always")
        positional, keywords = arranged(operands, _tensor)
        try:
            with _watched(layer, masks):
                outputs = keras.tree.flatten(layer(*positional, **keywords))
        except RAISED as error:  # whatever Keras or a layer raises is its answer
            return Outcome(failure=_failure("connect", error))
    arrived = [_mask(tensor) for tensor in keras.tree.flatten((positional, keywords)) if hasattr(tensor, "shape")]
    left = [mask for tensor in outputs if (mask := _mask(tensor)) is not None]
    return Outcome(
        outputs=tuple(_known(tensor) for tensor in outputs),
        weights=tuple((_own_path(weight.path), tuple(weight.shape)) for weight in layer.weights),
        warnings=tuple(str(warning.message) for warning in spoken),
        uses_mask=bool(masks),
        makes_mask=any(all(mask is not other for other in arrived) for mask in left),
    )


@contextmanager
def _watched(layer: Any, masks: list[Any]) -> Iterator[None]:
    """Collects the masks that Keras hands to the layer's computation (it fills `mask` and `…_mask` in by itself)."""
    original = layer.compute_output_spec

    def watching(*args: Any, **kwargs: Any) -> Any:
        for name, value in kwargs.items():
            if name == "mask" or name.endswith("_mask"):
                masks.extend(leaf for leaf in keras.tree.flatten(value) if hasattr(leaf, "shape"))
        return original(*args, **kwargs)

    object.__setattr__(layer, "compute_output_spec", watching)  # past Keras's tracking of attributes
    try:
        yield
    finally:
        object.__delattr__(layer, "compute_output_spec")


def _tensor(known: Known) -> Any:
    tensor = keras.KerasTensor(known.shape, known.dtype, name="tensor")
    if known.mask is not None:
        keras.src.backend.set_keras_mask(tensor, keras.KerasTensor(known.mask, "bool", name="mask"))
    return tensor


def _known(tensor: Any) -> Known:
    mask = _mask(tensor)
    return Known(tuple(tensor.shape), str(tensor.dtype), None if mask is None else tuple(mask.shape))


def _mask(tensor: Any) -> Any:
    return keras.src.backend.get_keras_mask(tensor)


def _own_path(path: str) -> str:
    return path.removeprefix(THIS_BLOCK + "/")


def _failure(stage: Stage, error: BaseException) -> Failure:
    return Failure(stage, str(error).strip() or type(error).__name__, type(error).__name__)
