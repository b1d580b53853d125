"""The sample as a document holds it: entries read and written, lengths as people type them. No widgets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.document.values import Document
from engine.graph.values import Block, Json, JsonObject
from engine.protocol.looks import MaskingLook, PaddingProposal


def entry_of(document: Document, block: Block) -> Mapping[str, Any]:
    """What the sample says of an Input."""
    entries = document.sample.get("inputs", {})
    entry = entries.get(block.name, {}) if isinstance(entries, Mapping) else {}
    return entry if isinstance(entry, Mapping) else {}


def with_entry(document: Document, block: Block, changes: Mapping[str, Json]) -> JsonObject:
    """The sample with other parts of an Input's entry; null takes one away."""
    entry = {**entry_of(document, block), **changes}
    inputs = document.sample.get("inputs")
    others = dict(inputs) if isinstance(inputs, Mapping) else {}
    kept: JsonObject = {name: value for name, value in entry.items() if value is not None}
    return {**document.sample, "inputs": {**others, block.name: kept}}


def written_lengths(value: Any) -> str:
    """Lengths as people type them: `15, 4, 9`, or `3-15` for a distribution."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return f"{value.get('min')}-{value.get('max')}"
    return ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value)


def read_lengths(text: str) -> Json:
    """Lengths of what was typed; nothing: every step is valid.

    Raises:
        ValueError: one sentence.
    """
    text = text.strip()
    if not text:
        return None
    low, dash, high = text.partition("-")
    if dash and low.strip().isdigit() and high.strip().isdigit():
        return {"distribution": "uniform", "min": int(low), "max": int(high)}
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdigit() for part in parts):
        raise ValueError("Lengths are whole numbers such as 15, 4, 9, or a range such as 3-15.")
    return [int(part) for part in parts]


def read_whole(text: str, name: str, lowest: int) -> Json:
    """A whole number of what was typed; nothing: none.

    Raises:
        ValueError: one sentence.
    """
    text = text.strip()
    if not text:
        return None
    if not text.isdigit() or int(text) < lowest:
        raise ValueError(f"{name} must be a whole number from {lowest}.")
    return int(text)


def read_number(text: str, name: str) -> Json:
    """A number of what was typed; nothing: none.

    Raises:
        ValueError: one sentence.
    """
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number.") from None
    return int(value) if value.is_integer() else value


def relative_to(path: Path, folder: Path | None) -> str:
    """A path as the document says it: relative to its folder where it lies below it."""
    if folder is not None and path.is_relative_to(folder):
        return str(path.relative_to(folder))
    return str(path)


# --- what the worker found, in words ----------------------------------------------------------------------------------


def masking_sentence(look: MaskingLook, padding: int) -> str:
    """What a masking layer over the sample would really mask.

    Args:
        padding: the steps that the sample says are padding.
    """
    layer = "A Masking" if look.layer == "Masking" else "An Embedding with mask_zero"
    value = f"{look.value:g}"
    if look.masked == padding == look.masked_padding:
        what = f"exactly the {padding} padded ones" if padding else "none: no step is all " + value
    else:
        real = look.masked - look.masked_padding
        missed = padding - look.masked_padding
        parts = [f"{look.masked_padding} of the {padding} padded ones"] if padding else []
        parts += [f"{real} real ones"] if real else []
        what = " and ".join(parts) or "none"
        what += f"; {missed} padded ones would count as real" if missed else ""
    sentence = f"{layer} over it would mask {look.masked} of {look.steps} steps: {what}."
    share, masked = look.equal / max(look.numbers, 1), look.masked / max(look.steps, 1)
    if look.layer == "Masking" and share > masked + 0.01:
        sentence += f" {share:.0%} of the numbers are {value}, but it masks a step only where all its features are."
    return sentence


def proposal_sentence(proposal: PaddingProposal, pad_value: float) -> str:
    """“27 of 32 sequences end in all-zero steps, lengths 3 to 15: use as padding?”"""
    end = "end in" if proposal.padding == "post" else "begin with"
    what = "all-zero steps" if pad_value == 0 else f"steps that are all {pad_value:g}"
    span = f"{proposal.shortest} to {proposal.longest}"
    return f"{proposal.sequences} of {proposal.of} sequences {end} {what}, lengths {span}: use as padding?"
