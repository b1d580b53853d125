"""What Keras itself says of a block where a check without Keras spoke first."""

from __future__ import annotations

from engine.analysis.values import Analysis
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.graph.values import INPUT, REUSE
from engine.runtime.construct import construct_layer
from engine.runtime.infer import THIS_BLOCK, CallKey, Inference, Known, Operands, content_key

ODD_ARGUMENTS = frozenset({"argument.unknown", "argument.invalid", "argument.missing"})


def keras_words(
    document: Document, block_id: str, code: str, analysis: Analysis, inference: Inference, catalog: Catalog
) -> str:
    """Keras's refusal of a block's arguments, or of all tensors that are wired into it; empty: it says nothing.

    Args:
        code: of the diagnostic that was found without Keras.
    """
    block = document.graph.by_id.get(block_id)
    if block is None or block.type in (INPUT, REUSE) or block.type not in catalog.layers:
        return ""
    if code in ODD_ARGUMENTS:
        try:
            construct_layer(block.type, block.arguments, block.name, catalog)
        except Exception as error:  # noqa: BLE001 whatever Keras raises is its answer
            return str(error)
        return ""
    if code != "wire.duplicate":
        return ""
    specs = [analysis.spec(wire.source) for wire in document.graph.wires_into.get(block_id, ())]
    known = tuple(Known(spec.shape, spec.dtype) for spec in specs if spec is not None)
    if len(known) < 2:
        return ""
    operands = Operands((known,))
    failure = inference.call(CallKey(block.type, content_key(block.arguments), operands, operands)).failure
    return failure.message.replace(THIS_BLOCK, block.name) if failure is not None else ""
