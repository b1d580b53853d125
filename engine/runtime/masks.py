"""The fate of a mask in a block: created, passed, dropped, consumed, or none there."""

from __future__ import annotations

from engine.analysis.values import MaskFate
from engine.runtime.infer import CallKey, Inference, Known, Nested, Operands, Outcome, leaves


def fate_of(inference: Inference, key: CallKey | None, outcome: Outcome) -> MaskFate:
    """What Keras did with the masks of a call, as its symbolic answer says."""
    leaving = any(known.mask is not None for known in outcome.outputs)
    if key is None:
        return "created" if leaving else "none"
    arriving = any(known.mask is not None for known in leaves(key.operands))
    return fate_word(
        arriving=arriving or bool(mask_ports(key)),
        leaving=leaving,
        used=outcome.uses_mask,
        own=leaving and outcome.makes_mask and creates_mask(inference, key),
    )


def fate_word(*, arriving: bool, leaving: bool, used: bool, own: bool) -> MaskFate:
    """The contract's word for a mask's fate.

    Args:
        used: the layer's computation was given the mask.
        own: the layer makes the mask that leaves from its input's values, whatever arrives.
    """
    if leaving:
        return "passed" if arriving and not own else "created"
    if not arriving:
        return "none"
    return "consumed" if used else "dropped"


def mask_ports(key: CallKey) -> tuple[str, ...]:
    """The explicit masks of a call, by Keras's name."""
    return tuple(name for name, _ in key.operands.keywords if name == "mask" or name.endswith("_mask"))


def creates_mask(inference: Inference, key: CallKey) -> bool:
    """A mask would leave although none arrived (Masking, Embedding with mask_zero)."""
    bare = without_masks(key.operands)
    if bare == key.operands:
        return True
    answer = inference.call(key._replace(first=bare, operands=bare))
    return any(known.mask is not None for known in answer.outputs)


def without_masks(operands: Operands) -> Operands:
    """The same call with tensors that carry no masks."""

    def bare(operand: Nested) -> Nested:
        if isinstance(operand, Known):
            return operand._replace(mask=None)
        return tuple(bare(member) for member in operand)

    explicit = ("mask", "query_mask", "value_mask", "key_mask", "attention_mask")
    return Operands(
        tuple(bare(operand) for operand in operands.positional),
        tuple((name, bare(operand)) for name, operand in operands.keywords if name not in explicit),
        operands.settings,
    )
