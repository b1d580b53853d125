"""What each layer does to time, in one or two sentences: asked from Keras by giving the layer, as it is placed, a tensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.analysis.starters import starting_arguments
from engine.analysis.values import BlockAnalysis, TensorSpec, spoken_time
from engine.catalog.ports import ports_of
from engine.catalog.spec import OPERATION, Catalog, LayerSpec
from engine.document.values import Document
from engine.graph.values import INPUT, REUSE, Block, Graph, Json, JsonObject, PortRef, Wire
from engine.runtime.analyse import Analyst

SEQUENCE: JsonObject = {"shape": [None, 3]}
TOKENS: JsonObject = {"shape": [None], "dtype": "int32"}
FEEDS: tuple[JsonObject, ...] = (
    SEQUENCE, {"shape": [8]}, {"shape": [None, 8, 3]}, {"shape": [None, 8, 8, 3]}, {"shape": [None, 8, 8, 8, 3]},
)  # fmt: skip
LONG: JsonObject = {"batch": 2, "inputs": {"given": {"timesteps": 300}}}
"""Longer than any layer's window: what a shorter sequence gives differs from processor to processor."""
READS_TOKENS = frozenset({"Embedding", "ReversibleEmbedding", "Hashing", "IntegerLookup", "CategoryEncoding"})
"""Layers that take any numbers and mean tokens."""
VARIANTS: tuple[tuple[str, Json], ...] = (
    ("return_sequences", True), ("mask_zero", True), ("padding", "same"), ("padding", "causal"), ("keepdims", True),
)  # fmt: skip
MASK_WORDS = {
    "none": "", "created": "a mask begins here", "passed": "the mask goes on", "dropped": "the mask is lost",
    "consumed": "the mask is used and ends",
}  # fmt: skip


class Tried(NamedTuple):
    """What a layer made of a tensor."""

    given: TensorSpec
    made: TensorSpec
    known: BlockAnalysis


class TimeWords:
    """Asks about the layers of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._analyst = Analyst(catalog)

    def sentence(self, layer: LayerSpec) -> str:
        """What a layer does to time; empty: it cannot be placed, or it takes nothing that has a time axis."""
        of_images = layer.category == "image" or layer.type.startswith(f"{OPERATION}image.")
        if not layer.placeable or layer.type in (INPUT, REUSE) or of_images:
            return ""
        arguments = starting_arguments(layer)
        for feed in (TOKENS, *FEEDS) if layer.type in READS_TOKENS else (*FEEDS, TOKENS):
            tried = self._try(layer, arguments, feed)
            if tried is not None:
                return self._told(layer, arguments, feed, tried) if _has_time(tried) else ""
        return ""

    def _told(self, layer: LayerSpec, arguments: JsonObject, feed: JsonObject, tried: Tried) -> str:
        given, made = tried.given.text(), tried.made.text()
        told = f"{given} keeps its shape" if made == given else f"{given} becomes {made}"
        sentences = [f"{told}: {_what(tried)}."]
        for name, value in self._variants(layer):
            other = self._try(layer, {**arguments, name: value}, feed)
            if other is not None and (other.made, other.known.mask) != (tried.made, tried.known.mask):
                setting = name if value is True else f"{name} {value}"
                sentences.append(f"With {setting}: {other.made.text()}, {_what(other)}.")
        return " ".join(sentences)

    def _variants(self, layer: LayerSpec) -> Iterator[tuple[str, Json]]:
        for name, value in VARIANTS:
            argument = layer.argument(name)
            if argument is not None and (value is True or value in argument.choices) and value != argument.default:
                yield name, value

    def _try(self, layer: LayerSpec, arguments: JsonObject, feed: JsonObject) -> Tried | None:
        """The layer behind an Input and, where it is a sequence of vectors, a Masking."""
        blocks = [Block("b1", INPUT, "given", feed)]
        if feed is SEQUENCE and layer.type != "Masking":
            blocks.append(Block("b2", "Masking", "masking"))
        asked = Block("b3", layer.type, "asked", arguments)
        source = PortRef(blocks[-1].id, "output")
        ports = ports_of(asked, Graph((asked,)), self._catalog)
        wanted = [port.name for port in ports.inputs if port.required for _ in range(2 if port.growing else 1)]
        wires = [Wire(source, PortRef("b3", name)) for name in wanted]
        if len(blocks) > 1:
            wires.append(Wire(PortRef("b1", "output"), PortRef("b2", "inputs")))
        document = Document(Graph((*blocks, asked), tuple(wires)), sample=LONG)
        analysis = self._analyst.analyse(document, probe=not layer.is_operation)
        given, known = analysis.spec(source), analysis.blocks["b3"]
        if given is None or not known.outputs or not analysis.ok:
            return None
        return Tried(given, next(iter(known.outputs.values())), known)


def _has_time(tried: Tried) -> bool:
    return tried.given.time is not None or tried.made.time is not None


def _what(tried: Tried) -> str:
    return ", ".join(part for part in (_length(tried), MASK_WORDS[tried.known.mask]) if part)


def _length(tried: Tried) -> str:
    before, after = tried.given.time, tried.made.time
    if len(tried.made.shape) < len(tried.given.shape) or len(tried.made.shape) < 3 and after is None:
        return "the time axis is gone"
    if after is None:
        return "how long it is shows when it runs"
    if before is None:
        return f"a sequence of {after} steps begins"
    if after.isdigit():
        return f"axis 1 is {after} long, whatever T is"
    return "the length stays" if after == before else f"the length becomes {spoken_time(after)}"


def time_sentences(catalog: Catalog) -> Mapping[str, str]:
    """By type, of the layers that do something to time."""
    words = TimeWords(catalog)
    found = {layer.type: words.sentence(layer) for layer in catalog.layers.values()}
    return {kind: sentence for kind, sentence in found.items() if sentence}
