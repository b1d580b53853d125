"""A small model built by hand, with everything that nobody told marked as assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.catalog.spec import Catalog
from engine.graph.values import Graph, Json, JsonObject
from engine.importing.code import document_of
from engine.importing.drawing import Drawing
from engine.importing.guesses import usual_argument
from engine.importing.objects import Layer, Tensor, Value
from engine.importing.values import Assumed, Draft, Shape

NOT_TOLD = "the message does not tell it"


class Sketch:
    """A model that makes Keras say something, in the making.

    Attributes:
        known: arguments of layers that the code in a traceback shows, by type.
    """

    def __init__(self, catalog: Catalog, known: Mapping[str, JsonObject]) -> None:
        self._catalog = catalog
        self._known = known
        self._drawing = Drawing(catalog)
        self._assumed: list[Assumed] = []
        self._sample: dict[str, Json] = {}

    def input(self, shape: Shape, dtype: str = "float32", *, told: bool = False, batch: bool = False) -> Tensor:
        """An Input; `told`: the message gives its shape. `shape` has the batch in front."""
        tensor = self._drawing.input(shape, dtype, "series", batch=batch)
        if not told:
            block = self._drawing.blocks[-1]
            self._assumed.append(Assumed(block.id, None, dict(block.arguments), "the message does not tell the input"))
        return tensor

    def layer(
        self,
        kind: str,
        inputs: Sequence[Value],
        told: Mapping[str, Json] | None = None,
        *,
        name: str = "",
        because: str = "",
        **named: Value,
    ) -> tuple[Layer, Value]:
        """A layer on tensors.

        Args:
            told: arguments that the message gives.
            because: why the whole block is assumed; empty: the message names it.
            named: tensors by port.

        Returns:
            The layer, to be called again, and what leaves it.
        """
        spec = self._catalog.layers.get(kind)
        shown = {} if because else dict(self._known.get(kind, {}))
        arguments: dict[str, Json] = {**shown, **(told or {})}
        guessed = [argument for argument in (spec.arguments if spec else ()) if argument.required]
        guessed = [argument for argument in guessed if argument.name not in arguments]
        arguments |= {argument.name: usual_argument(argument) for argument in guessed}
        layer = Layer(kind, arguments, 0, name)
        result = self._drawing.call(layer, inputs, named)
        if because:
            self._assumed.append(Assumed(layer.block, None, dict(arguments), because))
        else:
            self._assumed += [Assumed(layer.block, one.name, arguments[one.name], NOT_TOLD) for one in guessed]
        return layer, result

    def again(self, layer: Layer, inputs: Sequence[Value]) -> Value:
        """The same layer on other tensors."""
        return self._drawing.call(layer, inputs, {})

    def steps(self, timesteps: int) -> None:
        """The sample has sequences of this length."""
        names = [block.name for block in self._drawing.blocks if block.type == "Input"]
        self._sample = {"batch": 2, "inputs": {name: {"timesteps": timesteps} for name in names}}

    def draft(self) -> Draft:
        """The model as a draft."""
        graph = Graph(tuple(self._drawing.blocks), tuple(self._drawing.wires))
        return Draft(document_of(graph, self._catalog, self._sample), tuple(self._assumed))
